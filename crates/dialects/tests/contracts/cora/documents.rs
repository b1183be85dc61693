//! Index, reference and OpenAPI document: made of the same list as the routes, and readable without a key.

use std::collections::BTreeSet;

use outrider_dialects::cora::ENDPOINTS;
use outrider_engine::operation::Shape;
use outrider_engine::schema::Catalog;
use serde_json::Value;

use super::{BASE, Cora};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_index_lists_every_endpoint() {
    let cora = Cora::start().await;
    let answer = cora.rig.anonymous(BASE).get("").await;
    assert_eq!(answer.expect(200).header("content-type"), Some("application/json"));
    let index = answer.json()["data"].clone();
    for endpoint in ENDPOINTS {
        let spec = &endpoint.spec;
        let listed = index["operations"].as_array().expect("a list").iter().find(|each| each["name"] == spec.name);
        let listed = listed.unwrap_or_else(|| panic!("{} is not in the index", spec.name));
        assert_eq!(listed["path"], format!("/cora{}", spec.path));
        assert_eq!(listed["method"], format!("{:?}", spec.verb).to_uppercase());
    }
    for (name, path) in [("docs", "/docs"), ("openapi", "/openapi.json")] {
        let url = index[name].as_str().expect("a link");
        assert_eq!(url, format!("{}{BASE}{path}", cora.rig.url));
        cora.rig.anonymous(BASE).get(path).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_has_every_endpoint_field_and_code() {
    let cora = Cora::start().await;
    let answer = cora.rig.anonymous(BASE).get("/docs").await;
    assert_eq!(answer.expect(200).header("content-type"), Some("text/markdown; charset=utf-8"));
    let text = answer.text();
    assert!(!text.contains("{BASE}") && text.contains(&format!("{}{BASE}", cora.rig.url)));
    let catalog = Catalog::new(ENDPOINTS);
    let sections: Vec<&str> = text.split("\n### ").skip(1).collect();
    assert_eq!(sections.len(), ENDPOINTS.len());
    for (place, endpoint) in ENDPOINTS.iter().enumerate() {
        let spec = &endpoint.spec;
        let head = format!("`{} {}`", format!("{:?}", spec.verb).to_uppercase(), spec.path);
        let mut described = sections.iter().filter(|section| section.starts_with(&format!("{}\n", spec.name)));
        let section = described.next().unwrap_or_else(|| panic!("{} is not described", spec.name));
        assert!(described.next().is_none() && section.contains(&head) && section.contains(spec.summary), "{head}");
        assert!(text.matches(&head).count() >= 2, "{head} is in the contents");
        let output = catalog.resolve(&catalog.outputs[place]);
        let output = output.pointer("/properties/items/items").or_else(|| output.get("items")).unwrap_or(output);
        // Bytes have no fields.
        let answered = if spec.shape == Shape::File { Default::default() } else { catalog.fields(output) };
        for field in catalog.fields(&catalog.inputs[place]).keys().chain(answered.keys()) {
            let named = [format!("| `{field}` |"), format!(".{field}` |"), format!("{field}[].")];
            assert!(named.iter().any(|form| section.contains(form)), "{head} lacks {field}");
        }
    }
    for code in CODES {
        assert!(text.contains(&format!("| `{code}` | ")), "{code}");
    }
}

/// The contract's table of errors.
const CODES: [&str; 18] = [
    "missing_api_key",
    "invalid_api_key",
    "revoked_api_key",
    "read_only_key",
    "rate_limit_exceeded",
    "validation_error",
    "missing_idempotency_key",
    "resource_not_found",
    "idempotency_conflict",
    "lead_no_phone",
    "lead_no_email",
    "lead_stopped",
    "no_phone_number",
    "agent_no_email",
    "agent_inactive",
    "recording_unavailable",
    "internal_error",
    "payment_required",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_openapi_document_describes_what_there_is() {
    let cora = Cora::start().await;
    let document = cora.rig.anonymous(BASE).get("/openapi.json").await.expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], format!("{}/cora", cora.rig.url));
    for endpoint in ENDPOINTS {
        let spec = &endpoint.spec;
        let described = &document["paths"][spec.path][format!("{:?}", spec.verb).to_lowercase()];
        assert_eq!(described["operationId"], spec.name);
    }
    let codes = &document["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]["enum"];
    let codes: BTreeSet<&str> = codes.as_array().expect("codes").iter().filter_map(Value::as_str).collect();
    assert_eq!(codes, CODES.into_iter().collect());
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().expect("the end of a text");
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
}
