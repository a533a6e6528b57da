#include "tests/profile/place.h"

#include "tests/temp.h"
#include "tests/top.h"

#include <string.h>
#include <sys/stat.h>

static struct temp temp;

const char *make_place(void)
{
    temp_open(&temp);
    autofree char *dir = text_format("%s/conf.d", temp.path);
    ck_assert_int_eq(mkdir(dir, 0755), 0);
    return temp.path;
}

void remove_place(void)
{
    temp_close(&temp);
}

static void put_bytes(const char *file, unsigned mode, const void *data, size_t len)
{
    struct err err = {0};
    autofree char *path = text_format("%s/%s", temp.path, file);
    ck_assert_msg(fs_create(AT_FDCWD, path, mode, data, len, &err) == 0, "%s", err.text);
}

void put(const char *file, unsigned mode, const char *text)
{
    put_bytes(file, mode, text, strlen(text));
}

/* The *.conf of a folder below samples/ to the same folder of the place. */
static void copy_folder(const char *samples, const char *folder)
{
    autofree char *path = text_format("%s%s", samples, folder);
    CLEANUP(strings_free) struct strings names = {0};
    struct err err = {0};
    autoclose int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_msg(dir >= 0 && fs_list(dir, &names, &err) == 0, "%s", path);
    size_t copied = 0;
    for (size_t i = 0; i < names.n; i++) {
        autobuf text = {0};
        autofree char *file = text_format(".%s/%s", folder, names.v[i]);
        if (!strstr(names.v[i], ".conf"))
            continue;
        ck_assert_msg(fs_read(dir, names.v[i], 65536, &text, &err) == 0, "%s", err.text);
        put_bytes(file, 0644, text.data, text.len);
        copied++;
    }
    ck_assert_uint_gt(copied, 0);
}

void put_samples(void)
{
    autofree char *samples = top_path("samples");
    copy_folder(samples, "");
    copy_folder(samples, "/conf.d");
}

const char test_ca_pem[] = "-----BEGIN CERTIFICATE-----\n"
                           "MIIBrDCCAVOgAwIBAgIUWC7AM0MDqyEGdg6IofAaiptmsSowCgYIKoZIzj0EAwIw\n"
                           "IzENMAsGA1UECgwEVGVzdDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEyMzE1\n"
                           "MTk1OVoYDzIxMjYxMDMwMTUxOTU5WjAjMQ0wCwYDVQQKDARUZXN0MRIwEAYDVQQD\n"
                           "DAlUZXN0IFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASXh38+34iUCAa4\n"
                           "cghr/Y+f7v9owwBgDLoRNGf4fsk4C7ki4syDn9GsnTCRzo9iTuIFDYpFYeKzOX9k\n"
                           "calNfRbFo2MwYTAdBgNVHQ4EFgQUAmHIzjyf7zPsZtCvU/x2z8mb9xkwHwYDVR0j\n"
                           "BBgwFoAUAmHIzjyf7zPsZtCvU/x2z8mb9xkwDwYDVR0TAQH/BAUwAwEB/zAOBgNV\n"
                           "HQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDRwAwRAIgZwVXrqE5+fVh7zzCE1JPzeOk\n"
                           "gOrzTBFRZfIAQShUz0oCIBndcio6WK4LLWikpKPu9XyTDYtQGVtJIRBlKn9K2d2f\n"
                           "-----END CERTIFICATE-----\n";

const char test_leaf_pem[] = "-----BEGIN CERTIFICATE-----\n"
                             "MIIBezCCASKgAwIBAgIUF5afK3sFKAhEZfvrBpRNjWwzeI0wCgYIKoZIzj0EAwIw\n"
                             "FDESMBAGA1UEAwwJVGVzdCBMZWFmMCAXDTI2MTEyMzE1MTk1OVoYDzIxMjYxMDMw\n"
                             "MTUxOTU5WjAUMRIwEAYDVQQDDAlUZXN0IExlYWYwWTATBgcqhkjOPQIBBggqhkjO\n"
                             "PQMBBwNCAATY/AI4YN3fTkxy5aXK1jjmTkxHmPf6NYq95wn15XkN8+//Ewe7MKDB\n"
                             "l54wK4LlICYZEHTMDr8ZFvma7/ryJ7rGo1AwTjAdBgNVHQ4EFgQUhD6ye8LkSj38\n"
                             "RNZ9HPRRNQZNiI0wHwYDVR0jBBgwFoAUhD6ye8LkSj38RNZ9HPRRNQZNiI0wDAYD\n"
                             "VR0TAQH/BAIwADAKBggqhkjOPQQDAgNHADBEAiANH+ZqVX8I2UQkwgUPgWveVy3P\n"
                             "r+gcnaTf/OrunjcPgQIgGwVVYqBTb5xgZDE39HPcNcYA44YKK/d50OugOc96Hg0=\n"
                             "-----END CERTIFICATE-----\n";
