// SPDX-License-Identifier: GPL-3.0-or-later
//! What a walk lets pass: widgets of GTK's and libadwaita's own that can't be changed from without,
//! each by itself, with the reason.

use super::bus::Reference;
use super::tree::Element;
use super::walk::around;

/// A part of GTK's or libadwaita's own that can't be changed from without: one widget of one page.
#[derive(Debug)]
pub struct Exempt {
    /// The pages that it is on, by the beginning of their names; empty for any.
    page: &'static str,
    /// What it is, in AT-SPI's words.
    role: &'static str,
    /// Its name, or where it has none its description; empty for neither.
    called: &'static str,
    /// The role of what it is in; empty for anywhere.
    within: &'static str,
    /// The text in it; empty for none.
    holds: &'static str,
}

/// Parts that have no name. Each excuses one widget of a page, or one of each row.
pub const NAMELESS: &[Exempt] = &[
    // libadwaita's eye in a row for a passphrase: it has a tooltip alone. One of each such row.
    Exempt {
        page: "",
        role: "button",
        called: "Show Text",
        within: "text box",
        holds: "",
    },
    // The button in the title bar of GTK's window of shortcuts that opens the search: an icon alone.
    Exempt {
        page: "shortcuts",
        role: "button",
        called: "",
        within: "",
        holds: "",
    },
    // The version in libadwaita's window about a program: only the label in the button has it.
    Exempt {
        page: "about",
        role: "button",
        called: "",
        within: "",
        holds: env!("CARGO_PKG_VERSION"),
    },
];

/// Parts that the keyboard does not get to.
pub const UNREACHED: &[Exempt] = &[
    // What a photo's open popover of switches keeps the keyboard from; the page “photo” has them all.
    Exempt {
        page: "photo's switches",
        role: "button",
        called: "Open…",
        within: "",
        holds: "",
    },
    Exempt {
        page: "photo's switches",
        role: "button",
        called: "Color",
        within: "",
        holds: "",
    },
    Exempt {
        page: "photo's switches",
        role: "button",
        called: "Smaller",
        within: "",
        holds: "",
    },
    Exempt {
        page: "photo's switches",
        role: "button",
        called: "Larger",
        within: "",
        holds: "",
    },
    Exempt {
        page: "photo's switches",
        role: "button",
        called: "Fit to the window",
        within: "",
        holds: "",
    },
    Exempt {
        page: "photo's switches",
        role: "button",
        called: "Full size",
        within: "",
        holds: "",
    },
    // The arrow of GTK's tree: on the row, that has the focus, the keys + and - do the same.
    Exempt {
        page: "",
        role: "button",
        called: "Expand",
        within: "list item",
        holds: "",
    },
    // libadwaita shows what is chosen in a list of one row; the row around it has the focus.
    Exempt {
        page: "",
        role: "list item",
        called: "",
        within: "combo box",
        holds: "",
    },
];

/// Whether an exemption fits an element.
pub fn is_exempt(table: &[Exempt], page: &str, window: &Element, element: &Element) -> bool {
    exemption(table, page, window, element).is_some()
}

/// The number of the exemption that fits an element, and what it is in, as the exemption says it.
pub fn exemption(
    table: &[Exempt],
    page: &str,
    window: &Element,
    element: &Element,
) -> Option<(usize, Option<Reference>)> {
    let called = if element.name.is_empty() {
        &element.description
    } else {
        &element.name
    };
    table.iter().enumerate().find_map(|(number, exempt)| {
        let alike = exempt.role == element.role
            && exempt.called == called
            && page.starts_with(exempt.page)
            && (exempt.holds.is_empty() || element.texts() == [exempt.holds]);
        if !alike || exempt.within.is_empty() {
            return alike.then_some((number, None));
        }
        let around = around(window, &element.reference);
        let within = around.into_iter().rfind(|one| one.role == exempt.within)?;
        Some((number, Some(within.reference.clone())))
    })
}
