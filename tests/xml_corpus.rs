// SPDX-License-Identifier: GPL-3.0-or-later
//! Edits on a varied corpus of documents: what isn't the setting stays byte for byte, and
//! libvirt itself reads the new value and still validates the document.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::Command;

use oriel::xml::{Document, DomainEdit, DomainSummary, MemoryLimit, Setting};

fn five_hundred_shares() -> DomainEdit {
    DomainEdit::default().set(Setting::SHARES, Some(500))
}

fn limit() -> DomainEdit {
    DomainEdit::default().set(Setting::HARD_LIMIT, Some(777))
}

fn no_limit() -> DomainEdit {
    DomainEdit::default().set(Setting::HARD_LIMIT, None)
}

fn corpus() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/xml");
    let mut documents: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "xml"))
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    documents.sort();
    assert!(documents.len() >= 36, "the corpus is not complete");
    documents
}

/// What stands in `old` and `new` between their longest common beginning and end.
fn difference<'a>(old: &'a [u8], new: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let same =
        |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| pairs.take_while(|(a, b)| a == b).count();
    let start = same(&mut old.iter().zip(new));
    let (old, new) = (&old[start..], &new[start..]);
    let end = same(&mut old.iter().rev().zip(new.iter().rev()));
    (&old[..old.len() - end], &new[..new.len() - end])
}

fn without_blanks(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.split_ascii_whitespace().collect()
}

#[test]
fn every_other_byte_stays() {
    for (path, before) in corpus() {
        let name = path.file_stem().unwrap().to_string_lossy();
        let after = five_hundred_shares().apply(before.clone()).unwrap();
        let (old, new) = difference(&before, &after);
        let (old, new) = (without_blanks(old), without_blanks(new));
        // Either a number becomes another, or markup is added and none goes.
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let fine = match &*name {
            "already-500" => before == after,
            "comments-everywhere" => {
                (&*old, &*new) == ("20<!--twothousand-->48", "500<!--twothousand-->")
            }
            "character-references" => old == "&#49;&#48;24" && new == "500",
            "empty-shares" => old == "/" && new == ">500</shares",
            "empty-cputune" => old == "/" && new == "><shares>500</shares></cputune",
            _ if old.is_empty() => matches!(
                // The two ends of an inserted element may be taken for its neighbours'.
                &*new.replace(['<', '>', '/'], ""),
                "cputuneshares500sharescputune" | "shares500shares"
            ),
            _ => number(&old) && number(&new),
        };
        assert!(fine, "{name}: {old:?} became {new:?}");
        assert_eq!(
            five_hundred_shares().apply(after.clone()).unwrap(),
            after,
            "{name}: twice is once"
        );
        let text = Document::parse(after.clone())
            .unwrap()
            .element_text(&["cputune", "shares"]);
        assert_eq!(text.unwrap().unwrap().trim_start(), "500", "{name}");
    }
}

#[test]
fn the_summary_agrees_with_the_edits() {
    for (path, before) in corpus() {
        let name = path.display();
        let old = DomainSummary::parse(&before).unwrap();
        let new =
            DomainSummary::parse(&five_hundred_shares().apply(before.clone()).unwrap()).unwrap();
        let limited = DomainSummary::parse(&limit().apply(before).unwrap()).unwrap();
        assert!(!old.name.is_empty(), "{name}");
        assert_eq!(
            limited.memory_hard_limit,
            Some(MemoryLimit::KiB(777)),
            "{name}"
        );
        // The summary does not follow namespaces that are set without a prefix.
        if !path.ends_with("namespaced-twins.xml") {
            assert_eq!(new.cpu_shares, Some(500), "{name}");
            let cpu_shares = old.cpu_shares;
            assert_eq!(DomainSummary { cpu_shares, ..new }, old, "{name}");
        }
    }
}

#[test]
fn a_limit_set_and_taken_back_leaves_no_trace() {
    for (path, before) in corpus() {
        let set = limit().apply(before.clone()).unwrap();
        assert_ne!(set, before);
        let back = no_limit().apply(set).unwrap();
        let had_one = DomainSummary::parse(&before)
            .unwrap()
            .memory_hard_limit
            .is_some();
        if had_one {
            assert_eq!(
                back,
                no_limit().apply(before).unwrap(),
                "{}",
                path.display()
            );
        } else {
            assert_eq!(back, before, "{}", path.display());
        }
    }
}

/// Whether a tool of libvirt's is there; says so if it is not.
fn tool(name: &str) -> bool {
    let there = Command::new(name).arg("--version").output().is_ok();
    if !there {
        println!("SKIPPED: {name} (of libvirt-clients) is not installed");
    }
    there
}

#[test]
fn what_validated_still_does() {
    if !tool("virt-xml-validate") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("edited.xml");
    let valid = |path: &Path| {
        let mut command = Command::new("virt-xml-validate");
        command
            .arg(path)
            .arg("domain")
            .output()
            .unwrap()
            .status
            .success()
    };
    let mut validated = 0;
    for (path, before) in corpus() {
        if valid(&path) {
            let edited = limit()
                .apply(five_hundred_shares().apply(before).unwrap())
                .unwrap();
            std::fs::write(&file, edited).unwrap();
            assert!(valid(&file), "{}", path.display());
            validated += 1;
        }
    }
    assert!(
        validated >= 20,
        "only {validated} documents validated before the edit"
    );
}

#[test]
fn libvirt_reads_the_new_values() {
    if !tool("virsh") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("edited.xml");
    let defined = |path: &Path, name: &str| {
        let script = format!("define {}; dumpxml --inactive {name}", path.display());
        let mut command = Command::new("virsh");
        command
            .env("LC_ALL", "C.UTF-8")
            .args(["-q", "-c", "test:///default", &script]);
        let output = command.output().unwrap();
        output.status.success().then_some(output.stdout)
    };
    let mut read = 0;
    for (path, before) in corpus() {
        let summary = DomainSummary::parse(&before).unwrap();
        if summary.name.contains([' ', '\n', '\u{FFFD}']) || defined(&path, &summary.name).is_none()
        {
            continue;
        }
        let edited = limit()
            .apply(five_hundred_shares().apply(before).unwrap())
            .unwrap();
        std::fs::write(&file, edited).unwrap();
        let dump = defined(&file, &summary.name).unwrap();
        let seen = DomainSummary::parse(&dump).unwrap();
        assert_eq!(seen.cpu_shares, Some(500), "{}", path.display());
        assert_eq!(
            seen.memory_hard_limit,
            Some(MemoryLimit::KiB(777)),
            "{}",
            path.display()
        );
        read += 1;
    }
    assert!(read >= 20, "libvirt took only {read} documents");
}
