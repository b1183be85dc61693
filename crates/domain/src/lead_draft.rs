//! A lead as a row of a table gives it: cleaned, checked and not yet stored. Loses no value: what does not fit its field is kept
//! as a custom field and noted; a row that can't become a lead is refused with the column and the reason.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::address::{Domain, Email, Phone};
use crate::lead_columns::{Column, ColumnMap, LeadField, tidy};
use crate::window::TimeZone;

/// Longest value of a field, in bytes.
const MAX_FIELD: usize = 500;
/// Longest value of a custom field, in bytes.
const MAX_CUSTOM: usize = 20_000;

/// What people write into a cell that holds nothing.
const NOTHING: [&str; 9] = ["n/a", "na", "-", "--", "none", "null", "#n/a", "unknown", "k.a."];

/// Words before a name that are no part of it.
const HONORIFICS: [&str; 14] =
    ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "herr", "frau", "m", "mme", "mlle", "sr", "sra"];

/// A lead read from a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeadDraft {
    /// Mail address.
    pub email: Option<Email>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Whole name, as given or put together from the two.
    pub name: Option<String>,
    /// Phone number.
    pub phone: Option<Phone>,
    /// Company name.
    pub company: Option<String>,
    /// Job title.
    pub role: Option<String>,
    /// Time zone.
    pub time_zone: Option<TimeZone>,
    /// Country, as given.
    pub country: Option<String>,
    /// Language, as given.
    pub language: Option<String>,
    /// LinkedIn profile, with its scheme.
    pub linkedin_url: Option<String>,
    /// Host name of the company's website, without `www.`.
    pub domain: Option<Domain>,
    /// `new`, `in_progress` or `converted`.
    pub stage: Option<&'static str>,
    /// Everything else, by key.
    pub custom: BTreeMap<String, String>,
    /// Values that did not fit their field and are kept as custom fields.
    pub notes: Vec<Note>,
}

/// A value that did not fit its field, and where it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The column's name.
    pub column: String,
    /// What; safe to show.
    pub message: String,
}

/// Why a row is no lead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", column.as_ref().map(|column| format!("{column}: ")).unwrap_or_default())]
pub struct Refusal {
    /// The column that spoils it; none when it is the row as a whole.
    pub column: Option<String>,
    /// Why; safe to show.
    pub reason: String,
}

impl LeadDraft {
    /// What to call the lead in a list: its name, or the best there is instead; never empty for a draft read from a row.
    #[must_use]
    pub fn display_name(&self) -> &str {
        let address = self.email.as_ref().map(Email::as_str);
        let name = self.name.as_deref().or(address).or(self.company.as_deref());
        name.or(self.phone.as_ref().map(Phone::as_str)).or(self.linkedin_url.as_deref()).unwrap_or("")
    }

    fn keep(&mut self, key: &str, value: &str) {
        let mut key = Cow::Borrowed(key);
        while self.custom.get(key.as_ref()).is_some_and(|kept| kept != value) {
            key = Cow::Owned(format!("{key}_original"));
        }
        self.custom.insert(key.into_owned(), value.to_owned());
    }

    fn keep_misfit(&mut self, label: &str, key: &str, value: &str, why: &str) {
        self.keep(key, value);
        self.notes.push(Note { column: label.to_owned(), message: format!("{why}; kept as custom field {key}") });
    }

    /// Whether `field` has a value already.
    fn has(&self, field: LeadField) -> bool {
        match field {
            LeadField::Email => self.email.is_some(),
            LeadField::FirstName => self.first_name.is_some(),
            LeadField::LastName => self.last_name.is_some(),
            LeadField::Name => self.name.is_some(),
            LeadField::Phone => self.phone.is_some(),
            LeadField::Company => self.company.is_some(),
            LeadField::Role => self.role.is_some(),
            LeadField::TimeZone => self.time_zone.is_some(),
            LeadField::Country => self.country.is_some(),
            LeadField::Language => self.language.is_some(),
            LeadField::LinkedinUrl => self.linkedin_url.is_some(),
            LeadField::Website => self.domain.is_some(),
            LeadField::Stage => self.stage.is_some(),
        }
    }

