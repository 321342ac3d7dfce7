// SPDX-License-Identifier: GPL-3.0-or-later
//! Names and fields of guest events, so that a front end can print any of them.

use std::borrow::Cow;

use super::domain::{DomainEvent, GraphicsAddress};
use super::{Field, field};
use crate::params::ParamValue;

impl DomainEvent {
    /// virsh's name of the event (`virsh event --list`).
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lifecycle { .. } => "lifecycle",
            Self::Reboot => "reboot",
            Self::RtcChange { .. } => "rtc-change",
            Self::Watchdog { .. } => "watchdog",
            Self::IoError { .. } => "io-error",
            Self::Graphics { .. } => "graphics",
            Self::IoErrorReason { .. } => "io-error-reason",
            Self::ControlError => "control-error",
            Self::BlockJob { .. } => "block-job",
            Self::DiskChange { .. } => "disk-change",
            Self::TrayChange { .. } => "tray-change",
            Self::PmWakeup => "pm-wakeup",
            Self::PmSuspend => "pm-suspend",
            Self::BalloonChange { .. } => "balloon-change",
            Self::PmSuspendDisk => "pm-suspend-disk",
            Self::DeviceRemoved { .. } => "device-removed",
            Self::BlockJob2 { .. } => "block-job-2",
            Self::Tunable { .. } => "tunable",
            Self::AgentLifecycle { .. } => "agent-lifecycle",
            Self::DeviceAdded { .. } => "device-added",
            Self::MigrationIteration { .. } => "migration-iteration",
            Self::JobCompleted { .. } => "job-completed",
            Self::DeviceRemovalFailed { .. } => "device-removal-failed",
            Self::MetadataChange { .. } => "metadata-change",
            Self::BlockThreshold { .. } => "block-threshold",
            Self::MemoryFailure { .. } => "memory-failure",
            Self::MemoryDeviceSizeChange { .. } => "memory-device-size-change",
            Self::NicMacChange { .. } => "nic-mac-change",
            Self::VcpuRemoved { .. } => "vcpu-removed",
            Self::ChannelLifecycle { .. } => "channel-lifecycle",
        }
    }

    /// What the event says, in a stable order. A value that libvirt left out has no field.
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::Reboot
            | Self::ControlError
            | Self::PmWakeup
            | Self::PmSuspend
            | Self::PmSuspendDisk => Vec::new(),
            Self::Lifecycle { kind, detail } => {
                vec![field("kind", kind.as_str()), field("detail", *detail)]
            }
            Self::RtcChange { utc_offset } => vec![field("utc_offset", *utc_offset)],
            Self::Watchdog { action } => vec![field("action", *action)],
            Self::BalloonChange { actual_kib } => vec![field("actual_kib", *actual_kib)],
            Self::Tunable { params } | Self::JobCompleted { params } => of_params(params),
            Self::AgentLifecycle { state, reason } => {
                vec![field("state", *state), field("reason", *reason)]
            }
            Self::ChannelLifecycle {
                channel,
                state,
                reason,
            } => vec![
                field("channel", channel),
                field("state", *state),
                field("reason", *reason),
            ],
            Self::MigrationIteration { iteration } => vec![field("iteration", *iteration)],
            Self::MetadataChange { kind, uri } => {
                let mut fields = vec![field("kind", *kind)];
                fields.extend(uri.iter().map(|uri| field("uri", uri)));
                fields
            }
            Self::MemoryFailure {
                recipient,
                action,
                action_required,
                recursive,
            } => vec![
                field("recipient", *recipient),
                field("action", *action),
                field("action_required", *action_required),
                field("recursive", *recursive),
            ],
            Self::VcpuRemoved { vcpu } => vec![field("vcpu", *vcpu)],
            Self::Graphics {
                phase,
                local,
                remote,
                auth_scheme,
                identities,
            } => of_graphics(phase, local, remote, auth_scheme, identities),
            _ => self.device_fields(),
        }
    }

    /// The fields of the events about one device or disk.
    fn device_fields(&self) -> Vec<Field> {
        match self {
            Self::IoError {
                path,
                device,
                action,
            } => of_io_error(path, device, action),
            Self::IoErrorReason {
                path,
                device,
                action,
                reason,
            } => {
                let mut fields = of_io_error(path, device, action);
                fields.push(field("reason", reason));
                fields
            }
            Self::BlockJob { disk, job, status } | Self::BlockJob2 { disk, job, status } => vec![
                field("disk", disk),
                field("job", *job),
                field("status", *status),
            ],
            Self::DiskChange {
                old_path,
                new_path,
                device,
                reason,
            } => {
                let mut fields = vec![field("device", device), field("reason", *reason)];
                fields.extend(old_path.iter().map(|path| field("old_path", path)));
                fields.extend(new_path.iter().map(|path| field("new_path", path)));
                fields
            }
            Self::TrayChange { device, reason } => {
                vec![field("device", device), field("reason", *reason)]
            }
            Self::DeviceRemoved { device }
            | Self::DeviceAdded { device }
            | Self::DeviceRemovalFailed { device } => vec![field("device", device)],
            Self::BlockThreshold {
                device,
                path,
                threshold,
                excess,
            } => {
                let mut fields = vec![field("device", device)];
                fields.extend(path.iter().map(|path| field("path", path)));
                fields.push(field("threshold", *threshold));
                fields.push(field("excess", *excess));
                fields
            }
            Self::MemoryDeviceSizeChange { device, size_kib } => {
                vec![field("device", device), field("size_kib", *size_kib)]
            }
            Self::NicMacChange {
                device,
                old_mac,
                new_mac,
            } => vec![
                field("device", device),
                field("old_mac", old_mac),
                field("new_mac", new_mac),
            ],
            _ => Vec::new(),
        }
    }
}

fn of_io_error(path: &str, device: &str, action: &str) -> Vec<Field> {
    vec![
        field("path", path),
        field("device", device),
        field("action", action),
    ]
}

fn of_params(params: &[(String, ParamValue)]) -> Vec<Field> {
    params
        .iter()
        .map(|(name, value)| (Cow::Owned(name.clone()), value.into()))
        .collect()
}

fn of_graphics(
    phase: &str,
    local: &GraphicsAddress,
    remote: &GraphicsAddress,
    auth_scheme: &str,
    identities: &[(String, String)],
) -> Vec<Field> {
    let mut fields = vec![
        field("phase", phase),
        field("local_family", local.family),
        field("local_node", &local.node),
        field("local_service", &local.service),
        field("remote_family", remote.family),
        field("remote_node", &remote.node),
        field("remote_service", &remote.service),
        field("auth_scheme", auth_scheme),
    ];
    fields.extend(
        identities
            .iter()
            .map(|(kind, name)| (Cow::Owned(format!("identity_{kind}")), name.into())),
    );
    fields
}
