// SPDX-License-Identifier: GPL-3.0-or-later
//! Whether everybody can use what is on the screen: each control has a name that can be read out,
//! and the keyboard gets to it.
//!
//! The keyboard is really pressed, there and back. After each key the window is asked which of its
//! elements has the focus, until two answers in a row agree: a machine with much else to do only
//! takes longer. What never has the focus on the way is out of reach.
//!
//! libadwaita 1.2 does not tell of its rows to type into that they have the focus. Where nothing
//! says that it has it, letters are typed: where they show up on the screen is the keyboard. (Nor
//! does such a row tell of its text.)

#![allow(
    clippy::print_stdout,
    reason = "a test's own account, shown where it fails"
)]

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::bus::{ACCESSIBLE, Reference, call};
use super::exempt::{NAMELESS, UNREACHED, exemption, is_exempt};
use super::tree::{Element, State};
use super::{App, PATIENCE, is_newer_gtk};
use crate::screen::Pixels;

/// What is typed into. It is a control also where something to press is in it.
const ENTRIES: &[&str] = &["text box", "text", "entry", "password text", "search box"];

/// The letters by which it is found out which of them has the keyboard.
const FIRST_LETTERS: &str = "WW";
const LETTERS: &str = "WWWWWW";

/// How many points of the screen letters change at least. A blinking cursor changes fewer.
const VISIBLE: usize = 80;

/// What a person operates.
const CONTROLS: &[&str] = &[
    "button",
    "push button",
    "toggle button",
    "check box",
    "radio",
    "radio button",
    "switch",
    "text box",
    "text",
    "entry",
    "password text",
    "search box",
    "spin button",
    "slider",
    "combo box",
    "menu item",
    "menu item check box",
    "menu item radio",
    "list item",
    "grid cell",
    "option",
    "row",
    "tab",
    "link",
];

/// Controls of which there are many in a group: Tab goes to one, arrows to the others. They are
/// read out by the texts in them.
const MEMBERS: &[&str] = &[
    "list item",
    "grid cell",
    "option",
    "row",
    "menu item",
    "menu item check box",
    "menu item radio",
    "tab",
];

/// How GTK describes the window's own buttons. It gives them no focus: the desktop has keys for
/// what they do.
const WINDOW_BUTTONS: &[&str] = &[
    "Minimize the window",
    "Maximize the window",
    "Restore the window",
    "Close the window",
];

/// How long the focus may take to move. Only where it stays is that waited in vain.
const MOMENT: Duration = Duration::from_millis(900);

/// How long what gets the focus may take to tell of it.
const TELLING: Duration = Duration::from_millis(100);

/// The rest between two looks.
const PERIOD: Duration = Duration::from_millis(12);

/// The most stops of a window.
const STOPS: usize = 150;

/// How to walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Through the window by Tab.
    Tab,
    /// Through the menu that is open, by arrows.
    Arrows,
}

impl By {
    fn keys(self) -> [&'static str; 2] {
        match self {
            Self::Tab => ["Tab", "shift+Tab"],
            Self::Arrows => ["Down", "Up"],
        }
    }
}

/// What was found on all pages.
#[derive(Debug, Default)]
pub struct Audit {
    faults: Vec<String>,
}

