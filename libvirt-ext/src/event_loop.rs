// SPDX-License-Identifier: GPL-3.0-or-later
//! The event loop that libvirt's client library runs on (`virEventRegisterImpl`).
//!
//! libvirt's own default runs on `GLib`'s main context, the very one that GTK runs on: in a GTK
//! program, our thread and the window's would take the sources of each other. So this is a loop
//! of its own, over poll(2), on one thread that lives as long as the process. It owns the watches
//! and timers that libvirt registers, and knows nothing of connections.
//!
//! The rules that libvirt sets: any thread may add, change and remove, also from inside a
//! callback; callbacks run with no lock of ours held; what was removed is freed by the loop,
//! never inside the call that removes it.

use std::ffi::{c_int, c_short, c_void};
use std::io;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use virt_sys as sys;

/// How long the loop rests after poll(2) failed, so that it does not spin.
const REST: Duration = Duration::from_millis(100);

type HandleCallback = unsafe extern "C" fn(c_int, c_int, c_int, *mut c_void);
type TimerCallback = unsafe extern "C" fn(c_int, *mut c_void);

/// libvirt's data for a callback, and how to free it.
struct Opaque {
    data: *mut c_void,
    free: sys::virFreeCallback,
}

// SAFETY: libvirt gives this out to be used on whatever thread runs the loop.
unsafe impl Send for Opaque {}

impl Opaque {
    /// Frees libvirt's data. Call with no lock held.
    fn free(self) {
        if let Some(free) = self.free {
            // SAFETY: libvirt's own function, called once, after the last callback.
            unsafe { free(self.data) };
        }
    }
}

/// A file descriptor that is watched.
struct Watch {
    number: c_int,
    fd: c_int,
    /// What for (`virEventHandleType`); nothing: the watch sleeps.
    events: c_int,
    callback: HandleCallback,
    opaque: Opaque,
    removed: bool,
}

/// A timer that fires again and again.
struct Timer {
    number: c_int,
    /// `None`: the timer sleeps.
    interval: Option<Duration>,
    next: Instant,
    callback: TimerCallback,
    opaque: Opaque,
    removed: bool,
}

#[derive(Default)]
struct State {
    watches: Vec<Watch>,
    timers: Vec<Timer>,
    last_number: c_int,
}

struct EventLoop {
    state: Mutex<State>,
    /// An eventfd that ends a poll under way.
    waker: c_int,
}

static LOOP: OnceLock<EventLoop> = OnceLock::new();

/// Makes the loop and gives it to libvirt. Call once, before any connection; then [`run`] it.
///
/// # Errors
///
/// The system has no file descriptor left.
pub(crate) fn register() -> io::Result<()> {
    // SAFETY: takes no pointer.
    let waker = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    if waker < 0 {
        return Err(io::Error::last_os_error());
    }
    LOOP.get_or_init(|| EventLoop {
        state: Mutex::default(),
        waker,
    });
    // SAFETY: the functions live for ever and keep to the rules above.
    unsafe {
        sys::virEventRegisterImpl(
            Some(add_handle),
            Some(update_handle),
            Some(remove_handle),
            Some(add_timeout),
            Some(update_timeout),
            Some(remove_timeout),
        );
    }
    Ok(())
}

/// Runs the loop for ever.
pub(crate) fn run() {
    while let Some(this) = LOOP.get() {
        if let Err(error) = this.turn()
            && error.kind() != io::ErrorKind::Interrupted
        {
            std::thread::sleep(REST);
        }
    }
}

impl EventLoop {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the poll under way, which then sees what changed.
    fn wake(&self) {
        let one = 1u64.to_ne_bytes();
        // SAFETY: an eventfd takes eight bytes. It can only be full if a wake is due already.
        unsafe { libc::write(self.waker, one.as_ptr().cast(), one.len()) };
    }

