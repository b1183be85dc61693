//! The reference for readers, people and models alike: made of each surface's list of operations, as HTML, Markdown and llms.txt.
//! Says nothing that the lists do not say; binds no operation.

mod flatten;
mod html;
mod kind;
mod llms;
mod markdown;
mod model;
mod pages;

use crate::surface::Bound;

pub(crate) use model::Reference;
pub(crate) use pages::routes;

/// A surface's reference in Markdown: a [`crate::Document`].
#[must_use]
pub fn reference_markdown(bound: &Bound, public_url: &str) -> String {
    markdown::whole(&Reference::of(bound, public_url))
}

/// The table of a surface's endpoints and a section for each, in Markdown: for documents with words of their own around them.
#[must_use]
pub fn endpoints_markdown(bound: &Bound, public_url: &str) -> String {
    markdown::endpoints(&Reference::of(bound, public_url))
}

/// A surface's `llms.txt` (llmstxt.org): a [`crate::Document`].
#[must_use]
pub fn llms_txt(bound: &Bound, public_url: &str) -> String {
    llms::of_surface(&Reference::of(bound, public_url), public_url)
}

#[cfg(test)]
mod tests;
