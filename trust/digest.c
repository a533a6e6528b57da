#include "trust/digest.h"

#include "base/text.h"
#include "store/key.h"

#include <openssl/evp.h>

int digest_text(const struct buf *data, char ret[DIGEST_TEXT], struct err *err)
{
    unsigned char md[EVP_MAX_MD_SIZE];
    size_t len = 0;
    if (!EVP_Q_digest(NULL, "SHA256", NULL, buf_text(data), data->len, md, &len))
        return openssl_error(err, ERR_RESOURCE, "SHA-256");
    text_hex(md, len, ret);
    return 0;
}
