//! Judging published records: what receivers ask of SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489). Pure; asks nobody.

use serde::Serialize;

/// How a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Works, and could be better.
    Note,
    /// Mail would suffer: nothing is sent to real servers.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `SPF`, `DKIM`, `DMARC` or `DNS`.
    pub what: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found, or what to do.
    pub text: String,
}

fn finding(what: &'static str, verdict: Verdict, text: impl Into<String>) -> Finding {
    Finding { what, verdict, text: text.into() }
}

/// DNS did not answer.
pub(super) fn unanswered(why: String) -> Finding {
    finding("DNS", Verdict::Bad, why)
}

/// A domain's SPF record.
pub(super) fn spf(domain: &str, texts: &[String]) -> Finding {
    let is_spf = |text: &&String| {
        let lower = text.trim().to_ascii_lowercase();
        lower == "v=spf1" || lower.starts_with("v=spf1 ")
    };
    let records: Vec<&String> = texts.iter().filter(is_spf).collect();
    match records.as_slice() {
        [] => finding(
            "SPF",
            Verdict::Bad,
            format!(
                "{domain} has no SPF record: publish a TXT record at {domain} such as `v=spf1 include:YOUR-PROVIDER -all`"
            ),
        ),
        [one] => {
            let terms: Vec<String> = one.split_whitespace().map(str::to_ascii_lowercase).collect();
            if terms.iter().any(|term| term == "+all" || term == "all") {
                let text = format!("the SPF record of {domain} lets everyone send (`all`): end it in `-all` or `~all`");
                finding("SPF", Verdict::Bad, text)
            } else if terms
                .iter()
                .any(|term| matches!(term.as_str(), "-all" | "~all" | "?all") || term.starts_with("redirect="))
            {
                finding("SPF", Verdict::Good, format!("`{one}`"))
            } else {
                finding(
                    "SPF",
                    Verdict::Note,
                    format!("`{one}` says nothing about other senders: end it in `-all` or `~all`"),
                )
            }
        }
        several => {
            let text = format!(
                "{domain} has {} SPF records, which makes all of them void: leave one (RFC 7208 section 3.2)",
                several.len()
            );
            finding("SPF", Verdict::Bad, text)
        }
    }
}

/// No key of ours signs for the domain.
pub(super) fn no_key(domain: &str) -> Finding {
    let text = format!(
        "no signing key for {domain} is configured here: either the mail server signs by itself, or make one with `outrider dkim generate {domain}`"
    );
    finding("DKIM", Verdict::Note, text)
}

/// The tags of a DKIM or DMARC record.
fn tags(record: &str) -> Vec<(String, String)> {
    record
        .split(';')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.split_whitespace().collect()))
        .collect()
}

fn tag(record: &str, wanted: &str) -> Option<String> {
    tags(record).into_iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
}

/// The record of a key of ours, at `name`, which should be `expected`.
pub(super) fn dkim(name: &str, expected: &str, texts: &[String]) -> Finding {
    let ours = tag(expected, "p");
    let published: Vec<Option<String>> = texts.iter().map(|text| tag(text, "p")).filter(Option::is_some).collect();
    match published.as_slice() {
        [] => finding("DKIM", Verdict::Bad, format!("there is no key at {name}: publish the TXT record `{expected}`")),
        [Some(key)] if key.is_empty() => {
            finding("DKIM", Verdict::Bad, format!("the key at {name} is revoked (p= is empty): publish `{expected}`"))
        }
        [key] if *key == ours => finding("DKIM", Verdict::Good, format!("{name} has the key that signs here")),
        [_] => {
            let text = format!("the key at {name} is another than the one that signs here: publish `{expected}`");
            finding("DKIM", Verdict::Bad, text)
        }
        several => finding(
            "DKIM",
            Verdict::Bad,
            format!("{name} has {} keys: leave one (RFC 6376 section 3.6.2.2)", several.len()),
        ),
    }
}

