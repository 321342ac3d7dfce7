// SPDX-License-Identifier: GPL-3.0-or-later
//! The program `lockcheck`.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;

use lockcheck::args::{Arguments, Command};
use lockcheck::config::{Config, LIBVIRT_2009};
use lockcheck::report;
use lockcheck::rule::Rule;
use lockcheck::run::{self, Outcome};
use lockcheck::{baseline, files};

/// Something could not be checked.
const NOT_CHECKED: u8 = 2;

/// A thread's stack. Only what is used of it takes memory; nesting is limited before.
const STACK: usize = 512 << 20;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match perform(&arguments) {
        Ok(status) => ExitCode::from(status),
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "lockcheck: error: {why}");
            ExitCode::from(NOT_CHECKED)
        }
    }
}

fn perform(arguments: &Arguments) -> Result<u8, Box<dyn std::error::Error>> {
    match &arguments.command {
        Some(Command::Explain { rule }) => return explain(rule.as_deref()),
        Some(Command::Configuration) => {
            print(LIBVIRT_2009)?;
            return Ok(0);
        }
        None => {}
    }
    let mut config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None => Config::libvirt_2009()?,
    };
    config.conditions |= arguments.conditions;
    config.switch(&arguments.no_rule, false)?;
    config.switch(&arguments.rule, true)?;
    let (sources, unread) = files::read(&arguments.files, config.language);
    let show = !arguments.quiet && std::io::stderr().is_terminal();
    let progress = |done: usize, all: usize| {
        if show {
            let _ = write!(std::io::stderr(), "\rchecking: {done} of {all} files");
        }
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.jobs.map_or(0, usize::from))
        .stack_size(STACK)
        .build()?;
    let mut outcome = if sources.is_empty() {
        Outcome::default()
    } else {
        pool.install(|| run::check_with(sources, &config, &progress))
    };
    if show {
        let _ = write!(std::io::stderr(), "\r{:40}\r", "");
    }
    outcome.problems.extend(unread);
    outcome.problems.sort();
    if let Some(path) = &arguments.write_baseline {
        baseline::write(path, &outcome)?;
    }
    if let Some(path) = &arguments.baseline {
        baseline::apply(path, &mut outcome)?;
    }
    print(&report::write(&outcome, arguments.format)?)?;
    tell(arguments, &outcome);
    // What was just written down is known: the run is no failure for it.
    if arguments.write_baseline.is_some() && outcome.is_complete() {
        return Ok(0);
    }
    Ok(outcome.exit_status())
}

/// What goes beside the report: problems and the summary.
fn tell(arguments: &Arguments, outcome: &Outcome) {
    let mut problems = outcome.problems.clone();
    if arguments.quiet {
        problems.retain(|problem| problem.severity == run::Severity::Error);
    }
    let mut said = report::problems(&problems);
    if !arguments.quiet {
        said.push_str(&report::summary(outcome));
        said.push('\n');
    }
    let _ = std::io::stderr().write_all(said.as_bytes());
}

fn print(text: &str) -> std::io::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn explain(rule: Option<&str>) -> Result<u8, Box<dyn std::error::Error>> {
    let rules = match rule {
        Some(name) => {
            vec![Rule::by_name(name).ok_or_else(|| lockcheck::config::unknown_rule(name))?]
        }
        None => Rule::ALL.to_vec(),
    };
    for shown in &rules {
        print(&format!("{:22} {}\n", shown.name(), shown.message()))?;
    }
    if let (Some(_), Some(only)) = (rule, rules.first()) {
        print(&format!("\n{}\n", only.explanation()))?;
    }
    Ok(0)
}
