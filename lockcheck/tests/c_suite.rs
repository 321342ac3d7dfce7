// SPDX-License-Identifier: GPL-3.0-or-later
//! Snippets of C in pairs: in the bad twin, each mistake is reported at its line and nothing
//! else; in the good twin, nothing is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use common::{Snippet, check_text, config, differences, expectations, folder, snippets_in, twins};
use lockcheck::config::Config;
use lockcheck::rule::Rule;
use lockcheck::run::{Outcome, Problem};

/// Checks snippets against comments of these kinds.
fn compare(snippets: &[Snippet], kinds: &[&str], config: &Config) {
    let mut wrong = String::new();
    for snippet in snippets {
        let expected = expectations(&snippet.name, &snippet.text, kinds);
        let outcome = check_text(&snippet.name, snippet.text.as_bytes(), config);
        assert!(
            outcome.functions > 0,
            "{}: nothing was checked",
            snippet.name
        );
        for difference in differences(&expected, &outcome.findings) {
            writeln!(wrong, "{}: {difference}", snippet.name).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn each_mistake_is_reported_at_its_line() {
    compare(&twins("bad"), &["expect"], &config(false));
}

#[test]
fn conditions_and_what_is_returned_are_looked_at_if_asked() {
    compare(&twins("bad"), &["expect", "conditions"], &config(true));
}

#[test]
fn good_twins_are_clean() {
    compare(&twins("good"), &[], &config(false));
    compare(&twins("good"), &[], &config(true));
}

#[test]
fn known_false_positives_are_what_they_were() {
    compare(
        &snippets_in(&folder().join("known")),
        &["false"],
        &config(true),
    );
}

#[test]
fn each_snippet_has_a_twin_and_each_rule_a_snippet() {
    let name = |snippet: &Snippet| snippet.name.split('.').next().unwrap().to_owned();
    let bad: BTreeSet<_> = twins("bad").iter().map(name).collect();
    let good: BTreeSet<_> = twins("good").iter().map(name).collect();
    assert_eq!(bad, good);
    let mut seen = BTreeSet::new();
    for snippet in twins("bad") {
        let expected = expectations(&snippet.name, &snippet.text, &["expect"]);
        assert!(!expected.is_empty(), "{} expects nothing", snippet.name);
        seen.extend(expected.into_iter().map(|expected| expected.rule));
    }
    for snippet in twins("good") {
        assert!(expectations(&snippet.name, &snippet.text, &["expect", "conditions"]).is_empty());
    }
    let of_rust = [Rule::GuardAcrossAwait, Rule::GuardAcrossBlocking];
    for rule in Rule::ALL.iter().filter(|rule| !of_rust.contains(rule)) {
        assert!(
            seen.contains(rule.name()),
            "no snippet breaks {}",
            rule.name()
        );
    }
}

#[test]
fn the_text_of_a_finding_is_that_of_its_file() {
    for snippet in twins("bad") {
        if snippet.name.starts_with("preprocessed") {
            continue;
        }
        let lines: Vec<_> = snippet.text.lines().collect();
        let outcome = check_text(&snippet.name, snippet.text.as_bytes(), &config(false));
        for finding in outcome.findings {
            let at = usize::try_from(finding.line).unwrap() - 1;
            // Comments are no part of the text, and a statement is told in one line.
            let code = |line: &&str| line.split("/*").next().unwrap_or_default().to_owned();
            let near: Vec<_> = lines[at..lines.len().min(at + 4)]
                .iter()
                .map(code)
                .collect();
            let near = near
                .join(" ")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            let told = !finding.text.is_empty() && near.contains(&finding.text);
            assert!(told, "{}: {finding:?} in {near}", snippet.name);
            let begins = lines
                .iter()
                .position(|line| line.contains(&finding.function));
            assert!(begins.unwrap() < at, "{}: {finding:?}", snippet.name);
        }
    }
}

#[test]
fn public_methods_may_call_each_other_by_default() {
    let snippets = twins("bad");
    let snippet = snippets
        .iter()
        .find(|snippet| snippet.name.starts_with("entry_calls"))
        .unwrap();
    let config = Config::libvirt_2009().unwrap();
    let outcome = check_text(&snippet.name, snippet.text.as_bytes(), &config);
    assert!(outcome.findings.is_empty(), "{:?}", outcome.findings);
    assert!(!config.conditions);
}

/// The problems that tell of this file, not of the configuration.
fn problems_of<'a>(outcome: &'a Outcome, file: &str) -> Vec<&'a Problem> {
    let of_file = |problem: &&Problem| problem.file.as_deref() == Some(file);
    outcome.problems.iter().filter(of_file).collect()
}

#[test]
fn a_function_that_is_no_c_is_told_of() {
    for kind in ["bad", "good"] {
        let name = format!("syntax_error.{kind}.c");
        let snippets = twins(kind);
        let snippet = snippets
            .iter()
            .find(|snippet| snippet.name == name)
            .unwrap();
        let outcome = check_text(&name, snippet.text.as_bytes(), &config(false));
        let problems = problems_of(&outcome, &name);
        assert_eq!(problems.len(), 1, "{:?}", outcome.problems);
        assert!(
            problems[0].message.contains("umlBroken"),
            "{:?}",
            problems[0]
        );
        let lines: Vec<_> = snippet.text.lines().collect();
        let begins = lines
            .iter()
            .position(|line| line.contains("umlBroken("))
            .unwrap()
            + 1;
        let line = usize::try_from(problems[0].line.unwrap()).unwrap();
        assert!((begins..begins + 10).contains(&line), "{:?}", problems[0]);
        assert_eq!(outcome.functions, 2);
    }
}

#[test]
fn good_twins_are_no_problem() {
    for snippet in twins("good") {
        if !snippet.name.starts_with("syntax_error") {
            let outcome = check_text(&snippet.name, snippet.text.as_bytes(), &config(false));
            let problems = problems_of(&outcome, &snippet.name);
            assert!(problems.is_empty(), "{}: {problems:?}", snippet.name);
        }
    }
}

#[test]
fn an_entry_that_is_not_defined_is_told_of() {
    let text = "static int umlHere(void)\n{\n    return 0;\n}\n\n\
                static virDriver umlDriver = {\n    .here = umlHere,\n    .gone = umlGone,\n};\n";
    let outcome = check_text("entries.c", text.as_bytes(), &config(false));
    let told: Vec<_> = outcome
        .problems
        .iter()
        .filter(|one| one.message.contains("umlGone"))
        .collect();
    assert_eq!(told.len(), 1, "{:?}", outcome.problems);
    let place = (told[0].file.as_deref(), told[0].line);
    assert_eq!(place, (Some("entries.c"), Some(8)));
    assert!(
        !outcome
            .problems
            .iter()
            .any(|one| one.message.contains("umlHere"))
    );
    assert_eq!(outcome.functions, 1);
}

#[test]
fn a_configured_name_that_occurs_nowhere_is_told_of() {
    let text = "name = \"small\"\nlanguage = \"c\"\n\
                [[driver]]\ntypes = [\"struct small\"]\nlock = [\"smallLock\", \"smallLokc\"]\nunlock = [\"smallUnlock\"]\n\
                [entry]\ntables = [\"virDriver\"]\n";
    let config = Config::parse(text, "small.toml").unwrap();
    let source = "static int small(struct small *driver)\n{\n    smallLock(driver);\n    smallUnlock(driver);\n    return 0;\n}\n\
                  static virDriver d = { small };\n";
    let outcome = check_text("small.c", source.as_bytes(), &config);
    assert!(outcome.findings.is_empty(), "{:?}", outcome.findings);
    let problems: Vec<_> = outcome
        .problems
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("smallLokc"), "{problems:?}");
}

