//! What enrichment asks of the world: whether a domain takes mail, by DNS, and what a company's own site says: its numbers, and what it does. Reads through
//! the guarded client alone, hears robots.txt, asks a host seldom, and remembers.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use outrider_domain::enrichment::about::about;
use outrider_domain::enrichment::page::{self, PATHS};
use outrider_domain::enrichment::robots;
use outrider_engine::ports::{Enricher, MailServers, SiteAbout, SiteNumber, SiteNumbers, Web, WebPage};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::name_server::{Asking, resolver};

/// The name that robots.txt calls us by.
const AGENT: &str = "outrider";
/// Longest wait for one answer of DNS.
const DNS_PATIENCE: Duration = Duration::from_secs(4);
/// Longest look at one site, over all its pages: with as many at once as are asked for, below what a caller waits.
const SITE_PATIENCE: Duration = Duration::from_secs(9);
/// How long what a site said is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a failure is remembered: long enough not to be asked again at once.
const FAILURE_REMEMBERED: Duration = Duration::from_secs(5 * 60);
/// Least time between two requests to one site.
const PAUSE: Duration = Duration::from_millis(250);
/// Most redirects followed, each through the guard.
const REDIRECTS: usize = 3;
/// Most sites remembered.
const MOST: usize = 10_000;

type Said<T> = Result<T, String>;

/// What sites said, and until when it holds.
type Memory<T> = Mutex<HashMap<String, (Instant, Said<T>)>>;

/// Asks DNS and sites.
pub struct OwnEnricher {
    web: Arc<dyn Web>,
    resolver: TokioResolver,
    numbers: Memory<SiteNumbers>,
    abouts: Memory<SiteAbout>,
}

impl OwnEnricher {
    /// By the system's name servers, or by one.
    ///
    /// # Errors
    /// When the system has none that can be read.
    pub fn new(web: Arc<dyn Web>, server: Option<SocketAddr>) -> Result<Self, String> {
        let resolver = resolver(Asking { server, patience: DNS_PATIENCE, remembered: MOST as u64 })?;
        Ok(Self { web, resolver, numbers: Memory::default(), abouts: Memory::default() })
    }

    async fn servers(&self, domain: &str) -> Result<MailServers, String> {
        match self.resolver.mx_lookup(format!("{domain}.")).await {
            Ok(found) => {
                let mut hosts: Vec<(u16, String)> = found
                    .answers()
                    .iter()
                    .filter_map(|record| match &record.data {
                        RData::MX(mx) => {
                            let host = mx.exchange.to_utf8().trim_end_matches('.').to_owned();
                            // A lone root is how a domain says that it takes none (RFC 7505).
                            (!host.is_empty()).then_some((mx.preference, host))
                        }
                        _ => None,
                    })
                    .collect();
                hosts.sort();
                let hosts: Vec<String> = hosts.into_iter().map(|(_, host)| host).take(3).collect();
                Ok(if hosts.is_empty() { MailServers::None } else { MailServers::Some(hosts) })
            }
            Err(error) if error.is_no_records_found() || error.is_nx_domain() => Ok(MailServers::None),
            Err(error) => Err(format!("{domain} could not be looked up: {error}")),
        }
    }

    /// What is remembered of a domain; else what a look gives, which is remembered.
    async fn recall<T: Clone>(&self, memory: &Memory<T>, domain: &str, look: impl Future<Output = Said<T>>) -> Said<T> {
        let mut sites = memory.lock().await;
        if let Some((until, said)) = sites.get(domain)
            && *until > Instant::now()
        {
            return said.clone();
        }
        if sites.len() >= MOST {
            let now = Instant::now();
            sites.retain(|_, (until, _)| *until > now);
        }
        drop(sites);
        let said = tokio::time::timeout(SITE_PATIENCE, look).await;
        let said = said.unwrap_or_else(|_| Err("the site took too long".to_owned()));
        let how_long = if said.is_ok() { REMEMBERED } else { FAILURE_REMEMBERED };
        let mut sites = memory.lock().await;
        if sites.len() < MOST {
            sites.insert(domain.to_owned(), (Instant::now() + how_long, said.clone()));
        }
        said
    }

