//! Tables of mails and what they are.

use super::{Classification, classify, spoken_opt_out};
use crate::mail::{DeliveryStatus, FeedbackReport, InboundKind, InboundMail};
use crate::time::Millis;

fn mail(subject: &str, text: &str) -> InboundMail {
    InboundMail {
        from: Some("jo@lead.example".to_owned()),
        subject: subject.to_owned(),
        text: text.to_owned(),
        date: "2026-07-30T09:00:00Z".parse().ok(),
        ..InboundMail::default()
    }
}

fn with_header(mut mail: InboundMail, name: &str, value: &str) -> InboundMail {
    mail.headers.push((name.to_owned(), value.to_owned()));
    mail
}

fn kind_of_text(text: &str) -> Classification {
    classify(&mail("Re: a question", text))
}

#[test]
fn requests_to_stop_are_recognised() {
    let mut wrong = Vec::new();
    for text in [
        "Please remove me from your list.",
        "please remove me",
        "Remove me.",
        "Not interested, please remove me from your list",
        "Not interested remove me",
        "No thanks. Take me off your mailing list.",
        "unsubscribe",
        "UNSUBSCRIBE!",
        "Unsubscribe please",
        "Stop",
        "STOP\n\nSent from my phone",
        "Please stop emailing me.",
        "Can you please stop contacting me?",
        "Could you take me off this list?",
        "Stop sending me these emails",
        "I would like to unsubscribe.",
        "I want to opt out of these emails.",
        "How do I unsubscribe from this?",
        "How can I opt out?",
        "Please don't contact me again.",
        "Do not email me any more",
        "don’t email me again",
        "Dont send me any more emails",
        "I don't want to receive any more emails from you",
        "We no longer wish to receive these messages.",
        "Leave me alone",
        "Delete my data.",
        "Please delete all my personal data from your system",
        "Hi Sam,\n\nwe are all set here. Kindly remove me from your\ndatabase.\n\nBest\nJo",
        "If you don't remove me from your list I will report you.",
        "Why don't you remove me from your list?",
        "I never asked for these emails. Unsubscribe.",
        "I did not sign up for this, so please unsubscribe me.",
        "no more emails please",
        "Please opt me out",
        "I don't know how you got my address. Remove me from your list",
        "\"unsubscribe\"",
        "Opt-out",
        "opt me out of this sequence",
        "Stop with these emails!",
        "I am marking this as spam",
        // German
        "Bitte nicht mehr kontaktieren.",
        "Bitte kontaktieren Sie mich nicht mehr!",
        "Bitte nehmen Sie mich aus Ihrem Verteiler.",
        "Ich möchte keine weiteren E-Mails erhalten.",
        "Bitte löschen Sie meine Daten.",
        "Kein Interesse, bitte löschen Sie meine Adresse",
        "Abmelden",
        "Bitte melden Sie mich ab.",
        "Bitte keine weiteren Mails.",
        "Ich will nicht mehr angeschrieben werden.",
        "Bitte streichen Sie mich von Ihrer Liste",
        "Hören Sie auf, mir zu schreiben. Lassen Sie mich in Ruhe.",
        // French
        "Merci de ne plus me contacter.",
        "Ne me contactez plus",
        "Veuillez me désinscrire de votre liste.",
        "Désabonnez-moi",
        "Je ne souhaite plus recevoir vos emails.",
        "Merci de me retirer de votre liste de diffusion",
        "Désinscription",
        "N'envoyez plus de mails, supprimez mon adresse",
        "Arrêtez de m'écrire.",
        // Spanish
        "Por favor, no me contacten más.",
        "Quiero darme de baja",
        "Elimíneme de su lista",
        "No quiero recibir más correos.",
        "Dejen de enviarme correos",
        "Baja",
        "Por favor borren mis datos",
        // Italian
        "Per favore cancellatemi dalla lista.",
        "Non voglio più ricevere le vostre email",
        "Non contattatemi più",
        "Vi prego di cancellare il mio indirizzo",
        "Smettetela di scrivermi.",
        // Dutch
        "Graag geen mails meer sturen.",
        "Verwijder mij uit uw lijst",
        "Wilt u mij niet meer mailen?",
        "Ik wil me afmelden",
        "Uitschrijven",
        "Meld mij af aub",
        // Portuguese
        "Por favor, remova meu email da lista.",
        "Não quero receber mais emails",
        "Não me contactem mais.",
        "Parem de me enviar mensagens",
        "Gostaria de me descadastrar",
        "Descadastrar",
    ] {
        let found = kind_of_text(text);
        if found.kind != InboundKind::OptOutRequest {
            wrong.push(text);
        }
        assert!(!found.evidence.is_empty(), "{text}");
    }
    assert_eq!(wrong, Vec::<&str>::new(), "not seen as requests to stop");
}

