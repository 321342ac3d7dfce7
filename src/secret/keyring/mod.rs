// SPDX-License-Identifier: GPL-3.0-or-later
//! The desktop keyring, spoken to over the Secret Service API with an encrypted session.
//!
//! An item is keyed by the libvirt secret's UUID, so that it serves the same guest on every
//! connection and after a migration. It notes which hosts may have the passphrase, see
//! [`ItemNote`]; the other attributes are there for people who look into their keyring. Nothing
//! is ever stored in the collection `session`, which is gone at logout.
//!
//! See the [Secret Service specification](https://specifications.freedesktop.org/secret-service-spec/latest/).

mod bus;
mod changes;

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use futures_util::StreamExt as _;
use secret_service::{Collection, EncryptionType, Error as ServiceError, Item, SecretService};
use uuid::Uuid;
use zbus::zvariant::OwnedObjectPath;

use crate::model::error::keyring::IN_MEMORY;
pub use crate::model::error::keyring::KeyringError;
use crate::model::host::HostIdentity;
use crate::model::item::{HOSTS, ItemNote, hosts_text};
use crate::model::passphrase::Passphrase;
use crate::platform::ScrubFreed;

pub use self::changes::follow;

const SERVICE_NAME: &str = "org.freedesktop.secrets";
const SCHEMA: &str = "org.oriel.Passphrase";
const CONTENT_TYPE: &str = "text/plain; charset=utf8";
/// The attribute that finds an item: the libvirt secret's UUID.
const SECRET: &str = "secret-uuid";
/// The same of an item that another one has replaced.
const FORMER_SECRET: &str = "former-secret-uuid";

/// How the keyring stands to a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// It holds the passphrase and is unlocked.
    Stored,
    /// The same, but the passphrase was stored for other hosts: a start asks.
    ForOther,
    /// It holds the passphrase and is locked.
    Locked,
    /// It holds none.
    Missing,
}

/// What an item says about itself to the person who looks into the keyring.
#[derive(Clone, Debug)]
pub struct ItemLabels {
    /// The guest's name.
    pub domain: String,
    /// The volume's path or name.
    pub volume: String,
    /// The connection's URI.
    pub connection: String,
    /// The host that the connection leads to, which may have the passphrase.
    pub host: HostIdentity,
}

/// An item that was found, not yet read.
pub struct Stored<'a> {
    item: Item<'a>,
    note: ItemNote,
}

impl std::fmt::Debug for Stored<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Stored");
        shown.field("note", &self.note).finish_non_exhaustive()
    }
}

impl Stored<'_> {
    /// What the item says about itself.
    pub fn note(&self) -> &ItemNote {
        &self.note
    }

    /// The passphrase.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`], and the service's own failures.
    pub async fn read(&self) -> Result<Passphrase, KeyringError> {
        read(&self.item).await
    }

    /// Notes that a host may have the passphrase from now on.
    ///
    /// # Errors
    /// The service's own failures.
    pub async fn allow(&self, host: &HostIdentity) -> Result<(), KeyringError> {
        let hosts = hosts_text(&self.note.hosts_with(host));
        let all = self.item.get_attributes().await?;
        let mut attributes: HashMap<&str, &str> = borrowed(&all);
        attributes.insert(HOSTS, &hosts);
        Ok(self.item.set_attributes(attributes).await?)
    }

    /// Makes place for another passphrase of this host's, and takes nothing from other hosts.
    async fn give_way(&self, host: &HostIdentity) -> Result<(), KeyringError> {
        if self.note.is_only_for(host) {
            return self.retire().await;
        }
        let hosts = hosts_text(&self.note.hosts_without(host));
        let all = self.item.get_attributes().await?;
        let mut attributes = borrowed(&all);
        attributes.insert(HOSTS, &hosts);
        Ok(self.item.set_attributes(attributes).await?)
    }

    /// Takes the item out of Oriel's sight, for people alone to find: a passphrase that opens no
    /// disk of today's may be the only key to one of yesterday's.
    async fn retire(&self) -> Result<(), KeyringError> {
        let all = self.item.get_attributes().await?;
        let mut attributes = borrowed(&all);
        // Given another value, not removed: KeePassXC keeps what is not named.
        let former = attributes.get(SECRET).copied().unwrap_or_default();
        let out_of_sight = format!("former {former}");
        attributes.insert(FORMER_SECRET, former);
        attributes.insert(SECRET, &out_of_sight);
        self.item.set_attributes(attributes).await?;
        let label = self.item.get_label().await?;
        Ok(self.item.set_label(&format!("Former: {label}")).await?)
    }
}

