//! The schema's versions: applied once, by one at a time, and refused when they come from the future.

use outrider_store::{Error, Store, Target, statements};
use outrider_testkit::postgres;

use crate::rig::{Rig, config};

statements! {
    pub FROM_THE_FUTURE = "INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, '9999_later', 0)";
    pub APPLIED = "SELECT name, applied_at FROM schema_migrations ORDER BY version";
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    for rig in Rig::all().await {
        assert_eq!(rig.store.pending().await, Ok(Vec::new()), "{}", rig.name);
        assert_eq!(rig.store.migrate().await, Ok(Vec::new()), "{}", rig.name);
        let (name, at): (String, i64) = rig
            .store
            .read(|tx| {
                let row = tx.query_one(&APPLIED, &[])?;
                Ok::<_, Error>((row.get(0)?, row.get(1)?))
            })
            .await
            .unwrap();
        assert_eq!(name, "0001_initial", "{}", rig.name);
        assert!(at > 1_700_000_000_000, "{}: {at} are milliseconds", rig.name);
    }
}

#[tokio::test]
async fn a_schema_of_a_newer_binary_is_refused() {
    let mut rigs = vec![Rig::file().await];
    rigs.extend(Rig::postgres().await);
    for rig in rigs {
        rig.store.write(|tx| tx.execute(&FROM_THE_FUTURE, &[])).await.unwrap();
        let refused = Store::open(&config(rig.target.clone())).await;
        let Err(Error::NewerSchema { found: 9_999, known }) = refused else { panic!("{}: {refused:?}", rig.name) };
        let message = Error::NewerSchema { found: 9_999, known }.to_string();
        assert!(message.contains("9999") && message.contains("upgrade the binary"), "{message}");
        assert_eq!(rig.store.migrate().await, Err(Error::NewerSchema { found: 9_999, known }), "{}", rig.name);
    }
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let directory = tempfile::tempdir().unwrap();
    let database = postgres::database().ok();
    let mut targets = vec![Target::Sqlite(directory.path().join("together.db"))];
    targets.extend(database.as_ref().map(|database| Target::Postgres(database.url().to_owned())));
    for target in targets {
        let mut nodes = Vec::new();
        for _ in 0..4 {
            let config = config(target.clone());
            nodes.push(tokio::spawn(async move {
                let store = Store::open(&config).await?;
                store.migrate().await
            }));
        }
        let mut applied = Vec::new();
        for node in nodes {
            applied.extend(node.await.unwrap().unwrap_or_else(|error| panic!("{target:?}: {error}")));
        }
        assert_eq!(applied, ["0001_initial"], "{target:?}");
    }
}
