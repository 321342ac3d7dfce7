// SPDX-License-Identifier: GPL-3.0-or-later
//! Edits on small documents, each a case that once could have gone wrong.

use super::*;

fn five_hundred_shares() -> DomainEdit {
    DomainEdit::default().set(Setting::SHARES, Some(500))
}

fn limit(limit: MemoryLimit) -> DomainEdit {
    let kib = match limit {
        MemoryLimit::KiB(kib) => Some(kib),
        MemoryLimit::Unlimited => None,
    };
    DomainEdit::default().set(Setting::HARD_LIMIT, kib)
}

fn edited(edit: &DomainEdit, xml: &str) -> String {
    String::from_utf8(edit.apply(xml).unwrap()).unwrap()
}

#[test]
fn a_value_is_replaced_where_it_stands() {
    for (before, after) in [
        ("<shares>1024</shares>", "<shares>500</shares>"),
        ("<shares  >1024</shares\n>", "<shares  >500</shares\n>"),
        ("<shares/>", "<shares>500</shares>"),
        ("<shares />", "<shares >500</shares>"),
        ("<shares></shares>", "<shares>500</shares>"),
        ("<shares>\n  </shares>", "<shares>500</shares>"),
        ("<shares>\n  9 </shares>", "<shares>\n  500</shares>"),
        (
            "<shares>10<!-- c -->24</shares>",
            "<shares>500<!-- c --></shares>",
        ),
        (
            "<shares><!-- > --> 1<?p?>2 </shares>",
            "<shares><!-- > --> 500<?p?></shares>",
        ),
        (
            "<shares><![CDATA[1024]]></shares>",
            "<shares><![CDATA[500]]></shares>",
        ),
        (
            "<shares>1<![CDATA[02]]>4</shares>",
            "<shares>500<![CDATA[]]></shares>",
        ),
        ("<shares>&#49;024</shares>", "<shares>500</shares>"),
        (
            "<shares>1<b>0</b>24</shares>",
            "<shares>500<b></b></shares>",
        ),
        ("<shares>&bomb;</shares>", "<shares>500</shares>"),
        (
            "<shares a='>'>1</shares><shares>2</shares>",
            "<shares a='>'>500</shares><shares>2</shares>",
        ),
    ] {
        let wrap = |shares: &str| format!("<domain>\n<cputune>{shares}</cputune>\n</domain>");
        assert_eq!(edited(&five_hundred_shares(), &wrap(before)), wrap(after));
    }
}

#[test]
fn a_value_that_is_there_changes_no_byte() {
    for shares in [
        "<shares>500</shares>",
        "<shares>\n  0500</shares>",
        "<shares>5<!-- c -->00</shares>",
        "<shares><![CDATA[500]]></shares>",
        "<shares>50&#48;</shares>",
    ] {
        let xml = format!("<domain><cputune>{shares}</cputune></domain>");
        assert_eq!(edited(&five_hundred_shares(), &xml), xml);
    }
    for limit_xml in [
        "<hard_limit>1024</hard_limit>",
        "<hard_limit unit='MiB'>1</hard_limit>",
        "<hard_limit unit=\"bytes\">1048576</hard_limit>",
    ] {
        let xml = format!("<domain><memtune>{limit_xml}</memtune></domain>");
        assert_eq!(edited(&limit(MemoryLimit::KiB(1024)), &xml), xml);
    }
}

#[test]
fn only_the_element_that_libvirt_reads_matches() {
    for (before, after) in [
        (
            "<metadata><cputune><shares>1</shares></cputune></metadata><vcpu>1</vcpu>",
            "<metadata><cputune><shares>1</shares></cputune></metadata><vcpu>1</vcpu>\
             <cputune><shares>500</shares></cputune>",
        ),
        (
            "<x:cputune xmlns:x='u'><shares>1</shares></x:cputune><cputune><x:shares xmlns:x='u'/></cputune>",
            "<x:cputune xmlns:x='u'><shares>1</shares></x:cputune><cputune><shares>500</shares><x:shares xmlns:x='u'/></cputune>",
        ),
        (
            "<cputune xmlns='urn:u'><shares>1</shares></cputune><cputune xmlns=''><shares>2</shares></cputune>",
            "<cputune xmlns='urn:u'><shares>1</shares></cputune><cputune xmlns=''><shares>500</shares></cputune>",
        ),
        (
            "<cputune/><cputune><period>1</period></cputune><cputune><shares>2</shares></cputune>",
            "<cputune/><cputune><period>1</period></cputune><cputune><shares>500</shares></cputune>",
        ),
        (
            "<cputune><vcpupin><shares>3</shares></vcpupin></cputune>",
            "<cputune><shares>500</shares><vcpupin><shares>3</shares></vcpupin></cputune>",
        ),
        (
            "<cputune><cputune><shares>3</shares></cputune></cputune>",
            "<cputune><shares>500</shares><cputune><shares>3</shares></cputune></cputune>",
        ),
        (
            "<!-- <cputune><shares>3</shares></cputune> --><memory>1</memory>",
            "<!-- <cputune><shares>3</shares></cputune> --><memory>1</memory><cputune><shares>500</shares></cputune>",
        ),
    ] {
        let wrap = |inner: &str| format!("<domain type='kvm'>{inner}</domain>");
        assert_eq!(edited(&five_hundred_shares(), &wrap(before)), wrap(after));
    }
}

