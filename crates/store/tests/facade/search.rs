//! Search finds what looking at every lead finds, on each database, after leads were changed and removed.

use outrider_domain::id::{LeadId, ProjectId};
use outrider_domain::time::Millis;
use outrider_store::leads::{self, Filter, Lead};
use outrider_store::{Error, Store};

use crate::rig::Rig;

pub(crate) const PROJECT: ProjectId = ProjectId(1);
const LEADS: i64 = 1_500;
const FIRST: [&str; 8] = ["Anna", "Jo", "Johanna", "Zoë", "Al", "Maximilian", "Li", "Banana"];
const LAST: [&str; 6] = ["Adler", "O'Neill", "Quinn", "von Thun", "Nanani", "X"];

pub(crate) fn lead(id: i64) -> Lead {
    let place = |count: usize, step: i64| usize::try_from(id / step).unwrap() % count;
    let (first, last) = (FIRST[place(FIRST.len(), 1)], LAST[place(LAST.len(), 3)]);
    Lead {
        project_id: PROJECT,
        id: LeadId(id),
        name: format!("{first} {last}"),
        first_name: None,
        last_name: None,
        email: (id % 7 != 0)
            .then(|| format!("{}{id}@site-{}.example", first.to_lowercase().replace('ë', "e"), id / 25)),
        phone: (id % 5 != 0).then(|| format!("+4930{:07}", id * 7_919 % 10_000_000)),
        company: None,
        company_id: None,
        role: None,
        stage: "new".to_owned(),
        time_zone: None,
        country: None,
        language: None,
        linkedin_url: None,
        agent_id: None,
        owner_id: None,
        custom_fields: "{}".to_owned(),
        meeting_booked: id % 2 == 0,
        converted: false,
        outreach_disabled: false,
        replied_at: None,
        last_activity_at: None,
        soft_bounces: 0,
        source: "test".to_owned(),
        created_at: Millis(0),
        updated_at: Millis(0),
    }
}

/// What a person would say the query finds, newest first.
fn looked_for<'a>(all: &'a [Lead], query: &str) -> impl Iterator<Item = &'a Lead> {
    let words: Vec<String> = query.to_lowercase().split_whitespace().map(ToOwned::to_owned).collect();
    all.iter().rev().filter(move |lead| {
        let parts = [Some(lead.name.clone()), lead.email.clone(), lead.phone.clone()]
            .map(|part| part.unwrap_or_default().to_lowercase());
        let whole = parts.join(" ");
        words.iter().all(|word| match word.chars().count() {
            1 | 2 => whole.split(' ').any(|other| other.starts_with(word.as_str())),
            _ => whole.contains(word.as_str()),
        })
    })
}

async fn search(store: &Store, filter: Filter, before: i64, limit: i64) -> Vec<i64> {
    store
        .read(move |tx| leads::list(tx, PROJECT, &filter, before, limit))
        .await
        .unwrap_or_else(|error: Error| panic!("{error}"))
        .iter()
        .map(|lead| lead.id.0)
        .collect()
}

/// Fills the table, then changes every tenth lead and removes every eleventh; gives what is left.
async fn fill(store: &Store) -> Vec<Lead> {
    let mut all: Vec<Lead> = (1..=LEADS).map(lead).collect();
    let rows = all.clone();
    let inserted = store
        .write(move |tx| leads::insert_new(tx, rows.clone()))
        .await
        .unwrap_or_else(|error: Error| panic!("{error}"));
    assert_eq!(inserted.len(), all.len());
    for lead in all.iter_mut().filter(|lead| lead.id.0 % 10 == 0) {
        let before = lead.clone();
        lead.name = format!("Renamed {}", lead.name);
        lead.phone = None;
        let after = lead.clone();
        store
            .write(move |tx| leads::update(tx, &before, after.clone()))
            .await
            .unwrap_or_else(|error: Error| panic!("{error}"));
    }
    for lead in all.extract_if(.., |lead| lead.id.0 % 11 == 0) {
        let removed = store.write(move |tx| leads::delete(tx, PROJECT, lead.id)).await;
        assert!(removed.unwrap_or_else(|error: Error| panic!("{error}")));
    }
    all
}

const QUERIES: [&str; 26] = [
    "anna",
    "ANNA",
    "nan",
    "nanana",
    "ananas",
    "jo",
    "j",
    "x",
    "al",
    "li x",
    "jo o'neill",
    "o'neill jo",
    "von thun",
    "zoë",
    "zo",
    "renamed",
    "renamed jo",
    "anna1@site-0.example",
    "@site-12.example",
    "+4930",
    "7919",
    "919",
    "quinn site-3",
    "%an",
    "a_na",
    "nobody at all",
];

#[tokio::test(flavor = "multi_thread")]
async fn search_finds_what_looking_at_every_lead_finds() {
    for rig in Rig::all().await {
        let all = fill(&rig.store).await;
        for query in QUERIES {
            let wanted: Vec<i64> = looked_for(&all, query).map(|lead| lead.id.0).collect();
            let filter = Filter { query: Some(query.to_owned()), ..Filter::default() };
            assert_eq!(search(&rig.store, filter.clone(), i64::MAX, LEADS).await, wanted, "{}: {query}", rig.name);
            let mut paged = Vec::new();
            loop {
                let page = search(&rig.store, filter.clone(), paged.last().copied().unwrap_or(i64::MAX), 7).await;
                paged.extend(&page);
                if page.len() < 7 {
                    break;
                }
            }
            assert_eq!(paged, wanted, "{}: {query}, page by page", rig.name);
            let met: Vec<i64> =
                looked_for(&all, query).filter(|lead| lead.meeting_booked).map(|lead| lead.id.0).collect();
            let filter = Filter { has_meeting: Some(true), ..filter };
            assert_eq!(search(&rig.store, filter, i64::MAX, LEADS).await, met, "{}: {query} with a meeting", rig.name);
        }
    }
}
