//! Plans a project can subscribe to, as an operator sets them up: prices, credits, limits. Takes no payment.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The plan of those who run the server themselves: everything, without payment.
pub const SELF_HOSTED: &str = "self_hosted";
/// No plan: outreach waits.
pub const NONE: &str = "none";

/// How often a plan is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Interval {
    /// Every month.
    Monthly,
    /// Every year.
    Annual,
}

impl Interval {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Monthly, Self::Annual];

    /// As written in settings and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Annual => "annual",
        }
    }

    /// The interval of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interval| interval.as_str() == text)
    }
}

/// What a plan costs for one period, and what that period brings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// In the currency's smallest unit: 4900 is 49.00 USD, or 4900 JPY.
    pub amount: u32,
    /// Credits granted when a period is paid.
    #[serde(default)]
    pub credits: u32,
    /// The price's key at Stripe, `price_…`; when absent, checkout names the amount itself.
    #[serde(default)]
    pub stripe_price: Option<String>,
}

/// What a project may have of something; no limit when absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Agents.
    pub agents: Option<u32>,
    /// Senders: mailboxes and phone numbers.
    pub identities: Option<u32>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// As people know it.
    pub name: String,
    /// One sentence.
    #[serde(default)]
    pub description: String,
    /// ISO 4217, lower case.
    pub currency: String,
    /// Paid every month.
    #[serde(default)]
    pub monthly: Option<Price>,
    /// Paid every year.
    #[serde(default)]
    pub annual: Option<Price>,
    /// What a project under it may have.
    #[serde(default)]
    pub limits: Limits,
}

impl Plan {
    /// The price of an interval.
    #[must_use]
    pub const fn price(&self, interval: Interval) -> Option<&Price> {
        match interval {
            Interval::Monthly => self.monthly.as_ref(),
            Interval::Annual => self.annual.as_ref(),
        }
    }
}

/// The plans on offer, by the names that operations know them by.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<String, Plan>")]
pub struct Plans(BTreeMap<String, Plan>);

/// Plans that can't be offered; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidPlans(String);

impl Plans {
    /// No plans: nothing but [`SELF_HOSTED`] and [`NONE`].
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// The plan of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Plan> {
        self.0.get(name)
    }

    /// Every plan, the cheapest first.
    #[must_use]
    pub fn by_price(&self) -> Vec<(&str, &Plan)> {
        let mut plans: Vec<(&str, &Plan)> = self.0.iter().map(|(name, plan)| (name.as_str(), plan)).collect();
        plans.sort_by_key(|(name, plan)| (yearly(plan), *name));
        plans
    }

    /// The plan and interval that a price at Stripe stands for.
    #[must_use]
    pub fn of_stripe_price(&self, key: &str) -> Option<(&str, Interval)> {
        self.0.iter().find_map(|(name, plan)| {
            let has = |interval: &Interval| {
                plan.price(*interval).is_some_and(|price| price.stripe_price.as_deref() == Some(key))
            };
            Interval::ALL.into_iter().find(has).map(|interval| (name.as_str(), interval))
        })
    }
}

/// What a plan costs a year, by its cheapest way.
fn yearly(plan: &Plan) -> Option<u64> {
    let monthly = plan.monthly.as_ref().map(|price| u64::from(price.amount) * 12);
    let annual = plan.annual.as_ref().map(|price| u64::from(price.amount));
    monthly.into_iter().chain(annual).min()
}

impl Default for Plans {
    /// Three examples, in US dollars and without prices at Stripe.
    fn default() -> Self {
        let price = |amount, credits| Some(Price { amount, credits, stripe_price: None });
        let plan = |name: &str, description: &str, monthly: (u32, u32), limits| Plan {
            name: name.to_owned(),
            description: description.to_owned(),
            currency: "usd".to_owned(),
            monthly: price(monthly.0, monthly.1),
            // Two months less than twelve.
            annual: price(monthly.0 * 10, monthly.1 * 12),
            limits,
        };
        let limits = |agents, identities| Limits { agents: Some(agents), identities: Some(identities) };
        Self(BTreeMap::from([
            (
                "starter".to_owned(),
                plan("Starter", "For one person who sells: a few agents and senders.", (4_900, 1_000), limits(3, 3)),
            ),
            (
                "growth".to_owned(),
                plan("Growth", "For a small team: more agents, more senders.", (14_900, 5_000), limits(10, 15)),
            ),
            (
                "pro".to_owned(),
                plan("Pro", "For a sales department: without limits.", (39_900, 20_000), Limits::default()),
            ),
        ]))
    }
}

