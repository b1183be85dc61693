//! What the engine needs from the world, as traits. Adapters live in `outrider-providers`; the simulator has its own.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use outrider_domain::enrichment::about::About;
use outrider_domain::mail::{Delivery, OutgoingMail};
use outrider_domain::plan::{Interval, Price};
use outrider_domain::telephony::{Dial, OutgoingCall, OutgoingText};
use outrider_domain::time::Millis;

use crate::credits::budget::Holder;
use crate::runs::plan::{ContactPlan, PlanBatch};

/// Hands mails to a mail server.
pub trait Mailer: Send + Sync + 'static {
    /// Builds, signs and hands over one mail by the named transport; never tries twice after the final dot was sent.
    ///
    /// Must answer within [`DELIVER_DEADLINE_MS`]: the job's lease is longer than that.
    fn deliver<'a>(&'a self, transport: &'a str, mail: &'a OutgoingMail) -> BoxFuture<'a, Delivery>;

    /// Whether a transport of that name is configured.
    fn knows(&self, transport: &str) -> bool;

    /// How many mails can be on their way at once, over all transports.
    fn connections(&self) -> usize {
        4
    }
}

/// Asks telephone carriers to dial. What becomes of a call, and what is said in it, comes back by
/// [`Switchboard`](crate::calls::switchboard::Switchboard), which the carrier's adapter holds.
pub trait Carrier: Send + Sync + 'static {
    /// Asks the named carrier to dial, once: a request that may have arrived is never repeated, and its end is then
    /// [`Dial::Unknown`]. The call's reference goes with the request and comes back with every report.
    ///
    /// Must answer within [`DELIVER_DEADLINE_MS`]. It does not wait for anybody to pick up.
    fn dial<'a>(&'a self, carrier: &'a str, call: &'a OutgoingCall) -> BoxFuture<'a, Dial>;

    /// Gives the named carrier a text message, once: one that may have left is never given again, and its end is then
    /// [`Delivery::Unknown`]. What comes back comes by [`Switchboard`](crate::calls::switchboard::Switchboard).
    ///
    /// Must answer within [`DELIVER_DEADLINE_MS`].
    fn text<'a>(&'a self, carrier: &'a str, text: &'a OutgoingText) -> BoxFuture<'a, Delivery>;

    /// Whether a carrier of that name is configured.
    fn knows(&self, carrier: &str) -> bool;
}

/// For those who call nobody: no carrier is configured.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCarrier;

impl Carrier for NoCarrier {
    fn dial<'a>(&'a self, carrier: &'a str, _: &'a OutgoingCall) -> BoxFuture<'a, Dial> {
        let response = format!("the carrier {carrier} is not configured");
        Box::pin(async move { Dial::Deferred { response, carrier: true } })
    }

    fn text<'a>(&'a self, carrier: &'a str, _: &'a OutgoingText) -> BoxFuture<'a, Delivery> {
        let response = format!("the carrier {carrier} is not configured");
        Box::pin(async move { Delivery::Deferred { code: None, response, transport: true } })
    }

    fn knows(&self, _: &str) -> bool {
        false
    }
}

/// The longest a [`Mailer::deliver`] or a [`Carrier::dial`] may take, in milliseconds.
pub const DELIVER_DEADLINE_MS: i64 = 90_000;

/// Reads public web addresses that others named, without ever reaching into the operator's own network.
pub trait Web: Send + Sync + 'static {
    /// The body of a 200 answer to GET; or why there is none, safe to log. Follows no redirect, reads at most `most` bytes, and
    /// gives up after some seconds.
    fn get<'a>(&'a self, url: &'a str, most: usize) -> BoxFuture<'a, Result<Vec<u8>, String>>;

    /// The same for a page of a site: whatever it answered, with where it leads; never followed.
    fn page<'a>(&'a self, url: &'a str, most: usize) -> BoxFuture<'a, Result<WebPage, String>> {
        Box::pin(async move { Ok(WebPage { status: 200, location: None, body: self.get(url, most).await? }) })
    }

    /// Whether the operator opened the URL's host, so that it may be reached though it is private, and without TLS.
    fn is_open(&self, url: &str) -> bool;
}

