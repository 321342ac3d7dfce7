// SPDX-License-Identifier: GPL-3.0-or-later
//! tree-sitter's trees of C: kinds of nodes as an enumeration, and a few walks.

use std::sync::OnceLock;

use tree_sitter::{Language, Node, ParseOptions, Parser, Tree};

/// Deeper than this a function is refused: each level costs stack.
pub const DEEPEST: usize = 4_000;

macro_rules! kinds {
    ($($kind:ident = $name:literal),* $(,)?) => {
        /// Kinds of nodes that mean something to the checker.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "they are named as in the grammar")]
        pub enum Kind { $($kind,)* Other }

        fn by_name(name: &str) -> Kind {
            match name { $($name => Kind::$kind,)* _ => Kind::Other }
        }
    };
}

kinds! {
    ArgumentList = "argument_list",
    ArrayDeclarator = "array_declarator",
    Assignment = "assignment_expression",
    Attributed = "attributed_statement",
    AttributedDeclarator = "attributed_declarator",
    Binary = "binary_expression",
    Break = "break_statement",
    Call = "call_expression",
    Case = "case_statement",
    Cast = "cast_expression",
    Comma = "comma_expression",
    Comment = "comment",
    Compound = "compound_statement",
    CompoundLiteral = "compound_literal_expression",
    Conditional = "conditional_expression",
    Continue = "continue_statement",
    Declaration = "declaration",
    Do = "do_statement",
    Else = "else_clause",
    Extension = "extension_expression",
    ExpressionStatement = "expression_statement",
    Field = "field_expression",
    For = "for_statement",
    FunctionDeclarator = "function_declarator",
    FunctionDefinition = "function_definition",
    Generic = "generic_expression",
    Goto = "goto_statement",
    Identifier = "identifier",
    If = "if_statement",
    InitDeclarator = "init_declarator",
    InitializerList = "initializer_list",
    InitializerPair = "initializer_pair",
    Label = "statement_identifier",
    Labeled = "labeled_statement",
    Null = "null",
    Number = "number_literal",
    ParameterDeclaration = "parameter_declaration",
    ParameterList = "parameter_list",
    Parenthesized = "parenthesized_expression",
    ParenthesizedDeclarator = "parenthesized_declarator",
    Pointer = "pointer_expression",
    PointerDeclarator = "pointer_declarator",
    PrimitiveType = "primitive_type",
    Return = "return_statement",
    Sizeof = "sizeof_expression",
    Alignof = "alignof_expression",
    Offsetof = "offsetof_expression",
    StructSpecifier = "struct_specifier",
    Subscript = "subscript_expression",
    Switch = "switch_statement",
    TypeDefinition = "type_definition",
    TypeDescriptor = "type_descriptor",
    TypeIdentifier = "type_identifier",
    Unary = "unary_expression",
    UnionSpecifier = "union_specifier",
    Update = "update_expression",
    While = "while_statement",
    True = "true",
    False = "false",
    Text = "string_literal",
    Texts = "concatenated_string",
    Character = "char_literal",
}

/// The grammar.
pub fn language() -> Language {
    tree_sitter_c::LANGUAGE.into()
}

/// What a node is.
pub fn kind(node: Node<'_>) -> Kind {
    static KINDS: OnceLock<Vec<Kind>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| {
        let language = language();
        let count = u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
        (0..count)
            .map(|id| match language.node_kind_for_id(id) {
                Some(name) if language.node_kind_is_named(id) => by_name(name),
                _ => Kind::Other,
            })
            .collect()
    });
    kinds
        .get(usize::from(node.kind_id()))
        .copied()
        .unwrap_or(Kind::Other)
}

macro_rules! fields {
    ($($function:ident = $name:literal),* $(,)?) => {
        $(
            #[doc = concat!("The child that is the node's ", $name, ".")]
            pub fn $function(node: Node<'_>) -> Option<Node<'_>> {
                static ID: OnceLock<Option<std::num::NonZeroU16>> = OnceLock::new();
                let id = ID.get_or_init(|| language().field_id_for_name($name));
                node.child_by_field_id(id.as_ref()?.get())
            }
        )*
    };
}

fields! {
    alternative = "alternative",
    argument = "argument",
    arguments = "arguments",
    body = "body",
    condition = "condition",
    consequence = "consequence",
    declarator = "declarator",
    field = "field",
    function = "function",
    index = "index",
    initializer = "initializer",
    label = "label",
    left = "left",
    name = "name",
    operator = "operator",
    right = "right",
    type_of = "type",
    update = "update",
    value = "value",
    parameters = "parameters",
}

/// The named children, comments left out.
pub fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter(|child| kind(*child) != Kind::Comment)
        .collect()
}

