//! Which hosts and origins may talk to an MCP endpoint: the defence against pages that make a browser speak to a server it can
//! reach (DNS rebinding). Looks at the two headers; authenticates nobody.

use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};

/// Hosts a server answers to, beside those of the machine itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Guard {
    hosts: Vec<String>,
}

/// Why a request is turned away.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turned {
    /// Its Host is none of ours.
    Host,
    /// Its Origin is none of ours.
    Origin,
}

impl Guard {
    /// Of the server's public address and of more host names.
    pub(crate) fn new<'a>(public_url: &str, more: impl IntoIterator<Item = &'a str>) -> Self {
        let public = public_url.parse::<Uri>().ok().and_then(|uri| Some(name(uri.authority()?)));
        Self { hosts: public.into_iter().chain(more.into_iter().map(str::to_ascii_lowercase)).collect() }
    }

    /// Lets a request in, or says which header speaks against it. A request without an Origin comes from no page.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Turned> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()),
            (None, _) => uri.authority().cloned(),
            (Some(_), Some(_)) => None,
        };
        if !host.is_some_and(|host| self.knows(&name(&host))) {
            return Err(Turned::Host);
        }
        let known = |origin: &axum::http::HeaderValue| {
            let origin = origin.to_str().ok()?.parse::<Uri>().ok()?;
            let scheme = origin.scheme_str()?;
            let host = name(origin.authority()?);
            Some((scheme == "https" || scheme == "http") && self.knows(&host))
        };
        match headers.get_all(ORIGIN).iter().all(|origin| known(origin) == Some(true)) {
            true => Ok(()),
            false => Err(Turned::Origin),
        }
    }

    fn knows(&self, host: &str) -> bool {
        matches!(host, "localhost" | "127.0.0.1" | "[::1]") || self.hosts.iter().any(|known| known == host)
    }
}

/// A host's name, whatever the port: who controls a name controls all its ports.
fn name(authority: &Authority) -> String {
    authority.host().trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};

    use super::{Guard, Turned};

    fn check(headers: &[(&'static str, &'static str)]) -> Result<(), Turned> {
        let guard = Guard::new("https://sales.example:8443", ["cora.example"]);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        guard.check(&Uri::from_static("/mcp"), &map)
    }

    #[test]
    fn configured_hosts_and_the_machine_itself_are_known() {
        for host in ["sales.example", "SALES.example:8443", "cora.example", "localhost:7700", "127.0.0.1", "[::1]:7700"]
        {
            assert_eq!(check(&[("host", host)]), Ok(()), "{host}");
        }
        for host in
            ["evil.example", "sales.example.evil.example", "127.0.0.1.evil.example", "0.0.0.0", "10.0.0.1", "", "a b"]
        {
            assert_eq!(check(&[("host", host)]), Err(Turned::Host), "{host}");
        }
        assert_eq!(check(&[]), Err(Turned::Host));
        assert_eq!(check(&[("host", "localhost"), ("host", "evil.example")]), Err(Turned::Host));
    }

    #[test]
    fn an_origin_must_be_known_when_there_is_one() {
        for origin in ["https://sales.example", "http://localhost:6274", "https://cora.example:444"] {
            assert_eq!(check(&[("host", "localhost"), ("origin", origin)]), Ok(()), "{origin}");
        }
        for origin in ["https://evil.example", "null", "file://localhost", "localhost", ""] {
            assert_eq!(check(&[("host", "localhost"), ("origin", origin)]), Err(Turned::Origin), "{origin}");
        }
    }
}
