/* Device configurations as Microsoft Graph gives them, in JSON. */
#include "fuzz/fuzz.h"
#include "fuzz/imported.h"
#include "import/graph.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    imported_try(graph_import, data, size);
    return 0;
}
