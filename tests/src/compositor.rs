// SPDX-License-Identifier: GPL-3.0-or-later
//! A Wayland server that has outputs and tells their colours, and nothing else.
//!
//! No compositor of Debian 12 speaks `wp_color_manager_v1`, so this stands for those that do.

#![allow(
    clippy::expect_used,
    reason = "a part of tests: what can't be done fails them"
)]

use std::fs::{File, create_dir_all};
use std::io::Write;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wayland_protocols::wp::color_management::v1::server::wp_color_management_output_v1::{
    self, WpColorManagementOutputV1,
};
use wayland_protocols::wp::color_management::v1::server::wp_color_manager_v1::{
    self, Primaries, TransferFunction, WpColorManagerV1,
};
use wayland_protocols::wp::color_management::v1::server::wp_image_description_info_v1::{
    self, WpImageDescriptionInfoV1,
};
use wayland_protocols::wp::color_management::v1::server::wp_image_description_v1::{
    self, Cause, WpImageDescriptionV1,
};
use wayland_server::backend::GlobalId;
use wayland_server::protocol::wl_output::{self, WlOutput};
use wayland_server::{
    Client, DataInit, Dispatch, Display, DisplayHandle, GlobalDispatch, ListeningSocket, New,
    Resource,
};

/// What is told of an output's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// sRGB with a plain curve, as GNOME's by default.
    Srgb,
    /// An ICC profile, as KDE's.
    Icc,
    /// The primaries and the curve of HDR.
    Hdr,
    /// That there is no description.
    Failed,
    /// Nothing, ever.
    Nothing,
}

