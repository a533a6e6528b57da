/* PINs of keys in a TPM: what may be one, and what came of it. A PIN lives in a struct buf, or in
 * what wipes itself when it is freed. */
#ifndef SIGNET_BASE_PIN_H
#define SIGNET_BASE_PIN_H

#include "base/buf.h"

/* Characters at least; bytes at most: as long as the hash that names the key in its TPM, which
 * takes no more. */
#define PIN_MIN 6
#define PIN_MAX 32

enum pin_verdict {
    PIN_ACCEPTED = 1,
    PIN_WRONG,    /* and the TPM has counted it, unless no key can have such a PIN */
    PIN_LOCKED,   /* the TPM takes no PIN for a while, not even the right one */
    PIN_LENGTH,   /* shorter or longer than any; it was not tried */
    PIN_IS_IN,    /* this connection has the key already; it was not tried */
    PIN_UNWANTED, /* the key asks for none */
    PIN_PAUSED,   /* its user had too many wrong ones tried lately; it was not tried */
    PIN_VERDICTS, /* how many, and one */
};

/* Can this be a PIN? UTF-8 that can be typed in one line. CONFIG says what is wrong with it,
 * without telling any of it. */
int pin_check(const struct buf *pin, struct err *err);

/* As pin_check(), for who has to say it in one word: PIN_ACCEPTED, PIN_LENGTH or PIN_WRONG. */
enum pin_verdict pin_look(const struct buf *pin);

#endif
