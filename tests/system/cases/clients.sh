# shellcheck shell=bash
# Other people's programs, as they are, with keys on the token.

clients_module() { find /usr/lib/*/pkcs11 -name signet-pkcs11.so; }

case_ssh_keygen_lists_the_key() {
    local keys
    lab_start_with_certificates
    keys=$(lab_as alice ssh-keygen -D "$(clients_module)")
    expect_match "ssh keys on alice's token" \
        "^$(lab_certificate_of alice lab-user | openssl x509 -noout -pubkey | ssh-keygen -i -m PKCS8 -f /dev/stdin |
            sed 's/[+.]/[&]/g')" "$keys"
}

case_openvpn_lists_the_certificate() {
    local before
    lab_start_with_certificates
    before=$(lab_as alice openvpn --show-pkcs11-ids "$(find /usr/lib -name p11-kit-proxy.so | head -n 1)")
    expect_match "what OpenVPN finds" 'CN=alice' "$before"
    lab_renew alice lab-user
    # OpenVPN knows a certificate by an id that must outlive it.
    expect_equal "its id after a renewal" "$(grep 'Serialized id' <<<"$before")" \
        "$(lab_as alice openvpn --show-pkcs11-ids "$(find /usr/lib -name p11-kit-proxy.so | head -n 1)" |
            grep 'Serialized id')"
}

case_pkcs11_tool_signs_with_each_mechanism() {
    local tool mechanism
    lab_ca_start
    lab_test_ca_start
    lab_root_profile
    lab_user_profile
    lab_test_profile test-ec 'type = device' 'key-type = ec' 'key-size = 256'
    lab_signet_start
    lab_sign_in alice
    expect_match "cycle" '"result":"ok"' "$(lab_ask '{"op":"cycle"}')"
    lab_certificate_of alice lab-user | openssl x509 -noout -pubkey >"$LAB/tmp/rsa.pub"
    lab_certificate_of device test-ec | openssl x509 -noout -pubkey >"$LAB/tmp/ec.pub"
    echo data >"$LAB/tmp/data"
    openssl dgst -sha256 -binary "$LAB/tmp/data" >"$LAB/tmp/hash"
    tool=(pkcs11-tool --module "$(clients_module)" --sign)

    for mechanism in SHA256-RSA-PKCS SHA384-RSA-PKCS SHA512-RSA-PKCS; do
        lab_as alice "${tool[@]}" --token-label 'signet user' --label lab-user --mechanism "$mechanism" \
            --input-file "$LAB/tmp/data" --output-file "$LAB/tmp/$mechanism"
        openssl dgst "-$(cut -d- -f1 <<<"${mechanism,,}")" -verify "$LAB/tmp/rsa.pub" -signature "$LAB/tmp/$mechanism" \
            "$LAB/tmp/data"
    done
    lab_as alice "${tool[@]}" --token-label 'signet user' --label lab-user --mechanism SHA256-RSA-PKCS-PSS \
        --input-file "$LAB/tmp/data" --output-file "$LAB/tmp/pss"
    openssl dgst -sha256 -sigopt rsa_padding_mode:pss -verify "$LAB/tmp/rsa.pub" -signature "$LAB/tmp/pss" "$LAB/tmp/data"
    "${tool[@]}" --token-label 'signet device' --label test-ec --mechanism ECDSA --signature-format openssl \
        --input-file "$LAB/tmp/hash" --output-file "$LAB/tmp/ecdsa"
    openssl pkeyutl -verify -pubin -inkey "$LAB/tmp/ec.pub" -sigfile "$LAB/tmp/ecdsa" -in "$LAB/tmp/hash"
}

# An HTTPS server that wants a client certificate of the lab's CA.
clients_https_start() {
    lab_certificate server extendedKeyUsage=serverAuth subjectAltName=DNS:localhost
    lab_spawn https root openssl s_server -accept 4433 -cert "$LAB/server.pem" -key "$LAB/server.key" \
        -CAfile "$LAB/ca/ca.pem" -Verify 2 -verify_return_error -www "$@"
    lab_wait 30 lab_listening 4433
}

case_curl_authenticates_to_a_tls_server() {
    local version
    lab_start_with_certificates
    clients_https_start
    expect_failure "curl without a certificate" lab_as alice curl -sS --cacert "$LAB_ROOT" https://localhost:4433/
    for version in --tls-max\ 1.2 --tlsv1.3; do
        # shellcheck disable=SC2086
        lab_as alice curl -sS $version --cacert "$LAB_ROOT" --cert "$(lab_uri alice lab-user cert)" \
            --key "$(lab_uri alice lab-user private)" https://localhost:4433/ >"$LAB/tmp/page"
        expect_match "what the server saw with $version" 'Subject:.*alice|CN ?= ?alice' "$(cat "$LAB/tmp/page")"
    done
}

case_gnutls_authenticates_to_a_tls_server() {
    local version
    lab_start_with_certificates
    clients_https_start
    for version in VERS-TLS1.2 VERS-TLS1.3; do
        printf 'GET / HTTP/1.0\r\n\r\n' | lab_as alice gnutls-cli --priority "NORMAL:-VERS-ALL:+$version" \
            --x509cafile "$LAB_ROOT" --x509certfile "$(lab_uri alice lab-user cert)" \
            --x509keyfile "$(lab_uri alice lab-user private)" -p 4433 localhost >"$LAB/tmp/page" 2>&1
        expect_match "what the server saw with $version" 'Subject:.*alice|CN ?= ?alice' "$(cat "$LAB/tmp/page")"
    done
}

# What Firefox and Chromium stand on.
case_nss_authenticates_to_a_tls_server() {
    local version database=sql:/home/alice/nssdb
    lab_start_with_certificates
    clients_https_start
    lab_as alice mkdir /home/alice/nssdb
    lab_as alice modutil -force -create -dbdir "$database"
    lab_as alice modutil -force -dbdir "$database" -add signet -libfile "$(clients_module)"
    lab_as alice certutil -A -d "$database" -n lab-root -t C,, -a -i "$LAB_ROOT"
    printf 'GET / HTTP/1.0\r\n\r\n' >"$LAB/tmp/get"
    for version in tls1.2 tls1.3; do
        # It stays when the server has closed.
        lab_spawn "nss-$version" alice sh -c "exec timeout 60 tstclnt -h localhost -p 4433 -V $version:$version \
            -d $database -n 'signet user:lab-user' <$LAB/tmp/get"
        lab_wait 30 grep -qE 'Subject:.*alice|CN ?= ?alice' "$(lab_log "nss-$version")"
        lab_stop "nss-$version"
    done
}
