// SPDX-License-Identifier: GPL-3.0-or-later
//! What one guest may use: a slider for each limit, with what is set for its next start, what it
//! has now, and what the kernel holds.
//!
//! Owns when controls are read (while they are seen) and how a dragged slider becomes calls: one
//! at a time, always the newest value. What others change moves the sliders, but never one that
//! is under the person's hand. The controls themselves are described in [`control`].

mod control;
mod messages;
mod row;
mod shares;
mod showing;
mod watchers;

use std::sync::Arc;

use oriel::control::{Scope, Tuning};
use oriel_ui_kit::i18n::gettext;
use oriel_ui_kit::parts::PartsBar;
use oriel_ui_kit::seen;
use oriel_ui_kit::tasks::Tasks;
use relm4::adw::prelude::*;
use relm4::{Component, ComponentParts, ComponentSender, RelmWidgetExt as _, adw, gtk};
use tokio::sync::watch;

use self::row::ControlRow;
use self::watchers::{Subject, Wishes};
use crate::engine::Engine;
use crate::guest::page::Shown;

pub use self::control::words;
pub use self::messages::{ResourcesCmd, ResourcesMsg};

/// The limits of a guest.
#[derive(Debug)]
pub struct Resources {
    engine: Arc<Engine>,
    /// Ends what reads for this page.
    _tasks: Tasks,
    shown: Option<Shown>,
    seen: bool,
    rows: Vec<ControlRow>,
    /// What was read last of the guest on show.
    read: Option<Box<Tuning>>,
    /// Why nothing can be read, if so.
    fault: Option<String>,
    /// Where the person wants changes to go.
    choice: Scope,
    /// The number of the person's last change.
    number: u64,
    /// Whose controls are read; nobody's while they are not seen.
    target: watch::Sender<Option<Subject>>,
    wishes: Arc<Wishes>,
    parts_row: adw::PreferencesRow,
    parts_bar: PartsBar,
    parts_heading: gtk::Label,
    parts_legend: gtk::Label,
}

#[allow(missing_docs, reason = "the macro makes a public type of widgets")]
#[relm4::component(pub)]
impl Component for Resources {
    type Init = Arc<Engine>;
    type Input = ResourcesMsg;
    type Output = ();
    type CommandOutput = ResourcesCmd;

    view! {
        gtk::ScrolledWindow {
            set_hscrollbar_policy: gtk::PolicyType::Never,

            adw::Clamp {
                set_maximum_size: 760,
                set_margin_all: 18,

                #[name = "page"]
                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 24,

                    gtk::Label {
                        add_css_class: "error",
                        set_wrap: true,
                        set_xalign: 0.0,
                        #[watch]
                        set_visible: model.fault.is_some(),
                        #[watch]
                        set_label: model.fault.as_deref().unwrap_or_default(),
                    },

                    gtk::Label {
                        add_css_class: "dim-label",
                        set_wrap: true,
                        set_xalign: 0.0,
                        #[watch]
                        set_visible: !model.has_choice(),
                        #[watch]
                        set_label: &model.choice_text(),
                    },

                    adw::PreferencesGroup {
                        #[watch]
                        set_visible: model.has_choice(),

                        adw::ComboRow {
                            set_title: &gettext("Changes Apply"),
                            set_model: Some(&gtk::StringList::new(&[
                                &gettext("Now and next start"),
                                &gettext("Now only"),
                                &gettext("Next start only"),
                            ])),
                            connect_selected_notify[sender] => move |row| {
                                sender.input_sender().emit(ResourcesMsg::Scope(row.selected()));
                            },
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
        let (target, receiver) = watch::channel(None);
        let wishes = Arc::new(Wishes::default());
        let out = sender.command_sender();
        let tasks = Tasks::new(engine.runtime());
        tasks.spawn(watchers::readings(
            receiver.clone(),
            Arc::clone(&wishes),
            out.clone(),
        ));
        engine.runtime().spawn(watchers::apply(
            Arc::clone(&wishes),
            Arc::clone(engine.log()),
            receiver,
            out.clone(),
        ));
        let parts_bar = PartsBar::new();
        let parts_heading = text(&["heading"]);
        let parts_legend = text(&["caption", "dim-label"]);
        let content = gtk::Box::new(gtk::Orientation::Vertical, 8);
        content.add_css_class("slider-row");
        content.append(&parts_heading);
        content.append(parts_bar.widget());
        content.append(&parts_legend);
        let parts_row = adw::PreferencesRow::builder()
            .activatable(false)
            .focusable(false)
            .child(&content)
            .build();
        let mut model = Self {
            engine,
            _tasks: tasks,
            shown: None,
            seen: false,
            rows: Vec::new(),
            read: None,
            fault: None,
            choice: Scope::Whatever,
            number: 0,
            target,
            wishes,
            parts_row,
            parts_bar,
            parts_heading,
            parts_legend,
        };
        let widgets = view_output!();
        model.rows = showing::build_groups(&widgets.page, &model.parts_row, &sender);
        let input = sender.input_sender().clone();
        seen::follow(&root, move |seen| input.emit(ResourcesMsg::Seen(seen)));
        ComponentParts { model, widgets }
    }

    fn update(&mut self, message: Self::Input, _sender: ComponentSender<Self>, _root: &Self::Root) {
        match message {
            ResourcesMsg::Show(shown) => self.show(shown),
            ResourcesMsg::Seen(seen) => {
                self.seen = seen;
                self.aim();
            }
            ResourcesMsg::Moved(id) => self.moved(id),
            ResourcesMsg::LetGo => self.wishes.look_again(),
            ResourcesMsg::Scope(choice) => self.choose_scope(choice),
        }
    }

    fn update_cmd(
        &mut self,
        message: Self::CommandOutput,
        _sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match message {
            ResourcesCmd::Read(key, result, applied) => self.read(key, result, &applied),
            ResourcesCmd::Applied {
                key,
                id,
                number,
                result,
            } => self.applied(key, id, number, result),
        }
    }
}

fn text(classes: &[&str]) -> gtk::Label {
    let label = gtk::Label::builder().xalign(0.0).wrap(true).build();
    for class in classes {
        label.add_css_class(class);
    }
    label
}
