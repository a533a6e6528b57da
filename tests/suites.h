/* Every suite, once: SUITE(name) for name_suite() in tests/FOLDER/test_name.c. */

/* base */
SUITE(buf)

/* profile */
SUITE(conf)
SUITE(subject)

/* store */
SUITE(access)
SUITE(anchors)
SUITE(commit)
SUITE(entry)
SUITE(generation)
SUITE(key)
SUITE(lock)
SUITE(recover)
SUITE(state)
SUITE(store)

/* scep */

/* agent */

/* pkcs11 */

/* trust */
SUITE(anchor)
SUITE(facts)
SUITE(install)
SUITE(manifest)
SUITE(plan)

/* module */

/* cli */
