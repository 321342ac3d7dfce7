// SPDX-License-Identifier: GPL-3.0-or-later
//! The chromaticity diagram: all colours without their brightness, and what of them a monitor and
//! three known spaces can show.

use std::sync::OnceLock;

use oriel_colour::lab::{self, SPECTRUM};
use oriel_colour::report::ColourReport;
use oriel_colour::standard::{self, Space};
use oriel_ui_kit::i18n::gettext;
use relm4::gtk::cairo::{self, Format, ImageSurface};
use relm4::gtk::gdk;

use super::drawing::{Canvas, use_colour};

/// The side of the picture that colours the inside, in pixels; it is scaled.
const SIDE: usize = 160;

/// What is left free around the diagram, for numbers: left, top, right, bottom.
const MARGINS: [f64; 4] = [32.0, 12.0, 12.0, 22.0];

/// Wavelengths in nanometres that are marked, with their x and y (CIE 1931, 2°).
const MARKS: [(u16, [f64; 2]); 11] = [
    (460, [0.1440, 0.0297]),
    (470, [0.1241, 0.0578]),
    (480, [0.0913, 0.1327]),
    (490, [0.0454, 0.2950]),
    (500, [0.0082, 0.5384]),
    (520, [0.0743, 0.8338]),
    (540, [0.2296, 0.7543]),
    (560, [0.3731, 0.6245]),
    (580, [0.5125, 0.4866]),
    (600, [0.6270, 0.3725]),
    (620, [0.6915, 0.3083]),
];

/// Red, green and blue of sRGB, Adobe RGB and Display P3 as published, in x and y.
const PUBLISHED: [[[f64; 2]; 3]; 3] = [
    [[0.640, 0.330], [0.300, 0.600], [0.150, 0.060]],
    [[0.640, 0.330], [0.210, 0.710], [0.150, 0.060]],
    [[0.680, 0.320], [0.265, 0.690], [0.150, 0.060]],
];

/// The spaces of [`PUBLISHED`].
const SPACES: [Space; 3] = [standard::SRGB, standard::ADOBE_RGB, standard::DISPLAY_P3];

/// The styles of the spaces' lines: a colour's name, and dashes.
const STYLES: [(&str, &[f64]); 3] = [
    ("blue_5", &[7.0, 3.0]),
    ("green_5", &[2.0, 3.0]),
    ("orange_5", &[9.0, 3.0, 2.0, 3.0]),
];

/// Which diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chart {
    /// x and y of CIE 1931.
    #[default]
    Xy,
    /// u′ and v′ of CIE 1976, where equal distances look more alike.
    Uv,
}

impl Chart {
    /// The place of an x, y.
    fn place(self, xy: [f64; 2]) -> [f64; 2] {
        match self {
            Self::Xy => xy,
            Self::Uv => lab::uv_of_xy(xy).unwrap_or_default(),
        }
    }

    /// The x, y of a place.
    fn xy(self, [u, v]: [f64; 2]) -> [f64; 2] {
        match self {
            Self::Xy => [u, v],
            Self::Uv => {
                let below = 6.0 * u - 16.0 * v + 12.0;
                if below.abs() < 1e-6 {
                    return [0.0; 2];
                }
                [9.0 * u / below, 4.0 * v / below]
            }
        }
    }

    /// What both axes reach to.
    fn reach(self) -> f64 {
        match self {
            Self::Xy => 0.86,
            Self::Uv => 0.65,
        }
    }

    fn axes(self) -> [&'static str; 2] {
        match self {
            Self::Xy => ["x", "y"],
            Self::Uv => ["u′", "v′"],
        }
    }
}

/// What a diagram shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagram {
    chart: Chart,
    /// Red, green and blue of the monitor, and its white, in x and y.
    monitor: Option<([[f64; 2]; 3], [f64; 2])>,
    /// Those of the known spaces.
    spaces: [[[f64; 2]; 3]; 3],
}

impl Diagram {
    /// A diagram of a profile's colours. Where the profile tells them only relative to D50, so
    /// are the known spaces shown.
    pub fn new(chart: Chart, colours: Option<&ColourReport>) -> Self {
        let native = colours.is_none_or(|colours| colours.native);
        let spaces = if native {
            PUBLISHED
        } else {
            SPACES.map(|space| space.colorants.map(|xyz| lab::xy(xyz).unwrap_or_default()))
        };
        Self {
            chart,
            monitor: colours.map(|it| (it.primaries.map(|point| point.xy), it.white.xy)),
            spaces,
        }
    }

