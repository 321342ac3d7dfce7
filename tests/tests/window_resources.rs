// SPDX-License-Identifier: GPL-3.0-or-later
//! The page of resources on real guests: a slider that is dragged is what the kernel has at once,
//! and what others change moves the slider.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test: what can't be done fails it"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use oriel_sandbox::guest::{Container, Domain};
use oriel_sandbox::{
    Keyring, Network, Session, SessionDaemon, SessionOptions, SystemDaemon, SystemOptions, is_root,
    process, unique_name,
};
use oriel_tests::desktop::tree::Element;
use oriel_tests::desktop::{App, PATIENCE, tell_places};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::World;
use serde_json::Value;

const PICTURES: &str = "window-resources";

/// The file of a control of a running guest.
fn kernel_file(json: &Value, control: &str) -> PathBuf {
    let path = &json[control]["kernel"]["path"];
    path.as_str().unwrap_or_else(|| panic!("{json}")).into()
}

fn number(path: &Path) -> u64 {
    let text = fs::read_to_string(path).unwrap();
    text.trim().parse().unwrap()
}

fn await_number(path: &Path, what: &str, wanted: impl Fn(u64) -> bool) -> u64 {
    process::wait_for(what, PATIENCE, || match number(path) {
        now if wanted(now) => Ok(now),
        now => Err(now.to_string()),
    })
    .unwrap()
}

/// Awaits the number beside a slider.
fn await_value(app: &App, name: &str, wanted: f64) {
    let what = format!("{name} at {wanted}");
    app.await_some(&what, |tree| {
        let number = tree.find("spin button", name)?;
        #[allow(clippy::float_cmp, reason = "whole numbers")]
        (app.value(number) == wanted).then_some(())
    });
}

fn slider(app: &App, name: &str) -> Element {
    app.await_usable("slider", name)
}

/// Shows the resources of a guest.
fn open(app: &App, name: &str) {
    app.click_row(name);
    app.await_window(&format!("{name} – Oriel"));
    tab(app, "Resources");
}

/// Shows one of the page's tabs.
fn tab(app: &App, name: &str) {
    app.click(&app.await_some(&format!("tab {name}"), |tree| {
        let all = tree.all().into_iter();
        let mut tabs = all.filter(|one| one.role == "tab" && one.showing && one.name == name);
        tabs.next().cloned()
    }));
}

#[test]
fn a_dragged_slider_is_what_the_kernel_has_and_follows_what_others_change() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::None);
    let (name, other) = (unique_name("a-tuned"), unique_name("b-other"));
    for one in [&name, &other] {
        world.define(&Domain::new(one, &world.guest));
        world.daemon.virsh(&["start", one]).unwrap();
    }
    let json = world.run(&["tune", &name, "--json"]).expect(0).json();
    let shares = kernel_file(&json, "cpu_shares");
    let usual = number(&shares);
    let virsh = |words: &[&str]| world.daemon.virsh(words).unwrap();

    tell_places(&world.session);
    let mut app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    open(&app, &name);
    let cpu = slider(&app, "CPU Shares");
    app.await_words("50 % of CPU time");
    app.picture(PICTURES, "light.png");

    // As a screen reader does it: the slider counts in powers of 2.
    app.set_value(&cpu, 8.0);
    await_number(&shares, "256 in the kernel", |now| now == 256);
    await_value(&app, "CPU Shares", 256.0);
    let part = 256.0 * 100.0 / (256.0 + f64::from(u32::try_from(usual).unwrap()));
    app.await_words(&format!("{part:.0} % of CPU time"));
    app.await_words("At the next start: 256 · Now: 256 · In the kernel: 256");
    let configured = virsh(&["schedinfo", &name, "--config"]);
    assert!(configured.contains("256"), "{configured}");

    // By mouse: what the kernel has follows while the button is down.
    app.click(&cpu);
    let mut last = await_number(&shares, "the middle", |now| now != 256);
    app.input().press(1);
    for _ in 0..3 {
        app.input().move_by(30, 0);
        last = await_number(&shares, "more while it is dragged", |now| now > last);
    }
    // What others do meanwhile does not pull it out of the hand.
    let held = app.value(&cpu);
    virsh(&["schedinfo", &name, "--live", "--set", "cpu_shares=2"]);
    std::thread::sleep(Duration::from_secs(1));
    #[allow(clippy::float_cmp, reason = "nothing moved it")]
    let stayed = app.value(&cpu) == held;
    assert!(stayed, "it was at {held} and is at {}", app.value(&cpu));
    app.input().release(1);
    // Let go, it shows what is.
    await_value(&app, "CPU Shares", 2.0);

    // virsh, and a plain write to the kernel's file, move it.
    virsh(&["schedinfo", &name, "--live", "--set", "cpu_shares=4096"]);
    await_value(&app, "CPU Shares", 4096.0);
    fs::write(&shares, "512").unwrap();
    await_value(&app, "CPU Shares", 512.0);
    // What has no event is read again by itself.
    virsh(&["schedinfo", &name, "--config", "--set", "cpu_shares=777"]);
    app.await_words("At the next start: 777");

    processors(&app, &kernel_file(&json, "cpu_limit"));
    memory(&app, &world, &name, &kernel_file(&json, "memory_limit"));
    app.picture(PICTURES, "changed.png");

    // Off, only the next start can be changed.
    virsh(&["destroy", &name]);
    app.await_words("Powered off: changes apply at the next start");
    app.await_words("At the next start: 777");
    await_value(&app, "CPU Shares", 777.0);
    app.set_value(&slider(&app, "CPU Shares"), 7.0);
    app.await_words("At the next start: 128");
    let configured = virsh(&["schedinfo", &name, "--config"]);
    assert!(configured.contains("128"), "{configured}");
    tab(&app, "Activity");
    app.await_words("CPU Shares at the next start: 128");
    app.assert_quiet("after all of it");
}

