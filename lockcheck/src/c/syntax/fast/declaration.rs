// SPDX-License-Identifier: GPL-3.0-or-later
//! Declarations, and the heads of functions.

use super::token::Token;
use super::{GaveUp, Parsed, Reading};
use crate::c::syntax::tree::{Field, Id, Kind, List};

impl Reading<'_, '_> {
    /// What stands at the top of a file: a function, a declaration or a `typedef`.
    pub(super) fn external(&mut self) -> Parsed {
        if self.is(Token::Typedef) {
            return self.type_definition();
        }
        let start = self.token.start;
        let mut children = List::EMPTY;
        let of_type = self.specifiers()?;
        self.append(&mut children, of_type, Field::Type);
        let declarator = self.declarator(Kind::Identifier, true)?;
        if self.is(Token::CurlyOpen) && self.is_function(declarator) {
            self.append(&mut children, declarator, Field::Declarator);
            let body = self.block()?;
            self.append(&mut children, body, Field::Body);
            return Ok(self.node(Kind::FunctionDefinition, start, children));
        }
        self.declarators(start, children, declarator, true)
    }

    /// A declaration within a function.
    pub(super) fn declaration(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        let of_type = self.specifiers()?;
        self.append(&mut children, of_type, Field::Type);
        let declarator = self.declarator(Kind::Identifier, false)?;
        self.declarators(start, children, declarator, false)
    }

    /// The rest of a declaration from its first declarator on.
    fn declarators(
        &mut self,
        start: u32,
        mut children: List,
        first: Id,
        functions: bool,
    ) -> Parsed {
        let mut declarator = first;
        loop {
            if self.eat(Token::Assign) {
                let mut inner = List::EMPTY;
                self.append(&mut inner, declarator, Field::Declarator);
                let value = self.initializer()?;
                self.append(&mut inner, value, Field::Value);
                let from = self.tree.start(declarator);
                declarator = self.node(Kind::InitDeclarator, from, inner);
            }
            self.append(&mut children, declarator, Field::Declarator);
            if !self.eat(Token::Comma) {
                break;
            }
            declarator = self.declarator(Kind::Identifier, functions)?;
        }
        self.expect(Token::Semicolon)?;
        Ok(self.node(Kind::Declaration, start, children))
    }

    /// `typedef struct x *y;`
    fn type_definition(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        self.bump();
        let of_type = self.specifiers()?;
        self.append(&mut children, of_type, Field::Type);
        let declarator = self.declarator(Kind::TypeIdentifier, false)?;
        self.append(&mut children, declarator, Field::Declarator);
        self.expect(Token::Semicolon)?;
        Ok(self.node(Kind::TypeDefinition, start, children))
    }

    fn is_function(&self, declarator: Id) -> bool {
        let mut node = self.tree.node_of(declarator);
        while let Some(inner) = node
            .declarator()
            .filter(|_| node.kind() == Kind::PointerDeclarator)
        {
            node = inner;
        }
        node.kind() == Kind::FunctionDeclarator
    }

    /// A type with qualifiers and storage classes around it, of which only the type is kept.
    fn specifiers(&mut self) -> Parsed {
        let around = |token| matches!(token, Token::Qualifier | Token::Storage);
        while around(self.token.token) {
            self.bump();
        }
        let of_type = self.type_specifier()?;
        while around(self.token.token) {
            self.bump();
        }
        Ok(of_type)
    }

    fn type_specifier(&mut self) -> Parsed {
        let start = self.token.start;
        match self.token.token {
            Token::Identifier => Ok(self.leaf(Kind::TypeIdentifier)),
            Token::Primitive => {
                self.bump();
                // `int unsigned` is C, too.
                if self.is(Token::Sized) {
                    return Err(GaveUp);
                }
                Ok(self.node(Kind::PrimitiveType, start, List::EMPTY))
            }
            Token::Sized => {
                while self.is(Token::Sized) {
                    self.bump();
                }
                if self.eat(Token::Primitive) {
                    while self.is(Token::Sized) {
                        self.bump();
                    }
                } else if self.is(Token::Qualifier)
                    || (self.is(Token::Identifier)
                        && matches!(self.ahead.token, Token::Identifier | Token::Star))
                {
                    return Err(GaveUp);
                }
                Ok(self.node(Kind::PrimitiveType, start, List::EMPTY))
            }
            Token::Struct | Token::Union => {
                let kind = if self.is(Token::Struct) {
                    Kind::StructSpecifier
                } else {
                    Kind::UnionSpecifier
                };
                let name = self.tag()?;
                let name = self.tree.leaf(Kind::TypeIdentifier, name);
                let mut children = List::EMPTY;
                self.append(&mut children, name, Field::Name);
                Ok(self.node(kind, start, children))
            }
            Token::Enum => {
                self.tag()?;
                Ok(self.node(Kind::PrimitiveType, start, List::EMPTY))
            }
            _ => Err(GaveUp),
        }
    }

