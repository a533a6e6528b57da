/* Microsoft Graph's JSON of device configurations: one object, an array of them, or a page
 * {"value": [...]}. Their types and properties are those that Graph documents for
 * deviceConfiguration; see graph_scep.c, graph_root.c and graph_network.c for what each becomes. */
#ifndef SIGNET_IMPORT_GRAPH_H
#define SIGNET_IMPORT_GRAPH_H

#include "import/import.h"

/* As import_document(), for JSON in UTF-8. */
int graph_import(const void *data, size_t len, const struct import_options *options,
                 struct import_result *ret, struct err *err);

#endif
