//! How the queue of approvals looks: each action with its reason, its facts and its content in fields that can be changed. Decides
//! nothing.

use serde_json::Value;

use super::{PATH, Place};
use crate::pages::escape;
use crate::web::form::{Form, hidden};

/// The form that decides many: the checkboxes stand outside of it, beside what they choose.
const MANY: &str = "many";
/// Fewest and most lines of a text's field.
const LINES: (usize, usize) = (3, 20);

/// What a page of the queue is drawn with.
pub(super) struct Queue<'a> {
    /// What binds its forms to the session.
    pub(super) form_token: &'a str,
    /// What part of the queue it is.
    pub(super) place: &'a Place,
    /// Where the next page begins.
    pub(super) next: Option<&'a str>,
    /// A form that was refused, whose texts stay.
    pub(super) kept: Option<&'a Form>,
    /// Whether the person may decide, or only look.
    pub(super) may_decide: bool,
}

impl Queue<'_> {
    /// The queue.
    pub(super) fn html(&self, waiting: &[Value]) -> String {
        let all = match self.place.agent.as_str() {
            "" => String::new(),
            _ => format!("<p>Of one agent. <a href=\"{PATH}\">Those of all agents</a></p>\n"),
        };
        if waiting.is_empty() {
            let start = match self.place.cursor.as_str() {
                "" => String::new(),
                _ => format!("<p><a href=\"{}\">The newest</a></p>\n", address(&self.place.agent, "")),
            };
            return format!("{all}<p>Nothing waits for you.</p>\n{start}");
        }
        let articles: String =
            waiting.iter().enumerate().map(|(number, action)| self.article(number, action)).collect();
        let next = self.next.map_or_else(String::new, |cursor| {
            format!("<p><a href=\"{}\">What was proposed before</a></p>\n", address(&self.place.agent, cursor))
        });
        let together = if self.may_decide { self.together(waiting) } else { String::new() };
        format!("{all}{articles}{next}{together}")
    }

    /// The form that decides several.
    fn together(&self, waiting: &[Value]) -> String {
        let shown: String = waiting
            .iter()
            .map(|action| format!("<input type=\"hidden\" name=\"shown\" value=\"{}\">\n", as_shown(action)))
            .collect();
        format!(
            "<h2>Decide several</h2>\n<form method=\"post\" action=\"{PATH}\" id=\"{MANY}\">\n{}{shown}\
             <label for=\"many-reason\">Reason, when you reject</label>\n\
             <input id=\"many-reason\" name=\"reason\" type=\"text\" maxlength=\"2000\">\n\
             <div class=\"buttons\"><button name=\"decision\" value=\"approve\">Approve the chosen</button>\n\
             <button name=\"decision\" value=\"reject\" class=\"second\">Reject the chosen</button>\n\
             <button name=\"decision\" value=\"approve_all\" class=\"second\">Approve all {} shown, as they were proposed</button></div>\n\
             </form>\n",
            self.hidden(),
            waiting.len(),
        )
    }

    /// What every form carries.
    fn hidden(&self) -> String {
        format!(
            "{}\n<input type=\"hidden\" name=\"agent_id\" value=\"{}\">\n<input type=\"hidden\" name=\"cursor\" value=\"{}\">\n",
            hidden(self.form_token),
            escape(&self.place.agent),
            escape(&self.place.cursor),
        )
    }

    fn article(&self, number: usize, action: &Value) -> String {
        let name = action["lead_name"].as_str().map_or_else(|| "a deleted lead".to_owned(), escape);
        let company =
            action["lead_company"].as_str().map_or_else(String::new, |company| format!(", {}", escape(company)));
        let title = format!("{} {name}{company}", does(action["kind"].as_str().unwrap_or_default()));
        let choose = match self.may_decide {
            true => format!(
                "<label class=\"choice\"><input type=\"checkbox\" name=\"chosen\" value=\"{}\" form=\"{MANY}\">Choose: {title}</label>\n",
                as_shown(action)
            ),
            false => String::new(),
        };
        format!(
            "<article aria-labelledby=\"action-{number}\">\n<h2 id=\"action-{number}\">{title}</h2>\n{choose}{}{}{}{}</article>\n",
            reason(action),
            facts(action),
            problems(action),
            self.form(number, action, &title),
        )
    }

    /// What is decided on, with the buttons that decide.
    fn form(&self, number: usize, action: &Value, title: &str) -> String {
        let id = action["id"].as_str().unwrap_or_default();
        let kept = self.kept.filter(|form| form.text("action_id") == id);
        let content = content(number, action, kept, self.may_decide);
        if !self.may_decide {
            return content;
        }
        let reason = kept.map_or_else(String::new, |form| escape(form.text("reason")));
        format!(
            "<form method=\"post\" action=\"{PATH}\">\n{}<input type=\"hidden\" name=\"action_id\" value=\"{}\">\n\
             <input type=\"hidden\" name=\"digest\" value=\"{}\">\n{content}\
             <label for=\"reason-{number}\">Reason, when you reject</label>\n\
             <input id=\"reason-{number}\" name=\"reason\" type=\"text\" maxlength=\"2000\" value=\"{reason}\">\n\
             <div class=\"buttons\"><button name=\"decision\" value=\"approve\" aria-label=\"Approve: {title}\">Approve</button>\n\
             <button name=\"decision\" value=\"reject\" class=\"second\" aria-label=\"Reject: {title}\">Reject</button></div>\n</form>\n",
            self.hidden(),
            escape(id),
            escape(action["digest"].as_str().unwrap_or_default()),
        )
    }
}