#[test]
fn a_preprocessed_file_speaks_of_the_original_one() {
    let snippets = twins("bad");
    let snippet = snippets
        .iter()
        .find(|snippet| snippet.name == "preprocessed.bad.i")
        .unwrap();
    let outcome = check_text(&snippet.name, snippet.text.as_bytes(), &config(false));
    let places: Vec<_> = outcome
        .findings
        .iter()
        .map(|one| (one.file.as_str(), one.line))
        .collect();
    assert_eq!(places.len(), 2);
    assert!(places.contains(&("uml/uml_ids.c", 49)), "{places:?}");
    assert!(places.contains(&("uml/uml_ids.c", 70)), "{places:?}");
}

#[test]
fn tables_name_the_functions_that_are_checked() {
    let mut counts = BTreeMap::new();
    for snippet in twins("bad") {
        if snippet.name.starts_with("table_") {
            let outcome = check_text(&snippet.name, snippet.text.as_bytes(), &config(false));
            counts.insert(snippet.name, outcome.functions);
        }
    }
    let counts: Vec<_> = counts
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    let expected = [
        ("table_address.bad.c", 4),
        ("table_array.bad.c", 4),
        ("table_designated.bad.c", 3),
        ("table_positional.bad.c", 3),
    ];
    assert_eq!(counts, expected);
}

#[test]
fn functions_are_found_across_files() {
    let source = |path: &str, text: &str| lockcheck::run::Source {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let function = source(
        "one.c",
        "int umlShared(struct uml_driver *driver)\n{\n    driver->id = 1;\n    return 0;\n}\n",
    );
    let table = source(
        "two.c",
        "virDriver umlDriver = {\n    .shared = umlShared,\n};\n",
    );
    let outcome = lockcheck::run::check(vec![function, table], &config(false));
    let found: Vec<_> = outcome
        .findings
        .iter()
        .map(|one| (one.file.as_str(), one.line))
        .collect();
    assert_eq!(found, [("one.c", 3)]);
}
