// SPDX-License-Identifier: GPL-3.0-or-later
//! Where a new element goes and how it is laid out among its neighbours.
//!
//! Owns libvirt's order of elements (as `virDomainDefFormat` writes them) and the reading of
//! indentation and line ends. A place written on one line stays on one line.

use std::ops::Range;

use super::XmlError;
use super::escape::start_tag;
use super::locate::{self, Child, Element};
use super::walk::{Piece, Walker, is_blank};

/// The elements of a domain that libvirt writes up to `cputune`, in its order; later ones
/// need no rank, for new elements go behind their predecessors.
const DOMAIN: &[&str] = &[
    "name",
    "uuid",
    "genid",
    "title",
    "description",
    "metadata",
    "hwuuid",
    "maxMemory",
    "memory",
    "currentMemory",
    "blkiotune",
    "memtune",
    "memoryBacking",
    "vcpu",
    "vcpus",
    "iothreads",
    "iothreadids",
    "defaultiothread",
    "cputune",
    "numatune",
    "resource",
    "sysinfo",
    "bootloader",
    "bootloader_args",
    "os",
    "idmap",
    "features",
    "cpu",
    "clock",
    "on_poweroff",
    "on_reboot",
    "on_crash",
    "on_lockfailure",
    "pm",
    "perf",
    "devices",
];

const CPUTUNE: &[&str] = &[
    "shares",
    "period",
    "quota",
    "global_period",
    "global_quota",
    "emulator_period",
    "emulator_quota",
    "iothread_period",
    "iothread_quota",
    "vcpupin",
    "emulatorpin",
    "iothreadpin",
];

const MEMTUNE: &[&str] = &[
    "hard_limit",
    "soft_limit",
    "min_guarantee",
    "swap_hard_limit",
];

/// A line end and the blanks after it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    end: String,
    indent: String,
}

impl Line {
    fn break_with(&self, more: &str) -> String {
        format!("{}{}{more}", self.end, self.indent)
    }
}

/// The change that puts the rest of a path, with a value, into `parent`.
///
/// # Errors
///
/// [`XmlError::Name`], or those of the walk.
pub(crate) fn insertion(
    text: &str,
    parent: &Element,
    is_root: bool,
    steps: &[&str],
    value: &str,
    attributes: &[(&str, &str)],
) -> Result<(Range<usize>, String), XmlError> {
    let bytes = text.as_bytes();
    let parent_name = &text[parent.tag.start + 1..parent.tag.start + 1 + parent.name_len];
    let Some(step) = steps.first() else {
        return Ok((parent.tag.end..parent.tag.end, String::new()));
    };
    let Neighbours { before, first } = neighbours(text, parent, parent_name, step)?;
    let unit = indent_unit(text)?;
    let element = |line: Option<&Line>| nested(steps, value, attributes, line, &unit);

    if parent.empty {
        let slash = parent.tag.end - "/>".len();
        let name_end = parent.tag.start + 1 + parent.name_len;
        let kept = text[name_end..slash].trim_end_matches([' ', '\t', '\r', '\n']);
        let cut = name_end + kept.len()..parent.tag.end;
        let outer = line_before(bytes, parent.tag.start).filter(|_| !is_root);
        let inside = match &outer {
            Some(outer) => {
                let inner = deeper(outer, &unit);
                let element = element(Some(&inner))?;
                format!("{}{}", inner.break_with(&element), outer.break_with(""))
            }
            None => element(None)?,
        };
        return Ok((cut, format!(">{inside}</{parent_name}>")));
    }

    if let Some(before) = before {
        let line = line_before(bytes, before.start);
        return inserted(bytes, before.end, parent.content_end, line, element);
    }
    let at = parent.tag.end;
    if let Some(first) = first {
        let line = line_before(bytes, first.start);
        return inserted(bytes, at, parent.content_end, line, element);
    }
    let content = &text[parent.content()];
    let outer = line_before(bytes, parent.tag.start);
    if let Some(end) = first_line_end(content) {
        let outer = outer.unwrap_or_else(|| Line {
            end: end.to_owned(),
            indent: String::new(),
        });
        let line = Some(deeper(&outer, &unit));
        return inserted(bytes, at, parent.content_end, line, element);
    }
    match outer {
        Some(outer) if content.is_empty() && !is_root => {
            let inner = deeper(&outer, &unit);
            let element = element(Some(&inner))?;
            let new = format!("{}{}", inner.break_with(&element), outer.break_with(""));
            Ok((at..at, new))
        }
        _ => Ok((at..at, element(None)?)),
    }
}

fn deeper(line: &Line, unit: &str) -> Line {
    Line {
        end: line.end.clone(),
        indent: format!("{}{unit}", line.indent),
    }
}

/// A new element behind `at`: on a line of its own if the neighbours stand so.
fn inserted(
    bytes: &[u8],
    at: usize,
    limit: usize,
    line: Option<Line>,
    element: impl Fn(Option<&Line>) -> Result<String, XmlError>,
) -> Result<(Range<usize>, String), XmlError> {
    let place = line.and_then(|line| Some((end_of_line(bytes, at, limit)?, line)));
    match place {
        Some((at, line)) => Ok((at..at, line.break_with(&element(Some(&line))?))),
        None => Ok((at..at, element(None)?)),
    }
}

