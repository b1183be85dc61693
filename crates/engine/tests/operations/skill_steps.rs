//! Playbooks whose steps are skills: what they find decides what comes next and is what is written; it is paid for once, with its
//! output, or not at all.

use outrider_domain::time::DAY;
use outrider_engine::error::Error;
use outrider_store::credits::{self, Totals};
use serde_json::{Value, json};

use crate::playbooks::{agent, run};
use crate::support::{Caller, TestApp};
use crate::world::id_of;

const SCORED: &str = "## Steps\n\n### fit: skill\n- skill: lead_scoring\n\nThey are hiring ten salespeople.\n\n### letter: skill\n- when: steps.fit.score >= 20\n- skill: personalized_email\n\n### intro: email\n- when: has steps.letter.body\n- subject: {{ steps.letter.subject }}\n\n{{ steps.letter.body }}\n\n### poor: note\n- when: not steps.fit.score >= 20\n\nOnly {{ steps.fit.score }} points.\n";

/// A sender, and a lead with what skills need of it.
async fn lead(app: &TestApp, owner: &Caller, more: Value) -> String {
    app.call(owner, "create_identity", json!({ "email": "sales@sender.test", "name": "Ada", "gap": "0" }))
        .send()
        .await
        .ok();
    let mut lead = json!({ "first_name": "Jane", "last_name": "Doe", "email": "jane@acme.example", "company": "Acme", "role": "VP of Sales" });
    lead.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    id_of(&app.call(owner, "create_lead", lead).ok().await)
}

async fn start(app: &TestApp, owner: &Caller, agent: &str, lead: &str) -> String {
    id_of(&app.call(owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": [lead] })).ok().await)
}

/// Each decided step with where it stands.
fn stands(run: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let decisions = run["run_contacts"][0]["decisions"].as_array().unwrap();
    let stand = |one: &Value| match one["action"]["state"].as_str() {
        Some(state) => state.to_owned(),
        None => text(&one["status"]),
    };
    decisions.iter().map(|one| format!("{} {}", text(&one["step"]), stand(one))).collect()
}

fn decision<'a>(run: &'a Value, step: &str) -> &'a Value {
    run["run_contacts"][0]["decisions"].as_array().unwrap().iter().find(|one| one["step"] == step).unwrap()
}

async fn credits_left(app: &TestApp, owner: &Caller) -> (i64, i64) {
    let totals = app.store().read(|tx| Ok::<_, Error>(credits::totals(tx)?)).await.unwrap();
    assert_eq!(totals, Totals::default(), "credits are conserved");
    let shown = app.call(owner, "get_credits", json!({})).ok().await;
    (shown["credits_remaining"].as_i64().unwrap(), shown["held"].as_i64().unwrap())
}

#[tokio::test]
async fn what_a_skill_finds_decides_and_is_written() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    let lead = lead(&app, &owner, json!({})).await;
    let agent = agent(&app, &owner, "alone", json!({ "playbook_md": SCORED, "enabled": true })).await;
    let id = start(&app, &owner, &agent, &lead).await;
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    assert_eq!(stands(&ended), ["fit delivered", "letter delivered", "intro delivered", "poor skipped"], "{ended:#}");
    assert_eq!((ended["status"].as_str(), ended["playbook_version"].as_i64()), (Some("completed"), Some(1)));
    let (fit, letter) = (decision(&ended, "fit"), decision(&ended, "letter"));
    assert!(fit["output"]["score"].as_i64().is_some_and(|score| score >= 20), "{fit}");
    let facts = letter["facts"].to_string();
    assert!(facts.contains("steps.fit.score >= 20"), "the branch says what it went by: {facts}");
    let mails = app.mailer.mails();
    assert_eq!(mails.len(), 1);
    let body = letter["output"]["body"].as_str().unwrap();
    assert!(mails[0].text.starts_with(body), "{} is not {body}", mails[0].text);
    assert_eq!(mails[0].subject, letter["output"]["subject"].as_str().unwrap());
    assert_eq!(credits_left(&app, &owner).await, (90, 0), "two skills at five credits");
    // The work is among the project's tasks, about this lead.
    let tasks = app.call(&owner, "list_tasks", json!({})).ok().await;
    assert!(
        tasks.to_string().contains("ten salespeople") && tasks.to_string().contains("personalized_email"),
        "{tasks}"
    );
}

#[tokio::test]
async fn a_poor_score_takes_the_other_branch() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 5 })).ok().await;
    let lead = lead(&app, &owner, json!({})).await;
    let text = SCORED.replace(">= 20", ">= 99");
    let agent = agent(&app, &owner, "alone", json!({ "playbook_md": text, "enabled": true })).await;
    let id = start(&app, &owner, &agent, &lead).await;
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    assert_eq!(stands(&ended), ["fit delivered", "letter skipped", "intro skipped", "poor delivered"], "{ended:#}");
    let notes = app.call(&owner, "list_lead_notes", json!({ "lead_id": lead })).ok().await;
    let score = decision(&ended, "fit")["output"]["score"].to_string();
    assert_eq!(notes["items"][0]["text"], format!("Only {score} points."));
    assert_eq!((app.mailer.mails().len(), credits_left(&app, &owner).await), (0, (0, 0)));
}

