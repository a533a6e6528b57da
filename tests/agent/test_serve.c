/* One connection, spoken to as PROTOCOL.md has it, and otherwise. */
#include "agent/serve.h"

#include "base/io.h"
#include "base/json.h"
#include "base/listen.h"
#include "tests/agent/site.h"

#include <grp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define NOBODY  65534
#define ANSWERS (1024u * 1024)

static const struct serve_limits patient = {.request = PATIENCE_MS, .write = PATIENCE_MS};
static const struct serve_limits hasty = {.request = 50, .write = 50};

/* What came back. */
struct answer {
    unsigned steps;
    char step[128]; /* the last one */
    char line[256]; /* how the result begins */
    json_t *result;
};

static void answer_free(struct answer *answer)
{
    json_decref(answer->result);
}
#define autoanswer CLEANUP(answer_free) struct answer

/* Progress lines, each one flat object with one string, and then exactly one result. */
static struct answer understand(const struct buf *text)
{
    struct answer answer = {0};
    struct err err = {0};
    autofree char *copy = strdup(buf_text(text));
    ck_assert_uint_eq(strlen(copy), text->len);
    for (char *rest = copy, *line; (line = strsep(&rest, "\n")) && rest;) {
        autojson *object = NULL;
        ck_assert_msg(answer.result == NULL, "after the result: %s", line);
        int rc = json_parse(line, strlen(line), "line", &object, &err);
        ck_assert_msg(rc == 0, "%s: %s", line, err.text);
        if (strncmp(line, "{\"result\":", 10) == 0) {
            snprintf(answer.line, sizeof answer.line, "%s", line);
            answer.result = json_incref(object);
            continue;
        }
        ck_assert_uint_eq(json_object_size(object), 1);
        ck_assert_str_ne(json_text(object, "progress", ""), "");
        snprintf(answer.step, sizeof answer.step, "%s", json_text(object, "progress", ""));
        answer.steps++;
    }
    ck_assert_msg(answer.result != NULL, "no result: %s", buf_text(text));
    return answer;
}

static struct answer ask_bytes(struct site *s, uid_t uid, const void *data, size_t len,
                               bool half_close, const struct serve_limits *limits)
{
    autobuf text = {0};
    const struct ucred peer = {.uid = uid, .gid = uid, .pid = 1};
    int64_t next;
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    ck_assert_int_eq(io_write(pair[0], data, len, PATIENCE, NULL), 0);
    if (half_close)
        shutdown(pair[0], SHUT_WR);
    agent_unload(&s->agent);
    s->agent.profiles = (struct profile_set){0};
    ck_assert_int_eq(serve_connection(pair[1], &peer, &s->agent, limits, &next), 0);
    close(pair[1]);
    ck_assert_int_eq(io_read_all(pair[0], ANSWERS, PATIENCE, &text, NULL), 0);
    close(pair[0]);
    return understand(&text);
}

static struct answer ask(struct site *s, uid_t uid, const char *request)
{
    autofree char *line = text_format("%s\n", request);
    return ask_bytes(s, uid, line, strlen(line), false, &patient);
}

static void is_ok(const struct answer *answer)
{
    ck_assert_msg(strncmp(answer->line, "{\"result\":\"ok\"", 14) == 0, "%s", answer->line);
}

static void is_error(const struct answer *answer, const char *class, const char *message)
{
    autofree char *begin =
        text_format("{\"result\":\"error\",\"class\":\"%s\",\"message\":\"", class);
    ck_assert_msg(strncmp(answer->line, begin, strlen(begin)) == 0, "%s", answer->line);
    ck_assert_msg(strstr(json_text(answer->result, "message", ""), message), "%s", answer->line);
}

static const json_t *entry_of(const struct answer *answer, size_t i)
{
    return json_array_get(json_object_get(answer->result, "entries"), i);
}

