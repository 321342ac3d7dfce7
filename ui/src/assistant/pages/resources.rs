// SPDX-License-Identifier: GPL-3.0-or-later
//! Memory and processors against what the host has; below, what few need.

use oriel::guest::create::{Network, Offers, VirtType};
use oriel::model::host::Kvm;
use oriel_ui_kit::i18n::{gettext, said};
use oriel_ui_kit::rows::{SliderRow, switch_row};
use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use crate::assistant::messages::AssistantMsg;
use crate::assistant::proposals::MIB;
use crate::assistant::{proposals, rows, words};

/// The page.
#[derive(Debug)]
pub struct ResourcesPage {
    /// Its widget.
    pub page: adw::PreferencesPage,
    memory: SliderRow,
    processors: SliderRow,
    network: adw::ComboRow,
    networks: Vec<Option<Network>>,
    kind: adw::ComboRow,
    with_shares: (adw::ActionRow, gtk::Switch),
    shares: SliderRow,
    with_limit: (adw::ActionRow, gtk::Switch),
    limit: SliderRow,
    offers: Option<Offers>,
}

impl ResourcesPage {
    /// Makes it.
    pub fn new(out: &Sender<AssistantMsg>) -> Self {
        let slider = |title: &str, unit: &str, step: f64, page: f64| {
            let adjustment = gtk::Adjustment::new(1.0, 1.0, 1.0, step, page, 0.0);
            let out = out.clone();
            adjustment.connect_value_changed(move |_| out.emit(AssistantMsg::Edited));
            SliderRow::new(title, unit, &adjustment)
        };
        let switch = |title: &str, subtitle: &str| {
            let (row, switch) = switch_row(title, subtitle);
            let out = out.clone();
            switch.connect_active_notify(move |_| out.emit(AssistantMsg::Edited));
            (row, switch)
        };
        let memory = slider(&gettext("Memory"), "MiB", 256.0, 1024.0);
        let processors = slider(&gettext("Processors"), "", 1.0, 1.0);
        let network = rows::list(&gettext("Network"));
        let kind = rows::list(&gettext("Virtualization"));
        let with_shares = switch(
            &gettext("Set CPU Shares"),
            &gettext("Share of CPU time when all virtual machines are busy"),
        );
        let shares = slider(&gettext("CPU Shares"), "", 16.0, 256.0);
        let with_limit = switch(
            &gettext("Host Memory Limit"),
            &gettext("Maximum host memory, including overhead"),
        );
        let limit = slider(&gettext("Memory Limit"), "MiB", 256.0, 1024.0);

        let page = adw::PreferencesPage::new();
        let main = rows::group("", "");
        main.add(&memory.row);
        main.add(&processors.row);
        let expander = adw::ExpanderRow::builder()
            .title(gettext("Advanced"))
            .subtitle(gettext("Network, virtualization, limits"))
            .build();
        expander.add_row(&network);
        expander.add_row(&kind);
        expander.add_row(&with_shares.0);
        expander.add_row(&shares.row);
        expander.add_row(&with_limit.0);
        expander.add_row(&limit.row);
        let more = rows::group("", "");
        more.add(&expander);
        page.add(&main);
        page.add(&more);
        Self {
            page,
            memory,
            processors,
            network,
            networks: Vec::new(),
            kind,
            with_shares,
            shares,
            with_limit,
            limit,
            offers: None,
        }
    }