    /// Fills `field`; a value that does not fit is kept as custom field `key` and noted, save a bad address, which refuses.
    fn fill(&mut self, field: LeadField, label: &str, key: &str, value: &str) -> Result<(), Refusal> {
        match field {
            LeadField::Email => {
                let (email, others) = read_email(value).map_err(|why| refusal(label, value, &why))?;
                self.email = Some(email);
                if let Some(others) = others {
                    self.keep_misfit(label, "other_emails", &others, "more than one address");
                }
            }
            LeadField::FirstName => self.first_name = Some(tidy(value)),
            LeadField::LastName => self.last_name = Some(tidy(value)),
            LeadField::Name => self.name = Some(tidy(value)),
            LeadField::Company => self.company = Some(tidy(value)),
            LeadField::Role => self.role = Some(tidy(value)),
            LeadField::Country => self.country = Some(tidy(value)),
            LeadField::Language => self.language = Some(tidy(value)),
            LeadField::Phone => match read_phone(value) {
                Ok(phone) => self.phone = Some(phone),
                Err(why) => self.keep_misfit(label, key, value, &why),
            },
            LeadField::TimeZone => match TimeZone::parse(value) {
                Ok(zone) => self.time_zone = Some(zone),
                Err(error) => self.keep_misfit(label, key, value, &error.to_string()),
            },
            LeadField::LinkedinUrl => match linkedin_url(value) {
                Some(url) => self.linkedin_url = Some(url),
                None => self.keep_misfit(label, key, value, "not a LinkedIn address"),
            },
            LeadField::Website => match host(value).and_then(|host| Domain::parse(host).ok()) {
                Some(domain) => {
                    if path_of(value) {
                        self.keep(key, value);
                    }
                    self.domain = Some(domain);
                }
                None => self.keep_misfit(label, key, value, "not a website"),
            },
            LeadField::Stage => match stage(value) {
                Some(stage) => self.stage = Some(stage),
                None => self.keep_misfit(label, key, value, "not one of new, in_progress and converted"),
            },
        }
        Ok(())
    }

    /// Puts together the whole name, or takes it apart where that needs no guess.
    fn settle_name(&mut self) {
        if self.name.is_none() {
            self.name = match (&self.first_name, &self.last_name) {
                (Some(first), Some(last)) => Some([first, " ", last].concat()),
                (Some(only), None) | (None, Some(only)) => Some(only.clone()),
                (None, None) => None,
            };
        } else if self.first_name.is_none() && self.last_name.is_none() {
            (self.first_name, self.last_name) = self.name.as_deref().map_or((None, None), split_name);
        }
    }
}

impl ColumnMap {
    /// Makes a lead of a row. Cells beyond the known columns must be blank; missing ones count as blank.
    ///
    /// # Errors
    /// Names the column and the reason: an address that is none, a value that is too long or has a NUL, a row that is wider
    /// than the table, or one by which the lead can't be known.
    pub fn draft(&self, cells: impl IntoIterator<Item = impl AsRef<str>>) -> Result<LeadDraft, Refusal> {
        let mut draft = LeadDraft::default();
        for (index, cell) in cells.into_iter().enumerate() {
            let value = cell.as_ref().trim();
            if value.is_empty() {
                continue;
            }
            let (Some(column), Some(label)) = (self.columns().get(index), self.labels().get(index)) else {
                return Err(Refusal {
                    column: None,
                    reason: format!("the row has more cells than the {} columns", self.columns().len()),
                });
            };
            let most = if matches!(column, Column::Custom(_)) { MAX_CUSTOM } else { MAX_FIELD };
            if value.len() > most {
                return Err(refusal(label, value, &format!("longer than {most} bytes")));
            }
            if value.as_bytes().contains(&0) {
                return Err(refusal(label, "", "has a NUL character"));
            }
            match column {
                Column::Custom(key) => draft.keep(key, value),
                _ if is_nothing(value) => {}
                Column::Field(field) => draft.fill(*field, label, field.key(), value)?,
                Column::Spare(field, key) if draft.has(*field) => draft.keep(key, value),
                Column::Spare(field, key) => draft.fill(*field, label, key, value)?,
            }
        }
        draft.settle_name();
        let placed = draft.name.is_some() && (draft.company.is_some() || draft.domain.is_some());
        if draft.email.is_none() && draft.phone.is_none() && draft.linkedin_url.is_none() && !placed {
            let misfit = draft.notes.first();
            return Err(Refusal {
                column: misfit.map(|note| note.column.clone()),
                reason: match misfit {
                    Some(note) => format!("{}, and nothing else to know the lead by", note.message.split(';').next().unwrap_or("")),
                    None => "nothing to know the lead by: needs an email address, a phone number, a LinkedIn address, or a name with a company".to_owned(),
                },
            });
        }
        Ok(draft)
    }
}

