# shellcheck shell=bash
# Keys in a TPM: one in software, that lab_tpm_start makes and the daemons are told of.

# lab_tpm_start NAME: its name for --tpm is $(lab_tpm NAME).
lab_tpm_start() {
    local folder=$LAB/tmp/$1
    install -d -o signet -m 700 "$folder"
    lab_spawn "$1" signet swtpm socket --tpm2 --tpmstate "dir=$folder" --server "type=unixio,path=$folder/s" \
        --ctrl "type=unixio,path=$folder/s.ctrl" --flags not-need-init,startup-clear
    lab_wait 30 test -S "$folder/s"
}

lab_tpm() { echo "swtpm:path=$LAB/tmp/$1/s"; }

# The daemons anew, with this machine's TPM.
lab_tpm_machine() {
    lab_stop agent && lab_stop keyd && lab_agent_start --tpm "$(lab_tpm "$1")" && lab_keyd_start --tpm "$(lab_tpm "$1")"
}

# The device profile, with this storage.
lab_storage() {
    lab_device_profile
    sed -i "s/^key-storage = .*/key-storage = $1/" /etc/signet/conf.d/30-device.conf
}

lab_tpm_enrolled() {
    lab_ca_start
    lab_root_profile
    lab_storage tpm
    lab_tpm_start tpm
    lab_tpm_machine tpm
    expect_match "cycle" '"result":"ok"' "$(lab_ask '{"op":"cycle"}')"
    expect_equal "where the key is" tpm "$(lab_entry device lab-device key_storage)"
}

case_a_key_in_the_tpm_serves_every_client() {
    local module=/usr/lib/x86_64-linux-gnu/pkcs11/signet-pkcs11.so base=$LAB/tmp/pss
    lab_tpm_enrolled
    expect_match "what is stored" 'BEGIN TSS2 PRIVATE KEY' \
        "$(cat /var/lib/signet/device/lab-device/current/key.pem)"
    expect_match "signet show" 'Kept in +tpm' "$(signet show lab-device)"
    expect_match "p11tool" 'Type: Private key' "$(p11tool --list-all-privkeys "$(lab_uri device lab-device)")"
    p11tool --test-sign "$(lab_uri device lab-device private)"
    lab_signs root device lab-device
    head -c 32 /dev/urandom >"$base.data"
    pkcs11-tool --module "$module" --token-label 'signet device' --label lab-device --sign -m RSA-PKCS-PSS \
        --hash-algorithm SHA256 --mgf MGF1-SHA256 --salt-len 32 -i "$base.data" -o "$base.signature"
    openssl pkeyutl -verify -pubin -inkey "$LAB/tmp/signs-root-device-lab-device.pub" -in "$base.data" \
        -sigfile "$base.signature" -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:32 -pkeyopt digest:sha256
}

case_eap_tls_with_a_key_in_the_tpm() {
    local serial
    lab_tpm_enrolled
    lab_radius_start
    lab_eapol root device lab-device
    serial=$(lab_entry device lab-device serial)
    expect_match "renewal" '"result":"ok"' "$(lab_renew device lab-device)"
    [ "$serial" != "$(lab_entry device lab-device serial)" ] || fail "nothing was renewed"
    expect_equal "where the new key is" tpm "$(lab_entry device lab-device key_storage)"
    lab_eapol root device lab-device
}

case_an_ec_key_in_the_tpm() {
    lab_ca_start
    lab_test_ca_start
    lab_test_profile test-ec 'type = device' 'key-type = ec' 'key-size = 256'
    sed -i "s/^key-storage = .*/key-storage = tpm-or-software/" /etc/signet/conf.d/50-test-ec.conf
    lab_tpm_start tpm
    lab_tpm_machine tpm
    expect_match "cycle" '"result":"ok"' "$(lab_ask '{"op":"cycle"}')"
    expect_equal "where the key is" tpm "$(lab_entry device test-ec key_storage)"
    lab_signs root device test-ec
    expect_match "renewal" '"result":"ok"' "$(lab_renew device test-ec)"
    lab_signs root device test-ec
    lab_radius_start
    lab_eapol root device test-ec
}

case_a_store_that_came_to_another_machine() {
    lab_tpm_enrolled
    lab_signs root device lab-device
    lab_tpm_start other
    lab_tpm_machine other
    expect_failure "the other machine's TPM signs" lab_signs root device lab-device
    expect_match "keyd says why" 'does not take the key: another TPM made it' "$(cat "$(lab_log keyd)")"
    expect_match "renewal" '"result":"ok"' "$(lab_renew device lab-device)"
    lab_signs root device lab-device
}

case_a_machine_without_a_tpm() {
    lab_ca_start
    lab_root_profile
    lab_storage tpm
    lab_signet_start
    expect_match "cycle" 'there is no TPM: no /dev/tpmrm0' "$(lab_ask '{"op":"cycle"}')"
    lab_storage tpm-or-software
    expect_match "cycle" '"result":"ok"' "$(lab_ask '{"op":"enroll"}')"
    expect_equal "where the key is" software "$(lab_entry device lab-device key_storage)"
    lab_signs root device lab-device
    # What a program without such keys carries of them.
    expect_no_match "what keyd has loaded" 'tpm2|tss2' "$(cat "/proc/$(pgrep -u signet -o -x signet-keyd)/maps")"
}

case_tls_with_a_key_in_the_tpm() {
    local version
    lab_tpm_enrolled
    clients_https_start
    for version in 1.2 1.3; do
        curl -sS --tlsv$version --tls-max $version --cacert "$LAB_ROOT" --cert "$(lab_uri device lab-device cert)" \
            --key "$(lab_uri device lab-device private)" https://localhost:4433/ >"$LAB/tmp/page"
        expect_match "OpenSSL, TLS $version" 'Subject:.*OU ?= ?Machines' "$(cat "$LAB/tmp/page")"
        printf 'GET / HTTP/1.0\r\n\r\n' | gnutls-cli --priority "NORMAL:-VERS-ALL:+VERS-TLS$version" \
            --x509cafile "$LAB_ROOT" --x509certfile "$(lab_uri device lab-device cert)" \
            --x509keyfile "$(lab_uri device lab-device private)" -p 4433 localhost >"$LAB/tmp/page" 2>&1
        expect_match "GnuTLS, TLS $version" 'Subject:.*OU ?= ?Machines' "$(cat "$LAB/tmp/page")"
    done
}
