//! An SMTP client of our own (RFC 5321) that knows whether the final dot may have left. Builds no mail and retries none.
//!
//! Why our own: `docs/adr/0003-own-smtp-client.md`. The boundary between "definitely not accepted" and "may have been accepted"
//! is one line in [`transaction`]: the first write of `.` CRLF. Everything before it is a definite no.

mod check;
mod connection;
mod deadlines;
mod outcome;
mod pool;
mod reply;
mod tls;
mod transaction;
mod transport;
mod wire;

pub use check::CheckStep;
pub use deadlines::Timeouts;
pub use pool::Pool;
pub use transaction::Envelope;
pub use transport::{Security, Transport, TransportError};