impl Audit {
    /// Looks at the window that has the focus, which shows a page of that name.
    ///
    /// # Panics
    ///
    /// Where no window has it.
    #[track_caller]
    pub fn look(&mut self, app: &App, page: &str, by: By) {
        let (begin, before) = (Instant::now(), self.faults.len());
        let tree = settled(app);
        let controls = controls(&tree, by);
        let mut excused = HashSet::new();
        for one in controls.iter().filter(|one| is_nameless(one)) {
            // Each exemption is for one widget; a second like it is a fault.
            let exemption = exemption(NAMELESS, page, &tree, one);
            if exemption.is_none_or(|key| !excused.insert(key)) {
                let dump = one.dump();
                self.faults
                    .push(format!("{page}: no name: {}", dump.trim_end()));
            }
        }
        let mut walk = Walk::new(app, &tree);
        for key in by.keys() {
            walk.go(key);
        }
        let exempt = |one: &Element| is_exempt(UNREACHED, page, &tree, one);
        walk.try_groups(controls.iter().copied().filter(|one| !exempt(one)));
        for fault in walk.faults {
            self.faults.push(format!("{page}: {fault}"));
        }
        for one in controls.iter().filter(|one| is_sensitive(&tree, one)) {
            let reached = is_reached(&tree, one, &walk.reached, &walk.groups);
            if !reached && !is_window_button(one) && !is_exempt(UNREACHED, page, &tree, one) {
                let dump = one.dump();
                let line = dump.lines().next().unwrap_or_default();
                self.faults
                    .push(format!("{page}: “{}” is out of reach: {line}", one.label()));
            }
        }
        println!(
            "{page}: {} controls, {} stops, {:?}",
            controls.len(),
            walk.reached.len(),
            begin.elapsed()
        );
        // A page after it may end the test.
        println!("{}", self.faults[before..].join("\n"));
    }

    /// Fails the test if anything is wrong.
    ///
    /// # Panics
    ///
    /// With what is wrong.
    #[track_caller]
    pub fn assert_good(&self) {
        assert!(
            self.faults.is_empty(),
            "{} faults:\n{}",
            self.faults.len(),
            self.faults.join("\n")
        );
    }
}

/// The window with the focus, once nothing moves in it any more: pages slide in.
#[track_caller]
fn settled(app: &App) -> Element {
    let shape = |window: &Element| -> Vec<_> {
        let all = window.all().into_iter().filter(|one| one.showing);
        all.map(|one| (one.reference.clone(), one.extents))
            .collect()
    };
    let mut last = Vec::new();
    let begin = Instant::now();
    loop {
        if let Some(window) = front(app.tree()) {
            let now = shape(&window);
            // Figures that come all the while may move what is below them.
            if now == last || begin.elapsed() > MOMENT * 3 {
                return window;
            }
            last = now;
        }
        assert!(
            begin.elapsed() < PATIENCE,
            "no window has the focus; there is:\n{}",
            app.tree().dump()
        );
        std::thread::sleep(PERIOD * 10);
    }
}

/// The window with the focus. GTK 4.8 does not tell of a dialog that it is active.
fn front(tree: Element) -> Option<Element> {
    let all = tree.children;
    let active = all.iter().position(|one| one.is(State::Active));
    let place = active.or_else(|| all.iter().rposition(|one| one.is(State::Visible)))?;
    all.into_iter().nth(place)
}

/// The controls that show; in a menu, those of the menu.
fn controls(window: &Element, by: By) -> Vec<&Element> {
    let all = window.all().into_iter();
    all.filter(|one| one.showing && CONTROLS.contains(&one.role.as_str()))
        .filter(|one| by != By::Arrows || one.role.starts_with("menu item"))
        // The frame around a menu button is none.
        .filter(|one| one.is(State::Focusable) || is_entry(one) || !has_control(one))
        // A row or a card without focus only says something.
        .filter(|one| {
            one.is(State::Focusable) || !["list item", "grid cell"].contains(&one.role.as_str())
        })
        .collect()
}

fn is_entry(element: &Element) -> bool {
    ENTRIES.contains(&element.role.as_str())
}

fn has_control(element: &Element) -> bool {
    let mut below = element.all().into_iter().skip(1);
    below.any(|one| CONTROLS.contains(&one.role.as_str()))
}

/// Whether a screen reader has nothing to say.
fn is_nameless(element: &Element) -> bool {
    let by_content = MEMBERS.contains(&element.role.as_str());
    element.name.is_empty() && (!by_content || element.texts().is_empty())
}

