//! What programs nobody here wrote think of Cora's OpenAPI document and of the server behind it.

use std::time::Duration;

use outrider_dialects::cora::ENDPOINTS;
use outrider_domain::time::MINUTE;
use outrider_testkit::node;
use outrider_testkit::python::{Verdict, judge};
use outrider_testkit::requirements::Requirement;

use super::{BASE, Cora};

/// Lets a minute pass in every tenth of a second, so that the limit of requests is another one's test.
async fn hurry(cora: &Cora) {
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cora.rig.advance(MINUTE);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_requests_find_no_server_error_and_no_way_round_the_key() {
    let cora = Cora::start().await;
    cora.lead().await;
    cora.agent().await;
    let document = format!("{}{BASE}/openapi.json", cora.rig.url);
    let key = format!("Authorization: Bearer {}", cora.key);
    let asking = tokio::task::spawn_blocking(move || {
        let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,ignored_auth";
        judge(
            "schemathesis",
            &[
                "run",
                &document,
                "-H",
                &key,
                "--checks",
                checks,
                "--max-examples",
                "15",
                "--phases",
                "coverage,fuzzing",
                "--generation-deterministic",
                "--no-color",
                "--workers",
                "1",
                "--request-timeout",
                "30",
            ],
        )
    });
    let asked = tokio::select! {
        asked = asking => asked.expect("a task"),
        () = hurry(&cora) => unreachable!("it never ends"),
    };
    let Ok(Verdict { good, said }) = asked else { return };
    assert!(good, "{said}");
    let total = said.split(" selected").next().and_then(|before| before.rsplit(' ').next()?.parse::<usize>().ok());
    let total = total.unwrap_or_else(|| panic!("no number of endpoints in {said}"));
    assert!(total >= ENDPOINTS.len(), "only {total} endpoints: {said}");
    assert_eq!(said.matches(&format!(" {total} passed")).count(), 2, "coverage and fuzzing of each: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_is_good_openapi() {
    let cora = Cora::start().await;
    let document = cora.rig.anonymous(BASE).get("/openapi.json").await.expect(200).text();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("openapi.json");
    std::fs::write(&path, document).expect("a file");
    let path = path.display().to_string();
    let linted =
        tokio::task::block_in_place(|| node::judge(Requirement::OpenApiLinters, "openapi_judge.mjs", &[&path], &[]));
    if let Ok(verdict) = linted {
        assert!(verdict.good, "{}", verdict.said);
    }
    let valid = tokio::task::block_in_place(|| judge("openapi-spec-validator", &[&path]));
    if let Ok(verdict) = valid {
        assert!(verdict.good, "{}", verdict.said);
    }
}