#[test]
fn other_texts_are_replies() {
    let mut wrong = Vec::new();
    for text in [
        "Sounds interesting, tell me more.",
        "I didn't unsubscribe, where are your mails?",
        "I did not unsubscribe.",
        "How do your customers unsubscribe?",
        "How do customers opt out with your product?",
        "Please don't remove me from your list!",
        "Please do not unsubscribe me, I like your mails.",
        "I don't want to unsubscribe.",
        "Don't stop emailing me :)",
        "Do people ever reply \"please remove me from your list\"?",
        "Our customers say “stop emailing me” a lot. Can you help?",
        "Users who want to unsubscribe should find a link.",
        "Not interested, thanks.",
        "No thanks.",
        "Wrong person. Please write to my colleague Max.",
        "Can you remove me from cc?",
        "Why did you remove me from your list?",
        "We need to stop by your office next week",
        "We had to cancel the project, let us talk in spring.",
        "Does it handle unsubscribes?",
        "What happens when someone hits unsubscribe?",
        "Let's not stop here. Call me on Monday.",
        "Our main problems: bounces, spam, unsubscribe rates, and so on. Could you show on a call how your product deals with each of those for a team of ours?",
        "Yes!\n\nOn Tue, 4 Aug 2026 at 10:12, Sam <sam@us.example> wrote:\n> To stop these mails, click unsubscribe or reply \"remove me\".\n> Please remove me from your list",
        "Thanks, let's talk.\n\n-----Original Message-----\nFrom: Sam\nSent: today\n\nReply STOP to unsubscribe. I want to unsubscribe.",
        "Happy to chat.\n-- \nJo\nPlease remove me from your list",
        "If you no longer wish to receive our newsletter, tell us. That is what we print, too. How about yours?",
        "Kein Interesse, danke.",
        "Bitte nicht abmelden, ich habe Interesse!",
        "Wie melden sich Ihre Kunden ab?",
        "Ich möchte mich nicht abmelden.",
        "Ich bin nicht interessiert.",
        "Je ne veux pas me désabonner.",
        "Pas intéressé, merci.",
        "Comment vos clients se désabonnent-ils ?",
        "No estoy interesado, gracias.",
        "No quiero darme de baja.",
        "Non sono interessato.",
        "Geen interesse.",
        "Não tenho interesse.",
        "",
        "> please remove me from your list",
        "They asked me to remove the old server.",
        "We should stop sending paper invoices, so yes, I am interested.",
        "Please remove the second item from the quote.",
        "Your first mail was marked as spam by our filter, fyi.",
        "How do you handle GDPR deletion requests?",
        "We want to delete our duplicates from Salesforce. Can you do that?",
        "Ich melde mich ab September bei Ihnen.",
        "Nehmen Sie sich gern Zeit für uns.",
        "Je veux en savoir plus et recevoir vos documents.",
        "¿Podemos dar de baja usuarios en la herramienta?",
        "Non vorrei essere scortese, ma non abbiamo tempo ora.",
        "Schrijf me volgende week even, dan heb ik tijd.",
        "Me tire uma dúvida: quanto custa?",
        "Please don't send me a PDF, a link is fine.",
        "I can't stop thinking about your offer.",
        "No problem, let us talk on Monday.",
    ] {
        let found = kind_of_text(text);
        if found.kind != InboundKind::Reply {
            wrong.push((text, found.evidence));
        }
    }
    assert_eq!(wrong, Vec::new(), "not seen as plain replies");
}

