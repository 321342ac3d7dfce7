// SPDX-License-Identifier: GPL-3.0-or-later
//! The thread that asks and listens, and the handle to it.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};

use super::assemble::{self, Rules};
use super::colord::{self, Facts, Wanted};
use super::files::Files;
use super::policy::{Compositor, Mode, Session};
use super::wayland::{self, Answer};
use super::x11::{Scan, Seen, Trouble, X11};
use super::{Display, Monitor, Monitors};

/// The files that the person has chosen for monitors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides(BTreeMap<String, PathBuf>);

impl Overrides {
    /// Chooses a file. `monitor` is what [`Monitor::key`] gave, a connector (for whatever is
    /// plugged in there), or `*` for all monitors; the more precise one counts.
    pub fn set(&mut self, monitor: String, file: PathBuf) {
        self.0.insert(monitor, file);
    }

    /// Takes a choice back.
    pub fn remove(&mut self, monitor: &str) {
        self.0.remove(monitor);
    }

    /// All choices, by monitor.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.0
            .iter()
            .map(|(monitor, file)| (monitor.as_str(), file.as_path()))
    }

    /// The file for a monitor.
    pub fn of(&self, monitor: &Monitor) -> Option<&Path> {
        let key = monitor.key();
        [key.as_str(), monitor.connector(), "*"]
            .into_iter()
            .find_map(|key| self.0.get(key))
            .map(PathBuf::as_path)
    }
}

/// How to watch.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The session that windows are in; `None` to tell by the environment. An X server tells by
    /// itself whether it is Xwayland.
    pub session: Option<Session>,
    /// The X display; `None` for that of `DISPLAY`.
    pub display: Option<String>,
    /// The address of the bus that colord is on; `None` for the system's.
    pub bus: Option<String>,
    /// What the person wants.
    pub mode: Mode,
    /// The socket of the Wayland compositor; `None` for that of `WAYLAND_DISPLAY`.
    pub wayland: Option<PathBuf>,
    /// What the compositor does; `None` to ask it, and to guess by the desktop's name if it
    /// does not answer.
    pub compositor: Option<Compositor>,
    /// The files that the person has chosen.
    pub overrides: Overrides,
}

/// What a handle may ask for.
#[derive(Debug)]
enum Command {
    Mode(Mode),
    Overrides(Overrides),
    Refresh,
}

/// Watches monitors and their profiles until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    commands: mpsc::UnboundedSender<Command>,
    state: watch::Receiver<Arc<Monitors>>,
}

impl Watcher {
    /// Starts to watch, on a thread of its own. Returns at once; [`Monitors::is_settled`] tells
    /// when everybody has been asked. A display server or a colord that can't be reached is no
    /// error, and told by the state.
    ///
    /// # Errors
    ///
    /// Where the system gives no thread or no way to wait for events.
    pub fn start(options: Options) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (commands, asked) = mpsc::unbounded_channel();
        let (sender, state) = watch::channel(Arc::new(Monitors::default()));
        thread::Builder::new()
            .name("monitors".to_owned())
            .spawn(move || runtime.block_on(Work::new(options, sender).run(asked)))?;
        Ok(Self { commands, state })
    }

    /// What is known now.
    pub fn monitors(&self) -> Arc<Monitors> {
        self.state.borrow().clone()
    }

    /// A channel that has what is known now, and tells whenever any of it changes. It may be
    /// awaited in any executor.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Monitors>> {
        self.state.clone()
    }

    /// Waits until everybody who is asked has answered, or failed to: at most about a second
    /// for each, and for an X server that does not answer for ever.
    pub async fn settled(&self) -> Arc<Monitors> {
        let mut state = self.state.clone();
        match state.wait_for(|monitors| monitors.is_settled()).await {
            Ok(monitors) => monitors.clone(),
            Err(_) => self.monitors(),
        }
    }

    /// Sets what the person wants.
    pub fn set_mode(&self, mode: Mode) {
        self.send(Command::Mode(mode));
    }

    /// Sets the files that the person has chosen.
    pub fn set_overrides(&self, overrides: Overrides) {
        self.send(Command::Overrides(overrides));
    }

    /// Looks at everything again: nobody tells of changes of the graphics card's curves, nor
    /// of those in files.
    pub fn refresh(&self) {
        self.send(Command::Refresh);
    }

    fn send(&self, command: Command) {
        // A thread that is gone has said why in its state.
        let _ = self.commands.send(command);
    }
}

