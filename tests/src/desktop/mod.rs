// SPDX-License-Identifier: GPL-3.0-or-later
//! The window under test, driven as a person or a screen reader does: by AT-SPI, keyboard and
//! mouse, on a private desktop.
//!
//! [`App`] owns the window's process. Whenever it ends, what it said on standard error is looked
//! at: a warning of GTK's fails the test.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests: what can't be done fails the test"
)]

mod acts;
pub mod again;
pub mod assistant;
pub mod bus;
pub mod caller;
pub mod drag;
pub mod events;
mod exempt;
pub mod input;
mod reader;
pub mod session_manager;
mod sight;
pub mod tree;
mod waiting;
pub mod walk;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use oriel_sandbox::Session;

use self::bus::{Bus, Reference};
use self::input::Input;
use self::reader::Reader;
use self::tree::{Element, State};
use crate::run::Running;
use crate::screen::{Pixels, Screen};

/// How long anything may take to show.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// How often the tree is looked at while something is awaited.
const PERIOD: Duration = Duration::from_millis(50);

/// After how long a window that is still there is asked again to close.
const CLOSING: Duration = Duration::from_millis(500);

/// Words on standard error that no window may say.
const FAULTS: &[&str] = &["CRITICAL", "WARNING", "WARN", "ERROR", "panicked"];

/// What libraries newer than the baseline say of themselves. The message dialog of libadwaita 1.7
/// measures the label of its heading for less room than the heading takes in one line.
const THEIRS: &[&str] = &["Trying to measure GtkLabel"];

/// Whether GTK is newer than the baseline's: its file is `libgtk-4.so.1.1800.6` for 4.18, and
/// `libgtk-4.so.1.800.3` for 4.8.
pub fn is_newer_gtk() -> bool {
    static NEWER: LazyLock<bool> = LazyLock::new(|| {
        let file = std::fs::read_link("/usr/lib/x86_64-linux-gnu/libgtk-4.so.1").ok();
        let minor = file.and_then(|file| {
            let name = file.to_str()?.to_owned();
            name.split('.').nth(3)?.parse::<u32>().ok()
        });
        minor.is_some_and(|minor| minor >= 1000)
    });
    *NEWER
}

/// Has the window know connections, each with whether it is opened at the start, as if the person
/// had added them. Before it starts.
///
/// # Panics
///
/// Where the settings can't be written.
pub fn know(session: &Session, connections: &[(&str, bool)]) {
    let mut text = String::from("[Window]\n");
    for (number, (uri, at_start)) in connections.iter().enumerate() {
        let (number, uri) = (number + 1, uri.replace('\\', "\\\\"));
        let _ = writeln!(
            text,
            "[Connection {number}]\nuri={uri}\nat-start={at_start}"
        );
    }
    let folder = session.config().join("oriel");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("window.ini"), text).unwrap();
}

/// Has the window tell to the point where things are, before it starts. GTK 4.18 leaves out of its
/// answer what is around the content of a widget; there nothing is then.
///
/// # Panics
///
/// Where the style can't be written.
pub fn tell_places(session: &Session) {
    if is_newer_gtk() {
        let folder = session.config().join("gtk-4.0");
        std::fs::create_dir_all(&folder).unwrap();
        // A slider has a margin below zero, which its padding has to outdo.
        let style = ":not(slider) { padding: 0; border-width: 0; }\n";
        std::fs::write(folder.join("gtk.css"), style).unwrap();
    }
}

/// Has GTK leave out its animations, as people may: each would be drawn by the processor, and read
/// half way. Settings that a test has written stay.
fn calm(session: &Session) {
    let folder = session.config().join("gtk-4.0");
    let file = folder.join("settings.ini");
    if !file.exists() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(file, "[Settings]\ngtk-enable-animations=false\n").unwrap();
    }
}

/// A running `oriel` with its windows.
#[derive(Debug)]
pub struct App {
    process: Running,
    bus: Bus,
    reader: Reader,
    input: Input,
    screen: Screen,
    allowed: Vec<String>,
    /// What was read last.
    last: Mutex<Option<Arc<Element>>>,
}

