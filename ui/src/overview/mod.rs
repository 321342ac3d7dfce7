// SPDX-License-Identifier: GPL-3.0-or-later
//! The overview: many guests at once, as a gallery of live pictures or as a list with graphs, and
//! what can be done with several of them.
//!
//! Owns which guests are shown, their order, and what is read of those in sight. The items are the
//! [`listing`](crate::listing)'s; which guests are selected is the sidebar's.

mod bar;
mod cells;
mod figures;
mod live;
mod messages;
mod models;
mod scope;
mod sight;
mod sorting;
mod watchers;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use oriel_ui_colour::Picture;
use oriel_ui_kit::i18n::gettext;
use oriel_ui_kit::tasks::Tasks;
use oriel_ui_kit::{a11y, seen};
use relm4::adw::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::{Component, ComponentParts, ComponentSender, adw, gtk};
use tokio::sync::watch;
use uuid::Uuid;

use self::cells::Places;
use self::figures::Figures;
use self::sorting::Shown;
use self::watchers::Wanted;
use crate::engine::{Action, ConnectionId, Engine, GuestKey};
use crate::sidebar::Selected;

pub use self::messages::{OverviewCmd, OverviewInit, OverviewMsg, OverviewOutput, View};
pub use self::sorting::{Kind, SortBy};

/// The overview.
#[derive(Debug)]
pub struct Overview {
    engine: Arc<Engine>,
    tasks: Tasks,
    scope: Selected,
    /// The guests and actions that the bar for several has buttons for.
    bar_shows: (Vec<GuestKey>, Vec<Action>),
    shown: Rc<RefCell<Shown>>,
    filter: gtk::CustomFilter,
    order: Rc<Cell<SortBy>>,
    sorter: gtk::CustomSorter,
    model: gtk::NoSelection,
    view: View,
    seen: bool,
    look_planned: bool,
    places: Places,
    in_sight: HashSet<GuestKey>,
    figures: HashMap<GuestKey, Figures>,
    pictures: HashMap<GuestKey, Picture>,
    wanted_pictures: watch::Sender<Wanted>,
    wanted_figures: HashMap<ConnectionId, watch::Sender<Vec<Uuid>>>,
    picture_interval: Duration,
    figure_interval: Duration,
}

#[allow(missing_docs, reason = "the macro makes a public type of widgets")]
#[relm4::component(pub)]
impl Component for Overview {
    type Init = OverviewInit;
    type Input = OverviewMsg;
    type Output = OverviewOutput;
    type CommandOutput = OverviewCmd;

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,
            #[name = "stack"]
            gtk::Stack {
                set_vexpand: true,
                set_hhomogeneous: false,

                #[name = "gallery_scroll"]
                add_named[Some("gallery")] = &gtk::ScrolledWindow {
                    set_hscrollbar_policy: gtk::PolicyType::Never,

                    #[local_ref]
                    gallery -> gtk::GridView {
                        add_css_class: "gallery",
                        set_min_columns: 1,
                        set_max_columns: 8,
                        set_single_click_activate: true,
                        connect_activate[sender] => move |_, position| {
                            sender.input_sender().emit(OverviewMsg::Activated(position));
                        },
                    },
                },

                add_named[Some("list")] = &gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,

                    // It goes sideways with the rows below.
                    #[name = "head_scroll"]
                    gtk::ScrolledWindow {
                        set_hscrollbar_policy: gtk::PolicyType::External,
                        set_vscrollbar_policy: gtk::PolicyType::Never,

                        #[local_ref]
                        head -> gtk::Box {},
                    },

                    #[name = "list_scroll"]
                    gtk::ScrolledWindow {
                        set_vexpand: true,
                        set_hscrollbar_policy: gtk::PolicyType::Automatic,

                        #[local_ref]
                        list -> gtk::ListView {
                            set_show_separators: true,
                            set_single_click_activate: true,
                            connect_activate[sender] => move |_, position| {
                                sender.input_sender().emit(OverviewMsg::Activated(position));
                            },
                        },
                    },
                },

