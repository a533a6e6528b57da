# shellcheck shell=bash
# Two hundred people of one machine sign in at once.
# shellcheck source-path=SCRIPTDIR source=../crowd.sh
. "$LAB_TOOLS/crowd.sh"

case_two_hundred_sign_ins_in_ten_seconds() {
    local figures ms last kib
    lab_ca_start
    lab_root_profile
    lab_user_profile
    lab_signet_start
    crowd_open 200
    figures=$(crowd_sign_in 200)
    read -r ms last kib <<<"$figures"
    echo "sign-ins $ms ms, the last certificate after $last ms, memory $kib KiB"
    expect_at_most "milliseconds of 200 sign-ins" 10000 "$ms"
    expect_equal "certificates of the crowd" 200 "$(crowd_subjects | wc -l)"
    expect_equal "people with a certificate" 200 "$(crowd_subjects | uniq | wc -l)"
    expect_equal "requests" 200 "$(lab_requests)"
    expect_at_most "KiB of memory" 262144 "$kib"
}
