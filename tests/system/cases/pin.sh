# shellcheck shell=bash
# key-storage = tpm-pin: a key that its user opens with a PIN.

PIN=secret-12

# pin_give USER PROFILE PIN: from a pipe, as a script would.
pin_give() { lab_as "$1" signet pin "$2" <<<"$3" 2>&1; }

# alice's profile wants a PIN; the lines replace its own.
pin_profile() {
    lab_user_profile "$@"
    sed -i 's/^key-storage = .*/key-storage = tpm-pin/' /etc/signet/conf.d/20-user.conf
}

pin_machine() {
    lab_ca_start
    lab_root_profile
    pin_profile
    lab_tpm_start tpm
    lab_tpm_machine tpm
}

pin_enrolled() {
    pin_machine
    expect_match "signet pin" '^lab-user +alice +installed' "$(pin_give alice lab-user $PIN)"
}

# A user has a server asked once a minute: let that be over.
pin_later() {
    local state
    state=/var/lib/signet/users/$(id -u alice)/lab-user/state.json
    jq -c '.asked = 0' "$state" >"$LAB/tmp/state" && cat "$LAB/tmp/state" >"$state"
}

# pin_uri [TYPE]
pin_uri() { lab_as alice signet uri lab-user ${1:+--type "$1"}; }

# pin_p11 PIN COMMAND...: p11tool, which asks nobody.
pin_p11() {
    local pin=$1
    shift
    lab_as alice env GNUTLS_PIN="$pin" p11tool --batch "$@" 2>&1
}

case_a_key_waits_for_its_users_pin() {
    pin_machine
    lab_sign_in alice
    lab_wait 30 test -e "/var/lib/signet/users/$(id -u alice)/lab-user/state.json"
    expect_match "cycle" '"result":"ok"' "$(lab_ask '{"op":"cycle"}')"
    expect_equal "state" waiting "$(lab_entry alice lab-user state)"
    expect_match "status" 'choose a PIN: signet pin lab-user' "$(lab_as alice signet status)"
    expect_equal "nobody was asked" 0 "$(lab_requests || true)"
    expect_match "enroll" 'choose a PIN' "$(lab_as alice signet enroll lab-user 2>&1 || true)"
    expect_match "too short" 'at least 6 characters' "$(pin_give alice lab-user 12345 || true)"
    expect_match "root for alice" 'may give a PIN for itself only' \
        "$(lab_ask "{\"op\":\"pin\",\"uid\":$(id -u alice),\"profile\":\"lab-user\",\"pin\":\"$PIN\"}")"
    expect_match "signet pin" '^lab-user +alice +installed' "$(pin_give alice lab-user $PIN)"
    expect_equal "where the key is" tpm-pin "$(lab_entry alice lab-user key_storage)"
    expect_no_match "the PIN in any log" "$PIN" "$(cat "$LAB"/log/*)"
    ! grep -rq "$PIN" /var/lib/signet || fail "the PIN is in the store"
}

case_a_pin_is_never_seen() {
    local needles=$LAB/tmp/pin.needles
    echo $PIN >"$needles"
    pin_machine
    lab_spawn watch root /run/lab/watch-secrets "$needles" signet
    lab_wait 30 grep -q watching "$(lab_log watch)"
    lab_as alice signet pin lab-user <"$needles" >"$LAB/tmp/pin.said" 2>&1
    lab_as alice signet pin lab-user <"$needles" >>"$LAB/tmp/pin.said" 2>&1 || true # too soon
    lab_as alice signet show lab-user --json >>"$LAB/tmp/pin.said" 2>&1
    lab_ask "{\"op\":\"pin\",\"profile\":\"lab-user\",\"pin\":\"$PIN\" x}" alice >>"$LAB/tmp/pin.said"
    lab_stop watch
    expect_match "what was looked at" '^saw signet-agent' "$(cat "$(lab_log watch)")"
    expect_no_match "what was seen" 'secret|dumped' "$(cat "$(lab_log watch)")"
    expect_equal "files with the PIN in them" '' "$(grep -lFf "$needles" -r "$LAB/tmp/pin.said" "$(lab_log agent)" \
        "$(lab_log keyd)" /var/lib/signet /run/signet || true)"
}

case_a_pin_opens_the_key_for_p11tool() {
    local uri tokens
    pin_enrolled
    uri=$(pin_uri private)
    expect_match "signet uri" '^pkcs11:token=lab-user;serial=[0-9a-f]{16};object=lab-user;' "$uri"
    tokens=$(lab_as alice p11tool --list-tokens)
    expect_match "its token" 'Label: lab-user' "$tokens"
    expect_match "it wants a login" 'Flags:.*Requires login' "$(grep -A8 'Label: lab-user' <<<"$tokens")"
    expect_no_match "bob's tokens" 'Label: lab-user' "$(lab_as bob p11tool --list-tokens)"
    expect_match "the certificate needs none" 'Type: X.509' "$(lab_as alice p11tool --list-all 'pkcs11:token=lab-user')"
    expect_no_match "the key needs one" 'Private key' "$(lab_as alice p11tool --list-all 'pkcs11:token=lab-user')"
    expect_match "with it" 'Type: Private key' "$(pin_p11 $PIN --login --list-all 'pkcs11:token=lab-user')"
    pin_p11 $PIN --login --test-sign "$uri" >>"$(lab_log p11tool)"
    expect_failure "p11tool with a wrong PIN" pin_p11 guessed --login --test-sign "$uri"
    pin_p11 $PIN --login --test-sign "$uri" >>"$(lab_log p11tool)"
}

