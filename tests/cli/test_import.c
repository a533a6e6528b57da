/* signet import as people meet it: arguments in, output, files and exit status out. */
#include "cli/import.h"

#include "base/proc.h"
#include "tests/temp.h"

#include <sys/stat.h>

#define SAMPLES TEST_SRCDIR "/tests/import/samples"
/* What reads the file: the real one, or a script. */
#define REAL "ln -s " TEST_BUILDDIR "/signet-import $D/; "
#define SCRIPT(script)                                                                             \
    "printf '%s\\n' '#!/bin/sh' 'cat >/dev/null' '" script                                         \
    "' >$D/signet-import; chmod +x $D/signet-import; "
#define PAGE  SAMPLES "/graph-page.json"
#define APPLE SAMPLES "/user.mobileconfig"

static const struct {
    const char *command; /* $S stands for signet, $D for the test's own folder */
    int status;
    const char *output; /* part of what it says, errors included; with '!' before it: no part */
} rows[] = {
    {REAL "$S import " PAGE " --root contoso-root-ca 2>/dev/null", 0,
     "\n\n# windows81SCEPCertificateProfile \"Contoso User\""},
    {REAL "$S import " PAGE " --root contoso-root-ca 2>/dev/null", 0, "[scep macs]\n"},
    {REAL "$S import " PAGE " --root contoso-root-ca >/dev/null", 0,
     "\n\"Corp Wi-Fi\": ssid: network: contoso-corp\n"},
    {REAL "$S import " PAGE " --challenge file:x 2>/dev/null", 1, "challenge = file:x\n"},
    {REAL "$S import " PAGE " --challenge ndes:https://n/a --root contoso-root-ca 2>/dev/null", 0,
     "challenge = ndes:https://n/a\nchallenge-keytab = challenge.keytab\n"},
    {REAL "$S import " PAGE " --challenge ndes:https://n/a", 1, "has to be put there"},
    {REAL "$S import " PAGE " --challenge webhook:https://w/", 1, "challenge = webhook:https://w/"},
    {REAL "$S import " PAGE " --challenge command:/bin/x", 1, "challenge = command:/bin/x"},
    {REAL "$S import " PAGE " --challenge no", 1,
     "left out: contoso-user: --challenge: challenge: "},
    {REAL "$S import " PAGE, 1, "\nleft out: macs: rootCertificate: the file does not say which"},
    {REAL "$S import - --root r <" SAMPLES "/graph-user.json", 0, "[scep contoso-user]\n"},
    {REAL "$S import " APPLE, 0, "#challenge = file:contoso-mac-user.challenge"},
    {REAL "$S import " APPLE, 0, "!not-a-secret-in-tests"},
    {REAL "$S import " APPLE " --output $D/out 2>/dev/null", 0,
     "/out/conf.d/50-contoso-mac-user.conf\n"},
    {REAL "$S import " APPLE " --output $D/out >/dev/null 2>&1; cat $D/out/*.challenge", 0,
     "not-a-secret-in-tests"},
    {REAL "$S import " APPLE " --output $D/out >/dev/null 2>&1; $S check --conf $D/out", 0,
     "3 profiles, 0 problems, 0 warnings"},
    {REAL "for i in 1 2; do $S import " APPLE " --output $D/out; done", 3,
     "is there already: --force replaces it"},
    {REAL "for i in 1 2; do $S import " APPLE " --output $D/out --force; done", 0, "50-contoso"},
    {REAL "$S import " PAGE " --output /dev/null/x", 1, "/dev/null/x"},
    {REAL "$S import " PAGE " --root contoso-root-ca 2>/dev/null >/dev/full", 1, ""},

    {REAL "$S import", 2, "import: which FILE?"},
    {REAL "$S import a b", 2, "b: one argument too many"},
    {REAL "$S list --output x", 2, "list: does not take --"},
    {REAL "$S import --help", 0, "--challenge SOURCE"},
    {REAL "$S import $D/none", 4, "none: no such file"},
    {REAL "$S import $D", 4, "is a folder: import its files one by one"},
    {REAL "$S import /dev/null", 4, "/dev/null: neither JSON of Microsoft Graph nor"},
    {REAL "$S import /dev/zero", 5, "/dev/zero: "},
    {REAL "echo hello | $S import -", 4, "-: neither JSON"},
    {REAL "echo '{\"value\": []}' | $S import -", 4, "nothing in it can become a profile"},
    {REAL "echo '[{}]' | $S import - --output $D/out", 4, "-: nothing in it can become a profile"},
    {REAL "echo '[{}]' | $S import - --output $D/out; test ! -e $D/out", 0, ""},
    {REAL "$S import " PAGE " --challenge static:secret", 3, "would show the secret to everyone"},
    {REAL "$S import " PAGE " --root ../x", 4, "--root ../x: is no name of a profile"},
    {REAL "$S import " PAGE " --force", 4, "--force is about what --output writes"},
    {"$S import " PAGE, 1, "signet-import"},
    {SCRIPT("exit 3") "$S import " PAGE, 5, "ended with status 3"},
    {SCRIPT("kill -SEGV $$") "$S import " PAGE, 1, "killed by signal 11"},
    {SCRIPT("echo rubbish") "$S import " PAGE, 5, "not of its form"},
    {SCRIPT("printf \"conf ../../x 2\\\\nab\\\\nend - 0\\\\n\\\\n\"") "$S import " PAGE, 5,
     "not of its form"},
    {SCRIPT("printf \"denied - 3\\\\nwhy\\\\n\"") "$S import " PAGE, 3, "graph-page.json: why"},
    {SCRIPT("cat /dev/zero") "$S import " PAGE, 5, "bytes of output"},
};

START_TEST(behaves)
{
    autotemp temp;
    temp_open(&temp);
    struct buf nothing = {0};
    struct err err = {0};
    autobuf output = {0};
    int status = -1;
    autofree char *line = text_format("exec 2>&1; D=%s; S='" TEST_BUILDDIR
                                      "/signet --agent '$D/signet-agent; umask 022; %s",
                                      temp.path, rows[_i].command);
    char *argv[] = {"/bin/sh", "-c", line, NULL};
    ck_assert_msg(proc_run(argv, &nothing, 1 << 20, PATIENCE, &output, &status, &err) == 0, "%s",
                  err.text);
    ck_assert_msg(status == rows[_i].status, "%s: status %d: %s", rows[_i].command, status,
                  buf_text(&output));
    bool absent = *rows[_i].output == '!';
    bool found = strstr(buf_text(&output), rows[_i].output + absent) != NULL;
    ck_assert_msg(found != absent, "%s: %s", rows[_i].command, buf_text(&output));
}
END_TEST

Suite *cli_import_suite(void)
{
    Suite *suite = suite_create("cli/import");
    TCase *tc = tcase_create("import");
    tcase_add_loop_test(tc, behaves, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
