//! The consent page: which application asks, where the answer goes, what it could do, and the choice to allow less. Grants nothing.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::oauth::authorize::Asked;

use crate::pages::{Page, escape, show};
use crate::web::form::hidden;
use crate::web::frame::options;
use crate::web::visit::Person;

/// The page. `path` is where its form leads, `request` the query it asks about.
pub(super) fn page(person: &Person, asked: &Asked, path: &str, request: &str, error: Option<&Error>) -> Response<Body> {
    let client = &asked.client;
    let name = if client.name.is_empty() { "An application without a name" } else { &client.name };
    let known = match client.kind.as_str() {
        // Whoever serves the document is who it says it is.
        "document" => format!("<dt>Run by</dt><dd><code>{}</code></dd>\n", escape(&host(&client.id))),
        _ => "<dt>Run by</dt><dd>not known: it registered itself, and nobody checked its name</dd>\n".to_owned(),
    };
    let home =
        client.uri.as_deref().map(|uri| format!("<dt>Its page</dt><dd>{}</dd>\n", escape(uri))).unwrap_or_default();
    let wrong = error.map(|error| {
        format!(
            "<div class=\"problem\" role=\"alert\"><h2>That did not work</h2><p><a href=\"#scope-0\">{}</a></p></div>\n",
            escape(&error.message)
        )
    });
    let scopes: String = asked
        .scopes
        .iter()
        .enumerate()
        .map(|(place, scope)| {
            let checked = if scope.by_name { "" } else { " checked" };
            format!(
                "<label class=\"choice\"><input type=\"checkbox\" id=\"scope-{place}\" name=\"scope\" value=\"{}\"{checked}>{}</label>\n",
                scope.name,
                escape(scope.words)
            )
        })
        .collect();
    let reading = asked.scopes.iter().any(|scope| scope.reads) && asked.scopes.iter().any(|scope| !scope.reads);
    let reading = if reading {
        "<button class=\"second\" name=\"decision\" value=\"read\">Allow looking only</button>\n"
    } else {
        ""
    };
    let content = format!(
        "{}<p><strong>{}</strong> wants to use <strong>{}</strong> for you, {}.</p>\n\
         <dl>\n{known}{home}<dt>Answer goes to</dt><dd><code>{}</code></dd>\n</dl>\n\
         <form method=\"post\" action=\"{path}\">\n{}\n<input type=\"hidden\" name=\"request\" value=\"{}\">\n\
         <fieldset>\n<legend>It could</legend>\n{scopes}</fieldset>\n\
         <label for=\"project_id\">In</label>\n<select id=\"project_id\" name=\"project_id\">\n<option value=\"\">all of my projects</option>\n{}</select>\n\
         <div class=\"buttons\">\n<button name=\"decision\" value=\"allow\">Allow</button>\n{reading}\
         <button class=\"second\" name=\"decision\" value=\"deny\">Decline</button>\n</div>\n</form>\n\
         <p>You can end this at any time under <a href=\"/apps\">Connected apps</a>.</p>",
        wrong.unwrap_or_default(),
        escape(name),
        escape(asked.resource.title),
        escape(&person.signed_in.user.email),
        escape(&place(&asked.redirect_uri)),
        hidden(&person.form_token),
        escape(request),
        options(person, |_| false),
    );
    let target = target(&asked.redirect_uri);
    let page = Page {
        title: "Connect an application",
        content: &content,
        failed: error.is_some(),
        leads_to: target.as_deref(),
        ..Page::default()
    };
    show(if error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK }, &page)
}

/// The host of a web address.
fn host(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest).to_owned()
}

/// Where an answer goes, as people recognize it: a host, this machine, or a program by its scheme.
fn place(address: &str) -> String {
    let scheme = address.split(':').next().unwrap_or_default().to_owned();
    match scheme.as_str() {
        "https" => host(address),
        "http" => format!("a program on your machine ({})", host(address)),
        _ => format!("a program on your machine ({scheme}:)"),
    }
}

/// The address as a source of the content policy, so that the browser may follow the form's answer there.
fn target(address: &str) -> Option<String> {
    let scheme = address.split(':').next()?;
    let plain = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b':' | b'[' | b']'))
    };
    match scheme {
        "https" | "http" => Some(host(address)).filter(|host| plain(host)).map(|host| format!("{scheme}://{host}")),
        other => plain(other).then(|| format!("{other}:")),
    }
}

#[cfg(test)]
mod tests {
    use super::{place, target};

    #[test]
    fn an_address_is_shown_by_what_tells_it_apart() {
        assert_eq!(place("https://app.example/cb?x=1"), "app.example");
        assert_eq!(place("http://127.0.0.1:5000/cb"), "a program on your machine (127.0.0.1:5000)");
        assert_eq!(place("cursor://anything/cb"), "a program on your machine (cursor:)");
    }

    #[test]
    fn the_policy_gets_a_source_and_nothing_else() {
        assert_eq!(target("https://app.example/cb").as_deref(), Some("https://app.example"));
        assert_eq!(target("http://[::1]:80/cb").as_deref(), Some("http://[::1]:80"));
        assert_eq!(target("com.example.app:/cb").as_deref(), Some("com.example.app:"));
        assert_eq!(target("https://a;script-src/cb"), None);
    }
}
