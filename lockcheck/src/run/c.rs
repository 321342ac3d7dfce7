// SPDX-License-Identifier: GPL-3.0-or-later
//! A run over files of C: first all tables, then the functions that they name.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::suppress::Allowances;
use super::{Finding, Lines, Outcome, Problem, Progress, Severity, Source, one_line};
use crate::analysis;
use crate::c::lower::{self, Context};
use crate::c::prepare::{Comment, Names, prepare};
use crate::c::split::{Item, Shape, split};
use crate::c::syntax::{Kind, Parser};
use crate::c::tables::{self, Declarations, Interest};
use crate::config::Config;

/// A function longer than this is refused; the longest of real drivers have some 50 KiB.
const LONGEST_FUNCTION: usize = 2 << 20;

/// A file after its first pass.
struct File {
    text: Arc<Vec<u8>>,
    comments: Vec<Comment>,
    lines: Lines,
    items: Vec<Item>,
    declarations: Declarations,
    seen: FxHashSet<u32>,
    problems: Vec<Problem>,
}

/// What came of one function.
#[derive(Default)]
struct Checked {
    findings: Vec<(Finding, usize)>,
    problem: Option<(usize, Severity, String)>,
    done: bool,
}

pub(super) fn check(sources: Vec<Source>, config: &Config, progress: Progress<'_>) -> Outcome {
    let names = Names::new(config);
    let interest = Interest::new(config);
    let done = AtomicUsize::new(0);
    let files: Vec<File> = sources
        .into_par_iter()
        .map(|source| first_pass(source, config, &names, &interest))
        .collect();
    let public = Public::new(&files, config);
    let mut outcome = Outcome::default();
    Public::undefined(&files, &mut outcome);
    let parts: Vec<_> = files
        .par_iter()
        .enumerate()
        .map(|(number, file)| {
            let part = second_pass(number, file, config, &public);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, files.len());
            part
        })
        .collect();
    for part in parts {
        outcome.add(part);
    }
    nowhere(&files, &names, &mut outcome);
    outcome
}

fn first_pass(source: Source, config: &Config, names: &Names, interest: &Interest) -> File {
    let prepared = prepare(source.bytes, names);
    let text = Arc::new(prepared.text);
    let lines =
        Lines::new(source.path, Arc::clone(&text)).with_markers(prepared.markers, prepared.files);
    let items = split(&text);
    let mut declarations = Declarations::default();
    let mut parser = Parser::new();
    for item in items.iter().filter(|item| item.shape != Shape::Function) {
        let head = &text[item.range.start..item.head];
        if interest.is_in(head, &declarations.types) && item.range.len() <= LONGEST_FUNCTION {
            tables::read(
                &mut parser,
                &text[item.range.clone()],
                item.range.start,
                config,
                &mut declarations,
            );
        }
    }
    let mut problems = Vec::new();
    let mut complain = |at: usize, severity, message: String| {
        let (file, line) = lines.place(at);
        problems.push(Problem {
            file: Some(file.to_owned()),
            line: Some(line),
            severity,
            message,
        });
    };
    for (at, message) in prepared.oddities {
        complain(at, Severity::Warning, message.to_owned());
    }
    for (at, message) in std::mem::take(&mut declarations.problems) {
        complain(at, Severity::Error, message);
    }
    File {
        text,
        comments: prepared.comments,
        lines,
        items,
        declarations,
        seen: prepared.seen,
        problems,
    }
}

/// The public methods of all files.
struct Public {
    /// All names, also of those that are not checked.
    names: FxHashSet<String>,
    /// Which functions are checked: by file and name.
    checked: FxHashSet<(usize, String)>,
}

fn name_of<'t>(file: &'t File, item: &Item) -> Option<&'t str> {
    let name = file.text.get(item.name.clone()?)?;
    std::str::from_utf8(name).ok()
}

impl Public {
    fn new(files: &[File], config: &Config) -> Self {
        let mut defined: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (number, file) in files.iter().enumerate() {
            for item in file
                .items
                .iter()
                .filter(|item| item.shape == Shape::Function)
            {
                if let Some(name) = name_of(file, item) {
                    defined.entry(name).or_default().push(number);
                }
            }
        }
        let mut public = Self {
            names: FxHashSet::default(),
            checked: FxHashSet::default(),
        };
        for (number, file) in files.iter().enumerate() {
            for entry in &file.declarations.entries {
                public.names.insert(entry.function.clone());
                if config.skip.contains(&entry.function) {
                    continue;
                }
                let places = defined
                    .get(entry.function.as_str())
                    .map_or(&[][..], Vec::as_slice);
                // A file's own function is meant before one of the same name elsewhere.
                if places.contains(&number) {
                    public.checked.insert((number, entry.function.clone()));
                } else {
                    public
                        .checked
                        .extend(places.iter().map(|place| (*place, entry.function.clone())));
                }
            }
        }
        public
    }

