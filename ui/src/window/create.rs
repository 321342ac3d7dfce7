// SPDX-License-Identifier: GPL-3.0-or-later
//! The ways into the assistant, and what comes out of it.

use std::path::PathBuf;

use oriel::connection::Status;
use relm4::adw::prelude::*;
use relm4::gtk::{gdk, gio, glib};
use relm4::{Component, ComponentController, ComponentSender, adw, gtk};

use super::{Window, WindowMsg};
use crate::assistant::{Assistant, AssistantInit, AssistantOutput, helpers};
use crate::i18n::gettext;
use crate::util::a11y;

/// Adds the action `win.new` (Ctrl+N), its button to the list's header, and the window's readiness
/// to take a dropped image.
pub(super) fn install(
    root: &adw::ApplicationWindow,
    header: &adw::HeaderBar,
    sender: &ComponentSender<Window>,
) {
    let action = gio::SimpleAction::new("new", None);
    let input = sender.input_sender().clone();
    action.connect_activate(move |_, _| input.emit(WindowMsg::New(None)));
    root.add_action(&action);
    relm4::main_application().set_accels_for_action("win.new", &["<Control>n"]);
    let button = a11y::icon_button("list-add-symbolic", &gettext("New Virtual Machine"));
    button.set_action_name(Some("win.new"));
    header.pack_start(&button);

    let drop = gtk::DropTarget::new(gdk::FileList::static_type(), gdk::DragAction::COPY);
    let input = sender.input_sender().clone();
    drop.connect_drop(move |_, value, _, _| match dropped(value) {
        Some(image) => {
            input.emit(WindowMsg::New(Some(image)));
            true
        }
        None => false,
    });
    root.add_controller(drop);
}

/// The ISO image among what was dropped.
fn dropped(value: &glib::Value) -> Option<PathBuf> {
    let files = value.get::<gdk::FileList>().ok()?.files();
    let mut paths = files.iter().filter_map(gio::prelude::FileExt::path);
    paths.find(|path| helpers::is_iso(path))
}

impl Window {
    /// Opens the assistant, or brings it to the front.
    pub(super) fn open_assistant(
        &mut self,
        iso: Option<PathBuf>,
        root: &adw::ApplicationWindow,
        sender: &ComponentSender<Self>,
    ) {
        if let Some(open) = &self.assistant {
            open.widget().present();
            return;
        }
        let online: Vec<_> = self
            .engine
            .connections()
            .filter(|(id, _)| self.statuses.get(id) == Some(&Status::Online))
            .map(|(id, uri)| (id, uri.to_owned()))
            .collect();
        let chosen = self.chosen.map(|key| key.connection);
        let connection = chosen.or(online.first().map(|(id, _)| *id));
        let assistant = Assistant::builder()
            .transient_for(root)
            .launch(AssistantInit {
                engine: self.engine.clone(),
                iso,
                connection,
                online,
            })
            .forward(sender.input_sender(), WindowMsg::Assistant);
        assistant.widget().present();
        self.assistant = Some(assistant);
    }

    /// Shows what the assistant made; lets go of it once it is closed.
    pub(super) fn assistant_said(&mut self, said: &AssistantOutput, leaflet: &adw::Leaflet) {
        match said {
            AssistantOutput::Created(key) => self.choose(*key, leaflet),
            AssistantOutput::Closed => self.assistant = None,
        }
    }
}
