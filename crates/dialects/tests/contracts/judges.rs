//! What programs nobody here wrote think of the OpenAPI document of the native API and of each dialect, and of the server behind
//! it. Every dialect there is is judged: nothing is listed here. What is good is for the judges to say.

use std::path::Path;
use std::time::Duration;

use outrider_dialects::surfaces;
use outrider_domain::time::MINUTE;
use outrider_engine::registry::OPERATIONS;
use outrider_testkit::node;
use outrider_testkit::python::{Verdict, judge};
use outrider_testkit::requirements::Requirement;
use serde_json::json;

use crate::rig::Rig;

/// A document to judge.
struct Judged {
    dialect: &'static str,
    /// Where it is, below the server's address.
    path: String,
    /// How many operations it must have at least.
    operations: usize,
    /// What a judge that makes requests up is not let near: paths, as a regular expression.
    closed: &'static str,
}

/// The native API. The stream of events has no end to wait for; revoking keys would be revoking the judge's own.
fn native() -> Judged {
    let path = "/api/v1/openapi.json".to_owned();
    Judged { dialect: "native", path, operations: OPERATIONS.len() - 1, closed: "/events/stream$|/keys/{key_id}$" }
}

/// Every dialect's.
fn dialects() -> Vec<Judged> {
    let all = surfaces(|_| Vec::new()).into_iter().map(|surface| {
        let document = surface.documents.iter().find(|document| document.name == "openapi");
        let document = document.unwrap_or_else(|| panic!("{} has no OpenAPI document", surface.name));
        Judged {
            dialect: surface.name,
            path: format!("{}{}", surface.mount, document.path),
            operations: surface.operations.len(),
            closed: "^$",
        }
    });
    all.collect()
}

/// A server with something in it.
async fn rig() -> Rig {
    let rig = Rig::start().await;
    rig.native("create_identity", json!({ "email": "sales@sender.test", "name": "Sam Seller", "gap": "0s" })).await;
    rig.native("create_lead", json!({ "name": "Jane Doe", "email": "jane@acme.example" })).await;
    rig.native("create_agent", json!({ "name": "Sales Agent", "type": "outbound" })).await;
    rig
}

/// Lets a minute pass in every tenth of a second, so that limits of requests are another one's test.
async fn hurry(rig: &Rig) {
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        rig.advance(MINUTE);
    }
}

/// Asks a document's server made-up requests.
async fn ask(rig: &Rig, judged: &Judged, examples: &'static str) {
    let document = format!("{}{}", rig.url, judged.path);
    let key = format!("Authorization: Bearer {}", rig.key(judged.dialect, &["*"]).await);
    let closed = judged.closed;
    let asking = tokio::task::spawn_blocking(move || {
        let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,ignored_auth";
        let given = [
            ["-H", &key],
            ["--checks", checks],
            ["--exclude-path-regex", closed],
            ["--max-examples", examples],
            ["--phases", "coverage,fuzzing"],
            ["--workers", "1"],
            ["--request-timeout", "30"],
        ];
        let given = [&["run", &document, "--generation-deterministic", "--no-color"], given.as_flattened()].concat();
        judge("schemathesis", &given)
    });
    let asked = tokio::select! {
        asked = asking => asked.expect("a task"),
        () = hurry(rig) => unreachable!("it never ends"),
    };
    let Ok(Verdict { good, said }) = asked else { return };
    assert!(good, "{}: {said}", judged.dialect);
    // A dialect has endpoints of a signed-in person, which no key opens; natively a 401 would mean that the judge lost its key.
    assert!(judged.dialect != "native" || !said.contains("401 Unauthorized ("), "{said}");
    let total = said.split(" selected").next().and_then(|before| before.rsplit(' ').next()?.parse::<usize>().ok());
    let total = total.unwrap_or_else(|| panic!("no number of endpoints in {said}"));
    assert!(total >= judged.operations, "{}: only {total} endpoints: {said}", judged.dialect);
    assert_eq!(said.matches(&format!(" {total} passed")).count(), 2, "coverage and fuzzing of each: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_requests_find_no_fault_of_any_dialect_and_no_way_round_its_key() {
    let rig = rig().await;
    for judged in dialects() {
        ask(&rig, &judged, "8").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_requests_find_no_fault_of_the_native_api_and_no_way_round_its_key() {
    ask(&rig().await, &native(), "4").await;
}

/// Writes a server's documents into a folder; gives their paths, the native one's first.
async fn documents(rig: &Rig, folder: &Path) -> Vec<(Judged, String)> {
    let mut written = Vec::new();
    for judged in [native()].into_iter().chain(dialects()) {
        let text = rig.anonymous("").get(&judged.path).await.expect(200).text();
        let path = folder.join(format!("{}.json", judged.dialect));
        std::fs::write(&path, text).expect("a file");
        written.push((judged, path.display().to_string()));
    }
    written
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_document_is_good_openapi() {
    let rig = Rig::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let documents = documents(&rig, folder.path()).await;
    let paths: Vec<&str> = documents.iter().map(|(_, path)| path.as_str()).collect();
    let linted =
        tokio::task::block_in_place(|| node::judge(Requirement::OpenApiJudges, "openapi_judge.mjs", &paths, &[]));
    if let Ok(verdict) = linted {
        assert!(verdict.good, "{}", verdict.said);
    }
    let valid = tokio::task::block_in_place(|| judge("openapi-spec-validator", &paths));
    if let Ok(verdict) = valid {
        assert!(verdict.good, "{}", verdict.said);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_made_of_any_document_compiles_and_reads() {
    let rig = rig().await;
    let folder = tempfile::tempdir().expect("a folder");
    let documents = documents(&rig, folder.path()).await;
    let mut given = Vec::new();
    for (judged, path) in &documents {
        given.extend([rig.key(judged.dialect, &["*"]).await, path.clone()]);
    }
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    let made =
        tokio::task::block_in_place(|| node::judge(Requirement::OpenApiJudges, "openapi_client.mjs", &given, &[]));
    let Ok(verdict) = made else { return };
    assert!(verdict.good, "{}", verdict.said);
    for (judged, path) in &documents {
        let read = verdict.said.split(&format!("{path}:\n")).nth(1).unwrap_or_default();
        assert!(read.starts_with("ok   /"), "{}: {}", judged.dialect, verdict.said);
    }
}
