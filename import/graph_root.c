/* Trusted certificate profiles, and the certificate in them. */
#include "import/graph_row.h"

#include "profile/root_file.h"

#include <openssl/evp.h>

#include <string.h>

static const struct graph_word destinations[] = {
    {"computerCertStoreRoot", "system", NULL},
    {"computerCertStoreIntermediate", "intermediate", NULL},
    {"userCertStoreIntermediate", "intermediate", NULL},
    {0}};

/* Strict but for line breaks, which base64 in files commonly has. */
static int decode(const char *text, struct buf *ret, struct err *err)
{
    size_t len = strlen(text);
    EVP_ENCODE_CTX *context = EVP_ENCODE_CTX_new();
    if (!context || len > 2 * ROOT_FILE_MAX) {
        EVP_ENCODE_CTX_free(context);
        return context ? err_set(err, ERR_CONFIG, "is too long") : err_memory(err);
    }
    int n = 0, last = 0, rc = buf_reserve(ret, len + 4, err);
    if (rc == 0) {
        EVP_DecodeInit(context);
        if (EVP_DecodeUpdate(context, ret->data, &n, (const uint8_t *)text, (int)len) < 0 ||
            EVP_DecodeFinal(context, ret->data + n, &last) < 0 || n + last == 0)
            rc = err_set(err, ERR_CONFIG, "is not base64");
    }
    EVP_ENCODE_CTX_free(context);
    if (rc == 0)
        ret->len = (size_t)(n + last);
    return rc;
}

static int take_certificate(struct graph_reading *r, const struct graph_row *row,
                            const json_t *value, struct err *err)
{
    autobuf file = {0};
    struct err why;
    const char *text = json_string_value(value);
    if (!text)
        return section_refuse(r->sections, r->section, row->property, err, "is not text");
    if (decode(text, &file, &why) < 0 ||
        root_file_decode(file.data, file.len, &r->section->certificate, &why) < 0)
        return section_refuse(r->sections, r->section, row->property, err, "%s", why.text);
    autofree char *name = text_format("anchors/%s.cer", r->section->name);
    return name ? section_put(r->sections, r->section, row->key, row->property, name, err)
                : err_memory(err);
}

static int take_destination(struct graph_reading *r, const struct graph_row *row,
                            const json_t *value, struct err *err)
{
    const char *text = json_string_value(value);
    int rc = text && strcasecmp(text, "userCertStoreIntermediate") == 0
                 ? section_note(r->sections, r->section, row->property, err,
                                "for users only: here it is for all of the machine")
                 : 0;
    return rc < 0 ? rc : graph_take_word(r, row, value, err);
}

static int take_file_name(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                          struct err *err)
{
    (void)row;
    const char *text = json_string_value(value);
    return text && *text ? section_comment(r->section, err, "was %s", text) : 0;
}

const struct graph_row graph_root_rows[] = {
    {"trustedRootCertificate", take_certificate, "certificate", NULL, NULL},
    GRAPH_COMMON,
    {"destinationStore", take_destination, "store", destinations, NULL},
    {"certFileName", take_file_name, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

int graph_root(struct graph_reading *r, struct err *err)
{
    int rc = graph_read(r, graph_root_rows, err);
    if (rc == 0 && !graph_member(r->object, "trustedRootCertificate"))
        rc = section_refuse(r->sections, r->section, "trustedRootCertificate", err,
                            "is not in the file: ask Graph for this profile alone");
    if (rc == 0 && !r->section->refused && !r->sections->options->files)
        rc = section_note(r->sections, r->section, "certificate", err,
                          "--output DIR writes it to anchors/%s.cer", r->section->name);
    return rc;
}
