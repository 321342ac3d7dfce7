// SPDX-License-Identifier: GPL-3.0-or-later
//! What is made of single constructs, and of what is no program at all.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::functions;
use crate::analysis;
use crate::config::Config;

const LOCKS: &str = r#"
    language = "rust"
    [[lock]]
    name = "any"
    acquire = ["*.lock"]
    [[lock]]
    name = "later"
    acquire = ["*.acquire"]
    async = true
    [source]
    blocking = ["block"]
"#;

fn config() -> Config {
    Config::parse(LOCKS, "test").unwrap()
}

/// The rules that a function's body breaks, in order.
fn broken(body: &str) -> Vec<&'static str> {
    let config = config();
    let source = format!("async fn one() {{ {body} }}");
    let parsed = functions(source.as_bytes(), &config).unwrap();
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    let found = parsed
        .functions
        .iter()
        .flat_map(|function| analysis::check(function, &config));
    found.map(|broken| broken.rule.name()).collect()
}

const AWAIT: &[&str] = &["guard-across-await"];
const BLOCK: &[&str] = &["guard-across-blocking"];
const TWICE: &[&str] = &["locked-twice"];
const LEFT: &[&str] = &["still-locked"];
const SOUND: &[&str] = &[];

#[test]
fn temporaries_end_as_edition_2024_has_it() {
    for (body, expected) in [
        ("if a.lock().is_empty() { block() }", SOUND),
        ("if let Some(b) = a.lock().get() { block() }", BLOCK),
        ("if let Some(b) = a.lock().get() {} else { block() }", SOUND),
        (
            "if let Some(b) = a.get() && a.lock().is_empty() { block() }",
            SOUND,
        ),
        ("if let Some(b) = a.lock().get() && c { block() }", BLOCK),
        ("while a.lock().is_empty() { block() }", SOUND),
        ("while let Some(b) = a.lock().pop() { block() }", BLOCK),
        ("match a.lock().len() { 0 => block(), _ => {} }", BLOCK),
        (
            "match a { b if a.lock().is_empty() => block(), _ => {} }",
            SOUND,
        ),
        ("for b in a.lock().iter() { block() } ", BLOCK),
        ("for b in a.lock().iter() {} block()", SOUND),
        ("a.lock().len() == 1 && block()", BLOCK),
        ("b && a.lock().is_empty(); block()", SOUND),
        ("let b = { a.lock().len() }; block()", SOUND),
        ("let b = { a.lock().len() } + block();", SOUND),
        ("let b = a.lock().len() + block();", BLOCK),
        ("*a.lock() = block();", SOUND),
        ("*a.lock() += block();", SOUND),
        ("a[block()] = a.lock().len();", BLOCK),
        ("let b = &a.lock().field; block()", BLOCK),
        ("let b = &a.lock().len(); block()", SOUND),
        ("let b = a.lock().field; block()", SOUND),
        ("let _ = a.lock(); block()", SOUND),
        ("let _b = a.lock(); block()", BLOCK),
        ("_ = a.lock(); block()", SOUND),
        (
            "let Some(b) = a.lock().get() else { block(); return };",
            SOUND,
        ),
    ] {
        assert_eq!(broken(body), expected, "{body}");
    }
}

#[test]
fn guards_are_followed_where_they_go() {
    for (body, expected) in [
        ("let b = a.lock(); drop(b); block()", SOUND),
        ("let b = a.lock(); std::mem::drop(b); block()", SOUND),
        ("let b = a.lock(); b.drop(); block()", BLOCK),
        ("let b = a.lock(); let c = b; drop(c); block()", SOUND),
        ("let b = a.lock(); let c = b; drop(b); block()", BLOCK),
        ("let b = a.lock(); give(b); block()", SOUND),
        ("let b = a.lock(); give(&b); block()", BLOCK),
        ("let b = a.lock(); self.field = b; block()", SOUND),
        ("let b = a.lock(); let b = 1; block()", BLOCK),
        ("let b = a.lock(); let b = 1; drop(b); block()", BLOCK),
        ("let b = Some(a.lock()); block()", BLOCK),
        ("let b = S { c: a.lock() }; block()", BLOCK),
        ("let (b, c) = (a.lock(), 1); drop(b); block()", SOUND),
        ("let (b, c) = (1, a.lock()); drop(b); block()", BLOCK),
        ("let b; { b = a.lock(); } block()", BLOCK),
        ("let b = if c { a.lock() } else { return }; block()", BLOCK),
        ("let b = 'c: { break 'c a.lock() }; block()", BLOCK),
        ("let b = loop { break a.lock() }; block()", BLOCK),
        ("let b = loop { break a.lock() }; drop(b); block()", SOUND),
        ("let b = unsafe { a.lock() }; block()", BLOCK),
        (
            "let b = MutexGuard::map(a.lock(), |b| &mut b.c); block()",
            BLOCK,
        ),
        ("let b = a.lock()?; block()", BLOCK),
        ("let b = a.lock().map_err(f)?; drop(b); block()", SOUND),
        ("let b = a.lock(); mem::forget(b);", LEFT),
        ("let b = ManuallyDrop::new(a.lock());", LEFT),
        ("let b = a.lock(); let c = d.lock();", TWICE),
        ("{ let b = a.lock(); } let c = d.lock();", SOUND),
        ("let b = a.lock(); spawn(move || b.len()); block()", SOUND),
        (
            "let b = a.lock(); spawn(move || { block(); b.len() });",
            BLOCK,
        ),
        ("let b = a.lock(); each(|| block());", SOUND),
        ("let b = a.lock(); b; block()", SOUND),
        ("return a.lock()", SOUND),
        ("fn two() { let b = a.lock(); block() }", BLOCK),
    ] {
        assert_eq!(broken(body), expected, "{body}");
    }
}

