//! Owns private PostgreSQL servers and the databases in them, made for tests and gone with the test process.
//! Must not know what the project stores: callers fill the template databases.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::guard::{Account, Guard, is_root, rig_directory, run_as};
use crate::requirements::{Requirement, Skip, postgres_programs, require};
use crate::wait::{free_ports, until};

/// The role that owns every test database: an ordinary one, since that is what an operator gives the program.
pub const ROLE: &str = "outrider";

/// A way to use the cluster that this test process shares, started at the first call.
///
/// # Errors
/// When PostgreSQL is not installed.
///
/// # Panics
/// When it is installed and does not start.
pub fn shared() -> Result<Arc<Cluster>, Skip> {
    static SHARED: OnceLock<Arc<Cluster>> = OnceLock::new();
    require(Requirement::Postgres)?;
    Ok(Arc::clone(SHARED.get_or_init(|| Cluster::begin().expect("a private PostgreSQL"))))
}

/// A new, empty database in the shared cluster.
///
/// # Errors
/// When PostgreSQL is not installed.
pub fn database() -> Result<TestDatabase, Skip> {
    Ok(shared()?.database(None))
}

/// A new database in the shared cluster, copied from the template `name`, which `fill` makes at the first call.
///
/// `fill` gets the URL of an empty database. Copying costs a fraction of running every migration again.
///
/// # Errors
/// When PostgreSQL is not installed.
pub fn database_from(name: &str, fill: impl FnOnce(&str)) -> Result<TestDatabase, Skip> {
    let cluster = shared()?;
    cluster.template(name, fill);
    Ok(cluster.database(Some(name)))
}

/// A PostgreSQL server of this test process, with durability switched off.
#[derive(Debug)]
pub struct Cluster {
    directory: PathBuf,
    programs: PathBuf,
    account: Option<Account>,
    port: u16,
    server: Mutex<Option<Child>>,
    templates: Mutex<HashSet<String>>,
    made: AtomicU64,
    guard: Option<Guard>,
}

/// A database of its own; dropped, connections and all, together with this value.
#[derive(Debug)]
pub struct TestDatabase {
    cluster: Arc<Cluster>,
    name: String,
    url: String,
}