case_a_pin_opens_the_key_for_curl_and_eapol_test() {
    local key
    pin_enrolled
    clients_https_start
    key="$(pin_uri private);pin-value=$PIN"
    lab_as alice curl -sS --cacert "$LAB_ROOT" --cert "$(pin_uri cert)" --key "$key" https://localhost:4433/ >"$LAB/tmp/page"
    expect_match "curl" 'Subject:.*CN ?= ?alice' "$(cat "$LAB/tmp/page")"
    expect_failure "curl with a wrong PIN" lab_as alice curl -sS --cacert "$LAB_ROOT" --cert "$(pin_uri cert)" \
        --key "$(pin_uri private);pin-value=guessed" https://localhost:4433/
    lab_radius_start
    lab_network_block alice lab-user >"$LAB/tmp/eapol"
    sed -i "s|^\( *private_key=\).*|\1\"$key\"|; s|^\( *client_cert=\).*|\1\"$(pin_uri cert)\"|" "$LAB/tmp/eapol"
    lab_as alice timeout 30 eapol_test -c "$LAB/tmp/eapol" -s testing123 -a 127.0.0.1 -t 20 >>"$(lab_log eapol)" 2>&1
}

case_a_renewal_wants_the_same_pin() {
    local serial uri
    pin_enrolled
    serial=$(lab_entry alice lab-user serial)
    uri=$(pin_uri)
    expect_match "renewal without" 'renewal needs your PIN: signet pin lab-user' "$(lab_as alice signet renew lab-user 2>&1 || true)"
    pin_later
    expect_match "with a wrong one" 'the PIN is wrong' "$(pin_give alice lab-user guessed || true)"
    expect_equal "nothing has changed" "$serial" "$(lab_entry alice lab-user serial)"
    expect_match "with the right one" '^lab-user +alice +installed' "$(pin_give alice lab-user $PIN)"
    [ "$serial" != "$(lab_entry alice lab-user serial)" ] || fail "nothing was renewed"
    expect_equal "its URIs" "$uri" "$(pin_uri)"
    pin_p11 $PIN --login --test-sign "$(pin_uri private)" >>"$(lab_log p11tool)"
}

case_a_pending_request_is_finished_without_a_pin() {
    lab_ca_start
    lab_test_ca_start
    lab_test_profile test-pin 'type = user' 'key-type = ec'
    sed -i 's/^key-storage = .*/key-storage = tpm-pin/' /etc/signet/conf.d/50-test-pin.conf
    lab_test_ca_behaves pending
    lab_tpm_start tpm
    lab_tpm_machine tpm
    expect_match "signet pin" '^test-pin +alice +pending' "$(pin_give alice test-pin $PIN)"
    lab_test_ca_behaves
    expect_match "a poll" '"result":"ok"' "$(lab_ask "{\"op\":\"renew\",\"uid\":$(id -u alice),\"profile\":\"test-pin\"}")"
    expect_equal "state" installed "$(lab_entry alice test-pin state)"
    pin_p11 $PIN --login --test-sign "$(lab_as alice signet uri test-pin --type private)" >>"$(lab_log p11tool)"
}

# Hours pass for who was wrong, as far as signet counts.
pin_hours_pass() { truncate -s 0 /run/signet/wrong-pins; }

case_wrong_pins_have_to_wait_everywhere() {
    local try
    pin_enrolled
    pin_later
    expect_match "agent" 'the PIN is wrong' "$(pin_give alice lab-user guessed || true)"
    for try in 1 2; do
        expect_failure "wrong PIN $try" pin_p11 "guessed-$try" --login --test-sign "$(pin_uri private)"
    done
    expect_match "the right one, too early" 'CKR_PIN_LOCKED|PIN is locked|locked' \
        "$(pin_p11 $PIN --login --test-sign "$(pin_uri private)" || true)"
    expect_match "keyd says why" 'lab-user: too many wrong PINs: for a while none is tried' "$(cat "$(lab_log keyd)")"
    lab_stop keyd && lab_keyd_start --tpm "$(lab_tpm tpm)"
    expect_failure "a keyd that was restarted" pin_p11 $PIN --login --test-sign "$(pin_uri private)"
    expect_match "the agent too" 'too many wrong PINs; the next one, right or wrong, is tried in [0-9]+ seconds' \
        "$(pin_give alice lab-user $PIN || true)"
    expect_equal "the count" "signet 600" "$(stat -c '%U %a' /run/signet/wrong-pins)"
}

case_too_many_wrong_pins_lock_the_tpm() {
    local try
    pin_enrolled
    for try in 1 2 3 4; do
        expect_failure "wrong PIN $try" pin_p11 "guessed-$try" --login --test-sign "$(pin_uri private)"
        pin_hours_pass
    done
    expect_failure "the right PIN, too late" pin_p11 $PIN --login --test-sign "$(pin_uri private)"
    expect_match "keyd says why" 'the TPM has had too many wrong PINs' "$(cat "$(lab_log keyd)")"
}