/// A process that is stopped until this is dropped.
struct Stopped(u32);

impl Stopped {
    fn new(pid: u32) -> Self {
        let stopped = Self(pid);
        stopped.signal("STOP");
        stopped
    }

    fn signal(&self, name: &str) {
        let pid = self.0.to_string();
        let done = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(done.unwrap().success(), "no signal to {pid}");
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.signal("CONT");
    }
}

#[test]
fn a_guest_that_hangs_leaves_the_sliders_of_others_alone() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::None);
    let (name, other) = (unique_name("a-stuck"), unique_name("b-other"));
    for one in [&name, &other] {
        world.define(&Domain::new(one, &world.guest));
        world.daemon.virsh(&["start", one]).unwrap();
    }
    let json = world.run(&["tune", &other, "--json"]).expect(0).json();
    let shares = kernel_file(&json, "cpu_shares");
    let app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    open(&app, &name);
    app.await_words("50 % of CPU time");
    let cpu = slider(&app, "CPU Shares");

    // A call into its monitor, which does not come back while it is stopped.
    let stopped = Stopped::new(world.daemon.guest_pid(&name).unwrap());
    let mut suspend = world.session.command("virsh");
    let suspend = suspend.args(["-c", &world.daemon.uri(), "suspend", &name]);
    let suspend = Running::start(suspend, None);
    std::thread::sleep(Duration::from_secs(1));
    app.set_value(&cpu, 8.0);
    std::thread::sleep(Duration::from_secs(3));

    let begin = Instant::now();
    open(&app, &other);
    app.await_words("50 % of CPU time");
    app.set_value(&slider(&app, "CPU Shares"), 9.0);
    await_number(&shares, "512 in the kernel", |now| now == 512);
    await_value(&app, "CPU Shares", 512.0);
    app.await_words("Now: 512");
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(10), "it took {took:?}");

    // The one that hung gets its value when it goes on.
    drop(stopped);
    suspend.end().expect(0);
    app.close();
}

fn processors(app: &App, file: &Path) {
    // Unlimited, it stands at one processor; who moves it wants the limit.
    let limit = slider(app, "CPU Limit");
    app.set_value(&limit, 6.0);
    await_words_of(file, "64000");
    app.await_words("Now: 64 % · In the kernel: 64 %");
    fs::write(file, "30000").unwrap();
    await_value(app, "CPU Limit", 30.0);
    app.click(&app.await_usable("checkbox", "No CPU limit"));
    await_words_of(file, "-1");
}

