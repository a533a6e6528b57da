/* What every test file includes: Check, how long to wait, and the declaration of each suite. */
#ifndef SIGNET_TESTS_SUITE_H
#define SIGNET_TESTS_SUITE_H

#include "tests/patience.h"

#include <check.h>

#define SUITE(name) Suite *name##_suite(void);
#include "tests/suites.h"
#undef SUITE

#endif
