/* Waiting for what another process is about to do. It comes within milliseconds, and later on a
 * busy machine or under valgrind: only a fault waits until the end. */
#ifndef SIGNET_TESTS_PATIENCE_H
#define SIGNET_TESTS_PATIENCE_H

#include "base/clock.h"

#include <check.h>
#include <poll.h>

#define PATIENCE_MS 40000 /* less than a test case has: see tests/main.c */
#define PATIENCE    deadline_in(PATIENCE_MS)

/* Looks again and again until CONDITION holds. In vain: the test fails with the text, a format as
 * ck_assert_msg() takes it. */
#define UNTIL(condition, ...)                                                                      \
    for (deadline until_end = PATIENCE; !(condition); poll(NULL, 0, 1))                            \
    ck_assert_msg(deadline_left(until_end) > 0, __VA_ARGS__)

#endif
