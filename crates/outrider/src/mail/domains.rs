//! Sending domains: whether SPF, DKIM and DMARC are published as receivers ask, kept with the identities so that their gate opens
//! or closes. Asks DNS; sends nothing.

mod judge;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use outrider_domain::id::ProjectId;
use outrider_engine::Error;
use outrider_engine::context::{Context, Event};
use outrider_engine::principal::Principal;
use outrider_providers::dkim::DomainKey;
use outrider_providers::name_server::{Asking, resolver};
use outrider_store::identities::{self, Identity};
use outrider_store::{jobs, projects};
use serde::Serialize;
use serde_json::json;

use super::Inbox;
use super::servers::{self, CAPTURE};
use crate::failure::{Failure, Outcome, Status};
use crate::settings::Settings;

pub use judge::{Finding, Verdict};

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Identities read at a time.
const PAGE: i64 = 500;

/// Asks DNS for texts.
pub struct Lookup {
    resolver: TokioResolver,
}

impl Lookup {
    /// By the system's own servers.
    ///
    /// # Errors
    /// When the system has none that can be read.
    pub fn of_system() -> Outcome<Self> {
        Self::asking(None)
    }

    /// By one server.
    ///
    /// # Errors
    /// When it can't be used.
    pub fn at(server: SocketAddr) -> Outcome<Self> {
        Self::asking(Some(server))
    }

    fn asking(server: Option<SocketAddr>) -> Outcome<Self> {
        // What is asked again was changed just now: an old answer would be the wrong one.
        let resolver = resolver(Asking { server, patience: TIMEOUT, remembered: 0 }).map_err(|error| no_dns(&error))?;
        Ok(Self { resolver })
    }

    /// The texts at a name, each put together from its parts; none when there is no such name.
    ///
    /// # Errors
    /// When no server answers.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        match self.resolver.txt_lookup(format!("{name}.")).await {
            Ok(lookup) => Ok(lookup
                .answers()
                .iter()
                .filter_map(|record| match &record.data {
                    RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
                    _ => None,
                })
                .collect()),
            Err(error) if error.is_no_records_found() || error.is_nx_domain() => Ok(Vec::new()),
            Err(error) => Err(format!("{name} could not be looked up: {error}")),
        }
    }
}

fn no_dns(why: &str) -> Failure {
    Failure::new(Status::Unavailable, "no_dns", format!("DNS can't be used: {why}"))
}

/// How a sending domain stands.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The domain.
    pub domain: String,
    /// What was found, SPF first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether mail may go out under it.
    #[must_use]
    pub fn is_good(&self) -> bool {
        !self.findings.iter().any(|finding| finding.verdict == Verdict::Bad)
    }

    /// What keeps it from being good, in one line; empty when nothing does.
    #[must_use]
    pub fn problem(&self) -> String {
        let bad = self.findings.iter().filter(|finding| finding.verdict == Verdict::Bad);
        bad.map(|finding| finding.text.as_str()).collect::<Vec<_>>().join("; ")
    }
}

/// Looks at one domain.
///
/// # Errors
/// When DNS does not answer.
pub async fn check(lookup: &Lookup, domain: &str, keys: &[DomainKey]) -> Result<Report, String> {
    let mut findings = vec![judge::spf(domain, &lookup.texts(domain).await?)];
    let own: Vec<&DomainKey> = keys.iter().filter(|key| key.domain().as_str() == domain).collect();
    if own.is_empty() {
        findings.push(judge::no_key(domain));
    }
    for key in own {
        findings.push(judge::dkim(&key.dns_name(), &key.dns_txt(), &lookup.texts(&key.dns_name()).await?));
    }
    let mut dmarc = Vec::new();
    // A subdomain without a record of its own stands under its parent's (RFC 7489 section 6.6.3).
    for name in judge::parents(domain) {
        dmarc = lookup.texts(&format!("_dmarc.{name}")).await?;
        if dmarc.iter().any(|text| judge::is_dmarc(text)) {
            break;
        }
    }
    findings.push(judge::dmarc(domain, &dmarc));
    Ok(Report { domain: domain.to_owned(), findings })
}

/// Looks at every domain that mail to real servers is sent from, and keeps what was found with its identities: their gate opens
/// or closes by it. A domain that DNS says nothing about keeps what it had.
///
/// # Errors
/// When the database fails or a signing key can't be read.
pub async fn check_all(inbox: &Inbox, settings: &Settings, lookup: &Lookup) -> Outcome<Vec<Report>> {
    let keys = servers::keys(&settings.mail)?;
    let mut domains: BTreeMap<String, Vec<Identity>> = BTreeMap::new();
    for identity in inbox.store.read(senders).await? {
        if let Some((_, domain)) = identity.address.rsplit_once('@') {
            domains.entry(domain.to_owned()).or_default().push(identity);
        }
    }
    let mut reports = Vec::new();
    for (domain, senders) in domains {
        match check(lookup, &domain, &keys).await {
            Ok(report) => {
                let value = if report.is_good() { "good".to_owned() } else { report.problem() };
                keep(inbox, senders, value).await?;
                reports.push(report);
            }
            Err(why) => {
                let unknown = senders.into_iter().filter(|identity| identity.domain_check.is_none()).collect();
                keep(inbox, unknown, why.clone()).await?;
                reports.push(Report { domain, findings: vec![judge::unanswered(why)] });
            }
        }
    }
    Ok(reports)
}

/// Every identity that sends to a real server.
fn senders(tx: &mut outrider_store::Tx<'_>) -> Result<Vec<Identity>, Error> {
    let mut found = Vec::new();
    for project in projects::all(tx)? {
        let mut before = i64::MAX;
        loop {
            let page = identities::list(tx, project.id, Some(identities::MAILBOX), before, PAGE)?;
            let Some(last) = page.last() else { break };
            before = last.id.0;
            found.extend(page.into_iter().filter(|identity| identity.transport != CAPTURE));
        }
    }
    Ok(found)
}

/// Keeps a result with identities; what their gate held is looked at again when it changed.
async fn keep(inbox: &Inbox, senders: Vec<Identity>, value: String) -> Outcome {
    let mut by_project: BTreeMap<ProjectId, Vec<Identity>> = BTreeMap::new();
    for identity in senders {
        by_project.entry(identity.project_id).or_default().push(identity);
    }
    for (project, senders) in by_project {
        let (core, value, senders) = (Arc::clone(&inbox.core), value.clone(), Arc::new(senders));
        inbox
            .store
            .write(move |tx| {
                let principal = Principal::engine(project);
                let mut cx = Context::new(tx, &core, &principal, core.now());
                let mut changed = false;
                for sender in senders.iter() {
                    let mut row = match identities::lock(cx.tx, project, sender.id) {
                        Ok(row) => row,
                        Err(outrider_store::Error::NotFound) => continue,
                        Err(other) => return Err(Error::from(other)),
                    };
                    if row.domain_check.as_deref() == Some(&value) || row.address != sender.address {
                        continue;
                    }
                    row.domain_check = Some(value.clone());
                    row.updated_at = cx.now;
                    row.save(cx.tx)?;
                    changed = true;
                    let data = json!({ "result": value });
                    cx.emit(Event::new("identity.domain_checked").agent(sender.agent_id).subject(sender.id).data(data));
                }
                if changed {
                    let now = cx.now;
                    jobs::wake(cx.tx, project, "domain", now)?;
                }
                cx.finish()?;
                Ok::<_, Error>(())
            })
            .await?;
    }
    Ok(())
}