/// What an address answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebPage {
    /// HTTP status.
    pub status: u16,
    /// Where it leads, as written.
    pub location: Option<String>,
    /// The body, as far as it was asked for; empty unless the status is 200.
    pub body: Vec<u8>,
}

/// No way to the web: every address is out of reach.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWeb;

impl Web for NoWeb {
    fn get<'a>(&'a self, _: &'a str, _: usize) -> BoxFuture<'a, Result<Vec<u8>, String>> {
        Box::pin(std::future::ready(Err("this server reads no web addresses".to_owned())))
    }

    fn is_open(&self, _: &str) -> bool {
        false
    }
}

/// Decides what an agent does for a contact. The built-in one follows a playbook's steps; another may ask a language model.
///
/// It is asked outside of any transaction and may take as long as a job's lease. What it answers is held against the contact
/// again when it is recorded, becomes proposed actions only, and passes policy, approval and gates like any other.
pub trait Planner: Send + Sync + 'static {
    /// One answer for each contact of the batch, in its order.
    fn plan<'a>(&'a self, batch: &'a PlanBatch) -> BoxFuture<'a, Vec<Result<ContactPlan, PlanFailure>>>;
}

/// A planner has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFailure {
    /// Why, safe to show.
    pub message: String,
    /// Whether asking again later may help.
    pub again: bool,
}

/// What operations may ask of the world before they answer; see [`crate::outside`]. A part that is not configured is absent.
#[derive(Clone, Default)]
pub struct Ports {
    /// Takes payments.
    pub payments: Option<Arc<dyn Payments>>,
    /// Looks up what leads lack; without one, nobody is asked.
    pub enricher: Option<Arc<dyn Enricher>>,
    /// Sends results to addresses that others named.
    pub poster: Option<Arc<dyn Poster>>,
    /// Writes what skills are asked for; without one, the built-in implementations do.
    pub model: Option<Arc<dyn LanguageModel>>,
}

/// Tells of domains what enrichment needs to know: the embedded one asks DNS and the company's own site, another may ask a provider.
///
/// Each answer comes within some seconds: [`crate::outside::DEADLINE_SECONDS`] for all that one operation asks.
pub trait Enricher: Send + Sync + 'static {
    /// Who takes a domain's mail; or why there is no telling, safe to log.
    fn mail_servers<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<MailServers, String>>;

    /// The phone numbers that a domain's own site says, the surest first; or why there is no telling, safe to log.
    fn site_numbers<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<SiteNumbers, String>>;

    /// What a domain's own front page says of the company; or why there is no telling, safe to log.
    fn site_about<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<SiteAbout, String>> {
        let _ = domain;
        Box::pin(std::future::ready(Err("front pages are not read here".to_owned())))
    }
}

/// Who takes a domain's mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailServers {
    /// These hosts, the first choice first.
    Some(Vec<String>),
    /// Nobody: no such domain, no mail exchanger, or one that says so (RFC 7505).
    None,
}

/// What a site says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteNumbers {
    /// Numbers, the surest first.
    pub numbers: Vec<SiteNumber>,
    /// Whether a page could not be read because its robots.txt forbids it.
    pub forbidden: bool,
}

/// What a front page says of its company.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteAbout {
    /// What it says.
    pub about: About,
    /// Where.
    pub page: String,
}

/// A number that a site says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteNumber {
    /// E.164.
    pub number: String,
    /// How it is said: `structured data` or `a link to call`.
    pub said: &'static str,
    /// Where.
    pub page: String,
}

/// Sends to public web addresses that others named, without ever reaching into the operator's own network.
pub trait Poster: Send + Sync + 'static {
    /// POSTs a body of JSON once, with these headers; gives the status. Follows no redirect, reads no answer, and gives up after ten
    /// seconds.
    ///
    /// The error says why there was no answer, safe to show.
    fn post(
        &self,
        url: String,
        headers: Vec<(&'static str, String)>,
        body: String,
    ) -> BoxFuture<'_, Result<u16, String>>;
}

