// SPDX-License-Identifier: GPL-3.0-or-later
//! The main window: the sidebar at the left; at the right the overview, or the one guest that is
//! selected; in a narrow window one of the two.
//!
//! Owns the listing, what is selected, and what is being done. It passes reports of the engine on
//! to its parts, and wishes of its parts to the engine.

mod actions;
mod connections;
mod content;
mod create;
mod empty;
mod inhibit;
mod jobs;
mod leftovers;
mod messages;
mod settings;
mod together;
mod told;
mod view;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use oriel::guest::create::Leftover;
use oriel_ui_colour::monitors::Opening;
use oriel_ui_kit::a11y;
use oriel_ui_kit::i18n::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{
    Component, ComponentController, ComponentParts, ComponentSender, Controller, adw, gtk,
};

use self::inhibit::Inhibitor;
use self::jobs::JobsButton;
use self::together::Batch;
use self::told::Doubtful;
use crate::assistant::Assistant;
use crate::engine::{Action, ConnectionId, Engine, GuestKey, Report};
use crate::guest::page::{GuestPage, PageOutput};
use crate::listing::Listing;
use crate::overview::{Overview, OverviewInit, OverviewMsg, OverviewOutput, View};
use crate::settings::Settings;
use crate::sidebar::{Selected, Sidebar, SidebarMsg, SidebarOutput};

pub use self::messages::{Told, WindowInit, WindowMsg};

/// The main window.
#[derive(Debug)]
pub struct Window {
    engine: Arc<Engine>,
    settings: Settings,
    listing: Listing,
    sidebar: Controller<Sidebar>,
    overview: Controller<Overview>,
    page: Controller<GuestPage>,
    selected: Selected,
    busy: HashMap<GuestKey, Action>,
    batches: Vec<Batch>,
    /// Whether the first command line has been heard.
    started: bool,
    /// Connections that were asked for what a creation left.
    looked_for_leftovers: HashSet<ConnectionId>,
    /// What creations left, to be told once the window has the focus.
    leftovers: Vec<(ConnectionId, Vec<Leftover>)>,
    /// Command lines that the person is to be asked about, and the one that is being asked about.
    doubtful: VecDeque<Doubtful>,
    asking: Option<Doubtful>,
    assistant: Option<Controller<Assistant>>,
    inhibitor: Inhibitor,
    jobs: JobsButton,
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
            set_width_request: 340,
            set_height_request: 300,
            connect_is_active_notify[sender] => move |window| {
                if window.is_active() {
                    sender.input_sender().emit(WindowMsg::Focused);
                }
            },
            connect_close_request[sender] => move |_| {
                sender.input_sender().emit(WindowMsg::Closing);
                glib::Propagation::Proceed
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
                            set_title: &model.title(),
                            #[watch]
                            set_subtitle: &model.subtitle(),
                        },

                        #[local_ref]
                        pack_end = sort -> gtk::MenuButton {
                            set_icon_name: "view-sort-descending-symbolic",
                            set_tooltip_text: Some(&gettext("Sort and Filter")),
                            #[watch]
                            set_visible: model.content() == "overview",
                        },

                        #[local_ref]
                        pack_end = jobs_button -> gtk::MenuButton {},

