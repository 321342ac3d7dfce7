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

/// How long qemu-img may look at one image.
const LOOK_TIME: Duration = Duration::from_secs(20);
/// The answer of qemu-img about one image is far below this.
const LARGEST_ANSWER: u64 = 4 * 1024 * 1024;
/// Opens neither a pipe that waits for its writer nor a terminal (`O_NONBLOCK | O_NOCTTY`).
const CAREFULLY: i32 = 0o4000 | 0o400;

/// A file, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

/// Whether a file begins as a qcow2 image does.
pub(super) fn is_qcow2(path: &Path) -> bool {
    let mut magic = [0; 4];
    open_carefully(path).is_ok_and(|mut file| file.read_exact(&mut magic).is_ok())
        && magic == *b"QFI\xfb"
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
    /// Image files of this machine that it needs: the backing file, an external data file.
    pub below: Vec<PathBuf>,
    /// Whether it is encrypted.
    pub encrypted: bool,
}

/// Reads an image's header; one that is not there needs nothing. `format` is the one that its
/// guest gives; QEMU takes an image without one for raw, and so does this.
///
/// # Errors
/// The reason why it can't be told.
pub(super) fn header(path: &Path, format: Option<&str>) -> Result<Header, String> {
    let format = format.unwrap_or("raw");
    if format == "raw" || format == "luks" {
        return Ok(Header {
            encrypted: format == "luks",
            ..Header::default()
        });
    }
    if let Err(error) = open_carefully(path) {
        return if error.kind() == std::io::ErrorKind::NotFound {
            Ok(Header::default())
        } else {
            Err(error.to_string())
        };
    }
    parse(path, &ask_qemu(path, format)?)
}

fn open_carefully(path: &Path) -> std::io::Result<fs::File> {
    let file = fs::OpenOptions::new()
        .read(true)
        .custom_flags(CAREFULLY)
        .open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() || kind.is_block_device() {
        return Ok(file);
    }
    Err(std::io::Error::other("it is no file"))
}

/// `qemu-img info` opens the image alone and nothing below it, takes no lock, and needs no
/// passphrase.
fn ask_qemu(path: &Path, format: &str) -> Result<String, String> {
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
        .map_err(|error| format!("qemu-img can't be run: {error}"))?;
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
                return Err("qemu-img did not answer in time".into());
            }
        }
    };
    if !status.success() {
        return Err(format!("qemu-img can't read it as {format}"));
    }
    reader
        .and_then(|reader| reader.join().ok()?.ok())
        .ok_or_else(|| "qemu-img gave no answer".into())
}

/// What an answer of `qemu-img info` tells.
fn parse(path: &Path, answer: &str) -> Result<Header, String> {
    let answer: Value =
        serde_json::from_str(answer).map_err(|_| "qemu-img's answer can't be read".to_owned())?;
    let data = &answer["format-specific"]["data"];
    let backing = answer["full-backing-filename"].as_str();
    let backing = backing.or(answer["backing-filename"].as_str());
    // VMDK keeps its data in extents.
    let extents = data["extents"].as_array().into_iter().flatten();
    let extents = extents.filter_map(|extent| extent["filename"].as_str());
    let named = [backing, data["data-file"].as_str()];
    let mut header = Header {
        encrypted: answer["encrypted"].as_bool().unwrap_or(false),
        ..Header::default()
    };
    for name in named.into_iter().flatten().chain(extents) {
        header.below.extend(local_file(path, name)?);
    }
    Ok(header)
}

/// The local file that a name in an image's header stands for; `None` for an image elsewhere.
fn local_file(image: &Path, name: &str) -> Result<Option<PathBuf>, String> {
    if let Some(options) = name.strip_prefix("json:") {
        let options: Value = serde_json::from_str(options)
            .map_err(|_| format!("the image below has a name that can't be read: {name}"))?;
        let mut file = &options;
        while file["file"].is_object() {
            file = &file["file"];
        }
        let flat = options["file.filename"]
            .as_str()
            .or(file["filename"].as_str());
        return match flat {
            Some(flat) => local_file(image, flat),
            None => Err(format!(
                "the image below has a name that can't be read: {name}"
            )),
        };
    }
    let name = name.strip_prefix("file:").unwrap_or(name);
    // “nbd://host/…”, “rbd:pool/…”: a protocol ends before the first slash.
    if let Some((protocol, _)) = name.split_once(':')
        && !protocol.contains('/')
    {
        return Ok(None);
    }
    let file = Path::new(name);
    if file.is_absolute() {
        return Ok(Some(file.to_owned()));
    }
    // QEMU goes by the folder of the image itself, not of a link to it.
    let image = fs::canonicalize(image).unwrap_or_else(|_| image.to_owned());
    Ok(image.parent().map(|folder| folder.join(file)))
}

