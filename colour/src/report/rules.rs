// SPDX-License-Identifier: GPL-3.0-or-later
//! What can be found in a profile: all texts in one place.
//!
//! They are English templates with named places (`{name}`). [`mark`] is what the extraction of
//! texts for translators looks for; a window translates a template and then fills its places.

use super::Verdict;

/// Marks a text that is translated where it is shown.
const fn mark(text: &'static str) -> &'static str {
    text
}

/// Something that can be found in a profile.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, which does not change.
    pub id: &'static str,
    /// How bad it is.
    pub verdict: Verdict,
    /// What was found and why it matters; a template.
    pub reason: &'static str,
    /// What to do about it; a template.
    pub advice: &'static str,
}

/// The rules of this module, as constants and as a list.
macro_rules! rules {
    ($($name:ident = $id:literal, $verdict:ident, $reason:expr, $advice:expr;)*) => {
        $(pub(super) const $name: Rule = Rule {
            id: $id,
            verdict: Verdict::$verdict,
            reason: $reason,
            advice: $advice,
        };)*
        /// Everything that can be found.
        pub const RULES: &[Rule] = &[$($name),*];
    };
}

const MAKE_ANEW: &str = mark("Make a new profile, or take the one of the monitor’s maker.");
const NOTHING: &str = mark("Nothing needs to be done.");
const CHOOSE_ANOTHER: &str = mark("Choose another profile for this monitor.");
const COPY_ANEW: &str =
    mark("Copy the file again from where it came, or create the profile again.");