/// The address of a part of the queue.
fn address(agent: &str, cursor: &str) -> String {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    match agent {
        "" => format!("{PATH}?cursor={}", encode(cursor)),
        agent => format!("{PATH}?agent_id={}&amp;cursor={}", encode(agent), encode(cursor)),
    }
}

/// An action as it was shown: its id and its digest.
fn as_shown(action: &Value) -> String {
    let text = |name: &str| escape(action[name].as_str().unwrap_or_default());
    format!("{}:{}", text("id"), text("digest"))
}

/// What an action does, as the title of its lead's name.
fn does(kind: &str) -> String {
    let words = match kind {
        "send_email" => "Mail to",
        "place_call" => "Call to",
        "call_task" => "Task to call",
        "linkedin" => "Task to write on LinkedIn to",
        "note" => "Note on",
        "task" => "Task about",
        "escalate" => "Call for help with",
        "update" => "Change of fields of",
        "stage" => "Change of the stage of",
        "record_opt_out" => "Opt-out of",
        other => return format!("{}:", escape(other)),
    };
    words.to_owned()
}

/// Why it was proposed, by whom, and until when it waits.
fn reason(action: &Value) -> String {
    let mut html = match action["grounds"]["reason"].as_str() {
        Some(reason) if !reason.is_empty() => format!("<p>Why: {}</p>\n", escape(reason)),
        _ => String::new(),
    };
    if let (Some(id), Some(name)) = (action["agent_id"].as_str(), action["agent_name"].as_str()) {
        html.push_str(&format!(
            "<p>Proposed by the agent <a href=\"{PATH}?agent_id={}\">{}</a>.</p>\n",
            escape(id),
            escape(name)
        ));
    }
    if let Some(time) = action["expires_at"].as_str() {
        let minute = time.get(..16).unwrap_or(time).replace('T', " ");
        html.push_str(&format!("<p>Refused by itself if nobody decides before {} UTC.</p>\n", escape(&minute)));
    }
    html
}

/// What the reason rests on.
fn facts(action: &Value) -> String {
    let line = |fact: &Value| {
        let text = |name: &str| escape(fact[name].as_str().unwrap_or_default());
        format!("<li>{}: {}</li>\n", text("condition"), text("found"))
    };
    let found: String = action["grounds"]["facts"].as_array().into_iter().flatten().map(line).collect();
    if found.is_empty() { found } else { format!("<p>It rests on:</p>\n<ul>\n{found}</ul>\n") }
}

/// What keeps it from being sent as it is.
fn problems(action: &Value) -> String {
    let line = |problem: &Value| format!("<li>{}</li>\n", escape(problem.as_str().unwrap_or_default()));
    let found: String = action["problems"].as_array().into_iter().flatten().map(line).collect();
    if found.is_empty() { found } else { format!("<p>To be mended first:</p>\n<ul>\n{found}</ul>\n") }
}

/// What is approved: in fields where it can be changed, else as text.
fn content(number: usize, action: &Value, kept: Option<&Form>, may_change: bool) -> String {
    let (message, own, call) = (&action["message"], &action["content"], &action["call"]);
    let mail = message.is_object();
    let mut html = String::new();
    let mut tell = |label: &str, value: &Value| {
        if let Some(value) = value.as_str() {
            html.push_str(&format!("<dt>{label}</dt><dd>{}</dd>\n", escape(value)));
        }
    };
    tell("To", &message["to"]);
    tell("Profile", &own["link"]);
    tell("New stage", &own["stage"]);
    for (name, value) in own["set"].as_object().into_iter().flatten() {
        tell(&escape(name), value);
    }
    tell("Number", &call["lead_phone"]);
    tell("About", &call["call_reason"]);
    tell("First words", &call["opening"]);
    if !html.is_empty() {
        html = format!("<dl>\n{html}</dl>\n");
    }
    let fields = [
        ("subject", if mail { "Subject" } else { "Title" }, if mail { &message["subject"] } else { &own["title"] }),
        ("text", "Text", if mail { &message["text"] } else { &own["text"] }),
        ("html", "The same in HTML, which most programs show: change both", &message["html"]),
    ];
    for (name, label, value) in fields {
        let Some(value) = value.as_str() else { continue };
        let value = escape(kept.and_then(|form| form.all(name).last()).unwrap_or(value));
        html.push_str(&match (may_change, name) {
            (false, _) => format!("<p><strong>{label}</strong></p>\n<p class=\"text\">{value}</p>\n"),
            (true, "subject") => format!(
                "<label for=\"subject-{number}\">{label}</label>\n\
                 <input id=\"subject-{number}\" name=\"subject\" type=\"text\" value=\"{value}\">\n"
            ),
            (true, _) => {
                let lines = value.lines().count().clamp(LINES.0, LINES.1);
                // A line break right after the tag is not part of the text (HTML, section 13.1.2.5).
                format!(
                    "<label for=\"{name}-{number}\">{label}</label>\n\
                     <textarea id=\"{name}-{number}\" name=\"{name}\" rows=\"{lines}\">\n{value}</textarea>\n"
                )
            }
        });
    }
    html
}
