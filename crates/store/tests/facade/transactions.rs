//! What a transaction holds: everything or nothing, one snapshot, no trace of what failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use outrider_store::{Backend, Error, values};

use crate::rig::{COUNT_PETS, INSERT_PET, RENAME_PET, Rig, add_pet, count_pets};

#[derive(Debug, PartialEq)]
enum Refusal {
    OnPurpose,
    Store(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

#[tokio::test]
async fn an_error_of_the_callers_own_rolls_back() {
    for rig in Rig::all().await {
        let outcome = rig
            .store
            .write(|tx| {
                add_pet(tx, 1)?;
                Err::<(), _>(Refusal::OnPurpose)
            })
            .await;
        assert_eq!(outcome, Err(Refusal::OnPurpose), "{}", rig.name);
        assert_eq!(count_pets(&rig.store).await, 0, "{}", rig.name);
    }
}

#[tokio::test]
async fn a_swallowed_failure_does_not_commit() {
    for rig in Rig::all().await {
        let name = rig.name;
        rig.store.write(|tx| add_pet(tx, 1)).await.unwrap();
        let outcome = rig
            .store
            .write(move |tx| {
                add_pet(tx, 2)?;
                let conflict = add_pet(tx, 1);
                assert!(matches!(conflict, Err(Error::Conflict { .. })), "{name}");
                assert_eq!(add_pet(tx, 3), conflict, "{name}: later statements repeat the first error");
                Ok::<_, Error>(())
            })
            .await;
        assert!(matches!(outcome, Err(Error::Conflict { .. })), "{name}: {outcome:?}");
        assert_eq!(count_pets(&rig.store).await, 1, "{name}");
    }
}

#[tokio::test]
async fn a_panic_fails_only_its_closure() {
    for rig in Rig::all().await {
        let outcome: Result<(), Error> = rig
            .store
            .write(|tx| {
                add_pet(tx, 1)?;
                panic!("on purpose")
            })
            .await;
        let Err(Error::Sql { message, .. }) = outcome else { panic!("{}: {outcome:?}", rig.name) };
        assert!(message.contains("on purpose"), "{message}");
        rig.store.write(|tx| add_pet(tx, 2)).await.unwrap();
        assert_eq!(count_pets(&rig.store).await, 1, "{}", rig.name);
    }
}

#[tokio::test]
async fn a_reader_cannot_write() {
    for rig in Rig::all().await {
        let outcome = rig.store.read(|tx| add_pet(tx, 1)).await;
        assert!(matches!(outcome, Err(Error::Sql { .. })), "{}: {outcome:?}", rig.name);
        assert_eq!(count_pets(&rig.store).await, 0, "{}", rig.name);
        rig.store.write(|tx| add_pet(tx, 1)).await.unwrap();
    }
}

#[tokio::test]
async fn a_reader_sees_one_snapshot() {
    let mut rigs = vec![Rig::file().await];
    rigs.extend(Rig::postgres().await);
    for rig in rigs {
        let (looked, has_looked) = mpsc::channel();
        let (wrote, has_written) = mpsc::channel();
        let has_written = std::sync::Mutex::new(has_written);
        let store = rig.store.clone();
        let reader = tokio::spawn(async move {
            store
                .read(move |tx| {
                    let before: i64 = tx.query_one(&COUNT_PETS, &[])?.get(0)?;
                    looked.send(()).unwrap();
                    has_written.lock().unwrap().recv_timeout(Duration::from_secs(10)).unwrap();
                    Ok::<_, Error>((before, tx.query_one(&COUNT_PETS, &[])?.get::<i64>(0)?))
                })
                .await
        });
        tokio::task::spawn_blocking(move || has_looked.recv_timeout(Duration::from_secs(10)).unwrap()).await.unwrap();
        rig.store.write(|tx| add_pet(tx, 1)).await.unwrap();
        wrote.send(()).unwrap();
        assert_eq!(reader.await.unwrap(), Ok((0, 0)), "{}", rig.name);
        assert_eq!(count_pets(&rig.store).await, 1, "{}", rig.name);
    }
}

#[test]
fn threads_without_a_runtime_are_served() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for rig in runtime.block_on(Rig::all()) {
        rig.store.write_blocking(|tx| add_pet(tx, 1)).unwrap();
        let count: i64 = rig
            .store
            .read_blocking(|tx| tx.query_one(&COUNT_PETS, &[])?.get(0))
            .unwrap_or_else(|error: Error| panic!("{error}"));
        assert_eq!(count, 1, "{}", rig.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_run_again_and_both_closures_commit() {
    let Some(rig) = Rig::postgres().await else { return };
    assert_eq!(rig.store.backend(), Backend::Postgres);
    rig.store
        .write(|tx| {
            add_pet(tx, 1)?;
            add_pet(tx, 2)
        })
        .await
        .unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let meeting = Arc::new(std::sync::Barrier::new(2));
    let mut closures = Vec::new();
    for (first, second) in [(1, 2), (2, 1)] {
        let (store, runs, meeting) = (rig.store.clone(), Arc::clone(&runs), Arc::clone(&meeting));
        closures.push(tokio::spawn(async move {
            store
                .write(move |tx| {
                    let run = runs.fetch_add(1, Ordering::SeqCst);
                    tx.execute(&RENAME_PET, &values![first, format!("{first} by {first}")])?;
                    if run < 2 {
                        meeting.wait();
                    }
                    tx.execute(&RENAME_PET, &values![second, format!("{second} by {first}")]).map(drop)
                })
                .await
        }));
    }
    for closure in closures {
        assert_eq!(closure.await.unwrap(), Ok::<(), Error>(()));
    }
    assert_eq!(runs.load(Ordering::SeqCst), 3, "one of the two ran twice");
}

#[tokio::test]
async fn the_store_ends_with_its_last_handle_even_on_its_own_thread() {
    let rig = Rig::file().await;
    let store = rig.store.clone();
    rig.store
        .write(move |tx| {
            let _held_by_the_closure = &store;
            tx.execute(&INSERT_PET, &values![1, "a", 1]).map(drop)
        })
        .await
        .unwrap_or_else(|error: Error| panic!("{error}"));
    let target = rig.target.clone();
    assert_eq!(count_pets(&rig.store).await, 1);
    assert!(matches!(target, outrider_store::Target::Sqlite(path) if path.exists()));
}
