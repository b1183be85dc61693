//! Asking DNS: by the system's own servers, or by one that is named. Caches for as long as answers allow, or not at all; judges no answer.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;

/// How DNS is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    /// This server; the system's own when absent.
    pub server: Option<SocketAddr>,
    /// Longest wait for one answer.
    pub patience: Duration,
    /// Answers remembered; none with 0.
    pub remembered: u64,
}

/// Who asks.
///
/// # Errors
/// When the system has no servers that can be read.
pub fn resolver(asking: Asking) -> Result<TokioResolver, String> {
    let mut builder = match asking.server {
        None => TokioResolver::builder_tokio().map_err(|error| error.to_string())?,
        Some(server) => {
            let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
            udp.port = server.port();
            tcp.port = server.port();
            let server = NameServerConfig::new(server.ip(), true, vec![udp, tcp]);
            let config = ResolverConfig::from_name_servers(vec![server]);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    let options = builder.options_mut();
    options.timeout = asking.patience;
    options.attempts = 2;
    options.cache_size = asking.remembered;
    builder.build().map_err(|error| error.to_string())
}
