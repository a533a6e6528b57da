/* Secrets that went out with a request. What comes back may repeat them, as error pages do, and
 * what is told of it is read by everyone who asks why a request failed. */
#ifndef SIGNET_BASE_SECRETS_H
#define SIGNET_BASE_SECRETS_H

#include "base/buf.h"

#include <stdbool.h>

/* Bytes from which on it is a secret; shorter is a syllable of any text. */
#define SECRET_MIN 4
/* So many bytes of it tell it: the rest may have been cut off. */
#define SECRET_TOLD 16
/* What so many bytes come to at most, escaped in one of the ways below. */
#define SECRET_ESCAPED (8 * SECRET_TOLD)

#define SECRETS_MAX 4

/* What is told in place of a text that holds one. */
#define SECRETS_UNTOLD "words that repeat a secret, so that they are not told here"

/* Borrowed. Zeroed: none. */
struct secrets {
    struct {
        const uint8_t *data;
        size_t len;
    } v[SECRETS_MAX];
    size_t n;
};

/* Adds one; one that is too short to be told from any text is passed over, and so is what is more
 * than SECRETS_MAX. */
void secrets_add(struct secrets *secrets, const void *data, size_t len);

/* The password of USER:PASSWORD. */
void secrets_add_login(struct secrets *secrets, const struct buf *login);

/* Does the text hold the beginning of one of them: as it is, percent-escaped, with the entities of
 * HTML, or in base64 of either alphabet, wherever in the encoded text it begins? True when there is
 * no memory to find out. */
bool secrets_told(const struct secrets *secrets, const void *text, size_t len);

#endif
