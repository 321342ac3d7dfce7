// SPDX-License-Identifier: GPL-3.0-or-later
//! What guests, files and daemons call themselves does nothing to the terminal, and is pasteable.

#![allow(clippy::unwrap_used, reason = "a test and its helpers")]

use std::path::Path;
use std::process::Command;

use oriel::shown::is_unsafe;
use oriel_sandbox::guest::{Disk, Domain};
use oriel_sandbox::{Keyring, is_root};
use oriel_tests::run::{Outcome, Running};
use oriel_tests::skip;
use oriel_tests::world::World;

/// Names that libvirt takes: the control sequence introducer, an override, tags, wide characters.
const NAMES: [&str; 6] = [
    "web",
    "clear\u{9b}2J",
    "\u{202e}bew",
    "虚拟机",
    "👩‍💻",
    "e\u{301}te\u{301}",
];

/// The driver for tests, with guests of these names, each with a title and a disk.
fn connection(folder: &Path) -> String {
    let guests: Vec<_> = NAMES
        .iter()
        .map(|name| {
            format!(
                "<domain type='test'><name>{name}</name><title>{name}\u{2028}title</title>\
                 <memory>1024</memory><os><type>hvm</type></os><devices>\
                 <disk type='file'><source file='/nowhere/{name}.img'/>\
                 <target dev='vda' bus='virtio'/></disk></devices></domain>"
            )
        })
        .collect();
    let file = folder.join("test.xml");
    std::fs::write(&file, format!("<node>{}</node>", guests.concat())).unwrap();
    format!("test://{}", file.display())
}

#[track_caller]
fn run(folder: &Path, words: &[&str]) -> Outcome {
    let mut command = Command::new(oriel_tests::orielctl());
    command
        .args(["--connect", &connection(folder)])
        .args(words)
        .env("LC_ALL", "C.UTF-8")
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("ORIEL_LOG", "oriel=debug");
    Running::start(&mut command, None).end()
}

#[track_caller]
fn is_harmless(done: &Outcome) {
    for line in done.out.lines().chain(done.err.lines()) {
        assert!(!line.contains(is_unsafe), "{line:?} in {done:#?}");
    }
}

#[test]
fn names_do_nothing_to_the_terminal_and_keep_the_columns() {
    let folder = tempfile::tempdir().unwrap();
    let list = run(folder.path(), &["list"]);
    list.expect(0);
    is_harmless(&list);
    let lines: Vec<_> = list.out.lines().collect();
    assert_eq!(lines.len(), NAMES.len() + 1, "{lines:#?}");
    assert!(list.out.contains(r"clear\u{9b}2J"), "{}", list.out);
    // How wide a terminal shows them, by hand.
    let widest = r"clear\u{9b}2J".len();
    for (name, width) in [
        ("web", 3),
        ("虚拟机", 6),
        ("👩‍💻", 2),
        ("e\u{301}te\u{301}", 3),
    ] {
        let row = lines.iter().find(|line| line.starts_with(name)).unwrap();
        let rest = row.strip_prefix(name).unwrap();
        let blanks = rest.len() - rest.trim_start().len();
        assert_eq!(blanks, widest - width + 2, "{row}");
    }
    for name in NAMES {
        is_harmless(run(folder.path(), &["info", name]).expect(0));
        is_harmless(run(folder.path(), &["launch", name]).expect(1));
    }
    is_harmless(run(folder.path(), &["info", "\u{1b}[2J\nweb  running"]).expect(3));
}

#[test]
fn json_is_exact_and_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let list = run(folder.path(), &["--json", "list"]);
    is_harmless(list.expect(0));
    let told = list.json();
    let names: Vec<_> = told.as_array().unwrap().iter().collect();
    for name in NAMES {
        assert!(names.iter().any(|row| row["name"] == name), "{name:?}");
    }
}

