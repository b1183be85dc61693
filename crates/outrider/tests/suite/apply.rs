//! Workspaces as files: applied once, applied again, written out and read back.

use serde_json::{Value, json};

use crate::rig::Rig;

const WORKSPACE: &str = r#"
organization = "Acme"

[[users]]
email = "olive@acme.example"
name = "Olive"
role = "owner"

[[projects]]
slug = "acme"
name = "Acme outbound"
time_zone = "Europe/Berlin"
autonomy = { default = "ask", email = { sample = 10 } }
credits = 500

[[projects.agents]]
name = "Ada"
automation_enabled = true
[projects.agents.brain]
product_explanation = "Anvils."

[[projects.identities]]
email = "ada@acme.example"
name = "Ada of Acme"
agent = "Ada"
min_gap = "45s"

[[projects.identities]]
email = "second@acme.example"
time_zone = "Europe/London"

[[projects.templates]]
name = "Intro"
subject = "Anvils for {{ company | default('you') }}"
text = "Hi {{ first_name | default('there') }},"

[[projects.sequences]]
name = "Cold"
agent = "Ada"
status = "active"
identities = ["Ada of Acme"]
[[projects.sequences.steps]]
key = "intro"
template = "Intro"
[[projects.sequences.steps]]
key = "bump"
after = "3d"
thread = true
text = "Any news?"

[[projects.sequences]]
name = "Draft"
[[projects.sequences.steps]]
key = "only"
subject = "Hi"
text = "Later."

[[projects.suppressions]]
kind = "domain"
value = "rival.example"
reason = "competitor"

[[projects]]
slug = "second"
name = "Second"
kill_switch = true
"#;

#[test]
fn applying_twice_changes_nothing_the_second_time() {
    for rig in Rig::each() {
        let file = rig.file("workspace.toml", WORKSPACE);
        let preview = rig.json(&["apply", &file, "--dry-run"]);
        assert_eq!(rig.json(&["project", "list"])["items"], json!([]), "a preview makes nothing");
        let digest = preview["digest"].as_str().unwrap();
        let done = rig.json(&["apply", &file, "--plan-digest", digest]);
        assert_eq!(done["plan"], preview["plan"]);
        let steps: Vec<String> = done["plan"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step.as_object().unwrap().keys().next().unwrap().clone())
            .collect();
        for wanted in [
            "create_organization",
            "create_project",
            "create_agent",
            "create_identity",
            "create_template",
            "create_sequence",
            "suppress",
            "create_user",
            "engage_kill_switch",
        ] {
            assert!(steps.iter().any(|step| step == wanted), "{wanted} in {steps:?}");
        }
        assert_eq!(rig.json(&["apply", &file])["plan"], json!([]));
        assert_eq!(rig.json(&["credits", "show", "--project", "acme"])["credits_remaining"], 500);
        let refused = rig.run(&["apply", &file, "--plan-digest", digest]);
        assert_eq!(refused.status, 1, "the plan is another now: {refused:?}");

        // What is written out says the same, in both formats; and only what differs is changed.
        let exported = rig.ok(&["export"]);
        let written = rig.file("exported.toml", &exported);
        assert_eq!(rig.json(&["apply", &written])["plan"], json!([]), "{exported}");
        let as_json = rig.file("exported.json", rig.ok(&["export", "--json"]));
        assert_eq!(rig.json(&["apply", &as_json])["plan"], json!([]));
        let changed = rig.file("changed.toml", exported.replace("Any news?", "Any news by now?"));
        let plan = rig.json(&["apply", &changed])["plan"].clone();
        assert_eq!(plan.as_array().unwrap().len(), 1, "{plan}");
        assert_eq!(plan[0]["update_sequence"]["version"], 2, "{plan}");

        // And makes the same elsewhere.
        let elsewhere = Rig::sqlite();
        let copy = elsewhere.file("workspace.toml", &exported);
        elsewhere.ok(&["apply", &copy]);
        assert_eq!(elsewhere.ok(&["export"]), exported);
        let doctor: Value = serde_json::from_str(&rig.run(&["doctor", "--json"]).stdout).unwrap();
        let audits = doctor["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|check| check["text"].as_str().unwrap().contains("is sound"));
        assert_eq!(audits.count(), 2, "{doctor}");
    }
}

#[test]
fn what_is_wrong_in_a_file_is_named_and_nothing_is_done() {
    let rig = Rig::sqlite();
    for (find, replace, says) in [
        ("min_gap = \"45s\"", "min_gap = \"45\"", "line 26, projects[0].identities[0].min_gap"),
        ("role = \"owner\"", "role = \"boss\"", "users[0].role"),
        ("agent = \"Ada\"\nmin_gap", "agent = \"Eve\"\nmin_gap", "there is no agent \"Eve\""),
        ("template = \"Intro\"", "template = \"Nothing\"", "Nothing"),
        ("slug = \"second\"", "slug = \"acme\"", "projects[1].slug: \"acme\" is used twice"),
        ("organization = \"Acme\"", "organization = \"Acme", "line 2"),
    ] {
        assert!(WORKSPACE.contains(find), "{find}");
        let file = rig.file("bad.toml", WORKSPACE.replacen(find, replace, 1));
        let ended = rig.run(&["apply", &file]);
        assert_eq!(ended.status, 65, "{find}: {ended:?}");
        assert!(ended.stderr.contains(says), "{find}: {}", ended.stderr);
    }
    assert_eq!(rig.run(&["apply", &rig.file("latin.toml", b"organization = \"Caf\xe9\"")]).status, 65);
    assert_eq!(rig.json(&["project", "list"])["items"], json!([]));
}
