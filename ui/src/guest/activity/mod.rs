// SPDX-License-Identifier: GPL-3.0-or-later
//! The activity of one guest: graphs of what it uses over half an hour, and what happened to it.
//!
//! Owns the histories of the guests that were on show lately. Figures are read, and graphs drawn,
//! only while somebody sees them; what happened is kept by the engine's log.

mod contents;
mod events;
mod histories;
mod messages;
mod showing;
mod watchers;
mod words;

use std::collections::HashMap;
use std::sync::Arc;

use oriel_ui_kit::graph::Graph;
use oriel_ui_kit::i18n::gettext;
use oriel_ui_kit::seen;
use oriel_ui_kit::tasks::Tasks;
use relm4::adw::prelude::*;
use relm4::{Component, ComponentParts, ComponentSender, RelmWidgetExt as _, adw, gtk};
use tokio::sync::watch;
use uuid::Uuid;

use self::histories::Histories;
use crate::engine::{ConnectionId, Engine, GuestKey};
use crate::guest::page::Shown;

pub use self::messages::{ActivityCmd, ActivityMsg};

/// The activity of a guest.
#[derive(Debug)]
pub struct Activity {
    engine: Arc<Engine>,
    tasks: Tasks,
    shown: Option<Shown>,
    /// Whether the graphs can be seen: only then are they drawn.
    seen: bool,
    /// Whether the guest's page can be seen: only then are figures read.
    page_seen: bool,
    graphs: [Graph; 4],
    histories: Histories,
    /// Whose figures are read, by connection.
    figures: HashMap<ConnectionId, watch::Sender<Vec<Uuid>>>,
    /// Whose events are told of.
    watched: watch::Sender<Option<GuestKey>>,
    /// The rows of events with the entries' numbers, newest first.
    rows: Vec<(u64, adw::ActionRow)>,
    /// How many events are shown at most.
    most_events: usize,
    has_older: bool,
}

#[allow(missing_docs, reason = "the macro makes a public type of widgets")]
#[relm4::component(pub)]
impl Component for Activity {
    type Init = Arc<Engine>;
    type Input = ActivityMsg;
    type Output = ();
    type CommandOutput = ActivityCmd;

    view! {
        gtk::ScrolledWindow {
            set_hscrollbar_policy: gtk::PolicyType::Never,

            adw::Clamp {
                set_maximum_size: 860,
                set_margin_all: 18,

                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 24,

                    #[name = "cards"]
                    gtk::FlowBox {
                        set_selection_mode: gtk::SelectionMode::None,
                        // The cards are to be looked at; the keyboard would not get out again.
                        set_can_focus: false,
                        set_homogeneous: true,
                        set_max_children_per_line: 2,
                        set_column_spacing: 12,
                        set_row_spacing: 12,
                    },

                    adw::PreferencesGroup {
                        set_title: &gettext("Events"),

                        gtk::Label {
                            set_label: &gettext("No Events"),
                            set_wrap: true,
                            set_xalign: 0.0,
                            add_css_class: "dim-label",
                            #[watch]
                            set_visible: model.rows.is_empty(),
                        },

                        #[name = "events"]
                        gtk::ListBox {
                            add_css_class: "boxed-list",
                            set_selection_mode: gtk::SelectionMode::None,
                            #[watch]
                            set_visible: !model.rows.is_empty(),
                        },

                        gtk::Button {
                            set_label: &gettext("Show Older Events"),
                            set_halign: gtk::Align::Center,
                            set_margin_top: 12,
                            #[watch]
                            set_visible: model.has_older,
                            connect_clicked => ActivityMsg::Older,
                        },
                    },
                },
            },
        }
    }

    fn init(
        engine: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let (watched, target) = watch::channel(None);
        let graphs = [
            Graph::new(&gettext("Processor"), 1),
            Graph::new(&gettext("Memory"), 1),
            Graph::new(&gettext("Disks"), 2),
            Graph::new(&gettext("Network"), 2),
        ];
        let tasks = Tasks::new(engine.runtime());
        let model = Self {
            engine,
            tasks,
            shown: None,
            seen: false,
            page_seen: false,
            graphs,
            histories: Histories::default(),
            figures: HashMap::new(),
            watched,
            rows: Vec::new(),
            most_events: events::FIRST,
            has_older: false,
        };
        model.follow_events(target, &sender);
        let widgets = view_output!();
        for graph in &model.graphs {
            graph.widget().set_width_request(270);
            let child = gtk::FlowBoxChild::builder()
                .child(graph.widget())
                .focusable(false)
                .build();
            // A card that has nothing to show takes no place.
            graph
                .widget()
                .bind_property("visible", &child, "visible")
                .sync_create()
                .build();
            widgets.cards.insert(&child, -1);
        }
        let input = sender.input_sender().clone();
        seen::follow(&root, move |seen| input.emit(ActivityMsg::Seen(seen)));
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
            ActivityMsg::Show(shown) => self.show(shown, &widgets.events, &sender),
            ActivityMsg::Seen(seen) => {
                self.seen = seen;
                self.draw();
                self.aim(&sender);
            }
            ActivityMsg::PageSeen(seen) => {
                self.page_seen = seen;
                self.aim(&sender);
            }
            ActivityMsg::Older => {
                self.most_events = usize::MAX;
                self.list_events(&widgets.events);
            }
        }
        self.update_view(widgets, sender);
    }

    fn update_cmd_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        message: Self::CommandOutput,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match message {
            ActivityCmd::Figures(connection, reading) => self.figures(connection, &reading),
            ActivityCmd::Happened => self.list_events(&widgets.events),
        }
        self.update_view(widgets, sender);
    }
}
