// SPDX-License-Identifier: GPL-3.0-or-later
//! ssh's own questions, brought to the person by the front end instead of a terminal.
//!
//! libvirt's ssh transport runs the program ssh, which asks for passwords and about host keys by
//! itself: on a terminal, or through the program that `SSH_ASKPASS` names. While a connection
//! opens, a private folder holds three things: a script that libvirt runs in place of ssh (by
//! `command=` in the URI) and that sets `SSH_ASKPASS`; the script that it names, which runs the
//! front end's own program in its helper mode ([`help`]); and the socket on which the helper
//! reaches us. An answer goes over the socket and a pipe to ssh, never to disk, argv or
//! environment. A front end that lets ssh ask on the terminal, as `orielctl` does, needs none of
//! this.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::address::uri::{decoded, query, segments};
use crate::model::agent::{Agent, AskpassProgram, Question, SshKind, SshRequest};
use crate::model::error;
use crate::model::error::{Error, Result};
use crate::model::passphrase::Passphrase;
use crate::paths;

/// The longest question that is taken, in bytes; ssh's own are under 1 KiB.
const MAX_PROMPT: u64 = 16 * 1024;

/// Answers ssh's questions for one connection while it opens; the folder goes when this is
/// dropped.
#[derive(Debug)]
pub(super) struct Askpass {
    folder: PathBuf,
    /// The URI with our script in place of ssh.
    uri: String,
    /// Our part of that URI's query, and what stood there before.
    swapped: (String, Option<String>),
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    over: AtomicBool,
    /// What was left without an answer. ssh asks for a password three times, and who has declined
    /// once means it; another question, such as for the next key, is asked.
    declined: Mutex<HashSet<String>>,
}

impl Askpass {
    /// Makes the folder and begins to listen; `None` where ssh is not used or the front end
    /// leaves its questions to the terminal.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder or a file in it can't be made.
    pub(super) fn begin(uri: &str, agent: &Agent) -> Result<Option<Self>> {
        let Some(program) = agent.askpass().filter(|_| uses_ssh(uri)) else {
            return Ok(None);
        };
        let folder = paths::runtime_subdir(&format!("ssh-{}", uuid::Uuid::new_v4().simple()))?;
        let (target, ours, before) = with_command(uri, &folder.join("ssh"));
        let askpass = Self {
            uri: target,
            swapped: (ours, before.clone()),
            shared: Arc::default(),
            folder,
        };
        let ssh = before.map_or_else(|| "ssh".to_owned(), |value| decoded(&value));
        askpass.write_scripts(program, &ssh)?;
        askpass.listen(uri, agent.clone())?;
        Ok(Some(askpass))
    }

    /// The URI to open.
    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// Whether a question was left without an answer.
    pub(super) fn declined(&self) -> bool {
        let declined = self.shared.declined.lock();
        !declined.unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// libvirt's name for the connection as it would be without us.
    pub(super) fn canonical(&self, uri: &str) -> String {
        let (ours, before) = &self.swapped;
        match before {
            Some(before) => uri.replace(ours, &format!("command={before}")),
            None => uri
                .replace(&format!("?{ours}"), "")
                .replace(&format!("&{ours}"), ""),
        }
    }

    fn write_scripts(&self, program: &AskpassProgram, ssh: &str) -> Result<()> {
        let asker = self.folder.join("askpass");
        // “force” (OpenSSH 8.4): not on a terminal, and without a display as well.
        let body = format!(
            "#!/bin/sh\nexport SSH_ASKPASS={} SSH_ASKPASS_REQUIRE=force\nexec {} \"$@\"\n",
            quoted(&asker.to_string_lossy()),
            quoted(ssh),
        );
        write_script(&self.folder.join("ssh"), &body)?;
        let words: Vec<_> = std::iter::once(program.program.to_string_lossy().into_owned())
            .chain(program.arguments.iter().cloned())
            .chain([self.socket().to_string_lossy().into_owned()])
            .map(|word| quoted(&word))
            .collect();
        let body = format!(
            "#!/bin/sh\nexec {} \"$SSH_ASKPASS_PROMPT\" \"$1\"\n",
            words.join(" ")
        );
        write_script(&asker, &body)
    }

    fn listen(&self, uri: &str, agent: Agent) -> Result<()> {
        let socket = self.socket();
        let listener =
            UnixListener::bind(&socket).map_err(Error::io(error::file::CREATE, &socket))?;
        let (shared, uri) = (self.shared.clone(), uri.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.over.load(Ordering::Relaxed) {
                    return;
                }
                answer(stream, &uri, &agent, &shared.declined);
            }
        });
        Ok(())
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("s")
    }
}

