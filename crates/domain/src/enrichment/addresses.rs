//! Addresses that belong to no person: roles, and providers of throw-away and of personal mailboxes. Tables alone.

/// Local parts that stand for a role.
const ROLES: &str = "abuse accounting accounts admin administrator billing bookings career careers compliance contact customercare \
    customerservice datenschutz dpo einkauf enquiries feedback finance hello help helpdesk hi hostmaster hr info inquiries investor \
    investors it jobs kontakt legal mail mailer-daemon marketing media news newsletter no-reply noreply office orders partner partners \
    postmaster presse press privacy pr recruiting reception root sales security service shop staff subscribe support team tech \
    unsubscribe vertrieb webmaster welcome";

/// Domains of mailboxes that are thrown away.
const DISPOSABLE: &str = "10minutemail.com 20minutemail.com discard.email dispostable.com emailondeck.com fakeinbox.com getnada.com \
    guerrillamail.com guerrillamail.info guerrillamail.net guerrillamail.org inboxkitten.com mail-temp.com mailcatch.com maildrop.cc \
    mailinator.com mailnesia.com mintemail.com mohmal.com moakt.com mytemp.email sharklasers.com spam4.me spamgourmet.com \
    temp-mail.io temp-mail.org tempail.com tempmail.com tempmailaddress.com throwawaymail.com trashmail.com trashmail.de yopmail.com";

/// Domains whose mailboxes belong to people rather than to where they work.
const PERSONAL: &str = "aol.com fastmail.com gmail.com gmx.com gmx.de gmx.net googlemail.com hotmail.com icloud.com live.com mail.com mail.ru \
    me.com msn.com outlook.com proton.me protonmail.com qq.com t-online.de web.de yahoo.com yandex.ru zoho.com";

fn listed(table: &str, word: &str) -> bool {
    table.split_whitespace().any(|known| known == word)
}

/// Whether a local part stands for a role: `info`, `sales+eu`.
#[must_use]
pub fn is_role(local: &str) -> bool {
    let local = local.to_lowercase();
    listed(ROLES, local.split('+').next().unwrap_or_default())
}

/// Whether a domain gives mailboxes to be thrown away, itself or as a subdomain's parent.
#[must_use]
pub fn is_disposable(domain: &str) -> bool {
    let domain = domain.to_lowercase();
    let parent = domain.split_once('.').map(|(_, parent)| parent).unwrap_or_default();
    listed(DISPOSABLE, &domain) || listed(DISPOSABLE, parent)
}

/// Whether a domain's mailboxes say nothing about where somebody works.
#[must_use]
pub fn is_personal(domain: &str) -> bool {
    listed(PERSONAL, &domain.to_lowercase())
}
