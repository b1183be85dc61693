//! Memory: what a server that does nothing keeps resident, before and after searches.

use std::time::Duration;

use super::api::serve;
use super::broken;
use super::load::{Client, request};
use super::people::{Person, sample};
use super::report::{Budget, Row};
use super::rig::Rig;
use crate::failure::Outcome;

/// MB of 10^6 bytes.
const BUDGET: f64 = 60.0;
/// How long it does nothing before it is looked at.
const REST: Duration = Duration::from_secs(3);
const SEARCHES: u64 = 100;

pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let filled = rig.filled().await?;
    let (child, address) = serve(&filled).await?;
    tokio::time::sleep(REST).await;
    let idle = child.resident()?;
    let mut client = Client::connect(address).await?;
    for (turn, person) in (0..).zip(sample(rig.leads, SEARCHES, 5).map(Person::new)) {
        let query = if turn % 2 == 0 { person.email } else { person.last };
        let path = format!("/api/v1/leads?query={query}");
        let answer = client.ask(&request("GET", &path, &filled.key, None)).await?;
        if answer.status != 200 {
            return Err(broken(format!("{path} gave {}", answer.status)));
        }
    }
    tokio::time::sleep(REST).await;
    let used = child.resident()?;
    child.stop();
    let row = |name, what: String, value| Row::new(name, what, value, "MB").budget(Budget::AtMost(BUDGET));
    Ok(vec![
        row(
            "memory.idle",
            format!("VmRSS of serve with {} leads, {} s after it was ready", rig.leads, REST.as_secs()),
            idle,
        ),
        row("memory.searched", format!("the same after {SEARCHES} searches"), used),
    ])
}
