//! Tables of what people write when they want no more mail, in seven languages. Data only; `words` explains the notation, `optout` applies it.

/// Phrases that ask by themselves, because the writer speaks of themselves or of our mails. `do not` is written `dont`, as `words` joins it.
pub(super) const REQUESTS: &[&str] = &[
    // English
    "remove|delete|drop|exclude|strike me",
    "remove|delete|drop|take us from|off",
    "remove|delete|take * me|my|us * off|from|in * list|lists|database|records|system|crm|mailing|emails|sequence|campaign",
    "remove|delete|erase * my|our * from your",
    "remove|delete|erase * my * email|emails|address|addresses|data|details|contact|information|info|name",
    "please|pls|plz|kindly remove * list|lists|mailing|database $",
    "please|pls|plz|kindly remove $",
    "take me|us|my off",
    "get me|us off",
    "unsubscribe me|us|my",
    "please|pls|plz|kindly unsubscribe",
    "opt me|us out",
    "want|like|wish|prefer|need|request|asked|asking to unsubscribe",
    "want|like|wish|prefer|need|request|asked|asking to opt out",
    "want|like|wish|request|asked|asking to be removed|unsubscribed",
    "how do|can|could i|we * unsubscribe",
    "how do|can|could i|we * opt out",
    "let me|us unsubscribe",
    "i|im am|opting|unsubscribing * out|unsubscribing",
    "stop|quit|cease * emailing|mailing|contacting|messaging|spamming|writing|sending|bothering|harassing|pestering me|us|this|these|my|our|your|immediately|now|please|already|to",
    "stop|quit|cease * emailing|mailing|contacting|messaging|spamming|writing|bothering|harassing|pestering $",
    "stop * these|your * emails|messages|mails|spam",
    "cease and desist",
    "dont|never email|mail|contact|write|message|spam|bother me|us|again|any|anymore",
    "dont|never contact|email|write|message|mail * again|anymore|further",
    "dont|never send * more|another|email|emails|messages|mails|spam",
    "dont|never send * anything else|more|again|anymore",
    "dont|never reach out * again|anymore|further",
    "no more|further emails|email|messages|message|mails|mail|contact|spam",
    "dont want|wish * receive|get|hear * emails|email|messages|from|anything|these|your|this",
    "dont want|wish * contacted|emailed",
    "dont want|need * your * emails|messages|mails|spam",
    "not wish|want * contacted|emailed",
    "no longer wish|want|interested * receive|receiving|hear|contacted|emails",
    "never asked|agreed|consented|signed|subscribed|opted * emails|email|contacted|list",
    "leave me|us alone",
    "lose my email|number|address",
    "put|add me|us on|to * dont contact|call|email|mail",
    "will|ill|going|to block * you|your",
    "im|am|will|ill|be|going|to reporting|report|marking|mark|flagging|flag * as spam",
    "erasure|deletion of * my * data",
    "exercise|exercising|invoke|invoking|under * right to be|erasure",
    // German
    "nicht|nie mehr|wieder|weiter kontaktieren|anschreiben|schreiben|belästigen|kontaktiert|angeschrieben|anmailen|angemailt|anzuschreiben",
    "nicht|nie mehr|wieder|weiter zu kontaktieren|schreiben|belästigen",
    "nicht|nie mehr|wieder|weiter * von ihnen|euch * kontaktiert|angeschrieben|hören",
    "keine weiteren|weitere emails|mails|nachrichten|werbung|kontaktaufnahme|kontaktaufnahmen|kontaktversuche|email|mail|werbemails",
    "keine emails|mails|nachrichten|werbung|werbemails * mehr|erhalten|bekommen|schicken|senden|zusenden",
    "aus|von * verteiler|verteilerliste|liste|mailingliste|datenbank|adressliste * nehmen|entfernen|löschen|loeschen|streichen|austragen|raus",
    "nehmen|nimm|nehmt|tragen|trage|tragt * mich|uns * von|aus|raus|heraus",
    "entfernen|entferne|entfernt|löschen|lösche|löscht|loeschen|streichen|streiche|streicht * mich|meine|meinen|uns",
    "melden|meldet sie|bitte|mich * mich|uns|bitte * ab $",
    "mich|uns * abmelden|austragen",
    "meine|unsere * daten|adresse|emailadresse|email|mailadresse|kontaktdaten * löschen|entfernen|loeschen",
    "bitte um|die löschung|loeschung|abmeldung|austragung",
    "hören|hoeren|hört sie|bitte|endlich * auf",
    "unterlassen sie",
    "lassen|lass|lasst * mich|uns * in ruhe|frieden",
    "widerspreche * nutzung|verwendung|verarbeitung|werbung|speicherung|kontaktaufnahme",
    "schreiben|schreibt|schreib|kontaktieren|kontaktiert sie|mir|mich|uns|bitte * nicht|nie mehr|wieder",
    // French
    "ne|n me|nous|m * contactez|contacter|contacte|envoyez|envoyer|écrivez|écrire|sollicitez|solliciter * plus|pas",
    "ne plus * contacter|contacté|contactée|contactés|écrire|solliciter|sollicité|sollicitée|recevoir|envoyer",
    "n|ne envoyez|écrivez|contactez plus",
    "ne|n * souhaite|veux|souhaitons|voulons|désire * plus * recevoir|contacté|contactée|vos",
    "ne souhaite|veux|souhaitons|voulons pas * recevoir|contacté|contactée|vos",
    "désinscrivez|désinscrire|désabonnez|désabonner|retirez|supprimez|enlevez|rayez|radiez moi|nous",
    "me|m|nous désinscrire|désabonner|retirer|enlever|supprimer|rayer|radier",
    "retirez|supprimez|supprimer|enlevez|effacez|effacer|retirer|enlever * mon|mes|ma * adresse|email|mail|coordonnées|données|contact|nom",
    "merci|veuillez|demande * désinscrire|désabonner|désinscription|désabonnement",
    "arrêtez|cessez|arrêter|cesser de|d * écrire|contacter|envoyer|solliciter|spammer|harceler",
    "plus recevoir * vos|de|d|emails|mails|messages",
    "laissez|laisse moi|nous tranquille|tranquilles",
    // Spanish
    "no me|nos * contacte|contacten|contactes|contactéis|escriba|escriban|escribas|molesten|moleste|molestes",
    "no me|nos * envíe|envíen|envíes|envien|manden|mande|mandes * más|mas|correos|emails|nada|mensajes",
    "no * quiero|deseo|queremos|deseamos|quisiera * recibir * más|mas|correos|emails|mensajes|publicidad|sus|este",
    "no volver|vuelva|vuelvan|vuelvas a * contactar|contactarme|contactarnos|escribir|escribirme|enviarme|enviar|molestar|molestarme",
    "dejen|deje|deja|dejad de * enviar|enviarme|escribir|escribirme|contactar|contactarme|mandar|mandarme|molestar|molestarme",
    "elimíneme|elimínenme|elimíname|bórreme|bórrenme|bórrame|quíteme|quítenme|quítame|sáquenme|sáqueme|sácame|retírenme|retíreme",
    "darme|dame|dadme|denme|deme|darnos|dennos|denos de baja",
    "solicito|quiero|deseo * la|mi baja",
    "eliminar|elimine|eliminen|elimina|borrar|borre|borren|borra|quiten|quita|quitar * mi|mis * correo|email|datos|dirección|nombre|contacto",
    "cancelar|cancelen|anular * mi suscripción",
    "dejar de recibir * correos|emails|mensajes|sus|estos",
    // Italian
    "non * contattarmi|contattatemi|contattateci|contatti|contattare|scrivermi|scrivetemi|scriveteci|inviatemi|inviarmi|mandatemi|mandarmi|contattarci * più|altre|altri|ulteriormente|nuovamente",
    "non voglio|desidero|vorrei|vogliamo|desideriamo * ricevere|contattato|contattata|contattati",
    "cancellatemi|cancellami|cancellarmi|rimuovetemi|rimuovimi|rimuovermi|toglietemi|toglimi|togliermi|disiscrivetemi|disiscrivimi|eliminatemi|disiscrivermi",
    "cancellare|cancellate|cancella|cancelli|rimuovere|rimuovete|rimuovi|rimuova|eliminare|eliminate|elimina|elimini * mio|mia|miei * indirizzo|email|mail|dati|nominativo|contatto",
    "smettete|smettetela|smetta|smetti|smettila|basta di|con * scrivermi|scriverci|inviarmi|contattarmi|mandarmi|email|mail",
    "mi cancelli|rimuova|tolga|disiscriva",
    "lasciatemi|lasciateci in pace",
    "annullare * iscrizione",
    // Dutch
    "niet|nooit meer * contacteren|mailen|benaderen|emailen|schrijven|contact|sturen|benaderd|gemaild",
    "geen mails|emails|mail|email|berichten|mailtjes * meer|ontvangen",
    "verwijder|schrap|verwijdert * mij|me|ons|mijn",
    "haal * mij|me|ons * van|uit|af",
    "meld|meldt * mij|me|ons * af",
    "mij|me|ons * afmelden|uitschrijven|verwijderen",
    "graag|gelieve * afmelden|uitschrijven",
    "stop|stoppen * met * mailen|sturen|contacteren|benaderen|emailen",
    "mijn * gegevens|adres|emailadres|mailadres * verwijderen",
    "laat|laten * mij|me|ons * met rust",
    "van|uit * lijst|mailinglijst|bestand|database * halen|verwijderen|schrappen",
    // Portuguese
    "não me|nos * contacte|contactem|contate|contatem|escreva|escrevam|incomodem|incomode",
    "não me|nos * envie|enviem|mande|mandem * mais|emails|nada|mensagens",
    "não * quero|desejo|gostaria|queremos * receber * mais|emails|mensagens|seus",
    "não * quero|desejo|queremos * ser * contactado|contatado|contactada|contatada",
    "não * enviar|enviem|envie|mandar|mandem * mais * emails|mensagens|email",
    "remova|removam|remover|retire|retirem|exclua|excluam|excluir|apague|apaguem * meu|meus|minha * email|emails|nome|dados|endereço|contato|contacto",
    "me remova|removam|remover|retire|retirem|exclua|excluam|descadastre|descadastrem|descadastrar",
    "me tire|tirem|tirar * lista",
    "removam|remova|retirem|retire|descadastrem|descadastre me",
    "pare|parem|parar de * enviar|mandar|escrever|contactar|contatar|incomodar",
    "cancelar|cancelem|cancele * minha|a inscrição|subscrição|assinatura",
    "deixem|deixe me em paz",
    "quero|desejo|gostaria * sair da|desta|dessa lista",
];