#[test]
fn an_unsubscribe_subject_is_enough_only_when_it_is_alone() {
    assert_eq!(classify(&mail("unsubscribe", "")).kind, InboundKind::OptOutRequest);
    assert_eq!(classify(&mail("Unsubscribe", "Sent from my phone")).kind, InboundKind::OptOutRequest);
    assert_eq!(classify(&mail("Re: unsubscribe", "What is this about?")).kind, InboundKind::Reply);
    assert_eq!(classify(&mail("unsubscribe flows in your product", "Tell me more")).kind, InboundKind::Reply);
}

#[test]
fn away_notices_are_told_from_other_automatic_answers() {
    let auto =
        |subject: &str, text: &str| classify(&with_header(mail(subject, text), "auto-submitted", "auto-replied")).kind;
    for (subject, text) in [
        ("Automatic reply: a question", "I am out of the office until Monday."),
        ("Out of office", "I am away until Monday."),
        ("Re: a question", "I'm currently on annual leave with limited access to email."),
        ("Automatische Antwort: Frage", "Ich bin derzeit nicht im Büro."),
        ("Abwesenheitsnotiz", "Vielen Dank für Ihre Nachricht."),
        ("AW: Frage", "Ich bin bis zum 14. August im Urlaub."),
        ("Réponse automatique : question", "Je suis actuellement absente, de retour le 17 août."),
        ("Respuesta automática", "Estoy de vacaciones hasta el 17 de agosto."),
        ("Risposta automatica", "Sono in ferie fino al 17 agosto."),
        ("Automatisch antwoord", "Ik ben met vakantie en ben op 17 augustus weer bereikbaar."),
        ("Resposta automática", "Estou de férias até 17 de agosto."),
    ] {
        assert_eq!(auto(subject, text), InboundKind::OutOfOffice, "{subject} {text}");
    }
    for (subject, text) in [
        ("We received your request [#4711]", "Thank you for contacting support. Your ticket number is 4711."),
        ("Automatic reply: a question", "Thanks for your mail. We answer within two days."),
        ("Re: a question", "This mailbox is not monitored. Please unsubscribe me from nothing."),
        ("Ihre Anfrage", "Vielen Dank für Ihre Nachricht. Wir melden uns."),
    ] {
        assert_eq!(auto(subject, text), InboundKind::AutoReply, "{subject} {text}");
    }
}

#[test]
fn signs_of_a_machine() {
    let table: &[(&str, &str, &str, InboundKind)] = &[
        ("auto-submitted", "auto-replied", "Hello", InboundKind::AutoReply),
        ("auto-submitted", "Auto-Generated; type=x", "Hello", InboundKind::AutoReply),
        ("auto-submitted", "auto-replied (vacation)", "Hello", InboundKind::AutoReply),
        ("auto-submitted", "no", "Hello", InboundKind::Reply),
        ("auto-submitted", "No (a person)", "Hello", InboundKind::Reply),
        ("precedence", "bulk", "Hello", InboundKind::AutoReply),
        ("precedence", "JUNK", "Hello", InboundKind::AutoReply),
        ("precedence", "auto_reply", "Hello", InboundKind::AutoReply),
        ("precedence", "list", "Hello", InboundKind::Reply),
        ("x-autoreply", "yes", "Hello", InboundKind::AutoReply),
        ("x-autorespond", "", "Hello", InboundKind::AutoReply),
        ("x-auto-response-suppress", "All", "Hello", InboundKind::Reply),
        ("x-auto-response-suppress", "All", "Automatic reply: Hello", InboundKind::AutoReply),
        ("x-auto-response-suppress", "All", "Out of office: Hello", InboundKind::OutOfOffice),
        ("list-id", "<news.example>", "Hello", InboundKind::AutoReply),
        ("x-mailer", "Outlook", "Out of office", InboundKind::OutOfOffice),
        ("x-mailer", "Outlook", "Re: Out of office", InboundKind::Reply),
    ];
    for (name, value, subject, wanted) in table {
        let found = classify(&with_header(mail(subject, "Thank you."), name, value));
        assert_eq!(found.kind, *wanted, "{name}: {value}, {subject}: {:?}", found.evidence);
    }
}

