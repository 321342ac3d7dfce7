// SPDX-License-Identifier: GPL-3.0-or-later
//! Colours as the monitor that the window is on shows them.
//!
//! Owns the watcher of monitors, the kept transforms, and the [`Aim`]: what pictures are to be
//! converted to now. Everything that shows a picture takes it through [`Colours::paint`], on the
//! threads of its runtime, and takes it again when the aim changes. What is converted is the picture as
//! it is shown (scaled), never the guest's whole screen.

use std::io;
use std::sync::{Arc, Mutex};

use oriel_colour::monitor::{Monitors, Options, Overrides, Watcher};
use oriel_colour::profile::Profile;
use oriel_colour::transform::{Cache, Order, Recipe, Surface, Transform};
use relm4::gtk::prelude::*;
use relm4::gtk::{self, gdk, glib};
use tokio::runtime;
use tokio::sync::watch;

use crate::aim::{self, Aim};
use crate::place::{self, Place};
use crate::settings::ColourSettings;

/// Bytes of a pixel: red, green, blue, alpha.
const PIXEL: usize = 4;

/// A picture of eight bits a channel, as it came: sRGB unless its profile says otherwise.
#[derive(Clone, Debug)]
pub struct Original {
    /// Red, green, blue, alpha; rows without gaps.
    pub rgba: Arc<[u8]>,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
}

impl Original {
    /// A picture; `None` if its fields contradict each other.
    pub fn new(rgba: Vec<u8>, width: u32, height: u32) -> Option<Self> {
        let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
        let length = width.checked_mul(PIXEL)?.checked_mul(height)?;
        (length > 0 && rgba.len() == length).then(|| Self {
            rgba: rgba.into(),
            width,
            height,
        })
    }
}

/// A picture as it came, and as it is shown. The former is kept for the day the monitor changes.
#[derive(Clone, Debug)]
pub struct Picture {
    /// As it came.
    pub original: Original,
    /// As it is shown.
    pub painted: Painted,
}

/// A picture as the monitor is to get it.
#[derive(Clone, Debug)]
pub struct Painted {
    /// For GTK.
    pub texture: gdk::Texture,
    /// The number of the aim that it was painted for.
    pub serial: u64,
}

/// The handle to all that concerns colours. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Colours {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    runtime: runtime::Handle,
    cache: Cache,
    watcher: Option<Watcher>,
    monitors: watch::Receiver<Arc<Monitors>>,
    settings: watch::Sender<ColourSettings>,
    /// What was kept last, by us.
    kept: Arc<Mutex<ColourSettings>>,
    /// Where the main window is.
    place: watch::Sender<Place>,
    /// The aim of the main window.
    aim: watch::Receiver<Arc<Aim>>,
}

impl Colours {
    /// Starts to watch the monitors. Where that can't be done, everything goes out as sRGB.
    pub fn start(runtime: &runtime::Handle) -> Self {
        let (watcher, monitors) = kept(Watcher::start(Options::default()));
        let (settings, _) = watch::channel(ColourSettings::default());
        let (place, places) = watch::channel(Place::default());
        let (aims, aim) = watch::channel(Arc::default());
        runtime.spawn(aim::run(
            monitors.clone(),
            settings.subscribe(),
            places,
            aims,
        ));
        Self {
            inner: Arc::new(Inner {
                runtime: runtime.clone(),
                cache: Cache::default(),
                watcher,
                monitors,
                settings,
                kept: Arc::default(),
                place,
                aim,
            }),
        }
    }

    /// Takes over what the person chose before, and keeps what changes from now on.
    pub fn restore(&self) {
        let before = ColourSettings::load();
        self.set(|settings| settings.clone_from(&before));
        if let Ok(mut kept) = self.inner.kept.lock() {
            kept.clone_from(&before);
        }
        // What an earlier version kept elsewhere is not left to that place.
        if !ColourSettings::is_kept() {
            before.save();
        }
        let mut settings = self.settings();
        let (runtime, kept) = (self.inner.runtime.clone(), Arc::clone(&self.inner.kept));
        self.inner.runtime.spawn(async move {
            while settings.changed().await.is_ok() {
                let now = settings.borrow_and_update().clone();
                if let Ok(mut kept) = kept.lock() {
                    kept.clone_from(&now);
                }
                let _ = runtime.spawn_blocking(move || now.save()).await;
            }
        });
    }

    /// Keeps what the person chose last, at the end of the program, unless that is done: another
    /// program may have kept something since. Blocks.
    pub fn save(&self) {
        let now = self.inner.settings.borrow().clone();
        if self.inner.kept.lock().is_ok_and(|kept| *kept != now) {
            now.save();
        }
    }

    /// The threads that pictures are converted on.
    pub fn runtime(&self) -> &runtime::Handle {
        &self.inner.runtime
    }

    /// Follows the main window from monitor to monitor.
    pub fn follow(&self, window: &impl IsA<gtk::Window>) {
        place::follow(window, &self.inner.runtime, self.inner.place.clone());
    }