static size_t entries(const struct answer *answer)
{
    return json_array_size(json_object_get(answer->result, "entries"));
}

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *data;
    size_t len;
    bool half_close;
    const char *class, *message;
} rubbish[] = {
    {BYTES(""), true, "retry", "said nothing"},
    {BYTES(""), false, "retry", "timed out"},
    {BYTES("{\"op\":\"list\"}"), false, "retry", "timed out"},
    {BYTES("{\"op\":\"list\"}"), true, "retry", "inside a line"},
    {BYTES("\n"), false, "config", "request"},
    {BYTES("\0\0\0\0\n"), false, "config", "request"},
    {BYTES("\377\376\n"), false, "config", "request"},
    {BYTES("{\"op\":\"\377\"}\n"), false, "config", "request"},
    {BYTES("{\"op\":\"li\\u0000st\"}\n"), false, "config", "request"},
    {BYTES("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), false, "config", "request"},
    {BYTES("{\"op\":\"reboot\"}\n"), false, "config", "no op \"reboot\""},
    {BYTES("{\"op\":\"sign-in\",\"uid\":0}\n"), false, "denied", "uid 65534"},
    {BYTES("{\"op\":\"sign-in\",\"uid\":-1}\n"), false, "config", "needs the uid of a user"},
    {BYTES("{\"op\":\"cycle\",\"uid\":1000}\n"), false, "denied", "uid 65534"},
    {BYTES("{\"op\":\"list\",\"uid\":0}\n"), false, "denied", "uid 65534"},
    {BYTES("{\"op\":\"list\",\"uid\":-1}\n"), false, "denied", "uid 65534"},
    {BYTES("{\"op\":\"enroll\",\"uid\":-1}\n"), false, "denied", "uid 65534"},
    {BYTES("{\"op\":\"renew\",\"uid\":-1,\"profile\":\"wifi\"}\n"), false, "denied", "uid 65534"},
    {BYTES("{\"op\":\"remove\",\"uid\":-1,\"profile\":\"wifi\"}\n"), false, "denied", "uid 65534"},
    {BYTES("{\"op\":\"remove\",\"profile\":\"wifi\"}\n"), false, "config", "wifi"},
    {BYTES("{\"op\":\"renew\",\"profile\":\"wifi\"}\n"), false, "config", "wifi"},
};

START_TEST(others_and_rubbish_are_refused)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    autoanswer answer =
        ask_bytes(&s, NOBODY, rubbish[_i].data, rubbish[_i].len, rubbish[_i].half_close, &hasty);
    is_error(&answer, rubbish[_i].class, rubbish[_i].message);
    ck_assert_uint_eq(answer.steps, 0);
    ck_assert_uint_eq(site_asked(" "), 0);
    ck_assert(!site_has_entry(&s, NULL, "wifi"));
}
END_TEST

START_TEST(a_cycle_tells_its_steps_and_what_came_of_it)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX "\ndescription = Wi-Fi\nscope-tags = a, b");
    autoanswer answer = ask(&s, 0, "{\"op\":\"cycle\"}");
    is_ok(&answer);
    ck_assert_uint_ge(answer.steps, 4);
    ck_assert_str_eq(answer.step, "wifi: the certificate is installed");
    ck_assert_ptr_null(json_object_get(answer.result, "problems"));
    ck_assert_uint_eq(entries(&answer), 1);

    const json_t *entry = entry_of(&answer, 0);
    ck_assert_str_eq(json_text(entry, "profile", ""), "wifi");
    ck_assert_str_eq(json_text(entry, "description", ""), "Wi-Fi");
    ck_assert_str_eq(json_text(entry, "owner", ""), "device");
    ck_assert_ptr_null(json_object_get(entry, "uid"));
    ck_assert_str_eq(json_text(entry, "state", ""), "installed");
    ck_assert_str_eq(json_text(entry, "next_action", ""), "renew");
    ck_assert_str_eq(json_text(entry, "subject", ""), "CN=box");
    ck_assert_str_eq(json_text(entry, "token", ""), "signet device");
    ck_assert_int_eq(json_number(entry, "generation", 0), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(entry, "scope_tags")), 2);
    static const char *const absent[] = {"reason", "wish", "certificate", "chain"};
    for (size_t i = 0; i < LENGTH(absent); i++)
        ck_assert_msg(!json_object_get(entry, absent[i]), "%s", absent[i]);

    /* Anchors are root's, and a cycle's. */
    autobuf der = {0};
    site_ok(s, store_anchor_read(&s.agent.store, ANCHOR_TRUSTED, "root", &der, &s.err));

    autoanswer again = ask(&s, 0, "{\"op\":\"cycle\"}");
    is_ok(&again);
    ck_assert_uint_eq(again.steps, 0);
    ck_assert_uint_eq(site_asked("PKCSReq"), 1);
}
END_TEST

