#include "cli/agent.h"

#include "base/io.h"
#include "tests/cli/json.h"
#include "tests/temp.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static void collect(void *context, const char *text)
{
    ck_assert_int_eq(buf_printf(context, NULL, "%s|", text), 0);
}

static const struct {
    const char *answer;
    int rc;
    const char *steps, *error; /* part of the error's text */
} talks[] = {
    {"{\"result\":\"ok\"}\n", 0, "", NULL},
    {"{\"progress\":\"one\"}\n{\"progress\":\"two\"}\n{\"result\":\"ok\",\"entries\":[]}\n", 0,
     "one|two|", NULL},
    {"{\"result\":\"error\",\"class\":\"denied\",\"message\":\"no\"}\n", 0, "", NULL},
    {"{\"result\":\"ok\"}\nand more\n", 0, "", NULL},

    {"", -ERR_RETRY, "", "without a result"},
    {"{\"progress\":\"one\"}\n", -ERR_RETRY, "one|", "without a result"},
    {"{\"result\":\"ok\"}", -ERR_RETRY, "", "inside a line"},
    {"\n", -ERR_BUG, "", "not of its protocol"},
    {"HTTP/1.1 400 Bad Request\r\n", -ERR_BUG, "", "not of its protocol"},
    {"[]\n", -ERR_BUG, "", "not of its protocol"},
    {"{}\n", -ERR_BUG, "", "not of its protocol"},
    {"{\"result\":\"perhaps\"}\n", -ERR_BUG, "", "not of its protocol"},
    {"{\"result\":7}\n", -ERR_BUG, "", "not of its protocol"},
    {"{\"progress\":{}}\n", -ERR_BUG, "", "not of its protocol"},
    {"{\"result\":\"ok\",\"result\":\"ok\"}\n", -ERR_BUG, "", "not of its protocol"},
    {"{\"result\":\"ok\",\"entries\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}\n", -ERR_BUG, "",
     "not of its protocol"},
};

/* The whole answer stands in the socket before the question is asked. */
START_TEST(talks_to_any_agent)
{
    int pair[2];
    struct err err = {0};
    autojson *request = json("{'op':'list','profile':'å'}"), *result = NULL;
    autobuf steps = {0}, asked = {0};
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert_int_eq(io_write(pair[1], talks[_i].answer, strlen(talks[_i].answer), PATIENCE, NULL),
                     0);
    shutdown(pair[1], SHUT_WR);

    int rc = agent_talk(pair[0], request, PATIENCE, collect, &steps, &result, &err);
    ck_assert_int_eq(rc, talks[_i].rc);
    ck_assert((result != NULL) == (rc == 0));
    ck_assert_str_eq(buf_text(&steps), talks[_i].steps);
    if (talks[_i].error)
        ck_assert_msg(strstr(err.text, talks[_i].error), "%s", err.text);

    close(pair[0]);
    io_read_all(pair[1], 1000, PATIENCE, &asked, NULL);
    close(pair[1]);
    if (rc == 0) /* with unread input, closing resets the connection and may lose what was said */
        ck_assert_str_eq(buf_text(&asked), "{\"op\":\"list\",\"profile\":\"\\u00E5\"}\n");
}
END_TEST

START_TEST(does_not_wait_for_ever)
{
    int pair[2];
    struct err err;
    autojson *request = json("{'op':'list'}"), *result = NULL;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert_int_eq(agent_talk(pair[0], request, deadline_in(50), NULL, NULL, &result, &err),
                     -ERR_RETRY);
    ck_assert_ptr_nonnull(strstr(err.text, "timed out"));
    close(pair[0]);
    close(pair[1]);
}
END_TEST

static const struct {
    const char *result;
    int rc;
    const char *text;
} outcomes[] = {
    {"{'result':'ok'}", 0, ""},
    {"{'result':'error','class':'retry','message':'http://ca: refused'}", -ERR_RETRY,
     "http://ca: refused"},
    {"{'result':'error','class':'denied','message':'x'}", -ERR_DENIED, "x"},
    {"{'result':'error','class':'config','message':'x'}", -ERR_CONFIG, "x"},
    {"{'result':'error','class':'resource','message':'x'}", -ERR_RESOURCE, "x"},
    {"{'result':'error','class':'bug','message':'x'}", -ERR_BUG, "x"},
    {"{'result':'error','class':'other','message':'x'}", -ERR_BUG, "x"},
    {"{'result':'error'}", -ERR_BUG, "failed, with no reason"},
    {"{'result':'error','class':'retry','message':'\\u001b[2J\\u009b\\u202e'}", -ERR_RETRY,
     "?[2J??"},
};

