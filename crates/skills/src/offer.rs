//! Reads what a seller says they offer, in whatever form, so that it can stand in a sentence. Adds no claim to it.

use crate::observation::is_gerund;
use crate::wording::{Choice, article, lowered, sentence, shortened, small};

/// Most letters of an offer in a text that is about the reader.
const LONGEST: usize = 240;

/// The grammatical form of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `I help…`, `We build…`: a whole sentence.
    Sentence,
    /// `Fractional VP of Sales for…`: what somebody is.
    Role,
    /// `Helping CFOs…`.
    Gerund,
    /// `Automate month-end close`: what somebody does.
    Verb,
    /// `An inbox for…`: a thing.
    Thing,
}

/// What is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// As given, on one line, without its full stop.
    pub text: String,
    /// Its form.
    pub form: Form,
}

const ROLES: &[&str] = &[
    "fractional",
    "interim",
    "freelance",
    "consultant",
    "advisor",
    "adviser",
    "coach",
    "recruiter",
    "trainer",
    "copywriter",
    "strategist",
    "specialist",
    "mentor",
];
const VERBS: &[&str] = &[
    "accelerate",
    "automate",
    "boost",
    "build",
    "cut",
    "create",
    "deliver",
    "design",
    "double",
    "eliminate",
    "find",
    "generate",
    "get",
    "give",
    "grow",
    "help",
    "improve",
    "increase",
    "launch",
    "lower",
    "make",
    "manage",
    "optimise",
    "optimize",
    "prevent",
    "reduce",
    "remove",
    "replace",
    "save",
    "scale",
    "sell",
    "simplify",
    "speed",
    "stop",
    "streamline",
    "train",
    "turn",
    "write",
];

/// `helping CFOs close` as `help CFOs close`, for verbs whose plain form is sure.
fn plain_verb(text: &str) -> Option<String> {
    const PLAIN: &[(&str, &str)] = &[
        ("automating", "automate"),
        ("building", "build"),
        ("coaching", "coach"),
        ("creating", "create"),
        ("cutting", "cut"),
        ("designing", "design"),
        ("giving", "give"),
        ("helping", "help"),
        ("improving", "improve"),
        ("making", "make"),
        ("reducing", "reduce"),
        ("saving", "save"),
        ("scaling", "scale"),
        ("training", "train"),
        ("turning", "turn"),
    ];
    let (first, rest) = text.split_once(' ')?;
    let (_, plain) = PLAIN.iter().find(|(gerund, _)| first.eq_ignore_ascii_case(gerund))?;
    Some(format!("{plain} {rest}"))
}

