//! Owns when a transport checks certificates. Knows none: see [`crate::tls`].

use std::sync::Arc;

use rustls::ClientConfig;

use super::transport::{Security, Transport, TransportError};
use crate::tls::{TlsProblem, checked, unchecked};

/// How to begin TLS with a transport, or nothing for one that never does.
///
/// # Errors
/// When the extra certificates can't be read.
pub(super) fn client_config(transport: &Transport) -> Result<Option<Arc<ClientConfig>>, TransportError> {
    if transport.tls == Security::None {
        return Ok(None);
    }
    let any = transport.danger_accept_invalid_certs
        || (transport.tls == Security::Opportunistic && transport.username.is_none());
    let config = if any { unchecked() } else { checked(transport.ca_file.as_deref()) };
    config.map(|config| Some(Arc::new(config))).map_err(|problem| match problem {
        TlsProblem::File(path, why) => TransportError::CertificateFile(path, why),
        TlsProblem::Setup(why) => TransportError::Setting("tls", why),
    })
}
