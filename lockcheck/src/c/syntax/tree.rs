// SPDX-License-Identifier: GPL-3.0-or-later
//! The tree itself: nodes in one vector, each with its first child and its next sibling.

use std::ops::Range;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are named as in the grammar")]
pub enum Kind {
    Alignof,
    ArgumentList,
    ArrayDeclarator,
    Assignment,
    Attributed,
    AttributedDeclarator,
    Binary,
    Break,
    Call,
    Case,
    Cast,
    Character,
    Comma,
    Compound,
    CompoundLiteral,
    Conditional,
    Continue,
    Declaration,
    Do,
    Else,
    ExpressionStatement,
    Extension,
    False,
    Field,
    For,
    FunctionDeclarator,
    FunctionDefinition,
    Goto,
    Identifier,
    If,
    InitDeclarator,
    InitializerList,
    InitializerPair,
    Label,
    Labeled,
    Null,
    Number,
    Offsetof,
    ParameterDeclaration,
    ParameterList,
    Parenthesized,
    ParenthesizedDeclarator,
    Pointer,
    PointerDeclarator,
    /// A type that can't carry a lock, whatever it is.
    PrimitiveType,
    Return,
    Sizeof,
    StructSpecifier,
    Subscript,
    Switch,
    /// A literal in double quotes, or several in a row.
    Text,
    True,
    TypeDefinition,
    TypeDescriptor,
    TypeIdentifier,
    Unary,
    UnionSpecifier,
    Unit,
    Update,
    While,
    Other,
}

/// The operators that mean something to the checker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are named as in C's standard")]
pub enum Operator {
    #[default]
    None,
    Not,
    And,
    Or,
    Equal,
    NotEqual,
    Ampersand,
    Assign,
    Other,
}

macro_rules! fields {
    ($($variant:ident, $function:ident = $name:literal;)*) => {
        /// What a node is to its parent.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[allow(missing_docs, reason = "they are named as in the grammar")]
        pub enum Field { #[default] None, $($variant,)* }

        impl Field {
            /// All of them, with the grammar's names.
            pub(super) const ALL: &[(Self, &str)] = &[$((Self::$variant, $name),)*];
        }

        impl<'t> Node<'t> {
            $(
                #[doc = concat!("The child that is the node's ", $name, ".")]
                pub fn $function(self) -> Option<Node<'t>> {
                    self.child(Field::$variant)
                }
            )*
        }
    };
}

fields! {
    Alternative, alternative = "alternative";
    Argument, argument = "argument";
    Arguments, arguments = "arguments";
    Body, body = "body";
    Condition, condition = "condition";
    Consequence, consequence = "consequence";
    Declarator, declarator = "declarator";
    Function, function = "function";
    Index, index = "index";
    Initializer, initializer = "initializer";
    Label, label = "label";
    Left, left = "left";
    Name, name = "name";
    Parameters, parameters = "parameters";
    Right, right = "right";
    Type, type_of = "type";
    Update, update = "update";
    Value, value = "value";
}

/// A node's number. Children come before their parents, so the root is the last one.
pub(super) type Id = u32;

/// No node.
const NONE: Id = Id::MAX;

#[derive(Clone, Copy, Debug)]
struct Data {
    kind: Kind,
    operator: Operator,
    field: Field,
    start: u32,
    end: u32,
    first: Id,
    next: Id,
}

/// Children on their way to a parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    first: Id,
    last: Id,
}

impl List {
    pub(super) const EMPTY: Self = Self {
        first: NONE,
        last: NONE,
    };

    pub(super) fn is_empty(self) -> bool {
        self.first == NONE
    }
}

/// A piece's tree.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    nodes: Vec<Data>,
}

