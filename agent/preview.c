#include "agent/preview.h"

#include "agent/certificate.h"
#include "agent/preview_names.h"
#include "profile/keys.h"
#include "profile/value.h"
#include "scep/csr.h"
#include "store/anchor.h"
#include "store/key.h"

#include <limits.h>
#include <string.h>

static json_t *text_list(const struct strings *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->n; i++)
        json_array_append_new(array, json_line(list->v[i]));
    return array;
}

static json_t *usage_list(unsigned usages)
{
    json_t *array = json_array();
    for (unsigned bit = 1; bit && bit <= usages; bit <<= 1)
        if (usages & bit)
            json_array_append_new(array, json_string(keys_word("key-usage", bit)));
    return array;
}

/* Not every one has a name. */
static json_t *eku_list(const struct strings *oids)
{
    json_t *array = json_array();
    for (size_t i = 0; i < oids->n; i++)
        json_array_append_new(
            array, json_pack("{s:s*, s:s}", "name", value_eku_name(oids->v[i]), "oid", oids->v[i]));
    return array;
}

static json_t *validity_object(const struct scep_profile *scep)
{
    static const char *const units[] = {
        [VALIDITY_DAYS] = "days", [VALIDITY_MONTHS] = "months", [VALIDITY_YEARS] = "years"};
    if (scep->validity_unit == VALIDITY_NONE)
        return NULL;
    return json_pack("{s:i, s:s}", "count", (int)scep->validity, "unit",
                     units[scep->validity_unit]);
}

/* Adds what is known of applicability. */
static void add_verdict(const struct preview *preview, const struct profile *profile,
                        json_t *object)
{
    struct rule_verdict verdict;
    struct err unsure;
    int applies = -ERR_RETRY;
    if (preview->candidate)
        applies = candidate_applies(preview->candidate, profile, &verdict, &unsure);
    if (applies < 0) {
        const char *why = preview->candidate ? unsure.text : preview->unknown->text;
        json_object_set_new(object, "applies_reason", json_line(why));
        return;
    }
    json_object_set_new(object, "applies", json_boolean(applies));
    json_object_set_new(object, "applies_reason", json_line(verdict.reason));
    if (verdict.line)
        json_object_set_new(object, "applies_line", json_integer(verdict.line));
}

static json_t *root_object(const struct preview *preview, struct preview_faults *faults)
{
    const char *name = preview->profile->scep.root;
    const struct profile *root =
        profile_find(&preview->agent->profiles, PROFILE_TRUSTED_ROOT, name);
    CLEANUP(X509_free_p) X509 *certificate = NULL;
    autojson *told = NULL;
    struct err why;
    json_t *object = json_pack("{s:s}", "profile", name);
    int rc = root ? certificate_parse(&root->root.der, root->root.certificate, &certificate, &why)
                  : err_set(&why, ERR_CONFIG, "root: there is no [trusted-root %s]", name);
    if (rc == 0)
        rc = anchor_check(&root->root.der, root->root.certificate, &why);
    if (rc == 0)
        rc = certificate_describe(certificate, &told, &why);
    if (rc < 0) {
        preview_fault(faults, &why);
        return object;
    }
    static const char *const members[] = {"subject", "fingerprint", "not_after"};
    for (size_t i = 0; i < LENGTH(members); i++)
        json_object_set(object, members[i], json_object_get(told, members[i]));
    json_object_set_new(object, "certificate", json_line(root->root.certificate));
    add_verdict(preview, root, object);
    return object;
}

/* Through which proxy, of whom, and the servers that are asked without it; of its login only that
 * there is one. */
static json_t *proxy_object(const struct preview *preview)
{
    const struct scep_profile *scep = &preview->profile->scep;
    const struct settings *settings = &preview->agent->profiles.settings;
    const struct proxy *proxy = scep->proxy.set ? &scep->proxy : &settings->proxy;
    if (!proxy->url)
        return NULL;
    json_t *direct = json_array();
    for (size_t i = 0; i < scep->urls.n && !scep->proxy.set; i++)
        if (proxy_excepts(&settings->no_proxy, scep->urls.v[i]))
            json_array_append_new(direct, json_line(scep->urls.v[i]));
    return json_pack("{s:o, s:s, s:b, s:o}", "url", json_line(proxy->url), "where",
                     scep->proxy.set ? "the profile" : "signet.conf", "login",
                     proxy->secret || proxy->login.len, "direct", direct);
}

/* What the profile says without any variable. */
static void add_settings(const struct preview *preview, json_t *object)
{
    const struct scep_profile *scep = &preview->profile->scep;
    const struct {
        const char *name;
        json_t *value;
    } members[] = {
        {"subject_order", json_string(keys_word("subject-order", scep->subject_order))},
        {"key",
         json_pack("{s:s, s:i, s:s}", "type", keys_word("key-type", scep->key_type), "size",
                   (int)scep->key_size, "storage", keys_word("key-storage", scep->key_storage))},
        {"key_usage", usage_list(scep->key_usage)},
        {"ekus", eku_list(&scep->ekus)},
        {"hash", json_string(keys_word("hash", scep->hash))},
        {"validity", validity_object(scep)},
        {"renewal_threshold", json_integer(scep->renewal_threshold)},
        {"on_mismatch", json_string(keys_word("on-mismatch", scep->on_mismatch))},
        {"urls", text_list(&scep->urls)},
        {"urls_shuffled", json_boolean(scep->urls.n > 1)},
        {"proxy", proxy_object(preview)},
        {"tls_certificate", scep->tls_certificate ? json_string(scep->tls_certificate) : NULL},
        {"ca_ident", scep->ca_ident ? json_line(scep->ca_ident) : NULL},
        {"ca_fingerprints", scep->ca_fingerprints.n ? text_list(&scep->ca_fingerprints) : NULL},
        {"minimum_crypto", json_string(keys_word("minimum-crypto", scep->minimum_crypto))},
        {"accept_des", json_boolean(scep->accept_des)},
        {"poll_interval", scep->poll_interval ? json_integer(scep->poll_interval) : NULL},
        {"poll_limit", json_integer(scep->poll_limit)},
        {"challenge", json_string(challenge_kind_name(scep->challenge.kind))},
    };
    for (size_t i = 0; i < LENGTH(members); i++)
        if (members[i].value)
            json_object_set_new(object, members[i].name, members[i].value);
}

