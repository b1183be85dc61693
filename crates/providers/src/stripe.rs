//! Stripe as the payment provider: checkout and billing portal pages over its REST API. Takes no webhooks: the engine does.
//!
//! `POST /v1/checkout/sessions` and `POST /v1/billing_portal/sessions`, form-encoded, with `Idempotency-Key` and `Stripe-Version`
//! (Stripe's API reference).

mod form;

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_domain::plan::Interval;
use outrider_domain::secret::Secret;
use outrider_domain::span::Span;
use outrider_domain::time::{Millis, SECOND};
use outrider_engine::ports::{CheckoutPage, CheckoutWanted, Payments, PaymentsProblem, PortalWanted, Purchase};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::http_client::{self, cause};
use form::Form;

/// The version of the API this client is written for.
pub const API_VERSION: &str = "2025-03-31.basil";
/// Where Stripe is.
pub const API_BASE: &str = "https://api.stripe.com";
/// Two of these, for a second try, are less than a caller waits.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(20);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Most bytes of an answer that are read.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// Stripe's account and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StripeSettings {
    /// `sk_…` or `rk_…`; without it there is no checkout.
    pub secret_key: Option<Secret>,
    /// `whsec_…` of the webhook endpoint; without it no webhooks are taken.
    pub webhook_secret: Option<Secret>,
    /// Another address than Stripe's own: for tests against a stand-in.
    pub api_base: String,
    /// The version of the API that is asked for.
    pub api_version: String,
    /// How long one request may take, from connecting to the last byte; at most 20 seconds.
    pub timeout: Span,
}

impl Default for StripeSettings {
    fn default() -> Self {
        Self {
            secret_key: None,
            webhook_secret: None,
            api_base: API_BASE.to_owned(),
            api_version: API_VERSION.to_owned(),
            timeout: Span::seconds(15),
        }
    }
}

/// A client of one Stripe account.
pub struct Stripe {
    client: Client,
    base: Url,
    authorization: String,
    version: String,
}

/// Settings that can't work; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidStripe(String);

impl Stripe {
    /// A client, or none without a key. Asks nothing yet.
    ///
    /// # Errors
    /// Says what is wrong with key, address or version.
    pub fn new(settings: &StripeSettings) -> Result<Option<Self>, InvalidStripe> {
        let Some(key) = &settings.secret_key else { return Ok(None) };
        let refuse = |why: String| InvalidStripe(why);
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain(key.expose()) || !plain(&settings.api_version) {
            return Err(refuse("secret_key and api_version are words of plain letters, digits and signs".to_owned()));
        }
        let base = Url::parse(&settings.api_base).map_err(|error| refuse(format!("api_base: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") || base.cannot_be_a_base() {
            return Err(refuse("api_base is the beginning of a URL, such as https://api.stripe.com".to_owned()));
        }
        let timeout = u64::try_from(settings.timeout.as_millis()).map_or(Duration::ZERO, Duration::from_millis);
        if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
            return Err(refuse("timeout is more than no time and at most 20s".to_owned()));
        }
        let builder = http_client::builder(None, timeout).map_err(refuse)?.connect_timeout(CONNECT);
        let client = builder.build().map_err(|error| refuse(error.to_string()))?;
        let authorization = format!("Bearer {}", key.expose());
        Ok(Some(Self { client, base, authorization, version: settings.api_version.clone() }))
    }

    /// Sends a form; once more when no connection came about, which can't have done anything.
    async fn post(&self, path: &str, once: &str, form: &Form) -> Result<Value, PaymentsProblem> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let body = form.encoded();
        // The form is part of the name: Stripe refuses a name that comes again with something else.
        let name = name_of(once, &body);
        let request = || {
            self.client
                .post(url.clone())
                .header(AUTHORIZATION, &self.authorization)
                .header("Stripe-Version", &self.version)
                .header("Idempotency-Key", &name)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body.clone())
        };
        let sent = match request().send().await {
            Err(error) if error.is_connect() => request().send().await,
            other => other,
        };
        let answer = sent.map_err(|error| unavailable(&cause(&error)))?;
        let status = answer.status();
        let bytes = http_client::body(answer, LARGEST_ANSWER).await.map_err(|why| unavailable(&why))?;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() && body.is_object() {
            return Ok(body);
        }
        Err(problem(status, &body))
    }
}

