// SPDX-License-Identifier: GPL-3.0-or-later
//! A private session with a private system daemon and a small guest's files: where `orielctl`
//! is tried, and how a test looks at what it did by other programs than Oriel.
//!
//! Owns the two parts; what `orielctl` does in them is the tests'.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use oriel_sandbox::guest::{Disk, Domain, Guest};
use oriel_sandbox::{
    Keyring, Network, Session, SessionOptions, SystemDaemon, SystemOptions, process,
};

use crate::keys;
use crate::run::{Outcome, Running};

/// Changes a script's words: `qemu-img` with less work for whoever opens what it makes.
const QUICKLY: &str = r#"for word; do
    shift
    case $word in
    *encrypt.key-secret=*) word=$word,encrypt.iter-time=10 ;;
    key-secret=* | *,key-secret=*) word=$word,iter-time=10 ;;
    esac
    set -- "$@" "$word"
done
"#;

/// The sandbox's parts for one test.
#[derive(Debug)]
pub struct World {
    /// The session with its keyring.
    pub session: Session,
    /// The daemon.
    pub daemon: SystemDaemon,
    /// What small guests boot.
    pub guest: Guest,
}

impl World {
    /// Starts a session and a daemon in a network of its own.
    ///
    /// # Panics
    ///
    /// With what failed.
    pub fn start(keyring: Keyring, display: bool) -> Self {
        Self::start_with(
            keyring,
            display,
            SystemOptions {
                network: Network::Private,
                ..SystemOptions::default()
            },
        )
    }

    /// Starts a session and a daemon that offers what `options` say.
    ///
    /// # Panics
    ///
    /// With what failed.
    pub fn start_with(keyring: Keyring, display: bool, options: SystemOptions) -> Self {
        let session = SessionOptions {
            keyring,
            display,
            desktop: false,
            ..SessionOptions::default()
        };
        Self::assemble(&session, options)
    }

    /// Starts a session with a desktop to show windows on, and a daemon in a network of its own.
    ///
    /// # Panics
    ///
    /// With what failed.
    pub fn desktop(keyring: Keyring) -> Self {
        let session = SessionOptions {
            keyring,
            display: true,
            desktop: true,
            ..SessionOptions::default()
        };
        let daemon = SystemOptions {
            network: Network::Private,
            ..SystemOptions::default()
        };
        Self::assemble(&session, daemon)
    }

