// SPDX-License-Identifier: GPL-3.0-or-later
//! `make bench`, lock rules: lockcheck against `gcc -fsyntax-only` on the same preprocessed
//! sources in the same run, and its cost as sources grow. Exits with 1 where a limit is passed.
//!
//! Each file is a driver of 5,000 lines, which gcc's preprocessor puts behind the headers that
//! such drivers include. Both programs get all files at once; the best of several runs counts.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measuring program: what can't be measured ends it"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How many files are checked together.
const FILES: usize = 8;

/// What drivers include.
const HEADERS: &str = "\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/socket.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
";

const MODEL: &str = "
struct uml_driver { pthread_mutex_t lock; char *configDir; int count; };
typedef struct { char *name; int id; unsigned long memory; } definition;
typedef struct { pthread_mutex_t lock; definition *def; int active; } virDomainObj;
typedef virDomainObj *virDomainObjPtr;
typedef struct { struct uml_driver *privateData; } connection;
typedef struct { connection *conn; unsigned char *uuid; } domain;
void umlDriverLock(struct uml_driver *driver);
void umlDriverUnlock(struct uml_driver *driver);
virDomainObjPtr virDomainFindByUUID(struct uml_driver *driver, const unsigned char *uuid);
void virDomainObjUnlock(virDomainObjPtr vm);
int report(connection *conn, const char *what, ...);
int start(connection *conn, struct uml_driver *driver, virDomainObjPtr vm);
typedef struct { int (*method)(domain *dom, unsigned long memory); } virDriver;
";

/// A public method with the usual forms; `@` is its number.
const METHOD: &str = r#"
static int umlMethod@(domain *dom, unsigned long memory)
{
    struct uml_driver *driver = dom->conn->privateData;
    virDomainObjPtr vm;
    char path[64];
    int ret = -1;
    int i;

    umlDriverLock(driver);
    vm = virDomainFindByUUID(driver, dom->uuid);
    if (!vm) {
        report(dom->conn, "no domain with matching uuid: %d", @);
        goto cleanup;
    }
    if (vm->active && memory > vm->def->memory) {
        report(dom->conn, "cannot set memory higher than %lu", vm->def->memory);
        goto cleanup;
    }
    for (i = 0; i < driver->count; i++) {
        snprintf(path, sizeof(path), "%s/%d", driver->configDir, i);
        if (access(path, R_OK) < 0 && errno != ENOENT) {
            report(dom->conn, "cannot read %s: %s", path, strerror(errno));
            goto cleanup;
        }
    }
    switch (vm->def->id) {
    case -1:
        if (start(dom->conn, driver, vm) < 0)
            goto cleanup;
        break;
    case 0:
        vm->def->id = @;
        /* fall through */
    default:
        vm->def->memory = memory;
        break;
    }
    ret = 0;

cleanup:
    if (vm)
        virDomainObjUnlock(vm);
    umlDriverUnlock(driver);
    return ret;
}
"#;

/// A driver of at least so many lines, without what it includes.
fn driver(lines: usize, number: usize) -> String {
    let mut text = MODEL.to_owned();
    let mut table = format!("virDriver umlDriver{number}[] = {{\n");
    for method in 0..lines.div_ceil(METHOD.lines().count() + 1) {
        text.push_str(&METHOD.replace('@', &method.to_string()));
        let _ = writeln!(table, "    {{ umlMethod{method} }},");
    }
    text + &table + "};\n"
}

/// Writes a driver and preprocesses it.
fn preprocessed(folder: &Path, lines: usize, number: usize) -> PathBuf {
    let source = folder.join(format!("uml_driver_{number}.c"));
    fs::write(&source, HEADERS.to_owned() + &driver(lines, number)).unwrap();
    let made = source.with_extension("i");
    let status = Command::new("gcc")
        .arg("-E")
        .arg(&source)
        .arg("-o")
        .arg(&made)
        .status()
        .unwrap();
    assert!(status.success(), "gcc can't preprocess the sources");
    made
}

/// The best time of a program that must succeed.
fn best(command: &mut Command) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let before = Instant::now();
        let status = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        best = best.min(before.elapsed());
        assert!(status.success(), "{command:?} did not succeed");
    }
    best
}

fn lines(files: &[PathBuf]) -> usize {
    files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap().lines().count())
        .sum()
}

fn main() -> ExitCode {
    let program = std::env::current_exe().unwrap().with_file_name("lockcheck");
    let lockcheck = |files: &[PathBuf], jobs: &str| {
        best(
            Command::new(&program)
                .args(["--quiet", "--jobs", jobs])
                .args(files),
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> = (0..FILES)
        .map(|number| preprocessed(folder.path(), 5_000, number))
        .collect();
    let all = lines(&files);
    let rate = |took: Duration, lines: usize| lines as f64 / took.as_secs_f64() / 1e6;
    let peer = best(
        Command::new("gcc")
            .args(["-fsyntax-only", "-w", "-x", "cpp-output"])
            .args(&files),
    );
    let mut well = true;
    println!(
        "{:<44}{:>10}{:>10}{:>8}{:>8}",
        "FIGURE", "ORIEL", "PEER", "RATIO", "LIMIT"
    );
    for (name, jobs, limit) in [
        ("lockcheck, all processors", "2", 5.0),
        ("lockcheck, one", "1", 3.5),
    ] {
        let (ours, peer) = (rate(lockcheck(&files, jobs), all), rate(peer, all));
        let verdict = if ours / peer >= limit { "ok" } else { "SLOW" };
        well &= ours / peer >= limit;
        let name = format!("{name}: lines/us, against gcc");
        println!(
            "{name:<44}{ours:>10.2}{peer:>10.2}{:>8.2}{limit:>8.2} {verdict}",
            ours / peer
        );
    }
    println!(
        "    ({FILES} files of {} lines, of which 5,000 are the driver's)",
        all / FILES
    );

    // The cost of a line must not grow with the number of lines.
    let mut first = None;
    for count in [10_000, 100_000, 1_000_000] {
        let file = preprocessed(folder.path(), count, count);
        let ours = lockcheck(std::slice::from_ref(&file), "1");
        let each = ours.as_secs_f64() * 1e9 / count as f64;
        let before = *first.get_or_insert(each);
        // The start of the process is in the first figure, which helps no other.
        let fits = each <= before * 1.5;
        well &= fits;
        let verdict = if fits { "ok" } else { "SLOW" };
        println!("{count:>9} lines: {each:>8.0} ns a line, limit 1.5 times the first {verdict}");
        let peer = best(
            Command::new("gcc")
                .args(["-fsyntax-only", "-w", "-x", "cpp-output"])
                .arg(&file),
        );
        println!(
            "{:>15} gcc {:>8.0} ns a line",
            "",
            peer.as_secs_f64() * 1e9 / count as f64
        );
    }
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
