// SPDX-License-Identifier: GPL-3.0-or-later
//! The command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::size::{self, Size, SizeOrNone};

const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed; 2 usage; 3 not found; 4 refused or not \
authenticated (keyring locked, prompt cancelled, wrong passphrase); 5 connection lost.";

/// Manage virtual machines whose disks are encrypted and whose keys live in the keyring.
#[derive(Debug, Parser)]
#[command(name = "orielctl", version, after_help = EXIT_CODES)]
pub struct Arguments {
    /// The hypervisor to talk to, as a libvirt URI.
    #[arg(
        short,
        long,
        global = true,
        value_name = "URI",
        env = "ORIEL_DEFAULT_URI",
        default_value = "qemu:///session"
    )]
    pub connect: String,
    /// Print JSON, as orielctl(1) documents it.
    #[arg(long, global = true)]
    pub json: bool,
    /// Say more on standard error; twice for even more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the virtual machines.
    List,
    /// Show one virtual machine.
    Info(Named),
    /// Print what happens, as it happens.
    Events(EventsArguments),
    /// Make a virtual machine, with an encrypted disk unless refused.
    Create(Box<CreateArguments>),
    /// Start a virtual machine with the passphrase from the keyring.
    Launch(LaunchArguments),
    /// Ask a virtual machine to shut down, and wait until it is off.
    Shutdown(PatientArguments),
    /// Ask a virtual machine to reboot, and wait until it does.
    Reboot(PatientArguments),
    /// Press the reset button.
    Reset(Named),
    /// Pull the plug.
    ForceOff(Named),
    /// Pause a running virtual machine.
    Suspend(Named),
    /// Let a paused virtual machine run on.
    Resume(Named),
    /// Forget a virtual machine; its disks and its passphrase stay.
    Undefine(Named),
    /// Delete a virtual machine.
    Delete(DeleteArguments),
    /// Define a virtual machine from a libvirt document, or replace its definition.
    Define(DefineArguments),
    /// Show or change a virtual machine's resource controls.
    Tune(TuneArguments),
    /// Edit a libvirt document and print it; touches nothing.
    Xml(XmlArguments),
    /// Save a picture of a virtual machine's screen as PNG.
    Preview(PreviewArguments),
    /// Finish or undo what a crash left behind.
    Cleanup(CleanupArguments),
    /// Show the main job with a real guest, in a keyring and a libvirt of its own.
    Demo(DemoArguments),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// A virtual machine.
#[derive(Debug, Args)]
pub struct Named {
    /// Its name or UUID.
    pub name: String,
}

/// Arguments of `launch`.
#[derive(Debug, Args)]
pub struct LaunchArguments {
    /// Its name or UUID.
    pub name: String,
    /// Take the passphrase from a file, or from standard input with “-”, instead of the keyring.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// Arguments of commands that wait for the system in the virtual machine.
#[derive(Debug, Args)]
pub struct PatientArguments {
    /// Its name or UUID.
    pub name: String,
    /// How many seconds to wait for it.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
}

/// Arguments of `events`.
#[derive(Debug, Args)]
pub struct EventsArguments {
    /// End after so many events.
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// End after so many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
}

/// KVM or emulation.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum VirtTypeArgument {
    /// With the processor's help.
    Kvm,
    /// Emulated.
    Qemu,
}

