//! Tells text in another language than English, by the small words that hold sentences together. What it does not recognise counts as
//! English. Names no language and translates nothing.

/// The small words of German, French, Spanish, Italian, Dutch and Portuguese that are no English words and stand in no names.
const SURE: &[&[&str]] = &[
    &[
        "wir", "ich", "und", "für", "mit", "nicht", "auf", "ist", "sind", "ein", "eine", "einen", "einer", "eines",
        "einem", "das", "zum", "zur", "bei", "beim", "aus", "nach", "sich", "auch", "wird", "werden", "haben", "unser",
        "unsere", "unseren", "unserer", "ihre", "ihren", "oder", "durch", "ohne", "mehr", "dass", "keine", "seit",
        "neue", "neuen", "neuer", "neues", "gerade", "sowie", "damit", "deren", "soll", "kann", "wurde", "wurden",
        "über", "zwischen", "helfen", "jetzt",
    ],
    &[
        "nous", "vous", "une", "pour", "avec", "dans", "aux", "leur", "leurs", "notre", "nos", "votre", "vos", "ont",
        "sont", "sans", "pas", "cette", "vient", "viens", "est", "et", "qui", "leurs", "aidons", "chez", "être",
        "vers", "afin", "depuis",
    ],
    &[
        "una",
        "para",
        "nuestro",
        "nuestra",
        "nuestros",
        "nuestras",
        "sus",
        "está",
        "están",
        "más",
        "ayudamos",
        "ofrecemos",
        "hemos",
        "desde",
        "empresas",
        "acaba",
        "nueva",
        "nuevo",
        "sobre",
        "cómo",
        "muy",
        "también",
        "porque",
    ],
    &[
        "gli", "della", "delle", "dello", "degli", "nostro", "nostra", "siamo", "sono", "aiutiamo", "nel", "nella",
        "alla", "alle", "aziende", "più", "anche", "nuova", "nuovo", "appena", "senza", "che",
    ],
    &[
        "het",
        "een",
        "voor",
        "wij",
        "onze",
        "zijn",
        "niet",
        "ook",
        "naar",
        "bij",
        "helpen",
        "bedrijven",
        "heeft",
        "hebben",
        "nieuwe",
        "zonder",
        "wordt",
        "worden",
    ],
    &[
        "uma", "com", "não", "nós", "nosso", "nossa", "em", "são", "ajudamos", "empresas", "mais", "também", "seus",
        "suas", "pelo", "pela", "novo", "nova", "sem",
    ],
];
/// Words of the same languages that are English words too, or parts of names: they count beside others.
const LIKELY: &[&str] = &[
    "die", "der", "den", "dem", "des", "im", "als", "wie", "hat", "war", "vom", "sie", "de", "la", "le", "les", "du",
    "en", "au", "sur", "par", "plus", "son", "ses", "un", "el", "los", "las", "con", "por", "del", "que", "su", "es",
    "se", "al", "y", "il", "di", "per", "e", "van", "von", "da", "do", "dos", "das", "os", "o",
];
/// Small words of English that those languages do not have.
const ENGLISH: &[&str] = &[
    "the", "of", "for", "with", "and", "to", "at", "are", "we", "our", "by", "from", "that", "who", "their", "your",
    "it", "this", "has", "have", "after", "about", "into", "without", "just", "not", "i", "you", "they", "he", "she",
    "been", "is", "which", "than", "us",
];
/// Loan words that English writes with foreign letters.
const LOANS: &[&str] =
    &["café", "cafés", "cliché", "clichés", "façade", "naïve", "résumé", "résumés", "décor", "soirée", "über"];

/// Whether a text is in another language than English, as far as its words tell.
#[must_use]
pub fn is_foreign(text: &str) -> bool {
    let letters = text.chars().filter(|letter| letter.is_alphabetic());
    let (latin, other) = letters.fold((0, 0), |(latin, other), letter| {
        // Latin letters end with U+024F; those with several marks begin at U+1E00.
        let is_latin = u32::from(letter) <= 0x24f || (0x1e00..=0x1eff).contains(&u32::from(letter));
        if is_latin { (latin + 1, other) } else { (latin, other + 1) }
    });
    if other > latin {
        return true;
    }
    let words: Vec<&str> =
        text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut sure = [0_usize; SURE.len()];
    let (mut likely, mut marked, mut english) = (0, 0, 0);
    for (place, word) in words.iter().enumerate() {
        let small = word.to_lowercase();
        if ENGLISH.contains(&small.as_str()) {
            english += 1;
            continue;
        }
        // A capital inside a text is a name, or a noun.
        if place > 0 && word.starts_with(char::is_uppercase) {
            continue;
        }
        let mut known = false;
        for (count, words) in sure.iter_mut().zip(SURE) {
            if words.contains(&small.as_str()) {
                *count += 1;
                known = true;
            }
        }
        if known {
            continue;
        }
        if LIKELY.contains(&small.as_str()) {
            likely += 1;
        } else if word.starts_with(char::is_lowercase)
            && small.chars().any(is_marked)
            && !LOANS.contains(&small.as_str())
        {
            marked += 1;
        }
    }
    let sure = sure.into_iter().max().unwrap_or(0);
    let all = sure + likely + marked;
    let evident = sure + marked > 0 && (english == 0 && words.len() > 1 || all >= 2 && all > 2 * english);
    // Two of the others are a name: `Jens von der Heide`.
    evident || (likely > 2 && english == 0)
}

/// Whether a letter has a mark that English words do without.
fn is_marked(letter: char) -> bool {
    letter.is_alphabetic() && (0xdf..=0x24f).contains(&u32::from(letter))
}

#[cfg(test)]
mod tests {
    use super::is_foreign;

    #[test]
    fn sentences_of_other_languages_are_told_from_english_ones() {
        for text in [
            "Wir digitalisieren die Angebotserstellung",
            "Routenplanung für Speditionen",
            "Neue Niederlassung in Wien",
            "Hat gerade zwölf SDRs eingestellt",
            "Sucht einen neuen Vertriebsleiter",
            "Nous aidons les directions financières à clôturer plus vite",
            "Logiciel de planification de tournées",
            "Vient de lever une Série B",
            "Ayudamos a los hoteles a llenar habitaciones",
            "Software de gestión para hoteles",
            "Abrió una oficina en Bogotá",
            "Aiutiamo le aziende a chiudere il mese",
            "Wij helpen bedrijven met het afsluiten van de maand",
            "Ajudamos empresas a fechar o mês em dois dias",
            "Мы помогаем отделам продаж",
            "営業チームを支援します",
        ] {
            assert!(is_foreign(text), "{text}");
        }
        for text in [
            "",
            "SOC 2 readiness in six weeks",
            "Fractional VP of Sales",
            "Expanded to Los Angeles and Las Vegas",
            "Opened an office in São Paulo",
            "Die casting for car makers",
            "Die-cast parts",
            "Acquired Société Générale's leasing arm in May",
            "Met at Café de Paris",
            "Spoke at the Salon des Entrepreneurs de Paris",
            "La Poste raised prices",
            "Hired Jens von der Heide as CFO",
            "Works with Banco do Brasil and El Corte Inglés",
            "Per-seat pricing, plus support",
            "Müller Maschinenbau",
            "Geschäftsführerin",
            "A résumé parser",
            "Hiring 12 SDRs",
            "Kafka",
            "Ben Carter, Senior Engineer, EMEA",
            "Migrating from AWS to GCP",
            "En route to profitability",
        ] {
            assert!(!is_foreign(text), "{text}");
        }
    }
}
