/* The transport of tests: a straight call into the test CA, no sockets. */
#ifndef SIGNET_TESTS_SCEP_LINE_H
#define SIGNET_TESTS_SCEP_LINE_H

#include "scep/client.h"
#include "tests/ca/ca.h"

struct line {
    struct ca *ca;
    size_t cut;            /* not 0: answers to PKIOperation end after so many bytes */
    const char *dead_host; /* URLs that hold this are refused */
    const char *challenge; /* NULL: its source fails */
    unsigned challenges;   /* how often it was asked for */
    struct buf log; /* "caps cacert pki(PKCSReq issued) ", hosts in front where there are several */
    struct buf said;    /* progress lines */
    struct buf ca_cert; /* the last URL that was asked for a CA's certificate */
};

int line_call(void *line, const struct scep_http *call, struct scep_answer *ret, struct err *err);
int line_challenge(void *line, struct buf *ret, struct err *err);
void line_progress(void *line, const char *text);
void line_free(struct line *line);

#endif
