// SPDX-License-Identifier: GPL-3.0-or-later
//! The page of one guest: its screen, what can be done with it, and what it is.
//!
//! Owns the picture and when it is taken. What a wish leads to is the window's.

mod helpers;
mod messages;
mod methods;
mod watchers;

use std::sync::Arc;

use relm4::adw::prelude::*;
use relm4::gtk::gio;
use relm4::{Component, ComponentParts, ComponentSender, RelmWidgetExt as _, adw, gtk};
use tokio::sync::watch;

pub use self::messages::{PageCmd, PageMsg, PageOutput, Shown};

use self::watchers::Target;
use crate::engine::Engine;
use crate::i18n::gettext;

/// The page of a guest.
#[derive(Debug)]
pub struct GuestPage {
    engine: Arc<Engine>,
    shown: Option<Shown>,
    mapped: bool,
    /// Whose screen is looked at; nobody's while the page is not seen.
    target: watch::Sender<Option<Target>>,
    actions: gio::SimpleActionGroup,
    disk_rows: Vec<adw::ActionRow>,
    has_picture: bool,
    /// Why there is no picture, in words.
    no_picture: String,
}

#[allow(missing_docs, reason = "the macro makes a public type of widgets")]
#[relm4::component(pub)]
impl Component for GuestPage {
    type Init = Arc<Engine>;
    type Input = PageMsg;
    type Output = PageOutput;
    type CommandOutput = PageCmd;

    view! {
        gtk::ScrolledWindow {
            set_hscrollbar_policy: gtk::PolicyType::Never,
            connect_map[sender] => move |_| sender.input_sender().emit(PageMsg::Mapped(true)),
            connect_unmap[sender] => move |_| sender.input_sender().emit(PageMsg::Mapped(false)),

            adw::Clamp {
                set_maximum_size: 760,
                set_margin_all: 18,

                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 18,

                    gtk::Label {
                        add_css_class: "error",
                        set_wrap: true,
                        set_xalign: 0.0,
                        set_selectable: true,
                        #[watch]
                        set_visible: model.fault().is_some(),
                        #[watch]
                        set_label: model.fault().unwrap_or_default(),
                    },

                    #[name = "screen"]
                    gtk::Stack {
                        add_css_class: "screen",
                        set_overflow: gtk::Overflow::Hidden,
                        set_height_request: 200,
                        set_vhomogeneous: false,
                        set_hhomogeneous: false,

                        #[name = "picture"]
                        add_named[Some("picture")] = &gtk::Picture {
                            set_can_shrink: true,
                            set_height_request: 200,
                            #[watch]
                            set_alternative_text: Some(&model.picture_name()),
                        },

                        add_named[Some("none")] = &gtk::Label {
                            set_wrap: true,
                            set_margin_all: 24,
                            set_justify: gtk::Justification::Center,
                            #[watch]
                            set_label: &model.no_picture,
                        },

                        #[watch]
                        set_visible_child_name: if model.has_picture { "picture" } else { "none" },
                    },

                    #[name = "buttons"]
                    gtk::Box {
                        set_halign: gtk::Align::Center,
                        set_spacing: 8,
                    },

                    gtk::Box {
                        set_halign: gtk::Align::Center,
                        set_spacing: 8,
                        #[watch]
                        set_visible: model.progress().is_some(),

                        gtk::Spinner {
                            #[watch]
                            set_spinning: model.progress().is_some() && model.mapped,
                        },
                        gtk::Label {
                            #[watch]
                            set_label: &model.progress().unwrap_or_default(),
                        },
                    },

                    adw::PreferencesGroup {
                        set_title: &gettext("Details"),

                        adw::ActionRow {
                            set_title: &gettext("Memory"),
                            add_suffix = &gtk::Label {
                                add_css_class: "dim-label",
                                #[watch]
                                set_label: &model.detail(helpers::memory_text),
                            },
                        },
                        adw::ActionRow {
                            set_title: &gettext("Processors"),
                            add_suffix = &gtk::Label {
                                add_css_class: "dim-label",
                                #[watch]
                                set_label: &model.detail(helpers::processors_text),
                            },
                        },
                        adw::ActionRow {
                            set_title: &gettext("Encrypted"),
                            add_suffix = &gtk::Label {
                                add_css_class: "dim-label",
                                #[watch]
                                set_label: &model.detail(helpers::encrypted_text),
                            },
                        },
                        adw::ActionRow {
                            set_title: &gettext("Key"),
                            #[watch]
                            set_visible: model.key_text().is_some(),
                            add_suffix = &gtk::Label {
                                add_css_class: "dim-label",
                                #[watch]
                                set_label: &model.key_text().unwrap_or_default(),
                            },
                        },
                    },

                    #[name = "disks"]
                    adw::PreferencesGroup {
                        set_title: &gettext("Disks"),
                        #[watch]
                        set_visible: !model.disk_rows.is_empty(),
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
        let (target, targets) = watch::channel(None);
        engine
            .runtime()
            .spawn(watchers::pictures(targets, sender.command_sender().clone()));
        let actions = methods::action_group(&sender);
        root.insert_action_group("guest", Some(&actions));
        let model = Self {
            engine,
            shown: None,
            mapped: false,
            target,
            actions,
            disk_rows: Vec::new(),
            has_picture: false,
            no_picture: String::new(),
        };
        let widgets = view_output!();
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
            PageMsg::Show(shown) => self.show(shown, widgets, root),
            PageMsg::Mapped(mapped) => {
                self.mapped = mapped;
                self.aim();
            }
            PageMsg::Wanted(action) => self.wanted(action, root, &sender),
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
            PageCmd::Picture(key, taken) => self.picture(key, taken, widgets),
        }
        self.update_view(widgets, sender);
    }
}
