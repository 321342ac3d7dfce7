// SPDX-License-Identifier: GPL-3.0-or-later
//! What of a window's tree can be seen.
//!
//! GTK 4.8 tells only whether a widget is meant to be visible: the pages of a stack that are not
//! in front, and the folded part of a leaflet, are in the tree like those that are. Such a part was
//! either never given a size, or lies where another one lies now; then the window is asked what
//! is at some points there.

use std::collections::HashSet;

use zbus::Connection;

use super::bus::{COMPONENT, OF_THE_WINDOW, Reference, call};
use super::is_newer_gtk;
use super::tree::{Element, State};

/// How many points are asked for.
const POINTS: usize = 12;

/// How far something must reach into the window to be in it.
const EDGE: i32 = 4;

/// Marks what shows in each window of a program.
pub async fn mark(connection: &Connection, program: &mut Element) {
    program.showing = true;
    for window in &mut program.children {
        let object = window.reference.clone();
        let mut sight = Sight {
            connection,
            window: object,
            size: window.extents,
        };
        sight.mark(window).await;
    }
}

struct Sight<'a> {
    connection: &'a Connection,
    window: Reference,
    size: [i32; 4],
}

impl Sight<'_> {
    async fn mark(&mut self, element: &mut Element) {
        let [x, _, width, height] = element.extents;
        // The folded part of a leaflet may wait beside the window. Below it things scroll.
        let beside = x + width <= EDGE || x >= self.size[2] - EDGE;
        let sized = width > 0 && height > 0;
        element.showing = element.is(State::Visible) && sized && !beside;
        if is_newer_gtk() {
            element.showing &= element.is(State::Showing);
        }
        if !element.showing {
            return;
        }
        // Newer ones tell what is in front, and don't find what is at a point.
        let hidden = if is_newer_gtk() {
            HashSet::new()
        } else {
            self.covered(&element.children).await
        };
        for (place, child) in element.children.iter_mut().enumerate() {
            if !hidden.contains(&place) {
                Box::pin(self.mark(child)).await;
            }
        }
    }

    /// Which of these siblings lie where another one does, and are not in front of it anywhere.
    async fn covered(&self, siblings: &[Element]) -> HashSet<usize> {
        let mut hidden = HashSet::new();
        for (place, one) in siblings.iter().enumerate() {
            let mut others = siblings.iter().enumerate();
            let shares = others.any(|(other, it)| other != place && overlap(one, it));
            if shares && self.is_covered(one).await {
                hidden.insert(place);
            }
        }
        hidden
    }

    async fn is_covered(&self, element: &Element) -> bool {
        let within: HashSet<_> = element
            .all()
            .into_iter()
            .map(|one| &one.reference)
            .collect();
        let mut seen_others = false;
        for (x, y) in self.points(element) {
            let at = (x, y, OF_THE_WINDOW);
            let method = "GetAccessibleAtPoint";
            let found: Result<Reference, _> =
                call(self.connection, &self.window, COMPONENT, method, &at).await;
            match found {
                Ok(found) if within.contains(&found) => return false,
                Ok(found) if !found.owner.is_empty() => seen_others = true,
                _ => {}
            }
        }
        seen_others
    }

    /// Points in the window where something of the element should be.
    fn points(&self, element: &Element) -> Vec<(i32, i32)> {
        let all = element.all();
        let leaves = all.into_iter().filter(|one| one.children.is_empty());
        let middles = leaves.filter_map(|one| {
            let [x, y, width, height] = one.extents;
            let (x, y) = (x + width / 2, y + height / 2);
            let inside = (0..self.size[2]).contains(&x) && (0..self.size[3]).contains(&y);
            (inside && width > 0 && height > 0).then_some((x, y))
        });
        middles.take(POINTS).collect()
    }
}

/// Whether two elements have their place in common, as pages of a stack do, which may have their
/// sizes of different times. A popover has not, beside its button; the window could not look into
/// it.
fn overlap(one: &Element, other: &Element) -> bool {
    let area = |[_, _, width, height]: [i32; 4]| i64::from(width.max(0)) * i64::from(height.max(0));
    let (a, b) = (one.extents, other.extents);
    if area(a) == 0 || area(b) == 0 {
        return false;
    }
    if a[..2] == b[..2] {
        return true;
    }
    let (left, top) = (a[0].max(b[0]), a[1].max(b[1]));
    let (right, bottom) = (
        (a[0] + a[2]).min(b[0] + b[2]),
        (a[1] + a[3]).min(b[1] + b[3]),
    );
    let common = area([left, top, right - left, bottom - top]);
    common > 0 && common * 2 > area(a).max(area(b))
}