/// The attributes of an item to be set again. What `KeePassXC` tells of its entry among them is its
/// own, and it refuses to take it back.
fn borrowed(all: &HashMap<String, String>) -> HashMap<&str, &str> {
    const ITS_OWN: [&str; 7] = [
        "Title", "UserName", "Password", "URL", "Notes", "Uuid", "Path",
    ];
    let each = all.iter();
    each.map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !ITS_OWN.contains(name))
        .collect()
}

/// Whether the keyring may show its own prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompting {
    /// Ask the person, through the service's prompt, and wait.
    Allowed,
    /// A locked keyring is an error.
    Forbidden,
}

/// An encrypted session with the desktop keyring.
pub struct Keyring {
    service: Arc<SecretService<'static>>,
    bus: zbus::Connection,
    /// Whether a search finds what is locked, and shows no dialog: known of GNOME's keyring alone.
    /// `KeePassXC` asks for the database's password at a search, or finds nothing in a locked one.
    searches_locked: bool,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keyring").finish_non_exhaustive()
    }
}

impl Keyring {
    /// The session with the keyring of this login, opened by the first who needs it.
    ///
    /// # Errors
    /// [`KeyringError::NoService`] if there is none.
    pub async fn open() -> Result<Self, KeyringError> {
        let session = bus::session().await?;
        Ok(Self {
            service: session.service,
            bus: session.bus,
            searches_locked: session.is_gnome,
        })
    }

    /// Whether the keyring holds the passphrase of a secret, for this host. Shows no prompt: of a
    /// keyring that can't be searched while it is locked, all is [`ItemState::Locked`] then.
    ///
    /// # Errors
    /// [`KeyringError::Failed`] and [`KeyringError::NoService`].
    pub async fn state(
        &self,
        secret: Uuid,
        host: &HostIdentity,
    ) -> Result<ItemState, KeyringError> {
        if self.is_closed().await? {
            return Ok(ItemState::Locked);
        }
        let id = secret.to_string();
        let found = self.service.search_items(key_of(&id)).await?;
        let (mut open, mut locked) = (found.unlocked, false);
        for item in found.locked {
            // An item may count as locked only because this program has not been let read it yet.
            if self.is_in_locked_collection(&item).await? {
                locked = true;
            } else {
                open.push(item);
            }
        }
        let any = !open.is_empty();
        for item in open {
            // What went since it was found says nothing.
            if noted(item).await.is_ok_and(|one| one.note.allows(host)) {
                return Ok(ItemState::Stored);
            }
        }
        // Among what is locked there may be one for this host.
        Ok(match (locked, any) {
            (true, _) => ItemState::Locked,
            (false, true) => ItemState::ForOther,
            (false, false) => ItemState::Missing,
        })
    }

    /// Unlocks the collection that new items go to, or has the first one made. The service's dialog
    /// may appear.
    ///
    /// # Errors
    /// [`KeyringError::Dismissed`] if the person declined, and the service's own failures.
    pub async fn unlock(&self) -> Result<(), KeyringError> {
        self.unlocked_default().await.map(drop)
    }

    /// Unlocks what can't be searched otherwise. The service's dialog may appear.
    ///
    /// # Errors
    /// [`KeyringError::Dismissed`] if the person declined, and the service's own failures.
    pub async fn open_for_search(&self) -> Result<(), KeyringError> {
        if self.is_closed().await? {
            self.unlock().await?;
        }
        Ok(())
    }

    /// Unlocks the default collection, if there is one: the attributes of what was never unlocked in
    /// this login can't be read. The service's dialog may appear.
    ///
    /// # Errors
    /// [`KeyringError::Dismissed`] if the person declined, and the service's own failures.
    pub async fn unlock_existing(&self) -> Result<(), KeyringError> {
        match self.service.get_default_collection().await {
            Err(ServiceError::NoResult) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => self.unlock().await,
        }
    }

