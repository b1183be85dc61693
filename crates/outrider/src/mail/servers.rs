//! From settings to mail servers: transports, signing keys, and the built-in way to the capture mailbox. Connects nowhere.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use outrider_providers::dkim::DomainKey;
use outrider_providers::mailer::SmtpMailer;
use outrider_providers::smtp::{Security, Transport};

use crate::failure::{Failure, Outcome, Status};
use crate::settings::{Mail, Settings};

/// The transport that is always there.
pub const CAPTURE: &str = "capture";
/// Connections to the capture mailbox at a time.
const CAPTURE_CONNECTIONS: usize = 8;

/// The mailer of a process whose capture mailbox listens at `capture`; without one, `capture` is no transport.
///
/// # Errors
/// Names the server or key whose settings can't work.
pub fn mailer(settings: &Settings, capture: Option<SocketAddr>) -> Outcome<SmtpMailer> {
    let mut transports: BTreeMap<String, Transport> =
        settings.mail.servers.iter().map(|(name, server)| (name.clone(), server.0.clone())).collect();
    if transports.contains_key(CAPTURE) {
        return Err(wrong("mail.servers.capture", "this name is the built-in capture mailbox's: choose another"));
    }
    if let Some(address) = capture {
        let mut own = Transport::new(&address.ip().to_string(), address.port(), Security::None);
        own.max_connections = CAPTURE_CONNECTIONS;
        own.max_mails_per_connection = 1_000;
        transports.insert(CAPTURE.to_owned(), own);
    }
    SmtpMailer::new(transports, keys(&settings.mail)?)
        .map_err(|(name, error)| wrong(&format!("mail.servers.{name}"), &error.to_string()))
}

/// The signing keys.
///
/// # Errors
/// Names the key that can't be read.
pub fn keys(mail: &Mail) -> Outcome<Vec<DomainKey>> {
    mail.dkim
        .iter()
        .map(|(domain, dkim)| {
            let name = format!("mail.dkim.\"{domain}\"");
            let pem = std::fs::read_to_string(&dkim.key_file)
                .map_err(|error| wrong(&name, &format!("{}: {error}", dkim.key_file.display())))?;
            DomainKey::from_pem(domain.clone(), &dkim.selector, &pem).map_err(|error| wrong(&name, &error.to_string()))
        })
        .collect()
}

fn wrong(setting: &str, why: &str) -> Failure {
    Failure::new(Status::Settings, "bad_settings", format!("{setting}: {why}"))
}
