/* Every suite, once: SUITE(name) for name_suite() in tests/FOLDER/test_name.c. */

/* base */
SUITE(buf)

/* profile */

/* store */
SUITE(commit)

/* scep */

/* agent */

/* pkcs11 */

/* trust */

/* module */

/* cli */
