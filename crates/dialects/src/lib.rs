//! Dialects: known APIs of outbound sales, spoken over the engine. A dialect is a codec and holds no rule and no SQL.
//!
//! Each endpoint is an [`outrider_engine::operation::Operation`] of its own, with the dialect's input and output, that runs native
//! operations inside the same transaction; so it passes the one pipeline, once. A dialect is its list of endpoints and its style.

pub mod artic;
pub mod artra;
pub mod cora;
pub mod pathbound;
pub mod reaktor;

use outrider_http::Surface;

/// Every dialect. `hosts` gives the host names at whose root a dialect answers as well.
#[must_use]
pub fn surfaces(hosts: impl Fn(&str) -> Vec<String>) -> Vec<Surface> {
    let mut surfaces =
        vec![artic::surface(), artra::surface(), cora::surface(), pathbound::surface(), reaktor::surface()];
    for surface in &mut surfaces {
        surface.hosts = hosts(surface.name);
    }
    surfaces
}

#[cfg(test)]
mod tests {
    use outrider_http::{Bound, llms_txt, reference_markdown};

    use super::surfaces;

    #[test]
    fn the_reference_of_every_dialect_has_every_endpoint() {
        for surface in surfaces(|_| Vec::new()) {
            let bound = Bound::new(surface);
            let (text, index) =
                (reference_markdown(&bound, "https://a.example"), llms_txt(&bound, "https://a.example"));
            assert!(text.starts_with(&format!("# {}\n", bound.surface.title)));
            for endpoint in bound.surface.operations {
                let spec = &endpoint.spec;
                let verb = format!("{:?}", spec.verb).to_uppercase();
                let head = format!("\n### {}\n\n`{verb} {}`\n", spec.name, spec.path);
                assert!(text.contains(&head), "{}: {head}", bound.surface.name);
                assert!(index.contains(spec.name), "{}: {} is not in llms.txt", bound.surface.name, spec.name);
            }
        }
    }
}
