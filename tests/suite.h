/* What every test file includes: Check, and the declaration of each suite. */
#ifndef SIGNET_TESTS_SUITE_H
#define SIGNET_TESTS_SUITE_H

#include <check.h>

#define SUITE(name) Suite *name##_suite(void);
#include "tests/suites.h"
#undef SUITE

#endif
