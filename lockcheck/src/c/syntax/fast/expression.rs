// SPDX-License-Identifier: GPL-3.0-or-later
//! Expressions, by precedence.

use super::token::Token;
use super::{GaveUp, Parsed, Reading};
use crate::c::syntax::tree::{Field, Id, Kind, List, Operator};

/// How close a binary operator binds; nothing for other tokens.
fn precedence(token: Token) -> Option<u8> {
    Some(match token {
        Token::Or => 1,
        Token::And => 2,
        Token::Pipe => 3,
        Token::Caret => 4,
        Token::Ampersand => 5,
        Token::Equal | Token::NotEqual => 6,
        Token::Less | Token::LessEqual | Token::Greater | Token::GreaterEqual => 7,
        Token::ShiftLeft | Token::ShiftRight => 8,
        Token::Plus | Token::Minus => 9,
        Token::Star | Token::Slash | Token::Percent => 10,
        _ => return None,
    })
}

fn operator(token: Token) -> Operator {
    match token {
        Token::Not => Operator::Not,
        Token::And => Operator::And,
        Token::Or => Operator::Or,
        Token::Equal => Operator::Equal,
        Token::NotEqual => Operator::NotEqual,
        Token::Ampersand => Operator::Ampersand,
        Token::Assign => Operator::Assign,
        _ => Operator::Other,
    }
}

/// What stands in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    /// A type: the parentheses are a cast, or begin a compound literal.
    Type,
    Expression,
}

impl Reading<'_, '_> {
    /// An expression, or several with commas.
    pub(super) fn expressions(&mut self) -> Parsed {
        let left = self.expression()?;
        if !self.is(Token::Comma) {
            return Ok(left);
        }
        self.bump();
        let right = self.nested(Self::expressions)?;
        Ok(self.two(Kind::Comma, left, right, Operator::None))
    }

    /// An expression without a comma.
    pub(super) fn expression(&mut self) -> Parsed {
        let left = self.binary(1)?;
        match self.token.token {
            Token::Assign | Token::AssignOther => {
                let place = matches!(
                    self.tree.kind(left),
                    Kind::Identifier
                        | Kind::Call
                        | Kind::Field
                        | Kind::Pointer
                        | Kind::Subscript
                        | Kind::Parenthesized
                );
                if !place {
                    return Err(GaveUp);
                }
                let operator = operator(self.token.token);
                self.bump();
                let right = self.nested(Self::expression)?;
                Ok(self.two(Kind::Assignment, left, right, operator))
            }
            Token::Question => self.nested(|this| this.conditional(left)),
            _ => Ok(left),
        }
    }

    fn conditional(&mut self, condition: Id) -> Parsed {
        let start = self.tree.start(condition);
        let mut children = List::EMPTY;
        self.append(&mut children, condition, Field::Condition);
        self.bump();
        if !self.is(Token::Colon) {
            let consequence = self.expressions()?;
            self.append(&mut children, consequence, Field::Consequence);
        }
        self.expect(Token::Colon)?;
        let alternative = self.expression()?;
        self.append(&mut children, alternative, Field::Alternative);
        Ok(self.node(Kind::Conditional, start, children))
    }

    fn two(&mut self, kind: Kind, left: Id, right: Id, operator: Operator) -> Id {
        let mut children = List::EMPTY;
        self.append(&mut children, left, Field::Left);
        self.append(&mut children, right, Field::Right);
        let start = self.tree.start(left);
        let id = self.node(kind, start, children);
        self.tree.set_operator(id, operator);
        id
    }