    /// Waits once, and calls what is due.
    fn turn(&self) -> io::Result<()> {
        self.free_removed();
        let (mut fds, numbers, timeout) = self.state().to_poll(self.waker);
        // SAFETY: the array has that length.
        let count = unsafe {
            let length = libc::nfds_t::try_from(fds.len()).unwrap_or(0);
            libc::poll(fds.as_mut_ptr(), length, timeout)
        };
        if count < 0 {
            return Err(io::Error::last_os_error());
        }
        if fds[0].revents != 0 {
            let mut wakes = [0u8; 8];
            // SAFETY: an eventfd gives eight bytes.
            unsafe { libc::read(self.waker, wakes.as_mut_ptr().cast(), wakes.len()) };
        }
        self.fire_timers();
        for (fd, number) in fds[1..].iter().zip(numbers) {
            if fd.revents != 0 {
                self.fire_watch(number, fd.revents);
            }
        }
        Ok(())
    }

    fn fire_timers(&self) {
        let now = Instant::now();
        let due: Vec<c_int> = self
            .state()
            .timers
            .iter()
            .filter(|timer| timer.is_live() && timer.next <= now)
            .map(|timer| timer.number)
            .collect();
        for number in due {
            let call = {
                let mut state = self.state();
                // An earlier callback may have removed it or put it to sleep.
                let timer = state.timers.iter_mut().find(|t| t.number == number);
                timer.filter(|timer| timer.is_live()).map(|timer| {
                    timer.next = Instant::now() + timer.interval.unwrap_or_default();
                    (timer.callback, timer.opaque.data)
                })
            };
            if let Some((callback, data)) = call {
                // SAFETY: libvirt's own function with its own data, which only this thread frees.
                unsafe { callback(number, data) };
            }
        }
    }

    fn fire_watch(&self, number: c_int, revents: c_short) {
        let call = {
            let state = self.state();
            let watch = state.watches.iter().find(|w| w.number == number);
            watch
                .filter(|watch| !watch.removed && watch.events != 0)
                .map(|watch| (watch.callback, watch.fd, watch.opaque.data))
        };
        if let Some((callback, fd, data)) = call {
            // SAFETY: as for timers.
            unsafe { callback(number, fd, from_poll(revents), data) };
        }
    }

    /// Frees what was removed, with no lock held: freeing may call back into this loop.
    fn free_removed(&self) {
        let (watches, timers) = {
            let mut state = self.state();
            let watches: Vec<_> = state.watches.extract_if(.., |w| w.removed).collect();
            let timers: Vec<_> = state.timers.extract_if(.., |t| t.removed).collect();
            (watches, timers)
        };
        for watch in watches {
            watch.opaque.free();
        }
        for timer in timers {
            timer.opaque.free();
        }
    }
}

impl Timer {
    fn is_live(&self) -> bool {
        !self.removed && self.interval.is_some()
    }
}

impl State {
    fn next_number(&mut self) -> c_int {
        self.last_number += 1;
        self.last_number
    }

    /// What poll(2) is to wait for: the waker first, then a descriptor for each number; and how
    /// long, in milliseconds.
    fn to_poll(&self, waker: c_int) -> (Vec<libc::pollfd>, Vec<c_int>, c_int) {
        let mut fds = vec![libc::pollfd {
            fd: waker,
            events: libc::POLLIN,
            revents: 0,
        }];
        let mut numbers = Vec::with_capacity(self.watches.len());
        for watch in self.watches.iter().filter(|w| !w.removed && w.events != 0) {
            fds.push(libc::pollfd {
                fd: watch.fd,
                events: to_poll(watch.events),
                revents: 0,
            });
            numbers.push(watch.number);
        }
        let next = self.timers.iter().filter(|t| t.is_live()).map(|t| t.next);
        let timeout = next.min().map_or(-1, |next| {
            // Rounded up: a poll that ends too early would only come back at once.
            let left = next.saturating_duration_since(Instant::now());
            c_int::try_from(left.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX)
        });
        (fds, numbers, timeout)
    }
}

