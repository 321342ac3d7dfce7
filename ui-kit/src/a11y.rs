// SPDX-License-Identifier: GPL-3.0-or-later
//! Accessible names for controls that show no text.
//!
//! gtk4-rs offers `update_property` only from GTK 4.10 on, and the tooltip is not read out. A
//! builder document can set the name since 4.0, so such controls are made by one. A control that
//! shows a label needs nothing of this, but for entries of menus ([`set_menu`]).

use relm4::gtk;
use relm4::gtk::gio;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

/// The class of an entry of a menu.
const ENTRY: &str = "GtkModelButton";

/// A button with an icon alone; `name` is its accessible name and its tooltip.
pub fn icon_button(icon: &str, name: &str) -> gtk::Button {
    let button: gtk::Button = named("GtkButton", name);
    button.set_icon_name(icon);
    button.set_tooltip_text(Some(name));
    button
}

/// What can be unfolded, below a label whose underlined letter is marked as `_Details`.
///
/// GTK 4.8 names an expander not even by its label. And Tab looks into what is folded away, where
/// no window is: the keyboard would get stuck there, so that is hidden meanwhile.
pub fn expander(label: &str, child: &impl IsA<gtk::Widget>) -> gtk::Expander {
    let expander: gtk::Expander = named("GtkExpander", &label.replacen('_', "", 1));
    expander.set_label(Some(label));
    expander.set_use_underline(true);
    expander.set_child(Some(child));
    expander
        .bind_property("expanded", child, "visible")
        .sync_create()
        .build();
    expander
}

/// A widget of `class` (its name in `GObject`) with an accessible name.
///
/// A class that GTK does not know gives the type's default without a name: a fault of ours that
/// the tests find.
pub fn named<W: IsA<glib::Object> + Default>(class: &str, name: &str) -> W {
    let builder = gtk::Builder::from_string(&document(class, name));
    builder.object("it").unwrap_or_default()
}

/// Gives a button a menu whose entries can be read out.
///
/// An entry of GTK's goes by the label in it. Since that is hidden from screen readers (seen in
/// 4.18, not in 4.8), so is the name; each entry gets its text as its own one when the menu opens.
/// GTK computes names otherwise since 4.12: before, such an entry would be read out twice.
pub fn set_menu(button: &gtk::MenuButton, menu: &impl IsA<gio::MenuModel>) {
    button.set_menu_model(Some(menu));
    if gtk::minor_version() >= 12
        && let Some(popover) = button.popover()
    {
        popover.connect_map(|popover| name_entries(popover.upcast_ref()));
    }
}

fn name_entries(widget: &gtk::Widget) {
    let mut next = widget.first_child();
    while let Some(child) = next {
        // GTK keeps the class of entries to itself.
        if child.type_().name() == ENTRY
            && child.has_property_with_type("text", String::static_type())
        {
            name_entry(&child, &child.property::<String>("text"));
        }
        name_entries(&child);
        next = child.next_sibling();
    }
}

/// Names an entry by a template, the one way to name a widget that is there already. It goes by
/// itself then, which in a template has the name of its class.
fn name_entry(entry: &gtk::Widget, text: &str) {
    let text = glib::markup_escape_text(text);
    let template = format!(
        "<interface><template class=\"{ENTRY}\" parent=\"GtkWidget\"><accessibility>\
         <property name=\"label\">{text}</property>\
         <relation name=\"labelled-by\">{ENTRY}</relation>\
         </accessibility></template></interface>"
    );
    let builder = gtk::Builder::new();
    if let Err(error) = builder.extend_with_template(entry, entry.type_(), &template) {
        tracing::debug!(%error, "an entry of a menu has no name");
    }
}

fn document(class: &str, name: &str) -> String {
    let name = glib::markup_escape_text(name);
    format!(
        "<interface><object class=\"{class}\" id=\"it\"><accessibility>         <property name=\"label\">{name}</property></accessibility></object></interface>"
    )
}

#[cfg(test)]
mod tests {
    use super::document;

    #[test]
    fn a_name_can_not_break_the_document() {
        let text = document("GtkButton", "<\"&'>");
        assert!(text.contains(">&lt;&quot;&amp;&apos;&gt;<"), "{text}");
    }
}
