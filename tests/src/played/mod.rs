// SPDX-License-Identifier: GPL-3.0-or-later
//! A daemon that is played: libvirt's client library opens a connection to it as to any other, and
//! it answers from a [`Scene`], as a small hypervisor would, except where [`Rule`]s say otherwise:
//! late, never, wrongly, or with half a packet and a closed socket.
//!
//! It takes no root, no hypervisor and no time, so that what is rare with real parts is tried in
//! milliseconds. What real parts do is tried with real parts.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

mod answer;
mod clients;
mod home;
mod rule;
mod scene;
mod stage;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use oriel_wire::Listener;
use oriel_wire::event::Event;
use oriel_wire::procedure::Procedure;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

pub use self::home::Home;
pub use self::rule::{Gate, Rule};
pub use self::scene::{Player, PoolScene, Scene, SecretScene, id};
use self::stage::Stage;

/// How long a test waits for what should come at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A played daemon with a socket of its own. It ends with its value.
#[derive(Debug)]
pub struct Played {
    folder: tempfile::TempDir,
    stage: Arc<Stage>,
    runtime: Option<Runtime>,
    listening: Option<JoinHandle<()>>,
}

impl Played {
    /// Begins to listen.
    ///
    /// # Panics
    ///
    /// Where a socket can't be made.
    pub fn start(scene: Scene) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut played = Self {
            folder: tempfile::tempdir().unwrap(),
            stage: Arc::new(Stage::new(scene)),
            runtime: Some(runtime),
            listening: None,
        };
        played.listen();
        played
    }

    /// Where its socket is.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// A folder of the test's own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The connection's URI: to a system's QEMU.
    pub fn uri(&self) -> String {
        format!("qemu+unix:///system?socket={}", self.socket().display())
    }

    /// Has it behave in a way of the test's own. The newest rule that fits a call is followed.
    pub fn rule(&self, rule: Rule) {
        self.stage.add(rule);
    }

    /// Has it behave as a sound one again.
    pub fn forget_rules(&self) {
        self.stage.forget_rules();
    }

    /// Looks at the scene or changes it. Nobody is told of a change.
    pub fn scene<T>(&self, with: impl FnOnce(&mut Scene) -> T) -> T {
        self.stage.scene(with)
    }

    /// How often a call came in.
    pub fn asked<P: Procedure>(&self) -> usize {
        self.stage.asked(P::NUMBER)
    }

    /// The names of all calls so far.
    pub fn calls(&self) -> Vec<String> {
        self.stage.calls()
    }

    /// How many clients are connected.
    pub fn clients(&self) -> usize {
        self.stage.clients().count()
    }

    /// How many callbacks an event has.
    pub fn listeners<E: Event>(&self) -> usize {
        self.stage.clients().who_wants::<E>().len()
    }

    /// Tells all that have asked for an event of it; `message` makes it from a callback's number.
    pub fn tell<E: Event + 'static>(&self, message: impl Fn(i32) -> E::Message)
    where
        E::Message: 'static,
    {
        let told = self.stage.clients().told::<E>(message);
        self.run(clients::tell::<E>(told));
    }

    /// Tells of a guest's lifecycle: `virDomainEventType` and its detail.
    ///
    /// # Panics
    ///
    /// Where there is no such guest.
    pub fn tell_lifecycle(&self, name: &str, event: i32, detail: i32) {
        let domain = self.scene(|scene| scene.guest(name).unwrap().domain.clone());
        self.tell::<oriel_wire::event::Lifecycle>(|callback| {
            (callback, domain.clone(), event, detail)
        });
    }

    /// Ends all connections. It goes on listening.
    pub fn hang_up(&self) {
        self.stage.clients().hang_up();
    }

    /// Ends as a daemon that is killed does: the socket's file stays, and nobody is there.
    pub fn die(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            let _ = self.run(listening);
        }
        self.hang_up();
    }

    /// Comes back after [`Self::die`].
    ///
    /// # Panics
    ///
    /// Where its socket can't be made.
    pub fn listen(&mut self) {
        let _ = std::fs::remove_file(self.socket());
        let runtime = self.runtime.as_ref().unwrap();
        let listener = {
            let _inside = runtime.enter();
            Listener::bind(&self.socket()).unwrap()
        };
        let stage = self.stage.clone();
        self.listening = Some(runtime.spawn(async move {
            while let Ok(calls) = listener.accept().await {
                tokio::spawn(answer::serve(stage.clone(), calls));
            }
        }));
    }

    /// Does something in the daemon's own runtime, also for a test that is in one itself.
    fn run<T: Send + 'static>(&self, what: impl Future<Output = T> + Send + 'static) -> T {
        let (done, result) = std::sync::mpsc::channel();
        self.runtime.as_ref().unwrap().spawn(async move {
            let _ = done.send(what.await);
        });
        result.recv().unwrap()
    }

    /// Waits until a call has come in so many times.
    ///
    /// # Panics
    ///
    /// Where it has not after ten seconds.
    #[track_caller]
    pub fn await_asked<P: Procedure>(&self, times: usize) {
        await_that(P::NAME, || self.asked::<P>() >= times);
    }

    /// Waits until so many clients are connected.
    ///
    /// # Panics
    ///
    /// Where they are not after ten seconds.
    #[track_caller]
    pub fn await_clients(&self, count: usize) {
        await_that("clients", || self.clients() == count);
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Calls that are never answered are tasks of it.
            runtime.shutdown_background();
        }
    }
}

/// Waits until something holds, for what tells of nothing by itself.
///
/// # Panics
///
/// Where it does not after ten seconds.
#[track_caller]
pub fn await_that(what: &str, holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < PATIENCE, "awaited in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
