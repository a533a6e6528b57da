/* What the test CA says before anybody has asked for a certificate: GetCACaps, GetCACert and
 * GetNextCACert. */
#ifndef SIGNET_TESTS_CA_GIVEN_H
#define SIGNET_TESTS_CA_GIVEN_H

#include "tests/ca/ca.h"
#include "tests/ca/staff.h"

void given_caps(const struct rules *rules, struct ca_answer *ret);
void given_ca_cert(struct staff *staff, const struct rules *rules, struct ca_answer *ret);
void given_next_ca_cert(struct staff *staff, const struct rules *rules, struct ca_answer *ret);

#endif