#[test]
fn a_new_element_stands_as_its_neighbours_do() {
    for (before, after) in [
        (
            "<domain>\n  <vcpu>1</vcpu>\n  <os/>\n</domain>\n",
            "<domain>\n  <vcpu>1</vcpu>\n  <cputune>\n    <shares>500</shares>\n  </cputune>\n  <os/>\n</domain>\n",
        ),
        (
            "<domain>\r\n\t<os>\r\n\t\t<type/>\r\n\t</os>\r\n\t<iothreads>1</iothreads> <!-- one -->\r\n</domain>",
            "<domain>\r\n\t<os>\r\n\t\t<type/>\r\n\t</os>\r\n\t<iothreads>1</iothreads> <!-- one -->\r\n\
             \t<cputune>\r\n\t\t<shares>500</shares>\r\n\t</cputune>\r\n</domain>",
        ),
        (
            "<domain>\n    <!-- top -->\n    <devices>\n    </devices>\n</domain>",
            "<domain>\n    <cputune>\n        <shares>500</shares>\n    </cputune>\n    <!-- top -->\n    <devices>\n    </devices>\n</domain>",
        ),
        (
            "<domain>\n  <cputune/>\n</domain>",
            "<domain>\n  <cputune>\n    <shares>500</shares>\n  </cputune>\n</domain>",
        ),
        (
            "<domain>\n  <cputune>\n  </cputune>\n</domain>",
            "<domain>\n  <cputune>\n    <shares>500</shares>\n  </cputune>\n</domain>",
        ),
        (
            "<domain>\n  <cputune a='1' />\n</domain>",
            "<domain>\n  <cputune a='1'>\n    <shares>500</shares>\n  </cputune>\n</domain>",
        ),
        (
            "<domain>\n  <cputune></cputune>\n</domain>",
            "<domain>\n  <cputune>\n    <shares>500</shares>\n  </cputune>\n</domain>",
        ),
        (
            "<domain>\n  <cputune>\n     <period>1</period>\n  </cputune>\n</domain>",
            "<domain>\n  <cputune>\n     <shares>500</shares>\n     <period>1</period>\n  </cputune>\n</domain>",
        ),
        (
            "<domain>\n  <cputune><period>1</period></cputune>\n</domain>",
            "<domain>\n  <cputune><shares>500</shares><period>1</period></cputune>\n</domain>",
        ),
        (
            "<domain/>",
            "<domain><cputune><shares>500</shares></cputune></domain>",
        ),
        (
            "<?xml version='1.0'?>\n<domain>\n</domain>",
            "<?xml version='1.0'?>\n<domain>\n  <cputune>\n    <shares>500</shares>\n  </cputune>\n</domain>",
        ),
        (
            "<domain><vcpu>1</vcpu>\n</domain>",
            "<domain><vcpu>1</vcpu><cputune><shares>500</shares></cputune>\n</domain>",
        ),
    ] {
        assert_eq!(edited(&five_hundred_shares(), before), after);
        assert_eq!(
            edited(&five_hundred_shares(), after),
            after,
            "twice is once"
        );
    }
}

