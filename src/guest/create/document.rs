// SPDX-License-Identifier: GPL-3.0-or-later
//! The documents of a new guest and its disk. New text, so it may be written whole; everything
//! that comes from a person is escaped.

use std::fmt::Write as _;

use uuid::Uuid;

use super::plan::{CreateRequest, DiskPlan, InstallSource, Network};
use crate::guest::install;
use crate::model::error::Result;
use crate::model::host::Host;
use crate::xml::{escape_attribute, escape_text};

/// What a guest's document is made from.
pub(super) struct Facts<'a> {
    pub host: &'a Host,
    pub request: &'a CreateRequest,
    pub uuid: Uuid,
    pub virt_type: &'a str,
    pub network: &'a Network,
    pub disk: Option<&'a DiskPlan>,
    /// Where the agent's socket goes; `None` leaves it to libvirt.
    pub agent_socket: Option<&'a str>,
}

/// The document of a volume: qcow2, with LUKS inside if there is a secret.
pub(super) fn volume(name: &str, bytes: u64, secret: Option<Uuid>) -> Result<String> {
    let encryption = secret.map_or_else(String::new, |secret| {
        format!(
            "    <encryption format='luks'>\n      <secret type='passphrase' uuid='{secret}'/>\n    \
             </encryption>\n"
        )
    });
    Ok(format!(
        "<volume>\n  <name>{}</name>\n  <capacity unit='bytes'>{bytes}</capacity>\n  \
         <target>\n    <format type='qcow2'/>\n{encryption}  </target>\n</volume>\n",
        escape_text(name)?
    ))
}

/// The document of a guest as a modern system expects it: q35, virtio throughout, a random number
/// source, a balloon that reports, an agent channel, a tablet and a serial console.
pub(super) fn domain(facts: &Facts<'_>) -> Result<String> {
    let request = facts.request;
    let mut xml = String::with_capacity(4096);
    let _ = write!(
        xml,
        "<domain type='{kind}'>\n  <name>{name}</name>\n  <uuid>{uuid}</uuid>\n  \
         <memory unit='KiB'>{memory}</memory>\n",
        kind = escape_attribute(facts.virt_type)?,
        name = escape_text(&request.name)?,
        uuid = facts.uuid,
        memory = request.memory_kib,
    );
    if let Some((kernel, initrd, cmdline)) = installer(facts) {
        xml.push_str(&install::metadata(kernel, initrd, cmdline)?);
    }
    if let Some(limit) = request.memory_limit_kib {
        let _ = write!(
            xml,
            "  <memtune>\n    <hard_limit unit='KiB'>{limit}</hard_limit>\n  </memtune>\n"
        );
    }
    let _ = writeln!(xml, "  <vcpu>{}</vcpu>", request.vcpus);
    if let Some(shares) = request.cpu_shares {
        let _ = write!(
            xml,
            "  <cputune>\n    <shares>{shares}</shares>\n  </cputune>\n"
        );
    }
    boot(&mut xml, facts)?;
    if facts.host.is_qemu() {
        let cpu = if facts.virt_type == "kvm" {
            "host-passthrough"
        } else {
            "maximum"
        };
        let _ = write!(
            xml,
            "  <features>\n    <acpi/>\n    <apic/>\n  </features>\n  <cpu mode='{cpu}'/>\n  \
             <clock offset='utc'/>\n"
        );
    }
    // libvirt itself could not start an encrypted guest again: it has no passphrase then.
    xml.push_str(
        "  <on_poweroff>destroy</on_poweroff>\n  <on_reboot>restart</on_reboot>\n  \
         <on_crash>destroy</on_crash>\n  <devices>\n",
    );
    disk(&mut xml, facts)?;
    if let InstallSource::Cdrom(path) = &request.source {
        let _ = write!(
            xml,
            "    <disk type='file' device='cdrom'>\n      <driver name='qemu' type='raw'/>\n      \
             <source file='{}'/>\n      <target dev='sda' bus='sata'/>\n      <readonly/>\n    \
             </disk>\n",
            escape_attribute(&path.to_string_lossy())?
        );
    }
    network(&mut xml, facts.network)?;
    if facts.host.is_qemu() {
        let socket = match facts.agent_socket {
            Some(path) => format!(
                "      <source mode='bind' path='{}'/>\n",
                escape_attribute(path)?
            ),
            None => String::new(),
        };
        xml.push_str(&DEVICES.replace("AGENT-SOCKET\n", &socket));
    }
    xml.push_str("  </devices>\n</domain>\n");
    Ok(xml)
}

