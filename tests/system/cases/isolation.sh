# shellcheck shell=bash
# Who may see what, and who may sign with what.

case_bob_sees_nothing_of_alices() {
    lab_start_with_certificates
    expect_match "tokens that alice sees" 'signet%20user' "$(lab_as alice p11tool --list-tokens)"
    expect_no_match "tokens that bob sees" 'serial=2001' "$(lab_as bob p11tool --list-tokens)"
    expect_no_match "objects that bob sees" 'lab-user' "$(lab_as bob p11tool --list-all "pkcs11:" 2>&1)"
    expect_no_match "entries that bob is told of" 'lab-user.*alice|alice.*lab-user' "$(lab_ask '{"op":"list"}' bob)"
    expect_match "bob renewing alice's" '"class":"denied"' \
        "$(lab_ask '{"op":"renew","uid":2001,"profile":"lab-user"}' bob)"
    expect_match "bob removing alice's" '"class":"denied"' \
        "$(lab_ask '{"op":"remove","uid":2001,"profile":"lab-user"}' bob)"
    lab_signs alice alice lab-user
}

case_keyd_refuses_a_request_made_by_hand() {
    local forge=("$LAB/forge-sign" /run/signet/keyd.sock 2001 1 lab-user)
    lab_start_with_certificates
    # The same words are good when they are alice's or root's own.
    expect_match "alice" '^signed 256 bytes' "$(lab_as alice "${forge[@]}")"
    expect_match "root" '^signed 256 bytes' "$("${forge[@]}")"
    expect_match "bob" '^refused: ' "$(lab_as bob "${forge[@]}" || true)"
    expect_match "nobody" '^refused: ' "$(lab_as nobody "${forge[@]}" || true)"
}

case_nobody_reads_a_key_file() {
    local user file
    lab_start_with_certificates
    file=$(find /var/lib/signet/users/2001 -name key.pem | head -n 1)
    [ -n "$file" ] || fail "there is no key file in the store"
    for user in alice bob netmon; do
        expect_failure "$user reads $file" lab_as "$user" cat "$file"
        expect_failure "$user lists the store" lab_as "$user" ls /var/lib/signet
    done
    # Nor does any of the service's processes give it away to those who may not trace it.
    expect_failure "alice reads keyd's memory" lab_as alice cat "/proc/$(lab_pid keyd)/mem"
    expect_failure "alice reads the agent's environment" lab_as alice cat "/proc/$(lab_pid agent)/environ"
}

case_root_uses_both_keys() {
    lab_start_with_certificates
    lab_signs root alice lab-user
    lab_signs root device lab-device
}

case_device_key_is_for_root_and_key_access() {
    local answer
    lab_ca_start
    groupadd readers
    usermod -a -G readers bob
    lab_root_profile
    lab_device_profile 'key-access = netmon, @readers'
    lab_signet_start
    answer=$(lab_ask '{"op":"cycle"}')
    expect_match "cycle" '"result":"ok"' "$answer"
    lab_signs root device lab-device
    lab_signs netmon device lab-device
    lab_signs bob device lab-device
    expect_failure "alice signs with the machine's key" lab_signs alice device lab-device
}
