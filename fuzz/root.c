#include "fuzz/root.h"

#include "base/fs.h"
#include "fuzz/fuzz.h"

#include <fcntl.h>
#include <string.h>

static const char pem[] = "-----BEGIN CERTIFICATE-----\n"
                          "MIIBhTCCASugAwIBAgIUcR4U6TaDMGUiBdDB0BfUDi5aMUgwCgYIKoZIzj0EAwIw\n"
                          "DzENMAsGA1UEAwwERnV6ejAgFw0yNjExMjMxODAxNDJaGA8yMTI2MTAzMDE4MDE0\n"
                          "MlowDzENMAsGA1UEAwwERnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKkY\n"
                          "6BY7JxGXfFSiRSFbEMt7qa+YKB0eEUeMT7MD0Y4V5+GMmboUGkgySFUzkca1ATbk\n"
                          "rQvqJIwjoy+N32ttWTejYzBhMB0GA1UdDgQWBBQrXJq6B6kQaQY51ciLV2oc6OHe\n"
                          "6jAfBgNVHSMEGDAWgBQrXJq6B6kQaQY51ciLV2oc6OHe6jAPBgNVHRMBAf8EBTAD\n"
                          "AQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNIADBFAiBZJ7Jd/F/h7I4m\n"
                          "hQGQoaQCxUyVBpL3GHJsymZZR43tPQIhAOeCbtftD2uLdcmiIS/ZsNsAhrmB4nxQ\n"
                          "6DPo545I9+Vi\n"
                          "-----END CERTIFICATE-----\n";

static char folder[] = "/tmp/signet-fuzz.XXXXXX";

static void remove_folder(void)
{
    fs_remove_tree(AT_FDCWD, folder, NULL);
}

static void make_folder(void)
{
    struct err err = {0};
    HOLDS(mkdtemp(folder) != NULL);
    HOLDS(atexit(remove_folder) == 0);
    autofree char *path = text_format("%s/ca.pem", folder);
    HOLDS_OF(err.text, fs_create(AT_FDCWD, path, 0600, pem, strlen(pem), &err) == 0);
}

const char *root_folder(void)
{
    static bool made;
    if (!made)
        make_folder();
    made = true;
    return folder;
}