    /// Draws it.
    pub fn draw(&self, canvas: &Canvas<'_>) {
        let frame = Frame::new(canvas, self.chart);
        // A surface that can't be drawn to shows nothing; there is nobody to tell.
        let _ = self.lines(canvas, &frame);
        self.numbers(canvas, &frame);
    }

    fn lines(&self, canvas: &Canvas<'_>, frame: &Frame) -> Result<(), cairo::Error> {
        let context = canvas.cairo();
        let text = canvas.text_colour();
        use_colour(&context, &text, 0.12);
        context.set_line_width(1.0);
        for tenth in 0..=frame.tenths() {
            let value = f64::from(tenth) / 10.0;
            let (x, y) = frame.at([value, value]);
            let (x, y) = (x.round() + 0.5, y.round() + 0.5);
            let ((left, bottom), (right, top)) = (frame.low(), frame.high());
            context.move_to(x, bottom);
            context.line_to(x, top);
            context.move_to(left, y);
            context.line_to(right, y);
        }
        context.stroke()?;
        context.set_line_join(cairo::LineJoin::Round);
        for point in SPECTRUM {
            let (x, y) = frame.at(self.chart.place(point));
            context.line_to(x, y);
        }
        context.close_path();
        context.save()?;
        let outline = context.copy_path()?;
        context.clip();
        paint_inside(&context, frame)?;
        context.restore()?;
        context.new_path();
        context.append_path(&outline);
        use_colour(&context, &text, 0.55);
        context.set_line_width(1.25);
        context.stroke()?;
        for (_, point) in MARKS {
            let (x, y) = frame.at(self.chart.place(point));
            context.new_path();
            context.arc(x, y, 2.0, 0.0, std::f64::consts::TAU);
            use_colour(&context, &text, 0.7);
            context.fill()?;
        }
        for (corners, (colour, dashes)) in self.spaces.iter().zip(STYLES) {
            self.triangle(&context, frame, corners);
            bordered(&context, &canvas.colour(colour), dashes)?;
        }
        if let Some((corners, white)) = &self.monitor {
            self.triangle(&context, frame, corners);
            bordered(&context, &gdk::RGBA::BLACK, &[])?;
            let (x, y) = frame.at(self.chart.place(*white));
            context.arc(x, y, 4.0, 0.0, std::f64::consts::TAU);
            context.set_source_rgb(1.0, 1.0, 1.0);
            context.fill_preserve()?;
            context.set_source_rgb(0.1, 0.1, 0.1);
            context.set_line_width(1.5);
            context.stroke()?;
        }
        self.legend_lines(canvas, frame, &context)
    }

    fn triangle(&self, context: &cairo::Context, frame: &Frame, corners: &[[f64; 2]; 3]) {
        for corner in corners {
            let (x, y) = frame.at(self.chart.place(*corner));
            context.line_to(x, y);
        }
        context.close_path();
    }

    /// The names in the legend, the monitor's first.
    fn legend(&self) -> Vec<(String, &'static str, &'static [f64])> {
        let monitor = self.monitor.iter().map(|_| {
            let none: &[f64] = &[];
            (gettext("This monitor"), "", none)
        });
        let spaces = SPACES.iter().zip(STYLES);
        monitor
            .chain(spaces.map(|(space, (colour, dashes))| (space.name.to_owned(), colour, dashes)))
            .collect()
    }

    /// Where the legend's entry of a number lies: the beginning of its line.
    fn legend_place(&self, frame: &Frame, number: usize) -> (f64, f64) {
        let number = f64::from(u32::try_from(number).unwrap_or(0));
        let ((_, bottom), (right, top)) = (frame.low(), frame.high());
        // Where the diagram has no colours.
        let y = match self.chart {
            Chart::Xy => top + 14.0 + number * 19.0,
            Chart::Uv => bottom - 74.0 + number * 19.0,
        };
        (right - 118.0, y)
    }