#[tokio::test]
async fn a_skill_waits_for_credits_and_for_a_person_and_costs_nothing_until_then() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 4 })).ok().await;
    let lead = lead(&app, &owner, json!({})).await;
    let text = "## Steps\n\n### fit: skill\n- skill: lead_scoring\n\n### done: note\n\n{{ steps.fit.score }} points\n";
    let agent = agent(&app, &owner, "alone", json!({ "playbook_md": text, "enabled": true })).await;
    let id = start(&app, &owner, &agent, &lead).await;
    app.run_jobs().await;
    let held = run(&app, &owner, &id).await;
    assert_eq!(stands(&held), ["fit scheduled", "done planned"]);
    assert_eq!(decision(&held, "fit")["action"]["hold_gate"], "credits", "{held:#}");
    assert_eq!(credits_left(&app, &owner).await, (4, 0));
    app.call(&app.operator(), "grant_credits", json!({ "amount": 1 })).ok().await;
    app.run_jobs().await;
    assert_eq!(stands(&run(&app, &owner, &id).await), ["fit delivered", "done delivered"]);
    assert_eq!(credits_left(&app, &owner).await, (0, 0));

    app.call(&app.operator(), "grant_credits", json!({ "amount": 5 })).ok().await;
    app.call(&owner, "update_agent", json!({ "agent_id": agent, "autonomy": "ask" })).ok().await;
    let again = json!({ "agent_id": agent, "lead_ids": [lead], "again": true });
    let id = id_of(&app.call(&owner, "trigger_agent", again).ok().await);
    app.run_jobs().await;
    let asked = run(&app, &owner, &id).await;
    let action = &decision(&asked, "fit")["action"];
    assert_eq!((&action["state"], &action["cost"]), (&json!("pending_approval"), &json!(5)));
    assert_eq!(action["content"]["title"], "lead scoring for Jane Doe, 5 credits");
    app.call(&owner, "cancel_run", json!({ "run_id": id })).ok().await;
    app.run_jobs().await;
    assert_eq!(stands(&run(&app, &owner, &id).await), ["fit refused", "done cancelled"]);
    assert_eq!(credits_left(&app, &owner).await, (5, 0), "what was cancelled costs nothing");
}

#[tokio::test]
async fn a_run_cancelled_while_a_skill_works_takes_its_task_back() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 5 })).ok().await;
    let lead = lead(&app, &owner, json!({})).await;
    let text = "## Steps\n\n### fit: skill\n- skill: lead_scoring\n";
    let agent = agent(&app, &owner, "alone", json!({ "playbook_md": text, "enabled": true })).await;
    let id = start(&app, &owner, &agent, &lead).await;
    // Round by round, for nothing else shows it at work.
    for _ in 0..20 {
        let round = app.worker.claim(100).await.unwrap();
        app.worker.drive_runs(&round.runs).await.unwrap();
        if credits_left(&app, &owner).await == (0, 5) {
            break;
        }
    }
    let at_work = run(&app, &owner, &id).await;
    assert_eq!(decision(&at_work, "fit")["action"]["hold_reason"], "the skill is at work", "{at_work:#}");
    app.call(&owner, "cancel_run", json!({ "run_id": id })).ok().await;
    app.clock.advance(DAY);
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    assert_eq!((stands(&ended), &decision(&ended, "fit")["output"]), (vec!["fit refused".to_owned()], &Value::Null));
    assert_eq!(credits_left(&app, &owner).await, (5, 0));
    let tasks = app.call(&owner, "list_tasks", json!({})).ok().await;
    assert!(tasks.to_string().contains("\"cancelled\"") && !tasks.to_string().contains("\"completed\""), "{tasks}");
}

#[tokio::test]
async fn a_skill_that_lacks_something_is_passed_over_with_the_reason() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 50 })).ok().await;
    let lead = lead(&app, &owner, json!({ "company": null })).await;
    let agent = agent(&app, &owner, "alone", json!({ "playbook_md": SCORED, "enabled": true })).await;
    let id = start(&app, &owner, &agent, &lead).await;
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    assert_eq!(decision(&ended, "fit")["status"], "skipped", "{ended:#}");
    assert!(decision(&ended, "fit")["reason"].as_str().unwrap().contains("company"), "{ended:#}");
    assert_eq!(credits_left(&app, &owner).await, (50, 0));
}

#[tokio::test]
async fn skills_that_are_none_or_not_about_one_contact_are_refused() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    for (skill, code) in [("sing", "unsupported_task_type"), ("thought_leadership", "validation_error")] {
        let playbook = json!({ "playbook_md": format!("## Steps\n\n### a: skill\n- skill: {skill}\n") });
        let input = json!({ "name": "Scout", "type": "outbound", "playbook": playbook });
        app.call(&owner, "create_agent", input).refused(code, "playbook.structure.steps[0].skill").await;
    }
}

#[tokio::test]
async fn the_embedded_workflow_uses_skills_branches_waits_and_a_person() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    let lead =
        lead(&app, &owner, json!({ "linkedin_url": "https://linkedin.example/jane", "phone": "+14155550100" })).await;
    let agent = agent(&app, &owner, "alone", json!({ "template": "researched_outreach", "enabled": true })).await;
    let id = start(&app, &owner, &agent, &lead).await;
    app.run_jobs().await;
    let first = run(&app, &owner, &id).await;
    let early: Vec<String> = stands(&first).into_iter().take(6).collect();
    assert_eq!(
        early,
        [
            "brief delivered",
            "fit delivered",
            "noted delivered",
            "outstanding skipped",
            "letter delivered",
            "intro delivered"
        ],
        "{first:#}"
    );
    for _ in 0..12 {
        app.clock.advance(DAY);
        app.run_jobs().await;
    }
    let ended = run(&app, &owner, &id).await;
    assert_eq!(ended["status"], "completed", "{ended:#}");
    let later: Vec<String> = stands(&ended).split_off(6);
    assert_eq!(later, ["answered skipped", "reminder delivered", "profile delivered", "talk delivered"], "{ended:#}");
    assert_eq!((app.mailer.mails().len(), credits_left(&app, &owner).await), (2, (85, 0)));
}
