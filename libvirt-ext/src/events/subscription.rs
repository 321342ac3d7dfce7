// SPDX-License-Identifier: GPL-3.0-or-later
//! Registering for everything on one connection, and ending that cleanly.
//!
//! Who owns what: each registration gives libvirt a boxed [`Slot`], which libvirt's free
//! callback drops, once. The slots share the closure; the [`Subscription`] can take it away from
//! under them, so that nothing is delivered after it is dropped even if libvirt frees late.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use virt::connect::Connect;
use virt_sys as sys;

use super::Event;
use super::kinds::{self, Class, KINDS};
use super::object_callbacks::closed;
use crate::connection::is_alive;
use crate::error::Error;
use crate::ffi::{ConnectRef, check};

type Handler = Box<dyn Fn(Event) + Send + Sync>;

/// What all slots of a subscription share.
struct Shared {
    /// Gone once the subscription is dropped.
    handler: RwLock<Option<Handler>>,
    ended: AtomicBool,
}

/// What libvirt holds for one registration.
pub(super) struct Slot {
    shared: Arc<Shared>,
    /// Set when libvirt frees the slot.
    freed: Arc<AtomicBool>,
}

thread_local! {
    /// How many deliveries this thread is in.
    static DELIVERING: Cell<usize> = const { Cell::new(0) };
}

/// Builds an event and gives it to the closure. No panic leaves.
///
/// # Safety
///
/// `opaque` is a slot that libvirt has not freed.
pub(super) unsafe fn deliver(opaque: *mut c_void, build: impl FnOnce(&Slot) -> Option<Event>) {
    // SAFETY: as the caller vouches.
    let Some(slot) = (unsafe { opaque.cast::<Slot>().as_ref() }) else {
        return;
    };
    let result = catch_unwind(AssertUnwindSafe(|| {
        if let Some(event) = build(slot) {
            slot.shared.deliver(event);
        }
    }));
    if let Err(panic) = result {
        // Dropping what was thrown could panic again, now across C.
        std::mem::forget(panic);
    }
}

impl Shared {
    fn deliver(&self, event: Event) {
        let handler = self.handler.read().unwrap_or_else(PoisonError::into_inner);
        if self.ended.load(Ordering::Acquire) {
            return;
        }
        if let Some(handler) = handler.as_ref() {
            let _inside = Inside::enter();
            handler(event);
        }
    }
}

/// Marks this thread as inside a closure, also if the closure panics.
struct Inside;

impl Inside {
    fn enter() -> Self {
        DELIVERING.with(|depth| depth.set(depth.get() + 1));
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DELIVERING.with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

/// libvirt's free callback.
unsafe extern "C" fn free_slot(opaque: *mut c_void) {
    if opaque.is_null() {
        return;
    }
    // SAFETY: a slot from `Registration::prepare`, freed by libvirt once.
    let slot = unsafe { Box::from_raw(opaque.cast::<Slot>()) };
    slot.freed.store(true, Ordering::Release);
    // The closure goes with the last slot only if the subscription ended inside the closure.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(slot))) {
        std::mem::forget(panic);
    }
}

/// An event kind that this connection does not give, and why.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Object and event, such as "secret/lifecycle" or "domain/nic-mac-change".
    pub event: &'static str,
    /// libvirt's reason.
    pub reason: Error,
}

/// A connection's events, until this is dropped.
///
/// Dropping deregisters everything and then lets go of the closure: when it returns, the closure
/// is not running and will not be called again. Over a remote connection that is a call to the
/// daemon for each kind, as is registering: keep both off threads that must not wait. Do not drop it while holding what the closure
/// waits for. Dropped from inside the closure, it ends on a thread of its own.
pub struct Subscription {
    inner: Option<Inner>,
    refused: Vec<Refused>,
}

struct Inner {
    conn: ConnectRef,
    shared: Arc<Shared>,
    numbers: Vec<(Class, c_int)>,
    close: Option<Close>,
}

/// The registration of the close callback, whose slot some drivers never take over.
struct Close {
    slot: *mut c_void,
    freed: Arc<AtomicBool>,
}

// SAFETY: the pointer is used by one thread, in `Inner::end`.
unsafe impl Send for Close {}
// SAFETY: a shared reference gives no access to it.
unsafe impl Sync for Close {}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field(
                "events",
                &self.inner.as_ref().map(|inner| inner.numbers.len()),
            )
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

/// Registers every event of a connection (`virConnect*EventRegisterAny`,
/// `virConnectRegisterCloseCallback`) and gives each to `handler`.
///
/// One subscription per connection: libvirt refuses a second. `handler` runs on the thread of
/// libvirt's event loop (that of [`Event::Closed`] maybe on another), with locks of libvirt held:
/// it must call nothing of libvirt, must not wait, and must not own a connection. A panic in it
/// is swallowed. Kinds that the driver or an older libvirt does not have are set aside, see
/// [`Subscription::unsupported`].
///
/// # Errors
///
/// The connection is lost, was opened before [`crate::initialize`], has a subscription already,
/// or libvirt refuses guests' events for another reason than not knowing them.
pub fn subscribe(
    conn: &Connect,
    handler: impl Fn(Event) + Send + Sync + 'static,
) -> Result<Subscription, Error> {
    crate::initialize()?;
    // A connection that died keeps its old close callback and would call that the reason.
    if !is_alive(conn)? {
        return Err(Error::ConnectionClosed);
    }
    let mut subscription = Subscription {
        inner: Some(Inner {
            conn: ConnectRef::new(conn)?,
            shared: Arc::new(Shared {
                handler: RwLock::new(Some(Box::new(handler))),
                ended: AtomicBool::new(false),
            }),
            numbers: Vec::with_capacity(KINDS.len()),
            close: None,
        }),
        refused: Vec::new(),
    };
    // On an error the half-made subscription is dropped, which undoes what was registered.
    if let Some(inner) = subscription.inner.as_mut() {
        inner.register_close()?;
        for kind in KINDS {
            if let Err(reason) = inner.register(kind) {
                if !is_absent(conn, kind.class, &reason) {
                    return Err(reason);
                }
                subscription.refused.push(Refused {
                    event: kind.name,
                    reason,
                });
            }
        }
    }
    Ok(subscription)
}