    /// Operators that bind at least so close.
    fn binary(&mut self, least: u8) -> Parsed {
        let mut left = self.unary()?;
        while let Some(binds) = precedence(self.token.token).filter(|binds| *binds >= least) {
            let operator = operator(self.token.token);
            self.bump();
            let right = self.nested(|this| this.binary(binds + 1))?;
            left = self.two(Kind::Binary, left, right, operator);
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        match self.token.token {
            // The grammar takes a sign and a digit for one number.
            Token::Plus | Token::Minus
                if self.ahead.token == Token::Number && self.ahead.start == self.token.end =>
            {
                let range = self.token.start..self.ahead.end;
                self.bump();
                self.bump();
                let number = self.tree.leaf(Kind::Number, range);
                self.postfix(number)
            }
            Token::Not | Token::Tilde | Token::Plus | Token::Minus => self.prefix(Kind::Unary),
            Token::Increment | Token::Decrement => self.prefix(Kind::Update),
            Token::Star | Token::Ampersand => self.prefix(Kind::Pointer),
            Token::Sizeof => self.sizeof(),
            Token::RoundOpen => self.parentheses(),
            _ => {
                let primary = self.primary()?;
                self.postfix(primary)
            }
        }
    }

    fn prefix(&mut self, kind: Kind) -> Parsed {
        let start = self.token.start;
        let operator = operator(self.token.token);
        self.bump();
        let argument = self.nested(Self::unary)?;
        // `!x++`: the grammar has its own mind about it.
        if kind != Kind::Pointer && self.tree.kind(argument) == Kind::Update {
            return Err(GaveUp);
        }
        Ok(self.around(kind, start, argument, operator))
    }

    fn around(&mut self, kind: Kind, start: u32, argument: Id, operator: Operator) -> Id {
        let mut children = List::EMPTY;
        self.append(&mut children, argument, Field::Argument);
        let id = self.node(kind, start, children);
        self.tree.set_operator(id, operator);
        id
    }

    fn primary(&mut self) -> Parsed {
        let start = self.token.start;
        let kind = match self.token.token {
            Token::Identifier if self.ahead.token == Token::Text => Kind::Text,
            Token::Identifier => Kind::Identifier,
            Token::Number => Kind::Number,
            Token::Text => Kind::Text,
            Token::Character => Kind::Character,
            Token::Null => Kind::Null,
            Token::True => Kind::True,
            Token::False => Kind::False,
            _ => return Err(GaveUp),
        };
        if kind != Kind::Text {
            return Ok(self.leaf(kind));
        }
        // `"... %" PRIu64 " ..."` is one text.
        while matches!(self.token.token, Token::Text | Token::Identifier) {
            self.bump();
        }
        Ok(self.node(Kind::Text, start, List::EMPTY))
    }

    fn postfix(&mut self, mut left: Id) -> Parsed {
        loop {
            let start = self.tree.start(left);
            match self.token.token {
                Token::RoundOpen => {
                    let arguments = self.nested(Self::arguments)?;
                    let mut children = List::EMPTY;
                    self.append(&mut children, left, Field::Function);
                    self.append(&mut children, arguments, Field::Arguments);
                    left = self.node(Kind::Call, start, children);
                }
                Token::Dot | Token::Arrow => {
                    self.bump();
                    self.expect(Token::Identifier)?;
                    left = self.around(Kind::Field, start, left, Operator::Other);
                }
                Token::SquareOpen => {
                    self.bump();
                    let index = self.nested(Self::expression)?;
                    self.expect(Token::SquareClose)?;
                    let mut children = List::EMPTY;
                    self.append(&mut children, left, Field::Argument);
                    self.append(&mut children, index, Field::Index);
                    left = self.node(Kind::Subscript, start, children);
                }
                Token::Increment | Token::Decrement => {
                    self.bump();
                    left = self.around(Kind::Update, start, left, Operator::Other);
                }
                _ => return Ok(left),
            }
        }
    }

    fn arguments(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        self.bump();
        if !self.is(Token::RoundClose) {
            loop {
                let argument = if self.is(Token::CurlyOpen) {
                    self.block()?
                } else {
                    self.expression()?
                };
                self.append(&mut children, argument, Field::None);
                if !self.eat(Token::Comma) {
                    break;
                }
            }
        }
        self.expect(Token::RoundClose)?;
        Ok(self.node(Kind::ArgumentList, start, children))
    }

    /// A cast, a compound literal, or an expression in parentheses.
    fn parentheses(&mut self) -> Parsed {
        let start = self.token.start;
        if self.inside()? == Inside::Expression {
            let inner = self.nested(Self::parenthesized)?;
            return self.postfix(inner);
        }
        let mut children = List::EMPTY;
        self.bump();
        let of_type = self.type_descriptor()?;
        self.append(&mut children, of_type, Field::Type);
        self.expect(Token::RoundClose)?;
        if self.is(Token::CurlyOpen) {
            let list = self.nested(Self::initializer_list)?;
            self.append(&mut children, list, Field::Value);
            let literal = self.node(Kind::CompoundLiteral, start, children);
            return self.postfix(literal);
        }
        let value = self.nested(Self::unary)?;
        self.append(&mut children, value, Field::Value);
        Ok(self.node(Kind::Cast, start, children))
    }

    /// `( expression )`, also where a statement wants parentheses.
    pub(super) fn parenthesized(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        self.expect(Token::RoundOpen)?;
        let inner = if self.is(Token::CurlyOpen) {
            self.block()?
        } else {
            self.expressions()?
        };
        self.append(&mut children, inner, Field::None);
        self.expect(Token::RoundClose)?;
        Ok(self.node(Kind::Parenthesized, start, children))
    }

    /// Tells what stands behind the parenthesis at hand.
    fn inside(&self) -> Result<Inside, GaveUp> {
        if self.holds_type() {
            return Ok(Inside::Type);
        }
        if self.ahead.token != Token::Identifier {
            return Ok(Inside::Expression);
        }
        let mut further = self.lexer;
        match further.next().token {
            Token::RoundClose => {}
            Token::Qualifier => return Err(GaveUp),
            _ => return Ok(Inside::Expression),
        }
        // `(name)`: what follows tells which it is.
        match further.next().token {
            Token::Identifier
            | Token::Number
            | Token::Text
            | Token::Character
            | Token::Null
            | Token::True
            | Token::False
            | Token::Not
            | Token::Tilde
            | Token::Sizeof
            | Token::CurlyOpen => Ok(Inside::Type),
            // The grammar takes `(a) + (b)` for a cast, and `(a) + b` not: it has its ways.
            Token::Plus | Token::Minus | Token::Star | Token::Ampersand => {
                let operand = further.next().token;
                let end = further.next().token;
                let plain = matches!(operand, Token::Identifier | Token::Number);
                let ends = matches!(
                    end,
                    Token::RoundClose | Token::SquareClose | Token::Comma | Token::Semicolon
                );
                if plain && ends {
                    Ok(Inside::Expression)
                } else {
                    Err(GaveUp)
                }
            }
            Token::Strange => Err(GaveUp),
            _ => Ok(Inside::Expression),
        }
    }

    /// `sizeof`, whose operand is read and forgotten.
    fn sizeof(&mut self) -> Parsed {
        let start = self.token.start;
        self.bump();
        if !self.is(Token::RoundOpen) {
            self.nested(Self::unary)?;
            return Ok(self.node(Kind::Sizeof, start, List::EMPTY));
        }
        if self.holds_type() {
            self.bump();
            self.type_descriptor()?;
            self.expect(Token::RoundClose)?;
        } else {
            // A name alone may be a type; all that counts is where the operand ends.
            self.nested(Self::parenthesized)?;
        }
        let goes_on = matches!(
            self.token.token,
            Token::CurlyOpen
                | Token::RoundOpen
                | Token::SquareOpen
                | Token::Dot
                | Token::Arrow
                | Token::Increment
                | Token::Decrement
        );
        if goes_on {
            return Err(GaveUp);
        }
        Ok(self.node(Kind::Sizeof, start, List::EMPTY))
    }

    /// Whether a type stands behind the parenthesis at hand, and nothing else can.
    fn holds_type(&self) -> bool {
        match self.ahead.token {
            Token::Primitive
            | Token::Sized
            | Token::Qualifier
            | Token::Struct
            | Token::Union
            | Token::Enum => true,
            Token::Identifier => {
                let mut further = self.lexer;
                let mut lexeme = further.next();
                let pointer = lexeme.token == Token::Star;
                while lexeme.token == Token::Star {
                    lexeme = further.next();
                }
                pointer && lexeme.token == Token::RoundClose
            }
            _ => false,
        }
    }
}