/// Whether a control can be used. GTK 4.8 tells nothing of one that is in something that can't.
fn is_sensitive(window: &Element, element: &Element) -> bool {
    let around = around(window, &element.reference);
    let mut all = around.into_iter().chain([element]);
    all.all(|one| one.is(State::Sensitive))
}

fn is_window_button(element: &Element) -> bool {
    element.role == "button" && WINDOW_BUTTONS.contains(&element.description.as_str())
}

/// What an element is in, from the window inwards, without itself.
pub(super) fn around<'a>(window: &'a Element, inner: &Reference) -> Vec<&'a Element> {
    let all = window.all().into_iter();
    all.filter(|one| {
        let mut below = one.all().into_iter().skip(1);
        below.any(|it| it.reference == *inner)
    })
    .collect()
}

fn is_radio(element: &Element) -> bool {
    ["radio", "radio button"].contains(&element.role.as_str())
}

/// Whether Tab goes to one of a group alone, and arrows to the others. That is so of radio buttons
/// since GTK 4.10.
fn is_member(element: &Element) -> bool {
    MEMBERS.contains(&element.role.as_str()) || (is_radio(element) && is_newer_gtk())
}

/// The group that a member is in. Radio buttons have what is around two of them.
fn group_of(window: &Element, inner: &Reference) -> Option<Reference> {
    let around = around(window, inner);
    let radios = |one: &&&Element| one.all().into_iter().filter(|it| is_radio(it)).count();
    let is_in_radios = |one: &&&Element| {
        let all = one.all();
        all.iter().any(|it| is_radio(it) && it.reference == *inner) && radios(one) > 1
    };
    if let Some(group) = around.iter().rfind(is_in_radios) {
        return Some(group.reference.clone());
    }
    let in_group = |one: &&&Element| {
        [
            "list", "list box", "grid", "table", "tree", "menu", "tab list",
        ]
        .contains(&one.role.as_str())
    };
    around
        .iter()
        .rfind(in_group)
        .map(|one| one.reference.clone())
}

/// Whether the keyboard gets to a control: the focus was on it or on something in it; on another
/// member of its group, where the arrows move; or, where it takes no focus by itself, on the row
/// that stands for it.
fn is_reached(
    window: &Element,
    control: &Element,
    reached: &HashSet<Reference>,
    groups: &HashSet<Reference>,
) -> bool {
    let within = |one: &Element| one.all().iter().any(|it| reached.contains(&it.reference));
    if within(control) {
        return true;
    }
    if is_member(control) {
        return group_of(window, &control.reference).is_some_and(|group| groups.contains(&group));
    }
    let around = around(window, &control.reference);
    !control.is(State::Focusable)
        && around
            .iter()
            .any(|one| CONTROLS.contains(&one.role.as_str()) && reached.contains(&one.reference))
}

/// A walk with the keyboard.
struct Walk<'a> {
    app: &'a App,
    window: Element,
    /// What can have the focus.
    known: Vec<Reference>,
    focus: Vec<Reference>,
    reached: HashSet<Reference>,
    /// Groups in which the arrows move the focus.
    groups: HashSet<Reference>,
    /// Where keys lead from where, as far as nothing tells of it.
    ways: HashMap<(Vec<Reference>, String), Reference>,
    faults: Vec<String>,
}

impl<'a> Walk<'a> {
    fn new(app: &'a App, window: &Element) -> Self {
        let mut walk = Self {
            app,
            window: window.clone(),
            known: Vec::new(),
            focus: Vec::new(),
            reached: HashSet::new(),
            groups: HashSet::new(),
            ways: HashMap::new(),
            faults: Vec::new(),
        };
        walk.learn();
        walk.focus = walk.focused();
        walk
    }

    /// Notes what can have the focus.
    fn learn(&mut self) {
        let all = self.window.all().into_iter();
        let focusable = all.filter(|one| one.is(State::Focusable));
        self.known = focusable.map(|one| one.reference.clone()).collect();
    }

