//! Owns the settings of one IMAP mailbox. Opens no connection.

use std::path::PathBuf;

use serde::Deserialize;

use super::ImapError;
use crate::oauth::OauthSettings;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImapSecurity {
    /// TLS from the first byte (RFC 8314 section 3.2), certificate checked.
    #[default]
    Implicit,
    /// STARTTLS or nothing, certificate checked.
    Starttls,
    /// Clear text; refused unless the server is on this machine.
    None,
}

/// One mailbox and how to reach it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImapSettings {
    /// Host name or IP address; the certificate must be for it.
    pub host: String,
    /// Port; 993 for implicit TLS and 143 otherwise when not given.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: ImapSecurity,
    /// User name, mostly the whole address.
    pub username: String,
    /// Password, or an app password where the provider wants one.
    #[serde(default)]
    pub password: Option<String>,
    /// Where access tokens come from, in place of a password (AUTHENTICATE XOAUTH2).
    #[serde(default)]
    pub oauth: Option<OauthSettings>,
    /// PEM file of further certificate authorities to trust, beside the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The mailbox to watch.
    #[serde(default = "default_mailbox")]
    pub mailbox: String,
    /// Seconds between looks when the server does not offer IDLE; at least 5.
    #[serde(default = "default_poll_seconds")]
    pub poll_seconds: u64,
    /// Seconds after which IDLE is issued anew; at most 28 minutes, because servers hang up after 30 (RFC 2177 asks for 29).
    #[serde(default = "default_idle_seconds")]
    pub idle_seconds: u64,
    /// Days of mail read at the first contact and after a change of UIDVALIDITY; 0 reads all.
    #[serde(default = "default_lookback_days")]
    pub lookback_days: u16,
}

fn default_mailbox() -> String {
    "INBOX".to_owned()
}

fn default_poll_seconds() -> u64 {
    60
}

fn default_idle_seconds() -> u64 {
    1_500
}

fn default_lookback_days() -> u16 {
    7
}

const LONGEST_IDLE: u64 = 28 * 60;

impl ImapSettings {
    /// The port in use.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls == ImapSecurity::Implicit { 993 } else { 143 })
    }

    /// IDLE's length, within what servers bear.
    pub(super) fn idle_limit(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.idle_seconds.clamp(1, LONGEST_IDLE))
    }

    /// The pause between looks.
    pub(super) fn poll_pause(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.poll_seconds.max(5))
    }

    /// Whether the settings can be used.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn validate(&self) -> Result<(), ImapError> {
        let wrong = |why: &str| Err(ImapError::Settings(why.to_owned()));
        if self.host.trim().is_empty() || self.username.is_empty() || self.mailbox.is_empty() {
            return wrong("host, username and mailbox must not be empty");
        }
        match (&self.password, &self.oauth) {
            (Some(_), None) => {}
            (None, Some(oauth)) => oauth.validate().map_err(|why| ImapError::Settings(format!("oauth: {why}")))?,
            _ => return wrong("give a password, or oauth in its place"),
        }
        let mut all = [&self.host, &self.username, &self.mailbox].into_iter().chain(&self.password);
        if all.any(|text| text.contains(['\r', '\n', '\0'])) {
            return wrong("a setting has a line break in it");
        }
        let local = self.host == "localhost" || self.host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        if self.tls == ImapSecurity::None && !local {
            return wrong(
                "tls = \"none\" would send the password in clear text; it is allowed only for a server on this machine",
            );
        }
        Ok(())
    }
}

/// Leaves the password out.
impl std::fmt::Debug for ImapSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImapSettings")
            .field("host", &self.host)
            .field("port", &self.port())
            .field("tls", &self.tls)
            .field("username", &self.username)
            .field("mailbox", &self.mailbox)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{ImapSecurity, ImapSettings};

    const LEAST: &str = "host = \"imap.example.com\"\nusername = \"u\"\npassword = \"secret\"\n";

    #[test]
    fn defaults_are_safe_and_unknown_settings_are_refused() {
        let settings: ImapSettings = toml::from_str(LEAST).expect("settings");
        assert_eq!((settings.port(), settings.tls, settings.mailbox.as_str()), (993, ImapSecurity::Implicit, "INBOX"));
        assert_eq!(settings.idle_limit().as_secs(), 1_500);
        assert!(settings.validate().is_ok());
        assert!(!format!("{settings:?}").contains("secret"));
        assert!(toml::from_str::<ImapSettings>(&format!("{LEAST}pasword = \"x\"\n")).is_err());
        assert!(toml::from_str::<ImapSettings>(&format!("{LEAST}tls = \"opportunistic\"\n")).is_err());
    }

    #[test]
    fn limits_hold() {
        let text = format!("{LEAST}tls = \"starttls\"\nidle_seconds = 100000\npoll_seconds = 0\n");
        let settings: ImapSettings = toml::from_str(&text).expect("settings");
        assert_eq!(
            (settings.port(), settings.idle_limit().as_secs(), settings.poll_pause().as_secs()),
            (143, 1_680, 5)
        );
        let clear: ImapSettings = toml::from_str(&format!("{LEAST}tls = \"none\"\n")).expect("settings");
        assert!(clear.validate().is_err());
        assert!(ImapSettings { host: "127.0.0.1".to_owned(), ..clear.clone() }.validate().is_ok());
        assert!(ImapSettings { host: "127.0.0.1".to_owned(), password: None, ..clear.clone() }.validate().is_err());
        assert!(
            ImapSettings { password: Some("a\r\nb".to_owned()), host: "::1".to_owned(), ..clear }.validate().is_err()
        );
    }
}
