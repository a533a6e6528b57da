#include "agent/request.h"

#include <string.h>

static const struct {
    const char *name;
    bool everyone; /* what root means without a uid: everyone, else the device */
    bool needs_profile;
} ops[] = {
    [OP_SIGN_IN] = {"sign-in", false, false},  [OP_CYCLE] = {"cycle", true, false},
    [OP_LIST] = {"list", true, false},         [OP_ENROLL] = {"enroll", false, false},
    [OP_RENEW] = {"renew", false, true},       [OP_REMOVE] = {"remove", false, true},
    [OP_GET_CERT] = {"get-cert", false, true}, [OP_GET_CRL] = {"get-crl", false, true},
    [OP_PIN] = {"pin", false, true},
};

void request_end(struct agent_request *request)
{
    buf_free(&request->pin);
    *request = (struct agent_request){0};
}

static int find_op(const char *name, enum agent_op *ret)
{
    for (size_t i = 0; i < LENGTH(ops); i++)
        if (strcmp(ops[i].name, name) == 0) {
            *ret = (enum agent_op)i;
            return 0;
        }
    return -1;
}

static int read_owner(const json_t *object, uid_t peer, struct agent_request *request,
                      struct err *err)
{
    const json_t *value = json_object_get(object, "uid");
    int64_t uid = json_number(object, "uid", INT64_MIN);

    if (value && (uid < -1 || uid >= UINT32_MAX))
        return err_set(err, ERR_CONFIG,
                       "request: uid is not a user's number, nor -1 for the device");
    if (!value && peer == 0)
        request->everyone = ops[request->op].everyone;
    request->owner.device = value ? uid == -1 : peer == 0;
    request->owner.uid = request->owner.device ? 0 : value ? (uid_t)uid : peer;
    if (request->op == OP_SIGN_IN && (!value || request->owner.device))
        return err_set(err, ERR_CONFIG, "request: sign-in needs the uid of a user");
    if (peer != 0 && (request->owner.device || request->owner.uid != peer))
        return err_set(err, ERR_DENIED, "uid %u may ask for itself only", peer);
    return 0;
}

static int read_profile(const json_t *object, struct agent_request *request, struct err *err)
{
    const json_t *value = json_object_get(object, "profile");
    const char *name = json_string_value(value);
    if (!value && ops[request->op].needs_profile)
        return err_set(err, ERR_CONFIG, "request: %s needs a profile", ops[request->op].name);
    if (!value)
        return 0;
    if (!name || !entry_name_valid(name))
        return err_set(err, ERR_CONFIG, "request: profile is not the name of one");
    strcpy(request->profile, name);
    return 0;
}

/* Only who has it in mind can give a PIN: not root for somebody, and nobody for the device. */
static int read_pin(const json_t *object, uid_t peer, struct agent_request *request,
                    struct err *err)
{
    const json_t *value = json_object_get(object, "pin");
    const struct buf pin = {.data = (uint8_t *)(uintptr_t)json_string_value(value),
                            .len = json_string_length(value)};
    if (request->op != OP_PIN)
        return 0;
    if (request->owner.device)
        return err_set(err, ERR_CONFIG, "request: a device has nobody to ask for a PIN");
    if (request->owner.uid != peer)
        return err_set(err, ERR_DENIED, "uid %u may give a PIN for itself only", peer);
    if (!json_is_string(value))
        return err_set(err, ERR_CONFIG, "request: pin needs a pin");
    int rc = pin_check(&pin, err);
    return rc < 0 ? rc : buf_add(&request->pin, pin.data, pin.len, err);
}

/* Where a reader of JSON stumbles it shows what stands there. */
static int forget_place(struct err *err)
{
    char *place = err ? strstr(err->text, " near ") : NULL;
    if (place)
        *place = 0;
    return err ? -(int)err->class : -ERR_CONFIG;
}

/* What is no serial number the one who looks it up says. */
static int read_serial(const json_t *object, struct agent_request *request, struct err *err)
{
    const char *serial = json_text(object, "serial", "");
    if (request->op != OP_GET_CERT)
        return 0;
    if (!*serial || strlen(serial) > REQUEST_SERIAL_MAX)
        return err_set(err, ERR_CONFIG, "request: get-cert needs the serial number of one");
    strcpy(request->serial, serial);
    return 0;
}

int request_parse(const char *text, size_t len, uid_t peer, struct agent_request *ret,
                  struct err *err)
{
    autojson *object = NULL;
    struct agent_request request = {0};

    int rc = json_parse(text, len, "request", &object, err);
    if (rc < 0)
        return forget_place(err);
    const char *op = json_text(object, "op", "");
    if (find_op(op, &request.op) < 0)
        return err_set(err, ERR_CONFIG, "request: there is no op \"%.40s\"", op);
    rc = read_owner(object, peer, &request, err);
    if (rc == 0)
        rc = read_profile(object, &request, err);
    if (rc == 0)
        rc = read_pin(object, peer, &request, err);
    if (rc == 0)
        rc = read_serial(object, &request, err);
    if (rc < 0)
        return rc;
    int64_t wait = json_number(object, "wait", 0);
    request.wait = wait < 0 ? 0 : wait > 3600 ? 3600 : (unsigned)wait;
    request.certificates = json_flag(object, "certificates", false);
    *ret = request;
    return 0;
}