START_TEST(tells_the_outcome)
{
    struct err err = {0};
    autojson *result = json(outcomes[_i].result);
    ck_assert_int_eq(agent_outcome(result, &err), outcomes[_i].rc);
    ck_assert_str_eq(err.text, outcomes[_i].text);
}
END_TEST

/* Agents of our own: shell scripts that find the connection on standard input. */
static struct temp temp;
static char program[128], socket_path[128];

static void setup(void)
{
    temp_open(&temp);
    snprintf(program, sizeof program, "%s/agent", temp.path);
    snprintf(socket_path, sizeof socket_path, "%s/agent.sock", temp.path);
}

static void teardown(void)
{
    temp_close(&temp);
}

static int listen_here(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 8), 0);
    return fd;
}

#define OK "echo '{\"result\":\"ok\"}' >&0"

static const struct {
    const char *script; /* NULL: there is no such program */
    int rc;
    const char *error;
} scripts[] = {
    {"read line; " OK, 0, NULL},
    {"read line; echo noise; echo more >&2; " OK, 0, NULL},
    {"read line; test \"$line\" = '{\"op\":\"cycle\"}' && " OK, 0, NULL},
    {"read line; test \"$*\" = '--stdio --conf /c --store /s --run '${0%/agent} && " OK, 0, NULL},
    {"exit 3", -ERR_RETRY, "status 3"},
    {"read line; kill -9 $$", -ERR_BUG, "killed by signal 9"},
    {"read line; echo rubbish >&0", -ERR_BUG, "not of its protocol"},
    {NULL, -ERR_RETRY, "cannot be started"},
};

static int call(json_t **ret, struct err *err)
{
    struct cli cli = {.conf = "/c", .store = "/s", .run = temp.path, .agent = program};
    autojson *request = json("{'op':'cycle'}");
    return agent_call(&cli, request, ret, err);
}

static void write_script(const char *script)
{
    FILE *f = fopen(program, "w");
    ck_assert_ptr_nonnull(f);
    fprintf(f, "#!/bin/sh\n%s\n", script);
    fclose(f);
    ck_assert_int_eq(chmod(program, 0700), 0);
}

START_TEST(starts_an_agent_where_none_listens)
{
    struct err err = {0};
    autojson *result = NULL;
    if (scripts[_i].script)
        write_script(scripts[_i].script);
    if (_i % 2)
        close(listen_here()); /* a stale socket is as good as none */
    ck_assert_msg(call(&result, &err) == scripts[_i].rc, "%s", err.text);
    if (scripts[_i].error)
        ck_assert_msg(strstr(err.text, scripts[_i].error), "%s", err.text);
}
END_TEST

START_TEST(asks_the_one_that_listens)
{
    struct err err = {0};
    autojson *result = NULL;
    write_script("exit 1");
    int listener = listen_here();
    pid_t pid = fork();
    if (pid == 0) {
        static const char answer[] = "{\"result\":\"ok\",\"entries\":[]}\n";
        int fd = accept(listener, NULL, NULL);
        io_write(fd, answer, sizeof answer - 1, PATIENCE, NULL);
        shutdown(fd, SHUT_WR);
        char c;
        while (io_read(fd, &c, 1, PATIENCE, NULL) == 0)
            ;
        _exit(0);
    }
    ck_assert_msg(call(&result, &err) == 0, "%s", err.text);
    ck_assert(json_is_array(json_object_get(result, "entries")));
    close(listener);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

Suite *cli_agent_suite(void)
{
    Suite *suite = suite_create("cli/agent");
    TCase *tc = tcase_create("talk");
    tcase_add_loop_test(tc, talks_to_any_agent, 0, LENGTH(talks));
    tcase_add_test(tc, does_not_wait_for_ever);
    tcase_add_loop_test(tc, tells_the_outcome, 0, LENGTH(outcomes));
    suite_add_tcase(suite, tc);
    tc = tcase_create("call");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, starts_an_agent_where_none_listens, 0, LENGTH(scripts));
    tcase_add_test(tc, asks_the_one_that_listens);
    suite_add_tcase(suite, tc);
    return suite;
}