START_TEST(the_life_of_an_entry)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    autoanswer before = ask(&s, 0, "{\"op\":\"list\"}");
    is_ok(&before);
    ck_assert_uint_eq(entries(&before), 1);
    ck_assert_str_eq(json_text(entry_of(&before, 0), "state", ""), "requesting");
    ck_assert_uint_eq(site_asked(" "), 0);

    site_behave("pki/500");
    autoanswer failed = ask(&s, 0, "{\"op\":\"enroll\",\"profile\":\"wifi\"}");
    is_error(&failed, "retry", "HTTP 500");
    ck_assert_str_eq(json_text(entry_of(&failed, 0), "state", ""), "error");
    ck_assert_str_eq(json_text(entry_of(&failed, 0), "next_action", ""), "retry");
    ck_assert_str_eq(json_text(entry_of(&failed, 0), "reason", "?"),
                     strstr(json_text(failed.result, "message", ""), site_url()));

    site_behave("");
    autoanswer enrolled = ask(&s, 0, "{\"op\":\"enroll\"}");
    is_ok(&enrolled);
    autoanswer renewed = ask(&s, 0, "{\"op\":\"renew\",\"profile\":\"wifi\"}");
    is_ok(&renewed);
    ck_assert_int_eq(json_number(entry_of(&renewed, 0), "generation", 0), 2);

    autoanswer list = ask(&s, 0, "{\"op\":\"list\",\"uid\":-1,\"certificates\":true}");
    ck_assert_ptr_nonnull(strstr(json_text(entry_of(&list, 0), "certificate", ""), "BEGIN"));
    ck_assert_ptr_nonnull(json_object_get(entry_of(&list, 0), "chain"));

    autoanswer removed = ask(&s, 0, "{\"op\":\"remove\",\"profile\":\"wifi\"}");
    is_ok(&removed);
    ck_assert_uint_eq(entries(&removed), 0);
    ck_assert(!site_has_entry(&s, NULL, "wifi"));
    autoanswer twice = ask(&s, 0, "{\"op\":\"remove\",\"profile\":\"wifi\"}");
    is_error(&twice, "config", "wifi");
}
END_TEST

START_TEST(problems_of_conf_d_are_told)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_profile(&s, "vpn", SITE_BOX "\nkey-sise = 1");
    autoanswer answer = ask(&s, 0, "{\"op\":\"list\"}");
    is_ok(&answer);
    const json_t *problems = json_object_get(answer.result, "problems");
    ck_assert_uint_eq(json_array_size(problems), 1);
    ck_assert_ptr_nonnull(strstr(json_string_value(json_array_get(problems, 0)), "key-sise"));
    ck_assert_uint_eq(entries(&answer), 1);

    s.agent.conf = "/nowhere/at/all";
    autoanswer nowhere = ask(&s, 0, "{\"op\":\"list\"}");
    is_error(&nowhere, "config", "/nowhere/at/all");
}
END_TEST

static const struct {
    const char *request;
    bool steps;
} signins[] = {
    {"{\"op\":\"sign-in\",\"uid\":47110}", false},
    {"{\"op\":\"sign-in\",\"uid\":47110,\"wait\":0}", false},
    {"{\"op\":\"sign-in\",\"uid\":47110,\"wait\":5}", true},
};

static void user_profile(struct site *s)
{
    site_alice(s);
    autofree char *text =
        text_format("[scep mail]\ntype = user\nroot = root\nurl = %s\nkey-size = 1024\n"
                    "subject = CN={{UserName}}\nassign-users = alice\n",
                    site_url());
    site_put(s, "conf.d/mail.conf", text);
}

START_TEST(a_sign_in_shows_steps_to_who_waits)
{
    SITE(s);
    user_profile(&s);
    autoanswer answer = ask(&s, 0, signins[_i].request);
    is_ok(&answer);
    ck_assert_int_eq(answer.steps > 0, signins[_i].steps);
    ck_assert_str_eq(json_text(entry_of(&answer, 0), "owner", ""), "alice");
    ck_assert_int_eq(json_number(entry_of(&answer, 0), "uid", 0), SITE_ALICE);
    ck_assert_str_eq(json_text(entry_of(&answer, 0), "state", ""), "installed");
    /* A second one costs no request. */
    autoanswer again = ask(&s, 0, signins[_i].request);
    is_ok(&again);
    ck_assert_uint_eq(site_asked("PKCSReq"), 1);
}
END_TEST

