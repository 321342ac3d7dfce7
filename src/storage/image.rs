// SPDX-License-Identifier: GPL-3.0-or-later
//! Image files of this machine: which file a path leads to, which image lies below an image, and
//! whether anything has a file open.
//!
//! A path is no identity: a symbolic link, a hard link or a bind mount gives a file a second one.
//! Only local files can be looked at like this; [`super::usage`] says what is done elsewhere.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::message::Message;
use crate::model::error::storage;

/// How long qemu-img may look at one image.
const LOOK_TIME: Duration = Duration::from_secs(20);
/// The answer of qemu-img about one image is far below this.
const LARGEST_ANSWER: u64 = 4 * 1024 * 1024;

/// A file, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

/// Whether a file begins with these bytes; one that is not there does not.
///
/// # Errors
/// Where it can't be read.
fn begins_with(path: &Path, magic: &[u8]) -> std::io::Result<bool> {
    let mut start = Vec::with_capacity(magic.len());
    match open_carefully(path) {
        Ok(file) => file.take(magic.len() as u64).read_to_end(&mut start)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(start == magic)
}

/// Whether a file is a qcow2 image.
///
/// # Errors
/// Where it can't be read.
pub(super) fn is_qcow2(path: &Path) -> std::io::Result<bool> {
    begins_with(path, b"QFI\xfb")
}

/// What a path of this machine leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This file or block device.
    File(FileId),
    /// Nothing.
    Nothing,
    /// Something, or nothing: the path can't be followed from this account.
    Unknown,
}

/// Follows a path, symbolic links and all.
pub(super) fn find(path: &Path) -> Found {
    match fs::metadata(path) {
        Ok(metadata) if metadata.file_type().is_block_device() => Found::File(FileId {
            // Two nodes for one device are the same device.
            device: u64::MAX,
            inode: metadata.rdev(),
        }),
        Ok(metadata) => Found::File(FileId {
            device: metadata.dev(),
            inode: metadata.ino(),
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Found::Nothing,
        Err(_) => Found::Unknown,
    }
}

/// What an image's own header tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Image files of this machine that it needs (the backing file, an external data file), each
    /// with its format if the header tells.
    pub below: Vec<(PathBuf, Option<String>)>,
    /// Whether it is encrypted; `None` where that can't be told.
    pub encrypted: Option<bool>,
}

/// Reads an image's header; one that is not there needs nothing. `format` is the one that its
/// guest gives; QEMU takes an image without one for raw, and so does this.
///
/// # Errors
/// The reason why it can't be told.
pub(super) fn header(path: &Path, format: Option<&str>) -> Result<Header, Message> {
    let format = format.unwrap_or("raw");
    if format == "raw" || format == "luks" {
        // libvirt calls a LUKS image raw, and says beside it that it is encrypted.
        let luks = begins_with(path, b"LUKS\xba\xbe").map(|luks| luks || format == "luks");
        return Ok(Header {
            below: Vec::new(),
            encrypted: luks.ok(),
        });
    }
    if let Err(error) = open_carefully(path) {
        return if error.kind() == std::io::ErrorKind::NotFound {
            Ok(Header {
                below: Vec::new(),
                encrypted: Some(false),
            })
        } else {
            Err(storage::SYSTEM_SAYS.with("words", error.to_string()))
        };
    }
    parse(path, &ask_qemu(path, format)?)
}

fn open_carefully(path: &Path) -> std::io::Result<fs::File> {
    let file = fs::OpenOptions::new()
        .read(true)
        // A pipe without a writer would be waited for.
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() || kind.is_block_device() {
        return Ok(file);
    }
    Err(std::io::Error::other("it is no file"))
}

/// `qemu-img info` opens the image alone and nothing below it, takes no lock, and needs no
/// passphrase.
fn ask_qemu(path: &Path, format: &str) -> Result<String, Message> {
    let mut name = std::ffi::OsString::from("file:");
    name.push(path);
    let mut child = Command::new("qemu-img")
        .args(["info", "--force-share", "--output=json", "-f", format])
        .arg(name)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| storage::NO_QEMU_IMG.with("words", error.to_string()))?;
    let reader = child.stdout.take().map(|pipe| {
        std::thread::spawn(move || {
            let mut text = String::new();
            pipe.take(LARGEST_ANSWER)
                .read_to_string(&mut text)
                .map(|_| text)
        })
    });
    let deadline = Instant::now() + LOOK_TIME;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(5));
            }
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(storage::QEMU_IMG_SLOW.into());
            }
        }
    };
    if !status.success() {
        return Err(storage::QEMU_IMG_REFUSES.with("format", format));
    }
    reader
        .and_then(|reader| reader.join().ok()?.ok())
        .ok_or_else(|| storage::QEMU_IMG_SILENT.into())
}

