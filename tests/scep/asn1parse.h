/* What `openssl asn1parse` says of DER: a second opinion, by a program that shares nothing with us
 * but the bytes. */
#ifndef SIGNET_TESTS_SCEP_ASN1PARSE_H
#define SIGNET_TESTS_SCEP_ASN1PARSE_H

#include "base/buf.h"

/* One line of its output. */
struct asn1_line {
    size_t content; /* where the content begins, counted from the first byte of all */
    size_t len;
    unsigned depth;
    bool constructed;
    char type[32];  /* "SEQUENCE", "UTF8STRING", "[0]" */
    char name[128]; /* of an OBJECT: "commonName", or digits */
};

struct asn1_lines {
    struct asn1_line *v;
    size_t n;
};

void asn1_free(struct asn1_lines *lines);

/* Runs the program once, for any number of structures one behind the other: those of depth 0. */
void asn1_parse(const struct buf *der, struct asn1_lines *ret);

/* The index behind the structure that begins at line I. */
size_t asn1_end(const struct asn1_lines *lines, size_t i);

/* Appends the structures from line BEGIN to END as text: "(...)" a SEQUENCE, "{...}" a SET,
 * "[0](...)" a tagged one; an OBJECT by its name, anything else by its type and bytes; a blank
 * behind those. */
void asn1_fold(const struct asn1_lines *lines, size_t begin, size_t end, const struct buf *der,
               struct buf *ret);

#endif
