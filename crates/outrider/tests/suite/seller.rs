//! A seller's agent from an empty install to the mails, with one token and MCP alone: official clients in TypeScript and Python, over
//! HTTP and standard streams. The server is killed once in every step, and what comes of it is the same.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use outrider_testkit::name_server::{NameServer, Record};
use outrider_testkit::process::Process;
use outrider_testkit::requirements::{Requirement, Skip};
use outrider_testkit::{node, python, wait};
use serde_json::{Value, json};

use crate::rig::{PATIENCE, Rig, Server};

/// What the operator sets up before the seller's agent comes.
const WORKSPACE: &str = r#"
organization = "Acme"
[[projects]]
slug = "acme"
name = "Acme"
autonomy = "alone"
credits = 100
[[projects.identities]]
email = "ann@acme.example"
name = "Ann"
min_gap = "0"
ramp = { start = 1000, step = 0, cap = 1000 }
[[projects.sequences]]
name = "intro"
status = "active"
window = { days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "24:00" }
[[projects.sequences.steps]]
key = "hello"
subject = "A question, {{ first_name }}"
text = "How do you do it at {{ company }}?"
[[projects.sequences.steps]]
key = "nudge"
after = "1s"
thread = true
text = "Did this reach you?"
[[projects.agents]]
name = "Greeter"
type = "outbound"
[projects.agents.playbook]
description = "Says hello"
enabled = true
playbook_md = """
## Steps

### greet: email
- subject: Hello {{ first_name }}

How are you?

### look: task
- after: 1s
- title: Look after {{ name }}
"""
"#;

const COMPANIES: &str = "name,domain,industry,city,country,employees,hiring\n\
    Nordwind,nordwind.example,Software,Berlin,Germany,40,Sales\n\
    Kassenhaus,kassenhaus.example,Software,Berlin,Germany,25,Sales\n\
    Bleue,bleue.example,Software,Paris,France,30,Sales\n";
const PEOPLE: &str = "first_name,last_name,role,email,domain\n\
    Jana,Frost,CTO,jana.frost@nordwind.example,nordwind.example\n\
    Olaf,Kern,Head of Sales,olaf.kern@nordwind.example,nordwind.example\n\
    Mia,Wolf,VP Engineering,mia.wolf@nordwind.example,nordwind.example\n\
    Nils,Berg,Engineer,,nordwind.example\n\
    Eva,Sand,CEO,eva@kassenhaus.example,kassenhaus.example\n";

/// Every scope of ARTRA.
const SCOPES: [&str; 6] = ["contacts:read", "sequences:read", "sequences:write", "discover", "enrich", "outreach:run"];

/// Who ends up as a contact.
const CONTACTS: [&str; 5] = [
    "eva@kassenhaus.example",
    "jana.frost@nordwind.example",
    "mia.wolf@nordwind.example",
    "nils.berg@nordwind.example",
    "olaf.kern@nordwind.example",
];

/// What comes of it, however often something dies on the way.
fn outcome() -> Value {
    json!({
        "email": "ann@acme.example", "companies": ["Kassenhaus", "Nordwind"], "charged": 2, "enriched": ["nils.berg@nordwind.example 1"],
        "previewed": [5, 5], "done": [5, 5], "contacts": CONTACTS, "total": 5, "status": "completed",
        "steps": vec!["greet delivered, look delivered"; 5],
    })
}

/// An installation with a seller's token, and a key to see the captured mails with.
struct Office {
    rig: Rig,
    token: String,
    native: String,
    _dns: NameServer,
}

impl Office {
    fn open(rig: Rig) -> Result<Self, Skip> {
        let dns = NameServer::start(&[Record::Mx("nordwind.example", "mx.nordwind.example", 10)])?;
        let settings = format!("[delivery]\nlease = \"6s\"\n[web]\nname_server = \"{}\"\n", dns.address());
        rig.file("outrider.toml", settings);
        rig.ok(&["apply", &rig.file("workspace.toml", WORKSPACE)]);
        rig.ok(&["import", "companies", &rig.file("companies.csv", COMPANIES)]);
        rig.ok(&["import", "people", &rig.file("people.csv", PEOPLE)]);
        rig.ok(&["user", "create", "ann@acme.example", "--role", "seller"]);
        let scopes = SCOPES.iter().flat_map(|scope| ["--scope", scope]);
        let token: Vec<&str> =
            ["key", "create", "--dialect", "artra", "--user", "ann@acme.example"].into_iter().chain(scopes).collect();
        let token = rig.ok(&token).trim().to_owned();
        let native = rig.ok(&["key", "create", "--scope", "*", "--scope", "actions:approve"]).trim().to_owned();
        Ok(Self { rig, token, native, _dns: dns })
    }

    /// Starts the server, and says where.
    fn serve(&self) -> Server {
        let server = self.rig.serve(&[]);
        self.rig.file("url", server.url());
        server
    }

