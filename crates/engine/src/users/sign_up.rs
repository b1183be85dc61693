//! `sign_up`: organization, person, project and key in one call that needs no credential.

use outrider_domain::address::Email;
use outrider_domain::id::{KeyId, OrganizationId, ProjectId, UserId};
use outrider_store::{keys as key_rows, projects as rows, sign_in};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::role::Role;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::keys::{fresh_secret, hash, hint};
use crate::leads::tidy;
use crate::operation::{Operation, Spec, decode};
use crate::principal::Actor;
use crate::projects::create_project::slug_of;
use crate::sign_in::password;

/// Opens an account.
pub struct SignUp;

/// Sign-ups from one network address in an hour.
const PER_HOUR: i64 = 5;
/// The dialect the key is for.
const DIALECT: &str = "cora";

/// Who wants an account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Their address; it must not have an account yet.
    email: Email,
    /// At least 8 characters. Without one the operator can send a sign-in link.
    #[serde(default)]
    #[schemars(length(max = 200))]
    password: Option<String>,
    /// The organization; made of the address when absent.
    #[serde(default)]
    #[schemars(length(max = 200))]
    company_name: Option<String>,
    /// The person; the part before the @ when absent.
    #[serde(default)]
    #[schemars(length(max = 200))]
    name: Option<String>,
    /// How they heard of this; only logged.
    #[serde(default)]
    #[schemars(length(max = 200))]
    source: Option<String>,
}

/// The new account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The organization.
    org_id: OrganizationId,
    /// Its first project, which begins without a plan.
    project_id: ProjectId,
    /// The person, who owns the organization.
    user_id: UserId,
    /// The key's record.
    key_id: KeyId,
    /// The key, which may do everything but approve: shown this once.
    pub secret: String,
}

impl Operation for SignUp {
    const SPEC: Spec = Spec::create(
        "sign_up",
        "users",
        "/signup",
        "users:sign_up",
        "Open an account: organization, person, project and a key that is shown once.",
    )
    .describe("Needs no credential, and takes few calls an hour from one network address. The project begins without a plan: building is free, sending is not.")
    .public(PER_HOUR)
    .fails(&[code::ALREADY_EXISTS]);
    const PREPARE: Option<fn(&mut Value) -> Result<()>> = Some(prepare);
    type Input = Input;
    type Output = Output;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Output> {
        if cx.actor != Actor::Visitor {
            let text = "Signing up is for those who have no account: call it without a credential.";
            return Err(Error::new(code::INSUFFICIENT_SCOPE, text));
        }
        if rows::find_user(cx.tx, input.email.as_str())?.is_some() {
            let text = "This address can't be used to sign up. If it is yours, sign in.";
            return Err(Error::new(code::ALREADY_EXISTS, text).at("email"));
        }
        let name = tidy("name", input.name)?.unwrap_or_else(|| input.email.local().to_owned());
        let source = tidy("source", input.source)?;
        let wanted = tidy("company_name", input.company_name)?.unwrap_or_else(|| input.email.domain().to_string());
        let organization = OrganizationId(cx.id());
        let taken = rows::find_organization(cx.tx, &wanted)?.is_some();
        let company = if taken { format!("{wanted} ({})", suffix(&organization.to_string())) } else { wanted.clone() };
        rows::Organization { id: organization, name: company, created_at: cx.now }.insert(cx.tx)?;
        let project = ProjectId(cx.id());
        let row = rows::Project {
            id: project,
            organization_id: organization,
            slug: slug_of(cx, &wanted, project)?,
            name: wanted,
            plan: "none".to_owned(),
            time_zone: "UTC".to_owned(),
            autonomy: crate::fields::to_json(&outrider_domain::autonomy::ChannelAutonomy::default())?,
            self_approval: false,
            connected_agents: None,
            created_at: cx.now,
        };
        rows::create(cx.tx, row)?;
        let user = UserId(cx.id());
        let row = rows::User {
            id: user,
            organization_id: organization,
            email: input.email.to_string(),
            name,
            role: Role::Owner.as_str().to_owned(),
            created_at: cx.now,
        };
        row.insert(cx.tx)?;
        if let Some(hash) = input.password {
            sign_in::set_password(cx.tx, user, &hash, cx.now)?;
        }
        // From here on everything belongs to the new project: its log begins with this.
        cx.project = project;
        let (key, secret) = key(cx, user)?;
        cx.emit(Event::new("project.created").subject(project));
        cx.emit(
            Event::new("user.created")
                .subject(user)
                .data(json!({ "email": input.email, "role": "owner", "source": source })),
        );
        cx.emit(Event::new("key.created").subject(key));
        Ok(Output { org_id: organization, project_id: project, user_id: user, key_id: key, secret })
    }
}

/// Puts the password's hash in its place.
fn prepare(input: &mut Value) -> Result<()> {
    let checked: Input = decode(&*input)?;
    if let (Some(password), Some(fields)) = (checked.password, input.as_object_mut()) {
        password::check("password", &password)?;
        fields.insert("password".to_owned(), password::hash(&password)?.into());
    }
    Ok(())
}

fn key(cx: &mut Context<'_, '_>, user: UserId) -> Result<(KeyId, String)> {
    let secret = fresh_secret(DIALECT)?;
    let row = key_rows::ApiKey {
        id: KeyId(cx.id()),
        project_id: cx.project,
        dialect: DIALECT.to_owned(),
        name: "sign-up".to_owned(),
        hash: hash(&secret),
        hint: hint(&secret),
        scopes: "*".to_owned(),
        user_id: Some(user),
        can_provision: false,
        created_at: cx.now,
        expires_at: None,
        revoked_at: None,
    };
    let id = row.id;
    row.insert(cx.tx)?;
    Ok((id, secret))
}

/// An id without the word before it. All of it: its last letters alone come again.
fn suffix(id: &str) -> &str {
    id.split_once('_').map_or(id, |(_, letters)| letters)
}
