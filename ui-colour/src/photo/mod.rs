// SPDX-License-Identifier: GPL-3.0-or-later
//! A photo as the monitor shows it: a window of its own for each.
//!
//! Owns the decoded photo, how it is zoomed, and what this window wants other than the
//! preferences. Only what is in sight is scaled and converted, on other threads; it is
//! done again when the window moves to another monitor or a profile changes.

mod files;
mod messages;
pub mod preferences;
mod setting;
mod showing;
mod switches;
mod view;
mod watchers;
mod words;
mod zoom;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oriel_colour::profile::Profile;
use oriel_ui_kit::a11y;
use oriel_ui_kit::i18n::gettext;
use oriel_ui_kit::tasks::Tasks;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{
    Component, ComponentController, ComponentParts, ComponentSender, Controller, adw, gtk,
};
use tokio::sync::watch;

use self::messages::{Painting, Shown};
use self::setting::Wish;
use self::switches::Switches;
use self::view::View;
use self::zoom::Zoom;
use crate::{Aim, ColourSettings, Colours};

pub use self::messages::{PhotoCmd, PhotoInit, PhotoMsg};

thread_local! {
    /// The windows that are open. A window's component lives as long as it is in here.
    static OPEN: RefCell<Vec<Controller<Photo>>> = const { RefCell::new(Vec::new()) };
}

/// Whether a file can be shown as a photo, by its name.
pub fn is_photo(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str());
    end.is_some_and(|end| {
        setting::ENDINGS
            .iter()
            .any(|known| end.eq_ignore_ascii_case(known))
    })
}

/// Shows a photo in a window of its own; without a file it asks for one first.
pub fn open(application: Option<&gtk::Application>, colours: &Colours, file: Option<PathBuf>) {
    let photo = Photo::builder()
        .launch(PhotoInit {
            colours: colours.clone(),
            file,
        })
        .detach();
    let window = photo.widget();
    window.set_application(application);
    window.connect_close_request(|window| {
        let window = window.clone();
        // Not while the window is still telling that it is to be closed.
        glib::idle_add_local_once(move || {
            let gone = OPEN.with_borrow_mut(|open| {
                let at = open.iter().position(|one| *one.widget() == window)?;
                Some(open.swap_remove(at))
            });
            drop(gone);
        });
        glib::Propagation::Proceed
    });
    window.present();
    OPEN.with_borrow_mut(|open| open.push(photo));
}

/// What the window holds.
#[derive(Debug, Default)]
enum Content {
    /// No photo yet.
    #[default]
    Empty,
    /// One is being read.
    Loading,
    /// It can't be shown, and why.
    Failed(String),
    /// A photo.
    Shown(Shown),
}

/// The window of a photo.
#[derive(Debug)]
pub struct Photo {
    colours: Colours,
    tasks: Tasks,
    /// The number of the file that was asked for last.
    asked: u64,
    name: String,
    content: Content,
    view: View,
    zoom: Zoom,
    wish: Wish,
    switches: Switches,
    /// The profile to be imitated.
    proof: Option<Profile>,
    /// The file of the preferences in place of the monitor's profile.
    display: Option<Result<Profile, String>>,
    aim: watch::Receiver<Arc<Aim>>,
    settings: watch::Receiver<ColourSettings>,
    painting: Painting,
    /// Why it is not converted although it should be.
    fault: Option<String>,
    chooser: Option<gtk::FileChooserNative>,
}

#[allow(missing_docs, reason = "the macro makes a public type of widgets")]
#[relm4::component(pub)]
impl Component for Photo {
    type Init = PhotoInit;
    type Input = PhotoMsg;
    type Output = ();
    type CommandOutput = PhotoCmd;