    fn legend_lines(
        &self,
        canvas: &Canvas<'_>,
        frame: &Frame,
        context: &cairo::Context,
    ) -> Result<(), cairo::Error> {
        for (number, (_, colour, dashes)) in self.legend().into_iter().enumerate() {
            let (x, y) = self.legend_place(frame, number);
            let colour = match colour {
                "" => gdk::RGBA::BLACK,
                name => canvas.colour(name),
            };
            context.move_to(x, y);
            context.line_to(x + 24.0, y);
            bordered(context, &colour, dashes)?;
        }
        Ok(())
    }

    fn numbers(&self, canvas: &Canvas<'_>, frame: &Frame) {
        let text = canvas.text_colour();
        let faint = text.with_alpha(text.alpha() * 0.65);
        let (left, bottom) = frame.low();
        for tenth in (0..=frame.tenths()).step_by(2) {
            let value = f64::from(tenth) / 10.0;
            let (x, y) = frame.at([value, value]);
            let number = super::words::number(value, 1);
            canvas.text(&number, (x, bottom + 4.0), (0.5, 0.0), &faint);
            if tenth > 0 {
                canvas.text(&number, (left - 6.0, y), (1.0, 0.5), &faint);
            }
        }
        let [across, up] = self.chart.axes();
        let (right, top) = frame.high();
        canvas.text(across, (right, bottom - 2.0), (1.0, 1.0), &text);
        canvas.text(up, (left - 6.0, top - 4.0), (1.0, 0.0), &text);
        let centre = self.chart.place(lab::D65_XY);
        let (centre_x, _) = frame.at(centre);
        for (wavelength, point) in MARKS {
            let (x, y) = frame.at(self.chart.place(point));
            let (anchor, aside) = if x < centre_x {
                ((1.0, 0.5), -5.0)
            } else {
                ((0.0, 0.8), 5.0)
            };
            canvas.text(&wavelength.to_string(), (x + aside, y), anchor, &faint);
        }
        for (number, (name, ..)) in self.legend().into_iter().enumerate() {
            let (x, y) = self.legend_place(frame, number);
            canvas.text(&name, (x + 30.0, y), (0.0, 0.5), &text);
        }
    }
}

/// Draws the path as a line that is seen on any ground: its own is the same in light and dark.
fn bordered(
    context: &cairo::Context,
    colour: &gdk::RGBA,
    dashes: &[f64],
) -> Result<(), cairo::Error> {
    context.set_dash(&[], 0.0);
    context.set_line_width(4.0);
    context.set_source_rgba(1.0, 1.0, 1.0, 0.75);
    context.stroke_preserve()?;
    context.set_dash(dashes, 0.0);
    context.set_line_width(2.0);
    use_colour(context, colour, 1.0);
    context.stroke()?;
    context.set_dash(&[], 0.0);
    Ok(())
}

/// How places in a chart become places of the canvas: a square, in the middle.
struct Frame {
    chart: Chart,
    left: f64,
    top: f64,
    side: f64,
}

impl Frame {
    fn new(canvas: &Canvas<'_>, chart: Chart) -> Self {
        let [left, top, right, bottom] = MARGINS;
        let side = (canvas.width - left - right).min(canvas.height - top - bottom);
        let side = side.max(1.0);
        Self {
            chart,
            left: left + ((canvas.width - left - right - side) / 2.0).max(0.0),
            top,
            side,
        }
    }

    fn at(&self, [x, y]: [f64; 2]) -> (f64, f64) {
        let scale = self.side / self.chart.reach();
        (self.left + x * scale, self.top + self.side - y * scale)
    }

    /// The lower left corner.
    fn low(&self) -> (f64, f64) {
        (self.left, self.top + self.side)
    }

    /// The upper right corner.
    fn high(&self) -> (f64, f64) {
        (self.left + self.side, self.top)
    }

    /// How many tenths the axes have.
    fn tenths(&self) -> u8 {
        match self.chart {
            Chart::Xy => 8,
            Chart::Uv => 6,
        }
    }
}

/// Colours the inside, as well as any screen can.
fn paint_inside(context: &cairo::Context, frame: &Frame) -> Result<(), cairo::Error> {
    let (Ok(side), Ok(stride)) = (i32::try_from(SIDE), i32::try_from(SIDE * 4)) else {
        return Ok(());
    };
    let pixels = inside(frame.chart).to_vec();
    let picture = ImageSurface::create_for_data(pixels, Format::Rgb24, side, side, stride)?;
    let scale = frame.side / f64::from(side);
    // As pale on dark ground as on light.
    context.set_source_rgb(1.0, 1.0, 1.0);
    context.paint()?;
    context.translate(frame.left, frame.top);
    context.scale(scale, scale);
    context.set_source_surface(&picture, 0.0, 0.0)?;
    context.paint_with_alpha(0.55)
}