/// What an answer of `qemu-img info` tells.
fn parse(path: &Path, answer: &str) -> Result<Header, Message> {
    let answer: Value =
        serde_json::from_str(answer).map_err(|_| Message::from(storage::QEMU_IMG_SILENT))?;
    let data = &answer["format-specific"]["data"];
    let backing = answer["full-backing-filename"].as_str();
    let backing = backing.or(answer["backing-filename"].as_str());
    // VMDK keeps its data in extents.
    let extents = data["extents"].as_array().into_iter().flatten();
    let extents = extents.filter_map(|extent| extent["filename"].as_str());
    let format = answer["backing-filename-format"].as_str();
    let raw = data["data-file"].as_str().into_iter().chain(extents);
    let named = backing.into_iter().map(|name| (name, format));
    let mut header = Header {
        below: Vec::new(),
        encrypted: Some(answer["encrypted"].as_bool().unwrap_or(false)),
    };
    for (name, format) in named.chain(raw.map(|name| (name, Some("raw")))) {
        let file = local_file(path, name)?;
        // A VMDK of one file names itself as its extent.
        let file = file.filter(|file| file != path);
        header
            .below
            .extend(file.map(|file| (file, format.map(str::to_owned))));
    }
    Ok(header)
}

/// The local file that a name in an image's header stands for; `None` for an image elsewhere.
fn local_file(image: &Path, name: &str) -> Result<Option<PathBuf>, Message> {
    if let Some(options) = name.strip_prefix("json:") {
        let options: Value =
            serde_json::from_str(options).map_err(|_| storage::NAME_BELOW.named(name))?;
        let mut file = &options;
        while file["file"].is_object() {
            file = &file["file"];
        }
        let flat = options["file.filename"]
            .as_str()
            .or(file["filename"].as_str());
        let driver = options["file.driver"].as_str().or(file["driver"].as_str());
        return match flat {
            Some(flat) => local_file(image, flat),
            None if driver.is_some_and(is_network) => Ok(None),
            None => Err(storage::NAME_BELOW.named(name)),
        };
    }
    let local = ["file:", "host_device:", "host_cdrom:"];
    let name = local
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    // A protocol ends before the first slash: “nbd://host/…”, “rbd:pool/…”.
    if let Some((protocol, _)) = name.split_once(':')
        && !protocol.contains('/')
    {
        return if is_network(protocol) {
            Ok(None)
        } else {
            Err(storage::PLACE_BELOW.named(name))
        };
    }
    let file = Path::new(name);
    if file.is_absolute() {
        return Ok(Some(file.to_owned()));
    }
    // QEMU goes by the folder of the image itself, not of a link to it.
    let image = fs::canonicalize(image).unwrap_or_else(|_| image.to_owned());
    Ok(image.parent().map(|folder| folder.join(file)))
}

/// Whether QEMU reaches images of this protocol over a network.
fn is_network(protocol: &str) -> bool {
    let protocol = protocol.split('+').next().unwrap_or_default();
    [
        "nbd", "rbd", "http", "https", "ftp", "ftps", "iscsi", "ssh", "nfs", "gluster",
    ]
    .contains(&protocol)
}

