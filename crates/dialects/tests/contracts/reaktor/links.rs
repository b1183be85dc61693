//! Where the documents for agents lead: every address of this server that stands in one is followed.

use std::collections::BTreeSet;

use super::Reaktor;
use crate::client::Client;
use crate::rig::Setup;

/// The documents, below the base.
const DOCUMENTS: &[&str] = &[
    "/llms.txt",
    "/llms-full.txt",
    "/CONTEXT.md",
    "/AGENTS.md",
    "/help",
    "/agent.json",
    "/.well-known/agent.json",
    "/.well-known/agent-card.json",
    "/api/v1/openapi.json",
];
/// Hosts that only examples name, and where schemas are explained.
const ELSEWHERE: &[&str] =
    &["your.app", "acme.com", "acmecorp.com", "json-schema.org", "linkedin.com", "www.linkedin.com"];

/// Every address in a text.
fn addresses(text: &str) -> BTreeSet<String> {
    let ends = |letter: char| letter.is_whitespace() || "\"'`()<>[]|,\\{}…".contains(letter);
    let mut found = BTreeSet::new();
    for (place, _) in text.match_indices("http").filter(|(place, _)| {
        let rest = &text[*place..];
        rest.starts_with("http://") || rest.starts_with("https://")
    }) {
        let rest = &text[place..];
        let whole = &rest[..rest.find(ends).unwrap_or(rest.len())];
        // An address with a place to be filled in is no link.
        if !rest[whole.len()..].starts_with('{') && whole.len() > "https://".len() {
            found.insert(whole.trim_end_matches(['.', ':', ';']).to_owned());
        }
    }
    found
}

/// What stands in round brackets after square ones.
fn markdown_links(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("](").filter_map(|(place, _)| text[place + 2..].split(')').next())
}

/// Follows an address: a page is there, and what is called answers to its own method.
async fn follow(client: &Client, path: &str, of: &str) {
    let path = path.split('#').next().unwrap_or_default();
    let answer = client.get(if path.is_empty() { "/" } else { path }).await;
    let is_page = [".md", ".txt", ".json", "/help"].iter().any(|end| path.ends_with(end));
    match answer.status {
        200 => {}
        400 | 405 | 406 if !is_page => {
            assert!(answer.status != 405 || answer.header("allow").is_some(), "{of}: {path}");
        }
        other => panic!("{of} leads to {path}, which answers {other}: {}", answer.text()),
    }
}

/// Follows all that the documents below a base have.
async fn follow_all(here: &Reaktor, root: &Client, own: &[(&str, &Client)]) {
    for document in DOCUMENTS {
        let answer = root.get(document).await;
        let text = answer.expect(200).text();
        let mut followed = 0;
        for address in addresses(&text) {
            if let Some((base, client)) = own.iter().find(|(base, _)| {
                address.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '#']))
            }) {
                // The base itself is where others stand below.
                let rest = &address[base.len()..];
                if !["", "/reaktor"].contains(&rest) {
                    let client = client.header("X-API-Key", &here.key);
                    follow(&client, rest, document).await;
                    followed += 1;
                }
                continue;
            }
            let host = address.split('/').nth(2).unwrap_or_default();
            assert!(ELSEWHERE.contains(&host), "{document} leads to {address}");
        }
        for link in markdown_links(&text).filter(|_| !document.ends_with(".json")) {
            assert!(own.iter().any(|(base, _)| link.starts_with(base)), "{document} leads to {link}");
        }
        // Of this document, only where the server is.
        assert!(followed > 0 || document.ends_with("openapi.json"), "{document} leads nowhere: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_link_of_every_document_leads_somewhere_below_the_mount() {
    let here = Reaktor::start().await;
    let server = here.rig.anonymous("");
    follow_all(&here, &server.at("/reaktor"), &[(&here.rig.url, &server)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_link_of_every_document_leads_somewhere_at_a_host_of_its_own() {
    const HOST: &str = "reaktor.example.test";
    let here = Reaktor::with(Setup { hosts: vec![("reaktor", HOST)], ..Setup::default() }).await;
    let (server, own) = (here.rig.anonymous(""), here.rig.anonymous("").named(HOST));
    let base = format!("http://{HOST}");
    follow_all(&here, &own, &[(&base, &own), (&here.rig.url, &server)]).await;
    let card = own.get("/.well-known/agent-card.json").await.expect(200).text();
    assert!(card.contains(&format!("{base}/a2a")) && !card.contains(&here.rig.url), "{card}");
    for document in ["/llms.txt", "/llms-full.txt", "/CONTEXT.md", "/AGENTS.md", "/agent.json"] {
        let text = own.get(document).await.expect(200).text();
        assert!(!text.contains(&format!("{}/reaktor", here.rig.url)), "{document} leads away from {base}");
    }
}
