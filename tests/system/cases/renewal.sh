# shellcheck shell=bash
# Certificates over real time: the agent's clock, and where it says so the CA's, runs as renewal_time tells.

RENEWAL_CLOCK=$LAB/tmp/clock
RENEWAL_FAKE=(env "LD_PRELOAD=$(find /usr/lib -name libfaketime.so.1 -print -quit)" "FAKETIME_TIMESTAMP_FILE=$RENEWAL_CLOCK"
    FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1)

# renewal_time OFFSET: "+330d", "-1h"; from now on.
renewal_time() {
    echo "$1" >"$RENEWAL_CLOCK.new"
    mv "$RENEWAL_CLOCK.new" "$RENEWAL_CLOCK"
}

renewal_agent_start() {
    lab_spawn agent root "${RENEWAL_FAKE[@]}" "$(lab_daemon signet-agent)" --listen /run/signet/agent.sock --verbose
    lab_wait 30 socat -u OPEN:/dev/null UNIX-CONNECT:/run/signet/agent.sock
}

renewal_cycles() { grep -c 'the policy cycle has ended' "$(lab_log agent)" || true; }
renewal_has_cycled() { [ "$(renewal_cycles)" -gt "$1" ]; }

# As after a reboot, with the first cycle made.
renewal_boot() {
    local before
    lab_stop agent
    before=$(renewal_cycles)
    renewal_agent_start
    lab_wait 30 renewal_has_cycled "$before"
}

renewal_cycle() { lab_ask '{"op":"cycle"}' >"$LAB/tmp/cycle"; }
renewal_enroll() { lab_ask '{"op":"enroll"}' >"$LAB/tmp/enroll"; }
renewal_entry() { lab_entry device wifi "$1"; }
renewal_asked() { grep -c "$1" "$LAB/log/test-ca-requests" || true; }

# The test CA with the same clock, and a profile for the machine; further lines are added.
renewal_start() {
    renewal_time +0d
    : >"$LAB/tmp/behave"
    mkdir -p "${LAB_TEST_ROOT%/*}"
    lab_spawn test-ca root "${RENEWAL_FAKE[@]}" "$LAB_BUILD/tests/ca/scep-ca" --port 2018 --challenge "$LAB_CHALLENGE" \
        --ca-file "$LAB_TEST_ROOT" --behave-file "$LAB/tmp/behave" --log "$LAB/log/test-ca-requests"
    lab_wait 30 lab_listening 2018
    lab_profile 11-test-root.conf <<END
[trusted-root test-root]
certificate = $LAB_TEST_ROOT
store = signet
END
    lab_test_profile wifi 'type = device' "$@"
    renewal_agent_start
    lab_keyd_start
}

case_renewal_year_after_year() {
    local key year before
    renewal_start
    lab_wait 30 renewal_is_generation 1
    lab_signs root device wifi
    for year in 1 2 3; do
        before=$(renewal_asked 'RenewalReq issued')
        key=$(renewal_entry fingerprint)
        renewal_time "+$((year * 335))d"
        # Overdue, and it works: after a reboot it gets a moment of its own. Who asks for a cycle has it at once.
        renewal_boot
        expect_equal "generation after a reboot" "$year" "$(renewal_entry generation)"
        expect_equal "requests by a reboot" "$before" "$(renewal_asked 'RenewalReq issued')"
        expect_equal "what comes next" renew "$(renewal_entry next_action)"
        renewal_cycle
        expect_equal "generation" "$((year + 1))" "$(renewal_entry generation)"
        [ "$(renewal_entry fingerprint)" != "$key" ] || fail "it is the same certificate"
        lab_signs root device wifi
        renewal_cycle
        expect_equal "renewals" "$year" "$(renewal_asked 'RenewalReq issued')"
    done
    expect_equal "first requests" 1 "$(renewal_asked 'PKCSReq')"
}

renewal_is_generation() { [ "$(renewal_entry generation)" = "$1" ]; }

case_renewal_moment_comes_by_itself() {
    renewal_start
    lab_wait 30 renewal_is_generation 1
    renewal_time +335d
    renewal_boot
    expect_equal "generation" 1 "$(renewal_entry generation)"
    renewal_time +336d # later than any such moment
    renewal_boot
    lab_wait 30 renewal_is_generation 2
    expect_equal "renewals" 1 "$(renewal_asked 'RenewalReq issued')"
}

case_renewal_while_the_old_one_expires() {
    renewal_start
    lab_wait 30 renewal_is_generation 1
    lab_test_ca_behaves refuse:2
    renewal_time +360d
    renewal_cycle
    expect_match "what is told" 'badRequest.*; the certificate that is there is good until 20' "$(renewal_entry reason)"
    expect_equal "state" renewing "$(renewal_entry state)"
    lab_signs root device wifi
    renewal_time +366d
    renewal_cycle
    expect_equal "state" expired "$(renewal_entry state)"
    lab_test_ca_behaves
    renewal_boot # nothing works: at once
    lab_wait 30 renewal_is_generation 2
    expect_equal "state" installed "$(renewal_entry state)"
    expect_equal "renewals" 0 "$(renewal_asked 'RenewalReq issued')"
    expect_equal "first requests" 2 "$(renewal_asked 'PKCSReq issued')"
    lab_signs root device wifi
}

