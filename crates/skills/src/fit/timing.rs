//! What observations say about timing: how strongly each speaks for talking now. Reads nothing; observations come read.

use crate::observation::{Kind, Observation};

/// What timing counts where nothing was noticed.
pub const QUIET: f64 = 0.4;

/// How much one observation of a kind counts; below zero against. What is not known to mean anything counts a little, never against.
#[must_use]
pub const fn weight(kind: Kind) -> f64 {
    match kind {
        Kind::Contraction => -1.0,
        Kind::Bound => -0.8,
        Kind::Delay => -0.7,
        Kind::Intent => 1.2,
        Kind::Funding | Kind::Hiring | Kind::Leadership | Kind::Window => 1.0,
        Kind::Acquisition | Kind::Growth | Kind::Expansion | Kind::Pain => 0.8,
        Kind::Engaged => 0.7,
        Kind::Launch => 0.6,
        Kind::Technology | Kind::Voice => 0.5,
        Kind::Met => 0.4,
        Kind::Other => 0.2,
    }
}

/// All together, 0 to 1, from [`QUIET`] up by what speaks for now and down by what speaks against; the first ones count most, since the
/// third sign of the same thing tells little.
#[must_use]
pub fn strength(observations: &[&Observation]) -> f64 {
    let sum = |against: bool| -> f64 {
        let counted = observations.iter().filter(|each| each.kind.is_against() == against);
        counted.map(|each| weight(each.kind).abs()).sum()
    };
    (QUIET + (1.0 - QUIET) * (1.0 - (-sum(false)).exp())) * (-sum(true)).exp()
}

#[cfg(test)]
mod tests {
    use super::{QUIET, strength};
    use crate::observation::Notes;

    fn of(signals: &[&str]) -> f64 {
        let signals: Vec<String> = signals.iter().map(|signal| (*signal).to_owned()).collect();
        let notes = Notes::read("Brightwell", "P N", None, &signals);
        strength(&notes.observations.iter().collect::<Vec<_>>())
    }

    #[test]
    fn only_bad_signs_count_against() {
        assert_eq!(of(&[]), QUIET);
        for signal in [
            "New ERP rollout",
            "Acquired three clinics",
            "Requested a demo",
            "Visited pricing page twice",
            "Starred our GitHub repo",
            "Store manager turnover is 38%",
            "Contract with competitor ends in March",
            "Uses Salesforce",
            "Quarzsand im Getriebe",
        ] {
            assert!(of(&[signal]) > QUIET, "{signal}: {}", of(&[signal]));
            assert!(of(&["Series B funded", signal]) > of(&["Series B funded"]), "{signal}");
        }
        for signal in [
            "Announced layoffs of 15%",
            "Hiring freeze",
            "No budget until Q3",
            "Just signed a contract with a competitor",
            "Filed for bankruptcy",
        ] {
            assert!(of(&[signal]) < QUIET, "{signal}: {}", of(&[signal]));
        }
        assert!(of(&["Requested a demo"]) > of(&["Uses Salesforce"]));
    }
}