/// The text of the elements of `steps`, one in the other.
fn nested(
    steps: &[&str],
    value: &str,
    attributes: &[(&str, &str)],
    line: Option<&Line>,
    unit: &str,
) -> Result<String, XmlError> {
    match steps {
        [] => Ok(String::new()),
        [name] => {
            let tag = start_tag(name, attributes)?;
            Ok(format!("{tag}>{value}</{name}>"))
        }
        [name, rest @ ..] => {
            let tag = start_tag(name, &[])?;
            let inner = line.map(|line| deeper(line, unit));
            let inside = nested(rest, value, attributes, inner.as_ref(), unit)?;
            Ok(match (line, inner) {
                (Some(line), Some(inner)) => format!(
                    "{tag}>{}{}</{name}>",
                    inner.break_with(&inside),
                    line.break_with("")
                ),
                _ => format!("{tag}>{inside}</{name}>"),
            })
        }
    }
}

/// The children that matter to the place of a new one.
struct Neighbours {
    /// The child that the new element follows.
    before: Option<Range<usize>>,
    /// The first child of all.
    first: Option<Range<usize>>,
}

fn neighbours(
    text: &str,
    parent: &Element,
    parent_name: &str,
    step: &str,
) -> Result<Neighbours, XmlError> {
    let order = match parent_name {
        "domain" => DOMAIN,
        "cputune" => CPUTUNE,
        "memtune" => MEMTUNE,
        _ => &[],
    };
    let rank = |name: &str| order.iter().position(|known| *known == name);
    let own = rank(step);
    let mut best: Option<(usize, Range<usize>)> = None;
    let mut first = None;
    locate::children(text, parent.tag.start, |child: Child<'_>| {
        first.get_or_insert(child.span.clone());
        // Elements that libvirt's order doesn't know go last.
        let rank = match own {
            None => Some(0),
            Some(own) => rank(child.name).filter(|rank| *rank < own),
        };
        if let Some(rank) = rank
            && best.as_ref().is_none_or(|(known, _)| rank >= *known)
        {
            best = Some((rank, child.span));
        }
    })?;
    let before = best.map(|(_, span)| span);
    Ok(Neighbours { before, first })
}

/// The line end and indentation before `at`, if nothing else stands before it on its line.
fn line_before(bytes: &[u8], at: usize) -> Option<Line> {
    let start = own_line(bytes, at)?;
    let line = std::str::from_utf8(&bytes[start..at]).ok()?;
    let indent = line.trim_start_matches(['\r', '\n']);
    Some(Line {
        end: line[..line.len() - indent.len()].to_owned(),
        indent: indent.to_owned(),
    })
}

/// Where the line end before `at` starts, if only blanks stand between the two.
pub(crate) fn own_line(bytes: &[u8], at: usize) -> Option<usize> {
    let indent = bytes[..at]
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let line = at - indent;
    match bytes[..line] {
        [.., b'\r', b'\n'] => Some(line - 2),
        [.., b'\n' | b'\r'] => Some(line - 1),
        _ => None,
    }
}

/// Passes over blanks and comments up to the end of the line or of the parent; `None` if
/// anything else stands there. A comment behind an element on the same line most likely
/// speaks of it.
fn end_of_line(bytes: &[u8], at: usize, limit: usize) -> Option<usize> {
    let mut here = at;
    while here < limit {
        match &bytes[here..limit] {
            [b' ' | b'\t', ..] => here += 1,
            [b'\n' | b'\r', ..] => break,
            [b'<', b'!', b'-', b'-', rest @ ..] => {
                let length = rest.windows(3).position(|three| three == b"-->")?;
                let line_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
                if rest[..length].iter().any(line_end) {
                    return None;
                }
                here += "<!---->".len() + length;
            }
            _ => return None,
        }
    }
    Some(here)
}

fn first_line_end(text: &str) -> Option<&'static str> {
    let at = text.find(['\r', '\n'])?;
    match text.as_bytes()[at..] {
        [b'\r', b'\n', ..] => Some("\r\n"),
        [b'\r', ..] => Some("\r"),
        _ => Some("\n"),
    }
}

/// By how much the document indents: the first step seen from a child of the root to a child
/// of its own, else from the root to its child, else two blanks.
fn indent_unit(text: &str) -> Result<String, XmlError> {
    let bytes = text.as_bytes();
    let mut walker = Walker::trusting(text);
    let mut indents: [Option<String>; 2] = [None, None];
    let mut unit = None;
    while let Some((piece, span)) = walker.next()? {
        let Piece::Open { empty, .. } = piece else {
            continue;
        };
        let depth = walker.depth() - usize::from(!empty);
        let indent = line_before(bytes, span.start).map(|line| line.indent);
        let outer = match depth {
            0 => None,
            1 | 2 => indents[depth - 1].as_deref(),
            _ => continue,
        };
        let step = indent
            .as_deref()
            .zip(outer)
            .and_then(|(indent, outer)| indent.strip_prefix(outer))
            .filter(|step| !step.is_empty())
            .map(str::to_owned);
        if depth == 2 && step.is_some() {
            unit = step;
            break;
        }
        if unit.is_none() {
            unit = step;
        }
        match depth {
            0 => indents[0] = Some(indent.unwrap_or_default()),
            1 => indents[1] = indent,
            _ => {}
        }
    }
    Ok(unit.unwrap_or_else(|| "  ".to_owned()))
}

/// The bytes to cut so that an element goes with the line that it alone stands on.
pub(crate) fn removal(bytes: &[u8], element: Range<usize>) -> Range<usize> {
    let Some(start) = own_line(bytes, element.start) else {
        return element;
    };
    let blanks = bytes[element.end..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    match &bytes[element.end + blanks..] {
        [b'\n' | b'\r', ..] => start..element.end + blanks,
        [b'<', b'/', ..] => start..element.end,
        _ => element,
    }
}

/// Whether a text is blanks alone.
pub(crate) fn blank(text: &str) -> bool {
    text.bytes().all(is_blank)
}
