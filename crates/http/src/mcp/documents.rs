//! The documents of the native endpoint. Each is made by the module whose document it is.

use std::sync::Arc;

use super::surface::{Document, DocumentBody};
use crate::native::DIALECT;
use crate::state::AppState;

/// The OpenAPI document and the error table.
pub(crate) fn native() -> Vec<Document> {
    vec![
        Document {
            uri: "outrider://openapi.json".to_owned(),
            name: "openapi.json".to_owned(),
            title: "OpenAPI document".to_owned(),
            description: "The native REST API: every operation with its fields and errors.".to_owned(),
            media_type: "application/json".to_owned(),
            body: page("/openapi.json"),
        },
        Document {
            uri: "outrider://errors".to_owned(),
            name: "errors".to_owned(),
            title: "Error table".to_owned(),
            description: "Every error code: what it means and whether the same request may succeed later.".to_owned(),
            media_type: "application/json".to_owned(),
            body: page("/errors"),
        },
    ]
}

/// A page of the native API, as its address there gives it.
fn page(path: &'static str) -> DocumentBody {
    DocumentBody::Text(Arc::new(move |state: &AppState| state.document_of(DIALECT, path)))
}