/// Awaits that a file says this.
fn await_words_of(file: &Path, wanted: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    while fs::read_to_string(file).unwrap().trim() != wanted {
        let said = fs::read_to_string(file).unwrap();
        assert!(Instant::now() < until, "{said:?} and not {wanted}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn memory(app: &App, world: &World, name: &str, file: &Path) {
    const MIB: u64 = 1 << 20;
    let limit = slider(app, "Memory Limit");
    app.set_value(&limit, 9.0);
    await_number(file, "512 MiB in the kernel", |now| now == 512 * MIB);
    app.await_words("Now: 512 MiB · In the kernel: 512 MiB");
    let kib = (1024 * 1024).to_string();
    let words = ["memtune", name, "--hard-limit", &kib, "--live"];
    world.daemon.virsh(&words).unwrap();
    await_value(app, "Memory Limit", 1024.0);
    fs::write(file, (768 * MIB).to_string()).unwrap();
    await_value(app, "Memory Limit", 768.0);
    // Less than is in use is refused with the reason, and the slider goes back.
    app.set_value(&limit, 4.0);
    app.await_words("needs a margin of");
    await_value(app, "Memory Limit", 768.0);
    assert_eq!(number(file), 768 * MIB);
    // And away.
    // The box is below what is in sight. The wheel is turned where no slider takes it.
    app.click(&app.await_usable("label", "Processor"));
    app.input()
        .run(&["click", "--repeat", "20", "--delay", "20", "5"]);
    std::thread::sleep(Duration::from_secs(1));
    app.click(&app.await_usable("checkbox", "No memory limit"));
    app.await_words("Now: no limit · In the kernel: no limit");
}

#[test]
fn a_containers_limits_are_what_the_kernel_has() {
    if !is_root() {
        skip!("containers take root");
    }
    let session = desktop();
    let daemon = SystemDaemon::start(&SystemOptions {
        lxc: true,
        network: Network::Private,
        probes: Some(oriel_tests::kept("probes")),
        ..SystemOptions::default()
    })
    .unwrap();
    let uri = daemon.lxc_uri();
    let container = Container::build(unique_name("box"), daemon.dir()).unwrap();
    let orielctl = |args: &[&str]| {
        let mut command = std::process::Command::new(oriel_tests::orielctl());
        command
            .args(["-c", &uri])
            .args(args)
            .env("XDG_STATE_HOME", daemon.dir().join("state"));
        Running::start(&mut command, None).end()
    };
    let document = daemon.dir().join("box.xml");
    fs::write(&document, container.to_xml()).unwrap();
    orielctl(&["define", document.to_str().unwrap()]).expect(0);
    orielctl(&["launch", &container.name]).expect(0);
    let words = ["tune", &container.name, "--json"];
    let json = orielctl(&words).expect(0).json();
    let (shares, limit) = (
        kernel_file(&json, "cpu_shares"),
        kernel_file(&json, "memory_limit"),
    );

    let mut app = App::start(&session, &["--connect", &uri]);
    open(&app, &container.name);
    app.set_value(&slider(&app, "CPU Shares"), 8.0);
    await_number(&shares, "256 in the kernel", |now| now == 256);
    app.set_value(&slider(&app, "Memory Limit"), 8.0);
    await_number(&limit, "256 MiB in the kernel", |now| now == 256 << 20);
    fs::write(&shares, "2048").unwrap();
    await_value(&app, "CPU Shares", 2048.0);
    app.assert_quiet("with a container");
}

#[test]
fn what_a_connection_can_not_have_says_why() {
    let session = desktop();
    let app = App::start(&session, &["--connect", "test:///default"]);
    open(&app, "test");
    app.await_words("The driver of this hypervisor has no “CPU Shares”");
    let tree = app.tree();
    assert!(tree.find("slider", "CPU Shares").is_some());
    assert!(!tree.says("of CPU time under full load"));
    assert!(tree.find_usable("slider", "CPU Shares").is_none());
    app.close();

    let daemon = SessionDaemon::start(&session, false, Some(oriel_tests::kept("probes"))).unwrap();
    let document = session.dir().join("plain.xml");
    fs::write(
        &document,
        "<domain type='qemu'><name>plain</name><memory unit='MiB'>64</memory>\
         <os><type arch='x86_64'>hvm</type></os></domain>",
    )
    .unwrap();
    let mut virsh = session.command("virsh");
    virsh.args(["-c", &daemon.uri(), "define", document.to_str().unwrap()]);
    process::run(&mut virsh).unwrap();
    let app = App::start(&session, &["--connect", &daemon.uri()]);
    open(&app, "plain");
    app.await_words("Virtual machines of a user session have no control groups of their own");
    app.picture(PICTURES, "session.png");
    app.close();
}

fn desktop() -> Session {
    Session::start(&SessionOptions {
        keyring: Keyring::None,
        display: true,
        desktop: true,
        ..SessionOptions::default()
    })
    .unwrap()
}
