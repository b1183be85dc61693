//! Owns the road from an [`OutgoingMail`] to a mail server: build, sign, hand over. Decides neither when nor whether to send.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use outrider_domain::mail::{Delivery, OutgoingMail};
use outrider_engine::ports::Mailer;

use crate::compose::compose;
use crate::dkim::{DkimError, DomainKey};
use crate::smtp::{CheckStep, Envelope, Pool, Timeouts, Transport, TransportError};

/// Hands mails to SMTP servers, one pool of connections per transport, signed by the keys of the From domain.
pub struct SmtpMailer {
    pools: BTreeMap<String, Pool>,
    keys: HashMap<String, Vec<Arc<DomainKey>>>,
}

impl SmtpMailer {
    /// Prepares a pool for each named transport; connects nowhere yet. A domain with several keys gets several signatures.
    ///
    /// # Errors
    /// Names the transport whose settings can't work.
    pub fn new(
        transports: BTreeMap<String, Transport>,
        keys: Vec<DomainKey>,
    ) -> Result<Self, (String, TransportError)> {
        Self::with_timeouts(transports, keys, Timeouts::default())
    }

    /// As [`Self::new`], with other time limits.
    ///
    /// # Errors
    /// Names the transport whose settings can't work.
    pub fn with_timeouts(
        transports: BTreeMap<String, Transport>,
        keys: Vec<DomainKey>,
        timeouts: Timeouts,
    ) -> Result<Self, (String, TransportError)> {
        let mut pools = BTreeMap::new();
        for (name, transport) in transports {
            match Pool::new(transport, timeouts) {
                Ok(pool) => pools.insert(name, pool),
                Err(error) => return Err((name, error)),
            };
        }
        let mut by_domain: HashMap<String, Vec<Arc<DomainKey>>> = HashMap::new();
        for key in keys {
            by_domain.entry(key.domain().as_str().to_owned()).or_default().push(Arc::new(key));
        }
        Ok(Self { pools, keys: by_domain })
    }

    /// Tries a transport without sending a mail; nothing when there is none of that name.
    pub async fn check(&self, transport: &str) -> Option<Vec<CheckStep>> {
        Some(self.pools.get(transport)?.check().await)
    }

    /// The bytes that would be handed over: built, and signed when the From domain has a key.
    ///
    /// # Errors
    /// The outcome to report instead: refused when the mail can't be built, deferred when signing failed.
    pub async fn build(&self, mail: &OutgoingMail) -> Result<Vec<u8>, Delivery> {
        let mut message = compose(mail).map_err(|error| Delivery::Refused {
            code: None,
            enhanced: None,
            response: error.to_string(),
            bad_address: false,
        })?;
        let Some(keys) = self.keys.get(mail.from.domain()) else {
            return Ok(message);
        };
        let mut signatures = String::new();
        for key in keys {
            let signed = sign(key, &mut message).await;
            signatures += &signed.map_err(|error| Delivery::Deferred {
                code: None,
                response: format!("the mail could not be signed: {error}"),
                transport: true,
            })?;
        }
        let mut signed = signatures.into_bytes();
        signed.append(&mut message);
        Ok(signed)
    }

    async fn hand_over(&self, transport: &str, mail: &OutgoingMail) -> Delivery {
        let Some(pool) = self.pools.get(transport) else {
            let response = format!("no mail transport is named {transport}");
            return Delivery::Deferred { code: None, response, transport: true };
        };
        match self.build(mail).await {
            Ok(message) => pool.send(Envelope { from: &mail.envelope_from, to: &mail.to }, &message).await,
            Err(outcome) => outcome,
        }
    }
}

/// Signs on this thread when that is cheap, on a blocking one when it takes about a millisecond.
async fn sign(key: &Arc<DomainKey>, message: &mut Vec<u8>) -> Result<String, DkimError> {
    if !key.is_slow() {
        return key.sign(message);
    }
    let key = Arc::clone(key);
    let unsigned = std::mem::take(message);
    let (signature, unsigned) = tokio::task::spawn_blocking(move || (key.sign(&unsigned), unsigned))
        .await
        .map_err(|error| DkimError::Library(error.to_string()))?;
    *message = unsigned;
    signature
}

impl Mailer for SmtpMailer {
    fn deliver<'a>(&'a self, transport: &'a str, mail: &'a OutgoingMail) -> BoxFuture<'a, Delivery> {
        self.hand_over(transport, mail).boxed()
    }

    fn knows(&self, transport: &str) -> bool {
        self.pools.contains_key(transport)
    }

    fn connections(&self) -> usize {
        self.pools.values().map(Pool::connections).sum()
    }
}
