// SPDX-License-Identifier: GPL-3.0-or-later
//! The accessibility bus: calls to what is on it, with a deadline, and its signals.
//!
//! Owns the connection and the threads that serve it. What objects mean is [`super::tree`]'s.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::future::Future;
use std::time::Duration;

use oriel_sandbox::Session;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;
use zbus::Connection;
use zbus::zvariant::{DynamicType, OwnedObjectPath, Type};

/// How long a program may take to answer: beyond that its main loop hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// The interface that every accessible object has.
pub const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";

/// The interface of what has a place on the screen.
pub const COMPONENT: &str = "org.a11y.atspi.Component";

/// AT-SPI's number for places in a window. GTK 4 knows no others.
pub const OF_THE_WINDOW: u32 = 1;

/// An object on the bus: the connection that it is on, and its path there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Deserialize, Type)]
pub struct Reference {
    /// The connection's name.
    pub owner: String,
    /// The path.
    pub path: OwnedObjectPath,
}

/// The address of the session's own bus.
pub(super) fn address(session: &Session) -> String {
    let mut all = session.envs().into_iter();
    let found = all.find(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS");
    found.expect("a session has a bus").1
}

/// A connection to the accessibility bus of a session.
#[derive(Debug)]
pub struct Bus {
    runtime: Runtime,
    connection: Connection,
}

impl Bus {
    /// Connects; the session starts its accessibility bus for that if need be.
    ///
    /// # Panics
    ///
    /// In a session without one.
    pub fn open(session: &Session) -> Self {
        let runtime = runtime();
        let address = address(session);
        let connection = runtime.block_on(async {
            let session = connect(&address).await;
            let name = Some("org.a11y.Bus");
            let reply = session
                .call_method(name, "/org/a11y/bus", name, "GetAddress", &())
                .await
                .expect("a session with a desktop has an accessibility bus");
            let address: String = reply.body().deserialize().unwrap();
            connect(&address).await
        });
        Self {
            runtime,
            connection,
        }
    }

    /// Connects to the session's own bus instead.
    pub fn of_session(session: &Session) -> Self {
        let runtime = runtime();
        let connection = runtime.block_on(connect(&address(session)));
        Self {
            runtime,
            connection,
        }
    }

    /// The connection, for what waits.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Runs something that waits, to its end.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Runs something beside the test.
    pub fn spawn<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.runtime.spawn(future);
    }

    /// Calls a method.
    ///
    /// # Errors
    ///
    /// What the other side said, or that it does not answer.
    pub fn call<B, R>(
        &self,
        target: &Reference,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<R, String>
    where
        B: Serialize + DynamicType + Sync,
        R: DeserializeOwned + Type,
    {
        self.wait(call(&self.connection, target, interface, method, body))
    }

    /// Asks programs to tell of such events, "object:": they may keep silent while nobody wants to
    /// hear.
    ///
    /// # Panics
    ///
    /// Where the bus does not take it.
    pub fn want(&self, events: &str) {
        let registry = Reference {
            owner: "org.a11y.atspi.Registry".into(),
            path: "/org/a11y/atspi/registry".try_into().unwrap(),
        };
        let interface = "org.a11y.atspi.Registry";
        let wanted: Result<(), _> = self.call(&registry, interface, "RegisterEvent", &events);
        wanted.unwrap();
    }

    /// The process behind a connection.
    pub fn process_of(&self, owner: &str) -> Option<u32> {
        let bus = Reference {
            owner: "org.freedesktop.DBus".into(),
            path: "/org/freedesktop/DBus".try_into().unwrap(),
        };
        let (interface, method) = ("org.freedesktop.DBus", "GetConnectionUnixProcessID");
        self.call(&bus, interface, method, &owner).ok()
    }

    /// The programs that have windows.
    pub fn programs(&self) -> Vec<Reference> {
        let registry = Reference {
            owner: "org.a11y.atspi.Registry".into(),
            path: "/org/a11y/atspi/accessible/root".try_into().unwrap(),
        };
        self.call(&registry, ACCESSIBLE, "GetChildren", &())
            .unwrap_or_default()
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("bus")
        .enable_all()
        .build()
        .unwrap()
}

async fn connect(address: &str) -> Connection {
    zbus::connection::Builder::address(address)
        .unwrap()
        .build()
        .await
        .unwrap()
}

/// Calls a method, for callers that wait themselves.
///
/// # Errors
///
/// What the other side said, or that it does not answer.
pub async fn call<B, R>(
    connection: &Connection,
    target: &Reference,
    interface: &str,
    method: &str,
    body: &B,
) -> Result<R, String>
where
    B: Serialize + DynamicType + Sync,
    R: DeserializeOwned + Type,
{
    let owner = Some(target.owner.as_str());
    let sent = connection.call_method(owner, &target.path, Some(interface), method, body);
    let reply = tokio::time::timeout(PATIENCE, sent)
        .await
        .map_err(|_| format!("{method}: no answer in {} s", PATIENCE.as_secs()))?
        .map_err(|error| format!("{method}: {error}"))?;
    reply
        .body()
        .deserialize()
        .map_err(|error| format!("{method}: {error}"))
}
