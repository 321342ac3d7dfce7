// SPDX-License-Identifier: GPL-3.0-or-later
//! The command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::controls::Settings;
use crate::size::{self, Size, SizeOrNone};

/// The variable that names the usual connection, and the usual one without it.
pub const DEFAULT_URI_VARIABLE: &str = "ORIEL_DEFAULT_URI";
pub const DEFAULT_URI: &str = "qemu:///session";

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
        env = DEFAULT_URI_VARIABLE,
        default_value = DEFAULT_URI
    )]
    pub connect: String,
    /// Run the program that the URI names (command=, netcat=) without a question; only for a URI
    /// that you wrote yourself.
    #[arg(long, global = true)]
    pub allow_program: bool,
    /// Print JSON, as orielctl(1) documents it; its keys are stable.
    #[arg(long, global = true)]
    pub json: bool,
    /// Log to standard error what is done; twice for more.
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
    /// Start a virtual machine; the keyring gives the passphrases of its disks.
    Launch(LaunchArguments),
    /// Ask a virtual machine to shut down, and wait until it is off.
    Shutdown(PatientArguments),
    /// Ask a virtual machine to reboot, and wait until it does.
    Reboot(PatientArguments),
    /// Restart a virtual machine at once, as its reset button would; what is not saved is lost.
    Reset(Named),
    /// Turn a virtual machine off at once, as pulling the plug would; what is not saved is lost.
    ForceOff(Named),
    /// Pause a running virtual machine; its memory is kept.
    Suspend(Named),
    /// Let a paused virtual machine run on.
    Resume(Named),
    /// Give a virtual machine that is off another name.
    Rename(RenameArguments),
    /// Write a virtual machine's memory to a file and turn it off; its next start goes on from there.
    Save(SaveArguments),
    /// Have a virtual machine started with its host, or no longer.
    Autostart(AutostartArguments),
    /// Forget a virtual machine; its disks, passphrase, UEFI variables and TPM state stay.
    Undefine(Named),
    /// Delete a virtual machine that is off, with its UEFI variables and TPM state; with --storage
    /// its disks as well.
    Delete(DeleteArguments),
    /// Define a virtual machine from a libvirt document, or replace its definition.
    Define(DefineArguments),
    /// Show what running virtual machines use, again and again.
    Stats(StatsArguments),
    /// Show or change CPU shares and memory limit: as configured, live, and in the kernel.
    Tune(TuneArguments),
    /// Edit a libvirt document and print it; touches nothing.
    Xml(XmlArguments),
    /// Save a picture of a virtual machine's screen as PNG.
    Preview(PreviewArguments),
    /// Look at colour profiles.
    Profile {
        /// What to do.
        #[command(subcommand)]
        command: ProfileCommand,
    },
    /// Convert pictures from profile to profile; needs no hypervisor.
    Image {
        /// What to do.
        #[command(subcommand)]
        command: ImageCommand,
    },
    /// Look at this computer's monitors and their colour profiles.
    Monitor {
        /// What to do.
        #[command(subcommand)]
        command: MonitorCommand,
    },
    /// Finish or undo creations and starts whose orielctl was killed.
    Cleanup(CleanupArguments),
    /// Show the main job with a real guest, in a keyring and a libvirt of its own.
    Demo(DemoArguments),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What to do with a colour profile.
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Show what is in a colour profile and what is wrong with it; exit code 1 on an error in it.
    Check(CheckArguments),
}

/// Arguments of `profile check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// An ICC file, or a monitor’s name (such as DP-1) for the profile that it has now.
    #[arg(value_name = "FILE|MONITOR")]
    pub profile: PathBuf,
}

/// What to do with a picture.
#[derive(Debug, Subcommand)]
pub enum ImageCommand {
    /// Convert a picture to another profile, and save it as PNG with that profile in it.
    Convert(ConvertArguments),
}

/// Arguments of `image convert`.
#[derive(Debug, Args)]
pub struct ConvertArguments {
    /// A PNG, JPEG, TIFF, WebP or AVIF picture.
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// Where the PNG goes; “-” for standard output.
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// The profile that the picture is in: a file, or “srgb” [default: its own, else sRGB].
    #[arg(long, value_name = "PROFILE")]
    pub from: Option<String>,
    /// The profile that it is to be in: a file, a monitor of this computer, or “srgb”.
    #[arg(long, value_name = "PROFILE|MONITOR", default_value = "srgb")]
    pub to: String,
    /// What happens to colours that the other profile does not have.
    #[arg(long, value_enum, value_name = "INTENT", default_value_t = IntentArgument::Relative)]
    pub intent: IntentArgument,
    /// Make the darkest black the other one’s darkest black.
    #[arg(long)]
    pub bpc: bool,
}

/// A rendering intent.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum IntentArgument {
    /// The whole range is fitted.
    Perceptual,
    /// What fits is exact, relative to white; the rest is cut.
    Relative,
    /// Vivid, for charts.
    Saturation,
    /// Exact, white included.
    Absolute,
}

/// What to do with monitors.
#[derive(Debug, Subcommand)]
pub enum MonitorCommand {
    /// List the monitors, each with its profile and where that is from.
    List,
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
    /// Let this host have a passphrase that was stored in the keyring for another one; otherwise
    /// you are asked at a terminal, and without one it is not handed over.
    #[arg(long)]
    pub hand_over: bool,
}

/// Arguments of commands that wait for the system in the virtual machine.
#[derive(Debug, Args)]
pub struct PatientArguments {
    /// Its name or UUID.
    pub name: String,
    /// How many seconds to wait for it before giving up (the wish to shut down or reboot stands).
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
}

/// Arguments of `events`.
#[derive(Debug, Args)]
pub struct EventsArguments {
    /// End after so many events; what happens to the connection itself is not counted.
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// End after so many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
}

