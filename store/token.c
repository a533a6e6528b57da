#include "store/token.h"

#include "store/key.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

int token_names(const struct entry_id *id, bool pin, struct token_names *ret, struct err *err)
{
    struct token_names names = {0};
    unsigned char digest[32];

    if (id->owner.device)
        strcpy(names.serial, "device");
    else
        snprintf(names.serial, sizeof names.serial, "%u", id->owner.uid);

    autofree char *text = text_format("signet %s %s", names.serial, id->profile);
    if (!text)
        return err_memory(err);
    if (!EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL))
        return openssl_error(err, ERR_RESOURCE, "SHA-256");
    memcpy(names.id, digest, sizeof names.id);
    strcpy(names.label, pin ? id->profile : id->owner.device ? "signet device" : "signet user");
    if (pin)
        text_hex(digest, sizeof names.serial / 2, names.serial);
    *ret = names;
    return 0;
}
