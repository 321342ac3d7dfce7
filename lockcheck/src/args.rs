// SPDX-License-Identifier: GPL-3.0-or-later
//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::report::Format;

/// Check lock rules without running anything: C drivers with a lock per driver and per object,
/// and guards in Rust.
#[derive(Debug, Parser)]
#[command(
    name = "lockcheck",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
#[command(
    after_help = "Exit status: 0 if nothing was found, 1 if something was, 2 if something could not be checked.\n\n\
Example: lockcheck --format gcc src/*_driver.c"
)]
pub struct Arguments {
    /// Another job than checking
    #[command(subcommand)]
    pub command: Option<Command>,
    /// C sources, as they are or preprocessed (.i), or Rust sources; folders with all below
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What locks there are (TOML); without it, libvirt's of spring 2009
    #[arg(long, short, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The report's form
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Check this rule, too; "all" for all of them
    #[arg(long, value_name = "RULE")]
    pub rule: Vec<String>,
    /// Don't check this rule; "all" for none but those of --rule
    #[arg(long, value_name = "RULE")]
    pub no_rule: Vec<String>,
    /// Look at conditions and at what is returned, too
    #[arg(long)]
    pub conditions: bool,
    /// Leave out what this file knows
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write all that is found to this file, as known from now on
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub write_baseline: Option<PathBuf>,
    /// How many threads [default: one for each processor]
    #[arg(long, short, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// No progress, no summary, no warnings
    #[arg(long, short)]
    pub quiet: bool,
}

/// Other jobs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Explain a rule, or list all of them
    Explain {
        /// The rule
        rule: Option<String>,
    },
    /// Print the built-in configuration, to begin one of your own
    Configuration,
}
