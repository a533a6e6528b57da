# shellcheck shell=bash
# What a case expects. Each ends the case, with the reason as the last line of standard error.

fail() {
    echo "$*" >&2
    trap - ERR
    exit 1
}

# expect_equal WHAT WANTED FOUND
expect_equal() { [ "$2" = "$3" ] || fail "$1: wanted '$2', found '$3'"; }

# expect_match WHAT REGEX TEXT: some line of TEXT matches.
expect_match() { grep -qE -- "$2" <<<"$3" || fail "$1: nothing matches '$2' in: $3"; }

# expect_no_match WHAT REGEX TEXT
expect_no_match() { ! grep -qE -- "$2" <<<"$3" || fail "$1: '$2' is in: $3"; }

# expect_at_most WHAT LIMIT NUMBER
expect_at_most() { [ "$3" -le "$2" ] || fail "$1: $3, the limit is $2"; }

# expect_failure WHAT COMMAND...: it must fail, not by a signal, and its output is shown.
expect_failure() {
    local what=$1 status=0
    shift
    "$@" || status=$?
    [ "$status" != 0 ] || fail "$what: succeeded"
    [ "$status" -le 128 ] || [ "$status" -gt 192 ] || fail "$what: died of signal $((status - 128))"
}

# expect_one_line WHAT REGEX TEXT: exactly one line of TEXT matches: the fault is told, and told once.
expect_one_line() {
    local n
    n=$(grep -cE -- "$2" <<<"$3") || true
    [ "$n" = 1 ] || fail "$1: $n lines instead of one match '$2' in: $3"
}
