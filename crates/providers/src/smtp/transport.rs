//! Owns the settings of one mail server. Opens nothing.

use std::path::PathBuf;

use serde::Deserialize;

use crate::oauth::OauthSettings;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Clear text.
    None,
    /// STARTTLS when the server offers it, else clear text. The certificate is checked only when there is a password to protect:
    /// whoever could forge it could as well hide the offer.
    Opportunistic,
    /// STARTTLS or nothing, certificate checked (RFC 3207).
    #[default]
    Starttls,
    /// TLS from the first byte, certificate checked (RFC 8314 3.3).
    Implicit,
}

/// One mail server and how to use it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transport {
    /// Host name or IP address; the certificate must be for it.
    pub host: String,
    /// Port; 465 for implicit TLS, 587 for STARTTLS and 25 otherwise when not given.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: Security,
    /// User for AUTH; no AUTH without it.
    #[serde(default)]
    pub username: Option<String>,
    /// Password for AUTH PLAIN or LOGIN.
    #[serde(default)]
    pub password: Option<String>,
    /// Where access tokens for AUTH XOAUTH2 come from, in place of a password.
    #[serde(default)]
    pub oauth: Option<OauthSettings>,
    /// PEM file of further certificate authorities to trust, beside the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Most connections at a time.
    #[serde(default = "default_max_connections")]
    pub max_connections: usize,
    /// Name said in EHLO; should resolve to this machine's address. Without one the address literal is said (RFC 5321 4.1.4).
    #[serde(default)]
    pub helo_name: Option<String>,
    /// Sends the password over a connection without TLS. Only for servers on the same machine.
    #[serde(default)]
    pub allow_insecure_auth: bool,
    /// Mails sent over one connection before it is closed.
    #[serde(default = "default_max_mails_per_connection")]
    pub max_mails_per_connection: u32,
    /// Seconds after which an unused connection is closed; servers commonly hang up after 60 to 300.
    #[serde(default = "default_idle_seconds")]
    pub idle_seconds: u64,
    /// Accepts any certificate. For tests: no settings file can set it.
    #[serde(skip)]
    pub danger_accept_invalid_certs: bool,
}

fn default_max_connections() -> usize {
    4
}

fn default_max_mails_per_connection() -> u32 {
    100
}

fn default_idle_seconds() -> u64 {
    30
}

/// Settings that can't work; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// A value out of its range or form.
    #[error("{0}: {1}")]
    Setting(&'static str, String),
    /// The extra certificates can't be read.
    #[error("ca_file {0}: {1}")]
    CertificateFile(PathBuf, String),
}

impl Transport {
    /// A server without authentication or extras, at the defaults.
    #[must_use]
    pub fn new(host: &str, port: u16, tls: Security) -> Self {
        Self {
            host: host.to_owned(),
            port: Some(port),
            tls,
            username: None,
            password: None,
            oauth: None,
            ca_file: None,
            max_connections: default_max_connections(),
            helo_name: None,
            allow_insecure_auth: false,
            max_mails_per_connection: default_max_mails_per_connection(),
            idle_seconds: default_idle_seconds(),
            danger_accept_invalid_certs: false,
        }
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Security::Implicit => 465,
            Security::Starttls => 587,
            Security::None | Security::Opportunistic => 25,
        })
    }

    /// Checks what can be checked without the network.
    ///
    /// # Errors
    /// Names the setting and what is wrong with it.
    pub(super) fn validate(&self) -> Result<(), TransportError> {
        let wrong = |field, why: &str| Err(TransportError::Setting(field, why.to_owned()));
        if self.host.is_empty() {
            return wrong("host", "must not be empty");
        }
        if self.max_connections == 0 || self.max_connections > 1_000 {
            return wrong("max_connections", "must be 1 to 1000");
        }
        if self.max_mails_per_connection == 0 {
            return wrong("max_mails_per_connection", "must be at least 1");
        }
        match (&self.username, &self.password, &self.oauth) {
            (None, None, None) | (Some(_), Some(_), None) | (Some(_), None, Some(_)) => {}
            (Some(_), Some(_), Some(_)) => return wrong("oauth", "goes in place of a password, not beside it"),
            _ => return wrong("password", "username and password, or username and oauth, go together"),
        }
        if let Some(Err(why)) = self.oauth.as_ref().map(OauthSettings::validate) {
            return wrong("oauth", &why);
        }
        let name_byte = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'[' | b']' | b':');
        if self
            .helo_name
            .as_deref()
            .is_some_and(|name| name.is_empty() || name.len() > 255 || !name.bytes().all(name_byte))
        {
            return wrong("helo_name", "must be a host name or an address in square brackets");
        }
        if self.username.iter().chain(&self.password).any(|text| text.contains('\0')) {
            return wrong("username", "username and password can't contain NUL");
        }
        if self.tls == Security::None && self.username.is_some() && !self.allow_insecure_auth {
            return wrong(
                "allow_insecure_auth",
                "with tls = \"none\" the password would cross the network in clear text",
            );
        }
        Ok(())
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport")
            .field("host", &self.host)
            .field("port", &self.port())
            .field("tls", &self.tls)
            .field("username", &self.username)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Security, Transport};

    fn read(text: &str) -> Result<Transport, String> {
        let transport: Transport = toml::from_str(text).map_err(|error| error.to_string())?;
        transport.validate().map_err(|error| error.to_string())?;
        Ok(transport)
    }

    #[test]
    fn settings_have_safe_defaults() {
        let transport = read("host = \"mail.example.com\"").unwrap();
        assert_eq!((transport.tls, transport.port(), transport.max_connections), (Security::Starttls, 587, 4));
        assert!(!transport.allow_insecure_auth && !transport.danger_accept_invalid_certs);
        assert_eq!(read("host = \"m\"\ntls = \"implicit\"").unwrap().port(), 465);
        assert_eq!(read("host = \"m\"\ntls = \"none\"").unwrap().port(), 25);
    }

    #[test]
    fn what_cannot_work_is_said() {
        for (text, about) in [
            ("host = \"m\"\nhots = 1", "hots"),
            ("host = \"\"", "host"),
            ("host = \"m\"\ndanger_accept_invalid_certs = true", "danger_accept_invalid_certs"),
            ("host = \"m\"\nmax_connections = 0", "max_connections"),
            ("host = \"m\"\nusername = \"u\"", "password"),
            (
                "host = \"m\"\nusername = \"u\"\n[oauth]\ntoken_url = \"http://x.example\"\nclient_id = \"c\"\nrefresh_token = \"r\"",
                "https",
            ),
            (
                "host = \"m\"\n[oauth]\ntoken_url = \"https://x.example\"\nclient_id = \"c\"\nrefresh_token = \"r\"",
                "username",
            ),
            ("host = \"m\"\nhelo_name = \"a b\"", "helo_name"),
            ("host = \"m\"\ntls = \"none\"\nusername = \"u\"\npassword = \"p\"", "clear text"),
        ] {
            let error = read(text).err().unwrap_or_default();
            assert!(error.contains(about), "{text}: {error}");
        }
    }

    #[test]
    fn the_password_is_not_in_debug_output() {
        let transport = read("host = \"m\"\nusername = \"u\"\npassword = \"hush\"").unwrap();
        assert!(!format!("{transport:?}").contains("hush"));
    }
}
