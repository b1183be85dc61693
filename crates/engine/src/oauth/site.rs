//! Where this server is reached: the public address and the hosts of dialects, from settings. Never believes a header beyond choosing
//! among these.

use super::scopes::Resource;
use crate::core::Settings;

/// One of the addresses this server is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    origin: String,
    dialect: Option<String>,
}

impl Site {
    /// The public address.
    #[must_use]
    pub fn public(settings: &Settings) -> Self {
        Self { origin: settings.public_url.clone(), dialect: None }
    }

    /// The configured address that a request's `Host` names; the public one for any other.
    #[must_use]
    pub fn of_host(settings: &Settings, host: Option<&str>) -> Self {
        let (scheme, authority) = split(&settings.public_url);
        let Some(host) = host.map(str::to_ascii_lowercase) else { return Self::public(settings) };
        let own = settings.dialect_hosts.iter().find(|(_, own)| own.eq_ignore_ascii_case(&host));
        if let Some((dialect, own)) = own {
            return Self { origin: format!("{scheme}://{}", own.to_ascii_lowercase()), dialect: Some(dialect.clone()) };
        }
        // On the machine itself people write its address in several ways, and clients insist on the one they wrote.
        let (name, port) = split_port(&host);
        let (public_name, public_port) = split_port(authority);
        if is_loopback(name) && is_loopback(public_name) && port == public_port {
            return Self { origin: format!("{scheme}://{host}"), dialect: None };
        }
        Self::public(settings)
    }

    /// The dialect whose own host this is; none for the public address.
    #[must_use]
    pub fn dialect(&self) -> Option<&str> {
        self.dialect.as_deref()
    }

    /// Scheme, host and port, with the path the whole server lies under if it does; no slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it is reached over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Where a dialect begins here, without a slash at the end: at the root of its own host, else below its mount.
    #[must_use]
    pub fn base(&self, resource: &Resource) -> String {
        let mount = if self.dialect.as_deref() == Some(resource.dialect) { "" } else { resource.mount };
        format!("{}{mount}", self.origin)
    }

    /// The issuer (RFC 8414) whose tokens a resource takes: each dialect has its own.
    #[must_use]
    pub fn issuer(&self, resource: &Resource) -> String {
        self.base(resource)
    }

    /// A resource's identifier (RFC 9728): the URL that clients call, and that tokens are bound to.
    #[must_use]
    pub fn resource(&self, resource: &Resource) -> String {
        format!("{}{}", self.base(resource), resource.path)
    }

    /// Where a resource's metadata is (RFC 9728, section 3.1): before the path of its URL.
    #[must_use]
    pub fn resource_metadata(&self, resource: &Resource) -> String {
        well_known(&self.resource(resource), "oauth-protected-resource")
    }

    /// Where an issuer's metadata is (RFC 8414, section 3.1): before the path of its URL.
    #[must_use]
    pub fn issuer_metadata(&self, resource: &Resource) -> String {
        well_known(&self.issuer(resource), "oauth-authorization-server")
    }

    /// The path of this site's address, empty for most.
    #[must_use]
    pub fn path(&self) -> &str {
        path_of(&self.origin)
    }
}

/// A URL with a well-known name between its host and its path.
fn well_known(url: &str, name: &str) -> String {
    let path = path_of(url);
    format!("{}/.well-known/{name}{path}", &url[..url.len() - path.len()])
}

/// The path of a URL, empty for one without.
#[must_use]
pub fn path_of(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    rest.find('/').map_or("", |at| &rest[at..])
}

/// Scheme and authority of an address.
fn split(url: &str) -> (&str, &str) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    (scheme, rest.split('/').next().unwrap_or(rest))
}

fn split_port(authority: &str) -> (&str, &str) {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, port),
        _ => (authority, ""),
    }
}

fn is_loopback(name: &str) -> bool {
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::Site;
    use crate::core::Settings;
    use crate::oauth::RESOURCES;

    fn settings(public_url: &str) -> Settings {
        Settings {
            public_url: public_url.to_owned(),
            dialect_hosts: vec![("cora".to_owned(), "cora.example.com".to_owned())],
            ..Settings::default()
        }
    }

    #[test]
    fn metadata_lies_where_the_rfcs_put_it() {
        let [native, cora] = RESOURCES else { panic!("two resources") };
        let site = Site::public(&settings("https://out.example.com"));
        assert_eq!(site.issuer(native), "https://out.example.com");
        assert_eq!(site.issuer_metadata(native), "https://out.example.com/.well-known/oauth-authorization-server");
        assert_eq!(site.resource_metadata(native), "https://out.example.com/.well-known/oauth-protected-resource/mcp");
        assert_eq!(site.issuer(cora), "https://out.example.com/cora");
        assert_eq!(site.issuer_metadata(cora), "https://out.example.com/.well-known/oauth-authorization-server/cora");
        assert_eq!(
            site.resource_metadata(cora),
            "https://out.example.com/.well-known/oauth-protected-resource/cora/api/mcp"
        );
        let below = Site::public(&settings("https://example.com/out"));
        assert_eq!(below.issuer_metadata(cora), "https://example.com/.well-known/oauth-authorization-server/out/cora");
        assert_eq!(below.path(), "/out");
    }

    #[test]
    fn a_dialects_host_is_its_own_issuer_and_other_hosts_are_not_believed() {
        let [native, cora] = RESOURCES else { panic!("two resources") };
        let settings = settings("https://out.example.com");
        let own = Site::of_host(&settings, Some("Cora.Example.com"));
        assert_eq!((own.dialect(), own.issuer(cora)), (Some("cora"), "https://cora.example.com".to_owned()));
        assert_eq!(own.resource(cora), "https://cora.example.com/api/mcp");
        for host in [None, Some("evil.example"), Some("localhost"), Some("out.example.com.evil.example")] {
            assert_eq!(Site::of_host(&settings, host).issuer(native), "https://out.example.com", "{host:?}");
        }
    }

    #[test]
    fn on_the_machine_itself_each_of_its_names_will_do() {
        let native = &RESOURCES[0];
        let local = settings("http://127.0.0.1:7700");
        assert_eq!(Site::of_host(&local, Some("localhost:7700")).issuer(native), "http://localhost:7700");
        assert_eq!(Site::of_host(&local, Some("localhost:7701")).issuer(native), "http://127.0.0.1:7700");
        assert_eq!(Site::of_host(&local, Some("evil.example:7700")).issuer(native), "http://127.0.0.1:7700");
    }
}
