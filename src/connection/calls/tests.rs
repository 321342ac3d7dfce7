// SPDX-License-Identifier: GPL-3.0-or-later
//! Which failed call ends which session, and what long operations leave to others.

use super::*;
use crate::driver::open;
use crate::model::agent::Agent;
use crate::model::doing::READ_HOST as TRY;
use crate::model::error::ConnectionError;

/// How long nothing may happen before it counts as nothing.
const QUIET: Duration = Duration::from_millis(200);

fn driver() -> Driver {
    open::open("test:///default", &Agent::default()).expect("libvirt's test driver")
}

fn broken() -> Error {
    Error::Connection(ConnectionError::Lost {
        uri: "test:///default".into(),
        doing: TRY.into(),
    })
}

/// Whether the session of now is told to be lost.
async fn is_lost(calls: &Calls) -> bool {
    tokio::time::timeout(QUIET, calls.lost()).await.is_ok()
}

#[tokio::test]
async fn a_call_that_breaks_ends_its_session() {
    let calls = Calls::new("test:///default", Agent::default());
    calls.set_driver(Some(driver()));
    let failed = calls.run(Class::Ordinary, TRY, |_| Err::<(), _>(broken()));
    assert!(failed.await.is_err());
    assert!(is_lost(&calls).await);
}

#[tokio::test]
async fn a_loss_that_was_noticed_otherwise_ends_no_later_session() {
    let calls = Calls::new("test:///default", Agent::default());
    calls.set_driver(Some(driver()));
    let failed = calls.run(Class::Ordinary, TRY, |_| Err::<(), _>(broken()));
    assert!(failed.await.is_err());
    // The event of the closed connection came first: nobody waited for the call's report.
    calls.set_driver(None);
    calls.set_driver(Some(driver()));
    assert!(!is_lost(&calls).await, "the next session was ended");
}

#[tokio::test]
async fn a_late_failure_on_old_handles_ends_no_later_session() {
    let calls = Calls::new("test:///default", Agent::default());
    calls.set_driver(Some(driver()));
    let (fail, wait) = std::sync::mpsc::channel::<()>();
    let late = tokio::spawn({
        let calls = calls.clone();
        async move {
            let act = move |_: &Driver| {
                let _ = wait.recv();
                Err::<(), _>(broken())
            };
            calls.run(Class::ToTheEnd, TRY, act).await
        }
    });
    while calls.inner.shared.available_permits() == SHARED as usize {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    calls.set_driver(None);
    calls.set_driver(Some(driver()));
    drop(fail);
    assert!(late.await.expect("a result").is_err());
    assert!(!is_lost(&calls).await, "the next session was ended");
}

/// Begins long operations that last until the sender is dropped, and tells how many got a place.
async fn begin_long(calls: &Calls, number: usize) -> (Vec<std::sync::mpsc::Sender<()>>, usize) {
    let (began, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut ends = Vec::new();
    for _ in 0..number {
        let (end, wait) = std::sync::mpsc::channel::<()>();
        let (calls, began) = (calls.clone(), began.clone());
        ends.push(end);
        tokio::spawn(async move {
            let act = move |_: &Driver| {
                let _ = began.send(());
                let _ = wait.recv();
                Ok(())
            };
            calls.run(Class::Long, TRY, act).await
        });
    }
    drop(began);
    let mut count = 0;
    while let Ok(Some(())) = tokio::time::timeout(QUIET, told.recv()).await {
        count += 1;
    }
    (ends, count)
}

/// Whether a reading goes through now.
async fn reads(calls: &Calls) -> bool {
    let reading = calls.run(Class::Ordinary, TRY, |_| Ok(()));
    tokio::time::timeout(Duration::from_secs(2), reading)
        .await
        .is_ok_and(|read| read.is_ok())
}

#[tokio::test]
async fn long_operations_of_a_driver_in_this_process_take_no_shared_place() {
    let calls = Calls::new("test:///default", Agent::default());
    calls.set_driver(Some(driver()));
    let (ends, begun) = begin_long(&calls, 5).await;
    assert_eq!(begun, long::PLACES as usize);
    assert_eq!(calls.inner.shared.available_permits(), SHARED as usize);
    assert!(reads(&calls).await);
    let settled = tokio::time::timeout(QUIET, calls.idle()).await;
    assert!(settled.is_err(), "they are under way");
    drop(ends);
    calls.idle().await;
}

#[tokio::test]
async fn without_a_second_connection_long_operations_leave_a_place_to_readings() {
    let calls = Calls::new("test:///default", Agent::default());
    // Another host answers at the next opening, which is refused.
    let mut elsewhere = driver();
    elsewhere.canonical = "qemu:///system".into();
    calls.set_driver(Some(elsewhere));
    let (ends, begun) = begin_long(&calls, 5).await;
    assert_eq!(begun, long::SHARED as usize);
    assert!(reads(&calls).await);
    drop(ends);
}

#[tokio::test]
async fn where_libvirt_bears_no_two_calls_there_is_one_at_a_time() {
    let calls = Calls::new("test:///default", Agent::default());
    let mut one_at_a_time = driver();
    one_at_a_time.one_call = true;
    calls.set_driver(Some(one_at_a_time));
    let under_way = Arc::new(Mutex::new((0, 0)));
    let all = [
        Class::Background,
        Class::Ordinary,
        Class::Lifecycle,
        Class::Brief,
        Class::Ordinary,
        Class::ToTheEnd,
    ];
    let asked = all.map(|class| {
        let (calls, under_way) = (calls.clone(), under_way.clone());
        tokio::spawn(async move {
            let act = move |_: &Driver| {
                let mut now = under_way.lock().expect("nobody panicked");
                now.0 += 1;
                now.1 = now.1.max(now.0);
                drop(now);
                std::thread::sleep(QUIET / 8);
                under_way.lock().expect("nobody panicked").0 -= 1;
                Ok(())
            };
            calls.run(class, TRY, act).await
        })
    });
    for one in asked {
        assert!(one.await.is_ok_and(|result| result.is_ok()));
    }
    let most = under_way.lock().expect("nobody panicked").1;
    assert_eq!(most, 1);
}

#[tokio::test]
async fn a_guest_that_hangs_holds_one_place() {
    let calls = Calls::new("test:///default", Agent::default());
    calls.set_driver(Some(driver()));
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let hang = move |_: &Driver| {
        let _ = wait.lock().unwrap_or_else(PoisonError::into_inner).recv();
        Ok(())
    };
    let (stuck, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let first = calls.run_on(stuck, Class::Brief, TRY, hang);
    assert!(matches!(
        first.await,
        Err(Error::Connection(ConnectionError::Timeout { .. }))
    ));
    for _ in 0..SHARED {
        let next = calls.run_on(stuck, Class::Brief, TRY, |_| Ok(()));
        assert!(matches!(
            next.await,
            Err(Error::Connection(ConnectionError::Timeout { .. }))
        ));
    }
    let free = calls.inner.shared.available_permits();
    assert_eq!(free, SHARED as usize - 1);
    let looked = calls.run_on(other, Class::Brief, TRY, |_| Ok(()));
    assert!(looked.await.is_ok());
    // It goes on, and so do they.
    drop(go_on);
    let looked = calls.run_on(stuck, Class::Brief, TRY, |_| Ok(()));
    assert!(looked.await.is_ok());
}
