//! Opening an account without anybody's help, as Cora's clients do.

use outrider_domain::address::Email;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::code;
use outrider_engine::operation::{Idempotency, Operation, Spec, decode, within};
use outrider_engine::subscription::list_plans::{OfferedPlan, offered};
use outrider_engine::users::sign_up;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input::{native, not_blank};

/// `POST /api/v1/signup`.
pub struct SignUp;

/// Who wants an account.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct Applicant {
    /// Their address; it must not have an account yet.
    email: Email,
    /// At least 8 characters. Without one the operator can send a sign-in link.
    #[serde(default, deserialize_with = "not_blank", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    password: Option<String>,
    /// The company; made of the address when absent.
    #[serde(default, deserialize_with = "not_blank", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    company_name: Option<String>,
    /// The person; the part before the @ when absent.
    #[serde(default, deserialize_with = "not_blank", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    name: Option<String>,
    /// How they heard of this.
    #[serde(default, deserialize_with = "not_blank", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    source: Option<String>,
}

/// The account's key, and how to go live.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Opened {
    /// The key, which may read and write: shown this once.
    api_key: String,
    /// What the project can subscribe to, the cheapest first.
    plans: Vec<OfferedPlan>,
    /// Where to subscribe, below `/api`.
    checkout_endpoint: &'static str,
}

impl Operation for SignUp {
    const SPEC: Spec = Spec {
        public: sign_up::SignUp::SPEC.public,
        idempotency: Idempotency::Natural,
        ..Spec::create("sign_up", "account", "/api/v1/signup", "users:sign_up", "Open an account.")
            .describe("Needs no key. The project that comes with it begins without a subscription: building is free, outreach answers payment_required.")
            .fails(&[code::ALREADY_EXISTS])
    };
    const PREPARE: Option<fn(&mut Value) -> Result<()>> = Some(prepare);
    type Input = Applicant;
    type Output = Opened;

    fn run(cx: &mut Context<'_, '_>, input: Applicant) -> Result<Opened> {
        let made = within::<sign_up::SignUp>(cx, Value::Object(native(&input)?))?;
        Ok(Opened { api_key: made.secret, plans: offered(cx.core), checkout_endpoint: "/v1/billing/checkout" })
    }
}

/// The fields that signing up knows, prepared as it wants them.
fn prepare(input: &mut Value) -> Result<()> {
    let known: Applicant = decode(&*input)?;
    *input = Value::Object(native(&known)?);
    sign_up::SignUp::PREPARE.map_or(Ok(()), |prepare| prepare(input))
}
