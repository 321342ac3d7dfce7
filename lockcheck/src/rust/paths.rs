// SPDX-License-Identifier: GPL-3.0-or-later
//! What is called, as the configuration names it: paths compared from their end.

use rustc_hash::FxHashMap;
use syn::{Expr, Member, UseTree};

use crate::config::Guards;

/// As many segments of a path as are compared.
const MOST_SEGMENTS: usize = 8;

/// What a segment that is no name is compared as; only `*` matches it.
const NAMELESS: &str = "(..)";

/// The names that `use` brings into a file, with their full paths.
pub(super) type Imports = FxHashMap<String, Vec<String>>;

/// Adds what a `use` brings in.
pub(super) fn import(tree: &UseTree, path: &mut Vec<String>, into: &mut Imports) {
    match tree {
        UseTree::Path(one) => {
            path.push(one.ident.to_string());
            import(&one.tree, path, into);
            path.pop();
        }
        UseTree::Name(one) => {
            let name = one.ident.to_string();
            let (name, full) = match (name.as_str(), path.last()) {
                ("self", Some(last)) => (last.clone(), path.clone()),
                _ => (name.clone(), path.iter().cloned().chain([name]).collect()),
            };
            into.insert(name, full);
        }
        UseTree::Rename(one) => {
            let mut full = path.clone();
            if one.ident != "self" {
                full.push(one.ident.to_string());
            }
            into.insert(one.rename.to_string(), full);
        }
        UseTree::Group(one) => one.items.iter().for_each(|tree| import(tree, path, into)),
        UseTree::Glob(_) => {}
    }
}

/// The segments of what is called, the last one first.
pub(super) fn reversed(
    callee: &Expr,
    method: Option<&str>,
    guards: &Guards,
    imports: &Imports,
) -> Vec<String> {
    let mut found: Vec<String> = method.map(str::to_owned).into_iter().collect();
    let mut here = callee;
    while found.len() < MOST_SEGMENTS {
        here = match here {
            Expr::Path(one) => {
                path_reversed(&one.path, imports, &mut found);
                break;
            }
            Expr::Field(one) => {
                found.push(match &one.member {
                    Member::Named(name) => name.to_string(),
                    Member::Unnamed(index) => index.index.to_string(),
                });
                &one.base
            }
            Expr::MethodCall(one) => {
                let name = one.method.to_string();
                if !hands_on(&name, guards)
                    && !matches!(name.as_str(), "clone" | "borrow" | "as_ref" | "as_mut")
                {
                    found.push(name);
                }
                &one.receiver
            }
            Expr::Call(one) => &one.func,
            Expr::Index(one) => &one.expr,
            Expr::Paren(one) => &one.expr,
            Expr::Group(one) => &one.expr,
            Expr::Reference(one) => &one.expr,
            Expr::Unary(one) => &one.expr,
            Expr::Try(one) => &one.expr,
            Expr::Await(one) => &one.base,
            Expr::Cast(one) => &one.expr,
            _ => {
                found.push(NAMELESS.to_owned());
                break;
            }
        }
    }
    found
}

/// A function of this file that is called by its name alone is one of `self`, as paths have it.
fn path_reversed(path: &syn::Path, imports: &Imports, found: &mut Vec<String>) {
    let whole = found.is_empty();
    if let (true, Some(name)) = (whole, path.get_ident())
        && !imports.contains_key(&name.to_string())
    {
        found.extend([name.to_string(), "self".to_owned()]);
        return;
    }
    let mut segments = path.segments.iter();
    while let Some(segment) = segments.next_back() {
        let name = segment.ident.to_string();
        match imports.get(&name) {
            // What stands before a dot is a variable, if it is not written like a type.
            Some(full) if segments.len() == 0 && (whole || path.segments.len() > 1) => {
                found.extend(full.iter().rev().cloned());
            }
            _ => found.push(name),
        }
    }
}

/// Whether a method or function hands on the guard that it is called on.
pub(super) fn hands_on(name: &str, guards: &Guards) -> bool {
    const KNOWN: &[&str] = &[
        "ok",
        "ok_or",
        "ok_or_else",
        "into_inner",
        "inspect_err",
        "or_else",
        "unwrap_unchecked",
        "context",
        "with_context",
    ];
    KNOWN.contains(&name) || guards.transparent.contains(name)
}

/// Whether a configured path is the end of a reversed one.
fn matches(pattern: &[String], reversed: &[String]) -> bool {
    let mut names = reversed.iter();
    pattern.iter().rev().all(|wanted| {
        names
            .next()
            .is_some_and(|name| wanted == "*" || wanted == name)
    })
}

