// SPDX-License-Identifier: GPL-3.0-or-later
//! Every text of the errors in every language, each provoked by an error made for it.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::failure::{Failure, Reason};
use super::guest::waits;
use super::keyring::KeyringError;
use super::preview::PreviewError;
use super::*;
use crate::message::Value;
use crate::model::guest::DomainState;
use crate::model::{doing, place, words};

const URI: &str = "qemu+ssh://lab/system";

fn failure(words: &str) -> Failure {
    Failure::new(Reason::Other, words)
}

fn libvirt(doing: impl Into<Message>, words: &str) -> Error {
    Error::Libvirt {
        uri: URI.into(),
        doing: doing.into(),
        source: failure(words),
    }
}

/// A value in each place of a text, to see it as it would be shown.
fn filled(text: &'static Text) -> Message {
    let mut message = Message::from(text);
    for part in text.text.split('{').skip(1) {
        if let Some((place, _)) = part.split_once('}') {
            message = message.with(leak(place), Value::from("7"));
        }
    }
    message
}

fn leak(place: &str) -> &'static str {
    Box::leak(place.to_owned().into_boxed_str())
}

fn connections() -> Vec<Error> {
    let uri = || URI.to_owned();
    let cannot = |uri: &str| ConnectionError::CannotConnect {
        uri: uri.into(),
        source: failure("Failed to connect socket"),
    };
    let mut all: Vec<ConnectionError> = [
        "nonsense",
        "kvm:///system",
        "qemu+telnet://h/system",
        URI,
        "qemu+tls://h/system",
        "test:///x.xml",
        "qemu:///session",
        "qemu:///system",
        "lxc:///system",
        "esx://h/",
    ]
    .into_iter()
    .map(cannot)
    .collect();
    let login = |uri: &str| ConnectionError::NotAuthenticated {
        uri: uri.into(),
        reason: NOBODY_ANSWERED.into(),
    };
    all.extend([
        login(URI),
        login("qemu+tcp://h/system"),
        ConnectionError::Lost {
            uri: uri(),
            doing: doing::READ_HOST.into(),
        },
        ConnectionError::Timeout {
            doing: doing::READ_HOST.into(),
            seconds: 30,
        },
        ConnectionError::OtherHost { uri: uri() },
        ConnectionError::ProgramNotAllowed {
            uri: uri(),
            program: "/bin/x".into(),
        },
    ]);
    all.into_iter().map(Error::from).collect()
}

fn guests() -> Vec<Error> {
    let name = || "web".to_owned();
    let states = [
        DomainState::Unknown,
        DomainState::Running,
        DomainState::Paused,
        DomainState::ShuttingDown,
        DomainState::ShutOff,
        DomainState::Crashed,
        DomainState::PmSuspended,
    ];
    let mut all: Vec<GuestError> = states
        .into_iter()
        .map(|state| GuestError::WrongState {
            doing: doing::SHUT_DOWN.named("web"),
            name: name(),
            state,
        })
        .collect();
    let stills = [
        Still::State(DomainState::Running),
        Still::NotRebooted,
        Still::OldName,
        Still::Defined,
    ];
    for still in stills {
        for why in waits::ALL {
            all.push(GuestError::StateNotReached {
                name: name(),
                still,
                seconds: 120,
                why,
            });
        }
    }
    all.push(GuestError::Busy {
        name: name(),
        other: doing::START.named("web"),
    });
    all.into_iter().map(Error::from).collect()
}

