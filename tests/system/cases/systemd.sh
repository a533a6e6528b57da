# shellcheck shell=bash
# The units as shipped, under a systemd that has really booted: this throw-away as a container's root.

systemd_boot() { # UNIT...: booted far enough to start them
    local tree=/run/lab/tree folder
    mkdir -p $tree/{proc,sys,dev,run,tmp}
    for folder in /bin /sbin /lib /lib32 /lib64 /libx32; do
        [ ! -L "$folder" ] || cp -P "$folder" $tree/
    done
    for folder in "${OVERLAY_FOLDERS[@]}"; do
        [ "$folder" != /tmp ] || continue
        [ -d "$folder" ] && mkdir -p "$tree$folder" && mount --bind "$folder" "$tree$folder"
    done
    mkdir -p /etc/systemd/system
    # A machine that was never started would ask its questions first.
    [ -s /etc/machine-id ] || systemd-machine-id-setup
    ln -sf /dev/null /etc/systemd/system/systemd-firstboot.service
    printf '[Unit]\nDescription=The lab\nRequires=basic.target\nAfter=basic.target\nWants=%s\n' "$*" \
        >/etc/systemd/system/lab.target
    # nspawn's own filter forbids Landlock, which signet-fetch confines itself with on a real machine.
    lab_spawn systemd root systemd-nspawn --quiet --directory=$tree --bind=/run/lab --register=no --keep-unit \
        --machine=lab --kill-signal=SIGRTMIN+3 --console=pipe --link-journal=no \
        --system-call-filter="${systemd_filter:-landlock_create_ruleset landlock_add_rule landlock_restrict_self}" \
        /lib/systemd/systemd --unit=lab.target
    lab_wait 30 systemd_is_up || { systemd_run systemctl list-jobs >&2; return 1; }
}

# systemd_run COMMAND...: in the booted system.
systemd_run() { nsenter --target "$(pgrep -f '^/lib/systemd/systemd --unit=lab.target')" --all --root -- "$@"; }
systemd_is_up() { [ "$(systemd_run systemctl is-active lab.target)" = active ]; }
systemd_user_of() { systemd_run sh -c "ps -o user= -p \$(systemctl show -P MainPID $1)"; }

case_systemd_starts_it_all_at_the_first_sign_in() {
    local unit certificate
    lab_ca_start
    lab_root_profile
    lab_user_profile
    systemd_boot signet-agent.socket signet-keyd.socket
    systemd_run pamtester signet-lab alice open_session
    systemd_run journalctl --no-pager -u 'signet-*' >"$(lab_log journal)"
    certificate=$(systemd_run setpriv --reuid alice --regid alice --init-groups \
        p11tool --export "$(lab_uri alice lab-user cert)")
    expect_match "what alice's token holds" 'BEGIN CERTIFICATE' "$certificate"
    for unit in signet-agent signet-keyd; do
        expect_equal "who runs $unit" signet "$(systemd_user_of $unit.service)"
        systemd_run sh -c "nsenter -m -t \$(systemctl show -P MainPID $unit.service) test -w /run/signet/wrong-pins" ||
            fail "$unit cannot count wrong PINs"
    done
    # The service is restarted; the next sign-in and the next client find it again.
    systemd_run systemctl restart signet-agent.service signet-keyd.service
    systemd_run pamtester signet-lab alice open_session
    expect_equal "requests" 1 "$(lab_requests)"
    systemd_run setpriv --reuid alice --regid alice --init-groups \
        p11tool --export "$(lab_uri alice lab-user cert)" >"$LAB/tmp/again"
    expect_equal "units that failed" "" "$(systemd_run systemctl --failed --plain --no-legend 'signet-*')"
}

case_systemd_in_a_container_that_forbids_landlock() {
    lab_ca_start
    lab_root_profile
    lab_user_profile
    systemd_filter=sync # allowed anyway: the filter stays as nspawn has it
    systemd_boot signet-agent.socket signet-keyd.socket
    systemd_run pamtester signet-lab alice open_session
    expect_equal "state" installed "$(systemd_run signet list --json | jq -r '.entries[] | .state')"
    expect_match "what the journal says of it" '[Ll]andlock' "$(systemd_run journalctl --no-pager -u 'signet-*')"
}

# systemd_state PROFILE: of the device's entry.
systemd_state() {
    systemd_run signet list --json | jq -r --arg p "$1" '.entries[] | select(.profile == $p) | .state'
}
systemd_state_is() { [ "$(systemd_state "$1")" = "$2" ]; }

# Nobody asks for a cycle here but the path unit: a file of conf.d changes, signet-apply runs, the agent is told.
case_systemd_a_change_of_conf_d_starts_a_cycle() {
    local i before
    lab_ca_start
    lab_root_profile
    systemd_boot signet-agent.service signet-keyd.socket signet-apply.path
    lab_device_profile
    lab_wait 30 systemd_state_is lab-device installed
    lab_wait 30 systemd_watches
    # More edits one after the other than systemd starts a service for by itself, the last of which counts.
    for ((i = 0; i < 8; i++)); do
        before=$(systemd_applied)
        lab_device_profile "scope-tags = tag$i"
        lab_wait 30 systemd_applied_since "$before"
        lab_wait 30 systemd_watches
    done
    expect_equal "the path unit" active "$(systemd_run systemctl is-active signet-apply.path)"
    sed -i 's/^subject = .*/&,OU=Moved/' /etc/signet/conf.d/30-device.conf
    lab_wait 30 systemd_moved
    rm /etc/signet/conf.d/30-device.conf
    lab_wait 30 systemd_state_is lab-device removed
    expect_equal "units that failed" "" "$(systemd_run systemctl --failed --plain --no-legend 'signet-*')"
}
# Does the path unit wait for an edit? Not while what it starts is running.
systemd_watches() { [ "$(systemd_run systemctl show -P SubState signet-apply.path)" = waiting ]; }
# When signet-apply was started last.
systemd_applied() { systemd_run systemctl show -P ExecMainStartTimestampMonotonic signet-apply.service; }
systemd_applied_since() { [ "$(systemd_applied)" != "$1" ]; }
systemd_moved() { systemd_run signet list --json | jq -r '.entries[].subject' | grep -q OU=Moved; }

case_systemd_finds_no_fault_in_the_units() {
    systemd-analyze verify --man=no /usr/lib/systemd/system/signet-*.{service,socket,path} >"$LAB/tmp/verify" 2>&1 ||
        fail "$(cat "$LAB/tmp/verify")"
    expect_no_match "systemd-analyze" 'signet' "$(cat "$LAB/tmp/verify")"
}
