// SPDX-License-Identifier: GPL-3.0-or-later
//! A guest whose definition or state could not be read is neither taken for one without secrets nor
//! for one that is off.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers")]

use oriel::agent::Agent;
use oriel::error::GuestError;
use oriel::guest::{DomainState, Guest, manage, remove};
use oriel::{Connection, Error};

/// libvirt's test driver has one guest, which runs.
async fn guest(connection: &Connection) -> Guest {
    (*connection.guest("test").await.unwrap()).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_definition_it_does_not_start_with_its_host() {
    let connection = Connection::open("test:///default", Agent::default())
        .await
        .unwrap();
    let mut unread = guest(&connection).await;
    // Read, it may: the reason below is the lack of the definition alone.
    manage::set_autostart(&connection, &unread, true)
        .await
        .unwrap();
    manage::set_autostart(&connection, &unread, false)
        .await
        .unwrap();
    unread.summary = None;
    let refused = manage::set_autostart(&connection, &unread, true).await;
    let Err(Error::Invalid(why)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(why.id(), "autostart-unread");
    // Nothing is asked of a guest that is to stay off.
    manage::set_autostart(&connection, &unread, false)
        .await
        .unwrap();
    connection.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_an_unknown_state_it_is_not_deleted() {
    let connection = Connection::open("test:///default", Agent::default())
        .await
        .unwrap();
    let mut unknown = guest(&connection).await;
    unknown.state = DomainState::Unknown;
    for storage in [false, true] {
        let refused = remove::delete(&connection, &unknown, storage, false).await;
        assert!(
            matches!(refused, Err(Error::Guest(GuestError::WrongState { .. }))),
            "{refused:?}"
        );
    }
    let refused = remove::undefine(&connection, &unknown).await;
    assert!(
        matches!(refused, Err(Error::Guest(GuestError::WrongState { .. }))),
        "{refused:?}"
    );
    // What the list had is asked once more of libvirt: it runs.
    unknown.state = DomainState::ShutOff;
    let refused = remove::delete(&connection, &unknown, false, false).await;
    assert!(
        matches!(refused, Err(Error::Guest(GuestError::WrongState { .. }))),
        "{refused:?}"
    );
    assert!(connection.guest("test").await.is_ok());
    connection.close().await;
}
