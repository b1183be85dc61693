//! Reads what a seller says they offer, in whatever form, so that it can stand in a sentence. Adds no claim to it.

use crate::observation::is_gerund;
use crate::wording::{Choice, article, sentence, shortened, small};

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

impl Offer {
    /// Reads it.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned();
        let text = shortened(&text, LONGEST);
        let lower = text.to_lowercase();
        let first = lower.split_whitespace().next().unwrap_or_default();
        let before_for = lower.split(" for ").next().unwrap_or_default();
        let form = if ["i", "we", "our", "my", "i'm", "we're", "i've", "you"].contains(&first) || text.contains(". ") {
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
        let text = &self.text;
        match self.form {
            Form::Sentence => sentence(text),
            Form::Role => {
                let role = small(text);
                sentence(choice.pick(
                    "offer",
                    &[&*format!("I work as {} {role}", article(&role)), &format!("I'm {} {role}", article(&role))],
                ))
            }
            Form::Gerund => match plain_verb(text) {
                Some(said) => sentence(&format!("{} {said}", choice.pick("offer", &["We", "I"]))),
                None => sentence(&format!("My work is {}", small(text))),
            },
            Form::Verb => sentence(
                choice.pick("offer", &[&*format!("We {}", small(text)), &format!("What we do: {}", small(text))]),
            ),
            Form::Thing => sentence(
                choice.pick("offer", &[&*format!("What we offer: {text}"), &format!("In short, what we do: {text}")]),
            ),
        }
    }

    /// The same inside a sentence after `that's where`: short and without a subject, when its form allows.
    #[must_use]
    pub fn headline(&self) -> String {
        match self.form {
            Form::Role | Form::Gerund | Form::Verb => small(&self.text),
            Form::Thing | Form::Sentence => self.text.clone(),
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
        assert!(Offer::read("Fractional VP of Sales").said(Choice::new(&["x"])).contains("a fractional VP of Sales."));
    }
}
