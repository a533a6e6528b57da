/* The command as people and scripts meet it: arguments in, output and exit status out. */
#include "base/fs.h"
#include "base/proc.h"
#include "base/text.h"
#include "tests/profile/place.h"
#include "tests/temp.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SIGNET TEST_BUILDDIR "/signet"

static struct temp temp;

static void setup(void)
{
    temp_open(&temp);
    temp_folder(&temp, "empty/conf.d");
    temp_file(&temp, "why/ca.pem", 0644, test_ca_pem);
    temp_file(&temp, "why/conf.d/10-root.conf", 0644,
              "[trusted-root r]\ncertificate = ca.pem\n"
              "[trusted-root far]\ncertificate = ca.pem\nassign-hosts = none-such\n");
    temp_file(&temp, "why/conf.d/20-wifi.conf", 0644,
              "[scep wifi]\nsubject = CN={{UserName}}\nroot = far\nurl = http://h/\n"
              "exclude-users = nobody-here\nassign-hosts = *\n"
              "[scep box]\ntype = device\nsubject = CN={{DeviceName}}\nroot = r\n"
              "url = http://h/\napplies-to = kernel > 1\nnot-applies-to = kernel > 1000\n");
    temp_file(&temp, "why/conf.d/30-bad.conf", 0644, "[scep bad]\nroot = r\n");
    temp_file(&temp, "bad/conf.d/10-x.conf", 0644,
              "[scep x]\ntype = user\nkey-sighs = 7\nhash = sha1\nchalenge = hunter2\n");
    temp_file(&temp, "slip/conf.d/ca.pem", 0644, test_ca_pem);
    temp_file(&temp, "slip/conf.d/x.conf", 0644,
              "[trusted-root r]\ncertificate = conf.d/ca.pem\n"
              "[scep x]\nsubject = CN=x\nroot = r\nurl = http://h/\nhash = sha1\n");
    temp_file(&temp, "file", 0644, "");
    temp_file(&temp, "good/root.pem", 0644, test_ca_pem);
    temp_file(&temp, "good/conf.d/1.conf", 0644,
              "[trusted-root root]\ncertificate = root.pem\n[scep box]\ntype = device\n"
              "subject = CN=box\nkey-type = ec\nroot = root\nurl = http://ca/\n"
              "[scep not-here]\ntype = device\nsubject = CN=box\nroot = root\nurl = http://ca/\n"
              "applies-to = os-id no-such-system\n"
              "[scep me]\nsubject = CN={{IMEI}}\nroot = root\nurl = http://ca/\n");
}

static void teardown(void)
{
    temp_close(&temp);
}

#define WIFI                                                                                       \
    "\"entries\":[{\"profile\":\"wifi\",\"owner\":\"alice\",\"state\":\"installed\","              \
    "\"not_before\":1,\"not_after\":4102444800,\"subject\":\"CN=a\",\"serial\":\"0a\","            \
    "\"token\":\"signet user\",\"token_serial\":\"1000\",\"id\":\"0a\"}]"
#define ERROR(class)                                                                               \
    "{\"result\":\"error\",\"class\":\"" class "\",\"message\":\"why\\u001b\"," WIFI "}"

#define NOTHING "{\"result\":\"ok\",\"entries\":[],\"problems\":[\"a.conf: Permission denied\"]}"

/* A folder of profiles, $C its conf.d, as PREPARED; $P is the command as run by nobody. */
#define PLAIN(prepared)                                                                            \
    "chmod 755 $D; mkdir -p $D/plain/conf.d; C=$D/plain/conf.d; cp $D/why/ca.pem $D/plain; "       \
    "cp " SIGNET                                                                                   \
    " $D/signet; P=\"setpriv --reuid 65534 --regid 65534 --clear-groups $D/signet\"; "             \
    "echo '[agent]' >$D/plain/signet.conf; "                                                       \
    "printf '[trusted-root x]\\ncertificate = ca.pem\\n' >$C/10-x.conf; " prepared "; "

/* What preview runs: a script of ours, or the real one. */
#define PREVIEW(script)                                                                            \
    "printf '%s\\n' '#!/bin/sh' '" script "' >$D/signet-preview; chmod +x $D/signet-preview; "
#define REAL "ln -s " TEST_BUILDDIR "/signet-preview $D/; "

