//! Rows looked up ahead of need: asked for without a statement, and never older than what the transaction has written.

use outrider_domain::id::{
    ActionId, AgentId, EnrollmentId, IdentityId, JobId, LeadId, SequenceId, SuppressionId, ThreadId,
};
use outrider_domain::time::Millis;
use outrider_store::actions::{self, Action};
use outrider_store::leads::{self, Lead};
use outrider_store::sequences::{self, Enrollment};
use outrider_store::suppressions::{self, Suppression};
use outrider_store::{Error, Tx, identities, jobs};

use crate::rig::Rig;
use crate::search::{PROJECT, lead};

const NOW: Millis = Millis(1_000);

fn action(id: i64) -> Action {
    Action {
        project_id: PROJECT,
        id: ActionId(id),
        kind: "send_email".to_owned(),
        channel: "email".to_owned(),
        cause: format!("cause {id}"),
        lead_id: LeadId(id),
        agent_id: None,
        identity_id: None,
        sequence_id: None,
        enrollment_id: None,
        step: None,
        variant: None,
        message_id: None,
        content: None,
        decision_id: None,
        state: "scheduled".to_owned(),
        reason: None,
        detail: None,
        hold_gate: None,
        hold_reason: None,
        digest: String::new(),
        problems: "[]".to_owned(),
        approval: "not_needed".to_owned(),
        approved_digest: None,
        approved_by: None,
        approved_at: None,
        expires_at: None,
        proposed_by: "engine".to_owned(),
        due_at: None,
        slot_day: None,
        attempts: 0,
        token: None,
        cost: 0,
        created_at: NOW,
        updated_at: NOW,
        finished_at: None,
    }
}

fn enrollment(id: i64) -> Enrollment {
    Enrollment {
        project_id: PROJECT,
        id: EnrollmentId(id),
        sequence_id: SequenceId(1),
        lead_id: LeadId(id),
        state: "active".to_owned(),
        step: Some("first".to_owned()),
        done_step: None,
        heard_at: None,
        due_at: Some(NOW),
        reason: None,
        identity_id: None,
        thread_id: None,
        action_id: None,
        via: None,
        created_at: NOW,
        updated_at: NOW,
        finished_at: None,
    }
}

fn suppression(id: i64, kind: &str, value: &str) -> Suppression {
    Suppression {
        project_id: PROJECT,
        id: SuppressionId(id),
        kind: kind.to_owned(),
        value: value.to_owned(),
        reason: "manual".to_owned(),
        detail: None,
        lead_id: None,
        created_by: "operator".to_owned(),
        created_at: NOW,
    }
}

/// What a step gives, and how many statements it took.
fn counted<T>(tx: &mut Tx<'_>, step: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>) -> Result<(T, u64), Error> {
    let before = tx.statements();
    let given = step(tx)?;
    Ok((given, tx.statements() - before))
}

fn without_statement<T>(tx: &mut Tx<'_>, step: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let (given, statements) = counted(tx, step)?;
    assert_eq!(statements, 0, "it was looked up before");
    Ok(given)
}