    /// Whether a search would show a dialog or find too little.
    async fn is_closed(&self) -> Result<bool, KeyringError> {
        if self.searches_locked {
            return Ok(false);
        }
        match self.service.get_default_collection().await {
            Ok(collection) => Ok(collection.is_locked().await?),
            Err(ServiceError::NoResult) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn is_in_locked_collection(&self, item: &Item<'_>) -> Result<bool, KeyringError> {
        let path = item.item_path.as_str();
        let parent = path.rsplit_once('/').map_or(path, |(parent, _)| parent);
        let Ok(parent) = OwnedObjectPath::try_from(parent) else {
            return Ok(true);
        };
        let collection = self.service.get_collection_by_path(parent).await?;
        Ok(collection.is_locked().await?)
    }

    /// The item of a secret, or `None` if the keyring holds none. Of several, one that may go to
    /// `host` comes first; whether that is so is for the caller to look at.
    ///
    /// # Errors
    /// [`KeyringError::Locked`] where a prompt is forbidden, [`KeyringError::Dismissed`] where
    /// the person declined, and the service's own failures.
    pub async fn find(
        &self,
        secret: Uuid,
        host: &HostIdentity,
        prompting: Prompting,
    ) -> Result<Option<Stored<'_>>, KeyringError> {
        if self.is_closed().await? {
            if prompting == Prompting::Forbidden {
                return Err(KeyringError::Locked);
            }
            self.open_for_search().await?;
        }
        let id = secret.to_string();
        let found = self.service.search_items(key_of(&id)).await?;
        let open = best(found.unlocked, host).await?;
        if found.locked.is_empty() || open.as_ref().is_some_and(|one| one.note.allows(host)) {
            return Ok(open);
        }
        if prompting == Prompting::Forbidden {
            return open.map(Some).ok_or(KeyringError::Locked);
        }
        for item in &found.locked {
            // One prompt may open all of them.
            if item.is_locked().await? {
                self.prompted(item.unlock()).await?;
            }
            if item.is_locked().await? {
                return Err(KeyringError::Dismissed);
            }
        }
        let mut all = found.locked;
        all.extend(open.map(|one| one.item));
        best(all, host).await
    }

    /// Stores a passphrase and proves that it is there: it is read back over a session of its
    /// own and compared. With `replace`, a different one that this host had for the same secret gives
    /// way and is kept, out of Oriel's sight; without, the newest is what is found.
    ///
    /// The keyring's own prompt may appear: to unlock it, or to make a first collection.
    ///
    /// # Errors
    /// [`KeyringError::Dismissed`] if the person declined, [`KeyringError::ReadBackDiffers`],
    /// and the service's own failures.
    pub async fn store(
        &self,
        secret: Uuid,
        labels: &ItemLabels,
        passphrase: &Passphrase,
        replace: bool,
    ) -> Result<(), KeyringError> {
        let collection = self.unlocked_default().await?;
        let id = secret.to_string();
        let (mut former, mut there) = (Vec::new(), false);
        for item in self.service.search_items(key_of(&id)).await?.unlocked {
            // What is only in memory is not kept.
            if item.item_path.as_str().contains("/collection/session/") {
                continue;
            }
            let stored = noted(item).await?;
            if !stored.note.allows(&labels.host) {
                continue;
            }
            if stored.read().await? == *passphrase {
                there = true;
            } else {
                former.push(stored);
            }
        }
        if !there || (!replace && !former.is_empty()) {
            self.add(&collection, &id, labels, passphrase).await?;
        }
        for stored in former.iter().filter(|_| replace) {
            // The newest is found anyway.
            if let Err(error) = stored.give_way(&labels.host).await {
                tracing::warn!(%error, "a former passphrase is still under its old name");
            }
        }
        Ok(())
    }

    /// Adds an item, and reads it back.
    async fn add(
        &self,
        collection: &Collection<'_>,
        id: &str,
        labels: &ItemLabels,
        passphrase: &Passphrase,
    ) -> Result<(), KeyringError> {
        let hosts = hosts_text(std::slice::from_ref(&labels.host));
        let mut attributes = key_of(id);
        attributes.insert("xdg:schema", SCHEMA);
        attributes.insert("domain", &labels.domain);
        attributes.insert("volume", &labels.volume);
        attributes.insert("connection", &labels.connection);
        attributes.insert(HOSTS, &hosts);
        let label = format!("Disk of virtual machine “{}”", labels.domain);
        let create = collection.create_item(
            &label,
            attributes,
            passphrase.as_bytes(),
            false,
            CONTENT_TYPE,
        );
        let item = scrubbed(self.prompted(create)).await?;
        self.read_back(id, &item.item_path, passphrase).await
    }

    /// Looks for an item as somebody else would, in a session of its own, and compares. The bus
    /// connection is the same: to a keyring that asks for each program (KeePassXC), another one
    /// is another program.
    async fn read_back(
        &self,
        id: &str,
        path: &OwnedObjectPath,
        passphrase: &Passphrase,
    ) -> Result<(), KeyringError> {
        let service =
            SecretService::connect_with_existing(EncryptionType::Dh, self.bus.clone()).await?;
        let found = service.search_items(key_of(id)).await?;
        let item = found.unlocked.iter().find(|one| one.item_path == *path);
        match item {
            Some(item) if read(item).await? == *passphrase => Ok(()),
            _ => Err(KeyringError::ReadBackDiffers),
        }
    }

    /// What the items of a secret say about themselves. Shows no prompt.
    ///
    /// # Errors
    /// [`KeyringError::Locked`] where they can't be found while the keyring is locked, and the
    /// service's own failures.
    pub async fn notes_of(&self, secret: Uuid) -> Result<Vec<ItemNote>, KeyringError> {
        if self.is_closed().await? {
            return Err(KeyringError::Locked);
        }
        let id = secret.to_string();
        let found = self.service.search_items(key_of(&id)).await?;
        let mut notes = Vec::new();
        for item in found.unlocked.iter().chain(&found.locked) {
            notes.push(ItemNote::from_attributes(item.get_attributes().await?));
        }
        Ok(notes)
    }

    /// Removes the item of one secret. Gives whether there was one.
    ///
    /// # Errors
    /// [`KeyringError::Dismissed`] if the person declined to unlock it.
    pub async fn delete(&self, secret: Uuid) -> Result<bool, KeyringError> {
        self.open_for_search().await?;
        let id = secret.to_string();
        let found = self.service.search_items(key_of(&id)).await?;
        let mut any = false;
        for item in found.unlocked.iter().chain(&found.locked) {
            if item.is_locked().await? {
                self.prompted(item.unlock()).await?;
            }
            self.prompted(item.delete()).await?;
            any = true;
        }
        Ok(any)
    }

    /// The default collection, unlocked; the service's prompt may appear.
    async fn unlocked_default(&self) -> Result<Collection<'_>, KeyringError> {
        let collection = self.default_collection().await?;
        if collection.is_locked().await? {
            self.prompted(collection.unlock()).await?;
            if collection.is_locked().await? {
                return Err(KeyringError::Dismissed);
            }
        }
        Ok(collection)
    }

