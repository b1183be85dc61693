//! Owns waiting for something another process does. Must not be used to paper over a race inside one process.

use std::time::{Duration, Instant};

/// Asks `probe` until it has an answer or `limit` has passed; the last probe is made after the limit.
pub fn until<T>(limit: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(2);
    loop {
        let late = Instant::now() >= deadline;
        if let Some(found) = probe() {
            return Some(found);
        }
        if late {
            return None;
        }
        std::thread::sleep(pause.min(deadline.saturating_duration_since(Instant::now())));
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// `count` loopback TCP ports that were free a moment ago and differ from each other.
///
/// Nothing holds them afterwards, so whoever starts a server on one must be ready to try again.
///
/// # Errors
/// When the system has no free port.
pub fn free_ports(count: usize) -> std::io::Result<Vec<u16>> {
    let held = (0..count)
        .map(|_| std::net::TcpListener::bind(("127.0.0.1", 0)))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_answer_is_found_and_a_missing_one_is_not() {
        let mut asked = 0;
        let found = until(Duration::from_secs(5), || {
            asked += 1;
            (asked == 4).then_some(asked)
        });
        assert_eq!(found, Some(4));
        let begun = Instant::now();
        assert_eq!(until(Duration::from_millis(60), || None::<()>), None);
        assert!(begun.elapsed() >= Duration::from_millis(60));
    }

    #[test]
    fn ports_differ_and_can_be_bound() {
        let ports = free_ports(7).expect("seven free ports");
        let different: std::collections::BTreeSet<_> = ports.iter().collect();
        assert_eq!(different.len(), 7);
        assert!(std::net::TcpListener::bind(("127.0.0.1", ports[3])).is_ok());
    }
}