const DEVICES: &str = "    <serial type='pty'/>
    <console type='pty'/>
    <channel type='unix'>
AGENT-SOCKET
      <target type='virtio' name='org.qemu.guest_agent.0'/>
    </channel>
    <input type='tablet' bus='usb'/>
    <graphics type='vnc'>
      <listen type='socket'/>
    </graphics>
    <video>
      <model type='virtio'/>
    </video>
    <memballoon model='virtio'>
      <stats period='5'/>
    </memballoon>
    <rng model='virtio'>
      <backend model='random'>/dev/urandom</backend>
    </rng>
";

/// The kernel, the first file system and the command line of an installer that the first start boots
/// and later ones do not.
fn installer<'a>(facts: &'a Facts<'_>) -> Option<(&'a str, &'a str, &'a str)> {
    match &facts.request.source {
        InstallSource::Kernel {
            kernel,
            initrd,
            cmdline,
            keep: false,
        } if facts.disk.is_some() => Some((kernel.to_str()?, initrd.to_str()?, cmdline)),
        _ => None,
    }
}

fn boot(xml: &mut String, facts: &Facts<'_>) -> Result<()> {
    let machine = if facts.host.is_qemu() && facts.host.arch == "x86_64" {
        " machine='q35'"
    } else {
        ""
    };
    let _ = write!(
        xml,
        "  <os>\n    <type arch='{}'{machine}>hvm</type>\n",
        escape_attribute(&facts.host.arch)?
    );
    if installer(facts).is_some() {
        xml.push_str("    <boot dev='hd'/>\n  </os>\n");
        return Ok(());
    }
    match &facts.request.source {
        InstallSource::Cdrom(_) => {
            // An empty disk does not boot, so the first start falls through to the CD.
            if facts.disk.is_some() {
                xml.push_str("    <boot dev='hd'/>\n");
            }
            xml.push_str("    <boot dev='cdrom'/>\n");
        }
        InstallSource::Kernel {
            kernel,
            initrd,
            cmdline,
            ..
        } => {
            let _ = write!(
                xml,
                "    <kernel>{}</kernel>\n    <initrd>{}</initrd>\n",
                escape_text(&kernel.to_string_lossy())?,
                escape_text(&initrd.to_string_lossy())?
            );
            if !cmdline.is_empty() {
                let _ = writeln!(xml, "    <cmdline>{}</cmdline>", escape_text(cmdline)?);
            }
        }
    }
    xml.push_str("  </os>\n");
    Ok(())
}

fn disk(xml: &mut String, facts: &Facts<'_>) -> Result<()> {
    let Some(disk) = facts.disk else {
        return Ok(());
    };
    let path = escape_attribute(&disk.path)?;
    let source = disk.secret.map_or_else(
        || format!("      <source file='{path}'/>\n"),
        |secret| {
            format!(
                "      <source file='{path}'>\n        <encryption format='luks'>\n          \
                 <secret type='passphrase' uuid='{secret}'/>\n        </encryption>\n      \
                 </source>\n"
            )
        },
    );
    let _ = write!(
        xml,
        "    <disk type='file' device='disk'>\n      \
         <driver name='qemu' type='qcow2' discard='unmap'/>\n{source}      \
         <target dev='vda' bus='virtio'/>\n    </disk>\n"
    );
    Ok(())
}

fn network(xml: &mut String, network: &Network) -> Result<()> {
    match network {
        Network::None => {}
        Network::User => xml.push_str(
            "    <interface type='user'>\n      <model type='virtio'/>\n    </interface>\n",
        ),
        Network::Named(name) => {
            let _ = write!(
                xml,
                "    <interface type='network'>\n      <source network='{}'/>\n      \
                 <model type='virtio'/>\n    </interface>\n",
                escape_attribute(name)?
            );
        }
    }
    Ok(())
}