/// A thing as it stands after `we offer`, with the article it needs; nothing when that is not certain.
fn thing(text: &str) -> Option<String> {
    const ONES: &[&str] = &[
        "agency",
        "app",
        "course",
        "crm",
        "dashboard",
        "database",
        "framework",
        "inbox",
        "marketplace",
        "network",
        "newsletter",
        "platform",
        "plugin",
        "programme",
        "program",
        "service",
        "solution",
        "studio",
        "suite",
        "system",
        "tool",
        "toolkit",
        "workshop",
    ];
    const MASSES: &[&str] = &[
        "advice",
        "analytics",
        "automation",
        "care",
        "compliance",
        "copywriting",
        "data",
        "design",
        "development",
        "enablement",
        "help",
        "infrastructure",
        "insurance",
        "intelligence",
        "maintenance",
        "management",
        "observability",
        "pr",
        "readiness",
        "research",
        "retention",
        "security",
        "software",
        "support",
        "hardware",
    ];
    const ENDS: &[&str] = &[
        "for", "that", "which", "with", "of", "in", "to", "from", "at", "across", "by", "without", "on", "paid", "as",
        "who",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let end = words.iter().position(|word| ENDS.contains(&word.to_lowercase().as_str())).unwrap_or(words.len());
    let end = words.iter().take(end).position(|word| word.ends_with(',')).map_or(end, |comma| comma + 1);
    let head = words.get(end.checked_sub(1)?)?.trim_end_matches(',').to_lowercase();
    let first = words.first()?.to_lowercase();
    if text.contains(['.', ';', ':', '!', '?', '|']) {
        return None;
    }
    // A name at the beginning keeps its capital.
    let said = small(text);
    if ["a", "an", "the", "our", "one", "your"].contains(&first.as_str()) {
        return Some(lowered(text));
    }
    let many = head.ends_with('s') && !head.ends_with("ss") && !ONES.contains(&head.as_str());
    if many || MASSES.contains(&head.as_str()) || head.ends_with("ing") {
        return Some(said);
    }
    ONES.contains(&head.as_str()).then(|| format!("{} {said}", article(&said)))
}

impl Offer {
    /// Reads it.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned();
        let text = shortened(&text, LONGEST);
        let lower = text.to_lowercase();
        let first = lower.split_whitespace().next().unwrap_or_default();
        let before_for = lower.split(" for ").next().unwrap_or_default();
        let form = if ["i", "we", "our", "my", "i'm", "we're", "i've", "you", "wir", "ich", "unser", "unsere", "nous"]
            .contains(&first)
            || text.contains(". ")
        {
            Form::Sentence
        } else if is_gerund(first) && text.contains(' ') {
            Form::Gerund
        } else if VERBS.contains(&first) {
            Form::Verb
        } else if ROLES.iter().any(|role| before_for.split_whitespace().any(|word| word.trim_end_matches('s') == *role))
        {
            Form::Role
        } else {
            Form::Thing
        };
        Self { text, form }
    }

    /// A whole sentence that says it, as the seller.
    #[must_use]
    pub fn said(&self, choice: Choice) -> String {
        let among = self.sentences();
        among[choice.number("offer", among.len())].clone()
    }

    /// The same in other words than [`Offer::said`], where its form has other words.
    #[must_use]
    pub fn said_again(&self, choice: Choice) -> String {
        let among = self.sentences();
        among[(choice.number("offer", among.len()) + 1) % among.len()].clone()
    }

    fn sentences(&self) -> Vec<String> {
        let text = &self.text;
        let said: Vec<String> = match self.form {
            Form::Sentence => vec![text.clone()],
            Form::Role => {
                let role = small(text);
                let article = article(&role);
                vec![format!("I work as {article} {role}"), format!("I'm {article} {role}"), format!("My work: {role}")]
            }
            Form::Gerund => match plain_verb(text) {
                Some(said) => vec![format!("We {said}"), format!("I {said}"), format!("What we do: we {said}")],
                None => vec![format!("My work is {}", lowered(text)), format!("What I do is {}", lowered(text))],
            },
            Form::Verb => {
                let said = lowered(text);
                vec![format!("We {said}"), format!("What we do: {said}"), format!("In short, we {said}")]
            }
            Form::Thing => match thing(text) {
                Some(said) => vec![
                    format!("We offer {said}"),
                    format!("What we do: {said}"),
                    format!("Our work is {said}"),
                    format!("What I can bring is {said}"),
                    format!("In a few words, what we do: {said}"),
                ],
                None => vec![format!("What we offer: {text}"), format!("What we do, in one line: {text}")],
            },
        };
        said.iter().map(|text| sentence(text)).collect()
    }

    /// What it is about as a thing alone: `route planning software`, where that is certain.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        const ENDS: &[&str] = &["for", "that", "which", "with", "in", "to", "across", "without", "paid"];
        if self.form != Form::Thing {
            return None;
        }
        let said = thing(&self.text).unwrap_or_else(|| small(&self.text));
        let words: Vec<&str> = said.split_whitespace().collect();
        // One of many is no subject to ask about: `a platform`.
        if words.first().is_some_and(|first| ["a", "an", "the", "our", "your", "one"].contains(first)) {
            return None;
        }
        let end = words.iter().position(|word| ENDS.contains(word)).unwrap_or(words.len());
        let subject = words.get(..end)?.join(" ").trim_end_matches(',').to_owned();
        ((2..=40).contains(&subject.chars().count()) && end <= 4).then_some(subject)
    }

    /// The same inside a sentence after `that's where`: short and without a subject, when its form allows.
    #[must_use]
    pub fn headline(&self) -> String {
        match self.form {
            Form::Role => small(&self.text),
            Form::Gerund | Form::Verb => lowered(&self.text),
            Form::Thing => thing(&self.text).unwrap_or_else(|| self.text.clone()),
            Form::Sentence => self.text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Offer};
    use crate::wording::Choice;

    #[test]
    fn every_form_becomes_a_sentence() {
        for (text, form) in [
            ("Fractional VP of Sales for post-Series-A SaaS", Form::Role),
            ("I help Series A SaaS companies build outbound motion from scratch.", Form::Sentence),
            ("Helping CFOs close the month in 48 hours", Form::Gerund),
            ("Automate month-end close", Form::Verb),
            ("AI inbox for sales teams", Form::Thing),
            ("Sales training for engineers", Form::Thing),
        ] {
            let offer = Offer::read(text);
            assert_eq!(offer.form, form, "{text}");
            for seed in ["a", "b", "c"] {
                let said = offer.said(Choice::new(&[seed]));
                assert!(said.ends_with('.') && !said.ends_with("..") && said.starts_with(char::is_uppercase), "{said}");
            }
        }
        assert!(Offer::read("Fractional VP of Sales").said(Choice::new(&["x"])).contains("fractional VP of Sales."));
        for (text, said) in [
            (
                "Route planning software that cuts empty kilometres by 18%",
                Some("route planning software that cuts empty kilometres by 18%"),
            ),
            ("AI inbox for sales teams", Some("an AI inbox for sales teams")),
            ("SOC 2 readiness in six weeks", Some("SOC 2 readiness in six weeks")),
            ("Cloud cost reviews, paid from savings", Some("cloud cost reviews, paid from savings")),
            ("Kafka consulting", Some("Kafka consulting")),
            ("A platform for buyers", Some("a platform for buyers")),
            (
                "Shift planning that lets store staff swap shifts",
                Some("shift planning that lets store staff swap shifts"),
            ),
            ("Managed Kafka with 70% less cost", None),
        ] {
            assert_eq!(super::thing(text).as_deref(), said, "{text}");
        }
    }
}
