//! Holds what a dialect binds against what its contract documents. Knows no dialect: each names its endpoints and its gaps.

use std::collections::BTreeSet;

use outrider_engine::operation::{Descriptor, Spec};

/// How the two differ, as `METHOD /path told`, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// Documented and not bound.
    pub(crate) gaps: Vec<String>,
    /// Bound and not documented.
    pub(crate) extras: Vec<String>,
}

impl Differences {
    /// Of `endpoints` and what is documented: method, path below `base`, and what else is said of it, which `told` reads in a spec.
    pub(crate) fn between(
        endpoints: &[Descriptor],
        base: &str,
        documented: &[(&str, &str, &str)],
        told: fn(&Spec) -> &'static str,
    ) -> Self {
        let bound: BTreeSet<String> = endpoints
            .iter()
            .map(|Descriptor { spec, .. }| {
                format!("{} {} {}", format!("{:?}", spec.verb).to_uppercase(), spec.path, told(spec))
            })
            .collect();
        let documented: BTreeSet<String> =
            documented.iter().map(|(method, path, said)| format!("{method} {base}{path} {said}")).collect();
        Self {
            gaps: documented.difference(&bound).cloned().collect(),
            extras: bound.difference(&documented).cloned().collect(),
        }
    }
}
