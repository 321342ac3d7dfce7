// SPDX-License-Identifier: GPL-3.0-or-later
//! Words and signs of C.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    End,
    /// Something that this parser leaves to the grammar.
    Strange,
    Identifier,
    Number,
    Text,
    Character,
    Null,
    True,
    False,
    // Words of types and declarations.
    Primitive,
    Sized,
    Qualifier,
    Storage,
    Struct,
    Union,
    Enum,
    Typedef,
    // Words of statements.
    Break,
    Case,
    Continue,
    Default,
    Do,
    Else,
    For,
    Goto,
    If,
    Return,
    Switch,
    While,
    Sizeof,
    // Signs.
    RoundOpen,
    RoundClose,
    CurlyOpen,
    CurlyClose,
    SquareOpen,
    SquareClose,
    Semicolon,
    Comma,
    Colon,
    Question,
    Dot,
    Arrow,
    Ellipsis,
    Increment,
    Decrement,
    Not,
    Tilde,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Ampersand,
    And,
    Pipe,
    Or,
    Caret,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    ShiftLeft,
    ShiftRight,
    Assign,
    AssignOther,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Lexeme {
    pub(super) fn range(self) -> Range<u32> {
        self.start..self.end
    }
}

/// What a byte begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Blank,
    Letter,
    Digit,
    Sign,
    Quote,
    Strange,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Strange; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => Class::Blank,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'"' | b'\'' => Class::Quote,
            b'!' | b'%'..=b'&' | b'('..=b'/' | b':'..=b'?' | b'[' | b']'..=b'^' | b'{'..=b'~' => {
                Class::Sign
            }
            _ => Class::Strange,
        };
        byte += 1;
    }
    classes
};

fn class(byte: u8) -> Class {
    CLASSES[usize::from(byte)]
}

