// SPDX-License-Identifier: GPL-3.0-or-later
//! What stands outside of functions: tables of public methods, global variables that carry a
//! lock, and other names of their types.

use rustc_hash::FxHashMap;
use tree_sitter::{Node, Parser};

use super::syntax::{self, Kind, children, kind};
use crate::config::Config;

/// A public method that a table names.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The function.
    pub function: String,
    /// Where the table names it.
    pub at: usize,
}

/// What the declarations of one file say.
#[derive(Clone, Debug, Default)]
pub struct Declarations {
    /// Public methods.
    pub entries: Vec<Entry>,
    /// Global variables that carry a lock, with the kind of the lock and how they are shown.
    pub globals: FxHashMap<String, (usize, String)>,
    /// Other names of types that carry a lock.
    pub types: FxHashMap<String, usize>,
    /// What could not be read.
    pub problems: Vec<(usize, String)>,
}

/// Whether a declaration can say something of interest: a word of it is a type that carries a
/// lock, or a table's.
pub(crate) fn of_interest(head: &[u8], config: &Config, types: &FxHashMap<String, usize>) -> bool {
    head.split(|byte| !super::prepare::is_word(*byte))
        .filter(|word| !word.is_empty())
        .any(|word| {
            let Ok(word) = std::str::from_utf8(word) else {
                return false;
            };
            config.tables.contains(word)
                || config.types.contains_key(word)
                || types.contains_key(word)
                || config.types.contains_key(&format!("struct {word}"))
        })
}

/// The kind of lock that a type carries.
pub(crate) fn kind_of_type(
    name: &str,
    config: &Config,
    types: &FxHashMap<String, usize>,
) -> Option<usize> {
    config.types.get(name).or_else(|| types.get(name)).copied()
}

/// Reads one declaration, whose text begins at `offset` of its file.
pub fn read(
    parser: &mut Parser,
    text: &[u8],
    offset: usize,
    config: &Config,
    into: &mut Declarations,
) {
    let tree = match syntax::parse(parser, text) {
        Ok(tree) => tree,
        Err(why) => {
            let at = if let syntax::Unparsable::Syntax(at) = why {
                at
            } else {
                0
            };
            // Where nothing but a macro stands that nobody named, nothing is lost.
            if names_table(text, config) {
                into.problems.push((
                    offset + at,
                    format!("this table of public methods can't be read: {why}"),
                ));
            }
            return;
        }
    };
    for node in children(tree.root_node()) {
        match kind(node) {
            Kind::Declaration => declaration(node, text, offset, config, into),
            Kind::TypeDefinition => definition(node, text, config, into),
            _ => {}
        }
    }
}

fn names_table(text: &[u8], config: &Config) -> bool {
    let head = text.split(|byte| *byte == b'=').next().unwrap_or_default();
    head.split(|byte| !super::prepare::is_word(*byte))
        .any(|word| std::str::from_utf8(word).is_ok_and(|word| config.tables.contains(word)))
}

fn declaration(
    node: Node<'_>,
    text: &[u8],
    offset: usize,
    config: &Config,
    into: &mut Declarations,
) {
    let Some(of_type) = syntax::type_of(node).and_then(|it| syntax::type_name(it, text)) else {
        return;
    };
    let plain = of_type.strip_prefix("struct ").unwrap_or(&of_type);
    let plain = plain.strip_prefix('_').unwrap_or(plain);
    if config.tables.contains(&of_type) || config.tables.contains(plain) {
        for child in children(node) {
            if let Some(list) = syntax::value(child).filter(|_| kind(child) == Kind::InitDeclarator)
            {
                entries(list, text, offset, into);
            }
        }
        return;
    }
    let Some(lock) = kind_of_type(&of_type, config, &into.types) else {
        return;
    };
    for child in children(node) {
        if let Some((name, pointers)) =
            syntax::declared(child).filter(|(_, pointers)| *pointers <= 1)
            && kind(name) == Kind::Identifier
        {
            let name = String::from_utf8_lossy(syntax::text(name, text)).into_owned();
            let shown = format!("{of_type} {}{name}", "* ".repeat(pointers));
            into.globals.insert(name, (lock, shown));
        }
    }
}

/// `typedef struct uml_driver *umlDriverPtr;`
fn definition(node: Node<'_>, text: &[u8], config: &Config, into: &mut Declarations) {
    let Some(of_type) = syntax::type_of(node).and_then(|it| syntax::type_name(it, text)) else {
        return;
    };
    let Some(lock) = kind_of_type(&of_type, config, &into.types) else {
        return;
    };
    if let Some((name, 0 | 1)) = syntax::declarator(node).and_then(syntax::declared) {
        into.types.insert(
            String::from_utf8_lossy(syntax::text(name, text)).into_owned(),
            lock,
        );
    }
}

/// The functions that an initialiser names, in braces within braces as well.
fn entries(list: Node<'_>, text: &[u8], offset: usize, into: &mut Declarations) {
    if kind(list) != Kind::InitializerList {
        return;
    }
    for child in children(list) {
        let value = if kind(child) == Kind::InitializerPair {
            syntax::value(child)
        } else {
            Some(child)
        };
        let Some(value) = value.map(syntax::bare) else {
            continue;
        };
        let value = match kind(value) {
            Kind::InitializerList => {
                entries(value, text, offset, into);
                continue;
            }
            Kind::CompoundLiteral => {
                if let Some(inner) = syntax::value(value) {
                    entries(inner, text, offset, into);
                }
                continue;
            }
            // `&function`
            Kind::Pointer => syntax::argument(value).map(syntax::bare),
            // `(of_type) &function`, where nothing tells the grammar that it is a cast.
            Kind::Binary => syntax::right(value).map(syntax::bare),
            _ => Some(value),
        };
        let Some(value) = value.filter(|value| kind(*value) == Kind::Identifier) else {
            continue;
        };
        let name = String::from_utf8_lossy(syntax::text(value, text)).into_owned();
        // VIR_DRV_UML and NULL are constants.
        if name.bytes().any(|byte| byte.is_ascii_lowercase()) {
            into.entries.push(Entry {
                function: name,
                at: offset + value.start_byte(),
            });
        }
    }
}
