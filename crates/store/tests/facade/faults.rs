//! PostgreSQL goes away: nothing is done twice, nothing unknown is called done, and work goes on afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use outrider_store::{Error, Store, Target, Topic};
use outrider_testkit::postgres::{self, Cluster};

use crate::proxy::Proxy;
use crate::rig::{CREATE_PETS, Rig, add_pet, config, count_pets};

async fn eventually_write(store: &Store, id: i64) {
    for _ in 0..100 {
        match store.write(move |tx| add_pet(tx, id)).await {
            Ok(()) => return,
            Err(Error::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(other) => panic!("{other}"),
        }
    }
    panic!("the store did not recover");
}

#[tokio::test]
async fn a_server_that_stops_is_unavailable_and_comes_back() {
    let Ok(cluster) = Cluster::own() else { return };
    let database = cluster.database(None);
    let store = Store::open(&config(Target::Postgres(database.url().to_owned()))).await.unwrap();
    store.write(|tx| tx.execute(&CREATE_PETS, &[])).await.unwrap();
    store.write(|tx| add_pet(tx, 1)).await.unwrap();
    let mut wakeups = store.subscribe();
    cluster.stop().unwrap();
    for id in 2..6 {
        let lost = store.write(move |tx| add_pet(tx, id)).await;
        assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
        let lost = store.read(|tx| add_pet(tx, 1)).await;
        assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
    }
    cluster.start().unwrap();
    eventually_write(&store, 10).await;
    assert_eq!(count_pets(&store).await, 2, "nothing that was refused is there");
    let woken = tokio::time::timeout(Duration::from_secs(10), wakeups.recv()).await;
    assert!(woken.is_ok(), "who listens is woken after the gap, as notifications may have been missed");
}

#[tokio::test]
async fn a_connection_lost_before_the_commit_is_tried_once_more() {
    let Ok(database) = postgres::database() else { return };
    let store = Store::open(&config(Target::Postgres(database.url().to_owned()))).await.unwrap();
    store.write(|tx| tx.execute(&CREATE_PETS, &[])).await.unwrap();
    let database = Arc::new(database);
    let runs = Arc::new(AtomicU32::new(0));
    let cut = |times: u32| {
        let (runs, database) = (Arc::clone(&runs), Arc::clone(&database));
        runs.store(0, Ordering::SeqCst);
        move |tx: &mut outrider_store::Tx<'_>| {
            add_pet(tx, 1)?;
            if runs.fetch_add(1, Ordering::SeqCst) < times {
                database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'");
            }
            add_pet(tx, 2)
        }
    };
    assert_eq!(store.write(cut(1)).await, Ok(()));
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(count_pets(&store).await, 2);
    database.sql("DELETE FROM pets");
    let lost = store.write(cut(5)).await;
    assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
    assert_eq!(runs.load(Ordering::SeqCst), 2, "not again and again");
    assert_eq!(count_pets(&store).await, 0);
    // Connections that died while idle are not even noticed.
    database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'",
    );
    for id in 10..20 {
        store.write(move |tx| add_pet(tx, id)).await.unwrap();
        assert_eq!(count_pets(&store).await, id - 9);
    }
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_unknown_and_not_repeated() {
    let Ok(database) = postgres::database() else { return };
    let proxy = Proxy::to(database.cluster().port());
    let url = database.url().replace(&format!("127.0.0.1:{}", database.cluster().port()), &proxy.address.to_string());
    assert_ne!(url, database.url());
    let store = Store::open(&config(Target::Postgres(url))).await.unwrap();
    store.write(|tx| tx.execute(&CREATE_PETS, &[])).await.unwrap();
    let mut wakeups = store.subscribe();
    proxy.lose_next_answer_to_commit();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let outcome = store
        .write(move |tx| {
            counted.fetch_add(1, Ordering::SeqCst);
            tx.wake(Topic::Jobs);
            add_pet(tx, 1)
        })
        .await;
    let Err(Error::Unavailable(why)) = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("unknown"), "{why}");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(wakeups.try_recv(), None);
    assert_eq!(count_pets(&store).await, 1, "it had been committed after all");
}

#[tokio::test]
async fn a_table_changed_under_a_prepared_statement_is_prepared_anew() {
    let Some(rig) = Rig::postgres().await else { return };
    let Target::Postgres(url) = &rig.target else { panic!("not PostgreSQL") };
    let store = Store::open(&outrider_store::Config { target: Target::Postgres(url.clone()), readers: 1, writers: 1 })
        .await
        .unwrap();
    outrider_store::statements! {
        pub EVERYTHING = "SELECT * FROM pets";
        pub WIDEN = "ALTER TABLE pets ADD COLUMN colour TEXT";
    }
    assert_eq!(ALL.len(), 2);
    store.write(|tx| add_pet(tx, 1)).await.unwrap();
    assert_eq!(store.read(|tx| Ok::<_, Error>(tx.query_one(&EVERYTHING, &[])?.len())).await, Ok(3));
    rig.store.write(|tx| tx.execute(&WIDEN, &[])).await.unwrap();
    assert_eq!(store.read(|tx| Ok::<_, Error>(tx.query_one(&EVERYTHING, &[])?.len())).await, Ok(4));
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_named_without_its_password() {
    let port = outrider_testkit::wait::free_ports(1).unwrap()[0];
    for url in [format!("postgres://user:s3cret@127.0.0.1:{port}/x"), "postgres://user:s3cret@host:port/x".to_owned()] {
        let target = Target::Postgres(url);
        assert!(!format!("{target:?}").contains("s3cret"));
        let Err(error) = Store::open(&config(target)).await else { panic!("it opened") };
        assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
