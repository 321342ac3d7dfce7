// SPDX-License-Identifier: GPL-3.0-or-later
//! The main window: the sidebar at the left, the chosen guest at the right; in a narrow window one
//! of the two.
//!
//! Owns what is known of guests, which one is on show, and what is being done. It passes reports
//! of the engine on to its parts, and wishes of its parts to the engine.

mod create;
mod helpers;
mod messages;
mod methods;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use oriel::connection::Status;
use oriel::domain::Guest;
use oriel::secret::handover::KeyState;
use relm4::adw::prelude::*;
use relm4::gtk::{gdk, glib};
use relm4::{
    Component, ComponentController, ComponentParts, ComponentSender, Controller, adw, gtk,
};

pub use self::messages::{WindowInit, WindowMsg};

use crate::assistant::Assistant;
use crate::engine::{Action, ConnectionId, Engine, GuestKey, Report};
use crate::guest_page::{GuestPage, PageOutput};
use crate::i18n::gettext;
use crate::sidebar::{Sidebar, SidebarMsg, SidebarOutput};
use crate::util::a11y;

/// The main window.
#[derive(Debug)]
pub struct Window {
    engine: Arc<Engine>,
    sidebar: Controller<Sidebar>,
    page: Controller<GuestPage>,
    guests: HashMap<GuestKey, Arc<Guest>>,
    keys: HashMap<GuestKey, KeyState>,
    statuses: BTreeMap<ConnectionId, Status>,
    busy: HashMap<GuestKey, Action>,
    chosen: Option<GuestKey>,
    assistant: Option<Controller<Assistant>>,
}

#[allow(missing_docs, reason = "the macro makes a public type of widgets")]
#[relm4::component(pub)]
impl Component for Window {
    type Init = WindowInit;
    type Input = WindowMsg;
    type Output = ();
    type CommandOutput = Report;

    view! {
        adw::ApplicationWindow {
            #[watch]
            set_title: Some(&model.window_title()),
            set_default_width: 1000,
            set_default_height: 720,
            set_width_request: 340,
            set_height_request: 300,
            connect_is_active_notify[sender] => move |window| {
                if window.is_active() {
                    sender.input_sender().emit(WindowMsg::Focused);
                }
            },

            #[name = "leaflet"]
            adw::Leaflet {
                set_can_navigate_back: true,

                #[local_ref]
                append = sidebar_widget -> gtk::Box {},

                append = &gtk::Separator {} -> {
                    set_navigatable: false,
                },

                append = &gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_hexpand: true,
                    set_width_request: 340,

                    adw::HeaderBar {
                        #[local_ref]
                        pack_start = back -> gtk::Button {
                            connect_clicked => WindowMsg::Back,
                        },

                        #[wrap(Some)]
                        set_title_widget = &adw::WindowTitle {
                            #[watch]
                            set_title: model.title(),
                            #[watch]
                            set_subtitle: &model.subtitle(),
                        },
                    },

                    gtk::Stack {
                        set_vexpand: true,

                        add_named[Some("page")] = model.page.widget(),

                        add_named[Some("empty")] = &adw::StatusPage {
                            #[watch]
                            set_icon_name: Some(model.empty().icon),
                            #[watch]
                            set_title: &model.empty().title,
                            #[watch]
                            set_description: Some(&glib::markup_escape_text(
                                &model.empty().description,
                            )),

                            #[wrap(Some)]
                            set_child = &gtk::Button {
                                set_label: &gettext("Try Again"),
                                set_halign: gtk::Align::Center,
                                add_css_class: "pill",
                                #[watch]
                                set_visible: model.empty().retry,
                                connect_clicked => WindowMsg::Retry,
                            },
                        },

                        #[watch]
                        set_visible_child_name: if model.chosen.is_some() { "page" } else { "empty" },
                    },
                },
            },
        }
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        // Not before: it needs the display.
        relm4::set_global_css(include_str!("../style.css"));
        let WindowInit { engine, questions } = init;
        let listed = engine.connections().map(|(id, uri)| (id, uri.to_owned()));
        let sidebar = Sidebar::builder()
            .launch(listed.collect())
            .forward(sender.input_sender(), |SidebarOutput::Chosen(key)| {
                WindowMsg::Chosen(key)
            });
        let page = GuestPage::builder()
            .launch(Arc::clone(&engine))
            .forward(sender.input_sender(), |PageOutput::Wanted(key, action)| {
                WindowMsg::Wanted(key, action)
            });
        engine.follow(questions, sender.command_sender());
        let model = Self {
            engine,
            sidebar,
            page,
            guests: HashMap::new(),
            keys: HashMap::new(),
            statuses: BTreeMap::new(),
            busy: HashMap::new(),
            chosen: None,
            assistant: None,
        };
        let sidebar_widget = model.sidebar.widget();
        let back = &a11y::icon_button("go-previous-symbolic", &gettext("Back to the list"));
        let widgets = view_output!();
        widgets
            .leaflet
            .bind_property("folded", back, "visible")
            .sync_create()
            .build();
        // In a narrow window the list is alone, and needs the button that closes it.
        widgets
            .leaflet
            .bind_property(
                "folded",
                &model.sidebar.widgets().header,
                "show-end-title-buttons",
            )
            .sync_create()
            .build();
        root.add_controller(search_keys(&sender));
        create::install(&root, &model.sidebar.widgets().header, &sender);
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        message: Self::Input,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match message {
            WindowMsg::Chosen(key) => self.choose(key, &widgets.leaflet),
            WindowMsg::Wanted(key, action) => self.act(key, action, &sender),
            WindowMsg::Back => {
                widgets.leaflet.navigate(adw::NavigationDirection::Back);
                self.sidebar.emit(SidebarMsg::Unselect);
            }
            WindowMsg::Search => self.sidebar.emit(SidebarMsg::Search),
            WindowMsg::Retry => self.retry(),
            WindowMsg::Focused => self.engine.look_at_keys(),
            WindowMsg::New(iso) => self.open_assistant(iso, root, &sender),
            WindowMsg::Assistant(said) => self.assistant_said(&said, &widgets.leaflet),
        }
        self.update_view(widgets, sender);
    }

    fn update_cmd_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        message: Self::CommandOutput,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        self.report(message, root);
        self.update_view(widgets, sender);
    }
}

impl Window {
    /// What to say with no guest on show.
    fn empty(&self) -> helpers::Empty {
        let statuses: Vec<_> = self.statuses.values().cloned().collect();
        helpers::empty(self.guests.len(), &statuses)
    }
}

/// Ctrl+F goes to the search.
fn search_keys(sender: &ComponentSender<Window>) -> gtk::ShortcutController {
    let keys = gtk::ShortcutController::new();
    keys.set_scope(gtk::ShortcutScope::Global);
    let input = sender.input_sender().clone();
    keys.add_shortcut(gtk::Shortcut::new(
        Some(gtk::KeyvalTrigger::new(
            gdk::Key::f,
            gdk::ModifierType::CONTROL_MASK,
        )),
        Some(gtk::CallbackAction::new(move |_, _| {
            input.emit(WindowMsg::Search);
            glib::Propagation::Stop
        })),
    ));
    keys
}
