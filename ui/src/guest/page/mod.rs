// SPDX-License-Identifier: GPL-3.0-or-later
//! The page of one guest, in tabs: its screen, what can be done with it and what it is; what it
//! does; what it may use.
//!
//! Owns the picture and when it is taken, and what is done by the page itself (renaming, deleting,
//! the console). What a lifecycle step leads to is the window's. The other tabs are components of
//! their own.

mod bar;
mod console;
pub mod dialogs;
mod messages;
mod pages;
mod screen;
mod showing;
mod tasks;
mod watchers;
mod wishes;
mod words;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use oriel_ui_colour::Picture;
use oriel_ui_kit::i18n::gettext;
use oriel_ui_kit::rows::switch_row;
use oriel_ui_kit::seen;
use oriel_ui_kit::tasks::Tasks;
use relm4::adw::prelude::*;
use relm4::gtk::gio;
use relm4::{Component, ComponentParts, ComponentSender, RelmWidgetExt as _, adw, gtk};
use tokio::sync::watch;

use self::pages::Page;
use self::tasks::Task;
use self::watchers::Target;
use crate::engine::{Engine, GuestKey};
use crate::words::rows::brightness;

pub use self::messages::{PageCmd, PageMsg, PageOutput, Shown};

/// The page of a guest.
#[derive(Debug)]
pub struct GuestPage {
    engine: Arc<Engine>,
    tasks: Tasks,
    shown: Option<Shown>,
    pages: Rc<Vec<Page>>,
    /// Whether the screen's picture can be seen.
    seen: bool,
    /// Whose screen is looked at; nobody's while the page is not seen.
    target: watch::Sender<Option<Target>>,
    actions: gio::SimpleActionGroup,
    /// What is being done by the page itself.
    doing: HashMap<GuestKey, Task>,
    /// Whether the guest on show starts with its host, once that is known.
    autostart: Option<bool>,
    autostart_switch: gtk::Switch,
    device_rows: Vec<(adw::PreferencesGroup, adw::ActionRow)>,
    /// What is seen of the screen.
    picture: Option<Picture>,
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
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,

            #[name = "squeezer"]
            adw::Squeezer {
                set_homogeneous: false,
                set_halign: gtk::Align::Center,

                #[name = "switcher"]
                add = &adw::ViewSwitcher {
                    set_margin_all: 6,
                    set_policy: adw::ViewSwitcherPolicy::Wide,
                    set_stack: Some(&stack),
                },
                add = &gtk::Box {},
            },

            #[name = "stack"]
            adw::ViewStack {
                set_vexpand: true,

                #[name = "overview"]
                add_titled_with_icon[Some("overview"), &gettext("Overview"), "computer-symbolic"] = &gtk::ScrolledWindow {
                    set_hscrollbar_policy: gtk::PolicyType::Never,

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
                                set_label: &model.fault().unwrap_or_default(),
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
                                    #[watch]
                                    set_opacity: model.shown.as_ref().map_or(1.0, |it| brightness(it.guest.state)),
                                },

                                add_named[Some("none")] = &gtk::Label {
                                    set_wrap: true,
                                    set_margin_all: 24,
                                    set_justify: gtk::Justification::Center,
                                    #[watch]
                                    set_label: &model.no_picture,
                                },

                                #[watch]
                                set_visible_child_name: if model.picture.is_some() { "picture" } else { "none" },
                            },

                            adw::Squeezer {
                                set_halign: gtk::Align::Center,
                                set_homogeneous: false,

                                #[name = "wide"]
                                add = &gtk::Box {
                                    set_halign: gtk::Align::Center,
                                    set_spacing: 8,
                                },

                                #[name = "narrow"]
                                add = &gtk::Box {
                                    set_halign: gtk::Align::Center,
                                    set_spacing: 8,
                                },
                            },

