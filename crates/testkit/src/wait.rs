//! Owns waiting for something another process does. Must not be used to paper over a race inside one process.

use std::sync::atomic::{AtomicU32, Ordering};
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

/// Where [`free_ports`] looks: above the well-known ones and below those the system hands to outgoing connections, one of
/// which could otherwise take a port in the moment before its server does.
const SERVER_PORTS: std::ops::Range<u16> = 16_000..32_000;

/// `count` loopback TCP ports that were free a moment ago and differ from each other, for servers that cannot choose their own.
///
/// Nothing holds them afterwards, so whoever starts a server on one must be ready to try again. Calls go round the range from
/// a place that depends on the process, so that test processes side by side seldom meet.
///
/// # Errors
/// When the range has too few free ports.
pub fn free_ports(count: usize) -> std::io::Result<Vec<u16>> {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let size = u32::from(SERVER_PORTS.end - SERVER_PORTS.start);
    let first = std::process::id().wrapping_mul(2_654_435_761) % size;
    let mut ports = Vec::with_capacity(count);
    for _ in 0..size {
        if ports.len() == count {
            return Ok(ports);
        }
        let step = (first + CALLS.fetch_add(1, Ordering::Relaxed)) % size;
        let port = SERVER_PORTS.start + u16::try_from(step).map_err(std::io::Error::other)?;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            ports.push(port);
        }
    }
    Err(std::io::ErrorKind::AddrInUse.into())
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
        let again = free_ports(7).expect("seven more");
        assert!(again.iter().all(|port| !different.contains(port)), "servers of one process get ports of their own");
    }
}
