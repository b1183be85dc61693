//! Backups are one moment of a database in use, and go into either kind of database.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use outrider_domain::id::{LeadId, ProjectId};
use outrider_domain::time::Millis;
use outrider_store::leads::{self, Filter, Lead};
use outrider_store::{Backend, Error, Progress, Store, Target, statements, values};
use outrider_testkit::postgres::{self, TestDatabase};
use tempfile::TempDir;

use crate::rig::config;

statements! {
    pub OPEN_ACCOUNTS = "INSERT INTO credit_accounts (project_id, kind, balance) VALUES (1, 'available', 0), (1, 'granted', 0)";
    pub MOVE_IN = "UPDATE credit_accounts SET balance = balance + ?1 WHERE project_id = 1 AND kind = 'available'";
    pub MOVE_OUT = "UPDATE credit_accounts SET balance = balance - ?1 WHERE project_id = 1 AND kind = 'granted'";
    pub NOTE = "INSERT INTO credit_entries (project_id, transfer_id, account, amount, reason, subject, at) VALUES (1, ?1, 'available', ?2, 'test', 's', 0)";
    pub BALANCES = "SELECT (SELECT SUM(balance) FROM credit_accounts), (SELECT balance FROM credit_accounts WHERE kind = 'available'),
        (SELECT COALESCE(SUM(amount), 0) FROM credit_entries), (SELECT COUNT(*) FROM credit_entries)";
    pub ORGANIZATION = "INSERT INTO organizations (id, name, created_at) VALUES (1, 'Acme', 0)";
    pub PROJECT = "INSERT INTO projects (id, organization_id, slug, name, plan, time_zone, autonomy, self_approval, created_at) VALUES (1, 1, 'acme', 'Acme', 'free', 'UTC', '{}', 0, 0)";
    pub CAPTURE = "INSERT INTO captured_mails (project_id, id, direction, envelope_from, recipient, subject, header_id, raw, at)
        VALUES (1, 1, 'out', 'a@b.test', 'c@d.test', 'naïve ✓', NULL, ?1, 5)";
    pub RAW = "SELECT raw, header_id, subject FROM captured_mails";
    pub FLOORS = "SELECT MAX(high_water) FROM nodes";
}

const NOW: Millis = Millis(1_790_000_000_000);

/// An empty, migrated database.
struct Place {
    store: Store,
    _database: Option<TestDatabase>,
    directory: TempDir,
}

impl Place {
    async fn new(backend: Backend) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let database = if backend == Backend::Postgres { Some(postgres::database().ok()?) } else { None };
        let target = match &database {
            Some(database) => Target::Postgres(database.url().to_owned()),
            None => Target::Sqlite(directory.path().join("place.db")),
        };
        let store = Store::open(&config(target)).await.unwrap();
        store.migrate().await.unwrap();
        Some(Self { store, _database: database, directory })
    }
}

