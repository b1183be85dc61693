//! `list_events`: the event log forwards, from a number on.

use outrider_store::logs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EventView;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::operation::{Operation, Spec};

/// Reads the event log.
pub struct ListEvents;

/// Most events in one answer.
const MOST: i64 = 1_000;

/// From where.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only events with a higher number; 0 for all.
    #[schemars(range(min = 0))]
    after: i64,
    /// Events in the answer, 1 to 1000; 100 when absent.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<i64>,
}

/// A run of the log.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Events {
    /// In order, without a gap.
    pub events: Vec<EventView>,
    /// Give this as `after` next time; stays where it is while nothing happens.
    pub next_after: i64,
    /// Whether more are there already.
    pub has_more: bool,
}

impl Operation for ListEvents {
    const SPEC: Spec = Spec::get(
        "list_events",
        "events",
        "/events",
        "events:read",
        "Read the event log from a number on, oldest first.",
    )
    .describe("Numbers have no gap: whoever keeps next_after misses nothing and sees nothing twice.");
    type Input = Input;
    type Output = Events;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Events> {
        let limit = input.limit.unwrap_or(100);
        if !(1..=MOST).contains(&limit) {
            return Err(Error::invalid("limit", format!("limit is 1 to {MOST}.")));
        }
        if input.after < 0 {
            return Err(Error::invalid("after", "after is the number of an event, or 0."));
        }
        let rows = logs::events_after(cx.tx, cx.project, input.after, limit)?;
        let next_after = rows.last().map_or(input.after, |row| row.sequence);
        let has_more = logs::last_event(cx.tx, cx.project)? > next_after;
        Ok(Events { events: rows.into_iter().map(EventView::from).collect(), next_after, has_more })
    }
}
