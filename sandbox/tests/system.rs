// SPDX-License-Identifier: GPL-3.0-or-later
//! The private system daemon: it serves, is killed and comes back, and leaves nothing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test and its helpers"
)]

mod common;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{groups_of, probes, root_only};
use oriel_sandbox::guest::{self, Container, Disk, Domain, Guest};
use oriel_sandbox::{Network, SystemDaemon, SystemOptions, process, unique_name};

fn options() -> SystemOptions {
    SystemOptions {
        network: Network::Private,
        probes: Some(probes()),
        ..Default::default()
    }
}

#[test]
fn a_guest_writes_its_marker_and_outlives_libvirtd() {
    root_only!();
    let mut daemon = SystemDaemon::start(&options()).unwrap();
    let guest = Guest::build(daemon.dir()).unwrap();
    let disk = daemon.dir().join("disk.img");
    std::fs::File::create(&disk)
        .unwrap()
        .set_len(8 << 20)
        .unwrap();
    let mut domain = Domain::new(unique_name("marker"), &guest);
    domain.words = "oriel.write=Marker-4711 oriel.busy".into();
    domain.disks.push(Disk {
        path: disk.clone(),
        format: "raw".into(),
        secret: None,
    });
    domain.serial = Some(daemon.dir().join("serial.log"));
    let xml = daemon.dir().join("guest.xml");
    std::fs::write(&xml, domain.to_xml()).unwrap();

    let start = Instant::now();
    daemon.virsh(&["create", xml.to_str().unwrap()]).unwrap();
    let serial = domain.serial.clone().unwrap();
    let said = guest::await_serial(&serial, "oriel: ready", Duration::from_secs(90)).unwrap();
    println!("ready after {:?}", start.elapsed());
    assert!(said.contains("oriel: wrote Marker-4711"), "{said}");
    assert!(said.contains("oriel: read Marker-4711"), "{said}");
    let bytes = std::fs::read(&disk).unwrap();
    assert!(
        bytes.starts_with(b"Marker-4711\n"),
        "the marker is not on the disk"
    );

    // Its control group is the machine's, as with any system daemon.
    let pid = daemon.guest_pid(&domain.name).unwrap();
    assert!(!groups_of(&domain.name).is_empty(), "no control group");
    let before = daemon.libvirtd_pid().unwrap();
    daemon.kill9().unwrap();
    assert!(daemon.virsh(&["list"]).is_err(), "a killed daemon answered");
    assert_eq!(daemon.guest_pid(&domain.name), Some(pid));
    daemon.restart().unwrap();
    assert_ne!(daemon.libvirtd_pid(), Some(before));
    assert!(
        daemon
            .virsh(&["list", "--name"])
            .unwrap()
            .contains(&domain.name)
    );
    assert_eq!(daemon.guest_pid(&domain.name), Some(pid));

    let dir = daemon.dir().to_owned();
    drop(daemon);
    assert!(!dir.exists(), "the folder is left");
    assert!(
        !Path::new(&format!("/proc/{pid}")).exists(),
        "the guest is left"
    );
    assert_eq!(
        groups_of(&domain.name),
        Vec::<String>::new(),
        "control groups are left"
    );
}

#[test]
fn the_power_button_shuts_a_guest_down() {
    root_only!();
    let daemon = SystemDaemon::start(&options()).unwrap();
    let mut domain = Domain::new(unique_name("button"), &Guest::build(daemon.dir()).unwrap());
    domain.serial = Some(daemon.dir().join("serial.log"));
    let xml = daemon.dir().join("guest.xml");
    std::fs::write(&xml, domain.to_xml()).unwrap();
    daemon.virsh(&["define", xml.to_str().unwrap()]).unwrap();
    daemon.virsh(&["start", &domain.name]).unwrap();
    let serial = domain.serial.clone().unwrap();
    guest::await_serial(&serial, "oriel: ready", Duration::from_secs(90)).unwrap();
    daemon
        .virsh(&["shutdown", &domain.name, "--mode", "acpi"])
        .unwrap();
    guest::await_serial(&serial, "oriel: off", Duration::from_secs(30)).unwrap();
    process::wait_for("the guest to be shut off", Duration::from_secs(20), || {
        let state = daemon.virsh(&["domstate", &domain.name]).unwrap();
        if state.contains("shut off") {
            Ok(())
        } else {
            Err(state)
        }
    })
    .unwrap();
}

