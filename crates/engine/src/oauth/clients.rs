//! What an application may say of itself (RFC 7591, section 2), checked; redirect URIs and how they match. Stores nothing.

use outrider_store::oauth_clients::Client;
use serde_json::Value;
use url::{Host, Url};

use super::Refusal;

/// Most redirect URIs of one client.
const MOST_URIS: usize = 20;
/// Longest URI, in bytes.
const LONGEST_URI: usize = 2000;
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;
/// Schemes in which a redirect would run code or read files in the person's browser.
const DANGEROUS: &[&str] =
    &["javascript", "data", "file", "vbscript", "blob", "about", "ftp", "ws", "wss", "filesystem", "view-source"];

/// What an application says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// What it calls itself; may be empty.
    pub name: String,
    /// Its home page.
    pub uri: Option<String>,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// `none`, `client_secret_basic` or `client_secret_post`.
    pub auth_method: String,
    /// Whether it takes refresh tokens.
    pub refreshes: bool,
}

impl Metadata {
    /// Reads and checks it; fields that mean nothing here are passed over (RFC 7591, section 2).
    ///
    /// # Errors
    /// `invalid_redirect_uri`, `invalid_client_metadata`.
    pub fn read(value: &Value) -> Result<Self, Refusal> {
        if !value.is_object() {
            return Err(Refusal::invalid_metadata("Client metadata is a JSON object."));
        }
        let name: String = text(value, "client_name")?.unwrap_or_default().trim().to_owned();
        if name.chars().count() > LONGEST_NAME || name.chars().any(|letter| letter.is_control() || is_invisible(letter))
        {
            return Err(Refusal::invalid_metadata(format!("client_name has at most {LONGEST_NAME} plain characters.")));
        }
        let uri = text(value, "client_uri")?;
        if let Some(uri) = &uri
            && !(uri.len() <= LONGEST_URI && Url::parse(uri).is_ok_and(|url| matches!(url.scheme(), "https" | "http")))
        {
            return Err(Refusal::invalid_metadata("client_uri is a web address."));
        }
        let auth_method =
            text(value, "token_endpoint_auth_method")?.unwrap_or_else(|| "client_secret_basic".to_owned());
        if !["none", "client_secret_basic", "client_secret_post"].contains(&auth_method.as_str()) {
            return Err(Refusal::invalid_metadata(
                "token_endpoint_auth_method is none, client_secret_basic or client_secret_post.",
            ));
        }
        let grants = list(value, "grant_types")?.unwrap_or_else(|| vec!["authorization_code".to_owned()]);
        if !grants.iter().any(|grant| grant == "authorization_code") {
            return Err(Refusal::invalid_metadata(
                "grant_types must have authorization_code, and may have refresh_token.",
            ));
        }
        let responses = list(value, "response_types")?.unwrap_or_else(|| vec!["code".to_owned()]);
        if !responses.iter().any(|response| response == "code") {
            return Err(Refusal::invalid_metadata("response_types must have code."));
        }
        Ok(Self {
            name,
            uri,
            redirect_uris: redirect_uris(value)?,
            auth_method,
            refreshes: grants.iter().any(|grant| grant == "refresh_token"),
        })
    }

    /// The redirect URIs as they are stored.
    #[must_use]
    pub fn stored_uris(&self) -> String {
        Value::from(self.redirect_uris.clone()).to_string()
    }
}

fn redirect_uris(value: &Value) -> Result<Vec<String>, Refusal> {
    let refused = |text: &str| Refusal::new("invalid_redirect_uri", text);
    let uris = list(value, "redirect_uris")
        .map_err(|_| refused("redirect_uris is a list of addresses."))?
        .filter(|uris| !uris.is_empty())
        .ok_or_else(|| refused("redirect_uris needs at least one address."))?;
    if uris.len() > MOST_URIS {
        return Err(refused(&format!("redirect_uris has at most {MOST_URIS} addresses.")));
    }
    match uris.iter().find(|uri| !may_redirect_to(uri)) {
        None => Ok(uris),
        Some(_) => Err(refused(
            "A redirect URI is https, http on a loopback address, or an application's own scheme; without a fragment.",
        )),
    }
}

