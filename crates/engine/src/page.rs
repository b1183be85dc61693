//! Lists by cursor: opaque, signed, bound to the list and project that made them. Reads no rows itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use outrider_domain::id::ProjectId;
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::Sha256;

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::operation::Page;

/// Rows on a page when the caller doesn't say.
pub const DEFAULT_LIMIT: i64 = 50;
/// Most rows on a page.
pub const MAX_LIMIT: i64 = 100;
/// Bytes of a cursor's signature.
const SIGNATURE: usize = 8;

/// The two paging fields; flatten them into a list's input.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageInput {
    /// Rows on a page, 1 to 100.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// A page asked for, checked.
#[derive(Debug)]
pub struct Request {
    /// Rows wanted.
    pub limit: i64,
    /// Only rows whose key is below this.
    pub before: i64,
    list: &'static str,
    project: ProjectId,
}

impl PageInput {
    /// Checks limit and cursor for a list.
    ///
    /// # Errors
    /// `validation_error` at `limit`, `invalid_cursor` at `cursor`.
    pub fn open(&self, cx: &Context<'_, '_>, list: &'static str) -> Result<Request> {
        open(cx, list, self.limit, self.cursor.as_deref())
    }
}

/// [`PageInput::open`] for inputs that spell the fields out.
///
/// # Errors
/// `validation_error` at `limit`, `invalid_cursor` at `cursor`.
pub fn open(cx: &Context<'_, '_>, list: &'static str, limit: Option<i64>, cursor: Option<&str>) -> Result<Request> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Error::invalid("limit", format!("limit is 1 to {MAX_LIMIT}.")));
    }
    let before = match cursor.filter(|text| !text.is_empty()) {
        None => i64::MAX,
        Some(text) => decode(cx, list, text).ok_or_else(|| {
            Error::new(code::INVALID_CURSOR, "This cursor was not made by this list. Start without one.").at("cursor")
        })?,
    };
    Ok(Request { limit, before, list, project: cx.project })
}

impl Request {
    /// Rows to fetch: one more than wanted, to know whether there are more.
    #[must_use]
    pub const fn fetch(&self) -> i64 {
        self.limit + 1
    }
}

/// Makes the page from the rows fetched; `key` is what the list is ordered by, falling.
pub fn close<R, T>(
    cx: &Context<'_, '_>,
    request: &Request,
    mut rows: Vec<R>,
    key: impl Fn(&R) -> i64,
    view: impl FnMut(R) -> T,
) -> Page<T> {
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor =
        if more { rows.last().map(|row| encode(cx, request.list, request.project, key(row))) } else { None };
    Page { items: rows.into_iter().map(view).collect(), next_cursor }
}

fn sign(cx: &Context<'_, '_>, list: &str, project: ProjectId, key: i64) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&cx.core.secret).unwrap_or_else(|_| unreachable_key());
    mac.update(b"cursor");
    mac.update(list.as_bytes());
    mac.update(&project.0.to_be_bytes());
    mac.update(&key.to_be_bytes());
    mac.finalize().into_bytes()[..SIGNATURE].to_vec()
}

/// HMAC takes keys of any length; an empty one stands for the branch that can't happen.
fn unreachable_key() -> Hmac<Sha256> {
    <Hmac<Sha256> as KeyInit>::new(&Default::default())
}

fn encode(cx: &Context<'_, '_>, list: &str, project: ProjectId, key: i64) -> String {
    let mut bytes = key.to_be_bytes().to_vec();
    bytes.extend(sign(cx, list, project, key));
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(cx: &Context<'_, '_>, list: &str, text: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (key, signature) = bytes.split_first_chunk::<8>()?;
    let key = i64::from_be_bytes(*key);
    (sign(cx, list, cx.project, key) == signature).then_some(key)
}