    /// The collection that the service calls its default; made through the service's prompt
    /// where there is none yet. Never `session`, which is kept in memory only.
    async fn default_collection(&self) -> Result<Collection<'_>, KeyringError> {
        match self.service.get_default_collection().await {
            Ok(collection) if collection.collection_path.as_str().ends_with("/session") => {
                Err(KeyringError::NoService(IN_MEMORY.into()))
            }
            Ok(collection) => Ok(collection),
            Err(ServiceError::NoResult) => {
                self.prompted(self.service.create_collection("Login", "default"))
                    .await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for an act that may show the service's prompt; ends if the service dies meanwhile,
    /// which the prompt's own signal would never tell.
    ///
    /// When this is given up, the dialog stays until it is answered, to no effect but a keyring
    /// that is open: GNOME's keyring (42.1) ends itself when told to dismiss one.
    async fn prompted<T, E>(
        &self,
        act: impl Future<Output = Result<T, E>>,
    ) -> Result<T, KeyringError>
    where
        KeyringError: From<E>,
    {
        let bus = zbus::fdo::DBusProxy::new(&self.bus)
            .await
            .map_err(|error| KeyringError::Failed(error.into()))?;
        let mut owners = bus
            .receive_name_owner_changed_with_args(&[(0, SERVICE_NAME)])
            .await
            .map_err(|error| KeyringError::Failed(error.into()))?;
        let gone = async {
            while let Some(change) = owners.next().await {
                if change
                    .args()
                    .is_ok_and(|args| args.new_owner().is_none() && args.old_owner().is_some())
                {
                    return;
                }
            }
        };
        tokio::select! {
            result = act => result.map_err(KeyringError::from),
            () = gone => Err(KeyringError::ServiceEnded),
        }
    }
}

/// Does an act that handles a passphrase, and overwrites what it frees.
///
/// The guard lives for each step alone: it belongs to the thread that takes the step, and the
/// act may go on on another.
async fn scrubbed<T>(act: impl Future<Output = T>) -> T {
    let mut act = Box::pin(act);
    std::future::poll_fn(move |context| {
        let _scrub = ScrubFreed::new();
        act.as_mut().poll(context)
    })
    .await
}

/// The attributes that find an item.
fn key_of(id: &str) -> HashMap<&str, &str> {
    HashMap::from([("application", "oriel"), (SECRET, id)])
}

async fn read(item: &Item<'_>) -> Result<Passphrase, KeyringError> {
    let bytes = scrubbed(item.get_secret()).await?;
    Passphrase::from_vec(bytes).map_err(|error| KeyringError::Damaged(error.message()))
}

async fn noted(item: Item<'_>) -> Result<Stored<'_>, KeyringError> {
    let note = ItemNote::from_attributes(item.get_attributes().await?);
    Ok(Stored { item, note })
}

/// The item that may go to the host and was changed last; where none may, the one changed last.
/// Other programs can leave several with the same attributes.
async fn best<'a>(
    items: Vec<Item<'a>>,
    host: &HostIdentity,
) -> Result<Option<Stored<'a>>, KeyringError> {
    let mut best = None;
    for item in items {
        let modified = item.get_modified().await?;
        let stored = noted(item).await?;
        // One from before, which notes no host, may be this host's; one for others is not.
        let rank = (
            stored.note.allows(host),
            stored.note.hosts.is_none(),
            modified,
        );
        if best.as_ref().is_none_or(|(other, _)| rank > *other) {
            best = Some((rank, stored));
        }
    }
    Ok(best.map(|(_, stored)| stored))
}