/// Arguments of `stats`.
#[derive(Debug, Args)]
pub struct StatsArguments {
    /// Their names or UUIDs; without any, all that run now.
    pub names: Vec<String>,
    /// Seconds between two readings.
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub interval: u64,
    /// End after so many readings.
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
}

/// KVM or emulation.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum VirtTypeArgument {
    /// With the help of the host's processor.
    Kvm,
    /// Emulated in software: works everywhere, and is slow.
    Qemu,
}

/// Arguments of `create`.
#[derive(Debug, Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[command(group = ArgGroup::new("source").required(true).args(["cdrom", "kernel"]))]
pub struct CreateArguments {
    /// The new virtual machine's name.
    pub name: String,
    /// Start from an ISO image, as a CD.
    #[arg(long, value_name = "FILE")]
    pub cdrom: Option<PathBuf>,
    /// Install from a kernel, with --initrd.
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
    /// Boot the kernel at every start. Otherwise the first start boots it, to install a system, and
    /// all others boot the disk.
    #[arg(long, requires = "kernel")]
    pub keep_kernel: bool,
    /// Memory, such as 512M or 4G; a number without a unit is bytes.
    #[arg(long, value_name = "SIZE", default_value = "2G", value_parser = size::parse)]
    pub memory: Size,
    /// Number of processors.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub vcpus: u32,
    /// Size of the disk, such as 20G, or “none” for no disk.
    #[arg(long, value_name = "SIZE|none", default_value = "20G", value_parser = size::parse_or_none)]
    pub disk: SizeOrNone,
    /// The storage pool for the disk [default: “default”, else the first folder pool that runs;
    /// made if there is none].
    #[arg(long, value_name = "POOL")]
    pub pool: Option<String>,
    /// Leave the disk unencrypted.
    #[arg(long, conflicts_with = "passphrase_file")]
    pub no_encrypt: bool,
    /// Take the passphrase from a file, or from standard input with “-”; otherwise one of seven
    /// words is made up. Either way it is kept in the keyring; without a keyring you must bring
    /// your own, and are asked for it at each start.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Weight of its claim on the processors against other virtual machines [2 to 262144 with
    /// cgroup v1, 1 to 10000 with v2].
    #[arg(long, value_name = "N")]
    pub cpu_shares: Option<u64>,
    /// The most of the host's memory that it may use, QEMU's own needs included; at least --memory.
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    pub memory_limit: Option<Size>,
    /// KVM or emulation [default: kvm where the host really has it].
    #[arg(long, value_name = "TYPE")]
    pub virt_type: Option<VirtTypeArgument>,
    /// A libvirt network's name, “user” for QEMU's own, or “none” [default: the network “default”
    /// of a system connection if it runs, else user].
    #[arg(long, value_name = "NETWORK")]
    pub network: Option<String>,
    /// Start it at once.
    #[arg(long)]
    pub start: bool,
    /// Print the document that would be defined, and make nothing.
    #[arg(long)]
    pub print_xml: bool,
}

/// Arguments of `rename`.
#[derive(Debug, Args)]
pub struct RenameArguments {
    /// Its name or UUID.
    pub name: String,
    /// The name that it gets.
    pub new_name: String,
}

/// Arguments of `save`.
#[derive(Debug, Args)]
pub struct SaveArguments {
    /// Its name or UUID.
    pub name: String,
    /// Save an encrypted one as well: its memory is written without encryption, and with it what
    /// the disks keep secret.
    #[arg(long)]
    pub in_the_clear: bool,
}

/// Arguments of `autostart`.
#[derive(Debug, Args)]
pub struct AutostartArguments {
    /// Its name or UUID.
    pub name: String,
    /// Start it with its host no longer.
    #[arg(long)]
    pub off: bool,
}

/// Arguments of `delete`.
#[derive(Debug, Args)]
pub struct DeleteArguments {
    /// Its name or UUID.
    pub name: String,
    /// Delete its disks as well; refused if another virtual machine or image uses one.
    #[arg(long)]
    pub storage: bool,
    /// Remove the passphrases of the deleted disks from the keyring as well: copies of the disks,
    /// as in a backup, can never be opened again then.
    #[arg(long, requires = "storage")]
    pub forget_key: bool,
}

/// Arguments of `define`.
#[derive(Debug, Args)]
pub struct DefineArguments {
    /// The document, or “-” for standard input.
    pub file: PathBuf,
}

/// Arguments of `tune`.
#[derive(Debug, Args)]
pub struct TuneArguments {
    /// Its name or UUID.
    pub name: String,
    /// What to change.
    #[command(flatten)]
    pub settings: Settings,
    /// Change the running virtual machine only.
    #[arg(long)]
    pub live: bool,
    /// Change what holds from the next start on only. Both may be given; with neither, whatever
    /// applies is changed.
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
    /// Scale a wider picture down to this width, in pixels; the height follows.
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(1..=16384))]
    pub width: Option<u32>,
    /// Convert it from sRGB for a monitor: “auto” for the primary one of this computer, or a
    /// profile’s file; “none” leaves it as it is.
    #[arg(long, value_name = "auto|none|FILE", default_value = "none")]
    pub profile: String,
}

/// Arguments of `cleanup`.
#[derive(Debug, Args)]
pub struct CleanupArguments {
    /// Only say what is left; change nothing.
    #[arg(long)]
    pub list: bool,
    /// Forget the journals, and leave everything that they tell of as it is.
    #[arg(long, conflicts_with = "list")]
    pub keep: bool,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Where to put the picture of the guest's screen.
    #[arg(short, long, value_name = "FILE", default_value = "oriel-demo.png")]
    pub output: PathBuf,
}
