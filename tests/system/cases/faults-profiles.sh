# shellcheck shell=bash
# Bad files in conf.d: each is told in one clear line, and loses nothing that was there before.

# faults_told WHAT REGEX: `signet check` fails with one line that matches; a policy cycle keeps alice's certificate, and it
# still signs.
faults_told() {
    local said before
    before=$(lab_entry alice lab-user fingerprint)
    [ -n "$before" ] || fail "$1: alice has no certificate to begin with"
    expect_failure "$1: signet check" signet check >"$LAB/tmp/check" 2>&1
    # Without the lines of the file that it shows.
    expect_one_line "$1" "$2" "$(grep -vE '^ *[0-9]* \| ' "$LAB/tmp/check")"
    said=$(lab_ask '{"op":"cycle"}')
    expect_match "$1: the agent's word for it" "$2" "$(jq -r '.problems[]?, .message?, .entries[]?.reason?' <<<"$said")"
    expect_equal "$1: alice's certificate" "$before" "$(lab_entry alice lab-user fingerprint)"
    lab_signs alice alice lab-user
}

case_conf_unreadable() {
    lab_start_with_certificates
    # A file that no read gives anything of, not even to root: a directory by that name, and one without its target.
    mkdir /etc/signet/conf.d/40-folder.conf
    faults_told "a folder instead of a file" '40-folder\.conf'
    rmdir /etc/signet/conf.d/40-folder.conf
    ln -s /nowhere /etc/signet/conf.d/41-link.conf
    faults_told "a link to nowhere" '41-link\.conf'
    rm /etc/signet/conf.d/41-link.conf
    # The agent is no root: what only root may read it cannot know.
    lab_profile 42-secret.conf <<<'[trusted-root other]'
    chmod 600 /etc/signet/conf.d/42-secret.conf
    expect_match "a file that only root may read" '42-secret\.conf.*[Pp]ermission' \
        "$(lab_ask '{"op":"cycle"}' | jq -r '.problems[]?, .message?')"
    lab_signs alice alice lab-user
}

case_conf_writable_by_group() {
    lab_start_with_certificates
    chmod 660 /etc/signet/conf.d/20-user.conf
    faults_told "a file that its group may write" '20-user\.conf.*(writ|mode|0?660)'
    chmod 640 /etc/signet/conf.d/20-user.conf
    chown alice /etc/signet/conf.d/20-user.conf
    faults_told "a file that alice owns" '20-user\.conf.*(own|alice|2001)'
}

case_conf_unknown_key() {
    lab_start_with_certificates
    sed -i 's/^key-size/key-sise/' /etc/signet/conf.d/20-user.conf
    faults_told "an unknown key" '20-user\.conf:10: .*key-sise'
}

case_conf_wrong_value() {
    lab_start_with_certificates
    sed -i 's/^key-size = .*/key-size = 1000/' /etc/signet/conf.d/20-user.conf
    faults_told "a wrong value" '20-user\.conf:10: .*key-size.*1000'
}

case_conf_unknown_variable() {
    lab_start_with_certificates
    sed -i 's/^subject = .*/subject = CN={{UserNam}}/' /etc/signet/conf.d/20-user.conf
    faults_told "an unknown variable" '20-user\.conf:4: .*UserNam'
}

case_conf_duplicate_name() {
    lab_start_with_certificates
    cp /etc/signet/conf.d/20-user.conf /etc/signet/conf.d/25-user.conf
    chgrp signet /etc/signet/conf.d/25-user.conf
    faults_told "a profile name twice" '25-user\.conf:1: .*lab-user'
}

case_conf_missing_root_file() {
    lab_start_with_certificates
    mv "$LAB_ROOT" "$LAB/tmp/aside.pem"
    faults_told "a root certificate that is not there" "$LAB_ROOT"
}

case_conf_root_is_no_ca() {
    lab_start_with_certificates
    lab_certificate leaf basicConstraints=CA:FALSE
    cp "$LAB/leaf.pem" "$LAB_ROOT"
    faults_told "a root that is no CA" "$LAB_ROOT.*(CA|authority)"
}

case_conf_root_is_no_certificate() {
    lab_start_with_certificates
    echo 'nothing of the kind' >"$LAB_ROOT"
    faults_told "a root that is no certificate" "$LAB_ROOT"
}
