#include "store/tpm_fault.h"

#include "base/cleanup.h"
#include "store/key.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A code of format one says besides which parameter, session or handle it is about. */
#define FORMAT_ONE     0x080u
#define FORMAT_ONE_OWN 0x0bfu

/* Authorisation that was refused; the provider tells it without its code. */
#define BAD_AUTH 0x0a2u

static const struct fault {
    uint32_t code;
    enum err_class class;
    const char *words;
} faults[] = {
    {0x100, ERR_RETRY, "the firmware has not started it; restart the machine, update its firmware"},
    {0x101, ERR_RETRY,
     "it is in failure mode; switch the machine off and on, and if that does not help, the TPM is "
     "broken"},
    {0x902, ERR_RETRY, "it has no room for another key now: other programs hold keys in it"},
    {0x903, ERR_RETRY, "it has no room for another session now: other programs hold them"},
    {0x921, ERR_RETRY,
     "it is locked after too many wrong PINs or passwords; wait, or unlock it with "
     "\"tpm2_dictionarylockout --clear-lockout\""},
    {0x085, ERR_CONFIG, "its owner hierarchy is switched off; switch it on in the firmware"},
    {0x08e, ERR_CONFIG,
     "its owner hierarchy has a password; take that away with \"tpm2_changeauth -c owner\""},
    {BAD_AUTH, ERR_CONFIG,
     "its owner hierarchy has a password; take that away with \"tpm2_changeauth -c owner\""},
    {0x09f, ERR_CONFIG,
     "another TPM made it, or this one was cleared since, or the file is damaged; \"signet renew\" "
     "gets a certificate with a new key"},
};

/* The provider writes "(CODE tpm:...", in decimal digits; 0: there is no code of the TPM's. */
static uint32_t code_in(const char *reasons)
{
    for (const char *at = strchr(reasons, '('); at; at = strchr(at + 1, '(')) {
        char *end;
        unsigned long code = strtoul(at + 1, &end, 10);
        if (end > at + 1 && strncmp(end, " tpm:", 5) == 0)
            return (uint32_t)(code & FORMAT_ONE ? code & FORMAT_ONE_OWN : code);
    }
    return strstr(reasons, "authorization failure") ? BAD_AUTH : 0;
}

int tpm_fault(enum err_class class, const char *what, struct err *err)
{
    struct err told;
    openssl_error(&told, class, what);
    uint32_t code = code_in(told.text + strlen(what));
    for (size_t i = 0; code && i < LENGTH(faults); i++)
        if (faults[i].code == code)
            return err_set(err, faults[i].class, "%s: %s", what, faults[i].words);
    return err_set(err, class, "%s", told.text);
}
