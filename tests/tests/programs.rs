// SPDX-License-Identifier: GPL-3.0-or-later
//! `orielctl` runs no program that a URI names, unless somebody says so.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use oriel_sandbox::{Session, SessionOptions};
use oriel_tests::run::{Outcome, Running};

/// A session, and a program in it that leaves a mark when it is run.
struct Stage {
    session: Session,
    program: String,
    mark: PathBuf,
}

impl Stage {
    fn set() -> Self {
        let session = Session::start(&SessionOptions::default()).unwrap();
        let (program, mark) = (session.dir().join("evil"), session.dir().join("mark"));
        fs::write(&program, format!("#!/bin/sh\n: >'{}'\n", mark.display())).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self {
            program: program.to_str().unwrap().to_owned(),
            session,
            mark,
        }
    }

    fn orielctl(&self, args: &[&str]) -> Command {
        let mut command = self.session.command(oriel_tests::orielctl());
        command.env("LC_ALL", "C.UTF-8").args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Outcome {
        Running::start(&mut self.orielctl(args), None).end()
    }

    /// Runs it on a terminal of its own, at which this is typed.
    fn at_terminal(&self, uri: &str, typed: &str) -> Outcome {
        let line = format!(
            "'{}' --connect '{uri}' list",
            oriel_tests::orielctl().display()
        );
        let mut command = self.session.command("script");
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        command.env("SHELL", "/bin/sh").env("LC_ALL", "C.UTF-8");
        Running::start(&mut command, Some(typed.as_bytes())).end()
    }

    /// Whether the program was run since this was asked last.
    fn has_run(&self) -> bool {
        fs::remove_file(&self.mark).is_ok()
    }
}

#[test]
fn a_uri_that_runs_a_program_is_refused_where_nobody_can_be_asked() {
    let stage = Stage::set();
    let program = &stage.program;
    let plain = format!("qemu+ext:///system?command={program}");
    for uri in [
        &plain,
        &format!("qemu+ext:/system?x=1;COM%4dAND%00y={program}"),
        &format!("qemu+ssh://lab/system?Command={program}"),
        &format!("qemu:///system?name=qemu%2bext://x/%3fcommand={program}"),
        &format!("qemu+ssh://lab/system?netcat={program}"),
    ] {
        for words in [vec!["list"], vec!["launch", "web"], vec!["cleanup"]] {
            let words = [vec!["--connect", uri], words].concat();
            stage
                .run(&words)
                .expect(4)
                .says(uri)
                .says(&format!("would run the program “{program}”"))
                .says("\nIf you know that program")
                .says("--allow-program");
            assert!(!stage.has_run(), "{words:?}");
        }
    }
    // It fails only later, since that program is no libvirt.
    for words in [
        ["--connect", &plain, "--allow-program", "list"],
        ["list", "--allow-program", "--connect", &plain],
    ] {
        stage.run(&words).expect(5).says("Could not connect");
        assert!(stage.has_run(), "{words:?}");
    }
    // A variable of the person's is no command line.
    let mut command = stage.orielctl(&["list"]);
    command.env("ORIEL_DEFAULT_URI", &plain);
    Running::start(&mut command, None).end().expect(5);
    assert!(stage.has_run());
}

#[test]
fn at_a_terminal_a_uri_that_runs_a_program_is_asked_about() {
    let stage = Stage::set();
    let uri = format!("qemu+ext:///system?command={}", stage.program);
    for typed in ["\n", "n\n", "\u{4}", "maybe\n"] {
        let said = stage.at_terminal(&uri, typed);
        said.expect(4);
        assert!(said.out.contains(&stage.program), "{said:#?}");
        assert!(said.out.contains("[y/N]"), "{said:#?}");
        assert!(!stage.has_run(), "by {typed:?}");
    }
    for typed in ["y\n", "YES\n"] {
        stage.at_terminal(&uri, typed).expect(5);
        assert!(stage.has_run(), "not by {typed:?}");
    }
}