/// Cuts a text into tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexer<'s> {
    text: &'s [u8],
    at: usize,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(text: &'s [u8]) -> Self {
        Self { text, at: 0 }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The next token; [`Token::End`] for ever at the end.
    pub(super) fn next(&mut self) -> Lexeme {
        while self.at < self.text.len() && class(self.text[self.at]) == Class::Blank {
            self.at += 1;
        }
        let start = self.at;
        let token = match self.text.get(start) {
            None => Token::End,
            Some(byte) => match class(*byte) {
                Class::Letter => self.word(),
                Class::Sign => self.sign(*byte),
                Class::Digit => self.number(),
                Class::Quote => self.literal(*byte),
                Class::Blank | Class::Strange => Token::Strange,
            },
        };
        // Pieces are limited to far less than 4 GiB.
        #[allow(
            clippy::cast_possible_truncation,
            reason = "fast::parse refuses longer texts"
        )]
        Lexeme {
            token,
            start: start as u32,
            end: self.at as u32,
        }
    }

    fn word(&mut self) -> Token {
        let start = self.at;
        while matches!(
            self.text.get(self.at).map(|byte| class(*byte)),
            Some(Class::Letter | Class::Digit)
        ) {
            self.at += 1;
        }
        match self.text.get(self.at) {
            // What a letter beyond ASCII is, the grammar knows.
            Some(byte) if *byte >= 0x80 || *byte == b'\\' => return Token::Strange,
            Some(quote @ (b'"' | b'\'')) => {
                let prefix = &self.text[start..self.at];
                if matches!(prefix, b"L" | b"u" | b"U" | b"u8") {
                    return self.literal(*quote);
                }
            }
            _ => {}
        }
        keyword(&self.text[start..self.at])
    }

    fn number(&mut self) -> Token {
        let start = self.at;
        let hexadecimal = matches!(self.peek(1), b'x' | b'X') && self.peek(0) == b'0';
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b'u' | b'U' | b'l' | b'L' | b'.' => {}
                b'x' | b'X' if self.at == start + 1 && hexadecimal => {}
                b'+' | b'-' if matches!(self.text[self.at - 1], b'e' | b'E') => {
                    // `0x1e-3` is one token by the standard, and no number.
                    if hexadecimal {
                        return Token::Strange;
                    }
                }
                byte if *byte >= 0x80 || class(*byte) == Class::Letter || *byte == b'\'' => {
                    return Token::Strange;
                }
                _ => break,
            }
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        if is_number(text) {
            Token::Number
        } else {
            Token::Strange
        }
    }

    fn literal(&mut self, quote: u8) -> Token {
        let first = self.at + 1;
        self.at = first;
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b'\\' => match self.peek(1) {
                    b'\n' | b'\r' | b'x' | b'u' | b'U' | 0 | 0x80.. => return Token::Strange,
                    _ => self.at += 2,
                },
                // What is no text in UTF-8 is an error, which the grammar sees.
                b'\n' | 0 | 0x80.. => return Token::Strange,
                byte if *byte == quote => {
                    self.at += 1;
                    return match quote {
                        b'"' => Token::Text,
                        _ if self.at == first + 1 => Token::Strange,
                        _ => Token::Character,
                    };
                }
                _ => self.at += 1,
            }
        }
        Token::Strange
    }

    fn sign(&mut self, byte: u8) -> Token {
        let next = self.peek(1);
        let (length, token) = match (byte, next) {
            (b'(', _) => (1, Token::RoundOpen),
            (b')', _) => (1, Token::RoundClose),
            (b'{', _) => (1, Token::CurlyOpen),
            (b'}', _) => (1, Token::CurlyClose),
            // Digraphs, trigraphs, attributes in brackets, and comments that were not blanked.
            (b'[', b'[')
            | (b'<', b':' | b'%')
            | (b':' | b'%', b'>' | b':')
            | (b'?', b'?')
            | (b'/', b'/' | b'*') => (1, Token::Strange),
            (b'[', _) => (1, Token::SquareOpen),
            (b']', _) => (1, Token::SquareClose),
            (b';', _) => (1, Token::Semicolon),
            (b',', _) => (1, Token::Comma),
            (b':', _) => (1, Token::Colon),
            (b'?', _) => (1, Token::Question),
            (b'.', b'0'..=b'9') => return self.number(),
            (b'.', b'.') if self.peek(2) == b'.' => (3, Token::Ellipsis),
            (b'.', _) => (1, Token::Dot),
            (b'-', b'>') => (2, Token::Arrow),
            (b'+', b'+') => (2, Token::Increment),
            (b'-', b'-') => (2, Token::Decrement),
            (b'=', b'=') => (2, Token::Equal),
            (b'!', b'=') => (2, Token::NotEqual),
            (b'<', b'=') => (2, Token::LessEqual),
            (b'>', b'=') => (2, Token::GreaterEqual),
            (b'&', b'&') => (2, Token::And),
            (b'|', b'|') => (2, Token::Or),
            (b'<', b'<') | (b'>', b'>') if self.peek(2) == b'=' => (3, Token::AssignOther),
            (b'<', b'<') => (2, Token::ShiftLeft),
            (b'>', b'>') => (2, Token::ShiftRight),
            (b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^', b'=') => {
                (2, Token::AssignOther)
            }
            (b'!', _) => (1, Token::Not),
            (b'~', _) => (1, Token::Tilde),
            (b'+', _) => (1, Token::Plus),
            (b'-', _) => (1, Token::Minus),
            (b'*', _) => (1, Token::Star),
            (b'/', _) => (1, Token::Slash),
            (b'%', _) => (1, Token::Percent),
            (b'&', _) => (1, Token::Ampersand),
            (b'|', _) => (1, Token::Pipe),
            (b'^', _) => (1, Token::Caret),
            (b'<', _) => (1, Token::Less),
            (b'>', _) => (1, Token::Greater),
            (b'=', _) => (1, Token::Assign),
            _ => (1, Token::Strange),
        };
        self.at += length;
        token
    }
}

