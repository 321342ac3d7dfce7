// SPDX-License-Identifier: GPL-3.0-or-later
//! Guests in trees as the kernel shows them, and inotify on real groups.

use std::time::Duration;

use futures_util::StreamExt;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::model::control::CPU_LIMIT;

const UUID: &str = "c7a5fdbd-edaf-9455-926a-d65c16db1809";
const V1: &str = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n\
    33 31 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
    34 31 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n";
const V2: &str = "23 22 0:21 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

/// A file system with the files given.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = below(root.path(), Path::new(path));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    root
}

fn qemu(name: &str) -> Guest<'_> {
    Guest::Qemu {
        uuid: Uuid::parse_str(UUID).unwrap(),
        name,
    }
}

fn cmdline(name: &str) -> String {
    format!(
        "/usr/bin/qemu-system-x86_64\0-name\0guest={name},debug-threads=on\0-S\0-uuid\0{UUID}\0-nographic\0"
    )
}

#[test]
fn version_1_without_systemd() {
    let group = "/machine/qemu-3-web.libvirt-qemu";
    let cpu = format!("/sys/fs/cgroup/cpu,cpuacct{group}");
    let memory = format!("/sys/fs/cgroup/memory{group}");
    let root = tree(&[
        ("/proc/self/mountinfo", V1),
        ("/proc/uptime", "1"),
        ("/proc/41/cmdline", "sh\0-c\0true\0"),
        ("/proc/42/cmdline", &cmdline("web")),
        (
            "/proc/42/cgroup",
            &format!("3:memory:{group}\n2:cpu,cpuacct:{group}/emulator\n1:name=systemd:/\n0::/\n"),
        ),
        (&format!("{cpu}/cpu.shares"), "512\n"),
        (&format!("{cpu}/emulator/cpu.shares"), "7\n"),
        (&format!("{cpu}/cpu.cfs_quota_us"), "-1\n"),
        (&format!("{cpu}/cpu.cfs_period_us"), "50000\n"),
        (
            &format!("{memory}/memory.limit_in_bytes"),
            "9223372036854771712\n",
        ),
        (&format!("{memory}/memory.usage_in_bytes"), "1048576\n"),
    ]);
    let found = GuestCgroup::find(root.path(), &qemu("web")).unwrap();
    assert_eq!(found.pid, 42);
    assert_eq!(found.cpu_version(), Some(CgroupVersion::V1));
    let shares = found.cpu_shares().unwrap();
    assert_eq!(shares.value, KernelNumber::Number(512));
    assert_eq!(shares.raw, "512");
    assert_eq!(
        shares.path,
        below(root.path(), Path::new(&format!("{cpu}/cpu.shares")))
    );
    assert_eq!(found.memory_limit().unwrap().value, KernelNumber::Unlimited);
    assert_eq!(
        found.memory_usage().unwrap().value,
        KernelNumber::Number(1 << 20)
    );
    assert_eq!(found.watched().len(), 3);
    assert!(found.watched().iter().all(|path| path.is_file()));
    let quota = || found.value(&CPU_LIMIT.file).unwrap().value;
    assert_eq!(quota(), KernelNumber::Unlimited);
    let file = below(root.path(), Path::new(&format!("{cpu}/cpu.cfs_quota_us")));
    std::fs::write(file, "75000\n").unwrap();
    assert_eq!(quota(), KernelNumber::Number(150));
    assert_eq!(
        CgroupVersion::of_host(root.path()).unwrap(),
        CgroupVersion::V1
    );
    assert!(matches!(
        GuestCgroup::find(root.path(), &qemu("other")),
        Err(CgroupError::NotRunning { name }) if name == "other"
    ));
}

