# shellcheck shell=bash
# What would be requested, told without asking anyone; and what becomes of what the CA makes of it.

# A folder of profiles that everyone can read, with a CA's certificate that nobody uses.
preview_conf() {
    mkdir -p "$LAB/conf/conf.d"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out "$LAB/conf/root.pem" -subj '/CN=Preview Root' \
        -days 30 2>/dev/null
    cat >"$LAB/conf/signet.conf" <<'END'
[attributes]
EmailAddress = {{UserName}}@example.org
END
    cat >"$LAB/conf/conf.d/10.conf" <<'END'
[trusted-root root]
certificate = root.pem

[scep people]
subject = CN={{UserName}},E={{EmailAddress}},OU="R+D, Labs",DC=example,DC=org
san = email:{{EmailAddress}}
san = upn:{{UserName}}@EXAMPLE.ORG
san = uri:urn:example:{{UserName}}
validity = 18 months
key-usage = digital-signature, key-encipherment
hash = sha384
eku = client-auth, 1.2.3.4.5
root = root
url = http://127.0.0.1:9/nobody
challenge = file:nowhere
END
}

case_preview_needs_neither_service_nor_root() {
    local text csr
    preview_conf
    text=$(lab_as alice signet preview people --conf "$LAB/conf" --csr "$LAB/tmp/csr" 2>"$LAB/tmp/said")
    expect_match "title" '^people for alice$' "$text"
    expect_match "applies" 'Applies +yes' "$text"
    expect_match "subject" 'Subject +CN=alice,.*=alice@example\.org,OU=R.\+D., Labs,DC=example,DC=org' "$text"
    expect_match "variable" 'EmailAddress = alice@example\.org \(.*signet\.conf' "$text"
    expect_match "said" 'without the challenge' "$(cat "$LAB/tmp/said")"
    expect_equal "owner and mode" "alice 644" "$(stat -c '%U %a' "$LAB/tmp/csr")"
    [ ! -e /run/signet/agent.sock ] || fail "an agent runs"

    openssl req -inform DER -in "$LAB/tmp/csr" -noout -verify 2>&1 | grep -q 'verify OK'
    csr=$(openssl req -inform DER -in "$LAB/tmp/csr" -noout -text)
    expect_match "encoded" 'Subject: DC = org, DC = example, OU = "R\+D, Labs", emailAddress = alice@example.org, CN = alice' "$csr"
    expect_match "key" 'Public-Key: \(2048 bit\)' "$csr"
    expect_match "key usage" 'Digital Signature, Key Encipherment$' "$csr"
    expect_match "extended key usage" 'TLS Web Client Authentication, 1\.2\.3\.4\.5$' "$csr"
    expect_match "names" 'email:alice@example.org, othername: UPN::alice@EXAMPLE.ORG, URI:urn:example:alice$' "$csr"
    expect_match "signature" 'sha384WithRSAEncryption' "$csr"
    expect_no_match "the request" 'challengePassword' "$csr"
}

case_preview_csr_is_encoded_as_windows_does() {
    local der
    preview_conf
    der=$(lab_as alice signet preview people --conf "$LAB/conf" --csr - 2>/dev/null | openssl asn1parse -inform DER -i)
    der=$(sed -E 's/^ *[0-9]+:d=[0-9]+ +hl=[0-9]+ l= *[0-9]+ (prim|cons): *//; s/ +:/ /' <<<"$der")
    expect_equal "what follows DC" "IA5STRING org IA5STRING example" \
        "$(grep -A1 domainComponent <<<"$der" | sed -n 's/^IA5STRING/&/p' | xargs)"
    expect_match "OU" '^UTF8STRING R\+D, Labs$' "$(grep -A1 'organizationalUnitName' <<<"$der")"
    expect_match "E" '^IA5STRING alice@example.org$' "$(grep -A1 'emailAddress' <<<"$der")"
    expect_match "CN" '^UTF8STRING alice$' "$(grep -A1 'commonName' <<<"$der")"
    # Its two pairs of BMPStrings, as one line for each byte string.
    expect_match "the validity attribute" '^OBJECT 1\.3\.6\.1\.4\.1\.311\.13\.2\.1$' "$der"
    expect_equal "its strings" 4 "$(grep -c '^BMPSTRING' <<<"$der")"
    der=$(lab_as alice signet preview people --conf "$LAB/conf" --csr - 2>/dev/null | tr -d '\0')
    expect_match "period" 'ValidityPeriod.*Months' "$der"
    expect_match "units" 'ValidityPeriodUnits.*18' "$der"
}

