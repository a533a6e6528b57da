# shellcheck shell=bash
# Profiles of other managements: imported, checked, enrolled; and the certificates are those that the samples ask for.

IMPORT_SAMPLES=${BASH_SOURCE[0]%/system/*}/import/samples

# What this machine does not know by itself.
import_settings() {
    mkdir -p /etc/signet
    cat >/etc/signet/signet.conf <<'END'
[attributes]
EmailAddress = {{UserName}}@contoso.com
UserPrincipalName = {{UserName}}@corp.contoso.com
SerialNumber = PF2ABCDE
DeviceId = 0000-1111
END
    printf '%s' "$LAB_CHALLENGE" >/etc/signet/challenge
    chgrp signet /etc/signet/challenge
    chmod 640 /etc/signet/challenge
}

# import_graph URL ROOT: the page of samples, with our server and root in place of Contoso's.
import_graph() {
    jq --arg url "$1" --arg root "$(openssl x509 -in "$2" -outform DER | base64 -w 0)" '
        walk(if type == "object" and has("trustedRootCertificate") then .trustedRootCertificate = $root else . end)
        | .value |= map(if has("scepServerUrls") then .scepServerUrls = [$url] | .keySize = "size2048" else . end)' \
        "$IMPORT_SAMPLES/graph-page.json" >"$LAB/tmp/graph.json"
    signet import "$LAB/tmp/graph.json" --root contoso-root-ca --challenge file:challenge --output /etc/signet \
        2>"$LAB/tmp/said" >>"$(lab_log import)"
}

# import_mobileconfig SAMPLE URL ROOT: the same, signed by somebody.
import_mobileconfig() {
    python3 - "$IMPORT_SAMPLES/$1" "$2" "$3" "$LAB_CHALLENGE" >"$LAB/tmp/unsigned" <<'END'
import plistlib, ssl, sys
sample, url, root, challenge = sys.argv[1:]
with open(sample, "rb") as f:
    profile = plistlib.load(f)
with open(root) as f:
    certificate = ssl.PEM_cert_to_DER_cert(f.read())
for payload in profile["PayloadContent"]:
    if payload["PayloadType"] == "com.apple.security.scep":
        payload["PayloadContent"].update(URL=url, Challenge=challenge)
        payload["PayloadContent"].pop("CAFingerprint", None)
        payload["PayloadContent"].pop("Name", None)
profile["PayloadContent"] = [p for p in profile["PayloadContent"] if p["PayloadType"] != "com.apple.security.pkcs1"]
for payload in profile["PayloadContent"]:
    if payload["PayloadType"] == "com.apple.security.root":
        payload["PayloadContent"] = certificate
sys.stdout.buffer.write(plistlib.dumps(profile))
END
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=mdm.contoso.com -keyout "$LAB/tmp/mdm.key" -out "$LAB/tmp/mdm.pem" \
        2>/dev/null
    openssl cms -sign -binary -nodetach -outform DER -signer "$LAB/tmp/mdm.pem" -inkey "$LAB/tmp/mdm.key" \
        -in "$LAB/tmp/unsigned" -out "$LAB/tmp/signed"
    signet import "$LAB/tmp/signed" --output /etc/signet 2>"$LAB/tmp/said" >>"$(lab_log import)"
    expect_match "whose signature" 'signed by CN=mdm.contoso.com' "$(cat "$LAB/tmp/said")"
    # As root it is only root's until an administrator hands it to the agent, as the import says.
    for file in /etc/signet/*.challenge; do
        expect_equal "mode of $file" 600 "$(stat -c %a "$file")"
        chgrp signet "$file"
        chmod 640 "$file"
    done
}

# import_subject WHO PROFILE, import_names WHO PROFILE: of the certificate that came.
import_subject() { lab_certificate_of "$1" "$2" | openssl x509 -noout -subject -nameopt RFC2253; }
import_names() { lab_certificate_of "$1" "$2" | openssl x509 -noout -ext subjectAltName; }

import_enrol() {
    expect_match "signet check" ' 0 problems' "$(signet check)"
    lab_signet_start
    lab_sign_in alice >>"$(lab_log sign-in)"
    lab_ask '{"op":"cycle"}' >>"$(lab_log cycle)"
}

# Debian's scepserver answers in DES; no import knows that.
import_accepts_des() { sed -i 's/^url = .*/&\naccept-des = yes/' /etc/signet/conf.d/*.conf; }

# Debian's scepserver writes subjects anew: it keeps neither their order nor the address in them, and no principal names.
case_import_graph_enrols_with_scepserver() {
    local subject names
    lab_ca_start
    import_settings
    import_graph "$LAB_SCEP" "$LAB_ROOT"
    import_accepts_des
    import_enrol
    expect_equal "the device's subject" "subject=CN=lab-host,OU=Workstations,O=Contoso" \
        "$(import_subject device contoso-device)"
    names=$(import_names device contoso-device)
    expect_match "the device's DNS name" 'DNS:lab-host.corp.contoso.com' "$names"
    expect_match "the device's URI" 'URI:urn:device:lab-host' "$names"
    expect_equal "the kiosk's subject" "subject=CN=PF2ABCDE" "$(import_subject device android-kiosk-wi-fi)"
    expect_equal "the Mac's subject" "subject=CN=0000-1111" "$(import_subject device macs)"
    subject=$(import_subject alice contoso-user)
    for part in CN=alice OU=Mobile 'O=Finance Group' L=Redmond ST=Washington C=US; do
        expect_match "alice's subject" "[=,]$part(,|\$)" "$subject"
    done
    expect_match "alice's address" 'email:alice@contoso.com' "$(import_names alice contoso-user)"
    expect_match "alice's address in the iPhone's" 'email:alice@contoso.com' "$(import_names alice iphones-ipads)"
    lab_signs alice alice contoso-user
    expect_match "what the network was" 'Corp Wi-Fi.*signs in with: contoso-user' "$(cat "$LAB/tmp/said")"
}

# Our own CA issues what was asked for, to the letter.
case_import_graph_enrols_as_asked() {
    local names
    lab_test_ca_start
    rm /etc/signet/conf.d/11-test-root.conf
    import_settings
    import_graph "$LAB_TEST_SCEP" "$LAB_TEST_ROOT"
    import_enrol
    expect_equal "alice's subject" \
        "subject=CN=alice,emailAddress=alice@contoso.com,OU=Mobile,O=Finance Group,L=Redmond,ST=Washington,C=US" \
        "$(import_subject alice contoso-user)"
    names=$(import_names alice contoso-user)
    expect_match "alice's address" 'email:alice@contoso.com' "$names"
    expect_match "alice's principal name" 'othername: *UPN::?alice@corp.contoso.com' "$names"
}

case_import_mobileconfig_enrols_with_scepserver() {
    lab_ca_start
    import_settings
    import_mobileconfig device.mobileconfig "$LAB_SCEP" "$LAB_ROOT"
    import_accepts_des
    import_enrol
    expect_equal "the device's subject" "subject=CN=lab-host,O=Contoso" "$(import_subject device contoso-mac)"
    expect_match "the device's DNS name" 'DNS:lab-host.example.org' "$(import_names device contoso-mac)"
}

case_import_mobileconfig_enrols_as_asked() {
    local names
    lab_test_ca_start
    rm /etc/signet/conf.d/11-test-root.conf
    import_settings
    import_mobileconfig user.mobileconfig "$LAB_TEST_SCEP" "$LAB_TEST_ROOT"
    expect_no_match "the challenge on the terminal" "$LAB_CHALLENGE" "$(cat "$LAB/tmp/said" "$(lab_log import)")"
    import_enrol
    expect_equal "alice's subject" \
        'subject=emailAddress=alice@contoso.com,CN=alice,L=Malmo+OU=R&D,O=Contoso\, Inc. \"North\",C=SE' \
        "$(import_subject alice contoso-mac-user)"
    names=$(import_names alice contoso-mac-user)
    expect_match "alice's address" 'email:alice@contoso.com' "$names"
    expect_match "alice's machine" 'DNS:lab-host.contoso.com' "$names"
    expect_match "alice's serial number" 'URI:urn:serial:PF2ABCDE' "$names"
    expect_match "alice's principal name" 'othername: *UPN::?alice@contoso.com' "$names"
}
