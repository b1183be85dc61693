//! Separates what a person newly wrote from the mail they quoted. Works on lines of plain text; knows no MIME.

use crate::words::fold;

/// How attribution lines begin and end: "On … wrote:", "Am … schrieb …:", "Le … a écrit :", …; folded.
const ATTRIBUTIONS: &[(&[&str], &str)] = &[
    (&["on ", "in a message "], "wrote:"),
    (&["on ", "in a message "], "writes:"),
    (&["am ", "an ", "um "], "schrieb"),
    (&["le "], "a ecrit"),
    (&["el ", "on "], "escribio"),
    (&["il ", "in data "], "ha scritto"),
    (&["op "], "schreef"),
    (&["em ", "a ", "no dia "], "escreveu"),
    (&["den ", "pa "], "skrev"),
    (&["w dniu ", "dnia "], "napisal"),
];

/// Lines after which all that follows is the quoted mail; folded, compared without their dashes and blanks.
const SEPARATORS: &[&str] = &[
    "original message",
    "original appointment",
    "forwarded message",
    "begin forwarded message:",
    "ursprungliche nachricht",
    "urspruengliche nachricht",
    "originalnachricht",
    "weitergeleitete nachricht",
    "message d'origine",
    "message original",
    "message transfere",
    "mensaje original",
    "mensaje reenviado",
    "messaggio originale",
    "messaggio inoltrato",
    "oorspronkelijk bericht",
    "doorgestuurd bericht",
    "mensagem original",
    "mensagem encaminhada",
    "ursprungligt meddelande",
    "wiadomosc oryginalna",
];

/// Labels that open a quoted header block, and those one of which must follow within a few lines; folded.
const FROM_LABELS: &[&str] = &["from:", "von:", "de:", "de :", "da:", "van:", "fran:", "fra:", "od:"];
const NEXT_LABELS: &[&str] = &[
    "sent:",
    "date:",
    "to:",
    "subject:",
    "gesendet:",
    "datum:",
    "an:",
    "betreff:",
    "envoye:",
    "envoye :",
    "date :",
    "a :",
    "objet :",
    "objet:",
    "enviado:",
    "enviada em:",
    "enviado el:",
    "fecha:",
    "para:",
    "asunto:",
    "assunto:",
    "inviato:",
    "data:",
    "a:",
    "oggetto:",
    "verzonden:",
    "aan:",
    "onderwerp:",
    "skickat:",
    "till:",
    "sendt:",
    "til:",
    "wyslano:",
    "do:",
];

/// The text a person newly wrote: without quoted lines, their attribution and whatever follows a forwarded header block.
///
/// Answers written between quoted lines are kept. Empty when everything was quoted. The signature stays
/// (see [`without_signature`]).
#[must_use]
pub fn new_text(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let folded: Vec<String> = lines.iter().map(|line| fold(line).trim().to_owned()).collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = &folded[at];
        if is_separator(line) || opens_header_block(&folded, at) {
            break;
        }
        if let Some(height) = attribution(&folded, at) {
            let next = folded.iter().skip(at + height).find(|line| !line.is_empty());
            if next.is_some_and(|line| line.starts_with('>')) {
                at += height;
                continue;
            }
            break;
        }
        if !line.starts_with('>') {
            kept.push(lines[at]);
        }
        at += 1;
    }
    while kept.last().is_some_and(|line| is_rule(line)) {
        kept.pop();
    }
    kept.join("\n").trim().to_owned()
}

/// The text above the signature delimiter (`-- ` alone on a line, RFC 3676 section 4.3).
#[must_use]
pub fn without_signature(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if matches!(line.trim_end_matches(['\r', '\n']), "-- " | "--") && at > 0 {
            return text[..at].trim_end();
        }
        at += line.len();
    }
    text
}

fn is_rule(line: &str) -> bool {
    line.trim().chars().all(|c| matches!(c, '_' | '-' | '=' | '*' | '—' | '–'))
}

fn is_separator(line: &str) -> bool {
    let bare = line.trim_matches(|c: char| matches!(c, '-' | '_' | '=' | '*' | ' ' | '—' | '–'));
    let ruled = line.starts_with("--") || line.starts_with("__") || line.starts_with("==") || line.starts_with('—');
    SEPARATORS.contains(&bare) && (ruled || bare == "begin forwarded message:")
}

/// `From: …` and within three lines one more label, as Outlook writes above the mail it quotes. Bold marks are passed over.
fn opens_header_block(lines: &[String], at: usize) -> bool {
    let bare = |line: &String| line.trim_start_matches(['*', ' ']).replace("*:", ":").replace(":*", ":");
    if !starts_with_any(&bare(&lines[at]), FROM_LABELS) {
        return false;
    }
    lines
        .iter()
        .skip(at + 1)
        .filter(|line| !line.is_empty())
        .take(3)
        .filter(|line| starts_with_any(&bare(line), NEXT_LABELS))
        .count()
        >= 2
}

