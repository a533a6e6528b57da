# shellcheck shell=bash
# Whom a profile is for, and on which machines; and that `signet list --why` tells which line of it decided.

# rules_line PATTERN: "FILE:LINE" of the users' profile, as --why and the agent say it.
rules_line() { echo "/etc/signet/conf.d/20-user.conf:$(grep -n -- "$1" /etc/signet/conf.d/20-user.conf | cut -d: -f1)"; }

# rules_start LINE...: the users' profile with these lines, and the daemons.
rules_start() { lab_ca_start && lab_root_profile && lab_user_profile "$@" && lab_signet_start; }

case_rules_by_group() {
    local line why
    groupadd 'people' && usermod -aG people alice
    rules_start 'assign-groups = netdev, people'
    lab_sign_in alice
    lab_sign_in bob
    expect_equal "requests" 1 "$(lab_requests)"
    expect_equal "alice's state" installed "$(lab_entry alice lab-user state)"
    expect_equal "bob's state" "" "$(lab_entry bob lab-user state)"

    line=$(rules_line assign-groups)
    why=$(signet list --why lab-user --user alice)
    expect_match "alice" "^$line: assign-groups = netdev, people\$" "$why"
    expect_match "alice" "^\[scep lab-user\] applies to alice: $line: assign-groups names people, a group of alice\$" "$why"
    why=$(signet list --why lab-user --user bob)
    expect_match "bob" "^\[scep lab-user\] does not apply to bob: $line: assign-groups names no group of bob\$" "$why"
    expect_equal "the line, as JSON" "$line" \
        "$(signet list --why lab-user --user bob --json | jq -r '"\(.file):\(.line)"')"
    expect_match "the agent's word for it" "^$line: assign-groups names no group of bob\$" \
        "$(lab_ask '{"op":"list","uid":2002,"profile":"lab-user"}' | jq -r '.entries[].reason')"

    # Who leaves the group leaves the certificate behind.
    gpasswd -d alice people
    lab_ask '{"op":"cycle"}'
    expect_equal "alice's state" "" "$(lab_entry alice lab-user state)"
}

case_rules_excludes_win() {
    local line
    groupadd people && usermod -aG people alice && usermod -aG people bob
    rules_start 'assign-groups = people' 'exclude-users = bob'
    lab_sign_in alice
    lab_sign_in bob
    expect_equal "alice's state" installed "$(lab_entry alice lab-user state)"
    expect_equal "bob's state" "" "$(lab_entry bob lab-user state)"
    line=$(rules_line exclude-users)
    expect_match "bob" "does not apply to bob: $line: exclude-users names bob\$" \
        "$(signet list --why lab-user --user bob)"
}

case_rules_by_machine() {
    local id version
    id=$(. /etc/os-release && echo "$ID")
    version=$(. /etc/os-release && echo "$VERSION_ID")
    rules_start "applies-to = os-id $id; os-version >= $version; kernel >= 4.0" 'not-applies-to = kernel < 4'
    lab_sign_in alice
    expect_equal "alice's state" installed "$(lab_entry alice lab-user state)"
    expect_match "alice" "applies to alice: $(rules_line ^applies-to): applies-to holds\$" \
        "$(signet list --why lab-user --user alice)"

    lab_user_profile "applies-to = os-id $id; os-version > $version"
    lab_ask '{"op":"cycle"}'
    expect_equal "alice's state on a machine that is too old" "" "$(lab_entry alice lab-user state)"
    expect_match "alice" "$(rules_line ^applies-to): applies-to does not hold: os-version > $version, and this is $version\$" \
        "$(signet list --why lab-user --user alice)"
}

case_rules_wait_for_the_root() {
    rules_start
    echo 'applies-to = os-id plan9' >>/etc/signet/conf.d/10-root.conf
    lab_sign_in alice
    expect_equal "requests" 0 "$(lab_requests)"
    expect_match "the agent's word for it" '/10-root\.conf:5: applies-to does not hold: os-id plan9, and this is ' \
        "$(lab_ask '{"op":"list","uid":2001}' | jq -r '.entries[].reason')"
    expect_match "alice" '^\[scep lab-user\] waits for its root$' "$(signet list --why lab-user --user alice)"
}

# What the machine is must be had before anything is removed on the strength of it.
case_rules_a_machine_that_does_not_answer() {
    local fingerprint
    rules_start
    lab_sign_in alice
    fingerprint=$(lab_entry alice lab-user fingerprint)
    rm /usr/bin/systemd-detect-virt
    printf '#!/bin/sh\nexit 1\n' >/usr/bin/systemd-detect-virt
    chmod 755 /usr/bin/systemd-detect-virt
    lab_user_profile 'applies-to = virtualisation kvm'
    expect_match "the agent's word for it" 'systemd-detect-virt: said nothing of use' "$(lab_ask '{"op":"cycle"}')"
    expect_equal "alice's certificate" "$fingerprint" \
        "$(lab_ask '{"op":"list","uid":2001}' | jq -r '.entries[].fingerprint')"
    lab_signs alice alice lab-user
}

# Anyone may ask, about profiles that they can read: no agent, no root.
case_rules_asked_by_anyone() {
    local why
    mkdir -p "$LAB/tmp/conf/conf.d"
    lab_ca_start
    cat >"$LAB/tmp/conf/conf.d/20-user.conf" <<END
[trusted-root r]
certificate = $LAB_ROOT
[scep mine]
subject = CN={{UserName}}
root = r
url = $LAB_SCEP
exclude-users = bob
END
    chown -R root:root "$LAB/tmp/conf"
    chmod 755 "$LAB/tmp/conf" "$LAB/tmp/conf/conf.d"
    why=$(lab_as alice signet list --why mine --conf "$LAB/tmp/conf")
    expect_match "alice" '^\[scep mine\] applies to alice: no line keeps it from anyone$' "$why"
    why=$(lab_as alice signet list --why mine --user bob --conf "$LAB/tmp/conf")
    expect_match "bob" '20-user\.conf:7: exclude-users names bob$' "$why"
}
