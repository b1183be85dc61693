//! Whom a request comes from when it passes proxies of the operator's: `X-Forwarded-For` is believed as far as those wrote it, and of
//! nobody else. Counts nothing and refuses nobody.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::HeaderMap;
use serde::Deserialize;

/// The header in which each proxy adds the address it was called from, at the end.
const HEADER: &str = "x-forwarded-for";

/// A network whose machines are proxies of ours: `10.0.0.0/8`, `fd00::/8`, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    /// Leading bits that all its addresses share.
    bits: u32,
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no address and no network such as 10.0.0.0/8");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        let prefix = |all: u128, width: u32| all.checked_shr(width - self.bits.min(width)).unwrap_or(0);
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                prefix(own.to_bits().into(), 32) == prefix(other.to_bits().into(), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => prefix(own.to_bits(), 128) == prefix(other.to_bits(), 128),
            _ => false,
        }
    }
}

/// The address a request comes from: that of the connection, or, as long as that is a trusted proxy's, the one that it says it was
/// called from. What a client wrote into the header itself stands before what proxies added, and is not reached.
pub(crate) fn caller(trusted: &[Network], connection: IpAddr, headers: &HeaderMap) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut caller = connection.to_canonical();
    let mut lines = headers.get_all(HEADER).iter().rev();
    let mut said: Vec<&str> = Vec::new();
    while is_trusted(caller) {
        if said.is_empty() {
            let Some(line) = lines.next().and_then(|line| line.to_str().ok()) else { break };
            said = line.split(',').map(str::trim).collect();
        }
        // Something unreadable was passed on: no more is known than who passed it on.
        let Some(next) = said.pop().and_then(|text| text.parse::<IpAddr>().ok()) else { break };
        caller = next.to_canonical();
    }
    caller
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::{HEADER, Network, caller};

    fn from(connection: &str, lines: &[&'static str]) -> String {
        let trusted: Vec<Network> =
            ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].iter().map(|text| text.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HEADER, HeaderValue::from_static(line));
        }
        caller(&trusted, connection.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_header_is_believed_as_far_as_proxies_wrote_it() {
        for (connection, lines, expected) in [
            ("192.0.2.1", &[][..], "192.0.2.1"),
            ("192.0.2.1", &["198.51.100.7"], "192.0.2.1"),
            ("127.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("127.0.0.1", &["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("127.0.0.1", &["203.0.113.9", "198.51.100.7, 10.1.2.3"], "198.51.100.7"),
            ("127.0.0.1", &["198.51.100.7", "10.1.2.3"], "198.51.100.7"),
            ("::ffff:127.0.0.1", &["2001:db8::1"], "2001:db8::1"),
            ("fd12::1", &["2001:db8::1"], "2001:db8::1"),
            ("127.0.0.1", &["198.51.100.7, nonsense"], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.7, "], "127.0.0.1"),
            ("127.0.0.1", &["10.0.0.2"], "10.0.0.2"),
            ("127.0.0.1", &[], "127.0.0.1"),
        ] {
            assert_eq!(from(connection, lines), expected, "{connection} {lines:?}");
        }
    }

    #[test]
    fn networks_are_read_or_refused() {
        for (network, inside, outside) in
            [("10.0.0.0/8", "10.255.0.1", "11.0.0.1"), ("::1", "::1", "::2"), ("0.0.0.0/0", "8.8.8.8", "::1")]
        {
            let network: Network = network.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()) && !network.contains(outside.parse().unwrap()));
        }
        for wrong in ["", "10.0.0.0/33", "::1/129", "10.0.0/8", "localhost", "10.0.0.0/-1", "10.0.0.0/8/8"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
