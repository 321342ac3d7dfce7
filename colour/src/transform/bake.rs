// SPDX-License-Identifier: GPL-3.0-or-later
//! lcms2 as the reference: what a recipe means for a colour, as exactly as lcms2 can say.
//!
//! lcms2 is C. It is given a copy of a profile that holds nothing but what a conversion needs,
//! so that its code for texts, dictionaries and the like never meets a stranger's bytes.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use lcms2::{CIEXYZ, DisallowCache, Flags, PixelFormat, ThreadContext};

use super::effort::{self, Effort, PIECE};
use super::{Recipe, TransformError};
use crate::profile::{Intent, Profile, Signature};

type Floats = lcms2::Transform<[f32; 3], [f32; 3], ThreadContext, DisallowCache>;
type Pairs<'a> = (
    (&'a lcms2::Profile<ThreadContext>, PixelFormat),
    (&'a lcms2::Profile<ThreadContext>, PixelFormat),
);

/// The tags that conversions are made of (ICC.1:2010, 9.2). Multi-process elements (`D2B0` and
/// so on) are not among them.
const NEEDED: [&[u8; 4]; 15] = [
    b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC",
    b"gTRC", b"bTRC", b"wtpt", b"bkpt", b"chad",
];

/// What lcms2 makes of a recipe, in floating point and without short cuts.
pub struct Reference {
    transform: Floats,
    gamut: Option<Gamut>,
    /// The work of all evaluations up to now, in nanoseconds.
    done: AtomicU64,
}

impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reference").finish_non_exhaustive()
    }
}

/// How far a colour is from the gamut of a device.
struct Gamut {
    to_lab: Floats,
    to_device: Floats,
    back: Floats,
}

/// A profile as lcms2 has it.
pub(super) struct Opened {
    pub(super) context: ThreadContext,
    pub(super) profile: lcms2::Profile<ThreadContext>,
}

impl Reference {
    /// How long a recipe may take to be evaluated; the time that other programs have the
    /// processor does not count.
    pub const DEADLINE: Duration = effort::DEADLINE;

    /// Asks lcms2 for the way that a recipe describes.
    ///
    /// # Errors
    ///
    /// Where lcms2 can't read a profile or finds no way.
    pub fn new(recipe: &Recipe) -> Result<Self, TransformError> {
        let source = open(&recipe.source)?;
        let target = open(&recipe.target)?;
        let mut flags = Flags::NO_CACHE | Flags::NO_OPTIMIZE;
        if recipe.black_point {
            flags = flags | Flags::BLACKPOINT_COMPENSATION;
        }
        let intent = lcms_intent(recipe.intent);
        let transform = match &recipe.proof {
            None => Floats::new_flags_context(
                &source.context,
                &source.profile,
                PixelFormat::RGB_FLT,
                &target.profile,
                PixelFormat::RGB_FLT,
                intent,
                flags,
            ),
            Some(proof) => Floats::new_proofing_context(
                &source.context,
                &source.profile,
                PixelFormat::RGB_FLT,
                &target.profile,
                PixelFormat::RGB_FLT,
                &open(&proof.profile)?.profile,
                intent,
                lcms_intent(proof.intent),
                flags | Flags::SOFT_PROOFING,
            ),
        }
        .map_err(|_| TransformError::NoWay)?;
        let device = recipe
            .proof
            .as_ref()
            .map_or(&recipe.target, |it| &it.profile);
        let warns = recipe.gamut_warning.is_some();
        let gamut = warns
            .then(|| Gamut::new(&source, &open(device)?))
            .transpose()?;
        Ok(Self {
            transform,
            gamut,
            done: AtomicU64::new(0),
        })
    }

    /// How much work it has done.
    pub(super) fn effort(&self) -> Duration {
        Duration::from_nanos(self.done.load(Ordering::Relaxed))
    }

    /// Converts colours, each 0 to 1; what comes out may lie beyond.
    ///
    /// # Errors
    ///
    /// [`TransformError::TooSlow`] once [`Self::DEADLINE`] is over.
    pub fn convert(&self, colours: &[[f32; 3]]) -> Result<Vec<[f32; 3]>, TransformError> {
        let mut converted = vec![[0.0; 3]; colours.len()];
        let late = AtomicBool::new(false);
        let before = self.effort();
        let part = |from: &[[f32; 3]], to: &mut [[f32; 3]]| {
            let mut effort = Effort::begin();
            // In pieces, so that the deadline is seen.
            for (from, to) in from.chunks(PIECE).zip(to.chunks_mut(PIECE)) {
                effort.run(from.len(), || self.transform.transform_pixels(from, to));
                if effort.is_too_much(before) {
                    late.store(true, Ordering::Relaxed);
                    break;
                }
            }
            // Threads work side by side: the longest counts.
            let total = u64::try_from(before.saturating_add(effort.total()).as_nanos());
            self.done
                .fetch_max(total.unwrap_or(u64::MAX), Ordering::Relaxed);
        };
        // lcms2's transforms may be used by several threads at once where they keep no cache.
        let threads = thread::available_parallelism()
            .map_or(1, NonZero::get)
            .min(4);
        let share = colours.len().div_ceil(threads).max(8192);
        thread::scope(|scope| {
            let mut shares = colours.chunks(share).zip(converted.chunks_mut(share));
            let own = shares.next();
            let part = &part;
            for (from, to) in shares {
                scope.spawn(move || part(from, to));
            }
            if let Some((from, to)) = own {
                part(from, to);
            }
        });
        if late.into_inner() {
            return Err(TransformError::TooSlow);
        }
        Ok(converted)
    }

