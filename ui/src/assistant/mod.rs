// SPDX-License-Identifier: GPL-3.0-or-later
//! The assistant “New Virtual Machine”: a window of its own that asks, checks, and makes.
//!
//! Owns the pages, what was chosen on them, and the creation while it goes on. Everything is
//! checked by the engine before anything is made; a fault leads back to the page that it is about.
//! The guest that was made is the main window's.

mod checks;
mod making;
mod messages;
mod navigation;
mod pages;
mod passphrase;
pub mod proposals;
mod rows;
mod steps;
mod strength;
mod watchers;
pub mod words;

use std::sync::Arc;

use oriel::guest::create::{Offers, Plan};
use oriel::job::JobHandle;
use oriel::secret::Passphrase;
use oriel_ui_kit::i18n::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::{gdk, glib};
use relm4::{Component, ComponentParts, ComponentSender, adw, gtk};

use self::pages::{
    DiskPage, NamePage, ProgressPage, Protection, ResourcesPage, SourcePage, SummaryPage,
};
use self::steps::Step;
use crate::engine::{ConnectionId, Engine, GuestKey};
use crate::words::errors::Trouble;

pub use self::messages::{AssistantCmd, AssistantInit, AssistantMsg, AssistantOutput, FileFor};

/// The assistant.
#[derive(Debug)]
pub struct Assistant {
    engine: Arc<Engine>,
    connections: usize,
    step: Step,
    source: SourcePage,
    name: NamePage,
    resources: ResourcesPage,
    disk: DiskPage,
    summary: SummaryPage,
    progress: ProgressPage,
    /// What the chosen connection's host has, once it has said so.
    offers: Option<Offers>,
    /// Whether an answer is awaited before it can go on.
    waiting: bool,
    /// Why it can't go on.
    problem: Option<Trouble>,
    /// How the disk was to be encrypted when that was looked at last.
    protection: Protection,
    /// The person's own passphrase, once it was typed twice.
    own: Option<Passphrase>,
    /// The generated passphrase, if the person has looked at it.
    generated: Option<Passphrase>,
    /// The number of the last passphrase that was rated.
    rated: u64,
    plan: Option<Plan>,
    making: Making,
    chooser: Option<gtk::FileChooserNative>,
}

/// How the creation stands.
#[derive(Debug)]
enum Making {
    /// It has not begun.
    NotYet,
    /// It is checked once more, to be tried again.
    Again,
    /// It goes on.
    Running(JobHandle),
    /// It goes on to be undone; then the window is closed, or not.
    Stopping { leave: bool },
    /// It is made.
    Made(GuestKey),
    /// It failed or was called off; the fault can be mended there.
    Ended(Step),
}

#[allow(missing_docs, reason = "the macro makes a public type of widgets")]
#[relm4::component(pub)]
impl Component for Assistant {
    type Init = AssistantInit;
    type Input = AssistantMsg;
    type Output = AssistantOutput;
    type CommandOutput = AssistantCmd;