/// The session by the environment: Wayland's own variable goes first, as in toolkits.
fn session_of_environment() -> Session {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    // A program that was told to use X11 is below Xwayland, which its server tells.
    let x11 = env::var("GDK_BACKEND").is_ok_and(|backend| backend.starts_with("x11"));
    if set("WAYLAND_DISPLAY") && !x11 {
        Session::Wayland
    } else {
        Session::X11
    }
}

/// What the thread knows.
struct Work {
    options: Options,
    /// What the compositor says, and what it does by its name.
    answer: Answer,
    guess: Compositor,
    sender: watch::Sender<Arc<Monitors>>,
    files: Files,
    scan: Scan,
    display: Display,
}

/// What the thread was woken by.
enum Woken {
    Server,
    Command(Option<Command>),
    Facts,
}

impl Work {
    fn new(options: Options, sender: watch::Sender<Arc<Monitors>>) -> Self {
        let guess = Compositor::guess(&env::var("XDG_CURRENT_DESKTOP").unwrap_or_default());
        Self {
            options,
            answer: Answer::default(),
            guess,
            sender,
            files: Files::default(),
            scan: Scan::default(),
            display: Display::Starting,
        }
    }

    /// Works until the handle is dropped.
    async fn run(mut self, mut asked: mpsc::UnboundedReceiver<Command>) {
        let (want, wanted) = watch::channel(Wanted::Nothing);
        let (tell, mut facts) = watch::channel(Facts::default());
        tokio::spawn(colord::follow(self.options.bus.clone(), wanted, tell));
        let (answer, mut answers) = watch::channel(Answer::default());
        let mut server = self.open(answer);
        let mut look = true;
        loop {
            // Events may have come in while an answer was awaited; the socket does not show them.
            if let Some((x11, _)) = &mut server {
                match x11.take_events() {
                    Ok(changed) => look |= changed,
                    Err(trouble) => server = self.lost(&trouble),
                }
            }
            if look && let Some((x11, _)) = &mut server {
                match x11.scan() {
                    Ok(scan) => self.scan = scan,
                    Err(trouble) => server = self.lost(&trouble),
                }
            }
            self.hear(&answers.borrow_and_update());
            let now = facts.borrow_and_update().clone();
            self.want(&want);
            self.publish(&now);
            if look {
                look = false;
                // Others on this thread have their turn, however many events there are.
                tokio::task::yield_now().await;
                continue;
            }
            let woken = tokio::select! {
                () = readable(server.as_ref().map(|(_, socket)| socket)) => Woken::Server,
                command = asked.recv() => Woken::Command(command),
                Ok(()) = facts.changed() => Woken::Facts,
                Ok(()) = answers.changed() => Woken::Facts,
            };
            match woken {
                Woken::Command(None) => return,
                Woken::Command(Some(command)) => {
                    self.obey(command);
                    look = true;
                }
                Woken::Server | Woken::Facts => {}
            }
        }
    }

    /// Connects to the X server, in a session that has one, or else to the compositor.
    fn open(&mut self, answer: watch::Sender<Answer>) -> Option<(X11, UnixStream)> {
        let session = self.options.session.unwrap_or_else(session_of_environment);
        if session == Session::Wayland {
            self.scan.session = Session::Wayland;
            let socket = self.options.wayland.clone().or_else(wayland::socket);
            tokio::spawn(wayland::follow(socket, answer));
            return None;
        }
        let opened = X11::open(self.options.display.as_deref()).and_then(|x11| {
            let socket = x11.socket().map_err(trouble)?;
            // Only to be waited at, which goes for a TCP socket just as well.
            let socket = UnixStream::from_std(socket.into()).map_err(trouble)?;
            Ok((x11, socket))
        });
        match opened {
            Ok(opened) => {
                self.display = Display::Open;
                Some(opened)
            }
            Err(trouble) => self.lost(&trouble),
        }
    }