#[test]
fn a_memory_limit_is_set_and_taken_back() {
    let before = "<domain>\n  <memory>9</memory> <!-- m -->\n  <vcpu>1</vcpu>\n</domain>\n";
    let set = edited(&limit(MemoryLimit::KiB(2048)), before);
    assert_eq!(
        set,
        "<domain>\n  <memory>9</memory> <!-- m -->\n  <memtune>\n    \
         <hard_limit unit='KiB'>2048</hard_limit>\n  </memtune>\n  <vcpu>1</vcpu>\n</domain>\n"
    );
    assert_eq!(edited(&limit(MemoryLimit::Unlimited), &set), before);
    for (before, after) in [
        (
            "<hard_limit unit = \"MiB\">7</hard_limit>",
            "<hard_limit unit = \"KiB\">2048</hard_limit>",
        ),
        (
            "<hard_limit>7</hard_limit>",
            "<hard_limit>2048</hard_limit>",
        ),
        (
            "<hard_limit unit='k'>7</hard_limit>",
            "<hard_limit unit='k'>2048</hard_limit>",
        ),
        (
            "<hard_limit unit='&#77;iB'/>",
            "<hard_limit unit='KiB'>2048</hard_limit>",
        ),
        (
            "<hard_limit unit='KB'>7</hard_limit>",
            "<hard_limit unit='KiB'>2048</hard_limit>",
        ),
    ] {
        let wrap = |inner: &str| format!("<domain><memtune>{inner}</memtune></domain>");
        assert_eq!(
            edited(&limit(MemoryLimit::KiB(2048)), &wrap(before)),
            wrap(after)
        );
    }
}

#[test]
fn no_limit_removes_every_limit_and_nothing_else() {
    for (before, after) in [
        ("<memtune><hard_limit>1</hard_limit></memtune>", ""),
        (
            "\n  <memtune>\n    <hard_limit>1</hard_limit>\n  </memtune>\n",
            "\n",
        ),
        (
            "\n  <memtune>\n    <hard_limit>1</hard_limit>\n    <soft_limit>1</soft_limit>\n  </memtune>\n",
            "\n  <memtune>\n    <soft_limit>1</soft_limit>\n  </memtune>\n",
        ),
        (
            "<memtune><hard_limit/><hard_limit>1</hard_limit><!-- k --></memtune><memtune><hard_limit>2</hard_limit></memtune>",
            "<memtune><!-- k --></memtune>",
        ),
        (
            "<memtune a='1'><hard_limit>1</hard_limit></memtune>",
            "<memtune a='1'></memtune>",
        ),
        ("<memtune/>", "<memtune/>"),
        (
            "<x><memtune><hard_limit>1</hard_limit></memtune></x>",
            "<x><memtune><hard_limit>1</hard_limit></memtune></x>",
        ),
    ] {
        let wrap = |inner: &str| format!("<domain>{inner}</domain>");
        assert_eq!(
            edited(&limit(MemoryLimit::Unlimited), &wrap(before)),
            wrap(after)
        );
    }
}

#[test]
fn what_is_no_domain_is_refused_with_the_reason() {
    let refusal = |xml: &[u8]| five_hundred_shares().apply(xml).unwrap_err();
    assert!(matches!(
        refusal(b"<domainsnapshot><domain/></domainsnapshot>"),
        XmlError::WrongRoot { found, .. } if found == "domainsnapshot"
    ));
    assert_eq!(
        refusal(b"<domstatus/>").to_string(),
        "The document describes a <domstatus>, but a <domain> is needed."
    );
    assert!(matches!(
        refusal(b"<domain xmlns='u'/>"),
        XmlError::Namespace { .. }
    ));
    assert!(matches!(refusal(b""), XmlError::Empty));
    assert!(matches!(refusal(b" <!-- nothing -->\n"), XmlError::Empty));
    let utf16: Vec<u8> = "<domain/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(matches!(refusal(&utf16), XmlError::Encoding { .. }));
    assert!(matches!(
        refusal(b"<?xml version='1.0' encoding='Shift_JIS'?><domain/>"),
        XmlError::Encoding { found } if found == "Shift_JIS"
    ));
    assert!(matches!(
        refusal(b"<domain>\n\xE9</domain>"),
        XmlError::NotUtf8 { line: 2, .. }
    ));
    for cut in [
        "<domain>",
        "<domain><!-- ",
        "<domain><a b='",
        "<domain><![CDATA[",
        "<domain><a>",
    ] {
        assert!(
            matches!(refusal(cut.as_bytes()), XmlError::Truncated { .. }),
            "{cut}"
        );
    }
    for bad in [
        "<domain></domains>",
        "<domain/><domain/>",
        "<domain/>text",
        "text<domain/>",
        "<domain a='1' a='2'/>",
        "<domain a=1/>",
        "<domain a='<'/>",
        "<domain>a & b</domain>",
        "<domain></domain a='1'>",
        "<domain><1/></domain>",
        "<domain><a b/></domain>",
        "<domain>\u{1}</domain>",
        "<domain><!-- a -- b --></domain>",
        "<domain>< a/></domain>",
        "<domain></a></domain>",
        "<domain/><!DOCTYPE domain>",
        " <?xml version='1.0'?><domain/>",
        "<domain/>&amp;",
        "<domain/>\0",
        "<domain",
        "<domain><!x></domain>",
    ] {
        let error = refusal(bad.as_bytes());
        assert!(
            matches!(error, XmlError::Malformed { .. }),
            "{bad}: {error:?}"
        );
    }
}

