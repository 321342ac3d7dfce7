// SPDX-License-Identifier: GPL-3.0-or-later
//! What locks there are: read from a TOML file, or the built-in one for libvirt of spring 2009.
//!
//! `docs/LOCKCHECK.md` has the schema and a worked example.

mod raw;

pub use raw::unknown_rule;

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::Level;
use crate::rule::Rule;

/// The built-in configuration, as a file that a person could have written.
pub const LIBVIRT_2009: &str = include_str!("../../data/libvirt-2009.toml");

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file can't be read.
    #[error("the configuration {path} can't be read: {why}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        why: std::io::Error,
    },
    /// It is no TOML, or has a key or type that is not known.
    #[error("{path} is no configuration: {why}")]
    Syntax {
        /// The file.
        path: String,
        /// What is wrong, with the place in the file.
        why: String,
    },
    /// It is TOML with known keys, and makes no sense.
    #[error("{path}: {why}")]
    Meaning {
        /// The file.
        path: String,
        /// What makes no sense, and what would.
        why: String,
    },
}

/// Which language the files are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// C, preprocessed or not.
    C,
    /// Rust.
    Rust,
}

/// A kind of lock: which functions take it and release it, and what carries it.
#[derive(Clone, Debug)]
pub struct Kind {
    /// What it is called in reports.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// In Rust: whether it is made to be held across an `await`.
    pub asynchronous: bool,
    /// In Rust: data that may be used only while the lock is held.
    pub protects: Vec<Vec<String>>,
}

/// What a function means to the checker, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Takes the lock of its argument.
    Lock(usize),
    /// Releases the lock of its argument.
    Unlock(usize),
    /// Returns an object that is locked, or null.
    Fetch(usize),
    /// Releases the lock of the object among its arguments.
    Consume(usize),
    /// Allocates what its argument points to, or returns new memory.
    Allocate,
    /// Does not return.
    NoReturn,
    /// Returns its first argument: a hint for the compiler.
    Transparent,
}

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// What it describes.
    pub name: String,
    /// Which language it is for.
    pub language: Language,
    /// All kinds of locks.
    pub kinds: Vec<Kind>,
    /// What the functions that it names mean.
    pub roles: FxHashMap<String, Role>,
    /// Which kind of lock a type carries; `struct x` and `x` are different names.
    pub types: FxHashMap<String, usize>,
    /// Types of the tables of public methods.
    pub tables: FxHashSet<String>,
    /// Public methods that are not checked.
    pub skip: FxHashSet<String>,
    /// Words that are no C, such as attributes behind macros; with their arguments.
    pub erase: FxHashSet<String>,
    /// Macros that are defined in a way that the checker should take, for `#if`.
    pub undefined: FxHashSet<String>,
    /// Whether conditions and what is returned are looked at, too.
    pub conditions: bool,
    /// Which rules are checked.
    pub rules: FxHashSet<Rule>,
    /// For Rust: how guards are taken, and what must not be called while one lives.
    pub guards: Guards,
}

/// What only Rust's front end reads.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    /// Paths of functions and methods that return a guard, by their last segment, with the
    /// kind of the lock. The path is matched from its end.
    pub acquire: FxHashMap<String, Vec<(Vec<String>, usize)>>,
    /// Paths of functions that block.
    pub blocking: FxHashMap<String, Vec<Vec<String>>>,
    /// Methods that hand on what they are called on, such as `unwrap`.
    pub transparent: FxHashSet<String>,
}

impl Config {
    /// The built-in configuration for libvirt's drivers of spring 2009.
    ///
    /// # Errors
    ///
    /// Never, as long as the file that is compiled in is sound; a test sees to it.
    pub fn libvirt_2009() -> Result<Self, Error> {
        Self::parse(LIBVIRT_2009, "the built-in configuration")
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`Error`], with the place in the file where there is one.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|why| Error::Read {
            path: shown.clone(),
            why,
        })?;
        Self::parse(&text, &shown)
    }

    /// Reads a text; `shown` names it in errors.
    ///
    /// # Errors
    ///
    /// [`Error`], with the place in the text where there is one.
    pub fn parse(text: &str, shown: &str) -> Result<Self, Error> {
        let raw: raw::Raw = toml::from_str(text).map_err(|error| Error::Syntax {
            path: shown.to_owned(),
            why: error.to_string(),
        })?;
        raw.check().map_err(|why| Error::Meaning {
            path: shown.to_owned(),
            why,
        })
    }

    /// Whether a rule is checked.
    pub fn checks(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    /// Names that should occur somewhere in the files: those of locks and tables.
    pub fn expected_names(&self) -> impl Iterator<Item = &str> {
        let functions = self.roles.iter().filter_map(|(name, role)| {
            matches!(
                role,
                Role::Lock(_) | Role::Unlock(_) | Role::Fetch(_) | Role::Consume(_)
            )
            .then_some(name.as_str())
        });
        let last = |name: &'_ str| name.rsplit(' ').next().map_or(0, str::len);
        let types = self
            .types
            .keys()
            .map(move |name| &name[name.len() - last(name)..]);
        functions
            .chain(types)
            .chain(self.tables.iter().map(String::as_str))
            .chain(self.skip.iter().map(String::as_str))
    }
}
