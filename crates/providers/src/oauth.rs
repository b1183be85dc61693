//! Access tokens for mail servers that take no password: got with a refresh token (RFC 6749 section 6), kept until shortly before
//! they end, and written the way XOAUTH2 wants them. Signs in nowhere: the connections to mail servers do.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use outrider_domain::secret::Secret;
use reqwest::Url;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Host;

use crate::http_client::{self, cause};

/// From connecting to the last byte of an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of an answer that are read; tokens with many claims have some thousands.
const LARGEST_ANSWER: usize = 64 * 1024;
/// How long a token lasts whose server does not say.
const UNSAID: Duration = Duration::from_secs(300);
/// How long before its end a token is no longer used: a sign-in takes some time.
const SPARE: Duration = Duration::from_secs(60);

/// Where access tokens come from, for one user. Copies share the token they have got.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OauthSettings {
    /// The token endpoint; https, but for one on this machine.
    pub token_url: String,
    /// The application's name at the provider.
    pub client_id: String,
    /// Its secret, when it has one.
    #[serde(default)]
    pub client_secret: Option<Secret>,
    /// What the user gave the application: begins every request for a token.
    pub refresh_token: Secret,
    /// Asked for when given; most providers take what was granted at first.
    #[serde(default)]
    pub scope: Option<String>,
    #[serde(skip)]
    kept: Arc<Mutex<Kept>>,
}

/// What was got.
#[derive(Default)]
struct Kept {
    /// The token, and when it is no longer used.
    token: Option<(String, Instant)>,
    /// A refresh token that took the place of the one in the settings.
    refresh_token: Option<Secret>,
}

/// Why there is no token; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OauthProblem {
    /// The provider said no: a person must look after the settings or grant access again.
    #[error("the token endpoint refused: {0}")]
    Refused(String),
    /// No answer, or none that can be read.
    #[error("no access token could be got: {0}")]
    Unreachable(String),
}

/// A token endpoint's answer (RFC 6749 sections 5.1 and 5.2).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    access_token: Option<String>,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl OauthSettings {
    /// Settings without a secret or scope.
    #[must_use]
    pub fn new(token_url: &str, client_id: &str, refresh_token: &str) -> Self {
        Self {
            token_url: token_url.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: None,
            refresh_token: Secret::new(refresh_token),
            scope: None,
            kept: Arc::default(),
        }
    }

    /// Checks what can be checked without the network.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn validate(&self) -> Result<(), String> {
        self.url()?;
        if self.client_id.is_empty() || self.refresh_token.expose().is_empty() {
            return Err("client_id and refresh_token must not be empty".to_owned());
        }
        Ok(())
    }

    fn url(&self) -> Result<Url, String> {
        let url = Url::parse(&self.token_url).map_err(|error| format!("token_url: {error}"))?;
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_here => Ok(url),
            _ => Err("token_url must begin with https://, for secrets go there".to_owned()),
        }
    }

    /// An access token, and whether it was got before: such a one may have been revoked meanwhile.
    ///
    /// # Errors
    /// When none can be got.
    pub(crate) async fn token(&self, ca_file: Option<&Path>) -> Result<(String, bool), OauthProblem> {
        // Held while asking: many connections that open at once ask once.
        let mut kept = self.kept.lock().await;
        if let Some((token, until)) = &kept.token
            && Instant::now() < *until
        {
            return Ok((token.clone(), true));
        }
        let refresh_token = kept.refresh_token.as_ref().unwrap_or(&self.refresh_token).clone();
        let answer = self.ask(&refresh_token, ca_file).await?;
        let token = answer.access_token.filter(|token| is_plain(token)).ok_or_else(|| unreadable("an access token"))?;
        let lasts = answer.expires_in.map_or(UNSAID, Duration::from_secs);
        kept.token = Instant::now().checked_add(lasts.saturating_sub(SPARE)).map(|until| (token.clone(), until));
        if let Some(rotated) = answer.refresh_token.filter(|token| !token.is_empty()) {
            kept.refresh_token = Some(Secret::new(rotated));
        }
        Ok((token, false))
    }

    /// Forgets a token that a server did not take.
    pub(crate) async fn forget(&self, refused: &str) {
        let mut kept = self.kept.lock().await;
        if kept.token.as_ref().is_some_and(|(token, _)| token == refused) {
            kept.token = None;
        }
    }

    async fn ask(&self, refresh_token: &Secret, ca_file: Option<&Path>) -> Result<Answer, OauthProblem> {
        let unreachable = |error: reqwest::Error| OauthProblem::Unreachable(cause(&error));
        let builder = http_client::builder(ca_file, PATIENCE).map_err(OauthProblem::Unreachable)?;
        let client = builder.build().map_err(unreachable)?;
        let request = client
            .post(self.url().map_err(OauthProblem::Refused)?)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(self.form(refresh_token));
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = http_client::body(response, LARGEST_ANSWER).await.map_err(OauthProblem::Unreachable)?;
        let answer: Answer = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        let said = answer.error.map(|error| match answer.error_description {
            Some(why) => format!("{error}: {why}"),
            None => error,
        });
        let said: String = said.unwrap_or_default().chars().filter(|letter| !letter.is_control()).take(300).collect();
        let told = format!("{} {said}", status.as_u16()).trim_end().to_owned();
        Err(match status.as_u16() {
            429 | 500.. => OauthProblem::Unreachable(format!("the token endpoint answered {told}")),
            _ => OauthProblem::Refused(told),
        })
    }

    fn form(&self, refresh_token: &Secret) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", refresh_token.expose())
            .append_pair("client_id", &self.client_id);
        if let Some(secret) = &self.client_secret {
            form.append_pair("client_secret", secret.expose());
        }
        if let Some(scope) = &self.scope {
            form.append_pair("scope", scope);
        }
        form.finish()
    }
}