fn starts_with_any(line: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| line.starts_with(beginning))
}

/// How many lines (1 to 4) the attribution at `at` takes, when there is one. It must name a date or an address.
fn attribution(lines: &[String], at: usize) -> Option<usize> {
    let candidates: Vec<_> =
        ATTRIBUTIONS.iter().filter(|(beginnings, _)| starts_with_any(&lines[at], beginnings)).collect();
    if candidates.is_empty() {
        return None;
    }
    let mut joined = String::new();
    for (height, line) in lines.iter().skip(at).take(4).enumerate() {
        if line.is_empty() {
            return None;
        }
        joined.push_str(line);
        joined.push(' ');
        let whole = joined.trim_end();
        if whole.len() > 400 {
            return None;
        }
        let dated = whole.contains('@') || whole.chars().filter(char::is_ascii_digit).count() >= 2;
        let ends = whole.ends_with(':') && dated;
        if ends && candidates.iter().any(|(_, verb)| whole.contains(verb)) {
            return Some(height + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{new_text, without_signature};

    #[test]
    fn what_stands_above_the_quote_is_kept() {
        let table: &[(&str, &str)] = &[
            (
                "Sounds good!\n\nOn Tue, 4 Aug 2026 at 10:12, Jo Lee <jo@a.example> wrote:\n> Hi\n> there",
                "Sounds good!",
            ),
            ("Sounds good!\n\nOn Tue, 4 Aug 2026 at 10:12, Jo Lee\n<jo@a.example> wrote:\n\n> Hi", "Sounds good!"),
            ("Yes\n\n-----Original Message-----\nFrom: Jo\nSent: today\n\nunsubscribe", "Yes"),
            (
                "Gern.\r\n\r\nVon: Jo Lee <jo@a.example>\r\nGesendet: Dienstag, 4. August 2026 10:12\r\nAn: Max\r\nBetreff: Hallo\r\n\r\nText",
                "Gern.",
            ),
            ("Gern.\n\nAm 04.08.26 um 10:12 schrieb Jo Lee:\n> Hallo", "Gern."),
            ("Gern.\n\nAm Di., 4. Aug. 2026 um 10:12 Uhr schrieb Jo Lee <\njo@a.example>:\n\n> Hallo", "Gern."),
            ("Oui.\n\nLe mar. 4 août 2026 à 10:12, Jo Lee <jo@a.example> a écrit :\n> Bonjour", "Oui."),
            (
                "Oui.\n\nDe : Jo Lee <jo@a.example>\nEnvoyé : mardi 4 août 2026\nÀ : Max\nObjet : Bonjour\n\nBonjour",
                "Oui.",
            ),
            ("Sí.\n\nEl mar, 4 ago 2026 a las 10:12, Jo Lee (<jo@a.example>) escribió:\n\n> Hola", "Sí."),
            ("Sì.\n\nIl giorno mar 4 ago 2026 alle ore 10:12 Jo Lee <jo@a.example> ha scritto:\n\n> Ciao", "Sì."),
            ("Ja.\n\nOp di 4 aug 2026 om 10:12 schreef Jo Lee <jo@a.example>:\n\n> Hoi", "Ja."),
            ("Sim.\n\nEm ter., 4 de ago. de 2026 às 10:12, Jo Lee <jo@a.example> escreveu:\n\n> Olá", "Sim."),
            ("Hi\n________________________________\nFrom: Jo\nSent: Tuesday\nTo: Max\nSubject: x\n\nbody", "Hi"),
            ("Hi\n\n*From:* Jo\n*Sent:* Tuesday\n*To:* Max\n*Subject:* x\n\nbody", "Hi"),
            (
                "On 4 Aug 2026, Jo <jo@a.example> wrote:\n> When?\n\nAt noon.\n\n> Where?\n\nHere.",
                "At noon.\n\n\nHere.",
            ),
            ("> all\n> quoted", ""),
            ("On Monday we met and she wrote:\nno thanks", "On Monday we met and she wrote:\nno thanks"),
            ("From: the whole team, thanks!\nBye", "From: the whole team, thanks!\nBye"),
            ("", ""),
        ];
        for (text, wanted) in table {
            assert_eq!(new_text(text).replace("\n\n\n\n", "\n\n\n"), *wanted, "{text}");
        }
    }

    #[test]
    fn the_signature_is_cut_at_its_delimiter() {
        assert_eq!(without_signature("Hello\n-- \nJo\nunsubscribe here"), "Hello");
        assert_eq!(without_signature("Hello -- there"), "Hello -- there");
    }
}
