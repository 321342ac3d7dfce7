// SPDX-License-Identifier: GPL-3.0-or-later
//! What an image description says: sRGB or something else.

use wayland_client::WEnum;
use wayland_protocols::wp::color_management::v1::client::wp_color_manager_v1::{
    Primaries, TransferFunction,
};
use wayland_protocols::wp::color_management::v1::client::wp_image_description_info_v1::Event;

use crate::monitor::policy::Compositor;

/// CIE 1931 xy of red, green, blue and white of sRGB (IEC 61966-2-1), in millionths.
const SRGB: [i32; 8] = [
    640_000, 330_000, 300_000, 600_000, 150_000, 60_000, 312_700, 329_000,
];

/// Primaries differ by no more than this, in millionths, where they are the same but rounded.
const ROUNDING: i32 = 1_000;

/// The exponent 2.2, in ten thousandths.
const GAMMA_22: u32 = 22_000;

/// What has been told so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Description {
    /// An ICC profile, or primaries that are not sRGB's.
    other_colours: bool,
    other_curve: bool,
    curve_known: bool,
}

impl Description {
    /// Takes one event; returns whether it was the last one.
    pub(super) fn add(&mut self, event: &Event) -> bool {
        match *event {
            Event::Done => return true,
            Event::IccFile { .. } => self.other_colours = true,
            Event::PrimariesNamed { primaries } => {
                self.other_colours |= primaries != WEnum::Value(Primaries::Srgb);
            }
            Event::Primaries {
                r_x,
                r_y,
                g_x,
                g_y,
                b_x,
                b_y,
                w_x,
                w_y,
            } => {
                let told = [r_x, r_y, g_x, g_y, b_x, b_y, w_x, w_y];
                let same =
                    |(one, other): (i32, i32)| one.abs_diff(other) <= ROUNDING.unsigned_abs();
                self.other_colours |= !told.into_iter().zip(SRGB).all(same);
            }
            // A curve may be told by name and by number: one that is sRGB's is enough.
            Event::TfNamed { tf } => self.curve(matches!(
                tf,
                WEnum::Value(
                    TransferFunction::Srgb
                        | TransferFunction::Gamma22
                        | TransferFunction::CompoundPower24
                )
            )),
            Event::TfPower { eexp } => self.curve(eexp == GAMMA_22),
            _ => {}
        }
        false
    }

    fn curve(&mut self, is_srgb: bool) {
        self.other_curve = !is_srgb && (self.other_curve || !self.curve_known);
        self.curve_known = true;
    }

    /// What the compositor does, if that was all.
    pub(super) fn says(&self) -> Compositor {
        if self.other_colours || self.other_curve {
            Compositor::Converts
        } else {
            Compositor::PassesThrough
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(events: &[Event]) -> Compositor {
        let mut description = Description::default();
        for event in events {
            assert!(!description.add(event));
        }
        assert!(description.add(&Event::Done));
        description.says()
    }

    fn primaries(of: [i32; 8]) -> Event {
        let [r_x, r_y, g_x, g_y, b_x, b_y, w_x, w_y] = of;
        Event::Primaries {
            r_x,
            r_y,
            g_x,
            g_y,
            b_x,
            b_y,
            w_x,
            w_y,
        }
    }

    fn named(tf: TransferFunction) -> Event {
        Event::TfNamed {
            tf: WEnum::Value(tf),
        }
    }

    #[test]
    fn srgb_by_name_or_by_numbers_goes_through() {
        let name = Event::PrimariesNamed {
            primaries: WEnum::Value(Primaries::Srgb),
        };
        let passes = Compositor::PassesThrough;
        assert_eq!(said(&[name, named(TransferFunction::Gamma22)]), passes);
        let power = Event::TfPower { eexp: 22_000 };
        assert_eq!(said(&[primaries(SRGB), power]), passes);
        let mut rounded = SRGB;
        rounded[0] += 400;
        let both = [
            primaries(rounded),
            named(TransferFunction::Srgb),
            Event::TfPower { eexp: 24_000 },
        ];
        assert_eq!(said(&both), passes);
    }

    #[test]
    fn anything_else_is_converted() {
        let converts = Compositor::Converts;
        let wide = Event::PrimariesNamed {
            primaries: WEnum::Value(Primaries::Bt2020),
        };
        assert_eq!(said(&[wide, named(TransferFunction::Gamma22)]), converts);
        let mut other = SRGB;
        other[2] = 265_000;
        assert_eq!(said(&[primaries(other)]), converts);
        let pq = named(TransferFunction::St2084Pq);
        assert_eq!(said(&[primaries(SRGB), pq]), converts);
        assert_eq!(said(&[Event::TfPower { eexp: 18_000 }]), converts);
        assert_eq!(
            said(&[Event::PrimariesNamed {
                primaries: WEnum::Unknown(99)
            }]),
            converts
        );
    }
}