impl App {
    /// Starts it with these words in a session with a desktop, and awaits its first window.
    ///
    /// # Panics
    ///
    /// Where none comes, with what it said.
    #[track_caller]
    pub fn start(session: &Session, args: &[&str]) -> Self {
        Self::start_with(session, args, |_| {})
    }

    /// As [`Self::start`], with something done to the command first.
    ///
    /// # Panics
    ///
    /// Where no window comes, with what it said.
    #[track_caller]
    pub fn start_with(session: &Session, args: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        Self::start_reading(session, args, None, change)
    }

    /// As [`Self::start`], another program of ours.
    ///
    /// # Panics
    ///
    /// Where no window comes, with what it said.
    #[track_caller]
    pub fn start_program(session: &Session, program: &str, args: &[&str]) -> Self {
        Self::begin(session, program, args, None, |_| {})
    }

    /// As [`Self::start_with`], with text for its standard input.
    ///
    /// # Panics
    ///
    /// Where no window comes, with what it said.
    #[track_caller]
    pub fn start_reading(
        session: &Session,
        args: &[&str],
        input: Option<&[u8]>,
        change: impl FnOnce(&mut Command),
    ) -> Self {
        Self::begin(session, "oriel", args, input, change)
    }

    #[track_caller]
    fn begin(
        session: &Session,
        program: &str,
        args: &[&str],
        input: Option<&[u8]>,
        change: impl FnOnce(&mut Command),
    ) -> Self {
        let program = crate::profile_folder().join(program);
        assert!(
            program.is_file(),
            "{} is not built; run `cargo build --workspace` first, as `make test` does",
            program.display()
        );
        let bus = Bus::open(session);
        let mut command = session.command(program);
        command
            .args(args)
            .env("GSK_RENDERER", "cairo")
            .env("GDK_BACKEND", "x11")
            .env("LC_ALL", "C.UTF-8")
            .env("ADW_DEBUG_COLOR_SCHEME", "default");
        calm(session);
        change(&mut command);
        let mut process = Running::start(&mut command, input);
        let begin = Instant::now();
        let root = loop {
            let mut programs = bus.programs().into_iter();
            let id = Some(process.id());
            if let Some(root) = programs.find(|one| bus.process_of(&one.owner) == id) {
                break root;
            }
            assert!(
                begin.elapsed() < PATIENCE && process.alive(),
                "no window; it said: {}",
                process.err()
            );
            std::thread::sleep(PERIOD);
        };
        let display = session.display().unwrap().name();
        let app = Self {
            process,
            reader: Reader::new(&bus, root),
            bus,
            input: Input::new(display, session.envs()),
            screen: Screen::new(display),
            allowed: Vec::new(),
            last: Mutex::default(),
        };
        app.await_that("a window with the focus", |tree| {
            // A question takes the focus away from the window, and is not called active itself.
            let mut windows = tree.children.iter();
            windows.any(|one| one.is(State::Active) || one.role == "dialog")
        });
        app
    }

    /// Keyboard and mouse.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The accessibility bus.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// The name of its connection on that bus.
    pub fn owner(&self) -> &str {
        &self.reader.root().owner
    }

    /// The process.
    pub fn process(&mut self) -> &mut Running {
        &mut self.process
    }

    /// Lets a line on standard error pass that holds these words: a fault that the test provokes.
    pub fn allow(&mut self, words: &str) {
        self.allowed.push(words.to_owned());
    }

    /// All windows as they are now.
    ///
    /// # Panics
    ///
    /// Where the program is gone.
    #[track_caller]
    pub fn tree(&self) -> Element {
        Element::clone(&self.read())
    }

    /// Reads all windows.
    #[track_caller]
    fn read(&self) -> Arc<Element> {
        let connection = self.bus.connection();
        let tree = self.bus.wait(async {
            let mut tree = self.reader.read(connection).await?;
            sight::mark(connection, &mut tree).await;
            Some(tree)
        });
        let tree = tree.map(Arc::new);
        if let Ok(mut last) = self.last.lock() {
            last.clone_from(&tree);
        }
        tree.unwrap_or_else(|| panic!("the window is gone; it said: {}", self.process.err()))
    }

