//! Owns the databases that tests run against. Must not hide which database a failure is about.

use outrider_store::{Config, Error, Store, Target, Tx, statements, values};
use outrider_testkit::postgres::{self, TestDatabase};
use tempfile::TempDir;

statements! {
    /// A table of the tests' own.
    pub CREATE_PETS = "CREATE TABLE pets (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, age BIGINT CONSTRAINT pets_age CHECK (age >= 0))";
    pub INSERT_PET = "INSERT INTO pets (id, name, age) VALUES (?1, ?2, ?3)";
    pub COUNT_PETS = "SELECT COUNT(*) FROM pets";
    pub PETS = "SELECT id, name, age FROM pets ORDER BY id";
    pub RENAME_PET = "UPDATE pets SET name = ?2 WHERE id = ?1";
}

/// A migrated database with the table `pets`.
pub(crate) struct Rig {
    pub(crate) name: &'static str,
    pub(crate) store: Store,
    pub(crate) target: Target,
    // Dropped after the store.
    _directory: Option<TempDir>,
    _database: Option<TestDatabase>,
}

pub(crate) fn config(target: Target) -> Config {
    Config { target, readers: 2, writers: 4 }
}

impl Rig {
    pub(crate) async fn file() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let target = Target::Sqlite(directory.path().join("store.db"));
        Self::open("SQLite file", target, Some(directory), None).await
    }

    pub(crate) async fn memory() -> Self {
        Self::open("SQLite in memory", Target::SqliteMemory, None, None).await
    }

    /// None when PostgreSQL is not installed, which the requirement has reported (and refuses in CI).
    pub(crate) async fn postgres() -> Option<Self> {
        let database = postgres::database().ok()?;
        let target = Target::Postgres(database.url().to_owned());
        Some(Self::open("PostgreSQL", target, None, Some(database)).await)
    }

    /// One of each.
    pub(crate) async fn all() -> Vec<Self> {
        let mut rigs = vec![Self::file().await, Self::memory().await];
        rigs.extend(Self::postgres().await);
        rigs
    }

    async fn open(
        name: &'static str,
        target: Target,
        directory: Option<TempDir>,
        database: Option<TestDatabase>,
    ) -> Self {
        let store = Store::open(&config(target.clone())).await.unwrap();
        store.migrate().await.unwrap();
        store.write(|tx| tx.execute(&CREATE_PETS, &[])).await.unwrap();
        Self { name, store, target, _directory: directory, _database: database }
    }
}

pub(crate) fn add_pet(tx: &mut Tx<'_>, id: i64) -> Result<(), Error> {
    tx.execute(&INSERT_PET, &values![id, format!("pet {id}"), 1]).map(drop)
}

pub(crate) async fn count_pets(store: &Store) -> i64 {
    store.read(|tx| tx.query_one(&COUNT_PETS, &[])?.get(0)).await.unwrap_or_else(|error: Error| panic!("{error}"))
}