impl TryFrom<BTreeMap<String, Plan>> for Plans {
    type Error = InvalidPlans;

    fn try_from(plans: BTreeMap<String, Plan>) -> Result<Self, InvalidPlans> {
        let mut prices = BTreeSet::new();
        for (name, plan) in &plans {
            let refuse = |why: &str| Err(InvalidPlans(format!("the plan {name} {why}")));
            if !is_name(name) {
                return refuse("needs another name: 1 to 40 lower-case letters, digits, dashes and underscores");
            }
            if name == SELF_HOSTED || name == NONE {
                return refuse("needs another name: this one is built in");
            }
            if plan.name.trim().is_empty() || plan.name.len() > 200 || plan.description.len() > 1_000 {
                return refuse("needs a name of 1 to 200 letters and a description of at most 1000");
            }
            if plan.currency.len() != 3 || !plan.currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
                return refuse("needs a currency of three lower-case letters, such as usd");
            }
            if plan.monthly.is_none() && plan.annual.is_none() {
                return refuse("needs a monthly or an annual price");
            }
            for key in Interval::ALL.into_iter().filter_map(|each| plan.price(each)?.stripe_price.as_deref()) {
                if key.is_empty() || !prices.insert(key.to_owned()) {
                    return refuse("needs prices at Stripe that no other has");
                }
            }
        }
        Ok(Self(plans))
    }
}

/// Whether a text can name a plan.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    (1..=40).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Interval, Plans};

    fn read(plans: Value) -> Result<Plans, String> {
        serde_json::from_value(plans).map_err(|error| error.to_string())
    }

    fn plan(stripe_price: &str) -> Value {
        json!({ "name": "A", "currency": "eur", "monthly": { "amount": 100, "stripe_price": stripe_price } })
    }

    #[test]
    fn the_examples_are_valid_and_listed_by_price() {
        let plans = Plans::default();
        assert_eq!(Plans::try_from(plans.0.clone()), Ok(plans.clone()));
        assert_eq!(plans.by_price().iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["starter", "growth", "pro"]);
    }

    #[test]
    fn a_price_at_stripe_leads_to_its_plan() {
        let plans = read(json!({ "a": plan("price_a"), "b": {
            "name": "B", "currency": "eur", "annual": { "amount": 1, "stripe_price": "price_b" } } }))
        .unwrap();
        assert_eq!(plans.of_stripe_price("price_b"), Some(("b", Interval::Annual)));
        assert_eq!(plans.of_stripe_price("price_a"), Some(("a", Interval::Monthly)));
        assert_eq!(plans.of_stripe_price("price_c"), None);
    }

    #[test]
    fn what_cannot_be_offered_is_refused() {
        for (plans, because) in [
            (json!({ "A": plan("x") }), "another name"),
            (json!({ "none": plan("x") }), "built in"),
            (json!({ "a": { "name": "A", "currency": "usd" } }), "a monthly or an annual price"),
            (json!({ "a": { "name": " ", "currency": "usd", "monthly": { "amount": 1 } } }), "a name of 1 to 200"),
            (json!({ "a": { "name": "A", "currency": "USD", "monthly": { "amount": 1 } } }), "currency"),
            (json!({ "a": plan("x"), "b": plan("x") }), "no other has"),
            (json!({ "a": { "name": "A", "currency": "usd", "monthly": { "amount": -1 } } }), "invalid value"),
            (json!({ "a": { "name": "A", "currency": "usd", "weekly": { "amount": 1 } } }), "unknown field"),
        ] {
            let error = read(plans.clone()).unwrap_err();
            assert!(error.contains(because), "{plans}: {error}");
        }
    }
}
