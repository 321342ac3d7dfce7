// SPDX-License-Identifier: GPL-3.0-or-later
//! What stands outside of functions: tables of public methods, global variables that carry a
//! lock, and other names of their types.

use rustc_hash::FxHashMap;

use super::syntax::{self, Kind, Node, Parser};
use super::words::{Words, is_word, word_length};
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
    pub globals: FxHashMap<Vec<u8>, (usize, String)>,
    /// Other names of types that carry a lock.
    pub types: FxHashMap<String, usize>,
    /// What could not be read.
    pub problems: Vec<(usize, String)>,
}

/// The words that make a declaration one to read: types that carry a lock, and tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interest(Words<()>);

impl Interest {
    pub(crate) fn new(config: &Config) -> Self {
        let mut words = Words::default();
        for name in config.tables.iter().chain(config.types.keys()) {
            words.entry(name.strip_prefix("struct ").unwrap_or(name).as_bytes());
        }
        Self(words)
    }

    /// Whether a declaration can say something of interest; `types` are the file's own names
    /// of types with locks.
    pub(crate) fn is_in(&self, head: &[u8], types: &FxHashMap<String, usize>) -> bool {
        let mut rest = head;
        while let Some(first) = rest.first() {
            let (word, after) = rest.split_at(word_length(rest).max(1));
            let own = || str::from_utf8(word).is_ok_and(|word| types.contains_key(word));
            if is_word(*first) && (self.0.get(word).is_some() || (!types.is_empty() && own())) {
                return true;
            }
            rest = after;
        }
        false
    }
}

/// The kind of lock that a type carries.
pub(crate) fn kind_of_type(
    name: &str,
    config: &Config,
    types: &FxHashMap<String, usize>,
) -> Option<usize> {
    config.types.get(name).or_else(|| types.get(name)).copied()
}

/// Whether a variable is, or points to, one thing of a type: a `virDomainObjPtr *` is a list.
pub(crate) fn is_one(of_type: &str, pointers: usize) -> bool {
    pointers <= usize::from(!of_type.ends_with("Ptr"))
}

/// Reads one declaration, whose text begins at `offset` of its file.
pub fn read(
    parser: &mut Parser,
    text: &[u8],
    offset: usize,
    config: &Config,
    into: &mut Declarations,
) {
    let tree = match parser.parse(text) {
        Ok(tree) => tree,
        Err(why) => {
            // Where nothing but a macro stands that nobody named, nothing is lost.
            if names_table(text, config) {
                into.problems.push((
                    offset + why.at(),
                    format!("this table of public methods can't be read: {why}"),
                ));
            }
            return;
        }
    };
    for node in tree.root().into_iter().flat_map(Node::children) {
        match node.kind() {
            Kind::Declaration => declaration(node, text, offset, config, into),
            Kind::TypeDefinition => definition(node, text, config, into),
            _ => {}
        }
    }
}

fn names_table(text: &[u8], config: &Config) -> bool {
    let head = text.split(|byte| *byte == b'=').next().unwrap_or_default();
    head.split(|byte| !is_word(*byte))
        .any(|word| std::str::from_utf8(word).is_ok_and(|word| config.tables.contains(word)))
}

fn declaration(
    node: Node<'_>,
    text: &[u8],
    offset: usize,
    config: &Config,
    into: &mut Declarations,
) {
    let Some(of_type) = node.type_of().and_then(|it| syntax::type_name(it, text)) else {
        return;
    };
    let plain = of_type.strip_prefix("struct ").unwrap_or(&of_type);
    let plain = plain.strip_prefix('_').unwrap_or(plain);
    if config.tables.contains(of_type.as_ref()) || config.tables.contains(plain) {
        for child in node.children() {
            if let Some(list) = child
                .value()
                .filter(|_| child.kind() == Kind::InitDeclarator)
            {
                entries(list, text, offset, into);
            }
        }
        return;
    }
    let Some(lock) = kind_of_type(&of_type, config, &into.types) else {
        return;
    };
    for child in node.children() {
        if let Some((name, pointers)) =
            syntax::declared(child).filter(|(_, pointers)| is_one(&of_type, *pointers))
            && name.kind() == Kind::Identifier
        {
            let name = name.text(text);
            let shown = format!(
                "{of_type} {}{}",
                "* ".repeat(pointers),
                String::from_utf8_lossy(name)
            );
            into.globals.insert(name.to_vec(), (lock, shown));
        }
    }
}

/// `typedef struct uml_driver *umlDriverPtr;`
fn definition(node: Node<'_>, text: &[u8], config: &Config, into: &mut Declarations) {
    let Some(of_type) = node.type_of().and_then(|it| syntax::type_name(it, text)) else {
        return;
    };
    let Some(lock) = kind_of_type(&of_type, config, &into.types) else {
        return;
    };
    if let Some((name, 0 | 1)) = node.declarator().and_then(syntax::declared) {
        into.types
            .insert(String::from_utf8_lossy(name.text(text)).into_owned(), lock);
    }
}

/// The functions that an initialiser names, in braces within braces as well.
fn entries(list: Node<'_>, text: &[u8], offset: usize, into: &mut Declarations) {
    if list.kind() != Kind::InitializerList {
        return;
    }
    for child in list.children() {
        let value = if child.kind() == Kind::InitializerPair {
            child.value()
        } else {
            Some(child)
        };
        let Some(value) = value.map(syntax::bare) else {
            continue;
        };
        let value = match value.kind() {
            Kind::InitializerList => {
                entries(value, text, offset, into);
                continue;
            }
            Kind::CompoundLiteral => {
                if let Some(inner) = value.value() {
                    entries(inner, text, offset, into);
                }
                continue;
            }
            // `&function`
            Kind::Pointer => value.argument().map(syntax::bare),
            // `(of_type) &function`, where nothing tells the grammar that it is a cast.
            Kind::Binary => value.right().map(syntax::bare),
            _ => Some(value),
        };
        let Some(value) = value.filter(|value| value.kind() == Kind::Identifier) else {
            continue;
        };
        let name = String::from_utf8_lossy(value.text(text)).into_owned();
        // VIR_DRV_UML and NULL are constants.
        if name.bytes().any(|byte| byte.is_ascii_lowercase()) {
            into.entries.push(Entry {
                function: name,
                at: offset + value.start(),
            });
        }
    }
}
