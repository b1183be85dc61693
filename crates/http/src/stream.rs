//! Live events as Server-Sent Events: the log from a number on, then what is added, in order and without a gap.
//!
//! Nothing is buffered beyond one batch: rows are read when the connection takes more, and a connection that takes
//! nothing is dropped by the server. The log itself is the queue, so a client comes back with `Last-Event-ID`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Response};
use futures_util::stream;
use outrider_domain::id::{ProjectId, UserId};
use outrider_engine::Error;
use outrider_engine::error::code;
use outrider_engine::events::EventView;
use outrider_engine::pipeline::Credential;
use outrider_engine::principal::Principal;
use outrider_engine::users::narrow;
use outrider_store::logs::{self, EventRow};
use outrider_store::{Topic, Wakeups};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use crate::meters::Gauge;
use crate::state::AppState;
use crate::surface::status::OVERLOADED;

/// The scope it needs.
pub(crate) const SCOPE: &str = "events:read";
/// Rows read at a time.
const BATCH: i64 = 200;
/// Shortest time between two looks at the log of a busy server, so that events are sent together.
const PAUSE: Duration = Duration::from_millis(25);

/// Opens a stream: after `after` or `Last-Event-ID` (which wins: a browser repeats its first URL), else from now on.
///
/// # Errors
/// The key's own errors; `insufficient_scope`; `validation_error` at `after`; `overloaded`.
pub(crate) async fn open(
    state: &AppState,
    headers: &HeaderMap,
    query: &str,
    credential: Credential,
) -> Result<Response<Body>, Error> {
    let principal = admit(state, &credential).await?;
    let after = match starting_point(headers, query)? {
        Some(after) => after,
        None => {
            let project = principal.project;
            state.pipeline.store().read(move |tx| logs::last_event(tx, project).map_err(Error::from)).await?
        }
    };
    let permit = std::sync::Arc::clone(&state.shared.streams).try_acquire_owned().map_err(|_| {
        Error::new(OVERLOADED, "Too many event streams are open. Try again later, or read GET /events.")
    })?;
    let feed = Feed {
        // Before the first look at the log, so that nothing is missed between that look and the first wait.
        wakeups: state.pipeline.store().subscribe(),
        closing: state.shared.closing.subscribe(),
        project: principal.project,
        user: principal.user,
        credential,
        after,
        waiting: VecDeque::new(),
        caught_up: false,
        next_heartbeat: Instant::now() + state.shared.limits.heartbeat,
        opened: false,
        _open: (permit, state.shared.meters.stream()),
        state: state.clone(),
    };
    let chunks =
        stream::unfold(
            feed,
            |mut feed| async move { feed.next().await.map(|chunk| (Ok::<_, Infallible>(chunk), feed)) },
        );
    let mut response = Response::new(Body::from_stream(chunks));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies in the manner of nginx would otherwise hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

async fn admit(state: &AppState, credential: &Credential) -> Result<Principal, Error> {
    let principal = state.pipeline.authenticate(credential.clone()).await?;
    if !principal.may(SCOPE) {
        return Err(Error::new(code::INSUFFICIENT_SCOPE, format!("The event stream needs the scope {SCOPE}.")));
    }
    Ok(principal)
}

fn starting_point(headers: &HeaderMap, query: &str) -> Result<Option<i64>, Error> {
    let mut after = None;
    for (name, values) in crate::surface::input::pairs(query)? {
        match (name.as_str(), values.as_slice()) {
            ("after", [text]) => after = Some(("after", text.clone())),
            ("after", _) => return Err(Error::invalid("after", "after is given more than once.")),
            _ => return Err(Error::invalid(name, "The event stream takes only the query parameter after.")),
        }
    }
    if let Some(value) = headers.get("last-event-id") {
        after = Some(("Last-Event-ID", value.to_str().unwrap_or("").to_owned()));
    }
    let Some((field, text)) = after else { return Ok(None) };
    match text.parse::<i64>() {
        Ok(number) if number >= 0 => Ok(Some(number)),
        _ => Err(Error::invalid(field, format!("{field} must be the number of an event, or 0 for all."))),
    }
}

/// One client's way through the log.
struct Feed {
    state: AppState,
    credential: Credential,
    project: ProjectId,
    /// The person behind the credential: a seller is told of their own leads alone.
    user: Option<UserId>,
    wakeups: Wakeups,
    closing: watch::Receiver<bool>,
    /// The last event that was read from the log.
    after: i64,
    waiting: VecDeque<EventRow>,
    /// Whether the last look found the end of the log.
    caught_up: bool,
    next_heartbeat: Instant,
    opened: bool,
    _open: (OwnedSemaphorePermit, Gauge),
}

impl Feed {
    /// The next bytes; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.opened {
            self.opened = true;
            // A comment at once, so that the client sees the stream is open before anything happens.
            return Some(Bytes::from_static(b"retry: 2000\n: open\n\n"));
        }
        loop {
            if *self.closing.borrow() {
                return None;
            }
            if !self.waiting.is_empty() {
                return Some(self.waiting.drain(..).map(frame).collect::<String>().into());
            }
            if Instant::now() >= self.next_heartbeat {
                self.next_heartbeat = Instant::now() + self.state.shared.limits.heartbeat;
                match admit(&self.state, &self.credential).await {
                    Ok(_) => return Some(Bytes::from_static(b": heartbeat\n\n")),
                    Err(error) => return self.end(&error),
                }
            }
            if self.caught_up {
                self.wait().await;
            }
            match self.read().await {
                Ok((rows, last, caught_up)) => {
                    self.caught_up = caught_up;
                    self.after = last.unwrap_or(self.after);
                    self.waiting = rows.into();
                }
                Err(error) => return self.end(&error),
            }
        }
    }

    /// Until the log may have grown, a look is due anyway, a heartbeat is due, or the server ends.
    async fn wait(&mut self) {
        let poll = Instant::now() + self.state.shared.limits.poll;
        let until = poll.min(self.next_heartbeat);
        let woken = async {
            while self.wakeups.recv().await != Topic::Events {}
            tokio::time::sleep(PAUSE).await;
        };
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep_until(until) => {}
            // The sender lives as long as the state that this feed holds.
            _ = self.closing.wait_for(|closing| *closing) => {}
        }
    }

    /// What the log has next for this client, the last number that was read, and whether that is its end.
    async fn read(&self) -> Result<(Vec<EventRow>, Option<i64>, bool), Error> {
        let (project, user, after) = (self.project, self.user, self.after);
        self.state
            .pipeline
            .store()
            .read(move |tx| {
                let mut rows = logs::events_after(tx, project, after, BATCH)?;
                let last = rows.last().map(|row| row.sequence);
                let caught_up = i64::try_from(rows.len()).is_ok_and(|count| count < BATCH);
                narrow::events(tx, project, user, &mut rows)?;
                Ok((rows, last, caught_up))
            })
            .await
    }

    /// Tells the client why nothing more comes; it may come back.
    fn end(&mut self, error: &Error) -> Option<Bytes> {
        tracing::info!(code = error.code.name, "an event stream ended");
        self.opened.then(|| {
            self.closing = watch::channel(true).1;
            let body = crate::native::error_body(error);
            Bytes::from(format!("event: error\ndata: {body}\n\n"))
        })
    }
}

/// One event as a frame (WHATWG HTML, section 9.2.6): its number is the id, so that a client can come back after it.
fn frame(row: EventRow) -> String {
    let event = EventView::from(row);
    // Compact JSON has no line breaks, so it is one line of data whatever the event holds.
    let data = serde_json::to_value(&event).unwrap_or(Value::Null);
    format!("id: {}\nevent: {}\ndata: {data}\n\n", event.number, event.kind)
}
