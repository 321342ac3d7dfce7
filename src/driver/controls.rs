// SPDX-License-Identifier: GPL-3.0-or-later
//! Resource controls of a guest, as libvirt has them: numbers by name, in groups that have a call
//! each.

use libvirt_ext::ParamValue;
use virt::sys;

use super::{Answer, Domain, Layer};
use crate::model::control::{Control, ControlValue, Group, Period};

/// The live values of a group, by libvirt's names; what is no number has none.
pub(crate) type Live = Vec<(String, Option<u64>)>;

impl Layer {
    fn flags(self) -> u32 {
        match self {
            Self::Live => sys::VIR_DOMAIN_AFFECT_LIVE,
            Self::Config => sys::VIR_DOMAIN_AFFECT_CONFIG,
        }
    }
}

impl Domain {
    /// The values that libvirt has for the running guest.
    pub(crate) fn live_controls(&self, group: Group) -> Answer<Live> {
        let flags = Layer::Live.flags();
        let values = match group {
            Group::Scheduler => libvirt_ext::domain::scheduler_parameters(&self.0, flags)?,
            Group::Memory => libvirt_ext::domain::memory_parameters(&self.0, flags)?,
        };
        let plain = |(name, value): (String, ParamValue)| (name, value.as_u64());
        Ok(values.into_iter().map(plain).collect())
    }

    /// Sets the period that a quota is a part of, to libvirt's usual one.
    pub(crate) fn set_period(&self, group: Group, period: &Period, layer: Layer) -> Answer<()> {
        let value = ParamValue::ULLong(Period::USUAL);
        self.set_parameter(group, period.parameter, &value, layer)
    }

    /// Sets one control.
    pub(crate) fn set_control(
        &self,
        control: &Control,
        value: ControlValue,
        layer: Layer,
    ) -> Answer<()> {
        let value = match value {
            ControlValue::Unsigned(value) => ParamValue::ULLong(value),
            ControlValue::Signed(value) => ParamValue::LLong(value),
        };
        self.set_parameter(control.group, control.parameter, &value, layer)
    }

    /// The call (`virDomainSetSchedulerParametersFlags`, `virDomainSetMemoryParameters`).
    fn set_parameter(
        &self,
        group: Group,
        name: &str,
        value: &ParamValue,
        layer: Layer,
    ) -> Answer<()> {
        let set = match group {
            Group::Scheduler => libvirt_ext::domain::set_scheduler_parameter,
            Group::Memory => libvirt_ext::domain::set_memory_parameter,
        };
        Ok(set(&self.0, name, value, layer.flags())?)
    }
}
