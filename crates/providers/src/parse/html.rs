//! Owns the plain form of HTML mails. Quoted blocks become `> ` lines, so that quotes are told apart as in plain text.
//! Must not render: no links, no tables, no images.

use mail_parser::decoders::html::add_html_token;

/// Elements whose content is not text.
const SILENT: &[&str] = &["head", "style", "script", "template", "title", "noscript", "svg", "select", "textarea"];
/// Elements that begin and end lines.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "tr",
    "table",
    "ul",
    "ol",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "hr",
    "section",
    "article",
    "header",
    "footer",
    "address",
    "dl",
    "dt",
    "dd",
    "body",
    "center",
    "form",
];
/// Elements set off by an empty line.
const PARAGRAPHS: &[&str] = &["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol"];
const MAX_DEPTH: usize = 8;

/// The visible text of an HTML document, at most as long as the document. Never fails: what is no HTML passes through.
#[must_use]
pub fn html_to_text(html: &str) -> String {
    let mut writer = Writer::default();
    let mut silent: Option<&str> = None;
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        if silent.is_none() {
            writer.text(&rest[..open]);
        }
        let tag = &rest[open + 1..];
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            if silent.is_none() {
                writer.text("<");
            }
            rest = tag;
            continue;
        }
        let Some(close) = tag.find('>') else {
            rest = "";
            break;
        };
        rest = &tag[close + 1..];
        let (name, closing) = name_of(&tag[..close]);
        match silent {
            Some(within) => {
                if closing && within == name {
                    silent = None;
                }
            }
            None => {
                if let Some(element) = SILENT.iter().find(|element| **element == name).filter(|_| !closing) {
                    silent = Some(element);
                } else {
                    writer.tag(&name, closing);
                }
            }
        }
    }
    if silent.is_none() {
        writer.text(rest);
    }
    writer.finish()
}

fn name_of(tag: &str) -> (String, bool) {
    let (closing, tag) = tag.strip_prefix('/').map_or((false, tag), |rest| (true, rest));
    let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).take(16).collect();
    (name.to_ascii_lowercase(), closing)
}

#[derive(Debug, Default)]
struct Writer {
    done: String,
    line: String,
    space: bool,
    depth: usize,
    preformatted: usize,
}

impl Writer {
    fn text(&mut self, text: &str) {
        let mut token = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            self.plain(&rest[..at]);
            let entity = &rest[at..];
            let end = entity.char_indices().take(33).find(|(_, c)| *c == ';').map(|(end, _)| end + 1);
            let known = end.filter(|end| entity[1..end - 1].chars().all(|c| c.is_ascii_alphanumeric() || c == '#'));
            let end = known.unwrap_or(1);
            token.clear();
            add_html_token(&mut token, &entity.as_bytes()[..end], false);
            // A decoded blank is a real one, but still no reason to keep rows of them.
            self.plain(&token.replace('\u{a0}', " "));
            rest = &entity[end..];
        }
        self.plain(rest);
    }

    fn plain(&mut self, text: &str) {
        for c in text.chars() {
            if self.preformatted > 0 && c == '\n' {
                self.end_line();
            } else if c.is_whitespace() {
                self.space = true;
            } else {
                if self.space && !self.line.is_empty() {
                    self.line.push(' ');
                }
                self.space = false;
                self.line.push(c);
            }
        }
    }

    fn tag(&mut self, name: &str, closing: bool) {
        if name == "br" {
            self.end_line();
            return;
        }
        if name == "td" || name == "th" {
            self.space = true;
            return;
        }
        if !BLOCKS.contains(&name) {
            return;
        }
        if !self.line.is_empty() {
            self.end_line();
        }
        if PARAGRAPHS.contains(&name) {
            self.empty_line();
        }
        match (name, closing) {
            ("blockquote", false) => self.depth = (self.depth + 1).min(MAX_DEPTH),
            ("blockquote", true) => self.depth = self.depth.saturating_sub(1),
            ("pre", false) => self.preformatted += 1,
            ("pre", true) => self.preformatted = self.preformatted.saturating_sub(1),
            _ => {}
        }
    }

    fn end_line(&mut self) {
        for _ in 0..self.depth {
            self.done.push_str("> ");
        }
        self.done.push_str(&self.line);
        self.done.push('\n');
        self.line.clear();
        self.space = false;
    }

    fn empty_line(&mut self) {
        if !self.done.is_empty() && !self.done.ends_with("\n\n") {
            self.done.push('\n');
        }
    }

    fn finish(mut self) -> String {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.done.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::html_to_text;
    use outrider_domain::classify::new_text;

    #[test]
    fn html_becomes_lines() {
        let table: &[(&str, &str)] = &[
            ("<p>Hello <b>Jo</b>,</p><p>yes&nbsp;please &amp; thanks&#33;</p>", "Hello Jo,\n\nyes please & thanks!"),
            ("<div>one</div><div>two<br>three</div>", "one\ntwo\nthree"),
            ("<head><title>x</title><style>p{}</style></head><body>text<script>if (a<b) {}</script></body>", "text"),
            ("a <!-- <p>hidden</p> --> b", "a b"),
            ("1 < 2 & 3 &nosuch; 4", "1 < 2 & 3 &nosuch; 4"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
            ("<pre>a\nb</pre>", "a\nb"),
            ("no html", "no html"),
            ("<p unclosed", ""),
            ("<script>never closed", ""),
        ];
        for (html, wanted) in table {
            assert_eq!(html_to_text(html), *wanted, "{html}");
        }
    }

    #[test]
    fn quoted_blocks_are_told_from_new_text() {
        let html = "<div dir=ltr>Yes, please.</div><br><div class=gmail_quote><div class=gmail_attr>On Tue, 4 Aug 2026 at 10:12, Sam &lt;<a href='mailto:s@us.example'>s@us.example</a>&gt; wrote:<br></div><blockquote class=gmail_quote><div>Click to unsubscribe</div></blockquote></div>";
        let text = html_to_text(html);
        assert!(text.contains("> Click to unsubscribe"), "{text}");
        assert_eq!(new_text(&text), "Yes, please.");
        let outlook = "<p>Gern.</p><div style='border:none'><p><b>Von:</b> Sam &lt;s@us.example&gt;<br><b>Gesendet:</b> Dienstag, 4. August 2026 10:12<br><b>An:</b> Jo<br><b>Betreff:</b> Frage</p></div><p>abmelden</p>";
        assert_eq!(new_text(&html_to_text(outlook)), "Gern.");
    }
}
