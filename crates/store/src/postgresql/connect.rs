//! Opens connections to PostgreSQL, with TLS when the URL requires it. Keeps no connection.

use std::sync::Arc;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Session, trouble};
use crate::error::{Error, Trouble};

/// How long a server may take to answer a connection attempt, per address.
const CONNECT: Duration = Duration::from_secs(5);
/// After this long without a sign of the server, the connection counts as lost.
const SILENCE: Duration = Duration::from_secs(30);
/// Limits of an ordinary session: statements and locks that take longer fail with [`Error::Busy`].
const LIMITS: &str = "SET statement_timeout = '30s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'; \
     SET client_min_messages = 'warning'; SET TIME ZONE 'UTC'";
/// Limits of a session that migrates or copies whole tables.
const NO_LIMITS: &str = "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
     SET client_min_messages = 'warning'; SET TIME ZONE 'UTC'";

/// How to reach the server.
pub(crate) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Connector {
    /// Reads a connection URL or `key=value` string.
    ///
    /// `sslmode=require`, `verify-ca` and `verify-full` all mean TLS with a certificate for the host's name, from one of the
    /// roots in the PEM file `sslrootcert` or else in the system; any other mode means none, as TLS that may be left out
    /// protects nothing.
    pub(crate) fn new(url: &str) -> Result<Self, Error> {
        let (url, roots) = without_parameter(url, "sslrootcert");
        let url = url.replace("sslmode=verify-full", "sslmode=require").replace("sslmode=verify-ca", "sslmode=require");
        // The parser's message could repeat the password.
        let mut config: Config =
            url.parse().map_err(|_| Error::Unavailable("the PostgreSQL URL can't be read".to_owned()))?;
        if config.get_application_name().is_none() {
            config.application_name("outrider");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        config.keepalives_idle(SILENCE);
        let tls = if config.get_ssl_mode() == SslMode::Require {
            Some(tls(roots.as_deref())?)
        } else {
            config.ssl_mode(SslMode::Disable);
            None
        };
        Ok(Self { config, tls })
    }

    /// A connection for short transactions.
    pub(crate) fn connect(&self) -> Result<Session, Trouble> {
        self.connect_with(LIMITS)
    }

    /// A connection for work that takes as long as it takes.
    pub(crate) fn connect_unlimited(&self) -> Result<Session, Trouble> {
        self.connect_with(NO_LIMITS)
    }

    fn connect_with(&self, settings: &str) -> Result<Session, Trouble> {
        let client = match &self.tls {
            Some(tls) => self.config.connect(tls.clone()),
            None => self.config.connect(NoTls),
        };
        let client = client.map_err(|error| {
            let mut trouble = trouble("connect", &error);
            if let Error::Sql { message, .. } = trouble.error {
                trouble.error = Error::Unavailable(message);
            }
            trouble
        })?;
        let mut session = Session::new(client);
        session.command(settings)?;
        Ok(session)
    }
}

fn tls(roots: Option<&str>) -> Result<MakeRustlsConnect, Error> {
    let unusable = |why: String| Error::Unavailable(format!("TLS can't be set up: {why}"));
    let certificates = match roots {
        Some(path) => {
            let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            found.map_err(|error| unusable(format!("{path}: {error}")))?
        }
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(certificates);
    if usable == 0 {
        return Err(unusable("no trusted root certificates were found".to_owned()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Takes a parameter that the driver doesn't know out of a URL or `key=value` string.
fn without_parameter(url: &str, name: &str) -> (String, Option<String>) {
    let separators = |letter: char| letter == '?' || letter == '&' || letter == ' ';
    let mut value = None;
    let mut kept = String::with_capacity(url.len());
    for part in url.split_inclusive(separators) {
        match part.trim_end_matches(separators).strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            Some(found) => value = Some(found.to_owned()),
            None => kept.push_str(part),
        }
    }
    (kept.trim_end_matches(separators).to_owned(), value)
}

#[cfg(test)]
mod tests {
    use super::without_parameter;

    #[test]
    fn a_parameter_is_taken_out_wherever_it_stands() {
        let cases = [
            ("postgres://h/d?sslmode=require&sslrootcert=/r.pem", "postgres://h/d?sslmode=require"),
            ("postgres://h/d?sslrootcert=/r.pem&sslmode=require", "postgres://h/d?sslmode=require"),
            ("postgres://h/d?sslrootcert=/r.pem", "postgres://h/d"),
            ("host=h sslrootcert=/r.pem dbname=d", "host=h dbname=d"),
        ];
        for (url, kept) in cases {
            assert_eq!(without_parameter(url, "sslrootcert"), (kept.to_owned(), Some("/r.pem".to_owned())), "{url}");
        }
        assert_eq!(without_parameter("postgres://u:p@h/d", "sslrootcert"), ("postgres://u:p@h/d".to_owned(), None));
    }
}
