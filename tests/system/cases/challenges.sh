# shellcheck shell=bash
# Where challenges come from: programs, webhooks, and an NDES page behind real Kerberos and NTLM. scepserver wants the very
# challenge that the page gives.

CHALLENGE_TMP=/run/lab/tmp
CHALLENGE_URL=http://lab-host.example.org:2020/certsrv/mscep_admin/

# The CA and the daemons; alice's profile gets its challenge from there. The page shows hex digits.
challenge_start() { # LINE...
    LAB_CHALLENGE=1ED0DD50F7459D6E
    lab_ca_start
    lab_root_profile
    echo "$LAB_CHALLENGE" >$CHALLENGE_TMP/challenge
    challenge_profile "$@"
    lab_signet_start
}

# The users' profile with these lines in place of its own challenge.
challenge_profile() {
    lab_user_profile "$@"
    sed -i '/^challenge = static:/d' /etc/signet/conf.d/20-user.conf
}

# challenge_page OPTION...: see tests/system/page.
challenge_page() {
    lab_stop page
    lab_spawn page root env "KRB5_KTNAME=$CHALLENGE_TMP/http.keytab" /run/lab/page 2020 --challenge $CHALLENGE_TMP/challenge "$@"
    lab_wait 30 lab_listening 2020
}

# A file that the agent may read and others may not.
challenge_secret() { # FILE < SECRET
    (umask 077 && cat >"$1") && chown root:signet "$1" && chmod 640 "$1"
}

challenge_enrols() { # WHAT
    local said
    said=$(lab_ask '{"op":"enroll","uid":2001}')
    expect_match "$1" '"result":"ok"' "$said"
    expect_equal "$1: state" installed "$(lab_entry alice lab-user state)"
    lab_ask '{"op":"remove","uid":2001,"profile":"lab-user"}' >/dev/null
}

# challenge_fails WHAT REGEX: with one line that says why.
challenge_fails() {
    local said
    said=$(lab_ask '{"op":"enroll","uid":2001}')
    expect_match "$1" '"result":"error"' "$said"
    expect_one_line "$1" "$2" "$(jq -r .message <<<"$said")"
    [[ $said != *"$LAB_CHALLENGE"* && $said != *pass-word* ]] || fail "$1: a secret is in: $said"
    echo "$1: $(jq -r .message <<<"$said")"
}

# --- Kerberos: a realm of our own on loopback

challenge_realm() {
    cat >/etc/krb5.conf <<END
[libdefaults]
    default_realm = LAB.EXAMPLE
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
[realms]
    LAB.EXAMPLE = {
        kdc = 127.0.0.1
    }
[domain_realm]
    .example.org = LAB.EXAMPLE
END
    mkdir -p /etc/krb5kdc /run/lab/kdc
    cat >/etc/krb5kdc/kdc.conf <<END
[kdcdefaults]
    kdc_ports = 88
    kdc_tcp_ports = 88
[realms]
    LAB.EXAMPLE = {
        database_name = /run/lab/kdc/principal
        key_stash_file = /run/lab/kdc/stash
        max_life = 1h
    }
END
    {
        kdb5_util create -s -P lab
        kadmin.local -q 'addprinc -randkey HTTP/lab-host.example.org'
        kadmin.local -q "ktadd -k $CHALLENGE_TMP/http.keytab HTTP/lab-host.example.org"
        kadmin.local -q 'addprinc -randkey signet/lab-host'
        kadmin.local -q 'addprinc -randkey stranger'
    } >>"$(lab_log kadmin)" 2>&1
    challenge_keytab signet/lab-host
    challenge_kdc
}

challenge_kdc() {
    lab_spawn kdc root krb5kdc -n
    lab_wait 30 lab_listening 88
}

# The client's keytab, with a new key for this principal.
challenge_keytab() {
    rm -f $CHALLENGE_TMP/client.keytab
    kadmin.local -q "ktadd -k $CHALLENGE_TMP/client.keytab $1" >>"$(lab_log kadmin)" 2>&1
    challenge_secret /etc/signet/client.keytab <$CHALLENGE_TMP/client.keytab
}

case_challenge_from_ndes_with_kerberos() {
    challenge_realm
    challenge_page --auth negotiate --user signet/lab-host@LAB.EXAMPLE
    challenge_start "challenge = ndes:$CHALLENGE_URL" 'challenge-keytab = client.keytab'
    challenge_enrols "a keytab that is right"
    expect_match "who asked" ' 200 signet/lab-host@LAB.EXAMPLE ' "$(cat "$(lab_log page)")"

    # The key is another one now, and the keytab has the old.
    kadmin.local -q 'cpw -randkey signet/lab-host' >>"$(lab_log kadmin)" 2>&1
    challenge_fails "an old keytab" 'client\.keytab: Kerberos: .*(Decrypt integrity check|[Pp]reauthentication) failed'
    echo rubbish | challenge_secret /etc/signet/client.keytab
    challenge_fails "no keytab at all" 'client\.keytab: Kerberos: '
    challenge_keytab stranger
    challenge_fails "a stranger" 'client\.keytab: the account does not have sufficient permission'
    chmod 644 /etc/signet/client.keytab
    challenge_fails "an open keytab" 'client\.keytab: mode 0644 lets everyone read'
    rm /etc/signet/client.keytab
    challenge_fails "a missing keytab" 'client\.keytab: no such file'

    challenge_keytab signet/lab-host
    lab_stop kdc
    challenge_fails "a KDC that is down" 'Kerberos: .*KDC'
    challenge_kdc
    challenge_enrols "all well again"
}