/// What XOAUTH2 sends, before base64: user and token between control characters.
pub(crate) fn xoauth2(username: &str, token: &str) -> String {
    format!("user={username}\u{1}auth=Bearer {token}\u{1}\u{1}")
}

/// Whether a token can stand in a header (RFC 6750 section 2.1, generously).
fn is_plain(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

fn unreadable(what: &str) -> OauthProblem {
    OauthProblem::Unreachable(format!("the token endpoint did not give {what}"))
}

/// By what was set.
impl PartialEq for OauthSettings {
    fn eq(&self, other: &Self) -> bool {
        (&self.token_url, &self.client_id, &self.client_secret, &self.refresh_token, &self.scope)
            == (&other.token_url, &other.client_id, &other.client_secret, &other.refresh_token, &other.scope)
    }
}

impl Eq for OauthSettings {}

/// Leaves the secrets out.
impl std::fmt::Debug for OauthSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OauthSettings")
            .field("token_url", &self.token_url)
            .field("client_id", &self.client_id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{OauthProblem, OauthSettings, xoauth2};

    const SETTINGS: &str =
        "token_url = \"https://login.example/token\"\nclient_id = \"me\"\nrefresh_token = \"hush\"\n";

    #[test]
    fn settings_are_checked_and_secrets_stay_out_of_debug_output() {
        let settings: OauthSettings = toml::from_str(&format!("{SETTINGS}client_secret = \"silent\"\n")).unwrap();
        assert_eq!(settings.validate(), Ok(()));
        let shown = format!("{settings:?}");
        assert!(shown.contains("login.example") && !shown.contains("hush") && !shown.contains("silent"), "{shown}");
        assert!(toml::from_str::<OauthSettings>(&format!("{SETTINGS}token = \"x\"\n")).is_err());
        for (url, works) in [
            ("http://login.example/token", false),
            ("http://127.0.0.1:9/token", true),
            ("http://localhost/token", true),
            ("http://[::1]/token", true),
            ("file:///token", false),
            ("nonsense", false),
        ] {
            assert_eq!(OauthSettings::new(url, "me", "hush").validate().is_ok(), works, "{url}");
        }
        assert!(OauthSettings::new("https://login.example", "", "hush").validate().is_err());
    }

    #[test]
    fn the_form_holds_what_was_set_and_nothing_else() {
        let mut settings = OauthSettings::new("https://login.example/token", "me & you", "r=1");
        assert_eq!(
            settings.form(&settings.refresh_token),
            "grant_type=refresh_token&refresh_token=r%3D1&client_id=me+%26+you"
        );
        settings.scope = Some("mail offline".to_owned());
        assert!(settings.form(&settings.refresh_token).ends_with("&scope=mail+offline"));
    }

    #[test]
    fn user_and_token_stand_between_control_characters() {
        assert_eq!(xoauth2("a@b.example", "t0"), "user=a@b.example\u{1}auth=Bearer t0\u{1}\u{1}");
    }

    #[tokio::test]
    async fn an_endpoint_that_is_not_there_is_no_refusal() {
        let settings = OauthSettings::new("http://127.0.0.1:1/token", "me", "hush");
        let problem = settings.token(None).await.unwrap_err();
        assert!(matches!(&problem, OauthProblem::Unreachable(why) if !why.contains("hush")), "{problem}");
    }
}
