//! The authorization endpoint (OAuth 2.1, section 4.1): checks what an application asks for, and turns a person's consent into a code.

use std::sync::Arc;

use outrider_domain::id::{GrantId, ProjectId};
use outrider_store::{oauth_clients, oauth_grants as rows};
use serde_json::json;

use super::scopes::{Resource, Scope};
use super::{CODE_MS, Refusal, Site, clients, documents, note};
use crate::error::Error;
use crate::keys::{hash, random_hex};
use crate::pipeline::Pipeline;
use crate::ports::Web;
use crate::principal::Actor;
use crate::sign_in::sessions;
use crate::users::project_of;

/// Random bytes of a code.
const CODE_BYTES: usize = 32;
/// Letters of an S256 challenge: 32 bytes in base64url.
const CHALLENGE: usize = 43;
/// Longest `state`.
const LONGEST_STATE: usize = 4096;

/// The parameters of a request, in their order.
#[derive(Debug, Clone, Default)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// From `application/x-www-form-urlencoded`: a query or a body.
    #[must_use]
    pub fn parse(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The one value of a parameter; one without a value counts as absent (RFC 6749, section 3.1).
    ///
    /// # Errors
    /// `invalid_request` when it is there more than once.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut all = self.0.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let first = all.next();
        if all.next().is_some() {
            return Err(Refusal::invalid_request(format!("{name} is there more than once.")));
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// [`Parameters::one`] that must be there.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.one(name)?.ok_or_else(|| Refusal::invalid_request(format!("{name} is missing.")))
    }

    /// Every value of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// What an application asks a person for, checked.
#[derive(Debug)]
pub struct Asked {
    /// The application.
    pub client: oauth_clients::Client,
    /// Where the answer goes: one that the client registered.
    pub redirect_uri: String,
    /// The issuer that answers.
    pub issuer: String,
    /// What it wants to use.
    pub resource: &'static Resource,
    /// Scopes it asks for.
    pub scopes: Vec<&'static Scope>,
    /// Whether it named the scopes itself.
    pub named: bool,
    resource_url: String,
    state: Option<String>,
    challenge: String,
}

/// Why a request can't be put before a person.
#[derive(Debug)]
pub enum Unfit {
    /// Client or redirect URI can't be trusted: told to the person, and to nobody else (RFC 6749, section 4.1.2.1).
    Untrusted(Refusal),
    /// Told to the client, by sending the browser to this address.
    Answered(String),
}

/// What a person agreed to.
#[derive(Debug)]
pub struct Consent {
    /// Names of scopes, of those asked for.
    pub scopes: Vec<String>,
    /// The only project, or all.
    pub project: Option<ProjectId>,
}

/// Checks a request to the authorization endpoint of a dialect. `origin` is the network address it comes from.
///
/// # Errors
/// [`Unfit`]: told to the person, or sent to the client.
pub async fn check(
    pipeline: &Pipeline,
    web: &dyn Web,
    site: &Site,
    resource: &'static Resource,
    parameters: &Parameters,
    origin: &str,
) -> Result<Asked, Unfit> {
    let issuer = site.issuer(resource);
    let id = parameters.required("client_id").map_err(Unfit::Untrusted)?;
    let client = documents::find(pipeline, web, &issuer, id, origin).await.map_err(Unfit::Untrusted)?;
    let redirect_uri = parameters.required("redirect_uri").map_err(Unfit::Untrusted)?.to_owned();
    if !clients::is_registered(&client, &redirect_uri) {
        let text = "The application did not register the address that the answer should go to.";
        return Err(Unfit::Untrusted(Refusal::invalid_request(text)));
    }
    let state = match parameters.one("state") {
        Ok(state) => state.map(ToOwned::to_owned),
        Err(refusal) => return Err(Unfit::Answered(answer_error(&redirect_uri, &issuer, None, &refusal))),
    };
    let rest = rest(site, resource, parameters, state.as_deref());
    let (challenge, resource, scopes, named) =
        rest.map_err(|refusal| Unfit::Answered(answer_error(&redirect_uri, &issuer, state.as_deref(), &refusal)))?;
    let resource_url = site.resource(resource);
    Ok(Asked { client, redirect_uri, issuer, resource, scopes, named, resource_url, state, challenge })
}

type Rest = (String, &'static Resource, Vec<&'static Scope>, bool);

/// What is checked once it is known where errors may go.
fn rest(
    site: &Site,
    resource: &'static Resource,
    parameters: &Parameters,
    state: Option<&str>,
) -> Result<Rest, Refusal> {
    if state.is_some_and(|state| state.len() > LONGEST_STATE) {
        return Err(Refusal::invalid_request("state is too long."));
    }
    if parameters.required("response_type")? != "code" {
        return Err(Refusal::new("unsupported_response_type", "The only response_type is code."));
    }
    if parameters.one("request")?.is_some() || parameters.one("request_uri")?.is_some() {
        return Err(Refusal::new("request_not_supported", "Send the parameters themselves."));
    }
    if parameters.one("response_mode")?.is_some_and(|mode| mode != "query") {
        return Err(Refusal::invalid_request("The only response_mode is query."));
    }
    let challenge = parameters.required("code_challenge")?;
    if parameters.one("code_challenge_method")? != Some("S256") {
        return Err(Refusal::invalid_request("code_challenge_method must be S256."));
    }
    if challenge.len() != CHALLENGE
        || !challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    {
        return Err(Refusal::invalid_request("code_challenge is not that of S256."));
    }
    let resource = target(site, resource, parameters)?;
    let asked = parameters.one("scope")?;
    let scopes: Vec<&'static Scope> = match asked {
        None => resource.scopes.iter().filter(|scope| !scope.by_name).collect(),
        // Names of other servers are passed over: the answer says what was granted (RFC 6749, section 3.3).
        Some(names) => resource.scopes.iter().filter(|scope| names.split(' ').any(|name| name == scope.name)).collect(),
    };
    if scopes.is_empty() {
        return Err(Refusal::new("invalid_scope", "None of these scopes is known here."));
    }
    Ok((challenge.to_owned(), resource, scopes, asked.is_some()))
}