fn storage_and_jobs() -> Vec<Error> {
    let mut all: Vec<Error> = vec![
        StorageError::InUse {
            volume: "/pool/web.qcow2".into(),
            user: storage::GUEST.named("db"),
            by_process: false,
        }
        .into(),
        StorageError::UseUnknown {
            what: storage::POOL.named("default"),
            why: storage::POOL_STOPPED.into(),
        }
        .into(),
        StorageError::StillThere { path: "/p".into() }.into(),
        StorageError::NoStorage.into(),
        StorageError::NoEncryption {
            driver: "LXC".into(),
        }
        .into(),
        JobError::Cancelled.into(),
        JobError::MadeNotStarted {
            name: "web".into(),
            source: Box::new(Error::Invalid(request::VCPUS.with("most", 4_u32))),
        }
        .into(),
        JobError::LeftBehind {
            source: Box::new(libvirt(doing::DEFINE.named("web"), "No space left")),
            left: Box::new(StorageError::StillThere { path: "/p".into() }.into()),
        }
        .into(),
    ];
    for why in [
        NotUndone::HostNotNoted,
        NotUndone::OtherHost { uri: URI.into() },
        NotUndone::OtherPool {
            pool: "default".into(),
        },
        NotUndone::NotProven { path: "/p".into() },
        NotUndone::DiskNotFound,
        NotUndone::MayHaveBeenUsed,
    ] {
        let name = "web".into();
        all.push(JobError::NotUndone { name, why }.into());
    }
    all
}

fn secrets() -> Vec<Error> {
    let name = || "web".to_owned();
    let place = || "disk vda, backing image 1".to_owned();
    let mut all: Vec<SecretError> = Insecure::ALL
        .into_iter()
        .map(|(why, _)| SecretError::InsecureConnection {
            uri: URI.into(),
            why,
        })
        .collect();
    for taken in [
        Taken::BySomebody(Uuid::nil()),
        Taken::ByStart,
        Taken::ByTry,
        Taken::ByOther,
    ] {
        all.push(SecretError::Taken(taken));
    }
    for no_keyring in [None, Some(keyring::NOBODY.into())] {
        all.push(SecretError::Missing {
            name: name(),
            place: place(),
            no_keyring,
        });
    }
    all.push(SecretError::ForOther {
        name: name(),
        place: place(),
        uri: URI.into(),
    });
    all.push(SecretError::Wrong {
        name: name(),
        source: failure("cannot unlock any keyslot"),
    });
    for error in [
        KeyringError::NoService(keyring::NO_BUS.into()),
        KeyringError::NoService(keyring::IN_MEMORY.into()),
        KeyringError::NoService(keyring::BUS_SAYS.with("words", "no such file")),
        KeyringError::Locked,
        KeyringError::Dismissed,
        KeyringError::ServiceEnded,
        KeyringError::ReadBackDiffers,
        KeyringError::Damaged(request::PASSPHRASE_EMPTY.into()),
        KeyringError::Failed(secret_service::Error::NoResult),
    ] {
        all.push(SecretError::Keyring(error));
    }
    all.into_iter().map(Error::from).collect()
}

fn refusals() -> Vec<Error> {
    let mut all: Vec<Error> = [
        "Cannot access storage file '/p': No such file or directory",
        "Could not open '/p': Permission denied",
        "another process using the image",
        "the image is corrupt",
        "No space left on device",
        "Cannot allocate memory",
        "Could not access KVM kernel module",
        "network 'lan' is not active",
        "Cannot get interface MTU on 'br0': No such device",
        "Address already in use",
        "UNIX socket path '/x' too long",
        "cannot limit locked memory",
        "Unable to get accurate CPU usage",
        "Child process (/usr/bin/x) unexpected exit status 1: x: broken",
        "Child process (/usr/bin/x) unexpected fatal signal 11",
        "qemu-system-x86_64: broken",
        "something else",
        "",
    ]
    .into_iter()
    .map(|words| libvirt(doing::START.named("web"), words))
    .collect();
    all.push(libvirt(doing::MAKE_DISK, "something else"));
    for thing in [Thing::Guest, Thing::Network, Thing::Pool, Thing::File] {
        let (name, uri) = (|| "web".to_owned(), || URI.to_owned());
        all.push(Error::NotFound {
            thing,
            name: name(),
            uri: uri(),
        });
        all.push(Error::Exists {
            thing,
            name: name(),
            uri: uri(),
        });
        all.push(Error::NotStarted {
            thing,
            name: name(),
            uri: uri(),
        });
    }
    all
}