    /// The beginning of a site's addresses, and its rules for robots.
    async fn rules(&self, domain: &str) -> Said<(String, String)> {
        // Only hosts that the operator opened are read without TLS.
        let plain = format!("http://{domain}");
        let root = if self.web.is_open(&plain) { plain } else { format!("https://{domain}") };
        let rules = match self.read(&format!("{root}/robots.txt"), robots::LARGEST).await {
            Ok(page) if page.status == 200 => String::from_utf8_lossy(&page.body).into_owned(),
            // No rules are no rules (RFC 9309, section 2.3.1.3); a server in trouble is to be left alone.
            Ok(page) if page.status < 500 => String::new(),
            Ok(page) => return Err(format!("robots.txt answered {}", page.status)),
            Err(error) => return Err(error),
        };
        Ok((root, rules))
    }

    async fn look_for_numbers(&self, domain: &str) -> Said<SiteNumbers> {
        let (root, rules) = self.rules(domain).await?;
        let mut found = SiteNumbers::default();
        let (mut read_one, mut failure) = (false, None);
        for path in PATHS {
            if !robots::allows(&rules, AGENT, path) {
                found.forbidden = true;
                continue;
            }
            tokio::time::sleep(PAUSE).await;
            let url = format!("{root}{path}");
            let page = match self.read(&url, page::LARGEST).await {
                Ok(page) => page,
                Err(error) => {
                    failure.get_or_insert(error);
                    continue;
                }
            };
            if page.status != 200 {
                continue;
            }
            read_one = true;
            for number in page::numbers(&String::from_utf8_lossy(&page.body)) {
                let number = SiteNumber { number: number.number.to_string(), said: number.said, page: url.clone() };
                if found.numbers.iter().all(|known| known.number != number.number) {
                    found.numbers.push(number);
                }
            }
            if found.numbers.iter().any(|number| number.said == "structured data") {
                break;
            }
        }
        // Pages that could not be read have not said that there is no number.
        if let (false, Some(failure)) = (read_one, failure) {
            return Err(failure);
        }
        found.numbers.sort_by_key(|number| number.said != "structured data");
        Ok(found)
    }

    async fn look_at_front(&self, domain: &str) -> Said<SiteAbout> {
        let (root, rules) = self.rules(domain).await?;
        if !robots::allows(&rules, AGENT, "/") {
            return Err("its robots.txt forbids it".to_owned());
        }
        tokio::time::sleep(PAUSE).await;
        let page = format!("{root}/");
        let front = self.read(&page, page::LARGEST).await?;
        if front.status != 200 {
            return Err(format!("its front page answered {}", front.status));
        }
        Ok(SiteAbout { about: about(&String::from_utf8_lossy(&front.body)), page })
    }

    /// A page, after at most so many redirects; each is a request of its own, through the guard.
    async fn read(&self, url: &str, most: usize) -> Result<WebPage, String> {
        let mut url = url::Url::parse(url).map_err(|error| error.to_string())?;
        for _ in 0..=REDIRECTS {
            let page = self.web.page(url.as_str(), most).await?;
            match &page.location {
                Some(to) if (300..400).contains(&page.status) => {
                    url = url.join(to).map_err(|error| error.to_string())?;
                }
                _ => return Ok(page),
            }
        }
        Err("it leads on and on".to_owned())
    }
}

impl Enricher for OwnEnricher {
    fn mail_servers<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<MailServers, String>> {
        Box::pin(self.servers(domain))
    }

    fn site_numbers<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<SiteNumbers, String>> {
        Box::pin(self.recall(&self.numbers, domain, self.look_for_numbers(domain)))
    }

    fn site_about<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<SiteAbout, String>> {
        Box::pin(self.recall(&self.abouts, domain, self.look_at_front(domain)))
    }
}