/// Arguments of `create`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source").required(true).args(["cdrom", "kernel"]))]
pub struct CreateArguments {
    /// The new virtual machine's name.
    pub name: String,
    /// Start from an ISO image.
    #[arg(long, value_name = "FILE")]
    pub cdrom: Option<PathBuf>,
    /// Start from a kernel.
    #[arg(long, value_name = "FILE", requires = "initrd")]
    pub kernel: Option<PathBuf>,
    /// The kernel's initial ramdisk.
    #[arg(long, value_name = "FILE", requires = "kernel")]
    pub initrd: Option<PathBuf>,
    /// The kernel's command line.
    #[arg(
        long,
        value_name = "TEXT",
        requires = "kernel",
        allow_hyphen_values = true
    )]
    pub cmdline: Option<String>,
    /// Memory.
    #[arg(long, value_name = "SIZE", default_value = "2G", value_parser = size::parse)]
    pub memory: Size,
    /// Number of processors.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub vcpus: u32,
    /// Size of the disk, or “none”.
    #[arg(long, value_name = "SIZE|none", default_value = "20G", value_parser = size::parse_or_none)]
    pub disk: SizeOrNone,
    /// The storage pool for the disk; made if there is none at all.
    #[arg(long, value_name = "POOL")]
    pub pool: Option<String>,
    /// Do not encrypt the disk.
    #[arg(long, conflicts_with = "passphrase_file")]
    pub no_encrypt: bool,
    /// Take the passphrase from a file, or from standard input with “-”; otherwise one of seven
    /// words is made up. Either way it is kept in the keyring.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// CPU weight against other virtual machines.
    #[arg(long, value_name = "N")]
    pub cpu_shares: Option<u64>,
    /// The most memory that the host gives it.
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    pub memory_limit: Option<Size>,
    /// KVM or emulation; KVM where the host really has it.
    #[arg(long, value_name = "TYPE")]
    pub virt_type: Option<VirtTypeArgument>,
    /// A libvirt network's name, “user” for QEMU's own, or “none”.
    #[arg(long, value_name = "NETWORK")]
    pub network: Option<String>,
    /// Start it at once.
    #[arg(long)]
    pub start: bool,
    /// Print the document that would be defined, and make nothing.
    #[arg(long)]
    pub print_xml: bool,
}

/// Arguments of `delete`.
#[derive(Debug, Args)]
pub struct DeleteArguments {
    /// Its name or UUID.
    pub name: String,
    /// Delete its disks as well.
    #[arg(long)]
    pub storage: bool,
    /// Remove the passphrases of deleted disks from the keyring: backups can't be opened then.
    #[arg(long, requires = "storage")]
    pub forget_key: bool,
}

/// Arguments of `define`.
#[derive(Debug, Args)]
pub struct DefineArguments {
    /// The document, or “-” for standard input.
    pub file: PathBuf,
}

/// The settings of `tune` and `xml`.
#[derive(Debug, Args)]
pub struct Settings {
    /// CPU weight against other virtual machines.
    #[arg(long, value_name = "N")]
    pub cpu_shares: Option<u64>,
    /// The most memory that the host gives it, or “none”.
    #[arg(long, value_name = "SIZE|none", value_parser = size::parse_or_none)]
    pub memory_limit: Option<SizeOrNone>,
}

/// Arguments of `tune`.
#[derive(Debug, Args)]
pub struct TuneArguments {
    /// Its name or UUID.
    pub name: String,
    /// What to change.
    #[command(flatten)]
    pub settings: Settings,
    /// Change the running virtual machine.
    #[arg(long)]
    pub live: bool,
    /// Change what holds from the next start on. Without --live and --config: whatever applies.
    #[arg(long)]
    pub config: bool,
}

/// Arguments of `xml`.
#[derive(Debug, Args)]
pub struct XmlArguments {
    /// The document, or “-” for standard input.
    pub file: PathBuf,
    /// What to change.
    #[command(flatten)]
    pub settings: Settings,
}

/// Arguments of `preview`.
#[derive(Debug, Args)]
pub struct PreviewArguments {
    /// Its name or UUID.
    pub name: String,
    /// Where the PNG goes; “-” for standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Scale it to this width, in pixels; the height follows.
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(1..=16384))]
    pub width: Option<u32>,
}

/// Arguments of `cleanup`.
#[derive(Debug, Args)]
pub struct CleanupArguments {
    /// Only say what is left.
    #[arg(long)]
    pub list: bool,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Where to put the picture of the guest's screen.
    #[arg(short, long, value_name = "FILE", default_value = "oriel-demo.png")]
    pub output: PathBuf,
}
