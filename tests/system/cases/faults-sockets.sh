# shellcheck shell=bash
# Hostile words to the two sockets: the service refuses, stays small, and goes on serving others.

sockets_keyd() { lab_as bob "$LAB/say" /run/signet/keyd.sock; }
sockets_hoarded() { [ "$(pgrep -c -P "$(lab_pid keyd)")" -ge "$1" ]; }
sockets_memory() { awk '/^VmPeak:/ { print $2 }' "/proc/$1/status"; }

case_keyd_is_told_of_a_frame_of_four_gibibytes() {
    lab_start_with_certificates
    # length 0xffffffff, version 1, op 2, id 1, and then nothing: nobody must wait for it or make room for it.
    printf '\377\377\377\377\001\002\000\000\000\000\000\001' | sockets_keyd >"$LAB/tmp/answer"
    lab_wait 30 grep -qE 'frame|large|long|length|bytes' "$(lab_log keyd)"
    expect_one_line "what keyd logs" 'frame|large|long|length|4294967295' "$(cat "$(lab_log keyd)")"
    expect_at_most "keyd's address space in KiB" 100000 "$(sockets_memory "$(lab_pid keyd)")"
    lab_signs alice alice lab-user
}

case_keyd_is_told_rubbish() {
    local words
    lab_start_with_certificates
    for words in '' '\0' '\0\0\0\0' '\0\0\0\014\001\002' 'GET / HTTP/1.0\r\n\r\n' '\0\0\0\014\377\001\0\0\0\0\0\0' \
        '\0\0\0\014\001\377\0\0\0\0\0\0' '\0\0\0\020\001\002\0\0\0\0\0\001\377\377\377\377'; do
        # shellcheck disable=SC2059
        printf "$words" | sockets_keyd >>"$LAB/tmp/answer"
    done
    head -c 1000000 /dev/urandom | sockets_keyd >>"$LAB/tmp/answer"
    lab_running keyd || fail "keyd is gone"
    lab_signs alice alice lab-user
}

case_keyd_serves_others_while_one_hoards_connections() {
    lab_start_with_certificates
    for _ in $(seq 300); do
        lab_as bob sh -c 'sleep infinity | socat - UNIX-CONNECT:/run/signet/keyd.sock' >/dev/null 2>&1 &
    done
    lab_wait 60 sockets_hoarded 200 # all that one user gets
    lab_signs alice alice lab-user
    lab_running keyd || fail "keyd is gone"
}

case_agent_is_sent_a_request_of_one_mebibyte() {
    local answer
    lab_start_with_certificates
    answer=$(head -c 1048576 /dev/zero | tr '\0' a | lab_as bob "$LAB/say" /run/signet/agent.sock)
    expect_one_line "the answer" '"result": ?"error"' "$answer"
    expect_match "the answer" '65536|64 KiB|too long|longer|limit' "$answer"
    lab_running agent || fail "the agent is gone"
    expect_match "the next request" '"result":"ok"' "$(lab_ask '{"op":"list"}')"
}

case_agent_is_sent_rubbish() {
    local words
    lab_start_with_certificates
    for words in '' '\n' 'hello\n' '{}\n' '[]\n' '{"op":1}\n' '{"op":"sign-in","uid":"root"}\n' '{"op":"fly"}\n' \
        '{"op":"list","op":"remove"}\n' '{"op":"renew","uid":-2,"profile":"lab-user"}\n' \
        '{"op":"renew","profile":"../../device/lab-device"}\n' '{"op":"list","uid":4294967295}\n'; do
        # shellcheck disable=SC2059
        printf "$words" | lab_as bob "$LAB/say" /run/signet/agent.sock >"$LAB/tmp/answer"
        expect_no_match "the answer to $words" '"result": ?"ok"' "$(cat "$LAB/tmp/answer")"
    done
    lab_running agent || fail "the agent is gone"
    lab_signs alice alice lab-user
}
