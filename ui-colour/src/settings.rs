// SPDX-License-Identifier: GPL-3.0-or-later
//! What is remembered of colours: who converts, how, the files chosen for monitors, and the
//! three settings of photos that Firefox has, with the same meaning.

use std::path::PathBuf;

use oriel_colour::monitor::Mode;
use oriel_colour::profile::Intent;
use relm4::gtk::glib::{self, KeyFile, KeyFileFlags};

/// The group of what concerns monitors.
const COLOUR: &str = "Colour";
/// The group of files chosen for monitors: their keys are the monitors'.
const FILES: &str = "Colour Files";
/// The group of what concerns photos.
const PHOTOS: &str = "Photos";

/// The file that our programs share.
const FILE: &str = "colors.ini";

fn folder() -> PathBuf {
    glib::user_config_dir().join("oriel")
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColourSettings {
    /// Who converts to the monitor's colours.
    pub mode: Mode,
    /// What happens to colours that a monitor can't show.
    pub intent: Intent,
    /// Whether black becomes the monitor's black.
    pub black_point: bool,
    /// Files chosen for monitors: the monitor's key, and the path.
    pub files: Vec<(String, String)>,
    /// Photos.
    pub photos: PhotoSettings,
}

/// How photos are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoSettings {
    /// Which of them are converted.
    pub mode: PhotoMode,
    /// The rendering intent; `None` for the one that the photo's profile asks for.
    pub intent: Option<Intent>,
    /// A profile's file in place of the monitor's; `None` for the monitor's own.
    pub display_profile: Option<String>,
}

impl Default for PhotoSettings {
    /// Firefox's own: tagged pictures, perceptual, the monitor's profile.
    fn default() -> Self {
        Self {
            mode: PhotoMode::default(),
            intent: Some(Intent::Perceptual),
            display_profile: None,
        }
    }
}

/// Which photos are converted: Firefox's `gfx.color_management.mode`, with its numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhotoMode {
    /// 0: none.
    Off,
    /// 1: all; one without a profile is taken for sRGB.
    All,
    /// 2: those with a profile.
    #[default]
    Tagged,
}

impl PhotoMode {
    /// All of them, by their numbers.
    pub const ALL: [Self; 3] = [Self::Off, Self::All, Self::Tagged];

    fn id(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::All => "all",
            Self::Tagged => "tagged",
        }
    }
}

impl ColourSettings {
    /// What was kept, by whichever of our programs, or the defaults. Blocks.
    pub fn load() -> Self {
        let file = KeyFile::new();
        // Earlier versions kept it with the window's settings.
        for name in [FILE, "window.ini"] {
            match file.load_from_file(folder().join(name), KeyFileFlags::NONE) {
                Ok(()) => return Self::read(&file),
                Err(error) if error.matches(glib::FileError::Noent) => {}
                Err(error) => tracing::warn!(%error, name, "the settings can’t be read"),
            }
        }
        Self::default()
    }

    /// Whether it was ever kept in its own place.
    pub fn is_kept() -> bool {
        folder().join(FILE).exists()
    }

    /// Keeps it. Blocks.
    pub fn save(&self) {
        let file = KeyFile::new();
        self.write(&file);
        let path = folder().join(FILE);
        let written = std::fs::create_dir_all(folder()).map_err(|error| error.to_string());
        // It takes the old file's place only once it is whole.
        let written = written.and_then(|()| {
            let saved = file.save_to_file(&path);
            saved.map_err(|error| error.to_string())
        });
        if let Err(error) = written {
            tracing::warn!(%error, path = %path.display(), "the settings can’t be kept");
        }
    }

    /// Reads what is in a settings file; what is missing or nonsense is as usual.
    fn read(file: &KeyFile) -> Self {
        let word = |group: &str, key: &str| file.string(group, key).unwrap_or_default();
        let intent = |group: &str| {
            let word = word(group, "intent");
            Intent::ALL.into_iter().find(|one| one.key() == word)
        };
        let keys = file.keys(FILES);
        let files = keys
            .iter()
            .flatten()
            .filter_map(|key| {
                let path = file.string(FILES, key).ok()?;
                Some((key.to_string(), path.to_string()))
            })
            .collect();
        let photo_mode = word(PHOTOS, "mode");
        let display = word(PHOTOS, "display-profile");
        Self {
            mode: Mode::from_key(&word(COLOUR, "mode")).unwrap_or_default(),
            intent: intent(COLOUR).unwrap_or_default(),
            black_point: file.boolean(COLOUR, "black-point").unwrap_or(false),
            files,
            photos: PhotoSettings {
                mode: PhotoMode::ALL
                    .into_iter()
                    .find(|one| one.id() == photo_mode)
                    .unwrap_or_default(),
                intent: match word(PHOTOS, "intent").as_str() {
                    "image" => None,
                    _ => intent(PHOTOS).or(PhotoSettings::default().intent),
                },
                display_profile: (!display.is_empty()).then(|| display.into()),
            },
        }
    }

    /// Writes it to a settings file.
    fn write(&self, file: &KeyFile) {
        file.set_string(COLOUR, "mode", self.mode.key());
        file.set_string(COLOUR, "intent", self.intent.key());
        file.set_boolean(COLOUR, "black-point", self.black_point);
        for (monitor, path) in &self.files {
            file.set_string(FILES, monitor, path);
        }
        let photos = &self.photos;
        file.set_string(PHOTOS, "mode", photos.mode.id());
        file.set_string(PHOTOS, "intent", photos.intent.map_or("image", Intent::key));
        let display = photos.display_profile.as_deref().unwrap_or_default();
        file.set_string(PHOTOS, "display-profile", display);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let settings = ColourSettings {
            mode: Mode::Never,
            files: vec![("DP-1".into(), "/home/lena/Büro (neu).icc".into())],
            photos: PhotoSettings {
                mode: PhotoMode::All,
                intent: None,
                display_profile: Some("/tmp/a b.icc".into()),
            },
            ..ColourSettings::default()
        };
        let file = KeyFile::new();
        settings.write(&file);
        assert_eq!(ColourSettings::read(&file), settings);
    }

    #[test]
    fn what_earlier_versions_wrote_is_read() {
        let file = KeyFile::new();
        let text = "[Colour]\nmode=never\nblack-point=true\n[Colour Files]\nDP-1=/a.icc\n\
                    [Photos]\nmode=all\n";
        file.load_from_data(text, KeyFileFlags::NONE).unwrap();
        let read = ColourSettings::read(&file);
        assert_eq!(read.mode, Mode::Never);
        assert!(read.black_point);
        assert_eq!(read.files, [("DP-1".to_owned(), "/a.icc".to_owned())]);
        assert_eq!(read.photos.mode, PhotoMode::All);
    }
}
