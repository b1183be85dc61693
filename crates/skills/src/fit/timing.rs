//! What observations say about timing: how strongly each speaks for talking now. Reads nothing; observations come read.

use crate::observation::{Kind, Observation};

/// How much one observation of a kind counts; below zero against.
#[must_use]
pub const fn weight(kind: Kind) -> f64 {
    match kind {
        Kind::Contraction => -1.0,
        Kind::Funding | Kind::Hiring | Kind::Leadership => 1.0,
        Kind::Growth | Kind::Expansion | Kind::Pain => 0.8,
        Kind::Launch => 0.6,
        Kind::Technology => 0.4,
        Kind::Other => 0.2,
    }
}

/// All together, 0 to 1: the first ones count most, since the third sign of the same thing tells little.
#[must_use]
pub fn strength(observations: &[Observation]) -> f64 {
    let sum: f64 = observations.iter().map(|each| weight(each.kind)).sum();
    if sum <= 0.0 { 0.0 } else { 1.0 - (-sum).exp() }
}