#[derive(Clone, Copy, Debug)]
enum Command {
    Says(&'static str, Says),
    Add(&'static str, Says),
    Remove(&'static str),
}

/// The server, until it is dropped.
#[derive(Debug)]
pub struct Compositor {
    socket: PathBuf,
    commands: Option<Sender<Command>>,
    thread: Option<JoinHandle<()>>,
}

struct Screen {
    name: &'static str,
    says: Says,
    global: GlobalId,
    colours: Vec<WpColorManagementOutputV1>,
}

struct State {
    screens: Vec<Screen>,
    /// What is to be told next: an object that its own request ends is more than the library
    /// bears.
    asked: Vec<(WpImageDescriptionInfoV1, Says)>,
}

impl Compositor {
    /// Starts one with these outputs, each 1000x800, side by side.
    ///
    /// # Panics
    ///
    /// Where the folder can't hold a socket.
    pub fn start(folder: &Path, screens: &[(&'static str, Says)]) -> Self {
        create_dir_all(folder).expect("a folder for the socket");
        let socket = folder.join("wayland-stand-in");
        let listener = ListeningSocket::bind_absolute(socket.clone()).expect("a socket");
        let (commands, asked) = channel();
        let screens = screens.to_vec();
        let thread = thread::spawn(move || serve(&listener, &asked, &screens));
        Self {
            socket,
            commands: Some(commands),
            thread: Some(thread),
        }
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Changes what is told of an output.
    pub fn says(&self, name: &'static str, says: Says) {
        self.send(Command::Says(name, says));
    }

    /// Plugs in another output.
    pub fn add(&self, name: &'static str, says: Says) {
        self.send(Command::Add(name, says));
    }

    /// Pulls an output's plug.
    pub fn remove(&self, name: &'static str) {
        self.send(Command::Remove(name));
    }

    fn send(&self, command: Command) {
        let commands = self.commands.as_ref().expect("it runs until it is dropped");
        commands.send(command).expect("it runs");
    }
}

impl Drop for Compositor {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(listener: &ListeningSocket, asked: &Receiver<Command>, screens: &[(&'static str, Says)]) {
    let mut display: Display<State> = Display::new().expect("a display");
    let mut handle = display.handle();
    let mut state = State {
        screens: Vec::new(),
        asked: Vec::new(),
    };
    for (name, says) in screens {
        state.add(&handle, name, *says);
    }
    handle.create_global::<State, WpColorManagerV1, ()>(1, ());
    loop {
        match asked.try_recv() {
            Ok(command) => state.obey(&handle, command),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return,
        }
        while let Ok(Some(stream)) = listener.accept() {
            let data = std::sync::Arc::new(());
            handle.insert_client(stream, data).expect("a client");
        }
        display.dispatch_clients(&mut state).expect("requests");
        for (information, says) in state.asked.drain(..) {
            tell(&information, says);
        }
        display.flush_clients().expect("events");
        thread::sleep(Duration::from_millis(2));
    }
}

impl State {
    fn add(&mut self, handle: &DisplayHandle, name: &'static str, says: Says) {
        let global = handle.create_global::<Self, WlOutput, &'static str>(4, name);
        self.screens.push(Screen {
            name,
            says,
            global,
            colours: Vec::new(),
        });
    }

    fn obey(&mut self, handle: &DisplayHandle, command: Command) {
        match command {
            Command::Add(name, says) => self.add(handle, name, says),
            Command::Says(name, says) => {
                for screen in self.screens.iter_mut().filter(|it| it.name == name) {
                    screen.says = says;
                    for colours in &screen.colours {
                        colours.image_description_changed();
                    }
                }
            }
            Command::Remove(name) => {
                for screen in self.screens.iter().filter(|it| it.name == name) {
                    handle.remove_global::<Self>(screen.global.clone());
                }
                self.screens.retain(|it| it.name != name);
            }
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.screens.iter().position(|it| it.name == name)
    }
}

impl GlobalDispatch<WlOutput, &'static str> for State {
    fn bind(
        state: &mut Self,
        _: &DisplayHandle,
        _: &Client,
        new: New<WlOutput>,
        name: &&'static str,
        data: &mut DataInit<'_, Self>,
    ) {
        let output = data.init(new, *name);
        let place = i32::try_from(state.place(name).unwrap_or_default()).unwrap_or_default();
        output.geometry(
            1000 * place,
            0,
            500,
            400,
            wl_output::Subpixel::Unknown,
            "Oriel".to_owned(),
            "stand-in".to_owned(),
            wl_output::Transform::Normal,
        );
        output.mode(wl_output::Mode::Current, 1000, 800, 60_000);
        output.scale(1);
        output.name((*name).to_owned());
        output.done();
    }
}

impl Dispatch<WlOutput, &'static str> for State {
    fn request(
        _: &mut Self,
        _: &Client,
        _: &WlOutput,
        _: wl_output::Request,
        _: &&'static str,
        _: &DisplayHandle,
        _: &mut DataInit<'_, Self>,
    ) {
    }
}

impl GlobalDispatch<WpColorManagerV1, ()> for State {
    fn bind(
        _: &mut Self,
        _: &DisplayHandle,
        _: &Client,
        new: New<WpColorManagerV1>,
        (): &(),
        data: &mut DataInit<'_, Self>,
    ) {
        let manager = data.init(new, ());
        manager.supported_intent(wp_color_manager_v1::RenderIntent::Perceptual);
        manager.done();
    }
}

impl Dispatch<WpColorManagerV1, ()> for State {
    fn request(
        state: &mut Self,
        _: &Client,
        _: &WpColorManagerV1,
        request: wp_color_manager_v1::Request,
        (): &(),
        _: &DisplayHandle,
        data: &mut DataInit<'_, Self>,
    ) {
        if let wp_color_manager_v1::Request::GetOutput { id, output } = request {
            let name = output.data::<&'static str>().copied().unwrap_or_default();
            let colours = data.init(id, name);
            if let Some(place) = state.place(name) {
                state.screens[place].colours.push(colours);
            }
        }
    }
}

impl Dispatch<WpColorManagementOutputV1, &'static str> for State {
    fn request(
        state: &mut Self,
        _: &Client,
        _: &WpColorManagementOutputV1,
        request: wp_color_management_output_v1::Request,
        name: &&'static str,
        _: &DisplayHandle,
        data: &mut DataInit<'_, Self>,
    ) {
        use wp_color_management_output_v1::Request;
        if let Request::GetImageDescription { image_description } = request {
            let place = state.place(name);
            let says = place.map_or(Says::Failed, |place| state.screens[place].says);
            let description = data.init(image_description, says);
            match says {
                Says::Nothing => {}
                Says::Failed => description.failed(Cause::NoOutput, "no output".to_owned()),
                Says::Srgb | Says::Icc | Says::Hdr => description.ready(1),
            }
        }
    }
}

impl Dispatch<WpImageDescriptionV1, Says> for State {
    fn request(
        state: &mut Self,
        _: &Client,
        _: &WpImageDescriptionV1,
        request: wp_image_description_v1::Request,
        says: &Says,
        _: &DisplayHandle,
        data: &mut DataInit<'_, Self>,
    ) {
        if let wp_image_description_v1::Request::GetInformation { information } = request {
            state.asked.push((data.init(information, ()), *says));
        }
    }
}

fn tell(information: &WpImageDescriptionInfoV1, says: Says) {
    match says {
        Says::Icc => {
            let mut file: File = tempfile::tempfile().expect("a file");
            file.write_all(b"a profile").expect("room for a profile");
            information.icc_file(file.as_fd(), 9);
        }
        Says::Hdr => {
            information.primaries_named(Primaries::Bt2020);
            information.tf_named(TransferFunction::St2084Pq);
        }
        _ => {
            information.primaries(
                640_000, 330_000, 300_000, 600_000, 150_000, 60_000, 312_700, 329_000,
            );
            information.primaries_named(Primaries::Srgb);
            information.tf_named(TransferFunction::Gamma22);
        }
    }
    information.luminances(2_000, 80, 80);
    information.done();
}

impl Dispatch<WpImageDescriptionInfoV1, ()> for State {
    fn request(
        _: &mut Self,
        _: &Client,
        _: &WpImageDescriptionInfoV1,
        _: wp_image_description_info_v1::Request,
        (): &(),
        _: &DisplayHandle,
        _: &mut DataInit<'_, Self>,
    ) {
    }
}