#[test]
fn a_pipe_in_place_of_a_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let (pipe, out) = (pipe.to_str().unwrap(), folder.path().join("out.png"));
    let out = out.to_str().unwrap();
    let picture = folder.path().join("photo.png");
    std::fs::copy(
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../docs/screenshots/gallery-light.png"
        ),
        &picture,
    )
    .unwrap();
    let picture = picture.to_str().unwrap();
    for words in [
        &["image", "convert", pipe, "--to", "srgb", out][..],
        &["image", "convert", picture, "--to", pipe, out],
        &[
            "image", "convert", picture, "--from", pipe, "--to", "srgb", out,
        ],
        &["profile", "check", pipe],
        &["create", "new", "--cdrom", pipe, "--disk", "none"],
        &[
            "create", "new", "--kernel", pipe, "--initrd", picture, "--disk", "none",
        ],
    ] {
        let done = run(folder.path(), words);
        assert_ne!(done.code, 0, "{done:#?}");
        done.within(10).says("it is a pipe, not a file");
    }
}

#[test]
fn a_state_folder_that_others_can_write_to_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let oriel = folder.path().join("state/oriel");
    std::fs::create_dir_all(oriel.join("jobs")).unwrap();
    std::fs::set_permissions(&oriel, std::fs::Permissions::from_mode(0o777)).unwrap();
    let refused = run(folder.path(), &["cleanup"]);
    refused
        .expect(1)
        .says("because other accounts can write to it");
    refused.says("chmod go-w ");
    // What needs no state goes on.
    run(folder.path(), &["list"]).expect(0);
    std::fs::set_permissions(&oriel, std::fs::Permissions::from_mode(0o700)).unwrap();
    run(folder.path(), &["cleanup"]).expect(0);
}

/// Starts of a guest of a private daemon: whatever is wrong, the cause is told in words, without a
/// command, and a next step.
#[test]
fn a_start_that_fails_says_the_cause_and_what_to_do() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    let folder = world.daemon.dir().to_owned();
    let disk = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        let mut domain = Domain::idle(name, &world.guest);
        domain.disks.push(Disk {
            path,
            format: "qcow2".into(),
            secret: None,
        });
        domain
    };
    let missing = disk("missing", b"");
    world.define(&missing);
    std::fs::remove_file(folder.join("missing")).unwrap();
    world.define(&disk("damaged", b"this is no qcow2 image at all"));
    let [shares, off] = ["unknown-device", "network-off"].map(|name| disk(name, b"QFI\xfb"));
    let odd = shares.to_xml().replace("</domain>", ODD);
    let net = "<interface type='network'><source network='off'/></interface></devices>";
    let off = off.to_xml().replace("</devices>", net);
    let virsh = |words: &[&str]| world.daemon.virsh(words).unwrap();
    for (xml, define) in [
        (&odd, "define"),
        (&off, "define"),
        (&OFF.into(), "net-define"),
    ] {
        let file = folder.join("any.xml");
        std::fs::write(&file, xml).unwrap();
        virsh(&[define, file.to_str().unwrap()]);
    }
    for (name, cause, next) in [
        ("missing", "/missing is not there.", "Put the file back"),
        (
            "damaged",
            "is damaged, or not in the format",
            "qemu-img check",
        ),
        (
            "network-off",
            "The network “off” is off.",
            " net-start off\n",
        ),
        ("unknown-device", "QEMU says: ", "Its log may tell more"),
    ] {
        let done = world.run(&["launch", name]);
        done.expect(1).says(cause).says(next);
        let raw = ["nternal error", "/usr/bin", "monitor", "-blockdev", "Child"];
        assert!(!raw.iter().any(|word| done.err.contains(word)), "{done:#?}");
    }
    // A creation as well.
    world.make_pool();
    let shim = "[ \"$1\" = create ] || exec \"$REAL\" \"$@\"; echo qemu-img: Odd >&2; exit 1";
    world.shim(Path::new("/usr/bin/qemu-img"), shim);
    let mut words = world.create_words("new", &["--no-encrypt"]);
    words.retain(|word| *word != "--start");
    let done = world.run(&words);
    done.expect(1).says("The program qemu-img failed: Odd.");
    done.says("Nothing was created. Change what it names, and try again.");
}

