//! Manifests, maps and texts, each open to everybody.

use serde_json::Value;

use super::{BASE, Reaktor};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_manifest_is_the_same_bytes_at_both_addresses_and_leads_to_what_there_is() {
    let here = Reaktor::start().await;
    let root = here.rig.anonymous("/reaktor");
    let (one, other) = (root.get("/.well-known/agent.json").await, root.get("/agent.json").await);
    assert_eq!(one.expect(200).body, other.expect(200).body);
    assert_eq!(one.header("cache-control"), Some("public, max-age=300"));
    let manifest = one.json();
    let skills = manifest["capabilities"]["capabilities"].as_array().expect("a list");
    assert_eq!(skills.len(), 11);
    for skill in skills {
        for field in [
            "description",
            "inputSchema",
            "outputSchema",
            "isNative",
            "mode",
            "creditCost",
            "rateLimit",
            "examplePayload",
        ] {
            assert!(!skill[field].is_null(), "{field} of {}", skill["name"]);
        }
    }
    for (name, link) in manifest["links"].as_object().expect("links") {
        let path =
            link.as_str().and_then(|link| link.strip_prefix(&here.rig.url)).unwrap_or_else(|| panic!("{name}: {link}"));
        let answer = here.rig.anonymous("").get(path).await;
        assert_ne!(answer.status, 404, "{name}: {path}");
    }
    let packs = manifest["pricing"]["creditPacks"].as_array().expect("packs");
    assert_eq!(packs.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_texts_are_there_and_name_every_skill() {
    let here = Reaktor::start().await;
    let root = here.rig.anonymous("/reaktor");
    for (path, kind) in [
        ("/llms.txt", "text/plain"),
        ("/llms-full.txt", "text/plain"),
        ("/CONTEXT.md", "text/markdown"),
        ("/help", "text/markdown"),
        ("/AGENTS.md", "text/markdown"),
    ] {
        let answer = root.get(path).await;
        assert!(answer.expect(200).header("content-type").is_some_and(|found| found.starts_with(kind)), "{path}");
        assert!(answer.text().starts_with("# "), "{path}");
    }
    let guide = root.get("/AGENTS.md").await.text();
    for told in [
        "X-API-Key",
        "X-DR-Signature",
        "whsec_",
        "three times more",
        "10 seconds",
        "| `lead_scoring` | sync | 5 | **`contactName`**, **`company`**",
        "20 a minute",
        "`AGENT_NOT_OWNED`",
        "## Changelog",
        "rotate-key",
    ] {
        assert!(guide.contains(told), "{told}");
    }
    assert_eq!(root.get("/help").await.text(), guide);
    assert!(!guide.contains('{') || !guide.contains("{BASE}"), "every mark is filled in");
    let whole = root.get("/llms-full.txt").await.text();
    for skill in outrider_skills::SKILLS {
        assert!(whole.contains(skill.name), "{}", skill.name);
    }
    let document: Value = here.rig.anonymous(BASE).get("/openapi.json").await.expect(200).json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    assert!(document["paths"].to_string().contains("rotate-key"));
    let manifest = root.get("/agent.json").await.json();
    assert_eq!(document["info"]["version"], manifest["version"], "in lockstep");
    assert_eq!(document["components"]["securitySchemes"]["keyHeader"]["name"], "X-API-Key");
}
