//! The frame of the few HTML pages, with everything escaped and nothing from elsewhere. Knows no page's words.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Response, StatusCode};
use base64::Engine as _;
use sha2::{Digest, Sha256};

use crate::surface::respond;

/// Colours keep a contrast of at least 7 to 1 with their ground, in the light and in the dark.
const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#fff;--ink:#1b1f24;--accent:#0b4f9e;--on-accent:#fff}\
@media(prefers-color-scheme:dark){:root{--ground:#14171a;--ink:#eceff2;--accent:#a9cdfb;--on-accent:#0c1a2b}}\
body{margin:0;background:var(--ground);color:var(--ink);font:1.125rem/1.6 system-ui,sans-serif}\
main{max-width:34rem;margin:0 auto;padding:3rem 1.5rem}\
h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}\
a{color:var(--accent)}\
button{font:inherit;font-weight:600;padding:.75rem 1.5rem;border:0;border-radius:.4rem;background:var(--accent);color:var(--on-accent);cursor:pointer}\
:focus-visible{outline:3px solid var(--accent);outline-offset:3px}\
.address{font-weight:600;overflow-wrap:anywhere}";

/// Nothing may be loaded, framed or sent elsewhere. The style is named by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
});

/// Text as it may stand in HTML, between tags or in a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A page. `title` is text; `content` is HTML whose variable parts went through [`escape`].
pub(crate) fn page(status: StatusCode, title: &str, content: &str) -> Response<Body> {
    let title = escape(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex, nofollow\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{content}\n</main>\n</body>\n</html>\n"
    );
    let mut response = respond::bytes(status, "text/html; charset=utf-8", html);
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    response
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(escape("<a href=\"x\" title='y'>&"), "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;");
    }
}
