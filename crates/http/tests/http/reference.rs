//! The documentation as a reader meets it: every link leads somewhere, in every form, without a key.

use std::collections::BTreeSet;

use outrider_engine::registry::OPERATIONS;
use outrider_testkit::python;

use crate::fixture::Server;

/// The addresses of this server that a text links to, as paths.
fn links(text: &str, base: &str) -> BTreeSet<String> {
    let marks = ["href=\"", "]("];
    let ends = ['"', ')', '#'];
    let found = marks.iter().flat_map(|mark| text.split(mark).skip(1)).filter_map(|rest| rest.split(ends).next());
    found
        .map(|link| link.strip_prefix(base).unwrap_or(link))
        .filter(|link| link.starts_with('/'))
        .map(ToOwned::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_link_of_the_documentation_leads_somewhere() {
    let server = Server::start().await;
    let base = server.pipeline.core().settings.public_url.clone();
    let mut waiting: Vec<String> = ["/", "/llms.txt", "/llms-full.txt"].map(ToOwned::to_owned).into();
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let page = server.send("GET", &path, &[], b"").await;
        assert!(page.status == 200 || page.status == 303, "{path} answers {}", page.status);
        let head = server.send("HEAD", &path, &[], b"").await;
        assert_eq!((head.status, head.body.len()), (page.status, 0), "{path}");
        if path.starts_with("/docs") || path.ends_with(".txt") || path == "/" {
            waiting.extend(links(&page.text(), &base));
        }
    }
    for wanted in ["/docs", "/docs/native", "/docs/native.md", "/docs/native/leads", "/docs/native/leads.md", "/errors"]
    {
        assert!(seen.contains(wanted), "nothing leads to {wanted}");
    }
    let tags: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.spec.tag).collect();
    for tag in tags {
        assert!(seen.contains(&format!("/docs/native/{tag}.md")), "nothing leads to {tag}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_form_has_its_type_and_what_is_not_there_is_not_found() {
    let server = Server::start().await;
    for (path, content_type, holds) in [
        ("/docs", "text/html; charset=utf-8", "href=\"/docs/native\""),
        ("/docs/native", "text/html; charset=utf-8", "<h2><a href=\"/docs/native/leads\">Leads</a></h2>"),
        ("/docs/native/leads", "text/html; charset=utf-8", "<h2 id=\"create_lead\">"),
        ("/docs/native.md", "text/markdown; charset=utf-8", "### create_lead"),
        ("/docs/native/leads.md", "text/markdown; charset=utf-8", "`POST /leads`"),
        ("/errors", "text/html; charset=utf-8", "<code>payments_unavailable</code>"),
        ("/llms.txt", "text/plain; charset=utf-8", "# Outrider"),
        ("/llms-full.txt", "text/plain; charset=utf-8", "### create_lead"),
        ("/billing/done", "text/html; charset=utf-8", "Thank you"),
        ("/billing/canceled", "text/html; charset=utf-8", "Nothing was charged"),
    ] {
        let page = server.send("GET", path, &[], b"").await;
        assert_eq!(page.assert_status(200).header("content-type"), Some(content_type), "{path}");
        assert!(page.text().contains(holds), "{path} has no {holds}");
        server.send("POST", path, &[], b"").await.assert_refused(405, "method_not_allowed", None);
    }
    for missing in
        ["/docs/nobody", "/docs/nobody.md", "/docs/native/nothing", "/docs/native/.md", "/docs/%3Cscript%3E/x"]
    {
        let page = server.send("GET", missing, &[], b"").await;
        assert!(
            page.assert_status(404).text().contains("no such page") && !page.text().contains("<script"),
            "{missing}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_error_table_is_a_page_for_people_and_json_for_programs() {
    let server = Server::start().await;
    let table = server.send("GET", "/api/v1/errors", &[], b"").await.json();
    for (accept, is_json) in [
        ("application/json", true),
        ("application/problem+json, application/json;q=0.9", true),
        ("text/html,application/xhtml+xml,application/json;q=0.9", false),
        ("*/*", false),
    ] {
        let answer = server.send("GET", "/errors", &[("Accept", accept)], b"").await;
        assert_eq!(answer.assert_status(200).header("content-type") == Some("application/json"), is_json, "{accept}");
        if is_json {
            assert_eq!(answer.json(), table);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_received_whole_or_not_at_all() {
    let server = Server::start().await;
    let large = vec![b' '; 1024 * 1024 + 1];
    server.send("POST", "/webhooks/stripe", &[], &large).await.assert_refused(413, "body_too_large", None);
    server.send("POST", "/webhooks/stripe", &[], b"{}").await.assert_refused(503, "payments_disabled", None);
    let get = server.send("GET", "/webhooks/stripe", &[], b"").await;
    get.assert_refused(405, "method_not_allowed", None);
    assert_eq!(get.header("allow"), Some("POST"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_parser_of_the_formats_makers_understands_every_line_of_llms_txt() {
    let server = Server::start().await;
    let text = server.send("GET", "/llms.txt", &[], b"").await.assert_status(200).text();
    let asked = tokio::task::block_in_place(|| python::script("llms_txt_judge.py", &[], &[], text.as_bytes()));
    let Ok(verdict) = asked else { return };
    assert!(
        verdict.good && verdict.said.contains("Outrider") && verdict.said.contains("'Optional': 1"),
        "{}",
        verdict.said
    );
}
