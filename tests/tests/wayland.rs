// SPDX-License-Identifier: GPL-3.0-or-later
//! A Wayland compositor is asked what it does with colours: a real one that knows nothing of
//! them, and a stand-in for those that do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test: what can't be done fails it"
)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use oriel_colour::monitor::{
    Compositor as Does, Display, Monitors, Options, Session, Target, Watcher, Why,
};
use oriel_tests::compositor::{Compositor, Says};
use oriel_tests::orielctl;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::timeout;

/// How soon a change has to be told.
const SOON: Duration = Duration::from_millis(100);

/// How long a test waits for what does not come.
const PATIENCE: Duration = Duration::from_secs(10);

fn watcher(socket: &Path) -> Watcher {
    Watcher::start(Options {
        session: Some(Session::Wayland),
        wayland: Some(socket.to_owned()),
        bus: Some("unix:path=/nonexistent".to_owned()),
        ..Options::default()
    })
    .unwrap()
}

/// Awaits what a watcher has to tell.
#[track_caller]
fn until(watcher: &Watcher, what: &str, holds: impl Fn(&Monitors) -> bool) -> Arc<Monitors> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut told: watch::Receiver<Arc<Monitors>> = watcher.subscribe();
    let found = runtime.block_on(async {
        let found = timeout(PATIENCE, told.wait_for(|monitors| holds(monitors))).await;
        found.is_ok_and(|found| found.is_ok())
    });
    assert!(found, "{what}: {:#?}", watcher.monitors());
    watcher.monitors()
}

/// What is done for each monitor, and why.
fn in_force(monitors: &Monitors) -> Vec<(&str, Target, Why)> {
    let all = monitors.monitors.iter();
    all.map(|it| (it.connector(), it.in_force.target, it.in_force.why))
        .collect()
}

/// A real compositor without a screen.
struct Weston {
    child: Child,
    folder: TempDir,
}

impl Weston {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let child = Command::new("weston")
            .args(["--backend=headless-backend.so", "--socket=wayland-real"])
            .args(["--no-config", "--width=1280", "--height=720"])
            .env("XDG_RUNTIME_DIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("weston is installed by scripts/setup");
        let weston = Self { child, folder };
        let before = Instant::now();
        while !weston.folder.path().join("wayland-real").exists() {
            assert!(before.elapsed() < PATIENCE, "weston does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        weston
    }
}

impl Drop for Weston {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_compositor_that_knows_nothing_of_colours_passes_them_through() {
    let weston = Weston::start();
    let watcher = watcher(&weston.folder.path().join("wayland-real"));
    let found = until(&watcher, "it answers", Monitors::is_settled);
    assert_eq!(found.display, Display::Open);
    assert_eq!(found.session, Session::Wayland);
    let [monitor] = &found.monitors[..] else {
        panic!("one output: {found:#?}");
    };
    assert_eq!((monitor.area.width, monitor.area.height), (1280, 720));
    assert_eq!(monitor.in_force.target, Target::Monitor);
    assert_eq!(monitor.in_force.why, Why::CompositorPasses);

    // The command line sees the same.
    let listed = Command::new(orielctl())
        .args(["monitor", "list", "--json"])
        .env("XDG_RUNTIME_DIR", weston.folder.path())
        .env("WAYLAND_DISPLAY", "wayland-real")
        .env_remove("DISPLAY")
        .env_remove("GDK_BACKEND")
        .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&listed.stdout);
    assert!(listed.status.success(), "{listed:?}");
    assert!(said.contains("compositor-passes"), "{said}");

    drop(weston);
    until(&watcher, "it is gone", |monitors| {
        matches!(monitors.display, Display::Gone { .. })
    });
}

#[test]
fn each_output_is_treated_as_the_compositor_treats_it() {
    let folder = TempDir::new().unwrap();
    let screens = [("DP-1", Says::Icc), ("eDP-1", Says::Srgb)];
    let compositor = Compositor::start(folder.path(), &screens);
    let watcher = watcher(compositor.socket());
    let found = until(&watcher, "it answers", Monitors::is_settled);
    let converted = |name| (name, Target::Srgb, Why::CompositorConverts);
    let passed = |name| (name, Target::Monitor, Why::CompositorPasses);
    assert_eq!(in_force(&found), [converted("DP-1"), passed("eDP-1")]);
    assert_eq!(found.monitors[1].area.x, 1000);
    assert_eq!(found.monitors[1].millimetres, (500, 400));

    let soon = |what: &str, act: &dyn Fn(), holds: &dyn Fn(&Monitors) -> bool| {
        assert!(!holds(&watcher.monitors()), "{what}: so before it was done");
        act();
        let since = Instant::now();
        until(&watcher, what, holds);
        let took = since.elapsed();
        println!("{what}: told {:.1} ms after", took.as_secs_f64() * 1e3);
        assert!(took < SOON, "{what}: told {took:?} after");
    };
    soon(
        "HDR is switched on",
        &|| compositor.says("eDP-1", Says::Hdr),
        &|monitors| in_force(monitors) == [converted("DP-1"), converted("eDP-1")],
    );
    soon(
        "the profile is taken away",
        &|| compositor.says("DP-1", Says::Srgb),
        &|monitors| in_force(monitors) == [passed("DP-1"), converted("eDP-1")],
    );
    soon(
        "another one is plugged in",
        &|| compositor.add("HDMI-A-1", Says::Icc),
        &|monitors| in_force(monitors).contains(&converted("HDMI-A-1")),
    );
    soon(
        "one is pulled",
        &|| compositor.remove("DP-1"),
        &|monitors| in_force(monitors) == [converted("HDMI-A-1"), converted("eDP-1")],
    );
    // One that is never described holds up nothing.
    compositor.add("DP-9", Says::Nothing);
    let unknown = ("eDP-1", Target::Srgb, Why::CompositorUnknown);
    soon(
        "it can't say any more",
        &|| compositor.says("eDP-1", Says::Failed),
        &|monitors| in_force(monitors).contains(&unknown),
    );
}

#[test]
fn a_compositor_that_says_nothing_is_not_waited_for() {
    let folder = TempDir::new().unwrap();
    let compositor = Compositor::start(folder.path(), &[("DP-1", Says::Nothing)]);
    let since = Instant::now();
    let silent = watcher(compositor.socket());
    until(&silent, "it is given up", Monitors::is_settled);
    let took = since.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
    // It is listened to all the same.
    compositor.says("DP-1", Says::Icc);
    let found = until(&silent, "it says something", |found| {
        !found.monitors.is_empty()
    });
    assert_eq!(found.monitors[0].in_force.why, Why::CompositorConverts);

    let nobody = watcher(&folder.path().join("nothing"));
    let found = until(&nobody, "there is none", Monitors::is_settled);
    assert!(matches!(found.display, Display::Gone { .. }), "{found:#?}");
}

#[test]
fn who_is_told_what_the_compositor_does_goes_by_that() {
    let folder = TempDir::new().unwrap();
    let compositor = Compositor::start(folder.path(), &[("DP-1", Says::Icc)]);
    let watcher = Watcher::start(Options {
        session: Some(Session::Wayland),
        wayland: Some(compositor.socket().to_owned()),
        bus: Some("unix:path=/nonexistent".to_owned()),
        compositor: Some(Does::PassesThrough),
        ..Options::default()
    })
    .unwrap();
    let found = until(&watcher, "it answers", Monitors::is_settled);
    assert_eq!(found.monitors[0].in_force.why, Why::CompositorPasses);
}