/* The PAM module runs as root; what it tells is no wish of root's to try once more. */
START_TEST(a_sign_in_is_no_wish_to_try_once_more)
{
    SITE(s);
    user_profile(&s);
    site_behave("pki/500");
    autoanswer first = ask(&s, 0, signins[2].request);
    is_error(&first, "retry", "HTTP 500");
    unsigned asked = site_asked(" ");
    autoanswer second = ask(&s, 0, signins[2].request);
    is_error(&second, "retry", "HTTP 500");
    ck_assert_uint_eq(site_asked(" "), asked);
    site_behave("");
    autoanswer root = ask(&s, 0, "{\"op\":\"enroll\",\"uid\":47110}");
    is_ok(&root);
}
END_TEST

START_TEST(a_user_sees_its_own_and_no_more)
{
    SITE(s);
    user_profile(&s);
    site_profile(&s, "wifi", SITE_BOX);
    autoanswer all = ask(&s, 0, "{\"op\":\"cycle\"}");
    is_ok(&all);
    autoanswer own = ask(&s, SITE_ALICE, "{\"op\":\"cycle\"}");
    is_ok(&own);
    ck_assert_uint_eq(entries(&own), 1);
    ck_assert_str_eq(json_text(entry_of(&own, 0), "profile", ""), "mail");
    autoanswer list = ask(&s, SITE_ALICE, "{\"op\":\"list\",\"uid\":47110}");
    ck_assert_uint_eq(entries(&list), 1);
    autoanswer device = ask(&s, SITE_ALICE, "{\"op\":\"list\",\"profile\":\"wifi\"}");
    is_ok(&device);
    ck_assert_str_eq(json_text(entry_of(&device, 0), "state", ""), "not-applicable");
    ck_assert_ptr_null(json_object_get(entry_of(&device, 0), "subject"));
    autoanswer both = ask(&s, 0, "{\"op\":\"list\"}");
    ck_assert_uint_eq(entries(&both), 2);
}
END_TEST

/* A name that nobody has is a slip, whoever makes it; one that is not for this owner is none. */
static const struct {
    uid_t peer;
    const char *request, *message;
} slips[] = {
    {0, "{'op':'list','profile':'wiif'}", "wiif: no such profile (did you mean wifi?)"},
    {0, "{'op':'list','uid':-1,'profile':'wiif'}", "wiif: no such profile (did you mean wifi?)"},
    {0, "{'op':'list','profile':'something'}", "something: no such profile"},
    {0, "{'op':'list','profile':'root'}", "root: no such profile"}, /* of a trusted root */
    {SITE_ALICE, "{'op':'list','profile':'mial'}", "mial: no such profile (did you mean mail?)"},
    {0, "{'op':'enroll','profile':'wiif'}", "wiif: no such profile (did you mean wifi?)"},
    {0, "{'op':'renew','profile':'wiif'}", "wiif: no such profile (did you mean wifi?)"},
    {0, "{'op':'enroll','profile':'mail'}", "profile mail: does not apply here"},
    {0, "{'op':'list','profile':'bad'}", NULL}, /* it has a fault, which is told */
    {0, "{'op':'list','profile':'gone'}", NULL},
};

START_TEST(a_name_that_nobody_has_is_an_error)
{
    SITE(s);
    const struct owner device = {.device = true};
    user_profile(&s);
    site_profile(&s, "wifi", SITE_BOX);
    site_entry(&s, &device, "gone");
    if (!slips[_i].message)
        site_profile(&s, "bad", "key-sise = 1");
    autofree char *request = strdup(slips[_i].request);
    for (char *p = request; (p = strchr(p, '\'')); p++)
        *p = '"';
    autoanswer answer = ask(&s, slips[_i].peer, request);
    if (!slips[_i].message) {
        is_ok(&answer);
        ck_assert_uint_eq(entries(&answer) > 0, 1);
        return;
    }
    ck_assert_str_eq(json_text(answer.result, "class", ""), "config");
    ck_assert_str_eq(json_text(answer.result, "message", ""), slips[_i].message);
}
END_TEST

START_TEST(the_work_goes_on_when_the_peer_has_gone)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    const struct ucred peer = {0};
    static const char request[] = "{\"op\":\"cycle\"}\n";
    int64_t next = 0, now = clock_now();
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    ck_assert_int_eq(io_write(pair[0], request, strlen(request), deadline_in(0), NULL), 0);
    close(pair[0]);
    ck_assert_int_eq(serve_connection(pair[1], &peer, &s.agent, &patient, &next), 0);
    close(pair[1]);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    ck_assert_int_gt(next, now); /* the renewal */
}
END_TEST

