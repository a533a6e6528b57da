#include "tests/ca/behave.h"

#include "base/text.h"

#include <string.h>

static const struct {
    const char *name;
    enum what what;
} names[] = {
    {"302", DO_302},                     /* a redirect to where it came from */
    {"302-away", DO_302_AWAY},           /* and one to another host */
    {"503", DO_503},                     /* with Retry-After: N */
    {"html", DO_HTML},                   /* HTTP 200 with a page */
    {"empty", DO_EMPTY},                 /* HTTP 200 with nothing */
    {"garbage", DO_GARBAGE},             /* HTTP 200 with bytes that mean nothing */
    {"401", DO_401},                     /* HTTP 401 */
    {"403", DO_403},                     /* HTTP 403 */
    {"404", DO_404},                     /* HTTP 404 */
    {"500", DO_500},                     /* HTTP 500 */
    {"hang", DO_HANG},                   /* no answer, connection held */
    {"close", DO_CLOSE},                 /* connection closed without an answer */
    {"cut-headers", DO_CUT_HEADERS},     /* connection closed in the middle of the first line */
    {"cut-off", DO_CUT_OFF},             /* half an answer */
    {"huge", DO_HUGE},                   /* 100 MiB */
    {"drip", DO_DRIP},                   /* one byte per second */
    {"no-caps", DO_NO_CAPS},             /* HTTP 404 to GetCACaps, with a list */
    {"get-only", DO_GET_ONLY},           /* no POST in the capabilities */
    {"no-renewal", DO_NO_RENEWAL},       /* nor Renewal */
    {"ndes-caps", DO_NDES_CAPS},         /* what Microsoft's server says */
    {"dogtag-caps", DO_DOGTAG_CAPS},     /* what Dogtag can do, with get-only */
    {"standard-caps", DO_STANDARD_CAPS}, /* SCEPStandard, as RFC 8894 servers say */
    {"caps-crlf", DO_CAPS_CRLF},         /* as HTTP ends its lines */
    {"caps-cr", DO_CAPS_CR},             /* as no system has ended them for long */
    {"caps-blank", DO_CAPS_BLANK},       /* nothing but blank lines */
    {"caps-utf16", DO_CAPS_UTF16},
    {"caps-seven", DO_CAPS_SEVEN},   /* words as long as "Renewal" */
    {"caps-prefix", DO_CAPS_PREFIX}, /* words that begin as capabilities do */
    {"caps-nul", DO_CAPS_NUL},       /* zero bytes between and in words */
    {"caps-long", DO_CAPS_LONG},     /* 1 MiB of lines, then all capabilities */
    {"bundle", DO_BUNDLE},           /* GetCACert answers a SignedData even for one */
    {"ra", DO_RA},                   /* an RA answers */
    {"two-ras", DO_TWO_RAS},         /* one RA decrypts, another signs */
    {"expired-ra", DO_EXPIRED_RA},
    {"short-key", DO_SHORT_KEY},             /* an RA with RSA of 512 bits */
    {"long-key", DO_LONG_KEY},               /* an RA with RSA of 16,384 bits */
    {"ec-ca", DO_EC_CA},                     /* an EC intermediate answers */
    {"ec-ra", DO_EC_RA},                     /* and an RA with an EC key for it */
    {"path-length", DO_PATH_LENGTH},         /* a CA below one that may have none below it */
    {"name-constraint", DO_NAME_CONSTRAINT}, /* a CA that may only issue for .permitted.test */
    {"no-certificate", DO_NO_CERTIFICATE},   /* a SignedData without any */
    {"other-root", DO_OTHER_ROOT},           /* a CA that nobody trusts */
    {"cycle", DO_CYCLE},                     /* two CAs that have signed each other */
    {"thousand", DO_THOUSAND},               /* certificates, the CA's the last */
    {"ending", DO_ENDING},   /* the CA's own certificate has a tenth of its life left */
    {"next-ca", DO_NEXT_CA}, /* GetNextCACert is known, and answered */
    {"next-by-stranger", DO_NEXT_BY_STRANGER},   /* ... signed by another CA */
    {"next-bare", DO_NEXT_BARE},                 /* ... the certificates only, signed by nobody */
    {"wrong-nonce", DO_WRONG_NONCE},             /* recipientNonce of another message */
    {"wrong-transaction", DO_WRONG_TRANSACTION}, /* transactionID of another request */
    {"wrong-status", DO_WRONG_STATUS},           /* pkiStatus 7 */
    {"no-status", DO_NO_STATUS},
    {"empty-set", DO_EMPTY_SET},           /* pkiStatus with no value at all */
    {"wrong-type", DO_WRONG_TYPE},         /* messageType 19 */
    {"wrong-signer", DO_WRONG_SIGNER},     /* signed by a stranger */
    {"no-signer", DO_NO_SIGNER},           /* a SignedData that nobody signed */
    {"bare", DO_BARE},                     /* without the signer's certificate */
    {"hollow", DO_HOLLOW},                 /* PENDING with an empty content, not with none */
    {"take-chain", DO_TAKE_CHAIN},         /* requests may have more than one certificate */
    {"bad-signature", DO_BAD_SIGNATURE},   /* changed after it was signed */
    {"md5", DO_MD5},                       /* signed with it */
    {"no-envelope", DO_NO_ENVELOPE},       /* SUCCESS without content */
    {"other-envelope", DO_OTHER_ENVELOPE}, /* encrypted to another */
    {"nested", DO_NESTED},                 /* an envelope in the envelope */
    {"ber", DO_BER}, /* an envelope of indefinite length, as streaming servers send it */
    {"des", DO_DES}, /* an envelope in single DES */
    {"agreement", DO_AGREEMENT},     /* to EC signers: KDF digest and key wrap, see behave.h */
    {"cofactor", DO_COFACTOR},       /* ... by cofactor Diffie-Hellman */
    {"mqv", DO_MQV},                 /* ... by a scheme that few know */
    {"padded-wrap", DO_PADDED_WRAP}, /* ... with such a key wrap */
    {"by-key-id", DO_BY_KEY_ID},     /* recipients named by subject key identifier */
    {"rsa-only", DO_RSA_ONLY},       /* badAlg to who signs with another key */
    {"csr-back", DO_CSR_BACK},       /* the request itself in the envelope */
    {"nothing-inside", DO_NOTHING_INSIDE}, /* an envelope without a certificate */
    {"pending", DO_PENDING},               /* :N polls before the certificate is there */
    {"same-signer", DO_SAME_SIGNER},       /* FAILURE for a poll that another has signed */
    {"to-first", DO_TO_FIRST},             /* the answer to a poll, to who signed the request */
    {"refuse", DO_REFUSE},                 /* FAILURE with failInfo :N, or an HRESULT for :9 */
    {"once", DO_ONCE},                     /* FAILURE for a transaction that was granted already */
    {"busy", DO_BUSY},                     /* HTTP 503 to the first message of a transaction */
    {"one-time", DO_ONE_TIME},             /* FAILURE for a challenge that was seen before */
    {"refuse-challenge", DO_REFUSE_CHALLENGE}, /* as if the challenge were wrong */
    {"refuse-and-grant", DO_REFUSE_AND_GRANT}, /* FAILURE with a certificate */
    {"refuse-in-colour", DO_REFUSE_IN_COLOUR}, /* failInfoText that commands a terminal */
    {"refuse-at-length", DO_REFUSE_AT_LENGTH}, /* failInfoText of :N bytes */
    {"refuse-renewal", DO_REFUSE_RENEWAL},     /* FAILURE for RenewalReq */
    {"renewal-wants-challenge", DO_RENEWAL_WANTS_CHALLENGE}, /* from whoever asks */
    {"other-key", DO_OTHER_KEY},     /* a certificate for a key that nobody sent */
    {"other-ca", DO_OTHER_CA},       /* a certificate by a CA that nobody trusts */
    {"namesake", DO_NAMESAKE},       /* ... who has this CA's name */
    {"sha1-issuer", DO_SHA1_ISSUER}, /* by one that only the answer holds, signed with SHA-1 */
    {"old-certificate", DO_OLD_CERTIFICATE}, /* the certificate that signed the request */
    {"old-key", DO_OLD_KEY},             /* a new certificate for the key that signed the request */
    {"old-serial", DO_OLD_SERIAL},       /* with the serial number of the one that signed it */
    {"leaf-last", DO_LEAF_LAST},         /* the CA's certificate first in the answer */
    {"extra", DO_EXTRA},                 /* with :N certificates of strangers */
    {"is-ca", DO_IS_CA},                 /* a CA's certificate */
    {"zero-in-name", DO_ZERO_IN_NAME},   /* a common name "box", zero byte, ".evil.test" */
    {"many-sans", DO_MANY_SANS},         /* :N alternative names more */
    {"other-subject", DO_OTHER_SUBJECT}, /* CN=someone else */
    {"no-san", DO_NO_SAN},               /* without alternative names */
    {"no-eku", DO_NO_EKU},               /* without extended key usage */
    {"add-san", DO_ADD_SAN},             /* with dns:added.test besides those asked for */
    {"less-usage", DO_LESS_USAGE},       /* key usage: keyAgreement, and no other */
    {"sha1", DO_SHA1},                   /* signed with SHA-1 */
    {"long", DO_LONG},                   /* valid for ten years */
    {"short", DO_SHORT},                 /* valid for :N seconds */
    {"expired", DO_EXPIRED},             /* not valid any more */
    {"not-yet", DO_NOT_YET},             /* not valid yet, by :N seconds */
};

