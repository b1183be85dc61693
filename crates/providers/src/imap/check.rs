//! Owns the trial of a mailbox for `outrider doctor`. Reads no message and changes nothing.

use super::connection::connect;
use super::exchange::{examine, offers_idle};
use super::{ImapError, ImapSecurity, ImapSettings};
use crate::smtp::CheckStep;

/// Connects, signs in, opens the mailbox read-only and signs out, and tells how each step went. The first failure is the last step.
pub async fn check(settings: &ImapSettings) -> Vec<CheckStep> {
    let mut steps = Vec::new();
    if let Err(error) = trial(settings, &mut steps).await {
        let step = match &error {
            ImapError::Settings(_) => "settings",
            ImapError::Connection(_) => "connecting",
            ImapError::Tls { .. } => "TLS",
            ImapError::Login(_) => "authentication",
            ImapError::Refused { .. } | ImapError::Nonsense { .. } | ImapError::Handler(_) => "the mailbox",
        };
        steps.push(CheckStep { step, ok: false, detail: error.to_string() });
    }
    steps
}

async fn trial(settings: &ImapSettings, steps: &mut Vec<CheckStep>) -> Result<(), ImapError> {
    let mut report = |step, detail: String| steps.push(CheckStep { step, ok: true, detail });
    settings.validate()?;
    let mut session = connect(settings).await?;
    let protection = match settings.tls {
        ImapSecurity::Implicit => "TLS",
        ImapSecurity::Starttls => "TLS after STARTTLS",
        ImapSecurity::None => "clear text, on this machine",
    };
    report("connecting", format!("{}:{}, {protection}", settings.host, settings.port()));
    report("authentication", format!("signed in as {}", settings.username));
    let idle = offers_idle(&mut session).await?;
    let opened = examine(&mut session, &settings.mailbox).await?;
    report("the mailbox", format!("{} has {} messages", settings.mailbox, opened.messages));
    let news = if idle {
        "the server tells of new mail at once (IDLE)".to_owned()
    } else {
        format!(
            "the server does not offer IDLE: new mail is looked for every {} seconds",
            settings.poll_pause().as_secs()
        )
    };
    report("new mail", news);
    // What can go wrong with a farewell does no harm.
    tokio::time::timeout(std::time::Duration::from_secs(5), session.logout()).await.ok();
    Ok(())
}
