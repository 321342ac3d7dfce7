// SPDX-License-Identifier: GPL-3.0-or-later
//! The passphrase's item in the keyring. It comes first and goes last, and only once the volume is
//! proven gone: the only key to somebody's data is never thrown away.

use uuid::Uuid;

use super::super::plan::{Encryption, Plan};
use super::{Row, begin};
use crate::connection::Connection;
use crate::job::journal::{Journal, Step};
use crate::job::{JobControl, fault};
use crate::message::Message;
use crate::model::error::{Result, job};
use crate::model::passphrase::Passphrase;
use crate::secret::keyring::{ItemLabels, Keyring, KeyringError};

pub(super) const ROW: Row = Row {
    name: "key",
    wanted: |plan| plan.disk.as_ref().is_some_and(|disk| disk.secret.is_some()),
};

/// Puts the passphrase into the keyring. Gives it with whether it was stored: without a keyring
/// service only a person's own passphrase is used, which is then asked for at each start.
pub(in super::super) async fn make(
    connection: &Connection,
    plan: &mut Plan,
    journal: &mut Journal,
    control: &JobControl,
) -> Result<Option<(Passphrase, bool)>> {
    let Some((encryption, disk)) = plan.passphrase.take().zip(plan.disk.as_ref()) else {
        return Ok(None);
    };
    let Some(secret) = disk.secret else {
        return Ok(None);
    };
    begin(plan, control, &ROW)?;
    let (passphrase, typed) = match encryption {
        Encryption::None => return Ok(None),
        Encryption::Generated => (Passphrase::generate()?, false),
        Encryption::Passphrase(passphrase) => (passphrase, true),
    };
    let keyring = match Keyring::open().await {
        Ok(keyring) => keyring,
        Err(KeyringError::NoService(why)) if typed => {
            tracing::warn!(%why, "the passphrase is not kept: there is no keyring service");
            return Ok(Some((passphrase, false)));
        }
        Err(error) => return Err(error.into()),
    };
    // The dialog for it may stand there for long, or be refused. Nothing is stored by then, so there
    // is nothing to undo, which would bring up the dialog once more.
    let unlocking = Box::pin(keyring.unlock());
    control
        .unless_cancelled(async { Ok(unlocking.await?) })
        .await?;
    journal.begin(Step::Key { secret })?;
    fault::point("key-begun");
    let labels = ItemLabels {
        domain: plan.name.clone(),
        volume: disk.path.clone(),
        connection: connection.uri().to_owned(),
        host: plan.host.clone(),
    };
    // What was stored by the time of a cancel is found by the undoing.
    let storing = Box::pin(keyring.store(secret, &labels, &passphrase, true));
    control
        .unless_cancelled(async { Ok(storing.await?) })
        .await?;
    journal.done()?;
    fault::point("key");
    Ok(Some((passphrase, true)))
}

/// Removes the item. Comes last: nothing else of the job may be left.
pub(in super::super) async fn undo(secret: Uuid) -> Result<()> {
    let keyring = Keyring::open().await?;
    Box::pin(keyring.delete(secret)).await?;
    Ok(())
}

pub(super) fn left(secret: Uuid) -> Message {
    job::LEFT_KEY.with("secret", secret.to_string())
}
