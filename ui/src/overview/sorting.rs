// SPDX-License-Identifier: GPL-3.0-or-later
//! Which guests are shown, and in which order.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;

use oriel::guest::{DomainState, Guest};

use crate::engine::{ConnectionId, GuestKey};
use crate::listing::GuestEntry;
use crate::sidebar::Selected;
use crate::words::rows::is_meant;
use oriel_ui_kit::i18n::mark;

/// What guests are ordered by; the name decides among equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// By name.
    #[default]
    Name,
    /// Those that run first.
    State,
    /// The busiest first.
    Processor,
    /// The largest first.
    Memory,
}

impl SortBy {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 4] = [Self::Name, Self::State, Self::Processor, Self::Memory];

    /// Its name in settings and actions.
    pub fn id(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::State => "state",
            Self::Processor => "processor",
            Self::Memory => "memory",
        }
    }

    /// What the menu calls it, to be translated.
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => mark("_Name"),
            Self::State => mark("_State"),
            Self::Processor => mark("_Processor Use"),
            Self::Memory => mark("_Memory"),
        }
    }

    /// The one of that name.
    pub fn of(id: &str) -> Self {
        let found = Self::ALL.into_iter().find(|one| one.id() == id);
        found.unwrap_or_default()
    }

    /// Whether figures of guests out of sight are needed for it.
    pub fn needs_figures(self) -> bool {
        self == Self::Processor
    }

    /// The order of two guests.
    pub fn order(self, a: &GuestEntry, b: &GuestEntry) -> Ordering {
        let (left, right) = (a.guest.borrow(), b.guest.borrow());
        let first = match self {
            Self::Name => Ordering::Equal,
            Self::State => rank(left.state).cmp(&rank(right.state)),
            Self::Processor => b.busy.get().total_cmp(&a.busy.get()),
            Self::Memory => Reverse(memory(&left)).cmp(&Reverse(memory(&right))),
        };
        first.then_with(|| a.by_name(b))
    }
}

/// What needs a look comes first, then what runs, then what is off.
fn rank(state: DomainState) -> u8 {
    match state {
        DomainState::Crashed => 0,
        DomainState::Running => 1,
        DomainState::Paused | DomainState::PmSuspended => 2,
        DomainState::ShuttingDown => 3,
        DomainState::Unknown => 4,
        DomainState::ShutOff => 5,
    }
}

fn memory(guest: &Guest) -> u64 {
    guest.summary.as_ref().map_or(0, |it| it.memory_kib)
}

/// A kind of guests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// All.
    #[default]
    All,
    /// Those that run or are paused.
    Active,
    /// Those that are off.
    Off,
    /// Those with encrypted data.
    Encrypted,
    /// Those that crashed or can't be read.
    Trouble,
}

impl Kind {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::Active,
        Self::Off,
        Self::Encrypted,
        Self::Trouble,
    ];

    /// Its name in actions.
    pub fn id(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Active => "active",
            Self::Off => "off",
            Self::Encrypted => "encrypted",
            Self::Trouble => "trouble",
        }
    }

    /// What the menu calls it, to be translated.
    pub fn label(self) -> &'static str {
        match self {
            Self::All => mark("_All"),
            Self::Active => mark("_Running or Paused"),
            Self::Off => mark("_Off"),
            Self::Encrypted => mark("_Encrypted"),
            Self::Trouble => mark("With P_roblems"),
        }
    }

    /// The one of that name.
    pub fn of(id: &str) -> Self {
        let found = Self::ALL.into_iter().find(|one| one.id() == id);
        found.unwrap_or_default()
    }

    /// Whether a guest is of this kind.
    pub fn holds(self, guest: &Guest) -> bool {
        match self {
            Self::All => true,
            Self::Active => guest.state.is_active(),
            Self::Off => !guest.state.is_active(),
            Self::Encrypted => guest
                .summary
                .as_ref()
                .is_some_and(|summary| !summary.secrets.is_empty()),
            Self::Trouble => guest.error.is_some() || guest.state == DomainState::Crashed,
        }
    }
}

/// Which guests are shown.
#[derive(Debug, Default)]
pub struct Shown {
    guests: Option<HashSet<GuestKey>>,
    connections: Option<HashSet<ConnectionId>>,
    /// Those that fit this text, in lower case.
    pub text: String,
    /// Those of this kind.
    pub kind: Kind,
}

impl Shown {
    /// Those of a selection.
    pub fn set_scope(&mut self, selected: &Selected) {
        self.guests = None;
        self.connections = None;
        match selected {
            Selected::All => {}
            Selected::Connections(ids) => self.connections = Some(ids.iter().copied().collect()),
            Selected::Guests(keys) => self.guests = Some(keys.iter().copied().collect()),
        }
    }

    /// Whether a guest is shown. Guests that were selected are, whatever the search says.
    pub fn holds(&self, entry: &GuestEntry) -> bool {
        if let Some(guests) = &self.guests {
            return guests.contains(&entry.key);
        }
        let here = self
            .connections
            .as_ref()
            .is_none_or(|ids| ids.contains(&entry.key.connection));
        let guest = entry.guest.borrow();
        here && self.kind.holds(&guest) && is_meant(&guest, &self.text)
    }

    /// Whether a search or a kind leaves guests out.
    pub fn narrows(&self) -> bool {
        !self.text.is_empty() || self.kind != Kind::All
    }
}
