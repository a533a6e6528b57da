# shellcheck shell=bash
# What signing in gives, and what it costs.
case_lab_stands_up() {
    lab_ca_start
    lab_radius_start
    lab_profiles
    expect_equal "requests" 0 "$(lab_requests)"
}

case_sign_in_gives_a_certificate_within_two_seconds() {
    local before after certificate
    lab_start
    before=$(lab_ms)
    lab_sign_in alice
    after=$(lab_ms)
    expect_at_most "milliseconds of open_session with enrolment" 2000 $((after - before))
    expect_equal "state" installed "$(lab_entry alice lab-user state)"
    certificate=$(lab_as alice p11tool --export "$(lab_uri alice lab-user cert)")
    openssl verify -CAfile "$LAB_ROOT" <<<"$certificate"
}

case_subject_and_names_are_those_of_the_profile() {
    local certificate names
    lab_start_with_certificates
    certificate=$(lab_certificate_of alice lab-user)
    expect_equal "subject" "subject=CN=alice,OU=People,O=Example,C=SE" \
        "$(openssl x509 -noout -subject -nameopt RFC2253 <<<"$certificate")"
    names=$(openssl x509 -noout -ext subjectAltName <<<"$certificate")
    expect_match "subject alternative names" 'email:alice@example.org' "$names"
    expect_match "key" '2048 bit' "$(openssl x509 -noout -text <<<"$certificate")"
}

case_device_names_are_those_of_the_profile() {
    local certificate
    lab_start_with_certificates
    certificate=$(lab_certificate_of device lab-device)
    expect_equal "subject" "subject=CN=lab-host,OU=Machines,O=Example,C=SE" \
        "$(openssl x509 -noout -subject -nameopt RFC2253 <<<"$certificate")"
    expect_match "subject alternative names" 'DNS:lab-host.example.org' \
        "$(openssl x509 -noout -ext subjectAltName <<<"$certificate")"
}

# The users' profile alone, so that requests are theirs.
start_for_users() { lab_ca_start && lab_root_profile && lab_user_profile && lab_signet_start; }

case_signing_in_again_costs_no_request() {
    start_for_users
    lab_sign_in alice
    expect_equal "requests of the first sign-in" 1 "$(lab_requests)"
    for _ in 1 2 3; do lab_sign_in alice; done
    expect_equal "requests of four sign-ins" 1 "$(lab_requests)"
}

case_two_sign_ins_at_once_make_one_request() {
    local one two
    start_for_users
    lab_sign_in alice &
    one=$!
    lab_sign_in alice &
    two=$!
    wait $one
    wait $two
    expect_equal "requests of two sign-ins at the same moment" 1 "$(lab_requests)"
    expect_equal "generation" 1 "$(lab_entry alice lab-user generation)"
}

case_those_whom_no_profile_applies_to_cost_nothing() {
    start_for_users
    lab_sign_in root
    lab_sign_in netmon
    expect_equal "requests of root's and a service's sign-in" 0 "$(lab_requests)"
}

# The limits tell waiting from not waiting, on a busy machine too: wait= is 15, and the hung agent stays for a minute.
case_a_login_never_waits_for_a_missing_agent() {
    local before
    lab_ca_start
    lab_profiles
    before=$(lab_ms)
    lab_sign_in alice
    expect_at_most "milliseconds of a sign-in without an agent" 10000 $(($(lab_ms) - before))
}

case_a_login_never_waits_for_a_hung_agent() {
    local before
    lab_spawn hung root socat -u UNIX-LISTEN:/run/signet/agent.sock,fork,mode=666 EXEC:'sleep 60'
    lab_wait 30 test -S /run/signet/agent.sock
    lab_pam_service
    before=$(lab_ms)
    lab_sign_in alice
    expect_at_most "milliseconds of a sign-in that does not wait" 10000 $(($(lab_ms) - before))
    lab_pam_service wait=2
    before=$(lab_ms)
    lab_sign_in alice
    expect_at_most "milliseconds of a sign-in with wait=2" 10000 $(($(lab_ms) - before))
}

case_a_login_survives_rubbish_from_the_agent() {
    local words
    for words in '' 'hello\n' '{"result":1}\n' '\0\377\n' '{"progress":' '[[[[\n{}\n'; do
        # shellcheck disable=SC2059
        printf "$words" >"$LAB/tmp/words"
        lab_spawn rubbish root socat UNIX-LISTEN:/run/signet/agent.sock,unlink-early,mode=666 \
            SYSTEM:"head -n 1 >/dev/null; cat $LAB/tmp/words"
        lab_wait 30 test -S /run/signet/agent.sock
        lab_sign_in alice
        lab_wait 30 test -e "$LAB/process/rubbish.status"
        rm -f /run/signet/agent.sock
    done
}