/// `virEventHandleType` and poll(2)'s bits. Errors and hang-ups poll(2) tells unasked.
const BITS: [(u32, c_short); 4] = [
    (sys::VIR_EVENT_HANDLE_READABLE, libc::POLLIN),
    (sys::VIR_EVENT_HANDLE_WRITABLE, libc::POLLOUT),
    (sys::VIR_EVENT_HANDLE_ERROR, libc::POLLERR),
    (sys::VIR_EVENT_HANDLE_HANGUP, libc::POLLHUP),
];

fn to_poll(events: c_int) -> c_short {
    BITS.iter()
        .filter(|(ours, _)| events.cast_unsigned() & ours != 0)
        .fold(0, |all, (_, theirs)| all | theirs)
}

fn from_poll(revents: c_short) -> c_int {
    // A closed descriptor is an error to libvirt, which then removes the watch.
    let closed = if revents & libc::POLLNVAL != 0 {
        sys::VIR_EVENT_HANDLE_ERROR
    } else {
        0
    };
    BITS.iter()
        .filter(|(_, theirs)| revents & theirs != 0)
        .fold(closed, |all, (ours, _)| all | ours)
        .cast_signed()
}

fn interval(milliseconds: c_int) -> Option<Duration> {
    u64::try_from(milliseconds).ok().map(Duration::from_millis)
}

unsafe extern "C" fn add_handle(
    fd: c_int,
    events: c_int,
    callback: sys::virEventHandleCallback,
    data: *mut c_void,
    free: sys::virFreeCallback,
) -> c_int {
    let (Some(this), Some(callback)) = (LOOP.get(), callback) else {
        return -1;
    };
    let mut state = this.state();
    let number = state.next_number();
    state.watches.push(Watch {
        number,
        fd,
        events,
        callback,
        opaque: Opaque { data, free },
        removed: false,
    });
    drop(state);
    this.wake();
    number
}

unsafe extern "C" fn update_handle(number: c_int, events: c_int) {
    let Some(this) = LOOP.get() else { return };
    let mut state = this.state();
    if let Some(watch) = state.watches.iter_mut().find(|w| w.number == number) {
        watch.events = events;
    }
    drop(state);
    this.wake();
}

unsafe extern "C" fn remove_handle(number: c_int) -> c_int {
    let Some(this) = LOOP.get() else { return -1 };
    let mut state = this.state();
    let mut live = state.watches.iter_mut().filter(|w| !w.removed);
    let Some(watch) = live.find(|w| w.number == number) else {
        return -1;
    };
    watch.removed = true;
    drop(state);
    this.wake();
    0
}

unsafe extern "C" fn add_timeout(
    milliseconds: c_int,
    callback: sys::virEventTimeoutCallback,
    data: *mut c_void,
    free: sys::virFreeCallback,
) -> c_int {
    let (Some(this), Some(callback)) = (LOOP.get(), callback) else {
        return -1;
    };
    let interval = interval(milliseconds);
    let mut state = this.state();
    let number = state.next_number();
    state.timers.push(Timer {
        number,
        interval,
        next: Instant::now() + interval.unwrap_or_default(),
        callback,
        opaque: Opaque { data, free },
        removed: false,
    });
    drop(state);
    this.wake();
    number
}

unsafe extern "C" fn update_timeout(number: c_int, milliseconds: c_int) {
    let Some(this) = LOOP.get() else { return };
    let mut state = this.state();
    if let Some(timer) = state.timers.iter_mut().find(|t| t.number == number) {
        timer.interval = interval(milliseconds);
        timer.next = Instant::now() + timer.interval.unwrap_or_default();
    }
    drop(state);
    this.wake();
}

