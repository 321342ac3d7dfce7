// SPDX-License-Identifier: GPL-3.0-or-later
//! Which failed call ends which session.

use super::*;
use crate::agent::Agent;
use crate::connection::open;

/// How long nothing may happen before it counts as nothing.
const QUIET: Duration = Duration::from_millis(200);

fn handles() -> Handles {
    open::open("test:///default", &Agent::default()).expect("libvirt's test driver")
}

fn broken() -> Error {
    Error::ConnectionLost {
        uri: "test:///default".into(),
        doing: "try it".into(),
    }
}

/// Whether the session of now is told to be lost.
async fn is_lost(calls: &Calls) -> bool {
    tokio::time::timeout(QUIET, calls.lost()).await.is_ok()
}

#[tokio::test]
async fn a_call_that_breaks_ends_its_session() {
    let calls = Calls::new("test:///default");
    calls.set_handles(Some(handles()));
    let failed = calls.run(Class::Ordinary, "try it", |_| Err::<(), _>(broken()));
    assert!(failed.await.is_err());
    assert!(is_lost(&calls).await);
}

#[tokio::test]
async fn a_loss_that_was_noticed_otherwise_ends_no_later_session() {
    let calls = Calls::new("test:///default");
    calls.set_handles(Some(handles()));
    let failed = calls.run(Class::Ordinary, "try it", |_| Err::<(), _>(broken()));
    assert!(failed.await.is_err());
    // The event of the closed connection came first: nobody waited for the call's report.
    calls.set_handles(None);
    calls.set_handles(Some(handles()));
    assert!(!is_lost(&calls).await, "the next session was ended");
}

#[tokio::test]
async fn a_late_failure_on_old_handles_ends_no_later_session() {
    let calls = Calls::new("test:///default");
    calls.set_handles(Some(handles()));
    let (fail, wait) = std::sync::mpsc::channel::<()>();
    let late = tokio::spawn({
        let calls = calls.clone();
        async move {
            let act = move |_: &Handles| {
                let _ = wait.recv();
                Err::<(), _>(broken())
            };
            calls.run(Class::ToTheEnd, "try it", act).await
        }
    });
    while calls.inner.shared.available_permits() == SHARED as usize {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    calls.set_handles(None);
    calls.set_handles(Some(handles()));
    drop(fail);
    assert!(late.await.expect("a result").is_err());
    assert!(!is_lost(&calls).await, "the next session was ended");
}