#[tokio::test]
async fn rows_looked_up_together_need_no_statement_each_until_they_are_written() {
    for rig in Rig::all().await {
        let name = rig.name;
        rig.store
            .write(move |tx| {
                leads::insert_new(tx, (1..=4).map(lead).collect())?;
                let get = |id: i64| move |tx: &mut Tx<'_>| leads::get(tx, PROJECT, LeadId(id));
                assert_eq!(counted(tx, get(1))?.1, 1, "{name}: nothing is kept unasked");
                assert_eq!(leads::look_up(tx, PROJECT, &[LeadId(1), LeadId(2), LeadId(99)])?.len(), 2, "{name}");
                assert_eq!(without_statement(tx, get(1))?, lead(1), "{name}");
                let gone = without_statement(tx, |tx| Ok(leads::get(tx, PROJECT, LeadId(99))))?;
                assert_eq!(gone, Err(Error::NotFound), "{name}");
                assert_eq!(counted(tx, |tx| leads::lock(tx, PROJECT, LeadId(2)))?.1, 1, "{name}: it is not held yet");
                without_statement(tx, |tx| leads::lock(tx, PROJECT, LeadId(2)))?;

                leads::touch(tx, PROJECT, LeadId(1), NOW, true)?;
                assert_eq!(get(1)(tx)?.last_activity_at, Some(NOW), "{name}");
                without_statement(tx, get(2))?;
                leads::assign(tx, PROJECT, AgentId(7), &[LeadId(2)], NOW)?;
                assert_eq!(get(2)(tx)?.agent_id, Some(AgentId(7)), "{name}: a statement for many rows");
                let renamed = Lead { name: "Renamed".to_owned(), ..get(2)(tx)? };
                leads::update(tx, &lead(2), renamed)?;
                assert_eq!(get(2)(tx)?.name, "Renamed", "{name}");
                leads::delete(tx, PROJECT, LeadId(2))?;
                assert_eq!(get(2)(tx), Err(Error::NotFound), "{name}");
                Ok::<_, Error>(())
            })
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[tokio::test]
async fn a_row_that_was_just_made_is_known() {
    for rig in Rig::all().await {
        let name = rig.name;
        rig.store
            .write(move |tx| {
                action(1).insert(tx)?;
                assert_eq!(actions::look_up_held(tx, PROJECT, &[ActionId(1), ActionId(2)])?, [action(1)], "{name}");
                action(2).insert(tx)?;
                assert_eq!(without_statement(tx, |tx| actions::lock(tx, PROJECT, ActionId(2)))?, action(2), "{name}");
                let sending = Action { state: "sending".to_owned(), attempts: 1, ..action(2) };
                actions::advance(tx, &sending)?;
                assert_eq!(actions::lock(tx, PROJECT, ActionId(2))?, sending, "{name}");
                without_statement(tx, |tx| actions::lock(tx, PROJECT, ActionId(1)))?;
                let edited = Action { digest: "another".to_owned(), ..action(1) };
                edited.clone().save(tx)?;
                assert_eq!(actions::get(tx, PROJECT, ActionId(1))?, edited, "{name}");
                Ok::<_, Error>(())
            })
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[tokio::test]
async fn the_ledger_and_days_looked_up_follow_what_is_written() {
    for rig in Rig::all().await {
        let name = rig.name;
        rig.store
            .write(move |tx| {
                let (a, b) = ("a@x.example", "b@x.example");
                actions::hand(tx, &action(1), a, NOW)?;
                actions::look_up_ledger(tx, PROJECT, "email", vec![a.to_owned(), b.to_owned()])?;
                let entry = |address: &'static str, cause: &'static str| {
                    move |tx: &mut Tx<'_>| actions::ledger_entry(tx, PROJECT, "email", address, cause)
                };
                assert_eq!(without_statement(tx, entry(a, "cause 1"))?.unwrap().state, "handed", "{name}");
                assert_eq!(without_statement(tx, entry(a, "cause 2"))?, None, "{name}: another cause");
                assert_eq!(without_statement(tx, entry(b, "cause 1"))?, None, "{name}: another address");
                assert!(actions::hand(tx, &action(2), b, NOW)?, "{name}");
                assert_eq!(entry(b, "cause 2")(tx)?.unwrap().action, ActionId(2), "{name}");
                actions::settle(tx, &action(1), a, "delivered", NOW)?;
                assert_eq!(entry(a, "cause 1")(tx)?.unwrap().state, "delivered", "{name}");

                let day = |tx: &mut Tx<'_>| identities::day(tx, PROJECT, IdentityId(5), 20_000);
                assert_eq!(day(tx)?, identities::Day::default(), "{name}");
                identities::add_to_day(tx, PROJECT, IdentityId(5), 20_000, 3, 1)?;
                identities::add_to_day(tx, PROJECT, IdentityId(5), 20_000, -1, 1)?;
                let kept = without_statement(tx, day)?;
                assert_eq!(kept, identities::Day { reserved: 2, sent: 2 }, "{name}");
                Ok::<_, Error>(())
            })
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = rig.store.read(|tx| identities::day(tx, PROJECT, IdentityId(5), 20_000)).await;
        assert_eq!(written, Ok(identities::Day { reserved: 2, sent: 2 }), "{name}: what was kept is what is there");
    }
}

#[tokio::test]
async fn a_new_action_is_written_once_with_what_became_of_it() {
    for rig in Rig::all().await {
        let name = rig.name;
        let sending = |id| Action {
            state: "sending".to_owned(),
            attempts: 1,
            token: Some(7),
            identity_id: Some(IdentityId(5)),
            updated_at: Millis(2_000),
            ..action(id)
        };
        rig.store
            .write(move |tx| {
                assert_eq!(
                    counted(tx, |tx| actions::insert_new(tx, action(9)))?.1,
                    1,
                    "{name}: nothing is looked ahead at"
                );
                actions::look_up_held(tx, PROJECT, &[ActionId(9)])?;
                for id in 1..=2 {
                    without_statement(tx, |tx| actions::insert_new(tx, action(id)))?;
                    without_statement(tx, |tx| actions::advance(tx, &sending(id)))?;
                    assert_eq!(
                        without_statement(tx, |tx| actions::lock(tx, PROJECT, ActionId(id)))?,
                        sending(id),
                        "{name}"
                    );
                }
                let (found, statements) = counted(tx, |tx| actions::of_lead(tx, PROJECT, LeadId(2), 10))?;
                assert_eq!((found, statements), (vec![sending(2)], 2), "{name}: who asks for them sees them");
                assert_eq!(counted(tx, |tx| actions::advance(tx, &action(1)))?.1, 1, "{name}: it is written");
                assert_eq!(without_statement(tx, |tx| actions::get(tx, PROJECT, ActionId(1)))?, action(1), "{name}");
                actions::insert_new(tx, action(3))?;
                actions::advance(tx, &sending(3))
            })
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        for (id, expected) in [(1, action(1)), (2, sending(2)), (3, sending(3))] {
            let written = rig.store.read(move |tx| actions::get(tx, PROJECT, ActionId(id))).await;
            assert_eq!(written, Ok(expected), "{name}: the end writes what has waited");
        }
    }
}

#[tokio::test]
async fn a_cause_that_is_taken_undoes_the_whole_transaction_at_its_end() {
    for rig in Rig::all().await {
        let name = rig.name;
        rig.store.write(|tx| actions::insert_new(tx, action(1))).await.unwrap();
        let twice = rig.store.write(|tx| {
            actions::look_up_held(tx, PROJECT, &[])?;
            leads::insert_new(tx, vec![lead(1)])?;
            actions::insert_new(tx, Action { id: ActionId(2), ..action(1) })
        });
        assert!(matches!(twice.await, Err(Error::Conflict { .. })), "{name}");
        let left = rig.store.read(|tx| Ok::<_, Error>(leads::get(tx, PROJECT, LeadId(1)))).await.unwrap();
        assert_eq!(left, Err(Error::NotFound), "{name}: nothing of it stays");
    }
}

#[tokio::test]
async fn causes_looked_up_together_are_those_found_one_by_one() {
    for rig in Rig::all().await {
        let name = rig.name;
        rig.store
            .write(move |tx| {
                actions::insert_new(tx, action(1))?;
                actions::look_up_causes(tx, PROJECT, &[LeadId(1), LeadId(2)])?;
                let exists = |id: i64, channel: &'static str, cause: &'static str| {
                    move |tx: &mut Tx<'_>| actions::exists(tx, PROJECT, LeadId(id), channel, cause)
                };
                assert!(without_statement(tx, exists(1, "email", "cause 1"))?, "{name}");
                assert!(!without_statement(tx, exists(1, "call", "cause 1"))?, "{name}: another channel");
                assert!(!without_statement(tx, exists(1, "email", "cause 2"))?, "{name}: another cause");
                assert!(!without_statement(tx, exists(2, "email", "cause 2"))?, "{name}: another lead");
                actions::insert_new(tx, action(2))?;
                assert!(exists(2, "email", "cause 2")(tx)?, "{name}: what is opened meanwhile counts");
                Ok::<_, Error>(())
            })
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[tokio::test]
async fn what_many_add_to_a_day_is_written_once() {
    for rig in Rig::all().await {
        let name = rig.name;
        let add = |reserved, sent| {
            move |tx: &mut Tx<'_>| identities::add_to_day(tx, PROJECT, IdentityId(5), 20_000, reserved, sent)
        };
        rig.store
            .write(move |tx| {
                leads::look_up(tx, PROJECT, &[])?;
                for _ in 0..10 {
                    without_statement(tx, add(1, 0))?;
                    without_statement(tx, add(-1, 1))?;
                }
                let (day, statements) = counted(tx, |tx| identities::day(tx, PROJECT, IdentityId(5), 20_000))?;
                assert_eq!((day, statements), (identities::Day { reserved: 0, sent: 10 }, 2), "{name}");
                without_statement(tx, add(1, 0))
            })
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = rig.store.read(|tx| identities::day(tx, PROJECT, IdentityId(5), 20_000)).await;
        assert_eq!(written, Ok(identities::Day { reserved: 1, sent: 10 }), "{name}");
    }
}

#[tokio::test]
async fn what_is_known_of_a_row_follows_its_updates() {
    for rig in Rig::all().await {
        let name = rig.name;
        let moved = Enrollment {
            state: "paused".to_owned(),
            step: Some("second".to_owned()),
            done_step: Some("first".to_owned()),
            heard_at: Some(Millis(3)),
            due_at: None,
            reason: Some("a person".to_owned()),
            identity_id: Some(IdentityId(5)),
            thread_id: Some(ThreadId(6)),
            action_id: Some(ActionId(7)),
            updated_at: Millis(4),
            finished_at: Some(Millis(5)),
            ..enrollment(1)
        };
        let ended = Action {
            state: "delivered".to_owned(),
            reason: Some("accepted".to_owned()),
            detail: Some("250".to_owned()),
            hold_gate: Some("cap".to_owned()),
            hold_reason: Some("full".to_owned()),
            due_at: Some(Millis(6)),
            slot_day: Some(7),
            attempts: 8,
            token: Some(9),
            identity_id: Some(IdentityId(10)),
            updated_at: Millis(11),
            finished_at: Some(Millis(12)),
            ..action(1)
        };
        let (known_moved, known_ended) = (moved.clone(), ended.clone());
        rig.store
            .write(move |tx| {
                enrollment(1).insert(tx)?;
                action(1).insert(tx)?;
                sequences::look_up_enrollments_held(tx, PROJECT, &[EnrollmentId(1)])?;
                actions::look_up_held(tx, PROJECT, &[ActionId(1)])?;
                assert_eq!(counted(tx, |tx| sequences::advance(tx, &known_moved))?.1, 1, "{name}");
                assert_eq!(counted(tx, |tx| actions::advance(tx, &known_ended))?.1, 1, "{name}");
                let known = without_statement(tx, |tx| sequences::lock_enrollment(tx, PROJECT, EnrollmentId(1)))?;
                assert_eq!(known, known_moved, "{name}");
                assert_eq!(without_statement(tx, |tx| actions::lock(tx, PROJECT, ActionId(1)))?, known_ended, "{name}");
                Ok::<_, Error>(())
            })
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = rig.store.read(|tx| sequences::get_enrollment(tx, PROJECT, EnrollmentId(1))).await;
        assert_eq!(written, Ok(moved), "{name}: what was kept is what is there");
        assert_eq!(rig.store.read(|tx| actions::get(tx, PROJECT, ActionId(1))).await, Ok(ended), "{name}");
    }
}

#[tokio::test]
async fn a_claimed_job_is_handed_on_under_its_claim() {
    for rig in Rig::all().await {
        let name = rig.name;
        rig.store
            .write(move |tx| {
                jobs::put(tx, PROJECT, JobId(1), "enrollment", 10, NOW, NOW)?;
                let claimed = jobs::claim(tx, NOW, Millis(9_000), 10)?.remove(0);
                let lost = jobs::hand_on(tx, jobs::Job { token: 99, ..claimed.clone() }, "action", 20, NOW)?;
                assert_eq!(lost, None, "{name}: the claim is another's");
                let handed = jobs::hand_on(tx, claimed.clone(), "action", 20, NOW)?.unwrap();
                assert_eq!(jobs::find(tx, PROJECT, "action", 20)?, Some(handed.clone()), "{name}");
                assert_eq!((handed.token, handed.due_at), (claimed.token, Some(Millis(9_000))), "{name}");
                assert_eq!(jobs::find(tx, PROJECT, "enrollment", 10)?, None, "{name}");
                Ok::<_, Error>(())
            })
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[tokio::test]
async fn suppressions_looked_up_together_are_those_found_one_by_one() {
    for rig in Rig::all().await {
        let name = rig.name;
        rig.store
            .write(move |tx| {
                let values = [
                    (1, "email", "a@x.example"),
                    (2, "domain", "mail.y.example"),
                    (3, "domain", "y.example"),
                    (4, "phone", "+491"),
                ];
                for (id, kind, value) in values {
                    suppressions::add(tx, suppression(id, kind, value))?;
                }
                let contact = |email: &str, phone: Option<&str>| (Some(email.to_owned()), phone.map(ToOwned::to_owned));
                let people = [
                    (contact("a@x.example", None), vec![1]),
                    (contact("b@x.example", Some("+491")), vec![4]),
                    (contact("c@mail.y.example", None), vec![2, 3]),
                    (contact("d@deep.mail.y.example", None), vec![2, 3]),
                    (contact("e@y.example", None), vec![3]),
                    (contact("f@notmail.y.example.org", None), vec![]),
                    (contact("g@my.example", Some("+492")), vec![]),
                    ((None, Some("+491".to_owned())), vec![4]),
                    ((None, None), vec![]),
                ];
                let found = |tx: &mut Tx<'_>, (email, phone): &suppressions::Contact| {
                    let found = suppressions::matching(tx, PROJECT, email.as_deref(), phone.as_deref())?;
                    Ok::<_, Error>(found.iter().map(|row| row.id.0).collect::<Vec<_>>())
                };
                for (contact, expected) in &people {
                    assert_eq!(found(tx, contact)?, *expected, "{name}: {contact:?} alone");
                }
                let contacts: Vec<_> = people.iter().map(|(contact, _)| contact.clone()).collect();
                suppressions::look_up(tx, PROJECT, &contacts)?;
                for (contact, expected) in &people {
                    assert_eq!(without_statement(tx, |tx| found(tx, contact))?, *expected, "{name}: {contact:?}");
                }
                suppressions::add(tx, suppression(5, "domain", "my.example"))?;
                assert_eq!(found(tx, &contacts[6])?, [5], "{name}: what is recorded meanwhile holds");
                Ok::<_, Error>(())
            })
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