    /// Tells of methods that a table names and no file defines.
    fn undefined(files: &[File], outcome: &mut Outcome) {
        // Those that are skipped are defined, too.
        let defined: FxHashSet<&str> = files
            .iter()
            .flat_map(|file| {
                let functions = file.items.iter();
                let functions = functions.filter(|item| item.shape == Shape::Function);
                functions.filter_map(|item| name_of(file, item))
            })
            .collect();
        for file in files {
            for entry in &file.declarations.entries {
                if defined.contains(entry.function.as_str()) {
                    continue;
                }
                let (name, line) = file.lines.place(entry.at);
                outcome.problems.push(Problem {
                    file: Some(name.to_owned()),
                    line: Some(line),
                    severity: Severity::Warning,
                    message: format!(
                        "{} is not defined in these files, so it was not checked",
                        entry.function
                    ),
                });
            }
        }
    }
}

fn second_pass(number: usize, file: &File, config: &Config, public: &Public) -> Outcome {
    let mut outcome = Outcome {
        problems: file.problems.clone(),
        ..Outcome::default()
    };
    let comments = file
        .comments
        .iter()
        .map(|comment| (comment.start..comment.end, comment.text.clone()));
    let mut allowances = Allowances::read(&file.text, comments, &file.lines, &mut outcome.problems);
    let checked: Vec<Checked> = file
        .items
        .par_iter()
        .filter(|item| item.shape == Shape::Function)
        .map_init(Parser::new, |parser, item| {
            function(parser, number, file, item, config, public)
        })
        .collect();
    for part in checked {
        outcome.functions += usize::from(part.done);
        if let Some((at, severity, message)) = part.problem {
            let (name, line) = file.lines.place(at);
            outcome.problems.push(Problem {
                file: Some(name.to_owned()),
                line: Some(line),
                severity,
                message,
            });
        }
        for (finding, line) in part.findings {
            if allowances.allows(finding.rule, line) {
                outcome.allowed += 1;
            } else {
                outcome.findings.push(finding);
            }
        }
    }
    allowances.unused(&file.lines, &mut outcome.problems);
    outcome
}

fn function(
    parser: &mut Parser,
    number: usize,
    file: &File,
    item: &Item,
    config: &Config,
    public: &Public,
) -> Checked {
    let name = name_of(file, item).unwrap_or("?");
    let wanted = public.checked.contains(&(number, name.to_owned()));
    // What headers bring along is not ours to judge.
    if !wanted && !file.lines.is_main(item.range.start) {
        return Checked::default();
    }
    let severity = if wanted {
        Severity::Error
    } else {
        Severity::Warning
    };
    let refuse = |at: usize, why: String| Checked {
        problem: Some((
            at,
            severity,
            format!("the function {name} can't be checked: {why}"),
        )),
        ..Checked::default()
    };
    let start = item.range.start;
    if let Some(why) = item.broken {
        return refuse(start, why.to_owned());
    }
    if item.range.len() > LONGEST_FUNCTION {
        return refuse(
            start,
            format!("it is longer than {} KiB", LONGEST_FUNCTION >> 10),
        );
    }
    let text = &file.text[item.range.clone()];
    let tree = match parser.parse(text) {
        Ok(tree) => tree,
        Err(why) => return refuse(start + why.at(), why.to_string()),
    };
    if !wanted {
        return Checked::default();
    }
    let Some(node) = tree.root().and_then(|root| {
        root.children()
            .find(|node| node.kind() == Kind::FunctionDefinition)
    }) else {
        return refuse(start, "it is no definition of a function".to_owned());
    };
    let context = Context {
        config,
        source: text,
        offset: start,
        globals: &file.declarations.globals,
        types: &file.declarations.types,
        entries: &public.names,
    };
    let graph = match lower::function(node, name, context) {
        Ok(graph) => graph,
        Err(why) => return refuse(start, why),
    };
    let findings = analysis::check(&graph, config)
        .into_iter()
        .filter_map(|broken| {
            let site = graph.sites.get(usize::try_from(broken.site).ok()?)?;
            let (path, line) = file.lines.place(site.statement);
            let finding = Finding {
                file: path.to_owned(),
                line,
                at: site.text.start,
                function: graph.name.clone(),
                rule: broken.rule,
                text: one_line(file.text.get(site.text.clone()).unwrap_or_default()),
                held: broken.held,
            };
            Some((finding, file.lines.index(site.statement)))
        });
    Checked {
        findings: findings.collect(),
        problem: None,
        done: true,
    }
}

/// Tells which names of the configuration are in none of the files.
fn nowhere(files: &[File], names: &Names, outcome: &mut Outcome) {
    let missing: Vec<&str> = (0_u32..)
        .zip(&names.expected)
        .filter(|(number, _)| files.iter().all(|file| !file.seen.contains(number)))
        .map(|(_, name)| name.as_str())
        .collect();
    if !missing.is_empty() {
        outcome.problems.push(Problem {
            file: None,
            line: None,
            severity: Severity::Warning,
            message: format!(
                "names of the configuration that occur nowhere in these files: {}",
                missing.join(", ")
            ),
        });
    }
}
