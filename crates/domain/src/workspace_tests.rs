//! Workspace files: what they look like, what is wrong in them and where.

use super::*;

const GOOD: &str = r#"
organization = "Acme"

[[users]]
email = "owner@acme.example"
name = "Olive Owner"
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
autonomy = "first_touch"
[projects.agents.brain]
product_explanation = "Anvils."

[[projects.identities]]
email = "ada@acme.example"
name = "Ada of Acme"
transport = "relay"
mailbox = "replies"
agent = "Ada"
min_gap = "45s"
ramp = { cap = 50 }

[[projects.templates]]
name = "Intro"
subject = "Anvils for {{ company | default('you') }}"
text = """
Hi {{ first_name | default('there') }},
"""

[[projects.sequences]]
name = "Cold"
agent = "Ada"
status = "active"
identities = ["Ada of Acme"]
approval = { sample = 5 }
window = { days = ["mon", "tue"], from = "08:00", to = "18:00" }
[[projects.sequences.steps]]
key = "intro"
template = "Intro"
[[projects.sequences.steps]]
key = "bump"
after = "3d"
thread = true
[[projects.sequences.steps.variants]]
key = "a"
weight = 2
text = "Any news?"
[[projects.sequences.steps.variants]]
key = "b"
text = "Well?"

[[projects.suppressions]]
kind = "domain"
value = "rival.example"
reason = "competitor"
"#;

fn good() -> Workspace {
    parse(GOOD, Format::Toml).unwrap()
}

#[test]
fn a_good_file_is_read_and_written_in_both_formats() {
    let workspace = good();
    assert_eq!(workspace.validate(), []);
    assert_eq!(workspace.warnings(), []);
    let project = &workspace.projects[0];
    assert_eq!(project.plan, "self_hosted");
    assert_eq!(project.agents[0].kind, AgentKind::Outbound);
    assert_eq!(project.identities[0].ramp, Ramp { start: 20, step: 10, cap: 50 });
    assert_eq!(project.sequences[0].definition().steps.len(), 2);
    for format in [Format::Toml, Format::Json] {
        let text = workspace.to_text(format).unwrap();
        assert_eq!(parse(&text, format), Ok(workspace.clone()), "{text}");
    }
    assert_eq!(Format::of_file("a/b.JSON"), Format::Json);
    assert_eq!(Format::of_file("outrider.workspace.toml"), Format::Toml);
}

#[test]
fn errors_of_form_carry_line_and_field() {
    for (find, replace, path, says) in [
        ("organization = \"Acme\"", "organization = \"Acme", "", ""),
        ("time_zone = \"Europe/Berlin\"", "time_zone = \"Berlin\"", "projects[0].time_zone", "Berlin"),
        ("role = \"owner\"", "role = \"boss\"", "users[0].role", "boss"),
        ("email = \"ada@acme.example\"", "email = \"ada\"", "projects[0].identities[0].email", "@"),
        ("min_gap = \"45s\"", "min_gap = \"45\"", "projects[0].identities[0].min_gap", "45"),
        ("approval = { sample = 5 }", "approval = { sample = 500 }", "projects[0].sequences[0].approval", "500"),
        ("credits = 500", "credit = 500", "projects[0]", "credit"),
    ] {
        let line = GOOD[..GOOD.find(find).unwrap()].matches('\n').count() + 1;
        let error = parse(&GOOD.replacen(find, replace, 1), Format::Toml).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.path.starts_with(path), "{error}");
        assert!(error.message.contains(says), "{error}");
    }
    let error = parse("{\n \"organization\": \"Acme\",\n \"projects\": [{\"slug\": 5}]}", Format::Json).unwrap_err();
    assert_eq!((error.line, error.path.as_str()), (3, "projects[0].slug"), "{error}");
    assert!(error.to_string().starts_with("line 3, projects[0].slug: "), "{error}");
    assert_eq!(parse("{\"organization\": \"A\"}\nx", Format::Json).unwrap_err().line, 2);
    assert_eq!(parse("", Format::Json).unwrap_err().line, 1);
}

