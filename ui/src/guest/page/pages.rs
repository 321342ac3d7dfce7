// SPDX-License-Identifier: GPL-3.0-or-later
//! The pages beside the overview: a row for each, which is all that the shell knows of one.

use std::sync::Arc;

use relm4::{Component, ComponentController as _, Controller, adw, gtk};

use super::messages::Shown;
use crate::engine::Engine;
use crate::guest::activity::{Activity, ActivityMsg};
use crate::guest::resources::{Resources, ResourcesMsg};
use oriel_ui_kit::i18n::{gettext, mark};

/// A page of a guest.
struct Row {
    /// Its name among the others.
    id: &'static str,
    /// The label of its tab; an English text to be translated.
    title: &'static str,
    /// The icon of its tab.
    icon: &'static str,
    /// Makes it.
    build: fn(&Arc<Engine>) -> Page,
}

/// All of them, in the order of their tabs.
const PAGES: [Row; 2] = [
    Row {
        id: "activity",
        title: mark("Activity"),
        icon: "preferences-system-time-symbolic",
        build: activity,
    },
    Row {
        id: "resources",
        title: mark("Resources"),
        icon: "preferences-other-symbolic",
        build: resources,
    },
];

/// A page that was made. It lives for as long as this.
pub(super) struct Page {
    widget: gtk::Widget,
    show: Box<dyn Fn(Shown)>,
    /// Hears whether the guest's page, with whatever tab, is seen.
    seen: Option<Box<dyn Fn(bool)>>,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Page").field(&self.widget).finish()
    }
}

impl Page {
    /// Has it show a guest, or its new state.
    pub(super) fn show(&self, shown: Shown) {
        (self.show)(shown);
    }

    /// Tells it whether the guest's page, with whatever tab, is seen.
    pub(super) fn tell_seen(&self, seen: bool) {
        if let Some(tell) = &self.seen {
            tell(seen);
        }
    }
}

/// Makes all pages and puts them into the stack.
pub(super) fn build(stack: &adw::ViewStack, engine: &Arc<Engine>) -> Vec<Page> {
    let mut pages = Vec::with_capacity(PAGES.len());
    for row in PAGES {
        let page = (row.build)(engine);
        let tab = stack.add_titled(&page.widget, Some(row.id), &gettext(row.title));
        tab.set_icon_name(Some(row.icon));
        pages.push(page);
    }
    pages
}

fn activity(engine: &Arc<Engine>) -> Page {
    let controller = Activity::builder().launch(Arc::clone(engine)).detach();
    let seen = controller.sender().clone();
    Page {
        seen: Some(Box::new(move |it| seen.emit(ActivityMsg::PageSeen(it)))),
        ..of(controller, ActivityMsg::Show)
    }
}

fn resources(engine: &Arc<Engine>) -> Page {
    let controller = Resources::builder().launch(Arc::clone(engine)).detach();
    of(controller, ResourcesMsg::Show)
}

/// The page of a component that is told whom to show.
fn of<C>(controller: Controller<C>, message: fn(Shown) -> C::Input) -> Page
where
    C: Component,
    C::Root: AsRef<gtk::Widget>,
{
    Page {
        widget: controller.widget().as_ref().clone(),
        show: Box::new(move |shown| controller.sender().emit(message(shown))),
        seen: None,
    }
}