fn lead(id: i64, name: &str) -> Lead {
    Lead {
        project_id: ProjectId(1),
        id: LeadId(id),
        name: name.to_owned(),
        first_name: None,
        last_name: None,
        email: Some(format!("lead{id}@acme.test")),
        phone: None,
        company: None,
        company_id: None,
        role: None,
        stage: "new".to_owned(),
        time_zone: None,
        country: None,
        language: None,
        linkedin_url: None,
        agent_id: None,
        owner_id: None,
        custom_fields: "{}".to_owned(),
        meeting_booked: false,
        converted: false,
        outreach_disabled: false,
        replied_at: None,
        last_activity_at: None,
        soft_bounces: 0,
        source: "test".to_owned(),
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn fill(store: &Store) {
    store
        .write(|tx| {
            tx.execute(&ORGANIZATION, &[])?;
            tx.execute(&PROJECT, &[])?;
            tx.execute(&OPEN_ACCOUNTS, &[])?;
            tx.execute(&CAPTURE, &values![vec![0_u8, 159, 255]])?;
            leads::insert_new(
                tx,
                (1..=2_500).map(|id| lead(id, if id == 7 { "Zoë Quartz" } else { "Jane Doe" })).collect(),
            )
            .map(drop)
        })
        .await
        .unwrap_or_else(|error: Error| panic!("{error}"));
}

async fn transfer(store: &Store, id: i64) -> Result<(), Error> {
    store
        .write(move |tx| {
            tx.execute(&MOVE_IN, &values![id])?;
            tx.execute(&MOVE_OUT, &values![id])?;
            tx.execute(&NOTE, &values![id, id]).map(drop)
        })
        .await
}

/// Sum over all accounts, balance of one, sum of its entries, their number.
async fn balances(store: &Store) -> (i64, i64, i64, i64) {
    store
        .read(|tx| {
            let row = tx.query_one(&BALANCES, &[])?;
            Ok::<_, Error>((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .await
        .unwrap()
}

async fn check_content(store: &Store, name: &str) {
    let (raw, header, subject): (Vec<u8>, Option<String>, String) = store
        .read(|tx| {
            let row = tx.query_one(&RAW, &[])?;
            Ok::<_, Error>((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .await
        .unwrap();
    assert_eq!((raw, header, subject), (vec![0, 159, 255], None, "naïve ✓".to_owned()), "{name}");
    let found = store
        .read(|tx| {
            let filter = Filter { query: Some("quartz".to_owned()), ..Filter::default() };
            leads::list(tx, ProjectId(1), &filter, i64::MAX, 10)
        })
        .await
        .unwrap_or_else(|error: Error| panic!("{name}: {error}"));
    assert_eq!(found.iter().map(|lead| lead.id.0).collect::<Vec<_>>(), [7], "{name}: the text index is there");
}

async fn restore(place: &Place, from: &Path) -> Result<(), Error> {
    place.store.restore(from, NOW.plus(600_000), |_| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_during_writes_is_one_moment_and_restores_into_both() {
    for from in [Backend::Sqlite, Backend::Postgres] {
        let Some(source) = Place::new(from).await else { return };
        fill(&source.store).await;
        source.store.lease_node(NOW).await.unwrap();
        let (store, stop) = (source.store.clone(), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&stop);
        let writer = tokio::spawn(async move {
            let mut id = 0;
            while !stopped.load(Ordering::SeqCst) {
                id += 1;
                transfer(&store, id).await.unwrap();
            }
            id
        });
        while balances(&source.store).await.3 < 20 {
            tokio::task::yield_now().await;
        }
        let file = source.directory.path().join("backup.db");
        let reports: Arc<Mutex<Vec<Progress>>> = Arc::default();
        let noted = Arc::clone(&reports);
        source.store.backup(&file, move |progress| noted.lock().unwrap().push(progress)).await.unwrap();
        let before_end = balances(&source.store).await.3;
        stop.store(true, Ordering::SeqCst);
        let written = writer.await.unwrap();
        assert!(written >= before_end);
        assert!(
            reports.lock().unwrap().iter().all(|report| report.done <= report.total)
                && !reports.lock().unwrap().is_empty()
        );
        let rights = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
        assert_eq!(rights & 0o077, 0, "only its owner may read it");
        let again = source.store.backup(&file, |_| {}).await;
        assert!(matches!(again, Err(Error::Conflict { .. })), "a backup is never overwritten: {again:?}");
        let left: Vec<_> =
            std::fs::read_dir(source.directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(
            !left
                .iter()
                .any(|name| name.to_string_lossy().contains("partial")
                    || name.to_string_lossy().starts_with("backup.db-")),
            "{left:?}"
        );

        for to in [Backend::Sqlite, Backend::Postgres] {
            let name = format!("{from:?} to {to:?}");
            let Some(place) = Place::new(to).await else { return };
            restore(&place, &file).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            let (sum, balance, entries, count) = balances(&place.store).await;
            assert_eq!(sum, 0, "{name}: credits are conserved");
            assert_eq!(balance, entries, "{name}: two tables agree");
            assert!(count >= 20 && count <= before_end, "{name}: {count}");
            check_content(&place.store, &name).await;
            let floor: i64 = place
                .store
                .read(|tx| tx.query_one(&FLOORS, &[])?.get(0))
                .await
                .unwrap_or_else(|error: Error| panic!("{error}"));
            assert!(floor > NOW.0, "{name}: ids used before the backup are not made again");
            transfer(&place.store, 1_000_000).await.unwrap();
            let refused = restore(&place, &file).await;
            assert!(matches!(refused, Err(Error::Conflict { .. })), "{name}: it has data now: {refused:?}");
            check_content(&place.store, &name).await;
        }
    }
}

#[tokio::test]
async fn a_database_with_a_running_node_is_not_restored_into() {
    let source = Place::new(Backend::Sqlite).await.unwrap();
    fill(&source.store).await;
    let file = source.directory.path().join("backup.db");
    source.store.backup(&file, |_| {}).await.unwrap();
    for to in [Backend::Sqlite, Backend::Postgres] {
        let Some(place) = Place::new(to).await else { return };
        let lease = place.store.lease_node(NOW).await.unwrap();
        let refused = place.store.restore(&file, NOW, |_| {}).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{to:?}: {refused:?}");
        lease.release(NOW).await.unwrap();
        place.store.restore(&file, NOW, |_| {}).await.unwrap();
        check_content(&place.store, "after the node had gone").await;
    }
}

#[tokio::test]
async fn what_is_no_backup_is_refused() {
    let place = Place::new(Backend::Sqlite).await.unwrap();
    let file = place.directory.path().join("text");
    std::fs::write(
        &file,
        "not a database, and longer than a header of one hundred bytes would be if this were one. ".repeat(4),
    )
    .unwrap();
    assert!(matches!(restore(&place, &file).await, Err(Error::Corrupt(_))));
    assert!(matches!(restore(&place, &place.directory.path().join("missing")).await, Err(Error::Unavailable(_))));
    let empty = place.directory.path().join("empty.db");
    rusqlite::Connection::open(&empty).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    assert!(matches!(restore(&place, &empty).await, Err(Error::Corrupt(_))));
    let newer = place.directory.path().join("newer.db");
    place.store.backup(&newer, |_| {}).await.unwrap();
    rusqlite::Connection::open(&newer)
        .unwrap()
        .execute_batch("INSERT INTO schema_migrations VALUES (9999, 'later', 0)")
        .unwrap();
    assert!(matches!(restore(&place, &newer).await, Err(Error::NewerSchema { found: 9_999, .. })));
    fill(&place.store).await;
}

#[tokio::test]
async fn a_report_that_panics_harms_nothing_else() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(place) = Place::new(backend).await else { return };
        fill(&place.store).await;
        let file = place.directory.path().join("backup.db");
        let failed = place.store.backup(&file, |_| panic!("on purpose")).await;
        assert!(matches!(failed, Err(Error::Sql { .. })), "{backend:?}: {failed:?}");
        assert!(!file.exists(), "{backend:?}");
        place.store.backup(&file, |_| {}).await.unwrap();
        let target = Place::new(backend).await.unwrap();
        let failed = target.store.restore(&file, NOW, |_| panic!("on purpose")).await;
        assert!(matches!(failed, Err(Error::Sql { .. })), "{backend:?}: {failed:?}");
        restore(&target, &file).await.unwrap();
        check_content(&target.store, "the second time").await;
    }
}

#[tokio::test]
async fn a_database_in_memory_is_backed_up_and_restored() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("backup.db");
    let store = Store::open(&config(Target::SqliteMemory)).await.unwrap();
    store.migrate().await.unwrap();
    fill(&store).await;
    store.backup(&file, |_| {}).await.unwrap();
    let copy = Store::open(&config(Target::SqliteMemory)).await.unwrap();
    assert!(matches!(copy.restore(&file, NOW, |_| {}).await, Err(Error::Conflict { .. })), "not migrated yet");
    copy.migrate().await.unwrap();
    copy.restore(&file, NOW, |_| {}).await.unwrap();
    check_content(&copy, "in memory").await;
    // A backup of SQLite is a database itself.
    let direct = Store::open(&config(Target::Sqlite(file))).await.unwrap();
    check_content(&direct, "used directly").await;
}
