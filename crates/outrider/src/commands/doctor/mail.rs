//! Mail servers, mailboxes and sending domains: each is really tried. Sends no mail.

use std::net::SocketAddr;
use std::sync::Arc;

use outrider_providers::imap;
use outrider_providers::smtp::CheckStep;
use outrider_store::{identities, projects};

use super::Report;
use crate::failure::Outcome;
use crate::installation::Installation;
use crate::mail::Inbox;
use crate::mail::domains::{self, Lookup, Verdict};
use crate::mail::servers::{self, CAPTURE};
use crate::settings::Settings;

pub(super) async fn check(installation: &Installation, resolver: Option<SocketAddr>, report: &mut Report) {
    check_servers(&installation.settings, report).await;
    if let Err(failure) = senders(installation, report).await {
        report.bad("identities", failure.to_string());
    }
    if let Err(failure) = sending_domains(installation, resolver, report).await {
        report.bad("DNS", failure.to_string());
    }
}

/// Tries each configured server and mailbox.
pub(super) async fn check_servers(settings: &Settings, report: &mut Report) {
    match servers::mailer(settings, None) {
        Err(failure) => report.bad("mail servers", failure.to_string()),
        Ok(mailer) => {
            if settings.mail.servers.is_empty() {
                report.note("mail servers", "none is configured: everything goes to the capture mailbox");
            }
            for name in settings.mail.servers.keys() {
                let steps = mailer.check(name).await.unwrap_or_default();
                tried(&format!("SMTP {name}"), &steps, report);
            }
        }
    }
    for (name, mailbox) in &settings.mail.mailboxes {
        tried(&format!("IMAP {name}"), &imap::check(mailbox).await, report);
    }
}

fn tried(what: &str, steps: &[CheckStep], report: &mut Report) {
    match steps.iter().find(|step| !step.ok) {
        Some(failed) => report.bad(what, format!("{}: {}", failed.step, failed.detail)),
        None => {
            let passed: Vec<&str> = steps.iter().map(|step| step.step).collect();
            report.good(what, passed.join(", "));
        }
    }
}

/// Whether every identity's server and mailbox is one of the settings'.
async fn senders(installation: &Installation, report: &mut Report) -> Outcome {
    let mail = &installation.settings.mail;
    for project in installation.store.read(projects::all).await? {
        let id = project.id;
        let senders = installation
            .store
            .read(move |tx| identities::list(tx, id, Some(identities::MAILBOX), i64::MAX, 1_000))
            .await?;
        for sender in senders {
            let what = format!("identity {}", sender.address);
            if sender.transport != CAPTURE && !mail.servers.contains_key(&sender.transport) {
                report
                    .bad(&what, format!("its mail server {} is not in the settings: its mail waits", sender.transport));
            }
            match &sender.mailbox {
                Some(mailbox) if !mail.mailboxes.contains_key(mailbox) => {
                    report.bad(
                        &what,
                        format!("its mailbox {mailbox} is not in the settings: replies and bounces stay unread"),
                    );
                }
                None if sender.transport != CAPTURE => {
                    report.note(&what, "it has no mailbox: replies and bounces stay unread, and its sequences go on");
                }
                _ => {}
            }
        }
    }
    Ok(())
}

async fn sending_domains(installation: &Installation, resolver: Option<SocketAddr>, report: &mut Report) -> Outcome {
    let inbox = Inbox { store: installation.store.clone(), core: Arc::clone(installation.core()) };
    let lookup = match resolver {
        Some(server) => Lookup::at(server)?,
        None => Lookup::of_system()?,
    };
    for found in domains::check_all(&inbox, &installation.settings, &lookup).await? {
        for finding in &found.findings {
            let what = format!("{} {}", finding.what, found.domain);
            match finding.verdict {
                Verdict::Good => report.good(what, &finding.text),
                Verdict::Note => report.note(what, &finding.text),
                Verdict::Bad => report.bad(what, &finding.text),
            }
        }
    }
    Ok(())
}