/// Whether a refusal only means that this kind of event is not to be had here.
fn is_absent(conn: &Connect, class: Class, reason: &Error) -> bool {
    if reason.is_unsupported() {
        return true;
    }
    if !is_alive(conn).unwrap_or(false) {
        return false;
    }
    // An older library calls a number that it does not know an invalid argument, an older daemon
    // an internal error. For objects other than guests, a daemon of their own may be missing.
    class != Class::Domain || is_unknown_number(reason)
}

fn is_unknown_number(reason: &Error) -> bool {
    use crate::error::code;
    reason.code().is_some_and(|number| {
        number == code(sys::VIR_ERR_INTERNAL_ERROR)
            || (number == code(sys::VIR_ERR_INVALID_ARG)
                && reason.domain() != Some(code(sys::VIR_FROM_NONE)))
    })
}

impl Inner {
    /// A slot for libvirt, and the mark that it sets when it frees it.
    fn slot(&self) -> (*mut c_void, Arc<AtomicBool>) {
        let freed = Arc::new(AtomicBool::new(false));
        let slot = Box::new(Slot {
            shared: Arc::clone(&self.shared),
            freed: Arc::clone(&freed),
        });
        (Box::into_raw(slot).cast(), freed)
    }

    fn register(&mut self, kind: &kinds::Kind) -> Result<(), Error> {
        let (slot, freed) = self.slot();
        // SAFETY: the slot is boxed, and `free_slot` frees it.
        match unsafe { kinds::register(&self.conn, kind, slot, free_slot) } {
            Ok(number) => {
                self.numbers.push((kind.class, number));
                Ok(())
            }
            Err(error) => {
                free_if_left(slot, &freed);
                Err(error)
            }
        }
    }

    fn register_close(&mut self) -> Result<(), Error> {
        let (slot, freed) = self.slot();
        // SAFETY: the connection is valid; the slot is boxed, and `free_slot` frees it.
        let result = check(unsafe {
            sys::virConnectRegisterCloseCallback(
                self.conn.as_ptr(),
                Some(closed),
                slot,
                Some(free_slot),
            )
        });
        match result {
            Ok(_) => {
                self.close = Some(Close { slot, freed });
                Ok(())
            }
            Err(error) => {
                free_if_left(slot, &freed);
                Err(error)
            }
        }
    }

    /// Deregisters everything.
    fn end(self) {
        for (class, number) in &self.numbers {
            kinds::deregister(&self.conn, *class, *number);
        }
        if let Some(close) = &self.close {
            // SAFETY: the connection is valid.
            let result =
                unsafe { sys::virConnectUnregisterCloseCallback(self.conn.as_ptr(), Some(closed)) };
            // Drivers without a connection to lose (test, embedded) say yes to registering and
            // drop the slot on the floor. The others have freed it by the time that the call
            // above returns; after a failure they free it with the connection.
            if result >= 0 {
                free_if_left(close.slot, &close.freed);
            }
        }
    }
}

/// Frees a slot that libvirt did not take over.
fn free_if_left(slot: *mut c_void, freed: &AtomicBool) {
    if !freed.load(Ordering::Acquire) {
        // SAFETY: libvirt has neither freed the slot nor kept it.
        unsafe { free_slot(slot) };
    }
}

impl Subscription {
    /// The kinds of event that this connection does not give.
    pub fn unsupported(&self) -> &[Refused] {
        &self.refused
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let Some(inner) = self.inner.take() else {
            return;
        };
        inner.shared.ended.store(true, Ordering::Release);
        if DELIVERING.with(Cell::get) > 0 {
            // libvirt may hold its lock around this very delivery. If no thread can be had, the
            // registrations stay, mute, until the connection ends.
            let _ = std::thread::Builder::new()
                .name("libvirt-unsubscribe".into())
                .spawn(move || finish(inner));
        } else {
            finish(inner);
        }
    }
}

fn finish(inner: Inner) {
    // Waits for a delivery that is under way.
    let handler = inner
        .shared
        .handler
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    inner.end();
    // Last, with no lock held: what the closure owns is the caller's.
    drop(handler);
}

/// A slot as libvirt would hold it, for tests that play libvirt; [`free_test_slot`] frees it.
#[cfg(test)]
pub(super) fn test_slot(handler: impl Fn(Event) + Send + Sync + 'static) -> *mut c_void {
    let shared = Shared {
        handler: RwLock::new(Some(Box::new(handler))),
        ended: AtomicBool::new(false),
    };
    let slot = Slot {
        shared: Arc::new(shared),
        freed: Arc::default(),
    };
    Box::into_raw(Box::new(slot)).cast()
}

#[cfg(test)]
pub(super) fn free_test_slot(slot: *mut c_void) {
    // SAFETY: from `test_slot`, freed once.
    unsafe { free_slot(slot) };
}