impl Tree {
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
    }

    /// Adds a node with its children.
    pub(super) fn node(&mut self, kind: Kind, range: Range<u32>, children: List) -> Id {
        let id = Id::try_from(self.nodes.len()).unwrap_or(NONE);
        self.nodes.push(Data {
            kind,
            operator: Operator::None,
            field: Field::None,
            start: range.start,
            end: range.end,
            first: children.first,
            next: NONE,
        });
        id
    }

    pub(super) fn leaf(&mut self, kind: Kind, range: Range<u32>) -> Id {
        self.node(kind, range, List::EMPTY)
    }

    pub(super) fn set_operator(&mut self, id: Id, operator: Operator) {
        self.nodes[id as usize].operator = operator;
    }

    /// Adds a node to the children of a parent that is yet to come.
    pub(super) fn append(&mut self, list: &mut List, id: Id, field: Field) {
        self.nodes[id as usize].field = field;
        if list.last == NONE {
            list.first = id;
        } else {
            self.nodes[list.last as usize].next = id;
        }
        list.last = id;
    }

    pub(super) fn kind(&self, id: Id) -> Kind {
        self.nodes[id as usize].kind
    }

    pub(super) fn start(&self, id: Id) -> u32 {
        self.nodes[id as usize].start
    }

    pub(super) fn node_of(&self, id: Id) -> Node<'_> {
        Node { tree: self, id }
    }

    /// The root; nothing in a tree that was not made yet.
    pub fn root(&self) -> Option<Node<'_>> {
        let id = Id::try_from(self.nodes.len()).ok()?.checked_sub(1)?;
        Some(Node { tree: self, id })
    }

    /// Whether a node is more than so many levels below the root.
    pub(super) fn is_deeper_than(&self, most: usize) -> bool {
        let mut depths = vec![0_usize; self.nodes.len()];
        for id in (0..self.nodes.len()).rev() {
            if depths[id] > most {
                return true;
            }
            let mut child = self.nodes[id].first;
            while child != NONE {
                depths[child as usize] = depths[id] + 1;
                child = self.nodes[child as usize].next;
            }
        }
        false
    }
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: Id,
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.tree, other.tree)
    }
}

impl std::fmt::Debug for Node<'_> {
    /// The whole tree below, as tests compare it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let data = self.data();
        write!(f, "({:?}", data.kind)?;
        if data.operator != Operator::None {
            write!(f, " {:?}", data.operator)?;
        }
        if data.field != Field::None {
            write!(f, " as {:?}", data.field)?;
        }
        write!(f, " {}..{}", data.start, data.end)?;
        for child in self.children() {
            write!(f, " {child:?}")?;
        }
        f.write_str(")")
    }
}

impl<'t> Node<'t> {
    fn data(self) -> &'t Data {
        &self.tree.nodes[self.id as usize]
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.data().kind
    }

    /// Its operator, if it has one.
    pub fn operator(self) -> Operator {
        self.data().operator
    }

    /// Where it begins in its piece.
    pub fn start(self) -> usize {
        self.data().start as usize
    }

    /// Where it ends in its piece.
    pub fn end(self) -> usize {
        self.data().end as usize
    }

    /// Its bytes.
    pub fn text(self, source: &[u8]) -> &[u8] {
        source.get(self.start()..self.end()).unwrap_or_default()
    }

    /// Its children.
    pub fn children(self) -> Children<'t> {
        Children {
            next: self.sibling(self.data().first),
        }
    }

    /// The first child, which is the only one where this is asked.
    pub fn only(self) -> Option<Node<'t>> {
        self.children().next()
    }

    /// The next child of the same parent.
    pub fn next(self) -> Option<Node<'t>> {
        self.sibling(self.data().next)
    }

    fn sibling(self, id: Id) -> Option<Node<'t>> {
        let tree = self.tree;
        (id != NONE).then_some(Node { tree, id })
    }

    fn child(self, field: Field) -> Option<Node<'t>> {
        self.children().find(|child| child.data().field == field)
    }
}

/// A node's children, from the left.
#[derive(Clone, Debug, Default)]
pub struct Children<'t> {
    next: Option<Node<'t>>,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let node = self.next?;
        self.next = node.next();
        Some(node)
    }
}
