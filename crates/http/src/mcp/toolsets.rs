//! Which tools a client sees: named sets, chosen by the address, a header or within a session. Decides nothing about rights.

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use percent_encoding::percent_decode_str;

/// The header that names toolsets, beside `?toolsets=`.
pub(crate) const HEADER: &str = "x-outrider-toolsets";
/// The name of the set that is shown when nobody asks for another.
pub(crate) const DEFAULT: &str = "default";
/// The name of all sets together.
pub(crate) const ALL: &str = "all";
/// The set of the two tools that list and enable sets: always shown.
pub(crate) const META: &str = "toolsets";

/// The sets a connection asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection {
    names: BTreeSet<&'static str>,
}

impl Default for Selection {
    fn default() -> Self {
        Self { names: BTreeSet::from([DEFAULT]) }
    }
}

impl Selection {
    /// Of a request's query and headers; the default set when neither says anything.
    ///
    /// # Errors
    /// The first name that is none of `known`.
    pub(crate) fn of(query: &str, headers: &HeaderMap, known: &[&'static str]) -> Result<Self, String> {
        let by_query = query.split('&').filter_map(|pair| pair.strip_prefix("toolsets="));
        let by_header = headers.get_all(HEADER).iter().map(|value| value.to_str().unwrap_or("?"));
        let mut names = BTreeSet::new();
        for list in by_query.chain(by_header) {
            let list = percent_decode_str(list).decode_utf8_lossy();
            names.extend(Self::parse(&list, known)?.names);
        }
        Ok(if names.is_empty() { Self::default() } else { Self { names } })
    }

    /// Of names with commas between them.
    ///
    /// # Errors
    /// The first name that is none of `known`.
    pub(crate) fn parse(list: &str, known: &[&'static str]) -> Result<Self, String> {
        let names = list.split([',', '+', ' ']).filter(|name| !name.is_empty());
        let find = |name: &str| {
            let all = [DEFAULT, ALL].into_iter().chain(known.iter().copied());
            all.into_iter().find(|known| *known == name).ok_or_else(|| name.to_owned())
        };
        Ok(Self { names: names.map(find).collect::<Result<_, _>>()? })
    }

    /// Whether a set is among them; `in_default`: whether the tool in question is in the default set too.
    pub(crate) fn has(&self, toolset: &str, in_default: bool) -> bool {
        toolset == META
            || self.names.contains(ALL)
            || self.names.contains(toolset)
            || (in_default && self.names.contains(DEFAULT))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::{HEADER, Selection};

    const KNOWN: [&str; 2] = ["agents", "leads"];

    fn of(query: &str, header: Option<&'static str>) -> Result<Selection, String> {
        let mut headers = HeaderMap::new();
        if let Some(value) = header {
            headers.insert(HEADER, HeaderValue::from_static(value));
        }
        Selection::of(query, &headers, &KNOWN)
    }

    #[test]
    fn query_and_header_add_up_and_silence_is_the_default() {
        for (query, header, leads, agents, default) in [
            ("", None, false, false, true),
            ("toolsets=", None, false, false, true),
            ("a=b&toolsets=leads", None, true, false, false),
            ("toolsets=default%2Cleads", None, true, false, true),
            ("toolsets=leads", Some("agents, default"), true, true, true),
            ("toolsets=all", None, true, true, true),
        ] {
            let selection = of(query, header).unwrap();
            let seen = (selection.has("leads", false), selection.has("agents", false), selection.has("other", true));
            assert_eq!(seen, (leads, agents, default), "{query} {header:?}");
            assert!(selection.has("toolsets", false));
        }
    }

    #[test]
    fn an_unknown_name_is_refused_by_name() {
        assert_eq!(of("toolsets=leads,secrets", None), Err("secrets".to_owned()));
        assert_eq!(of("", Some("x")), Err("x".to_owned()));
    }
}