#[test]
fn problems_of_meaning_are_all_found() {
    for (find, replace, path, says) in [
        ("organization = \"Acme\"", "organization = \" \"", "organization", "blank"),
        ("slug = \"acme\"", "slug = \"Acme Co\"", "projects[0].slug", "lower-case"),
        ("agent = \"Ada\"\nmin_gap", "agent = \"Bob\"\nmin_gap", "projects[0].identities[0].agent", "Bob"),
        ("agent = \"Ada\"\nstatus", "agent = \"Bob\"\nstatus", "projects[0].sequences[0].agent", "Bob"),
        (
            "identities = [\"Ada of Acme\"]",
            "identities = [\"x@y.example\"]",
            "projects[0].sequences[0].identities[0]",
            "x@y.example",
        ),
        ("template = \"Intro\"", "template = \"Outro\"", "projects[0].sequences[0].steps[0].template", "Outro"),
        (
            "subject = \"Anvils for {{ company | default('you') }}\"",
            "subject = \"\"",
            "projects[0].sequences[0].steps[0].template",
            "no subject",
        ),
        ("default('there') }}", "default('there')", "projects[0].templates[0].text", "line"),
        ("key = \"bump\"", "key = \"intro\"", "projects[0].sequences[0].steps[1].key", "twice"),
        ("value = \"rival.example\"", "value = \"rival\"", "projects[0].suppressions[0].value", "example.com"),
        ("ramp = { cap = 50 }", "ramp = { cap = 0 }", "projects[0].identities[0].ramp.cap", "active"),
    ] {
        assert!(GOOD.contains(find), "{find}");
        let problems = parse(&GOOD.replacen(find, replace, 1), Format::Toml).unwrap().validate();
        assert!(
            problems.iter().any(|problem| problem.path == path && problem.message.contains(says)),
            "{path}: {problems:?}"
        );
    }
}

#[test]
fn names_used_twice_are_found() {
    let mut workspace = good();
    let mut project = workspace.projects[0].clone();
    project.agents.push(AgentEntry { name: "ada".to_owned(), ..project.agents[0].clone() });
    project.identities.push(project.identities[0].clone());
    project.templates.push(project.templates[0].clone());
    project.sequences.push(project.sequences[0].clone());
    project
        .suppressions
        .push(SuppressionEntry { value: "RIVAL.example".to_owned(), ..project.suppressions[0].clone() });
    workspace.users.push(workspace.users[0].clone());
    workspace.projects.push(project);
    let paths: Vec<String> = workspace.validate().into_iter().map(|problem| problem.path).collect();
    assert_eq!(
        paths,
        [
            "users[1].email",
            "projects[1].slug",
            "projects[1].agents[1].name",
            "projects[1].identities[1].email",
            "projects[1].templates[1].name",
            "projects[1].sequences[1].name",
            "projects[1].suppressions[1].value",
        ]
    );
}

#[test]
fn unfilled_placeholders_are_worth_a_warning() {
    let source = GOOD.replacen("text = \"Any news?\"", "text = \"Any news, {{ firstname }}?\"", 1);
    let workspace = parse(&source, Format::Toml).unwrap();
    assert_eq!(workspace.validate(), []);
    let warnings = workspace.warnings();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].path, "projects[0].sequences[0].steps[1].variants[0].text");
    assert!(warnings[0].message.contains("firstname"));
}

#[test]
fn the_schema_describes_the_file() {
    let schema = serde_json::to_string(&schemars::schema_for!(Workspace)).unwrap();
    for field in ["organization", "kill_switch", "features_differentiators", "min_gap", "stop_on", "sample"] {
        assert!(schema.contains(&format!("\"{field}\"")), "{field}");
    }
    assert!(!schema.contains("\"$ref\""), "MCP wants schemas without references");
}

/// The example of the page about workspace files.
const PAGE: &str = include_str!("../../../docs/workspace-file.md");

/// Every name of a property in a JSON Schema.
fn property_names(schema: &serde_json::Value, names: &mut std::collections::BTreeSet<String>) {
    match schema {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                if let (true, Some(properties)) = (name == "properties", value.as_object()) {
                    names.extend(properties.keys().cloned());
                }
                property_names(value, names);
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| property_names(value, names)),
        _ => {}
    }
}

#[test]
fn the_page_about_workspace_files_has_every_key_and_an_example_that_can_be_applied() {
    let example = PAGE.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let workspace = parse(example, Format::Toml).unwrap();
    assert_eq!((workspace.validate(), workspace.warnings()), (Vec::new(), Vec::new()));
    let mut names = std::collections::BTreeSet::new();
    property_names(&serde_json::to_value(schemars::schema_for!(Workspace)).unwrap(), &mut names);
    assert!(names.len() > 40, "{names:?}");
    let table = PAGE.split("## Every key").nth(1).unwrap();
    let missing: Vec<&String> = names
        .iter()
        .filter(|name| !table.contains(&format!("`{name}`")) && !table.contains(&format!("{name},")))
        .collect();
    assert!(missing.is_empty(), "not in the page: {missing:?}");
}