/// The resource a request names (RFC 8707), of those that this issuer makes tokens for; the issuer's own when it names none.
fn target(site: &Site, default: &'static Resource, parameters: &Parameters) -> Result<&'static Resource, Refusal> {
    let mut named = parameters.all("resource").filter(|name| !name.is_empty());
    let Some(first) = named.next() else { return Ok(default) };
    if named.any(|other| other != first) {
        return Err(Refusal::invalid_target("A token is for one resource."));
    }
    Resource::of_dialect(default.dialect)
        .find(|resource| site.resource(resource) == first)
        .ok_or_else(|| Refusal::invalid_target("This server makes no tokens for that resource."))
}

impl Asked {
    /// The address that tells the client that the person said no.
    #[must_use]
    pub fn denied(&self) -> String {
        let refusal = Refusal::new("access_denied", "The person did not agree.");
        answer_error(&self.redirect_uri, &self.issuer, self.state.as_deref(), &refusal)
    }
}

/// Records a person's consent; gives the address that takes the code to the client.
///
/// # Errors
/// `invalid_session`; `resource_not_found` for a project of others; `validation_error` at `scope` for none of those asked for.
pub async fn agree(pipeline: &Pipeline, asked: &Asked, session: &str, consent: Consent) -> Result<String, Error> {
    let granted: Vec<&str> = asked
        .scopes
        .iter()
        .map(|scope| scope.name)
        .filter(|name| consent.scopes.iter().any(|own| own == name))
        .collect();
    if granted.is_empty() {
        return Err(Error::invalid("scope", "Choose at least one thing the application may do, or decline."));
    }
    let scopes = granted.join(" ");
    let code = random_hex(CODE_BYTES)?;
    let core = Arc::clone(pipeline.core());
    let (session, code_hash, project) = (session.to_owned(), hash(&code), consent.project);
    let client = asked.client.clone();
    let (issuer, resource) = (asked.issuer.clone(), asked.resource_url.clone());
    let (redirect_uri, challenge) = (asked.redirect_uri.clone(), asked.challenge.clone());
    pipeline
        .store()
        .write(move |tx| {
            let now = core.now();
            let person = sessions::find(tx, &session, now)?;
            if project.is_some() {
                project_of(tx, &person.user, project, None)?;
            }
            let grant = rows::Grant {
                id: GrantId(core.ids.next(now)),
                user_id: person.user.id,
                issuer: issuer.clone(),
                client_id: client.id.clone(),
                client_name: client.name.clone(),
                resource: resource.clone(),
                scopes: scopes.clone(),
                project_id: project,
                created_at: now,
                used_at: None,
                expires_at: now.plus(CODE_MS),
                revoked_at: None,
                revoked_because: None,
            };
            grant.clone().insert(tx)?;
            let code = rows::AuthorizationCode {
                hash: code_hash.clone(),
                grant_id: grant.id,
                redirect_uri: redirect_uri.clone(),
                challenge: challenge.clone(),
                expires_at: now.plus(CODE_MS),
                used_at: None,
            };
            code.insert(tx)?;
            oauth_clients::keep(tx, &issuer, &client.id)?;
            let detail =
                json!({ "client_id": client.id, "resource": resource, "scopes": scopes, "project_id": project });
            note(tx, &core, &grant, Actor::User(person.user.id), ("grant.created", "grant_access"), detail)
        })
        .await?;
    let mut pairs = vec![("code", code.as_str())];
    pairs.extend(asked.state.as_deref().map(|state| ("state", state)));
    pairs.push(("iss", &asked.issuer));
    Ok(with_query(&asked.redirect_uri, &pairs))
}

/// The address that tells the client of an error, with the issuer it comes from (RFC 9207).
fn answer_error(redirect_uri: &str, issuer: &str, state: Option<&str>, refusal: &Refusal) -> String {
    let mut pairs = vec![("error", refusal.error), ("error_description", refusal.description.as_str())];
    pairs.extend(state.map(|state| ("state", state)));
    pairs.push(("iss", issuer));
    with_query(redirect_uri, &pairs)
}

/// An address with more parameters; its own letters stay as they were registered.
fn with_query(address: &str, pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let joint = match address.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{address}{joint}{query}")
}

#[cfg(test)]
mod tests {
    use super::{Parameters, with_query};

    #[test]
    fn parameters_are_there_once_or_not_at_all() {
        let parameters = Parameters::parse(b"a=1&b=&c=2&c=3&d=%C3%A4+x");
        assert_eq!(parameters.one("a").unwrap(), Some("1"));
        assert_eq!(parameters.one("b").unwrap(), None);
        assert_eq!(parameters.one("c").unwrap_err().error, "invalid_request");
        assert_eq!(parameters.one("d").unwrap(), Some("ä x"));
        assert_eq!(parameters.required("b").unwrap_err().error, "invalid_request");
    }

    #[test]
    fn an_answer_keeps_the_letters_of_the_address() {
        assert_eq!(with_query("https://a.example", &[("code", "x y")]), "https://a.example?code=x+y");
        assert_eq!(with_query("https://a.example/cb?z=%7e", &[("a", "&")]), "https://a.example/cb?z=%7e&a=%26");
        assert_eq!(with_query("app:/cb?", &[("a", "1")]), "app:/cb?a=1");
    }
}
