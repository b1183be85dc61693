//! The built-in writer: a first mail out of what an agent was told, as the source of a template. Deterministic; adds no claim of
//! its own about the product, the sender or the reader, and sends nothing.

use crate::template::Template;

/// What the writer may use. Each is text of a person's own making.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// The product in a breath.
    pub elevator_pitch: Option<&'a str>,
    /// What the product is; used where there is no pitch.
    pub product_explanation: Option<&'a str>,
    /// Why it is worth having.
    pub value_proposition: Option<&'a str>,
    /// What the reader gains.
    pub benefits: Option<&'a str>,
    /// A mail to write like. Followed to the letter where it is a template, that is, where it has a placeholder: any other
    /// example speaks of somebody else.
    pub example_email: Option<&'a str>,
}

/// A mail before it is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Template source of the subject.
    pub subject: String,
    /// Template source of the plain text.
    pub text: String,
}

/// The words around the facts, in one language.
struct Phrases {
    language: &'static str,
    greeting: &'static str,
    introduction: &'static str,
    question: &'static str,
    farewell: &'static str,
    subject: &'static str,
}

/// The first is for every language that is not here.
const PHRASES: &[Phrases] = &[
    Phrases {
        language: "en",
        greeting: "Hello {{ first_name | default(name) }},",
        introduction: "I would like to get in touch with you{% if company %} at {{ company }}{% endif %}.",
        question: "Would you be open to a short conversation about it?",
        farewell: "Kind regards",
        subject: "A short introduction",
    },
    Phrases {
        language: "de",
        greeting: "Guten Tag {{ first_name | default(name) }},",
        introduction: "ich möchte gern mit Ihnen{% if company %} bei {{ company }}{% endif %} ins Gespräch kommen.",
        question: "Wären Sie offen für ein kurzes Gespräch darüber?",
        farewell: "Freundliche Grüße",
        subject: "Eine kurze Vorstellung",
    },
    Phrases {
        language: "fr",
        greeting: "Bonjour {{ first_name | default(name) }},",
        introduction: "Je souhaite entrer en contact avec vous{% if company %} chez {{ company }}{% endif %}.",
        question: "Seriez-vous disponible pour en parler brièvement ?",
        farewell: "Cordialement",
        subject: "Une brève présentation",
    },
    Phrases {
        language: "es",
        greeting: "Hola {{ first_name | default(name) }}:",
        introduction: "Me gustaría ponerme en contacto con usted{% if company %} en {{ company }}{% endif %}.",
        question: "¿Le vendría bien una breve conversación sobre ello?",
        farewell: "Un saludo",
        subject: "Una breve presentación",
    },
    Phrases {
        language: "it",
        greeting: "Buongiorno {{ first_name | default(name) }},",
        introduction: "Vorrei mettermi in contatto con Lei{% if company %} presso {{ company }}{% endif %}.",
        question: "Sarebbe disponibile per una breve conversazione al riguardo?",
        farewell: "Cordiali saluti",
        subject: "Una breve presentazione",
    },
    Phrases {
        language: "nl",
        greeting: "Beste {{ first_name | default(name) }},",
        introduction: "Ik kom graag met u{% if company %} bij {{ company }}{% endif %} in contact.",
        question: "Staat u open voor een kort gesprek hierover?",
        farewell: "Met vriendelijke groet",
        subject: "Een korte kennismaking",
    },
    Phrases {
        language: "pt",
        greeting: "Olá {{ first_name | default(name) }},",
        introduction: "Gostaria de entrar em contacto consigo{% if company %} na {{ company }}{% endif %}.",
        question: "Teria disponibilidade para uma breve conversa sobre isto?",
        farewell: "Com os melhores cumprimentos",
        subject: "Uma breve apresentação",
    },
];

/// Longest paragraph taken from one field, in characters.
const PARAGRAPH: usize = 500;
/// Longest sentence that makes a subject, in characters.
const SUBJECT: usize = 70;
/// Most benefits named.
const BENEFITS: usize = 3;

