//! Replies as people write them, in English and German, and what they want.

use super::{Classification, ReplyClass, classify, classify_text};
use crate::mail::{InboundKind, InboundMail};
use crate::time::Millis;

fn reply(text: &str) -> Classification {
    classify(&InboundMail {
        from: Some("jo@lead.example".to_owned()),
        subject: "Re: a question".to_owned(),
        text: text.to_owned(),
        date: "2026-11-10T09:00:00Z".parse().ok(),
        ..InboundMail::default()
    })
}

/// What is not seen as this class, with what it is seen as.
fn wrong(class: ReplyClass, texts: &[&str]) -> Vec<String> {
    texts
        .iter()
        .map(|text| (text, reply(text)))
        .filter(|(_, found)| found.class != Some(class))
        .map(|(text, found)| format!("{text:?}: {:?} {:?}", found.class, found.evidence))
        .collect()
}

#[test]
fn interest_is_recognised() {
    let texts = [
        "Sounds interesting, tell me more.",
        "Hi Sam,\n\nthanks for reaching out. This sounds great, could you send me some more information?\n\nBest,\nJo",
        "Yes please.",
        "I'm interested. What does it cost?",
        "Sure, let's talk on Monday.",
        "Can we schedule a call next week?",
        "Happy to chat. Does Thursday at 10 work?",
        "We are looking for exactly this. Do you have time tomorrow?",
        "Could you share pricing?",
        "How much is it for a team of 20?",
        "Please send me the deck.",
        "Would love to see a demo.",
        "Call me on +1 212 555 0100",
        "When would you be free?",
        "This is very timely, we were just discussing this. Let's set up a meeting.",
        "OK, show me how it works",
        "Interested!",
        "Tell me more about how you handle imports",
        "Here is my calendar: https://cal.example/jo",
        "Klingt interessant, schicken Sie mir gern mehr Informationen.",
        "Sehr gerne, wann passt es Ihnen?",
        "Guten Tag Herr Sommer,\n\ndas hört sich spannend an. Können wir nächste Woche telefonieren?\n\nMit freundlichen Grüßen\nJo Lee",
        "Ja, gerne.",
        "Was kostet das?",
        "Bitte senden Sie mir ein Angebot.",
        "Wir haben grundsätzlich Interesse. Machen Sie einen Terminvorschlag.",
        "Rufen Sie mich bitte an.",
        "Hätten Sie dazu Unterlagen?",
        "Ich würde gern mehr erfahren.",
        "Bitte nicht abmelden, ich habe Interesse!",
        "We should stop sending paper invoices, so yes, I am interested.",
    ];
    assert_eq!(wrong(ReplyClass::Interested, &texts), Vec::<String>::new());
}

#[test]
fn another_time_is_recognised() {
    let texts = [
        "Not right now, thanks.",
        "Maybe later this year.",
        "Bad timing, we are in the middle of a merger. Try me again in March.",
        "Sounds interesting, but not at the moment. Please reach out next quarter.",
        "We're swamped until Christmas.",
        "Can you circle back in Q2?",
        "Not a priority for us right now.",
        "Please check back with me in two months.",
        "No budget this year.",
        "Not interested right now, maybe next year.",
        "Get back to me after the summer.",
        "We are locked into a contract until June 2027.",
        "Follow up in January please",
        "I'm not looking at new tools at this time.",
        "Derzeit kein Bedarf.",
        "Momentan passt es leider nicht, melden Sie sich gern im März wieder.",
        "Wir haben gerade keine Kapazitäten.",
        "Bitte kommen Sie im neuen Jahr noch einmal auf mich zu.",
        "Aktuell ist das für uns kein Thema, vielleicht später.",
        "Im Moment nicht, danke.",
        "Unser Budget für dieses Jahr ist ausgeschöpft.",
        "Bitte melden Sie sich in zwei Monaten noch einmal.",
        "Zur Zeit leider nicht.",
        "Frühestens nächstes Jahr wieder, bitte später nochmal melden.",
        "Der Zeitpunkt ist gerade ungünstig.",
    ];
    assert_eq!(wrong(ReplyClass::NotNow, &texts), Vec::<String>::new());
}

