# shellcheck shell=bash
# Other SCEP clients at our test CA: that what it speaks is SCEP, and not our own idea of it alone. Their messages are made
# by code that shares nothing with ours: strongSwan's PKCS#7, Go's, and certmonger's. No client that Debian has asks for GetCert,
# GetCRL or GetNextCACert: of those, tests/scep/vectors has answers by the openssl command.

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

# certmonger's own daemon, on a bus of its own, with our CA as "ours". All that it sends goes by GET, whatever the server says
# of POST, and as PKCSReq also to renew, with the CA's certificate beside the signer's.
certmonger_start() {
    export DBUS_SESSION_BUS_ADDRESS=unix:path=$LAB/tmp/bus XDG_RUNTIME_DIR=$LAB/tmp
    lab_test_ca_start
    lab_test_ca_behaves get-only take-chain "$@"
    mkdir -p "$LAB/tmp/certs" "$HOME/.config" # only a folder that is there does it write into
    lab_spawn bus root dbus-daemon --session --nofork --nopidfile --address="$DBUS_SESSION_BUS_ADDRESS"
    lab_wait 5 socat -u OPEN:/dev/null "UNIX-CONNECT:$LAB/tmp/bus"
    lab_spawn certmonger root /usr/lib/certmonger/certmonger-session -n
    lab_wait 10 certmonger_is_up
    getcert add-scep-ca -s -c ours -u "$LAB_TEST_SCEP" -R "$LAB_TEST_ROOT"
    lab_wait 20 certmonger_knows_ca
}

certmonger_knows_ca() { getcert list-cas -s -c ours | grep -q 'CA certificate thumbprint'; }

# Who asks it, and not the bus, is not answered by a second one that the bus has started for it.
certmonger_is_up() {
    dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
        org.freedesktop.DBus.NameHasOwner string:org.fedorahosted.certmonger | grep -q true
}

# certmonger_request NAME CHALLENGE: as CN=NAME; returns when it got something, or gave up.
certmonger_request() {
    getcert request -s -c ours -I "$1" -k "$LAB/tmp/certs/$1.key" -f "$LAB/tmp/certs/$1.pem" -N "CN=$1,O=Example" \
        -D "$1.example.com" -L "$2" -w --wait-timeout=30 >>"$(lab_log getcert)" || : # certmonger_says knows better
}

certmonger_says() { getcert list -s -i "$1" | sed -n 's/^\t\(status\|ca-error\): //p'; }

certmonger_has() { [ "$(certmonger_says "$1")" = MONITORING ]; }

# certmonger_certificate NAME: it is there, chains to the root, and is for its key. Prints key and serial number.
certmonger_certificate() {
    local pem=$LAB/tmp/certs/$1.pem
    expect_equal "what certmonger says" MONITORING "$(certmonger_says "$1")"
    openssl verify -CAfile "$LAB_TEST_ROOT" "$pem" >>"$(lab_log getcert)" || fail "$1: its certificate is not valid"
    expect_equal "the subject" "subject=O=Example,CN=$1" "$(openssl x509 -in "$pem" -noout -subject -nameopt RFC2253)"
    expect_match "the alternative name" "DNS:$1.example.com" "$(openssl x509 -in "$pem" -noout -ext subjectAltName)"
    expect_equal "the key" "$(openssl pkey -in "$LAB/tmp/certs/$1.key" -pubout)" "$(openssl x509 -in "$pem" -noout -pubkey)"
    openssl x509 -in "$pem" -noout -serial -pubkey
}

# It wants whoever signs the answer to have digitalSignature: an RA.
case_certmonger_enrols_and_renews_at_our_ca() {
    local first second third
    certmonger_start ra
    certmonger_request alice "$LAB_CHALLENGE"
    first=$(certmonger_certificate alice)
    expect_match "what the CA saw" 'GET PKIOperation 200 PKCSReq issued' "$(peer_said)"

    getcert resubmit -s -i alice -w --wait-timeout=30 >>"$(lab_log getcert)" # the same key
    second=$(certmonger_certificate alice)
    expect_equal "the key" "$(tail -n +2 <<<"$first")" "$(tail -n +2 <<<"$second")"
    expect_no_match "the serial number" "$(head -n 1 <<<"$first")" "$second"

    getcert rekey -s -i alice -w --wait-timeout=30 >>"$(lab_log getcert)"
    third=$(certmonger_certificate alice)
    [ "$(tail -n +2 <<<"$second")" != "$(tail -n +2 <<<"$third")" ] || fail "the key is the old one"
}

# OpenSSL's PKCS7_verify(), which it asks, finds no signature over nothing: PENDING has to have an empty content for it,
# which RFC 8894 (section 3.3.2.3) leaves out. And its daemon makes a CertPoll, but sends the request again instead: so we send
# that CertPoll with its own helper.
case_certmonger_waits_and_is_refused_at_our_ca() {
    local scep=(/usr/lib/certmonger/scep-submit -u "$LAB_TEST_SCEP" -R "$LAB_TEST_ROOT") tmp=$LAB/tmp
    certmonger_start two-ras hollow pending:1
    certmonger_request alice "$LAB_CHALLENGE"
    expect_equal "what certmonger says" CA_WORKING "$(certmonger_says alice)"
    expect_match "what the CA saw" 'PKCSReq pending' "$(peer_said)"

    "${scep[@]}" -C >"$tmp/ra.pem"
    sed -n '/^scep_gic=/,/END PKCS7/{s/^scep_gic=//; s/^ //; p}' "$HOME"/.config/certmonger/requests/* >"$tmp/poll.pem"
    "${scep[@]}" -g -r "$tmp/ra.pem" -I "$tmp/ra.pem" "$tmp/poll.pem" >"$tmp/envelope.pem"
    expect_match "what the CA saw" 'CertPoll issued' "$(peer_said)"
    openssl cms -decrypt -inform PEM -in "$tmp/envelope.pem" -inkey "$tmp/certs/alice.key" -binary -out "$tmp/certs.der"
    expect_match "what it got" 'CN *= *alice' "$(openssl pkcs7 -inform DER -in "$tmp/certs.der" -print_certs -noout)"

    lab_test_ca_behaves get-only take-chain two-ras hollow
    getcert refresh -s -i alice >>"$(lab_log getcert)"
    lab_wait 20 certmonger_has alice
    certmonger_certificate alice >>"$(lab_log getcert)"

    certmonger_request bob wrong
    expect_match "what certmonger says" CA_REJECTED "$(certmonger_says bob)"
    expect_match "what it was told" 'Integrity check of client request failed' "$(certmonger_says bob)"
}

# What certmonger 0.79.17 cannot do, so that nobody takes it for a fault of our CA: believe a CA that signs answers itself and
# has no digitalSignature, as scepserver's and ours; send by POST; wait without that empty content.
case_certmonger_at_a_ca_that_is_not_for_it() {
    certmonger_start
    certmonger_request alice "$LAB_CHALLENGE"
    expect_match "a CA without an RA" 'CA_UNREACHABLE' "$(certmonger_says alice)"
    expect_match "a CA without an RA" 'certificate verify error' "$(certmonger_says alice)"

    lab_test_ca_behaves standard-caps pending:1
    certmonger_request bob "$LAB_CHALLENGE"
    expect_match "a CA that takes POST alone" 'unexpected MIME type "text/plain"' "$(certmonger_says bob)"

    lab_test_ca_behaves get-only pending:1
    certmonger_request carol "$LAB_CHALLENGE"
    expect_match "PENDING as RFC 8894 has it" 'failed to verify signature' "$(certmonger_says carol)"
}
