/* Every suite, once: SUITE(name) for name_suite() in tests/FOLDER/test_name.c. */

/* base */
SUITE(buf)

/* profile */
SUITE(conf)
SUITE(subject)

/* store */

/* scep */

/* agent */

/* pkcs11 */

/* trust */

/* module */

/* cli */
