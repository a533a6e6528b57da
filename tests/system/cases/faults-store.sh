# shellcheck shell=bash
# Disks that are full, processes that are killed, files that are torn: the earlier certificate goes on working.

store_entry=/var/lib/signet/users/2001/lab-user

case_store_disk_is_full() {
    local before said
    # A disk of its own for the store, so small that it can be filled.
    mount -t tmpfs -o "size=512k,mode=700,uid=$(id -u signet),gid=$(id -g signet)" tmpfs /var/lib/signet
    lab_start_with_certificates
    before=$(lab_entry alice lab-user fingerprint)
    cat /dev/zero >/var/lib/signet/ballast 2>/dev/null || true
    said=$(lab_renew alice lab-user)
    expect_match "renewal on a full disk" '"result":"error"' "$said"
    expect_one_line "its message" 'No space left' "$(jq -r .message <<<"$said")"
    expect_equal "alice's certificate" "$before" "$(lab_entry alice lab-user fingerprint)"
    lab_signs alice alice lab-user
    rm /var/lib/signet/ballast
    expect_match "renewal with room again" '"result":"ok"' "$(lab_renew alice lab-user)"
    [ "$before" != "$(lab_entry alice lab-user fingerprint)" ] || fail "the certificate is the old one"
    lab_signs alice alice lab-user
}

case_store_half_written_entries() {
    local before
    lab_start_with_certificates
    before=$(lab_entry alice lab-user fingerprint)
    # What a process killed half-way leaves: a generation without its certificate, torn files beside the good ones.
    lab_as signet mkdir -p $store_entry/generations/2 $store_entry/pending
    lab_as signet sh -c "
        printf -- '-----BEGIN PRIVATE KEY-----' >$store_entry/generations/2/key.pem
        printf -- '-----BEGIN' >$store_entry/pending/key.pem
        printf '{\"phase\":' >$store_entry/state.json
        : >$store_entry/state.json.new
        ln -s generations/2 $store_entry/current.new
        mkdir -p /var/lib/signet/users/2001/half
        : >/var/lib/signet/users/2001/half/lock"
    lab_sign_in alice
    expect_equal "alice's certificate" "$before" "$(lab_entry alice lab-user fingerprint)"
    lab_signs alice alice lab-user
    expect_match "renewal" '"result":"ok"' "$(lab_renew alice lab-user)"
    lab_signs alice alice lab-user
    expect_equal "state" installed "$(lab_entry alice lab-user state)"
}

case_store_survives_kills_at_any_moment() {
    local i victim ms
    lab_start_with_certificates
    ms=$(lab_ms)
    lab_renew alice lab-user >"$LAB/tmp/renewal"
    ms=$(($(lab_ms) - ms))
    for i in $(seq 25); do
        lab_renew alice lab-user >"$LAB/tmp/renewal" 2>&1 &
        # The moments: from before the key is made to after the switch, however fast this machine is.
        sleep "$((ms * i / 20))e-3"
        for victim in $(pgrep -P "$(lab_pid agent)"); do kill -KILL "$victim"; done
        wait $!
        openssl x509 -noout <<<"$(lab_certificate_of alice lab-user)" || fail "no certificate after kill $i"
        lab_signs alice alice lab-user
    done
    lab_running agent || fail "the agent is gone"
    expect_match "renewal in the end" '"result":"ok"' "$(lab_renew alice lab-user)"
    expect_equal "state" installed "$(lab_entry alice lab-user state)"
    expect_at_most "generations kept" 2 "$(find $store_entry/generations -mindepth 1 -maxdepth 1 | wc -l)"
}