static const struct {
    const char *prefix;
    unsigned operations;
} scopes[] = {{"caps/", ON_CAPS}, {"cacert/", ON_CA_CERT}, {"pki/", ON_PKI}, {"next/", ON_NEXT}};

bool rules_add(struct rules *rules, const char *text)
{
    struct rule rule = {.operations = ON_ALL};
    for (size_t i = 0; i < LENGTH(scopes); i++)
        if (strncmp(text, scopes[i].prefix, strlen(scopes[i].prefix)) == 0) {
            rule.operations = scopes[i].operations;
            text += strlen(scopes[i].prefix);
            break;
        }
    size_t len = strcspn(text, ":");
    int64_t number = 0;
    if (text[len] && !text_number(text + len + 1, 0, 100000000, &number))
        return false;
    rule.number = (int)number;
    for (size_t i = 0; i < LENGTH(names) && rules->n < RULES_MAX; i++)
        if (strlen(names[i].name) == len && strncmp(names[i].name, text, len) == 0) {
            rule.what = names[i].what;
            rules->v[rules->n++] = rule;
            return true;
        }
    return false;
}

const struct rule *rules_find(const struct rules *rules, unsigned operation, enum what what)
{
    for (size_t i = 0; i < rules->n; i++)
        if (rules->v[i].what == what && rules->v[i].operations & operation)
            return &rules->v[i];
    return NULL;
}
