# shellcheck shell=bash
# Trusted roots: in the distribution's trust store by signet-apply, and on the token.
ANCHORS=/usr/local/share/ca-certificates

# anchors_apply: signet-apply as root; what it says goes to its log.
anchors_apply() { signet-apply >>"$(lab_log apply)" 2>&1; }

# Does everything that uses the system's trust store believe the lab's CA?
anchors_believed() { openssl verify -CApath /etc/ssl/certs "$LAB/server.pem" >>"$(lab_log verify)" 2>&1; }

anchors_start() {
    lab_ca_start
    lab_certificate server extendedKeyUsage=serverAuth subjectAltName=DNS:server.example.org
    lab_root_profile
    sed -i 's/^store = signet/store = system/' /etc/signet/conf.d/10-root.conf
    expect_failure "before any profile" anchors_believed
}

case_system_root_is_believed_until_its_profile_goes() {
    anchors_start
    anchors_apply
    anchors_believed || fail "the system does not believe the installed root"
    anchors_apply
    rm /etc/signet/conf.d/10-root.conf
    anchors_apply
    expect_failure "after the profile went" anchors_believed
    [ ! -e "$ANCHORS/signet-lab-root.crt" ] || fail "the removed root's file is still there"
}

case_root_stays_when_conf_does_not_parse() {
    anchors_start
    anchors_apply
    rm /etc/signet/conf.d/10-root.conf
    lab_profile 50-broken.conf <<<'[trusted-root'
    expect_failure "with a broken file in conf.d" anchors_apply
    expect_match "what it says" '50-broken\.conf:1: ' "$(cat "$(lab_log apply)")"
    anchors_believed || fail "a typing error cost the machine its root"
}

case_only_own_roots_are_removed() {
    anchors_start
    cp "$LAB_ROOT" "$ANCHORS/signet-other.crt"
    cp "$LAB_ROOT" "$ANCHORS/company.crt"
    anchors_apply
    rm /etc/signet/conf.d/10-root.conf
    anchors_apply
    ls "$ANCHORS/signet-other.crt" "$ANCHORS/company.crt" || fail "files that were not signet's were removed"
}

case_root_that_is_no_ca_is_not_installed() {
    anchors_start
    cp "$LAB/server.pem" "$LAB_ROOT"
    expect_failure "a server's certificate as a root" anchors_apply
    expect_match "what it says" '10-root\.conf:[0-9]+: .*CA' "$(cat "$(lab_log apply)")"
    [ ! -e "$ANCHORS/signet-lab-root.crt" ] || fail "it was installed"
}

case_roots_are_on_the_token() {
    local objects
    lab_start_with_certificates
    objects=$(lab_as bob p11tool --list-all 'pkcs11:token=signet%20device' 2>/dev/null)
    expect_match "what bob sees" 'Label: lab-root' "$objects"
    expect_match "its mark" 'CKA_TRUSTED' "$objects"
    expect_no_match "keys on it" 'Private key' "$objects"
}