case_challenge_from_ndes_with_ntlm() {
    echo 'pass-word 1' >$CHALLENGE_TMP/password
    challenge_page --auth ntlm --user 'CORP\des svc' --password $CHALLENGE_TMP/password
    echo 'pass-word 1' | challenge_secret /etc/signet/password
    challenge_start "challenge = ndes:$CHALLENGE_URL" 'challenge-auth = ntlm' 'challenge-user = CORP\des svc' \
        'challenge-secret = file:password'
    challenge_enrols "the right password"
    expect_match "who asked" ' 200 des svc ' "$(cat "$(lab_log page)")"
    echo 'pass-word 2' | challenge_secret /etc/signet/password
    challenge_fails "another password" 'asked as CORP.des svc: answered HTTP 401: it does not believe who asks'
}

case_challenge_from_a_webhook() {
    echo pass-word-token >$CHALLENGE_TMP/password
    challenge_page --auth bearer --form json --password $CHALLENGE_TMP/password
    challenge_secret /etc/signet/token <$CHALLENGE_TMP/password
    challenge_start 'challenge = webhook:http://127.0.0.1:2020/hook?x=1' 'challenge-auth = bearer' \
        'challenge-secret = file:token'
    challenge_enrols "the right token"
    expect_match "what it was told" '^POST /hook\?x=1 200 Bearer \{"profile":"lab-user","owner":"user","subject":"' \
        "$(cat "$(lab_log page)")"
    expect_match "for whom" '"sans":\["email:alice@example.org","upn:alice@example.org"\],.*"user":"alice","uid":2001' \
        "$(cat "$(lab_log page)")"
    echo pass-word-other | challenge_secret /etc/signet/token
    challenge_fails "another token" 'asked with the token in /etc/signet/token: answered HTTP 401'
    challenge_profile 'challenge = webhook:http://127.0.0.1:2020/hook'
    challenge_fails "no token" 'HTTP 401: it wants to know who asks'
    challenge_page --auth basic --user bob --form text --password $CHALLENGE_TMP/password
    challenge_secret /etc/signet/token <$CHALLENGE_TMP/password
    challenge_profile 'challenge = webhook:http://127.0.0.1:2020/hook' 'challenge-auth = basic' 'challenge-user = bob' \
        'challenge-secret = file:token'
    challenge_enrols "Basic, one line of text"
    lab_stop page
    challenge_fails "nobody there" '127\.0\.0\.1:2020/hook.*connect'
}

case_challenge_from_a_command() {
    challenge_start 'challenge = command:/usr/local/libexec/challenge "a b"'
    mkdir -p /usr/local/libexec
    cat >/usr/local/libexec/challenge <<'END'
#!/bin/sh
read -r request
case $1,$request in
    'a b',*'"profile":"lab-user"'*'"user":"alice"'*) cat /etc/signet/given ;;
    *) exit 7 ;;
esac
END
    chmod 755 /usr/local/libexec/challenge
    challenge_secret /etc/signet/given <$CHALLENGE_TMP/challenge
    challenge_enrols "its first line"
    echo pass-word | challenge_secret /etc/signet/given
    challenge_fails "the CA knows another challenge" "$LAB_SCEP: the CA refused the new request"
    chmod 777 /usr/local/libexec/challenge
    challenge_fails "a program that anyone may write" '/usr/local/libexec/challenge: mode 0777 lets others write it'
    rm /usr/local/libexec/challenge
    challenge_fails "no program" '/usr/local/libexec/challenge: no such program'
}

# scepserver wants a challenge with each request, our own CA none for a renewal.
case_challenge_is_asked_for_when_it_is_needed() {
    challenge_page
    challenge_start "challenge = ndes:$CHALLENGE_URL" 'challenge-auth = none'
    lab_test_ca_start
    lab_sign_in alice
    expect_equal "state" installed "$(lab_entry alice lab-user state)"
    expect_equal "questions of an enrolment" 1 "$(grep -c '^GET' "$(lab_log page)")"
    expect_match "a renewal that needs one" '"result":"ok"' "$(lab_renew alice lab-user)"
    expect_equal "questions until then" 2 "$(grep -c '^GET' "$(lab_log page)")"

    lab_test_profile test-user 'type = user' 'assign-users = alice'
    lab_sign_in alice
    sed -i "s|^challenge = .*|challenge = ndes:$CHALLENGE_URL|" /etc/signet/conf.d/50-test-user.conf
    echo 'challenge-auth = none' >>/etc/signet/conf.d/50-test-user.conf
    lab_stop page
    expect_match "a renewal that needs none" '"result":"ok"' "$(lab_renew alice test-user)"
    expect_equal "generation" 2 "$(lab_entry alice test-user generation)"
    expect_match "and one that does" 'connect.*before that: the CA refused the renewal' "$(lab_renew alice lab-user)"
}

