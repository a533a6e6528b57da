# shellcheck shell=bash
# A laboratory: a SCEP CA, a RADIUS server, signet's daemons and two users, inside the throw-away of overlay.sh.
# The network is the throw-away's own, so every port is free. Functions return non-zero, having said why on standard
# error, when what they do cannot be done.

LAB=/run/lab
LAB_TOOLS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_CHALLENGE=lab-challenge
LAB_SCEP=http://127.0.0.1:2016/scep
LAB_ROOT=/etc/signet/anchors/lab-root.pem

# --- processes

# lab_wait SECONDS COMMAND...: until COMMAND succeeds.
lab_wait() {
    local until=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@" >/dev/null 2>&1; do
        if [ "${EPOCHREALTIME/./}" -gt "$until" ]; then
            echo "waited in vain for: $*" >&2
            return 1
        fi
        sleep 0.02
    done
}

# lab_as USER COMMAND...: as that user, with that user's groups and home.
lab_as() {
    local user=$1
    shift
    setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups \
        env HOME="$(getent passwd "$user" | cut -d: -f6)" "$@"
}

# lab_spawn NAME USER COMMAND...: in the background, until lab_stop. Its output goes to lab_log NAME.
lab_spawn() {
    local name=$1 user=$2 home status=0
    shift 2
    home=$(getent passwd "$user" | cut -d: -f6)
    rm -f "$LAB/process/$name."*
    {
        setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups env HOME="$home" "$@" &
        echo $! >"$LAB/process/$name.pid"
        wait $! || status=$?
        echo $status >"$LAB/process/$name.status"
    } </dev/null >>"$(lab_log "$name")" 2>&1 &
    lab_wait 30 test -s "$LAB/process/$name.pid"
}

lab_log() { echo "$LAB/log/$1"; }
lab_pid() { cat "$LAB/process/$1.pid"; }
lab_running() { [ -e "$LAB/process/$1.pid" ] && [ ! -e "$LAB/process/$1.status" ]; }
lab_listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }

# lab_stop NAME [SIGNAL]: and waits for its end.
lab_stop() {
    lab_running "$1" || return 0
    touch "$LAB/process/$1.stopped"
    kill -s "${2:-TERM}" "$(lab_pid "$1")" 2>/dev/null
    lab_wait 30 test -e "$LAB/process/$1.status"
}

# Did every process that we did not stop ourselves go on, or end by itself?
lab_unharmed() {
    local file name status
    for file in "$LAB"/process/*.status; do
        [ -e "$file" ] || continue
        name=$(basename "$file" .status)
        status=$(cat "$file")
        if [ ! -e "$LAB/process/$name.stopped" ] && [ "$status" -gt 128 ]; then
            echo "$name died of signal $((status - 128))" >&2
            return 1
        fi
    done
}

lab_logs() {
    local file
    for file in "$LAB"/log/*; do
        [ -s "$file" ] || continue
        echo "--- ${file##*/}"
        tail -n 40 "$file"
    done
}

# --- the machine: users, folders, what signet needs to find

lab_open() {
    umask 022
    mkdir -p $LAB/log $LAB/process $LAB/tmp
    chmod 755 $LAB
    install -m 755 "$LAB_TOOLS"/{say,forge-sign,page,watch-secrets} $LAB/
    export LC_ALL=C.UTF-8 TMPDIR=$LAB/tmp
    chmod 1777 $LAB/tmp
    cd $LAB || return
    # Modules of packages that are here for comparison only, and would be asked by every client.
    rm -f /usr/share/p11-kit/modules/{softhsm2,opensc-pkcs11}.module
    systemd-sysusers /usr/lib/sysusers.d/signet.conf 2>>"$(lab_log machine)" || return
    systemd-tmpfiles --create /usr/lib/tmpfiles.d/signet.conf 2>>"$(lab_log machine)"
    useradd -m -u 2001 alice && useradd -m -u 2002 bob && useradd -r -u 971 -m netmon || return
    lab_pam_service wait=15
}

