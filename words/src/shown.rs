// SPDX-License-Identifier: GPL-3.0-or-later
//! Text from outside as a person may see it: names, paths and messages of daemons, guests and
//! files.
//!
//! It owns the choice of the characters that do something to what shows them instead of being
//! shown: a terminal obeys ESC and CSI, a line break forges a row, and a bidirectional override
//! turns a name round. Each is written as its number. Data that programs read stays exact: JSON
//! has escapes of its own ([`json`]).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

/// Whether a character does something instead of being shown, or can't be seen at all. Joiners
/// stay, since emoji and several scripts need them.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // Marks, embeddings, overrides and isolates of text that runs from right to left.
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}'
            // Breaks of lines and paragraphs.
            | '\u{2028}' | '\u{2029}'
            // Blanks without width, and invisible operators.
            | '\u{200B}' | '\u{2060}'..='\u{2065}' | '\u{FEFF}' | '\u{180E}'
            // Annotations, and tags, which are letters that nobody sees.
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
        )
}

/// A text in one line, each unsafe character as its number: `\u{1b}`. Line breaks and tabs are
/// `\n`, `\r` and `\t`.
pub fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, is_unsafe)
}

/// The same of a text whose line breaks are to stay.
pub fn shown_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |character| character != '\n' && is_unsafe(character))
}

/// A JSON document whose texts hold no unsafe character: each is written by JSON's own escape, so
/// that a reader gets the same values. JSON itself insists on that for those below a blank alone.
/// Line breaks between values stay.
pub fn json(document: &str) -> Cow<'_, str> {
    let escapes = |character| character != '\n' && is_unsafe(character);
    if !document.contains(escapes) {
        return Cow::Borrowed(document);
    }
    let mut out = String::with_capacity(document.len() + 16);
    for character in document.chars() {
        if escapes(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// A text as a word for a shell: plain where that is safe, else in quotes that can be pasted.
/// A shell takes control characters in quotes of another kind alone.
pub fn shell_word(text: &str) -> Cow<'_, str> {
    let plain = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '/' | ':' | '=')
    };
    if !text.is_empty() && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    if !text.contains(is_unsafe) {
        return Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")));
    }
    let mut word = String::from("$'");
    for character in text.chars() {
        match character {
            '\'' | '\\' => word.extend(['\\', character]),
            _ if is_unsafe(character) => {
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(word, "\\x{byte:02x}");
                }
            }
            _ => word.push(character),
        }
    }
    word.push('\'');
    Cow::Owned(word)
}

/// A name as the argument of a command of `orielctl`'s, to be pasted: one that begins with a dash
/// comes after `--`, which ends the options, and so stands last.
pub fn last_argument(name: &str) -> String {
    let dashes = if name.starts_with('-') { "-- " } else { "" };
    format!("{dashes}{}", shell_word(name))
}

/// A command of `virsh` that is about one thing, to be pasted.
pub fn virsh(uri: &str, command: &str, name: &str) -> String {
    let (uri, name) = (shell_word(uri), last_argument(name));
    format!("virsh --connect {uri} {command} {name}")
}

/// A name that a stranger may have chosen, for a sentence that quotes it: harmless to look at, not
/// longer than a line, and without the quotes and the runs of blanks that could end the quotation
/// and go on in our words.
pub fn quoted(name: &str) -> String {
    const LONGEST: usize = 60;
    let words: Vec<&str> = name.split_whitespace().collect();
    let calm = shown(&words.join(" ")).replace(['“', '”', '„', '‟', '"', '«', '»'], "'");
    if calm.chars().count() <= LONGEST {
        return calm;
    }
    let start: String = calm.chars().take(LONGEST - 1).collect();
    format!("{start}…")
}