fn others() -> Vec<Error> {
    let mut all: Vec<Error> = request::REQUESTS
        .iter()
        // These are said of other errors.
        .filter(|text| ![request::LIBVIRT_REFUSED, request::INTERNAL].contains(text))
        .map(|text| Error::Invalid(filled(text)))
        .collect();
    for doing in [
        file::READ,
        file::WRITE,
        file::CREATE,
        file::OPEN,
        file::FIND,
        file::LOOK_AT,
        file::LOCK,
        file::UNLOCK,
        file::REMOVE,
    ] {
        let refused = std::io::Error::from_raw_os_error(13);
        all.push(Error::io(doing, "/x")(refused));
    }
    for fix in [FolderFix::TakeRight, FolderFix::Replace] {
        let path = "/x".into();
        all.push(Error::UnsafeFolder { path, fix });
    }
    for error in [
        PreviewError::Empty,
        PreviewError::Format {
            claimed: "x".into(),
        },
        PreviewError::TooLarge {
            width: 1,
            height: 1,
        },
        PreviewError::TooLargeToKeep,
        PreviewError::Memory,
        PreviewError::Encode(image::ImageError::IoError(
            std::io::Error::from_raw_os_error(28),
        )),
        PreviewError::Damaged {
            reason: "x".into(),
            source: None,
        },
    ] {
        all.push(error.into());
    }
    all.extend(documents().into_iter().map(Error::from));
    all.push(Error::Internal("a thread ended".into()));
    all.push(Error::Shared(std::sync::Arc::new(Error::Internal(
        "it broke".into(),
    ))));
    all.push(Error::Unfit {
        part: Part::Disk,
        error: Box::new(Error::Invalid(request::DISK_SMALL.into())),
    });
    all
}

fn documents() -> Vec<XmlError> {
    let element = || "disk".to_owned();
    let mut all = vec![
        XmlError::Truncated { element: element() },
        XmlError::Malformed {
            line: 3,
            reason: "a tag is not closed".into(),
            source: None,
        },
        XmlError::Namespace {
            root: "domain".into(),
            namespace: "urn:x".into(),
        },
        XmlError::Value {
            place: "<memory>".into(),
            value: "much".into(),
        },
        XmlError::TooDeep {
            element: element(),
            limit: 200,
        },
        XmlError::Character { code: 7 },
        XmlError::Name { name: "a b".into() },
        XmlError::Encoding {
            found: "UTF-16".into(),
        },
    ];
    for document in [
        &b""[..],
        b"<a></b>",
        b"<network/>",
        b"<domain>\xff</domain>",
    ] {
        all.extend(crate::xml::DomainSummary::parse(document).err());
    }
    all.extend(crate::xml::Document::parse(b"<a>\xff</a>".to_vec()).err());
    all
}

fn samples() -> Vec<Error> {
    let mut all = connections();
    all.extend(guests());
    all.extend(storage_and_jobs());
    all.extend(secrets());
    all.extend(refusals());
    all.extend(others());
    all
}

/// Texts that no error of [`samples`] says: parts of other things that the engine tells.
const BESIDE: &[&[&Text]] = &[
    doing::DOING,
    place::PLACES,
    storage::STORAGE,
    // Why a session ended, and why a row has no figures.
    &[NO_ANSWER, HUNG_UP, BROKEN, SILENT],
    // What a clean-up lists.
    &[
        job::LEFT_POOL,
        job::LEFT_KEY,
        job::LEFT_DISK,
        job::LEFT_GUEST,
        job::LEFT_PROCESS,
        job::PERHAPS,
    ],
];

fn ids(message: &Message, into: &mut BTreeSet<&'static str>) {
    into.insert(message.id());
    for part in message.parts() {
        ids(part, into);
    }
}

