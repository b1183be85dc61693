//! Fields of forms and what is wrong with them, so that eyes, ears and keyboards all find the place. Knows no page.

use outrider_engine::Error;

use crate::pages::escape;

/// A text field with its label.
pub(super) struct Field<'a> {
    /// Its name, and its id in the page.
    pub(super) name: &'a str,
    /// Text.
    pub(super) label: &'a str,
    /// Text under the label; may be empty.
    pub(super) hint: &'a str,
    /// What kind of input it is, with further attributes: `type="email" autocomplete="username"`.
    pub(super) kind: &'a str,
    /// What it holds.
    pub(super) value: &'a str,
}

impl Field<'_> {
    /// The field, with the problem if it is this field's.
    pub(super) fn html(&self, error: Option<&Error>) -> String {
        let Self { name, label, hint, kind, value } = self;
        let wrong = error.filter(|error| error.field.as_deref() == Some(name));
        let mut described: Vec<String> = Vec::new();
        let mut notes = String::new();
        if !hint.is_empty() {
            described.push(format!("{name}-hint"));
            notes.push_str(&format!("<span class=\"hint\" id=\"{name}-hint\">{}</span>\n", escape(hint)));
        }
        if let Some(error) = wrong {
            described.push(format!("{name}-wrong"));
            notes.push_str(&format!(
                "<strong class=\"wrong\" id=\"{name}-wrong\">{}</strong>\n",
                escape(&error.message)
            ));
        }
        let described = match described.as_slice() {
            [] => String::new(),
            some => format!(" aria-describedby=\"{}\"", some.join(" ")),
        };
        let invalid = if wrong.is_some() { " aria-invalid=\"true\"" } else { "" };
        format!(
            "<label for=\"{name}\">{}</label>\n{notes}<input id=\"{name}\" name=\"{name}\" {kind} value=\"{}\"{described}{invalid}>\n",
            escape(label),
            escape(value)
        )
    }
}

/// What went wrong, at the top of the page, leading to the field at fault.
pub(super) fn summary(error: Option<&Error>) -> String {
    let Some(error) = error else { return String::new() };
    let message = escape(&error.message);
    let message = match &error.field {
        Some(field) => format!("<a href=\"#{}\">{message}</a>", escape(field)),
        None => message,
    };
    format!("<div class=\"problem\" role=\"alert\">\n<h2>That did not work</h2>\n<p>{message}</p>\n</div>\n")
}

#[cfg(test)]
mod tests {
    use outrider_engine::Error;

    use super::{Field, summary};

    #[test]
    fn a_problem_is_told_at_its_field_and_at_the_top() {
        let field = Field { name: "email", label: "Email", hint: "", kind: "type=\"email\"", value: "a\"<b" };
        assert!(field.html(None).contains("value=\"a&quot;&lt;b\">") && !field.html(None).contains("aria-"));
        let error = Error::invalid("email", "Wrong.");
        let html = field.html(Some(&error));
        assert!(
            html.contains("aria-describedby=\"email-wrong\" aria-invalid=\"true\"")
                && html.contains("id=\"email-wrong\"")
        );
        assert!(summary(Some(&error)).contains("href=\"#email\""));
        assert!(!field.html(Some(&Error::invalid("other", "Wrong."))).contains("aria-"));
    }
}
