#include "scep/refusal.h"

#include "base/text.h"

static const struct {
    const char *name;
    const char *meaning;
    enum err_class class;
    const char *hint; /* where the server says no more than this; NULL: there is none */
} fail_infos[] = {
    {"badAlg", "the server does not know an algorithm that was used", ERR_CONFIG, NULL},
    {"badMessageCheck", "it could not verify the message or the challenge", ERR_DENIED, NULL},
    /* A CA that has issued, and whose answer was lost, has the second request for the first's. */
    {"badRequest", "it does not permit or support the request", ERR_DENIED,
     "the server's own log should say why; if it has issued a certificate of the same name before, "
     "perhaps one that never arrived, revoke that one there, or let it issue another (scepserver: "
     "-allowrenew 0)"},
    {"badTime", "the clocks of server and client are too far apart", ERR_RETRY, NULL},
    {"badCertId", "it found no certificate for what was asked", ERR_DENIED, NULL},
};

static const struct {
    uint32_t code;
    const char *name;
} hresults[] = {
    {0x80070005, "E_ACCESSDENIED"},
    {0x80070057, "E_INVALIDARG"},
    {0x800706ba, "RPC_S_SERVER_UNAVAILABLE: the CA behind the server cannot be reached"},
    {0x80094001, "CERTSRV_E_BAD_REQUESTSUBJECT"},
    {0x80094012, "CERTSRV_E_TEMPLATE_DENIED: the server's account may not enrol from the template"},
    {0x80094800, "CERTSRV_E_UNSUPPORTED_CERT_TYPE: the CA does not offer the template"},
    {0x80094801, "CERTSRV_E_NO_CERT_TYPE"},
    {0x80094811, "CERTSRV_E_KEY_LENGTH: the key is shorter than the template wants"},
};

static bool fail_info_index(const char *fail_info, size_t *ret)
{
    int64_t number;
    if (!text_number(fail_info, 0, (int64_t)LENGTH(fail_infos) - 1, &number))
        return false;
    *ret = (size_t)number;
    return true;
}

enum err_class refusal_class(const char *fail_info)
{
    size_t i;
    return fail_info_index(fail_info, &i) ? fail_infos[i].class : ERR_DENIED;
}

static int describe_hresult(const char *text, struct buf *ret, struct err *err)
{
    int64_t number;
    if (!text_number(text, INT32_MIN, UINT32_MAX, &number))
        return buf_printf(ret, err, ", HRESULT \"%.40s\"", text);
    uint32_t code = (uint32_t)number;
    const char *name = "";
    for (size_t i = 0; i < LENGTH(hresults); i++)
        if (hresults[i].code == code)
            name = hresults[i].name;
    return buf_printf(ret, err, ", HRESULT 0x%08x%s%s", code, *name ? " " : "", name);
}

int refusal_describe(const char *fail_info, const char *text, const char *hresult, struct buf *ret,
                     struct err *err)
{
    size_t i = 0;
    int rc;
    bool known = fail_info_index(fail_info, &i);
    if (known)
        rc = buf_printf(ret, err, "%s (%s)", fail_infos[i].name, fail_infos[i].meaning);
    else if (*fail_info)
        rc = buf_printf(ret, err, "unknown failInfo \"%.20s\"", fail_info);
    else
        rc = buf_add_text(ret, "no reason given", err);
    if (rc == 0 && *text)
        rc = buf_printf(ret, err, ": %.300s", text);
    if (rc == 0 && *hresult)
        rc = describe_hresult(hresult, ret, err);
    if (rc == 0 && known && fail_infos[i].hint && !*text && !*hresult)
        rc = buf_printf(ret, err, "; %s", fail_infos[i].hint);
    return rc;
}
