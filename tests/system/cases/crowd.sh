# shellcheck shell=bash
# Two hundred people of one machine sign in at once.
# shellcheck source-path=SCRIPTDIR source=../crowd.sh
. "$LAB_TOOLS/crowd.sh"

case_two_hundred_sign_ins_in_ten_seconds() {
    local figures ms last kib requests refused idle
    lab_ca_start
    lab_root_profile
    lab_user_profile
    lab_signet_start
    crowd_open 200
    figures=$(crowd_sign_in 200)
    read -r ms last kib <<<"$figures"
    read -r requests refused idle <<<"$(crowd_requests)"
    echo "sign-ins $ms ms, the last certificate after $last ms, memory $kib KiB, $requests requests, of which the CA refused $refused"
    expect_at_most "milliseconds of 200 sign-ins" 10000 "$ms"
    expect_equal "people with a certificate" 200 "$(crowd_installed)"
    expect_equal "requests that nobody had reason to make" 0 "$idle"
    expect_equal "requests" $((200 + refused)) "$requests"
    expect_equal "requests that the CA has seen" "$requests" "$(lab_requests)"
    expect_equal "requests that the CA has refused" "$refused" "$(crowd_refused_by_ca)"
    expect_equal "requests that were sent twice" '' "$(crowd_sent_twice)"
    expect_at_most "KiB of memory" 262144 "$kib"
}
