#include "store/tpm.h"

#include "base/fs.h"
#include "base/proc.h"
#include "store/key.h"
#include "store/tpm_fault.h"
#include "store/tpm_pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_CLEANUP(OSSL_DECODER_CTX *, OSSL_DECODER_CTX_free)

/* With the TPM's keys, but without its hashes and ciphers, which are slow and few. */
#define PROPERTIES "?provider=tpm2,tpm2.digest!=yes,tpm2.cipher!=yes"

/* One TPM per process, as there is one in a machine. */
static struct {
    const char *chosen, *root;
    int64_t patience;      /* milliseconds */
    OSSL_LIB_CTX *library; /* NULL: not opened yet */
    OSSL_PROVIDER *provider, *beside;
    unsigned keys; /* of it that are in use */
    bool failed;
} tpm = {.root = "", .patience = 8000};

static void close_provider(void)
{
    if (!tpm.library)
        return;
    if (tpm.beside)
        OSSL_PROVIDER_unload(tpm.beside);
    if (tpm.provider)
        OSSL_PROVIDER_unload(tpm.provider);
    OSSL_LIB_CTX_free(tpm.library);
    tpm.library = NULL;
    tpm.provider = tpm.beside = NULL;
    tpm.failed = false;
}

/* Called for every key that is freed; MARK is that of adopt(). */
static void on_free(void *key, void *mark, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
    (void)key, (void)data, (void)index, (void)argl, (void)argp;
    if (mark)
        tpm.keys--;
}

/* A key that keeps the library context from being closed. */
static int adopt(EVP_PKEY *key, EVP_PKEY **ret, struct err *err)
{
    static int index = -1;
    if (index < 0)
        index = EVP_PKEY_get_ex_new_index(0, NULL, NULL, NULL, on_free);
    if (index < 0 || !EVP_PKEY_set_ex_data(key, index, &tpm)) {
        EVP_PKEY_free(key);
        return err_memory(err);
    }
    tpm.keys++;
    *ret = key;
    return 0;
}

int tpm_keep_apart(struct err *err)
{
    ERR_clear_error();
    /* It would put its own in the place of what is said here. */
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
    bool fips = EVP_default_properties_is_fips_enabled(NULL);
    if (!EVP_set_default_properties(NULL, fips ? "fips=yes,provider!=tpm2" : "provider!=tpm2"))
        return openssl_error(err, ERR_RESOURCE, "keep software keys out of the TPM");
    return 0;
}

void tpm_choose(const char *name)
{
    close_provider();
    tpm.chosen = name;
}

void tpm_wait(int64_t ms)
{
    tpm.patience = ms;
}

static const char *name_of_tpm(void)
{
    return tpm.chosen ? tpm.chosen : TPM_DEVICE;
}

void tpm_look_below(const char *root)
{
    tpm.root = root;
}

bool tpm_is_announced(void)
{
    const struct tpm_presence presence = tpm_presence_read(tpm.root);
    return tpm.chosen || tpm_presence_is_announced(&presence);
}

int tpm_find(struct err *err)
{
    char path[4096];
    const char *modules = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);
    const struct tpm_presence presence = tpm_presence_read(tpm.root);
    int rc = tpm.chosen ? 0 : tpm_presence_check(&presence, err);
    if (rc < 0)
        return rc;
    snprintf(path, sizeof path, "%s/tpm2.so", modules ? modules : "");
    if (access(path, R_OK) < 0)
        return err_set(err, ERR_CONFIG,
                       "the TPM cannot be used: %s: %s; install the package tpm2-openssl", path,
                       strerror(errno));
    return 0;
}

static int open_device(int *ret_fd, struct err *err)
{
    autofree char *path = text_format("%s" TPM_DEVICE, tpm.root);
    if (!path)
        return err_memory(err);
    *ret_fd = open(path, O_RDWR | O_CLOEXEC);
    if (*ret_fd >= 0)
        return 0;
    if (errno == EACCES)
        return err_set(err, ERR_DENIED,
                       "%s: permission denied; take our user into its group with \"usermod -aG tss "
                       "signet\", and restart signet-agent and signet-keyd",
                       path);
    if (errno == EPERM)
        return err_set(err, ERR_DENIED,
                       "%s: not allowed to this service; restart signet-agent and signet-keyd, "
                       "which may have been started before it was there",
                       path);
    return err_errno(err, "%s", path);
}

/* May we open it? tpm2-tss would not say why not. */
static int check_device(struct err *err)
{
    autoclose int fd = -1;
    return open_device(&fd, err);
}