                add_named[Some("nothing")] = &adw::StatusPage {
                    set_icon_name: Some("system-search-symbolic"),
                    set_title: &gettext("No Results Found"),
                    set_description: Some(&gettext(
                        "No virtual machines match the search and the filter.",
                    )),
                },
            },

            gtk::Separator {
                #[watch]
                set_visible: model.several(),
            },

            #[name = "bar"]
            gtk::Box {
                add_css_class: "toolbar",
                #[watch]
                set_visible: model.several(),
            },
        }
    }

    fn init(
        init: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let (wanted_pictures, wanted) = watch::channel(Wanted::default());
        let tasks = Tasks::new(init.engine.runtime());
        tasks.spawn(watchers::pictures(
            wanted,
            init.engine.colours().clone(),
            sender.command_sender().clone(),
        ));
        tasks.spawn(watchers::aims(
            init.engine.colours().aim(),
            sender.command_sender().clone(),
        ));
        let shown: Rc<RefCell<Shown>> = Rc::default();
        let order: Rc<Cell<SortBy>> = Rc::default();
        let filter = models::filter(&shown);
        let sorter = models::sorter(&order);
        let gallery: gtk::GridView = a11y::named("GtkGridView", &gettext("Virtual machines"));
        let list: gtk::ListView = a11y::named("GtkListView", &gettext("Virtual machines"));
        let model = Self {
            model: models::model(&init.roots, &filter, &sorter),
            engine: init.engine,
            tasks,
            scope: Selected::All,
            bar_shows: Default::default(),
            shown,
            filter,
            order,
            sorter,
            view: init.view,
            seen: false,
            look_planned: false,
            places: Places::default(),
            in_sight: HashSet::new(),
            figures: HashMap::new(),
            pictures: HashMap::new(),
            wanted_pictures,
            wanted_figures: HashMap::new(),
            picture_interval: Duration::from_secs(4),
            figure_interval: Duration::from_secs(3),
        };
        gallery.set_factory(Some(&cells::factory(View::Gallery, &model.places)));
        list.set_factory(Some(&cells::factory(View::List, &model.places)));
        let (gallery, list) = (&gallery, &list);
        let head = &models::head();
        let widgets = view_output!();
        let input = sender.input_sender().clone();
        seen::follow(&root, move |seen| input.emit(OverviewMsg::Seen(seen)));
        let sideways = widgets.list_scroll.hadjustment();
        widgets.head_scroll.set_hadjustment(Some(&sideways));
        for scrolled in [&widgets.gallery_scroll, &widgets.list_scroll] {
            let adjustment = scrolled.vadjustment();
            for signal in ["value-changed", "changed"] {
                let input = sender.input_sender().clone();
                adjustment.connect_local(signal, false, move |_| {
                    input.emit(OverviewMsg::Moved);
                    None
                });
            }
        }
        let input = sender.input_sender().clone();
        model
            .model
            .connect_items_changed(move |_, _, _, _| input.emit(OverviewMsg::Moved));
        model.attach(&widgets);
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        message: Self::Input,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match message {
            OverviewMsg::Scope(scope) => self.set_scope(scope, widgets, &sender),
            OverviewMsg::Search(text) => self.search_for(text),
            OverviewMsg::View(view) => self.set_view(view, widgets),
            OverviewMsg::Sort(by) => self.sort(by),
            OverviewMsg::Kind(kind) => self.set_kind(kind),
            OverviewMsg::GuestsChanged => self.guests_changed(widgets, &sender),
            OverviewMsg::Seen(seen) => {
                self.seen = seen;
                self.plan_look(&sender);
            }
            OverviewMsg::Moved => self.moved(widgets, &sender),
            OverviewMsg::Look => self.look(widgets, &sender),
            OverviewMsg::Activated(position) => self.activated(position, &sender),
            OverviewMsg::Intervals { pictures, figures } => {
                self.set_intervals(pictures, figures, &sender);
            }
        }
        self.update_view(widgets, sender);
    }

    fn update_cmd(
        &mut self,
        message: Self::CommandOutput,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match message {
            OverviewCmd::Picture(key, taken) => self.picture(key, taken),
            OverviewCmd::Repainted(key, painted) => self.repainted(key, painted),
            OverviewCmd::Aimed => self.repaint(&sender),
            OverviewCmd::Figures(connection, reading) => self.take_figures(connection, &reading),
        }
    }
}

impl Overview {
    /// Whether several guests are selected, so that something can be done with all of them.
    fn several(&self) -> bool {
        self.scope.guests().len() > 1
    }
}

/// The rest before it is looked which rows are in sight: scrolling asks often.
const LOOK_REST: Duration = Duration::from_millis(150);

impl Overview {
    fn plan_look(&mut self, sender: &ComponentSender<Self>) {
        if self.look_planned {
            return;
        }
        self.look_planned = true;
        let input = sender.input_sender().clone();
        glib::timeout_add_local_once(LOOK_REST, move || input.emit(OverviewMsg::Look));
    }
}

/// Guests of all connections as one list.
fn guests_of_all(roots: &gio::ListStore) -> gtk::FlattenListModel {
    let stores = gio::ListStore::new::<gio::ListModel>();
    models::mirror(roots, &stores);
    gtk::FlattenListModel::new(Some(stores))
}
