// SPDX-License-Identifier: GPL-3.0-or-later
//! Keyboard, mouse and windows of a private display.
//!
//! Keys and clicks go to the server directly, by XTEST: a program for each of some thousand keys
//! would be a good part of what the tests take. xdotool does what is rare.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::process::Command;
use std::time::Duration;

use oriel_sandbox::process;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, GetPropertyReply,
    KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, MapState, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// The rest after a key or a click, and after a letter. A hand is no faster: GTK gives the focus or
/// opens a menu a moment after it was asked to, and what comes before that goes elsewhere.
const AFTER_KEY: Duration = Duration::from_millis(20);
const AFTER_LETTER: Duration = Duration::from_millis(4);

/// Keys that go by a name, with their symbols in X.
const NAMED: &[(&str, u32)] = &[
    ("BackSpace", 0xff08),
    ("Tab", 0xff09),
    ("Return", 0xff0d),
    ("Escape", 0xff1b),
    ("Home", 0xff50),
    ("Left", 0xff51),
    ("Up", 0xff52),
    ("Right", 0xff53),
    ("Down", 0xff54),
    ("Page_Up", 0xff55),
    ("Page_Down", 0xff56),
    ("End", 0xff57),
    ("Menu", 0xff67),
    ("F4", 0xffc1),
    ("F10", 0xffc7),
    ("Delete", 0xffff),
    ("shift", 0xffe1),
    ("ctrl", 0xffe3),
    ("alt", 0xffe9),
    ("comma", ',' as u32),
    ("minus", '-' as u32),
    ("plus", '+' as u32),
    ("question", '?' as u32),
    ("space", ' ' as u32),
];

/// The display's keyboard and mouse, and its windows.
#[derive(Debug)]
pub struct Input {
    variables: Vec<(String, String)>,
    connection: RustConnection,
    root: Window,
    keyboard: Keyboard,
}

/// Which key gives which symbols.
#[derive(Debug)]
struct Keyboard {
    first: u8,
    /// The symbols of each key, one after the other.
    symbols: Vec<u32>,
    /// How many each key has.
    each: usize,
}

/// A key, and whether it takes the one for capital letters.
type Key = (u8, bool);

impl Keyboard {
    fn of(connection: &RustConnection) -> Self {
        let (first, last) = (
            connection.setup().min_keycode,
            connection.setup().max_keycode,
        );
        let count = last - first + 1;
        let asked = connection.get_keyboard_mapping(first, count).unwrap();
        let reply = asked.reply().unwrap();
        Self {
            first,
            symbols: reply.keysyms,
            each: usize::from(reply.keysyms_per_keycode),
        }
    }

    fn find(&self, symbol: u32) -> Option<Key> {
        let mut keys = self.symbols.chunks(self.each).zip(self.first..);
        keys.find_map(|(symbols, code)| {
            let column = symbols.iter().take(2).position(|one| *one == symbol)?;
            Some((code, column == 1))
        })
    }

    /// The key with a name, or that of one character.
    fn named(&self, name: &str) -> Option<Key> {
        let symbol = NAMED.iter().find(|(one, _)| *one == name);
        let mut letters = name.chars();
        match (symbol, letters.next(), letters.next()) {
            (Some((_, symbol)), ..) => self.find(*symbol),
            (None, Some(letter), None) => self.letter(letter),
            _ => None,
        }
    }

    fn letter(&self, letter: char) -> Option<Key> {
        match letter {
            ' '..='~' | '\u{a0}'..='\u{ff}' => self.find(letter as u32),
            _ => None,
        }
    }
}

