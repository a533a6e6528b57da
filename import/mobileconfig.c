#include "import/mobileconfig.h"

#include "import/apple_row.h"
#include "import/signature.h"

#include <string.h>

#define PAYLOADS_MAX SECTIONS_MAX

/* Payloads that become sections. */
static const struct {
    const char *type;
    enum profile_kind kind;
} types[] = {
    {"com.apple.security.root", PROFILE_TRUSTED_ROOT},
    {"com.apple.security.pkcs1", PROFILE_TRUSTED_ROOT},
    {"com.apple.security.pem", PROFILE_TRUSTED_ROOT},
    {"com.apple.security.scep", PROFILE_SCEP},
};

static const char *title_of(plist_t payload)
{
    const char *title = property_list_member_text(payload, "PayloadDisplayName");
    if (!*title)
        title = property_list_member_text(payload, "PayloadCertificateFileName");
    return *title ? title : property_list_member_text(payload, "PayloadIdentifier");
}

static int say_other(struct sections *sections, plist_t payload, struct err *err)
{
    autofree char *title = text_format("\"%.100s\"", title_of(payload));
    const char *type = property_list_member_text(payload, "PayloadType");
    return title ? import_result_line(sections->result, IMPORT_NOTE, title, NULL, err,
                                      "%.100s: no SCEP, certificate or network payload, left out",
                                      *type ? type : "a payload without PayloadType")
                 : err_memory(err);
}

static int add_payload(struct sections *sections, plist_t payload, struct err *err)
{
    struct section *section;
    const char *type = property_list_member_text(payload, "PayloadType");
    for (size_t i = 0; i < LENGTH(types); i++)
        if (strcmp(type, types[i].type) == 0) {
            int rc = sections_add(sections, types[i].kind, title_of(payload),
                                  property_list_member_text(payload, "PayloadUUID"), payload,
                                  &section, err);
            return rc < 0 ? rc
                          : section_comment(section, err, "%s \"%.300s\", %.100s", type,
                                            section->title, section->id);
        }
    return apple_network_kind(payload) ? 0 : say_other(sections, payload, err);
}

static int read_sections(struct sections *sections, plist_t file, enum profile_kind kind,
                         struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sections->n; i++) {
        struct apple_reading r = {.sections = sections,
                                  .section = &sections->v[i],
                                  .file = file,
                                  .payload = (plist_t)sections->v[i].source};
        if (r.section->kind != kind)
            continue;
        r.content = property_list_member(r.payload, "PayloadContent");
        rc = kind == PROFILE_SCEP ? apple_scep(&r, err) : apple_root(&r, err);
    }
    return rc;
}

static int check_file(plist_t file, struct err *err)
{
    if (property_list_member(file, "EncryptedPayloadContent"))
        return err_set(err, ERR_CONFIG, "its payloads are encrypted, for one device only");
    plist_t payloads = property_list_member(file, "PayloadContent");
    if (!property_list_is(payloads, PLIST_ARRAY))
        return err_set(err, ERR_CONFIG,
                       "a property list, but no configuration profile: it has no "
                       "array PayloadContent");
    return property_list_size(payloads) > PAYLOADS_MAX
               ? err_set(err, ERR_RESOURCE, "more than %d payloads", PAYLOADS_MAX)
               : 0;
}

static int import_file(plist_t file, struct sections *sections, struct err *err)
{
    plist_t payload;
    int rc = check_file(file, err);
    for (uint32_t i = 0; rc == 0 && (payload = apple_payload(file, i)); i++)
        rc = add_payload(sections, payload, err);
    if (rc == 0)
        rc = read_sections(sections, file, PROFILE_TRUSTED_ROOT, err);
    if (rc == 0)
        rc = read_sections(sections, file, PROFILE_SCEP, err);
    for (uint32_t i = 0; rc == 0 && (payload = apple_payload(file, i)); i++)
        if (apple_network_kind(payload))
            rc = apple_network(sections, payload, err);
    return rc < 0 ? rc : sections_finish(sections, err);
}

/* What is inside the signature takes the place of DATA. */
static int unwrap(struct import_result *result, struct buf *content, const void **data, size_t *len,
                  struct err *err)
{
    autobuf signer = {0};
    int rc = signature_unwrap(*data, *len, content, &signer, err);
    if (rc < 0)
        return rc;
    *data = buf_text(content);
    *len = content->len;
    return import_result_line(result, IMPORT_NOTE, NULL, NULL, err,
                              "signed by %.600s, unchanged since; whether to believe the signer "
                              "was not checked: trust the file as much as where you have it from",
                              buf_text(&signer));
}

int mobileconfig_import(const void *data, size_t len, const struct import_options *options,
                        struct import_result *ret, struct err *err)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    CLEANUP(sections_free) struct sections sections = {.options = options, .result = &result};
    CLEANUP(plist_free_p) plist_t file = NULL;
    autobuf content = {0};
    int rc = 0;
    if (len > IMPORT_FILE_MAX)
        return err_set(err, ERR_RESOURCE, "more than %u bytes", IMPORT_FILE_MAX);
    if (len > 0 && *(const char *)data == 0x30)
        rc = unwrap(&result, &content, &data, &len, err);
    if (rc == 0)
        rc = property_list_parse(data, len, &file, err);
    if (rc == 0)
        rc = import_file(file, &sections, err);
    if (rc < 0)
        return rc;
    import_result_free(ret);
    *ret = result;
    result = (struct import_result){0};
    return 0;
}
