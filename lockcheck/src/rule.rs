// SPDX-License-Identifier: GPL-3.0-or-later
//! The rules, and what is said of each.

/// A rule of the model, in the order of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A way out of the function leaves a lock held.
    StillLocked,
    /// The first level is locked while the second is held.
    DriverAfterObject,
    /// The second level is locked or fetched without the first.
    ObjectWithoutDriver,
    /// The driver's state is used without its lock.
    DriverUnlocked,
    /// An object's state is used without its lock.
    ObjectUnlocked,
    /// An object is fetched while one is held.
    ObjectFetchedTwice,
    /// A lock is taken that is held already.
    LockedTwice,
    /// A lock is released that is not held.
    NotLocked,
    /// The last name of a locked object is overwritten.
    LockLost,
    /// A public method calls another one.
    EntryCallsEntry,
    /// A guard lives across an `await`.
    GuardAcrossAwait,
    /// Something that blocks is called while a guard lives.
    GuardAcrossBlocking,
}

impl Rule {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::StillLocked,
        Self::DriverAfterObject,
        Self::ObjectWithoutDriver,
        Self::DriverUnlocked,
        Self::ObjectUnlocked,
        Self::ObjectFetchedTwice,
        Self::LockedTwice,
        Self::NotLocked,
        Self::LockLost,
        Self::EntryCallsEntry,
        Self::GuardAcrossAwait,
        Self::GuardAcrossBlocking,
    ];

    /// Its name in configurations, comments and reports for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::StillLocked => "still-locked",
            Self::DriverAfterObject => "driver-after-object",
            Self::ObjectWithoutDriver => "object-without-driver",
            Self::DriverUnlocked => "driver-unlocked",
            Self::ObjectUnlocked => "object-unlocked",
            Self::ObjectFetchedTwice => "object-fetched-twice",
            Self::LockedTwice => "locked-twice",
            Self::NotLocked => "not-locked",
            Self::LockLost => "lock-lost",
            Self::EntryCallsEntry => "entry-calls-entry",
            Self::GuardAcrossAwait => "guard-across-await",
            Self::GuardAcrossBlocking => "guard-across-blocking",
        }
    }

    /// The rule of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }

    /// What a report says where it is broken.
    pub fn message(self) -> &'static str {
        match self {
            Self::StillLocked => "Still locked at exit",
            Self::DriverAfterObject => "Driver locked while object is locked",
            Self::ObjectWithoutDriver => "Object locked while driver is unlocked",
            Self::DriverUnlocked => "Driver used while unlocked",
            Self::ObjectUnlocked => "Object used while unlocked",
            Self::ObjectFetchedTwice => "Object fetched while locked objects exist",
            Self::LockedTwice => "Locked while already locked",
            Self::NotLocked => "Unlocked while not locked",
            Self::LockLost => "Overwritten while locked",
            Self::EntryCallsEntry => "Public method calls another public method",
            Self::GuardAcrossAwait => "Guard held across an await",
            Self::GuardAcrossBlocking => "Guard held across a blocking call",
        }
    }

    /// What the rule is for, how it is broken and how that is mended.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::StillLocked => {
                "On some way out of the function a lock is still held: nobody else will ever get it.\n\
                 Release it on each way out; a label that all of them go through is the usual form.\n\
                 What is reported: each return, or the end of the body, that a held lock can reach."
            }
            Self::DriverAfterObject => {
                "The driver's lock comes first, the object's second. Another thread that holds the driver\n\
                 and waits for this object never gets it while this one waits for the driver.\n\
                 Lock the driver before the object, and keep it as long as it is needed."
            }
            Self::ObjectWithoutDriver => {
                "An object is locked, or looked up and returned locked, while the driver is not locked. Between\n\
                 finding it and locking it, another thread can remove it.\n\
                 Lock the driver first; it may be released as soon as the object is locked."
            }
            Self::DriverUnlocked => {
                "The driver's shared state is used, or handed to a function, while nobody's lock protects it.\n\
                 Lock the driver before, or release it later. Copying the pointer and sizeof are no use;\n\
                 a driver that this function has just allocated and that nobody else knows needs no lock."
            }
            Self::ObjectUnlocked => {
                "The object's state is used, or handed to a function, while its lock is not held.\n\
                 Lock it before, or release it later."
            }
            Self::ObjectFetchedTwice => {
                "An object is fetched, and by that locked, while one is held already. If it is the same one, this\n\
                 thread waits for itself; if it is another one, two threads can wait for each other.\n\
                 Release the first one before."
            }
            Self::LockedTwice => {
                "On each way to this place the lock is held already. These locks are not recursive: the thread\n\
                 waits for itself."
            }
            Self::NotLocked => {
                "On each way to this place the lock is not held: it was released before, or never taken.\n\
                 Releasing it again breaks the lock of whoever holds it by then."
            }
            Self::LockLost => {
                "The only variable that names a locked object is given another value: nothing can release its\n\
                 lock any more. Release it before, or name the function that took it over in `consume`."
            }
            Self::EntryCallsEntry => {
                "A public method calls another public method. Each of them takes the driver's lock, and the lock is\n\
                 not recursive.\n\
                 Move what both need to a function that expects the lock to be held."
            }
            Self::GuardAcrossAwait => {
                "A guard lives while something is awaited: the lock is held until the task is polled again, by\n\
                 whatever thread, and anybody who waits for it meanwhile blocks a thread of the runtime.\n\
                 End the guard's block before. A second `let` of the same name does not end it."
            }
            Self::GuardAcrossBlocking => {
                "Something that blocks is called while a guard lives: whoever needs the lock waits for the disk,\n\
                 the network or another process.\n\
                 Take out what is needed, end the guard's block, then call it."
            }
        }
    }

    /// Whether it is about a way out: reports count those apart.
    pub(crate) fn is_exit(self) -> bool {
        self == Self::StillLocked
    }
}