impl Cluster {
    /// A cluster that no other test shares, for tests that stop it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn own() -> Result<Arc<Self>, Skip> {
        require(Requirement::Postgres)?;
        Ok(Self::begin().expect("a private PostgreSQL"))
    }

    fn begin() -> io::Result<Arc<Self>> {
        let programs = postgres_programs().ok_or_else(|| io::Error::other("initdb has gone"))?;
        let account = if is_root() { Account::named("postgres") } else { None };
        let directory = rig_directory("postgres", account)?;
        let stop = r#""$1/pg_ctl" -D "$2/data" -m immediate -w stop; rm -rf "$2""#;
        let guard = Guard::new(stop, &[programs.as_os_str(), directory.as_os_str()], account)?;
        let mut cluster = Self {
            directory,
            programs,
            account,
            port: 0,
            server: Mutex::new(None),
            templates: Mutex::new(HashSet::new()),
            made: AtomicU64::new(0),
            guard: Some(guard),
        };
        cluster.run("initdb", |initdb| {
            initdb.arg("-D").arg(cluster.directory.join("data"));
            initdb.args(["-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]);
        })?;
        // Another process may take the port in the moment between finding and using it.
        let mut outcome = Ok(());
        for _ in 0..5 {
            cluster.port = free_ports(1)?[0];
            outcome = cluster.launch();
            if outcome.is_ok() {
                break;
            }
        }
        outcome?;
        cluster.sql("postgres", &format!("CREATE ROLE {ROLE} LOGIN"))?;
        Ok(Arc::new(cluster))
    }

    /// Starts the server again after [`Cluster::stop`], on the same port with the same data.
    ///
    /// # Errors
    /// When it does not come up; the message holds its log.
    pub fn start(&self) -> io::Result<()> {
        if lock(&self.server).is_some() { Ok(()) } else { self.launch() }
    }

    /// Stops the server as an operator's `stop -m fast` does: every connection is cut at once.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&self) -> io::Result<()> {
        let mut server = lock(&self.server);
        let Some(child) = server.as_mut() else { return Ok(()) };
        self.run("pg_ctl", |pg_ctl| {
            pg_ctl.arg("-D").arg(self.directory.join("data")).args(["-m", "fast", "-w", "stop"]);
        })?;
        child.wait()?;
        *server = None;
        Ok(())
    }

    fn launch(&self) -> io::Result<()> {
        const SETTINGS: [&str; 10] = [
            "listen_addresses=127.0.0.1",
            "max_connections=200",
            "shared_buffers=32MB",
            "fsync=off",
            "full_page_writes=off",
            "wal_level=minimal",
            "max_wal_senders=0",
            "jit=off",
            "huge_pages=off",
            "log_line_prefix=%m [%p] %d ",
        ];
        let log_path = self.directory.join("server.log");
        let log = std::fs::File::create(&log_path)?;
        let mut command = Command::new(self.programs.join("postgres"));
        command.arg("-D").arg(self.directory.join("data")).arg("-k").arg(&self.directory);
        command.arg("-p").arg(self.port.to_string());
        for setting in SETTINGS {
            command.arg("-c").arg(setting);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).current_dir(&self.directory);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = run_as(&mut command, self.account).spawn()?;
        let up = until(Duration::from_secs(30), || match child.try_wait() {
            Ok(None) => self.sql("postgres", "SELECT 1").is_ok().then_some(true),
            Ok(Some(_)) | Err(_) => Some(false),
        });
        if up == Some(true) {
            *lock(&self.server) = Some(child);
            return Ok(());
        }
        child.kill().ok();
        child.wait()?;
        let said = std::fs::read_to_string(&log_path).unwrap_or_default();
        Err(io::Error::other(format!("PostgreSQL did not start on port {}:\n{said}", self.port)))
    }

    /// Makes the template database `name` if it is not there yet: an empty one, given to `fill` by its URL.
    ///
    /// Other tests that ask for it meanwhile wait.
    ///
    /// # Panics
    /// When the database cannot be made.
    pub fn template(&self, name: &str, fill: impl FnOnce(&str)) {
        let mut templates = lock(&self.templates);
        if templates.contains(name) {
            return;
        }
        let database = format!("template_{name}");
        // One is there already when an earlier `fill` panicked half-way.
        self.must("postgres", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(&database)));
        self.must("postgres", &format!("CREATE DATABASE {} OWNER {ROLE}", quoted(&database)));
        fill(&self.url(&database));
        // A database with connections cannot be copied, and a pool may take its time to close them.
        self.must("postgres", &format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", quoted(&database)));
        self.must(
            "postgres",
            &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}", literal(&database)),
        );
        templates.insert(name.to_owned());
    }

    /// A new database: a copy of the template of that name, or an empty one.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn database(self: &Arc<Self>, template: Option<&str>) -> TestDatabase {
        let name = format!("test_{}", self.made.fetch_add(1, Ordering::Relaxed));
        let mut statement = format!("CREATE DATABASE {} OWNER {ROLE}", quoted(&name));
        if let Some(template) = template {
            write!(statement, " TEMPLATE {}", quoted(&format!("template_{template}"))).expect("writing to a string");
        }
        self.must("postgres", &statement);
        TestDatabase { cluster: Arc::clone(self), url: self.url(&name), name }
    }

    /// The loopback TCP port of the server.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory of the server's Unix socket.
    #[must_use]
    pub fn socket_directory(&self) -> &Path {
        &self.directory
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs SQL as the superuser and gives the rows, fields separated by `|`.
    fn sql(&self, database: &str, statement: &str) -> io::Result<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database]);
        psql.arg("-h").arg(&self.directory).arg("-p").arg(self.port.to_string()).arg("-c").arg(statement);
        outcome(&mut psql, "psql")
    }

    fn must(&self, database: &str, statement: &str) -> String {
        self.sql(database, statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    fn run(&self, name: &str, arguments: impl FnOnce(&mut Command)) -> io::Result<String> {
        let mut command = Command::new(self.programs.join(name));
        arguments(&mut command);
        command.current_dir(&self.directory);
        outcome(run_as(&mut command, self.account), name)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.take());
        if let Some(mut server) = lock(&self.server).take() {
            server.wait().ok();
        }
    }
}

