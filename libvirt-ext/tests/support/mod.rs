// SPDX-License-Identifier: GPL-3.0-or-later
//! What several tests share: a search through the process's own memory, and a private libvirtd.

#![allow(dead_code)]

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use zeroize::Zeroize;

/// A secret that only its maker knows in the clear: what is kept is masked, so that a search
/// does not find the search itself.
pub struct Needle {
    masked: Vec<u8>,
    /// Room for the search, made beforehand: taken from the heap during the search, it could
    /// overwrite the very piece that is looked for.
    room: RefCell<(Vec<u8>, Vec<u8>)>,
}

const MASK: u8 = 0xa5;
const ROOM: usize = 1 << 20;

impl Needle {
    /// Masks bytes that the caller wipes or hands on.
    pub fn new(clear: &[u8]) -> Self {
        Self {
            masked: clear.iter().map(|byte| byte ^ MASK).collect(),
            room: RefCell::new((vec![0; ROOM], vec![0; ROOM])),
        }
    }

    /// How often the bytes stand in this process's writable memory.
    pub fn count_in_memory(&self) -> usize {
        let memory = File::open("/proc/self/mem").unwrap();
        let mut maps_file = File::open("/proc/self/maps").unwrap();
        let (piece, maps) = &mut *self.room.borrow_mut();
        let own = piece.as_ptr() as u64..piece.as_ptr() as u64 + ROOM as u64;
        let mut length = 0;
        loop {
            match maps_file.read(&mut maps[length..]).unwrap() {
                0 => break,
                got => length += got,
            }
        }
        let maps = std::str::from_utf8(&maps[..length]).unwrap();
        let mut found = 0;
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (range, rights) = (words.next().unwrap(), words.next().unwrap());
            if !rights.starts_with("rw") {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let mut at = u64::from_str_radix(start, 16).unwrap();
            let end = u64::from_str_radix(end, 16).unwrap();
            while at < end {
                let want = ROOM.min(usize::try_from(end - at).unwrap());
                // Some mappings cannot be read.
                let got = memory.read_at(&mut piece[..want], at).unwrap_or(0);
                if got == 0 {
                    break;
                }
                found += piece[..got]
                    .windows(self.masked.len())
                    .enumerate()
                    // Where the search reads its own room it sees what it read before.
                    .filter(|(offset, _)| !own.contains(&(at + *offset as u64)))
                    .filter(|(_, window)| {
                        window.iter().zip(&self.masked).all(|(a, b)| a ^ MASK == *b)
                    })
                    .count();
                // Pieces overlap by the length of the needle, unless this was the last.
                at += if got < want || at + got as u64 == end {
                    got as u64
                } else {
                    (got - self.masked.len() + 1) as u64
                };
            }
        }
        piece.as_mut_slice().zeroize();
        found
    }
}

/// What stands at an address, freed or not, as the kernel sees it.
pub fn bytes_at(address: usize, count: usize) -> Vec<u8> {
    let memory = File::open("/proc/self/mem").unwrap();
    let mut bytes = vec![0; count];
    memory.read_exact_at(&mut bytes, address as u64).unwrap();
    bytes
}

/// Random letters, so that no earlier run and no constant can be found by mistake.
pub fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    File::open("/dev/urandom")
        .unwrap()
        .read_exact_at(&mut bytes, 0)
        .unwrap();
    for byte in &mut bytes {
        *byte = b'A' + *byte % 26;
    }
    bytes
}

/// A libvirtd of this test's own: its folders are empty ones in a mount namespace, its socket
/// lies below `dir`. Ended with the value.
pub struct Daemon {
    child: Child,
    socket: String,
}

impl Daemon {
    /// Starts one, or gives `None` where that takes rights or programs that are not there.
    pub fn start(dir: &Path) -> Option<Self> {
        // SAFETY: only reads.
        let root = unsafe { libc::geteuid() } == 0;
        if !root || !Path::new("/usr/sbin/libvirtd").exists() {
            println!("SKIP: a private libvirtd needs root and the program libvirtd");
            return None;
        }
        let socket_dir = dir.display();
        let config = dir.join("libvirtd.conf");
        let mut text = String::new();
        writeln!(text, "unix_sock_dir = \"{socket_dir}\"").unwrap();
        writeln!(text, "auth_unix_ro = \"none\"\nauth_unix_rw = \"none\"").unwrap();
        fs::write(&config, text).unwrap();
        let script = "mount --make-rprivate / || exit 1
            for d in /etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /run; do
                [ -d $d ] && { mount -t tmpfs none $d || exit 1; }
            done
            mkdir -p /run/libvirt
            exec libvirtd --config \"$0\" --pid-file \"$1\"";
        let mut command = Command::new("unshare");
        command
            .args(["-m", "sh", "-c", script])
            .arg(&config)
            .arg(dir.join("libvirtd.pid"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(dir.join("libvirtd.log")).unwrap());
        // SAFETY: prctl is safe between fork and exec. The daemon must not outlive the test.
        unsafe {
            command.pre_exec(|| {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        let child = command.spawn().unwrap();
        let mut daemon = Self {
            child,
            socket: dir.join("libvirt-sock").display().to_string(),
        };
        let end = Instant::now() + Duration::from_mins(1);
        while std::os::unix::net::UnixStream::connect(&daemon.socket).is_err() {
            let ended = daemon.child.try_wait().unwrap();
            let log = || fs::read_to_string(dir.join("libvirtd.log"));
            assert!(ended.is_none(), "libvirtd ended: {ended:?} {:?}", log());
            assert!(
                Instant::now() < end,
                "libvirtd does not answer: {:?}",
                log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(daemon)
    }

    /// The address of a driver behind this daemon.
    pub fn uri(&self, driver: &str, path: &str) -> String {
        format!("{driver}+unix:///{path}?socket={}", self.socket)
    }

    /// Ends it without a goodbye.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}
