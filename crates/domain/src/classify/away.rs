//! Tells out-of-office notices from other automatic answers and reads the day of return. Called only for mails a machine wrote.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::{beginning, new_text, shown};
use crate::mail::InboundMail;
use crate::time::{DAY, Millis};
use crate::words::{Pattern, fold, patterns, words};

/// What people who are away have their machine say, in subject or body; `crate::words` explains the notation.
const NOTICES: &[&str] = &[
    // English
    "out of office",
    "out of the office",
    "out of my office",
    "ooo",
    "on vacation",
    "on holiday|holidays",
    "on annual leave",
    "on leave",
    "on maternity|paternity|parental|sick|medical leave",
    "on pto",
    "am|be|im|currently|is away",
    "away from * office|desk|email|emails",
    "away until|till",
    "not in the office",
    "limited access to * email|emails|mail",
    "will|ill be back|returning * on",
    "return to the office",
    "travelling|traveling until|with limited",
    "unavailable until|till",
    // German
    "abwesenheitsnotiz",
    "abwesenheit~",
    "abwesend",
    "nicht im büro|buero|haus|hause|dienst",
    "außer haus",
    "im urlaub",
    "in elternzeit|mutterschutz",
    "wieder erreichbar|da|zurück|im",
    "nicht erreichbar",
    "bin ich * zurück",
    // French
    "absent du bureau",
    "absence du bureau",
    "message d absence",
    "actuellement absent|absente",
    "suis absent|absente",
    "serai absent|absente",
    "en congé|congés|vacances",
    "de retour le",
    "serai de retour",
    "hors du bureau",
    // Spanish
    "fuera de la oficina",
    "fuera de oficina",
    "ausente de la oficina",
    "ausente",
    "de vacaciones",
    "estaré de vuelta|regreso",
    "de baja médica|maternal|paternal",
    // Italian
    "fuori sede",
    "fuori ufficio",
    "assente",
    "in ferie",
    "assente dall ufficio",
    "in maternità",
    "rientrerò|rientrero",
    "al mio rientro",
    // Dutch
    "afwezig",
    "niet op kantoor",
    "buiten kantoor",
    "met|op vakantie",
    "met verlof",
    "niet aanwezig",
    "weer aanwezig|terug|bereikbaar",
    // Portuguese
    "fora do escritório",
    "ausente do escritório",
    "de férias",
    "em férias",
    "licença maternidade|paternidade|médica",
    "estarei de volta",
    "retorno no dia",
    "retornarei",
];

/// Why the mail is an out-of-office notice, when it is one.
pub(super) fn notice(mail: &InboundMail) -> Option<String> {
    let texts = [
        ("subject", words(beginning(&mail.subject, LOOKED_AT))),
        ("text", words(beginning(&new_text(&mail.text), LOOKED_AT))),
    ];
    PATTERNS.iter().find_map(|pattern| {
        texts.iter().find_map(|(place, words)| {
            let found = pattern.find(words)?;
            Some(format!("the {place} says the sender is away: {}", shown(&words[found.from..found.to].join(" "))))
        })
    })
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(NOTICES));

/// Characters looked at: a notice says what it is at its beginning; later text may be anything.
const LOOKED_AT: usize = 2_000;

/// Words before the day of return, folded.
const BEFORE_RETURN: &[&str] = &[
    "until",
    "till",
    "to",
    "back on",
    "back in the office on",
    "back",
    "return on",
    "returning on",
    "returning",
    "return to the office on",
    "through",
    "available again on",
    "bis zum",
    "bis einschliesslich",
    "bis",
    "wieder am",
    "ab dem",
    "ab",
    "zuruck am",
    "am",
    "jusqu'au",
    "jusqu au",
    "retour le",
    "a partir du",
    "hasta el",
    "hasta",
    "vuelta el",
    "regreso el",
    "al",
    "fino al",
    "rientro il",
    "rientrero il",
    "dal",
    "tot en met",
    "tot",
    "t/m",
    "terug op",
    "vanaf",
    "ate",
    "ate o dia",
    "a partir de",
    "de volta em",
    "dia",
    "volta dia",
];

const MONTHS: &[&[&str]] = &[
    &["jan", "januar", "january", "janvier", "enero", "gennaio", "januari", "janeiro"],
    &["feb", "februar", "february", "fevrier", "febrero", "febbraio", "februari", "fevereiro"],
    &["mar", "marz", "maerz", "march", "mars", "marzo", "maart", "marco"],
    &["apr", "april", "avril", "abril", "aprile"],
    &["may", "mai", "mayo", "maggio", "mei", "maio"],
    &["jun", "juni", "june", "juin", "junio", "giugno", "junho"],
    &["jul", "juli", "july", "juillet", "julio", "luglio", "julho"],
    &["aug", "august", "aout", "agosto", "augustus"],
    &["sep", "sept", "september", "septembre", "septiembre", "settembre", "setembro"],
    &["oct", "okt", "october", "oktober", "octobre", "octubre", "ottobre", "outubro"],
    &["nov", "november", "novembre", "noviembre", "novembro"],
    &["dec", "dez", "december", "dezember", "decembre", "diciembre", "dicembre", "dezembro"],
];

