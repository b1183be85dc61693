//! The machine: public address, clock, disk. Asks nobody outside.

use outrider_domain::time::{Clock as _, Millis};

use super::Report;
use crate::clock::SystemClock;
use crate::settings::Settings;

/// Free space below which the disk is called full, in bytes.
const LITTLE: u64 = 512 << 20;
/// A moment before this version was made.
const BEFORE_RELEASE: Millis = Millis(1_767_225_600_000);

pub(super) fn check(settings: &Settings, report: &mut Report) {
    public_url(settings, report);
    let now = SystemClock.now();
    if now < BEFORE_RELEASE {
        report.bad("clock", format!("it is not {now}: set the system's clock, since all due times go by it"));
    } else {
        report.good("clock", now.to_string());
    }
    if settings.database_url.is_none() {
        disk(settings, report);
    }
}

fn public_url(settings: &Settings, report: &mut Report) {
    let has_servers = !settings.mail.servers.is_empty();
    let url = settings.public_url(settings.listen);
    let host = url.split("://").nth(1).unwrap_or_default();
    let local = ["localhost", "127.", "[::1]"].iter().any(|local| host.starts_with(local));
    match (&settings.public_url, local, url.starts_with("https://")) {
        (_, false, true) => report.good("public_url", url),
        (None, _, _) if has_servers => {
            report.bad("public_url", "set public_url: unsubscribe links begin with it, and recipients can't reach this machine's own address");
        }
        (Some(_), true, _) if has_servers => {
            report.bad("public_url", format!("{url}: recipients can't reach it, and unsubscribe links begin with it"));
        }
        (_, true, _) => report.note("public_url", format!("{url}: enough for a trial with the capture mailbox")),
        (_, false, false) => {
            report.bad("public_url", format!("{url}: one-click unsubscribe needs https (RFC 8058 section 3.1)"))
        }
    }
}

fn disk(settings: &Settings, report: &mut Report) {
    let folder = settings.data.ancestors().find(|folder| folder.exists()).unwrap_or(&settings.data);
    let folder = if folder.as_os_str().is_empty() { std::path::Path::new(".") } else { folder };
    match rustix::fs::statvfs(folder) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let text = format!("{} MB free at {}", free >> 20, folder.display());
            if free < LITTLE {
                report.bad("disk", format!("only {text}: make room, since a full disk stops everything"));
            } else {
                report.good("disk", text);
            }
        }
        Err(error) => report.note("disk", format!("{}: {error}", folder.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Grade, Report};
    use super::public_url;
    use crate::settings::{Server, Settings};

    #[test]
    fn a_public_url_is_asked_for_once_mail_leaves_the_machine() {
        let server = || {
            let main = outrider_providers::smtp::Transport::new(
                "smtp.example.com",
                587,
                outrider_providers::smtp::Security::Starttls,
            );
            [("main".to_owned(), Server(main))].into()
        };
        for (url, servers, wanted) in [
            (None, false, Grade::Note),
            (None, true, Grade::Bad),
            (Some("https://o.example.com"), true, Grade::Good),
            (Some("http://o.example.com"), true, Grade::Bad),
            (Some("http://127.0.0.1:7700"), true, Grade::Bad),
        ] {
            let mut settings = Settings { public_url: url.map(ToOwned::to_owned), ..Settings::default() };
            if servers {
                settings.mail.servers = server();
            }
            let mut report = Report::default();
            public_url(&settings, &mut report);
            assert_eq!(report.0[0].grade, wanted, "{url:?} {servers}");
        }
    }
}