/// A domain and the domains it is in, down to two labels.
pub(super) fn parents(domain: &str) -> Vec<&str> {
    let mut found = vec![domain];
    let mut rest = domain;
    while let Some((_, parent)) = rest.split_once('.') {
        if !parent.contains('.') {
            break;
        }
        found.push(parent);
        rest = parent;
    }
    found
}

/// Whether a text is a DMARC record at all.
pub(super) fn is_dmarc(text: &str) -> bool {
    tags(text).first().is_some_and(|(name, value)| name == "v" && value == "DMARC1")
}

/// The DMARC records that stand for a domain.
pub(super) fn dmarc(domain: &str, texts: &[String]) -> Finding {
    let records: Vec<&String> = texts.iter().filter(|text| is_dmarc(text)).collect();
    match records.as_slice() {
        [] => finding(
            "DMARC",
            Verdict::Bad,
            format!(
                "{domain} has no DMARC record: publish a TXT record at _dmarc.{domain} such as `v=DMARC1; p=none; rua=mailto:dmarc@{domain}`"
            ),
        ),
        [one] => match tag(one, "p").as_deref() {
            Some("none" | "quarantine" | "reject") => finding("DMARC", Verdict::Good, format!("`{one}`")),
            _ => finding("DMARC", Verdict::Bad, format!("`{one}` has no policy: add p=none, p=quarantine or p=reject")),
        },
        several => {
            let text =
                format!("_dmarc.{domain} has {} DMARC records, which makes all of them void: leave one", several.len());
            finding("DMARC", Verdict::Bad, text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, dkim, dmarc, parents, spf};

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn spf_must_be_there_once_and_not_let_everyone_send() {
        for (records, wanted) in [
            (&["v=spf1 include:example.net -all", "other"][..], Verdict::Good),
            (&["v=spf1 redirect=_spf.example.net"], Verdict::Good),
            (&["V=SPF1 a ~ALL"], Verdict::Good),
            (&["v=spf1 a"], Verdict::Note),
            (&["v=spf1 +all"], Verdict::Bad),
            (&["v=spf1 all"], Verdict::Bad),
            (&["v=spf10 -all"], Verdict::Bad),
            (&["v=spf1 -all", "v=spf1 a -all"], Verdict::Bad),
            (&[], Verdict::Bad),
        ] {
            assert_eq!(spf("example.com", &texts(records)).verdict, wanted, "{records:?}");
        }
    }

    #[test]
    fn dkim_must_be_the_key_that_signs() {
        let expected = "v=DKIM1; k=ed25519; p=abc=";
        for (records, wanted) in [
            (&["v=DKIM1; k=ed25519; p=abc="][..], Verdict::Good),
            (&["k=ed25519; p=a bc="], Verdict::Good),
            (&["v=DKIM1; p="], Verdict::Bad),
            (&["v=DKIM1; p=other"], Verdict::Bad),
            (&["p=abc=", "p=abc="], Verdict::Bad),
            (&[], Verdict::Bad),
        ] {
            assert_eq!(dkim("a._domainkey.example.com", expected, &texts(records)).verdict, wanted, "{records:?}");
        }
    }

    #[test]
    fn dmarc_needs_a_policy_and_may_be_a_parents() {
        for (records, wanted) in [
            (&["v=DMARC1; p=none"][..], Verdict::Good),
            (&["v=DMARC1;p=reject; rua=mailto:x@example.com"], Verdict::Good),
            (&["v=DMARC1; rua=mailto:x@example.com"], Verdict::Bad),
            (&["p=none; v=DMARC1"], Verdict::Bad),
            (&["v=DMARC1; p=none", "v=DMARC1; p=none"], Verdict::Bad),
            (&[], Verdict::Bad),
        ] {
            assert_eq!(dmarc("example.com", &texts(records)).verdict, wanted, "{records:?}");
        }
        assert_eq!(parents("mail.sales.example.com"), ["mail.sales.example.com", "sales.example.com", "example.com"]);
        assert_eq!(parents("example.com"), ["example.com"]);
    }
}