unsafe extern "C" fn remove_timeout(number: c_int) -> c_int {
    let Some(this) = LOOP.get() else { return -1 };
    let mut state = this.state();
    let mut live = state.timers.iter_mut().filter(|t| !t.removed);
    let Some(timer) = live.find(|t| t.number == number) else {
        return -1;
    };
    timer.removed = true;
    drop(state);
    this.wake();
    0
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    unsafe extern "C" fn told(number: c_int, _fd: c_int, events: c_int, data: *mut c_void) {
        // SAFETY: the sender that the test boxed.
        let sender = unsafe { &*data.cast::<Sender<(c_int, c_int)>>() };
        let _ = sender.send((number, events));
        // From inside the callback: sleep, so that it comes once.
        // SAFETY: any number may be given.
        unsafe { sys::virEventUpdateHandle(number, 0) };
    }

    unsafe extern "C" fn rang(number: c_int, data: *mut c_void) {
        // SAFETY: the sender that the test boxed.
        let sender = unsafe { &*data.cast::<Sender<(c_int, c_int)>>() };
        let _ = sender.send((number, -1));
    }

    unsafe extern "C" fn free(data: *mut c_void) {
        // SAFETY: the sender that the test boxed, freed once.
        drop(unsafe { Box::from_raw(data.cast::<Sender<(c_int, c_int)>>()) });
    }

    fn boxed(sender: Sender<(c_int, c_int)>) -> *mut c_void {
        Box::into_raw(Box::new(sender)).cast()
    }

    #[test]
    fn a_watch_tells_sleeps_wakes_and_is_freed() {
        crate::initialize().unwrap();
        let (mut ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        let (sender, events) = channel();
        let readable = sys::VIR_EVENT_HANDLE_READABLE.cast_signed();
        // SAFETY: descriptor and sender live until the watch is removed.
        let number = unsafe {
            let fd = theirs.as_raw_fd();
            sys::virEventAddHandle(fd, readable, Some(told), boxed(sender), Some(free))
        };
        assert!(number > 0);
        assert!(events.recv_timeout(Duration::from_millis(30)).is_err());
        io::Write::write_all(&mut ours, b"x").unwrap();
        assert_eq!(events.recv_timeout(PATIENCE).unwrap(), (number, readable));
        assert!(
            events.recv_timeout(Duration::from_millis(30)).is_err(),
            "it sleeps"
        );
        // SAFETY: any number may be given.
        unsafe { sys::virEventUpdateHandle(number, readable) };
        assert_eq!(events.recv_timeout(PATIENCE).unwrap(), (number, readable));
        // SAFETY: as above.
        unsafe {
            assert_eq!(sys::virEventRemoveHandle(number), 0);
            assert_eq!(sys::virEventRemoveHandle(number), -1);
        }
        // Freed, and so the sender is gone.
        assert_eq!(
            events.recv_timeout(PATIENCE),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected)
        );
    }

    #[test]
    fn a_timer_rings_again_and_again_until_it_is_removed() {
        crate::initialize().unwrap();
        let (sender, events) = channel();
        let start = Instant::now();
        // SAFETY: the sender lives until the timer is removed.
        let number = unsafe { sys::virEventAddTimeout(20, Some(rang), boxed(sender), Some(free)) };
        for _ in 0..3 {
            assert_eq!(events.recv_timeout(PATIENCE).unwrap(), (number, -1));
        }
        assert!(
            start.elapsed() >= Duration::from_millis(60),
            "not too early"
        );
        // SAFETY: any number may be given.
        unsafe { sys::virEventUpdateTimeout(number, -1) };
        std::thread::sleep(Duration::from_millis(30));
        while events.try_recv().is_ok() {}
        assert!(
            events.recv_timeout(Duration::from_millis(60)).is_err(),
            "it sleeps"
        );
        // SAFETY: as above.
        unsafe {
            sys::virEventUpdateTimeout(number, 0);
            assert_eq!(events.recv_timeout(PATIENCE).unwrap(), (number, -1));
            assert_eq!(sys::virEventRemoveTimeout(number), 0);
            assert_eq!(sys::virEventRemoveTimeout(number), -1);
        }
        while events.recv_timeout(PATIENCE).is_ok() {}
        // SAFETY: as above.
        assert_eq!(unsafe { sys::virEventRemoveHandle(4711) }, -1);
    }
}