    /// `struct name` without a body.
    fn tag(&mut self) -> Result<std::ops::Range<u32>, GaveUp> {
        self.bump();
        let name = self.token.range();
        self.expect(Token::Identifier)?;
        if matches!(self.token.token, Token::CurlyOpen | Token::Colon) {
            return Err(GaveUp);
        }
        Ok(name)
    }

    /// Pointers, a name, and what makes an array or a function of it.
    fn declarator(&mut self, name: Kind, functions: bool) -> Parsed {
        if self.is(Token::Star) {
            let start = self.token.start;
            self.bump();
            while self.eat(Token::Qualifier) {}
            let inner = self.nested(|this| this.declarator(name, functions))?;
            let mut children = List::EMPTY;
            self.append(&mut children, inner, Field::Declarator);
            return Ok(self.node(Kind::PointerDeclarator, start, children));
        }
        if !self.is(Token::Identifier) {
            return Err(GaveUp);
        }
        let start = self.token.start;
        let mut declarator = self.leaf(name);
        loop {
            let mut children = List::EMPTY;
            self.tree
                .append(&mut children, declarator, Field::Declarator);
            match self.token.token {
                Token::SquareOpen if name == Kind::Identifier => {
                    self.bump();
                    if !self.is(Token::SquareClose) {
                        let size = self.expression()?;
                        self.append(&mut children, size, Field::None);
                    }
                    self.expect(Token::SquareClose)?;
                    declarator = self.node(Kind::ArrayDeclarator, start, children);
                }
                Token::RoundOpen if functions => {
                    let parameters = self.parameters()?;
                    self.append(&mut children, parameters, Field::Parameters);
                    declarator = self.node(Kind::FunctionDeclarator, start, children);
                }
                Token::RoundOpen | Token::SquareOpen => return Err(GaveUp),
                _ => return Ok(declarator),
            }
        }
    }

    fn parameters(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        self.bump();
        if !self.is(Token::RoundClose) {
            loop {
                if !self.eat(Token::Ellipsis) {
                    let parameter = self.parameter()?;
                    self.append(&mut children, parameter, Field::None);
                }
                if !self.eat(Token::Comma) {
                    break;
                }
            }
        }
        self.expect(Token::RoundClose)?;
        Ok(self.node(Kind::ParameterList, start, children))
    }

    fn parameter(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        // A name alone may be a type, or a parameter as before 1989.
        if self.is(Token::Identifier)
            && matches!(self.ahead.token, Token::Comma | Token::RoundClose)
        {
            return Err(GaveUp);
        }
        let of_type = self.specifiers()?;
        self.append(&mut children, of_type, Field::Type);
        let begin = self.token;
        match begin.token {
            Token::Comma | Token::RoundClose => {}
            Token::Star if self.is_abstract() => {
                while matches!(self.token.token, Token::Star | Token::Qualifier) {
                    self.bump();
                }
            }
            _ => {
                let declarator = self.declarator(Kind::Identifier, false)?;
                self.append(&mut children, declarator, Field::Declarator);
            }
        }
        Ok(self.node(Kind::ParameterDeclaration, start, children))
    }

    /// Whether the pointers at hand belong to no name.
    fn is_abstract(&self) -> bool {
        let mut further = self.lexer;
        let mut lexeme = self.ahead;
        while matches!(lexeme.token, Token::Star | Token::Qualifier) {
            lexeme = further.next();
        }
        matches!(lexeme.token, Token::Comma | Token::RoundClose)
    }

    /// A type without a name, as in a cast.
    pub(super) fn type_descriptor(&mut self) -> Parsed {
        let start = self.token.start;
        while self.eat(Token::Qualifier) {}
        self.type_specifier()?;
        while matches!(self.token.token, Token::Star | Token::Qualifier) {
            self.bump();
        }
        if !self.is(Token::RoundClose) {
            return Err(GaveUp);
        }
        Ok(self.node(Kind::TypeDescriptor, start, List::EMPTY))
    }

    fn initializer(&mut self) -> Parsed {
        if self.is(Token::CurlyOpen) {
            self.nested(Self::initializer_list)
        } else {
            self.expression()
        }
    }

    /// `{ 1, .name = 2, { 3 } }`
    pub(super) fn initializer_list(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        self.bump();
        while !self.is(Token::CurlyClose) {
            let item = if self.is(Token::Dot) {
                self.designated()?
            } else {
                self.initializer()?
            };
            self.append(&mut children, item, Field::None);
            if !self.eat(Token::Comma) {
                break;
            }
        }
        self.expect(Token::CurlyClose)?;
        Ok(self.node(Kind::InitializerList, start, children))
    }

    fn designated(&mut self) -> Parsed {
        let start = self.token.start;
        let mut children = List::EMPTY;
        while self.eat(Token::Dot) {
            self.expect(Token::Identifier)?;
        }
        self.expect(Token::Assign)?;
        let value = self.initializer()?;
        self.append(&mut children, value, Field::Value);
        Ok(self.node(Kind::InitializerPair, start, children))
    }
}
