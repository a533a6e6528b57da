# shellcheck shell=bash
# A throw-away of this machine: the same programs and files, but every change goes to memory and every process
# ends with the script. Own mounts, network, processes, host name; loopback is up, nothing else is reachable.
#
#     . tests/system/overlay.sh
#     overlay_enter "$@"      # starts this script again inside, and comes back there
#
# OVERLAY_STAGE, when set, is a folder laid over the machine's own (what `make install DESTDIR=` made).

# What may be written to inside. Nothing of it is seen outside.
OVERLAY_FOLDERS=(/etc /usr /var /home /root /opt /srv /tmp)

overlay_mount() {
    local scratch=/run/overlay folder lower
    mount -t tmpfs -o mode=755 tmpfs /run
    mount -t tmpfs -o mode=1777 tmpfs /dev/shm
    mkdir -p "$scratch" /run/lock /run/netns
    for folder in "${OVERLAY_FOLDERS[@]}"; do
        [ -d "$folder" ] || continue
        lower=$folder
        if [ -n "${OVERLAY_STAGE:-}" ] && [ -d "$OVERLAY_STAGE$folder" ]; then
            lower=$OVERLAY_STAGE$folder:$folder
        fi
        mkdir -p "$scratch/upper$folder" "$scratch/work$folder"
        # The upper folder's mode is what the mount shows.
        chmod --reference="$folder" "$scratch/upper$folder"
        mount -t overlay overlay \
            -o "lowerdir=$lower,upperdir=$scratch/upper$folder,workdir=$scratch/work$folder" "$folder"
    done
    ip link set lo up
    hostname lab-host
    echo lab-host >/etc/hostname
    printf '127.0.0.1 localhost\n127.0.1.1 lab-host.example.org lab-host\n' >/etc/hosts
}

overlay_enter() {
    if [ -n "${OVERLAY_INSIDE:-}" ]; then
        unset OVERLAY_INSIDE
        trap 'exit 130' INT TERM
        overlay_mount || exit
        cd "$PWD" || exit # the folder as it is now, not the one under the new mounts
        return
    fi
    if [ "$(id -u)" != 0 ]; then
        echo "$0: must be run as root: it makes a throw-away of this machine" >&2
        exit 1
    fi
    export OVERLAY_INSIDE=yes
    exec unshare --mount --net --pid --ipc --uts --fork --kill-child --mount-proc bash "$0" "$@"
}