#[test]
fn eight_bit_bytes_and_the_byte_order_mark_survive() {
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?>\n<domain>\n  <name>caf\xE9</name>\n  <cputune>\n    <shares>1</shares>\n  </cputune>\n  <title>\xFC&amp;</title>\n</domain>\n";
    let edited = five_hundred_shares().apply(&latin[..]).unwrap();
    let expected: Vec<u8> = latin.to_vec();
    let at = expected
        .windows(3)
        .position(|three| three == b">1<")
        .unwrap()
        + 1;
    assert_eq!(
        edited,
        [&expected[..at], b"500", &expected[at + 1..]].concat()
    );
    let mut document = Document::parse(latin.to_vec()).unwrap();
    assert_eq!(document.element_text(&["name"]).unwrap().unwrap(), "café");
    document.set_element_text(&["title"], "ö<").unwrap();
    assert!(String::from_utf8_lossy(document.as_bytes()).contains("<title>&#246;&lt;</title>"));

    let marked = "\u{FEFF}<domain>\n<vcpu/>\n</domain>";
    let expected =
        "\u{FEFF}<domain>\n<vcpu/>\n<cputune>\n  <shares>500</shares>\n</cputune>\n</domain>";
    assert_eq!(
        five_hundred_shares().apply(marked).unwrap(),
        expected.as_bytes()
    );
}

#[test]
fn entities_are_never_expanded() {
    let bomb = "<!DOCTYPE domain [\n<!ENTITY a \"]>'\">\n<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>\n\
                <!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>\n]>\n<domain><name>&c;&undeclared;</name></domain>";
    let edited = five_hundred_shares().apply(bomb).unwrap();
    assert!(
        String::from_utf8(edited).unwrap().contains(
            "<name>&c;&undeclared;</name><cputune><shares>500</shares></cputune></domain>"
        )
    );
    let document = Document::parse(bomb.into()).unwrap();
    assert_eq!(
        document.element_text(&["name"]).unwrap().unwrap(),
        "&c;&undeclared;"
    );
}

#[test]
fn depth_and_size_are_no_danger() {
    let deep = format!(
        "<domain>{}{}</domain>",
        "<a>".repeat(10_000),
        "</a>".repeat(10_000)
    );
    let edited = five_hundred_shares().apply(deep.as_str()).unwrap();
    let shares = "<cputune><shares>500</shares></cputune>";
    assert_eq!(
        edited,
        format!("<domain>{shares}{}", &deep["<domain>".len()..]).into_bytes()
    );

    let wide = format!(
        "<domain>{}<vcpu/></domain>",
        "<a b='c'>d</a>".repeat(100_000)
    );
    let edited = five_hundred_shares().apply(wide.as_str()).unwrap();
    assert!(edited.ends_with(format!("<vcpu/>{shares}</domain>").as_bytes()));
    assert_eq!(edited.len(), wide.len() + shares.len());

    let attributes: Vec<String> = (0..50_000).map(|n| format!("a{n}=''")).collect();
    let attributes = attributes.join(" ");
    assert!(
        five_hundred_shares()
            .apply(format!("<domain {attributes}/>"))
            .is_ok()
    );
}

#[test]
fn new_documents_are_escaped() {
    assert_eq!(
        escape_text("a<b>&'\"\t\r").unwrap(),
        "a&lt;b&gt;&amp;'\"\t&#13;"
    );
    assert_eq!(escape_attribute("'\"\n").unwrap(), "&apos;&quot;&#10;");
    assert!(matches!(
        escape_text("\u{1B}[0m"),
        Err(XmlError::Character { code: 0x1B })
    ));
    assert!(matches!(
        Builder::new("a b", &[]),
        Err(XmlError::Name { .. })
    ));
    let mut document = Document::parse(b"<domain><name>x</name></domain>".to_vec()).unwrap();
    document.set_element_text(&["name"], "a]]>&<").unwrap();
    assert_eq!(
        document.as_bytes(),
        b"<domain><name>a]]&gt;&amp;&lt;</name></domain>"
    );
}
