// SPDX-License-Identifier: GPL-3.0-or-later
//! tree-sitter's grammar of C: slow, and right about all that may stand in a source.

use std::ops::Range;
use std::sync::OnceLock;

use tree_sitter::{Language, ParseOptions, Parser, TreeCursor};

use super::tree::{Field, Id, Kind, List, Operator, Tree};
use super::{DEEPEST, Unparsable};

/// What becomes of a node of the grammar.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// A node with its children.
    Inner(Kind),
    /// A node whose inside says nothing to the checker.
    Leaf(Kind),
    /// A structure or union: only its name counts.
    Named(Kind),
    /// It is left out, with all that is in it.
    Nothing,
    /// Something unknown, which is kept for the sake of what is in it.
    Unknown,
}

fn fate(name: &str) -> Fate {
    use Fate::{Inner, Leaf, Named, Nothing};
    match name {
        "alignof_expression" => Leaf(Kind::Alignof),
        "argument_list" => Inner(Kind::ArgumentList),
        "array_declarator" => Inner(Kind::ArrayDeclarator),
        "assignment_expression" => Inner(Kind::Assignment),
        "attributed_statement" => Inner(Kind::Attributed),
        "attributed_declarator" => Inner(Kind::AttributedDeclarator),
        "binary_expression" => Inner(Kind::Binary),
        "break_statement" => Inner(Kind::Break),
        "call_expression" => Inner(Kind::Call),
        "case_statement" => Inner(Kind::Case),
        "cast_expression" => Inner(Kind::Cast),
        "char_literal" => Leaf(Kind::Character),
        "comma_expression" => Inner(Kind::Comma),
        "compound_literal_expression" => Inner(Kind::CompoundLiteral),
        "compound_statement" => Inner(Kind::Compound),
        "concatenated_string" | "string_literal" => Leaf(Kind::Text),
        "conditional_expression" => Inner(Kind::Conditional),
        "continue_statement" => Inner(Kind::Continue),
        "declaration" => Inner(Kind::Declaration),
        "do_statement" => Inner(Kind::Do),
        "else_clause" => Inner(Kind::Else),
        "expression_statement" => Inner(Kind::ExpressionStatement),
        "extension_expression" => Inner(Kind::Extension),
        "false" => Leaf(Kind::False),
        "field_expression" => Inner(Kind::Field),
        "for_statement" => Inner(Kind::For),
        "function_declarator" => Inner(Kind::FunctionDeclarator),
        "function_definition" => Inner(Kind::FunctionDefinition),
        "goto_statement" => Inner(Kind::Goto),
        "identifier" => Leaf(Kind::Identifier),
        "if_statement" => Inner(Kind::If),
        "init_declarator" => Inner(Kind::InitDeclarator),
        "initializer_list" => Inner(Kind::InitializerList),
        "initializer_pair" => Inner(Kind::InitializerPair),
        "labeled_statement" => Inner(Kind::Labeled),
        "null" => Leaf(Kind::Null),
        "number_literal" => Leaf(Kind::Number),
        "offsetof_expression" => Leaf(Kind::Offsetof),
        "parameter_declaration" => Inner(Kind::ParameterDeclaration),
        "parameter_list" => Inner(Kind::ParameterList),
        "parenthesized_declarator" => Inner(Kind::ParenthesizedDeclarator),
        "parenthesized_expression" => Inner(Kind::Parenthesized),
        "pointer_declarator" => Inner(Kind::PointerDeclarator),
        "pointer_expression" => Inner(Kind::Pointer),
        "enum_specifier" | "macro_type_specifier" | "primitive_type" | "sized_type_specifier" => {
            Leaf(Kind::PrimitiveType)
        }
        "return_statement" => Inner(Kind::Return),
        "sizeof_expression" => Leaf(Kind::Sizeof),
        "statement_identifier" => Leaf(Kind::Label),
        "struct_specifier" => Named(Kind::StructSpecifier),
        "subscript_expression" => Inner(Kind::Subscript),
        "switch_statement" => Inner(Kind::Switch),
        "translation_unit" => Inner(Kind::Unit),
        "true" => Leaf(Kind::True),
        "type_definition" => Inner(Kind::TypeDefinition),
        "type_descriptor" => Leaf(Kind::TypeDescriptor),
        "type_identifier" => Leaf(Kind::TypeIdentifier),
        "unary_expression" => Inner(Kind::Unary),
        "union_specifier" => Named(Kind::UnionSpecifier),
        "update_expression" => Inner(Kind::Update),
        "while_statement" => Inner(Kind::While),
        "abstract_array_declarator"
        | "abstract_function_declarator"
        | "abstract_parenthesized_declarator"
        | "abstract_pointer_declarator"
        | "comment" => Nothing,
        _ => Fate::Unknown,
    }
}

