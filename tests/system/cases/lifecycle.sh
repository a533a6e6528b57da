# shellcheck shell=bash
# What becomes of certificates when profiles, people and directories change.

# lifecycle_state PROFILE [OWNER]: state and reason, as root is told.
lifecycle_state() {
    lab_ask '{"op":"list"}' |
        jq -r --arg p "$1" --arg o "${2:-alice}" '.entries[] | select(.profile == $p and .owner == $o) | "\(.state): \(.reason)"'
}

case_account_made_anew_gets_nothing_of_the_old() {
    local uri
    lab_start_with_certificates
    uri=$(lab_uri alice lab-user cert)
    lab_signs alice alice lab-user
    userdel -r alice
    useradd -m -u 2001 mallory
    # Before the agent has noticed: neither her certificate, nor a signature, nor a word about it.
    expect_no_match "objects that mallory sees" 'lab-user' "$(lab_as mallory p11tool --list-all "pkcs11:" 2>&1)"
    expect_failure "mallory exports alice's certificate" lab_as mallory p11tool --export "$uri"
    expect_match "mallory signing with alice's key" '^refused: ' \
        "$(lab_as mallory "$LAB/forge-sign" /run/signet/keyd.sock 2001 1 lab-user || true)"
    expect_no_match "what mallory is told" 'alice|not_after' "$(lab_ask '{"op":"list"}' mallory)"
    # Signing in brings a key and a certificate of her own, and no renewal with the old one.
    lab_sign_in mallory
    expect_match "mallory's certificate" 'CN=mallory' "$(lab_ask '{"op":"list"}' mallory | jq -r '.entries[].subject')"
    expect_equal "generation" 1 "$(lab_entry mallory lab-user generation)"
    lab_signs mallory mallory lab-user
    expect_match "the agent's log" "another user's who had the uid 2001" "$(cat "$(lab_log agent)")"
}

case_user_who_is_gone_keeps_until_root_removes() {
    lab_start_with_certificates
    userdel -r alice
    expect_match "a cycle" '"result":"ok"' "$(lab_ask '{"op":"cycle"}')"
    expect_match "what is told of it" 'not-applicable: no user has the uid 2001; "signet remove --user 2001 lab-user"' \
        "$(lifecycle_state lab-user 2001)"
    expect_match "the agent's log" 'no user has the uid 2001: its certificates \(1\) are left' "$(cat "$(lab_log agent)")"
    [ -e /var/lib/signet/users/2001/lab-user/current ] || fail "it was removed"
    signet remove --user 2001 lab-user
    [ ! -e /var/lib/signet/users/2001/lab-user ] || fail "it was not removed"
}

case_directory_that_is_down_removes_nothing() {
    local before
    lab_start_with_certificates
    before=$(lab_entry alice lab-user fingerprint)
    # She is not in this group; but while nobody can tell, nobody can know.
    sed -i '/^\[scep/a assign-groups = staff' /etc/signet/conf.d/20-user.conf
    cp /etc/nsswitch.conf "$LAB/tmp/nsswitch.conf"
    sed -i 's/^group:.*/group: nosuchmodule/' /etc/nsswitch.conf
    lab_ask '{"op":"cycle"}' >"$LAB/tmp/cycle"
    expect_match "the cycle" '"class":"retry"' "$(cat "$LAB/tmp/cycle")"
    [ -e /var/lib/signet/users/2001/lab-user/current ] || fail "it was removed"
    cat "$LAB/tmp/nsswitch.conf" >/etc/nsswitch.conf
    sed -i '/^assign-groups/d' /etc/signet/conf.d/20-user.conf
    expect_match "a cycle with groups again" '"result":"ok"' "$(lab_ask '{"op":"cycle"}')"
    expect_equal "alice's certificate" "$before" "$(lab_entry alice lab-user fingerprint)"
    lab_signs alice alice lab-user
}

case_profile_edited_unassigned_and_gone() {
    local before
    lab_start_with_certificates
    before=$(lab_entry alice lab-user fingerprint)
    sed -i 's/^description = .*/description = Another word for it/' /etc/signet/conf.d/20-user.conf
    lab_ask '{"op":"cycle"}' >"$LAB/tmp/cycle"
    expect_equal "after an edit of the description" "$before" "$(lab_entry alice lab-user fingerprint)"
    sed -i 's/^subject = .*/&,OU=Moved/' /etc/signet/conf.d/20-user.conf
    lab_ask '{"op":"cycle"}' >"$LAB/tmp/cycle"
    expect_match "subject after an edit" 'OU=Moved' "$(lab_entry alice lab-user subject)"
    lab_signs alice alice lab-user
    sed -i '/^\[scep/a exclude-users = alice' /etc/signet/conf.d/20-user.conf
    lab_ask '{"op":"cycle"}' >"$LAB/tmp/cycle"
    expect_match "after an exclusion" '^removed: no profile asks for it any more: .*20-user.conf:2: ' \
        "$(lifecycle_state lab-user)"
    expect_no_match "objects that alice sees" 'lab-user' "$(lab_as alice p11tool --list-all "pkcs11:" 2>&1)"
    [ ! -e /var/lib/signet/users/2001/lab-user ] || fail "the key is still there"
    expect_match "signet status" 'removed' "$(signet status)"
    mv /etc/signet/conf.d/20-user.conf "$LAB/tmp/20-user.conf"
    expect_match "with the file gone too" '^removed: .*20-user.conf:2: ' "$(lifecycle_state lab-user)"
    sed '/^exclude-users/d' "$LAB/tmp/20-user.conf" | lab_profile 20-user.conf
    lab_ask '{"op":"cycle"}' >"$LAB/tmp/cycle"
    expect_equal "back again" "installed: null" "$(lifecycle_state lab-user)"
    lab_signs alice alice lab-user
}

case_root_profile_gone_leaves_what_works() {
    lab_start_with_certificates
    mv /etc/signet/conf.d/10-root.conf "$LAB/tmp/"
    lab_ask '{"op":"cycle"}' >"$LAB/tmp/cycle"
    expect_match "state" '^waiting: .*there is no \[trusted-root' "$(lifecycle_state lab-user)"
    lab_signs alice alice lab-user
    mv "$LAB/tmp/10-root.conf" /etc/signet/conf.d/
    lab_ask '{"op":"cycle"}' >"$LAB/tmp/cycle"
    expect_equal "state with the root again" "installed: null" "$(lifecycle_state lab-user)"
}

case_user_in_a_loop_does_not_burden_the_ca() {
    local i requests
    lab_start_with_certificates
    requests=$(lab_requests)
    for ((i = 0; i < 20; i++)); do
        lab_as alice signet renew lab-user >>"$LAB/tmp/loop" 2>&1 || true
    done
    [ "$(lab_requests)" -le $((requests + 1)) ] || fail "$(lab_requests) requests"
    expect_match "what alice is told" 'again in [0-9]+ seconds' "$(cat "$LAB/tmp/loop")"
}
