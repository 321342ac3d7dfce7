// SPDX-License-Identifier: GPL-3.0-or-later
//! Who is connected, and of what they want to be told.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering};

use oriel_wire::Peer;
use oriel_wire::event::{Event, Subject};

use super::stage::locked;

#[derive(Debug)]
struct Client {
    number: i32,
    peer: Peer,
    callbacks: Vec<(i32, Subject, i32)>,
}

#[derive(Debug, Default)]
pub(super) struct Clients {
    all: Mutex<Vec<Client>>,
    next: AtomicI32,
}

impl Clients {
    /// Adds a client; gives its number.
    pub(super) fn add(&self, peer: Peer) -> i32 {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        locked(&self.all).push(Client {
            number,
            peer,
            callbacks: Vec::new(),
        });
        number
    }

    pub(super) fn remove(&self, number: i32) {
        locked(&self.all).retain(|client| client.number != number);
    }

    pub(super) fn count(&self) -> usize {
        locked(&self.all).len()
    }

    pub(super) fn hang_up(&self) {
        for client in locked(&self.all).iter() {
            client.peer.hang_up();
        }
    }

    /// Has a client be told of an event; gives the callback's number.
    pub(super) fn register(&self, number: i32, subject: Subject, event: i32) -> i32 {
        let callback = self.next.fetch_add(1, Ordering::SeqCst);
        let mut all = locked(&self.all);
        if let Some(client) = all.iter_mut().find(|client| client.number == number) {
            client.callbacks.push((callback, subject, event));
        }
        callback
    }

    pub(super) fn deregister(&self, number: i32, callback: i32) {
        let mut all = locked(&self.all);
        if let Some(client) = all.iter_mut().find(|client| client.number == number) {
            client.callbacks.retain(|(it, ..)| *it != callback);
        }
    }

    /// Those that want to be told of an event, each with its message.
    pub(super) fn told<E: Event>(
        &self,
        message: impl Fn(i32) -> E::Message,
    ) -> Vec<(Peer, E::Message)> {
        let all = self.who_wants::<E>().into_iter();
        all.map(|(peer, callback)| (peer, message(callback)))
            .collect()
    }

    /// Who has asked for an event, by which callback.
    pub(super) fn who_wants<E: Event>(&self) -> Vec<(Peer, i32)> {
        let all = locked(&self.all);
        let wanting = all.iter().flat_map(|client| {
            let callbacks = client.callbacks.iter();
            let fitting = callbacks.filter(|(_, of, id)| (*of, *id) == E::ASKED);
            fitting.map(|(callback, ..)| (client.peer.clone(), *callback))
        });
        wanting.collect()
    }
}

/// Tells them, one after the other.
pub(super) async fn tell<E: Event>(told: Vec<(Peer, E::Message)>) {
    for (peer, message) in told {
        // Who has gone in the meantime learns of nothing.
        let _ = peer.tell::<E>(&message).await;
    }
}