/// Why a piece of text is no C that can be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unparsable {
    /// The grammar does not know what stands here.
    Syntax(usize),
    /// The tree is deeper than [`DEEPEST`].
    Deep,
    /// The parser did not come to an end.
    Endless,
}

impl std::fmt::Display for Unparsable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Syntax(_) => f.write_str("the syntax is wrong here"),
            Self::Deep => write!(f, "it is nested deeper than {DEEPEST} levels"),
            Self::Endless => f.write_str("parsing it takes too long"),
        }
    }
}

/// A parser for C.
pub fn parser() -> Parser {
    let mut parser = Parser::new();
    // It fails only where the grammar was made for another version of the library, and then
    // each parse fails, too, and is reported.
    let _ = parser.set_language(&language());
    parser
}

/// How often the parser may report progress before it is stopped, at each byte: the worst
/// sound source needs a small part of it.
const PATIENCE: usize = 2_000;

/// Parses one piece.
///
/// # Errors
///
/// [`Unparsable`], with the place in the piece.
pub fn parse(parser: &mut Parser, text: &[u8]) -> Result<Tree, Unparsable> {
    parser.reset();
    let mut calls = 0_usize;
    let most = PATIENCE + text.len() / 8;
    let mut progress = |_: &tree_sitter::ParseState| {
        calls += 1;
        if calls > most {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let tree = parser
        .parse_with_options(
            &mut |at, _| text.get(at..).unwrap_or_default(),
            None,
            Some(options),
        )
        .ok_or(Unparsable::Endless)?;
    // A level takes a byte at least, so a short text can't be too deep.
    if tree.root_node().has_error() || text.len() > DEEPEST {
        check(&tree)?;
    }
    Ok(tree)
}

/// Whether the tree has no errors and is not too deep. Walks without recursion.
fn check(tree: &Tree) -> Result<(), Unparsable> {
    let broken = tree.root_node().has_error();
    let mut cursor = tree.walk();
    let mut depth = 0_usize;
    let mut first = None;
    loop {
        let node = cursor.node();
        if broken && first.is_none() && (node.is_error() || node.is_missing()) {
            first = Some(node.start_byte());
        }
        if depth > DEEPEST {
            return Err(Unparsable::Deep);
        }
        if cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return if broken {
                    Err(Unparsable::Syntax(first.unwrap_or(0)))
                } else {
                    Ok(())
                };
            }
            depth -= 1;
        }
    }
}

/// The text of a node.
pub fn text<'s>(node: Node<'_>, source: &'s [u8]) -> &'s [u8] {
    source.get(node.byte_range()).unwrap_or_default()
}

/// An expression without the parentheses and casts around it.
pub fn bare(mut node: Node<'_>) -> Node<'_> {
    loop {
        let inner = match kind(node) {
            Kind::Parenthesized => only(node).filter(|inner| kind(*inner) != Kind::Compound),
            Kind::Cast => value(node),
            Kind::Extension => only(node),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => return node,
        }
    }
}

/// The only named child.
pub fn only(node: Node<'_>) -> Option<Node<'_>> {
    children(node).into_iter().next()
}

/// The identifier that a declarator declares, and how many pointers stand before it; nothing
/// for arrays and functions.
pub fn declared(declarator_of: Node<'_>) -> Option<(Node<'_>, usize)> {
    let mut node = declarator_of;
    let mut pointers = 0;
    loop {
        node = match kind(node) {
            Kind::Identifier | Kind::TypeIdentifier => return Some((node, pointers)),
            Kind::PointerDeclarator => {
                pointers += 1;
                declarator(node)?
            }
            Kind::InitDeclarator => declarator(node)?,
            Kind::ParenthesizedDeclarator | Kind::AttributedDeclarator => only(node)?,
            _ => return None,
        };
    }
}

/// The name of a type as configurations write it: `struct x` or `x`.
pub fn type_name(node: Node<'_>, source: &[u8]) -> Option<String> {
    let of = |node| String::from_utf8_lossy(text(node, source)).into_owned();
    match kind(node) {
        Kind::TypeIdentifier => Some(of(node)),
        Kind::StructSpecifier => Some(format!("struct {}", of(name(node)?))),
        Kind::UnionSpecifier => Some(format!("union {}", of(name(node)?))),
        _ => None,
    }
}