    /// What has the focus now. A row and what is in it can both say so: the innermost is last.
    fn focused(&self) -> Vec<Reference> {
        self.focused_of(|_| true)
    }

    /// Which of some have the focus now.
    fn focused_of(&self, asked: impl Fn(&Reference) -> bool) -> Vec<Reference> {
        let connection = self.app.bus().connection();
        let known = self.known.iter().filter(|one| asked(one));
        let states = known.map(|one| async move {
            let states = call::<_, Vec<u32>>(connection, one, ACCESSIBLE, "GetState", &());
            let bit = 1 << (State::Focused as u32);
            let first = states.await.ok()?.first().copied()?;
            (first & bit != 0).then(|| one.clone())
        });
        let states = self.app.bus().wait(join_all(states));
        states.into_iter().flatten().collect()
    }

    /// Presses a key until the focus is where it was before.
    fn go(&mut self, key: &str) {
        let mut stops = HashSet::new();
        let (mut again, mut lost) = (0, 0);
        for _ in 0..STOPS {
            if !self.press(key) && !self.focus.is_empty() && !self.press(key) {
                // Alone in its window, or nothing leads away from it.
                if stops.iter().any(|one| !self.focus.contains(one)) {
                    let name = self.name();
                    self.faults
                        .push(format!("{key} does not lead on from {name}"));
                }
                self.reached.extend(self.focus.iter().cloned());
                return;
            }
            let Some(at) = self.focus.last().cloned() else {
                lost += 1;
                if lost > 3 {
                    self.faults.push(format!("{key} leads nowhere"));
                    return;
                }
                continue;
            };
            self.reached.extend(self.focus.iter().cloned());
            again = if stops.insert(at) { 0 } else { again + 1 };
            // Some stops come twice on one way, so one that is known does not suffice.
            if again > 1 {
                return;
            }
        }
        self.faults.push(format!("{key} comes to no end"));
    }

