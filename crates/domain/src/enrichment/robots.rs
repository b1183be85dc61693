//! `robots.txt` (RFC 9309): whether a path may be read. Reads text; fetches nothing.

/// Most of a file that is looked at, in bytes (RFC 9309, section 2.5).
pub const LARGEST: usize = 500 * 1024;

/// Whom some rules are for, and the rules: whether they allow, and what.
type Group = (Vec<String>, Vec<(bool, String)>);

/// Whether a file lets a crawler of that name read a path. The rules of its own group count, else those of `*`; of several that
/// match the longest wins, and of equals the one that allows.
#[must_use]
pub fn allows(file: &str, agent: &str, path: &str) -> bool {
    let agent = agent.to_ascii_lowercase();
    let mut groups: Vec<Group> = Vec::new();
    let mut in_rules = true;
    for line in file.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let Some((name, value)) = line.split_once(':') else { continue };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        match name.as_str() {
            "user-agent" => {
                if in_rules {
                    groups.push((Vec::new(), Vec::new()));
                    in_rules = false;
                }
                if let Some((agents, _)) = groups.last_mut() {
                    agents.push(value.to_ascii_lowercase());
                }
            }
            "allow" | "disallow" => {
                in_rules = true;
                if let Some((_, rules)) = groups.last_mut().filter(|_| !value.is_empty()) {
                    rules.push((name == "allow", value.to_owned()));
                }
            }
            _ => {}
        }
    }
    let own = |wanted: &dyn Fn(&str) -> bool| {
        let fit: Vec<&(bool, String)> = groups
            .iter()
            .filter(|(agents, _)| agents.iter().any(|name| wanted(name)))
            .flat_map(|(_, rules)| rules)
            .collect();
        let named = groups.iter().any(|(agents, _)| agents.iter().any(|name| wanted(name)));
        named.then_some(fit)
    };
    let rules =
        own(&|name| name != "*" && !name.is_empty() && agent.starts_with(name)).or_else(|| own(&|name| name == "*"));
    let best = rules
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, pattern)| matches(pattern, path))
        .max_by_key(|(allow, pattern)| (pattern.len(), *allow));
    best.is_none_or(|(allow, _)| *allow)
}

/// Whether a path begins as a pattern says: `*` is any text, `$` at the end is the end.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, whole) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (place, part) in parts.iter().enumerate() {
        if whole && place + 1 == parts.len() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    !whole || rest.is_empty()
}