#[test]
fn a_no_is_recognised() {
    let texts = [
        "Not interested.",
        "No thanks.",
        "No, thank you.",
        "Thanks, but we already have a solution for this.",
        "We're all set.",
        "This is not a fit for us.",
        "We don't need this.",
        "I'm going to pass.",
        "We are happy with our current provider.",
        "Not for us, sorry.",
        "We decided against it.",
        "Kein Interesse, danke.",
        "Nein danke.",
        "Ich bin nicht interessiert.",
        "Vielen Dank, aber wir haben bereits einen Anbieter.",
        "Kein Bedarf.",
        "Das kommt für uns nicht in Frage.",
        "Wir sind bestens versorgt.",
        "Das brauchen wir nicht.",
        "Wir haben uns anders entschieden.",
    ];
    assert_eq!(wrong(ReplyClass::NotInterested, &texts), Vec::<String>::new());
}

#[test]
fn somebody_else_is_recognised_with_name_and_address() {
    let table: &[(&str, Option<&str>, Option<&str>)] = &[
        (
            "I'm not the right person. Please contact Max Miller, max@lead.example.",
            Some("Max Miller"),
            Some("max@lead.example"),
        ),
        ("Please reach out to my colleague Ann Smith instead.", Some("Ann Smith"), None),
        ("Wrong person. Please write to my colleague Max.", Some("Max"), None),
        ("My boss handles this: <boss@lead.example>", None, Some("boss@lead.example")),
        (
            "Not interested myself, but my colleague Tom might be: tom@lead.example",
            Some("Tom"),
            Some("tom@lead.example"),
        ),
        ("I forwarded your mail to our head of sales.", None, None),
        ("You should talk to Priya Patel, she runs procurement.", Some("Priya Patel"), None),
        ("I've copied Lena, who looks after this.", Some("Lena"), None),
        (
            "Bitte wenden Sie sich an Frau Schmidt (schmidt@lead.example).",
            Some("Schmidt"),
            Some("schmidt@lead.example"),
        ),
        ("Dafür ist mein Kollege Peter Maier zuständig.", Some("Peter Maier"), None),
        ("Ich habe Ihre Mail an unseren Einkauf weitergeleitet.", None, None),
        ("Ich bin nicht zuständig, bitte kontaktieren Sie Herrn Weber.", Some("Weber"), None),
        (
            "Zuständig ist bei uns Jana Krause, jana.krause@lead.example",
            Some("Jana Krause"),
            Some("jana.krause@lead.example"),
        ),
    ];
    for (text, name, email) in table {
        let found = reply(text);
        assert_eq!(found.class, Some(ReplyClass::Referral), "{text} {:?}", found.evidence);
        let referred = found.referred.clone();
        let named = |pick: fn(&super::Referred) -> Option<String>| referred.as_ref().and_then(pick);
        assert_eq!(named(|one| one.name.clone()).as_deref(), *name, "{text} {found:?}");
        assert_eq!(named(|one| one.email.clone()).as_deref(), *email, "{text} {found:?}");
    }
}

#[test]
fn who_is_not_who_was_meant_is_recognised() {
    let texts = [
        "You have the wrong person.",
        "Wrong person.",
        "I think you've got the wrong email address.",
        "I no longer work at Acme.",
        "I am not the right contact for this.",
        "I don't handle purchasing.",
        "This is not my area.",
        "There is nobody by that name here.",
        "Jo has left the company.",
        "Ich bin dafür nicht zuständig.",
        "Da sind Sie bei mir falsch.",
        "Sie haben die falsche Adresse.",
        "Ich arbeite nicht mehr bei Acme.",
        "Ich bin leider nicht der richtige Ansprechpartner.",
        "Herr Lee hat das Unternehmen verlassen.",
    ];
    assert_eq!(wrong(ReplyClass::WrongPerson, &texts), Vec::<String>::new());
}

