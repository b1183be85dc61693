//! Leases of node slots, so that no two processes make the same ids. Makes no ids itself.

use std::hash::{BuildHasher, RandomState};

use outrider_domain::time::{MINUTE, Millis};

use crate::error::Error;
use crate::store::Store;
use crate::tx::Tx;
use crate::{statements, values};

/// Slots there are: 8 bits of an id.
const SLOTS: i64 = 256;

/// How long a slot stays taken without renewal, in milliseconds. Renew at a third of it; clocks of nodes may differ by
/// another third.
pub const NODE_LEASE_MS: i64 = MINUTE;

statements! {
    /// Every slot ever used.
    pub LIST = "SELECT slot, lease_until, high_water FROM nodes ORDER BY slot";
    /// Takes a slot that is free or whose lease ran out.
    pub CLAIM = "INSERT INTO nodes (slot, holder, lease_until, high_water) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (slot) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until,
        high_water = CASE WHEN excluded.high_water > nodes.high_water THEN excluded.high_water ELSE nodes.high_water END
        WHERE nodes.lease_until <= ?5";
    /// Prolongs a lease that is still held.
    pub RENEW = "UPDATE nodes SET lease_until = ?3, high_water = CASE WHEN high_water < ?4 THEN ?4 ELSE high_water END
        WHERE slot = ?1 AND holder = ?2";
    /// Gives a slot back with the time it really used.
    pub RELEASE = "UPDATE nodes SET lease_until = 0, high_water = ?3 WHERE slot = ?1 AND holder = ?2";
    /// Who holds a slot.
    pub HOLDERS = "SELECT holder FROM nodes WHERE lease_until > ?1 ORDER BY slot";
    /// Leases that have not run out.
    pub COUNT_LIVE = "SELECT COUNT(*) FROM nodes WHERE lease_until > ?1";
}

/// A node slot held by this process.
#[derive(Debug)]
pub struct NodeLease {
    store: Store,
    slot: u8,
    holder: String,
    floor: Millis,
}

impl NodeLease {
    /// The slot, for `IdSource::new`.
    #[must_use]
    pub fn slot(&self) -> u8 {
        self.slot
    }

    /// The name of this process among all that ever held a slot.
    #[must_use]
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// A time that no earlier holder's ids have passed, for `IdSource::new`.
    ///
    /// After a crash it may lie up to [`NODE_LEASE_MS`] ahead of the clock.
    #[must_use]
    pub fn floor(&self) -> Millis {
        self.floor
    }

    /// Holds the slot for another [`NODE_LEASE_MS`], and notes that ids up to then may be used.
    ///
    /// `high_water` is `IdSource::high_water`, which runs ahead of the clock after a burst.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the lease ran out and another process took the slot: stop making ids at once.
    pub async fn renew(&self, now: Millis, high_water: Millis) -> Result<(), Error> {
        let (slot, holder) = (self.slot, self.holder.clone());
        let ahead = now.max(high_water).plus(NODE_LEASE_MS);
        self.store
            .write(move |tx| {
                let held = tx.execute(&RENEW, &values![slot, holder.as_str(), now.plus(NODE_LEASE_MS), ahead])?;
                if held == 1 { Ok(()) } else { Err(Error::Conflict { constraint: "node lease".to_owned() }) }
            })
            .await
    }

    /// Gives the slot back; `high_water` is `IdSource::high_water`. No id may be made afterwards.
    ///
    /// # Errors
    /// As the database says; the lease then runs out by itself.
    pub async fn release(self, high_water: Millis) -> Result<(), Error> {
        let (slot, holder, floor) = (self.slot, self.holder, self.floor);
        self.store
            .write(move |tx| tx.execute(&RELEASE, &values![slot, holder.as_str(), high_water.max(floor)]).map(drop))
            .await
    }
}

impl Store {
    /// Takes a free node slot for this process.
    ///
    /// # Errors
    /// [`Error::Busy`] when all 256 are taken.
    pub async fn lease_node(&self, now: Millis) -> Result<NodeLease, Error> {
        let holder = format!("{}-{:016x}", std::process::id(), RandomState::new().hash_one(now.0));
        let name = holder.clone();
        let (slot, floor) = self.write(move |tx| claim(tx, &name, now)).await?;
        Ok(NodeLease { store: self.clone(), slot, holder, floor })
    }
}

/// The names of the processes whose leases have not run out.
///
/// # Errors
/// When the database fails.
pub fn holders(tx: &mut Tx<'_>, now: Millis) -> Result<Vec<String>, Error> {
    tx.query(&HOLDERS, &values![now])?.iter().map(|row| row.get(0)).collect()
}

fn claim(tx: &mut Tx<'_>, holder: &str, now: Millis) -> Result<(u8, Millis), Error> {
    let mut used: Vec<(i64, Millis, Millis)> = Vec::new();
    for row in tx.query(&LIST, &[])? {
        used.push((row.get(0)?, row.get(1)?, row.get(2)?));
    }
    let high_water =
        |slot: i64| used.iter().find(|(used, ..)| *used == slot).map_or(Millis(0), |(_, _, high_water)| *high_water);
    let mut free: Vec<i64> =
        (0..SLOTS).filter(|slot| !used.iter().any(|(used, until, _)| used == slot && *until > now)).collect();
    // A slot whose past is over keeps new ids at the clock's time; one that crashed just now would push them ahead.
    free.sort_by_key(|slot| (high_water(*slot) > now, high_water(*slot)));
    for slot in free {
        let until = now.plus(NODE_LEASE_MS);
        // Another node may have taken it since it was listed.
        if tx.execute(&CLAIM, &values![slot, holder, until, until, now])? == 1 {
            let slot =
                u8::try_from(slot).map_err(|_| Error::Corrupt("a node slot is not between 0 and 255".to_owned()))?;
            return Ok((slot, high_water(i64::from(slot))));
        }
    }
    Err(Error::Busy)
}