    #[allow(
        clippy::needless_pass_by_value,
        reason = "callers write the options on the spot"
    )]
    fn assemble(session: &SessionOptions, options: SystemOptions) -> Self {
        let session = Session::start(session).unwrap();
        let daemon = SystemDaemon::start(&SystemOptions {
            probes: Some(crate::kept("probes")),
            ..options
        })
        .unwrap();
        let guest = Guest::build(daemon.dir()).unwrap();
        let world = Self {
            session,
            daemon,
            guest,
        };
        world.derive_quickly();
        world
    }

    /// Has the disks that the daemon makes open after ten milliseconds of computing and not two
    /// seconds, as [`crate::luks::make_image`] does it. Tests of what the encryption is worth
    /// (`encryption.rs`) run in a [`crate::host::Host`], which has QEMU as it is.
    fn derive_quickly(&self) {
        let script = format!("{QUICKLY}exec \"$REAL\" \"$@\"");
        self.shim(Path::new("/usr/bin/qemu-img"), &script);
    }

    /// `orielctl` in the session, connected to the daemon; a test may add to it.
    pub fn orielctl(&self, args: &[&str]) -> Command {
        let mut command = self.session.command(crate::orielctl());
        command
            .env("ORIEL_DEFAULT_URI", self.daemon.uri())
            .env("LC_ALL", "C.UTF-8")
            .args(args);
        command
    }

    /// Runs `orielctl` to its end, without standard input.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Outcome {
        Running::start(&mut self.orielctl(args), None).end()
    }

    /// Runs `orielctl` to its end, with text for its standard input.
    #[track_caller]
    pub fn run_with(&self, args: &[&str], input: &[u8]) -> Outcome {
        Running::start(&mut self.orielctl(args), Some(input)).end()
    }

    /// Starts `orielctl` and does not wait.
    #[track_caller]
    pub fn spawn(&self, args: &[&str]) -> Running {
        Running::start(&mut self.orielctl(args), None)
    }

    /// The words of a `create` of a small guest with a small encrypted disk in the pool
    /// `pool`, and more of them.
    pub fn create_words<'a>(&'a self, name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let mut words = vec!["create", name, "--kernel"];
        words.push(self.guest.kernel.to_str().unwrap());
        words.push("--initrd");
        words.push(self.guest.initrd.to_str().unwrap());
        words.extend("--memory 128M --vcpus 1 --disk 8M --network none".split(' '));
        words.extend(
            "--keep-kernel --cmdline console=ttyS0 --virt-type qemu --pool pool".split(' '),
        );
        words.extend_from_slice(more);
        words
    }

    /// Defines the storage pool `pool` in a folder that has the same path inside and outside.
    ///
    /// # Panics
    ///
    /// With what virsh said.
    pub fn make_pool(&self) -> PathBuf {
        let folder = self.daemon.dir().join("pool");
        let target = folder.to_str().unwrap();
        let virsh = |args: &[&str]| self.daemon.virsh(args).unwrap();
        virsh(&["pool-define-as", "pool", "dir", "--target", target]);
        virsh(&["pool-build", "pool"]);
        virsh(&["pool-start", "pool"]);
        folder
    }

    /// The image in a folder that a creation of that guest has made, if there is one: its name has
    /// a part that no other has.
    pub fn image_in(&self, folder: &Path, name: &str) -> Option<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).find(|path| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            stem.rsplit_once('-').is_some_and(|(base, own)| {
                base == name && own.len() == 10 && own.bytes().all(|it| it.is_ascii_hexdigit())
            })
        })
    }

    /// Takes a passphrase out of the keyring, as a person would.
    ///
    /// # Panics
    ///
    /// With what secret-tool said.
    pub fn forget(&self, secret: &str) {
        let mut command = self.session.command("secret-tool");
        command.args(["clear", "application", "oriel", "secret-uuid", secret]);
        process::run(&mut command).unwrap();
    }

    /// Covers a folder with a file system of 128 KiB, in the daemon's eyes.
    ///
    /// # Panics
    ///
    /// Where it can't be mounted.
    pub fn cover(&self, folder: &Path) {
        let mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs"];
        self.inside(&mount, folder);
    }

    /// Takes that away again.
    ///
    /// # Panics
    ///
    /// Where it is in use.
    pub fn uncover(&self, folder: &Path) {
        self.inside(&["umount"], folder);
    }

    /// Runs a program of that path through a script instead, in the daemon's eyes; `$REAL` in
    /// the script is the program itself.
    ///
    /// # Panics
    ///
    /// Where it can't be put there.
    pub fn shim(&self, program: &Path, script: &str) {
        // It keeps its name, by which its process is known.
        let folder = self.daemon.dir().join("shimmed");
        std::fs::create_dir_all(&folder).unwrap();
        let real = folder.join(program.file_name().unwrap());
        let shim = self.daemon.dir().join("shim");
        std::fs::copy(program, &real).unwrap();
        let text = format!("#!/bin/sh\nREAL='{}'\n{script}\n", real.display());
        std::fs::write(&shim, text).unwrap();
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&shim, executable).unwrap();
        let mount = ["mount", "--bind", shim.to_str().unwrap()];
        self.inside(&mount, program);
    }

    /// Has each new disk take some seconds, long enough to be seen and called off on a machine of
    /// any speed. The file is there from the beginning, as it is without this.
    pub fn make_disks_slowly(&self) {
        let slowly = r#""$REAL" "$@"; code=$?; [ "$1" = create ] && sleep 4; exit $code"#;
        let script = format!("{QUICKLY}{slowly}");
        self.shim(Path::new("/usr/bin/qemu-img"), &script);
    }

    fn inside(&self, words: &[&str], folder: &Path) {
        let inside = self.daemon.libvirtd_pid().unwrap().to_string();
        let mut command = Command::new("nsenter");
        command.args(["-t", &inside, "-m"]).args(words);
        process::run(command.arg(folder)).unwrap();
    }

    /// Makes a LUKS image that opens quickly, and defines a guest with it. Gives the UUID of
    /// its secret. The passphrase goes by a pipe.
    ///
    /// # Panics
    ///
    /// With what qemu-img or virsh said.
    pub fn define_encrypted(&self, name: &str, passphrase: &str) -> String {
        let secret = uuid();
        let image = self.daemon.dir().join(format!("{secret}.qcow2"));
        crate::luks::make_image(&image, "8M", passphrase);
        let mut domain = Domain::idle(name, &self.guest);
        domain.disks.push(Disk {
            path: image,
            format: "qcow2".into(),
            secret: Some(secret.clone()),
        });
        self.define(&domain);
        secret
    }

    /// Defines a guest.
    ///
    /// # Panics
    ///
    /// With what virsh said.
    pub fn define(&self, domain: &Domain) {
        let file = self.daemon.dir().join("define.xml");
        std::fs::write(&file, domain.to_xml()).unwrap();
        self.daemon
            .virsh(&["define", file.to_str().unwrap()])
            .unwrap();
    }

    /// Whether a passphrase opens an image, as `qemu-img` sees it.
    pub fn opens(&self, image: &Path, passphrase: &str) -> bool {
        let mut command = Command::new("qemu-img");
        let options = format!(
            "driver=qcow2,encrypt.key-secret=key,file.filename={}",
            image.display()
        );
        command
            .args(["convert", "--object", "secret,id=key,file=/dev/stdin"])
            .args(["--image-opts", &options, "-O", "raw"])
            .arg(self.daemon.dir().join("opened.raw"));
        process::run_with_input(&mut command, passphrase.as_bytes()).is_ok()
    }

    /// Puts a passphrase into the keyring as Oriel would.
    ///
    /// # Panics
    ///
    /// With what secret-tool said.
    pub fn keep(&self, secret: &str, passphrase: &str) {
        keys::keep(&self.session, &self.daemon.uri(), secret, passphrase);
    }

    /// The same, for hosts that the test names; the empty text is an item from before hosts were
    /// noted.
    ///
    /// # Panics
    ///
    /// Where the keyring refuses.
    pub fn keep_for(&self, secret: &str, passphrase: &str, hosts: &str) {
        keys::store(&self.session, &self.daemon.uri(), secret, passphrase, hosts);
    }

    /// What the unlocked keyring holds for a secret.
    pub fn key(&self, secret: &str) -> Option<String> {
        keys::value(&self.session, secret)
    }

    /// The secrets that the unlocked keyring has items of Oriel's for.
    pub fn keys(&self) -> Vec<String> {
        keys::all(&self.session)
    }

    /// The names of all guests, by virsh.
    ///
    /// # Panics
    ///
    /// With what virsh said.
    pub fn guests(&self) -> Vec<String> {
        lines(&self.daemon.virsh(&["list", "--all", "--name"]).unwrap())
    }

    /// A guest's state, by virsh.
    ///
    /// # Panics
    ///
    /// With what virsh said.
    pub fn state(&self, name: &str) -> String {
        let text = self.daemon.virsh(&["domstate", name]).unwrap();
        text.trim().to_owned()
    }

    /// The secrets in libvirt, by virsh.
    ///
    /// # Panics
    ///
    /// With what virsh said.
    pub fn secrets(&self) -> Vec<String> {
        lines(&self.daemon.virsh(&["secret-list"]).unwrap())
    }

    /// The volumes of the pool `pool`, by virsh; the pool is looked at anew.
    ///
    /// # Panics
    ///
    /// With what virsh said.
    pub fn volumes(&self) -> Vec<String> {
        self.daemon.virsh(&["pool-refresh", "pool"]).unwrap();
        lines(&self.daemon.virsh(&["vol-list", "pool"]).unwrap())
    }

    /// What of jobs and leases is in Oriel's state folder. Gates and the owner's name stay
    /// for good.
    pub fn journals(&self) -> Vec<String> {
        let state = self.session.state().join("oriel");
        ["jobs", "leases"]
            .iter()
            .filter_map(|name| std::fs::read_dir(state.join(name)).ok())
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "owner" && !name.starts_with("gate-"))
            .collect()
    }

    /// Fails the test if a lease or a journal is left.
    ///
    /// # Panics
    ///
    /// With what is left.
    #[track_caller]
    pub fn assert_no_lease(&self, when: &str) {
        assert_eq!(self.secrets(), Vec::<String>::new(), "secrets left {when}");
        let journals = self.journals();
        assert_eq!(journals, Vec::<String>::new(), "journals left {when}");
    }

    /// Awaits that the keyring's dialog is on the screen.
    ///
    /// # Panics
    ///
    /// Where it does not come.
    pub fn await_dialog(&self) {
        let display = self.session.display().unwrap();
        process::wait_for("the keyring's dialog", Duration::from_secs(30), || {
            if display.prompting() {
                Ok(())
            } else {
                Err("none".into())
            }
        })
        .unwrap();
    }
}

/// A new random UUID.
///
/// # Panics
///
/// Where the kernel gives none.
pub fn uuid() -> String {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap();
    text.trim().to_owned()
}

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}
