//! Adapters to the world: mail out over SMTP with DKIM, mail in over IMAP and the capture mailbox, payments by Stripe, language models behind chat endpoints, DNS and sites for enrichment. Holds no rule and no SQL.

pub mod capture;
pub mod chat;
pub mod compose;
pub mod correspondents;
pub mod dkim;
pub mod enricher;
mod http_client;
pub mod imap;
pub mod mailer;
pub mod name_server;
pub mod oauth;
pub mod parse;
pub mod sandbox_carrier;
pub mod smtp;
pub mod stripe;
mod tls;
pub mod web;
