/* com.apple.security.root, .pkcs1 and .pem: certificates; and which of them vouches for a SCEP
 * server's CA. */
#include "import/apple_row.h"

#include "import/certificate.h"
#include "profile/root_file.h"

int apple_root(struct apple_reading *r, struct err *err)
{
    struct certificate_facts facts;
    struct err why;
    uint64_t len = 0;
    plist_t content = property_list_member(r->payload, "PayloadContent");
    const char *data =
        property_list_is(content, PLIST_DATA) ? plist_get_data_ptr(content, &len) : NULL;
    if (!data)
        return section_refuse(r->sections, r->section, "PayloadContent", err, "is not data");
    if (root_file_decode(data, len, &r->section->certificate, &why) < 0 ||
        certificate_facts(&r->section->certificate, &facts, &why) < 0)
        return section_refuse(r->sections, r->section, "PayloadContent", err, "%s", why.text);
    autofree char *name = text_format("anchors/%s.cer", r->section->name);
    if (!name)
        return err_memory(err);
    int rc = section_put(r->sections, r->section, "certificate", "PayloadContent", name, err);
    /* Apple trusts what is self-signed, and uses the rest to build chains. */
    if (rc == 0)
        rc = section_put(r->sections, r->section, "store", "PayloadContent",
                         facts.self_issued ? "system" : "intermediate", err);
    if (rc == 0)
        rc = section_describe(r->sections, r->section, "PayloadDescription",
                              property_list_member_text(r->payload, "PayloadDescription"), err);
    if (rc == 0 && !r->sections->options->files)
        rc = section_note(r->sections, r->section, "certificate", err,
                          "--output DIR writes it to anchors/%s.cer", r->section->name);
    return rc;
}

static bool is_self_issued(const struct section *section)
{
    struct certificate_facts facts;
    return section->kind == PROFILE_TRUSTED_ROOT &&
           certificate_facts(&section->certificate, &facts, NULL) == 0 && facts.self_issued;
}

static const struct section *by_fingerprint(const struct apple_reading *r)
{
    uint64_t len = 0;
    plist_t node = property_list_member(r->content, "CAFingerprint");
    const char *digest = property_list_is(node, PLIST_DATA) ? plist_get_data_ptr(node, &len) : NULL;
    for (size_t i = 0; digest && i < r->sections->n; i++) {
        const struct section *section = &r->sections->v[i];
        if (section->certificate.len > 0 &&
            certificate_has_digest(&section->certificate, digest, len))
            return section;
    }
    return NULL;
}

/* Does a network that signs in with this payload's certificate trust SECTION? */
static bool trusted_with(const struct apple_reading *r, const struct section *section)
{
    plist_t payload;
    for (uint32_t i = 0; (payload = apple_payload(r->file, i)); i++)
        if (apple_network_kind(payload) && apple_network_uses(payload, r->section->id) &&
            apple_network_trusts(payload, section->id))
            return true;
    return false;
}

/* The only self-signed one, all of them or those that networks name; *ret_n says how many. The same
 * certificate twice is one. */
static const struct section *only_root(const struct apple_reading *r, bool named, size_t *ret_n)
{
    const struct section *found = NULL;
    *ret_n = 0;
    for (size_t i = 0; i < r->sections->n; i++) {
        const struct section *section = &r->sections->v[i];
        if (!is_self_issued(section) || (named && !trusted_with(r, section)) ||
            (found && buf_equal(&found->certificate, &section->certificate)))
            continue;
        found = section;
        ++*ret_n;
    }
    return *ret_n == 1 ? found : NULL;
}

const struct section *apple_root_of(const struct apple_reading *r, const char **ret_why)
{
    size_t n;
    const struct section *root = by_fingerprint(r);
    if (!root)
        root = only_root(r, true, &n);
    if (!root)
        root = only_root(r, false, &n);
    *ret_why = n == 0 ? "the file has no root certificate"
                      : "the file has several root certificates, and does not say which";
    return root;
}
