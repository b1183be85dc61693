//! Packs of credits that are bought once, as an operator sets them up. Takes no payment.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Credits that are bought once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// As people know it.
    pub name: String,
    /// ISO 4217, lower case.
    pub currency: String,
    /// In the currency's smallest unit: 1000 is 10.00 USD.
    pub amount: u32,
    /// What it brings.
    pub credits: u32,
}

/// The packs on offer, by the names that operations know them by.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<String, Pack>")]
pub struct Packs(BTreeMap<String, Pack>);

/// Packs that can't be offered; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidPacks(String);

impl Packs {
    /// The pack of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Pack> {
        self.0.get(name)
    }

    /// Every pack, the cheapest first.
    #[must_use]
    pub fn by_price(&self) -> Vec<(&str, &Pack)> {
        let mut packs: Vec<(&str, &Pack)> = self.0.iter().map(|(name, pack)| (name.as_str(), pack)).collect();
        packs.sort_by_key(|(name, pack)| (pack.amount, *name));
        packs
    }
}

impl TryFrom<BTreeMap<String, Pack>> for Packs {
    type Error = InvalidPacks;

    fn try_from(packs: BTreeMap<String, Pack>) -> Result<Self, InvalidPacks> {
        for (name, pack) in &packs {
            let is_currency =
                pack.currency.len() == 3 && pack.currency.bytes().all(|letter| letter.is_ascii_lowercase());
            if !is_currency {
                return Err(InvalidPacks(format!("the pack {name} has a currency of other than three small letters")));
            }
            if pack.amount == 0 || pack.credits == 0 || pack.name.trim().is_empty() {
                return Err(InvalidPacks(format!("the pack {name} needs a name, an amount and credits")));
            }
        }
        Ok(Self(packs))
    }
}

impl Default for Packs {
    /// The three that Data Reaktor's document names.
    fn default() -> Self {
        let pack = |name: &str, dollars: u32, credits: u32| Pack {
            name: name.to_owned(),
            currency: "usd".to_owned(),
            amount: dollars * 100,
            credits,
        };
        Self(BTreeMap::from([
            ("pack_basic".to_owned(), pack("Basic pack", 10, 1_000)),
            ("pack_plus".to_owned(), pack("Plus pack", 49, 6_000)),
            ("pack_max".to_owned(), pack("Max pack", 149, 20_000)),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Pack, Packs};

    #[test]
    fn packs_need_a_name_a_price_credits_and_a_currency() {
        assert_eq!(
            Packs::default().by_price().first().map(|(name, pack)| (*name, pack.credits)),
            Some(("pack_basic", 1_000))
        );
        let good = Pack { name: "P".to_owned(), currency: "eur".to_owned(), amount: 1, credits: 1 };
        let made = |pack: Pack| Packs::try_from(BTreeMap::from([("p".to_owned(), pack)]));
        assert!(made(good.clone()).is_ok());
        for bad in [
            Pack { currency: "EUR".to_owned(), ..good.clone() },
            Pack { amount: 0, ..good.clone() },
            Pack { credits: 0, ..good.clone() },
            Pack { name: " ".to_owned(), ..good },
        ] {
            assert!(made(bad).is_err());
        }
    }
}
