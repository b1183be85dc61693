//! The document, the index and the table of errors agree with the list of operations and with what the server does.

use std::collections::HashSet;

use outrider_engine::registry::OPERATIONS;
use serde_json::Value;

use crate::fixture::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_is_in_the_document_and_in_the_index_and_is_routed() {
    let server = Server::start().await;
    let document = server.send("GET", "/api/v1/openapi.json", &[], b"").await.assert_status(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    let index = server.send("GET", "/api/v1", &[], b"").await.assert_status(200).data();
    let listed: HashSet<&str> =
        index["operations"].as_array().expect("operations").iter().filter_map(|each| each["name"].as_str()).collect();
    for operation in OPERATIONS {
        let spec = &operation.spec;
        let method = format!("{:?}", spec.verb).to_lowercase();
        let described = &document["paths"][spec.path][&method];
        assert_eq!(described["operationId"], spec.name, "{}", spec.name);
        assert!(listed.contains(spec.name), "{} is not in the index", spec.name);

        // Without a key a routed path answers 401, and one that is not answers 404 or 405.
        let path: String = spec
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { "value" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let answer = server.send(&method.to_uppercase(), &format!("/api/v1{path}"), &[], b"").await;
        if operation.spec.public.is_none() {
            answer.assert_refused(401, "missing_api_key", None);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_described_error_is_in_the_table() {
    let server = Server::start().await;
    let document = server.send("GET", "/api/v1/openapi.json", &[], b"").await.json();
    let table = server.send("GET", "/api/v1/errors", &[], b"").await.data();
    let known: HashSet<(String, u64)> = table
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| (row["code"].as_str().expect("a code").to_owned(), row["status"].as_u64().expect("a status")))
        .collect();
    let mut described = 0;
    for item in document["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("methods").values() {
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let response = match response["$ref"].as_str() {
                    Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("a response"),
                    None => response,
                };
                for code in response["x-codes"].as_array().map(Vec::as_slice).unwrap_or_default() {
                    let code = code.as_str().expect("a code").to_owned();
                    assert!(
                        known.contains(&(code.clone(), status.parse().expect("a status"))),
                        "{code} is not a {status}"
                    );
                    described += 1;
                }
            }
        }
    }
    assert!(described > 100, "only {described} were found");
}

#[test]
fn schemas_of_answers_say_which_fields_are_always_there() {
    let document = outrider_http::openapi_document("http://127.0.0.1:7700");
    let required =
        document.pointer("/components/schemas/Lead/required").and_then(Value::as_array).expect("required fields");
    for field in ["id", "name", "email", "custom_fields"] {
        assert!(required.iter().any(|name| name == field), "{field} is always answered");
    }
}
