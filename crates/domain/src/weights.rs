//! Choices that look random and are not: the same ids give the same answer on every node and in every preview.
//! Hashes what it is given; never draws randomness.

use sha2::{Digest, Sha256};

/// A seed from a purpose and ids. The purpose keeps choices about the same ids independent of each other.
#[must_use]
pub fn seed(purpose: &str, ids: &[i64]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(purpose.as_bytes());
    hash.update([0]);
    for id in ids {
        hash.update(id.to_be_bytes());
    }
    hash.finalize().into()
}

fn number(seed: &[u8]) -> u64 {
    let hash: [u8; 32] = Sha256::digest(seed).into();
    hash.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// The index of one of `weights`, each as likely as its weight says. 0 when there is none or all are 0.
#[must_use]
pub fn choose(seed: &[u8], weights: &[u32]) -> usize {
    let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    // The high half of the product is even over 0..total, without the bias and cost of a remainder.
    let mut point = (u128::from(number(seed)) * total) >> 64;
    for (index, weight) in weights.iter().enumerate() {
        let weight = u128::from(*weight);
        if point < weight {
            return index;
        }
        point -= weight;
    }
    0
}

/// A number from 0 up to, not including, 1.
#[must_use]
pub fn fraction(seed: &[u8]) -> f64 {
    // 53 bits: what a double holds exactly, so that the result can't round up to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    let bits = (number(seed) >> 11) as f64;
    bits / 9_007_199_254_740_992.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_follow_the_weights() {
        let weights = [5, 0, 3, 2];
        let mut counts = [0_u32; 4];
        for id in 0..20_000 {
            counts[choose(&seed("variant", &[7, id]), &weights)] += 1;
        }
        assert_eq!(counts[1], 0, "a weight of 0 is never chosen");
        for (index, expected) in [(0, 10_000_u32), (2, 6_000), (3, 4_000)] {
            assert!(counts[index].abs_diff(expected) < 300, "{counts:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_choice_and_another_purpose_another() {
        let same = |id| choose(&seed("a", &[id]), &[1, 1]) == choose(&seed("a", &[id]), &[1, 1]);
        assert!((0..100).all(same));
        let agree =
            (0..2_000).filter(|id| choose(&seed("a", &[*id]), &[1, 1]) == choose(&seed("b", &[*id]), &[1, 1])).count();
        assert!((900..1_100).contains(&agree), "independent choices agree half of the time: {agree}");
    }

    #[test]
    fn choice_is_total() {
        assert_eq!(choose(b"x", &[]), 0);
        assert_eq!(choose(b"x", &[0, 0]), 0);
        assert_eq!(choose(b"x", &[0, 0, u32::MAX]), 2);
    }

    #[test]
    fn choices_do_not_change_between_releases() {
        let chosen: Vec<usize> = (0..12).map(|id| choose(&seed("variant", &[id]), &[1, 1, 1])).collect();
        // From an implementation of its own, in Python.
        assert_eq!(chosen, [2, 1, 0, 2, 0, 1, 1, 2, 1, 1, 2, 0]);
    }

    #[test]
    fn fractions_are_even() {
        let mut buckets = [0_u32; 10];
        for id in 0..20_000 {
            let value = fraction(&seed("sample", &[id]));
            assert!((0.0..1.0).contains(&value));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 9")]
            let bucket = (value * 10.0) as usize;
            buckets[bucket] += 1;
        }
        assert!(buckets.iter().all(|count| count.abs_diff(2_000) < 200), "{buckets:?}");
    }
}
