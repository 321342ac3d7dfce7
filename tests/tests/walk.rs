// SPDX-License-Identifier: GPL-3.0-or-later
//! A random walk over all that makes, names, moves and deletes guests, with kills in between. After
//! each step every encrypted image that was not deleted by name has its key, and every disk that a
//! guest uses is there.
//!
//! The seed is printed. `ORIEL_WALK_SEED` walks one again, `ORIEL_WALK_STEPS` sets how far (32).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use oriel_sandbox::{Keyring, Sshd, SshdOptions, SystemDaemon, SystemOptions, is_root};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::{World, uuid};

const NAMES: [&str; 3] = ["one", "два", "third of them"];

/// Where a creation can be killed.
const POINTS: [&str; 9] = [
    "journal",
    "key-begun",
    "key",
    "volume-begun",
    "volume",
    "domain",
    "start",
    "lease-defined",
    "finished",
];

/// Small, and good enough to choose steps (xorshift64).
struct Dice(u64);

impl Dice {
    /// Seeds that differ in little give walks that differ in all.
    fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..16 {
            dice.below(2);
        }
        dice
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn of(&mut self, all: &[&'static str]) -> &'static str {
        all[self.below(all.len())]
    }
}

/// The parts, and what the walk knows of them.
struct Walk {
    world: World,
    pool: PathBuf,
    /// Another host's daemon, and the link that leads the address to one of the two.
    other: SystemDaemon,
    address: PathBuf,
    uri: String,
    _sshd: Sshd,
    /// The secret of each image that was ever seen, and its passphrase once known.
    images: BTreeMap<PathBuf, (String, Option<String>)>,
    /// Documents of guests that were there.
    documents: Vec<(String, String)>,
    steps: Vec<String>,
    /// What was killed last, for as long as the walk stays with it: most that was ever lost was
    /// lost in the steps after a kill.
    wounded: Option<(&'static str, usize)>,
}

/// How many steps after a kill are about what was killed; the last is a clean-up.
const AFTER_A_KILL: usize = 3;

impl Walk {
    fn start() -> Self {
        let world = World::start(Keyring::Unlocked("word".into()), false);
        let other = SystemDaemon::start(&SystemOptions {
            probes: Some(oriel_tests::kept("probes")),
            ..SystemOptions::default()
        })
        .unwrap();
        let pool = world.make_pool();
        let sshd = Sshd::start(&SshdOptions::default()).unwrap();
        let address = world.daemon.dir().join("address");
        std::os::unix::fs::symlink(world.daemon.socket(), &address).unwrap();
        let uri = sshd.uri("/system", &address);
        Self {
            world,
            pool,
            other,
            address,
            uri,
            _sshd: sshd,
            images: BTreeMap::new(),
            documents: Vec::new(),
            steps: Vec::new(),
            wounded: None,
        }
    }

    /// Runs orielctl over the address, to whichever end.
    fn orielctl(&self, words: &[&str], fault: Option<&str>) -> i32 {
        let all = [&["-c", &self.uri, "--allow-program"], words].concat();
        let mut command = self.world.orielctl(&all);
        if let Some(point) = fault {
            command.env("ORIEL_FAULT", format!("kill@{point}"));
        }
        Running::start(&mut command, None).end().code
    }

    fn lead_to(&self, socket: &Path) {
        std::fs::remove_file(&self.address).unwrap();
        std::os::unix::fs::symlink(socket, &self.address).unwrap();
    }

    fn virsh(&self, words: &[&str]) -> Option<String> {
        self.world.daemon.virsh(words).ok()
    }

    fn step(&mut self, dice: &mut Dice) -> String {
        if let Some((name, left)) = self.wounded {
            self.wounded = (left > 1).then_some((name, left - 1));
            return self.step_after_a_kill(dice, name);
        }
        let name = dice.of(&NAMES);
        match dice.below(16) {
            0 | 1 => self.create(name, &[], None),
            2..=8 => self.kill(dice, name),
            9 => self.by_name("force-off", name),
            10 => self.by_name("undefine", name),
            11 => self.redefine(dice),
            12 => {
                let to = dice.of(&NAMES);
                let code = self.orielctl(&["rename", name, to], None);
                self.told("rename", code) + name + " to " + to
            }
            13 => self.stop_or_start_the_pool(dice),
            14 => self.other_host(name),
            _ => self.delete(name, dice.below(2) == 0),
        }
    }

    /// What a person may do with a guest whose creation died, before it is cleaned up.
    fn step_after_a_kill(&mut self, dice: &mut Dice, name: &'static str) -> String {
        if self.wounded.is_none() {
            return self.told("cleanup", self.orielctl(&["cleanup"], None));
        }
        match dice.below(10) {
            0..=4 => self.by_name("undefine", name),
            5 => self.by_name("launch", name),
            6 => self.redefine(dice),
            7 => self.create(name, &[], None),
            8 => self.by_name("force-off", name),
            _ => self.other_host(name),
        }
    }

    fn kill(&mut self, dice: &mut Dice, name: &'static str) -> String {
        let point = dice.of(&POINTS);
        let on_the_way_up = ["start", "lease-defined"].contains(&point);
        let starting = on_the_way_up || dice.below(2) == 0;
        let more: &[&str] = if starting { &["--start"] } else { &[] };
        self.wounded = Some((name, AFTER_A_KILL));
        self.create(name, more, Some(point))
    }

    fn by_name(&self, act: &str, name: &str) -> String {
        self.told(act, self.orielctl(&[act, name], None)) + name
    }

    fn stop_or_start_the_pool(&self, dice: &mut Dice) -> String {
        let verb = ["pool-destroy", "pool-start"][dice.below(2)];
        format!("{verb}: {}", self.virsh(&[verb, "pool"]).is_some())
    }

    fn told(&self, what: &str, code: i32) -> String {
        let _ = self;
        format!("{what} ended with {code}: ")
    }

    fn create(&mut self, name: &str, more: &[&str], fault: Option<&str>) -> String {
        let world = &self.world;
        let code = self.orielctl(&world.create_words(name, more), fault);
        format!("create {name} {more:?}, killed at {fault:?}: {code}")
    }

    /// Defines a guest of before once more, with its old UUID or a new one.
    fn redefine(&mut self, dice: &mut Dice) -> String {
        if self.documents.is_empty() {
            return "nothing to define".into();
        }
        let (name, xml) = &self.documents[dice.below(self.documents.len())];
        let begin = xml.find("<uuid>").unwrap();
        let end = xml.find("</uuid>").unwrap();
        let xml = match dice.below(2) {
            0 => xml.clone(),
            _ => format!("{}<uuid>{}{}", &xml[..begin], uuid(), &xml[end..]),
        };
        let file = self.world.daemon.dir().join("again.xml");
        std::fs::write(&file, xml).unwrap();
        let done = self.virsh(&["define", file.to_str().unwrap()]);
        format!("define {name} again: {}", done.is_some())
    }

    /// The address leads to another host for a moment.
    fn other_host(&mut self, name: &str) -> String {
        self.lead_to(&self.other.socket());
        let clean = self.orielctl(&["cleanup"], None);
        let delete = ["delete", name, "--storage", "--forget-key"];
        let delete = self.orielctl(&delete, None);
        self.lead_to(&self.world.daemon.socket());
        format!("on another host: cleanup {clean}, delete {name} {delete}")
    }

    /// Deletes by name: then the disks may go, and with them their keys.
    fn delete(&mut self, name: &str, storage: bool) -> String {
        let used = self.disks_of(name);
        let words = ["delete", name, "--storage", "--forget-key"];
        let code = self.orielctl(&words[..if storage { 4 } else { 2 }], None);
        for image in used {
            if storage && !image.exists() {
                self.images.remove(&image);
            }
        }
        format!("delete {name}, storage {storage}: {code}")
    }

    fn guests(&self) -> Vec<String> {
        let all = self.virsh(&["list", "--all", "--name"]).unwrap();
        let names = all.lines().map(str::trim).filter(|it| !it.is_empty());
        names.map(str::to_owned).collect()
    }

    fn document(&self, name: &str) -> String {
        self.virsh(&["dumpxml", "--inactive", name]).unwrap()
    }

    fn disks_of(&self, name: &str) -> Vec<PathBuf> {
        if !self.guests().iter().any(|it| it == name) {
            return Vec::new();
        }
        let xml = self.document(name);
        values(&xml, "<source file='").map(PathBuf::from).collect()
    }

    /// Which secret opens which image, by the guests' documents and the journals.
    fn learn(&mut self) {
        for name in self.guests() {
            let xml = self.document(&name);
            let disk = values(&xml, "<source file='").next();
            let secret = values(&xml, "type='passphrase' uuid='").next();
            if let (Some(disk), Some(secret)) = (disk, secret) {
                let known = (secret.to_owned(), None);
                self.images.entry(PathBuf::from(disk)).or_insert(known);
            }
            if !self.documents.iter().any(|(_, known)| *known == xml) {
                self.documents.push((name, xml));
            }
        }
        let jobs = self.world.session.state().join("oriel/jobs");
        for entry in std::fs::read_dir(jobs).into_iter().flatten().flatten() {
            let Ok(text) = std::fs::read_to_string(entry.path()) else {
                continue;
            };
            let path = values(&text.replace(": \"", ":\""), "\"path\":\"")
                .next()
                .map(PathBuf::from);
            let secret = values(&text.replace(": \"", ":\""), "\"secret\":\"")
                .next()
                .map(str::to_owned);
            if let (Some(path), Some(secret)) = (path, secret)
                && path.exists()
            {
                self.images.entry(path).or_insert((secret, None));
            }
        }
        // What was made of it by a clean-up of an unfinished creation is gone with its key.
        let unfinished: Vec<_> = self
            .images
            .keys()
            .filter(|it| !it.exists())
            .cloned()
            .collect();
        for image in unfinished {
            assert!(
                !self.was_defined(&image),
                "the disk {} of a guest is gone, and nobody deleted it by name: {:#?}",
                image.display(),
                self.steps
            );
            self.images.remove(&image);
        }
    }

    fn was_defined(&self, image: &Path) -> bool {
        let path = image.to_str().unwrap();
        self.documents.iter().any(|(_, xml)| xml.contains(path))
    }

    #[track_caller]
    fn check(&mut self) {
        self.learn();
        for name in self.guests() {
            for disk in self.disks_of(&name) {
                assert!(
                    disk.exists(),
                    "{} of {name} is gone: {:#?}",
                    disk.display(),
                    self.steps
                );
            }
        }
        let mut found = Vec::new();
        for (image, (secret, passphrase)) in &self.images {
            let kept = self.world.key(secret);
            assert!(
                kept.is_some(),
                "the key {secret} of {} is gone: {:#?}",
                image.display(),
                self.steps
            );
            assert!(
                passphrase.is_none() || *passphrase == kept,
                "the key of {} is another one: {:#?}",
                image.display(),
                self.steps
            );
            found.push((image.clone(), kept));
        }
        for (image, kept) in found {
            if let Some(known) = self.images.get_mut(&image) {
                known.1 = kept;
            }
        }
    }

    /// In the end each key opens its image.
    fn check_all_open(&self) {
        for name in self.guests() {
            let _ = self.virsh(&["destroy", &name]);
        }
        for (image, (_, passphrase)) in &self.images {
            // One that was killed while it was made is no image yet.
            let whole = self.was_defined(image);
            assert!(
                !whole || self.world.opens(image, passphrase.as_deref().unwrap()),
                "{} does not open: {:#?}",
                image.display(),
                self.steps
            );
        }
    }
}

/// What stands after each `before`, up to the quote.
fn values<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(before)
        .skip(1)
        .filter_map(|rest| rest.split(['\'', '"']).next())
}

#[test]
fn whatever_is_done_no_key_and_no_disk_is_lost() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let clock = std::time::UNIX_EPOCH.elapsed().unwrap();
    let seed = number("ORIEL_WALK_SEED").unwrap_or_else(|| u64::from(clock.subsec_nanos()) + 1);
    let steps = number("ORIEL_WALK_STEPS").unwrap_or(32);
    println!("ORIEL_WALK_SEED={seed} ORIEL_WALK_STEPS={steps}");
    let mut dice = Dice::new(seed);
    let mut walk = Walk::start();
    // Some walks define nothing in so many steps: they go on.
    for number in 0..steps * 4 {
        if number >= steps && !walk.documents.is_empty() {
            break;
        }
        let told = walk.step(&mut dice);
        println!("{number}: {told}");
        walk.steps.push(told);
        walk.check();
    }
    // Something has happened, and was kept.
    assert!(!walk.documents.is_empty(), "{:#?}", walk.steps);
    walk.check_all_open();
    let _ = &walk.pool;
}
