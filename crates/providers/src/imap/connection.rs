//! Owns the way to an opened mailbox: TCP, TLS, sign-in. Fetches nothing.

use std::sync::Arc;
use std::time::Duration;

use async_imap::error::Error;
use async_imap::{Authenticator, Client};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::exchange::Session;
use super::settings::{ImapSecurity, ImapSettings};
use super::{ImapError, exchange};
use crate::oauth::{OauthProblem, OauthSettings, xoauth2};
use crate::tls::checked;

/// Any of the streams a session may run over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Stream for T {}

/// One step of connecting, greeting or signing in may take this long.
const STEP: Duration = Duration::from_secs(30);

/// Connects, encrypts and signs in.
pub(super) async fn connect(settings: &ImapSettings) -> Result<Session, ImapError> {
    settings.validate()?;
    let (host, port) = (settings.host.as_str(), settings.port());
    let lost = |why: String| ImapError::Connection(format!("could not connect to {host}:{port}: {why}"));
    let connecting = timeout(STEP, TcpStream::connect((host, port))).await;
    let tcp = connecting.map_err(|_| lost("no answer in time".to_owned()))?.map_err(|error| lost(error.to_string()))?;
    tcp.set_nodelay(true).ok();
    let client = match settings.tls {
        ImapSecurity::Implicit => {
            let stream: Box<dyn Stream> = Box::new(encrypt(settings, tcp).await?);
            greeted(Client::new(stream)).await?
        }
        ImapSecurity::None => {
            let stream: Box<dyn Stream> = Box::new(tcp);
            greeted(Client::new(stream)).await?
        }
        ImapSecurity::Starttls => {
            let mut client = greeted(Client::new(tcp)).await?;
            let asked = timeout(STEP, client.run_command_and_check_ok("STARTTLS", None)).await;
            let asked = asked.map_err(|_| ImapError::Connection("no answer to STARTTLS in time".to_owned()))?;
            asked.map_err(|error| exchange::error("STARTTLS", &error))?;
            // What was buffered in clear text is dropped with the old client: it must not count as said under TLS.
            let stream: Box<dyn Stream> = Box::new(encrypt(settings, client.into_inner()).await?);
            Client::new(stream)
        }
    };
    match (&settings.password, &settings.oauth) {
        (Some(password), _) => match timeout(STEP, client.login(&settings.username, password)).await {
            Ok(Ok(session)) => Ok(session),
            Ok(Err((error, _))) => Err(refusal("LOGIN", &error)),
            Err(_) => Err(ImapError::Connection("no answer to LOGIN in time".to_owned())),
        },
        (None, Some(oauth)) => authorize(client, settings, oauth).await,
        (None, None) => Err(ImapError::Settings("there is neither password nor oauth".to_owned())),
    }
}

/// Why a command that signs in did not.
fn refusal(command: &str, error: &Error) -> ImapError {
    match error {
        Error::No(why) => ImapError::Login(exchange::brief(why)),
        other => exchange::error(command, other),
    }
}

/// AUTHENTICATE XOAUTH2. A token that was got earlier and is refused now may have been revoked: then once more with a new one.
async fn authorize(
    mut client: Client<Box<dyn Stream>>,
    settings: &ImapSettings,
    oauth: &OauthSettings,
) -> Result<Session, ImapError> {
    loop {
        let (token, kept) = oauth.token(settings.ca_file.as_deref()).await.map_err(|problem| match problem {
            OauthProblem::Refused(_) => ImapError::Login(problem.to_string()),
            OauthProblem::Unreachable(_) => ImapError::Connection(problem.to_string()),
        })?;
        let answer = Xoauth2(Some(xoauth2(&settings.username, &token)));
        match timeout(STEP, client.authenticate("XOAUTH2", answer)).await {
            Ok(Ok(session)) => return Ok(session),
            Ok(Err((error, again))) => {
                oauth.forget(&token).await;
                if !kept || !matches!(error, Error::No(_)) {
                    return Err(refusal("AUTHENTICATE", &error));
                }
                client = again;
            }
            Err(_) => return Err(ImapError::Connection("no answer to AUTHENTICATE in time".to_owned())),
        }
    }
}

/// Gives the token at the first challenge. A second says what is wrong with it, and wants an empty answer.
struct Xoauth2(Option<String>);

impl Authenticator for Xoauth2 {
    type Response = String;

    fn process(&mut self, _: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}

async fn greeted<S: Stream>(mut client: Client<S>) -> Result<Client<S>, ImapError> {
    let silent = || ImapError::Connection("the server said no greeting".to_owned());
    let greeting = timeout(STEP, client.read_response()).await.map_err(|_| silent())?;
    match greeting {
        Ok(Some(_)) => Ok(client),
        Ok(None) => Err(silent()),
        Err(error) => Err(exchange::io_error("the greeting", &error)),
    }
}

async fn encrypt(settings: &ImapSettings, tcp: TcpStream) -> Result<impl Stream + use<>, ImapError> {
    let host = settings.host.clone();
    let failed = |why: String| ImapError::Tls { host: settings.host.clone(), why };
    let name = ServerName::try_from(host).map_err(|error| failed(error.to_string()))?;
    let connector = TlsConnector::from(Arc::new(client_config(settings)?));
    let handshake = timeout(STEP, connector.connect(name, tcp)).await;
    handshake.map_err(|_| failed("no answer in time".to_owned()))?.map_err(|error| failed(error.to_string()))
}

fn client_config(settings: &ImapSettings) -> Result<ClientConfig, ImapError> {
    checked(settings.ca_file.as_deref()).map_err(|problem| ImapError::Settings(format!("ca_file {problem}")))
}