/// Midnight UTC of the latest plausible day named after a word such as "until"; none without the mail's own date to judge it by.
pub(super) fn back_on(mail: &InboundMail) -> Option<Millis> {
    let sent = mail.date?;
    let today = sent.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
    let text = fold(beginning(&new_text(&mail.text), LOOKED_AT)).replace('\n', " ");
    let mut latest = None;
    for lead in BEFORE_RETURN {
        for (at, _) in text.match_indices(lead) {
            let starts_word = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
            let rest = &text[at + lead.len()..];
            if starts_word && rest.starts_with([' ', ':']) {
                latest = latest.max(day_at(rest, today));
            }
        }
    }
    let day: Date = latest?;
    let moment = Millis::from(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    // Older than yesterday or more than thirteen months ahead is a misreading.
    (moment.0 >= sent.0 - 2 * DAY && moment.0 <= sent.0 + 400 * DAY).then_some(moment)
}

/// Reads a date at the beginning of `text`, after an optional weekday: `14 August 2026`, `August 14th`, `14.08.2026`, `2026-08-14`.
pub(super) fn day_at(text: &str, today: Date) -> Option<Date> {
    let tokens: Vec<&str> = text.split([' ', ',', ':']).filter(|token| !token.is_empty()).take(7).collect();
    // At most two words (weekday, article) may stand before the date.
    (0..=2usize.min(tokens.len())).find_map(|skipped| {
        let passed_over = &tokens[..skipped];
        let plain = passed_over
            .iter()
            .all(|token| token.chars().all(|c| c.is_alphabetic() || c == '.' || c == '-') && month_of(token).is_none());
        if plain { date_of(&tokens[skipped..], today) } else { None }
    })
}

fn date_of(tokens: &[&str], today: Date) -> Option<Date> {
    let first = tokens.first()?.trim_end_matches([';', ')', '!']);
    let numbers: Vec<i16> =
        first.split(['.', '/', '-']).filter(|part| !part.is_empty()).map_while(|part| part.parse().ok()).collect();
    match (numbers.as_slice(), first) {
        ([year, month, day], text) if text.contains('-') && *year > 1_000 => date(*year, *month, *day),
        ([day, month, year], text) if text.contains('.') || text.contains('-') => date(full_year(*year), *month, *day),
        ([day, month], text) if text.matches('.').count() >= 1 => with_likely_year(*month, *day, today),
        // With slashes, the order shows only when one of the two can't be a month.
        ([a, b, year], _) if *a > 12 || a == b => date(full_year(*year), *b, *a),
        ([a, b, year], _) if *b > 12 => date(full_year(*year), *a, *b),
        _ => {
            let rest = tokens.get(1..)?;
            if let Some(month) = month_of(first) {
                let day = ordinal(rest.first()?)?;
                return in_year(month, day, rest.get(1), today);
            }
            let day = ordinal(first)?;
            let rest = if matches!(rest.first(), Some(&("of" | "de" | "di"))) { rest.get(1..)? } else { rest };
            let month = month_of(rest.first()?)?;
            let year = rest.iter().skip(1).find(|token| **token != "de");
            in_year(month, day, year, today)
        }
    }
}

fn in_year(month: i16, day: i16, year: Option<&&str>, today: Date) -> Option<Date> {
    let year = year
        .and_then(|token| token.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<i16>().ok())
        .filter(|year| *year > 1_000);
    match year {
        Some(year) => date(year, month, day),
        None => with_likely_year(month, day, today),
    }
}

fn with_likely_year(month: i16, day: i16, today: Date) -> Option<Date> {
    let this_year = date(today.year(), month, day)?;
    if this_year < today { date(today.year() + 1, month, day) } else { Some(this_year) }
}

fn full_year(year: i16) -> i16 {
    if year < 100 { year + 2_000 } else { year }
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// `14`, `14.`, `14th`, `1er`, `1º`.
fn ordinal(token: &str) -> Option<i16> {
    let digits = token.trim_end_matches(|c: char| !c.is_ascii_digit());
    let ending = &token[digits.len()..];
    let fits = matches!(
        ending.trim_end_matches([',', ';', '!', ')', '.']),
        "" | "st" | "nd" | "rd" | "th" | "er" | "º" | "°" | "o"
    );
    if fits { digits.parse().ok().filter(|day| (1..=31).contains(day)) } else { None }
}

pub(super) fn month_of(token: &str) -> Option<i16> {
    let name = token.trim_end_matches(['.', ',', ';', '!']);
    let at = MONTHS.iter().position(|names| names.contains(&name))?;
    i16::try_from(at + 1).ok()
}
