// SPDX-License-Identifier: GPL-3.0-or-later
//! Answers the engine's questions at the terminal. Without a terminal every question is declined,
//! so that a script never hangs.

use std::io::{self, IsTerminal as _};

use oriel::agent::{
    Agent, AskReason, CredentialRequest, PassphraseAnswer, PassphraseRequest, Question,
};
use oriel::connection::effects::{Effects, Program, Runner};
use oriel::secret::Passphrase;
use oriel::shown::shown;
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::output;

/// An agent whose questions are asked on the terminal.
pub fn terminal() -> Agent {
    let (sender, mut questions) = mpsc::channel(4);
    tokio::spawn(async move {
        while let Some(question) = questions.recv().await {
            // One question at a time, on a thread that may block.
            let _ = tokio::task::spawn_blocking(move || answer(question)).await;
        }
    });
    Agent::new(sender)
}

fn answer(question: Question) {
    if !io::stdin().is_terminal() {
        return;
    }
    match question {
        Question::Passphrase { request, reply } => {
            if let Some(answer) = ask_passphrase(&request) {
                let _ = reply.send(answer);
            }
        }
        Question::Credentials {
            uri,
            requests,
            reply,
        } => {
            output::note(&format!("{uri} asks who you are."));
            let answers: Option<Vec<_>> = requests.iter().map(ask_credential).collect();
            if let Some(answers) = answers {
                let _ = reply.send(answers);
            }
        }
        _ => {}
    }
}

fn ask_passphrase(request: &PassphraseRequest) -> Option<PassphraseAnswer> {
    let reason = match &request.reason {
        AskReason::NotStored => "is not in the keyring".to_owned(),
        AskReason::NoService(why) => {
            format!("can't be looked up: there is no keyring service ({why})")
        }
    };
    output::note(&format!(
        "The passphrase of {} of “{}” {reason}.",
        request.place, request.domain
    ));
    let passphrase = hidden("Passphrase: ")?;
    let store = request.reason == AskReason::NotStored && yes("Keep it in the keyring? [Y/n] ");
    Some(PassphraseAnswer { passphrase, store })
}

fn ask_credential(request: &CredentialRequest) -> Option<Passphrase> {
    let prompt = match &request.default {
        Some(default) => format!(
            "{} [{default}]: ",
            request.prompt.trim_end_matches([':', ' '])
        ),
        None => format!("{}: ", request.prompt.trim_end_matches([':', ' '])),
    };
    if !request.echo {
        return hidden(&prompt);
    }
    let mut text = visible(&prompt)?;
    if text.is_empty()
        && let Some(default) = &request.default
    {
        text.clone_from(default);
    }
    Passphrase::from_vec(text.into_bytes()).ok()
}

/// Whether the person at the terminal wants the programs run that a URI names. Without a terminal
/// nobody does.
pub fn allows_programs(uri: &str, effects: &Effects) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    output::note(&format!("{uri} does not only connect."));
    let host = effects.host.as_deref().unwrap_or("localhost");
    for Program { program, runner } in &effects.programs {
        output::note(&match runner {
            Runner::Own => {
                format!("It runs the program “{program}” here, with all your rights.")
            }
            Runner::Account => {
                format!("It runs the program “{program}” on “{host}”, in your account there.")
            }
            Runner::Daemon => format!(
                "It has libvirt's daemon run the program “{program}”, with all the daemon's rights."
            ),
        });
    }
    let answer = visible("Run it? [y/N] ").unwrap_or_default();
    ["y", "yes"].contains(&&*answer.trim().to_lowercase())
}

/// A passphrase from the terminal; a new one is typed twice.
///
/// # Errors
/// If nothing was typed, or not the same twice.
pub fn typed(new: bool) -> Result<Passphrase, Failure> {
    let none = || Failure::Other("No passphrase was given.".into());
    let first = hidden("Passphrase: ").ok_or_else(none)?;
    if new && hidden("The same again: ").ok_or_else(none)? != first {
        return Err(Failure::Other("The two passphrases differ.".into()));
    }
    Ok(first)
}

/// Reads a line without showing it.
fn hidden(prompt: &str) -> Option<Passphrase> {
    let text = rpassword::prompt_password(shown(prompt)).ok()?;
    match Passphrase::from_vec(text.into_bytes()) {
        Ok(passphrase) => Some(passphrase),
        Err(error) => {
            output::note(&error.to_string());
            None
        }
    }
}

fn visible(prompt: &str) -> Option<String> {
    output::prompt(prompt);
    let mut text = String::new();
    io::stdin().read_line(&mut text).ok()?;
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}

fn yes(prompt: &str) -> bool {
    visible(prompt).is_some_and(|text| !text.to_lowercase().starts_with('n'))
}