fn operator(name: &str) -> Operator {
    match name {
        "!" => Operator::Not,
        "&&" => Operator::And,
        "||" => Operator::Or,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "&" => Operator::Ampersand,
        "=" => Operator::Assign,
        _ => Operator::Other,
    }
}

/// The grammar's numbers of kinds and fields, looked up once.
struct Numbers {
    kinds: Vec<Fate>,
    fields: Vec<Field>,
    operator: Option<u16>,
}

fn language() -> Language {
    tree_sitter_c::LANGUAGE.into()
}

fn numbers() -> &'static Numbers {
    static NUMBERS: OnceLock<Numbers> = OnceLock::new();
    NUMBERS.get_or_init(|| {
        let language = language();
        let upto = |count: usize| 0..u16::try_from(count).unwrap_or(u16::MAX);
        let kinds = upto(language.node_kind_count()).map(|id| {
            let name = language.node_kind_for_id(id);
            name.filter(|_| language.node_kind_is_named(id))
                .map_or(Fate::Nothing, fate)
        });
        let fields = upto(language.field_count() + 1).map(|id| {
            let name = language.field_name_for_id(id);
            let known = Field::ALL.iter().find(|(_, known)| Some(*known) == name);
            known.map_or(Field::None, |(field, _)| *field)
        });
        Numbers {
            kinds: kinds.collect(),
            fields: fields.collect(),
            operator: language.field_id_for_name("operator").map(u16::from),
        }
    })
}

/// A parser of the grammar.
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
pub fn parse(parser: &mut Parser, text: &[u8], into: &mut Tree) -> Result<(), Unparsable> {
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
    into.clear();
    copy(tree.walk(), into);
    Ok(())
}

/// Whether the tree has no errors and is not too deep. Walks without recursion.
fn check(tree: &tree_sitter::Tree) -> Result<(), Unparsable> {
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

/// A node whose children are being copied.
struct Open {
    kind: Kind,
    field: Field,
    operator: Operator,
    range: Range<u32>,
    children: List,
}

/// Copies a tree. Walks without recursion.
fn copy(mut cursor: TreeCursor<'_>, into: &mut Tree) {
    let numbers = numbers();
    let mut open: Vec<Open> = Vec::new();
    loop {
        let enters = enter(&mut cursor, numbers, &mut open, into);
        if enters && cursor.goto_first_child() {
            continue;
        }
        if enters {
            close(&mut open, into);
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            close(&mut open, into);
        }
    }
}

/// Copies a node that has no children of interest, or opens one that may have some and
/// returns true.
fn enter(
    cursor: &mut TreeCursor<'_>,
    numbers: &Numbers,
    open: &mut Vec<Open>,
    into: &mut Tree,
) -> bool {
    let node = cursor.node();
    let id = cursor.field_id().map(u16::from);
    let field = id
        .and_then(|id| numbers.fields.get(usize::from(id)))
        .copied()
        .unwrap_or_default();
    if id.is_some() && id == numbers.operator {
        if let Some(parent) = open.last_mut() {
            parent.operator = operator(node.kind());
        }
        return false;
    }
    let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let range =
        |node: tree_sitter::Node<'_>| position(node.start_byte())..position(node.end_byte());
    let fate = numbers.kinds.get(usize::from(node.kind_id())).copied();
    let made = match fate.unwrap_or(Fate::Unknown) {
        Fate::Inner(kind) => Err(kind),
        Fate::Unknown => Err(Kind::Other),
        Fate::Leaf(kind) => Ok(into.leaf(kind, range(node))),
        Fate::Nothing => return false,
        Fate::Named(kind) => {
            let mut children = List::EMPTY;
            if let Some(name) = node.child_by_field_name("name") {
                let id = into.leaf(Kind::TypeIdentifier, range(name));
                into.append(&mut children, id, Field::Name);
            }
            Ok(into.node(kind, range(node), children))
        }
    };
    match made {
        Ok(id) => {
            adopt(open, into, id, field);
            false
        }
        Err(kind) => {
            open.push(Open {
                kind,
                field,
                operator: Operator::None,
                range: range(node),
                children: List::EMPTY,
            });
            true
        }
    }
}

fn adopt(open: &mut [Open], into: &mut Tree, id: Id, field: Field) {
    if let Some(parent) = open.last_mut() {
        into.append(&mut parent.children, id, field);
    }
}

/// The innermost open node is complete.
fn close(open: &mut Vec<Open>, into: &mut Tree) {
    let Some(done) = open.pop() else { return };
    // What is unknown and empty (`const`, the name of a field) says nothing.
    if done.kind == Kind::Other && done.children.is_empty() {
        return;
    }
    let id = into.node(done.kind, done.range, done.children);
    into.set_operator(id, done.operator);
    adopt(open, into, id, done.field);
}
