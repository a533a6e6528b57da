# shellcheck shell=bash
# A hostile CA, seen by a person: the agent does one cycle, `signet status` tells what came of it, and the certificate
# that was there signs. tests/agent/test_hostile.c has the whole table.

# hostile_cycle COMMAND...: one policy cycle, run by COMMAND (faketime, or nothing).
hostile_cycle() {
    "$@" "$(lab_daemon signet-agent)" --cycle --conf /etc/signet --store /var/lib/signet
}

hostile_begin() {
    lab_test_ca_start && lab_signet_start && lab_test_profile wifi "type = device" && hostile_cycle >>"$(lab_log cycle)" 2>&1 &&
        lab_signs root device wifi
}

# hostile_edit: the profile asks for something new, so that a certificate is due while the old one works.
hostile_edited=0
hostile_edit() {
    hostile_edited=$((hostile_edited + 1))
    lab_test_profile wifi "type = device" "san = dns:edit-$hostile_edited.test"
}

# hostile RULES REGEX [COMMAND...]: with a CA like that, a cycle (run by COMMAND) fails, and status tells it so.
hostile() {
    local rules=$1 told=$2 before status=0
    shift 2
    before=$(lab_entry device wifi fingerprint)
    hostile_edit
    lab_test_ca_behaves "$rules"
    hostile_cycle "$@" >>"$(lab_log cycle)" 2>&1 || status=$?
    expect_equal "$rules: the cycle's exit status" 1 "$status"
    expect_match "$rules: signet status" "$told" "$(signet status wifi 2>&1 | tr -s ' \n' ' ')"
    expect_match "$rules: the server is named" "127.0.0.1:2018" "$(signet status wifi 2>&1)"
    expect_equal "$rules: the certificate" "$before" "$(lab_entry device wifi fingerprint)"
    lab_signs root device wifi
}

hostile_well_again() {
    local before
    before=$(lab_entry device wifi fingerprint)
    lab_test_ca_behaves
    hostile_cycle >>"$(lab_log cycle)" 2>&1 || fail "a good CA does not help: $(signet status wifi)"
    [ "$before" != "$(lab_entry device wifi fingerprint)" ] || fail "the certificate is the old one"
    lab_signs root device wifi
}

case_hostile_ca_costs_nothing() {
    hostile_begin
    hostile wrong-nonce 'recipientNonce is not the nonce that was sent'
    hostile wrong-signer 'signed by neither the CA nor its RA'
    hostile other-key 'a certificate for another key'
    hostile is-ca 'may issue others .*refused'
    hostile des 'accept-des = yes'
    hostile expired-ra 'Expired RA.*has expired'
    hostile pki/huge 'larger than 4194304 bytes'
    hostile refuse-in-colour 'badRequest .*: \?\[2J'
    hostile_well_again
}

# Two years, theirs and ours, both ways: each is told, and none does harm once the clock is right.
case_hostile_clocks_cost_nothing() {
    hostile_begin
    hostile not-yet:63072000 'certificate is not yet valid; the clock here, which may be wrong, says 20'
    hostile expired 'certificate has expired; the clock here, which may be wrong, says 20'
    hostile_well_again
    hostile "" 'not yet valid; the clock here, which may be wrong, says 20' faketime -f -730d
    hostile_well_again
    hostile "" 'has expired; the clock here, which may be wrong, says 20' faketime -f +730d
    hostile_well_again
}
