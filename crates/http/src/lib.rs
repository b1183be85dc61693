//! HTTP: surfaces (the native API, and what dialects are made with), OpenAPI, live events, unsubscribe pages, health and metrics.
//! Holds no rule and no SQL.

mod edge;
mod health;
mod home;
pub mod mcp;
mod meters;
pub mod native;
mod oauth;
mod openapi;
mod pages;
mod proxies;
mod reference;
mod server;
mod state;
mod stream;
mod stripe;
pub mod surface;
mod unsubscribe;
mod web;

pub use meters::Meters;
pub use native::index::index as api_index;
pub use openapi::{document as openapi_json, openapi_document};
pub use proxies::Network;
pub use reference::{endpoints_markdown, llms_txt, reference_markdown};
pub use server::{router, routes, serve, serve_router, surrounded};
pub use state::{AppState, Limits};
pub use surface::{Answer, Beside, Bound, Document, Style, Surface};
pub use web::visit::session_cookie;