rules! {
    UNUSABLE = "unusable", Error,
        mark("The profile can’t be used for pictures: {why}."), CHOOSE_ANOTHER;
    WAY_MISSING = "no-way", Error,
        mark("The profile lacks what a conversion to this monitor needs: it has neither a matrix with curves nor tables in both directions."),
        MAKE_ANEW;
    COLORANT_SUM = "colorant-sum", Error,
        mark("Red, green and blue do not add up to white: the sum is {sum}, and D50 is {white}. White and grays get a tint."),
        MAKE_ANEW;
    WHITE_OFF = "white-off", Error,
        mark("White of the tables is {distance} ΔE away from white. White and grays get a tint."),
        MAKE_ANEW;
    CURVE_FALLS = "curve-falls", Error,
        mark("The tone curve of {channel} goes down at {place} % although it should rise. Shades get lost or change places."),
        MAKE_ANEW;
    GREYS_FALL = "greys-fall", Error,
        mark("A lighter gray is shown darker than the one before it, at {place} % of full light."),
        MAKE_ANEW;
    HEADER_SIZE = "header-size", Warning,
        mark("The profile says that it has {header} bytes, and it has {actual}. It may have been cut or changed on its way."),
        COPY_ANEW;
    ID_WRONG = "id-wrong", Warning,
        mark("The checksum (MD5) in the profile is not that of its content. It was changed after it was made."),
        COPY_ANEW;
    ID_ABSENT = "id-absent", Note,
        mark("The profile has no checksum, so a change can’t be noticed."), NOTHING;
    CLASS = "class", Warning,
        mark("The profile is not one of a monitor but of another kind: {class}."), CHOOSE_ANOTHER;
    CLASS_SPACE = "class-space", Note,
        mark("The profile describes a color space and no particular monitor."),
        mark("Measure the monitor to get a profile of its own.");
    WHITE_MISSING = "white-missing", Warning,
        mark("The profile does not name its white, as every profile must."), MAKE_ANEW;
    WHITE_V4 = "white-v4", Warning,
        mark("The white of a version 4 profile must be D50, and it is {white}. Programs differ in what they make of that."),
        MAKE_ANEW;
    CHAD_MISSING = "chad-missing", Note,
        mark("The profile does not tell the monitor’s own white, only colors relative to it. Its color temperature is not known."),
        NOTHING;
    ILLUMINANT = "illuminant", Note,
        mark("The white of the connection space in the header is {white} and should be D50. Programs ignore it."),
        NOTHING;
    TEMPERATURE = "white-unlikely", Warning,
        mark("The monitor’s white would be at {kelvin} K, which is unlikely for a monitor."),
        mark("Check what was measured, and create the profile again.");
    PRIMARIES_INVALID = "primaries-invalid", Warning,
        mark("{channel} has a color that no monitor has: X {x}, Y {y}, Z {z}."), MAKE_ANEW;
    PRIMARIES_UNLIKELY = "primaries-unlikely", Note,
        mark("{channel} lies beyond what eyes can see (x {x}, y {y}). Some working spaces are made that way; a monitor can’t be."),
        mark("If this is the profile of a monitor, create it again.");
    GREY_AXIS = "grey-axis", Warning,
        mark("Grays are not gray: a* {a}, b* {b} at {place} %."),
        mark("Calibrate the monitor, and create the profile again.");
    SCUM_DOT = "white-not-exact", Warning,
        mark("White becomes {red}, {green}, {blue} and not 255, 255, 255. Some programs call such a profile defective."),
        MAKE_ANEW;
    ONE_WAY = "one-way", Warning,
        mark("The profile has a table from the monitor to colors, and none back. Pictures are shown by its matrix."),
        MAKE_ANEW;
    ROUND_TRIP = "round-trip", Warning,
        mark("The profile’s tables contradict each other: there and back is {mean} ΔE on average, {worst} at worst."),
        mark("Create the profile again with higher quality.");
    SWAPPED = "swapped-matrix", Note,
        mark("The matrix has its colors exchanged on purpose: who sees wrong colors uses a program that ignores the profile’s tables."),
        NOTHING;
    VCGT_ABSENT = "no-calibration", Note,
        mark("There is no calibration for the graphics card in the profile. Many sound profiles have none."),
        NOTHING;
    VCGT_UNREADABLE = "calibration-unreadable", Warning,
        mark("The calibration for the graphics card can’t be read."), MAKE_ANEW;
    VCGT_FALLS = "calibration-falls", Warning,
        mark("The calibration of {channel} for the graphics card goes down at {place} % although it should rise."),
        mark("Calibrate the monitor again.");
    VCGT_NOT_LOADED = "calibration-not-loaded", Warning,
        mark("The calibration of this profile is not loaded in the graphics card: it is up to {distance} % away. The profile does not hold without it."),
        mark("Log in again, or load it with your calibration program. A night light changes it, too.");
    VCGT_UNKNOWN = "calibration-unknown", Note,
        mark("Whether the calibration of this profile is loaded in the graphics card can’t be seen here; only X11 tells."),
        NOTHING;
    DESCRIPTION_MISSING = "description-missing", Warning,
        mark("The profile has no name, as every profile must."), MAKE_ANEW;
    COPYRIGHT_MISSING = "copyright-missing", Note,
        mark("The profile has no copyright text, as every profile must."), NOTHING;
    FROM_EDID = "from-edid", Warning,
        mark("The profile was made from what the monitor says of itself (EDID). Nobody measured this monitor."),
        mark("Measure the monitor with an instrument to get a profile that you can rely on.");
    OTHER_EDID = "other-monitor", Warning,
        mark("The profile was made for a monitor with another EDID than the one it is used for."),
        CHOOSE_ANOTHER;
    OTHER_DEVICE = "other-device", Warning,
        mark("The profile was made for the device “{made}”, and it is used for “{used}”."),
        CHOOSE_ANOTHER;
    SRGB_ON_WIDE = "srgb-on-wide", Warning,
        mark("The profile is sRGB’s, and the monitor says that it shows {percent} % of the area of sRGB. Colors are too vivid."),
        mark("Choose the profile of this monitor, or switch the monitor itself to sRGB.");
    SOURCES_DISAGREE = "sources-disagree", Warning,
        mark("{sources} name another profile for this monitor. Programs that look there show other colors."),
        mark("Set the profile in one place, and log in again.");
    AGE_NOTE = "age", Note,
        mark("The monitor was measured {months} months ago. Monitors change."),
        mark("Measure it again when colors matter.");
    AGE_OLD = "old", Warning,
        mark("The monitor was measured {months} months ago. Monitors change, and the profile no longer fits."),
        mark("Measure the monitor again.");
}
