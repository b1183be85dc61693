//! Dialects: known APIs of outbound sales, spoken over the engine. A dialect is a codec and holds no rule and no SQL.
//!
//! Each endpoint is an [`outrider_engine::operation::Operation`] of its own, with the dialect's input and output, that runs native
//! operations inside the same transaction; so it passes the one pipeline, once. A dialect is its list of endpoints and its style.

pub mod cora;
pub mod pathbound;

use outrider_http::Surface;

/// Every dialect. `hosts` gives the host names at whose root a dialect answers as well.
#[must_use]
pub fn surfaces(hosts: impl Fn(&str) -> Vec<String>) -> Vec<Surface> {
    let mut surfaces = vec![cora::surface(), pathbound::surface()];
    for surface in &mut surfaces {
        surface.hosts = hosts(surface.name);
    }
    surfaces
}