int tpm_room(struct tpm_room *ret, struct err *err)
{
    autoclose int fd = -1;
    if (tpm.chosen)
        return 0;
    int rc = open_device(&fd, err);
    if (rc == 0)
        rc = tpm_room_read(fd, ret, err);
    return rc < 0 ? rc : 1;
}

/* The provider takes the name of the TPM from its environment only, and tpm2-tss would write what
 * we tell in one line into many. */
static int tell_environment(struct err *err)
{
    const char *tcti = tpm.chosen ? tpm.chosen : "device:" TPM_DEVICE;
    if (setenv("TPM2OPENSSL_TCTI", tcti, 1) < 0 || setenv("TSS2_LOG", "all+NONE", 1) < 0)
        return err_memory(err);
    return 0;
}

/* Asks the TPM what it can do. */
static void load_provider(void)
{
    ERR_clear_error();
    tpm.library = OSSL_LIB_CTX_new();
    if (!tpm.library)
        return;
    OSSL_PROVIDER_set_default_search_path(tpm.library, OPENSSL_info(OPENSSL_INFO_MODULES_DIR));
    tpm.provider = OSSL_PROVIDER_load(tpm.library, "tpm2");
    tpm.beside = OSSL_PROVIDER_load(tpm.library, "default");
}

/* tpm2-tss waits for an answer for ever, and nothing but the end of the process ends that. */
static int check_answers(struct err *err)
{
    bool answers = false;
    int rc = proc_try(load_provider, deadline_in(tpm.patience), &answers, err);
    if (rc < 0 || answers)
        return rc;
    return err_set(err, ERR_RETRY,
                   "the TPM at %s does not answer; if that stays so, restart the machine",
                   name_of_tpm());
}

static int open_provider(struct err *err)
{
    char what[ERR_TEXT_MAX / 4];
    /* After a failure the provider leaves in the TPM what it had loaded, and few keys have room
     * there. */
    if (tpm.failed && tpm.keys == 0)
        close_provider();
    if (tpm.library)
        return 0;
    int rc = tpm_find(err);
    if (rc == 0 && !tpm.chosen)
        rc = check_device(err);
    if (rc == 0)
        rc = tell_environment(err);
    if (rc == 0)
        rc = check_answers(err);
    if (rc < 0)
        return rc;
    load_provider();
    if (tpm.provider && tpm.beside)
        return 0;
    snprintf(what, sizeof what, "no TPM answers at %s", name_of_tpm());
    rc = tpm_fault(ERR_RETRY, what, err);
    close_provider();
    return rc;
}

/* The provider's own parameter: what the key will ask for. */
static int set_pin(EVP_PKEY_CTX *context, const struct buf *pin)
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("user-auth", (char *)pin->data, pin->len),
        OSSL_PARAM_construct_end(),
    };
    return EVP_PKEY_CTX_set_params(context, params);
}

/* PIN may be NULL. */
static bool generate(bool ec, unsigned size, const struct buf *pin, EVP_PKEY **ret)
{
    char curve[16];
    snprintf(curve, sizeof curve, "P-%u", size);
    CLEANUP(EVP_PKEY_CTX_free_p)
    EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_name(tpm.library, ec ? "EC" : "RSA", "provider=tpm2");
    return context && EVP_PKEY_keygen_init(context) > 0 &&
           (ec ? EVP_PKEY_CTX_set_group_name(context, curve)
               : EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)size)) > 0 &&
           (!pin || set_pin(context, pin) > 0) && EVP_PKEY_generate(context, ret) > 0;
}

/* Does it make what every TPM can, and quickly? Then it is well, and whatever it refused is beyond
 * it. */
static bool is_well(void)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    bool made = generate(true, 256, NULL, &key);
    ERR_clear_error();
    return made;
}

int tpm_failed(enum err_class class, const char *what, struct err *err)
{
    tpm.failed = true;
    return tpm_fault(class, what, err);
}

/* As tpm_failed(), for a key that was refused. */
static int refused(const char *what, struct err *err)
{
    struct err told;
    enum err_class unknown = ERR_BUG;
    tpm_failed(unknown, what, &told);
    if (told.class == unknown)
        told.class = is_well() ? ERR_CONFIG : ERR_RETRY;
    return err_set(err, told.class, "%s", told.text);
}

