//! Node slots: never two holders, never an id twice.

use std::collections::HashSet;

use outrider_domain::id::IdSource;
use outrider_domain::time::Millis;
use outrider_store::Error;
use outrider_store::nodes::NODE_LEASE_MS;

use crate::rig::Rig;

const NOW: Millis = Millis(1_790_000_000_000);

#[tokio::test]
async fn slots_are_unique_and_run_out() {
    for rig in Rig::all().await {
        let mut waiting = Vec::new();
        for _ in 0..256 {
            let store = rig.store.clone();
            waiting.push(tokio::spawn(async move { store.lease_node(NOW).await }));
        }
        let mut slots = HashSet::new();
        for lease in waiting {
            assert!(slots.insert(lease.await.unwrap().unwrap().slot()), "{}", rig.name);
        }
        assert_eq!(slots.len(), 256, "{}", rig.name);
        assert_eq!(rig.store.lease_node(NOW).await.unwrap_err(), Error::Busy, "{}", rig.name);
        rig.store.lease_node(NOW.plus(NODE_LEASE_MS)).await.unwrap();
    }
}

#[tokio::test]
async fn a_successor_never_repeats_an_id() {
    for rig in Rig::all().await {
        let first = rig.store.lease_node(NOW).await.unwrap();
        let source = IdSource::new(first.slot(), first.floor());
        let mut seen: HashSet<i64> = (0..50_000).map(|_| source.next(NOW)).collect();
        first.renew(NOW.plus(1_000), source.high_water()).await.unwrap();
        seen.insert(source.next(NOW.plus(NODE_LEASE_MS)));
        // It dies without a word, and the clock of the next one is a little behind.
        let later = NOW.plus(NODE_LEASE_MS + 1_001);
        let second = loop {
            let lease = rig.store.lease_node(later).await.unwrap();
            if lease.slot() == first.slot() {
                break lease;
            }
        };
        let source = IdSource::new(second.slot(), second.floor());
        assert!((0..1_000).all(|_| seen.insert(source.next(NOW))), "{}", rig.name);
        assert_eq!(
            first.renew(later, NOW).await,
            Err(Error::Conflict { constraint: "node lease".to_owned() }),
            "{}: the lease is lost",
            rig.name
        );
        second.renew(later, source.high_water()).await.unwrap();
    }
}

#[tokio::test]
async fn a_slot_given_back_is_taken_again_at_the_clocks_time() {
    for rig in Rig::all().await {
        let lease = rig.store.lease_node(NOW).await.unwrap();
        let slot = lease.slot();
        lease.release(NOW.plus(5)).await.unwrap();
        let again = rig.store.lease_node(NOW.plus(10)).await.unwrap();
        assert!(again.floor() <= NOW.plus(10), "{}", rig.name);
        assert!(again.slot() != slot || again.floor() == NOW.plus(5), "{}", rig.name);
    }
}
