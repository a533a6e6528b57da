# shellcheck shell=bash
# Packages and builds, for ./check, ./demo and bench/run. TOP is the top of the source tree.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export LC_ALL=C.UTF-8

prepare_root() {
    [ "$(id -u)" = 0 ] || { echo "$0: must be run as root" >&2; return 1; }
}

# Installs those of `packages` that are missing, without starting the services that some of them bring.
prepare_packages() {
    local wanted missing policy=/usr/sbin/policy-rc.d rc=0
    mapfile -t wanted < <(sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$TOP/packages")
    mapfile -t missing < <(comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u))
    [ ${#missing[@]} = 0 ] && return
    echo "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update || return
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    else
        policy=
    fi
    apt-get -q install -y --no-install-recommends "${missing[@]}" || rc=$?
    [ -z "$policy" ] || rm -f "$policy"
    return "$rc"
}

# prepare_build NAME [OPTION...]: configures (for where Debian has things) and builds in build/NAME.
prepare_build() {
    local folder=$TOP/build/$1
    shift
    if [ ! -e "$TOP/configure" ] || [ "$TOP/configure.ac" -nt "$TOP/configure" ]; then
        (cd "$TOP" && autoreconf -fi) || return
    fi
    mkdir -p "$folder"
    if [ ! -e "$folder/Makefile" ] || [ "$TOP/configure" -nt "$folder/config.status" ]; then
        (cd "$folder" && "$TOP/configure" --prefix=/usr --sysconfdir=/etc --localstatedir=/var \
            --libdir="/usr/lib/$(gcc -print-multiarch)" "$@") || return
    fi
    # The last: what only the tests need, but no test yet.
    make -C "$folder" -j"$(nproc)" && make -C "$folder" -j"$(nproc)" check TESTS=
}

# prepare_stage FOLDER: what the build in FOLDER installs, into FOLDER/stage.
prepare_stage() {
    if ! grep -q '^prefix = /usr$' "$1/Makefile"; then
        echo "$1 is not configured with --prefix=/usr (see prepare_build in tests/prepare.sh)" >&2
        return 1
    fi
    rm -rf "$1/stage"
    make -C "$1" -s install DESTDIR="$(cd "$1" && pwd)/stage"
}
