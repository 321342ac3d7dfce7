// SPDX-License-Identifier: GPL-3.0-or-later
//! A new guest, in three stages: the person's [`CreateRequest`] is checked into a [`Plan`], which
//! changes nothing and can be shown; the plan is carried out as a job whose steps are undone in
//! reverse on failure and survive a crash in the journal.

mod check;
mod cleanup;
mod document;
mod medium;
mod offers;
mod plan;
mod run;
mod step;

pub(super) use self::check::refuse_name;
pub use self::cleanup::{Leftover, Outcome, clean_up, keep, leftovers};
pub use self::offers::Offers;
pub use self::plan::{
    CreateRequest, Created, DiskPlan, Encryption, InstallSource, NameFault, Network, Plan, VirtType,
};
use crate::connection::Connection;
use crate::job::JobControl;
pub use crate::model::error::Part;
use crate::model::error::Result;
pub use crate::storage::PoolOffer;

/// What is wrong with a name, if anything is; whether it is taken is not looked at.
pub fn name_fault(name: &str) -> Option<NameFault> {
    check::name_fault(name)
}

/// What a new guest can have on this host. Changes nothing.
///
/// # Errors
/// [`crate::Error::Libvirt`] and [`crate::Error::Connection`].
pub async fn offers(connection: &Connection) -> Result<Offers> {
    offers::read(connection).await
}

/// Checks what a guest is to start from, on a local host: it must be there and readable. Blocks.
///
/// # Errors
/// [`crate::Error::Unfit`].
pub fn check_source(connection: &Connection, source: InstallSource) -> Result<()> {
    check::check_source(connection, source)
}

/// Checks a request against the host. Changes nothing.
///
/// # Errors
/// [`crate::Error::Unfit`] for what can't be, with the reason; others as the host fails to answer.
pub async fn plan(connection: &Connection, request: CreateRequest) -> Result<Plan> {
    check::plan(connection, request).await
}

/// Carries a plan out. On failure or cancel everything is undone, unless the guest was defined
/// already; what could not be undone is in the journal, for [`clean_up`].
///
/// # Errors
/// Whatever a step failed with; [`crate::Error::Job`] for a guest that is there; [`crate::Error::Job`] if undoing failed as well.
pub async fn carry_out(
    connection: &Connection,
    plan: Plan,
    control: &JobControl,
) -> Result<Created> {
    run::carry_out(connection, plan, control).await
}
