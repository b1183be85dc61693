//! The OpenAPI document and `llms.txt`: readable without a token, and true.

use outrider_dialects::artra::ENDPOINTS;

use super::{Artra, BASE};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_openapi_document_has_every_endpoint_and_scope() {
    let here = Artra::start().await;
    let document = here.rig.anonymous(BASE).get("/openapi.json").await.expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], format!("{}/artra", here.rig.url));
    for endpoint in ENDPOINTS {
        let spec = &endpoint.spec;
        let described = &document["paths"][spec.path][format!("{:?}", spec.verb).to_lowercase()];
        assert_eq!(described["operationId"], spec.name);
        assert!(described.to_string().contains(spec.scope), "{}", spec.name);
    }
    let added = &document["paths"]["/api/v1/agent/sequences/{id}/contacts"]["post"]["responses"]["200"];
    let fields = &added["content"]["application/json"]["schema"]["properties"];
    assert!(fields["dry_run"].is_object() && fields["digest"].is_object() && fields["skipped"].is_object(), "{added}");
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().expect("the end of a text");
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn llms_txt_has_links_alone_under_its_headings_and_each_leads_somewhere() {
    let here = Artra::start().await;
    let text = here.rig.anonymous("/artra").get("/llms.txt").await.expect(200).text();
    assert!(text.starts_with("# ARTRA"));
    let (_, sections) = text.split_once("\n## ").expect("a section");
    let mut links = 0;
    for line in sections.lines().skip(1).filter(|line| !line.is_empty() && !line.starts_with("## ")) {
        let (_, rest) = line.strip_prefix("- [").and_then(|rest| rest.split_once("](")).expect("a link");
        let url = rest.split(')').next().expect("an address");
        let path = url.strip_prefix(&here.rig.url).expect("an address of this server");
        let answer = here.rig.anonymous("").get(path).await;
        assert!(matches!(answer.status, 200 | 303 | 401), "{path}: {}", answer.status);
        links += 1;
    }
    assert_eq!(links, ENDPOINTS.len() + 3);
    for endpoint in ENDPOINTS {
        assert!(text.contains(endpoint.spec.path) && text.contains(endpoint.spec.name), "{}", endpoint.spec.name);
    }
}