static const struct {
    const char *answer;  /* of the agent; "": there is none to start */
    const char *command; /* $S stands for signet with its folders, $D for the test's own */
    int status;
    const char *output; /* part of what it says, errors included */
} rows[] = {
    {"", "$S version", 0, "signet " PACKAGE_VERSION},
    {"", "$S help", 0, "Exit status"},
    {"", "$S uri --help", 0, "[--type cert|private] PROFILE"},
    {"{\"result\":\"ok\"," WIFI "}", "$S status", 0, "wifi     alice  installed  2"},
    {"{\"result\":\"ok\"," WIFI "}", "$S list", 0, "wifi  alice  CN=a  0a  2"},
    {"{\"result\":\"ok\"," WIFI "}", "$S show wifi", 0, "wifi of alice"},
    {"{\"result\":\"ok\"," WIFI "}", "$S uri wifi --type private", 0,
     "pkcs11:token=signet%20user;serial=1000;object=wifi;id=%0a;type=private\n"},
    {"{\"result\":\"ok\"," WIFI "}", "$S list --json", 0, "{\"result\":\"ok\",\"entries\":[{"},
    {"{\"result\":\"ok\"," WIFI "}", "$S renew wifi", 0, "wifi     alice  installed"},
    {"{\"result\":\"ok\"," WIFI "}", "echo secret-12 | $S pin wifi", 0,
     "wifi     alice  installed"},
    {"{\"result\":\"ok\"," WIFI "}", "printf secret-12 | $S pin wifi", 0, "alice  installed"},
    {ERROR("denied"), "echo secret-12 | $S pin wifi", 3, "why?"},
    {"", "echo 12345 | $S pin wifi", 4, "this one is too short"},
    {"", "printf 'secret\\0001\\n' | $S pin wifi", 4, "the PIN holds a zero byte"},
    {"", "printf 'secret\\t1\\n' | $S pin wifi", 4, "the PIN holds a control character"},
    {"", "echo 012345678901234567890123456789012 | $S pin wifi", 4, "this one is too long"},
    {"", "head -c 65536 /dev/zero | $S pin wifi", 5, "a line of more than 1024 bytes"},
    {"", "$S pin wifi </dev/null", 4, "there is nothing to read"},
    {"", "echo secret-12 | $S pin", 2, "pin: which PROFILE?"},
    {"", "echo secret-12 | $S pin wifi --user root", 2, "pin: does not take --user"},
    {"{\"result\":\"ok\"}", "$S cycle", 0, ""},
    {"{\"result\":\"ok\",\"problems\":[\"x.conf:7: \\u001b\"]}", "$S status", 0, "x.conf:7: ?\n"},
    {"", "$S check --conf $D/empty", 0, "0 profiles, 0 problems"},

    {"", "$S list --why box --conf $D/why", 0,
     "/why/conf.d/20-wifi.conf:12: applies-to = kernel > 1\n    holds\n"},
    {"", "$S list --why box --conf $D/why", 0,
     "20-wifi.conf:13: not-applies-to = kernel > 1000\n    does not hold: kernel > 1000, and "},
    {"", "$S list --why box --conf $D/why", 0, "[scep box] applies to the device: "},
    {"", "$S list --why box --conf $D/why --user root", 0,
     "[scep box] does not apply to root: not a person's account"},
    {"", "$S list --why wifi --conf $D/why --device", 0,
     "[scep wifi] does not apply to the device: a user profile\n"},
    {"", "$S list --why wifi --conf $D/why --device", 0,
     "10-root.conf:5: assign-hosts = none-such\n    does not name this host, "},
    {"", "$S list --why far --conf $D/why", 0, "[trusted-root far] does not apply to the device: "},
    {"", "$S list --why box --conf $D/why --json", 0, "\"applies\":true"},
    {"", "$S list --why box --conf $D/why --json", 0,
     "{\"line\":12,\"key\":\"applies-to\",\"fits\":true,\"value\":\"kernel > 1\","
     "\"reason\":\"holds\"}"},
    {"", "$S list --why box --conf $D/why --json", 0, "\"root\":{\"profile\":\"r\""},
    {"", "cd $D/why/conf.d; PATH=/nowhere $S list --why box --conf ..", 0, "../conf.d/20-wifi"},

    {"", "$S list --why wiif --conf $D/why", 4,
     "wiif: no such profile (did you mean wifi?); it may stand in a file with a problem (signet"},
    {"", "$S list --why bad --conf $D/why", 4, "bad: no such profile"},
    {"", "$S list --why wifi --conf $D/none", 4, "no such folder"},
    {"", "$S list --why wifi --conf $D/why -u 4242424242", 4, "no user has the uid 4242424242"},
    {"", "$S list --why wifi --conf $D/why -u 4242424242 --json", 4, "{\"result\":\"error\""},
    {"", "$S list --why", 2, "list --why: which PROFILE?"},
    {"", "$S", 2, "what to do"},
    {"", "$S dance", 2, "dance: no such verb"},
    {"", "$S help dance", 2, "dance: no such verb"},
    {"", "$S status --colour", 2, "no such option"},
    {"", "$S show", 2, "which PROFILE"},
    {"", "$S status", 1, "cannot be started"},
    {"", "$S status --json", 1, "{\"result\":\"error\",\"class\":\"retry\",\"message\":\"no agent"},
    {ERROR("retry"), "$S renew wifi", 1, "signet: why?\n"},
    {ERROR("retry"), "$S renew wifi", 1, "wifi     alice"},
    {ERROR("denied"), "$S remove wifi", 3, "signet: why?\n"},
    {ERROR("config"), "$S enroll", 4, "signet: why?\n"},
    {ERROR("resource"), "$S cycle", 5, "signet: why?\n"},
    {ERROR("bug"), "$S status", 5, "signet: why?\n"},
    {ERROR("denied"), "$S list --json", 3, "\"message\":\"why\\u001B\""},
    {"rubbish", "$S list", 5, "not of its protocol"},
    {"{\"result\":\"ok\"}", "$S show wifi", 4, "wifi: no such certificate"},
    {"{\"result\":\"ok\"}", "$S uri wifi", 4, "wifi: no such certificate"},
    {"{\"result\":\"ok\",\"entries\":[{\"token\":\"t\",\"not_after\":1},{\"token\":\"t\",\"not_"
     "after\":1}]}",
     "$S uri a", 4, "2 owners"},
    {"{\"result\":\"ok\"," WIFI "}", "$S list > /dev/full", 1, "standard output"},
    /* What a person may not read is not taken for what is not there. */
    {"", PLAIN("chmod 640 $C/10-x.conf") "$P check --conf $D/plain", 1,
     "10-x.conf: Permission denied"},
    {"", PLAIN("chmod 640 $C/10-x.conf") "$P check --conf $D/plain", 1,
     "check it as root, or a copy"},
    {"", PLAIN("chmod 640 $C/10-x.conf") "$P check --conf $D/plain --json", 1, "check it as root"},
    {"", PLAIN("chmod 750 $C") "$P check --conf $D/plain", 1, "check it as root, or a copy"},
    {"", PLAIN("chmod 750 $D/plain") "$P check --conf $D/plain", 1, "check it as root, or a copy"},
    {"", PLAIN("chmod 640 $D/plain/signet.conf") "$P check --conf $D/plain", 1, "check it as root"},
    {"", PLAIN("chmod 640 $D/plain/ca.pem") "$P check --conf $D/plain", 1, "(chmod a+r)"},
    {"", PLAIN("true") "$P check --conf $D/plain", 0, "1 profile, 0 problems, 0 warnings\n"},
    {"", PLAIN("chmod 640 $C/10-x.conf") "$P list --why x --conf $D/plain", 4,
     "x: no such profile; it may stand in a file that only root may read: ask as root"},
    {"", PLAIN("chmod 750 $C") "$P list --why x --conf $D/plain", 4, "ask as root"},
    {NOTHING, "$S status", 0,
     "a.conf: Permission denied\nsignet: no profile that could be read applies here"},
    {NOTHING, "$S list", 0,
     "a.conf: Permission denied\nsignet: no profile that could be read applies here"},
    {"{\"result\":\"ok\",\"entries\":[]}", "$S status", 0, "No profile applies here, and there"},

    {"", "$S check --conf $D/bad", 1,
     "10-x.conf:3: key-sighs: no key of [scep] (did you mean key-size?)\n"
     "    3 | key-sighs = 7\n      | ^~~~~~~~~\n"},
    {"", "$S check --conf $D/bad", 1, "\nwarning: /"},
    {"", "$S check --conf $D/bad", 1, "0 profiles, 5 problems, 1 warning\n"},
    {"", "$S check --conf $D/bad", 1, "    5 | chalenge = ...\n"},
    {"", "$S check --conf $D/bad --json", 1, "{\"problems\":[{\"file\":\"/"},
    {"", "$S check --conf $D/bad --json", 1, "\"line\":3,\"column\":1,\"length\":9,\"text\":\""},
    {"", "$S check --conf $D/bad --json", 1,
     "SHA-1 is broken; many servers refuse it\",\"severity\":\"warning\"}]}\n"},
    {"", "$S check --conf $D/empty --strict", 0, "0 profiles, 0 problems"},
    {"", "$S check --conf $D/slip", 0, "2 profiles, 0 problems, 1 warning"},
    {"", "$S check --conf $D/slip --strict", 1, "warning"},
    {"", "$S check --conf $D/file", 4, "file: not a folder"},
    {"", "$S check --conf $D/none", 4, "none"},

    {"", "$S preview --help", 0, "[--csr FILE] PROFILE"},
    {"", "$S preview", 2, "which PROFILE"},
    {"", "$S preview x", 1, "/signet-preview cannot be started"},
    {"", "$S preview x --csr -", 1, "/signet-preview cannot be started"},
    {"", PREVIEW("echo rubbish") "$S preview x", 5, "an answer that is no preview"},
    {"", PREVIEW("exit 0") "$S preview x", 5, "an answer that is no preview"},
    {"", PREVIEW("kill -9 $$") "$S preview x", 1, "killed by signal 9"},
    {"", PREVIEW("cat /dev/zero") "$S preview x", 5, "signet-preview: "},
    {"", PREVIEW("echo \"$*\" >&2") "$S preview x --device", 5, " --device -- x\n"},
    {"", PREVIEW("echo $*") "$S preview -u 7 --conf /c --csr - -- --x", 0,
     " --csr - --user 7 -- --x\n"},
    {"", REAL "$S preview none --conf $D/empty", 4, "signet: none: no such profile\n"},
    {"", REAL "$S preview none --conf $D/empty --csr -", 4, "signet preview: none: no such"},
    {"", REAL "$S preview x --conf $D/bad", 4, "10-x.conf:3: "},
    {"", REAL "$S preview x --conf $D/bad --csr $D/csr; test -e $D/csr", 1, "has a problem"},
    {"", REAL "$S preview xx --conf $D/bad", 4, "in a file with a problem"},
    {"", REAL "$S preview box --conf $D/good", 0, "box for device\n"},
    {"", REAL "$S preview not-here --conf $D/good", 0, "Applies      no: "},
    {"", REAL "$S preview not-here --conf $D/good", 0, " (line 14)\n"},
    {"", REAL "$S preview bxo --conf $D/good", 4, "did you mean box?"},
    {"", REAL "$S preview root --conf $D/good", 4, "requests nothing"},
    {"", REAL "$S preview box --conf $D/good --json", 0, "{\"result\":\"ok\",\"profile\":\"box\""},
    {"", REAL "$S preview box --conf $D/good -u root", 0, "Applies      no: "},
    {"", REAL "$S preview box --conf $D/good -u 4000000000", 4, "no user has the uid 4000000000"},
    {"", REAL "$S preview me --conf $D/good", 4, "IMEI has no value"},
    {"", REAL "$S preview box --conf $D/good > /dev/full", 1, "standard output"},
    {"", REAL "$S preview box --conf $D/good --csr - > /dev/full", 5, "standard output"},
    {"", REAL "umask 077; $S preview box --conf $D/good --csr $D/csr && stat -c %a $D/csr", 0,
     "644\n"},
    {"", REAL "$S preview box --conf $D/good --csr $D/csr | grep -c .", 0, "throw-away key"},
    {"", REAL "echo x >$D/csr; $S preview box --conf $D/good --csr $D/csr", 4, "is there already"},
    {"", REAL "ln -s n $D/csr; $S preview box --conf $D/good --csr $D/csr", 4, "is there already"},
    {"", REAL "$S preview box --conf $D/good --csr /nowhere/csr", 1, "/nowhere/csr"},
    {"", REAL "$S preview me --conf $D/good --csr $D/csr; test -e $D/csr", 1, ""},
    {"",
     REAL "$S preview box --conf $D/good --csr - 2>$D/e | openssl req -inform DER -noout -verify",
     0, "verify OK"},
};

START_TEST(behaves)
{
    autofree char *answer = NULL, *line = NULL;
    if (*rows[_i].answer) {
        answer = text_format("#!/bin/sh\nread line\ncat >&0 <<'END'\n%s\nEND\n", rows[_i].answer);
        temp_file(&temp, "agent", 0755, answer);
    }
    line = text_format("D=%s; S=\"" SIGNET " --run $D --store $D --agent $D/agent\"; exec 2>&1; %s",
                       temp.path, rows[_i].command);
    char *argv[] = {"/bin/sh", "-c", line, NULL};
    struct buf nothing = {0};
    struct err err = {0};
    autobuf output = {0};
    int status = -1;
    ck_assert_msg(proc_run(argv, &nothing, 1 << 20, PATIENCE, &output, &status, &err) == 0, "%s",
                  err.text);
    ck_assert_msg(status == rows[_i].status, "status %d: %s", status, buf_text(&output));
    ck_assert_msg(strstr(buf_text(&output), rows[_i].output), "%s", buf_text(&output));
}
END_TEST

Suite *cli_main_suite(void)
{
    Suite *suite = suite_create("cli/main");
    TCase *tc = tcase_create("main");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, behaves, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