/// Words that ask only when they are the whole message, the whole first line, or a whole clause of a very short message.
pub(super) const ALONE: &[&str] = &[
    // English
    "unsubscribe", "unsubscribe please", "please unsubscribe", "unsubscribed", "unsub", "stop", "stop please", "please stop", "stop it", "stop this", "stop now", "stop spamming", "stop emailing", "stop sending", "remove", "remove please", "please remove", "opt out", "optout",
    "opt out please", "please opt out", "cancel", "delete", "take off", "spam", "quit", "removed please",
    // German
    "abmelden", "abmeldung", "bitte abmelden", "stopp", "austragen", "bitte austragen", "löschen", "bitte löschen", "bitte entfernen",
    // French
    "désinscription", "désabonnement", "désabonner", "désinscrire", "se désabonner", "arrêt", "arrêtez", "stop svp", "stop merci",
    // Spanish
    "baja", "dar de baja", "cancelar", "darse de baja", "alto", "eliminar", "cancelar suscripción",
    // Italian
    "cancellami", "cancellazione", "disiscrizione", "disiscrivimi", "basta", "rimuovere", "annulla iscrizione",
    // Dutch
    "afmelden", "uitschrijven", "stoppen", "verwijderen", "graag afmelden", "graag uitschrijven",
    // Portuguese
    "descadastrar", "descadastre", "remover", "sair", "parar", "cancelar inscrição", "cancelar subscrição",
];

