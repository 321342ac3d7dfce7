// SPDX-License-Identifier: GPL-3.0-or-later
//! The question before a connection is opened that another program has named, or that runs a
//! program.
//!
//! It says what would happen; who has to ask is [`crate::shell`]'s to decide.

use std::time::Duration;

use oriel::address::effects::{Effects, Program, Runner};
use oriel::shown::shown;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{adw, gtk};

use oriel_ui_kit::answers;
use oriel_ui_kit::i18n::{gettext, gettext_f};

const CANCEL: &str = "cancel";
const YES: &str = "yes";

/// How long the question is there before it can be answered with a yes: it may come just when the
/// person presses something else.
const DELAY: Duration = Duration::from_millis(700);

/// How much of a text that somebody else wrote is shown, in characters: more would move what
/// matters out of sight.
const LONGEST: usize = 240;

/// Who names a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// Another program, over D-Bus.
    Program,
    /// The command line that the window was started with.
    CommandLine,
    /// The person, in the window.
    Person,
}

/// A connection that is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Its URI, as it was given.
    pub uri: String,
    /// What the alias stands for, where it is one of the person's own.
    pub alias_of: Option<String>,
    /// What opening it does.
    pub effects: Effects,
}

/// Asks over `parent`; `then` is told once whether they are to be opened. Return and Escape say no.
pub fn ask(
    parent: &impl IsA<gtk::Window>,
    asker: Asker,
    doubts: &[Doubt],
    launch: Option<&str>,
    then: impl Fn(bool) + 'static,
) {
    let runs = doubts.iter().any(|doubt| doubt.effects.runs_program());
    let (heading, yes) = if runs {
        (
            gettext("Run a Program to Connect?"),
            gettext("_Run and Open"),
        )
    } else {
        (gettext("Open This Connection?"), gettext("_Open"))
    };
    let body = body(asker, doubts, launch);
    let dialog = adw::MessageDialog::new(Some(parent), Some(&heading), Some(&body));
    dialog.add_response(CANCEL, &gettext("_Cancel"));
    dialog.add_response(YES, &yes);
    dialog.set_response_appearance(YES, adw::ResponseAppearance::Destructive);
    answers::rest_on(&dialog, CANCEL);
    dialog.set_close_response(CANCEL);
    dialog.set_response_enabled(YES, false);
    let weak = dialog.downgrade();
    glib::timeout_add_local_once(DELAY, move || {
        if let Some(dialog) = weak.upgrade() {
            dialog.set_response_enabled(YES, true);
        }
    });
    dialog.connect_response(None, move |_, response| then(response == YES));
    dialog.present();
}

fn body(asker: Asker, doubts: &[Doubt], launch: Option<&str>) -> String {
    let mut text = match asker {
        Asker::Program => gettext(
            "Another program wants Oriel to open a connection that you have not added here. If \
             you do not know why, cancel: nothing has happened yet.",
        ),
        Asker::CommandLine => gettext(
            "The command line that Oriel was started with names a connection that runs a \
             program. If you did not write it yourself, cancel: nothing has happened yet.",
        ),
        Asker::Person => gettext(
            "This connection runs a program each time it is opened, also at the start of Oriel. \
             If you got its URI from somebody else, cancel.",
        ),
    };
    for doubt in doubts {
        text.push_str("\n\n");
        text.push_str(&short(&doubt.uri));
        for line in lines(doubt) {
            text.push('\n');
            text.push_str(&line);
        }
    }
    if let Some(name) = launch {
        text.push_str("\n\n");
        text.push_str(&gettext_f(
            "Then the virtual machine “{name}” is started there, and the other end is given its \
             passphrase from your keyring.",
            &[("name", &cut(name))],
        ));
    }
    text
}

/// What opening a connection does, a line each.
fn lines(doubt: &Doubt) -> Vec<String> {
    let effects = &doubt.effects;
    let mut lines = Vec::new();
    if let Some(uri) = &doubt.alias_of {
        lines.push(gettext_f(
            "Your libvirt configuration makes {uri} of that name.",
            &[("uri", &cut(uri))],
        ));
    }
    lines.push(match &effects.host {
        Some(host) => gettext_f(
            "It leads to the computer “{host}”.",
            &[("host", &cut(host))],
        ),
        None => gettext("It names no other computer."),
    });
    let host = effects.host.as_deref().unwrap_or("localhost");
    lines.extend(effects.programs.iter().map(|it| program_line(it, host)));
    lines.extend(effects.switches.iter().map(|(name, value)| {
        gettext_f(
            "It sets “{name}” to “{value}”, so it may lead elsewhere or trust others than usual.",
            &[("name", &cut(name)), ("value", &cut(value))],
        )
    }));
    lines
}

fn program_line(program: &Program, host: &str) -> String {
    let values = [("program", &*cut(&program.program)), ("host", &*cut(host))];
    match program.runner {
        Runner::Own => gettext_f(
            "It runs the program “{program}” on this computer, with all your rights.",
            &values,
        ),
        Runner::Account => gettext_f(
            "It runs the program “{program}” on “{host}”, in your account there.",
            &values,
        ),
        Runner::Daemon => gettext_f(
            "It has libvirt’s daemon run the program “{program}”, with all the daemon’s rights.",
            &values,
        ),
    }
}

/// A text by others, not longer than is good; its middle goes.
fn cut(text: &str) -> String {
    let count = text.chars().count();
    if count <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST / 2).collect();
    let end: String = text.chars().skip(count - LONGEST / 2).collect();
    format!("{start} … {end}")
}

/// The same, harmless to look at.
fn short(text: &str) -> String {
    shown(&cut(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubt(uri: &str) -> Doubt {
        Doubt {
            uri: uri.into(),
            alias_of: None,
            effects: Effects::of(uri),
        }
    }

    #[test]
    fn host_program_and_what_happens_are_named() {
        let uri = "qemu+ssh://lab/system?command=/tmp/evil&keyfile=/k";
        let text = body(Asker::Program, &[doubt(uri)], Some("web"));
        for words in [
            uri,
            "Another program",
            "the computer “lab”",
            "program “/tmp/evil” on this computer",
            "“keyfile” to “/k”",
            "“web” is started",
        ] {
            assert!(text.contains(words), "no {words:?} in {text}");
        }
        let text = body(Asker::Person, &[doubt("qemu+ssh://lab/?netcat=/x")], None);
        assert!(text.contains("“/x” on “lab”"), "{text}");
    }

    #[test]
    fn what_others_write_neither_hides_the_rest_nor_does_anything() {
        let long = format!("qemu+ext:///?command=/\u{202e}{}/end", "x".repeat(9000));
        let text = body(Asker::Program, &[doubt(&long)], None);
        assert!(text.chars().count() < 1200, "{text}");
        assert!(text.contains("/end”") && text.contains(" … "), "{text}");
        assert!(!text.replace('\n', "").contains(oriel::shown::is_unsafe));
    }
}
