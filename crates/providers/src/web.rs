//! Reading web addresses that others named, without being led into the operator's own network: private addresses are refused by
//! whatever name or spelling, redirects are not followed, size and time are bounded. Knows nothing of what is read.

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use outrider_domain::network::{Reach, is_open, is_public, reach};
use outrider_engine::ports::{Poster, Web, WebPage};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, StatusCode, Url};

use crate::http_client::{self, cause};
use crate::name_server::{Asking, resolver};

/// From the first look at a name to the last byte.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long a receiver may take to answer, unless [`GuardedWeb::hurried`] says otherwise.
const RECEIVER_PATIENCE: Duration = Duration::from_secs(10);

/// A client for addresses that others name.
pub struct GuardedWeb {
    guarded: Client,
    /// For hosts that the operator opened.
    unguarded: Client,
    open: Vec<String>,
    receiver_patience: Duration,
}

impl GuardedWeb {
    /// A client that also reaches `open` hosts, each a name or address, with its port when it is not the usual one: these may
    /// be private, and need no TLS. Names are looked up by one DNS server, or as the system does.
    ///
    /// # Errors
    /// When TLS or DNS can't be set up.
    pub fn new(open: Vec<String>, name_server: Option<SocketAddr>) -> Result<Self, String> {
        Self::patient(open, name_server, PATIENCE)
    }

    fn patient(open: Vec<String>, name_server: Option<SocketAddr>, patience: Duration) -> Result<Self, String> {
        let build = |builder: ClientBuilder| builder.build().map_err(|error| error.to_string());
        let resolver = match name_server {
            Some(_) => Some(resolver(Asking { server: name_server, patience, remembered: 0 })?),
            None => None,
        };
        let guarded = Names { resolver: resolver.clone(), public_alone: true };
        let guarded = build(base(patience)?.https_only(true).dns_resolver(guarded))?;
        let unguarded = build(base(patience)?.dns_resolver(Names { resolver, public_alone: false }))?;
        let open = open.into_iter().map(|host| host.to_ascii_lowercase()).collect();
        Ok(Self { guarded, unguarded, open, receiver_patience: RECEIVER_PATIENCE })
    }

    /// The same for receivers that must answer within another time than ten seconds.
    #[must_use]
    pub fn hurried(self, receiver_patience: Duration) -> Self {
        Self { receiver_patience, ..self }
    }

    /// The client for a URL, if it may be reached.
    fn client_for(&self, url: &Url) -> Result<&Client, String> {
        // A resolver is not asked about literal addresses: they are judged here.
        Ok(match reach(url, &self.open)? {
            Reach::Guarded => &self.guarded,
            Reach::Open => &self.unguarded,
        })
    }

    /// What an address answers; the body of a 200 alone.
    async fn ask(&self, url: &str, accept: &str, most: usize) -> Result<WebPage, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let request = self.client_for(&url)?.get(url).header("accept", accept);
        let response = request.send().await.map_err(|error| cause(&error))?;
        let status = response.status().as_u16();
        let location = response.headers().get("location").and_then(|to| to.to_str().ok()).map(ToOwned::to_owned);
        if response.status() != StatusCode::OK {
            return Ok(WebPage { status, location, body: Vec::new() });
        }
        Ok(WebPage { status, location, body: http_client::body(response, most).await? })
    }

    /// Posts JSON; gives the status of the answer.
    async fn send(&self, url: &str, headers: &[(&'static str, String)], body: String) -> Result<u16, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let request = self.client_for(&url)?.post(url).header("content-type", "application/json");
        let mut request = request.timeout(self.receiver_patience);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request.body(body).send().await.map_err(|error| cause(&error))?;
        Ok(response.status().as_u16())
    }

    async fn read(&self, url: &str, most: usize) -> Result<Vec<u8>, String> {
        let page = self.ask(url, "application/json", most).await?;
        if page.status == StatusCode::OK.as_u16() { Ok(page.body) } else { Err(format!("it answered {}", page.status)) }
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
        Url::parse(url).is_ok_and(|url| is_open(&url, &self.open))
    }
}

/// A client that keeps no connection: each address is looked at anew.
fn base(patience: Duration) -> Result<ClientBuilder, String> {
    Ok(http_client::builder(None, patience)?.pool_max_idle_per_host(0))
}

/// Looks names up; where the operator did not open them, to public addresses alone. What is connected to is what was looked at:
/// there is no second look-up that could say something else.
struct Names {
    /// Asks one server; the system does when absent.
    resolver: Option<TokioResolver>,
    public_alone: bool,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, public_alone) = (self.resolver.clone(), self.public_alone);
        Box::pin(async move {
            let found: Vec<SocketAddr> = match resolver {
                None => tokio::net::lookup_host((name.as_str(), 0)).await?.collect(),
                Some(resolver) => {
                    let said = resolver.lookup_ip(format!("{}.", name.as_str().trim_end_matches('.'))).await?;
                    said.iter().map(|address| SocketAddr::new(address, 0)).collect()
                }
            };
            // A name with both kinds is somebody's attempt at the private one.
            if !public_alone || found.iter().all(|address| is_public(address.ip())) {
                Ok(Box::new(found.into_iter()) as Addrs)
            } else {
                Err("the name leads to a private address".into())
            }
        })
    }
}