/// Words that turn what follows into its opposite, folded. "n't" forms have lost their apostrophe.
pub(super) const NEGATIONS: &[&str] = &[
    "not", "dont", "didnt", "doesnt", "wont", "wouldnt", "cant", "cannot", "never", "havent", "hasnt", "isnt", "arent", "wasnt", "shouldnt", "neednt", "couldnt", "without", "no", "nicht", "nie", "niemals", "kein", "keine", "keinen", "ohne", "ne", "pas", "jamais", "sans",
    "nunca", "sin", "non", "mai", "senza", "niet", "nooit", "geen", "zonder", "nao", "sem",
];

/// Words after which a negation no longer reaches: the writer starts to ask.
pub(super) const FRESH_STARTS: &[&str] = &[
    "please", "pls", "plz", "kindly", "so", "but", "and", "because", "thanks", "thank", "bitte", "aber", "und", "danke", "merci", "veuillez", "svp", "et", "mais", "favor", "y", "pero", "gracias", "e", "ma", "grazie", "graag", "gelieve", "en", "maar", "mas",
];

/// Words for others: what they do, the writer does not ask for.
pub(super) const OTHERS: &[&str] = &[
    "they", "he", "she", "people", "customers", "customer", "users", "user", "clients", "client", "subscribers", "recipients", "prospects", "contacts", "leads", "who", "someone", "somebody", "anyone", "everybody", "everyone", "others", "many", "colleague", "kunden", "kunde", "nutzer", "leute",
    "utilisateurs", "clientes", "usuarios", "clienti", "utenti", "klanten", "gebruikers",
];

/// Said after "remove me", they make it about something other than our mails.
pub(super) const OTHER_OBJECTS: &[&str] = &["cc", "bcc", "meeting", "invite", "invitation", "calendar", "chat", "slack", "channel", "call"];

/// Refusals that carry a negation but say nothing about what follows.
pub(super) const NEUTRAL: &[&str] = &[
    "not interested", "no thanks", "no thank you", "no interest", "not relevant", "no need", "no longer", "kein interesse", "kein bedarf", "nein danke", "nicht interessiert", "pas intéressé|intéressée", "non merci", "no gracias", "no me interesa", "no estoy interesado|interesada",
    "non interessato|interessata", "no grazie", "geen interesse", "nee bedankt", "sem interesse", "não obrigado|obrigada",
];
