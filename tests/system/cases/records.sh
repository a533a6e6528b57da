# shellcheck shell=bash
# What a CA has on record, through the command line: GetCert and GetCRL, over our own CA, which knows them.

case_records_of_the_ca() {
    local serial said
    lab_test_ca_start
    lab_test_profile test-device 'type = device' 'minimum-crypto = aes128-sha256'
    lab_signet_start
    signet enroll test-device >>"$(lab_log enroll)"
    serial=$(lab_entry device test-device serial)
    expect_equal "the certificate again" \
        "$(openssl x509 -in "$(echo /var/lib/signet/device/test-device/generations/*/cert.pem)")" \
        "$(signet get-cert test-device "$serial" | openssl x509)"
    signet get-crl test-device --output "$LAB/tmp/crl.pem"
    expect_match "whose list it is" 'verify OK' \
        "$(openssl crl -in "$LAB/tmp/crl.pem" -noout -CAfile "$LAB_TEST_ROOT" 2>&1)"
    said=$(expect_failure "a number that the CA never gave" signet get-cert test-device fffe 2>&1)
    expect_match "a number that the CA never gave" 'gives no certificate: badCertId' "$said"
    lab_test_ca_behaves expired
    said=$(signet get-crl test-device 2>&1 >"$LAB/tmp/old.pem")
    expect_match "a list that is too old" '^test-device: the revocation list is too old' "$said"
    expect_match "is printed all the same" 'verify OK' \
        "$(openssl crl -in "$LAB/tmp/old.pem" -noout -CAfile "$LAB_TEST_ROOT" 2>&1)"
    lab_test_ca_behaves other-ca
    said=$(expect_failure "another CA's list" signet get-crl test-device 2>&1)
    expect_match "another CA's list" 'no revocation list that the CA has signed' "$said"
    said=$(expect_failure "alice, of the machine's" lab_as alice signet get-crl test-device --device 2>&1)
    expect_match "alice, of the machine's" 'for itself only' "$said"
}

# Debian's scepserver answers in DES, and knows no better.
case_des_is_opened_for_those_who_say_so() {
    local said
    lab_ca_start
    lab_root_profile
    lab_device_profile
    sed -i '/^accept-des/d' /etc/signet/conf.d/30-device.conf
    lab_signet_start
    said=$(expect_failure "an answer in DES" signet enroll lab-device 2>&1)
    expect_match "an answer in DES" "$LAB_SCEP: the answer's envelope: the server answered in single DES.*accept-des = yes" \
        "$said"
}