                            gtk::Box {
                                set_halign: gtk::Align::Center,
                                set_spacing: 8,
                                #[watch]
                                set_visible: model.progress().is_some(),

                                gtk::Spinner {
                                    #[watch]
                                    set_spinning: model.progress().is_some() && model.seen,
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
                                        set_label: &model.detail(words::memory_text),
                                    },
                                },
                                adw::ActionRow {
                                    set_title: &gettext("Processors"),
                                    add_suffix = &gtk::Label {
                                        add_css_class: "dim-label",
                                        #[watch]
                                        set_label: &model.detail(words::processors_text),
                                    },
                                },
                                adw::ActionRow {
                                    set_title: &gettext("Encrypted"),
                                    add_suffix = &gtk::Label {
                                        add_css_class: "dim-label",
                                        #[watch]
                                        set_label: &model.detail(words::encrypted_text),
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
                                adw::ActionRow {
                                    set_title: &gettext("Displays"),
                                    add_suffix = &gtk::Label {
                                        add_css_class: "dim-label",
                                        #[watch]
                                        set_label: &model.detail(words::displays_text),
                                    },
                                },
                                #[local_ref]
                                add = autostart_row -> adw::ActionRow {
                                    #[watch]
                                    set_visible: model.autostart.is_some(),
                                    #[watch]
                                    set_subtitle: &model.autostart_text(),
                                },
                            },

                            #[name = "disks"]
                            adw::PreferencesGroup {
                                set_title: &gettext("Disks"),
                                set_visible: false,
                            },

                            #[name = "networks"]
                            adw::PreferencesGroup {
                                set_title: &gettext("Network"),
                                set_visible: false,
                            },
                        },
                    },
                },
            },

            #[name = "switcher_bar"]
            adw::ViewSwitcherBar {
                set_reveal: true,
                set_stack: Some(&stack),
            },
        }
    }

    fn init(
        engine: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let (target, targets) = watch::channel(None);
        let tasks = Tasks::new(engine.runtime());
        tasks.spawn(watchers::pictures(
            targets,
            engine.colours().clone(),
            sender.command_sender().clone(),
        ));
        tasks.spawn(watchers::aims(
            engine.colours().aim(),
            sender.command_sender().clone(),
        ));
        let actions = bar::action_group(&sender);
        root.insert_action_group("guest", Some(&actions));
        let (autostart_row, switch) = switch_row(&gettext("Start on Host Boot"), "");
        let input = sender.input_sender().clone();
        switch.connect_active_notify(move |switch| {
            input.emit(PageMsg::Autostart(switch.is_active()));
        });
        let mut model = Self {
            engine,
            tasks,
            shown: None,
            pages: Rc::default(),
            seen: false,
            target,
            actions,
            doing: HashMap::new(),
            autostart: None,
            autostart_switch: switch,
            device_rows: Vec::new(),
            picture: None,
            no_picture: String::new(),
        };
        let autostart_row = &autostart_row;
        let widgets = view_output!();
        model.pages = Rc::new(pages::build(&widgets.stack, &model.engine));
        let input = sender.input_sender().clone();
        seen::follow(&widgets.overview, move |seen| {
            input.emit(PageMsg::Seen(seen));
        });
        let told = Rc::downgrade(&model.pages);
        seen::follow(&root, move |seen| {
            let pages = told.upgrade();
            pages
                .iter()
                .flat_map(|it| it.iter())
                .for_each(|page| page.tell_seen(seen));
        });
        // Where the tabs have no room above, they are below. Not by `reveal`: GTK 4.18 gives tabs that
        // fold without animations less than no room.
        widgets
            .squeezer
            .bind_property("visible-child", &widgets.switcher_bar, "visible")
            .transform_to(|_, child: Option<gtk::Widget>| {
                Some(!child.is_some_and(|child| child.is::<adw::ViewSwitcher>()))
            })
            .sync_create()
            .build();
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
            PageMsg::Show(shown) => self.show(shown, widgets, &sender),
            PageMsg::Seen(seen) => {
                self.seen = seen;
                self.aim();
                self.look_at_autostart(&sender);
            }
            PageMsg::Wanted(action) => self.wanted(action, root, &sender),
            PageMsg::Asked(ask) => self.asked(ask, root, &sender),
            PageMsg::Answered(key, task) => self.begin(key, task, &sender),
            PageMsg::Autostart(on) => self.set_autostart(on, &sender),
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
        match message {
            PageCmd::Picture(key, taken) => self.picture(key, taken, widgets),
            PageCmd::Repainted(key, painted) => self.repainted(key, painted, widgets),
            PageCmd::Aimed => self.repaint(&sender),
            PageCmd::Ended(key, name, task, result) => {
                self.ended(key, &name, &task, result, root, &sender);
            }
            PageCmd::Autostart(key, on) => self.show_autostart(key, on),
        }
        self.update_view(widgets, sender);
    }
}
