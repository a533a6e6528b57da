# shellcheck shell=bash
case_lab_stands_up() {
    lab_ca_start
    lab_radius_start
    lab_profiles
    test "$(lab_requests)" = 0
}
