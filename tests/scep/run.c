#include "tests/scep/run.h"

#include <check.h>

void run_rules(struct ca *ca, const char *const rules[8])
{
    ca_behave_well(ca);
    for (size_t i = 0; i < 8 && rules[i]; i++)
        ck_assert_msg(ca_behave(ca, rules[i]), "%s", rules[i]);
}

void run_start(struct run *run, struct ca *ca, const char *const rules[8], EVP_PKEY *key)
{
    *run = (struct run){.line = {.ca = ca, .challenge = "opensesame"}};
    run_rules(ca, rules);
    fixture_operation(&run->fixture, key, RUN_URL, ca_certificate(ca), NULL);
    run->fixture.operation.transport = line_call;
    run->fixture.operation.challenge = line_challenge;
    run->fixture.operation.progress = line_progress;
    run->fixture.operation.context = &run->line;
}

void run_end(struct run *run)
{
    fixture_free(&run->fixture);
    line_free(&run->line);
    scep_result_free(&run->result);
}

void run_enrol(struct run *run)
{
    scep_result_free(&run->result);
    buf_clear(&run->line.log);
    run->rc = scep_enrol(&run->fixture.operation, &run->result, &run->err);
    if (run->rc == 0 && run->result.rejection.class) {
        ck_assert_int_eq(run->result.outcome, SCEP_REJECTED);
        run->err = run->result.rejection;
        run->rc = -(int)run->err.class;
    }
}
