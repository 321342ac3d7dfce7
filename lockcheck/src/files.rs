// SPDX-License-Identifier: GPL-3.0-or-later
//! Which files are checked, and reading them.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::config::Language;
use crate::run::{Problem, Severity, Source};

/// Longer files are refused: no source is, and memory has an end.
pub const LONGEST_FILE: u64 = 64 << 20;

/// Reads files, and all files of the language in folders. What can't be read is a problem.
pub fn read(paths: &[PathBuf], language: Language) -> (Vec<Source>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            folder(path, language, &mut files, &mut problems);
            if files.len() == before {
                problems.push(problem(
                    path,
                    "there is no file of the language in this folder".to_owned(),
                ));
            }
        } else {
            files.push(path.clone());
        }
    }
    let mut sources = Vec::new();
    for path in files {
        match contents(&path) {
            Ok(bytes) => sources.push(Source {
                path: path.display().to_string(),
                bytes,
            }),
            Err(why) => problems.push(problem(&path, why)),
        }
    }
    (sources, problems)
}

fn problem(path: &Path, message: String) -> Problem {
    Problem {
        file: Some(path.display().to_string()),
        line: None,
        severity: Severity::Error,
        message,
    }
}

fn contents(path: &Path) -> Result<Vec<u8>, String> {
    let cannot = |why: std::io::Error| format!("it can't be read: {why}");
    // A pipe or device would be waited for, perhaps for ever.
    let about = fs::metadata(path).map_err(cannot)?;
    if !about.is_file() {
        return Err("it is no file".to_owned());
    }
    let too_long = || {
        format!(
            "it is longer than {} MiB, which no source is",
            LONGEST_FILE >> 20
        )
    };
    if about.len() > LONGEST_FILE {
        return Err(too_long());
    }
    let expected = usize::try_from(about.len()).unwrap_or_default();
    let mut bytes = Vec::with_capacity(expected + 1);
    // It may grow while it is read.
    File::open(path)
        .map_err(cannot)?
        .take(LONGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(too_long());
    }
    Ok(bytes)
}

/// All files of a language below a folder; links are not followed, hidden folders and what
/// cargo builds are left out.
fn folder(path: &Path, language: Language, files: &mut Vec<PathBuf>, problems: &mut Vec<Problem>) {
    let mut waiting = vec![path.to_owned()];
    while let Some(path) = waiting.pop() {
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(why) => {
                problems.push(problem(&path, format!("it can't be read: {why}")));
                continue;
            }
        };
        for entry in entries.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let name = name.to_string_lossy();
            if kind.is_dir() && !name.starts_with('.') && name != "target" {
                waiting.push(path);
            } else if kind.is_file() && is_of(&path, language) {
                files.push(path);
            }
        }
    }
    files.sort();
}

fn is_of(path: &Path, language: Language) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match language {
        Language::C => matches!(extension, Some("c" | "i")),
        Language::Rust => extension == Some("rs"),
    }
}
