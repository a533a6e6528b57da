/* Every suite, once: SUITE(name) for name_suite() in tests/FOLDER/test_name.c. */

/* base */
SUITE(buf)

/* profile */

/* store */

/* scep */

/* agent */

/* pkcs11 */
SUITE(backend_socket)
SUITE(core)
SUITE(find)
SUITE(operation)
SUITE(provider)
SUITE(wire)
SUITE(wire_operation)
SUITE(wire_snapshot)

/* trust */

/* module */

/* cli */