#[test]
fn version_2_with_systemd() {
    let scope = r"/machine.slice/machine-qemu\x2d1\x2dweb\x2dserver.scope";
    let folder = format!("/sys/fs/cgroup{scope}");
    let inner = ["emulator", "vcpu0", "vcpu12", "iothread1"];
    for inside in inner {
        let root = tree(&[
            ("/proc/self/mountinfo", V2),
            (
                "/sys/fs/cgroup/cgroup.controllers",
                "cpuset cpu io memory pids\n",
            ),
            ("/proc/7/cmdline", &cmdline("web-server")),
            ("/proc/7/cgroup", &format!("0::{scope}/libvirt/{inside}\n")),
            (&format!("{folder}/cpu.weight"), "10000\n"),
            (&format!("{folder}/memory.max"), "max\n"),
            (&format!("{folder}/libvirt/cpu.weight"), "100\n"),
            (&format!("{folder}/cpu.max"), "max 100000\n"),
            (&format!("{folder}/libvirt/cpu.max"), "25000 100000\n"),
            (&format!("{folder}/libvirt/memory.max"), "134217728\n"),
            (&format!("{folder}/libvirt/memory.current"), "4096\n"),
        ]);
        let found = GuestCgroup::find(root.path(), &qemu("web-server")).unwrap();
        assert_eq!(found.cpu_version(), Some(CgroupVersion::V2));
        assert_eq!(
            found.cpu_shares().unwrap().value,
            KernelNumber::Number(10_000)
        );
        assert_eq!(
            found.memory_limit().unwrap().value,
            KernelNumber::Number(128 << 20)
        );
        assert_eq!(
            found.value(&CPU_LIMIT.file).unwrap().value,
            KernelNumber::Number(25)
        );
        assert_eq!(
            found.memory_usage().unwrap().value,
            KernelNumber::Number(4096)
        );
        assert_eq!(
            CgroupVersion::of_host(root.path()).unwrap(),
            CgroupVersion::V2
        );
    }
}

