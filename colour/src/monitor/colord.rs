// SPDX-License-Identifier: GPL-3.0-or-later
//! What colord knows of monitors: their profiles, and whether one is being calibrated.
//!
//! A task of its own keeps [`Facts`] up to date, so that a colord that is slow, hangs or does
//! not exist holds up nobody. It reads no files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Type};
use zbus::{Connection, MatchRule, MessageStream, message};

use super::Colord;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// Several signals come for one change; they are gathered for this long.
const GATHER: Duration = Duration::from_millis(5);

const NAME: &str = "org.freedesktop.ColorManager";
const PATH: &str = "/org/freedesktop/ColorManager";
const DEVICE: &str = "org.freedesktop.ColorManager.Device";
const PROFILE: &str = "org.freedesktop.ColorManager.Profile";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const CONNECTOR: &str = "XRANDR_name";

/// Whose devices are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Nobody's yet.
    Nothing,
    /// These connectors'.
    Connectors(BTreeSet<String>),
    /// All displays': nobody else tells which there are.
    All,
}

/// A monitor as colord knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Device {
    /// colord's name for it.
    pub(super) id: String,
    /// Whether it is to be colour managed.
    pub(super) enabled: bool,
    /// Whether somebody measures it.
    pub(super) calibrating: bool,
    /// Whether it has a profile.
    pub(super) has_profile: bool,
    /// That profile's file.
    pub(super) file: Option<PathBuf>,
}

/// What colord said last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Facts {
    pub(super) state: Colord,
    /// By connector.
    pub(super) devices: BTreeMap<String, Device>,
}

/// Why colord did not answer.
#[derive(Debug)]
enum Trouble {
    /// It knows nothing of what was asked for.
    Unknown,
    Absent(String),
    Silent,
}

impl From<zbus::Error> for Trouble {
    fn from(error: zbus::Error) -> Self {
        let zbus::Error::MethodError(name, ..) = &error else {
            return Self::Absent(error.to_string());
        };
        match name.strip_prefix("org.freedesktop.DBus.Error.") {
            None | Some("UnknownObject" | "UnknownMethod") => Self::Unknown,
            Some("NoReply" | "TimedOut" | "Timeout") => Self::Silent,
            // The bus speaks for a service that is not there, or that it may not start.
            Some(_) => Self::Absent(error.to_string()),
        }
    }
}

/// Keeps the facts up to date, for ever. `bus` is the address of the bus, the system's where
/// there is none.
pub(super) async fn follow(
    bus: Option<String>,
    mut wanted: watch::Receiver<Wanted>,
    facts: watch::Sender<Facts>,
) {
    let opened = timeout(PATIENCE, open(bus.as_deref())).await;
    let (connection, mut signals) = match opened {
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) => return absent(&facts, error.to_string()).await,
        Err(_) => return absent(&facts, "the bus does not answer".to_owned()).await,
    };
    loop {
        let names = wanted.borrow_and_update().clone();
        if names != Wanted::Nothing {
            let new = ask(&connection, &names).await;
            facts.send_if_modified(|old| {
                // What does not answer now may well have said something before.
                let new = match new {
                    Ok(devices) => Facts {
                        state: Colord::Present,
                        devices,
                    },
                    Err(state) => Facts {
                        state,
                        devices: old.devices.clone(),
                    },
                };
                let changed = *old != new;
                *old = new;
                changed
            });
        }
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() {
                return;
            },
            signal = signals.next() => {
                if signal.is_none() {
                    return absent(&facts, "the bus is gone".to_owned()).await;
                }
                while let Ok(Some(())) = timeout(GATHER, signals.next()).await {}
            }
        }
    }
}

/// There is no colord and none will come: keeps what was known and waits for the end.
async fn absent(facts: &watch::Sender<Facts>, why: String) {
    facts.send_modify(|facts| facts.state = Colord::Absent { why });
    std::future::pending::<()>().await;
}

type Signals = std::pin::Pin<Box<dyn futures_util::Stream<Item = ()> + Send>>;

