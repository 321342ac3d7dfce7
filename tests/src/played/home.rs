// SPDX-License-Identifier: GPL-3.0-or-later
//! A played daemon with a pool, and a real session with a keyring to create guests from.

use std::process::Command;

use oriel_sandbox::{Keyring, Session, SessionOptions};
use oriel_wire::types::Named;

use super::scene::{PoolScene, Scene, id};
use super::{Played, Player};
use crate::keys;
use crate::run::{Outcome, Running};

/// The two. A test looks at both.
#[derive(Debug)]
pub struct Home {
    /// The daemon, with the pool `pool`.
    pub played: Played,
    /// The session.
    pub session: Session,
}

impl Home {
    /// Starts the session; the daemon has no guests yet.
    ///
    /// # Panics
    ///
    /// With what failed.
    pub fn start(keyring: Keyring) -> Self {
        Self::start_with(&SessionOptions {
            keyring,
            display: false,
            ..SessionOptions::default()
        })
    }

    /// Starts a session with a desktop to show windows on.
    ///
    /// # Panics
    ///
    /// With what failed.
    pub fn desktop(keyring: Keyring) -> Self {
        Self::start_with(&SessionOptions {
            keyring,
            display: true,
            desktop: true,
            ..SessionOptions::default()
        })
    }

    fn start_with(session: &SessionOptions) -> Self {
        let played = Played::start(Scene::default());
        let target = played.folder().join("pool");
        std::fs::create_dir(&target).unwrap();
        let document = format!(
            "<pool type='dir'><name>pool</name><uuid>{}</uuid>\
             <target><path>{}</path></target></pool>",
            id(100),
            target.display()
        );
        let pool = PoolScene {
            pool: Named {
                name: "pool".into(),
                uuid: id(100),
            },
            active: true,
            document,
            volumes: Vec::new(),
        };
        played.scene(|scene| scene.pools.push(pool));
        Self {
            played,
            session: Session::start(session).unwrap(),
        }
    }

    /// `orielctl` in the session, connected to the daemon; a test may add to it.
    pub fn orielctl(&self, words: &[&str]) -> Command {
        let mut command = self.session.command(crate::orielctl());
        command
            .env("ORIEL_DEFAULT_URI", self.played.uri())
            .env("LC_ALL", "C.UTF-8")
            .args(words);
        command
    }

    /// Runs `orielctl` to its end, without standard input.
    #[track_caller]
    pub fn run(&self, words: &[&str]) -> Outcome {
        Running::start(&mut self.orielctl(words), None).end()
    }

    /// Runs `orielctl` to its end, with text for its standard input.
    #[track_caller]
    pub fn run_with(&self, words: &[&str], input: &[u8]) -> Outcome {
        Running::start(&mut self.orielctl(words), Some(input)).end()
    }

    /// The words of a `create` of a guest with an encrypted disk, and more of them.
    pub fn create_words<'a>(name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let mut words = vec!["create", name, "--kernel", "/bin/true"];
        words.extend("--initrd /bin/true --memory 128M --vcpus 1 --disk 8M".split(' '));
        words.extend("--virt-type qemu --pool pool".split(' '));
        words.extend_from_slice(more);
        words
    }

    /// The secrets that the unlocked keyring has items for.
    pub fn keys(&self) -> Vec<String> {
        keys::all(&self.session)
    }

    /// The names of the volumes in the pool.
    pub fn volumes(&self) -> Vec<String> {
        self.played.scene(|scene| {
            let all = scene.pools[0].volumes.iter();
            all.map(|(volume, _)| volume.name.clone()).collect()
        })
    }

    /// The names of the guests.
    pub fn guests(&self) -> Vec<String> {
        let name = |it: &Player| it.domain.name.clone();
        self.played
            .scene(|scene| scene.guests.iter().map(name).collect())
    }

    /// How many secrets the daemon has.
    pub fn secrets(&self) -> usize {
        self.played.scene(|scene| scene.secrets.len())
    }

    /// How many creations are left half done.
    ///
    /// # Panics
    ///
    /// Where orielctl does not say.
    #[track_caller]
    pub fn leftovers(&self) -> usize {
        let list = self.run(&["--json", "cleanup", "--list"]);
        list.expect(0).json()["jobs"].as_array().unwrap().len()
    }
}