#[test]
fn both_versions_on_one_host() {
    let mounts = format!("{V1}41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    let scope = r"/machine.slice/machine-qemu\x2d1\x2dweb.scope";
    let group = format!(
        "4:memory:{scope}/libvirt\n3:cpu,cpuacct:{scope}/libvirt/emulator\n1:name=systemd:{scope}\n0::{scope}/libvirt\n"
    );
    let root = tree(&[
        ("/proc/self/mountinfo", &mounts),
        ("/proc/9/cmdline", &cmdline("web")),
        ("/proc/9/cgroup", &group),
        (
            &format!("/sys/fs/cgroup/cpu,cpuacct{scope}/cpu.shares"),
            "2048\n",
        ),
        (
            &format!("/sys/fs/cgroup/memory{scope}/memory.limit_in_bytes"),
            "1\n",
        ),
        (
            &format!("/sys/fs/cgroup/memory{scope}/libvirt/memory.limit_in_bytes"),
            "65536\n",
        ),
        (
            &format!("/sys/fs/cgroup/unified{scope}/libvirt/cgroup.procs"),
            "9\n",
        ),
    ]);
    let found = GuestCgroup::find(root.path(), &qemu("web")).unwrap();
    assert_eq!(found.cpu_version(), Some(CgroupVersion::V1));
    assert_eq!(
        found.cpu_shares().unwrap().value,
        KernelNumber::Number(2048)
    );
    assert_eq!(
        found.memory_limit().unwrap().value,
        KernelNumber::Number(65_536)
    );

    // cpu in version 1, memory handed to version 2.
    let split = mounts
        .replace("cgroup rw,memory", "cgroup rw,pids")
        .replace("/memory", "/pids");
    let group = format!("4:pids:{scope}\n3:cpu,cpuacct:{scope}/emulator\n0::{scope}\n");
    let root = tree(&[
        ("/proc/self/mountinfo", &split),
        ("/proc/9/cmdline", &cmdline("web")),
        ("/proc/9/cgroup", &group),
        (
            &format!("/sys/fs/cgroup/cpu,cpuacct{scope}/cpu.shares"),
            "2\n",
        ),
        (
            &format!("/sys/fs/cgroup/unified{scope}/memory.max"),
            "max\n",
        ),
    ]);
    let found = GuestCgroup::find(root.path(), &qemu("web")).unwrap();
    assert_eq!(found.cpu_version(), Some(CgroupVersion::V1));
    assert_eq!(found.memory_limit().unwrap().raw, "max");
}

#[test]
fn a_mount_shows_only_its_part() {
    // As inside a container whose part of the hierarchy starts at /box, with a blank in the path.
    let mounts = "32 31 0:29 /box /sys/fs/cgroup/cpu\\040here rw - cgroup cgroup rw,cpu\n";
    let group = "/machine/a.partition/web.libvirt-qemu";
    let files = |outer: &str| {
        tree(&[
            ("/proc/self/mountinfo", mounts),
            ("/proc/9/cmdline", &cmdline("web")),
            ("/proc/9/cgroup", &format!("3:cpu:{outer}{group}/vcpu0\n")),
            (
                &format!("/sys/fs/cgroup/cpu here{group}/cpu.shares"),
                "99\n",
            ),
        ])
    };
    let root = files("/box");
    let found = GuestCgroup::find(root.path(), &qemu("web")).unwrap();
    assert_eq!(found.cpu_shares().unwrap().value, KernelNumber::Number(99));
    assert!(matches!(
        found.memory_limit(),
        Err(CgroupError::NoController {
            controller: "memory"
        })
    ));
    for outer in ["", "/boxes", "/.."] {
        let root = files(outer);
        let error = GuestCgroup::find(root.path(), &qemu("web")).unwrap_err();
        assert!(
            matches!(error, CgroupError::NotConfined { pid: 9, .. }),
            "{outer}: {error}"
        );
    }
}

#[test]
fn a_session_guest_has_no_group_of_its_own() {
    let scope = "/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-1.scope";
    let root = tree(&[
        ("/proc/self/mountinfo", V2),
        ("/proc/9/cmdline", &cmdline("web")),
        ("/proc/9/cgroup", &format!("0::{scope}\n")),
        (&format!("/sys/fs/cgroup{scope}/cpu.weight"), "100\n"),
    ]);
    let error = GuestCgroup::find(root.path(), &qemu("web")).unwrap_err();
    assert!(matches!(&error, CgroupError::NotConfined { pid: 9, group } if group == scope));
    assert!(!error.is_gone());
}

#[test]
fn names_with_commas_and_impostors() {
    let group = "/machine/qemu-1-x.libvirt-qemu";
    let root = tree(&[
        ("/proc/self/mountinfo", V1),
        // Somebody's own process that only looks like the guest's.
        ("/proc/5/cmdline", &cmdline("a,,b=c")),
        ("/proc/5/cgroup", "2:cpu,cpuacct:/user.slice\n"),
        ("/proc/6/cmdline", &cmdline("a,,b=c")),
        ("/proc/6/cgroup", &format!("2:cpu,cpuacct:{group}\n")),
        (
            &format!("/sys/fs/cgroup/cpu,cpuacct{group}/cpu.shares"),
            "nonsense\n",
        ),
    ]);
    let found = GuestCgroup::find(root.path(), &qemu("a,b=c")).unwrap();
    assert_eq!(found.pid, 6);
    assert!(matches!(
        found.cpu_shares(),
        Err(CgroupError::Number { raw, .. }) if raw == "nonsense"
    ));
}

#[test]
fn containers_by_name_and_number() {
    let group = "/machine/lxc-77-box.libvirt-lxc";
    let lxc = "/usr/lib/libvirt/libvirt_lxc\0--name\0box\0--console\x0021\0";
    let files = |controller: &str, first: &str| {
        tree(&[
            ("/proc/self/mountinfo", V1),
            ("/proc/77/cmdline", lxc),
            ("/proc/77/cgroup", &format!("2:cpu,cpuacct:{controller}\n")),
            ("/proc/77/task/77/children", "78 \n"),
            ("/proc/78/cmdline", "/sbin/init\0"),
            ("/proc/78/cgroup", &format!("2:cpu,cpuacct:{first}\n")),
            (
                &format!("/sys/fs/cgroup/cpu,cpuacct{group}/cpu.shares"),
                "300\n",
            ),
        ])
    };
    let shares = |root: &TempDir, id| {
        let guest = Guest::Lxc { name: "box", id };
        GuestCgroup::find(root.path(), &guest).map(|found| found.cpu_shares().unwrap().raw)
    };
    let inside = files(group, group);
    assert_eq!(shares(&inside, Some(77)).unwrap(), "300");
    assert_eq!(shares(&inside, None).unwrap(), "300");
    assert!(matches!(
        shares(&inside, Some(76)),
        Err(CgroupError::NotRunning { .. })
    ));
    assert_eq!(shares(&files("/", group), None).unwrap(), "300");
}

#[test]
fn ranges_follow_the_version() {
    let (one, two) = (
        CgroupVersion::V1.cpu_shares(),
        CgroupVersion::V2.cpu_shares(),
    );
    assert_eq!((one.min, one.max, one.default), (2, 262_144, 1024));
    assert_eq!((two.min, two.max, two.default), (1, 10_000, 100));
    assert!(one.contains(2) && !one.contains(1) && !two.contains(10_001));
    assert_eq!(two.clamp(50_000), 10_000);
    assert_eq!(two.clamp(0), 1);
}

async fn next(changes: &mut Changes) -> Option<PathBuf> {
    tokio::time::timeout(Duration::from_secs(5), changes.next())
        .await
        .expect("inotify told nothing within five seconds")
}

#[tokio::test]
async fn plain_files_are_followed_until_they_go() {
    let root = tree(&[("/a", "1"), ("/b", "1")]);
    let (a, b) = (root.path().join("a"), root.path().join("b"));
    let absent = root.path().join("absent");
    let mut changes = watch([a.clone(), b.clone(), absent.clone()]).unwrap();
    std::fs::write(&b, "2").unwrap();
    assert_eq!(next(&mut changes).await, Some(b.clone()));
    std::fs::remove_file(&b).unwrap();
    while let Ok(Some(path)) = tokio::time::timeout(Duration::from_millis(50), changes.next()).await
    {
        assert_eq!(path, b, "only what is left of the write before");
    }
    std::fs::write(&a, "2").unwrap();
    assert_eq!(next(&mut changes).await, Some(a.clone()));
    std::fs::remove_file(&a).unwrap();
    while let Some(path) = next(&mut changes).await {
        assert_eq!(path, a);
    }
    assert_eq!(next(&mut watch([absent]).unwrap()).await, None);
}

/// A group of our own in the host's real cpu controller, with its file of shares.
fn real_group() -> Result<(PathBuf, PathBuf), String> {
    let mountinfo = std::fs::read_to_string("/proc/self/mountinfo").map_err(|e| e.to_string())?;
    let points = mountinfo.lines().filter_map(|line| {
        let (mount, system) = line.split_once(" - ")?;
        let one = system.starts_with("cgroup ") && system.split([' ', ',']).any(|o| o == "cpu");
        let file = if one { "cpu.shares" } else { "cpu.weight" };
        let point = mount.split(' ').nth(4)?;
        (one || system.starts_with("cgroup2 ")).then_some((point, file))
    });
    let mut reason = "no control groups are mounted".to_owned();
    for (point, file) in points {
        let group = Path::new(point).join(format!("oriel-test-{}", std::process::id()));
        if let Err(error) = std::fs::create_dir(&group) {
            reason = format!("{}: {error}", group.display());
            continue;
        }
        let file = group.join(file);
        if file.exists() {
            return Ok((group, file));
        }
        reason = format!("{point} has no cpu controller");
        std::fs::remove_dir(&group).map_err(|e| e.to_string())?;
    }
    Err(reason)
}

#[tokio::test]
async fn real_groups_are_followed_until_they_go() {
    let (group, file) = match real_group() {
        Ok(found) => found,
        Err(reason) => {
            println!("SKIPPED: no control group of our own can be made: {reason}");
            return;
        }
    };
    let mut changes = watch([file.clone()]).unwrap();
    std::fs::write(&file, "77").unwrap();
    let told = next(&mut changes).await;
    let value = KernelValue::read(&file, crate::model::control::KernelFormat::Count);
    std::fs::remove_dir(&group).unwrap();
    assert_eq!(told.as_ref(), Some(&file));
    assert_eq!(value.unwrap().value, KernelNumber::Number(77));
    while next(&mut changes).await.is_some() {}
    assert_eq!(next(&mut watch([file]).unwrap()).await, None);
}
