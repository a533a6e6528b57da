# shellcheck shell=bash
# Bad servers: each is told in one clear line that names the server, and the earlier certificate goes on working.

# server_fault WHAT REGEX: with the profile pointing at URL (default: port 2017) a renewal fails so.
server_fault() {
    local before said
    before=$(lab_entry alice lab-user fingerprint)
    sed -i "s|^url = .*|url = ${3:-http://127.0.0.1:2017/scep}|" /etc/signet/conf.d/20-user.conf
    said=$(lab_renew alice lab-user)
    expect_match "$1: the result" '"result":"error"' "$said"
    expect_one_line "$1: the message" "$2" "$(jq -r .message <<<"$said")"
    expect_match "$1: the message names the server" '127\.0\.0\.1:20' "$(jq -r .message <<<"$said")"
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

# A server on port 2017 that answers every request with what the file holds.
server_start() {
    lab_spawn server root socat TCP-LISTEN:2017,fork,reuseaddr,bind=127.0.0.1 \
        SYSTEM:"while read -r line && [ \${#line} -gt 1 ]; do :; done; cat $1"
    lab_wait 5 lab_listening 2017
}

case_server_refuses() {
    lab_start_with_certificates
    server_fault "nobody listens" '[Rr]efused|connect'
    server_well_again
}

case_server_hangs() {
    local before
    lab_start_with_certificates
    lab_spawn server root socat -u TCP-LISTEN:2017,fork,reuseaddr,bind=127.0.0.1 EXEC:'sleep 300'
    lab_wait 5 lab_listening 2017
    before=$(lab_ms)
    server_fault "no answer" '[Tt]ime|[Nn]o answer'
    expect_at_most "milliseconds until a hanging server is given up" 100000 $(($(lab_ms) - before))
    server_well_again
}

case_server_answers_html() {
    lab_start_with_certificates
    printf 'HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body>Log in first</body></html>\n' \
        >"$LAB/tmp/html"
    server_start "$LAB/tmp/html"
    server_fault "a web page" '127\.0\.0\.1:2017'
    server_well_again
}

case_server_answers_an_error() {
    lab_start_with_certificates
    printf 'HTTP/1.0 500 Internal Server Error\r\n\r\nout of order\n' >"$LAB/tmp/error"
    server_start "$LAB/tmp/error"
    server_fault "an HTTP error" '500'
    server_well_again
}

case_server_never_stops_answering() {
    lab_start_with_certificates
    mkfifo "$LAB/tmp/endless"
    lab_spawn server root socat TCP-LISTEN:2017,fork,reuseaddr,bind=127.0.0.1 \
        SYSTEM:"printf 'HTTP/1.0 200 OK\r\n\r\n'; cat /dev/zero"
    lab_wait 5 lab_listening 2017
    server_fault "an endless answer" '127\.0\.0\.1:2017'
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