    /// How far colours lie outside the gamut that the recipe warns of, in ΔE (CIE 1976); nothing
    /// where it does not warn.
    pub(super) fn outside(&self, colours: &[[f32; 3]]) -> Option<Vec<f32>> {
        self.gamut.as_ref().map(|gamut| gamut.distance(colours))
    }
}

impl Gamut {
    fn new(source: &Opened, device: &Opened) -> Result<Self, TransformError> {
        let lab = lcms2::Profile::new_lab4_context(&source.context, &D50_XYY)
            .map_err(|_| TransformError::NoWay)?;
        let (rgb, pcs) = (PixelFormat::RGB_FLT, PixelFormat::Lab_FLT);
        let way = |((from, from_format), (to, to_format)): Pairs<'_>| {
            Floats::new_flags_context(
                &source.context,
                from,
                from_format,
                to,
                to_format,
                lcms2::Intent::RelativeColorimetric,
                Flags::NO_CACHE | Flags::NO_OPTIMIZE,
            )
            .map_err(|_| TransformError::NoWay)
        };
        Ok(Self {
            to_lab: way(((&source.profile, rgb), (&lab, pcs)))?,
            to_device: way(((&lab, pcs), (&device.profile, rgb)))?,
            back: way(((&device.profile, rgb), (&lab, pcs)))?,
        })
    }

    fn distance(&self, colours: &[[f32; 3]]) -> Vec<f32> {
        let mut wanted = vec![[0.0; 3]; colours.len()];
        let mut device = wanted.clone();
        let mut got = wanted.clone();
        self.to_lab.transform_pixels(colours, &mut wanted);
        self.to_device.transform_pixels(&wanted, &mut device);
        for part in device.as_flattened_mut() {
            *part = part.clamp(0.0, 1.0);
        }
        self.back.transform_pixels(&device, &mut got);
        let distance = |(a, b): (&[f32; 3], &[f32; 3])| {
            let square: f32 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
            square.sqrt()
        };
        wanted.iter().zip(&got).map(distance).collect()
    }
}

/// D50 as lcms2 wants it for Lab.
const D50_XYY: lcms2::CIExyY = lcms2::CIExyY {
    x: 0.3457,
    y: 0.3585,
    Y: 1.0,
};

/// The black points that compensation works with: of the source and of the target.
pub(super) fn black_points(
    source: &Opened,
    target: &Opened,
    intent: Intent,
) -> ([f64; 3], [f64; 3]) {
    let intent = lcms_intent(intent);
    let parts = |xyz: Option<CIEXYZ>| xyz.map_or([0.0; 3], |it| [it.X, it.Y, it.Z]);
    (
        parts(source.profile.detect_black_point(intent)),
        parts(target.profile.detect_destination_black_point(intent)),
    )
}

pub(super) fn lcms_intent(intent: Intent) -> lcms2::Intent {
    match intent {
        Intent::Perceptual => lcms2::Intent::Perceptual,
        Intent::RelativeColorimetric => lcms2::Intent::RelativeColorimetric,
        Intent::Saturation => lcms2::Intent::Saturation,
        Intent::AbsoluteColorimetric => lcms2::Intent::AbsoluteColorimetric,
    }
}

/// Opens a profile in a context of its own, without the tags that are not needed.
pub(super) fn open(profile: &Profile) -> Result<Opened, TransformError> {
    let context = ThreadContext::new();
    let profile = lcms2::Profile::new_icc_context(&context, &reduced(profile))
        .map_err(|_| TransformError::Unreadable)?;
    Ok(Opened { context, profile })
}

/// The bytes of a profile with the tags of [`NEEDED`] alone.
fn reduced(profile: &Profile) -> Vec<u8> {
    let word = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
    let kept: Vec<_> = profile
        .tags()
        .iter()
        .filter(|tag| NEEDED.iter().any(|name| tag.signature == Signature(**name)))
        .collect();
    let mut table = Vec::new();
    let mut content: Vec<u8> = Vec::new();
    let mut placed: Vec<(usize, usize, usize)> = Vec::new();
    let start = 128 + 4 + 12 * kept.len();
    for tag in kept {
        // Tags may share their bytes, and go on to do so.
        let known = placed
            .iter()
            .find(|(at, size, _)| (*at, *size) == (tag.offset, tag.size));
        let at = known.map_or(content.len(), |(_, _, at)| *at);
        if at == content.len() {
            placed.push((tag.offset, tag.size, at));
            content.extend(profile.bytes().get(tag.range()).unwrap_or_default());
            content.resize(content.len().next_multiple_of(4), 0);
        }
        table.extend(tag.signature.0);
        table.extend(word(start + at));
        table.extend(word(tag.size));
    }
    let mut bytes = profile.bytes().get(..128).unwrap_or_default().to_vec();
    let size = start + content.len();
    if let Some(field) = bytes.get_mut(..4) {
        field.copy_from_slice(&word(size));
    }
    // The MD5 of the whole is not that of a part.
    if let Some(field) = bytes.get_mut(84..100) {
        field.fill(0);
    }
    bytes.extend(word(table.len() / 12));
    bytes.extend(table);
    bytes.extend(content);
    bytes
}