/// Whether answers may be sent there at all (OAuth 2.1, section 2.3; RFC 8252, section 7).
fn may_redirect_to(text: &str) -> bool {
    if text.len() > LONGEST_URI || !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains('#') {
        return false;
    }
    let Ok(url) = Url::parse(text) else { return false };
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(&url),
        other => !DANGEROUS.contains(&other),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether a client registered a redirect URI: letter for letter, save for the port on a loopback address, which a program
/// may only learn when it starts to listen (RFC 8252, section 7.3).
#[must_use]
pub fn is_registered(client: &Client, asked: &str) -> bool {
    let registered: Vec<String> = serde_json::from_str(&client.redirect_uris).unwrap_or_default();
    registered.iter().any(|one| one == asked || differs_by_port(one, asked))
}

fn differs_by_port(registered: &str, asked: &str) -> bool {
    if asked.contains('#') || !asked.bytes().all(|byte| byte.is_ascii_graphic()) {
        return false;
    }
    let (Ok(mut registered), Ok(mut asked)) = (Url::parse(registered), Url::parse(asked)) else { return false };
    if [&registered, &asked].iter().any(|url| url.scheme() != "http" || !is_loopback(url)) {
        return false;
    }
    let same = registered.set_port(None).is_ok() && asked.set_port(None).is_ok();
    same && registered == asked
}

/// Letters that make a name look like another one: marks of direction and of no width.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn text(value: &Value, field: &str) -> Result<Option<String>, Refusal> {
    match value.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::invalid_metadata(format!("{field} is a text."))),
    }
}

fn list(value: &Value, field: &str) -> Result<Option<Vec<String>>, Refusal> {
    let wrong = || Refusal::invalid_metadata(format!("{field} is a list of texts."));
    match value.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map(ToOwned::to_owned).ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use outrider_domain::time::Millis;
    use outrider_store::oauth_clients::Client;
    use serde_json::{Value, json};

    use super::{Metadata, is_registered};

    fn with(uris: Value) -> Result<Metadata, &'static str> {
        Metadata::read(&json!({ "redirect_uris": uris })).map_err(|refusal| refusal.error)
    }

    #[test]
    fn redirect_uris_are_places_that_may_hear_a_code() {
        for good in [
            "https://app.example/cb",
            "http://127.0.0.1:1/cb",
            "http://[::1]/cb",
            "http://localhost/cb",
            "cursor://x/cb",
            "com.example.app:/cb",
        ] {
            assert!(with(json!([good])).is_ok(), "{good}");
        }
        for bad in [
            "http://app.example/cb",
            "https://app.example/cb#x",
            "javascript:alert(1)",
            "data:text/html,x",
            "/cb",
            "",
            "https://",
            "https://user@app.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "https://app.example/c b",
            "JavaScript:alert(1)",
        ] {
            assert_eq!(with(json!([bad])), Err("invalid_redirect_uri"), "{bad}");
        }
        for bad in
            [json!([]), json!(null), json!("https://app.example/cb"), json!([1]), json!(vec!["https://a.example/"; 21])]
        {
            assert_eq!(with(bad.clone()), Err("invalid_redirect_uri"), "{bad}");
        }
    }

    #[test]
    fn metadata_has_the_defaults_of_the_rfc() {
        let read = |value: Value| {
            let mut whole = json!({ "redirect_uris": ["https://app.example/cb"] });
            whole.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
            Metadata::read(&whole).map_err(|refusal| refusal.error)
        };
        let plain = read(json!({ "unknown": 1 })).unwrap();
        assert_eq!((plain.auth_method.as_str(), plain.refreshes), ("client_secret_basic", false));
        assert!(read(json!({ "grant_types": ["authorization_code", "refresh_token"] })).unwrap().refreshes);
        for bad in [
            json!({ "token_endpoint_auth_method": "private_key_jwt" }),
            json!({ "grant_types": ["implicit"] }),
            json!({ "response_types": ["token"] }),
            json!({ "client_name": 5 }),
            json!({ "client_name": "a\u{202e}b" }),
            json!({ "client_uri": "javascript:alert(1)" }),
        ] {
            assert_eq!(read(bad.clone()), Err("invalid_client_metadata"), "{bad}");
        }
    }

    #[test]
    fn redirect_uris_match_letter_for_letter_but_for_loopback_ports() {
        let client = Client {
            issuer: String::new(),
            id: String::new(),
            kind: String::new(),
            name: String::new(),
            uri: None,
            redirect_uris: json!(["https://app.example/cb", "http://127.0.0.1/cb?x=1", "app:/cb"]).to_string(),
            auth_method: String::new(),
            secret_hash: None,
            refreshes: false,
            created_at: Millis(0),
            fetched_at: Millis(0),
            expires_at: None,
        };
        for good in ["https://app.example/cb", "http://127.0.0.1:5000/cb?x=1", "app:/cb"] {
            assert!(is_registered(&client, good), "{good}");
        }
        for bad in [
            "https://app.example/cb/",
            "https://app.example/cb?x",
            "https://app.example:8443/cb",
            "https://APP.example/cb",
            "https://app.example/cb/../cb",
            "http://127.0.0.1:5000/cb",
            "http://127.0.0.1:5000/cb?x=1#f",
            "http://localhost:5000/cb?x=1",
            "http://127.0.0.2/cb?x=1",
            "app:/other",
            "",
        ] {
            assert!(!is_registered(&client, bad), "{bad}");
        }
    }
}
