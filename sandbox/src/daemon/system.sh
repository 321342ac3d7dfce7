# SPDX-License-Identifier: GPL-3.0-or-later
# The first process of a private system daemon's namespaces. It hides libvirt's folders
# behind the sandbox's own, starts virtlogd, and then starts and ends libvirtd as it is told
# on standard input; it answers each order with "ok" or "error".
#
# As process 1 it must also take in every orphan (libvirt waits for its QEMU probes to
# disappear, and a process that nobody takes in never does): hence the `wait` at the end.
set -u
dir=$1
lxc=$2
listen=$3
# Read before /proc is mounted anew: our number on the machine, not the 1 that we see.
read -r host _ </proc/self/stat
fail() {
    echo "error $*"
    exit 1
}

mount --make-rprivate / || fail "mount --make-rprivate /"
mount -t proc proc /proc || fail "mount /proc"
for place in etc/libvirt var/lib/libvirt var/log/libvirt var/cache/libvirt; do
    [ -d "/$place" ] || fail "the folder /$place does not exist: is libvirt's daemon installed?"
    mount --bind "$dir/root/$place" "/$place" || fail "mount over /$place"
done
# The network namespace is new as well: its loopback interface starts switched off.
[ "$listen" = private ] && ip link set lo up

# All of /run: libvirt's sockets and process numbers, and the system bus, through which it
# would register our guests with the machine's own systemd. Three things are kept.
mkdir -p "$dir/root/run/udev" "$dir/root/run/systemd/resolve" "$dir/root/run/libvirt"
[ ! -d /run/udev ] || mount --bind /run/udev "$dir/root/run/udev"
[ ! -d /run/systemd/resolve ] || mount --bind /run/systemd/resolve "$dir/root/run/systemd/resolve"
mount --rbind "$dir/root/run" /run || fail "mount over /run"

# libvirt's LXC driver takes an empty cgroup2 at `unified` for the real one. Removing the
# folder would take it from the whole machine, so all others are moved to a new tmpfs.
if [ "$lxc" = 1 ] && [ -d /sys/fs/cgroup/unified ]; then
    mkdir -p "$dir/cg"
    for c in /sys/fs/cgroup/*; do
        name=${c##*/}
        [ "$name" != unified ] && mountpoint -q "$c" && [ ! -L "$c" ] || continue
        mkdir -p "$dir/cg/$name" && mount --bind "$c" "$dir/cg/$name"
    done
    umount -R -l /sys/fs/cgroup && mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup ||
        fail "arrange the control groups"
    for c in "$dir"/cg/*; do
        mkdir -p "/sys/fs/cgroup/${c##*/}" && mount --move "$c" "/sys/fs/cgroup/${c##*/}"
    done
fi

virtlogd >>"$dir/log/virtlogd.out" 2>&1 </dev/null &
virtlogd=$!
n=0
until [ -S /run/libvirt/virtlogd-sock ]; do
    n=$((n + 1))
    [ $n -lt 200 ] && kill -0 $virtlogd 2>/dev/null || fail "virtlogd did not start"
    sleep 0.05
done

orders() {
    libvirtd=
    while read -r order; do
        case $order in
        start)
            if [ "$listen" = listen ]; then
                libvirtd --listen >>"$dir/log/libvirtd.out" 2>&1 </dev/null &
            else
                libvirtd >>"$dir/log/libvirtd.out" 2>&1 </dev/null &
            fi
            libvirtd=$!
            ;;
        kill | stop)
            if [ -n "$libvirtd" ]; then
                [ "$order" = kill ] && kill -9 "$libvirtd" || kill -TERM "$libvirtd"
                wait "$libvirtd" 2>/dev/null
                libvirtd=
            fi
            ;;
        esac
        echo ok
    done
    # The parent is gone. The keeper ends us; should it be gone too, we end ourselves.
    sleep 20
}

exec 3<&0
orders <&3 &
reader=$!
echo "ok $host"
while kill -0 $reader 2>/dev/null; do wait $reader; done
