// SPDX-License-Identifier: GPL-3.0-or-later
//! A run over files of Rust.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::suppress::Allowances;
use super::{Finding, Lines, Outcome, Problem, Progress, Severity, Source, one_line};
use crate::analysis;
use crate::config::Config;
use crate::rust;

pub(super) fn check(sources: Vec<Source>, config: &Config, progress: Progress<'_>) -> Outcome {
    let done = AtomicUsize::new(0);
    let all = sources.len();
    let parts: Vec<_> = sources
        .into_par_iter()
        .map(|source| {
            let mut kinds = BTreeSet::new();
            let part = file(source, config, &mut kinds);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, all);
            (part, kinds)
        })
        .collect();
    let mut outcome = Outcome::default();
    let mut seen = BTreeSet::new();
    for (part, kinds) in parts {
        seen.extend(kinds);
        outcome.add(part);
    }
    let missing: Vec<&str> = config
        .kinds
        .iter()
        .enumerate()
        .filter(|(kind, _)| !seen.contains(kind))
        .map(|(_, kind)| kind.name.as_str())
        .collect();
    if !missing.is_empty() {
        outcome.problems.push(Problem {
            file: None,
            line: None,
            severity: Severity::Warning,
            message: format!(
                "locks of the configuration that are taken nowhere in these files: {}",
                missing.join(", ")
            ),
        });
    }
    outcome
}

fn file(source: Source, config: &Config, kinds: &mut BTreeSet<usize>) -> Outcome {
    let mut outcome = Outcome::default();
    let bytes = Arc::new(source.bytes);
    let lines = Lines::new(source.path.clone(), Arc::clone(&bytes));
    let problem = |at: Option<usize>, message| Problem {
        file: Some(source.path.clone()),
        line: at.map(|at| lines.place(at).1),
        severity: Severity::Error,
        message,
    };
    let parsed = match rust::functions(&bytes, config) {
        Ok(parsed) => parsed,
        Err(why) => {
            outcome.problems.push(problem(None, why));
            return outcome;
        }
    };
    for (at, why) in parsed.problems {
        outcome.problems.push(problem(Some(at), why));
    }
    let comments = parsed.comments.into_iter().map(|comment| {
        let text = String::from_utf8_lossy(bytes.get(comment.clone()).unwrap_or_default());
        (comment, text.into_owned())
    });
    let mut allowances = Allowances::read(&bytes, comments, &lines, &mut outcome.problems);
    for function in &parsed.functions {
        outcome.functions += 1;
        kinds.extend(function.lockables.iter().map(|lockable| lockable.kind));
        for broken in analysis::check(function, config) {
            let Some(site) = function
                .sites
                .get(usize::try_from(broken.site).unwrap_or(usize::MAX))
            else {
                continue;
            };
            if allowances.allows(broken.rule, lines.index(site.statement)) {
                outcome.allowed += 1;
                continue;
            }
            let (file, line) = lines.place(site.statement);
            outcome.findings.push(Finding {
                file: file.to_owned(),
                line,
                at: site.text.start,
                function: function.name.clone(),
                rule: broken.rule,
                text: one_line(bytes.get(site.text.clone()).unwrap_or_default()),
                held: broken.held,
            });
        }
    }
    allowances.unused(&lines, &mut outcome.problems);
    outcome
}
