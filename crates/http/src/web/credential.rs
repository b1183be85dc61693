//! What the pages of API keys and of personal tokens share: the secret that is shown once, a row of the list with its way to
//! revoke it, and the choice of a lifetime. Knows no page's address but by its [`Credential`].

use outrider_domain::time::{DAY, Millis};
use outrider_engine::Error;
use serde_json::Value;

use super::form::{Form, hidden};
use super::visit::Person;
use crate::pages::escape;

/// Lifetimes to choose from, in days; 0 is no end.
const LIFETIMES: &[(i64, &str)] = &[(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "A year"), (0, "No end")];
/// The lifetime chosen when nothing is, in days.
const USUAL: i64 = 90;

/// What a page is about.
pub(super) struct Credential {
    /// Where the page is.
    pub path: &'static str,
    /// What one is called.
    pub noun: &'static str,
}

impl Credential {
    /// The secret of one just made, and what else is to be known with it, as HTML.
    pub(super) fn made(&self, made: &Value, more: &str) -> String {
        format!(
            "<div class=\"done\" role=\"status\">\n<h2>Your new {}</h2>\n<p><code class=\"secret\" id=\"secret\">{}</code></p>\n\
             <p>Copy it now: it is shown this once.</p>\n{more}</div>\n",
            self.noun,
            escape(made["secret"].as_str().unwrap_or_default())
        )
    }

    /// A row of the list; `middle` are the cells between its name and its scopes.
    pub(super) fn row(&self, person: &Person, item: &Value, middle: &str) -> String {
        let text = |name: &str| escape(item[name].as_str().unwrap_or_default());
        let day = |name: &str| item[name].as_str().map_or("never", |time| time.get(..10).unwrap_or(time)).to_owned();
        let scopes: Vec<&str> = item["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let name = if text("name").is_empty() { "no name".to_owned() } else { text("name") };
        let last = match item["revoked_at"].as_str() {
            Some(_) => format!("revoked {}", day("revoked_at")),
            None => format!(
                "<form method=\"post\" action=\"{}/revoke\">{}<input type=\"hidden\" name=\"key_id\" value=\"{}\">\
                 <button class=\"second\" aria-label=\"Revoke {name} {}\">Revoke</button></form>",
                self.path,
                hidden(&person.form_token),
                text("id"),
                text("hint"),
            ),
        };
        format!(
            "<tr><th scope=\"row\">{name}<br><code>{}…</code></th>{middle}<td>{}</td><td>{}</td><td>{}</td><td>{last}</td></tr>\n",
            text("hint"),
            escape(&scopes.join(" ")),
            day("created_at"),
            day("expires_at"),
        )
    }

    /// The end that was chosen; none for no end.
    ///
    /// # Errors
    /// `validation_error` at `days`.
    pub(super) fn end(&self, form: &Form, now: Millis) -> Result<Option<Millis>, Error> {
        let days: i64 = form.text("days").parse().unwrap_or(-1);
        if !LIFETIMES.iter().any(|(known, _)| *known == days) {
            return Err(Error::invalid("days", format!("Choose how long the {} works.", self.noun)));
        }
        Ok((days > 0).then(|| now.plus(days * DAY)))
    }
}

/// The choice of a lifetime, with what was chosen before.
pub(super) fn lifetimes(before: &str) -> String {
    let chosen: i64 = before.parse().unwrap_or(USUAL);
    let options: String =
        LIFETIMES.iter().map(|(days, words)| option(&days.to_string(), words, *days == chosen)).collect();
    format!("<label for=\"days\">How long it works</label>\n<select id=\"days\" name=\"days\">\n{options}</select>\n")
}

/// One choice of a list.
pub(super) fn option(value: &str, words: &str, chosen: bool) -> String {
    let selected = if chosen { " selected" } else { "" };
    format!("<option value=\"{value}\"{selected}>{words}</option>\n")
}
