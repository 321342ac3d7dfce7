// SPDX-License-Identifier: GPL-3.0-or-later
//! The functions of a file: free ones, methods, those within others, and what statics are
//! made of.

use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod, ItemTrait, TraitItemFn,
    Type,
};

use super::lower::{Body, Context, lower};
use super::paths::{Imports, import};
use super::{Parsed, start};
use crate::config::Config;

/// All functions of a file.
pub(super) fn of_file(file: &syn::File, config: &Config) -> Parsed {
    let mut imports = Imports::default();
    ImportsOf(&mut imports).visit_file(file);
    let context = Context { config, imports };
    if file.attrs.iter().any(is_test) {
        return Parsed::default();
    }
    let mut items = Items::new(&context);
    for item in &file.items {
        items.visit_item(item);
    }
    items.found
}

/// The functions of an item within a function.
pub(super) fn within(context: &Context, item: &Item) -> Parsed {
    let mut items = Items::new(context);
    items.visit_item(item);
    items.found
}

struct ImportsOf<'a>(&'a mut Imports);

impl<'ast> Visit<'ast> for ImportsOf<'_> {
    fn visit_item_use(&mut self, one: &'ast syn::ItemUse) {
        import(&one.tree, &mut Vec::new(), self.0);
    }

    fn visit_item_mod(&mut self, one: &'ast ItemMod) {
        if !one.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, one);
        }
    }
}

/// Whether an attribute marks what is built for tests only.
fn is_test(attribute: &Attribute) -> bool {
    let path = attribute.path();
    if path.is_ident("cfg") {
        let syn::Meta::List(list) = &attribute.meta else {
            return false;
        };
        let text = list.tokens.to_string();
        let mut words = text.split(|mark: char| !mark.is_alphanumeric() && mark != '_');
        return words.any(|word| word == "test") && !text.contains("not");
    }
    path.segments
        .last()
        .is_some_and(|last| last.ident == "test")
}

struct Items<'a> {
    context: &'a Context<'a>,
    found: Parsed,
    of_type: Option<String>,
}

impl<'a> Items<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            found: Parsed::default(),
            of_type: None,
        }
    }

    fn function(&mut self, attributes: &[Attribute], signature: &syn::Signature, block: &Block) {
        if attributes.iter().any(is_test) {
            return;
        }
        let name = match &self.of_type {
            Some(of_type) => format!("{of_type}::{}", signature.ident),
            None => signature.ident.to_string(),
        };
        let at = start::at(signature.fn_token.span);
        self.found.append(lower(
            self.context,
            name,
            at,
            &Body::Block(block),
            Vec::new(),
        ));
    }

    fn value(&mut self, name: String, value: &Expr) {
        let at = start::at(start::of(value));
        let mut found = lower(self.context, name, at, &Body::Expression(value), Vec::new());
        // A value by itself is worked out by the compiler; closures within run later.
        found.functions.pop();
        self.found.append(found);
    }

    fn named(&mut self, of_type: String, inside: impl FnOnce(&mut Self)) {
        let before = self.of_type.replace(of_type);
        inside(self);
        self.of_type = before;
    }
}

impl<'ast> Visit<'ast> for Items<'_> {
    fn visit_item_mod(&mut self, one: &'ast ItemMod) {
        if !one.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, one);
        }
    }

    fn visit_item_fn(&mut self, one: &'ast ItemFn) {
        self.function(&one.attrs, &one.sig, &one.block);
    }

    fn visit_item_impl(&mut self, one: &'ast ItemImpl) {
        if one.attrs.iter().any(is_test) {
            return;
        }
        let name = match &*one.self_ty {
            Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        self.named(name.unwrap_or_else(|| "impl".to_owned()), |items| {
            visit::visit_item_impl(items, one);
        });
    }

    fn visit_item_trait(&mut self, one: &'ast ItemTrait) {
        self.named(one.ident.to_string(), |items| {
            visit::visit_item_trait(items, one);
        });
    }

    fn visit_impl_item_fn(&mut self, one: &'ast ImplItemFn) {
        self.function(&one.attrs, &one.sig, &one.block);
    }

    fn visit_trait_item_fn(&mut self, one: &'ast TraitItemFn) {
        if let Some(block) = &one.default {
            self.function(&one.attrs, &one.sig, block);
        }
    }

    fn visit_item_static(&mut self, one: &'ast syn::ItemStatic) {
        self.value(one.ident.to_string(), &one.expr);
    }

    fn visit_item_const(&mut self, one: &'ast syn::ItemConst) {
        self.value(one.ident.to_string(), &one.expr);
    }

    fn visit_item_macro(&mut self, one: &'ast syn::ItemMacro) {
        // `thread_local!` and its like hold items; macro_rules! does not.
        if one.ident.is_none()
            && let Ok(file) = syn::parse2::<syn::File>(one.mac.tokens.clone())
        {
            for item in &file.items {
                self.visit_item(item);
            }
        }
    }
}