/// What has a file open, as far as this account can see: a QEMU by its locks, any process by its
/// open files, the kernel by its loop devices. `None`: nothing that is seen.
///
/// # Errors
/// The reason why it could not be looked for.
pub(super) fn opened_by(id: FileId) -> Result<Option<String>, String> {
    let locks = fs::read_to_string("/proc/locks")
        .map_err(|error| format!("/proc/locks can't be read: {error}"))?;
    if locks.lines().any(|line| locked(line, id)) {
        return Ok(Some("a running process, which has it locked".into()));
    }
    for entry in fs::read_dir("/sys/block").into_iter().flatten().flatten() {
        let backing = entry.path().join("loop/backing_file");
        if let Ok(path) = fs::read_to_string(&backing)
            && find(Path::new(path.trim_end())) == Found::File(id)
        {
            return Ok(Some(format!(
                "the loop device {}",
                entry.file_name().to_string_lossy()
            )));
        }
    }
    let processes = fs::read_dir("/proc").map_err(|error| format!("/proc: {error}"))?;
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
            return Ok(Some(format!("the process {number} ({})", what.trim_end())));
        }
    }
    Ok(None)
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
    // makedev(3), for the numbers that are in use.
    let device = (
        (id.device >> 8) & 0xfff,
        (id.device & 0xff) | ((id.device >> 12) & 0xfff00),
    );
    // btrfs and overlayfs tell other device numbers here than to stat(2): the inode has to do.
    inode == Some(id.inode) && ((major, minor) == device || major == 0 || device.0 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below_of(answer: &str) -> Vec<PathBuf> {
        parse(Path::new("/pool/top.qcow2"), answer).unwrap().below
    }

    #[test]
    fn the_images_below_are_read_from_the_answer() {
        assert_eq!(parse(Path::new("/a"), "{}"), Ok(Header::default()));
        for (name, file) in [
            ("base.qcow2", "/pool/base.qcow2"),
            ("/other/base 1.qcow2", "/other/base 1.qcow2"),
            ("file:/other/x", "/other/x"),
        ] {
            let answer = serde_json::json!({ "backing-filename": name }).to_string();
            assert_eq!(below_of(&answer), [PathBuf::from(file)], "{name}");
        }
        let nested = r#"json:{"driver":"qcow2","file":{"driver":"file","filename":"/b"}}"#;
        let answer = serde_json::json!({ "backing-filename": nested }).to_string();
        assert_eq!(below_of(&answer), [PathBuf::from("/b")]);
        let answer = serde_json::json!({ "backing-filename": "nbd://h/x" }).to_string();
        assert_eq!(below_of(&answer), [] as [PathBuf; 0]);
        let answer = r#"{"format-specific":{"data":{"data-file":"raw.img"}},"encrypted":true}"#;
        assert_eq!(below_of(answer), [PathBuf::from("/pool/raw.img")]);
        assert!(parse(Path::new("/a"), answer).unwrap().encrypted);
    }

    #[test]
    fn what_can_not_be_read_is_unknown_and_not_nothing() {
        assert!(parse(Path::new("/a"), "no json").is_err());
        let answer = serde_json::json!({ "backing-filename": "json:{" }).to_string();
        assert!(parse(Path::new("/a"), &answer).is_err());
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(header(file.path(), Some("qcow2")).is_err());
        assert_eq!(header(file.path(), Some("raw")), Ok(Header::default()));
        assert_eq!(header(file.path(), None), Ok(Header::default()));
        assert!(header(file.path(), Some("luks")).unwrap().encrypted);
        let nothing = Path::new("/nonexistent");
        assert_eq!(header(nothing, Some("qcow2")), Ok(Header::default()));
        assert!(header(Path::new("/dev/null"), Some("qcow2")).is_err());
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
        assert!(opened_by(id).unwrap().is_some(), "this process has it open");
        let (_, path) = file.keep().unwrap();
        assert_eq!(opened_by(id).unwrap(), None);
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