    view! {
        adw::Window {
            #[watch]
            set_title: Some(&model.title()),
            set_default_width: 900,
            set_default_height: 700,
            set_width_request: 340,
            set_height_request: 300,

            gtk::Box {
                set_orientation: gtk::Orientation::Vertical,

                adw::HeaderBar {
                    #[local_ref]
                    pack_start = open_button -> gtk::Button {
                        connect_clicked => PhotoMsg::Open,
                    },

                    #[local_ref]
                    pack_start = switches_button -> gtk::MenuButton {
                        set_icon_name: "preferences-color-symbolic",
                        set_popover: Some(&model.switches.popover),
                    },

                    #[wrap(Some)]
                    set_title_widget = &adw::WindowTitle {
                        #[watch]
                        set_title: &model.title(),
                        #[watch]
                        set_subtitle: &model.subtitle(),
                    },
                },

                gtk::Stack {
                    set_vexpand: true,

                    add_named[Some("empty")] = &adw::StatusPage {
                        set_icon_name: Some("image-x-generic-symbolic"),
                        set_title: &gettext("No Photo"),
                        set_description: Some(&gettext("Open one, or drop it here.")),

                        gtk::Button {
                            set_label: &gettext("Open…"),
                            set_halign: gtk::Align::Center,
                            add_css_class: "pill",
                            add_css_class: "suggested-action",
                            connect_clicked => PhotoMsg::Open,
                        },
                    },

                    add_named[Some("loading")] = &gtk::Spinner {
                        #[watch]
                        set_spinning: matches!(model.content, Content::Loading),
                        set_width_request: 32,
                        set_halign: gtk::Align::Center,
                    },

                    add_named[Some("failed")] = &adw::StatusPage {
                        set_icon_name: Some("image-missing-symbolic"),
                        set_title: &gettext("The Photo Can’t Be Shown"),
                        #[watch]
                        set_description: model.failure().map(glib::markup_escape_text).as_deref(),

                        gtk::Button {
                            set_label: &gettext("Open Another…"),
                            set_halign: gtk::Align::Center,
                            add_css_class: "pill",
                            connect_clicked => PhotoMsg::Open,
                        },
                    },

                    add_named[Some("photo")] = &gtk::Overlay {
                        set_child: Some(&model.view.scroller),
                        add_overlay: &model.view.controls,
                    },

                    #[watch]
                    set_visible_child_name: model.page(),
                },

                gtk::Label {
                    add_css_class: "photo-line",
                    add_css_class: "caption",
                    set_wrap: true,
                    set_xalign: 0.0,
                    #[watch]
                    set_visible: matches!(model.content, Content::Shown(_)),
                    #[watch]
                    set_label: &model.line(),
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
        let colours = &init.colours;
        let (aim, settings) = (colours.aim_of(&root), colours.settings());
        let tasks = Tasks::new(colours.runtime());
        watchers::follow(&tasks, aim.clone(), settings.clone(), &sender);
        let model = Self {
            aim,
            settings,
            asked: 0,
            name: String::new(),
            content: Content::Empty,
            view: View::new(input),
            zoom: Zoom::Fit,
            wish: Wish::default(),
            switches: Switches::new(input),
            proof: None,
            display: None,
            painting: Painting::default(),
            fault: None,
            chooser: None,
            colours: init.colours,
            tasks,
        };
        let open_button = &a11y::icon_button("document-open-symbolic", &gettext("Open…"));
        let switches_button: &gtk::MenuButton = &a11y::named("GtkMenuButton", &gettext("Color"));
        switches_button.set_tooltip_text(Some(&gettext("Color")));
        let widgets = view_output!();
        view::add_keys(&root, input);
        view::add_drop(&root, input);
        input.emit(PhotoMsg::Settings);
        input.emit(match init.file {
            Some(file) => PhotoMsg::Load(file),
            None => PhotoMsg::Open,
        });
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
            PhotoMsg::Open => self.choose_photo(root, &sender),
            PhotoMsg::Load(file) => self.load(&file, &sender),
            PhotoMsg::Zoom(step) => self.zoom(step, &sender),
            PhotoMsg::Pan(x, y) => self.view.pan(x, y),
            PhotoMsg::Seen => self.seen(&sender),
            PhotoMsg::Wish(wish) => self.wish(wish, &sender),
            PhotoMsg::ChooseProof => self.choose_proof(root, &sender),
            PhotoMsg::Proof(file) => self.load_proof(file, &sender),
            PhotoMsg::Settings => self.settings_changed(&sender),
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
            PhotoCmd::Loaded(number, result) => self.loaded(number, result, &sender),
            PhotoCmd::Painted(painted) => self.painted(&painted, &sender),
            PhotoCmd::Aimed => self.paint(&sender),
            PhotoCmd::Settings => self.settings_changed(&sender),
            PhotoCmd::Display(profile) => self.display_read(profile, &sender),
            PhotoCmd::Proof(result) => self.proof_read(result, root, &sender),
        }
        self.update_view(widgets, sender);
    }
}
