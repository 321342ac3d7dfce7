#!/oriel/busybox sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The first process of a small guest. It loads the modules that it was given, does what
# the kernel's command line asks, and says so on the first serial line:
#
#   oriel.write=WORD   write WORD to the first disk, read it back from there, say it
#   oriel.read         read the first disk and say what stands there
#   oriel.mem=MIB      take that much memory
#   oriel.busy         keep one CPU busy
#   oriel.wait         idle (what it does anyway)
#   oriel.poweroff     power off when the rest is done
#   oriel.installer    go on with the installer whose initramfs this was added to
#
# Then it answers lines on its serial line, and powers off when its power button is pressed.
B=/oriel/busybox
$B mkdir -p /oriel/bin /proc /sys /dev /tmp
$B --install -s /oriel/bin
export PATH=/oriel/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
port=/dev/ttyS0
[ -c $port ] || port=/dev/console
exec >$port 2>&1 </dev/null
say() { echo "oriel: $*"; }

for m in $(cat /oriel/modules/order); do
    insmod "/oriel/modules/$m" 2>/dev/null
done

disk() {
    n=0
    until [ -b /dev/vda ]; do
        n=$((n + 1))
        [ $n -lt 50 ] || return 1
        sleep 0.2
    done
}
read_disk() {
    # From the disk itself, not from what the kernel remembers.
    sync
    echo 3 >/proc/sys/vm/drop_caches
    found=$(head -c 512 /dev/vda | tr -d '\0\n')
    say "read ${found:-nothing}"
}
write_disk() {
    if printf '%s\n' "$1" | dd of=/dev/vda bs=512 count=1 conv=sync,fsync 2>/dev/null; then
        say "wrote $1"
        read_disk
    else
        say "could not write"
    fi
}
off() {
    say "off"
    sync
    poweroff -f
}

say "started $(uname -r)"
busy=
installer=
final=
for word in $(cat /proc/cmdline); do
    case $word in
    oriel.write=*) if disk; then write_disk "${word#oriel.write=}"; else say "no disk"; fi ;;
    oriel.read) if disk; then read_disk; else say "no disk"; fi ;;
    oriel.mem=*)
        mkdir -p /oriel/mem
        mount -t tmpfs -o size=100% tmpfs /oriel/mem
        dd if=/dev/urandom of=/oriel/mem/fill bs=1M count="${word#oriel.mem=}" 2>/dev/null
        say "took ${word#oriel.mem=} MiB"
        ;;
    oriel.busy) busy=1 ;;
    oriel.installer) installer=1 ;;
    oriel.poweroff) final=1 ;;
    esac
done
if [ -z "$installer" ]; then
    for event in /sys/class/input/event*; do
        case $(cat "$event/device/name" 2>/dev/null) in
        'Power Button')
            # Open before "ready" is said, so that no press is missed. One event is 24
            # bytes; none comes until somebody presses it.
            exec 4<"/dev/input/${event##*/}"
            (dd bs=24 count=1 <&4 >/dev/null 2>&1 && off) &
            ;;
        esac
    done
fi
say "ready"
[ -z "$final" ] || off
if [ -n "$installer" ]; then
    # As the kernel would have started it: without our tools on its path.
    umount /sys /proc
    exec env -i HOME=/ TERM=linux /init <$port
fi
[ -z "$busy" ] || while :; do :; done &

# The line is open for reading all the time, or words would be lost between two reads.
exec 0<$port
stty -echo 2>/dev/null
while :; do
    if read -r verb rest; then
        case $verb in
        ping) say "pong $rest" ;;
        write) write_disk "$rest" ;;
        read) read_disk ;;
        poweroff) off ;;
        esac
    else
        sleep 1
    fi
done
