//! The frame of the pages of people: navigation, project, sign-out. Knows no page's content.

use axum::body::Body;
use axum::http::{Response, StatusCode};

use super::form::hidden;
use super::visit::Person;
use crate::pages::{Page, escape, show};

/// Pages in the navigation, in their order.
const PAGES: &[(&str, &str)] = &[
    ("/approvals", "Approvals"),
    ("/account", "Account"),
    ("/keys", "API keys"),
    ("/settings/api-tokens", "API tokens"),
    ("/apps", "Connected apps"),
    ("/billing", "Plan"),
];

/// A page in the frame. `here` is its path in the navigation; `content` is HTML whose variable parts were escaped.
pub(crate) fn framed(
    status: StatusCode,
    person: &Person,
    here: &str,
    title: &str,
    content: &str,
    failed: bool,
) -> Response<Body> {
    show(status, &Page { title, content, header: &header(person, here), failed, leads_to: None })
}

fn header(person: &Person, here: &str) -> String {
    let links: String = PAGES
        .iter()
        .map(|(path, title)| {
            let current = if *path == here { " aria-current=\"page\"" } else { "" };
            format!("<li><a href=\"{path}\"{current}>{title}</a></li>\n")
        })
        .collect();
    let token = hidden(&person.form_token);
    format!(
        "<header>\n<div>\n<strong>Outrider</strong>\n<nav aria-label=\"Main\">\n<ul>\n{links}</ul>\n</nav>\n{}\
         <form method=\"post\" action=\"/sign-out\">\n{token}\n<button class=\"second\">Sign out</button>\n</form>\n</div>\n</header>\n",
        projects(person, here)
    )
}

/// The choice of a project, where there is one.
fn projects(person: &Person, here: &str) -> String {
    if person.projects.len() < 2 {
        return String::new();
    }
    let chosen = person.project.as_ref().map(|project| project.id);
    format!(
        "<form method=\"post\" action=\"/account/project\">\n{}\n<input type=\"hidden\" name=\"next\" value=\"{here}\">\n\
         <label for=\"project_id\">Project</label>\n<select id=\"project_id\" name=\"project_id\">\n{}</select>\n\
         <button class=\"second\">Switch</button>\n</form>\n",
        hidden(&person.form_token),
        options(person, |project| Some(project) == chosen)
    )
}

/// The person's projects as options.
pub(crate) fn options(person: &Person, chosen: impl Fn(outrider_domain::id::ProjectId) -> bool) -> String {
    person
        .projects
        .iter()
        .map(|project| {
            let selected = if chosen(project.id) { " selected" } else { "" };
            format!("<option value=\"{}\"{selected}>{}</option>\n", project.id, escape(&project.name))
        })
        .collect()
}
