//! The documents that endpoints offer as resources. Each is made by the module whose document it is.

use std::sync::Arc;

use super::surface::{Document, DocumentBody};
use crate::native::DIALECT;
use crate::state::AppState;
use crate::surface::Surface;

/// The OpenAPI document and the error table.
pub(crate) fn native() -> Vec<Document> {
    vec![
        Document {
            uri: "outrider://openapi.json".to_owned(),
            name: "openapi.json".to_owned(),
            title: "OpenAPI document".to_owned(),
            description: "The native REST API: every operation with its fields and errors.".to_owned(),
            media_type: "application/json".to_owned(),
            body: page(DIALECT, "/openapi.json"),
        },
        Document {
            uri: "outrider://errors".to_owned(),
            name: "errors".to_owned(),
            title: "Error table".to_owned(),
            description: "Every error code: what it means and whether the same request may succeed later.".to_owned(),
            media_type: "application/json".to_owned(),
            body: page(DIALECT, "/errors"),
        },
    ]
}

/// The documents that a dialect has beside its endpoints.
pub(crate) fn of_dialect(dialect: &Surface) -> Vec<Document> {
    let resource = |document: &crate::surface::Document| Document {
        uri: format!("outrider://{}{}", dialect.name, document.path),
        name: document.name.to_owned(),
        title: format!("{} of {}", document.name.replace('_', " "), dialect.title),
        description: format!("As the server has it at {}{}.", dialect.mount, document.path),
        media_type: document.content_type.to_owned(),
        body: page(dialect.name, document.path),
    };
    dialect.documents.iter().map(resource).collect()
}

/// A document of an API, as its address there gives it.
fn page(api: &'static str, path: &'static str) -> DocumentBody {
    DocumentBody::Text(Arc::new(move |state: &AppState| state.document_of(api, path)))
}