#[test]
fn a_person_may_answer_through_a_mailing_list() {
    let mut answer =
        with_header(mail("Re: a question", "Please remove me from your list."), "list-id", "<sales.lead.example>");
    answer.in_reply_to.push("1@us.example".to_owned());
    assert_eq!(classify(&answer).kind, InboundKind::OptOutRequest);
}

#[test]
fn an_empty_envelope_sender_is_a_machine() {
    let mut notice = mail("Re: a question", "Thanks.");
    notice.envelope_from = Some(String::new());
    assert_eq!(classify(&notice).kind, InboundKind::AutoReply);
}

#[test]
fn a_person_who_says_they_are_away_is_a_person() {
    assert_eq!(kind_of_text("I'm out of office until Monday, call me then.").kind, InboundKind::Reply);
}

#[test]
fn delivery_notices() {
    let table: &[(&str, &str, InboundKind, bool)] = &[
        ("failed", "5.1.1", InboundKind::HardBounce, true),
        ("failed", "5.1.10", InboundKind::HardBounce, true),
        ("failed", "5.2.1", InboundKind::HardBounce, true),
        ("Failed", "5.7.1", InboundKind::HardBounce, false),
        ("failed", "5.2.2", InboundKind::HardBounce, false),
        ("failed", "5.1.8", InboundKind::HardBounce, false),
        ("failed", "4.4.7", InboundKind::SoftBounce, false),
        ("failed", "", InboundKind::HardBounce, false),
        ("delayed", "4.2.2", InboundKind::SoftBounce, false),
        ("delayed", "5.1.1", InboundKind::SoftBounce, false),
        ("delivered", "2.0.0", InboundKind::AutoReply, false),
        ("relayed", "2.0.0", InboundKind::AutoReply, false),
        ("", "", InboundKind::SoftBounce, false),
    ];
    for (action, status, wanted, bad) in table {
        let mut notice = mail("Undelivered", "Please remove me");
        notice.envelope_from = Some(String::new());
        notice.delivery_status = Some(DeliveryStatus {
            action: (*action).to_owned(),
            status: (*status).to_owned(),
            recipient: None,
            diagnostic: Some("550 no such\r\nuser".to_owned()),
        });
        let found = classify(&notice);
        assert_eq!((found.kind, found.bad_address), (*wanted, *bad), "{action} {status}");
        assert!(found.evidence.iter().all(|line| !line.contains('\n')), "{:?}", found.evidence);
    }
}

#[test]
fn complaints() {
    for (kind, wanted) in [
        ("abuse", InboundKind::Complaint),
        ("fraud", InboundKind::Complaint),
        ("other", InboundKind::Complaint),
        ("not-spam", InboundKind::AutoReply),
        ("auth-failure", InboundKind::AutoReply),
    ] {
        let mut report = mail("complaint", "");
        report.feedback_report = Some(FeedbackReport { feedback_type: kind.to_owned(), recipient: None });
        assert_eq!(classify(&report).kind, wanted, "{kind}");
    }
}

