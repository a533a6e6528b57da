/* Every suite, once: SUITE(name) for name_suite() in tests/FOLDER/test_name.c. */

/* base */
SUITE(buf)

/* profile */

/* store */

/* scep */
SUITE(answer)
SUITE(authority)
SUITE(caps)
SUITE(client)
SUITE(csr)
SUITE(issued)
SUITE(refusal)
SUITE(scepserver)
SUITE(trust)
SUITE(way)

/* agent */

/* pkcs11 */

/* trust */

/* module */

/* cli */
