//! Reading web addresses that others named, without being led into the operator's own network: private addresses are refused by
//! whatever name or spelling, redirects are not followed, size and time are bounded. Knows nothing of what is read.

mod address;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::BoxFuture;
use outrider_engine::ports::{Poster, Web, WebPage};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, StatusCode, Url};
use url::Host;

use crate::tls;
use address::is_public;

/// From the first look at a name to the last byte.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long a receiver may take to answer.
const RECEIVER_PATIENCE: Duration = Duration::from_secs(10);

/// A client for addresses that others name.
pub struct GuardedWeb {
    guarded: Client,
    /// For hosts that the operator opened.
    unguarded: Client,
    open: Vec<String>,
}

impl GuardedWeb {
    /// A client that also reaches `open` hosts, each a name or address, with its port when it is not the usual one: these may
    /// be private, and need no TLS.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(open: Vec<String>) -> Result<Self, String> {
        Self::patient(open, PATIENCE)
    }

    fn patient(open: Vec<String>, patience: Duration) -> Result<Self, String> {
        let build = |builder: ClientBuilder| builder.build().map_err(|error| error.to_string());
        let guarded = build(base(patience)?.https_only(true).dns_resolver(Public))?;
        let open = open.into_iter().map(|host| host.to_ascii_lowercase()).collect();
        Ok(Self { guarded, unguarded: build(base(patience)?)?, open })
    }

    /// The client for a URL, if it may be reached.
    fn client_for(&self, url: &Url) -> Result<&Client, String> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the address has a user name".to_owned());
        }
        if self.opens(url) {
            return match url.scheme() {
                "http" | "https" => Ok(&self.unguarded),
                other => Err(format!("{other} is no web address")),
            };
        }
        if url.scheme() != "https" {
            return Err("the address is not https".to_owned());
        }
        // A resolver is not asked about literal addresses. The parser has made one of every spelling: 2130706433, 0x7f.1.
        match url.host() {
            Some(Host::Ipv4(address)) if is_public(address.into()) => Ok(&self.guarded),
            Some(Host::Ipv6(address)) if is_public(address.into()) => Ok(&self.guarded),
            Some(Host::Domain(_)) => Ok(&self.guarded),
            Some(_) => Err("the address is private".to_owned()),
            None => Err("the address has no host".to_owned()),
        }
    }

    fn opens(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        self.open.contains(&authority)
    }

    /// What an address answers; the body of a 200 alone.
    async fn ask(&self, url: &str, accept: &str, most: usize) -> Result<WebPage, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let request = self.client_for(&url)?.get(url).header("accept", accept);
        let mut response = request.send().await.map_err(|error| cause(&error))?;
        let status = response.status().as_u16();
        let location = response.headers().get("location").and_then(|to| to.to_str().ok()).map(ToOwned::to_owned);
        if response.status() != StatusCode::OK {
            return Ok(WebPage { status, location, body: Vec::new() });
        }
        let too_large = || format!("it has more than {most} bytes");
        if response.content_length().is_some_and(|length| length > most as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| cause(&error))? {
            if body.len() + chunk.len() > most {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(WebPage { status, location, body })
    }

    async fn read(&self, url: &str, most: usize) -> Result<Vec<u8>, String> {
        let page = self.ask(url, "application/json", most).await?;
        if page.status == StatusCode::OK.as_u16() { Ok(page.body) } else { Err(format!("it answered {}", page.status)) }
    }
}

impl GuardedWeb {
    async fn send(&self, url: &str, headers: &[(&'static str, String)], body: String) -> Result<u16, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let mut request =
            self.client_for(&url)?.post(url).header("content-type", "application/json").timeout(RECEIVER_PATIENCE);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request.body(body).send().await.map_err(|error| cause(&error))?;
        Ok(response.status().as_u16())
    }
}

impl Poster for GuardedWeb {
    fn post(
        &self,
        url: String,
        headers: Vec<(&'static str, String)>,
        body: String,
    ) -> BoxFuture<'_, Result<u16, String>> {
        Box::pin(async move { self.send(&url, &headers, body).await })
    }
}

impl Web for GuardedWeb {
    fn get<'a>(&'a self, url: &'a str, most: usize) -> BoxFuture<'a, Result<Vec<u8>, String>> {
        Box::pin(self.read(url, most))
    }

    fn page<'a>(&'a self, url: &'a str, most: usize) -> BoxFuture<'a, Result<WebPage, String>> {
        Box::pin(self.ask(url, "text/html, text/plain;q=0.9, */*;q=0.1", most))
    }

    fn is_open(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| self.opens(&url))
    }
}

fn base(patience: Duration) -> Result<ClientBuilder, String> {
    let tls = tls::checked(None).map_err(|error| error.to_string())?;
    Ok(Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .timeout(patience)
        .pool_max_idle_per_host(0)
        .user_agent(concat!("Outrider/", env!("CARGO_PKG_VERSION"))))
}

/// The innermost reason: the outer ones repeat the address.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    if error.is_timeout() { "it took too long".to_owned() } else { inner.to_string() }
}

/// Resolves names to public addresses alone. What is connected to is what was looked at: there is no second look-up that could
/// say something else.
struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // A name with both kinds is somebody's attempt at the private one.
            if found.iter().all(|address| is_public(address.ip())) {
                Ok(Box::new(found.into_iter()) as Addrs)
            } else {
                Err("the name leads to a private address".into())
            }
        })
    }
}
