// SPDX-License-Identifier: GPL-3.0-or-later
//! What a played daemon has: guests, networks, pools, secrets.

use oriel_wire::types::{Domain, Named, Secret, TypedParam, TypedValue, Volume};
use uuid::Uuid;

/// `VIR_DOMAIN_RUNNING`.
pub const RUNNING: i32 = 1;
/// `VIR_DOMAIN_SHUTOFF`.
pub const OFF: i32 = 5;

/// A UUID for each number.
pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0a00_0000_0000_4000_8000_0000_0000_0000 + number)
}

/// A guest.
#[derive(Clone, Debug)]
pub struct Player {
    /// Name, identity, and number while it runs.
    pub domain: Domain,
    /// `virDomainState`.
    pub state: i32,
    /// Whether it is defined.
    pub persistent: bool,
    /// Whether its memory is kept.
    pub saved: bool,
    /// Whether it starts with its host.
    pub autostart: bool,
    /// Its document.
    pub document: String,
    /// How its processors are shared out.
    pub scheduler: Vec<TypedParam>,
    /// Its limits of memory.
    pub memory: Vec<TypedParam>,
    /// What its screen shows: a PPM, or whatever a daemon takes for one.
    pub screen: Vec<u8>,
    /// What its console has said so far.
    pub console: Vec<u8>,
}

impl Player {
    /// A defined guest that is off.
    pub fn off(name: &str, number: u128) -> Self {
        let uuid = id(number);
        Self {
            domain: Domain {
                name: name.into(),
                uuid,
                id: -1,
            },
            state: OFF,
            persistent: true,
            saved: false,
            autostart: false,
            document: document(name, uuid, ""),
            scheduler: vec![
                TypedParam::new("cpu_shares", TypedValue::ULLong(1024)),
                TypedParam::new("vcpu_period", TypedValue::ULLong(100_000)),
                TypedParam::new("vcpu_quota", TypedValue::LLong(-1)),
            ],
            memory: vec![
                TypedParam::new("hard_limit", TypedValue::ULLong(9_007_199_254_740_991)),
                TypedParam::new("soft_limit", TypedValue::ULLong(9_007_199_254_740_991)),
                TypedParam::new("swap_hard_limit", TypedValue::ULLong(9_007_199_254_740_991)),
            ],
            screen: b"P6\n2 1\n255\n\xff\0\0\0\xff\0".to_vec(),
            console: Vec::new(),
        }
    }

    /// A defined guest that runs.
    pub fn running(name: &str, number: u128) -> Self {
        let mut player = Self::off(name, number);
        player.start();
        player
    }

    /// Devices in its document.
    #[must_use]
    pub fn with_devices(mut self, devices: &str) -> Self {
        self.document = document(&self.domain.name, self.domain.uuid, devices);
        self
    }

    /// Has it run.
    pub fn start(&mut self) {
        self.state = RUNNING;
        // Each guest's own, however often it starts.
        self.domain.id = 1 + i32::from(self.domain.uuid.as_bytes()[15]);
    }

    /// Has it be off.
    pub fn stop(&mut self) {
        self.state = OFF;
        self.domain.id = -1;
    }
}

fn document(name: &str, uuid: Uuid, devices: &str) -> String {
    let name = name
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        // A document can't have control characters; libvirt leaves them out.
        .replace(char::is_control, "");
    format!(
        "<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid>\
         <memory unit='KiB'>262144</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os>\
         <devices>{devices}</devices></domain>"
    )
}

/// A pool and what is in it.
#[derive(Clone, Debug)]
pub struct PoolScene {
    /// Name and identity.
    pub pool: Named,
    /// Whether it runs.
    pub active: bool,
    /// Its document.
    pub document: String,
    /// Its volumes, each with its document.
    pub volumes: Vec<(Volume, String)>,
}

/// A secret and how much has been filled in.
#[derive(Clone, Debug)]
pub struct SecretScene {
    /// Identity and use.
    pub secret: Secret,
    /// Its document.
    pub document: String,
    /// The bytes of its value, which themselves are not kept.
    pub filled: Option<usize>,
}

/// What there is.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The driver's name.
    pub driver: String,
    /// The canonical URI.
    pub uri: String,
    /// The host's identity.
    pub host: Uuid,
    /// The version of libvirt: a million times the first part, a thousand times the second.
    pub version: u64,
    /// Guests.
    pub guests: Vec<Player>,
    /// Networks, and whether they run.
    pub networks: Vec<(Named, bool)>,
    /// Storage pools.
    pub pools: Vec<PoolScene>,
    /// Secrets.
    pub secrets: Vec<SecretScene>,
    /// Whether it tells of events.
    pub has_events: bool,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            driver: "QEMU".into(),
            uri: "qemu:///system".into(),
            host: id(0xffff),
            version: 9_000_000,
            guests: Vec::new(),
            networks: Vec::new(),
            pools: Vec::new(),
            secrets: Vec::new(),
            has_events: true,
        }
    }
}

impl Scene {
    /// Guests, and nothing else.
    pub fn of(guests: impl IntoIterator<Item = Player>) -> Self {
        Self {
            guests: guests.into_iter().collect(),
            ..Self::default()
        }
    }

    /// A guest by name.
    pub fn guest(&self, name: &str) -> Option<&Player> {
        self.guests.iter().find(|it| it.domain.name == name)
    }

    /// A guest by name, to change it.
    pub fn guest_mut(&mut self, name: &str) -> Option<&mut Player> {
        self.guests.iter_mut().find(|it| it.domain.name == name)
    }

    pub(super) fn by_uuid(&mut self, uuid: Uuid) -> Option<&mut Player> {
        self.guests.iter_mut().find(|it| it.domain.uuid == uuid)
    }

    /// What `virConnectGetCapabilities` gives.
    pub(super) fn capabilities(&self) -> String {
        format!(
            "<capabilities><host><uuid>{}</uuid><cpu><arch>x86_64</arch></cpu></host>\
             <guest><os_type>hvm</os_type><arch name='x86_64'><wordsize>64</wordsize>\
             <domain type='qemu'/></arch></guest></capabilities>",
            self.host
        )
    }
}
