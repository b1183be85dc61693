//! What every transaction may use beside the database: ids, settings and prices. Holds no connection and no clock.

use std::sync::{Arc, LazyLock};

use outrider_domain::id::IdSource;
use outrider_domain::pack::Packs;
use outrider_domain::plan::Plans;
use outrider_domain::secret::Secret;
use outrider_domain::time::{Clock, Millis};
use outrider_voice::Catalog;

use crate::error::{Error, Result, code};

/// Settings the engine's rules read; see `outrider.toml` for what an operator writes.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where recipients and clients reach this server, without a trailing slash: unsubscribe links begin with it.
    pub public_url: String,
    /// Hosts of their own that dialects answer on, at the root: dialect and host, with its port when it is not the usual one.
    pub dialect_hosts: Vec<(String, String)>,
    /// Native requests per minute and key.
    pub requests_per_minute: u32,
    /// Credits for one email handed over.
    pub email_price: i64,
    /// How long an action waits for a person before it is refused.
    pub approval_ms: i64,
    /// Hand-overs before a mail that is never accepted fails.
    pub max_attempts: i64,
    /// Soft bounces before an address is suppressed.
    pub max_soft_bounces: i64,
    /// How long a claim of due work lasts. Longer than the longest hand-over, so that a live worker never loses it; after a
    /// crash, what was being handed over shows as unknown when it ends.
    pub lease_ms: i64,
    /// Credits for a company that is discovered first.
    pub discovery_price: i64,
    /// Credits for each address or number that is found.
    pub enrichment_price: i64,
    /// Credits for one text message handed over.
    pub sms_price: i64,
    /// Credits for one minute of a call begun.
    pub call_minute_price: i64,
    /// Minutes set aside for a call that is queued without an estimate.
    pub call_estimate_minutes: i64,
    /// How long a call may ring.
    pub ring_ms: i64,
    /// How long a call may last once answered.
    pub longest_call_ms: i64,
    /// How long after its time a carrier's report may come, before a call of which nothing is heard is given up.
    pub report_grace_ms: i64,
    /// Credits for one unit of a skill that `prices` does not name.
    pub task_price: i64,
    /// Credits for one unit, by the name of the skill or look-up.
    pub prices: std::collections::BTreeMap<String, i64>,
    /// Tokens that a language model may use for one project in a day (UTC), questions and answers together.
    pub model_tokens_per_day: i64,
    /// Hosts that the operator opened: what others name may lead there though it is private, and without TLS.
    pub open_hosts: Vec<String>,
    /// Call templates: those in the binary, with an operator's over them; absent when the files can't be read.
    pub catalog: Option<Arc<Catalog>>,
    /// Transports that need the sending domain's SPF, DKIM and DMARC to be in order: all but the capture mailbox.
    pub require_domain_check: bool,
    /// What projects can subscribe to.
    pub plans: Plans,
    /// Credits that projects can buy.
    pub packs: Packs,
    /// What Stripe signs webhooks with; none are taken without it.
    pub stripe_webhook_secret: Option<Secret>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:7700".to_owned(),
            dialect_hosts: Vec::new(),
            requests_per_minute: 6_000,
            email_price: 0,
            approval_ms: 14 * outrider_domain::time::DAY,
            max_attempts: 8,
            max_soft_bounces: 3,
            lease_ms: crate::ports::DELIVER_DEADLINE_MS + 60 * outrider_domain::time::SECOND,
            require_domain_check: false,
            plans: Plans::default(),
            packs: Packs::default(),
            stripe_webhook_secret: None,
            discovery_price: 1,
            enrichment_price: 1,
            task_price: 5,
            prices: [("company_lookup".to_owned(), 1), ("industry_signals".to_owned(), 0)].into(),
            model_tokens_per_day: 500_000,
            open_hosts: Vec::new(),
            sms_price: 0,
            call_minute_price: 0,
            call_estimate_minutes: 5,
            ring_ms: 45 * outrider_domain::time::SECOND,
            longest_call_ms: 60 * outrider_domain::time::MINUTE,
            report_grace_ms: 60 * outrider_domain::time::SECOND,
            catalog: EMBEDDED.clone(),
        }
    }
}

/// Shared by all transactions of one engine.
pub struct Core {
    /// Makes ids.
    pub ids: IdSource,
    /// The rules' settings.
    pub settings: Settings,
    /// Signs unsubscribe links and cursors; made once per installation.
    pub secret: Vec<u8>,
    /// Where `now` comes from.
    pub clock: std::sync::Arc<dyn Clock>,
}

/// The templates in the binary, read once.
static EMBEDDED: LazyLock<Option<Arc<Catalog>>> = LazyLock::new(|| Catalog::embedded().ok().map(Arc::new));

impl Core {
    /// The call templates.
    ///
    /// # Errors
    /// `internal_error` when the files could not be read.
    pub fn catalog(&self) -> Result<&Catalog> {
        let missing = || Error::new(code::INTERNAL_ERROR, "The call templates of this server can't be read.");
        self.settings.catalog.as_deref().ok_or_else(missing)
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.clock.now()
    }
}
