// SPDX-License-Identifier: GPL-3.0-or-later
//! Reading a program's tree, cheaply enough to do it all the time.
//!
//! GTK lists all objects that somebody has asked for before in one answer, with their names and
//! states (`GetItems` of its cache). What is new is asked for one by one, as is what the list lacks
//! or has wrong: what is in what, where it is, and once for each object the word for its role.
//!
//! A program tells what changes, places aside. So while it is silent it is hardly asked, and where it
//! says much at once it is asked when that is over.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, MatchRule, MessageStream, message};

use super::bus::{ACCESSIBLE, Bus, COMPONENT, OF_THE_WINDOW, Reference, call};
use super::events::event;
use super::tree::{Element, State, spoken};

/// Where and by which interface a program lists its objects.
const CACHE: (&str, &str) = ("/org/a11y/atspi/cache", "org.a11y.atspi.Cache");

/// How long a program is silent before it is read, and how long that is waited for at most.
const CALM: Duration = Duration::from_millis(25);
const MOST: Duration = Duration::from_millis(150);

/// An object as the list has it: itself, its program, its parent, its place in it, how many are
/// in it, its interfaces, name, role, description and states.
type Line = (
    Reference,
    Reference,
    Reference,
    i32,
    i32,
    Vec<String>,
    String,
    u32,
    String,
    Vec<u32>,
);

/// What is known of an object without having looked where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    name: String,
    description: String,
    states: u64,
}

impl Node {
    fn is(&self, state: State) -> bool {
        self.states >> (state as u32) & 1 == 1
    }
}

/// What a program has told by itself.
#[derive(Debug, Default)]
struct Told {
    /// How often.
    count: AtomicU64,
    /// What has got the focus since that was last forgotten.
    focused: Mutex<Vec<Reference>>,
}

/// The reader of one program.
#[derive(Debug)]
pub struct Reader {
    root: Reference,
    /// The words for the roles, which an object keeps for good.
    roles: Mutex<HashMap<OwnedObjectPath, String>>,
    told: Arc<Told>,
    /// How often it had when everything was read last, and when that was.
    last: Mutex<Option<(u64, Instant)>>,
}

impl Reader {
    /// A reader of the program with that root, which listens to it from now on.
    ///
    /// # Panics
    ///
    /// Where the bus does not let us listen.
    pub fn new(bus: &Bus, root: Reference) -> Self {
        let told = Arc::default();
        listen(bus, &root.owner, Arc::clone(&told));
        Self {
            root,
            roles: Mutex::default(),
            told,
            last: Mutex::default(),
        }
    }

    /// The program's root.
    pub fn root(&self) -> &Reference {
        &self.root
    }

    /// Reads everything; none if the program is gone. What goes away meanwhile is left out; what
    /// is hidden is not looked into.
    pub async fn read(&self, connection: &Connection) -> Option<Element> {
        let begin = (self.told.count.load(Ordering::SeqCst), Instant::now());
        let lines = self.lines(connection).await;
        let moment = Moment::new(connection, &self.roles, lines);
        let tree = moment.element(self.root.clone()).await;
        if let Ok(mut last) = self.last.lock() {
            *last = Some(begin);
        }
        tree
    }

    /// Reads one element with all that is in it; none if it is gone.
    pub async fn look(&self, connection: &Connection, reference: Reference) -> Option<Element> {
        let moment = Moment::new(connection, &self.roles, Vec::new());
        moment.element(reference).await
    }

    /// Whether nothing was told since everything was read, which is no longer ago than that.
    pub fn is_as_before(&self, trusted: Duration) -> bool {
        let told = self.told.count.load(Ordering::SeqCst);
        let last = self.last.lock().ok().and_then(|last| *last);
        last.is_some_and(|(before, at)| before == told && at.elapsed() < trusted)
    }

    /// Waits until the program has nothing more to tell for a moment.
    pub fn await_calm(&self) {
        let begin = Instant::now();
        loop {
            let told = self.told.count.load(Ordering::SeqCst);
            std::thread::sleep(CALM);
            if told == self.told.count.load(Ordering::SeqCst) || begin.elapsed() > MOST {
                return;
            }
        }
    }

    /// Forgets what has got the focus so far.
    pub fn forget_focused(&self) {
        if let Ok(mut focused) = self.told.focused.lock() {
            focused.clear();
        }
    }

    /// What has got the focus since that was forgotten.
    pub fn focused(&self) -> Vec<Reference> {
        let focused = self.told.focused.lock();
        focused.map(|focused| focused.clone()).unwrap_or_default()
    }

    /// The list; empty where the program has none.
    async fn lines(&self, connection: &Connection) -> Vec<Line> {
        let Ok(path) = CACHE.0.try_into() else {
            return Vec::new();
        };
        let cache = Reference {
            owner: self.root.owner.clone(),
            path,
        };
        call(connection, &cache, CACHE.1, "GetItems", &())
            .await
            .unwrap_or_default()
    }
}

/// One reading.
struct Moment<'a> {
    connection: &'a Connection,
    roles: &'a Mutex<HashMap<OwnedObjectPath, String>>,
    nodes: HashMap<OwnedObjectPath, Node>,
}