    /// Takes over what the host has, and proposes what fits it.
    pub fn set_offers(&mut self, offers: &Offers) {
        let (least, proposed, most) = proposals::memory_range(offers);
        set_range(&self.memory, least, most);
        self.memory.adjustment.set_value(number(proposed));
        let (proposed, most) = proposals::processor_range(offers);
        set_range(&self.processors, 1, u64::from(most));
        self.processors.adjustment.set_value(f64::from(proposed));
        let named = offers.networks.iter().cloned().map(Network::Named);
        let others = named
            .chain([Network::User, Network::None])
            .filter(|network| *network != offers.usual_network);
        let networks: Vec<_> = std::iter::once(None).chain(others.map(Some)).collect();
        let texts: Vec<_> = networks
            .iter()
            .map(|one| words::network_text(one.as_ref().unwrap_or(&offers.usual_network)))
            .collect();
        rows::fill(&self.network, &texts);
        self.networks = networks;
        self.kind.set_visible(offers.qemu);
        self.kind.set_subtitle(&words::kvm_text(offers.kvm));
        let emulation = gettext("Emulation");
        if offers.kvm == Kvm::Real {
            rows::fill(&self.kind, &[gettext("Automatic"), emulation]);
        } else {
            // There is nothing to choose.
            rows::fill(&self.kind, &[emulation]);
        }
        let (least, most) = offers.cpu_shares;
        set_range(&self.shares, least, most);
        self.shares
            .adjustment
            .set_value(number(proposals::usual_shares(offers)));
        for (row, switch) in [&self.with_shares, &self.with_limit] {
            row.set_sensitive(offers.no_limits.is_none());
            if let Some(why) = &offers.no_limits {
                row.set_subtitle(&said(why));
                switch.set_active(false);
            }
        }
        self.offers = Some(offers.clone());
        self.refresh();
    }

    /// Says what the values mean, and keeps the limit above the memory.
    pub fn refresh(&self) {
        let Some(offers) = &self.offers else { return };
        let memory = self.memory_mib();
        self.memory.say(&words::memory_line(memory, offers));
        self.processors
            .say(&words::processor_line(self.processors(), offers));
        let limited = self.with_limit.1.is_active();
        self.shares.row.set_visible(self.with_shares.1.is_active());
        self.limit.row.set_visible(limited);
        let most = (offers.memory_kib / MIB).max(memory);
        set_range(&self.limit, memory, most);
    }

    /// The memory in MiB.
    pub fn memory_mib(&self) -> u64 {
        whole(&self.memory)
    }

    /// The number of processors.
    pub fn processors(&self) -> u32 {
        u32::try_from(whole(&self.processors)).unwrap_or(1)
    }

    /// The CPU shares, if they are set.
    pub fn cpu_shares(&self) -> Option<u64> {
        let (row, switch) = &self.with_shares;
        (row.is_sensitive() && switch.is_active()).then(|| whole(&self.shares))
    }

    /// The memory limit in MiB, if there is one.
    pub fn limit_mib(&self) -> Option<u64> {
        let (row, switch) = &self.with_limit;
        (row.is_sensitive() && switch.is_active()).then(|| whole(&self.limit))
    }

    /// The chosen network; `None` for the usual one.
    pub fn network(&self) -> Option<Network> {
        let at = usize::try_from(self.network.selected()).ok()?;
        self.networks.get(at).cloned().flatten()
    }

    /// The kind of virtualisation, if one was chosen.
    pub fn virt_type(&self) -> Option<VirtType> {
        let emulated = self.kind.selected() == 1;
        emulated.then_some(VirtType::Qemu)
    }

    /// Goes to the memory.
    pub fn focus(&self) {
        self.memory.scale.grab_focus();
    }
}

fn set_range(slider: &SliderRow, least: u64, most: u64) {
    let (least, most) = (number(least), number(most.max(least)));
    let adjustment = &slider.adjustment;
    if (adjustment.lower(), adjustment.upper()) != (least, most) {
        adjustment.set_lower(least);
        adjustment.set_upper(most);
        adjustment.set_value(adjustment.value().clamp(least, most));
        slider.row.set_sensitive(least < most);
    }
}

/// A number for a slider: exact up to 2^53, which no memory in MiB reaches.
#[allow(clippy::cast_precision_loss, reason = "no such number is that large")]
fn number(value: u64) -> f64 {
    value as f64
}

/// A slider's value.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the ranges begin at 0 or more, and are small"
)]
fn whole(slider: &SliderRow) -> u64 {
    slider.adjustment.value().round() as u64
}
