// SPDX-License-Identifier: GPL-3.0-or-later
//! One file a family of commands; this one opens the connection and dispatches.

mod cleanup;
mod create;
mod demo;
mod events;
mod image;
mod lifecycle;
mod list;
mod monitor;
mod preview;
mod profile;
mod stats;
mod tune;
mod xml;

use std::io::{IsTerminal as _, Read as _};
use std::os::fd::AsFd as _;
use std::path::Path;

use clap::CommandFactory as _;
use oriel::address::alias;
use oriel::address::effects::Effects;
use oriel::error::ConnectionError;
use oriel::model::act::Act;
use oriel::secret::Passphrase;
use oriel::shown::shell_word;
use oriel::{Connection, Error};

use crate::args::{self, Arguments, Command, ImageCommand, MonitorCommand, ProfileCommand};
use crate::failure::Failure;
use crate::{agent, output};

/// The largest document that is read, in bytes.
const MAX_DOCUMENT: u64 = 256 * 1024 * 1024;

/// What every command needs to know.
#[derive(Clone, Debug)]
pub struct Context {
    /// The connection's URI.
    pub uri: String,
    /// Whether programs that the URI names are run without a question.
    pub allow_program: bool,
    /// Whether to print JSON.
    pub json: bool,
    /// Whether a host may have a passphrase that was stored for another one.
    pub hand_over: bool,
}

impl Context {
    /// What a command of ours needs before its name to mean this connection: nothing for the usual
    /// one.
    pub fn connect_words(&self) -> String {
        let usual = std::env::var(args::DEFAULT_URI_VARIABLE);
        let usual = usual.as_deref().unwrap_or(args::DEFAULT_URI);
        if self.uri == usual {
            String::new()
        } else {
            format!("--connect {} ", shell_word(&self.uri))
        }
    }

    /// Sees to it that the URI runs no program against the person's will. One of the environment or
    /// of libvirt's configuration is the person's own; one on a command line may be anybody's.
    ///
    /// # Errors
    /// [`Error::Connection`] if nobody allows it.
    pub fn check_programs(&self) -> Result<(), Failure> {
        let usual = std::env::var(args::DEFAULT_URI_VARIABLE);
        if self.allow_program || usual.is_ok_and(|usual| usual == self.uri) {
            return Ok(());
        }
        let resolved = alias::resolve(&self.uri);
        let effects = Effects::of(&resolved.uri);
        let Some(first) = effects.programs.first().filter(|_| !resolved.configured) else {
            return Ok(());
        };
        if agent::allows_programs(&self.uri, &effects) {
            return Ok(());
        }
        Err(Failure::Engine(Error::Connection(
            ConnectionError::ProgramNotAllowed {
                uri: self.uri.clone(),
                program: first.program.clone(),
            },
        )))
    }

    /// Opens the connection; questions are asked at the terminal.
    pub async fn connect(&self) -> Result<Connection, Failure> {
        self.check_programs()?;
        Ok(Connection::open(&self.uri, agent::terminal(self.hand_over)).await?)
    }
}

/// Does what the command line says.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let context = &Context {
        uri: arguments.connect,
        allow_program: arguments.allow_program,
        json: arguments.json,
        hand_over: matches!(&arguments.command, Command::Launch(launch) if launch.hand_over),
    };
    match arguments.command {
        Command::List => list::list(context).await,
        Command::Info(named) => list::info(context, &named.name).await,
        Command::Events(arguments) => events::events(context, &arguments).await,
        Command::Create(arguments) => Box::pin(create::create(context, *arguments)).await,
        Command::Launch(arguments) => lifecycle::launch(context, &arguments).await,
        Command::Shutdown(arguments) => {
            lifecycle::patient(context, Act::ShutDown, &arguments).await
        }
        Command::Reboot(arguments) => lifecycle::patient(context, Act::Reboot, &arguments).await,
        Command::Reset(named) => lifecycle::prompt(context, Act::Reset, &named.name).await,
        Command::ForceOff(named) => lifecycle::prompt(context, Act::ForceOff, &named.name).await,
        Command::Suspend(named) => lifecycle::prompt(context, Act::Suspend, &named.name).await,
        Command::Resume(named) => lifecycle::prompt(context, Act::Resume, &named.name).await,
        Command::Rename(arguments) => lifecycle::rename(context, &arguments).await,
        Command::Save(arguments) => lifecycle::save(context, &arguments).await,
        Command::Autostart(arguments) => lifecycle::autostart(context, &arguments).await,
        Command::Undefine(named) => lifecycle::undefine(context, &named.name).await,
        Command::Delete(arguments) => lifecycle::delete(context, &arguments).await,
        Command::Define(arguments) => lifecycle::define(context, &arguments.file).await,
        Command::Stats(arguments) => stats::stats(context, &arguments).await,
        Command::Tune(arguments) => tune::tune(context, &arguments).await,
        Command::Xml(arguments) => xml::edit(&arguments),
        Command::Preview(arguments) => preview::preview(context, &arguments).await,
        Command::Profile {
            command: ProfileCommand::Check(arguments),
        } => profile::check(context, &arguments).await,
        Command::Image { command } => match command {
            ImageCommand::Convert(arguments) => image::convert(context, arguments).await,
        },
        Command::Monitor { command } => match command {
            MonitorCommand::List => monitor::list(context).await,
        },
        Command::Cleanup(arguments) => cleanup::cleanup(context, &arguments).await,
        Command::Demo(arguments) => demo::demo(&arguments).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "orielctl", &mut script);
            output::raw(String::from_utf8_lossy(&script).trim_end());
            Ok(())
        }
    }
}

/// Reads a passphrase from a file, or from standard input for "-"; at a terminal it is typed
/// without being shown, and a `new` one twice.
pub fn read_passphrase(path: &Path, new: bool) -> Result<Passphrase, Failure> {
    if path.as_os_str() == "-" {
        let stdin = std::io::stdin();
        if stdin.is_terminal() {
            return agent::typed(new);
        }
        // Not through the standard buffer, which nobody wipes.
        let unbuffered = stdin
            .as_fd()
            .try_clone_to_owned()
            .map_err(|error| unreadable(path, &error))?;
        return Ok(Passphrase::read_from(std::fs::File::from(unbuffered))?);
    }
    let file = std::fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    Ok(Passphrase::read_from(file)?)
}

/// Reads a document from a file, or from standard input for "-".
pub fn read_document(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin()
            .lock()
            .take(MAX_DOCUMENT + 1)
            .read_to_end(&mut text)
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_DOCUMENT + 1).read_to_end(&mut text))
    };
    read.map_err(|error| unreadable(path, &error))?;
    if text.len() as u64 > MAX_DOCUMENT {
        return Err(Failure::Other(format!(
            "{} is larger than any document of libvirt's: 256 MiB are read at most.",
            path.display()
        )));
    }
    Ok(text)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        _ => error.to_string(),
    };
    Failure::Other(format!("Could not read {}: {why}.", path.display()))
}
