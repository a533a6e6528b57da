/* What the agent, the store and the command line need of jansson, with our error convention. */
#ifndef SIGNET_BASE_JSON_H
#define SIGNET_BASE_JSON_H

#include "base/buf.h"
#include "base/cleanup.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

DEFINE_CLEANUP(json_t *, json_decref)
#define autojson CLEANUP(json_decref_p) json_t

/* From here on, what jansson gives back is wiped: what it has read and what it writes may hold a
 * PIN. Before anything else is called of it. */
void json_wipe_freed(void);

/* Parses one object of at most 16 levels; duplicate keys are an error. WHAT names it in errors. */
int json_parse(const char *text, size_t len, const char *what, json_t **ret, struct err *err);

/* As json_parse(), of any kind of value. */
int json_parse_any(const char *text, size_t len, const char *what, json_t **ret, struct err *err);

/* Appends compact JSON, in ASCII, on one line. */
int json_print(const json_t *value, struct buf *ret, struct err *err);

/* A string of TEXT, which may be anything: err_sanitise() makes of it what JSON can hold. NULL when
 * out of memory. */
json_t *json_line(const char *text);

/* Members; the fallback when the member is absent or of another type. Strings are borrowed. */
const char *json_text(const json_t *object, const char *key, const char *fallback);
int64_t json_number(const json_t *object, const char *key, int64_t fallback);
bool json_flag(const json_t *object, const char *key, bool fallback);

#endif
