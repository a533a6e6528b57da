#include "profile/clause.h"

#include "tests/suite.h"

#include <string.h>

/* A line, and whether it holds on Debian 12.10 with Linux 6.1.0-31-amd64, a laptop under KVM. */
static const struct {
    const char *line;
    bool holds;
} rows[] = {
    {"os-id debian", true},
    {"os-id Debian", true},
    {"os-id ubuntu, debian", true},
    {"os-id ubuntu,debian", true},
    {"os-id ubuntu", false},
    {"os-id deb", false},
    {"os-version >= 12", true},
    {"os-version>=12", true},
    {"os-version >=12,<14", true},
    {"os-version > 12", true},
    {"os-version < 12.9", false},
    {"os-version <= 12.10", true},
    {"os-version <= 12.9", false},
    {"os-version > 12.9", true},
    {"os-version >= 12, < 12.10", false},
    {"os-version >= 12.11", false},
    {"os-version = 12", false},
    {"os-version 12", false},
    {"os-version = 12.10", true},
    {"os-version 11, 12.10", true},
    {"os-version 11, 12", false},
    {"os-version != 12", true},
    {"os-version != 12.10", false},
    {"os-version != 12, != 13", true},
    {"os-version != 12, != 12.10", false},
    {"kernel >= 6.1", true},
    {"kernel >= 6.1.0-31", true},
    {"kernel >= 6.1.0-32", false},
    {"kernel < 6.1.1", true},
    {"kernel < 6.10", true},
    {"kernel = 6.1", false},
    {"kernel 6.1.0-31-amd64", true},
    {"chassis laptop, convertible", true},
    {"chassis LAPTOP", true},
    {"chassis desktop", false},
    {"virtualisation vm", true},
    {"virtualization vm", true},
    {"virtualisation kvm", true},
    {"virtualisation none, container", false},
    {"virtualisation none, docker, kvm", true},
    {"os-id debian; os-version >= 12", true},
    {"os-id debian;os-version >= 13", false},
    {"os-id ubuntu; os-version >= 12", false},
    {"os-version >= 12; os-version < 13", true},
    {"  os-id   debian  ;  kernel >=   6  ", true},
    {"os-id debian; os-version >= 12; kernel > 5; chassis laptop; virtualisation vm", true},
    {"os-id debian; os-version >= 12; kernel > 5; chassis laptop; virtualisation container", false},
};

START_TEST(holds)
{
    static const struct platform platform = {
        .fact = {"debian", "12.10", "6.1.0-31-amd64", "laptop", "kvm"}};
    CLEANUP(clauses_free) struct clauses clauses = {0};
    struct err err = {0};
    ck_assert_msg(clauses_parse(rows[_i].line, &clauses, NULL, &err) == 0, "%s", err.text);
    ck_assert((clauses_failing(&clauses, &platform) == NULL) == rows[_i].holds);

    /* Where nothing is known, nothing holds; not even that something is not so. */
    static const struct platform nothing = {0};
    ck_assert_ptr_eq(clauses_failing(&clauses, &nothing), &clauses.v[0]);
    ck_assert_ptr_eq(clauses_failing(&clauses, NULL), &clauses.v[0]);
}
END_TEST

