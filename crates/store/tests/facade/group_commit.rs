//! SQLite's shared commits: closures that wait together commit together and fail alone.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use outrider_store::{Error, Store, Target, statements, values};

use crate::rig::{COUNT_PETS, CREATE_PETS, Rig, add_pet, config, count_pets};

statements! {
    pub LIMIT_PAGES = "PRAGMA max_page_count = 200";
    pub LIFT_LIMIT = "PRAGMA max_page_count = 1000000";
    pub FILL = "INSERT INTO pets (id, name, age) VALUES (?1, ?2, NULL)";
}

/// Keeps the writer busy until closures sent meanwhile wait together.
async fn occupy(store: &Store) -> tokio::task::JoinHandle<Result<(), Error>> {
    let (store, (started, has_started)) = (store.clone(), tokio::sync::oneshot::channel());
    let started = std::sync::Mutex::new(Some(started));
    let occupied = tokio::spawn(async move {
        store
            .write(move |_| {
                if let Some(started) = started.lock().unwrap().take() {
                    started.send(()).unwrap();
                }
                std::thread::sleep(Duration::from_millis(200));
                Ok(())
            })
            .await
    });
    has_started.await.unwrap();
    occupied
}

#[tokio::test]
async fn one_closures_failure_does_not_touch_the_others_of_its_batch() {
    for rig in [Rig::file().await, Rig::memory().await] {
        let occupied = occupy(&rig.store).await;
        let mut closures = Vec::new();
        for id in 0..100_i64 {
            let store = rig.store.clone();
            closures.push(tokio::spawn(async move {
                store
                    .write(move |tx| {
                        add_pet(tx, id)?;
                        match id % 4 {
                            1 => add_pet(tx, id),
                            2 => Err(Error::NotFound),
                            3 if id % 8 == 3 => panic!("on purpose"),
                            _ => Ok(()),
                        }
                    })
                    .await
            }));
        }
        occupied.await.unwrap().unwrap();
        for (id, closure) in closures.into_iter().enumerate() {
            let outcome = closure.await.unwrap();
            match id % 4 {
                1 => assert!(matches!(outcome, Err(Error::Conflict { .. })), "{}", rig.name),
                2 => assert_eq!(outcome, Err(Error::NotFound), "{}", rig.name),
                3 if id % 8 == 3 => assert!(matches!(outcome, Err(Error::Sql { .. })), "{}", rig.name),
                _ => assert_eq!(outcome, Ok(()), "{}", rig.name),
            }
        }
        assert_eq!(count_pets(&rig.store).await, 37, "{}: 25 of rest 0 and every second of rest 3", rig.name);
    }
}

/// Runs closures that wait together; gives how often each ran and how it ended. `change` says which change something first,
/// `fail` which fail.
async fn run_together(store: &Store, count: i64, change: fn(i64) -> bool, fail: fn(i64) -> bool) -> Vec<(usize, bool)> {
    let occupied = occupy(store).await;
    let mut closures = Vec::new();
    for id in 0..count {
        let (store, ran) = (store.clone(), Arc::new(AtomicUsize::new(0)));
        closures.push(tokio::spawn(async move {
            let counter = Arc::clone(&ran);
            let outcome = store
                .write(move |tx| {
                    counter.fetch_add(1, Ordering::Relaxed);
                    if change(id) {
                        add_pet(tx, id)?;
                    }
                    if fail(id) { Err(Error::NotFound) } else { Ok(()) }
                })
                .await;
            (ran.load(Ordering::Relaxed), outcome.is_ok())
        }));
    }
    occupied.await.unwrap().unwrap();
    let mut ended = Vec::new();
    for closure in closures {
        ended.push(closure.await.unwrap());
    }
    ended
}

#[tokio::test]
async fn closures_run_once_unless_one_beside_them_fails_after_a_change() {
    for rig in [Rig::file().await, Rig::memory().await] {
        let quiet = run_together(&rig.store, 20, |id| id % 2 == 0, |id| id % 2 == 1).await;
        assert_eq!(quiet, [(1, true), (1, false)].repeat(10), "{}: what failed had changed nothing", rig.name);
        assert_eq!(count_pets(&rig.store).await, 10, "{}", rig.name);
        let alone = run_together(&rig.store, 1, |_| true, |_| true).await;
        assert_eq!(alone, [(1, false)], "{}: it is undone without being asked again", rig.name);
        assert_eq!(count_pets(&rig.store).await, 10, "{}", rig.name);
    }
}