#[test]
fn what_no_rule_tells_is_left_to_a_person() {
    let texts = [
        "Who are you?",
        "Where did you get my address?",
        "Thanks.",
        "Lol",
        "Our systems were down yesterday.",
        "",
        "> quoted alone",
        "Wer sind Sie?",
        "Woher haben Sie meine Adresse?",
    ];
    assert_eq!(wrong(ReplyClass::Other, &texts), Vec::<String>::new());
}

#[test]
fn machines_and_requests_to_stop_keep_their_own_class() {
    let mut away = InboundMail {
        subject: "Automatic reply: a question".to_owned(),
        text: "I am out of the office until 16 November 2026. Please contact max@lead.example.".to_owned(),
        date: "2026-11-10T09:00:00Z".parse().ok(),
        ..InboundMail::default()
    };
    away.headers.push(("auto-submitted".to_owned(), "auto-replied".to_owned()));
    let found = classify(&away);
    assert_eq!((found.kind, found.class), (InboundKind::OutOfOffice, Some(ReplyClass::OutOfOffice)));
    assert_eq!(found.back_on, "2026-11-16T00:00:00Z".parse().ok());
    away.text = "Your ticket is 4711.".to_owned();
    away.subject = "Ticket".to_owned();
    assert_eq!(classify(&away).class, Some(ReplyClass::Automatic));
    for text in
        ["Not interested, please remove me from your list.", "Kein Interesse, bitte löschen Sie meine Adresse", "STOP"]
    {
        assert_eq!(reply(text).class, Some(ReplyClass::OptOut), "{text}");
    }
    let at: Millis = "2026-11-10T09:00:00Z".parse().unwrap();
    assert_eq!(classify_text("Stop", at).class, Some(ReplyClass::OptOut));
    assert_eq!(classify_text("yes, call me tomorrow", at).class, Some(ReplyClass::Interested));
}

#[test]
fn the_day_that_is_named_for_another_time_is_read_and_none_is_guessed() {
    let table: &[(&str, Option<&str>)] = &[
        ("Not now. Try me again in March.", Some("2027-03-01")),
        ("Not right now, reach out in two weeks.", Some("2026-11-24")),
        ("Please check back with me in 3 months.", Some("2027-02-10")),
        ("Not at the moment. Please reach out next quarter.", Some("2027-01-01")),
        ("Not now, maybe next year.", Some("2027-01-01")),
        ("Can you circle back in Q2?", Some("2027-04-01")),
        ("Not now, but write me again next week.", Some("2026-11-16")),
        ("Not now. Get back to me on January 15th.", Some("2027-01-15")),
        ("We are locked into a contract until June 2027.", Some("2027-06-01")),
        ("Bad timing, try again after December.", Some("2027-01-01")),
        ("Momentan nicht, melden Sie sich gern im März wieder.", Some("2027-03-01")),
        ("Bitte melden Sie sich in zwei Monaten noch einmal.", Some("2027-01-10")),
        ("Derzeit nicht, gern wieder ab dem 15.01.2027.", Some("2027-01-15")),
        ("Aktuell nicht, bitte nächstes Quartal wieder melden.", Some("2027-01-01")),
        ("Bitte kommen Sie im neuen Jahr noch einmal auf mich zu.", Some("2027-01-01")),
        ("Not right now.", None),
        ("Maybe later.", None),
        ("Get back to me after the summer.", None),
        ("Derzeit kein Bedarf.", None),
        ("Not now. In 2010 we tried something like it.", None),
    ];
    for (text, wanted) in table {
        let found = reply(text);
        assert_eq!(found.class, Some(ReplyClass::NotNow), "{text} {:?}", found.evidence);
        let day = found.back_on.map(|day| day.to_string()[..10].to_owned());
        assert_eq!(day.as_deref(), *wanted, "{text} {:?}", found.evidence);
    }
}