#[test]
fn two_daemons_at_once_keep_apart_and_networks_are_private() {
    root_only!();
    let (one, two) = (
        SystemDaemon::start(&options()).unwrap(),
        SystemDaemon::start(&options()).unwrap(),
    );
    let network = "<network><name>default</name><forward mode='nat'/><bridge name='virbr0'/>\
        <ip address='192.168.122.1' netmask='255.255.255.0'>\
        <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip></network>";
    for daemon in [&one, &two] {
        let file = daemon.dir().join("net.xml");
        std::fs::write(&file, network).unwrap();
        daemon
            .virsh(&["net-create", file.to_str().unwrap()])
            .unwrap();
        assert!(daemon.processes().iter().any(|p| p.name == "dnsmasq"));
    }
    let links = process::run(Command::new("ip").arg("link")).unwrap();
    assert!(
        !links.contains("virbr0"),
        "the machine's network was touched: {links}"
    );
    one.virsh(&["secret-list"]).unwrap();
    one.virsh(&["pool-list", "--all"]).unwrap();
}

#[test]
fn tls_knows_its_clients_and_tcp_is_there_to_be_refused() {
    root_only!();
    let daemon = SystemDaemon::start(&SystemOptions {
        tls: true,
        tcp: true,
        network: Network::Host,
        probes: Some(probes()),
        ..Default::default()
    })
    .unwrap();
    let virsh = |uri: &str| {
        process::run(
            Command::new("virsh")
                .args(["-c", uri, "uri"])
                .env("LC_ALL", "C"),
        )
    };
    assert!(
        virsh(&daemon.tls_uri().unwrap())
            .unwrap()
            .contains("qemu+tls://127.0.0.1")
    );
    assert!(
        virsh(&daemon.tcp_uri().unwrap())
            .unwrap()
            .contains("qemu+tcp://127.0.0.1")
    );
    let refused = virsh(&daemon.tls_stranger_uri().unwrap()).unwrap_err();
    println!("{refused}");
}

#[test]
fn a_container_gets_its_memory_limit() {
    root_only!();
    let unified = Path::new("/sys/fs/cgroup/unified");
    let had_unified = unified.is_dir();
    let daemon = SystemDaemon::start(&SystemOptions {
        lxc: true,
        ..options()
    })
    .unwrap();
    let container = Container::build(unique_name("box"), daemon.dir()).unwrap();
    let xml = daemon.dir().join("box.xml");
    std::fs::write(&xml, container.to_xml()).unwrap();
    let virsh = |args: &[&str]| {
        process::run(
            Command::new("virsh")
                .args(["-q", "-c", &daemon.lxc_uri()])
                .args(args),
        )
    };
    virsh(&["create", xml.to_str().unwrap()]).unwrap();
    assert!(
        virsh(&["list", "--name"])
            .unwrap()
            .contains(&container.name)
    );
    let groups = groups_of(&container.name);
    let limit = groups
        .iter()
        .find_map(|g| {
            ["memory.limit_in_bytes", "memory.max"]
                .iter()
                .find_map(|f| std::fs::read_to_string(Path::new(g).join(f)).ok())
        })
        .unwrap_or_else(|| panic!("no memory limit in {groups:?}"));
    assert_eq!(limit.trim(), "134217728");
    assert!(daemon.guest_pid(&container.name).is_some());
    drop(daemon);
    assert_eq!(
        groups_of(&container.name),
        Vec::<String>::new(),
        "control groups are left"
    );
    assert_eq!(
        unified.is_dir(),
        had_unified,
        "the machine's own control groups were changed"
    );
}