    /// All windows as they were read last, if the program has told nothing since then.
    fn read_before(&self, trusted: Duration) -> Option<Arc<Element>> {
        let last = self.last.lock().ok()?.clone();
        last.filter(|_| self.reader.is_as_before(trusted))
    }

    /// How many windows are on the screen beside the main one. Asks the display, since a hidden
    /// window stays in the tree.
    pub fn dialogs(&self) -> usize {
        self.input.windows_of(self.process.id()).saturating_sub(1)
    }

    /// The name of one element: next to nothing for the window to tell, to measure by.
    pub fn look_name(&self, reference: &Reference) -> String {
        let got: Result<zbus::zvariant::OwnedValue, _> =
            self.bus
                .call(reference, PROPERTIES, "Get", &(bus::ACCESSIBLE, "Name"));
        let name = got.ok().and_then(|value| String::try_from(value).ok());
        name.unwrap_or_default()
    }

    /// How many elements are right below one.
    pub fn children(&self, reference: &Reference) -> usize {
        let below: Result<Vec<Reference>, _> =
            self.bus
                .call(reference, bus::ACCESSIBLE, "GetChildren", &());
        below.map_or(0, |below| below.len())
    }

    /// One element as it is now, without regard to what is in front; none if it is gone.
    pub fn look(&self, reference: &Reference) -> Option<Element> {
        let looked = self.reader.look(self.bus.connection(), reference.clone());
        self.bus.wait(looked)
    }

    /// Whether an element is in a state now; not if it is gone.
    pub fn is(&self, reference: &Reference, state: State) -> bool {
        let states: Result<Vec<u32>, _> =
            self.bus.call(reference, bus::ACCESSIBLE, "GetState", &());
        states.is_ok_and(|states| state.is_in(&states))
    }

    /// Takes a picture of the screen into the test's output folder.
    ///
    /// # Panics
    ///
    /// Where it can't be written.
    #[track_caller]
    pub fn picture(&self, folder: &str, name: &str) -> PathBuf {
        let path = crate::output(folder).join(name);
        self.screen.all().write(&path);
        path
    }

    /// What is on the screen now.
    #[track_caller]
    pub fn screen(&self) -> Pixels {
        self.screen.all()
    }

    /// Fails the test if the window is gone, or has said what no window may say.
    ///
    /// # Panics
    ///
    /// With what it said.
    #[track_caller]
    pub fn assert_quiet(&mut self, when: &str) {
        let alive = self.process.alive();
        let said = self.process.err();
        assert!(alive, "the window is gone {when}: {said}");
        assert_eq!(self.faults(), "", "said {when}, of all that: {said}");
    }

    /// Closes the window by the desktop's key for that, awaits the program's end, and looks at
    /// what it said.
    ///
    /// # Panics
    ///
    /// Where it does not end, ends badly, or has said what no window may say.
    #[track_caller]
    pub fn close(mut self) {
        self.assert_quiet("before it was closed");
        let begin = Instant::now();
        // A dialog that is open goes first.
        while self.process.alive() {
            assert!(begin.elapsed() < PATIENCE, "the window does not close");
            self.input.keys(&["alt+F4"]);
            let asked = Instant::now();
            while self.process.alive() && asked.elapsed() < CLOSING {
                std::thread::sleep(PERIOD / 5);
            }
        }
        // What it said at the end is looked at when this is dropped.
    }

    /// The lines that no window may say.
    fn faults(&self) -> String {
        let said = self.process.err();
        let bad = said.lines().filter(|line| {
            FAULTS.iter().any(|word| line.contains(word))
                && !self.allowed.iter().any(|words| line.contains(words))
                && !(is_newer_gtk() && THEIRS.iter().any(|words| line.contains(words)))
        });
        bad.collect::<Vec<_>>().join("\n")
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // A test that fails anyway must not hide its reason.
        if !std::thread::panicking() {
            assert_eq!(self.faults(), "", "the window said this");
        }
    }
}

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
