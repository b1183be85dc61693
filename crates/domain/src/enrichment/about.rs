//! What a company's own front page says of it: name, a description, and the services that the page is made with; and who takes its mail,
//! by the names of its mail servers. Reads text; knows no network, and takes nothing on a page for an instruction.

use super::page::LARGEST;

/// Letters of a name and of a description that are kept.
const LONGEST_NAME: usize = 100;
const LONGEST_DESCRIPTION: usize = 400;

/// What a front page says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The company's name.
    pub name: Option<String>,
    /// What it says it does.
    pub description: Option<String>,
    /// Services that the page loads or was made with, in alphabetical order.
    pub technologies: Vec<&'static str>,
}

/// What in a page's source shows which service.
const TRACES: &[(&str, &str)] = &[
    ("/_next/", "Next.js"),
    ("cdn.prod.website-files.com", "Webflow"),
    ("cdn.segment.com", "Segment"),
    ("cdn.shopify.com", "Shopify"),
    ("connect.facebook.net", "Meta Pixel"),
    ("googletagmanager.com", "Google Tag Manager"),
    ("js.chilipiper.com", "Chili Piper"),
    ("js.drift", "Drift"),
    ("js.hs-scripts.com", "HubSpot"),
    ("js.stripe.com", "Stripe"),
    ("munchkin.marketo.net", "Marketo"),
    ("pi.pardot.com", "Pardot"),
    ("snap.licdn.com", "LinkedIn Insight Tag"),
    ("squarespace.com", "Squarespace"),
    ("static.hotjar.com", "Hotjar"),
    ("static.wixstatic.com", "Wix"),
    ("static.zdassets.com", "Zendesk"),
    ("widget.intercom.io", "Intercom"),
    ("wp-content/", "WordPress"),
];

/// Whose mail servers end so.
const PROVIDERS: &[(&str, &str)] = &[
    ("google.com", "Google Workspace"),
    ("googlemail.com", "Google Workspace"),
    ("outlook.com", "Microsoft 365"),
    ("zoho.com", "Zoho Mail"),
    ("zoho.eu", "Zoho Mail"),
    ("protonmail.ch", "Proton Mail"),
    ("messagingengine.com", "Fastmail"),
    ("mimecast.com", "Mimecast"),
    ("pphosted.com", "Proofpoint"),
    ("icloud.com", "iCloud Mail"),
    ("yandex.net", "Yandex 360"),
    ("secureserver.net", "GoDaddy"),
    ("ionos.com", "IONOS"),
    ("kundenserver.de", "IONOS"),
    ("ovh.net", "OVHcloud"),
    ("gandi.net", "Gandi"),
];

/// Reads a front page.
#[must_use]
pub fn about(page: &str) -> About {
    let page: String = page.chars().take(LARGEST).collect();
    let tags = metas(&page);
    let meta = |names: &[&str]| {
        names.iter().find_map(|name| tags.iter().find(|(known, _)| known == name).map(|(_, content)| content.clone()))
    };
    let lower = page.to_ascii_lowercase();
    let mut technologies: Vec<&'static str> =
        TRACES.iter().filter(|(trace, _)| lower.contains(trace)).map(|(_, name)| *name).collect();
    technologies.sort_unstable();
    technologies.dedup();
    About {
        name: meta(&["og:site_name", "application-name"]).and_then(|text| tidy(&text, LONGEST_NAME)),
        description: meta(&["description", "og:description"]).and_then(|text| tidy(&text, LONGEST_DESCRIPTION)),
        technologies,
    }
}

/// Who takes mail at a host, when that is somebody known.
#[must_use]
pub fn mail_provider(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let of = |end: &str| host == end || host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'));
    PROVIDERS.iter().find(|(end, _)| of(end)).map(|(_, name)| *name)
}

/// Name and content of every `<meta>`.
fn metas(page: &str) -> Vec<(String, String)> {
    let lower = page.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = lower[at..].find("<meta").map(|start| at + start) {
        let Some(end) = end_of_tag(&lower, start) else { break };
        let (tag, small) = (&page[start..end], &lower[start..end]);
        let name = attribute(small, small, "name").or_else(|| attribute(small, small, "property"));
        if let (Some(name), Some(content)) = (name, attribute(tag, small, "content")) {
            found.push((name.to_owned(), content.to_owned()));
        }
        at = end;
    }
    found
}

/// Where a tag ends: at the first angle that no quotes are around.
fn end_of_tag(page: &str, start: usize) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in page[start..].char_indices() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (None, '>') => return Some(start + at),
            _ => {}
        }
    }
    None
}

/// An attribute in quotes; `small` is the tag in small letters.
fn attribute<'a>(tag: &'a str, small: &str, name: &str) -> Option<&'a str> {
    ['"', '\''].into_iter().find_map(|quote| {
        let opens = format!(" {name}={quote}");
        let start = small.find(&opens)? + opens.len();
        let end = start + tag[start..].find(quote)?;
        Some(&tag[start..end])
    })
}

/// A text on one line, its entities read, cut at a word; nothing when there is nothing in it.
fn tidy(text: &str, longest: usize) -> Option<String> {
    let mut plain = text.to_owned();
    for (entity, letter) in [
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ] {
        plain = plain.replace(entity, letter);
    }
    let mut kept = String::new();
    for word in plain.split_whitespace() {
        if kept.chars().count() + word.chars().count() + 1 > longest {
            break;
        }
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(word);
    }
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::{about, mail_provider};

    #[test]
    fn a_front_page_tells_name_description_and_what_it_is_made_with() {
        let page = r#"<html><head><META Property="og:site_name" content="Acme &amp; Sons">
            <meta content='We make anvils > 10 kg,
            for coyotes' name='description'><script src="https://js.hs-scripts.com/1.js"></script>
            <link href="/wp-content/x.css"></head>"#;
        let found = about(page);
        assert_eq!(found.name.as_deref(), Some("Acme & Sons"));
        assert_eq!(found.description.as_deref(), Some("We make anvils > 10 kg, for coyotes"));
        assert_eq!(found.technologies, ["HubSpot", "WordPress"]);
    }

    #[test]
    fn broken_and_empty_pages_say_nothing() {
        for page in [
            "",
            "<meta",
            "<meta name=\"description\"",
            "<meta name=\"description\" content=\"  \">",
            "<meta content=x>",
            "ü<meta name='a' content='ß",
        ] {
            assert_eq!(about(page), super::About::default(), "{page}");
        }
        let long = format!("<meta name=\"description\" content=\"{}\">", "word ".repeat(200));
        assert!(about(&long).description.is_some_and(|text| text.len() <= 400 && text.ends_with("word")));
    }

    #[test]
    fn mail_servers_tell_who_takes_the_mail() {
        assert_eq!(mail_provider("ASPMX.L.google.com."), Some("Google Workspace"));
        assert_eq!(mail_provider("acme-com.mail.protection.outlook.com"), Some("Microsoft 365"));
        for other in ["mail.acme.com", "notgoogle.com", ""] {
            assert_eq!(mail_provider(other), None, "{other}");
        }
    }
}