/// The kind of lock that a call takes: that of the path that says most.
///
/// `bare` says that nothing is passed. Paths with a wildcard match only then, for `read` and
/// `write` with a buffer are no locks.
pub(super) fn acquires(reversed: &[String], bare: bool, guards: &Guards) -> Option<usize> {
    let candidates = guards.acquire.get(reversed.first()?)?;
    candidates
        .iter()
        .filter(|(pattern, _)| {
            (bare || !pattern.iter().any(|segment| segment == "*")) && matches(pattern, reversed)
        })
        .max_by_key(|(pattern, _)| pattern.iter().filter(|segment| *segment != "*").count())
        .map(|(_, kind)| *kind)
}

/// Whether a name can be the last segment of a function that acquires or blocks.
pub(super) fn is_named(last: &str, guards: &Guards) -> bool {
    guards.acquire.contains_key(last)
        || guards.blocking.contains_key(last)
        || guards.blocking.contains_key("*")
}

/// The name of what blocks, as the configuration has it, if it is such a call.
pub(super) fn blocks(reversed: &[String], guards: &Guards) -> Option<String> {
    let named = reversed.first().and_then(|last| guards.blocking.get(last));
    let any = guards.blocking.get("*");
    let candidates = named.into_iter().chain(any).flatten();
    let found = candidates.filter(|pattern| matches(pattern, reversed));
    let found = found.max_by_key(|pattern| pattern.len())?;
    Some(shown(&reversed[..found.len()], "::"))
}

/// A reversed path as it is written.
pub(super) fn shown(reversed: &[String], between: &str) -> String {
    let mut names: Vec<_> = reversed.iter().rev().map(String::as_str).collect();
    if between == "::" && names.len() == 2 && names[0] == "self" {
        names.remove(0);
    }
    names.join(between)
}

/// Which kind's data a field is, by the configuration.
pub(super) fn protected_by(reversed: &[String], kinds: &[crate::config::Kind]) -> Option<usize> {
    kinds.iter().position(|kind| {
        kind.protects
            .iter()
            .any(|pattern| matches(pattern, reversed))
    })
}

#[cfg(test)]
mod tests {
    use super::{Imports, acquires, blocks, import, reversed};
    use crate::config::Config;

    fn config() -> Config {
        let text = r#"
            language = "rust"
            [[driver]]
            name = "journal"
            acquire = ["journal.lock", "lock_journal", "self::read"]
            [[lock]]
            name = "any"
            acquire = ["*.lock", "*.read"]
            [source]
            blocking = ["std::fs::*", "thread::sleep", "*.recv"]
        "#;
        Config::parse(text, "test").unwrap()
    }

    fn path(source: &str) -> Vec<String> {
        let mut imports = Imports::default();
        let tree = syn::parse_str("std::{fs, fs::write, thread as threads, io::{self}}").unwrap();
        import(&tree, &mut Vec::new(), &mut imports);
        let guards = config().guards;
        match syn::parse_str(source).unwrap() {
            syn::Expr::MethodCall(call) => reversed(
                &call.receiver,
                Some(&call.method.to_string()),
                &guards,
                &imports,
            ),
            other => reversed(&other, None, &guards, &imports),
        }
    }

    #[test]
    fn paths_are_compared_from_their_end() {
        let kind = |source: &str| acquires(&path(source), true, &config().guards);
        assert_eq!(kind("self.state.journal.lock()"), Some(0));
        assert_eq!(kind("(&self.journals[1].journal).lock()"), Some(0));
        assert_eq!(kind("self.journal.as_ref().unwrap().lock()"), Some(0));
        assert_eq!(kind("journal::lock"), Some(0));
        assert_eq!(kind("crate::lock_journal"), Some(0));
        assert_eq!(kind("self.other.lock()"), Some(1));
        assert_eq!(kind("other::lock"), Some(1));
        assert_eq!(kind("read"), Some(0));
        assert_eq!(kind("self.journal.unlock()"), None);
        assert_eq!(
            acquires(&path("file.read()"), false, &config().guards),
            None
        );
    }

    #[test]
    fn imports_are_followed() {
        let name = |source: &str| blocks(&path(source), &config().guards);
        assert_eq!(name("fs::read").as_deref(), Some("std::fs::read"));
        assert_eq!(name("write").as_deref(), Some("std::fs::write"));
        assert_eq!(name("threads::sleep").as_deref(), Some("thread::sleep"));
        assert_eq!(name("channel.recv()").as_deref(), Some("channel::recv"));
        assert_eq!(name("tokio::fs::read"), None);
        assert_eq!(name("write.flush()"), None);
    }
}