/// The translations of a catalogue.
fn catalogue(language: &str) -> BTreeMap<String, String> {
    let path = format!("{}/po/{language}.po", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut texts = BTreeMap::new();
    for entry in text.split("\n\n") {
        let (mut id, mut translation, mut into) = (String::new(), String::new(), 0);
        for line in entry.lines() {
            let quoted = if let Some(rest) = line.strip_prefix("msgid ") {
                into = 1;
                rest
            } else if let Some(rest) = line.strip_prefix("msgstr ") {
                into = 2;
                rest
            } else if line.starts_with('"') {
                line
            } else {
                into = 0;
                continue;
            };
            let plain = quoted.trim_matches('"').replace("\\\"", "\"");
            match into {
                1 => id.push_str(&plain),
                2 => translation.push_str(&plain),
                _ => {}
            }
        }
        texts.insert(id, translation);
    }
    texts
}

#[test]
fn every_text_has_a_name_of_its_own() {
    let mut seen = BTreeMap::new();
    for text in words::all() {
        if let Some(other) = seen.insert(text.id, text.text) {
            panic!("“{}” is “{other}” and “{}”", text.id, text.text);
        }
    }
}

#[test]
fn every_text_of_an_error_is_said_by_one() {
    let mut said = BTreeSet::new();
    for error in samples() {
        ids(&error.message(), &mut said);
        ids(&error.reason(), &mut said);
        let next = error.next();
        for step in next.window.iter().chain(&next.command) {
            ids(step, &mut said);
        }
    }
    let beside = |id: &str| {
        BESIDE
            .iter()
            .any(|table| table.iter().any(|text| text.id == id))
    };
    let unsaid: Vec<_> = words::all()
        .map(|text| text.id)
        .filter(|id| !said.contains(id) && !beside(id))
        .collect();
    assert!(unsaid.is_empty(), "texts that no error says: {unsaid:?}");
}

#[test]
fn no_error_names_an_option_or_a_command_of_ours_in_a_window() {
    for error in samples() {
        let next = error.next();
        for message in [Some(error.message()), Some(error.reason()), next.window]
            .into_iter()
            .flatten()
        {
            let text = message.to_string();
            for word in [" --", "“--", "orielctl", "virsh"] {
                assert!(!text.contains(word), "{}: {text}", message.id());
            }
            assert!(!text.contains(['{', '}']), "{}: {text}", message.id());
            let ends = text.ends_with(['.', '!', '?']) || text.contains(": chmod ");
            assert!(ends, "no sentence: {text}");
        }
    }
}

#[test]
fn every_error_is_said_in_every_language_and_no_english_is_left() {
    let english: Vec<&str> = words::all().map(|text| text.text).collect();
    let mut shown = BTreeSet::new();
    for error in samples() {
        for message in [Some(error.message()), error.next().window]
            .into_iter()
            .flatten()
        {
            ids(&message, &mut shown);
        }
    }
    let beside = BESIDE.iter().flat_map(|table| table.iter());
    // What names an option is for the command line, which is English.
    shown.extend(
        beside
            .filter(|text| !text.text.contains("--"))
            .map(|text| text.id),
    );
    for language in ["de", "fr", "zh_CN"] {
        let texts = catalogue(language);
        let translate = |text: &'static str| match texts.get(text) {
            Some(translation) if !translation.is_empty() => translation.clone(),
            // A text that is a place and nothing else has nothing to translate.
            _ if !text.contains(|letter: char| letter.is_alphabetic() && !is_place(text)) => {
                text.to_owned()
            }
            _ => panic!("{language} lacks “{text}”"),
        };
        for text in words::all().filter(|text| shown.contains(text.id)) {
            let said = filled(text).translated(&translate);
            assert!(!said.contains(['{', '}']), "{language}: {said}");
        }
        for error in samples() {
            let next = error.next();
            for message in [Some(error.message()), next.window].into_iter().flatten() {
                let said = message.translated(&translate);
                let left = english.iter().find(|text| {
                    let longest = text.split(['{', '}']).max_by_key(|part| part.len());
                    longest.is_some_and(|part| part.matches(' ').count() > 3 && said.contains(part))
                });
                assert_eq!(left, None, "{language}: {said}");
            }
        }
    }
}

/// Whether a text is places and punctuation alone.
fn is_place(text: &str) -> bool {
    let mut outside = String::new();
    let mut depth = 0;
    for letter in text.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if depth == 0 => outside.push(letter),
            _ => {}
        }
    }
    !outside.contains(char::is_alphabetic)
}

#[test]
fn each_cause_has_words_and_a_next_step_for_both() {
    for error in refusals() {
        let Some(cause) = error.cause() else { continue };
        let next = cause.next(URI);
        assert!(next.window.is_some() && next.command.is_some(), "{cause:?}");
    }
}
