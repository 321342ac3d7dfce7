// SPDX-License-Identifier: GPL-3.0-or-later
//! What the compositor's events say, put together.

use std::collections::BTreeMap;

use wayland_client::protocol::wl_callback::{self, WlCallback};
use wayland_client::protocol::wl_display::WlDisplay;
use wayland_client::protocol::wl_output::{self, WlOutput};
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::{Connection, Dispatch, Proxy, QueueHandle, WEnum, delegate_noop};
use wayland_protocols::wp::color_management::v1::client::wp_color_management_output_v1::{
    self, WpColorManagementOutputV1,
};
use wayland_protocols::wp::color_management::v1::client::wp_color_manager_v1::WpColorManagerV1;
use wayland_protocols::wp::color_management::v1::client::wp_image_description_info_v1::{
    self, WpImageDescriptionInfoV1,
};
use wayland_protocols::wp::color_management::v1::client::wp_image_description_v1::{
    self, WpImageDescriptionV1,
};
use wayland_protocols::xdg::xdg_output::zv1::client::zxdg_output_manager_v1::ZxdgOutputManagerV1;
use wayland_protocols::xdg::xdg_output::zv1::client::zxdg_output_v1::{self, ZxdgOutputV1};

use super::Output;
use super::description::Description;
use crate::monitor::area::Area;
use crate::monitor::policy::Compositor;

/// An output as far as it is known.
struct Known {
    proxy: WlOutput,
    colours: Option<WpColorManagementOutputV1>,
    logical: Option<ZxdgOutputV1>,
    /// Where it lies by [`ZxdgOutputV1`], which toolkits go by.
    place: Option<(i32, i32)>,
    extent: Option<(u32, u32)>,
    name: Option<String>,
    position: (i32, i32),
    millimetres: (u32, u32),
    /// In pixels, as the monitor itself counts them.
    size: (u32, u32),
    turned: bool,
    scale: u32,
    /// The description that was asked for last: an older one's events say nothing any more.
    asked: Option<WpImageDescriptionV1>,
    description: Description,
    does: Option<Compositor>,
}

impl Known {
    fn area(&self) -> Area {
        if let (Some((x, y)), Some((width, height))) = (self.place, self.extent) {
            return Area {
                x,
                y,
                width,
                height,
            };
        }
        let (width, height) = if self.turned {
            (self.size.1, self.size.0)
        } else {
            self.size
        };
        let scale = self.scale.max(1);
        Area {
            x: self.position.0,
            y: self.position.1,
            width: width / scale,
            height: height / scale,
        }
    }
}

/// All that the compositor has said. Outputs go by the numbers of their globals.
pub(super) struct State {
    queue: QueueHandle<Self>,
    display: WlDisplay,
    manager: Option<WpColorManagerV1>,
    places: Option<ZxdgOutputManagerV1>,
    outputs: BTreeMap<u32, Known>,
    /// How often it has answered that all before was done: once for what there is, once for
    /// what that is.
    answered: u32,
    /// Whether all outputs were known once.
    complete: bool,
}

impl State {
    pub(super) fn new(display: &WlDisplay, queue: QueueHandle<Self>) -> Self {
        display.get_registry(&queue, ());
        display.sync(&queue, ());
        Self {
            queue,
            display: display.clone(),
            manager: None,
            places: None,
            outputs: BTreeMap::new(),
            answered: 0,
            complete: false,
        }
    }

    /// What is known of all outputs, once it is. From then on one that is plugged in is left out
    /// until it is known, too, and holds up no news of the others.
    pub(super) fn outputs(&mut self) -> Option<BTreeMap<String, Output>> {
        let is_known = |known: &Known| self.manager.is_none() || known.does.is_some();
        self.complete |= self.answered >= 2 && self.outputs.values().all(is_known);
        if !self.complete {
            return None;
        }
        let known = self.outputs.iter().filter(|(_, known)| is_known(known));
        let told = known.map(|(global, known)| {
            // Old compositors name no connectors.
            let name = known.name.clone();
            let output = Output {
                area: known.area(),
                millimetres: known.millimetres,
                // Without the protocol nothing is converted.
                does: known.does.unwrap_or(Compositor::PassesThrough),
            };
            (name.unwrap_or_else(|| format!("output-{global}")), output)
        });
        Some(told.collect())
    }

    /// Asks for all that an output's own events do not say.
    fn ask(&mut self, global: u32) {
        if let (Some(places), Some(known)) = (&self.places, self.outputs.get_mut(&global)) {
            known.logical = Some(places.get_xdg_output(&known.proxy, &self.queue, global));
        }
        self.ask_colours(global);
    }

    /// Asks for an output's image description, or asks again.
    fn ask_colours(&mut self, global: u32) {
        let Some(manager) = &self.manager else { return };
        let Some(known) = self.outputs.get_mut(&global) else {
            return;
        };
        let colours = known
            .colours
            .get_or_insert_with(|| manager.get_output(&known.proxy, &self.queue, global));
        let description = colours.get_image_description(&self.queue, global);
        if let Some(old) = known.asked.replace(description) {
            old.destroy();
        }
        known.description = Description::default();
    }

    fn remove(&mut self, global: u32) {
        let Some(known) = self.outputs.remove(&global) else {
            return;
        };
        if let Some(description) = known.asked {
            description.destroy();
        }
        if let Some(colours) = known.colours {
            colours.destroy();
        }
        if let Some(logical) = known.logical {
            logical.destroy();
        }
        if known.proxy.version() >= 3 {
            known.proxy.release();
        }
    }
}