static void add_owner(const struct preview *preview, json_t *object)
{
    const struct profile *profile = preview->profile;
    json_object_set_new(object, "profile", json_string(profile->name));
    json_object_set_new(object, "description", json_line(profile->description));
    json_object_set_new(object, "scope_tags", text_list(&profile->scope_tags));
    json_object_set_new(object, "file", json_line(profile->file));
    json_object_set_new(object, "line", json_integer(profile->line));
    json_object_set_new(object, "type", json_string(keys_word("type", profile->scep.type)));
    json_object_set_new(object, "owner", json_line(preview->user ? preview->user : "device"));
    if (preview->user)
        json_object_set_new(object, "uid", json_integer(preview->owner.uid));
    add_verdict(preview, profile, object);
}

/* The line that begins the next section of a file. */
static unsigned section_end(const struct profile_set *set, const char *file, unsigned line)
{
    unsigned end = UINT_MAX;
    for (size_t i = 0; i < set->n; i++)
        if (set->v[i].line > line && set->v[i].line < end && strcmp(set->v[i].file, file) == 0)
            end = set->v[i].line;
    for (size_t i = 0; i < set->n_faulty; i++)
        if (set->faulty[i].line > line && set->faulty[i].line < end &&
            strcmp(set->faulty[i].file, file) == 0)
            end = set->faulty[i].line;
    return end;
}

static void add_problems(const struct profile_set *set, const struct problems *problems,
                         const struct preview_scope *scope, json_t *list)
{
    unsigned end = scope->file ? section_end(set, scope->file, scope->line) : 0;
    for (size_t i = 0; i < problems->n; i++) {
        const struct problem *problem = &problems->v[i];
        bool within = scope->file && strcmp(problem->file, scope->file) == 0 &&
                      problem->at.line >= scope->line && problem->at.line < end;
        if (scope->all || within)
            json_array_append_new(list, json_line(problem->text));
    }
}

/* The whole of it, as the agent would make it: partly told is not yet complete. */
static void try_request(const struct preview *preview, struct attributes *attributes,
                        json_t *object, struct preview_faults *faults, struct request *ret)
{
    struct err why;
    if (profile_request(preview->profile, attributes, ret, &why) < 0) {
        if (json_array_size(faults->list) == 0)
            preview_fault(faults, &why);
        return;
    }
    json_t *warnings = text_list(&ret->warnings);
    const struct profile_set *set = &preview->agent->profiles;
    const struct preview_scope scope = {.file = preview->profile->file,
                                        .line = preview->profile->line};
    add_problems(set, &set->warnings, &scope, warnings);
    json_object_set_new(object, "warnings", warnings);
}

int preview_describe(const struct preview *preview, json_t **ret, struct request *ret_request,
                     struct err *err)
{
    const struct scep_profile *scep = &preview->profile->scep;
    struct attributes attributes = agent_attributes(preview->agent, &preview->owner, preview->user);
    autojson *object = json_object(), *list = json_array();
    struct preview_faults faults = {.list = list};
    if (!object || !list)
        return err_memory(err);

    json_object_set_new(object, "result", json_string("ok"));
    add_owner(preview, object);
    json_t *variables = preview_variables(scep, &attributes, &faults);
    preview_subject(scep, &attributes, variables, object, &faults);
    json_object_set_new(object, "sans", preview_sans(scep, &attributes, variables, &faults));
    add_settings(preview, object);
    json_object_set_new(object, "root", root_object(preview, &faults));
    json_object_set_new(object, "variables", variables);
    try_request(preview, &attributes, object, &faults, ret_request);
    json_object_set(object, "problems", list);
    if (faults.first.class) {
        err_context(&faults.first, "profile %s, %s", preview->profile->name,
                    preview->user ? preview->user : "device");
        preview_fail(object, &faults.first);
    }
    *ret = steal(&object);
    return 0;
}

void preview_fail(json_t *object, const struct err *why)
{
    json_object_set_new(object, "result", json_string("error"));
    json_object_set_new(object, "class", json_string(err_class_name(why->class)));
    json_object_set_new(object, "message", json_line(why->text));
}

json_t *preview_nothing(const struct err *why, const struct profile_set *set,
                        const struct preview_scope *scope)
{
    json_t *object = json_object(), *list = json_array();
    preview_fail(object, why);
    add_problems(set, &set->problems, scope, list);
    json_object_set_new(object, "problems", list);
    return object;
}

int preview_csr(const struct request *request, struct buf *ret, struct err *err)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    int rc = key_generate(request->key_type == KEY_EC, request->key_size, &key, err);
    return rc < 0 ? rc : csr_build(key, request, request->hash, NULL, ret, err);
}