/// What has a file open, as far as this account can see: a QEMU by its locks, any process by its
/// open files, the kernel by its loop devices. `None`: nothing that is seen.
///
/// # Errors
/// The reason why it could not be looked for.
pub(super) fn opened_by(path: &Path, id: FileId) -> Result<Option<Message>, Message> {
    // A lock on a device is one on its node.
    let metadata = fs::metadata(path).map_err(|error| says(path, &error))?;
    let node = FileId {
        device: metadata.dev(),
        inode: metadata.ino(),
    };
    if metadata.file_type().is_block_device()
        && let Some(user) = device_used_by(metadata.rdev())
    {
        return Ok(Some(user));
    }
    let locks = fs::read_to_string("/proc/locks")
        .map_err(|error| says(Path::new("/proc/locks"), &error))?;
    if locks.lines().any(|line| locked(line, node)) {
        return Ok(Some(storage::LOCKED.into()));
    }
    for entry in fs::read_dir("/sys/block").into_iter().flatten().flatten() {
        let backing = entry.path().join("loop/backing_file");
        if let Ok(path) = fs::read_to_string(&backing)
            && find(Path::new(path.trim_end())) == Found::File(id)
        {
            return Ok(Some(
                storage::LOOP.named(&*entry.file_name().to_string_lossy()),
            ));
        }
    }
    let processes = fs::read_dir("/proc").map_err(|error| says(Path::new("/proc"), &error))?;
    for process in processes.flatten() {
        let name = process.file_name();
        let Some(number) = name.to_str().filter(|name| name.parse::<u32>().is_ok()) else {
            continue;
        };
        // Those of other accounts can't be seen by everybody; a QEMU shows by its locks.
        let Ok(files) = fs::read_dir(process.path().join("fd")) else {
            continue;
        };
        if files
            .flatten()
            .any(|file| find(&file.path()) == Found::File(id))
        {
            let what = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Ok(Some(
                storage::PROCESS
                    .named(what.trim_end())
                    .with("number", number),
            ));
        }
    }
    Ok(None)
}

fn says(path: &Path, error: &std::io::Error) -> Message {
    storage::FILE_SAYS
        .with("path", path.display().to_string())
        .with("words", error.to_string())
}

