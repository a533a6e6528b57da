#include "trust/manifest.h"

#include "tests/suite.h"

#include <string.h>

#define D "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *text;
    size_t len; /* 0: all of it */
    int files;  /* -1: refused */
    bool unfinished;
} texts[] = {
    {"", 0, 0, false},
    {"# nothing\n\n", 0, 0, false},
    {D "  signet-a.crt\n", 0, 1, false},
    {"unfinished\n" D "  signet-a.crt\n" D "  signet-a.crt\n", 0, 2, true},
    {D "  signet-a.crt\nunfinished\n", 0, 1, true},
    {D "  signet-a.crt", 0, -1, false}, /* torn */
    {"unfinishe", 0, -1, false},
    {D " signet-a.crt\n", 0, -1, false},
    {D "   \n", 0, 1, false},
    {D "  \n", 0, -1, false},
    {D "\n", 0, -1, false},
    {D "0  signet-a.crt\n", 0, -1, false},
    {"0123  signet-a.crt\n", 0, -1, false},
    {"X" D "  signet-a.crt\n", 0, -1, false},
    {D "  ../../../etc/passwd\n", 0, -1, false},
    {D "  /etc/passwd\n", 0, -1, false},
    {D "  signet-" D ".crt\n", 0, -1, false},
    {"{\"json\": true}\n", 0, -1, false},
    {D "  signet-a.crt\0hidden\n", 87, -1, false},
};

START_TEST(reads)
{
    CLEANUP(manifest_free) struct manifest manifest = {0};
    struct err err = {0};
    const size_t len = texts[_i].len ? texts[_i].len : strlen(texts[_i].text);
    int rc = manifest_parse(texts[_i].text, len, "anchors", &manifest, &err);
    if (texts[_i].files < 0) {
        ck_assert_msg(rc < 0 && strncmp(err.text, "anchors:", 8) == 0, "%d %s", rc, err.text);
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_int_eq((int)manifest.files.n, texts[_i].files);
    ck_assert(manifest.unfinished == texts[_i].unfinished);

    CLEANUP(manifest_free) struct manifest again = {0};
    autobuf text = {0}, second = {0};
    ck_assert_int_eq(manifest_print(&manifest, &text, &err), 0);
    ck_assert_int_eq(manifest_parse(buf_text(&text), text.len, "anchors", &again, &err), 0);
    ck_assert_int_eq(manifest_print(&again, &second, &err), 0);
    ck_assert_str_eq(buf_text(&text), buf_text(&second));
}
END_TEST

Suite *manifest_suite(void)
{
    Suite *suite = suite_create("trust/manifest");
    TCase *tc = tcase_create("manifest");
    tcase_add_loop_test(tc, reads, 0, LENGTH(texts));
    suite_add_tcase(suite, tc);
    return suite;
}
