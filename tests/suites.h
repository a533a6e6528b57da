/* Every suite, once: SUITE(name) for name_suite() in tests/FOLDER/test_name.c. */

/* base */
SUITE(buf)

/* profile */
SUITE(attribute)
SUITE(certificate)
SUITE(conf)
SUITE(machine)
SUITE(name)
SUITE(nearest)
SUITE(profile)
SUITE(request)
SUITE(rule)
SUITE(san)
SUITE(subject)

/* store */

/* scep */

/* agent */

/* pkcs11 */

/* trust */

/* module */

/* cli */