/// Whether what looks like a number is one for certain.
fn is_number(text: &[u8]) -> bool {
    let digits = text
        .iter()
        .rposition(|byte| !matches!(byte, b'u' | b'U' | b'l' | b'L'));
    let Some(last) = digits else { return false };
    let digits = &text[..=last];
    if let [b'0', b'x' | b'X', rest @ ..] = digits {
        return !rest.is_empty() && rest.iter().all(u8::is_ascii_hexdigit);
    }
    let suffix = digits.iter().rposition(|byte| !matches!(byte, b'f' | b'F'));
    let Some(last) = suffix else { return false };
    let digits = &digits[..=last];
    let exponent = digits.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = digits.split_at(exponent.unwrap_or(digits.len()));
    let points = mantissa.split(|byte| *byte == b'.').count();
    let plain = mantissa
        .iter()
        .all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let exponent = match exponent {
        [] => true,
        [_, b'+' | b'-', rest @ ..] | [_, rest @ ..] => {
            !rest.is_empty() && rest.iter().all(u8::is_ascii_digit)
        }
    };
    points <= 2 && plain && exponent && mantissa.iter().any(u8::is_ascii_digit)
}

/// What a word is, as the grammar has it.
fn keyword(word: &[u8]) -> Token {
    match word {
        b"if" => Token::If,
        b"do" => Token::Do,
        b"for" => Token::For,
        b"int" | b"char" | b"void" | b"bool" | b"float" | b"double" | b"size_t" | b"ssize_t"
        | b"ptrdiff_t" | b"intptr_t" | b"uintptr_t" | b"charptr_t" | b"nullptr_t"
        | b"max_align_t" | b"int8_t" | b"int16_t" | b"int32_t" | b"int64_t" | b"uint8_t"
        | b"uint16_t" | b"uint32_t" | b"uint64_t" | b"char8_t" | b"char16_t" | b"char32_t"
        | b"char64_t" => Token::Primitive,
        b"signed" | b"unsigned" | b"long" | b"short" => Token::Sized,
        b"const" | b"constexpr" | b"volatile" | b"restrict" | b"__restrict__" | b"_Atomic"
        | b"_Noreturn" | b"noreturn" | b"_Nonnull" => Token::Qualifier,
        b"extern" | b"static" | b"auto" | b"register" | b"inline" | b"__inline" | b"__inline__"
        | b"__forceinline" | b"thread_local" | b"__thread" => Token::Storage,
        b"struct" => Token::Struct,
        b"union" => Token::Union,
        b"enum" => Token::Enum,
        b"typedef" => Token::Typedef,
        b"else" => Token::Else,
        b"case" => Token::Case,
        b"goto" => Token::Goto,
        b"break" => Token::Break,
        b"while" => Token::While,
        b"return" => Token::Return,
        b"switch" => Token::Switch,
        b"sizeof" => Token::Sizeof,
        b"default" => Token::Default,
        b"continue" => Token::Continue,
        b"NULL" | b"nullptr" => Token::Null,
        b"TRUE" | b"true" => Token::True,
        b"FALSE" | b"false" => Token::False,
        b"asm" | b"__asm__" | b"__asm" | b"_Generic" | b"offsetof" | b"alignof" | b"_alignof"
        | b"__alignof" | b"__alignof__" | b"_Alignof" | b"alignas" | b"_Alignas"
        | b"__extension__" | b"__attribute__" | b"__attribute" | b"__declspec" | b"__based"
        | b"__cdecl" | b"__clrcall" | b"__stdcall" | b"__fastcall" | b"__thiscall"
        | b"__vectorcall" | b"__try" | b"__leave" | b"__except" | b"__finally" | b"_unaligned"
        | b"__unaligned" | b"__restrict" | b"__uptr" | b"__sptr" | b"__volatile__" => {
            Token::Strange
        }
        _ => Token::Identifier,
    }
}
