// SPDX-License-Identifier: GPL-3.0-or-later
//! The window below a Wayland compositor: weston, in a window of an X server with two monitors.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test: what can't be done fails it"
)]

use std::fs;
use std::process::{Child, Stdio};
use std::time::Duration;

use oriel_sandbox::{Session, SessionOptions, process};
use oriel_tests::desktop::{App, PATIENCE};

/// The title of the page's window.
const TITLE: &str = "Monitors and Color";

/// The compositor's socket.
const SOCKET: &str = "wayland-oriel";

/// A compositor, until it is dropped.
struct Weston(Child);

impl Weston {
    fn start(session: &Session) -> Self {
        let mut command = session.command("weston");
        command
            .args(["--backend=x11-backend.so", "--use-pixman", "--no-config"])
            .args(["--output-count=2", "--width=640", "--height=750"])
            .arg(format!("--socket={SOCKET}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let folder = command
            .get_envs()
            .find_map(|(name, value)| (name == "XDG_RUNTIME_DIR").then_some(value?))
            .expect("a folder for sockets")
            .to_owned();
        let weston = Self(
            command
                .spawn()
                .expect("weston is installed by scripts/setup"),
        );
        let socket = std::path::Path::new(&folder).join(SOCKET);
        let ready = process::wait_for("weston's socket", PATIENCE, || {
            let there = socket.exists();
            there
                .then_some(())
                .ok_or_else(|| "it is not there".to_owned())
        });
        ready.unwrap();
        weston
    }
}

impl Drop for Weston {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_window_follows_what_the_compositor_says() {
    let session = Session::start(&SessionOptions {
        display: true,
        desktop: true,
        ..SessionOptions::default()
    })
    .unwrap();
    let folder = session.config().join("oriel");
    fs::create_dir_all(&folder).unwrap();
    let settings = "[Window]\nwidth=760\nheight=600\n[Connection 1]\nuri=test:///default\n";
    fs::write(folder.join("window.ini"), settings).unwrap();
    let _weston = Weston::start(&session);
    let mut app = App::start_with(&session, &[], |command| {
        command
            .env("GDK_BACKEND", "wayland")
            .env("WAYLAND_DISPLAY", SOCKET);
    });
    app.input().keys(&["ctrl+m"]);
    app.await_window(TITLE);
    app.await_words("The compositor passes colors through unchanged.");
    // The page begins with the monitor that the window is on, by weston's name for it.
    app.await_that("the name of a monitor", |tree| {
        let mut all = tree.all().into_iter();
        all.any(|one| ["screen0", "screen1"].contains(&one.name.as_str()))
    });
    std::thread::sleep(Duration::from_millis(500));
    app.picture("wayland", "profile.png");
    app.assert_quiet("in a Wayland session");
}