# --- never seen

# A profile whose challenge comes so, from a page or program that takes its time.
challenge_slowly() { # KIND
    local page=(--delay 0.5 --password "$CHALLENGE_TMP/password")
    case $1 in
        static) lab_user_profile ;;
        file) challenge_profile 'challenge = file:challenge' ;;
        command) challenge_profile 'challenge = command:/usr/local/libexec/challenge' ;;
        ndes-basic)
            challenge_page "${page[@]}" --auth basic --user bob
            challenge_profile "challenge = ndes:$CHALLENGE_URL" 'challenge-auth = basic' 'challenge-user = bob' \
                'challenge-secret = file:password'
            ;;
        ndes-ntlm)
            challenge_page "${page[@]}" --auth ntlm --user 'CORP\bob'
            challenge_profile "challenge = ndes:$CHALLENGE_URL" 'challenge-auth = ntlm' 'challenge-user = CORP\bob' \
                'challenge-secret = file:password'
            ;;
        webhook-bearer)
            challenge_page "${page[@]}" --auth bearer --form json
            challenge_profile 'challenge = webhook:http://127.0.0.1:2020/' 'challenge-auth = bearer' \
                'challenge-secret = file:password'
            ;;
    esac
}

# All that signet says of alice's profile.
challenge_words() {
    lab_ask '{"op":"enroll","uid":2001}'
    signet status --json --user alice
    signet status --user alice
    for verb in show preview; do
        signet $verb lab-user --user alice --json
        signet $verb lab-user --user alice
    done
    signet preview lab-user --user alice --csr "$1"
    signet check --json
    signet check
}

# challenge_unseen WHAT: no file of ours has a secret in it; scepserver tells its own log.
challenge_unseen() {
    expect_equal "$1: files with a secret in them" '' "$(grep -lFf $CHALLENGE_TMP/needles -r $CHALLENGE_TMP/words \
        $CHALLENGE_TMP/request.* "$(lab_log agent)" "$(lab_log keyd)" /var/lib/signet /run/signet || true)"
}

# Each kind while somebody looks at all processes; then at all that is left behind.
case_challenges_are_never_seen() {
    local kind
    LAB_CHALLENGE=C0FFEE5EC2E7C0DE
    echo $LAB_CHALLENGE >$CHALLENGE_TMP/challenge
    echo pass-word-one >$CHALLENGE_TMP/password
    cat $CHALLENGE_TMP/challenge $CHALLENGE_TMP/password >$CHALLENGE_TMP/needles
    challenge_secret /etc/signet/password <$CHALLENGE_TMP/password
    challenge_secret /etc/signet/challenge <$CHALLENGE_TMP/challenge
    mkdir -p /usr/local/libexec
    printf '#!/bin/sh\nsleep 0.5\ncat /etc/signet/challenge\n' >/usr/local/libexec/challenge
    chmod 755 /usr/local/libexec/challenge
    lab_ca_start
    lab_root_profile
    lab_signet_start --verbose
    lab_spawn watch root /run/lab/watch-secrets $CHALLENGE_TMP/needles signet-
    lab_wait 30 grep -q watching "$(lab_log watch)"
    for kind in static file command ndes-basic ndes-ntlm webhook-bearer; do
        challenge_slowly $kind
        challenge_enrols $kind
        challenge_words $CHALLENGE_TMP/request.$kind >$CHALLENGE_TMP/words 2>&1
        expect_match "$kind: what was said" '"challenge": ?"[a-z]+"' "$(cat $CHALLENGE_TMP/words)"
        challenge_unseen $kind
        lab_ask '{"op":"remove","uid":2001,"profile":"lab-user"}' >/dev/null
    done
    # The same when it goes wrong.
    challenge_page --status 500 --form text --auth bearer --password $CHALLENGE_TMP/password
    challenge_fails "a page that repeats what it was told" 'HTTP 500 with words that repeat a secret'
    challenge_unseen "a failure"
    lab_stop watch
    cat "$(lab_log watch)"
    for kind in signet-agent signet-fetch; do
        expect_match "what was looked at" "^saw $kind" "$(cat "$(lab_log watch)")"
    done
    expect_no_match "what was seen" 'secret|dumped' "$(cat "$(lab_log watch)")"
}