/// The colours of a chart, as cairo has them.
fn inside(chart: Chart) -> &'static [u8] {
    static XY: OnceLock<Vec<u8>> = OnceLock::new();
    static UV: OnceLock<Vec<u8>> = OnceLock::new();
    let kept = match chart {
        Chart::Xy => &XY,
        Chart::Uv => &UV,
    };
    kept.get_or_init(|| {
        let mut pixels = Vec::with_capacity(SIDE * SIDE * 4);
        let part = |index: usize| {
            (f64::from(u32::try_from(index).unwrap_or(0)) + 0.5) / 160.0 * chart.reach()
        };
        for row in (0..SIDE).rev() {
            for column in 0..SIDE {
                let [red, green, blue] = vivid(chart.xy([part(column), part(row)]));
                // The order of a word on machines whose first byte is the least.
                pixels.extend(u32::from_be_bytes([255, red, green, blue]).to_ne_bytes());
            }
        }
        pixels
    })
}

/// The brightest sRGB of a chromaticity, or what comes near it.
fn vivid(xy: [f64; 2]) -> [u8; 3] {
    let Some([x, y, z]) = lab::xyz_of_xy(xy) else {
        return [0; 3];
    };
    let light = [
        3.2406 * x - 1.5372 * y - 0.4986 * z,
        -0.9689 * x + 1.8758 * y + 0.0415 * z,
        0.0557 * x - 0.2040 * y + 1.0570 * z,
    ]
    .map(|value| value.max(0.0));
    let most = light.iter().copied().fold(1e-9, f64::max);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 255"
    )]
    light.map(|value| ((value / most).powf(1.0 / 2.2) * 255.0).round() as u8)
}

/// The diagram in words.
pub fn words(chart: Chart, colours: Option<&ColourReport>) -> String {
    let [across, up] = chart.axes();
    let Some(colours) = colours else {
        return gettext("Chromaticity diagram: the profile tells no colors");
    };
    let names = [gettext("Red"), gettext("Green"), gettext("Blue")];
    let point = |name: &str, xy: [f64; 2]| {
        let [x, y] = chart.place(xy).map(|value| super::words::number(value, 3));
        format!("{name}: {across} {x}, {up} {y}")
    };
    let mut parts = vec![gettext("Chromaticity diagram of this monitor")];
    for (name, primary) in names.iter().zip(&colours.primaries) {
        parts.push(point(name, primary.xy));
    }
    parts.push(point(&gettext("White"), colours.white.xy));
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_both_charts_lead_back() {
        for (_, point) in MARKS {
            for chart in [Chart::Xy, Chart::Uv] {
                let back = chart.xy(chart.place(point));
                let distance = (back[0] - point[0]).hypot(back[1] - point[1]);
                assert!(distance < 1e-9, "{point:?} {back:?}");
                let [x, y] = chart.place(point);
                assert!(x < chart.reach() && y < chart.reach());
            }
        }
    }

    #[test]
    fn marks_lie_on_the_spectrum() {
        for (wavelength, point) in MARKS {
            assert!(SPECTRUM.contains(&point), "{wavelength}");
        }
    }

    #[test]
    fn the_inside_has_the_colours_that_people_expect() {
        let [red, green, blue] = vivid([0.64, 0.33]);
        assert!(
            red == 255 && green < 40 && blue < 40,
            "{red} {green} {blue}"
        );
        let [red, green, blue] = vivid(lab::D65_XY);
        assert!(
            red > 250 && green > 250 && blue > 250,
            "{red} {green} {blue}"
        );
        assert_eq!(inside(Chart::Uv).len(), SIDE * SIDE * 4);
    }

    #[test]
    fn published_primaries_are_those_of_the_profiles() {
        // Relative to D50 they lie elsewhere, but not far.
        for (space, published) in SPACES.iter().zip(PUBLISHED) {
            for (xyz, xy) in space.colorants.iter().zip(published) {
                let [x, y] = lab::xy(*xyz).unwrap_or_default();
                assert!((x - xy[0]).hypot(y - xy[1]) < 0.05, "{}", space.name);
            }
        }
    }
}