    /// What pictures in the main window are converted to, and a notice when that changes.
    pub fn aim(&self) -> watch::Receiver<Arc<Aim>> {
        self.inner.aim.clone()
    }

    /// What pictures in another window are converted to, and a notice when that changes; it is
    /// followed until nobody holds the receiver.
    pub fn aim_of(&self, window: &impl IsA<gtk::Window>) -> watch::Receiver<Arc<Aim>> {
        let inner = &self.inner;
        let (place, places) = watch::channel(Place::default());
        place::follow(window, &inner.runtime, place);
        let (aims, aim) = watch::channel(Arc::default());
        inner.runtime.spawn(aim::run(
            inner.monitors.clone(),
            inner.settings.subscribe(),
            places,
            aims,
        ));
        aim
    }

    /// All monitors, and a notice when something about them changes.
    pub fn monitors(&self) -> watch::Receiver<Arc<Monitors>> {
        self.inner.monitors.clone()
    }

    /// What the person wants, and a notice when that changes.
    pub fn settings(&self) -> watch::Receiver<ColourSettings> {
        self.inner.settings.subscribe()
    }

    /// Changes what the person wants. Whoever follows [`Self::settings`] hears of it.
    pub fn set(&self, change: impl FnOnce(&mut ColourSettings)) {
        let changed = self.inner.settings.send_if_modified(|settings| {
            let before = settings.clone();
            change(settings);
            *settings != before
        });
        if let Some(watcher) = self.inner.watcher.as_ref().filter(|_| changed) {
            let settings = self.inner.settings.borrow().clone();
            watcher.set_mode(settings.mode);
            watcher.set_overrides(overrides(&settings));
        }
    }

    /// Has everything looked at again, files and curves of the graphics card too.
    pub fn refresh(&self) {
        if let Some(watcher) = &self.inner.watcher {
            watcher.refresh();
        }
    }

    /// The transform of a recipe; made where it is not kept. Blocks for some milliseconds: not for
    /// GTK's thread.
    ///
    /// # Errors
    ///
    /// Where one of the recipe's profiles can't be used.
    pub fn transform(
        &self,
        recipe: &Recipe,
    ) -> Result<Transform, oriel_colour::transform::TransformError> {
        self.inner.cache.get(recipe)
    }

    /// A picture as the monitor is to get it, made on another thread. `None` where that thread
    /// is gone, at the end of the program.
    pub async fn paint(&self, picture: Original) -> Option<Painted> {
        let this = self.clone();
        let paint = move || {
            let aim = Arc::clone(&this.inner.aim.borrow());
            this.paint_for(&picture, &aim)
        };
        self.inner.runtime.spawn_blocking(paint).await.ok()
    }

    /// A picture as it came, and painted, made on another thread. `None` at the end of the program.
    pub async fn picture(&self, original: Original) -> Option<Picture> {
        let painted = self.paint(original.clone()).await?;
        Some(Picture { original, painted })
    }

    fn paint_for(&self, picture: &Original, aim: &Aim) -> Painted {
        let mut rgba = picture.rgba.to_vec();
        let recipe = aim.recipe(Profile::srgb());
        if let Some(recipe) = recipe.filter(|recipe| !recipe.is_identity()) {
            match self.transform(&recipe) {
                Ok(transform) => {
                    let stride = picture.width * PIXEL;
                    let surface = Surface::new(
                        &mut rgba,
                        picture.width,
                        picture.height,
                        stride,
                        Order::Rgba,
                    );
                    if let Ok(mut surface) = surface {
                        transform.apply(&mut surface, None, 1);
                    }
                }
                // The colour page says what is wrong with the profile; sRGB goes out.
                Err(error) => tracing::debug!(%error, "a picture is shown without its profile"),
            }
        }
        Painted {
            texture: texture(rgba, picture.width, picture.height),
            serial: aim.serial,
        }
    }
}

/// Pixels (red, green, blue, alpha) for GTK. Their number fits the size.
pub fn texture(rgba: Vec<u8>, width: usize, height: usize) -> gdk::Texture {
    let side = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
    gdk::MemoryTexture::new(
        side(width),
        side(height),
        gdk::MemoryFormat::R8g8b8a8,
        &glib::Bytes::from_owned(rgba),
        width * PIXEL,
    )
    .upcast()
}

fn overrides(settings: &ColourSettings) -> Overrides {
    let mut overrides = Overrides::default();
    for (monitor, file) in &settings.files {
        overrides.set(monitor.clone(), file.into());
    }
    overrides
}

type Kept = (Option<Watcher>, watch::Receiver<Arc<Monitors>>);

fn kept(started: io::Result<Watcher>) -> Kept {
    match started {
        Ok(watcher) => {
            let monitors = watcher.subscribe();
            (Some(watcher), monitors)
        }
        Err(error) => {
            tracing::warn!(%error, "the monitors can’t be watched");
            (None, watch::channel(Arc::default()).1)
        }
    }
}
