// SPDX-License-Identifier: GPL-3.0-or-later
//! The configuration's file as it is written, and the check that it makes sense.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use super::{Config, Guards, Kind, Language, Role};
use crate::ir::Level;
use crate::rule::Rule;

/// Functions that libraries call to end the program.
const NO_RETURN: &[&str] = &[
    "abort",
    "exit",
    "_exit",
    "_Exit",
    "__assert_fail",
    "__builtin_unreachable",
];

/// Functions that return new memory, and macros that fill a pointer with it.
const ALLOCATE: &[&str] = &[
    "malloc",
    "calloc",
    "xmalloc",
    "xcalloc",
    "VIR_ALLOC",
    "g_new0",
    "g_new",
];

/// Hints around a condition.
const TRANSPARENT: &[&str] = &["__builtin_expect", "likely", "unlikely"];

/// What follows a call that returns a guard, or a result with it, and changes nothing.
const TRANSPARENT_METHODS: &[&str] = &["unwrap", "expect", "unwrap_or_else", "map_err", "await"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    name: Option<String>,
    language: Option<Language>,
    #[serde(default)]
    driver: Vec<RawKind>,
    #[serde(default)]
    object: Vec<RawKind>,
    #[serde(default)]
    lock: Vec<RawKind>,
    #[serde(default)]
    entry: RawEntry,
    #[serde(default)]
    source: RawSource,
    #[serde(default)]
    rules: RawRules,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKind {
    name: Option<String>,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    lock: Vec<String>,
    #[serde(default)]
    unlock: Vec<String>,
    #[serde(default)]
    fetch: Vec<String>,
    #[serde(default)]
    consume: Vec<String>,
    #[serde(default)]
    acquire: Vec<String>,
    #[serde(default)]
    protects: Vec<String>,
    #[serde(default, rename = "async")]
    asynchronous: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    #[serde(default)]
    tables: Vec<String>,
    #[serde(default)]
    skip: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    #[serde(default)]
    erase: Vec<String>,
    #[serde(default)]
    undefined: Vec<String>,
    #[serde(default)]
    allocate: Vec<String>,
    #[serde(default, rename = "no-return")]
    no_return: Vec<String>,
    #[serde(default)]
    transparent: Vec<String>,
    #[serde(default)]
    blocking: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRules {
    #[serde(default)]
    off: Vec<String>,
    #[serde(default)]
    conditions: bool,
}

/// The segments of a path such as `self.journal.lock` or `journal::lock`.
pub(super) fn segments(path: &str) -> Vec<String> {
    path.split(['.', ':'])
        .filter(|segment| !segment.is_empty())
        .map(str::to_owned)
        .collect()
}

impl Raw {
    pub(super) fn check(self) -> Result<Config, String> {
        let language = self.language.unwrap_or(Language::C);
        let mut config = Config {
            name: self.name.unwrap_or_else(|| "a configuration".to_owned()),
            language,
            kinds: Vec::new(),
            roles: FxHashMap::default(),
            types: FxHashMap::default(),
            tables: self.entry.tables.into_iter().collect(),
            skip: self.entry.skip.into_iter().collect(),
            erase: self.source.erase.into_iter().collect(),
            undefined: self.source.undefined.into_iter().collect(),
            conditions: self.rules.conditions,
            rules: Rule::ALL.iter().copied().collect(),
            guards: Guards::default(),
        };
        let kinds = [
            (Level::Driver, self.driver, "driver"),
            (Level::Object, self.object, "object"),
            (Level::Plain, self.lock, "lock"),
        ];
        for (level, kinds, section) in kinds {
            for kind in kinds {
                add_kind(&mut config, level, kind, section)?;
            }
        }
        if config.kinds.is_empty() {
            return Err(
                "it names no lock: a section [[driver]], [[object]] or [[lock]] is needed"
                    .to_owned(),
            );
        }
        let generic: [(&[&str], Vec<String>, Role); 3] = [
            (ALLOCATE, self.source.allocate, Role::Allocate),
            (NO_RETURN, self.source.no_return, Role::NoReturn),
            (
                TRANSPARENT,
                self.source.transparent.clone(),
                Role::Transparent,
            ),
        ];
        for (known, more, role) in generic {
            let known = known.iter().map(|name| (*name).to_owned());
            for name in known.chain(more) {
                config.roles.entry(name).or_insert(role);
            }
        }
        config.guards.transparent = TRANSPARENT_METHODS
            .iter()
            .map(|name| (*name).to_owned())
            .chain(self.source.transparent)
            .collect();
        for path in self.source.blocking {
            let path = segments(&path);
            let last = path
                .last()
                .cloned()
                .ok_or("an empty name in source.blocking")?;
            config.guards.blocking.entry(last).or_default().push(path);
        }
        for name in self.rules.off {
            let rule = Rule::by_name(&name).ok_or_else(|| unknown_rule(&name))?;
            config.rules.remove(&rule);
        }
        if language == Language::C && config.tables.is_empty() {
            return Err("it names no table of public methods: entry.tables is needed".to_owned());
        }
        Ok(config)
    }
}

/// What is said of a rule that there is not.
pub fn unknown_rule(name: &str) -> String {
    let names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    format!(
        "there is no rule \u{201c}{name}\u{201d}; the rules are {}",
        names.join(", ")
    )
}

fn add_kind(config: &mut Config, level: Level, kind: RawKind, section: &str) -> Result<(), String> {
    let index = config.kinds.len();
    let shown = kind.name.clone().or_else(|| kind.types.first().cloned());
    let shown = shown.or_else(|| kind.acquire.first().cloned());
    let name = shown
        .ok_or_else(|| format!("a section [[{section}]] has neither name, types nor acquire"))?;
    let complain = |what: &str| Err(format!("[[{section}]] \u{201c}{name}\u{201d} {what}"));
    match config.language {
        Language::C => {
            if kind.types.is_empty() {
                return complain("has no types");
            }
            if kind.unlock.is_empty() || (kind.lock.is_empty() && kind.fetch.is_empty()) {
                return complain("needs functions that lock (or fetch) and functions that unlock");
            }
            if !kind.acquire.is_empty() || !kind.protects.is_empty() || kind.asynchronous {
                return complain(
                    "has acquire, protects or async, which are for language = \"rust\"",
                );
            }
            if level == Level::Plain {
                return complain("is a lock without a level, which are for language = \"rust\"");
            }
        }
        Language::Rust => {
            if kind.acquire.is_empty() {
                return complain("names no function or method that acquires it");
            }
            let others = [
                &kind.types,
                &kind.lock,
                &kind.unlock,
                &kind.fetch,
                &kind.consume,
            ];
            if others.iter().any(|list| !list.is_empty()) {
                return complain(
                    "has types, lock, unlock, fetch or consume, which are for language = \"c\"",
                );
            }
        }
    }
    for of_type in kind.types {
        let of_type = of_type.split_whitespace().collect::<Vec<_>>().join(" ");
        if config.types.insert(of_type.clone(), index).is_some() {
            return Err(format!("the type \u{201c}{of_type}\u{201d} is named twice"));
        }
    }
    let roles = [
        (kind.lock, Role::Lock(index)),
        (kind.unlock, Role::Unlock(index)),
        (kind.fetch, Role::Fetch(index)),
        (kind.consume, Role::Consume(index)),
    ];
    for (names, role) in roles {
        for function in names {
            if config.roles.insert(function.clone(), role).is_some() {
                return Err(format!(
                    "the function \u{201c}{function}\u{201d} is named twice"
                ));
            }
        }
    }
    for path in kind.acquire {
        let path = segments(&path);
        let last = path.last().cloned().ok_or("an empty name in acquire")?;
        config
            .guards
            .acquire
            .entry(last)
            .or_default()
            .push((path, index));
    }
    config.kinds.push(Kind {
        name,
        level,
        asynchronous: kind.asynchronous,
        protects: kind.protects.iter().map(|path| segments(path)).collect(),
    });
    Ok(())
}

impl Config {
    /// Turns rules on and off, as the command line says.
    ///
    /// # Errors
    ///
    /// A text for a name that is no rule's.
    pub fn switch(&mut self, names: &[String], on: bool) -> Result<(), String> {
        for name in names {
            if name == "all" {
                self.rules = if on {
                    Rule::ALL.iter().copied().collect()
                } else {
                    FxHashSet::default()
                };
                continue;
            }
            let rule = Rule::by_name(name).ok_or_else(|| unknown_rule(name))?;
            if on {
                self.rules.insert(rule);
            } else {
                self.rules.remove(&rule);
            }
        }
        Ok(())
    }
}
