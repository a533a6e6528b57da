# shellcheck shell=bash
# Other SCEP clients at our test CA: that what it speaks is SCEP, and not our own idea of it alone. Their messages are made
# by code that shares nothing with ours: strongSwan's PKCS#7, and Go's.

# peer_ca [RULE...]: strongSwan 5.9.8 believes a server to be able to do SHA-256 only if it says SCEPStandard.
peer_ca() {
    lab_test_ca_start
    lab_test_ca_behaves standard-caps "$@"
    openssl genrsa -traditional -out "$LAB/tmp/peer.key" 2048 2>"$(lab_log genrsa)" # neither of them reads PKCS#8
}

# strongswan NAME OPTION...: writes NAME.pem. It takes no AES, whatever the server says.
strongswan() {
    pki --scep --url "$LAB_TEST_SCEP" --in "$LAB/tmp/peer.key" --cipher des3 --outform pem \
        --cacert-enc "$LAB_TEST_ROOT" --cacert-sig "$LAB_TEST_ROOT" --cacert "$LAB_TEST_ROOT" "${@:2}" \
        >"$LAB/tmp/$1.pem" 2>>"$(lab_log pki)"
}

# peer_certificate NAME SUBJECT: it is there, chains to the root, and is for the peer's key.
peer_certificate() {
    expect_equal "$1: the subject" "subject=$2" \
        "$(openssl x509 -in "$LAB/tmp/$1.pem" -noout -subject -nameopt RFC2253)"
    openssl verify -CAfile "$LAB_TEST_ROOT" "$LAB/tmp/$1.pem"
    expect_equal "$1: the key" "$(openssl pkey -in "$LAB/tmp/peer.key" -pubout)" \
        "$(openssl x509 -in "$LAB/tmp/$1.pem" -noout -pubkey)"
}

peer_said() { tail -n 1 "$LAB/log/test-ca-requests"; }

case_strongswan_enrols_at_our_ca() {
    local digest
    peer_ca
    for digest in sha1 sha256 sha512; do
        strongswan "$digest" --dn 'C=SE, O=Example, CN=alice' --san alice@example.com --digest "$digest" \
            --password "$LAB_CHALLENGE"
        peer_certificate "$digest" CN=alice,O=Example,C=SE
    done
    expect_match "an alternative name" 'email:alice@example.com' \
        "$(openssl x509 -in "$LAB/tmp/sha256.pem" -noout -ext subjectAltName)"
}

case_strongswan_renews_waits_and_is_refused_at_our_ca() {
    peer_ca
    strongswan first --dn CN=alice --password "$LAB_CHALLENGE"
    cp "$LAB/tmp/peer.key" "$LAB/tmp/old.key"
    openssl genrsa -traditional -out "$LAB/tmp/peer.key" 2048 2>>"$(lab_log genrsa)"
    strongswan second --dn CN=alice --cert "$LAB/tmp/first.pem" --key "$LAB/tmp/old.key"
    peer_certificate second CN=alice
    expect_match "what the CA saw" 'RenewalReq issued' "$(peer_said)"

    lab_test_ca_behaves standard-caps pending:1
    strongswan third --dn CN=alice --password "$LAB_CHALLENGE" --interval 1
    peer_certificate third CN=alice
    expect_match "what the CA saw" 'CertPoll issued' "$(peer_said)"

    lab_test_ca_behaves standard-caps
    expect_failure "a wrong challenge" strongswan fourth --dn CN=alice --password wrong
    expect_match "what it was told" 'badRequest|badMessageCheck' "$(cat "$(lab_log pki)")"
}

case_scepclient_enrols_at_our_ca() {
    peer_ca
    (cd "$LAB/tmp" && scepclient -server-url "$LAB_TEST_SCEP" -challenge "$LAB_CHALLENGE" -cn alice -organization Example \
        -ou People -country SE -private-key peer.key -certificate go.pem) 2>"$(lab_log scepclient)"
    peer_certificate go CN=alice,OU=People,O=Example,C=SE
}
