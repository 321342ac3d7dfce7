# SPDX-License-Identifier: GPL-3.0-or-later
# The keeper of one sandbox folder. Its standard input is a pipe that the parent holds
# open; when the parent ends, in whatever way, the pipe ends, and the keeper ends every
# process of the sandbox and removes its folder.
#
# Processes are found by three marks: the first process of a namespace (FOLDER/.init),
# process ids written to FOLDER/.pids/, and the folder's unique name in the environment.
set -u
dir=$1
keep=$2
trap '' INT HUP
trap : TERM
cd /

while read -r _; do :; done

marked() {
    cat "$dir"/.pids/* 2>/dev/null
    # The trailing part of the folder's name is random, so no other process has it.
    grep -lsaF "=$dir" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
}

living() {
    for p in $(marked | sort -un); do
        [ "$p" != $$ ] || continue
        # A zombie has ended already; only its parent can take it away.
        case $(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$p/status" 2>/dev/null) in
            '' | Z | X) ;;
            *) echo "$p" ;;
        esac
    done
}

# Control groups of the namespace's guests: found before the guests are killed, because
# libvirtd, which would remove them, is killed with them.
groups=
if [ -s "$dir/.init" ]; then
    init=$(cat "$dir/.init")
    ns=$(readlink "/proc/$init/ns/pid" 2>/dev/null | tr -dc 0-9)
    if [ -n "$ns" ] && [ "$ns" != "$(readlink /proc/self/ns/pid | tr -dc 0-9)" ]; then
        for p in $(find /proc -maxdepth 3 -path '/proc/[0-9]*/ns/pid' -lname "pid:*$ns*" 2>/dev/null | cut -d/ -f3); do
            groups="$groups
$(sed -nE 's#^[0-9]+:([^:]*):(.*/(qemu|lxc)-[0-9]+-[^/]*).*#\1|\2#p' "/proc/$p/cgroup" 2>/dev/null)"
        done
        kill -9 "$init" 2>/dev/null
    fi
fi

all=$(living)
if [ -n "$all" ]; then
    # shellcheck disable=SC2086
    kill -TERM $all 2>/dev/null
    n=0
    while [ $n -lt 40 ] && all=$(living) && [ -n "$all" ]; do
        sleep 0.05
        n=$((n + 1))
    done
    # shellcheck disable=SC2086
    [ -z "$all" ] || kill -9 $all 2>/dev/null
fi

remove_group() {
    n=0
    while [ -d "$1" ] && [ $n -lt 40 ]; do
        find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
        [ ! -d "$1" ] || sleep 0.05
        n=$((n + 1))
    done
}
printf '%s\n' "$groups" | sort -u | while IFS='|' read -r controller path; do
    [ -n "$path" ] || continue
    controller=${controller#name=}
    for root in "/sys/fs/cgroup/$controller" /sys/fs/cgroup/unified; do
        [ ! -d "$root$path" ] || remove_group "$root$path"
    done
done

if [ "$keep" = 1 ]; then
    rm -rf "$dir/.pids" "$dir/.init" "$dir/.keeper.sh"
    exit 0
fi
n=0
while [ -e "$dir" ] && [ $n -lt 40 ]; do
    rm -rf "$dir" 2>/dev/null
    [ ! -e "$dir" ] || sleep 0.05
    n=$((n + 1))
done