lab_close() {
    local file
    for file in "$LAB"/process/*.pid; do
        [ -e "$file" ] && lab_stop "$(basename "$file" .pid)" 2>/dev/null
    done
    return 0
}

# --- the SCEP CA: Debian's scepserver with a CA made on the spot

lab_ca_start() {
    (
        cd $LAB &&
            scepserver ca -init -key-password lab -keySize 2048 -organization Lab -organizational_unit 'Lab CA' \
                -depot ca >>"$(lab_log scepserver)" 2>&1
    ) || return
    lab_ca_resume && mkdir -p "${LAB_ROOT%/*}" && install -m 644 $LAB/ca/ca.pem $LAB_ROOT
}

lab_ca_resume() {
    lab_spawn scepserver root scepserver -depot $LAB/ca -port 2016 -capass lab -challenge "$LAB_CHALLENGE" \
        -allowrenew 0 -debug
    lab_wait 30 lab_listening 2016
}

# A second CA, our own test CA: it issues for EC keys, which scepserver cannot, and misbehaves on request (see
# tests/ca/behave.c): what lab_test_ca_behaves sets holds from the next request on.
LAB_TEST_SCEP=http://127.0.0.1:2018/scep
LAB_TEST_ROOT=/etc/signet/anchors/test-root.pem

lab_test_ca_start() {
    mkdir -p "${LAB_TEST_ROOT%/*}"
    : >$LAB/tmp/behave
    lab_spawn test-ca root "$LAB_BUILD/tests/ca/scep-ca" --port 2018 --challenge "$LAB_CHALLENGE" \
        --ca-file $LAB_TEST_ROOT --behave-file $LAB/tmp/behave --log "$LAB/log/test-ca-requests"
    lab_wait 30 lab_listening 2018
    lab_profile 11-test-root.conf <<END
[trusted-root test-root]
certificate = $LAB_TEST_ROOT
store = signet
END
}

lab_test_ca_behaves() { echo "$*" >$LAB/tmp/behave; }

# How many certificates were asked for since the CA was made.
lab_requests() { grep -c 'op=PKIOperation' "$(lab_log scepserver)"; }

# lab_certificate NAME EXTENSION...: NAME.key and NAME.pem from the lab's CA.
lab_certificate() {
    local name=$1
    shift
    openssl req -new -newkey rsa:2048 -nodes -keyout "$LAB/$name.key" -out "$LAB/$name.csr" \
        -subj "/CN=$name.example.org" 2>/dev/null &&
        openssl x509 -req -in "$LAB/$name.csr" -CA $LAB/ca/ca.pem -CAkey $LAB/ca/ca.key -passin pass:lab \
            -set_serial "0x$(openssl rand -hex 8)" -days 30 -out "$LAB/$name.pem" \
            -extfile <(printf '%s\n' "$@") 2>/dev/null
}

# --- profiles

# lab_profile FILE < TEXT: a file in conf.d.
lab_profile() {
    mkdir -p /etc/signet/conf.d
    cat >"/etc/signet/conf.d/$1"
    chown root:signet "/etc/signet/conf.d/$1"
    chmod 640 "/etc/signet/conf.d/$1"
}

lab_root_profile() {
    lab_profile 10-root.conf <<END
[trusted-root lab-root]
description = The lab's root
certificate = $LAB_ROOT
store = signet
END
}

# A profile that uses it; further lines are added.
lab_test_profile() { # NAME LINE...
    local name=$1
    shift
    lab_profile "50-$name.conf" <<END
[scep $name]
subject = CN={{DeviceName}},OU=$name,O=Example,C=SE
key-storage = software
key-usage = digital-signature
root = test-root
eku = client-auth
url = $LAB_TEST_SCEP
challenge = static:$LAB_CHALLENGE
$(printf '%s\n' "$@")
END
}

# The user profile; further lines are added to it.
lab_user_profile() {
    lab_profile 20-user.conf <<END
[scep lab-user]
description = Network for people
type = user
subject = CN={{UserName}},OU=People,O=Example,C=SE
san = email:{{UserName}}@example.org
san = upn:{{UserName}}@example.org
key-storage = software
key-usage = digital-signature, key-encipherment
key-type = rsa
key-size = 2048
hash = sha256
root = lab-root
eku = client-auth
renewal-threshold = 20
url = $LAB_SCEP
accept-des = yes
challenge = static:$LAB_CHALLENGE
$(printf '%s\n' "$@")
END
}

lab_device_profile() {
    lab_profile 30-device.conf <<END
[scep lab-device]
description = Network for the machine
type = device
subject = CN={{DeviceName}},OU=Machines,O=Example,C=SE
san = dns:{{FullyQualifiedDomainName}}
key-storage = software
key-usage = digital-signature
key-type = rsa
key-size = 2048
hash = sha256
root = lab-root
eku = client-auth
url = $LAB_SCEP
accept-des = yes
challenge = static:$LAB_CHALLENGE
$(printf '%s\n' "$@")
END
}

lab_profiles() { lab_root_profile && lab_user_profile && lab_device_profile; }

# --- signet

# Where make install puts a daemon.
lab_daemon() {
    local folder
    for folder in /usr/libexec/signet /usr/sbin /usr/bin; do
        [ ! -x "$folder/$1" ] || { echo "$folder/$1"; return; }
    done
    echo "$1 is not installed" >&2
    return 1
}

# Started as root, as by systemd without a user, they become the owner of the store.
lab_agent_start() {
    lab_spawn agent root "$(lab_daemon signet-agent)" --listen /run/signet/agent.sock "$@"
    lab_wait 30 socat -u OPEN:/dev/null UNIX-CONNECT:/run/signet/agent.sock
}

lab_keyd_start() {
    lab_spawn keyd root "$(lab_daemon signet-keyd)" --listen /run/signet/keyd.sock "$@"
    lab_wait 30 socat -u OPEN:/dev/null UNIX-CONNECT:/run/signet/keyd.sock
}

lab_signet_start() { lab_agent_start && lab_keyd_start; }

# CA, profiles and daemons: what most cases begin with.
lab_start() { lab_ca_start && lab_profiles && lab_signet_start; }

# Daemons, and alice has her certificate, the machine its own.
lab_start_with_certificates() {
    lab_start && lab_sign_in alice >>"$(lab_log sign-in)" && lab_ask '{"op":"cycle"}' >>"$(lab_log cycle)"
}

# lab_ask REQUEST [USER]: to the agent (see agent/PROTOCOL.md), as root or USER; prints the result line.
lab_ask() {
    lab_as "${2:-root}" "$LAB/say" /run/signet/agent.sock <<<"$1" | jq -c 'select(.result)'
}

# lab_entry WHO PROFILE MEMBER: of the entry as the agent lists it; empty when there is none.
lab_entry() {
    local owner=$1
    lab_ask '{"op":"list"}' | jq -r --arg owner "$owner" --arg profile "$2" --arg member "$3" \
        '.entries[] | select(.owner == $owner and .profile == $profile) | .[$member] // empty'
}

# lab_renew WHO PROFILE: prints the result line.
lab_renew() {
    local uid=-1
    [ "$1" = device ] || uid=$(id -u "$1")
    lab_ask "{\"op\":\"renew\",\"uid\":$uid,\"profile\":\"$2\"}"
}

# lab_signs USER WHO PROFILE: USER signs with WHO's key through p11-kit and OpenSSL's engine; verified with the certificate.
lab_signs() {
    local base=$LAB/tmp/signs-$1-$2-$3
    echo "something to sign" >"$base.data"
    lab_certificate_of "$2" "$3" | openssl x509 -noout -pubkey >"$base.pub" &&
        lab_as "$1" openssl dgst -engine pkcs11 -keyform engine -sign "$(lab_uri "$2" "$3" private)" -sha256 \
            -out "$base.signature.$$" "$base.data" >>"$(lab_log "signs-$1")" 2>&1 &&
        openssl dgst -sha256 -verify "$base.pub" -signature "$base.signature.$$" "$base.data" >>"$(lab_log "signs-$1")"
}

# lab_pam_service [ARGUMENT...]: a service as Debian's are, with our module as the last of its session modules.
lab_pam_service() {
    printf 'session required pam_permit.so\nsession optional pam_signet.so %s\n' "$*" >/etc/pam.d/signet-lab
}

# lab_sign_in USER: real libpam, our module; its messages on standard output.
lab_sign_in() { pamtester signet-lab "$1" open_session close_session; }

# lab_uri WHO PROFILE [TYPE]: WHO is a user or `device`.
lab_uri() {
    local token='signet%20device' serial=device
    [ "$1" = device ] || token='signet%20user' serial=$(id -u "$1")
    echo "pkcs11:token=$token;serial=$serial;object=$2${3:+;type=$3}"
}

# lab_certificate_of WHO PROFILE: the current certificate as the token shows it to root, PEM.
lab_certificate_of() { p11tool --export "$(lab_uri "$1" "$2" cert)" 2>/dev/null; }

# Milliseconds since the machine started, for durations.
lab_ms() { awk '{ printf "%d", $1 * 1000 }' /proc/uptime; }

# --- EAP-TLS

lab_radius_start() {
    lab_certificate radius extendedKeyUsage=serverAuth subjectAltName=DNS:radius.example.org || return
    mkdir -p $LAB/radius
    cp $LAB/ca/ca.pem $LAB/radius/trusted.pem
    [ ! -e $LAB_TEST_ROOT ] || cat $LAB_TEST_ROOT >>$LAB/radius/trusted.pem
    cat >$LAB/radius/radiusd.conf <<END
prefix = /usr
logdir = $LAB/radius
run_dir = $LAB/radius
libdir = /usr/lib/freeradius
client lab {
    ipaddr = 127.0.0.1
    secret = testing123
}
modules {
    eap {
        default_eap_type = tls
        tls-config lab {
            private_key_file = $LAB/radius.key
            certificate_file = $LAB/radius.pem
            ca_file = $LAB/radius/trusted.pem
            tls_min_version = "1.2"
            tls_max_version = "1.2"
        }
        tls {
            tls = lab
        }
    }
}
server default {
    listen {
        type = auth
        ipaddr = 127.0.0.1
        port = 1812
    }
    authorize {
        eap
    }
    authenticate {
        eap
    }
}
END
    lab_spawn radius root freeradius -X -d $LAB/radius
    lab_wait 30 grep -q 'Ready to process requests' "$(lab_log radius)"
}

# lab_network_block WHO PROFILE: the network block of a wpa_supplicant configuration.
lab_network_block() {
    cat <<END
network={
    key_mgmt=IEEE8021X
    eap=TLS
    eapol_flags=0
    identity="$1"
    ca_cert="$LAB_ROOT"
    client_cert="$(lab_uri "$1" "$2" cert)"
    private_key="$(lab_uri "$1" "$2" private)"
}
END
}

# lab_eapol USER WHO PROFILE: USER authenticates over EAP-TLS with WHO's certificate and key, within LAB_EAPOL_SECONDS.
lab_eapol() {
    local conf=$LAB/tmp/eapol-$1-$2
    lab_network_block "$2" "$3" >"$conf"
    lab_as "$1" timeout 30 eapol_test -c "$conf" -s testing123 -a 127.0.0.1 -t "${LAB_EAPOL_SECONDS:-20}" >>"$(lab_log "eapol-$1")" 2>&1
}
