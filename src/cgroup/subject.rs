// SPDX-License-Identifier: GPL-3.0-or-later
//! A guest as the kernel's side knows it.

use std::path::Path;

use uuid::Uuid;

use super::{CgroupError, GuestCgroup};
use crate::model::guest::Guest;

/// A guest as the kernel's side knows it, apart from any connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Subject {
    pub uuid: Uuid,
    pub name: String,
    id: Option<u32>,
    container: bool,
}

/// What to look for in the kernel for a guest.
pub(crate) fn subject(guest: &Guest) -> Subject {
    Subject {
        uuid: guest.uuid,
        name: guest.name.clone(),
        id: guest.id,
        container: guest
            .summary
            .as_ref()
            .is_some_and(|summary| summary.kind == "lxc"),
    }
}

impl Subject {
    /// The guest's control groups. Blocks.
    pub(crate) fn cgroup(&self) -> std::result::Result<GuestCgroup, CgroupError> {
        let root = Path::new("/");
        if !self.container {
            let guest = super::Guest::Qemu {
                uuid: self.uuid,
                name: &self.name,
            };
            return GuestCgroup::find(root, &guest);
        }
        let by_id = |id| {
            GuestCgroup::find(
                root,
                &super::Guest::Lxc {
                    name: &self.name,
                    id,
                },
            )
        };
        // A daemon in a process namespace of its own counts processes otherwise than we do.
        by_id(self.id).or_else(|_| by_id(None))
    }
}