/// Writes a first mail. `language` is a tag such as `de` or `pt-BR`; `signature` signs where the sender has no name.
#[must_use]
pub fn write(facts: &Facts<'_>, language: Option<&str>, signature: &str) -> Draft {
    let phrases = phrases(language);
    if let Some(draft) = facts.example_email.and_then(|example| follow(example, facts, phrases)) {
        return draft;
    }
    let opening = given(facts.elevator_pitch).or_else(|| given(facts.product_explanation)).map(paragraph);
    let mut parts = vec![phrases.greeting.to_owned()];
    parts.push(opening.unwrap_or_else(|| phrases.introduction.to_owned()));
    parts.extend(given(facts.value_proposition).map(paragraph));
    parts.extend(given(facts.benefits).map(benefits));
    parts.push(phrases.question.to_owned());
    parts.push(format!("{}\n{}", phrases.farewell, signed(signature)));
    Draft { subject: subject(facts, phrases), text: parts.join("\n\n") }
}

fn phrases(language: Option<&str>) -> &'static Phrases {
    let wanted = language.unwrap_or("en").split(['-', '_']).next().unwrap_or("en");
    PHRASES.iter().find(|each| each.language.eq_ignore_ascii_case(wanted)).unwrap_or(&PHRASES[0])
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// An example that is a template: its own subject, where its first line names one, and its text as it is.
fn follow(example: &str, facts: &Facts<'_>, phrases: &Phrases) -> Option<Draft> {
    let example = given(Some(example))?;
    if !example.contains("{{") || Template::parse(example).is_err() {
        return None;
    }
    let (first, rest) = example.split_once('\n').unwrap_or((example, ""));
    let named = first.split_once(':').filter(|(word, _)| word.trim().eq_ignore_ascii_case("subject"));
    Some(match (named, given(Some(rest))) {
        (Some((_, named)), Some(rest)) => Draft { subject: named.trim().to_owned(), text: rest.to_owned() },
        _ => Draft { subject: subject(facts, phrases), text: example.to_owned() },
    })
}

/// The first sentence that is short enough to be a subject.
fn subject(facts: &Facts<'_>, phrases: &Phrases) -> String {
    [facts.value_proposition, facts.elevator_pitch, facts.product_explanation]
        .into_iter()
        .filter_map(given)
        .map(|text| sentence(text.lines().next().unwrap_or("")))
        .find(|sentence| !sentence.is_empty() && sentence.chars().count() <= SUBJECT)
        .unwrap_or(phrases.subject)
        .to_owned()
}

/// The first sentence of a line, without its full stop.
fn sentence(line: &str) -> &str {
    let end = line.find(". ").unwrap_or(line.len());
    line[..end].trim().trim_end_matches('.')
}

/// The first paragraph of a text, shortened at the end of a sentence or, where none ends in time, of a word.
fn paragraph(text: &str) -> String {
    let lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
    let whole = lines.collect::<Vec<_>>().join(" ");
    let Some((limit, _)) = whole.char_indices().nth(PARAGRAPH) else { return whole };
    let cut = &whole[..limit];
    let sentence = cut.rfind(['.', '!', '?']).map(|end| end + 1);
    match sentence.or_else(|| cut.rfind(char::is_whitespace)) {
        Some(end) => cut[..end].trim_end().to_owned(),
        None => cut.to_owned(),
    }
}

/// A list as a list, anything else as a paragraph.
fn benefits(text: &str) -> String {
    let items: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix(['-', '*', '•']))
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .collect();
    if items.is_empty() {
        return paragraph(text);
    }
    items.iter().take(BENEFITS).map(|item| format!("- {}", paragraph(item))).collect::<Vec<_>>().join("\n")
}

