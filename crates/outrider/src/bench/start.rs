//! Start: from starting the process to the first good answer of `/readyz`.

use std::time::Instant;

use super::api::serve;
use super::report::{Budget, Row};
use super::rig::Rig;
use crate::failure::Outcome;

/// Seconds.
const BUDGET: f64 = 1.0;
const TURNS: usize = 5;

pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let filled = rig.filled().await?;
    let mut slowest: f64 = 0.0;
    for _ in 0..TURNS {
        let begun = Instant::now();
        let (child, _) = serve(&filled).await?;
        slowest = slowest.max(begun.elapsed().as_secs_f64());
        child.stop();
    }
    let what = format!(
        "serve with {} leads until /readyz says yes, slowest of {TURNS}; files in the system's cache",
        rig.leads
    );
    Ok(vec![Row::new("start", what, slowest, "s").budget(Budget::AtMost(BUDGET))])
}
