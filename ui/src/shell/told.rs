// SPDX-License-Identifier: GPL-3.0-or-later
//! What command lines say: this process's own, and those that other programs hand over by D-Bus.
//!
//! Any program of the session can hand one over. So those open by themselves only what the person
//! has added here or opened already; about everything else the person is asked first. On a command
//! line of one's own that is so where a program would run.

use oriel::address::alias::{self, Resolved};
use oriel::address::effects::Effects;
use relm4::adw::prelude::*;
use relm4::{ComponentController as _, ComponentSender, adw};

use super::messages::Told;
use super::{Window, WindowMsg};
use crate::engine::ConnectionId;
use crate::questions::address::{self, Asker, Doubt};
use crate::sidebar::SidebarMsg;

/// How many questions may wait; what comes beyond is forgotten.
const WAITING: usize = 8;

/// How many connections another program may name at once.
const NAMED: usize = 8;

/// A command line that waits for the person's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubtful {
    told: Told,
    doubts: Vec<Doubt>,
}

impl Window {
    /// Takes over what a command line said.
    pub(super) fn told(&mut self, mut told: Told, sender: &ComponentSender<Self>) {
        told.again = std::mem::replace(&mut self.started, true);
        if told.connect.is_empty() {
            self.carry_out(told);
            return;
        }
        if told.remote && told.connect.len() > NAMED {
            tracing::warn!("a program named too many connections at once");
            return;
        }
        // What a name stands for is in a file.
        let input = sender.input_sender().clone();
        self.engine.runtime().spawn_blocking(move || {
            let resolved = told.connect.iter().map(|it| alias::resolve(it)).collect();
            input.emit(WindowMsg::Resolved(told, resolved));
        });
    }

    /// Does what it said, or asks first.
    pub(super) fn resolved(
        &mut self,
        told: Told,
        resolved: &[Resolved],
        root: &adw::ApplicationWindow,
        sender: &ComponentSender<Self>,
    ) {
        let named = told.connect.iter().zip(resolved);
        let doubts: Vec<_> = named
            .filter_map(|(uri, resolved)| {
                let effects = Effects::of(&resolved.uri);
                let asks = !self.knows(uri) && is_doubtful(&told, resolved, &effects);
                asks.then(|| Doubt {
                    uri: uri.clone(),
                    alias_of: resolved.configured.then(|| resolved.uri.clone()),
                    effects,
                })
            })
            .collect();
        if doubts.is_empty() {
            self.carry_out(told);
            return;
        }
        let doubtful = Doubtful { told, doubts };
        if self.doubtful.contains(&doubtful) || self.asking.as_ref() == Some(&doubtful) {
            return;
        }
        if self.doubtful.len() < WAITING {
            self.doubtful.push_back(doubtful);
        } else {
            tracing::warn!("a program asks too much");
        }
        self.ask_about_told(root, sender);
    }

    /// Asks the next question, once the window has the focus and no other dialog is there.
    pub(super) fn ask_about_told(
        &mut self,
        root: &adw::ApplicationWindow,
        sender: &ComponentSender<Self>,
    ) {
        if self.asking.is_some() || !root.is_active() {
            return;
        }
        let Some(doubtful) = self.doubtful.pop_front() else {
            return;
        };
        let asker = if doubtful.told.remote {
            Asker::Program
        } else {
            Asker::CommandLine
        };
        let input = sender.input_sender().clone();
        let launch = doubtful.told.launch.as_deref();
        address::ask(root, asker, &doubtful.doubts, launch, move |yes| {
            input.emit(WindowMsg::Answered(yes));
        });
        self.asking = Some(doubtful);
    }

    /// Does what the person has allowed.
    pub(super) fn answered(
        &mut self,
        yes: bool,
        root: &adw::ApplicationWindow,
        sender: &ComponentSender<Self>,
    ) {
        let Some(doubtful) = self.asking.take() else {
            return;
        };
        if yes {
            self.carry_out(doubtful.told);
        } else if self.engine.connections().is_empty() {
            // Nothing is on show: then it is as if nothing had been named.
            self.carry_out(Told::default());
        }
        self.ask_about_told(root, sender);
    }

    /// Opens a connection that the person wants to add, after a question where it runs a program.
    pub(super) fn wants_connection(
        &mut self,
        uri: String,
        at_start: bool,
        root: &adw::ApplicationWindow,
        sender: &ComponentSender<Self>,
    ) {
        let effects = Effects::of(&uri);
        if self.knows(&uri) || !effects.runs_program() {
            self.connect(&uri, at_start);
            return;
        }
        let doubt = Doubt {
            uri: uri.clone(),
            alias_of: None,
            effects,
        };
        let input = sender.input_sender().clone();
        address::ask(root, Asker::Person, &[doubt], None, move |yes| {
            if yes {
                input.emit(WindowMsg::Connect(uri.clone(), at_start));
            }
        });
    }

    /// Whether the person has added a connection, or it is open.
    fn knows(&self, uri: &str) -> bool {
        let saved = self.settings.connections.iter().any(|it| it.uri == uri);
        saved || self.engine.connections().iter().any(|(_, it)| it == uri)
    }

    fn carry_out(&mut self, told: Told) {
        let mut named: Vec<ConnectionId> = Vec::new();
        if !told.connect.is_empty() {
            named = told.connect.iter().map(|uri| self.open(uri)).collect();
        } else if !told.again {
            let uris: Vec<_> = self
                .settings
                .connections
                .iter()
                .filter(|known| known.at_start)
                .map(|known| known.uri.clone())
                .collect();
            for uri in uris {
                self.open(&uri);
            }
        }
        if let Some(name) = told.launch {
            if named.is_empty() {
                named = self.engine.connections().iter().map(|it| it.0).collect();
            }
            self.engine.find_to_launch(&named, name);
        } else if told.again
            && let Some(first) = named.first()
        {
            self.sidebar
                .sender()
                .emit(SidebarMsg::SelectConnection(*first));
        }
    }
}

/// Whether a connection that is not known here needs a question.
fn is_doubtful(told: &Told, resolved: &Resolved, effects: &Effects) -> bool {
    if told.remote {
        // An alias is the person's own, but not the wish to hand a passphrase to where it leads.
        !resolved.configured || told.launch.is_some()
    } else {
        !resolved.configured && effects.runs_program()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(remote: bool, launch: bool, configured: bool, uri: &str) -> bool {
        let told = Told {
            connect: vec![uri.into()],
            launch: launch.then(|| "web".into()),
            remote,
            again: true,
        };
        let resolved = Resolved {
            uri: uri.into(),
            configured,
        };
        is_doubtful(&told, &resolved, &Effects::of(uri))
    }

    #[test]
    fn who_named_it_decides_what_is_asked() {
        let (plain, runs) = ("qemu:///system", "qemu+ext:///system?command=/x");
        // remote, launch, configured
        assert!(asks(true, false, false, plain));
        assert!(asks(true, true, true, plain));
        assert!(!asks(true, false, true, runs));
        assert!(asks(true, true, true, runs));
        assert!(!asks(false, true, false, plain));
        assert!(!asks(false, true, false, "qemu:///system?socket=/x"));
        assert!(asks(false, false, false, runs));
        assert!(!asks(false, true, true, runs));
    }
}