    /// The server is gone: what was known of it stays.
    fn lost<T>(&mut self, trouble: &Trouble) -> Option<T> {
        tracing::debug!("monitors: {trouble}");
        self.display = Display::Gone {
            why: trouble.to_string(),
        };
        None
    }

    /// Takes what the compositor says, in a session that has no X server.
    fn hear(&mut self, answer: &Answer) {
        if self.scan.session != Session::Wayland {
            return;
        }
        self.display = match answer {
            Answer::Asking => Display::Starting,
            // Its name and colord have to do.
            Answer::Silent | Answer::Outputs(_) => Display::Open,
            Answer::Gone(why) => Display::Gone { why: why.clone() },
        };
        // One that is gone has left its outputs behind.
        if !matches!(answer, Answer::Gone(_)) {
            self.answer = answer.clone();
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Mode(mode) => self.options.mode = mode,
            Command::Overrides(overrides) => self.options.overrides = overrides,
            Command::Refresh => {}
        }
    }

    /// Tells colord's task whose devices are of interest.
    fn want(&self, want: &watch::Sender<Wanted>) {
        let seen = self.seen();
        let new = if self.display == Display::Starting {
            Wanted::Nothing
        } else if self.scan.session == Session::Wayland && seen.is_none() {
            Wanted::All
        } else {
            let names = seen
                .iter()
                .flatten()
                .filter_map(|seen| seen.outputs.first());
            Wanted::Connectors(
                names
                    .map(|output| output.name.clone())
                    .collect::<BTreeSet<_>>(),
            )
        };
        want.send_if_modified(|old| {
            let changed = *old != new;
            *old = new;
            changed
        });
    }

    /// The monitors by whoever knows them in this session; nothing where nobody does.
    fn seen(&self) -> Option<Vec<Seen>> {
        let placed = |connector: &str, area, millimetres| Seen {
            area,
            millimetres,
            ..assemble::by_connector(connector)
        };
        match &self.answer {
            _ if self.scan.session != Session::Wayland => Some(self.scan.monitors.clone()),
            Answer::Outputs(outputs) => {
                let outputs = outputs.iter();
                let seen =
                    outputs.map(|(name, output)| placed(name, output.area, output.millimetres));
                Some(seen.collect())
            }
            _ => None,
        }
    }

    /// Puts everything together, and tells if that differs from what was told last.
    fn publish(&mut self, facts: &Facts) {
        let rules = Rules {
            mode: self.options.mode,
            session: self.scan.session,
            compositor: self.options.compositor,
            answer: &self.answer,
            guess: self.guess,
            overrides: &self.options.overrides,
        };
        // Colord's displays are better than none.
        let seen = self.seen().unwrap_or_else(|| {
            let connectors = facts.devices.keys();
            connectors
                .map(|connector| assemble::by_connector(connector))
                .collect()
        });
        let new = Monitors {
            monitors: assemble::monitors(&seen, facts, rules, &mut self.files),
            session: self.scan.session,
            mode: self.options.mode,
            display: self.display.clone(),
            colord: facts.state.clone(),
            specification: self.scan.version.clone(),
        };
        self.sender.send_if_modified(|old| {
            let changed = **old != new;
            if changed {
                *old = Arc::new(new);
            }
            changed
        });
    }
}

fn trouble(error: io::Error) -> Trouble {
    Trouble::Lost(error.into())
}

/// Waits for bytes from the server; for ever where there is none. Whoever reads them must do so
/// until there is nothing more.
pub(super) async fn readable(socket: Option<&UnixStream>) {
    let Some(socket) = socket else {
        return std::future::pending().await;
    };
    if socket.readable().await.is_err() {
        return std::future::pending().await;
    }
    // What reads next is a duplicate of it, which tells tokio nothing.
    let nothing = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
    let _ = socket.try_io(Interest::READABLE, nothing);
}
