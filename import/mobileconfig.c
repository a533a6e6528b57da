#include "import/mobileconfig.h"

int mobileconfig_import(const void *data, size_t len, const struct import_options *options,
                        struct import_result *ret, struct err *err)
{
    (void)data;
    (void)len;
    (void)options;
    (void)ret;
    return err_set(err, ERR_CONFIG, "an Apple .mobileconfig is not read yet");
}