#[tokio::test]
async fn a_store_that_is_filled_keeps_the_same_promises() {
    let directory = tempfile::tempdir().unwrap();
    let target = Target::Sqlite(directory.path().join("filled.db"));
    let store = Store::open_to_fill(&config(target.clone())).await.unwrap();
    store.write(|tx| tx.execute(&CREATE_PETS, &[])).await.unwrap();
    let ended = run_together(&store, 20, |_| true, |id| id == 10).await;
    let well: Vec<bool> = ended.iter().map(|(_, well)| *well).collect();
    assert_eq!(well, (0..20).map(|id| id != 10).collect::<Vec<_>>());
    assert!(ended[..11].iter().all(|(ran, _)| *ran == 2), "again, between savepoints: {ended:?}");
    // Another process sees it as soon as it is answered.
    let other = Store::open(&config(target)).await.unwrap();
    assert_eq!(count_pets(&other).await, 19);
}

#[tokio::test]
async fn a_full_disk_fails_the_whole_batch_and_later_writes_work() {
    for rig in [Rig::file().await, Rig::memory().await] {
        rig.store.write(|tx| tx.query(&LIMIT_PAGES, &[])).await.unwrap();
        let occupied = occupy(&rig.store).await;
        let small = rig.store.write(|tx| add_pet(tx, 1));
        let huge = rig.store.write(|tx| {
            for id in 100..200 {
                tx.execute(&FILL, &values![id, format!("{id} {}", "x".repeat(50_000))])?;
            }
            Ok::<_, Error>(())
        });
        // Polled in this order, so that they wait in this order.
        let (small, huge) = tokio::join!(small, huge);
        occupied.await.unwrap().unwrap();
        assert!(matches!(huge, Err(Error::Unavailable(_))), "{}: {huge:?}", rig.name);
        assert!(matches!(small, Err(Error::Unavailable(_))), "{}: it shared the batch: {small:?}", rig.name);
        assert_eq!(count_pets(&rig.store).await, 0, "{}: none was reported as done, none is there", rig.name);
        rig.store.write(|tx| tx.query(&LIFT_LIMIT, &[])).await.unwrap();
        rig.store.write(|tx| add_pet(tx, 1)).await.unwrap();
        assert_eq!(count_pets(&rig.store).await, 1, "{}", rig.name);
    }
}

#[tokio::test]
async fn another_process_that_holds_the_lock_makes_writers_wait_and_then_busy() {
    let rig = Rig::file().await;
    let Target::Sqlite(path) = rig.target.clone() else { panic!("not a file") };
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = tokio::join!(rig.store.write(|tx| add_pet(tx, 1)), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        other.execute_batch("COMMIT").unwrap();
    });
    assert_eq!(waiting.0, Ok(()), "it waited");
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (first, second) = tokio::join!(rig.store.write(|tx| add_pet(tx, 2)), rig.store.write(|tx| add_pet(tx, 3)));
    assert_eq!((first, second), (Err(Error::Busy), Err(Error::Busy)), "both after one wait");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(count_pets(&rig.store).await, 1);
}

/// Set for the child process of [`what_was_answered_survives_a_kill`].
const CHILD: &str = "OUTRIDER_STORE_TEST_CHILD";

#[test]
#[ignore = "run as a child process by what_was_answered_survives_a_kill"]
fn write_until_killed() {
    let path = std::env::var_os(CHILD).expect("the parent gives the path");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&config(Target::Sqlite(path.into()))).await.unwrap();
        store.write(|tx| tx.execute(&CREATE_PETS, &[])).await.unwrap();
        for round in 0.. {
            let mut closures = Vec::new();
            for id in round * 10..round * 10 + 10 {
                let store = store.clone();
                closures.push(tokio::spawn(async move { store.write(move |tx| add_pet(tx, id)).await.map(|()| id) }));
            }
            for closure in closures {
                println!("done {}", closure.await.unwrap().unwrap());
            }
        }
    });
}

#[test]
fn what_was_answered_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("killed.db");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "group_commit::write_until_killed", "--ignored", "--nocapture"])
        .env(CHILD, &path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut answered = Vec::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while answered.len() < 300 {
        let line = lines.next().expect("the child goes on until it is killed").unwrap();
        answered.extend(line.strip_prefix("done ").map(|id| id.parse::<i64>().unwrap()));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it had said before it died counts too.
    answered.extend(lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("done ")?.parse::<i64>().ok()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = runtime.block_on(Store::open(&config(Target::Sqlite(path)))).unwrap();
    let last = *answered.iter().max().unwrap();
    let count: i64 = store
        .read_blocking(|tx| tx.query_one(&COUNT_PETS, &[])?.get(0))
        .unwrap_or_else(|error: Error| panic!("{error}"));
    assert!(
        count >= i64::try_from(answered.len()).unwrap() && count > last - 10,
        "{count} rows, {} answers",
        answered.len()
    );
}