/* What is wrong with a line, and which part of it is marked. */
static const struct {
    const char *line, *error, *marked;
} faults[] = {
    {"", "a clause is empty", ""},
    {" ", "a clause is empty", ""},
    {";", "a clause is empty", ""},
    {"os-id debian;", "a clause is empty", ""},
    {"os-id debian;;kernel > 5", "a clause is empty", ""},
    {"; os-id debian", "a clause is empty", ""},
    {"os-id", "os-id: what should it be?", "os-id"},
    {"os-id debian; kernel", "kernel: what should it be?", "kernel"},
    {"os-ids debian", "\"os-ids\" is no fact about a machine (did you mean os-id?)", "os-ids"},
    {"OS-ID debian", "\"OS-ID\" is no fact about a machine (did you mean os-id?)", "OS-ID"},
    {"os-verison >= 12", "(did you mean os-version?)", "os-verison"},
    {"kernal>6", "(did you mean kernel?)", "kernal"},
    {"virtualisaton vm", "(did you mean virtualisation?)", "virtualisaton"},
    {"colour red", "there are os-id, os-version, kernel, chassis, virtualisation", "colour"},
    {">= 12", "\"\" is no fact", ">= 12"},
    {"debian", "\"debian\" is no fact", "debian"},
    {"not os-id debian", "\"not\" is no fact", "not"},
    {"os-id debian, ", "\"\" is no word for os-id", ""},
    {"os-id debian,,ubuntu", "\"\" is no word for os-id", ""},
    {"os-id debian ubuntu", "\"debian ubuntu\" is no word for os-id", "debian ubuntu"},
    {"os-id \"debian\"", "is no word for os-id", "\"debian\""},
    {"os-id = debian", "os-id is compared by words alone", "="},
    {"os-id != debian", "not-applies-to", "!="},
    {"os-id debian; os-id ubuntu", "os-id stands twice", "os-id ubuntu"},
    {"os-version 12; os-version 13", "os-version stands twice", "os-version 13"},
    {"os-version >= bookworm", "\"bookworm\" is no version", "bookworm"},
    {"os-version bookworm", "\"bookworm\" is no version", "bookworm"},
    {"os-version v12", "\"v12\" is no version", "v12"},
    {"os-version >= \"12\"", "is no version", "\"12\""},
    {"os-version >=", "\"\" is no version", ">="},
    {"os-version >= 12,", "\"\" is no version", ""},
    {"os-version >= 12 < 14", "\"12 < 14\" is no version", "12 < 14"},
    {"os-version => 12", "\"=>\" is no comparison; there are < <= > >= = !=", "=>"},
    {"os-version == 12", "\"==\" is no comparison", "=="},
    {"os-version <> 12", "\"<>\" is no comparison", "<>"},
    {"os-version ! 12", "\"!\" is no comparison", "!"},
    {"os-version 12, >= 13", "not both", ">= 13"},
    {"os-version >= 12, 13", "not both", "13"},
    {"os-version = 12, = 13", "'=' stands alone", "= 13"},
    {"os-version >= 12, = 13", "'=' stands alone", "= 13"},
    {"os-version 12.*", "\"12.*\" is no version", "12.*"},
    {"os-version >= 1111111111111111111111111111111111111111111111111111111111111111111",
     "is no version", NULL},
    {"kernel linux", "\"linux\" is no version", "linux"},
    {"chassis notebook", "\"notebook\" is no word for chassis", "notebook"},
    {"chassis laptpo", "(did you mean laptop?)", "laptpo"},
    {"chassis laptop, phone", "\"phone\"", "phone"},
    {"chassis > laptop", "chassis is compared by words alone", ">"},
    {"virtualisation yes", "\"yes\" is no word for virtualisation", "yes"},
    {"virtualisation kvn", "(did you mean kvm?)", "kvn"},
    {"virtualization vm; virtualisation kvm", "virtualisation stands twice", "virtualisation kvm"},
    {"os-id d\xc3\xa9"
     "bian; os-version \xc3\xa9",
     "\"\xc3\xa9\" is no version", "\xc3\xa9"},
};

START_TEST(refuses)
{
    CLEANUP(clauses_free) struct clauses clauses = {0};
    struct err err = {0};
    const char *line = faults[_i].line;
    int rc = clauses_parse(line, &clauses, NULL, &err);
    ck_assert_int_eq(rc, -ERR_CONFIG);
    ck_assert_ptr_nonnull(err.at);
    ck_assert(err.at >= line && err.at + err.at_len <= line + strlen(line) + 1);
    ck_assert_msg(strstr(err.text, faults[_i].error), "%s", err.text);
    if (faults[_i].marked) {
        ck_assert_uint_eq(err.at_len, strlen(faults[_i].marked));
        ck_assert_int_eq(strncmp(err.at, faults[_i].marked, err.at_len), 0);
    }
}
END_TEST

static const struct {
    const char *comment, *clause; /* NULL: prose */
} comments[] = {
    {NULL, NULL},
    {"", NULL},
    {"os-version >= 12", "os-version >= 12"},
    {"os-version>=12", "os-version>=12"},
    {"os-id ubuntu", "os-id ubuntu"},
    {"os-id ubuntu, debian", "os-id ubuntu, debian"},
    {"kernel 6.1", "kernel 6.1"},
    {"os-versoin >= 12", "os-versoin >= 12"},
    {"os-version >= bookworm", "os-version >= bookworm"},
    {"see above; os-version >= 12", "os-version >= 12"},
    {"the second line\nos-id debian", "os-id debian"},
    {"virtualization vm", "virtualization vm"},
    {"laptops only", NULL},
    {"kernel with the driver for the new dock", NULL},
    {"os-version", NULL},
    {"chassis of the old sort, as it were", NULL},
    {"; ;; ;", NULL},
    {"what = ever", NULL},
    {"\n\n", NULL},
};

START_TEST(notices_clauses_in_comments)
{
    size_t len = 0;
    const char *found = clauses_in_comment(comments[_i].comment, &len);
    autofree char *clause = found ? strndup(found, len) : strdup("");
    ck_assert_str_eq(clause, comments[_i].clause ? comments[_i].clause : "");
}
END_TEST

Suite *clause_suite(void)
{
    Suite *suite = suite_create("profile/clause");
    TCase *tc = tcase_create("clause");
    tcase_add_loop_test(tc, holds, 0, LENGTH(rows));
    tcase_add_loop_test(tc, refuses, 0, LENGTH(faults));
    tcase_add_loop_test(tc, notices_clauses_in_comments, 0, LENGTH(comments));
    suite_add_tcase(suite, tc);
    return suite;
}
