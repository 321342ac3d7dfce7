// SPDX-License-Identifier: GPL-3.0-or-later
//! The ways into the assistant, and what comes out of it.

use std::path::{Path, PathBuf};

use oriel::connection::Status;
use relm4::adw::prelude::*;
use relm4::gtk::{gdk, gio, glib};
use relm4::{Component, ComponentController, ComponentSender, adw, gtk};

use super::{Window, WindowMsg};
use crate::assistant::{Assistant, AssistantInit, AssistantOutput, proposals};
use crate::sidebar::Selected;

/// Adds the action `win.new`, and the window's readiness to take a dropped image.
pub(super) fn install(root: &adw::ApplicationWindow, sender: &ComponentSender<Window>) {
    let action = gio::SimpleAction::new("new", None);
    let input = sender.input_sender().clone();
    action.connect_activate(move |_, _| input.emit(WindowMsg::New(None)));
    root.add_action(&action);

    let drop = gtk::DropTarget::new(gdk::FileList::static_type(), gdk::DragAction::COPY);
    let input = sender.input_sender().clone();
    drop.connect_drop(move |_, value, _, _| match dropped(value) {
        Some(message) => {
            input.emit(message);
            true
        }
        None => false,
    });
    root.add_controller(drop);
}

/// What is to be done with what was dropped: an image is installed from, a photo is shown.
fn dropped(value: &glib::Value) -> Option<WindowMsg> {
    let files = value.get::<gdk::FileList>().ok()?.files();
    let paths: Vec<PathBuf> = files
        .iter()
        .filter_map(gio::prelude::FileExt::path)
        .collect();
    let find = |fits: fn(&Path) -> bool| paths.iter().find(|path| fits(path)).cloned();
    find(proposals::is_iso)
        .map(|image| WindowMsg::New(Some(image)))
        .or_else(|| {
            find(oriel_ui_colour::photo::is_photo).map(|photo| WindowMsg::Photo(Some(photo)))
        })
}

impl Window {
    /// Opens the assistant, or brings it to the front.
    pub(super) fn open_assistant(
        &mut self,
        iso: Option<PathBuf>,
        root: &adw::ApplicationWindow,
        sender: &ComponentSender<Self>,
    ) {
        // One that was closed is here until it has said so.
        let open = self.assistant.as_ref().map(ComponentController::widget);
        if let Some(open) = open.filter(|open| open.is_visible()) {
            open.present();
            return;
        }
        let online: Vec<_> = self
            .listing
            .connections()
            .into_iter()
            .filter(|(_, _, status)| *status == Status::Online)
            .map(|(id, uri, _)| (id, uri))
            .collect();
        let chosen = match &self.selected {
            Selected::All => None,
            Selected::Connections(ids) => ids.first().copied(),
            Selected::Guests(keys) => keys.first().map(|key| key.connection),
        };
        let chosen = chosen.filter(|wanted| online.iter().any(|(id, _)| id == wanted));
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
    pub(super) fn assistant_said(
        &mut self,
        said: &AssistantOutput,
        sender: &ComponentSender<Self>,
    ) {
        match said {
            AssistantOutput::Created(key) => sender.input(WindowMsg::Show(*key)),
            // Another one may be open by now.
            AssistantOutput::Closed => {
                self.assistant.take_if(|open| !open.widget().is_visible());
            }
        }
    }
}
