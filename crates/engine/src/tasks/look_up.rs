//! Looks at what a company says of itself before a skill runs: its own site and its DNS, through the guarded client. Adds only what is
//! not known already, each with its source; what can't be reached is simply not known.

use std::time::Duration;

use outrider_domain::enrichment::about::mail_provider;
use outrider_skills::{Background, Company};

use crate::ports::{Enricher, MailServers, Ports, SiteAbout};

/// The longest look, whatever else there is to do.
const PATIENCE: Duration = Duration::from_secs(12);

/// Adds to a background what site and DNS of a domain say.
pub async fn look_up(ports: &Ports, domain: &str, background: &mut Background) {
    let Some(enricher) = &ports.enricher else { return };
    let Ok((site, mail)) = tokio::time::timeout(PATIENCE, ask(enricher.as_ref(), domain)).await else { return };
    let company = background.company.get_or_insert_default();
    if let Some(site) = site {
        add_site(company, site);
    }
    if let Some(provider) = mail
        && company.mail_provider.is_none()
    {
        company.mail_provider = Some(provider.to_owned());
        company.sources.push(format!("the mail servers of {domain}"));
    }
    company.domain.get_or_insert_with(|| domain.to_owned());
}

async fn ask(enricher: &dyn Enricher, domain: &str) -> (Option<SiteAbout>, Option<&'static str>) {
    let (site, mail) = tokio::join!(enricher.site_about(domain), enricher.mail_servers(domain));
    for why in [site.as_ref().err(), mail.as_ref().err()].into_iter().flatten() {
        tracing::debug!(domain, why, "a company could not be looked at");
    }
    let provider = match mail {
        Ok(MailServers::Some(hosts)) => hosts.iter().find_map(|host| mail_provider(host)),
        _ => None,
    };
    (site.ok(), provider)
}

fn add_site(company: &mut Company, site: SiteAbout) {
    let mut added = false;
    for (known, said) in [(&mut company.name, site.about.name), (&mut company.description, site.about.description)] {
        if known.is_none() && said.is_some() {
            *known = said;
            added = true;
        }
    }
    for technology in site.about.technologies {
        if !company.technologies.iter().any(|known| known == technology) {
            company.technologies.push(technology.to_owned());
            added = true;
        }
    }
    if added {
        company.sources.push(format!("the company's own site, {}", site.page));
    }
}
