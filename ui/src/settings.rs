// SPDX-License-Identifier: GPL-3.0-or-later
//! What the window remembers: its size, how guests are shown, and the person's connections.
//!
//! A key file in the configuration folder, read once before the window is there and written by
//! the engine's threads. A file that can't be read, or holds nonsense, gives the defaults.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use relm4::gtk::gio;
use relm4::gtk::glib::{self, KeyFile, KeyFileFlags};
use relm4::gtk::prelude::*;

/// The group of what concerns the window.
const WINDOW: &str = "Window";
/// The group of what concerns readings.
const LIVE: &str = "Live";
/// Before the number in the groups of connections.
const CONNECTION: &str = "Connection ";

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// As the desktop is.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Scheme {
    /// All of them, in the order of the list.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    fn id(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A connection that the person has added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its URI.
    pub uri: String,
    /// Whether it is opened at the start.
    pub at_start: bool,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The window's width in application pixels.
    pub width: i32,
    /// Its height.
    pub height: i32,
    /// Whether it fills the screen.
    pub maximized: bool,
    /// The overview's view, by its name.
    pub view: String,
    /// The overview's order, by its name.
    pub sort: String,
    /// Light or dark.
    pub scheme: Scheme,
    /// Seconds from one picture in the gallery to the next; 0 takes none.
    pub picture_interval: u32,
    /// Seconds from one reading of figures to the next.
    pub figure_interval: u32,
    /// The connections, in the order of their rows.
    pub connections: Vec<Known>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            width: 1080,
            height: 760,
            maximized: false,
            view: "gallery".into(),
            sort: "name".into(),
            scheme: Scheme::System,
            picture_interval: 4,
            figure_interval: 3,
            connections: usual_connections(),
        }
    }
}

/// What most people have: their own machines, and those of this computer where its daemon lets
/// them in. Root has no machines of its own.
fn usual_connections() -> Vec<Known> {
    let known = |uri: &str| Known {
        uri: uri.into(),
        at_start: true,
    };
    let sockets = ["/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock"];
    let system = sockets.iter().any(|socket| may_write(socket));
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let mut uris = Vec::new();
    if !root {
        uris.push(known("qemu:///session"));
    }
    if system || root {
        uris.push(known("qemu:///system"));
    }
    uris
}

/// Whether the person may write to a file; a socket is not opened for that, since its daemon may
/// hang.
fn may_write(path: &str) -> bool {
    let attribute = gio::FILE_ATTRIBUTE_ACCESS_CAN_WRITE;
    let flags = gio::FileQueryInfoFlags::NONE;
    gio::File::for_path(path)
        .query_info(attribute, flags, gio::Cancellable::NONE)
        .is_ok_and(|info| info.boolean(attribute))
}

impl Settings {
    /// What was kept, or the defaults.
    pub fn load() -> Self {
        let file = KeyFile::new();
        match file.load_from_file(path(), KeyFileFlags::NONE) {
            Ok(()) => Self::read(&file),
            Err(error) => {
                if !error.matches(glib::FileError::Noent) {
                    tracing::warn!(%error, "the window’s settings can’t be read");
                }
                Self::default()
            }
        }
    }

    /// Writes the file; blocks.
    pub fn save(&self) {
        let path = path();
        let written = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .map_err(|error| error.to_string())
            // It takes the old file's place only once it is whole.
            .and_then(|()| {
                let saved = self.write().save_to_file(&path);
                saved.map_err(|error| error.to_string())
            });
        if let Err(error) = written {
            tracing::warn!(%error, path = %path.display(), "the window’s settings can’t be kept");
        }
    }

    fn read(file: &KeyFile) -> Self {
        let usual = Self::default();
        let number = |group: &str, key: &str, usual: i32, least: i32| {
            let value = file.integer(group, key).unwrap_or(usual);
            if value < least { usual } else { value }
        };
        let word = |key: &str, usual: &str| {
            let value = file.string(WINDOW, key);
            value.map_or_else(|_| usual.to_owned(), Into::into)
        };
        let seconds = |key: &str, usual: u32| {
            let value = file.integer(LIVE, key).ok();
            let value = value.and_then(|value| u32::try_from(value).ok());
            value.filter(|value| *value <= 60).unwrap_or(usual)
        };
        let scheme = word("scheme", "");
        let scheme = Scheme::ALL.into_iter().find(|one| one.id() == scheme);
        let connections: Vec<_> = file
            .groups()
            .iter()
            .filter(|group| group.starts_with(CONNECTION))
            .filter_map(|group| {
                Some(Known {
                    uri: file.string(group, "uri").ok()?.into(),
                    at_start: file.boolean(group, "at-start").unwrap_or(true),
                })
            })
            .collect();
        Self {
            width: number(WINDOW, "width", usual.width, 340),
            height: number(WINDOW, "height", usual.height, 300),
            maximized: file.boolean(WINDOW, "maximized").unwrap_or(false),
            view: word("view", &usual.view),
            sort: word("sort", &usual.sort),
            scheme: scheme.unwrap_or_default(),
            picture_interval: seconds("pictures", usual.picture_interval),
            figure_interval: seconds("figures", usual.figure_interval).max(1),
            connections: if file.has_group(WINDOW) {
                connections
            } else {
                usual.connections
            },
        }
    }

    fn write(&self) -> KeyFile {
        let file = KeyFile::new();
        file.set_integer(WINDOW, "width", self.width);
        file.set_integer(WINDOW, "height", self.height);
        file.set_boolean(WINDOW, "maximized", self.maximized);
        file.set_string(WINDOW, "view", &self.view);
        file.set_string(WINDOW, "sort", &self.sort);
        file.set_string(WINDOW, "scheme", self.scheme.id());
        let seconds = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
        file.set_integer(LIVE, "pictures", seconds(self.picture_interval));
        file.set_integer(LIVE, "figures", seconds(self.figure_interval));
        for (number, known) in self.connections.iter().enumerate() {
            let group = format!("{CONNECTION}{}", number + 1);
            file.set_string(&group, "uri", &known.uri);
            file.set_boolean(&group, "at-start", known.at_start);
        }
        file
    }

    /// Remembers a connection. One that is known stays as it is.
    pub fn remember(&mut self, uri: &str, at_start: bool) {
        if !self.connections.iter().any(|known| known.uri == uri) {
            self.connections.push(Known {
                uri: uri.into(),
                at_start,
            });
        }
    }
}

fn path() -> PathBuf {
    glib::user_config_dir().join("oriel").join("window.ini")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut settings = Settings {
            width: 700,
            maximized: true,
            view: "list".into(),
            scheme: Scheme::Dark,
            picture_interval: 0,
            connections: Vec::new(),
            ..Settings::default()
        };
        settings.remember("qemu+ssh://lena@höhle/system?x=a;b", false);
        settings.remember("qemu+ssh://lena@höhle/system?x=a;b", true);
        assert_eq!(Settings::read(&settings.write()), settings);
        assert_eq!(settings.connections.len(), 1);
    }

    #[test]
    fn nonsense_gives_the_defaults() {
        let file = KeyFile::new();
        file.set_string(WINDOW, "width", "wide");
        file.set_integer(WINDOW, "height", -5);
        file.set_string(WINDOW, "scheme", "pink");
        file.set_integer(LIVE, "pictures", 9_999);
        let read = Settings::read(&file);
        let usual = Settings::default();
        assert_eq!((read.width, read.height), (usual.width, usual.height));
        assert_eq!(read.scheme, Scheme::System);
        assert_eq!(read.picture_interval, usual.picture_interval);
        assert!(read.connections.is_empty(), "the person has removed all");
    }
}
