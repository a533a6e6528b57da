#include "cli/secret.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <string.h>

/* What may be shown of a line; '|' stands where it ends. */
static const char *const rows[] = {
    "|",
    "key-size = 1000|",
    "subject = CN={{UserName}}, O=Contoso|",
    "key-storage = tpm-pin|",
    "type = user|",
    "root = contoso-root|",
    "url = https://ndes.contoso.com/certsrv/mscep?a@b|",
    "san = email:alice@contoso.com|",
    "[scep wifi]|",

    "challenge = static:|hunter2",
    "challenge=static:|hunter2",
    "challenge = |hunter2",
    "challenge|",
    "challenge =|",
    "challenge = |",
    "challenge: |hunter2",
    "challenge |hunter2",
    "CHALLENGE = |hunter2",
    "challenge = |file:/etc/signet/challenge",
    "challenge-password = |hunter2",
    "chalenge = |hunter2",
    "challange\t=\t|hunter2",
    "cahllenge = |hunter2",
    "  challange = |hunter2",
    "hash = static:|hunter2",
    "hash = sha1, static:|hunter2",
    "san = upn:x ; static:|hunter2",
    "password = |hunter2",
    "pasword = |hunter2",
    "proxy-password = |hunter2",
    "pin = |1234",
    "token = |abc",
    "client_secret = |abc",
    "description = my password |is hunter2",
    "url = http://|bob:hunter2@h/",
    "url = http://h/ http://|bob:hunter2@h/",
    "command = curl ftp://|bob@h",
    "url = https://|bob:hun/ter2@h/",
    "url = https://|bob:12/34@h/",
    "\xff challenge = |\xff\xfe",
};

START_TEST(hides_what_may_be_a_secret)
{
    const char *row = rows[_i], *bar = strrchr(row, '|');
    size_t shown = (size_t)(bar - row);
    autofree char *line = NULL;
    ck_assert_int_gt(asprintf(&line, "%.*s%s", (int)shown, row, bar + 1), -1);
    bool goes_on;
    ck_assert_msg(secret_begin(line, strlen(line), &goes_on) == shown, "%s: %zu", row,
                  secret_begin(line, strlen(line), &goes_on));
}
END_TEST

/* Zero bytes, and no byte behind the end. */
START_TEST(takes_any_bytes)
{
    bool goes_on;
    static const char line[] = "a\0b challenge = \0x";
    ck_assert_uint_eq(secret_begin(line, sizeof line - 1, &goes_on), strlen("a.b challenge = "));
    for (size_t len = 0; len < sizeof line; len++) {
        autofree char *copy = malloc(len + 1);
        memcpy(copy, line, len);
        copy[len] = ':';
        ck_assert_uint_le(secret_begin(copy, len, &goes_on), len);
    }
}
END_TEST

Suite *secret_suite(void)
{
    Suite *suite = suite_create("cli/secret");
    TCase *tc = tcase_create("secret");
    tcase_add_loop_test(tc, hides_what_may_be_a_secret, 0, LENGTH(rows));
    tcase_add_test(tc, takes_any_bytes);
    suite_add_tcase(suite, tc);
    return suite;
}
