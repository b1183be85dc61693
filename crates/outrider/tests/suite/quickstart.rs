//! The first command of a new user, whole.

use serde_json::{Value, json};

use crate::rig::{PATIENCE, Rig, is_private};

/// What the sample must come to, whatever the machine's speed.
fn figures(summary: &Value) -> Value {
    let fields = [
        "mails_sent",
        "replies_that_stopped_the_sequence",
        "out_of_office",
        "hard_bounces",
        "soft_bounces",
        "complaints",
        "opt_outs_proposed",
        "sequences_finished",
    ];
    fields.into_iter().map(|field| (field.to_owned(), summary[field].clone())).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn a_whole_motion_happens_and_is_explained() {
    let rig = Rig::sqlite();
    let begun = std::time::Instant::now();
    let arguments = ["quickstart", "--listen", "127.0.0.1:0", "--exit-when-done"];
    let summary = rig.json(&arguments);
    let took = begun.elapsed();
    assert!(took < std::time::Duration::from_secs(90), "it took {took:?}");
    // Twelve leads: 3 reply, 1 asks to be removed, 2 bounce and 1 complains after their first mail; 2 are away, 2 are quiet and
    // get all three, as does 1 whose mailbox is full. Nobody answers a second time in one thread.
    let wanted = json!({
        "mails_sent": 22,
        "replies_that_stopped_the_sequence": 4,
        "out_of_office": 2,
        "hard_bounces": 2,
        "soft_bounces": 1,
        "complaints": 1,
        "opt_outs_proposed": 1,
        "sequences_finished": 5,
    });
    assert_eq!(figures(&summary), wanted, "{summary:#}");
    let suppressed: Vec<&str> = summary["suppressed"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for (address, reason) in [
        ("gone@bounces.example", "bounce"),
        ("nobody@bounces.example", "bounce"),
        ("carl.angry@complains.example", "complaint"),
    ] {
        assert!(suppressed.contains(&format!("{address} ({reason})").as_str()), "{address} in {suppressed:?}");
    }
    assert_eq!(suppressed.len(), 3);
    let why = summary["why"]["summary"].as_str().unwrap();
    assert!(why.contains("stopped") && why.contains("lead_replied"), "{why}");
    assert!(
        is_private(&rig.path("outrider-data/quickstart.key")) && is_private(&rig.path("outrider-data/outrider.db"))
    );

    // The same over the API of a server on that folder; and a person confirms the opt-out.
    let key = summary["key"].as_str().unwrap();
    let server = rig.serve(&[]);
    let numbers = server.data("/phone-numbers", key);
    assert_eq!((&numbers[0]["number"], &numbers[0]["sandbox"]), (&json!("+12025550100"), &json!(true)), "{numbers}");
    assert!(numbers[0]["outbound_agent_id"].is_string() && numbers[1].is_null(), "{numbers}");
    assert_eq!(server.data("/leads?limit=100", key).as_array().unwrap().len(), 12);
    assert_eq!(server.data("/stats", key)["total_emails"], 22);
    assert_eq!(server.data("/actions?state=delivered&limit=100", key).as_array().unwrap().len(), 22);
    let pending = server.data("/actions?state=pending_approval", key);
    let action = &pending.as_array().unwrap()[0];
    let approve = format!("/actions/{}/approve", action["id"].as_str().unwrap());
    let (status, body) = server.post(&approve, key, &json!({ "digest": action["digest"] }));
    assert_eq!(status, 200, "{body}");
    let lead = server.data(&format!("/leads/{}", action["lead_id"].as_str().unwrap()), key);
    assert_eq!(lead["email"], "olga.petrova@optout.example");
    let why = rig.ok(&["why", "olga.petrova@optout.example"]);
    assert!(why.contains("Nothing goes to this lead"), "{why}");
    server.stop();

    // Again on the same folder: it goes on, makes nothing twice and sends nothing more.
    let again = rig.json(&arguments);
    assert_eq!((&again["key"], &again["mails_sent"]), (&summary["key"], &json!(22)));
    let leads = rig.ok(&["import", "leads", "outrider-data/sample-leads.csv", "--json"]);
    assert!(leads.contains("\"duplicates\": 12"), "{leads}");
}

#[test]
fn the_timeline_is_told_as_it_happens_and_a_signal_ends_it() {
    use outrider_testkit::process::Process;
    let rig = Rig::sqlite();
    let mut process = Process::start(&mut rig.command(&["quickstart", "--listen", "127.0.0.1:0"])).unwrap();
    for wanted in [
        "12 leads begin the sequence hello",
        "mail sent: step intro",
        "out of office",
        "bounce",
        "sequence stopped: bounced",
    ] {
        process.wait_for_line(PATIENCE, |line| line.contains(wanted).then_some(())).unwrap();
    }
    let told = process.output().text();
    assert!(told.contains("curl -s -H 'Authorization: Bearer or_live_"), "{told}");
    let status = process.terminate(PATIENCE).unwrap();
    assert!(status.success(), "{status}: {}", process.output().text());
}

#[test]
fn a_folder_with_other_projects_is_left_alone() {
    let rig = Rig::sqlite();
    rig.ok(&["project", "create", "Acme"]);
    let refused = rig.run(&["quickstart", "--listen", "127.0.0.1:0", "--exit-when-done"]);
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("holds other projects (acme)"), "{}", refused.stderr);
    assert_eq!(rig.json(&["project", "list"])["items"].as_array().unwrap().len(), 1);
}