START_TEST(a_peer_that_does_not_read_holds_up_nothing)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    const struct ucred peer = {0};
    static const char request[] = "{\"op\":\"cycle\"}\n", byte = 'x';
    int64_t next;
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    ck_assert_int_eq(io_write(pair[0], request, strlen(request), deadline_in(0), NULL), 0);
    while (send(pair[1], &byte, 1, MSG_DONTWAIT) == 1)
        ; /* until there is no room */
    ck_assert_int_eq(serve_connection(pair[1], &peer, &s.agent, &hasty, &next), 0);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

START_TEST(work_that_hangs_ends)
{
    SITE(s);
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    const struct entry_id wifi = {.owner = {.device = true}, .profile = "wifi"};
    const struct serve_limits limits = {.request = PATIENCE_MS, .step = 200, .write = 50};
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, entry_open(&s.agent.store, &wifi, true, &entry, &s.err));
    site_ok(s, entry_lock(&entry, deadline_in(0), &s.err));
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        ask_bytes(&s, 0, BYTES("{\"op\":\"cycle\"}\n"), false, &limits);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGALRM);
}
END_TEST

START_TEST(a_user_that_loops_is_told_when)
{
    SITE(s);
    user_profile(&s);
    autoanswer first = ask(&s, SITE_ALICE, "{\"op\":\"enroll\"}");
    is_ok(&first);
    for (int i = 0; i < 3; i++) {
        autoanswer again = ask(&s, SITE_ALICE, "{\"op\":\"renew\",\"profile\":\"mail\"}");
        is_error(&again, "retry", "you may have it asked again in ");
        ck_assert_str_eq(json_text(entry_of(&again, 0), "state", ""), "installed");
    }
    autoanswer quiet = ask(&s, SITE_ALICE, "{\"op\":\"enroll\"}"); /* nothing is due */
    is_ok(&quiet);
    autoanswer root = ask(&s, 0, "{\"op\":\"renew\",\"uid\":47110,\"profile\":\"mail\"}");
    is_ok(&root);
    ck_assert_int_eq(json_number(entry_of(&root, 0), "generation", 0), 2);
    ck_assert_uint_eq(site_asked("issued"), 2);
}
END_TEST

START_TEST(who_removed_it_is_told)
{
    SITE(s);
    user_profile(&s);
    autoanswer first = ask(&s, SITE_ALICE, "{\"op\":\"enroll\"}");
    is_ok(&first);
    autoanswer removed = ask(&s, SITE_ALICE, "{\"op\":\"remove\",\"profile\":\"mail\"}");
    is_ok(&removed);
    autoanswer list = ask(&s, 0, "{\"op\":\"list\"}");
    ck_assert_uint_eq(entries(&list), 1);
    ck_assert_str_eq(json_text(entry_of(&list, 0), "state", ""), "removed");
    ck_assert_str_eq(json_text(entry_of(&list, 0), "reason", ""), "removed by alice");
    ck_assert_int_gt(json_number(entry_of(&list, 0), "since", 0), 0);
    autoanswer again = ask(&s, 0, "{\"op\":\"enroll\",\"uid\":47110}");
    is_ok(&again);
    ck_assert_str_eq(json_text(entry_of(&again, 0), "state", ""), "installed");
}
END_TEST

/* A user whom NSS does not know any more is no reason to fail for the others. */
START_TEST(who_is_gone_is_listed_and_can_be_removed)
{
    SITE(s);
    const struct owner gone = {.uid = 4242};
    site_profile(&s, "wifi", SITE_BOX);
    site_entry(&s, &gone, "mail");
    autoanswer cycle = ask(&s, 0, "{\"op\":\"cycle\"}");
    is_ok(&cycle);
    ck_assert_uint_eq(entries(&cycle), 2);
    ck_assert_str_eq(json_text(entry_of(&cycle, 1), "owner", ""), "4242");
    ck_assert_str_eq(json_text(entry_of(&cycle, 1), "state", ""), "not-applicable");
    ck_assert_ptr_nonnull(
        strstr(json_text(entry_of(&cycle, 1), "reason", ""), "signet remove --user 4242 mail"));
    autoanswer removed = ask(&s, 0, "{\"op\":\"remove\",\"uid\":4242,\"profile\":\"mail\"}");
    is_ok(&removed);
    ck_assert(!site_has_entry(&s, &gone, "mail"));
    autoanswer after = ask(&s, 0, "{\"op\":\"list\"}");
    is_ok(&after);
    ck_assert_uint_eq(entries(&after), 1);
    /* Asked for alone, that there is no such user is the answer. */
    autoanswer alone = ask(&s, 0, "{\"op\":\"enroll\",\"uid\":4242}");
    is_error(&alone, "config", "4242");
}
END_TEST