/// A text with a full stop, unless it ends with a command to be pasted, which a stop would change.
pub fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let commands = [": virsh ", ": orielctl ", ": chmod "];
    if commands.iter().any(|command| text.contains(command)) || text.ends_with(['!', '?', '…']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// A log of one line an entry, whatever the entries quote.
#[derive(Debug)]
pub struct Log<W>(pub W);

impl<W: io::Write> io::Write for Log<W> {
    /// Takes one whole entry, as `tracing` writes it.
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(entry);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        self.0.write_all(format!("{}\n", shown(text)).as_bytes())?;
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn escaped(text: &str, escapes: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&escapes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            _ if !escapes(character) => out.push(character),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_name_can_not_go_on_in_our_words() {
        let forged = format!("bank” on this computer.{}Type it", " ".repeat(4000));
        let calm = quoted(&forged);
        assert_eq!(calm, "bank' on this computer. Type it");
        assert!(quoted(&"x".repeat(500)).chars().count() <= 60);
        assert!(!quoted("a\nb\u{202e}c").contains(['\n', '\u{202e}']));
        assert_eq!(quoted("кофе 咖啡"), "кофе 咖啡");
    }

    #[test]
    fn nothing_that_acts_is_left() {
        for (raw, seen) in [
            ("web", "web"),
            ("a\u{1b}[2Jb", r"a\u{1b}[2Jb"),
            ("a\u{9b}2Jb", r"a\u{9b}2Jb"),
            ("web\nmail  running", r"web\nmail  running"),
            ("a\r\tb\0\u{7f}", r"a\r\tb\u{0}\u{7f}"),
            ("\u{202e}gpj.exe", r"\u{202e}gpj.exe"),
            ("\u{2066}a\u{2069}\u{2028}", r"\u{2066}a\u{2069}\u{2028}"),
            ("a\u{200b}\u{e0041}", r"a\u{200b}\u{e0041}"),
            // What is merely unusual stays.
            ("虚拟机 👩‍💻 e\u{301} שלום", "虚拟机 👩‍💻 e\u{301} שלום"),
        ] {
            assert_eq!(shown(raw), seen);
            assert!(!shown(raw).contains(is_unsafe), "{seen}");
        }
        assert!(matches!(shown("plain"), Cow::Borrowed(_)));
        assert_eq!(shown_lines("a\nb\u{1b}"), "a\nb\\u{1b}");
    }

    #[test]
    fn an_entry_of_a_log_is_one_line() {
        use io::Write as _;
        let mut log = Log(Vec::new());
        log.write_all(b"WARN \x1b[31m a\nERROR forged\n").unwrap();
        assert_eq!(log.0, b"WARN \\u{1b}[31m a\\nERROR forged\n");
    }

    #[test]
    fn json_means_the_same_and_holds_nothing_that_acts() {
        let name = "a\u{9b}b\u{202e}\u{e0041}\u{7f}\n\"";
        let document = serde_json::to_string_pretty(&[name]).unwrap();
        let safe = json(&document);
        assert!(!safe.replace('\n', "").contains(is_unsafe), "{safe}");
        let back: Vec<String> = serde_json::from_str(&safe).unwrap();
        assert_eq!(back, [name]);
    }

    #[test]
    fn a_word_is_pasted_as_it_is_meant() {
        for (name, word) in [
            ("web", "web"),
            ("my vm", "'my vm'"),
            ("it's", r"'it'\''s'"),
            ("$(reboot)", "'$(reboot)'"),
            ("a\nb", r"$'a\x0ab'"),
            ("it's\u{202e}\\", r"$'it\'s\xe2\x80\xae\\'"),
            ("", "''"),
            ("~", "'~'"),
        ] {
            assert_eq!(shell_word(name), word);
            let mut shell = std::process::Command::new("bash");
            let command = format!("printf %s {}", shell_word(name));
            let told = shell.arg("-c").arg(command).output().unwrap();
            assert_eq!(String::from_utf8(told.stdout).unwrap(), name);
        }
        assert_eq!(last_argument("-rf"), "-- -rf");
        assert_eq!(last_argument("- it's"), r"-- '- it'\''s'");
        assert_eq!(last_argument("web"), "web");
        assert_eq!(
            virsh("qemu:///session?socket=/a", "pool-start", "-my pool"),
            "virsh --connect 'qemu:///session?socket=/a' pool-start -- '-my pool'"
        );
    }

    #[test]
    fn no_full_stop_becomes_part_of_a_command() {
        assert_eq!(sentence("Try again"), "Try again.");
        assert_eq!(sentence("Try again."), "Try again.");
        assert_eq!(
            sentence("Start it: virsh net-start a"),
            "Start it: virsh net-start a"
        );
    }
}
