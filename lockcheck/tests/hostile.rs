// SPDX-License-Identifier: GPL-3.0-or-later
//! Whatever the input is: an error or a report, in bounded time and memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{check_text, config, folder, snippets_in};
use proptest::prelude::*;

/// No run may take longer than this, on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

/// No run may take more memory than this, in KiB.
const MOST_MEMORY: u64 = 1_000_000;

/// What came of a run.
#[derive(Debug)]
struct Run {
    status: Option<i32>,
    output: String,
    errors: String,
    /// The most memory that it was seen to have, in KiB.
    memory: u64,
}

/// The most memory that a process has had so far, in KiB.
fn high_water(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn run(arguments: &[&OsStr]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lockcheck"))
        .args(["--format", "json"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let output = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let errors = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stderr.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let begun = Instant::now();
    let mut memory = 0;
    let status = loop {
        memory = high_water(&child).unwrap_or(0).max(memory);
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if begun.elapsed() > LONGEST {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Run {
        status,
        output: String::from_utf8(output.join().unwrap()).unwrap(),
        errors: String::from_utf8_lossy(&errors.join().unwrap()).into_owned(),
        memory,
    }
}

/// Runs and demands what is demanded of each run.
fn survive(what: &str, arguments: &[&OsStr]) -> Run {
    let run = run(arguments);
    let short: String = run.errors.chars().take(500).collect();
    assert!(
        matches!(run.status, Some(0..=2)),
        "{what}: {:?}\n{short}",
        run.status
    );
    assert!(run.memory < MOST_MEMORY, "{what}: {} KiB", run.memory);
    assert!(!short.contains("panicked"), "{what}: {short}");
    if run.output.is_empty() {
        assert_eq!(run.status, Some(2), "{what}: nothing was printed");
        assert!(!short.is_empty(), "{what}: no word of why");
    } else {
        let json: serde_json::Value = serde_json::from_str(&run.output).unwrap();
        assert!(json["findings"].is_array(), "{what}");
    }
    run
}

/// A folder for files, and what is in them.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes a text and runs over it.
    fn survive(&self, name: &str, text: &[u8]) -> Run {
        let path = self.write(name, text);
        survive(name, &[path.as_os_str()])
    }
}

/// A function in a table, with this body.
fn function(body: &str) -> String {
    format!(
        "static int f(virConnectPtr conn)\n{{\n    struct uml_driver *driver = conn->privateData;\n\
         {body}\n    return 0;\n}}\n\nstatic virDriver d = {{ f }};\n"
    )
}

/// Numbers that look random, always the same ones.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

/// Far deeper than what is followed, and depths that may just be followed.
const DEPTHS: [usize; 3] = [100_000, 3_900, 1_300];

fn nested(deep: usize, open: &str, inner: &str, close: &str) -> String {
    [open.repeat(deep), inner.to_owned(), close.repeat(deep)].concat()
}

#[test]
fn deep_expressions() {
    let files = Files::new();
    for deep in DEPTHS {
        let cases = [
            (
                "parentheses",
                format!("int x = {};", nested(deep, "(", "driver->a", ")")),
            ),
            (
                "calls",
                format!("{};", nested(deep, "g(", "driver->a", ")")),
            ),
            (
                "indices",
                format!("int x = {};", nested(deep, "a[", "driver->a", "]")),
            ),
            ("not", format!("int x = {}driver->a;", "!".repeat(deep))),
            ("pointers", format!("x = {}driver;", "*".repeat(deep))),
            ("chain", format!("x = driver{};", "->a".repeat(deep))),
            ("sum", format!("x = 1{};", " + driver->a".repeat(deep))),
            (
                "and",
                format!("if (1{}) x = 1;", " && driver->a".repeat(deep)),
            ),
            ("choice", format!("x = {}1;", "a ? b : ".repeat(deep))),
            ("comma", format!("x = 1{};", ", driver->a".repeat(deep))),
            ("casts", format!("x = {}driver;", "(void *)".repeat(deep))),
            ("assignments", format!("{}1;", "x = ".repeat(deep))),
            ("declarator", format!("int {}x;", "*".repeat(deep))),
            (
                "initialiser",
                format!("int x = {};", nested(deep, "{", "1", "}")),
            ),
            ("open only", "x = ".to_owned() + &"(".repeat(deep)),
            ("close only", ")".repeat(deep)),
        ];
        for (name, body) in cases {
            files.survive(name, function(&body).as_bytes());
        }
    }
}

#[test]
fn deep_statements() {
    let files = Files::new();
    for deep in DEPTHS {
        let cases = [
            ("blocks", nested(deep, "{", "driver->a = 1;", "}")),
            ("else if", "if (a) b(); else ".repeat(deep) + "c();"),
            ("if", "if (a) ".repeat(deep) + "b();"),
            ("while", nested(deep, "while (1) {", "b();", "}")),
            ("for", "for (;;) ".repeat(deep) + "b();"),
            (
                "do",
                "do ".repeat(deep) + "b(); " + &"while (1); ".repeat(deep),
            ),
            ("switch", "switch (a) case 1: ".repeat(deep) + "b();"),
            ("statement expressions", nested(deep, "({", "1;", "});")),
            ("open only", "{".repeat(deep)),
            ("close only", "}".repeat(deep)),
        ];
        for (name, body) in cases {
            files.survive(name, function(&body).as_bytes());
        }
        let table = format!("static virDriver d = {};\n", nested(deep, "{", "f", "}"));
        files.survive("table", table.as_bytes());
        files.survive(
            "conditionals",
            [
                "#if A\n".repeat(deep),
                "int x;\n".to_owned(),
                "#endif\n".repeat(deep),
            ]
            .concat()
            .as_bytes(),
        );
        files.survive(
            "linkage",
            nested(deep, "extern \"C\" {\n", "int x;\n", "}\n").as_bytes(),
        );
    }
}

#[test]
fn long_functions() {
    let files = Files::new();
    let numbered = |make: &dyn Fn(usize) -> String| (0..20_000).map(make).collect::<String>();
    let cases = [
        (
            "labels",
            numbered(&|at| format!("l{at}: if (a) goto l{};\n", (at * 7) % 20_000)),
        ),
        (
            "goto nowhere",
            numbered(&|at| format!("if (a) goto m{at};\n")),
        ),
        (
            "variables",
            numbered(&|at| format!("struct uml_driver *d{at} = 0;\n")),
        ),
        (
            "locks",
            numbered(&|_| "umlDriverLock(driver); umlDriverUnlock(driver);\n".to_owned()),
        ),
        (
            "elements",
            numbered(&|at| format!("virDomainObjLock(driver->objs[{at}]);\n")),
        ),
        (
            "cases",
            format!(
                "switch (a) {{ {} }}",
                numbered(&|at| format!("case {at}: if (a) break;\n"))
            ),
        ),
        (
            "flags",
            numbered(&|at| format!("if (flag{}) umlDriverLock(driver);\n", at % 50)),
        ),
        ("conditions", numbered(&|at| format!("if (c{at}) a = 1;\n"))),
        (
            "backwards",
            format!(
                "again: {} goto again;",
                numbered(&|_| "if (a) goto again; b(driver);\n".to_owned())
            ),
        ),
    ];
    for (name, body) in cases {
        files.survive(name, function(&body).as_bytes());
    }
}

#[test]
fn bytes_that_are_no_text() {
    let files = Files::new();
    files.survive("noise", &noise(1_000_000));
    files.survive("empty", b"");
    files.survive("one byte", b"{");
    files.survive("nul", &vec![0; 100_000]);
    files.survive(
        "elf",
        &std::fs::read(env!("CARGO_BIN_EXE_lockcheck")).unwrap()[..2_000_000],
    );
    let text = function("driver->\u{e9}t\u{e9} = \"\u{1f512}\"; /* \u{fc} */");
    files.survive("utf-8", text.as_bytes());
    let mut found = Vec::new();
    for (name, byte) in [
        ("latin 1", b'\xe9'),
        ("no utf-8", b'\xff'),
        ("inner nul", b'\0'),
    ] {
        let mut text = function("/* ~ */ driver->a = \"~~\"; g(driver);").into_bytes();
        for at in &mut text {
            if *at == b'~' {
                *at = byte;
            }
        }
        found.push(
            files
                .survive(name, &text)
                .output
                .matches("driver-unlocked")
                .count(),
        );
    }
    assert!(found[..2].iter().all(|count| *count >= 2), "{found:?}");
    let text = function("driver->a = 1;").replace('\n', "\r\n");
    assert!(
        files
            .survive("carriage returns", text.as_bytes())
            .output
            .contains("driver-unlocked")
    );
    let text = function("driver->a = 1;").replace('\n', "\r");
    files.survive("no line feeds", text.as_bytes());
}

#[test]
fn lines_without_end() {
    let files = Files::new();
    files.survive(
        "macro",
        [b"#define X ".as_slice(), &vec![b'('; 8_000_000]]
            .concat()
            .as_slice(),
    );
    files.survive(
        "continued",
        [b"#define X ".as_slice(), &b"a \\\n".repeat(1_000_000)]
            .concat()
            .as_slice(),
    );
    files.survive(
        "comment",
        [b"/* ".as_slice(), &vec![b'*'; 4_000_000]]
            .concat()
            .as_slice(),
    );
    files.survive("comments", &b"/*".repeat(1_000_000));
    files.survive("quotes", &b"\"".repeat(1_000_001));
    files.survive(
        "string",
        [b"char *x = \"".as_slice(), &vec![b'a'; 4_000_000]]
            .concat()
            .as_slice(),
    );
    files.survive("markers", &b"# 1 \"a\"\n".repeat(200_000));
    files.survive(
        "files",
        (0..20_000)
            .flat_map(|at| format!("# {at} \"f{at}\"\n").into_bytes())
            .collect::<Vec<_>>()
            .as_slice(),
    );
    files.survive(
        "huge marker",
        b"# 4294967295 \"a\"\n\n\n\n# 99999999999999999999 \"b\"\nint x;\n",
    );
    files.survive("erased", &b"ATTRIBUTE_FORMAT(".repeat(50_000));
    files.survive("words", &b"VIR_ENUM_DECL(x)\n".repeat(100_000));
    files.survive("braces", &b"x{".repeat(200_000));
    files.survive("arrays", &b"[".repeat(1_000_000));
    files.survive("semicolons", &b";".repeat(1_000_000));
}

/// Writes a file of at least this length, a text again and again.
fn write_repeated(path: &Path, text: &str, length: usize) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    for _ in 0..=length / text.len() {
        file.write_all(text.as_bytes()).unwrap();
    }
    file.flush().unwrap();
}

#[test]
fn a_hundred_megabytes_are_refused() {
    let files = Files::new();
    let path = files.0.path().join("large.c");
    write_repeated(&path, &function("    driver->a = 1;\n"), 100_000_000);
    let run = survive("100 MB", &[path.as_os_str()]);
    assert_eq!(run.status, Some(2));
    assert!(run.errors.contains("large.c"), "{}", run.errors);
    // The program and its libraries; the file is not even read.
    assert!(run.memory < 50_000, "{} KiB", run.memory);
}

#[test]
fn memory_is_bounded_for_what_is_not_refused() {
    let files = Files::new();
    let path = files.0.path().join("large.c");
    let lines = "    umlDriverLock(driver);\n    umlDriverUnlock(driver);\n".repeat(20);
    write_repeated(&path, &function(&lines), 8_000_000);
    let run = survive("8 MB", &[path.as_os_str()]);
    assert!(run.memory > 8_000, "the memory was not measured: {run:?}");
    std::fs::write(&path, vec![b'a'; 60_000_000]).unwrap();
    survive("60 MB of one word", &[path.as_os_str()]);
}

#[test]
fn arguments_that_are_no_files() {
    let files = Files::new();
    let good = files.write("good.c", function("").as_bytes());
    let folder = files.0.path().join("folder.c");
    std::fs::create_dir(&folder).unwrap();
    let status =
        |what: &str, path: &Path| survive(what, &[path.as_os_str(), good.as_os_str()]).status;
    assert_eq!(
        status("missing", &files.0.path().join("missing.c")),
        Some(2)
    );
    assert_eq!(status("device", Path::new("/dev/zero")), Some(2));
    assert_eq!(
        status("no utf-8", Path::new(OsStr::from_bytes(b"/nowhere/\xff.c"))),
        Some(2)
    );
    assert_eq!(status("nothing", Path::new("")), Some(2));
    assert!(matches!(status("folder", &folder), Some(0 | 2)));
    let odd = files.0.path().join(OsStr::from_bytes(b"\xff\n\x1b.c"));
    std::fs::write(&odd, function("driver->a = 1;")).unwrap();
    assert!(
        survive("odd name", &[odd.as_os_str()])
            .output
            .contains("driver-unlocked")
    );
}

#[test]
fn truncated_anywhere() {
    let config = config(true);
    for snippet in snippets_in(&folder()) {
        let bytes = snippet.text.as_bytes();
        for end in (0..bytes.len()).step_by(97) {
            let outcome = check_text(&snippet.name, &bytes[..end], &config);
            let lines = bytes[..end].split(|byte| *byte == b'\n').count();
            for finding in outcome.findings {
                let preprocessed = snippet.name.starts_with("preprocessed");
                let line = usize::try_from(finding.line).unwrap();
                assert!(preprocessed || (1..=lines).contains(&line), "{finding:?}");
            }
        }
    }
}

/// Things that mean something to the checker.
const TOKENS: &str = "(~)~{~}~[~]~;~,~=~?~:~*~&~!~\"~'~\\\n~/*~*/~//~\n#if 0\n~\n#else\n~\n#endif\n\
                      ~\n# 7 \"x.c\"\n~ if ~ else ~ while ~ for ~ do ~ switch ~ case ~ default:~ goto cleanup;\
                      ~ cleanup: ~ return ~ break;~ continue;~ driver ~ vm ~ NULL ~umlDriverLock(driver);\
                      ~virDomainObjUnlock(vm);~ vm = virDomainFindByName(~umlDriverLock()~ sizeof ~->~.~ ({ ~ }) \
                      ~ struct uml_driver ~ virDriver ~ static ~ ATTRIBUTE_UNUSED ~\0~\u{e9}";

/// A change to a text: where, how much is taken out, and what is put in.
type Change = (prop::sample::Index, usize, prop::sample::Index, bool);

fn changed(text: &str, changes: &[Change]) -> Vec<u8> {
    let tokens: Vec<_> = TOKENS.split('~').collect();
    let mut bytes = text.as_bytes().to_vec();
    for (at, length, token, copy) in changes {
        let at = at.index(bytes.len() + 1);
        let end = (at + length).min(bytes.len());
        let put = if *copy {
            bytes[at..end].repeat(2)
        } else {
            tokens[token.index(tokens.len())].into()
        };
        bytes.splice(at..end, put);
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_snippets_are_survived(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0_usize..40, any::<prop::sample::Index>(), any::<bool>()),
            1..8,
        ),
    ) {
        let snippets = snippets_in(&folder());
        let snippet = &snippets[which.index(snippets.len())];
        let bytes = changed(&snippet.text, &changes);
        let once = check_text(&snippet.name, &bytes, &config(true));
        let again = check_text(&snippet.name, &bytes, &config(true));
        prop_assert_eq!(format!("{:?}", once.findings), format!("{:?}", again.findings));
    }
}
