// SPDX-License-Identifier: GPL-3.0-or-later
//! Asks the desktop not to end the session while something lasts.

use relm4::gtk;
use relm4::gtk::prelude::*;

/// What the desktop was asked for, while it is.
#[derive(Debug, Default)]
pub struct Inhibitor {
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    why: String,
    /// GTK's number for it; 0 where no desktop listens.
    cookie: u32,
}

impl Inhibitor {
    /// Takes over what lasts, or that nothing does any more.
    pub fn follow(&mut self, why: Option<String>, window: &impl IsA<gtk::Window>) {
        let application = relm4::main_application();
        self.take(
            why,
            |why| {
                let flags = gtk::ApplicationInhibitFlags::LOGOUT;
                application.inhibit(Some(window), flags, Some(why))
            },
            |cookie| application.uninhibit(cookie),
        );
    }

    /// The new wish is there before the old one goes, so that there is no gap between two jobs.
    fn take(
        &mut self,
        why: Option<String>,
        inhibit: impl FnOnce(&str) -> u32,
        release: impl FnOnce(u32),
    ) {
        if self.held.as_ref().map(|held| &held.why) == why.as_ref() {
            return;
        }
        let next = why.map(|why| Held {
            cookie: inhibit(&why),
            why,
        });
        if let Some(before) = std::mem::replace(&mut self.held, next)
            && before.cookie != 0
        {
            release(before.cookie);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// What is asked of the desktop when these follow each other.
    fn asked(wishes: &[Option<&str>], first_cookie: u32) -> Vec<String> {
        let mut inhibitor = Inhibitor::default();
        let asked = RefCell::new(Vec::new());
        let mut cookie = first_cookie;
        for why in wishes {
            inhibitor.take(
                why.map(str::to_owned),
                |why| {
                    asked.borrow_mut().push(format!("inhibit {why}"));
                    cookie
                },
                |cookie| asked.borrow_mut().push(format!("release {cookie}")),
            );
            cookie += u32::from(cookie > 0);
        }
        asked.into_inner()
    }

    #[test]
    fn the_session_is_held_from_the_first_job_to_the_last() {
        let wishes = [None, Some("one"), Some("one"), Some("two"), None, None];
        assert_eq!(
            asked(&wishes, 1),
            ["inhibit one", "inhibit two", "release 2", "release 4"]
        );
    }

    #[test]
    fn what_no_desktop_took_is_not_given_back() {
        assert_eq!(asked(&[Some("one"), None], 0), ["inhibit one"]);
    }
}
