# shellcheck shell=bash
# What stands on the token, and that it stays where it is.

# The URIs of what USER sees under alice's profile, one a line with its type.
token_uris() { lab_as "$1" p11tool --list-all 2>/dev/null | sed -n 's/^[[:space:]]*URL: //p'; }

case_token_shows_certificate_keys_and_issuer() {
    local uris type
    lab_start_with_certificates
    uris=$(lab_as alice p11tool --list-all "$(lab_uri alice lab-user)" | sed -n 's/^[[:space:]]*URL: //p')
    for type in cert private public; do
        expect_one_line "objects of alice's profile" "type=$type\$" "$uris"
    done
    expect_equal "CKA_IDs of the three" 1 "$(grep -o "id=[^;]*" <<<"$uris" | sort -u | wc -l)"
    uris=$(lab_as alice p11tool --list-all "pkcs11:token=signet%20user")
    expect_match "the issuer's certificate" 'Lab|lab-root' "$(grep -A1 -i label <<<"$uris")"
    lab_as alice p11tool --list-all-certs "pkcs11:token=signet%20user" >"$LAB/tmp/certificates"
    expect_match "certificates on alice's token" 'type=cert' "$(cat "$LAB/tmp/certificates")"
}

case_token_uris_survive_a_renewal() {
    local before after old new
    lab_start_with_certificates
    before=$(lab_as alice p11tool --list-all "$(lab_uri alice lab-user)" | grep URL:)
    old=$(lab_certificate_of alice lab-user)
    expect_match "renewal" '"result":"ok"' "$(lab_renew alice lab-user)"
    new=$(lab_certificate_of alice lab-user)
    [ "$old" != "$new" ] || fail "the certificate is the old one"
    [ "$(openssl x509 -noout -pubkey <<<"$old")" != "$(openssl x509 -noout -pubkey <<<"$new")" ] ||
        fail "the key is the old one"
    after=$(lab_as alice p11tool --list-all "$(lab_uri alice lab-user)" | grep URL:)
    expect_equal "URIs after the renewal" "$before" "$after"
    lab_signs alice alice lab-user
}

case_token_is_there_without_a_service() {
    lab_ca_start
    lab_profiles
    lab_as alice p11tool --list-tokens >"$LAB/tmp/tokens"
    expect_match "tokens without keyd" 'signet%20device' "$(cat "$LAB/tmp/tokens")"
    lab_as alice p11tool --list-all "pkcs11:token=signet%20device" >"$LAB/tmp/objects" || true
    expect_no_match "objects without keyd" 'URL:' "$(cat "$LAB/tmp/objects")"
}
