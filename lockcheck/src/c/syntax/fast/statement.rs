// SPDX-License-Identifier: GPL-3.0-or-later
//! Statements.

use super::token::Token;
use super::{GaveUp, Parsed, Reading};
use crate::c::syntax::tree::{Field, Kind, List};

impl Reading<'_, '_> {
    /// `{ ... }`
    pub(super) fn block(&mut self) -> Parsed {
        self.nested(|this| {
            let start = this.token.start;
            let mut children = List::EMPTY;
            this.expect(Token::CurlyOpen)?;
            while !this.eat(Token::CurlyClose) {
                let item = if matches!(this.token.token, Token::Case | Token::Default) {
                    this.case()?
                } else {
                    this.item()?
                };
                this.append(&mut children, item, Field::None);
            }
            Ok(this.node(Kind::Compound, start, children))
        })
    }

    /// A declaration or a statement, but no `case`.
    fn item(&mut self) -> Parsed {
        if self.begins_declaration()? {
            self.declaration()
        } else {
            self.statement()
        }
    }

    /// Whether a declaration stands here rather than an expression.
    fn begins_declaration(&self) -> Result<bool, GaveUp> {
        match self.token.token {
            Token::Primitive
            | Token::Sized
            | Token::Qualifier
            | Token::Storage
            | Token::Struct
            | Token::Union
            | Token::Enum => return Ok(true),
            Token::Identifier => {}
            _ => return Ok(false),
        }
        match self.ahead.token {
            Token::Identifier => return Ok(true),
            Token::Star => {}
            Token::Qualifier => return Err(GaveUp),
            _ => return Ok(false),
        }
        // `type *name`, or a product that nobody keeps.
        let mut further = self.lexer;
        let mut lexeme = further.next();
        while matches!(lexeme.token, Token::Star | Token::Qualifier) {
            lexeme = further.next();
        }
        match lexeme.token {
            Token::Identifier => {}
            // The grammar lets such a word be a name here.
            Token::Null | Token::True | Token::False => return Err(GaveUp),
            _ => return Ok(false),
        }
        match further.next().token {
            Token::Assign | Token::Semicolon | Token::Comma | Token::SquareOpen => Ok(true),
            _ => Err(GaveUp),
        }
    }

    fn statement(&mut self) -> Parsed {
        let start = self.token.start;
        match self.token.token {
            Token::CurlyOpen => self.block(),
            Token::If => self.nested(Self::if_statement),
            Token::While => self.nested(|this| {
                this.bump();
                let mut children = List::EMPTY;
                this.head_and_body(&mut children)?;
                Ok(this.node(Kind::While, start, children))
            }),
            Token::Switch => self.nested(|this| {
                this.bump();
                let mut children = List::EMPTY;
                let condition = this.parenthesized()?;
                this.append(&mut children, condition, Field::Condition);
                let body = this.block()?;
                this.append(&mut children, body, Field::Body);
                Ok(this.node(Kind::Switch, start, children))
            }),
            Token::Do => self.nested(Self::do_statement),
            Token::For => self.nested(Self::for_statement),
            Token::Return => {
                self.bump();
                let mut children = List::EMPTY;
                if !self.is(Token::Semicolon) {
                    let value = self.expressions()?;
                    self.append(&mut children, value, Field::None);
                }
                self.expect(Token::Semicolon)?;
                Ok(self.node(Kind::Return, start, children))
            }
            Token::Break | Token::Continue => {
                let kind = if self.is(Token::Break) {
                    Kind::Break
                } else {
                    Kind::Continue
                };
                self.bump();
                self.expect(Token::Semicolon)?;
                Ok(self.node(kind, start, List::EMPTY))
            }
            Token::Goto => {
                self.bump();
                let mut children = List::EMPTY;
                if !self.is(Token::Identifier) {
                    return Err(GaveUp);
                }
                let label = self.leaf(Kind::Label);
                self.append(&mut children, label, Field::Label);
                self.expect(Token::Semicolon)?;
                Ok(self.node(Kind::Goto, start, children))
            }
            Token::Identifier if self.ahead.token == Token::Colon => self.nested(Self::labeled),
            _ => self.expression_statement(),
        }
    }

    fn expression_statement(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        if !self.is(Token::Semicolon) {
            let expression = self.expressions()?;
            self.append(&mut children, expression, Field::None);
        }
        self.expect(Token::Semicolon)?;
        Ok(self.node(Kind::ExpressionStatement, start, children))
    }

    /// `(condition) statement`
    fn head_and_body(&mut self, children: &mut List) -> Result<(), GaveUp> {
        let condition = self.parenthesized()?;
        self.append(children, condition, Field::Condition);
        let body = self.statement()?;
        self.append(children, body, Field::Body);
        Ok(())
    }

    fn if_statement(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        self.bump();
        let condition = self.parenthesized()?;
        self.append(&mut children, condition, Field::Condition);
        let consequence = self.statement()?;
        self.append(&mut children, consequence, Field::Consequence);
        if self.is(Token::Else) {
            let start = self.token.start;
            self.bump();
            let mut inner = List::EMPTY;
            let statement = self.statement()?;
            self.append(&mut inner, statement, Field::None);
            let alternative = self.node(Kind::Else, start, inner);
            self.append(&mut children, alternative, Field::Alternative);
        }
        Ok(self.node(Kind::If, start, children))
    }

    fn do_statement(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        self.bump();
        let body = self.statement()?;
        self.append(&mut children, body, Field::Body);
        self.expect(Token::While)?;
        let condition = self.parenthesized()?;
        self.append(&mut children, condition, Field::Condition);
        self.expect(Token::Semicolon)?;
        Ok(self.node(Kind::Do, start, children))
    }

    fn for_statement(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        self.bump();
        self.expect(Token::RoundOpen)?;
        if self.begins_declaration()? {
            let initializer = self.declaration()?;
            self.append(&mut children, initializer, Field::Initializer);
        } else {
            if !self.is(Token::Semicolon) {
                let initializer = self.expressions()?;
                self.append(&mut children, initializer, Field::Initializer);
            }
            self.expect(Token::Semicolon)?;
        }
        if !self.is(Token::Semicolon) {
            let condition = self.expressions()?;
            self.append(&mut children, condition, Field::Condition);
        }
        self.expect(Token::Semicolon)?;
        if !self.is(Token::RoundClose) {
            let update = self.expressions()?;
            self.append(&mut children, update, Field::Update);
        }
        self.expect(Token::RoundClose)?;
        let body = self.statement()?;
        self.append(&mut children, body, Field::Body);
        Ok(self.node(Kind::For, start, children))
    }

    fn labeled(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        let label = self.leaf(Kind::Label);
        self.append(&mut children, label, Field::Label);
        self.expect(Token::Colon)?;
        if self.begins_declaration()? {
            return Err(GaveUp);
        }
        let statement = self.statement()?;
        self.append(&mut children, statement, Field::None);
        Ok(self.node(Kind::Labeled, start, children))
    }

    /// A `case` with all statements up to the next one.
    fn case(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        if self.eat(Token::Case) {
            let value = self.expression()?;
            self.append(&mut children, value, Field::Value);
        } else {
            self.bump();
        }
        self.expect(Token::Colon)?;
        while !matches!(
            self.token.token,
            Token::Case | Token::Default | Token::CurlyClose
        ) {
            let item = self.item()?;
            self.append(&mut children, item, Field::None);
        }
        Ok(self.node(Kind::Case, start, children))
    }
}
