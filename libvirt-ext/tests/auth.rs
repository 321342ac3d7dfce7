// SPDX-License-Identifier: GPL-3.0-or-later
//! Signing in, to a test node that wants a name and a password.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use libvirt_ext::Error;
use libvirt_ext::auth::{self, CredentialAnswer, CredentialKind, CredentialRequest};
use libvirt_ext::memory::LockedBuffer;

const NODE: &str = "<node>
  <auth>
    <user password='correct horse'>anna</user>
    <user>guest</user>
  </auth>
</node>";

fn node() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("node.xml");
    fs::write(&file, NODE).unwrap();
    let uri = format!("test://{}", file.display());
    (dir, uri)
}

fn secret(text: &str) -> CredentialAnswer {
    CredentialAnswer::Secret(LockedBuffer::from_slice(text.as_bytes()).unwrap())
}

/// Answers by kind, and remembers what was asked.
fn person<'a>(
    name: &'a str,
    password: &'a str,
    asked: &'a mut Vec<CredentialRequest>,
) -> impl FnMut(&[CredentialRequest]) -> Option<Vec<CredentialAnswer>> + 'a {
    move |requests| {
        asked.extend_from_slice(requests);
        let answer = |request: &CredentialRequest| match request.kind {
            CredentialKind::AuthName | CredentialKind::UserName => {
                CredentialAnswer::Text(name.to_owned())
            }
            kind if kind.is_secret() => secret(password),
            _ => CredentialAnswer::Default,
        };
        Some(requests.iter().map(answer).collect())
    }
}

#[test]
fn name_and_password_open_the_connection() {
    let (_dir, uri) = node();
    let mut asked = Vec::new();
    let conn = auth::open(
        Some(&uri),
        false,
        &mut person("anna", "correct horse", &mut asked),
    );
    let conn = conn.unwrap();
    assert!(conn.hostname().is_ok());
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(!asked[0].kind.is_secret() && asked[1].kind.is_secret());
    assert!(
        asked[0]
            .prompt
            .as_ref()
            .is_some_and(|text| !text.is_empty())
    );
}

#[test]
fn a_wrong_password_is_an_authentication_error() {
    let (_dir, uri) = node();
    let mut asked = Vec::new();
    let error = auth::open(Some(&uri), false, &mut person("anna", "wrong", &mut asked));
    let error = error.unwrap_err();
    assert!(error.is_auth(), "{error:?}");
    assert!(matches!(error, Error::Libvirt { .. }));
    assert!(!error.to_string().contains("wrong"));
}

#[test]
fn the_person_may_call_it_off() {
    let (_dir, uri) = node();
    let error = auth::open(Some(&uri), false, &mut |_| None).unwrap_err();
    assert!(matches!(error, Error::SignInCancelled), "{error:?}");
    assert!(error.is_auth());
    // Only at the password.
    let mut round = 0;
    let error = auth::open(Some(&uri), false, &mut |_| {
        round += 1;
        (round == 1).then(|| vec![CredentialAnswer::Text("anna".into())])
    });
    assert!(matches!(error.unwrap_err(), Error::SignInCancelled));
    assert_eq!(round, 2);
}

#[test]
fn answers_that_do_not_fit_are_refused() {
    let (_dir, uri) = node();
    let error = auth::open(Some(&uri), false, &mut |_| Some(Vec::new())).unwrap_err();
    assert!(
        matches!(
            error,
            Error::AnswerCount {
                questions: 1,
                answers: 0
            }
        ),
        "{error:?}"
    );
    let error = auth::open(Some(&uri), false, &mut |_| {
        Some(vec![CredentialAnswer::Text("an\0na".into())])
    });
    assert!(matches!(error.unwrap_err(), Error::ZeroByte { .. }));
    let error = auth::open(Some("test:///de\0fault"), false, &mut |_| None);
    assert!(matches!(error.unwrap_err(), Error::ZeroByte { .. }));
}

#[test]
fn a_panic_of_the_one_who_asks_comes_back_to_its_caller() {
    let (_dir, uri) = node();
    let result = catch_unwind(AssertUnwindSafe(|| {
        auth::open(Some(&uri), false, &mut |_| {
            std::panic::resume_unwind(Box::new(4711))
        })
    }));
    let panic = result.unwrap_err();
    assert_eq!(panic.downcast_ref::<i32>(), Some(&4711));
}

#[test]
fn without_need_nobody_is_asked_and_read_only_holds() {
    let conn = auth::open(Some("test:///default"), true, &mut |_| {
        std::panic::resume_unwind(Box::new("asked"))
    });
    let conn = conn.unwrap();
    let dom = conn.lookup_domain_by_name("test").unwrap();
    let error: Error = dom.suspend().unwrap_err().into();
    assert!(error.is_auth(), "{error:?}");
}

#[test]
fn the_password_is_gone_when_the_connection_is_open() {
    use zeroize::Zeroize;
    let mut clear = support::random_bytes(32);
    let needle = support::Needle::new(&clear);
    let (dir, uri) = node();
    let mut held = LockedBuffer::from_slice(&clear).unwrap();
    clear.zeroize();
    // The node keeps the right password in this process; so this one is a wrong one.
    let error = auth::open(Some(&uri), false, &mut |requests| {
        Some(
            requests
                .iter()
                .map(|request| {
                    if request.kind.is_secret() {
                        let empty = LockedBuffer::with_capacity(1).unwrap();
                        CredentialAnswer::Secret(std::mem::replace(&mut held, empty))
                    } else {
                        CredentialAnswer::Text("anna".into())
                    }
                })
                .collect(),
        )
    });
    assert!(error.unwrap_err().is_auth());
    assert_eq!(needle.count_in_memory(), 0);
    drop(dir);
}
