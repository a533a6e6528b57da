# shellcheck shell=bash
# 802.1X with the keys on the token.

case_eap_tls_with_the_users_certificate() {
    lab_start_with_certificates
    lab_radius_start
    lab_eapol alice alice lab-user
    expect_match "what RADIUS saw" 'CN = "?alice|TLS-Client-Cert-Common-Name.*alice' "$(cat "$(lab_log radius)")"
    # As the system's own client does it: root, with the user's key.
    lab_eapol root alice lab-user
    export LAB_EAPOL_SECONDS=3
    expect_failure "bob authenticates as alice" lab_eapol bob alice lab-user
}

case_eap_tls_with_the_devices_certificate() {
    lab_start_with_certificates
    lab_radius_start
    lab_eapol root device lab-device
    export LAB_EAPOL_SECONDS=3
    expect_failure "alice authenticates as the machine" lab_eapol alice device lab-device
}

case_eap_tls_again_after_a_renewal() {
    lab_start_with_certificates
    lab_radius_start
    lab_eapol alice alice lab-user
    expect_match "renewal" '"result":"ok"' "$(lab_renew alice lab-user)"
    lab_eapol alice alice lab-user
}

case_eap_tls_with_an_ec_key() {
    lab_ca_start
    lab_test_ca_start
    lab_test_profile test-ec 'type = device' 'key-type = ec' 'key-size = 256'
    lab_signet_start
    expect_match "cycle" '"result":"ok"' "$(lab_ask '{"op":"cycle"}')"
    lab_radius_start
    lab_eapol root device test-ec
}

# A wired port that lets nobody in without EAP-TLS: hostapd at the other end of a cable, in a namespace of its own.
wired_port_start() {
    lab_certificate port extendedKeyUsage=serverAuth subjectAltName=DNS:port.example.org
    ip netns add port
    ip link add cable type veth peer name outlet
    ip link set outlet netns port
    ip link set cable up
    ip -n port link set outlet up
    echo '* TLS' >"$LAB/tmp/eap-users"
    cat >"$LAB/tmp/hostapd.conf" <<END
interface=outlet
driver=wired
ieee8021x=1
eap_reauth_period=0
use_pae_group_addr=1
eap_server=1
eap_user_file=$LAB/tmp/eap-users
ca_cert=$LAB/ca/ca.pem
server_cert=$LAB/port.pem
private_key=$LAB/port.key
END
    lab_spawn hostapd root ip netns exec port hostapd -d "$LAB/tmp/hostapd.conf"
    lab_wait 30 grep -q 'AP-ENABLED' "$(lab_log hostapd)"
}

wired_client_start() { # WHO PROFILE
    {
        printf 'ctrl_interface=%s\nap_scan=0\neapol_version=2\n' "$LAB/tmp/wpa"
        lab_network_block "$1" "$2"
    } >"$LAB/tmp/wpa.conf"
    lab_spawn wpa root wpa_supplicant -D wired -i cable -c "$LAB/tmp/wpa.conf" -d
}

wired_successes() { grep -c 'CTRL-EVENT-EAP-SUCCESS2\? ' "$(lab_log hostapd)" || true; }
wired_succeeded() { [ "$(wired_successes)" -ge "$1" ]; }
# Authentications that came to nothing, as the client tells it.
wired_failures() { grep -c 'EAP-TLS: TLS processing failed' "$(lab_log wpa)" || true; }
wired_failed() { [ "$(wired_failures)" -gt "$1" ]; }

# keyd and the processes of its connections, which would serve on: nobody says good-bye.
wired_kill_keyd() {
    pkill -KILL -f "^$(lab_daemon signet-keyd)" -u signet
    lab_wait 30 test -e "$LAB/process/keyd.status"
    touch "$LAB/process/keyd.stopped"
}
wired_again() { wpa_cli -p "$LAB/tmp/wpa" -i cable reassociate; }

# After a failure: the port may still wait for the answer to what the client has long forgotten.
wired_again_until_it_succeeds() {
    for _ in 1 2 3 4; do
        wired_again
        ! lab_wait 15 wired_succeeded "$1" || return 0
    done
    return 1
}

case_one_wired_client_outlives_a_restart_of_keyd() {
    local client failures
    lab_start_with_certificates
    wired_port_start
    wired_client_start alice lab-user
    lab_wait 30 wired_succeeded 1
    client=$(lab_pid wpa)
    # Stopped and started again between two authentications.
    lab_stop keyd
    lab_keyd_start
    wired_again
    lab_wait 30 wired_succeeded 2
    wired_kill_keyd
    lab_keyd_start
    wired_again
    lab_wait 30 wired_succeeded 3
    # Without it the client fails, lives, and succeeds when it is back.
    wired_kill_keyd
    failures=$(wired_failures)
    wired_again
    lab_wait 30 wired_failed "$failures"
    expect_equal "successes without keyd" 3 "$(wired_successes)"
    lab_keyd_start
    wired_again_until_it_succeeds 4
    lab_running wpa || fail "wpa_supplicant is gone"
    expect_equal "the client is the same process" "$client" "$(lab_pid wpa)"
}

case_one_wired_client_takes_up_the_renewed_certificate() {
    local serial
    lab_start_with_certificates
    wired_port_start
    wired_client_start alice lab-user
    lab_wait 30 wired_succeeded 1
    expect_match "renewal" '"result":"ok"' "$(lab_renew alice lab-user)"
    wired_again
    lab_wait 30 wired_succeeded 2
    serial=$(lab_entry alice lab-user serial)
    [ -n "$serial" ] || fail "the entry has no serial number"
    lab_running wpa || fail "wpa_supplicant is gone"
}
