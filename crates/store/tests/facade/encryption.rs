//! TLS to PostgreSQL: used when it is required, and only with a server that proves its name.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::PathBuf;

use outrider_store::{Error, Store, Target, statements};
use outrider_testkit::postgres::{Cluster, TestDatabase};
use outrider_testkit::wait::until;

use crate::rig::config;

statements! {
    pub ENCRYPTED = "SELECT COUNT(*) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";
}

/// Gives the server a certificate for `name`; gives the path of that certificate.
fn certify(database: &TestDatabase, name: &str) -> PathBuf {
    let directory = database.cluster().socket_directory();
    let certified = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let owner = std::fs::metadata(directory).unwrap();
    let write = |file: &str, text: &str| {
        let path = directory.join(file);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        path
    };
    let certificate = write(&format!("{name}.pem"), &certified.cert.pem());
    let key = write(&format!("{name}.key"), &certified.signing_key.serialize_pem());
    database.sql(&format!("ALTER SYSTEM SET ssl_cert_file = '{}'", certificate.display()));
    database.sql(&format!("ALTER SYSTEM SET ssl_key_file = '{}'", key.display()));
    database.sql("ALTER SYSTEM SET ssl = on");
    database.sql("SELECT pg_reload_conf()");
    let file = certificate.display().to_string();
    let loaded = || (database.sql("SHOW ssl_cert_file") == file && database.sql("SHOW ssl") == "on").then_some(());
    until(std::time::Duration::from_secs(10), loaded).expect("the server takes its certificate");
    certificate
}

async fn open(database: &TestDatabase, parameters: &str) -> Result<i64, Error> {
    let store = Store::open(&config(Target::Postgres(format!("{}?{parameters}", database.url())))).await?;
    store.write(|tx| tx.query_one(&ENCRYPTED, &[])?.get(0)).await
}

#[tokio::test]
async fn a_required_encryption_is_used_and_proves_the_server() {
    let Ok(cluster) = Cluster::own() else { return };
    let database = cluster.database(None);
    let refused = open(&database, "sslmode=require").await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "the server has no TLS: {refused:?}");
    let wrong = certify(&database, "elsewhere.test");
    let refused = open(&database, &format!("sslmode=require&sslrootcert={}", wrong.display())).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "it proved another name: {refused:?}");
    let right = certify(&database, "127.0.0.1");
    let trusted = format!("sslrootcert={}", right.display());
    assert_eq!(open(&database, &format!("sslmode=verify-full&{trusted}")).await, Ok(1));
    assert_eq!(open(&database, &format!("{trusted}&sslmode=require")).await, Ok(1));
    assert_eq!(open(&database, "sslmode=disable").await, Ok(0));
    assert_eq!(open(&database, "application_name=x").await, Ok(0), "not asked for");
    let refused = open(&database, &format!("sslmode=require&sslrootcert={}", wrong.display())).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "nobody trusted vouches for it: {refused:?}");
    let refused = open(&database, "sslmode=require&sslrootcert=/nowhere.pem").await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
}