    view! {
        adw::Window {
            set_title: Some(&gettext("New Virtual Machine")),
            // While it is being made the rest of the window can be used.
            #[watch]
            set_modal: !matches!(model.making, Making::Running(_)),
            set_default_width: 640,
            set_default_height: 700,
            set_width_request: 340,
            set_height_request: 300,
            set_default_widget: Some(&next),
            connect_close_request[sender] => move |_| {
                sender.input_sender().emit(AssistantMsg::Leave);
                glib::Propagation::Stop
            },

            gtk::Box {
                set_orientation: gtk::Orientation::Vertical,

                adw::HeaderBar {
                    set_show_start_title_buttons: false,
                    set_show_end_title_buttons: false,

                    pack_start = &gtk::Button {
                        #[watch]
                        set_label: &model.back_label(),
                        #[watch]
                        set_sensitive: model.can_go_back(),
                        connect_clicked => AssistantMsg::Back,
                    },

                    #[wrap(Some)]
                    set_title_widget = &adw::WindowTitle {
                        #[watch]
                        set_title: &model.step.title(),
                        #[watch]
                        set_subtitle: &model.subtitle(),
                    },

                    #[name = "next"]
                    pack_end = &gtk::Button {
                        add_css_class: "suggested-action",
                        #[watch]
                        set_label: &model.next_label().unwrap_or_default(),
                        #[watch]
                        set_visible: model.next_label().is_some(),
                        #[watch]
                        set_sensitive: model.can_go_on(),
                        connect_clicked => AssistantMsg::Next,
                    },

                    pack_end = &gtk::Spinner {
                        set_spinning: true,
                        #[watch]
                        set_visible: model.waiting,
                    },
                },

                #[name = "problem"]
                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 6,
                    add_css_class: "problem",
                    #[watch]
                    set_visible: model.problem.is_some(),
                },

                #[name = "toasts"]
                adw::ToastOverlay {
                    #[wrap(Some)]
                    set_child = &gtk::Stack {
                        set_vexpand: true,
                        set_transition_type: gtk::StackTransitionType::SlideLeftRight,

                        add_named[Some(Step::Source.id())] = &model.source.page.clone() {},
                        add_named[Some(Step::Name.id())] = &model.name.page.clone() {},
                        add_named[Some(Step::Resources.id())] = &model.resources.page.clone() {},
                        add_named[Some(Step::Disk.id())] = &model.disk.page.clone() {},
                        add_named[Some(Step::Summary.id())] = &model.summary.page.clone() {},
                        add_named[Some(Step::Progress.id())] = &model.progress.page.clone() {},

                        #[watch]
                        set_visible_child_name: model.step.id(),
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
        let input = sender.input_sender();
        let mut model = Self {
            engine: init.engine,
            connections: init.online.len(),
            step: Step::Source,
            source: SourcePage::new(init.online, init.connection, input),
            name: NamePage::new(input),
            resources: ResourcesPage::new(input),
            disk: DiskPage::new(input),
            summary: SummaryPage::new(),
            progress: ProgressPage::new(),
            offers: None,
            waiting: false,
            problem: None,
            protection: Protection::None,
            own: None,
            generated: None,
            rated: 0,
            plan: None,
            making: Making::NotYet,
            chooser: None,
        };
        if let Some(iso) = &init.iso {
            model.source.set(FileFor::Iso, iso);
        }
        model.source.refresh();
        model.disk.refresh(false);
        model.ask_offers(&sender);
        let widgets = view_output!();
        root.add_controller(escape(&sender));
        model.source.focus();
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
            AssistantMsg::Back => self.back(root, &sender),
            AssistantMsg::Next => self.next(root, &sender),
            AssistantMsg::Leave => self.leave(root, &sender),
            AssistantMsg::Edited => self.edited(),
            AssistantMsg::PassphraseEdited => self.passphrase_edited(&sender),
            AssistantMsg::Connection => self.ask_offers(&sender),
            AssistantMsg::Browse(file) => self.browse(file, root, &sender),
            AssistantMsg::Picked(file, path) => {
                self.chooser = None;
                self.source.set(file, &path);
            }
            AssistantMsg::Reveal => self.reveal(),
            AssistantMsg::Copy => self.copy(root, &widgets.toasts),
        }
        self.show_problem(&widgets.problem);
        self.update_view(widgets, sender);
    }

    fn update_cmd_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        message: Self::CommandOutput,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match message {
            AssistantCmd::Offers(id, offers, keyring) => self.take_offers(id, offers, keyring),
            AssistantCmd::Source(found) => self.source_checked(found),
            AssistantCmd::Planned(plan) => self.planned(plan, &sender),
            AssistantCmd::Strength(number, strength) => {
                if number == self.rated {
                    self.disk.show_strength(Some(strength));
                }
            }
            AssistantCmd::Progress(now) => self.progress.progress(&now),
            AssistantCmd::Ended(result) => self.ended(result, root, &sender),
        }
        self.show_problem(&widgets.problem);
        self.update_view(widgets, sender);
    }
}

/// Escape leaves.
fn escape(sender: &ComponentSender<Assistant>) -> gtk::ShortcutController {
    let keys = gtk::ShortcutController::new();
    let input = sender.input_sender().clone();
    keys.add_shortcut(gtk::Shortcut::new(
        Some(gtk::KeyvalTrigger::new(
            gdk::Key::Escape,
            gdk::ModifierType::empty(),
        )),
        Some(gtk::CallbackAction::new(move |_, _| {
            input.emit(AssistantMsg::Leave);
            glib::Propagation::Stop
        })),
    ));
    keys
}

impl Assistant {
    /// The chosen connection.
    fn connection_id(&self) -> Option<ConnectionId> {
        self.source.connection()
    }
}
