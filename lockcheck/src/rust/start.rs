// SPDX-License-Identifier: GPL-3.0-or-later
//! Where things stand, without walking all of their tokens.

use std::ops::Range;

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Expr, Local, Pat, Stmt};

/// Where a token begins.
pub(super) fn at(span: Span) -> usize {
    span.byte_range().start
}

/// From one token's beginning to another one's end.
pub(super) fn from_to(first: Span, last: Span) -> Range<usize> {
    let start = first.byte_range().start;
    start..last.byte_range().end.max(start)
}

/// The first token of a statement, its attributes left out.
pub(super) fn of_statement(statement: &Stmt) -> Span {
    match statement {
        Stmt::Local(Local { let_token, .. }) => let_token.span,
        Stmt::Expr(expression, _) => of(expression),
        Stmt::Macro(call) => of_path(&call.mac.path),
        Stmt::Item(item) => item.span(),
    }
}

fn of_path(path: &syn::Path) -> Span {
    path.segments
        .first()
        .map_or_else(|| path.span(), |first| first.ident.span())
}

/// The first token of an expression.
pub(super) fn of(expression: &Expr) -> Span {
    let mut here = expression;
    loop {
        here = match here {
            Expr::Assign(one) => &one.left,
            Expr::Await(one) => &one.base,
            Expr::Binary(one) => &one.left,
            Expr::Call(one) => &one.func,
            Expr::Cast(one) => &one.expr,
            Expr::Field(one) => &one.base,
            Expr::Index(one) => &one.expr,
            Expr::MethodCall(one) => &one.receiver,
            Expr::Try(one) => &one.expr,
            Expr::Range(one) => match &one.start {
                Some(start) => start,
                None => return one.limits.span(),
            },
            _ => return of_other(here),
        }
    }
}

/// The first token of an expression that begins with a token of its own.
fn of_other(expression: &Expr) -> Span {
    match expression {
        Expr::Array(one) => one.bracket_token.span.open(),
        Expr::Async(one) => one.async_token.span,
        Expr::Block(one) => one.block.brace_token.span.open(),
        Expr::Break(one) => one.break_token.span,
        Expr::Closure(one) => one
            .capture
            .as_ref()
            .map_or(one.or1_token.span, syn::spanned::Spanned::span),
        Expr::Continue(one) => one.continue_token.span,
        Expr::ForLoop(one) => one.for_token.span,
        Expr::If(one) => one.if_token.span,
        Expr::Let(one) => one.let_token.span,
        Expr::Loop(one) => one.loop_token.span,
        Expr::Macro(one) => of_path(&one.mac.path),
        Expr::Match(one) => one.match_token.span,
        Expr::Paren(one) => one.paren_token.span.open(),
        Expr::Path(one) => of_path(&one.path),
        Expr::Reference(one) => one.and_token.span,
        Expr::Return(one) => one.return_token.span,
        Expr::Struct(one) => of_path(&one.path),
        Expr::Tuple(one) => one.paren_token.span.open(),
        Expr::Unary(one) => one.op.span(),
        Expr::Unsafe(one) => one.unsafe_token.span,
        Expr::While(one) => one.while_token.span,
        other => other.span(),
    }
}

/// The last token of an expression that ends with one of its own; its first one for others.
pub(super) fn end_of(expression: &Expr) -> Span {
    match expression {
        Expr::Call(one) => one.paren_token.span.close(),
        Expr::MethodCall(one) => one.paren_token.span.close(),
        Expr::Await(one) => one.await_token.span,
        Expr::Try(one) => one.question_token.span,
        Expr::Field(one) => one.member.span(),
        Expr::Macro(one) => one.mac.delimiter.span().close(),
        Expr::Path(one) => one
            .path
            .segments
            .last()
            .map_or_else(|| of(expression), |last| last.ident.span()),
        _ => of(expression),
    }
}

/// The names that a pattern binds by value, with whether any name is bound at all.
pub(super) fn names(pattern: &Pat, found: &mut Vec<(String, bool)>) {
    match pattern {
        Pat::Ident(one) => {
            let name = one.ident.to_string();
            // `None` and constants look like names.
            if one.subpat.is_none() && name.starts_with(char::is_uppercase) {
                return;
            }
            found.push((name, one.by_ref.is_some()));
            if let Some((_, inner)) = &one.subpat {
                names(inner, found);
            }
        }
        Pat::Or(one) => {
            // Each case binds the same names.
            if let Some(first) = one.cases.first() {
                names(first, found);
            }
        }
        Pat::Paren(one) => names(&one.pat, found),
        Pat::Reference(one) => names(&one.pat, found),
        Pat::Slice(one) => one.elems.iter().for_each(|pattern| names(pattern, found)),
        Pat::Struct(one) => one.fields.iter().for_each(|field| names(&field.pat, found)),
        Pat::Tuple(one) => one.elems.iter().for_each(|pattern| names(pattern, found)),
        Pat::TupleStruct(one) => one.elems.iter().for_each(|pattern| names(pattern, found)),
        Pat::Type(one) => names(&one.pat, found),
        _ => {}
    }
}

/// Whether a pattern is the case that there is no guard: `Err(..)` or `None`.
pub(super) fn is_failure(pattern: &Pat) -> bool {
    let last = |path: &syn::Path| {
        path.segments
            .last()
            .is_some_and(|last| last.ident == "Err" || last.ident == "None")
    };
    match pattern {
        Pat::TupleStruct(one) => last(&one.path),
        Pat::Path(one) => last(&one.path),
        Pat::Ident(one) => one.ident == "None",
        Pat::Paren(one) => is_failure(&one.pat),
        Pat::Or(one) => one.cases.iter().all(is_failure),
        _ => false,
    }
}
