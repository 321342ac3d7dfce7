// SPDX-License-Identifier: GPL-3.0-or-later
//! Which monitor a window is on.

use super::Monitor;

/// A part of the space that all monitors lie in, in pixels of the display server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Area {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Area {
    /// Pixels that two areas have in common.
    pub fn common(self, other: Self) -> u64 {
        let along = |one: i32, length: u32, two: i32, other_length: u32| {
            let begin = i64::from(one.max(two));
            let end =
                (i64::from(one) + i64::from(length)).min(i64::from(two) + i64::from(other_length));
            u64::try_from(end - begin).unwrap_or(0)
        };
        along(self.x, self.width, other.x, other.width)
            * along(self.y, self.height, other.y, other.height)
    }
}

/// The monitor that shows the larger part of a window; of two with equal parts the one that
/// comes first. A window that is on none is taken to be on the primary one, or the first.
pub fn monitor_for(monitors: &[Monitor], window: Area) -> Option<&Monitor> {
    let mut best: Option<(&Monitor, u64)> = None;
    for monitor in monitors {
        let part = monitor.area.common(window);
        if part > best.map_or(0, |(_, most)| most) {
            best = Some((monitor, part));
        }
    }
    best.map(|(monitor, _)| monitor)
        .or_else(|| monitors.iter().find(|monitor| monitor.primary))
        .or_else(|| monitors.first())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn area(x: i32, y: i32, width: u32, height: u32) -> Area {
        Area {
            x,
            y,
            width,
            height,
        }
    }

    fn monitors() -> Vec<Monitor> {
        // The second is the primary one and stands left of the first.
        let mut left = Monitor::unknown("LEFT", 1);
        left.area = area(-1920, 0, 1920, 1080);
        left.primary = true;
        let mut right = Monitor::unknown("RIGHT", 0);
        right.area = area(0, 0, 1280, 1024);
        vec![right, left]
    }

    fn name(window: Area) -> String {
        monitor_for(&monitors(), window).unwrap().name.clone()
    }

    #[test]
    fn the_larger_part_decides() {
        assert_eq!(name(area(10, 10, 100, 100)), "RIGHT");
        assert_eq!(name(area(-100, 10, 100, 100)), "LEFT");
        assert_eq!(name(area(-51, 10, 100, 100)), "LEFT");
        assert_eq!(name(area(-49, 10, 100, 100)), "RIGHT");
        assert_eq!(
            name(area(-50, 10, 100, 100)),
            "RIGHT",
            "the first of equals"
        );
        // Wider than one of them, and partly outside of both.
        assert_eq!(name(area(-500, 900, 1500, 700)), "RIGHT");
    }

    #[test]
    fn a_window_on_none_is_on_the_primary_one() {
        assert_eq!(name(area(5000, 5000, 10, 10)), "LEFT");
        assert_eq!(name(area(0, 0, 0, 0)), "LEFT");
        assert_eq!(monitor_for(&[], area(0, 0, 1, 1)), None);
        assert_eq!(name(area(i32::MIN, i32::MIN, u32::MAX, u32::MAX)), "LEFT");
    }
}
