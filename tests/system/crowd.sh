# shellcheck shell=bash
# Many people sign in at once: N accounts, their sign-ins within seconds, and what that takes. Sourced by cases and by bench.

# crowd_open N: accounts crowd1 to crowdN.
crowd_open() {
    local i
    for ((i = 1; i <= $1; i++)); do
        echo "crowd$i:x:$((5000 + i)):100::/home/crowd$i:/bin/sh" >>/etc/passwd
        echo "crowd$i:*:19000::::::" >>/etc/shadow
    done
    lab_pam_service # as shipped: a sign-in does not wait for the certificate
}

# crowd_memory: KiB of the agent and all that descends from it, shared pages counted once.
crowd_memory() {
    local pids next
    pids=$(lab_pid agent) next=$pids
    while next=$(pgrep -d, -P "$next"); do pids+=,$next; done
    { tr , '\n' <<<"$pids" | sed 's|.*|/proc/&/smaps_rollup|' | xargs cat; } 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print sum + 0 }'
}

crowd_installed() { find /var/lib/signet/users -path '*/lab-user/current' -lname 'generations/*' | wc -l; }

# crowd_sign_in N: all of them, one after the other without a pause; then waits until each has a certificate. Prints the
# milliseconds of the sign-ins, those until the last certificate, and the most memory seen, in KiB.
crowd_sign_in() {
    local i before kib most=0 signed_in
    before=$(lab_ms)
    for ((i = 1; i <= $1; i++)); do lab_sign_in "crowd$i" >>"$(lab_log crowd)" || return; done
    signed_in=$(($(lab_ms) - before))
    while [ "$(crowd_installed)" -lt "$1" ]; do
        kib=$(crowd_memory)
        [ "$kib" -le "$most" ] || most=$kib
        [ $(($(lab_ms) - before)) -lt 300000 ] || { echo "only $(crowd_installed) of $1 have a certificate" >&2; return 1; }
        sleep 0.1
    done
    echo "$signed_in $(($(lab_ms) - before)) $most"
}

# crowd_subjects: of all certificates that the CA has issued to the crowd, a line each.
crowd_subjects() { grep -o 'CN=crowd[0-9]*' "$LAB/ca/index.txt" | sort; }