case_preview_makes_keys_of_every_size() {
    local row told
    preview_conf
    for row in 'rsa 1024' 'rsa 2048' 'rsa 3072' 'rsa 4096' 'ec 256' 'ec 384' 'ec 521'; do
        cat >"$LAB/conf/conf.d/20.conf" <<END
[scep box]
type = device
subject = CN=box
key-type = ${row% *}
key-size = ${row#* }
root = root
url = http://127.0.0.1:9/nobody
END
        told=$(signet preview box --conf "$LAB/conf" --csr - 2>/dev/null | openssl req -inform DER -noout -text -verify 2>&1)
        expect_match "$row" "Public-Key: \(${row#* } bit\)" "$told"
        expect_match "$row" 'verify OK' "$told"
    done
}

case_preview_tells_what_is_missing_and_what_may_not_be_read() {
    local text status=0
    preview_conf
    sed -i '/EmailAddress/d' "$LAB/conf/signet.conf"
    text=$(lab_as alice signet preview people --conf "$LAB/conf" --csr "$LAB/tmp/csr" 2>&1) || status=$?
    expect_equal "status" 4 "$status"
    expect_match "the one without a value" 'EmailAddress has no value' "$text"
    expect_match "the one with" 'UserName = alice' "$text"
    expect_match "the rest" 'upn:alice@EXAMPLE.ORG' "$text"
    expect_one_line "the message" '^signet: profile people, alice: \{\{EmailAddress\}\}: no value' "$text"
    [ ! -e "$LAB/tmp/csr" ] || fail "a request was written all the same"

    status=0
    chmod 640 "$LAB/conf/conf.d/10.conf"
    text=$(lab_as alice signet preview people --conf "$LAB/conf" 2>&1) || status=$?
    expect_equal "status" 4 "$status"
    expect_match "the file" '10\.conf.*[Pp]ermission denied' "$text"
    expect_match "root may" '^people for bob$' "$(signet preview people --conf "$LAB/conf" --user bob 2>/dev/null)"
}

case_mismatch_is_told_or_rejected() {
    local before said
    lab_ca_start
    lab_test_ca_start
    lab_test_profile test-user 'type = user' 'assign-users = alice' 'san = email:alice@example.org' 'validity = 1 year'
    lab_signet_start
    lab_sign_in alice
    lab_test_ca_behaves no-san no-eku
    expect_match "warned: the result" '"result":"ok"' "$(lab_renew alice test-user)"
    said=$(lab_as alice signet show test-user)
    expect_match "warned" 'left out the alternative name "email:alice@example.org"' "$said"
    expect_match "warned" 'left out the extended key usage client-auth' "$said"
    expect_match "status, too" 'warning: the CA left out' "$(lab_as alice signet status)"

    before=$(lab_entry alice test-user fingerprint)
    lab_test_profile test-user 'type = user' 'assign-users = alice' 'san = email:alice@example.org' 'validity = 1 year' \
        'on-mismatch = reject'
    lab_ask '{"op":"cycle"}'
    expect_equal "an edit of on-mismatch alone" "$before" "$(lab_entry alice test-user fingerprint)"
    lab_test_ca_behaves other-subject less-usage short:7200
    said=$(lab_renew alice test-user)
    expect_match "rejected: the result" '"class":"config"' "$said"
    expect_one_line "rejected: the message" \
        'changed the subject.*left out the key usage digitalSignature.*shorter.*on-mismatch = warn' "$said"
    expect_equal "alice's certificate" "$before" "$(lab_entry alice test-user fingerprint)"
    expect_equal "state" renewing "$(lab_entry alice test-user state)"
    lab_signs alice alice test-user
    lab_test_ca_behaves
    expect_match "from a CA that does as asked" '"result":"ok"' "$(lab_renew alice test-user)"
    [ "$before" != "$(lab_entry alice test-user fingerprint)" ] || fail "the certificate is the old one"
    expect_equal "warnings" "" "$(lab_entry alice test-user warnings)"
}
