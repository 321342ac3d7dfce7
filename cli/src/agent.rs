// SPDX-License-Identifier: GPL-3.0-or-later
//! Answers the engine's questions at the terminal. Without a terminal every question is declined,
//! so that a script never hangs.

use std::io::{self, IsTerminal as _};

use oriel::address::effects::{Effects, Program, Runner};
use oriel::agent::{
    Agent, AskReason, CredentialRequest, HandOverAnswer, HandOverRequest, PassphraseAnswer,
    PassphraseRequest, Question,
};
use oriel::model::host::HostIdentity;
use oriel::secret::Passphrase;
use oriel::shown::{quoted, shown};
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::output;

/// An agent whose questions are asked on the terminal; but that a host may have a passphrase which
/// was stored for another one is granted where `hand_over` says so.
pub fn terminal(hand_over: bool) -> Agent {
    let (sender, mut questions) = mpsc::channel(4);
    tokio::spawn(async move {
        while let Some(question) = questions.recv().await {
            // One question at a time, on a thread that may block.
            let _ = tokio::task::spawn_blocking(move || answer(question, hand_over)).await;
        }
    });
    Agent::new(sender)
}

fn answer(question: Question, hand_over: bool) {
    let question = match question {
        // Whoever says so for one virtual machine says nothing of another one's passphrase.
        Question::HandOver { request, reply }
            if hand_over && ["", &request.domain].contains(&&*request.note.domain) =>
        {
            output::note(&handed_over(&request));
            let _ = reply.send(HandOverAnswer::HandOver);
            return;
        }
        other => other,
    };
    if !io::stdin().is_terminal() {
        return;
    }
    match question {
        Question::HandOver { request, reply } => {
            if let Some(answer) = ask_hand_over(&request) {
                let _ = reply.send(answer);
            }
        }
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
        AskReason::DoesNotOpen { among: 2.. } => {
            "is in the keyring, but that one or another does not open its disk. Press Return to \
             leave it as it is"
                .to_owned()
        }
        AskReason::DoesNotOpen { .. } => "in the keyring does not open it".to_owned(),
        AskReason::KeptForOther => "stays in the keyring; type the one for this host".to_owned(),
        AskReason::NoService(why) => {
            format!("can't be looked up: there is no keyring service ({why})")
        }
    };
    output::note(&format!(
        "The passphrase of {} of “{}” on {} {reason}.",
        quoted(&request.place),
        quoted(&request.domain),
        host_words(&request.host)
    ));
    let passphrase = hidden("Passphrase: ")?;
    let store = request.reason.can_keep() && yes("Keep it in the keyring? [Y/n] ");
    Some(PassphraseAnswer { passphrase, store })
}

/// A host as people know it.
fn host_words(host: &HostIdentity) -> String {
    let name = match host.address() {
        Some(address) => address,
        None if host.is_here() => "this computer",
        None => "another computer",
    };
    format!("{name} ({})", host.driver())
}

/// Whom the keyring's passphrase was stored for, and who asks for it.
fn hand_over_words(request: &HandOverRequest) -> String {
    let (note, host) = (&request.note, host_words(&request.host));
    let stored_for = match &note.hosts {
        Some(_) if note.changed_from(&request.host).is_some() => {
            "that host, which has another identity now: it was installed anew, another machine \
             answers, or its libvirt makes up an identity at each start"
                .to_owned()
        }
        Some(hosts) => hosts
            .iter()
            .map(host_words)
            .collect::<Vec<_>>()
            .join(" and "),
        None if note.connection.is_empty() => "a host that was not noted".to_owned(),
        None => format!(
            "a host that was not noted; the connection was {}",
            note.connection
        ),
    };
    let whose = if note.domain.is_empty() {
        String::new()
    } else {
        format!(" of “{}”", quoted(&note.domain))
    };
    format!(
        "{} of “{}” on {host} asks for the passphrase{whose} that the keyring holds. It was stored \
         for {stored_for}.",
        quoted(&request.place),
        quoted(&request.domain)
    )
}

fn handed_over(request: &HandOverRequest) -> String {
    format!(
        "{} It is handed over, as --hand-over says.",
        hand_over_words(request)
    )
}

fn ask_hand_over(request: &HandOverRequest) -> Option<HandOverAnswer> {
    output::note(&hand_over_words(request));
    output::note("Whoever runs that host can open every copy of the disk from then on.");
    let answer = visible("Hand it over? [y: yes, now and later; t: type another; N: no] ")?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Some(HandOverAnswer::HandOver),
        "t" | "type" => Some(HandOverAnswer::TypeAnother),
        _ => None,
    }
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