#[test]
fn the_day_of_return_is_read_when_it_is_plain() {
    let table: &[(&str, Option<&str>)] = &[
        ("I am out of office until 17 August 2026.", Some("2026-08-17")),
        ("I am out of office until Monday, August 17th.", Some("2026-08-17")),
        ("I am out of the office from 3 August until 17 August.", Some("2026-08-17")),
        ("Out of office, back on 2026-08-17", Some("2026-08-17")),
        ("Out of office, back on 08/17/2026", Some("2026-08-17")),
        ("Out of office, back on 17/08/2026", Some("2026-08-17")),
        ("Out of office, back on 03/08/2026", None),
        ("On vacation. I will be back in the office on Monday 4 January.", Some("2027-01-04")),
        ("Ich bin bis zum 17.08.2026 nicht im Büro.", Some("2026-08-17")),
        ("Ich bin im Urlaub und ab dem 17.8. wieder da.", Some("2026-08-17")),
        ("Ich bin bis einschließlich Freitag, 14. August abwesend.", Some("2026-08-14")),
        ("Je suis en congés jusqu'au 17 août 2026.", Some("2026-08-17")),
        ("Estoy de vacaciones hasta el 17 de agosto de 2026.", Some("2026-08-17")),
        ("Sono in ferie fino al 17 agosto.", Some("2026-08-17")),
        ("Ik ben afwezig tot 17 augustus.", Some("2026-08-17")),
        ("Estou de férias até 17 de agosto.", Some("2026-08-17")),
        ("I am out of office until Monday.", None),
        ("I am out of office until 31 February 2027.", None),
        ("I am out of office until 17 August 1999.", None),
    ];
    for (text, wanted) in table {
        let found = classify(&with_header(mail("Automatic reply", text), "auto-submitted", "auto-replied"));
        assert_eq!(found.kind, InboundKind::OutOfOffice, "{text}");
        let wanted: Option<Millis> = wanted.and_then(|day| format!("{day}T00:00:00Z").parse().ok());
        assert_eq!(found.back_on, wanted, "{text} {:?}", found.evidence);
    }
}

#[test]
fn hostile_texts_cost_little_and_break_nothing() {
    let started = std::time::Instant::now();
    for text in [
        "remove ".repeat(20_000),
        "\"„“”".repeat(5_000),
        "On 1@ \n".repeat(5_000),
        "until 1 ".repeat(5_000),
        "é\u{300}ß".repeat(5_000),
        "from: a\n".repeat(5_000),
        "\u{0}\r\n\r".repeat(5_000),
    ] {
        let found = classify(&with_header(mail(&text, &text), "auto-submitted", &text));
        assert!(found.evidence.iter().all(|line| line.len() < 1_500));
        assert!(!classify(&mail("x", &text)).evidence.is_empty());
    }
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn spoken_requests_for_no_more_calls_are_recognised() {
    let mut wrong = Vec::new();
    for text in [
        "Stop calling me.",
        "stop calling",
        "Please don't call me again.",
        "Do not call this number anymore",
        "don't ever call me again",
        "Never call here again!",
        "Take me off your list",
        "Take me off your calling list please",
        "Remove me from your call list.",
        "Remove this number.",
        "Put me on your do not call list.",
        "please add me to the do not call registry",
        "I told you to stop calling",
        "No more calls, thanks.",
        "I don't want any more calls from you",
        "I'd rather you didn't call",
        "Lose my number.",
        "Stop.",
        "yeah stop. just stop",
        "Not interested, stop calling me",
        "Why don't you stop calling me?",
        "Don't contact me again",
        "leave me alone",
        "I want to opt out.",
        "Delete my number from your system",
        "Rufen Sie mich nicht mehr an",
        "Ne m'appelez plus",
        "No me llame más",
        "Non mi chiami più",
        "Bel mij niet meer",
        "Não me ligue mais",
    ] {
        if spoken_opt_out(text).is_none() {
            wrong.push(format!("missed: {text}"));
        }
    }
    for text in [
        "Don't call me today, call me tomorrow.",
        "Don't call me before nine",
        "Please cancel it.",
        "Cancel.",
        "delete",
        "Can I cancel the appointment?",
        "Don't you call my sister too?",
        "Call me back on Monday",
        "I'm not interested.",
        "No, thanks.",
        "We stopped using them last year",
        "They stopped calling us",
        "Is there a do not call list?",
        "How did you get my number?",
        "I didn't say stop calling me",
        "No need to stop.",
        "The bus stop is next door",
        "My customers don't call me",
    ] {
        if let Some(reason) = spoken_opt_out(text) {
            wrong.push(format!("taken for a request: {text} ({reason})"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