                        pack_end = &gtk::Box {
                            #[watch]
                            set_visible: model.content() == "overview",

                            // A narrow window has them in the menu alone.
                            #[name = "views"]
                            append = &actions::view_buttons() -> gtk::Box {},
                        },
                    },

                    gtk::Stack {
                        set_vexpand: true,
                        set_hhomogeneous: false,

                        add_named[Some("overview")] = model.overview.widget(),

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
                                #[watch]
                                set_label: &model.empty().button_label(),
                                set_halign: gtk::Align::Center,
                                add_css_class: "pill",
                                add_css_class: "suggested-action",
                                #[watch]
                                set_visible: model.empty().action.is_some(),
                                #[watch]
                                set_action_name: model.empty().action.map(|(name, _)| name),
                            },
                        },

                        #[watch]
                        set_visible_child_name: model.content(),
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
        oriel_ui_kit::style::add(include_str!("../style.css"));
        oriel_ui_kit::style::add(oriel_ui_kit::style::COMMON);
        oriel_ui_kit::style::add(oriel_ui_colour::STYLE);
        gtk::Window::set_default_icon_name(crate::APP_ID);
        let WindowInit {
            engine,
            questions,
            settings,
        } = init;
        view::restore(&root, &settings);
        engine.colours().restore();
        engine.colours().follow(&root);
        actions::add(&root, &settings, &sender);
        let listing = Listing::default();
        let sidebar = Sidebar::builder().launch(listing.roots().clone()).forward(
            sender.input_sender(),
            |said| match said {
                SidebarOutput::Selected(selected) => WindowMsg::Selected(selected),
                SidebarOutput::Opened => WindowMsg::Opened,
                SidebarOutput::Sought(text) => WindowMsg::Sought(text),
            },
        );
        let overview = Overview::builder()
            .launch(OverviewInit {
                engine: Arc::clone(&engine),
                roots: listing.roots().clone(),
                view: View::of(&settings.view),
            })
            .forward(sender.input_sender(), |said| match said {
                OverviewOutput::Chosen(key) => WindowMsg::Show(key),
                OverviewOutput::Wanted(keys, action) => WindowMsg::WantedForAll(keys, action),
            });
        let page = GuestPage::builder()
            .launch(Arc::clone(&engine))
            .forward(sender.input_sender(), |PageOutput::Wanted(key, action)| {
                WindowMsg::Wanted(key, action)
            });
        engine.follow(questions, sender.command_sender());
        engine.follow_keyring();
        let jobs = JobsButton::new(&engine);
        let model = Self {
            engine,
            settings,
            listing,
            sidebar,
            overview,
            page,
            selected: Selected::All,
            busy: HashMap::new(),
            batches: Vec::new(),
            started: false,
            looked_for_leftovers: HashSet::new(),
            leftovers: Vec::new(),
            doubtful: VecDeque::new(),
            asking: None,
            assistant: None,
            inhibitor: Inhibitor::default(),
            jobs,
        };
        jobs::ask_at_close(&root, &model.engine);
        model.prepare_overview();
        let sidebar_widget = model.sidebar.widget();
        let jobs_button = &model.jobs.button;
        let back = &a11y::icon_button("go-previous-symbolic", &gettext("Back to List"));
        let sort: &gtk::MenuButton = &a11y::named("GtkMenuButton", &gettext("Sort and Filter"));
        a11y::set_menu(sort, &actions::sort_menu());
        let widgets = view_output!();
        for (object, property) in [
            (back.upcast_ref::<glib::Object>(), "visible"),
            // In a narrow window the list is alone, and needs the button that closes it.
            (
                model.sidebar.widgets().header.upcast_ref(),
                "show-end-title-buttons",
            ),
        ] {
            widgets
                .leaflet
                .bind_property("folded", object, property)
                .sync_create()
                .build();
        }
        widgets
            .leaflet
            .bind_property("folded", &widgets.views, "visible")
            .sync_create()
            .invert_boolean()
            .build();
        // What was on show stays so in a window that becomes narrow.
        let input = sender.input_sender().clone();
        widgets
            .leaflet
            .connect_folded_notify(move |_| input.emit(WindowMsg::Folded));
        create::install(&root, &sender);
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
            WindowMsg::Told(told) => self.told(told, &sender),
            WindowMsg::Resolved(told, resolved) => self.resolved(told, &resolved, root, &sender),
            WindowMsg::Answered(yes) => self.answered(yes, root, &sender),
            WindowMsg::Selected(selected) => {
                self.select(selected);
                view::open(&widgets.leaflet);
            }
            WindowMsg::Folded if self.selected != Selected::All => view::open(&widgets.leaflet),
            WindowMsg::Folded => {}
            WindowMsg::Opened => view::open(&widgets.leaflet),
            WindowMsg::Sought(text) => self.overview.sender().emit(OverviewMsg::Search(text)),
            WindowMsg::Show(key) => {
                self.sidebar.sender().emit(SidebarMsg::Select(vec![key]));
                view::open(&widgets.leaflet);
            }
            WindowMsg::Wanted(key, action) => self.act(key, action, &sender),
            WindowMsg::WantedForAll(keys, action) => self.act_on_all(&keys, action, root, &sender),
            WindowMsg::Confirmed(keys, action) => self.begin_batch(&keys, action, &sender),
            WindowMsg::Back => {
                widgets.leaflet.navigate(adw::NavigationDirection::Back);
                self.sidebar.sender().emit(SidebarMsg::Unmark);
            }
            WindowMsg::Overview => {
                self.sidebar.sender().emit(SidebarMsg::SelectAll);
                view::open(&widgets.leaflet);
            }
            WindowMsg::Search => {
                widgets.leaflet.navigate(adw::NavigationDirection::Back);
                self.sidebar.sender().emit(SidebarMsg::Search);
            }
            WindowMsg::View(view) => self.set_view(view),
            WindowMsg::Sort(by) => self.set_sort(by),
            WindowMsg::Kind(kind) => self.overview.sender().emit(OverviewMsg::Kind(kind)),
            WindowMsg::Retry => self.engine.retry(),
            WindowMsg::AddConnection => view::add_connection(root, &sender),
            WindowMsg::WantsConnection(uri, at_start) => {
                self.wants_connection(uri, at_start, root, &sender);
            }
            WindowMsg::Connect(uri, at_start) => self.connect(&uri, at_start),
            WindowMsg::Preferences => {
                let colours = self.engine.colours();
                crate::preferences::show(root, &self.settings, colours, sender.input_sender());
            }
            WindowMsg::Preferred(preference) => self.prefer(preference),
            WindowMsg::Monitors => {
                let main = root.upcast_ref::<gtk::Window>();
                let opening = Opening {
                    parent: Some(main.clone()),
                    ..Opening::default()
                };
                oriel_ui_colour::monitors::open(opening, self.engine.colours());
            }
            WindowMsg::Photo(file) => {
                let application = root.application();
                oriel_ui_colour::photo::open(application.as_ref(), self.engine.colours(), file);
            }
            WindowMsg::About => view::about(root),
            WindowMsg::Focused => {
                self.engine.look_at_keys();
                self.ask_about_leftovers(root, &sender);
                self.ask_about_told(root, &sender);
            }
            WindowMsg::CleanUp(connection, leftovers) => {
                self.engine.clean_up(connection, leftovers);
            }
            WindowMsg::KeepLeftovers(leftovers) => self.engine.keep_leftovers(leftovers),
            WindowMsg::Closing => self.remember(root),
            WindowMsg::New(iso) => self.open_assistant(iso, root, &sender),
            WindowMsg::Assistant(said) => self.assistant_said(&said, &sender),
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
        self.report(message, root, &sender);
        self.update_view(widgets, sender);
    }
}