/// Connects, and listens before anything is asked.
async fn open(bus: Option<&str>) -> zbus::Result<(Connection, Signals)> {
    let builder = match bus {
        Some(address) => zbus::connection::Builder::address(address)?,
        None => zbus::connection::Builder::system()?,
    };
    let connection = builder.build().await?;
    // By path rather than by sender: a rule for a well-known name is not matched on our side.
    let changes = MatchRule::builder()
        .msg_type(message::Type::Signal)
        .path_namespace(PATH)?
        .build();
    let changes = MessageStream::for_match_rule(changes, &connection, Some(64)).await?;
    let owners = MatchRule::builder()
        .msg_type(message::Type::Signal)
        .sender("org.freedesktop.DBus")?
        .interface("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .arg(0, NAME)?
        .build();
    let owners = MessageStream::for_match_rule(owners, &connection, Some(8)).await?;
    let changes = changes.filter_map(async |signal| signal.is_ok().then_some(()));
    // One that ended has nothing new to say, and asking would only start it again.
    let owners = owners.filter_map(async |signal| {
        let signal = signal.ok()?;
        let body = signal.body();
        let (_, _, owner): (&str, &str, &str) = body.deserialize().ok()?;
        (!owner.is_empty()).then_some(())
    });
    let both = futures_util::stream::select(changes, owners);
    Ok((connection, Box::pin(both)))
}

/// Asks for all devices that are wanted.
async fn ask(connection: &Connection, wanted: &Wanted) -> Result<BTreeMap<String, Device>, Colord> {
    let state = |trouble| match trouble {
        Trouble::Silent => Colord::Silent,
        Trouble::Absent(why) => Colord::Absent { why },
        Trouble::Unknown => Colord::Present,
    };
    let mut devices = BTreeMap::new();
    match wanted {
        Wanted::Nothing => {}
        // Nobody's devices, but whether it is there is to be told.
        Wanted::Connectors(names) if names.is_empty() => {
            let ping = call(connection, PATH, "org.freedesktop.DBus.Peer", "Ping", &()).await;
            return ping.map(|()| devices).map_err(state);
        }
        Wanted::Connectors(names) => {
            for name in names {
                match by_connector(connection, name).await {
                    Ok(device) => {
                        devices.insert(name.clone(), device);
                    }
                    Err(Trouble::Unknown) => {}
                    // It would be the same for the others, and take as long.
                    Err(trouble) => return Err(state(trouble)),
                }
            }
        }
        Wanted::All => {
            devices = all(connection).await.map_err(state)?;
        }
    }
    Ok(devices)
}

async fn by_connector(connection: &Connection, name: &str) -> Result<Device, Trouble> {
    let path: OwnedObjectPath = call(
        connection,
        PATH,
        NAME,
        "FindDeviceByProperty",
        &(CONNECTOR, name),
    )
    .await?;
    Ok(device(connection, &path).await?.0)
}

async fn all(connection: &Connection) -> Result<BTreeMap<String, Device>, Trouble> {
    let paths: Vec<OwnedObjectPath> =
        call(connection, PATH, NAME, "GetDevicesByKind", &"display").await?;
    let mut devices = BTreeMap::new();
    for path in paths {
        match device(connection, &path).await {
            Ok((device, Some(connector))) => {
                devices.insert(connector, device);
            }
            // A display without a connector is not at this computer; one that is unknown is gone.
            Ok((_, None)) | Err(Trouble::Unknown) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(devices)
}

type Properties = HashMap<String, OwnedValue>;

/// A device, and its connector.
async fn device(
    connection: &Connection,
    path: &OwnedObjectPath,
) -> Result<(Device, Option<String>), Trouble> {
    let mut properties: Properties = call(connection, path, PROPERTIES, "GetAll", &DEVICE).await?;
    let mut metadata: HashMap<String, String> = take(&mut properties, "Metadata");
    let inhibitors: Vec<String> = take(&mut properties, "ProfilingInhibitors");
    let profiles: Vec<OwnedObjectPath> = take(&mut properties, "Profiles");
    // Devices of an old colord are all managed.
    let enabled = properties
        .remove("Enabled")
        .is_none_or(|enabled| bool::try_from(enabled).unwrap_or(true));
    let mut device = Device {
        id: take(&mut properties, "DeviceId"),
        enabled,
        calibrating: !inhibitors.is_empty(),
        has_profile: !profiles.is_empty(),
        file: None,
    };
    // The first one is the default.
    if let Some(profile) = profiles.first() {
        match call(connection, profile, PROPERTIES, "GetAll", &PROFILE).await {
            Ok(mut properties) => {
                let name: String = take(&mut properties, "Filename");
                device.file = (!name.is_empty()).then(|| PathBuf::from(name));
            }
            // Removed since; a signal is on its way.
            Err(Trouble::Unknown) => device.has_profile = false,
            Err(trouble) => return Err(trouble),
        }
    }
    Ok((device, metadata.remove(CONNECTOR)))
}

/// A property's value; what is absent or of another type counts as empty.
fn take<T>(properties: &mut Properties, name: &str) -> T
where
    T: TryFrom<OwnedValue> + Default,
{
    properties
        .remove(name)
        .and_then(|value| T::try_from(value).ok())
        .unwrap_or_default()
}

async fn call<B, R>(
    connection: &Connection,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> Result<R, Trouble>
where
    B: serde::ser::Serialize + DynamicType,
    R: serde::de::DeserializeOwned + Type,
{
    let call = connection.call_method(Some(NAME), path, Some(interface), method, body);
    let reply = timeout(PATIENCE, call)
        .await
        .map_err(|_| Trouble::Silent)??;
    reply
        .body()
        .deserialize()
        .map_err(|error| Trouble::Absent(error.to_string()))
}
