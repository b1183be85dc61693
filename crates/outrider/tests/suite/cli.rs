//! Single commands: what they print, where, and how they exit.

use serde_json::json;

use crate::rig::{Rig, is_private};

#[test]
fn a_key_is_printed_alone_and_works() {
    for rig in Rig::each() {
        rig.ok(&["project", "create", "Acme"]);
        rig.ok(&["user", "create", "sal@acme.example", "--role", "admin"]);
        let printed =
            rig.ok(&["key", "create", "--dialect", "native", "--project", "acme", "--user", "sal@acme.example"]);
        let key = printed.strip_suffix('\n').unwrap();
        assert!(key.starts_with("or_live_") && !key.contains(char::is_whitespace), "{printed:?}");
        let reader = rig.ok(&["key", "create", "--project", "acme", "--read-only"]);
        let cora = rig.ok(&[
            "key",
            "create",
            "--project",
            "acme",
            "--dialect",
            "cora",
            "--scope",
            "leads:read",
            "--can-provision",
        ]);
        assert!(cora.starts_with("cora_live_"));
        let server = rig.serve(&[]);
        assert_eq!(server.post("/leads", key, &json!({ "name": "Ada", "email": "ada@example.com" })).0, 201);
        assert_eq!(server.get("/leads", reader.trim()).0, 200);
        let (status, body) = server.post("/leads", reader.trim(), &json!({ "name": "Bob" }));
        assert_eq!((status, &body["error"]["code"]), (403, &json!("read_only_key")), "{body}");
        assert_eq!(server.get("/leads", cora.trim()).0, 401, "a key of another dialect");
        let id = rig.json(&["key", "list"])["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["dialect"] == "native" && key["user_id"].is_string())
            .unwrap()["id"]
            .clone();
        rig.ok(&["key", "revoke", id.as_str().unwrap()]);
        assert_eq!(server.get("/leads", key).0, 401, "a revoked key");
        server.stop();
    }
}

#[test]
fn a_scope_that_opens_nothing_is_refused() {
    for rig in Rig::each() {
        rig.ok(&["project", "create", "Acme"]);
        for (dialect, scope, known) in [
            ("native", "lead:read", "leads:read"),
            ("native", "agents:approve", "actions:approve"),
            ("pathbound", "actions:approve", "agents:approve"),
            ("cora", "nothing:*", "leads:read"),
        ] {
            let wrong = rig.run(&["key", "create", "--dialect", dialect, "--scope", scope]);
            assert!(wrong.status == 65 && wrong.stderr.contains(known), "{dialect} {scope}: {wrong:?}");
        }
        rig.ok(&["key", "create", "--dialect", "pathbound", "--scope", "agents:approve"]);
        assert_eq!(rig.json(&["key", "list"])["items"].as_array().map(Vec::len), Some(1));
        let wrong = rig.run(&["subscription", "set", "golden"]);
        assert!(wrong.status == 65 && wrong.stderr.contains("no such plan"), "{wrong:?}");
    }
}

#[test]
fn every_key_is_listed_however_many_there_are() {
    let rig = Rig::sqlite();
    rig.ok(&["project", "create", "Acme"]);
    let key = rig.ok(&["key", "create"]);
    let server = rig.serve(&[]);
    for number in 1..=101 {
        let (status, made) = server.post("/keys", key.trim(), &json!({ "name": format!("key {number}") }));
        assert_eq!(status, 201, "{made}");
    }
    server.stop();
    assert_eq!(rig.json(&["key", "list"])["items"].as_array().map(Vec::len), Some(102));
    assert!(rig.ok(&["key", "list"]).contains("key 1 "), "the oldest is shown to people too");
}

#[test]
fn exit_statuses_say_what_kind_of_thing_went_wrong() {
    let rig = Rig::sqlite();
    rig.file("bad.toml", "listen = \"127.0.0.1:0\"\nlisen = 5\n");
    for (arguments, status, says) in [
        (&["key", "create", "--project", "nowhere"][..], 1, "There is no project yet"),
        (&["frobnicate"], 2, "unrecognized subcommand"),
        (&["why", "bob"], 1, "There is no project yet"),
        (&["--config", "bad.toml", "project", "list"], 78, "bad.toml:2: unknown field `lisen`"),
        (&["--config", "missing.toml", "project", "list"], 78, "missing.toml: "),
        (&["apply", "missing.toml"], 66, "missing.toml: "),
        (&["import", "leads", "missing.csv"], 66, "missing.csv: "),
        (&["restore", "missing.db"], 66, "missing.db"),
        (&["--data", "empty", "backup", "out.db"], 66, "There is no database"),
        (&["--database-url", "postgres://127.0.0.1:1/none?connect_timeout=2", "project", "list"], 69, ""),
        (&["serve", "--listen", "192.0.2.1:80"], 69, "HTTP can't listen on 192.0.2.1:80"),
    ] {
        let ended = rig.run(arguments);
        assert_eq!(ended.status, status, "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{arguments:?}: {}", ended.stdout);
    }
    let failed = rig.run(&["key", "create", "--project", "nowhere", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&failed.stderr).unwrap();
    assert_eq!((failed.status, &answer["error"]["code"]), (1, &json!("resource_not_found")));
}

#[test]
fn projects_people_credits_and_plans() {
    for rig in Rig::each() {
        let made = rig.json(&["project", "create", "Acme GmbH", "--time-zone", "Europe/Berlin"]);
        assert_eq!((&made["slug"], &made["plan"]), (&json!("acme-gmbh"), &json!("self_hosted")));
        rig.ok(&["project", "create", "Second", "--slug", "second"]);
        let ambiguous = rig.run(&["credits", "show"]);
        assert!(ambiguous.status == 2 && ambiguous.stderr.contains("acme-gmbh, second"), "{ambiguous:?}");
        let balance = rig.json(&["credits", "grant", "250", "--project", "second", "--reason", "trial"]);
        assert_eq!(balance, rig.json(&["credits", "show", "--project", "second"]));
        assert_eq!(balance["credits_remaining"], 250, "{balance}");
        let wrong = rig.run(&["credits", "grant", "0", "--project", "second"]);
        assert_eq!(wrong.status, 65, "{wrong:?}");
        assert_eq!(rig.json(&["subscription", "set", "none", "--project", "second"])["active"], false);
        assert_eq!(rig.json(&["subscription", "show", "--project", "acme-gmbh"])["active"], true);
        rig.ok(&["user", "create", "o@acme.example", "--role", "owner", "--project", "second"]);
        let twice = rig.run(&["user", "create", "o@acme.example", "--project", "second"]);
        assert_eq!(twice.status, 1, "{twice:?}");
        let person = "o@acme.example";
        let moved = rig.json(&["credits", "transfer", "40", "--user", person, "--project", "second"]);
        assert_eq!((&moved["owner_balance"], &moved["balance"]), (&json!(210), &json!(40)));
        rig.ok(&["credits", "set-budget", person, "--monthly-cap", "25", "--project", "second"]);
        let budgets = rig.ok(&["credits", "budgets", "--project", "second"]);
        assert!(budgets.contains("o@acme.example  40 credits, 0 of 25 spent this month"), "{budgets}");
        let neither = rig.run(&["credits", "transfer", "40", "--project", "second"]);
        assert_eq!(neither.status, 2, "{neither:?}");
        let people = rig.ok(&["user", "list", "--project", "second"]);
        assert!(people.contains("o@acme.example") && people.contains("owner"), "{people}");
    }
}

#[test]
fn kill_switches_for_one_project_and_for_all() {
    let rig = Rig::sqlite();
    rig.ok(&["project", "create", "Acme"]);
    rig.ok(&["project", "create", "Other"]);
    rig.ok(&["kill-switch", "engage", "--reason", "wrong text", "--project", "acme"]);
    assert_eq!(rig.json(&["kill-switch", "status", "--project", "other"])["engaged"], false);
    rig.ok(&["kill-switch", "engage", "--reason", "everything", "--everywhere"]);
    let status = rig.ok(&["kill-switch", "status", "--project", "acme"]);
    assert!(status.contains("every project") && status.contains("wrong text"), "{status}");
    rig.ok(&["kill-switch", "release", "--everywhere"]);
    assert_eq!(rig.json(&["kill-switch", "status", "--project", "other"])["engaged"], false);
    assert_eq!(rig.json(&["kill-switch", "status", "--project", "acme"])["switches"].as_array().unwrap().len(), 1);
}

#[test]
fn a_signing_key_comes_with_its_record_and_is_never_overwritten() {
    let rig = Rig::sqlite();
    let made = rig.json(&["dkim", "generate", "example.com", "--ed25519", "--selector", "mail"]);
    assert_eq!(made["dns_name"], "mail._domainkey.example.com");
    assert!(made["dns_value"].as_str().unwrap().contains("k=ed25519"), "{made}");
    assert!(is_private(&rig.path("dkim-example.com.pem")));
    let again = rig.run(&["dkim", "generate", "example.com", "--ed25519"]);
    assert_eq!(again.status, 74, "{again:?}");
    assert_eq!(rig.run(&["dkim", "generate", "not a domain"]).status, 65);
}

#[test]
fn people_are_let_in_by_a_password_or_a_link() {
    for rig in Rig::each() {
        rig.ok(&["project", "create", "Acme"]);
        let short = rig.run_with(&["user", "create", "ann@acme.example", "--password-stdin"], "short\n");
        assert!(short.status == 65 && short.stderr.contains("8 to 200 characters"), "{short:?}");
        assert!(!rig.ok(&["user", "list"]).contains("ann@"), "nothing was made");
        let made = rig.run_with(&["user", "create", "ann@acme.example", "--password-stdin"], "correct horse\n");
        assert!(made.status == 0 && !made.stdout.contains("http"), "{made:?}");
        let made = rig.json(&["user", "create", "bob@acme.example", "--role", "viewer"]);
        let first = made["sign_in_url"].as_str().unwrap().to_owned();
        let second = rig.ok(&["user", "link", "bob@acme.example"]);
        let path = |url: &str| url.trim().strip_prefix("http://127.0.0.1:7700").unwrap().to_owned();
        let set = rig.run_with(&["user", "password", "ann@acme.example"], "a new password\r\n");
        assert_eq!(set.status, 0, "{set:?}");
        for (arguments, status) in [
            (&["user", "link", "nobody@acme.example"], 1),
            (&["user", "session", "nobody@acme.example"], 1),
            (&["user", "link", "not an address"], 65),
        ] {
            assert_eq!(rig.run(arguments).status, status, "{arguments:?}");
        }
        let cookie = rig.ok(&["user", "session", "bob@acme.example"]);
        let server = rig.serve(&[]);
        for url in [&first, &second] {
            let (status, page) = server.page(&path(url), "");
            assert!(status == 200 && page.contains("bob@acme.example"), "{status} {page}");
        }
        let (status, page) = server.page("/account", cookie.trim());
        assert!(status == 200 && page.contains("viewer"), "{status} {page}");
        assert_eq!(server.page("/account", "outrider=made-up").0, 303);
        server.stop();
    }
}

#[test]
fn a_seller_is_given_leads_senders_and_accounts_and_let_go() {
    let rig = Rig::sqlite();
    let workspace = "organization = \"Acme\"\n[[projects]]\nslug = \"acme\"\nname = \"Acme\"\n[[projects.identities]]\nemail = \"ann@acme.example\"\n";
    rig.ok(&["apply", &rig.file("workspace.toml", workspace)]);
    rig.ok(&["import", "leads", &rig.file("leads.csv", "email\nada@lead.example\nbea@lead.example\n")]);
    rig.ok(&["user", "create", "ann@acme.example"]);
    let token = ["key", "create", "--dialect", "artra", "--user", "ann@acme.example", "--scope", "contacts:read"];
    let token = rig.ok(&token).trim().to_owned();
    let key = rig.ok(&["key", "create"]).trim().to_owned();
    let server = rig.serve(&[]);
    let lead = server.data("/leads?query=ada", &key)[0]["id"].as_str().unwrap().to_owned();
    let given = rig.json(&["user", "assign", "ann@acme.example", "--lead", &lead, "--identity", "Ann@acme.example"]);
    assert_eq!((&given["leads"], &given["identities"]), (&json!(1), &json!(1)), "{given}");
    assert_eq!(server.data("/identities", &key)[0]["owner_id"], given["user_id"]);
    let authorization = format!("Bearer {token}");
    let contacts =
        || server.send("GET", "/artra/api/v1/agent/contacts", &[("Authorization", authorization.as_str())], b"");
    let (status, page) = contacts();
    assert_eq!((status, &page["total"], &page["contacts"][0]["id"]), (200, &json!(1), &json!(lead)), "{page}");
    let accounts = ["user", "accounts", "ann@acme.example"];
    let set = rig.json(&[&accounts[..], &["--domain", "one.example", "--restricted", "true"]].concat());
    assert_eq!((&set["domains"], &set["restricted"]), (&json!(["one.example"]), &json!(true)));
    assert_eq!(rig.json(&accounts), set, "what is shown is what was set");
    let human = rig.ok(&[&accounts[..], &["--restricted", "false"]].concat());
    assert!(human.contains("one.example") && human.contains("others too"), "{human}");
    assert_eq!(rig.json(&[&accounts[..], &["--none"]].concat())["domains"], json!([]));
    for arguments in [
        &["user", "remove", "nobody@acme.example"][..],
        &["user", "assign", "ann@acme.example", "--identity", "nobody@acme.example"],
        &["user", "assign", "ann@acme.example", "--lead", "lead_0000000000000"],
    ] {
        assert_eq!(rig.run(arguments).status, 1, "{arguments:?}");
    }
    rig.ok(&["user", "remove", "ann@acme.example"]);
    assert_eq!(contacts().0, 401, "the token of somebody who left opens nothing");
    server.stop();
}

#[test]
fn what_an_id_or_a_person_says_need_not_be_named_again() {
    for rig in Rig::each() {
        rig.ok(&["project", "create", "Acme"]);
        rig.ok(&["project", "create", "Other"]);
        let leads = rig.file("leads.csv", "name,email\nJane Doe,jane@firm.example\n");
        rig.ok(&["import", "leads", &leads, "--project", "other"]);
        let by_address = rig.json(&["why", "Jane@firm.example"]);
        let id = by_address["lead_id"].as_str().unwrap().to_owned();
        assert_eq!(rig.json(&["why", &id]), by_address);
        let elsewhere = rig.run(&["why", &id, "--project", "acme"]);
        assert_eq!(elsewhere.status, 1, "a project that is named is the one that is meant: {}", elsewhere.stdout);
        let unknown = rig.run(&["why", "lead_0000000000001"]);
        assert!(unknown.status == 1 && unknown.stderr.contains("no such lead"), "{}", unknown.stderr);
        rig.ok(&["import", "leads", &leads, "--project", "acme"]);
        let both = rig.run(&["why", "jane@firm.example"]);
        assert!(both.status == 2 && both.stderr.contains("--project"), "{}", both.stderr);

        rig.ok(&["key", "create", "--project", "other", "--name", "mine"]);
        let keys = rig.json(&["key", "list", "--project", "other"]);
        let key = keys["items"][0]["id"].as_str().unwrap().to_owned();
        rig.ok(&["key", "revoke", &key]);
        assert!(!rig.json(&["key", "list", "--project", "other"])["items"][0]["revoked_at"].is_null());
        let webhook = rig.run(&["webhooks", "replay", "whk_0000000000001", "--after", "0"]);
        assert!(webhook.status == 1 && webhook.stderr.contains("no such webhook"), "{}", webhook.stderr);

        rig.ok(&["user", "create", "ann@acme.example"]);
        assert!(rig.ok(&["user", "list"]).contains("ann@acme.example"));
        let second = "organization = \"Beta\"\n[[projects]]\nslug = \"beta\"\nname = \"Beta\"\n";
        rig.ok(&["apply", &rig.file("beta.toml", second)]);
        rig.ok(&["user", "create", "bo@beta.example", "--project", "beta"]);
        let which = rig.run(&["user", "list"]);
        assert!(which.status == 2 && which.stderr.contains("several organizations"), "{}", which.stderr);
        assert!(!rig.ok(&["user", "list", "--project", "acme"]).contains("bo@beta.example"));
        rig.ok(&["user", "remove", "bo@beta.example"]);
        assert!(!rig.ok(&["user", "list", "--project", "beta"]).contains("bo@beta.example"));
    }
}
