/* Apple's configuration profiles, as XML, binary, or signed. */
#include "fuzz/fuzz.h"
#include "fuzz/imported.h"
#include "import/mobileconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    imported_try(mobileconfig_import, data, size);
    return 0;
}