/// An option that QEMU does not know, and a network that is not started.
const ODD: &str = "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\
     <qemu:arg value='-device'/><qemu:arg value='no-such'/></qemu:commandline></domain>";
const OFF: &str = "<network><name>off</name><bridge name='virbr77'/></network>";

#[test]
fn info_tells_the_title_and_where_the_disks_are() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    let mut domain = Domain::idle("web", &world.guest);
    let path = world.daemon.dir().join("web.img");
    domain.disks.push(Disk {
        path: path.clone(),
        format: "raw".into(),
        secret: None,
    });
    let title = "</name><title>The web\u{9b}server</title>";
    let file = world.daemon.dir().join("titled.xml");
    std::fs::write(&file, domain.to_xml().replacen("</name>", title, 1)).unwrap();
    let words = ["define", file.to_str().unwrap()];
    world.daemon.virsh(&words).unwrap();
    let place = path.display().to_string();
    for missing in [true, false] {
        let info = world.run(&["info", "web"]);
        info.expect(0);
        is_harmless(&info);
        assert!(info.out.contains(r"The web\u{9b}server"), "{}", info.out);
        let line = if missing {
            format!("{place}, which is missing\n")
        } else {
            format!("{place}\n")
        };
        assert!(info.out.contains(&line), "{}", info.out);
        let told = world.run(&["--json", "info", "web"]).json();
        assert_eq!(told["title"], "The web\u{9b}server");
        assert_eq!(told["disks"][0]["source"], place);
        assert_eq!(told["disks"][0]["missing"], missing);
        std::fs::write(&path, [0; 512]).unwrap();
    }
}

#[test]
fn hints_can_be_pasted() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    world.make_pool();
    for name in ["-rf", "it's -- $(odd)"] {
        let mut words = world.create_words("", &["--no-encrypt"]);
        words.retain(|word| !word.is_empty());
        words.extend(["--", name]);
        let made = world.run(&words);
        made.expect(0);
        let (_, command) = made.out.split_once("Start it with: ").unwrap();
        let program = oriel_tests::orielctl();
        let pasted = command.replacen("orielctl", program.to_str().unwrap(), 1);
        let mut shell = world.session.command("bash");
        shell
            .args(["-c", &pasted])
            .env("ORIEL_DEFAULT_URI", world.daemon.uri());
        Running::start(&mut shell, None).end().expect(0);
        let state = world.daemon.virsh(&["domstate", "--", name]).unwrap();
        assert_eq!(state.trim(), "running", "{name}");
        world.daemon.virsh(&["destroy", "--", name]).unwrap();
    }

    let pool = "-a pool of 'mine'";
    let target = world.daemon.dir().join("mine").display().to_string();
    let define = ["pool-define-as", "--name", pool, "dir", "--target", &target];
    world.daemon.virsh(&define).unwrap();
    world.daemon.virsh(&["pool-build", "--", pool]).unwrap();
    let mut words = world.create_words("new", &["--no-encrypt"]);
    let at = words.iter().position(|word| *word == "--pool").unwrap();
    words[at] = "--pool=-a pool of 'mine'";
    words.remove(at + 1);
    let refused = world.run(&words);
    refused.expect(1).says("is not running.\n");
    let (_, command) = refused.err.split_once("Start it: ").unwrap();
    let mut shell = world.session.command("bash");
    let started = Running::start(shell.args(["-c", command]), None).end();
    started.expect(0);
    world.run(&words).expect(0);
}

#[test]
fn an_address_that_libvirt_does_not_know_gets_fitting_advice() {
    for (uri, advice) in [
        ("kvm:///system", "no hypervisor called “kvm”"),
        ("nonsense", "An address looks like qemu:///session"),
        ("qemu+telnet://h/system", "no way to a host called “telnet”"),
    ] {
        let mut command = Command::new(oriel_tests::orielctl());
        command.args(["--connect", uri, "list"]).env("LC_ALL", "C");
        let done = Running::start(&mut command, None).end();
        done.expect(5).says(advice);
    }
}
