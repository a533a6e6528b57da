# shellcheck shell=bash
# Bad servers: each is told in one clear line that names the server, and the earlier certificate goes on working.

# server_fault WHAT URL REGEX: with the profile pointing at URL a renewal fails so.
server_fault() {
    local before said
    before=$(lab_entry alice lab-user fingerprint)
    sed -i "s|^url = .*|url = $2|" /etc/signet/conf.d/20-user.conf
    said=$(lab_renew alice lab-user)
    expect_match "$1: the result" '"result":"error"' "$said"
    expect_one_line "$1: the message" "$3" "$(jq -r .message <<<"$said")"
    expect_match "$1: the message names the server" "$2" "$(jq -r .message <<<"$said")"
    expect_equal "$1: alice's certificate" "$before" "$(lab_entry alice lab-user fingerprint)"
    lab_signs alice alice lab-user
}

# Once the server is well again so is the entry.
server_well_again() {
    local before said
    before=$(lab_entry alice lab-user fingerprint)
    sed -i "s|^url = .*|url = $LAB_SCEP|" /etc/signet/conf.d/20-user.conf
    said=$(lab_renew alice lab-user)
    expect_match "renewal from the good server" '"result":"ok"' "$said"
    [ "$before" != "$(lab_entry alice lab-user fingerprint)" ] || fail "the certificate is the old one"
    lab_signs alice alice lab-user
}

case_server_refuses() {
    lab_start_with_certificates
    server_fault "nobody listens" http://127.0.0.1:2017/scep '[Rr]efused|connect'
    server_well_again
}

case_server_hangs() {
    local before
    lab_start_with_certificates
    lab_test_ca_start
    lab_test_ca_behaves hang
    before=$(lab_ms)
    server_fault "no answer" "$LAB_TEST_SCEP" '[Tt]ime|[Nn]o answer'
    expect_at_most "milliseconds until a hanging server is given up" 100000 $(($(lab_ms) - before))
    server_well_again
}

case_server_answers_html_or_errors() {
    lab_start_with_certificates
    lab_test_ca_start
    lab_test_ca_behaves html
    server_fault "a web page" "$LAB_TEST_SCEP" 'HTML|html|web page|[Cc]ertificate'
    lab_test_ca_behaves 500
    server_fault "an HTTP error" "$LAB_TEST_SCEP" '500'
    lab_test_ca_behaves 404
    server_fault "another" "$LAB_TEST_SCEP" '404'
    lab_test_ca_behaves empty
    server_fault "an empty answer" "$LAB_TEST_SCEP" 'empty'
    lab_test_ca_behaves close
    server_fault "a closed connection" "$LAB_TEST_SCEP" '.'
    lab_test_ca_behaves
    server_fault "a CA of another root" "$LAB_TEST_SCEP" 'lab-root|root|trust'
    server_well_again
}

case_server_never_stops_answering() {
    lab_start_with_certificates
    printf 'HTTP/1.0 200 OK\r\n\r\n' >"$LAB/tmp/head"
    lab_spawn server root socat TCP-LISTEN:2017,fork,reuseaddr,bind=127.0.0.1 \
        SYSTEM:"cat $LAB/tmp/head /dev/zero"
    lab_wait 30 lab_listening 2017
    server_fault "an endless answer" http://127.0.0.1:2017/scep 'large|more than|limit|bytes'
    server_well_again
}

case_server_wants_another_challenge() {
    lab_start
    sed -i 's/^challenge = .*/challenge = static:wrong/' /etc/signet/conf.d/20-user.conf
    lab_sign_in alice
    expect_equal "state" error "$(lab_entry alice lab-user state)"
    expect_match "reason" '127\.0\.0\.1:2016' "$(lab_entry alice lab-user reason)"
    expect_no_match "the challenge in the logs" 'static:wrong' "$(cat "$(lab_log agent)" "$(lab_log keyd)")"
    sed -i "s/^challenge = .*/challenge = static:$LAB_CHALLENGE/" /etc/signet/conf.d/20-user.conf
    expect_match "enrolment with the right one" '"result":"ok"' "$(lab_ask '{"op":"enroll","uid":2001}')"
    lab_signs alice alice lab-user
}

# What comes with a good signature and is still not what was asked for: only our own CA can be made to answer so.
case_server_issues_for_another_key_or_from_another_ca() {
    local before said rule
    lab_ca_start
    lab_test_ca_start
    lab_test_profile test-user 'type = user' 'assign-users = alice'
    lab_signet_start
    lab_sign_in alice
    before=$(lab_entry alice test-user fingerprint)
    [ -n "$before" ] || fail "alice has no certificate to begin with"
    for rule in other-key other-ca old-certificate expired wrong-nonce wrong-transaction wrong-signer bad-signature \
        no-envelope pki/garbage pki/cut-off pki/empty; do
        lab_test_ca_behaves "$rule"
        said=$(lab_renew alice test-user)
        expect_match "$rule: the result" '"result":"error"' "$said"
        expect_one_line "$rule: the message names the server" '127\.0\.0\.1:2018' "$(jq -r .message <<<"$said")"
        expect_equal "$rule: alice's certificate" "$before" "$(lab_entry alice test-user fingerprint)"
        lab_signs alice alice test-user
        echo "$rule: $(jq -r .message <<<"$said")"
    done
    lab_test_ca_behaves
    expect_match "renewal from the good server" '"result":"ok"' "$(lab_renew alice test-user)"
    lab_signs alice alice test-user
}
