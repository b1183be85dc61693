//! The database under a test: SQLite, or with `TEST_DATABASE=postgresql` in the environment one of its own on a private PostgreSQL.
//! Must not put anything in it: what a test needs, it makes through the engine.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where it can have no database")]

use std::path::Path;

use outrider_store::{Config, Store, Target};
use outrider_testkit::postgres::{self, TestDatabase};
use tempfile::TempDir;

/// A migrated database, gone with this value.
pub(crate) struct Database {
    pub(crate) target: Target,
    pub(crate) _directory: TempDir,
    pub(crate) _postgres: Option<TestDatabase>,
}

impl Database {
    /// A new one; `sqlite` says where it is unless the environment asks for PostgreSQL.
    pub(crate) fn new(sqlite: impl FnOnce(&Path) -> Target) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let (target, postgres) = match std::env::var("TEST_DATABASE").as_deref() {
            Err(_) | Ok("" | "sqlite") => (sqlite(directory.path()), None),
            Ok("postgresql") => {
                let database =
                    postgres::database_from("outrider", migrate).expect("the PostgreSQL that TEST_DATABASE asks for");
                (Target::Postgres(database.url().to_owned()), Some(database))
            }
            Ok(other) => panic!("TEST_DATABASE is sqlite or postgresql, not {other}"),
        };
        Self { target, _directory: directory, _postgres: postgres }
    }

    /// Opens it, as a process does that starts.
    pub(crate) async fn open(&self) -> Store {
        let store =
            Store::open(&Config { target: self.target.clone(), readers: 2, writers: 4 }).await.expect("a store");
        store.migrate().await.expect("migrations");
        store
    }
}

/// Fills the template database, on a thread of its own because the caller's is a runtime's.
fn migrate(url: &str) {
    let target = Target::Postgres(url.to_owned());
    let fill = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let store = Store::open(&Config { target, readers: 1, writers: 1 }).await.expect("a store");
            store.migrate().await.expect("migrations");
        });
    };
    std::thread::spawn(fill).join().expect("a template");
}