impl LeadField {
    /// The custom field under which a value that does not fit is kept.
    const fn key(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Company => "company",
            Self::Role => "role",
            Self::TimeZone => "time_zone",
            Self::Country => "country",
            Self::Language => "language",
            Self::LinkedinUrl => "linkedin_url",
            Self::Website => "website",
            Self::Stage => "stage",
        }
    }
}

fn refusal(label: &str, value: &str, why: &str) -> Refusal {
    let shown: String = tidy(value).chars().take(80).collect();
    let reason = if shown.is_empty() { why.to_owned() } else { format!("\"{shown}\": {why}") };
    Refusal { column: Some(label.to_owned()), reason }
}

fn is_nothing(value: &str) -> bool {
    value.len() <= 7 && NOTHING.iter().any(|nothing| value.eq_ignore_ascii_case(nothing))
}

/// An address, also as `mailto:…` or `Name <…>`, and any others that follow it after `;` or `,`.
fn read_email(value: &str) -> Result<(Email, Option<String>), String> {
    let whole = match Email::parse(value) {
        Ok(email) => return Ok((email, None)),
        Err(error) => error,
    };
    let bare = |part: &str| {
        let part = part.trim();
        let part = part.strip_prefix("mailto:").unwrap_or(part);
        let part = part.strip_suffix('>').and_then(|part| part.rsplit_once('<')).map_or(part, |(_, address)| address);
        Email::parse(part)
    };
    if let Ok(email) = bare(value) {
        return Ok((email, None));
    }
    let (first, others) = value.split_once([';', ',']).ok_or_else(|| whole.to_string())?;
    match bare(first) {
        Ok(email) if others.contains('@') => Ok((email, Some(others.trim().to_owned()))),
        _ => Err(whole.to_string()),
    }
}

/// A number in E.164, also as `tel:…` or with the international prefix 00. A national number stays unread: its country is
/// not ours to guess.
fn read_phone(value: &str) -> Result<Phone, String> {
    let value = value.strip_prefix("tel:").unwrap_or(value).trim_start_matches('\'');
    let number = match value.strip_prefix("00") {
        Some(rest) => Cow::Owned(format!("+{rest}")),
        None => Cow::Borrowed(value),
    };
    Phone::parse(&number).map_err(|error| error.to_string())
}

/// The host name in an address, without `www.`.
pub(crate) fn host(value: &str) -> Option<&str> {
    let value = value.split_once("://").map_or(value, |(_, rest)| rest);
    let host = value.split(['/', '?', '#', ':']).next()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    (host.contains('.') && !host.contains('@')).then_some(host)
}

fn path_of(value: &str) -> bool {
    let value = value.split_once("://").map_or(value, |(_, rest)| rest);
    value.split_once('/').is_some_and(|(_, path)| !path.is_empty())
}

fn linkedin_url(value: &str) -> Option<String> {
    let bare = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://")).unwrap_or(value);
    let (host, path) = bare.split_once('/')?;
    let parent = host.len().checked_sub("linkedin.com".len()).and_then(|at| host.split_at_checked(at));
    let (above, parent) = parent?;
    let ours = parent.eq_ignore_ascii_case("linkedin.com") && (above.is_empty() || above.ends_with('.'));
    let fits = ours && !path.is_empty() && !bare.contains(char::is_whitespace);
    fits.then(|| ["https://", bare].concat())
}

fn stage(value: &str) -> Option<&'static str> {
    match crate::lead_columns::fold(value).as_str() {
        "new" => Some("new"),
        "inprogress" => Some("in_progress"),
        "converted" => Some("converted"),
        _ => None,
    }
}

/// Given and family name, where the form leaves no doubt: two words, or `Family, Given`.
fn split_name(name: &str) -> (Option<String>, Option<String>) {
    if let Some((last, first)) = name.split_once(", ") {
        let plain = !first.contains([',', '.']) && !first.is_empty();
        return if plain { (Some(first.to_owned()), Some(last.to_owned())) } else { (None, None) };
    }
    let mut words = name.split(' ').peekable();
    let mut titled = false;
    while words.next_if(|word| HONORIFICS.contains(&word.trim_end_matches('.').to_lowercase().as_str())).is_some() {
        titled = true;
    }
    match (words.next(), words.next(), words.next()) {
        (Some(first), Some(last), None) => (Some(first.to_owned()), Some(last.to_owned())),
        (Some(only), None, None) if titled => (None, Some(only.to_owned())),
        (Some(only), None, None) => (Some(only.to_owned()), None),
        _ => (None, None),
    }
}

#[cfg(test)]
#[path = "lead_draft_tests.rs"]
mod tests;
