/* Every suite, once: SUITE(name) for name_suite() in tests/FOLDER/test_name.c. */

/* base */
SUITE(buf)

/* profile */

/* store */

/* scep */

/* agent */
SUITE(engine)
SUITE(fetch_frame)
SUITE(request)
SUITE(schedule)

/* pkcs11 */

/* trust */

/* module */

/* cli */
