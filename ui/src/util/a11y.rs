// SPDX-License-Identifier: GPL-3.0-or-later
//! Accessible names for controls that show no text.
//!
//! gtk4-rs offers `update_property` only from GTK 4.10 on, and the tooltip is not read out. A
//! builder document can set the name since 4.0, so such controls are made by one. A control that
//! shows a label needs nothing of this.

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

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
