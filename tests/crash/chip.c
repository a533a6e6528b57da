#include "tests/crash/chip.h"

#include "base/clock.h"
#include "base/proc.h"
#include "base/text.h"
#include "tests/crash/must.h"
#include "tests/crash/tree.h"
#include "tests/swtpm_spawn.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

#define WAIT_MS 60000 /* for what takes milliseconds */

static char *folder_of(const char *work)
{
    char *path = text_format("%s.tpm", work);
    must(path);
    return path;
}

void chip_make(const char *folder)
{
    static const char *const leavings[] = {"s", "s.ctrl", ".lock"}; /* of the process */
    autofree char *path = text_format("%s/tpm", folder);
    must(path);
    tree_remove(path);
    must(mkdir(path, 0755) == 0);
    pid_t chip = swtpm_spawn(path, WAIT_MS);
    must(chip > 0);
    swtpm_end(&chip);
    for (size_t i = 0; i < LENGTH(leavings); i++) {
        autofree char *left = text_format("%s/%s", path, leavings[i]);
        tree_remove(left);
    }
}

pid_t chip_begin(const char *work)
{
    autofree char *made = text_format("%.*s/tpm", (int)(strrchr(work, '/') - work), work);
    autofree char *path = folder_of(work);
    tree_remove(path);
    tree_copy(made, path);
    pid_t chip = swtpm_spawn(path, WAIT_MS);
    must(chip > 0);
    return chip;
}

void chip_end(pid_t *chip)
{
    swtpm_end(chip);
}

void chip_name(const char *work, char *ret, size_t size)
{
    snprintf(ret, size, "swtpm:path=%s.tpm/s", work);
}

/* What stands in PEM, malloc'ed by OpenSSL; NULL when that is no key of a TPM. */
static unsigned char *decode(const struct buf *pem, long *ret_len)
{
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    BIO *bio = BIO_new_mem_buf(buf_text(pem), (int)pem->len);
    bool good =
        PEM_read_bio(bio, &name, &header, &der, ret_len) && strcmp(name, "TSS2 PRIVATE KEY") == 0;
    const unsigned char *at = der;
    long len = 0;
    int tag = 0, class = 0;
    good = good && !(ASN1_get_object(&at, &len, &tag, &class, *ret_len) & 0x80) &&
           tag == V_ASN1_SEQUENCE && at + len == der + *ret_len;
    BIO_free(bio);
    OPENSSL_free(name);
    OPENSSL_free(header);
    if (!good) {
        OPENSSL_free(der);
        der = NULL;
    }
    return der;
}

bool chip_is_key(const struct buf *pem)
{
    long len;
    unsigned char *der = decode(pem, &len);
    OPENSSL_free(der);
    return der != NULL;
}

/* A point's coordinates stand in the TPM's own structure one by one. */
bool chip_fits(const struct buf *pem, X509 *certificate)
{
    unsigned char point[133];
    size_t size = 0;
    long len;
    unsigned char *der = decode(pem, &len);
    bool good =
        der &&
        EVP_PKEY_get_octet_string_param(X509_get0_pubkey(certificate), OSSL_PKEY_PARAM_PUB_KEY,
                                        point, sizeof point, &size) &&
        size % 2 == 1 && memmem(der, (size_t)len, point + 1, size / 2) != NULL;
    OPENSSL_free(der);
    return good;
}

bool chip_signs(const char *work, const char *path, X509 *certificate)
{
    static const char text[] = "a client's";
    char name[256];
    autofree char *where = NULL;
    autobuf input = {0}, signature = {0};
    int status = -1;
    pid_t chip = chip_begin(work);
    chip_name(work, name, sizeof name);
    must((where = text_format("TPM2OPENSSL_TCTI=%s", name)) &&
         buf_add_text(&input, text, NULL) == 0);
    char *argv[] = {(char *)"/usr/bin/env",
                    where,
                    (char *)"openssl",
                    (char *)"dgst",
                    (char *)"-sha256",
                    (char *)"-provider",
                    (char *)"tpm2",
                    (char *)"-provider",
                    (char *)"default",
                    (char *)"-propquery",
                    (char *)"?provider=tpm2,tpm2.digest!=yes",
                    (char *)"-sign",
                    (char *)path,
                    NULL};
    int rc = proc_run(argv, &input, 1 << 16, deadline_in(WAIT_MS), &signature, &status, NULL);
    chip_end(&chip);
    EVP_MD_CTX *verify = EVP_MD_CTX_new();
    bool good =
        rc == 0 && status == 0 &&
        EVP_DigestVerifyInit(verify, NULL, EVP_sha256(), NULL, X509_get0_pubkey(certificate)) > 0 &&
        EVP_DigestVerify(verify, signature.data, signature.len, (const unsigned char *)text,
                         sizeof text - 1) > 0;
    EVP_MD_CTX_free(verify);
    return good;
}