impl Input {
    /// For a display, and for programs with these environment variables.
    pub fn new(display: &str, variables: Vec<(String, String)>) -> Self {
        let (connection, screen) = x11rb::connect(Some(display)).unwrap();
        let root = connection.setup().roots[screen].root;
        let keyboard = Keyboard::of(&connection);
        Self {
            variables,
            connection,
            root,
            keyboard,
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("xdotool");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs xdotool.
    ///
    /// # Errors
    ///
    /// With what it said.
    pub fn try_run(&self, args: &[&str]) -> Result<String, String> {
        process::run(self.command().args(args)).map_err(|error| error.to_string())
    }

    /// Runs xdotool.
    ///
    /// # Panics
    ///
    /// With what it said.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> String {
        self.try_run(args).unwrap()
    }

    /// As if the hardware had told this.
    fn tell(&self, kind: u8, detail: u8, [x, y]: [i32; 2]) {
        let [x, y] = [x, y].map(|at| i16::try_from(at).unwrap());
        self.connection
            .xtest_fake_input(kind, detail, 0, self.root, x, y, 0)
            .unwrap();
    }

    /// Awaits that the server has done all that.
    fn done(&self) {
        self.connection.get_input_focus().unwrap().reply().unwrap();
    }

    /// Presses keys at once, and lets them go.
    fn strike(&self, codes: &[u8]) {
        for code in codes {
            self.tell(KEY_PRESS_EVENT, *code, [0; 2]);
        }
        for code in codes.iter().rev() {
            self.tell(KEY_RELEASE_EVENT, *code, [0; 2]);
        }
        self.done();
    }

    fn shifted(&self, (code, is_shifted): Key) -> Vec<u8> {
        let shift = self.keyboard.named("shift").unwrap().0;
        [shift, code][usize::from(!is_shifted)..].to_vec()
    }

    /// Presses keys one after the other, by their names in X: `Tab`, `shift+Tab`, `ctrl+f`.
    ///
    /// # Panics
    ///
    /// Where the keyboard has no such key.
    #[track_caller]
    pub fn keys(&self, names: &[&str]) {
        for chord in names {
            let mut codes: Vec<u8> = Vec::new();
            for name in chord.split('+') {
                let key = self.keyboard.named(name);
                let key = key.unwrap_or_else(|| panic!("no key “{name}” of {chord}"));
                codes.extend(self.shifted(key));
            }
            self.strike(&codes);
            std::thread::sleep(AFTER_KEY);
        }
    }

    /// Types a text to whatever has the focus. Where the keyboard has no key for a letter, xdotool
    /// makes one; to it the text goes by a pipe, since words of a command can be read by everybody.
    ///
    /// # Panics
    ///
    /// With what xdotool said.
    #[track_caller]
    pub fn type_text(&self, text: &str) {
        let keys: Option<Vec<_>> = text
            .chars()
            .map(|letter| self.keyboard.letter(letter))
            .collect();
        let Some(keys) = keys else {
            let mut command = self.command();
            command.args(["type", "--delay", "15", "--file", "-"]);
            process::run_with_input(&mut command, text.as_bytes()).unwrap();
            return;
        };
        for key in keys {
            self.strike(&self.shifted(key));
            std::thread::sleep(AFTER_LETTER);
        }
    }

    /// Moves the mouse to a place of the screen.
    pub fn move_to(&self, x: i32, y: i32) {
        self.tell(MOTION_NOTIFY_EVENT, 0, [x, y]);
        self.done();
    }

    /// Moves the mouse on by so much.
    pub fn move_by(&self, x: i32, y: i32) {
        self.tell(MOTION_NOTIFY_EVENT, 1, [x, y]);
        self.done();
    }

    /// Presses a mouse button and holds it: 1 is the left one.
    pub fn press(&self, button: u8) {
        self.tell(BUTTON_PRESS_EVENT, button, [0; 2]);
        self.done();
    }

    /// Lets a mouse button go.
    pub fn release(&self, button: u8) {
        self.tell(BUTTON_RELEASE_EVENT, button, [0; 2]);
        self.done();
    }

    /// Clicks at a place of the screen with a mouse button.
    pub fn click(&self, x: i32, y: i32, button: u8) {
        self.move_to(x, y);
        self.press(button);
        self.release(button);
        std::thread::sleep(AFTER_KEY);
    }

    /// The window that has the focus, as the window manager sees it.
    pub fn active(&self) -> Option<Window> {
        let list = self.numbers(self.root, "_NET_ACTIVE_WINDOW");
        list.first().copied().filter(|window| *window != 0)
    }

    /// The title of the window that has the focus.
    pub fn active_title(&self) -> Option<String> {
        let bytes = self.property(self.active()?, "_NET_WM_NAME")?.value;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// How many windows of a process are on the screen.
    pub fn windows_of(&self, process: u32) -> usize {
        let all = self.numbers(self.root, "_NET_CLIENT_LIST").into_iter();
        all.filter(|window| self.numbers(*window, "_NET_WM_PID").first() == Some(&process))
            .filter(|window| {
                let asked = self.connection.get_window_attributes(*window).unwrap();
                // It may have gone meanwhile.
                asked
                    .reply()
                    .is_ok_and(|it| it.map_state == MapState::VIEWABLE)
            })
            .count()
    }

    /// The numbers in a property.
    fn numbers(&self, window: Window, name: &str) -> Vec<u32> {
        let found = self.property(window, name);
        let numbers = found.as_ref().and_then(|found| found.value32());
        numbers.map(Iterator::collect).unwrap_or_default()
    }

    fn property(&self, window: Window, name: &str) -> Option<GetPropertyReply> {
        let atom = self.connection.intern_atom(false, name.as_bytes()).unwrap();
        let atom = atom.reply().unwrap().atom;
        let (kind, most) = (AtomEnum::ANY, 4096);
        let asked = self
            .connection
            .get_property(false, window, atom, kind, 0, most);
        asked.unwrap().reply().ok()
    }

    /// The place and size of the window that has the focus: x, y, width, height.
    ///
    /// # Errors
    ///
    /// Where no window has it.
    pub fn active_window(&self) -> Result<[i32; 4], String> {
        let window = self.active().ok_or("no window has the focus")?;
        let gone = |error: x11rb::errors::ReplyError| format!("the window is gone: {error}");
        let size = self.connection.get_geometry(window).unwrap();
        let at = self
            .connection
            .translate_coordinates(window, self.root, 0, 0)
            .unwrap();
        let (size, at) = (size.reply().map_err(gone)?, at.reply().map_err(gone)?);
        Ok([
            at.dst_x.into(),
            at.dst_y.into(),
            size.width.into(),
            size.height.into(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::Keyboard;

    #[test]
    fn a_symbol_is_a_key_with_or_without_shift() {
        let keyboard = Keyboard {
            first: 8,
            symbols: vec![0, 0, 0, 0x61, 0x41, 0x61, 0xff0d, 0, 0, 0x2c, 0x3c, 0],
            each: 3,
        };
        assert_eq!(keyboard.letter('a'), Some((9, false)));
        assert_eq!(keyboard.letter('A'), Some((9, true)));
        assert_eq!(keyboard.named("Return"), Some((10, false)));
        assert_eq!(keyboard.named("comma"), Some((11, false)));
        assert_eq!(keyboard.letter('“'), None);
        assert_eq!(keyboard.named("Nothing"), None);
    }
}
