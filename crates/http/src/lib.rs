//! HTTP: the native API, its OpenAPI document, live events, unsubscribe pages, health and metrics. Holds no rule and no SQL.

mod catalog;
mod edge;
mod health;
mod home;
mod meters;
mod native;
mod openapi;
mod pages;
mod server;
mod state;
mod stream;
mod unsubscribe;

pub use meters::Meters;
pub use openapi::openapi_document;
pub use server::{router, routes, serve, serve_router, surrounded};
pub use state::{AppState, Limits};
