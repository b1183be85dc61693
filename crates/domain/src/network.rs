//! Where this server may be led by an address that others name: which numbers are of the public network (IANA's special-purpose
//! registries, RFC 6890), and which web addresses may be reached at all. Looks nothing up: whoever connects judges the numbers a name
//! leads to with [`is_public`] again.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// How a web address may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// By TLS, at public addresses alone.
    Guarded,
    /// Wherever it leads: the operator opened the host.
    Open,
}

/// Whether the operator opened a web address: `open` names hosts in small letters, each with its port when it is not the usual one.
#[must_use]
pub fn is_open(url: &Url, open: &[String]) -> bool {
    let Some(host) = url.host_str() else { return false };
    match url.port() {
        Some(port) => open.contains(&format!("{host}:{port}")),
        None => open.iter().any(|one| one == host),
    }
}

/// How a web address that others name may be reached, as far as it tells by itself.
///
/// # Errors
/// Why it may not be, such as `the address is private`.
pub fn reach(url: &Url, open: &[String]) -> Result<Reach, &'static str> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the address has a user name");
    }
    if is_open(url, open) {
        return match url.scheme() {
            "http" | "https" => Ok(Reach::Open),
            _ => Err("the address is neither http nor https"),
        };
    }
    if url.scheme() != "https" {
        return Err("the address is not https");
    }
    // The parser has made a number of every spelling: 2130706433, 0x7f.1.
    let public = match url.host() {
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        // A name without a dot, and all below `localhost` (RFC 6761, section 6.3), is of this machine or its network.
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name.contains('.') && !name.ends_with(".localhost")
        }
        None => return Err("the address has no host"),
    };
    if public { Ok(Reach::Guarded) } else { Err("the address is private") }
}

/// Whether an address is someone's on the public network, rather than of this machine, a private network or nobody.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, .., seventh, eighth] = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (first, second) {
        // An IPv4 address in the clothes of IPv6: mapped, or behind a translator (RFC 6052), or in a tunnel (RFC 3056).
        (0, 0) => address.to_ipv4_mapped().is_some_and(is_public_v4),
        (0x64, 0xff9b) => third == 0 && embedded(seventh, eighth),
        (0x2002, high) => embedded(high, third),
        // Protocol assignments with Teredo, and documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x3fff, 0..=0xfff) => false,
        (first, _) => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Reach, is_public, reach};

    #[test]
    fn only_public_https_addresses_and_opened_hosts_are_reached() {
        let open = ["127.0.0.1:9000".to_owned(), "inner.test".to_owned()];
        let judge = |text: &str| reach(&Url::parse(text).unwrap(), &open);
        for good in ["https://your.app/hooks", "https://a.example:8443/x?y=1", "https://1.1.1.1/"] {
            assert_eq!(judge(good), Ok(Reach::Guarded), "{good}");
        }
        for opened in ["http://127.0.0.1:9000/hook", "https://INNER.test/"] {
            assert_eq!(judge(opened), Ok(Reach::Open), "{opened}");
        }
        for bad in [
            "http://your.app/hooks",
            "ftp://your.app",
            "file:///etc/passwd",
            "https://127.0.0.1/x",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://10.1.2.3/",
            "https://100.64.0.1/",
            "https://169.254.169.254/latest",
            "https://[::1]/",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://localhost/x",
            "https://localhost./x",
            "https://a.localhost/x",
            "https://intranet/x",
            "https://user:pw@your.app/",
            "http://user@127.0.0.1:9000/hook",
            "http://inner.test:81/",
        ] {
            assert!(judge(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_the_public_network_is_public() {
        for public in [
            "1.1.1.1",
            "93.184.216.34",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for special in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "3fff::1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
    }
}
