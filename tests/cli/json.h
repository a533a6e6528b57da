/* JSON in tables, with single quotes for double ones so that it can be read. */
#ifndef SIGNET_TESTS_CLI_JSON_H
#define SIGNET_TESTS_CLI_JSON_H

#include "base/json.h"
#include "tests/suite.h"

static inline json_t *json(const char *text)
{
    autobuf quoted = {0};
    json_t *value = NULL;
    ck_assert_int_eq(buf_add_text(&quoted, text, NULL), 0);
    for (size_t i = 0; i < quoted.len; i++)
        if (quoted.data[i] == '\'')
            quoted.data[i] = '"';
    ck_assert_int_eq(json_parse(buf_text(&quoted), quoted.len, "test", &value, NULL), 0);
    return value;
}

#endif