#[test]
fn awaits_and_macros() {
    for (body, expected) in [
        ("let b = a.lock(); c.await;", AWAIT),
        ("let b = a.lock().await; ", SOUND),
        ("let b = a.acquire().await; c.await", SOUND),
        ("let b = a.acquire().await; block()", BLOCK),
        ("let b = a.acquire(); block()", SOUND),
        ("let b = timeout(d, a.acquire()).await??; block()", BLOCK),
        ("let b = a.lock(); async { c.await };", SOUND),
        ("let b = a.lock(); println!(\"{}\", c.await);", AWAIT),
        ("let b = a.lock(); tokio::join!(c, d);", AWAIT),
        ("let b = a.lock(); select! { c = d => {} }", AWAIT),
        (
            "select! { b = a.acquire() => block(), c = d, if e => {} }",
            BLOCK,
        ),
        ("select! { b = a.acquire() => {}, _ = c => block() }", SOUND),
        (
            "assert!(matches!(a.lock().get(), Some(b) if block()))",
            BLOCK,
        ),
        ("let b = vec![a.lock()]; block()", BLOCK),
        ("let b = a.lock(); odd!(c => d.await)", AWAIT),
        ("let b = a.lock(); odd!(c => async move { d.await })", SOUND),
        ("odd!(b => a.lock()); block()", SOUND),
        ("let b = a.lock(); odd! { let c = block(); c }", BLOCK),
        (
            "let b = a.lock(); if c { panic!(\"d\") } else { drop(b) } block()",
            SOUND,
        ),
    ] {
        assert_eq!(broken(body), expected, "{body}");
    }
}

#[test]
fn functions_are_found_and_named() {
    let source = "
        mod inner { impl<T> Thing<T> { fn method(&self) { each(|x| { async { } }); fn within() {} } } }
        trait Trait { fn given() {} fn wanted(); }
        static VALUE: LazyLock<u8> = LazyLock::new(|| 1);
        thread_local! { static LOCAL: Cell<u8> = Cell::new(2); }
        #[cfg(test)] mod tests { fn no() {} }
        #[test] fn neither() {}
        #[cfg(not(test))] fn free() {} // lockcheck: allow
    ";
    let parsed = functions(source.as_bytes(), &config()).unwrap();
    let names: Vec<_> = parsed
        .functions
        .iter()
        .map(|function| function.name.as_str())
        .collect();
    let wanted = [
        "Thing::method",
        "Thing::method::{closure}",
        "Thing::method::{closure}::{async}",
        "within",
        "Trait::given",
        "VALUE::{closure}",
        "free",
    ];
    assert_eq!(names, wanted);
    assert_eq!(parsed.comments.len(), 1);
}

#[test]
fn places_are_bytes_also_behind_other_letters() {
    let source = "\u{feff}// äöü €\nfn one() { let ü = \"ß\"; let b = a.lock(); block() }";
    let parsed = functions(source.as_bytes(), &config()).unwrap();
    let function = &parsed.functions[0];
    assert_eq!(function.at, source.find("fn").unwrap());
    let found = analysis::check(function, &config());
    let site = &function.sites[usize::try_from(found[0].site).unwrap()];
    assert_eq!(&source[site.text.clone()], "block()");
    assert_eq!(site.statement, site.text.start);
}

#[test]
fn a_function_with_too_many_locks_is_reported() {
    let mut source = "fn one() {".to_owned();
    for number in 0..100 {
        write!(source, "let a{number} = b.lock();").unwrap();
    }
    source.push('}');
    let parsed = functions(source.as_bytes(), &config()).unwrap();
    assert_eq!((parsed.functions.len(), parsed.problems.len()), (0, 1));
}

#[test]
fn long_functions_are_no_trouble() {
    let mut source = "fn one() { let held = b.lock();".to_owned();
    for number in 0..20_000 {
        write!(
            source,
            "let mut a{number} = b{number}(held, c)?; if a{number} {{ return }}"
        )
        .unwrap();
    }
    source.push('}');
    let parsed = functions(source.as_bytes(), &config()).unwrap();
    assert_eq!(parsed.functions.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = functions(&bytes, &config());
        let _ = super::text::comments(&bytes);
    }

    #[test]
    fn any_words_are_lowered_or_refused(words in proptest::collection::vec(
        prop::sample::select(vec![
            "a", "b.lock()", "drop(b)", ".await", "?", ";", "{", "}", "let b =", "if", "else", "loop",
            "match a {", "_ =>", "break", "continue", "return", "=", "&", "|b|", "move", "async", "odd!(", ")",
            "'c:", "while let", "for b in", "select! {", "=>", ",", "(", "vec![", "]", "Some(", "in", "..", "fn d()",
        ]), 0..24))
    {
        let source = format!("fn one() {{ {} }}", words.join(" "));
        if let Ok(parsed) = functions(source.as_bytes(), &config()) {
            for function in &parsed.functions {
                analysis::check(function, &config());
            }
        }
    }
}