    /// Tries the arrows in each group that has members where the focus was not.
    fn try_groups<'e>(&mut self, controls: impl Iterator<Item = &'e Element>) {
        let members = controls.filter(|one| {
            is_member(one)
                && !one
                    .all()
                    .iter()
                    .any(|it| self.reached.contains(&it.reference))
        });
        let groups: HashSet<_> = members
            .filter_map(|one| group_of(&self.window, &one.reference))
            .collect();
        for group in groups {
            // Once around, and on: some stops come twice on one way.
            let (mut stops, mut again) = (HashSet::new(), 0);
            while again < 3 {
                if self.group().as_ref() == Some(&group) {
                    self.try_arrows(group);
                    break;
                }
                if !self.press("Tab") {
                    break;
                }
                again = if stops.insert(self.focus.clone()) {
                    0
                } else {
                    again + 1
                };
            }
        }
    }

    /// Looks whether arrows lead through the group in which the focus is. With Control they move
    /// the focus and choose nothing.
    fn try_arrows(&mut self, group: Reference) {
        let at = self.focus.last().and_then(|at| self.element(at));
        // From a row of tabs, up and down lead away.
        let keys: &[_] = if at.is_some_and(|one| one.role == "tab") {
            &["Right", "Left"]
        } else {
            &["ctrl+Down", "ctrl+Up", "Right", "Left"]
        };
        for key in keys {
            if self.press(key) && self.group().as_ref() == Some(&group) {
                self.groups.insert(group);
                return;
            }
        }
    }

    /// The group in which the focus is.
    fn group(&self) -> Option<Reference> {
        let at = self.focus.last()?;
        is_member(self.element(at)?).then(|| group_of(&self.window, at))?
    }

    fn element(&self, reference: &Reference) -> Option<&Element> {
        let mut all = self.window.all().into_iter();
        all.find(|one| one.reference == *reference)
    }

    fn name(&self) -> String {
        let at = self.focus.last().and_then(|at| self.element(at));
        at.map_or("nothing".into(), |one| {
            format!("{} “{}”", one.role, one.label())
        })
    }

    /// Presses a key, and looks what has the focus then; whether it has moved.
    fn press(&mut self, key: &str) -> bool {
        let before = self.focus.clone();
        self.app.reader.forget_focused();
        self.app.input().keys(&[key]);
        let begin = Instant::now();
        let mut last = before.clone();
        let mut looked = false;
        while begin.elapsed() < MOMENT {
            // Most tell that they have got the focus. All are asked only where none does.
            let told = self.app.reader.focused();
            if told.is_empty() && begin.elapsed() < TELLING {
                std::thread::sleep(PERIOD / 4);
                continue;
            }
            let now = if told.is_empty() {
                self.focused()
            } else {
                self.focused_of(|one| told.contains(one) || before.contains(one))
            };
            if now != before && now == last && !now.is_empty() {
                self.focus = now;
                return true;
            }
            if now.is_empty() && now == last && !looked && begin.elapsed() > MOMENT / 6 {
                looked = true;
                // It may be at what was not there before, or where nothing tells of it.
                self.look_again();
                if self.focused().is_empty()
                    && let Some(entry) = self.silent(&before, key)
                {
                    self.focus = vec![entry];
                    return self.focus != before;
                }
            }
            last = now;
            std::thread::sleep(if told.is_empty() { PERIOD * 4 } else { PERIOD });
        }
        self.focus = last;
        self.focus != before
    }

    /// The entry that has the keyboard though nothing tells of it, after a key from where it was
    /// before. That is tried once for each way that leads there.
    fn silent(&mut self, before: &[Reference], key: &str) -> Option<Reference> {
        let way = (before.to_vec(), key.to_owned());
        if let Some(known) = self.ways.get(&way) {
            return Some(known.clone());
        }
        let entry = self.typed_into()?;
        self.ways.insert(way, entry.clone());
        Some(entry)
    }

    /// The entry in which letters show up that are typed now; they are taken back.
    fn typed_into(&self) -> Option<Reference> {
        let all = self.window.all().into_iter();
        let entries: Vec<_> = all.filter(|one| one.showing && is_entry(one)).collect();
        if entries.is_empty() {
            return None;
        }
        // What stands there may be selected, and must not be typed over. The first letters may
        // bring or take a line of explanation, and so move what is below it.
        self.app.input().keys(&["End"]);
        self.app.input().type_text(FIRST_LETTERS);
        let before = self.still();
        self.app.input().type_text(LETTERS);
        let after = self.still();
        let places = entries.iter().filter_map(|entry| {
            let place = self
                .app
                .place_now(&self.window.reference, &entry.reference)?;
            let changed = before.changed(&after, place);
            (changed > VISIBLE).then(|| entry.reference.clone())
        });
        let places: Vec<_> = places.collect();
        let back = vec!["BackSpace"; FIRST_LETTERS.len() + LETTERS.len()];
        self.app.input().keys(&back);
        match &places[..] {
            [one] => Some(one.clone()),
            _ => None,
        }
    }

    /// The screen, once nothing moves on it any more.
    fn still(&self) -> Pixels {
        let begin = Instant::now();
        let mut last = self.app.screen();
        loop {
            std::thread::sleep(PERIOD * 10);
            let now = self.app.screen();
            // A cursor that blinks is no move.
            let [width, height] =
                [now.width, now.height()].map(|size| i32::try_from(size).unwrap_or(i32::MAX));
            let same = now.changed(&last, [0, 0, width, height]) < VISIBLE;
            if same || begin.elapsed() > MOMENT {
                return now;
            }
            last = now;
        }
    }

    fn look_again(&mut self) {
        if let Some(window) = front(self.app.tree()) {
            self.window = window;
            self.learn();
        }
    }
}