/* As another user, over a real socket. What came back goes to OUT. */
static int speak(const char *path, size_t len, const char *end, int out)
{
    autobuf request = {0}, text = {0};
    int fd = -1;
    if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0 ||
        io_connect(path, &fd, NULL) < 0 || buf_reserve(&request, len + 64, NULL) < 0)
        return 10;
    memset(request.data, ' ', len);
    request.len = len;
    if (buf_add_text(&request, end, NULL) < 0)
        return 11;
    /* Who is cut off while it writes has had an answer all the same. */
    io_write(fd, request.data, request.len, PATIENCE, NULL);
    if (io_read_all(fd, ANSWERS, PATIENCE, &text, NULL) < 0)
        return 12;
    return io_write(out, text.data, text.len, PATIENCE, NULL) < 0 ? 13 : 0;
}

static const struct {
    size_t blanks;
    const char *end, *class, *message;
} strangers[] = {
    {0, "{\"op\":\"list\",\"uid\":0}\n", "denied", "uid 65534 may ask for itself only"},
    {0, "{\"op\":\"renew\",\"uid\":-1,\"profile\":\"wifi\"}\n", "denied", "uid 65534"},
    {1024, "{\"op\":\"list\",\"uid\":-1}\n", "denied", "uid 65534"},
    {64 * 1024, "{\"op\":\"list\"}\n", "resource", "a line of more than 65536 bytes"},
    {1024 * 1024, "", "resource", "a line of more than 65536 bytes"},
    {1024 * 1024, "\n", "resource", "a line of more than 65536 bytes"},
    {3 * 1024 * 1024, "\n", "resource", "a line of more than 65536 bytes"},
};

START_TEST(a_stranger_hears_why)
{
    SITE(s);
    autobuf text = {0};
    autofree char *path = text_format("%s/agent.sock", s.temp.path);
    ck_assert_int_eq(chmod(s.temp.path, 0711), 0);
    autoclose int listener = -1, fd = -1;
    struct ucred peer;
    int64_t next;
    int out[2], status = -1;
    site_ok(s, listen_open(path, &listener, &s.err));
    ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(speak(path, strangers[_i].blanks, strangers[_i].end, out[1]));
    close(out[1]);
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    site_ok(s, listen_peer(fd, &peer, &s.err));
    ck_assert_uint_eq(peer.uid, NOBODY);
    ck_assert_int_eq(serve_connection(fd, &peer, &s.agent, &patient, &next), 0);
    close(steal_fd(&fd));
    site_ok(s, io_read_all(out[0], ANSWERS, PATIENCE, &text, &s.err));
    close(out[0]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    autoanswer answer = understand(&text);
    is_error(&answer, strangers[_i].class, strangers[_i].message);
}
END_TEST

Suite *serve_suite(void)
{
    Suite *suite = suite_create("agent/serve");
    TCase *tc = tcase_create("serve");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_loop_test(tc, others_and_rubbish_are_refused, 0, LENGTH(rubbish));
    tcase_add_test(tc, a_cycle_tells_its_steps_and_what_came_of_it);
    tcase_add_test(tc, the_life_of_an_entry);
    tcase_add_test(tc, problems_of_conf_d_are_told);
    tcase_add_loop_test(tc, a_sign_in_shows_steps_to_who_waits, 0, LENGTH(signins));
    tcase_add_test(tc, a_sign_in_is_no_wish_to_try_once_more);
    tcase_add_test(tc, a_user_sees_its_own_and_no_more);
    tcase_add_loop_test(tc, a_name_that_nobody_has_is_an_error, 0, LENGTH(slips));
    tcase_add_test(tc, the_work_goes_on_when_the_peer_has_gone);
    tcase_add_test(tc, a_peer_that_does_not_read_holds_up_nothing);
    tcase_add_test(tc, work_that_hangs_ends);
    tcase_add_test(tc, a_user_that_loops_is_told_when);
    tcase_add_test(tc, who_removed_it_is_told);
    tcase_add_test(tc, who_is_gone_is_listed_and_can_be_removed);
    tcase_add_loop_test(tc, a_stranger_hears_why, 0, LENGTH(strangers));
    suite_add_tcase(suite, tc);
    return suite;
}
