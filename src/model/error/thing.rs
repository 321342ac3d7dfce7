// SPDX-License-Identifier: GPL-3.0-or-later
//! The things of a host that have names.

use super::told::NextStep;
use crate::message::{Message, Text, mark, texts};
use crate::shown::virsh;

/// A kind of thing that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A virtual machine.
    Guest,
    /// A virtual network.
    Network,
    /// A storage pool.
    Pool,
    /// A file.
    File,
}

texts! {
    /// What is said of things.
    THINGS;
    NO_GUEST = "no-guest", mark("There is no virtual machine called “{name}” on {uri}.");
    NO_NETWORK = "no-network", mark("There is no network called “{name}” on {uri}.");
    NO_POOL = "no-pool", mark("There is no storage pool called “{name}” on {uri}.");
    NO_FILE = "no-file", mark("There is no file {name} on {uri}.");
    GUEST_EXISTS = "guest-exists", mark("There is already a virtual machine called “{name}” on {uri}.");
    NETWORK_EXISTS = "network-exists", mark("There is already a network called “{name}” on {uri}.");
    POOL_EXISTS = "pool-exists", mark("There is already a storage pool called “{name}” on {uri}.");
    FILE_EXISTS = "file-exists", mark("The file {name} is there already on {uri}.");
    GUEST_OFF = "guest-off", mark("The virtual machine “{name}” is not running.");
    NETWORK_OFF = "network-off", mark("The network “{name}” is not running.");
    POOL_OFF = "pool-off", mark("The storage pool “{name}” is not running.");
    LIST_COMMAND = "list-command", "“orielctl list” shows the virtual machines of a connection.";
    LOOK_IN_LIST = "look-in-list", mark("It may have been removed or renamed. Look for it in the list.");
    OTHER_NAME = "other-name", mark("Choose another name.");
    START_NETWORK = "start-network", mark("Start the network on its host, then try again.");
    START_POOL = "start-pool", mark("Start the storage pool on its host, then try again.");
    START_COMMAND = "start-command", "Start it: {command}";
}

impl Thing {
    pub(super) fn absent(self) -> &'static Text {
        match self {
            Self::Guest => NO_GUEST,
            Self::Network => NO_NETWORK,
            Self::Pool => NO_POOL,
            Self::File => NO_FILE,
        }
    }

    pub(super) fn taken(self) -> &'static Text {
        match self {
            Self::Guest => GUEST_EXISTS,
            Self::Network => NETWORK_EXISTS,
            Self::Pool => POOL_EXISTS,
            Self::File => FILE_EXISTS,
        }
    }

    pub(super) fn off(self) -> &'static Text {
        match self {
            Self::Guest | Self::File => GUEST_OFF,
            Self::Network => NETWORK_OFF,
            Self::Pool => POOL_OFF,
        }
    }

    /// What to do where there is none of that name.
    pub(super) fn find(self) -> NextStep {
        match self {
            Self::Guest => NextStep::of(LOOK_IN_LIST, LIST_COMMAND),
            _ => NextStep::both(LOOK_IN_LIST),
        }
    }

    /// What to do where it does not run.
    pub(super) fn start(self, uri: &str, name: &str) -> NextStep {
        let (window, command) = match self {
            Self::Network => (START_NETWORK, "net-start"),
            Self::Pool => (START_POOL, "pool-start"),
            Self::Guest | Self::File => return NextStep::default(),
        };
        NextStep::of(window, start_command(virsh(uri, command, name)))
    }
}

/// How to start it at a terminal.
pub(super) fn start_command(command: String) -> Message {
    START_COMMAND.with("command", command)
}