impl Drop for Askpass {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // Wakes the listening thread, which is not waited for: the person may still be looking
        // at a question that has become pointless.
        let _ = UnixStream::connect(self.socket());
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Passes one question on, unless it was declined before.
fn answer(mut stream: UnixStream, uri: &str, agent: &Agent, declined: &Mutex<HashSet<String>>) {
    let mut text = String::new();
    let asked = (&stream).take(MAX_PROMPT).read_to_string(&mut text);
    let decline = || {
        let mut declined = declined.lock().unwrap_or_else(PoisonError::into_inner);
        declined.insert(text.clone());
    };
    let known = declined.lock().unwrap_or_else(PoisonError::into_inner);
    let was_declined = known.contains(&text);
    drop(known);
    if asked.is_err() || was_declined {
        decline();
        return;
    }
    let (hint, prompt) = text.split_once('\n').unwrap_or(("", &text));
    let request = SshRequest {
        uri: uri.to_owned(),
        prompt: prompt.trim().to_owned(),
        kind: kind_of(hint, prompt),
    };
    let answer: Option<Passphrase> = agent.ask_blocking(|reply| Question::Ssh { request, reply });
    // The helper takes an end without an answer as "declined".
    let answered = answer.is_some_and(|answer| stream.write_all(answer.as_bytes()).is_ok());
    if !answered {
        decline();
    }
}

fn kind_of(hint: &str, prompt: &str) -> SshKind {
    if hint == "confirm" || prompt.contains("(yes/no") {
        SshKind::Confirm
    } else {
        SshKind::Secret
    }
}

/// The helper mode of a front end's program: ssh runs it to ask something. `words` are what
/// followed the arguments of [`Agent::with_askpass`] on its command line. True: exit with 0.
pub fn help(words: &[String]) -> bool {
    let [socket, hint, prompt] = words else {
        return false;
    };
    if hint == "none" {
        // A mere notice, such as to touch a security key: there is nothing to answer.
        return true;
    }
    let asked = UnixStream::connect(socket).and_then(|mut stream| {
        stream.write_all(format!("{hint}\n{prompt}").as_bytes())?;
        stream.shutdown(std::net::Shutdown::Write)?;
        Ok(stream)
    });
    let Ok(answer) = asked.map(Passphrase::read_from) else {
        return false;
    };
    let Ok(answer) = answer else { return false };
    let mut out = std::io::stdout().lock();
    if hint == "confirm" && !answer.expose(|text| text.eq_ignore_ascii_case("yes")) {
        return false;
    }
    out.write_all(answer.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
        .is_ok()
}

fn uses_ssh(uri: &str) -> bool {
    uri.split_once("://")
        .is_some_and(|(scheme, _)| scheme.ends_with("+ssh"))
}

/// The URI with `command=` set to a program; that part of the query, and the value before. Parts are
/// told apart and named as libvirt does it: where one is named twice, the last one holds.
fn with_command(uri: &str, program: &Path) -> (String, String, Option<String>) {
    let ours = format!("command={}", encoded(&program.to_string_lossy()));
    let base = uri.split(['?', '#']).next().unwrap_or(uri);
    let mut before = None;
    let mut parts = Vec::new();
    for part in segments(query(uri)) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if decoded(name).eq_ignore_ascii_case("command") {
            if before.replace(value.to_owned()).is_none() {
                parts.push(ours.as_str());
            }
        } else {
            parts.push(part);
        }
    }
    if before.is_none() {
        parts.push(&ours);
    }
    let target = format!("{base}?{}", parts.join("&"));
    (target, ours, before)
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A word for the shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn write_script(path: &Path, body: &str) -> Result<()> {
    let mut file = fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o700)
        .open(path)
        .map_err(Error::io(error::file::CREATE, path))?;
    file.write_all(body.as_bytes())
        .map_err(Error::io(error::file::WRITE, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ssh_command_is_swapped_and_swapped_back() {
        let program = Path::new("/run/user/1/a b/ssh");
        for (uri, target, before) in [
            (
                "qemu+ssh://host/system",
                "qemu+ssh://host/system?command=/run/user/1/a%20b/ssh",
                None,
            ),
            (
                "qemu+ssh://host/system?command=/my%20ssh&keyfile=/k",
                "qemu+ssh://host/system?command=/run/user/1/a%20b/ssh&keyfile=/k",
                Some("/my%20ssh"),
            ),
            (
                "qemu+ssh://host/system?keyfile=/k",
                "qemu+ssh://host/system?keyfile=/k&command=/run/user/1/a%20b/ssh",
                None,
            ),
        ] {
            let (got, ours, was) = with_command(uri, program);
            assert_eq!((got.as_str(), was.as_deref()), (target, before));
            let askpass = Askpass {
                folder: "/nonexistent".into(),
                uri: got,
                swapped: (ours, was),
                shared: Arc::default(),
            };
            assert_eq!(askpass.canonical(askpass.uri()), uri);
        }
        assert_eq!(encoded("/ü"), "/%C3%BC");
    }

    #[test]
    fn the_ssh_command_is_found_in_any_spelling() {
        for uri in [
            "qemu+ssh://host/system?COM%4dAND%00x=/my%20ssh",
            "qemu+ssh://host/system?x=1;Command=/my%20ssh",
            "qemu+ssh://host/system?command=/other&Command=/my%20ssh",
        ] {
            let (target, ours, before) = with_command(uri, Path::new("/ours"));
            assert_eq!(before.as_deref(), Some("/my%20ssh"), "{uri}");
            assert_eq!(target.to_lowercase().matches("com").count(), 1, "{target}");
            assert!(target.ends_with(&ours), "{target}");
        }
        // This is no command to libvirt, and must not become one.
        let (target, _, before) = with_command("q+ssh://h/s?a=b;command=/x&c", Path::new("/o"));
        assert_eq!(target, "q+ssh://h/s?a=b;command=/x&c&command=/o");
        assert_eq!(before, None);
    }

    #[test]
    fn only_ssh_proper_asks_by_itself() {
        assert!(uses_ssh("qemu+ssh://host/system"));
        for other in ["qemu+libssh://h/s", "qemu+tls://h/s", "qemu:///system"] {
            assert!(!uses_ssh(other), "{other}");
        }
    }

    #[test]
    fn a_host_key_is_confirmed_and_a_password_is_secret() {
        let host = "Are you sure you want to continue connecting (yes/no/[fingerprint])?";
        assert_eq!(kind_of("", host), SshKind::Confirm);
        assert_eq!(kind_of("confirm", "Allow use of key?"), SshKind::Confirm);
        assert_eq!(kind_of("", "me@host's password: "), SshKind::Secret);
    }

    #[test]
    fn what_was_declined_is_not_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, mut questions) = tokio::sync::mpsc::channel(4);
        let askpass = Askpass {
            folder: folder.path().to_owned(),
            uri: String::new(),
            swapped: (String::new(), None),
            shared: Arc::default(),
        };
        askpass
            .listen("qemu+ssh://host/system", Agent::new(sender))
            .unwrap();
        let person = std::thread::spawn(move || {
            let mut prompts = Vec::new();
            while let Some(Question::Ssh { request, .. }) = questions.blocking_recv() {
                prompts.push(request.prompt);
            }
            prompts
        });
        let ask = |prompt: &str| {
            let mut stream = UnixStream::connect(askpass.socket()).unwrap();
            stream.write_all(format!("\n{prompt}").as_bytes()).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        assert!(!askpass.declined());
        for prompt in [
            "the key's passphrase: ",
            "password: ",
            "password: ",
            "password: ",
        ] {
            assert_eq!(ask(prompt), "");
        }
        assert!(askpass.declined());
        drop(askpass);
        let prompts = person.join().unwrap();
        assert_eq!(prompts, ["the key's passphrase:", "password:"]);
    }

    #[test]
    fn a_word_is_one_word_for_the_shell() {
        assert_eq!(quoted("it's $x"), r"'it'\''s $x'");
    }
}
