//! What was measured, as a table and as JSON. Measures nothing but the machine's load.

use std::fmt::{Display, Formatter};

use serde_json::{Value, json};

use super::rig::Rig;
use crate::output::table;

/// What a figure must be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Budget {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// One figure.
#[derive(Debug, Clone)]
pub(super) struct Row {
    name: String,
    what: String,
    value: f64,
    unit: &'static str,
    budget: Option<Budget>,
    /// What the same thing is elsewhere, measured in the same run, and its name.
    counterpart: Option<(f64, &'static str)>,
}

impl Row {
    /// A figure without a budget.
    pub(super) fn new(name: impl Into<String>, what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), what: what.into(), value, unit, budget: None, counterpart: None }
    }

    /// With what it must be.
    pub(super) fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Beside the same figure of something else, in the same unit.
    pub(super) fn beside(mut self, value: f64, name: &'static str) -> Self {
        self.counterpart = Some((value, name));
        self
    }

    fn met(&self) -> Option<bool> {
        self.budget.map(|budget| match budget {
            Budget::AtLeast(least) => self.value >= least,
            Budget::AtMost(most) => self.value <= most,
        })
    }

    fn ratio(&self) -> Option<f64> {
        self.counterpart.map(|(other, _)| self.value / other)
    }

    fn cells(&self) -> Vec<String> {
        let budget = self.budget.map_or_else(String::new, |budget| match budget {
            Budget::AtLeast(least) => format!("≥ {}", figure(least)),
            Budget::AtMost(most) => format!("≤ {}", figure(most)),
        });
        let met = self.met().map_or("", |met| if met { "yes" } else { "NO" });
        let beside = match (self.counterpart, self.ratio()) {
            (Some((other, name)), Some(ratio)) => format!("{ratio:.2} of {name} ({})", figure(other)),
            _ => String::new(),
        };
        vec![
            self.name.clone(),
            figure(self.value),
            self.unit.to_owned(),
            budget,
            met.to_owned(),
            beside,
            self.what.clone(),
        ]
    }

    fn json(&self) -> Value {
        let budget = self.budget.map(|budget| match budget {
            Budget::AtLeast(least) => json!({ "at_least": least }),
            Budget::AtMost(most) => json!({ "at_most": most }),
        });
        let beside =
            self.counterpart.map(|(value, name)| json!({ "name": name, "value": value, "ratio": self.ratio() }));
        json!({ "name": self.name, "what": self.what, "value": self.value, "unit": self.unit, "budget": budget, "met": self.met(), "counterpart": beside })
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.cells().into_iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("  "))
    }
}

/// A figure with as many digits as mean something, thousands apart.
fn figure(value: f64) -> String {
    let digits = match value.abs() {
        small if small < 10.0 => 2,
        middle if middle < 100.0 => 1,
        _ => 0,
    };
    let plain = format!("{value:.digits$}");
    let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

/// All figures of a run.
pub(super) struct Report {
    machine: Value,
    load_before: String,
    load_after: String,
    rows: Vec<Row>,
}

impl Report {
    pub(super) fn begin(rig: &Rig) -> Self {
        let processors = std::thread::available_parallelism().map_or(0, usize::from);
        let machine = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "optimised": !cfg!(debug_assertions),
            "processor": processor(),
            "processors": processors,
            "database": rig.database(),
            "leads": rig.leads,
            "quick": rig.quick,
        });
        Self { machine, load_before: load(), load_after: String::new(), rows: Vec::new() }
    }

    pub(super) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(super) fn end(&mut self) {
        self.load_after = load();
    }

    pub(super) fn json(&self) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        json!({ "machine": self.machine, "load_before": self.load_before, "load_after": self.load_after, "rows": rows })
    }

    pub(super) fn text(&self) -> String {
        let machine = &self.machine;
        let rows: Vec<Vec<String>> = self.rows.iter().map(Row::cells).collect();
        let optimised = if cfg!(debug_assertions) { " NOT OPTIMISED: build with --release." } else { "" };
        format!(
            "Outrider {} on {} × {}, {}, {} leads. Load before {}, after {}.{optimised}\n\n{}",
            env!("CARGO_PKG_VERSION"),
            machine["processors"],
            machine["processor"].as_str().unwrap_or("?"),
            machine["database"].as_str().unwrap_or("?"),
            machine["leads"],
            self.load_before,
            self.load_after,
            table(&["name", "value", "unit", "budget", "met", "beside", "what"], &rows),
        )
    }
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split_once(':'));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

/// The system's load averages over 1, 5 and 15 minutes.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// The value below which a share of sorted values lies.
pub(super) fn percentile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place among some thousand values"
    )]
    let place = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1).min(last);
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{Budget, Row, figure, percentile};

    #[test]
    fn figures_have_the_digits_that_mean_something() {
        for (value, text) in
            [(0.123, "0.12"), (12.34, "12.3"), (999.6, "1,000"), (1_234_567.8, "1,234,568"), (-1_234.0, "-1,234")]
        {
            assert_eq!(figure(value), text);
        }
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(
            (percentile(&values, 0.5), percentile(&values, 0.95), percentile(&values, 0.99)),
            (50.0, 95.0, 99.0)
        );
        assert_eq!(percentile(&[7.0], 0.99), 7.0);
        assert!(percentile(&[], 0.5).is_nan());
    }

    #[test]
    fn a_budget_is_met_or_not() {
        let row = |value| Row::new("x", "", value, "ms");
        assert_eq!(row(3.0).met(), None);
        assert_eq!(row(3.0).budget(Budget::AtMost(2.0)).met(), Some(false));
        assert_eq!(row(3.0).budget(Budget::AtLeast(3.0)).met(), Some(true));
        assert!(row(3.0).beside(6.0, "the other").to_string().contains("0.50 of the other (6.00)"));
    }
}
