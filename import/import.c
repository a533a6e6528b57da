#include "import/import.h"

#include "import/graph.h"
#include "import/mobileconfig.h"

#include <string.h>

typedef int importer(const void *data, size_t len, const struct import_options *options,
                     struct import_result *ret, struct err *err);

/* What the first bytes tell. */
static const struct {
    const char *begin;
    size_t len;
    importer *import;
} forms[] = {
    {"{", 1, graph_import},
    {"[", 1, graph_import},
    {"bplist", 6, mobileconfig_import},
    {"<", 1, mobileconfig_import},
    {"\x30", 1, mobileconfig_import}, /* a DER SEQUENCE: CMS */
};

int import_document(const void *data, size_t len, const struct import_options *options,
                    struct import_result *ret, struct err *err)
{
    const char *p = data, *end = p + len;
    if (len > IMPORT_FILE_MAX)
        return err_set(err, ERR_RESOURCE, "more than %u bytes", IMPORT_FILE_MAX);
    if (len >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0))
        return err_set(err, ERR_CONFIG,
                       "is UTF-16: convert it first (iconv -f UTF-16 -t UTF-8 FILE)");
    if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    while (p < end && strchr(" \t\r\n", *p) && *p)
        p++;
    for (size_t i = 0; i < LENGTH(forms); i++)
        if ((size_t)(end - p) >= forms[i].len && memcmp(p, forms[i].begin, forms[i].len) == 0)
            return forms[i].import(p, (size_t)(end - p), options, ret, err);
    return err_set(err, ERR_CONFIG, "neither JSON of Microsoft Graph nor an Apple .mobileconfig");
}
