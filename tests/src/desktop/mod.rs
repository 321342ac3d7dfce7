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

/// After how long everything is read again though nothing was told, since things may have moved;
/// and after how long where something takes its time.
const TRUSTED: Duration = Duration::from_millis(400);
const TRUSTED_LONG: Duration = Duration::from_millis(1200);

/// From when on something takes its time.
const LONG: Duration = Duration::from_secs(3);

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
        let program = crate::profile_folder().join("oriel");
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

    /// Awaits a state of the windows.
    ///
    /// # Panics
    ///
    /// Where it does not come, with the tree as it was last.
    #[track_caller]
    pub fn await_that(&self, what: &str, is_so: impl Fn(&Element) -> bool) -> Element {
        self.await_some(what, |tree| is_so(tree).then(|| tree.clone()))
    }

    /// Awaits something in the windows.
    ///
    /// # Panics
    ///
    /// Where it does not come, with the tree as it was last.
    #[track_caller]
    pub fn await_some<T>(&self, what: &str, find: impl Fn(&Element) -> Option<T>) -> T {
        let begin = Instant::now();
        let mut examined = None::<Arc<Element>>;
        loop {
            let look = Instant::now();
            let is_long = begin.elapsed() > LONG;
            let trusted = if is_long { TRUSTED_LONG } else { TRUSTED };
            let tree = self.read_before(trusted).unwrap_or_else(|| {
                self.reader.await_calm();
                self.read()
            });
            if examined.as_ref().is_none_or(|it| !Arc::ptr_eq(it, &tree)) {
                if let Some(found) = find(&tree) {
                    return found;
                }
                examined = Some(tree);
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "no {what} in {} s; there is:\n{}and it said: {}",
                PATIENCE.as_secs(),
                self.tree().dump(),
                self.process.err()
            );
            // A window that changes all the while is not looked at more than half of the time.
            std::thread::sleep(PERIOD.max(look.elapsed()));
        }
    }

    /// Awaits an element of that role and name on the screen. A row of a list goes by its first
    /// text.
    ///
    /// # Panics
    ///
    /// Where it does not come.
    #[track_caller]
    pub fn await_one(&self, role: &str, name: &str) -> Element {
        let what = format!("{role} “{name}”");
        self.await_some(&what, |tree| tree.find(role, name).cloned())
    }

    /// Awaits an element as [`Self::await_one`] that can be used.
    ///
    /// # Panics
    ///
    /// Where it does not come.
    #[track_caller]
    pub fn await_usable(&self, role: &str, name: &str) -> Element {
        let what = format!("usable {role} “{name}”");
        self.await_some(&what, |tree| tree.find_usable(role, name).cloned())
    }

    /// Awaits that no element of that role and name is on the screen.
    ///
    /// # Panics
    ///
    /// Where it stays.
    #[track_caller]
    pub fn await_gone(&self, role: &str, name: &str) {
        let what = format!("end of {role} “{name}”");
        self.await_that(&what, |tree| tree.find(role, name).is_none());
    }

    /// Awaits words on the screen.
    ///
    /// # Panics
    ///
    /// Where they do not come.
    #[track_caller]
    pub fn await_words(&self, words: &str) -> Element {
        self.await_that(&format!("“{words}”"), |tree| tree.says(words))
    }

    /// Awaits that words are not on the screen.
    ///
    /// # Panics
    ///
    /// Where they stay.
    #[track_caller]
    pub fn await_gone_words(&self, words: &str) {
        self.await_that(&format!("end of “{words}”"), |tree| !tree.says(words));
    }

    /// Awaits a window of that title.
    ///
    /// # Panics
    ///
    /// Where it does not come.
    #[track_caller]
    pub fn await_window(&self, title: &str) -> Element {
        self.await_some(&format!("window “{title}”"), |tree| {
            let mut windows = tree.children.iter();
            windows.find(|one| one.name == title).cloned()
        })
    }

    /// Does what an element is for, as a screen reader does: presses a button, ticks a box. GTK
    /// does it a moment later, and only once for two presses in a row: await the effect.
    ///
    /// # Panics
    ///
    /// Where the element has no action.
    #[track_caller]
    pub fn press(&self, element: &Element) {
        let done: Result<bool, _> = self.bus.call(
            &element.reference,
            "org.a11y.atspi.Action",
            "DoAction",
            &0i32,
        );
        assert_eq!(done, Ok(true), "pressing {}", element.dump());
    }

    /// Awaits a button of that name that can be used, and presses it.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[track_caller]
    pub fn press_button(&self, name: &str) {
        self.press(&self.await_usable("button", name));
    }

    /// Opens the menu of a menu button, and chooses an entry.
    ///
    /// # Panics
    ///
    /// Where one of the two is not there.
    #[track_caller]
    pub fn choose(&self, menu: &str, entry: &str) {
        self.press_button(menu);
        self.press(&self.await_usable("menu item", entry));
    }

    /// Where on the screen an element of the window that has the focus is: x, y, width, height.
    ///
    /// # Panics
    ///
    /// Where it is gone.
    #[track_caller]
    pub fn place(&self, element: &Element) -> [i32; 4] {
        let front = self.window_of(element);
        self.place_in(front.extents, element.extents)
    }

    /// Where on the screen an element is now; none if it is gone. Asks for no more than its size
    /// and that of its window, which has the focus.
    pub fn place_now(&self, window: &Reference, element: &Reference) -> Option<[i32; 4]> {
        let extents = |one: &Reference| {
            let found: Result<((i32, i32, i32, i32),), _> =
                self.bus
                    .call(one, bus::COMPONENT, "GetExtents", &bus::OF_THE_WINDOW);
            found
                .ok()
                .map(|((x, y, width, height),)| [x, y, width, height])
        };
        Some(self.place_in(extents(window)?, extents(element)?))
    }

    /// Where on the screen a place in the window is that has the focus.
    fn place_in(&self, window: [i32; 4], [x, y, own_width, own_height]: [i32; 4]) -> [i32; 4] {
        let [left, top, width, height] = self.input.active_window().unwrap();
        // The frame that GTK draws around itself counts to the window, but not to its widgets.
        let frame = |outer: i32, inner: i32| (outer - inner) / 2;
        // GTK 4.18 counts from the window's inner edge, and tells of that edge what is beyond it;
        // what other widgets have around their content it leaves out, some points.
        [
            left + frame(width, window[2]) + x - 2 * window[0],
            top + frame(height, window[3]) + y - 2 * window[1],
            own_width,
            own_height,
        ]
    }

    /// The window that an element is in.
    #[track_caller]
    fn window_of(&self, element: &Element) -> Element {
        let tree = self.tree();
        let mut windows = tree.children.into_iter();
        let front =
            windows.find(|one| one.all().iter().any(|it| it.reference == element.reference));
        front.unwrap_or_else(|| panic!("it is gone: {}", element.dump()))
    }

    /// Clicks in the middle of an element of the window that has the focus.
    ///
    /// # Panics
    ///
    /// Where it is out of the window's sight.
    #[track_caller]
    pub fn click(&self, element: &Element) {
        let [left, top, inner_width, inner_height] = self.window_of(element).extents;
        let [x, y, width, height] = element.extents;
        let (x, y) = (x - left + width / 2, y - top + height / 2);
        assert!(
            (0..inner_width).contains(&x) && (0..inner_height).contains(&y),
            "{x}, {y} is not in the window: {}",
            element.dump()
        );
        let [left, top, width, height] = self.place(element);
        self.input.click(left + width / 2, top + height / 2, 1);
    }

    /// Opens a page of the guest on show by its button in the switcher.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[track_caller]
    pub fn open_tab(&self, name: &str) {
        let tab = self.await_some(&format!("tab “{name}”"), |tree| {
            let mut all = tree.all().into_iter();
            all.find(|one| {
                one.showing
                    && one.label() == name
                    && ["tab", "toggle button", "radio"].contains(&one.role.as_str())
            })
            .cloned()
        });
        self.click(&tab);
    }

    /// Clicks at a row of a list, by its first text.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[track_caller]
    pub fn click_row(&self, name: &str) {
        self.click(&self.await_one("list item", name));
    }

    /// Gives an element the keyboard's focus.
    ///
    /// # Panics
    ///
    /// Where it does not take it.
    #[track_caller]
    pub fn focus(&self, element: &Element) {
        let (interface, method) = ("org.a11y.atspi.Component", "GrabFocus");
        let done: Result<bool, _> = self.bus.call(&element.reference, interface, method, &());
        assert_eq!(done, Ok(true), "focus for {}", element.dump());
    }

    /// Types into an element instead of what stands there.
    ///
    /// # Panics
    ///
    /// Where it does not take the focus.
    #[track_caller]
    pub fn type_into(&self, element: &Element, text: &str) {
        self.focus(element);
        self.input.keys(&["ctrl+a"]);
        self.input.type_text(text);
    }

    /// The text in an entry.
    ///
    /// # Panics
    ///
    /// Where the element has none.
    #[track_caller]
    pub fn text(&self, element: &Element) -> String {
        let range = (0i32, -1i32);
        let (interface, method) = ("org.a11y.atspi.Text", "GetText");
        self.bus
            .call(&element.reference, interface, method, &range)
            .unwrap()
    }

    /// The value of a slider or a number.
    ///
    /// # Panics
    ///
    /// Where the element has none.
    #[track_caller]
    pub fn value(&self, element: &Element) -> f64 {
        let body = (VALUE, "CurrentValue");
        let got: Result<zbus::zvariant::OwnedValue, _> =
            self.bus.call(&element.reference, PROPERTIES, "Get", &body);
        got.unwrap().try_into().unwrap()
    }

    /// Moves a slider or a number, as a screen reader does.
    ///
    /// # Panics
    ///
    /// Where the element has no value.
    #[track_caller]
    pub fn set_value(&self, element: &Element, value: f64) {
        let body = (VALUE, "CurrentValue", zbus::zvariant::Value::from(value));
        let done: Result<(), _> = self.bus.call(&element.reference, PROPERTIES, "Set", &body);
        done.unwrap();
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
const VALUE: &str = "org.a11y.atspi.Value";
