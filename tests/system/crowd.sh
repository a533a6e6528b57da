# shellcheck shell=bash
# Many people sign in at once: N accounts, their sign-ins within seconds, and what that takes. Sourced by cases and by bench.
#
# Debian's scepserver (2.1.0) locks nothing: of requests that come together it refuses one now and then (badRequest), whether
# it has issued a certificate for it or not, and gives two people one serial number. It does so with its own client too. So a
# request more than there are people is no fault of ours when that server has refused one; crowd_requests tells them apart.

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

# crowd_cpu NAME: milliseconds of processor time of that process and of all that have descended from it and ended.
crowd_cpu() {
    awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13 + $14 + $15) * 1000 / hz }' "/proc/$(lab_pid "$1")/stat"
}

crowd_installed() { find /var/lib/signet/users -path '*/users/5*/lab-user/current' -lname 'generations/*' 2>/dev/null | wc -l; }

crowd_at_rest() { ! pgrep -P "$(lab_pid agent)"; }

# All of them at once, each a login of its own.
crowd_rush() { # N
    local i pids=() failed=0
    for ((i = 1; i <= $1; i++)); do
        lab_sign_in "crowd$i" >>"$(lab_log crowd)" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || failed=$((failed + 1)); done
    [ "$failed" = 0 ] || { echo "$failed of $1 could not sign in" >&2; return 1; }
}

# crowd_sign_in N: until each has a certificate. Who was refused would ask again within a minute by itself; here root has the
# agent ask at once, for one after the other. Prints the milliseconds of the sign-ins, those until the last certificate, and
# the most memory seen, in KiB.
crowd_sign_in() {
    local before kib most=0 signed_in last
    before=$(lab_ms)
    crowd_rush "$1" || return
    signed_in=$(($(lab_ms) - before))
    while [ "$(crowd_installed)" -lt "$1" ]; do
        kib=$(crowd_memory)
        [ "$kib" -le "$most" ] || most=$kib
        [ $(($(lab_ms) - before)) -lt 300000 ] || { echo "only $(crowd_installed) of $1 have a certificate" >&2; return 1; }
        if crowd_at_rest >/dev/null; then lab_ask '{"op":"cycle"}' >>"$(lab_log crowd)"; else sleep 0.1; fi
    done
    last=$(($(lab_ms) - before))
    lab_wait 60 crowd_at_rest || return
    echo "$signed_in $last $most"
}

# crowd_requests: what the agent's log has of the crowd: how many requests were made; how many of them the CA refused; and how
# many nobody had reason to make: while another of the same person was under way, or after one that brought a certificate.
crowd_requests() {
    awk -F ': ' '
        $2 !~ /^profile lab-user, crowd[0-9]+$/ { next }
        $3 ~ /^a new request \(/ { made++; idle += under_way[$2] || has[$2]; under_way[$2] = 1 }
        $3 ~ /^the certificate is installed, / { has[$2] = 1; under_way[$2] = 0 }
        / the CA refused the new request: / { refused += under_way[$2]; under_way[$2] = 0 }
        END { print made + 0, refused + 0, idle + 0 }' "$(lab_log agent)"
}

# What the CA itself has seen: requests of which it has written down that it refused them, and those that came again.
crowd_refused_by_ca() { grep -c 'msg="failed to sign CSR"' "$(lab_log scepserver)" || true; }
crowd_sent_twice() { grep -o ' transaction_id=[0-9a-f]*' "$(lab_log scepserver)" | sort | uniq -d; }
