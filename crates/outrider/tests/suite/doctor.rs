//! `doctor`: what it finds on a new machine, with a broken server, and with a domain that is and isn't set up.

use outrider_testkit::name_server::{NameServer, Record};
use serde_json::Value;

use crate::rig::Rig;

fn checks(rig: &Rig, arguments: &[&str]) -> (i32, Value) {
    let ended = rig.run(&[&["doctor", "--json"], arguments].concat());
    let report = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    (ended.status, report)
}

fn find<'a>(report: &'a Value, what: &str) -> Vec<&'a Value> {
    report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["what"].as_str().unwrap().starts_with(what))
        .collect()
}

#[test]
fn a_new_machine_has_nothing_to_fix() {
    for rig in Rig::each() {
        let (status, report) = checks(&rig, &[]);
        assert_eq!((status, &report["good"]), (0, &Value::Bool(true)), "{report:#}");
        let human = rig.ok(&["doctor"]);
        assert!(human.contains("Nothing to fix.") && human.contains("projects"), "{human}");
    }
}

#[test]
fn servers_that_do_not_answer_are_named_with_the_step() {
    let rig = Rig::sqlite();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    rig.file(
        "outrider.toml",
        format!(
            "[mail.servers.main]\nhost = \"127.0.0.1\"\nport = {closed}\ntls = \"none\"\n[mail.mailboxes.main]\nhost = \"127.0.0.1\"\nport = {closed}\ntls = \"none\"\nusername = \"u\"\npassword = \"secret\"\n"
        ),
    );
    let (status, report) = checks(&rig, &[]);
    assert_eq!(status, 1);
    for what in ["SMTP main", "IMAP main"] {
        let check = find(&report, what)[0];
        assert_eq!(check["grade"], "bad", "{check}");
        assert!(check["text"].as_str().unwrap().starts_with("connecting"), "{check}");
    }
    assert_eq!(find(&report, "public_url")[0]["grade"], "bad");
    assert!(!report.to_string().contains("secret"));
}

#[test]
fn a_sending_domain_is_looked_at_and_its_gate_opens() {
    let rig = Rig::sqlite();
    rig.file("outrider.toml", "public_url = \"https://o.example.com\"\n[mail.servers.main]\nhost = \"127.0.0.1\"\nport = 1\n[mail.dkim.\"acme.example\"]\nselector = \"s\"\nkey_file = \"dkim-acme.example.pem\"\n");
    let key = rig.json(&["dkim", "generate", "acme.example", "--ed25519", "--selector", "s"]);
    let workspace = "organization = \"Acme\"\n[[projects]]\nslug = \"acme\"\nname = \"Acme\"\n[[projects.identities]]\nemail = \"ada@acme.example\"\ntransport = \"main\"\n";
    rig.ok(&["apply", &rig.file("workspace.toml", workspace)]);
    let Ok(empty) = NameServer::start(&[]) else { return };
    let (_, report) = checks(&rig, &["--resolver", &empty.address().to_string()]);
    for (what, says) in [
        ("SPF acme.example", "no SPF record"),
        ("DKIM acme.example", "no key at s._domainkey.acme.example"),
        ("DMARC acme.example", "no DMARC record"),
    ] {
        let check = find(&report, what)[0];
        assert!(check["grade"] == "bad" && check["text"].as_str().unwrap().contains(says), "{check}");
    }
    let record = key["dns_value"].as_str().unwrap();
    let records = [
        Record::Txt("acme.example", "v=spf1 ip4:192.0.2.1 -all"),
        Record::Txt("s._domainkey.acme.example", record),
        Record::Txt("_dmarc.acme.example", "v=DMARC1; p=reject"),
    ];
    let Ok(set_up) = NameServer::start(&records) else { return };
    let (_, report) = checks(&rig, &["--resolver", &set_up.address().to_string()]);
    for what in ["SPF acme.example", "DKIM acme.example", "DMARC acme.example"] {
        assert_eq!(find(&report, what)[0]["grade"], "good", "{report:#}");
    }
    // What was found is kept with the sender: that is what the gate goes by.
    let key = rig.ok(&["key", "create"]).trim().to_owned();
    let server = rig.serve(&["--role", "api"]);
    assert_eq!(server.data("/identities", &key)[0]["domain_check"], "good");
    server.stop();
}

#[test]
fn a_number_of_a_carrier_that_is_not_there_is_named() {
    let rig = Rig::sqlite();
    rig.ok(&[
        "apply",
        &rig.file("workspace.toml", "organization = \"Acme\"\n[[projects]]\nslug = \"acme\"\nname = \"Acme\"\n"),
    ]);
    let (status, report) = checks(&rig, &[]);
    assert_eq!((status, find(&report, "telephony")[0]["grade"].as_str()), (0, Some("note")), "{report:#}");
    let key = rig.ok(&["key", "create"]).trim().to_owned();
    let server = rig.serve(&["--role", "api"]);
    for (number, carrier) in [("+14155550100", "sandbox"), ("+14155550101", "twilio")] {
        let (status, made) =
            server.post("/phone-numbers", &key, &serde_json::json!({ "number": number, "carrier": carrier }));
        assert_eq!(status, 201, "{made}");
    }
    server.stop();
    let (status, report) = checks(&rig, &[]);
    let carrier = find(&report, "carrier twilio")[0];
    assert_eq!((status, carrier["grade"].as_str()), (1, Some("bad")), "{report:#}");
    assert!(carrier["text"].as_str().unwrap().contains("+14155550101"), "{carrier}");
    let notes: Vec<String> = find(&report, "telephony").iter().map(|note| note["text"].to_string()).collect();
    assert!(notes.iter().any(|note| note.contains("1 numbers are the sandbox's")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("2 numbers have no agent")), "{notes:?}");
}
