//! What the page of keys has for Data Reaktor alone: the provisioning right, trigger keys, and what is told with a new secret. Makes no
//! key by itself: it asks the operations.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::http::request::Parts;
use outrider_engine::Error;
use outrider_engine::keys::create_trigger_key::SCOPE;
use outrider_engine::sub_agents::DIALECT;
use serde_json::{Value, json};

use super::page;
use crate::pages::escape;
use crate::state::AppState;
use crate::web::field::Field;
use crate::web::form::{self, Form, hidden};
use crate::web::visit::Person;
use crate::web::{Reply, beside, named};

/// Where trigger keys are made.
const TRIGGER_PATH: &str = "/keys/trigger";
/// The field of a trigger key's name in the page.
const TRIGGER_NAME: &str = "trigger_name";

/// Where Data Reaktor's paths begin on this server, if it has them.
fn base(state: &AppState) -> Option<String> {
    let surface = state.shared.surfaces.iter().map(|bound| &bound.surface).find(|surface| surface.name == DIALECT)?;
    Some(surface.base(&state.pipeline.core().settings.public_url))
}

fn is_trigger(key: &Value) -> bool {
    key["dialect"] == DIALECT && key["scopes"] == json!([SCOPE])
}

/// What kind of key of Data Reaktor one is, behind the name of its API.
pub(super) fn kind(key: &Value) -> &'static str {
    match (is_trigger(key), key["can_provision"] == true) {
        (true, _) => "<br>trigger key",
        (_, true) => "<br>may make agents",
        _ => "",
    }
}

/// What a person must know together with a new secret.
pub(super) fn beside_secret(state: &AppState, made: &Value) -> String {
    let Some(base) = base(state).filter(|_| made["dialect"] == DIALECT) else { return String::new() };
    let base = escape(&base);
    if is_trigger(made) {
        let person = escape(made["user_id"].as_str().unwrap_or_default());
        return format!(
            "<p>It opens <code>POST {base}/trigger/{person}</code> and nothing else: send it as a bearer, with \
             <code>name</code> and <code>company</code> of a lead, and an outreach sequence comes back, paid from the account.</p>\n"
        );
    }
    let signed = made["signing_secret"].as_str().map(|secret| {
        format!(
            "<p>Callbacks of its tasks are signed with <code class=\"secret\" id=\"signing-secret\">{}</code>, which is shown this once too.</p>\n",
            escape(secret)
        )
    });
    let provisions = match made["can_provision"] == true {
        true => format!(
            "<p>It may make agents at <code>{base}/api/v1/agents</code>, give them credits and revoke them.</p>\n"
        ),
        false => String::new(),
    };
    format!(
        "<p>Send it as <code>X-API-Key</code> to <code>{base}/api/v1</code>.</p>\n{}{provisions}",
        signed.unwrap_or_default()
    )
}

/// The choice of the provisioning right, with what was chosen before.
pub(super) fn provisioning(wrong: Option<(&Error, &Form)>) -> String {
    let checked = if wrong.is_some_and(|(_, form)| form.text("provision") == "yes") { " checked" } else { "" };
    let error = wrong.map(|(error, _)| error).filter(|error| error.field.as_deref() == Some("provision"));
    let (invalid, said) = match error {
        Some(error) => (
            " aria-invalid=\"true\" aria-describedby=\"provision-wrong\"",
            format!("<strong class=\"wrong\" id=\"provision-wrong\">{}</strong>\n", escape(&error.message)),
        ),
        None => ("", String::new()),
    };
    format!(
        "{said}<label class=\"choice\"><input id=\"provision\" type=\"checkbox\" name=\"provision\" value=\"yes\"{checked}{invalid}>\
         Also make agents with keys of their own, give them credits and revoke them (of the API {DIALECT} alone)</label>\n"
    )
}

/// Whether the provisioning right was chosen.
///
/// # Errors
/// `validation_error` at `provision`, for a key of another API.
pub(super) fn wants_provisioning(form: &Form) -> Result<bool, Error> {
    let wanted = form.text("provision") == "yes";
    if wanted && form.text("dialect") != DIALECT {
        let text = format!("Only keys of the API {DIALECT} make agents: choose that API, or take this right away.");
        return Err(Error::invalid("provision", text));
    }
    Ok(wanted)
}

/// The form that makes a trigger key.
pub(super) fn trigger_maker(state: &AppState, person: &Person, error: Option<&Error>) -> String {
    let Some(base) = base(state) else { return String::new() };
    let name = Field {
        name: TRIGGER_NAME,
        label: "What pushes leads",
        hint: "Such as a form on your site, or an automation.",
        kind: "type=\"text\" maxlength=\"200\"",
        value: "",
    };
    format!(
        "<h2>Make a trigger key</h2>\n<p>For a form or an automation that pushes a lead and takes an outreach sequence back, at \
         <code>{}/trigger/{}</code>. The key can do nothing else, and works for 365 days.</p>\n\
         <form method=\"post\" action=\"{TRIGGER_PATH}\">\n{}\n{}<div class=\"buttons\"><button>Make trigger key</button></div>\n</form>\n",
        escape(&base),
        person.signed_in.user.id,
        hidden(&person.form_token),
        name.html(error),
    )
}

/// `POST /keys/trigger`.
pub(in crate::web) async fn create_trigger(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("create_trigger_key", make(&state, &parts, body).await)
}

async fn make(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    let input = json!({ "name": form.text(TRIGGER_NAME), "user_id": person.signed_in.user.id });
    match person.call(state, "create_trigger_key", input).await {
        Ok(made) => page(state, &person, "", Some(&made), None).await,
        Err(error) => {
            let error = beside(error)?;
            let field = error.field.as_deref().map(|field| if field == "name" { TRIGGER_NAME } else { field });
            let error = Error { field: field.map(ToOwned::to_owned), ..error };
            page(state, &person, "", None, Some((&error, &form))).await
        }
    }
}
