//! What is counted, and its text for Prometheus. Counts in this process; keeps no history.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram's buckets, in milliseconds.
const BUCKETS: &[u64] = &[1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/// Counters and gauges of this process.
#[derive(Debug, Default)]
pub struct Meters {
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    durations: Mutex<BTreeMap<&'static str, Histogram>>,
    jobs: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    deliveries: Mutex<BTreeMap<&'static str, u64>>,
    connections: AtomicI64,
    streams: AtomicI64,
}

#[derive(Debug, Clone, Default)]
struct Histogram {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

impl Meters {
    /// A job ended: `completed`, `failed`, `retried`, `lost`, ….
    pub fn count_job(&self, kind: &'static str, outcome: &'static str) {
        *locked(&self.jobs).entry((kind, outcome)).or_default() += 1;
    }

    /// A message was handed over, or not: `delivered`, `failed`, `refused`, `deferred`, `unknown`.
    pub fn count_delivery(&self, outcome: &'static str) {
        *locked(&self.deliveries).entry(outcome).or_default() += 1;
    }

    /// A request was answered.
    pub(crate) fn count_request(&self, operation: &'static str, status: u16, duration: Duration) {
        *locked(&self.requests).entry((operation, status)).or_default() += 1;
        let mut durations = locked(&self.durations);
        let histogram = durations.entry(operation).or_default();
        if let Some(bucket) = BUCKETS.iter().position(|bound| duration <= Duration::from_millis(*bound)) {
            histogram.buckets[bucket] += 1;
        }
        histogram.count += 1;
        histogram.sum += duration;
    }

    /// A connection is open as long as this lives.
    pub(crate) fn connection(self: &Arc<Self>) -> Gauge {
        Gauge::new(self, |meters| &meters.connections)
    }

    /// An event stream is open as long as this lives.
    pub(crate) fn stream(self: &Arc<Self>) -> Gauge {
        Gauge::new(self, |meters| &meters.streams)
    }

    /// The text that Prometheus reads (exposition format 0.0.4).
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        family(&mut text, "outrider_http_requests_total", "counter", "Requests answered.");
        for ((operation, status), count) in locked(&self.requests).iter() {
            line(
                &mut text,
                &format!("outrider_http_requests_total{{operation=\"{operation}\",status=\"{status}\"}} {count}"),
            );
        }
        family(&mut text, "outrider_http_request_seconds", "histogram", "Time to the answer's head.");
        for (operation, histogram) in locked(&self.durations).iter() {
            histogram.render(&mut text, operation);
        }
        family(&mut text, "outrider_http_connections", "gauge", "Open connections.");
        line(&mut text, &format!("outrider_http_connections {}", self.connections.load(Ordering::Relaxed)));
        family(&mut text, "outrider_event_streams", "gauge", "Open event streams.");
        line(&mut text, &format!("outrider_event_streams {}", self.streams.load(Ordering::Relaxed)));
        family(&mut text, "outrider_jobs_total", "counter", "Jobs ended.");
        for ((kind, outcome), count) in locked(&self.jobs).iter() {
            line(&mut text, &format!("outrider_jobs_total{{kind=\"{kind}\",outcome=\"{outcome}\"}} {count}"));
        }
        family(&mut text, "outrider_deliveries_total", "counter", "Messages handed over, by outcome.");
        for (outcome, count) in locked(&self.deliveries).iter() {
            line(&mut text, &format!("outrider_deliveries_total{{outcome=\"{outcome}\"}} {count}"));
        }
        text
    }
}

impl Histogram {
    fn render(&self, text: &mut String, operation: &str) {
        let name = "outrider_http_request_seconds";
        let mut total = 0;
        for (bound, count) in BUCKETS.iter().zip(self.buckets) {
            total += count;
            let seconds = Duration::from_millis(*bound).as_secs_f64();
            line(text, &format!("{name}_bucket{{operation=\"{operation}\",le=\"{seconds}\"}} {total}"));
        }
        line(text, &format!("{name}_bucket{{operation=\"{operation}\",le=\"+Inf\"}} {}", self.count));
        line(text, &format!("{name}_sum{{operation=\"{operation}\"}} {}", self.sum.as_secs_f64()));
        line(text, &format!("{name}_count{{operation=\"{operation}\"}} {}", self.count));
    }
}

/// Something is there as long as this lives.
pub(crate) struct Gauge {
    meters: Arc<Meters>,
    of: fn(&Meters) -> &AtomicI64,
}

impl Gauge {
    fn new(meters: &Arc<Meters>, of: fn(&Meters) -> &AtomicI64) -> Self {
        of(meters).fetch_add(1, Ordering::Relaxed);
        Self { meters: Arc::clone(meters), of }
    }
}

impl Drop for Gauge {
    fn drop(&mut self) {
        (self.of)(&self.meters).fetch_sub(1, Ordering::Relaxed);
    }
}

fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    line(text, &format!("# HELP {name} {help}"));
    line(text, &format!("# TYPE {name} {kind}"));
}

fn line(text: &mut String, line: &str) {
    // Writing to a String can't fail.
    let _ = writeln!(text, "{line}");
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::Meters;

    #[test]
    fn buckets_add_up_and_gauges_fall_back() {
        let meters = Arc::new(Meters::default());
        for milliseconds in [1, 3, 3, 60_000] {
            meters.count_request("get_lead", 200, Duration::from_millis(milliseconds));
        }
        meters.count_job("deliver", "completed");
        meters.count_delivery("delivered");
        let open = meters.connection();
        let text = meters.render();
        for expected in [
            "outrider_http_requests_total{operation=\"get_lead\",status=\"200\"} 4",
            "outrider_http_request_seconds_bucket{operation=\"get_lead\",le=\"0.001\"} 1",
            "outrider_http_request_seconds_bucket{operation=\"get_lead\",le=\"0.005\"} 3",
            "outrider_http_request_seconds_bucket{operation=\"get_lead\",le=\"10\"} 3",
            "outrider_http_request_seconds_bucket{operation=\"get_lead\",le=\"+Inf\"} 4",
            "outrider_http_connections 1",
            "outrider_jobs_total{kind=\"deliver\",outcome=\"completed\"} 1",
            "outrider_deliveries_total{outcome=\"delivered\"} 1",
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected} is not in\n{text}");
        }
        drop(open);
        assert!(meters.render().contains("outrider_http_connections 0\n"));
    }
}