/// Whether the kernel itself uses a block device: as a part of another one, or mounted.
fn device_used_by(number: u64) -> Option<Message> {
    let (major, minor) = parts_of(number);
    let name = format!("{major}:{minor}");
    let holders = fs::read_dir(format!("/sys/dev/block/{name}/holders")).ok();
    if holders.is_some_and(|mut holders| holders.next().is_some()) {
        return Some(storage::HOLDER.into());
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mounted = mounts
        .lines()
        .any(|line| line.split(' ').nth(2) == Some(&name));
    mounted.then(|| storage::MOUNTED.into())
}

/// Major and minor number (makedev(3), for the numbers that are in use).
fn parts_of(device: u64) -> (u64, u64) {
    (
        (device >> 8) & 0xfff,
        (device & 0xff) | ((device >> 12) & 0xfff00),
    )
}

/// Whether a line of /proc/locks is about the file: "1: OFDLCK ADVISORY READ -1 08:01:77 0 EOF".
fn locked(line: &str, id: FileId) -> bool {
    let Some(place) = line
        .split_whitespace()
        .find(|word| word.matches(':').count() == 2)
    else {
        return false;
    };
    let mut parts = place.split(':');
    let mut hexadecimal = || u64::from_str_radix(parts.next()?, 16).ok();
    let (Some(major), Some(minor)) = (hexadecimal(), hexadecimal()) else {
        return false;
    };
    let inode = parts.next().and_then(|inode| inode.parse::<u64>().ok());
    let device = parts_of(id.device);
    // btrfs and overlayfs tell other device numbers here than to stat(2): the inode has to do.
    inode == Some(id.inode) && ((major, minor) == device || major == 0 || device.0 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below_of(answer: &str) -> Vec<PathBuf> {
        let below = parse(Path::new("/pool/top.qcow2"), answer).unwrap().below;
        below.into_iter().map(|(file, _)| file).collect()
    }

    #[test]
    fn the_images_below_are_read_from_the_answer() {
        let nothing = Header {
            below: Vec::new(),
            encrypted: Some(false),
        };
        assert_eq!(parse(Path::new("/a"), "{}"), Ok(nothing));
        for (name, file) in [
            ("base.qcow2", "/pool/base.qcow2"),
            ("/other/base 1.qcow2", "/other/base 1.qcow2"),
            ("file:/other/x", "/other/x"),
            ("host_device:/dev/vg/x", "/dev/vg/x"),
        ] {
            let answer = serde_json::json!({ "backing-filename": name }).to_string();
            assert_eq!(below_of(&answer), [PathBuf::from(file)], "{name}");
        }
        let nested = r#"json:{"driver":"qcow2","file":{"driver":"file","filename":"/b"}}"#;
        let answer = serde_json::json!({ "backing-filename": nested }).to_string();
        assert_eq!(below_of(&answer), [PathBuf::from("/b")]);
        for elsewhere in [
            "nbd://h/x",
            "nbd+unix:///x?socket=/y",
            "rbd:pool/x",
            r#"json:{"driver":"raw","file":{"driver":"nbd","host":"h"}}"#,
            // Itself, as a VMDK has it.
            "/pool/top.qcow2",
        ] {
            let answer = serde_json::json!({ "backing-filename": elsewhere }).to_string();
            assert_eq!(below_of(&answer), [] as [PathBuf; 0], "{elsewhere}");
        }
        let answer = r#"{"backing-filename":"b","backing-filename-format":"vmdk"}"#;
        let below = parse(Path::new("/pool/a"), answer).unwrap().below;
        assert_eq!(below[0].1.as_deref(), Some("vmdk"));
        let answer = r#"{"format-specific":{"data":{"data-file":"raw.img"}},"encrypted":true}"#;
        assert_eq!(below_of(answer), [PathBuf::from("/pool/raw.img")]);
        let header = parse(Path::new("/a"), answer).unwrap();
        assert_eq!(header.encrypted, Some(true));
    }

    #[test]
    fn what_can_not_be_read_is_unknown_and_not_nothing() {
        assert!(parse(Path::new("/a"), "no json").is_err());
        for unclear in ["json:{", "strange:x"] {
            let answer = serde_json::json!({ "backing-filename": unclear }).to_string();
            assert!(parse(Path::new("/a"), &answer).is_err(), "{unclear}");
        }
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let encrypted = |path: &Path, format| header(path, format).unwrap().encrypted;
        assert!(header(file.path(), Some("qcow2")).is_err());
        assert_eq!(encrypted(file.path(), Some("raw")), Some(false));
        assert_eq!(encrypted(file.path(), None), Some(false));
        std::io::Write::write_all(&mut file, b"LUKS\xba\xbe\0\x01").unwrap();
        assert_eq!(encrypted(file.path(), Some("raw")), Some(true));
        let nothing = Path::new("/nonexistent");
        assert_eq!(encrypted(nothing, Some("qcow2")), Some(false));
        assert!(header(Path::new("/dev/null"), Some("qcow2")).is_err());
        assert_eq!(encrypted(Path::new("/dev/null"), None), None);
    }

    #[test]
    fn a_file_is_the_same_by_all_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, "x").unwrap();
        let (link, hard) = (folder.path().join("b"), folder.path().join("c"));
        std::os::unix::fs::symlink(folder.path(), folder.path().join("alias")).unwrap();
        std::os::unix::fs::symlink("a", &link).unwrap();
        fs::hard_link(&file, &hard).unwrap();
        let found = find(&file);
        assert!(matches!(found, Found::File(_)));
        assert_eq!(find(&link), found);
        assert_eq!(find(&hard), found);
        assert_eq!(find(&folder.path().join("alias/a")), found);
        assert_eq!(find(&folder.path().join("d")), Found::Nothing);
    }

    #[test]
    fn an_open_file_is_seen() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let Found::File(id) = find(file.path()) else {
            panic!("it is there");
        };
        assert!(
            opened_by(file.path(), id).unwrap().is_some(),
            "this process has it open"
        );
        let (_, path) = file.keep().unwrap();
        assert_eq!(opened_by(&path, id).unwrap(), None);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_lock_is_known_by_device_and_inode() {
        let id = FileId {
            device: 0x801,
            inode: 77,
        };
        assert!(locked("1: OFDLCK ADVISORY  READ -1 08:01:77 100 101", id));
        assert!(!locked("1: OFDLCK ADVISORY  READ -1 08:01:78 100 101", id));
        assert!(!locked("1: OFDLCK ADVISORY  READ -1 08:02:77 100 101", id));
        assert!(locked("1: OFDLCK ADVISORY  READ -1 00:2f:77 100 101", id));
        assert!(!locked("nonsense", id));
    }
}