static int make(bool ec, unsigned size, const struct buf *pin, EVP_PKEY **ret, struct err *err)
{
    char what[ERR_TEXT_MAX / 4];
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    int rc = open_provider(err);
    if (rc < 0)
        return rc;
    ERR_clear_error();
    if (generate(ec, size, pin, &key))
        return adopt(steal(&key), ret, err);
    snprintf(what, sizeof what, "the TPM at %s makes no %s key of %u bits", name_of_tpm(),
             ec ? "EC" : "RSA", size);
    return refused(what, err);
}

int tpm_generate(bool ec, unsigned size, EVP_PKEY **ret, struct err *err)
{
    return make(ec, size, NULL, ret, err);
}

/* The provider does not tell a new key its own PIN: used as it is, it would count as a wrong one.
 */
int tpm_generate_with_pin(bool ec, unsigned size, const struct buf *pin, EVP_PKEY **ret,
                          struct err *err)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    autobuf pem = {0};
    int rc = pin_check(pin, err);
    if (rc == 0)
        rc = make(ec, size, pin, &key, err);
    if (rc == 0)
        rc = key_to_pem(key, &pem, err);
    if (rc < 0)
        return rc;
    EVP_PKEY_free(steal(&key)); /* a TPM has room for three */
    return key_from_pem_with_pin(&pem, pin, ret, err);
}

/* Whoever asks for a PIN without one at hand must not have it asked of a terminal. */
static int refuse_to_ask(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}

static bool give_pin(OSSL_DECODER_CTX *decoder, const struct buf *pin)
{
    return pin ? OSSL_DECODER_CTX_set_passphrase(decoder, (const unsigned char *)buf_text(pin),
                                                 pin->len)
               : OSSL_DECODER_CTX_set_pem_password_cb(decoder, refuse_to_ask, NULL);
}

static EVP_PKEY *load_type(const char *type, const unsigned char *der, size_t len,
                           const struct buf *pin)
{
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    CLEANUP(OSSL_DECODER_CTX_free_p)
    OSSL_DECODER_CTX *decoder = OSSL_DECODER_CTX_new_for_pkey(
        &key, "DER", "TSS2", type, EVP_PKEY_KEYPAIR, tpm.library, "provider=tpm2");
    return decoder && give_pin(decoder, pin) && OSSL_DECODER_from_data(decoder, &der, &len)
               ? steal(&key)
               : NULL;
}

static int load(const unsigned char *der, size_t len, const struct buf *pin, EVP_PKEY **ret,
                struct err *err)
{
    static const char *const types[] = {"RSA", "EC"};
    char what[ERR_TEXT_MAX / 4];
    int rc = open_provider(err);
    if (rc < 0)
        return rc;
    ERR_clear_error();
    for (size_t i = 0; i < LENGTH(types); i++) {
        EVP_PKEY *key = load_type(types[i], der, len, pin);
        if (!key)
            continue;
        ERR_clear_error();
        return adopt(key, ret, err);
    }
    snprintf(what, sizeof what, "the TPM at %s does not take the key", name_of_tpm());
    return refused(what, err);
}

int tpm_load(const unsigned char *der, size_t len, EVP_PKEY **ret, struct err *err)
{
    return tpm_pin_asked(der, len) ? err_set(err, ERR_CONFIG, "the key asks for its PIN")
                                   : load(der, len, NULL, ret, err);
}

int tpm_load_with_pin(const unsigned char *der, size_t len, const struct buf *pin, EVP_PKEY **ret,
                      struct err *err)
{
    int rc = pin_check(pin, err);
    return rc < 0 ? rc : load(der, len, pin, ret, err);
}

int tpm_load_public(const unsigned char *der, size_t len, EVP_PKEY **ret, struct err *err)
{
    const struct buf none = {0};
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    unsigned char *info = NULL;
    int rc = load(der, len, &none, &key, err);
    if (rc < 0)
        return rc;
    int info_len = i2d_PUBKEY(key, &info);
    const unsigned char *at = info;
    EVP_PKEY *public = info_len > 0 ? d2i_PUBKEY(NULL, &at, info_len) : NULL;
    OPENSSL_free(info);
    if (!public)
        return openssl_error(err, ERR_CONFIG, "the public half of a TPM's key");
    *ret = public;
    return 0;
}

bool tpm_holds(const EVP_PKEY *key)
{
    return tpm.provider && EVP_PKEY_get0_provider(key) == tpm.provider;
}

OSSL_LIB_CTX *tpm_library(const EVP_PKEY *key)
{
    return tpm_holds(key) ? tpm.library : NULL;
}

const char *tpm_properties(const EVP_PKEY *key)
{
    return tpm_holds(key) ? PROPERTIES : NULL;
}
