# shellcheck shell=bash
# Two hundred people of one machine sign in at once.
# shellcheck source-path=SCRIPTDIR source=../crowd.sh
. "$LAB_TOOLS/crowd.sh"

case_two_hundred_sign_ins_in_ten_seconds() {
    lab_ca_start
    lab_root_profile
    lab_user_profile
    lab_signet_start
    crowd_open 200
    crowd_sign_in 200
    echo "sign-ins $crowd_ms ms, the last certificate after $crowd_done_ms ms, memory $crowd_kib KiB"
    expect_at_most "milliseconds of 200 sign-ins" 10000 "$crowd_ms"
    expect_equal "certificates of the crowd" 200 "$(crowd_subjects | wc -l)"
    expect_equal "people with a certificate" 200 "$(crowd_subjects | uniq | wc -l)"
    expect_equal "requests" 200 "$(lab_requests)"
    expect_at_most "KiB of memory" 262144 "$crowd_kib"
}
