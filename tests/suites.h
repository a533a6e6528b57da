/* Every suite, once: SUITE(name) for name_suite() in tests/FOLDER/test_name.c. */

/* base */
SUITE(buf)

/* profile */

/* store */
SUITE(commit)

/* scep */

/* agent */
SUITE(engine)
SUITE(fetch_frame)
SUITE(request)
SUITE(schedule)

/* pkcs11 */
SUITE(backend_store)
SUITE(peer)
SUITE(sign_store)

/* trust */

/* module */

/* cli */
