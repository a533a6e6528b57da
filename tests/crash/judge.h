/* Whether what a run did, and what it left behind, is as it has to be. Where a text is returned, it
 * says what is wrong, in one line, and is static; NULL: nothing. */
#ifndef SIGNET_TESTS_CRASH_JUDGE_H
#define SIGNET_TESTS_CRASH_JUDGE_H

#include "tests/crash/run.h"

/* Whatever has befallen it: all is whole, and what worked before works. */
const char *judge_midway(const struct run *run, enum tidiness tidiness, struct whole *ret);

/* It ended as it is to, and nothing lies about. */
const char *judge_end(const struct run *run, struct whole *ret);

/* A request that had gone out was finished, and not begun anew: the CA may have granted it. */
const char *judge_transaction(const struct run *run, const struct whole *midway,
                              const struct whole *end);

/* An error was said in one line, unless it did no harm; sets run->told. */
const char *judge_error(struct run *run, const struct ended *ended);

/* A server was asked: so the key is there, and what to ask with it again. */
const char *judge_asked(const struct run *run, const struct whole *now);

/* There is another certificate than there was. */
bool judge_is_new(const struct run *run, const struct whole *now);

/* Is TEXT in one of the lines? */
bool judge_is_said(const struct ended *ended, const char *text);

#endif