/// A payment provider: makes pages where people pay or manage what they pay for. What they did there comes by webhook.
///
/// Answers within [`crate::outside::DEADLINE_SECONDS`]; asking twice under one name gives one page.
pub trait Payments: Send + Sync + 'static {
    /// A page where a project subscribes to a plan, or buys credits.
    fn checkout(&self, wanted: CheckoutWanted) -> BoxFuture<'_, Result<CheckoutPage, PaymentsProblem>>;

    /// A page where a customer manages subscription, payment method and invoices.
    fn portal(&self, wanted: PortalWanted) -> BoxFuture<'_, Result<String, PaymentsProblem>>;
}

/// A checkout to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutWanted {
    /// A name that repetitions share.
    pub once: String,
    /// Who pays, as webhooks will name it.
    pub project: String,
    /// What is bought, as people know it.
    pub title: String,
    /// ISO 4217, lower case.
    pub currency: String,
    /// What is bought.
    pub purchase: Purchase,
    /// The provider's name for a project that has paid before.
    pub customer: Option<String>,
    /// Where the person goes after paying.
    pub success_url: String,
    /// Where the person goes when they change their mind.
    pub cancel_url: String,
}

/// What is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purchase {
    /// A plan, period by period.
    Plan {
        /// Its name.
        plan: String,
        /// How often it is paid.
        interval: Interval,
        /// What a period costs.
        price: Price,
    },
    /// A pack of credits, once.
    Credits {
        /// Its name.
        pack: String,
        /// What it costs, in the currency's smallest unit.
        amount: u32,
        /// The sub-agent whose purse it goes to.
        holder: Option<Holder>,
    },
}

/// Where a person pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutPage {
    /// The provider's key.
    pub id: String,
    /// For the person's browser.
    pub url: String,
    /// When the page stops working, if the provider says.
    pub expires_at: Option<Millis>,
}

/// A page of the customer to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalWanted {
    /// A name that repetitions share.
    pub once: String,
    /// The provider's name for the project.
    pub customer: String,
    /// Where the person goes afterwards.
    pub return_url: String,
}

/// Why there is no page; for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentsProblem {
    /// No answer, a late one, or one that says to try again.
    #[error("out of reach: {0}")]
    Unavailable(String),
    /// The provider will not: a wrong key, an unknown price.
    #[error("refused: {0}")]
    Refused(String),
}

/// A language model behind an endpoint that holds conversations. What it writes is a text and nothing more: whoever asks checks it, and
/// whatever is sent of it takes the road of every action.
pub trait LanguageModel: Send + Sync + 'static {
    /// Its name, as outputs tell it.
    fn name(&self) -> &str;

    /// The most tokens of one answer.
    fn longest_answer(&self) -> i64;

    /// Answers once, within the time that is given.
    fn answer(&self, asked: Conversation) -> BoxFuture<'_, Result<Said, NoAnswer>>;
}

/// A conversation that a language model is to go on with.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// A name for the shape of the answer: letters and underscores.
    pub name: &'static str,
    /// JSON Schema of the answer.
    pub schema: serde_json::Value,
    /// What was said, in order; instructions first.
    pub turns: Vec<Turn>,
    /// How long the answer may take.
    pub within: Duration,
}

/// Something said in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// By whom.
    pub by: Speaker,
    /// What.
    pub text: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Whoever set the task.
    Instructions,
    /// Whoever asks.
    Asker,
    /// The model.
    Model,
}

/// An answer of a language model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its words.
    pub text: String,
    /// Tokens of question and answer, as the endpoint counts them; `None` when it does not say.
    pub tokens: Option<i64>,
}

/// Why a language model gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoAnswer {
    /// In words, safe to show.
    pub why: String,
    /// Whether the question may have been read, so that its tokens count.
    pub read: bool,
}