/// The `Idempotency-Key` of a request.
fn name_of(once: &str, body: &str) -> String {
    let digest = Sha256::digest(format!("{once}\n{body}"));
    format!("outrider-{}", digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn unavailable(why: &str) -> PaymentsProblem {
    PaymentsProblem::Unavailable(format!("no answer: {why}"))
}

fn problem(status: StatusCode, body: &Value) -> PaymentsProblem {
    let said = |name: &str| body["error"][name].as_str().unwrap_or("-").to_owned();
    let text = format!("{status}, {} {}: {}", said("type"), said("code"), said("message"));
    // A conflict is a lock on Stripe's side; what comes without Stripe's own form comes from something before it.
    let passing = status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT | StatusCode::REQUEST_TIMEOUT)
        || !body["error"].is_object();
    if passing { PaymentsProblem::Unavailable(text) } else { PaymentsProblem::Refused(text) }
}

fn field(answer: &Value, name: &str) -> Result<String, PaymentsProblem> {
    let text = answer[name].as_str().filter(|text| !text.is_empty());
    text.map(ToOwned::to_owned).ok_or_else(|| PaymentsProblem::Unavailable(format!("an answer without {name}")))
}

/// The address of a page, which a browser will be sent to.
fn page(answer: &Value) -> Result<String, PaymentsProblem> {
    let url = field(answer, "url")?;
    match Url::parse(&url) {
        Ok(parsed) if matches!(parsed.scheme(), "https" | "http") => Ok(url),
        _ => Err(PaymentsProblem::Unavailable("an answer whose url is none".to_owned())),
    }
}

fn checkout_form(wanted: &CheckoutWanted) -> Form {
    let mut form = Form::default();
    form.add("client_reference_id", &wanted.project);
    form.add("success_url", &wanted.success_url);
    form.add("cancel_url", &wanted.cancel_url);
    form.add("line_items[0][quantity]", "1");
    if let Some(customer) = &wanted.customer {
        form.add("customer", customer);
    }
    form.add("metadata[project]", &wanted.project);
    match &wanted.purchase {
        Purchase::Plan { plan, interval, price } => {
            form.add("mode", "subscription");
            match &price.stripe_price {
                Some(price) => form.add("line_items[0][price]", price),
                None => {
                    let period = match interval {
                        Interval::Monthly => "month",
                        Interval::Annual => "year",
                    };
                    add_price(&mut form, wanted, price.amount);
                    form.add("line_items[0][price_data][recurring][interval]", period);
                }
            }
            // On the session for its own event, on the subscription for all that follow.
            form.add("subscription_data[metadata][project]", &wanted.project);
            for place in ["metadata", "subscription_data[metadata]"] {
                form.add(&format!("{place}[plan]"), plan);
                form.add(&format!("{place}[interval]"), interval.as_str());
            }
        }
        Purchase::Credits { pack, amount, holder } => {
            form.add("mode", "payment");
            add_price(&mut form, wanted, *amount);
            form.add("metadata[pack]", pack);
            if let Some(holder) = holder {
                form.add("metadata[holder]", &holder.to_string());
            }
        }
    }
    form
}

/// A price that the checkout names itself.
fn add_price(form: &mut Form, wanted: &CheckoutWanted, amount: u32) {
    form.add("line_items[0][price_data][currency]", &wanted.currency);
    form.add("line_items[0][price_data][unit_amount]", &amount.to_string());
    form.add("line_items[0][price_data][product_data][name]", &wanted.title);
}

impl Payments for Stripe {
    fn checkout(&self, wanted: CheckoutWanted) -> BoxFuture<'_, Result<CheckoutPage, PaymentsProblem>> {
        async move {
            let answer = self.post("/v1/checkout/sessions", &wanted.once, &checkout_form(&wanted)).await?;
            let expires_at = answer["expires_at"].as_i64().map(|seconds| Millis(seconds.saturating_mul(SECOND)));
            Ok(CheckoutPage { id: field(&answer, "id")?, url: page(&answer)?, expires_at })
        }
        .boxed()
    }

    fn portal(&self, wanted: PortalWanted) -> BoxFuture<'_, Result<String, PaymentsProblem>> {
        async move {
            let mut form = Form::default();
            form.add("customer", &wanted.customer);
            form.add("return_url", &wanted.return_url);
            page(&self.post("/v1/billing_portal/sessions", &wanted.once, &form).await?)
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