impl<'a> Moment<'a> {
    fn new(
        connection: &'a Connection,
        roles: &'a Mutex<HashMap<OwnedObjectPath, String>>,
        lines: Vec<Line>,
    ) -> Self {
        let nodes = lines
            .into_iter()
            .map(|(own, _, _, _, _, _, name, _, description, states)| {
                let node = Node {
                    name,
                    description,
                    states: whole(&states),
                };
                (own.path, node)
            })
            .collect();
        Self {
            connection,
            roles,
            nodes,
        }
    }

    fn element(&self, reference: Reference) -> BoxFuture<'_, Option<Element>> {
        async move {
            let (node, role) = tokio::join!(self.node(&reference), self.role(&reference));
            let (node, role) = (node?, role?);
            // The program itself has no states.
            let shows = node.is(State::Visible) || role == "application";
            let mut element = Element {
                role,
                name: spoken(&node.name),
                description: node.description,
                extents: [0; 4],
                showing: false,
                children: Vec::new(),
                states: node.states,
                reference,
            };
            if !shows {
                return Some(element);
            }
            element.extents = self.extents(&element.reference).await;
            // What has no size does not show, nor does anything in it: the pages of a stack that
            // are not in front.
            let [_, _, width, height] = element.extents;
            if element.role != "application" && (width <= 0 || height <= 0) {
                return Some(element);
            }
            let below: Option<Vec<Reference>> = self
                .ask(&element.reference, ACCESSIBLE, "GetChildren")
                .await;
            let below = below.unwrap_or_default().into_iter();
            let below = below.map(|child| self.element(child));
            element.children = join_all(below).await.into_iter().flatten().collect();
            // What is pressed in the frame of a menu button is a toggle button since GTK 4.10.
            if element.role == "button" {
                for inner in &mut element.children {
                    if inner.role == "toggle button" {
                        inner.role.clone_from(&element.role);
                    }
                }
            }
            Some(element)
        }
        .boxed()
    }

    /// An object's name and states.
    async fn node(&self, reference: &Reference) -> Option<Node> {
        if let Some(node) = self.nodes.get(&reference.path) {
            return Some(node.clone());
        }
        let interface = "org.freedesktop.DBus.Properties";
        let (states, properties) = tokio::join!(
            self.ask::<Vec<u32>>(reference, ACCESSIBLE, "GetState"),
            call::<_, HashMap<String, OwnedValue>>(
                self.connection,
                reference,
                interface,
                "GetAll",
                &ACCESSIBLE
            ),
        );
        let properties = properties.ok()?;
        let text = |name: &str| {
            let value = properties
                .get(name)
                .and_then(|value| value.downcast_ref::<&str>().ok());
            value.unwrap_or_default().to_owned()
        };
        Some(Node {
            name: text("Name"),
            description: text("Description"),
            states: whole(&states?),
        })
    }

    /// The word for an object's role.
    async fn role(&self, reference: &Reference) -> Option<String> {
        let known = |roles: &HashMap<_, _>| roles.get(&reference.path).cloned();
        if let Some(role) = self.roles.lock().ok().and_then(|roles| known(&roles)) {
            return Some(role);
        }
        let role: String = self.ask(reference, ACCESSIBLE, "GetRoleName").await?;
        if let Ok(mut roles) = self.roles.lock() {
            roles.insert(reference.path.clone(), role.clone());
        }
        Some(role)
    }

    /// Where an object is in its window.
    async fn extents(&self, reference: &Reference) -> [i32; 4] {
        let found: Result<((i32, i32, i32, i32),), _> = call(
            self.connection,
            reference,
            COMPONENT,
            "GetExtents",
            &OF_THE_WINDOW,
        )
        .await;
        found.map_or([0; 4], |((x, y, width, height),)| [x, y, width, height])
    }

    async fn ask<R>(&self, reference: &Reference, interface: &str, method: &str) -> Option<R>
    where
        R: serde::de::DeserializeOwned + zbus::zvariant::Type,
    {
        call(self.connection, reference, interface, method, &())
            .await
            .ok()
    }
}

/// Notes what a program tells, by the name of its connection.
fn listen(bus: &Bus, owner: &str, told: Arc<Told>) {
    for events in ["object:", "window:"] {
        bus.want(events);
    }
    let rule = MatchRule::builder()
        .msg_type(message::Type::Signal)
        .sender(owner.to_owned())
        .unwrap()
        .build();
    let connection = bus.connection().clone();
    let stream = MessageStream::for_match_rule(rule, &connection, Some(4096));
    let mut stream = bus.wait(stream).unwrap();
    bus.spawn(async move {
        while let Some(message) = stream.next().await {
            let event = message
                .ok()
                .and_then(|message| event(&message, Instant::now()));
            if let Some(event) = event
                && (event.detail.as_str(), event.number) == ("focused", 1)
                && let Ok(mut focused) = told.focused.lock()
            {
                focused.push(event.source);
            }
            told.count.fetch_add(1, Ordering::SeqCst);
        }
    });
}

/// All states in one number.
fn whole(states: &[u32]) -> u64 {
    let half = |place: usize| u64::from(states.get(place).copied().unwrap_or_default());
    half(0) | half(1) << 32
}
