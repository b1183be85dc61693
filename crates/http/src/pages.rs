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
:root{color-scheme:light dark;--ground:#fff;--ink:#1b1f24;--soft:#f1f4f7;--line:#68727d;--accent:#0b4f9e;--on-accent:#fff;--bad:#93101a}\
@media(prefers-color-scheme:dark){:root{--ground:#14171a;--ink:#eceff2;--soft:#1f2429;--line:#99a4af;--accent:#a9cdfb;--on-accent:#0c1a2b;--bad:#ffb4ae}}\
*{box-sizing:border-box}\
body{margin:0;background:var(--ground);color:var(--ink);font:1.125rem/1.6 system-ui,sans-serif}\
main{max-width:34rem;margin:0 auto;padding:3rem 1.5rem}\
.wide main{max-width:60rem;padding-top:1.5rem}\
h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}\
h2{font-size:1.25rem;line-height:1.3;margin:2rem 0 .75rem}\
a{color:var(--accent)}\
.skip{position:absolute;left:-999rem}.skip:focus{position:static}\
header{background:var(--soft);border-bottom:1px solid var(--line)}\
header>div{max-width:60rem;margin:0 auto;padding:.5rem 1.5rem;display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center}\
header ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0;padding:0;flex:1}\
header li a{display:inline-block;padding:.35rem 0}\
header a[aria-current]{font-weight:700;text-decoration-thickness:.15em}\
header form{display:flex;gap:.5rem;align-items:center;margin:0}\
header label,header select,header button{font-size:1rem;margin:0}\
label,legend{font-weight:600;display:block;margin:1rem 0 .25rem}\
label.choice{font-weight:400;display:flex;gap:.6rem;align-items:baseline;margin:.35rem 0}\
fieldset{border:1px solid var(--line);border-radius:.4rem;margin:1rem 0;padding:.25rem 1rem 1rem}\
legend{padding:0 .4rem}\
input,select,textarea{font:inherit;color:inherit;background:var(--ground);border:1px solid var(--line);border-radius:.3rem;padding:.5rem .6rem;max-width:100%}\
input:not([type=checkbox]):not([type=radio]){width:100%}\
input[type=checkbox],input[type=radio]{width:1.5rem;height:1.5rem;flex:none;accent-color:var(--accent)}\
button,.button{font:inherit;font-weight:600;padding:.6rem 1.25rem;border:2px solid var(--accent);border-radius:.4rem;background:var(--accent);color:var(--on-accent);cursor:pointer}\
button.second{background:transparent;color:var(--accent)}\
.buttons{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0}\
:focus-visible{outline:3px solid var(--accent);outline-offset:3px}\
.hint{display:block;font-weight:400;font-size:1rem;margin:0 0 .25rem}\
.problem{border:2px solid var(--bad);border-radius:.4rem;padding:.75rem 1rem;margin:0 0 1.5rem}\
.problem h2{margin:0 0 .25rem;color:var(--bad)}.problem p{margin:0}\
.wrong{color:var(--bad);display:block}\
[aria-invalid=true]{border:2px solid var(--bad)}\
.done{border:2px solid var(--accent);border-radius:.4rem;padding:.75rem 1rem;margin:0 0 1.5rem}.done h2{margin:0 0 .25rem}\
textarea{width:100%;display:block}\
article{border-top:1px solid var(--line);margin-top:2rem}article li{overflow-wrap:anywhere}\
.text{white-space:pre-wrap;overflow-wrap:anywhere}\
.scroll{overflow-x:auto}\
table{border-collapse:collapse;width:100%;font-size:1rem}\
caption{text-align:left;font-weight:600;margin-bottom:.5rem}\
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line)}\
td form{margin:0}td button{padding:.3rem .8rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}\
code,.secret{font-family:ui-monospace,monospace;overflow-wrap:anywhere;user-select:all}\
.address{font-weight:600;overflow-wrap:anywhere}";

/// The style's name in the policy.
static STYLE_HASH: LazyLock<String> =
    LazyLock::new(|| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE)));

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

/// What a page is made of.
#[derive(Default)]
pub(crate) struct Page<'a> {
    /// Text: the heading, and the window's title.
    pub(crate) title: &'a str,
    /// HTML whose variable parts went through [`escape`].
    pub(crate) content: &'a str,
    /// HTML of what stands above; empty for pages of a single purpose.
    pub(crate) header: &'a str,
    /// Whether it says that something went wrong: the window's title begins with that.
    pub(crate) failed: bool,
    /// Where its forms may lead beside this server, as a source of the policy: `https://app.example` or `app:`.
    pub(crate) leads_to: Option<&'a str>,
}

/// A page. `title` is text; `content` is HTML whose variable parts went through [`escape`].
pub(crate) fn page(status: StatusCode, title: &str, content: &str) -> Response<Body> {
    show(status, &Page { title, content, ..Page::default() })
}

/// A page of all its parts. Nothing may be loaded or framed, and forms lead nowhere but here and where `leads_to` says.
pub(crate) fn show(status: StatusCode, page: &Page<'_>) -> Response<Body> {
    let Page { content, header, leads_to, .. } = page;
    let title = escape(page.title);
    let window = match title.as_str() {
        "Outrider" => title.clone(),
        _ if page.failed => format!("Error: {title} – Outrider"),
        _ => format!("{title} – Outrider"),
    };
    let body = if header.is_empty() {
        "<body>"
    } else {
        "<body class=\"wide\">\n<a class=\"skip\" href=\"#main\">Skip to the content</a>"
    };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex, nofollow\">\n\
         <title>{window}</title>\n<style>{STYLE}</style>\n</head>\n{body}\n{header}\
         <main id=\"main\" tabindex=\"-1\">\n<h1>{title}</h1>\n{content}\n</main>\n</body>\n</html>\n"
    );
    let mut response = respond::bytes(status, "text/html; charset=utf-8", html);
    let headers = response.headers_mut();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; form-action 'self'{}{}; frame-ancestors 'none'; base-uri 'none'",
        *STYLE_HASH,
        if leads_to.is_some() { " " } else { "" },
        leads_to.unwrap_or_default(),
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
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