# scepserver keeps the right time, so what it gives to a clock that is 330 days ahead is due when it comes.
case_renewal_with_scepserver() {
    local requests
    renewal_time +0d
    lab_ca_start
    lab_root_profile
    lab_device_profile
    renewal_agent_start
    lab_keyd_start
    renewal_cycle
    expect_equal "generation" 1 "$(lab_entry device lab-device generation)"
    renewal_time +330d
    renewal_cycle
    expect_equal "generation" 2 "$(lab_entry device lab-device generation)"
    expect_equal "state" installed "$(lab_entry device lab-device state)"
    lab_signs root device lab-device
    requests=$(lab_requests)
    for _ in 1 2 3 4 5; do
        renewal_cycle
    done
    expect_equal "requests by five cycles" "$requests" "$(lab_requests)"
    renewal_time +331d
    renewal_cycle
    expect_equal "generation a day later" 3 "$(lab_entry device lab-device generation)"
}

case_clock_that_leaps_and_comes_back() {
    local requests
    renewal_start
    lab_wait 30 renewal_is_generation 1
    requests=$(renewal_asked PKIOperation)
    lab_test_ca_behaves 500
    renewal_time +1800d
    renewal_boot
    renewal_cycle
    expect_equal "state in five years" expired "$(renewal_entry state)"
    renewal_time -400d
    renewal_cycle
    renewal_time +0d
    lab_test_ca_behaves
    renewal_boot
    renewal_cycle
    expect_equal "state" installed "$(renewal_entry state)"
    expect_equal "reason" "" "$(renewal_entry reason)"
    expect_equal "generation" 1 "$(renewal_entry generation)"
    expect_equal "requests" "$requests" "$(renewal_asked 'PKIOperation 200')"
    lab_signs root device wifi
}

# --- pending

case_pending_across_restarts() {
    local transaction
    renewal_start
    lab_wait 30 renewal_is_generation 1
    lab_test_ca_behaves pending:3
    lab_test_profile wifi 'type = device' 'san = dns:box.example.org'
    renewal_cycle
    expect_equal "state" pending "$(renewal_entry state)"
    transaction=$(jq -r .transactionID /var/lib/signet/device/wifi/state.json)
    expect_match "signet show" 'Approval +waited for since .*, until ' "$(signet show wifi --device)"
    expect_match "signet status" 'has not decided yet: somebody there has to approve the request \(for .*; a new request on ' "$(signet status)"

    lab_stop agent KILL
    renewal_time +3d
    renewal_agent_start
    lab_wait 30 renewal_has_polled 1 # in its first cycle
    renewal_cycle
    expect_equal "polls" 1 "$(renewal_asked CertPoll)"
    expect_equal "transaction" "$transaction" "$(jq -r .transactionID /var/lib/signet/device/wifi/state.json)"
    renewal_time +4d
    renewal_enroll
    renewal_enroll
    expect_equal "polls" 2 "$(renewal_asked CertPoll)"
    renewal_time +5d
    lab_test_ca_behaves
    renewal_enroll
    expect_equal "state" installed "$(renewal_entry state)"
    expect_equal "transaction" "$transaction" "$(renewal_entry transaction_id)"
    expect_equal "requests" 1 "$(renewal_asked 'PKCSReq pending')"
    lab_signs root device wifi
}

renewal_has_polled() { [ "$(renewal_asked CertPoll)" -ge "$1" ]; }

case_pending_for_too_long() {
    local transaction
    renewal_start 'poll-limit = 10 days'
    lab_wait 30 renewal_is_generation 1
    lab_test_ca_behaves pending:99
    lab_test_profile wifi 'type = device' 'san = dns:box.example.org' 'poll-limit = 10 days'
    renewal_cycle
    transaction=$(jq -r .transactionID /var/lib/signet/device/wifi/state.json)
    renewal_time +11d # it was off
    renewal_enroll
    expect_equal "state" pending "$(renewal_entry state)"
    renewal_time +12d
    renewal_enroll
    expect_match "reason" 'has not decided in 12 days: the request is given up' "$(renewal_entry reason)"
    expect_equal "state" renewing "$(renewal_entry state)"
    lab_signs root device wifi # with the one before
    renewal_time +13d
    renewal_cycle
    expect_equal "state" pending "$(renewal_entry state)"
    expect_equal "requests" 2 "$(renewal_asked 'PKCSReq pending')"
    [ "$(jq -r .transactionID /var/lib/signet/device/wifi/state.json)" != "$transaction" ] || fail "it is the same transaction"
}