    /// Lets an agent at work, kills the server once in each of its steps, and compares what came of it.
    fn work(&self, agent: &mut Command) {
        let mut server = self.serve();
        let mut agent = Process::start(agent).unwrap();
        let mut kills: u64 = 0;
        let said = loop {
            let (steps, said) = progress(&agent);
            if let Some(said) = said {
                break said;
            }
            if steps > kills {
                kills = steps;
                std::thread::sleep(Duration::from_millis((steps * 37) % 110));
                server.process.kill().unwrap();
                server = self.serve();
            }
            self.look_after_unknown(&server);
            if let Ok(Some(status)) = agent.ended() {
                let (_, said) = progress(&agent);
                break said.unwrap_or_else(|| panic!("the agent gave up with {status}: {}", agent.output().text()));
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(kills >= 8, "only {kills} kills: {}", agent.output().text());
        assert_eq!(said, outcome(), "{}", agent.output().text());
        // Two of the sequence and one of the workflow for each.
        let wanted: BTreeMap<String, usize> = CONTACTS.iter().map(|email| ((*email).to_owned(), 3)).collect();
        let mut mails = BTreeMap::new();
        let all = wait::until(PATIENCE, || {
            self.look_after_unknown(&server);
            mails = self.captured(&server).into_iter().fold(BTreeMap::new(), |mut counted, (to, _)| {
                *counted.entry(to).or_default() += 1;
                counted
            });
            (mails == wanted && self.actions(&server, "scheduled").is_empty()).then_some(())
        });
        assert!(all.is_some(), "{mails:?}: {}", server.process.output().text());
        let credits = server.data("/credits", &self.native);
        assert_eq!(credits["credits_remaining"], 97, "two companies and an address: {credits}");
        println!("{kills} kills");
        server.stop();
    }

    /// Recipient and subject of each captured mail.
    fn captured(&self, server: &Server) -> Vec<(String, String)> {
        let page = server.data("/captured-mails?limit=100", &self.native);
        let text = |mail: &Value, name: &str| mail[name].as_str().unwrap_or_default().to_owned();
        page.as_array().unwrap().iter().map(|mail| (text(mail, "recipient"), text(mail, "subject"))).collect()
    }

    fn actions(&self, server: &Server, state: &str) -> Vec<Value> {
        server.data(&format!("/actions?limit=100&state={state}"), &self.native).as_array().unwrap().clone()
    }

    /// A person says of each mail whose end a kill left open whether it is in the mailbox.
    fn look_after_unknown(&self, server: &Server) {
        for action in self.actions(server, "unknown") {
            let id = action["id"].as_str().unwrap();
            let message = server.data(&format!("/actions/{id}"), &self.native)["message"].clone();
            let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
            let arrived = self.captured(server).contains(&(text("to"), text("subject")));
            let ending = if arrived { "delivered" } else { "send_again" };
            let path = format!("/actions/{id}/resolve");
            // Another may have settled it since the list was made.
            let (status, answer) = server.post(&path, &self.native, &json!({ "ending": ending }));
            assert!(matches!(status, 200 | 409), "{answer}");
        }
    }
}

/// Steps begun, and the outcome once there is one.
fn progress(agent: &Process) -> (u64, Option<Value>) {
    let lines = agent.output().stdout;
    let steps = lines.iter().filter(|line| line.starts_with("step ")).count() as u64;
    (steps, lines.iter().find_map(|line| serde_json::from_str(line.strip_prefix("outcome ")?).ok()))
}

#[test]
fn with_the_typescript_client_over_http_kills_change_no_outcome() {
    let Ok(office) = Office::open(Rig::sqlite()) else { return };
    let url = office.rig.path("url").display().to_string();
    let arguments = ["http", &url, &office.token];
    let Ok(mut agent) = node::command(Requirement::McpJudges, "artra_seller.mjs", &arguments) else { return };
    office.work(&mut agent);
}

#[test]
fn with_the_typescript_client_over_standard_streams_kills_change_no_outcome() {
    let Ok(office) = Office::open(Rig::sqlite()) else { return };
    let program = office.rig.command(&[]).get_program().to_string_lossy().into_owned();
    let arguments = ["stdio", &program, &office.token];
    let Ok(mut agent) = node::command(Requirement::McpJudges, "artra_seller.mjs", &arguments) else { return };
    // Started by the agent in its own folder, the program finds settings and data there.
    agent.current_dir(office.rig.path(""));
    office.work(&mut agent);
}

#[test]
fn with_the_python_client_over_http_and_on_postgresql_kills_change_no_outcome() {
    let Ok(rig) = Rig::postgres() else { return };
    let Ok(office) = Office::open(rig) else { return };
    let url = office.rig.path("url").display().to_string();
    let Ok(mut agent) = python::command("artra_seller.py", &[&url, &office.token]) else { return };
    office.work(&mut agent);
}