/// The sender's name, or else the signature with nothing in it that a template would read.
fn signed(signature: &str) -> String {
    let plain: String = signature.chars().filter(|letter| !matches!(letter, '{' | '}' | '%' | '#')).collect();
    format!("{{% if sender.name %}}{{{{ sender.name }}}}{{% else %}}{}{{% endif %}}", plain.trim())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Draft, Facts, PHRASES, write};
    use crate::template::{Template, lint};

    fn filled(draft: &Draft, values: &serde_json::Value) -> (String, String) {
        let fill = |source: &str| {
            let rendered = Template::parse(source)
                .expect("a template")
                .render(&std::sync::Arc::new(values.clone()))
                .expect("a text");
            assert_eq!(rendered.unresolved, Vec::<String>::new(), "{source}");
            rendered.text
        };
        (fill(&draft.subject), fill(&draft.text))
    }

    fn jane() -> serde_json::Value {
        json!({ "first_name": "Jane", "name": "Jane Doe", "company": "Acme", "sender": { "name": "Sam" } })
    }

    #[test]
    fn says_what_it_was_told_and_nothing_else() {
        let facts = Facts {
            elevator_pitch: Some("We count boxes. It takes a minute."),
            value_proposition: Some("Half the time per pallet."),
            benefits: Some("- fewer errors\n- calmer evenings\n- no paper\n- a fourth one"),
            ..Facts::default()
        };
        let (subject, text) = filled(&write(&facts, Some("en-GB"), "Ada"), &jane());
        assert_eq!(subject, "Half the time per pallet");
        assert_eq!(
            text,
            "Hello Jane,\n\nWe count boxes. It takes a minute.\n\nHalf the time per pallet.\n\n- fewer errors\n- calmer evenings\n\
             - no paper\n\nWould you be open to a short conversation about it?\n\nKind regards\nSam"
        );
    }

    #[test]
    fn without_any_facts_it_asks_for_contact_in_every_language() {
        for phrases in PHRASES {
            let draft = write(&Facts::default(), Some(phrases.language), "A{{d}}a");
            for values in [jane(), json!({ "name": "Globex", "sender": {} })] {
                let (subject, text) = filled(&draft, &values);
                assert_eq!(lint(&subject, &text, None), Vec::<String>::new(), "{}: {text}", phrases.language);
                assert!(text.contains(values["company"].as_str().unwrap_or("Globex")), "{text}");
                assert!(text.ends_with(values["sender"]["name"].as_str().unwrap_or("Ada")), "{text}");
            }
        }
        let unknown = write(&Facts::default(), Some("tlh"), "Ada");
        assert_eq!(unknown, write(&Facts::default(), None, "Ada"));
    }

    #[test]
    fn an_example_is_followed_only_where_it_is_a_template() {
        let template = Facts {
            example_email: Some("Subject: Boxes at {{ company }}\n\nHi {{ first_name }},\n\nshall we talk?"),
            ..Facts::default()
        };
        let (subject, text) = filled(&write(&template, None, "Ada"), &jane());
        assert_eq!((subject.as_str(), text.as_str()), ("Boxes at Acme", "Hi Jane,\n\nshall we talk?"));
        for other in ["Hi Bob,\n\nI saw that Initech hired five people.", "Hi {{ first_name", "  "] {
            let facts = Facts { example_email: Some(other), ..Facts::default() };
            assert_eq!(write(&facts, None, "Ada"), write(&Facts::default(), None, "Ada"), "{other}");
        }
    }

    #[test]
    fn long_fields_end_with_a_sentence() {
        let long = format!("{}And then it goes on without end", "A sentence of thirty letters. ".repeat(30));
        let facts = Facts { product_explanation: Some(&long), ..Facts::default() };
        let (_, text) = filled(&write(&facts, None, "Ada"), &jane());
        let paragraph = text.split("\n\n").nth(1).expect("a paragraph");
        assert!(paragraph.ends_with("letters.") && paragraph.chars().count() <= 500, "{paragraph}");
        let endless = "x".repeat(600);
        let facts = Facts { product_explanation: Some(&endless), ..Facts::default() };
        assert!(write(&facts, None, "Ada").text.contains(&"x".repeat(500)));
    }
}