impl TestDatabase {
    /// What a client connects with: `postgres://outrider@127.0.0.1:PORT/NAME`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The server it is in.
    #[must_use]
    pub fn cluster(&self) -> &Arc<Cluster> {
        &self.cluster
    }

    /// Runs SQL as the superuser, past the code under test; gives the rows as lines, fields separated by `|`.
    ///
    /// # Panics
    /// When the server refuses it.
    pub fn sql(&self, statement: &str) -> String {
        self.cluster.must(&self.name, statement)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // A test may have stopped the server on purpose; its data goes with the cluster then.
        self.cluster.sql("postgres", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(&self.name))).ok();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn outcome(command: &mut Command, name: &str) -> io::Result<String> {
    // A message catalogue or a client setting of the person running the tests must not change what is read here.
    for variable in ["PGOPTIONS", "PGSERVICE", "PGPASSFILE", "PGDATABASE", "PGHOST", "PGPORT", "PGUSER", "PGSSLMODE"] {
        command.env_remove(variable);
    }
    let output = command.env("LC_ALL", OsStr::new("C")).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    Err(io::Error::other(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim_end())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_copies_of_their_template_and_apart_from_each_other() {
        let mut filled = 0;
        let mut make = || {
            database_from("shelf", |url| {
                filled += 1;
                let programs = postgres_programs().expect("the programs");
                let table = "CREATE TABLE shelf (book TEXT); INSERT INTO shelf VALUES ('first')";
                outcome(Command::new(programs.join("psql")).args(["-X", "-q", url, "-c", table]), "psql")
                    .expect("a table");
            })
        };
        let Ok(one) = make() else { return };
        let Ok(two) = make() else { return };
        assert_eq!(filled, 1, "the template is filled once");
        one.sql("INSERT INTO shelf VALUES ('second')");
        assert_eq!(one.sql("SELECT string_agg(book, ',' ORDER BY book) FROM shelf"), "first,second");
        assert_eq!(two.sql("SELECT book FROM shelf"), "first");
        assert_eq!(two.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'shelf'"), ROLE);
        assert_ne!(one.url(), two.url());
    }

    #[test]
    fn the_role_may_add_the_trigram_extension_and_is_no_superuser() {
        let Ok(database) = database() else { return };
        let programs = postgres_programs().expect("the programs");
        let run = |sql: &str| {
            outcome(Command::new(programs.join("psql")).args(["-X", "-q", "-At", database.url(), "-c", sql]), "psql")
        };
        run("CREATE EXTENSION pg_trgm").expect("a trusted extension");
        assert_eq!(run("SELECT lower('ÄÉ'), similarity('outrider', 'outrider')").expect("a row"), "äé|1");
        assert!(run("CREATE ROLE another").is_err());
    }

    #[test]
    fn a_dropped_database_is_gone() {
        let Ok(kept) = database() else { return };
        let dropped = database().expect("another");
        let name = dropped.name.clone();
        let count = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
        assert_eq!(kept.sql(&count), "1");
        drop(dropped);
        assert_eq!(kept.sql(&count), "0");
    }

    #[test]
    fn a_cluster_of_its_own_stops_keeps_its_data_and_leaves_nothing_behind() {
        let Ok(cluster) = Cluster::own() else { return };
        let database = cluster.database(None);
        database.sql("CREATE TABLE kept (x INT)");
        let reachable = || std::net::TcpStream::connect(("127.0.0.1", cluster.port())).is_ok();
        assert!(reachable());
        cluster.stop().expect("a stop");
        assert!(!reachable());
        cluster.stop().expect("stopping twice is no error");
        cluster.start().expect("a start");
        assert_eq!(database.sql("SELECT count(*) FROM kept"), "0");
        let (directory, port) = (cluster.socket_directory().to_owned(), cluster.port());
        drop(database);
        drop(cluster);
        assert!(!directory.exists(), "the directory is removed");
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "the server has ended");
    }
}
