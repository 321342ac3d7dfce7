// SPDX-License-Identifier: GPL-3.0-or-later
//! Edits on random documents in random dress: property tests.

#![allow(clippy::unwrap_used)]

use oriel::xml::{Document, DomainEdit, DomainSummary, MemoryLimit, Setting};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Blanks, comments and instructions that may stand between elements.
fn gap() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "",
        "",
        "\n",
        "\n  ",
        "\r\n\t",
        "  ",
        "\n\n    ",
        "<!-- <cputune><shares>1</shares></cputune> -->",
        "<!---->",
        "<?pi <cputune/>?>",
        "\n  <!-- a > b -->\n  ",
        "text &amp; more",
        "<![CDATA[<vcpu>]]>",
    ]);
    vec(piece, 0..3).prop_map(|pieces| pieces.concat())
}

/// An element that has nothing to do with the settings.
fn bystander() -> impl Strategy<Value = String> {
    let leaf = select(vec![
        "<memory unit='KiB'>1</memory>",
        "<vcpu>2</vcpu>",
        "<os/>",
        "<x:cputune><shares>3</shares></x:cputune>",
        "<metadata><cputune><shares>4</shares></cputune></metadata>",
        "<名字 属性='值'/>",
        "<cputune xmlns='urn:x'><shares>5</shares></cputune>",
        "<a b=\"c > '\"\n/>",
        "<memtunes></memtunes  >",
        "<blkiotune >\n</blkiotune>",
        "<description>&#x4e2d;&lt;shares&gt;&undeclared;</description>",
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(4, 12, 3, |inner| {
            (
                vec((gap(), inner), 0..3),
                select(vec!["devices", "metadata", "q:line"]),
            )
                .prop_map(|(parts, name)| {
                    let inside: String = parts.into_iter().map(|(gap, part)| gap + &part).collect();
                    format!("<{name}>{inside}</{name}>")
                })
        })
}

/// What stands around a place in `<domain>`, before and behind it.
fn surroundings() -> impl Strategy<Value = (String, String)> {
    let parts = || vec((gap(), bystander()), 0..5);
    let start = select(vec![
        "<domain>",
        "\u{FEFF}<domain type='kvm'>",
        "<?xml version='1.0'?>\r\n<!-- c -->\n<domain\n a='>' >",
        "<!DOCTYPE domain [<!ENTITY e \"]>\">]><domain id=\"3\">",
    ]);
    (start, parts(), gap(), parts(), gap(), gap()).prop_map(
        |(start, before, gap, behind, end, _)| {
            let join = |parts: Vec<(String, String)>| -> String {
                parts.into_iter().map(|(gap, part)| gap + &part).collect()
            };
            (
                format!("{start}{}{gap}", join(before)),
                format!("{}{end}</domain>\n<!-- end -->\r\n", join(behind)),
            )
        },
    )
}

/// A `<shares>` with its text in some dress: (before the number, number, behind it).
fn shares() -> impl Strategy<Value = (String, u64, String)> {
    let open = select(vec![
        "<shares>",
        "<shares\n >",
        "<shares a='>'>",
        "<shares><!-- 9 -->",
        "<shares><![CDATA[",
    ]);
    (open, 2..300_000_u64).prop_map(|(open, value)| {
        let close = if open.ends_with('[') {
            "]]></shares>"
        } else {
            "</shares >"
        };
        (open.to_owned(), value, close.to_owned())
    })
}

fn edit(shares: u64) -> DomainEdit {
    DomainEdit::default().set(Setting::SHARES, Some(shares))
}

fn limit(limit: MemoryLimit) -> DomainEdit {
    let kib = match limit {
        MemoryLimit::KiB(kib) => Some(kib),
        MemoryLimit::Unlimited => None,
    };
    DomainEdit::default().set(Setting::HARD_LIMIT, kib)
}

fn read_back(xml: &[u8]) -> String {
    let document = Document::parse(xml.to_vec()).unwrap();
    document
        .element_text(&["cputune", "shares"])
        .unwrap()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_present_value_is_all_that_changes(
        (before, behind) in surroundings(),
        (open, old, close) in shares(),
        (inner_gap, inner_end) in (gap(), gap()),
        new in 2..300_000_u64,
    ) {
        let wrap = |value: u64| format!(
            "{before}<cputune>{inner_gap}{open}{value}{close}{inner_end}</cputune>{behind}"
        );
        let edited = edit(new).apply(wrap(old)).unwrap();
        prop_assert_eq!(String::from_utf8(edited).unwrap(), wrap(new));
    }

    #[test]
    fn an_absent_value_is_put_in_and_nothing_else_changes(
        (before, behind) in surroundings(),
        holder in select(vec!["", "<cputune/>", "<cputune></cputune>", "<cputune >\n</cputune>",
            "\n  <cputune>\n    <period>1</period>\n  </cputune>", "<cputune a='1' />"]),
        new in 2..300_000_u64,
    ) {
        let xml = format!("{before}{holder}{behind}");
        let edited = edit(new).apply(xml.as_str()).unwrap();
        prop_assert_eq!(read_back(&edited), new.to_string());
        prop_assert_eq!(&edit(new).apply(edited.clone()).unwrap(), &edited);
        // What was added, cut out again, leaves the document as it was.
        let text = String::from_utf8(edited).unwrap();
        let same = xml.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        let rest = xml.bytes().rev().zip(text.bytes().rev()).take_while(|(a, b)| a == b).count();
        let opened = usize::from(holder.ends_with("/>")) * 2;
        prop_assert!(same + rest + opened >= xml.len(), "{} became {}", xml, text);
        let added = text.len() - xml.len();
        prop_assert!(added < 200, "{} bytes added", added);
    }

    #[test]
    fn a_limit_taken_back_restores_the_document((before, behind) in surroundings(), kib in 1..1_u64 << 50) {
        let xml = format!("{before}{behind}");
        let set = limit(MemoryLimit::KiB(kib)).apply(xml.as_str()).unwrap();
        let summary = DomainSummary::parse(&set).unwrap();
        prop_assert_eq!(summary.memory_hard_limit, Some(MemoryLimit::KiB(kib)));
        let back = limit(MemoryLimit::Unlimited).apply(set).unwrap();
        prop_assert_eq!(String::from_utf8(back).unwrap(), xml);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = edit(500).apply(bytes.clone());
        let _ = DomainSummary::parse(&bytes);
    }

    #[test]
    fn damage_is_an_error_or_a_right_result(
        (before, behind) in surroundings(),
        at in any::<prop::sample::Index>(),
        junk in "[<>&;'\"/!\\[\\]a-z -]{0,4}",
        cut in 0..5_usize,
    ) {
        let mut xml = format!("{before}<cputune><shares>7</shares></cputune>{behind}").into_bytes();
        let at = at.index(xml.len());
        let end = (at + cut).min(xml.len());
        xml.splice(at..end, junk.bytes());
        if let Ok(edited) = edit(500).apply(xml) {
            prop_assert!(read_back(&edited).trim_start() == "500");
        }
    }
}