impl Dispatch<WlRegistry, ()> for State {
    fn event(
        state: &mut Self,
        registry: &WlRegistry,
        event: wl_registry::Event,
        (): &(),
        _: &Connection,
        queue: &QueueHandle<Self>,
    ) {
        match event {
            wl_registry::Event::Global {
                name,
                interface,
                version,
            } if interface == WlOutput::interface().name => {
                let known = Known {
                    proxy: registry.bind(name, version.min(4), queue, name),
                    colours: None,
                    logical: None,
                    place: None,
                    extent: None,
                    name: None,
                    position: (0, 0),
                    millimetres: (0, 0),
                    size: (0, 0),
                    turned: false,
                    scale: 1,
                    asked: None,
                    description: Description::default(),
                    does: None,
                };
                state.outputs.insert(name, known);
                // One that comes before the first answer is asked for after it.
                if state.answered > 0 {
                    state.ask(name);
                }
            }
            wl_registry::Event::Global {
                name, interface, ..
            } if interface == WpColorManagerV1::interface().name => {
                state.manager = Some(registry.bind(name, 1, queue, ()));
            }
            wl_registry::Event::Global {
                name,
                interface,
                version,
            } if interface == ZxdgOutputManagerV1::interface().name => {
                state.places = Some(registry.bind(name, version.min(3), queue, ()));
            }
            wl_registry::Event::GlobalRemove { name } => state.remove(name),
            _ => {}
        }
    }
}

impl Dispatch<WlCallback, ()> for State {
    fn event(
        state: &mut Self,
        _: &WlCallback,
        _: wl_callback::Event,
        (): &(),
        _: &Connection,
        queue: &QueueHandle<Self>,
    ) {
        state.answered += 1;
        if state.answered == 1 {
            for global in state.outputs.keys().copied().collect::<Vec<_>>() {
                state.ask(global);
            }
            state.display.sync(queue, ());
        }
    }
}

impl Dispatch<WlOutput, u32> for State {
    fn event(
        state: &mut Self,
        _: &WlOutput,
        event: wl_output::Event,
        global: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(known) = state.outputs.get_mut(global) else {
            return;
        };
        match event {
            wl_output::Event::Geometry {
                x,
                y,
                physical_width,
                physical_height,
                transform,
                ..
            } => {
                use wl_output::Transform;
                known.position = (x, y);
                let millimetres = |side: i32| u32::try_from(side).unwrap_or_default();
                known.millimetres = (millimetres(physical_width), millimetres(physical_height));
                known.turned = matches!(
                    transform,
                    WEnum::Value(
                        Transform::_90
                            | Transform::_270
                            | Transform::Flipped90
                            | Transform::Flipped270
                    )
                );
            }
            wl_output::Event::Mode {
                flags: WEnum::Value(flags),
                width,
                height,
                ..
            } if flags.contains(wl_output::Mode::Current) => {
                let pixels = |side: i32| u32::try_from(side).unwrap_or_default();
                known.size = (pixels(width), pixels(height));
            }
            wl_output::Event::Scale { factor } => {
                known.scale = u32::try_from(factor).unwrap_or(1);
            }
            wl_output::Event::Name { name } => known.name = Some(name),
            _ => {}
        }
    }
}

// The one has no events, and the other tells what surfaces may ask of it: we ask nothing.
delegate_noop!(State: ignore ZxdgOutputManagerV1);
delegate_noop!(State: ignore WpColorManagerV1);

impl Dispatch<ZxdgOutputV1, u32> for State {
    fn event(
        state: &mut Self,
        _: &ZxdgOutputV1,
        event: zxdg_output_v1::Event,
        global: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(known) = state.outputs.get_mut(global) else {
            return;
        };
        match event {
            zxdg_output_v1::Event::LogicalPosition { x, y } => known.place = Some((x, y)),
            zxdg_output_v1::Event::LogicalSize { width, height } => {
                let units = |side: i32| u32::try_from(side).unwrap_or_default();
                known.extent = Some((units(width), units(height)));
            }
            zxdg_output_v1::Event::Name { name } => known.name = Some(name),
            _ => {}
        }
    }
}

impl Dispatch<WpColorManagementOutputV1, u32> for State {
    fn event(
        state: &mut Self,
        _: &WpColorManagementOutputV1,
        event: wp_color_management_output_v1::Event,
        global: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if matches!(
            event,
            wp_color_management_output_v1::Event::ImageDescriptionChanged
        ) {
            state.ask_colours(*global);
        }
    }
}

impl Dispatch<WpImageDescriptionV1, u32> for State {
    fn event(
        state: &mut Self,
        description: &WpImageDescriptionV1,
        event: wp_image_description_v1::Event,
        global: &u32,
        _: &Connection,
        queue: &QueueHandle<Self>,
    ) {
        let Some(known) = state.outputs.get_mut(global) else {
            return;
        };
        if known.asked.as_ref() != Some(description) {
            return;
        }
        match event {
            wp_image_description_v1::Event::Failed { .. } => {
                known.does = Some(Compositor::Unknown);
            }
            wp_image_description_v1::Event::Ready { .. }
            | wp_image_description_v1::Event::Ready2 { .. } => {
                let asked = (*global, description.clone());
                description.get_information(queue, asked);
            }
            _ => {}
        }
    }
}

impl Dispatch<WpImageDescriptionInfoV1, (u32, WpImageDescriptionV1)> for State {
    fn event(
        state: &mut Self,
        _: &WpImageDescriptionInfoV1,
        event: wp_image_description_info_v1::Event,
        (global, description): &(u32, WpImageDescriptionV1),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(known) = state.outputs.get_mut(global) else {
            return;
        };
        if known.asked.as_ref() == Some(description) && known.description.add(&event) {
            known.does = Some(known.description.says());
        }
    }
}
