//! Which column of a table holds which field of a lead, from its header or, without one, from what the rows hold.
//! Reads cells; files, encodings and the database are elsewhere.

use std::collections::HashMap;

use crate::address::{Domain, Email, Phone};
pub use crate::lead_draft::{LeadDraft, Note, Refusal};
use crate::window::TimeZone;

/// A field of a lead that a column can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeadField {
    /// Mail address.
    Email,
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// Whole name.
    Name,
    /// Phone number.
    Phone,
    /// Company name.
    Company,
    /// Job title.
    Role,
    /// IANA time zone.
    TimeZone,
    /// Country, as given.
    Country,
    /// Language, as given.
    Language,
    /// LinkedIn profile.
    LinkedinUrl,
    /// Company website.
    Website,
    /// Stage.
    Stage,
}

/// Header spellings in English, German, French and Spanish, folded by [`fold`].
const SPELLINGS: &[(LeadField, &str)] = &[
    (
        LeadField::Email,
        "email emailaddress mail mailaddress emailadresse mailadresse workemail businessemail primaryemail contactemail leademail personemail personalemail email1 adressemail adresseemail adressedemessagerie courriel correo correoelectronico direcciondecorreo emailprofessionnel emailpro",
    ),
    (
        LeadField::FirstName,
        "firstname first givenname forename fname vorname rufname prenom nombre nombredepila leadfirstname contactfirstname personfirstname",
    ),
    (
        LeadField::LastName,
        "lastname last surname familyname lname nachname familienname nomdefamille nom apellido apellidos leadlastname contactlastname personlastname",
    ),
    (
        LeadField::Name,
        "name fullname contactname contact leadname personname displayname ansprechpartner kontakt vollername nomcomplet nombrecompleto prospect lead",
    ),
    (
        LeadField::Phone,
        "phone phonenumber telephone telephonenumber tel mobile mobilephone mobilenumber cell cellphone workphone directphone workdirectphone directdial homephone businessphone phone1 contactphone telefon telefonnummer telefonnr rufnummer mobil mobiltelefon mobilnummer handy handynummer durchwahl telephoneportable portable numerodetelephone telefono telefonomovil movil celular numerodetelefono",
    ),
    (
        LeadField::Company,
        "company companyname organization organisation organizationname account accountname employer business businessname firm firma firmenname unternehmen unternehmensname arbeitgeber entreprise societe nomdelentreprise raisonsociale empresa compania nombredelaempresa organizacion",
    ),
    (
        LeadField::Role,
        "role title jobtitle position job jobposition jobrole occupation positionstitel stelle berufsbezeichnung funktion jobbezeichnung poste fonction intitulededeposte intituleduposte titre cargo puesto titulo",
    ),
    (LeadField::TimeZone, "timezone tz zone zeitzone fuseauhoraire zonahoraria husohorario"),
    (LeadField::Country, "country countryname countrycode countryregion land staat pays pais"),
    (LeadField::Language, "language lang preferredlanguage locale sprache langue idioma lengua"),
    (
        LeadField::LinkedinUrl,
        "linkedin linkedinurl linkedinprofile linkedinprofileurl linkedinlink personlinkedinurl contactlinkedin contactlinkedinprofileurl profileurl linkedinprofil profillinkedin perfildelinkedin",
    ),
    (
        LeadField::Website,
        "website websiteurl web url homepage domain companydomain companywebsite companyurl domainname webseite internetseite site siteweb siteinternet sitioweb paginaweb dominio domaine",
    ),
    (LeadField::Stage, "stage leadstage status leadstatus phase etape etapa estado statut"),
];

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// A field of the lead.
    Field(LeadField),
    /// A second column of a field: used where the first is blank, and kept under this custom key otherwise.
    Spare(LeadField, String),
    /// A custom field of this key.
    Custom(String),
}

/// The columns of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMap {
    columns: Vec<Column>,
    /// Names to report a cell by: the header as written, or the column's number.
    labels: Vec<String>,
    notes: Vec<String>,
}

impl ColumnMap {
    /// Whether a table's first row is a header: none of its cells is an address, a number or a link.
    #[must_use]
    pub fn is_header<S: AsRef<str>>(first_row: &[S]) -> bool {
        let data = |cell: &str| {
            Email::parse(cell).is_ok()
                || Phone::parse(cell).is_ok()
                || cell.contains("://")
                || cell.contains("linkedin.com/")
        };
        !first_row.iter().any(|cell| data(cell.as_ref().trim()))
    }

    /// Reads a header row.
    #[must_use]
    pub fn from_header<S: AsRef<str>>(header: &[S]) -> Self {
        let labels: Vec<String> = header
            .iter()
            .enumerate()
            .map(|(index, cell)| match tidy(cell.as_ref()) {
                label if label.is_empty() => format!("column {}", index + 1),
                label => label.chars().take(80).collect(),
            })
            .collect();
        let fields: Vec<Option<LeadField>> = header.iter().map(|cell| field_of(cell.as_ref())).collect();
        Self::from_fields(labels, &fields)
    }

    /// Guesses the columns of a table without a header from some of its rows: addresses, numbers and links by their form,
    /// names and companies by the addresses they occur in. What can't be told becomes `column_1`, `column_2`, ….
    #[must_use]
    pub fn from_content<S: AsRef<str>>(rows: &[Vec<S>]) -> Self {
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        let email_column = (0..width).find(|column| most(rows, *column, |cell, _| Email::parse(cell).is_ok()));
        let email_of = |row: &[S]| {
            email_column.and_then(|column| row.get(column)).and_then(|cell| Email::parse(cell.as_ref()).ok())
        };
        let fields: Vec<Option<LeadField>> = (0..width)
            .map(|column| {
                GUESSES
                    .iter()
                    .find(|(_, fits)| most(rows, column, |cell, row| fits(cell, email_of(row).as_ref())))
                    .map(|(field, _)| *field)
            })
            .collect();
        let labels = (1..=width).map(|number| format!("column {number}")).collect();
        Self::from_fields(labels, &fields)
    }

    fn from_fields(labels: Vec<String>, fields: &[Option<LeadField>]) -> Self {
        let mut notes = Vec::new();
        let mut first: HashMap<LeadField, usize> = HashMap::new();
        let mut keys: HashMap<String, u32> = HashMap::new();
        let mut key_of = |label: &str| {
            let key = custom_key(label);
            let uses = keys.entry(key.clone()).or_insert(0);
            *uses += 1;
            if *uses == 1 { key } else { format!("{key}_{uses}") }
        };
        let mut columns = Vec::with_capacity(labels.len());
        for (index, label) in labels.iter().enumerate() {
            let column = match fields.get(index).copied().flatten() {
                None => {
                    let key = key_of(label);
                    if labels[..index].iter().any(|earlier| custom_key(earlier) == custom_key(label)) {
                        notes.push(format!("\"{label}\" occurs more than once: the later one is kept as {key}"));
                    }
                    Column::Custom(key)
                }
                Some(field) => match first.get(&field) {
                    None => {
                        first.insert(field, index);
                        // Reserves the key, so that a spare column of the same name gets another.
                        key_of(label);
                        Column::Field(field)
                    }
                    Some(earlier) => {
                        let key = key_of(label);
                        notes.push(format!(
                            "\"{label}\" holds the same as \"{}\": it is used where that is blank, and kept as {key} otherwise",
                            labels[*earlier]
                        ));
                        Column::Spare(field, key)
                    }
                },
            };
            columns.push(column);
        }
        Self { columns, labels, notes }
    }

    /// What each column holds, in order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Each column's name for reports, in order.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// What the importer should be told about the columns, such as two of the same name.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether any row could become a lead: there is a column for an address, a number, a profile, or a name with a company.
    #[must_use]
    pub fn can_identify(&self) -> bool {
        let has = |field| self.columns.iter().any(|column| matches!(column, Column::Field(found) if *found == field));
        let named = has(LeadField::Name) || has(LeadField::FirstName) || has(LeadField::LastName);
        has(LeadField::Email)
            || has(LeadField::Phone)
            || has(LeadField::LinkedinUrl)
            || (named && (has(LeadField::Company) || has(LeadField::Website)))
    }
}

/// The field a header cell names.
fn field_of(header: &str) -> Option<LeadField> {
    let folded = fold(header);
    SPELLINGS
        .iter()
        .find(|(_, spellings)| spellings.split(' ').any(|spelling| spelling == folded))
        .map(|(field, _)| *field)
}

type Guess = fn(&str, Option<&Email>) -> bool;

/// How cells of a field look, most telling first. The address is the row's own.
const GUESSES: [(LeadField, Guess); 9] = [
    (LeadField::Email, |cell, _| Email::parse(cell).is_ok()),
    (LeadField::LinkedinUrl, |cell, _| cell.contains("linkedin.com/")),
    (LeadField::Phone, |cell, _| Phone::parse(cell).is_ok()),
    (LeadField::TimeZone, |cell, _| cell.contains('/') && TimeZone::parse(cell).is_ok()),
    (LeadField::Website, |cell, _| crate::lead_draft::host(cell).is_some_and(|host| Domain::parse(host).is_ok())),
    (LeadField::Name, |cell, email| {
        cell.contains(' ')
            && email.is_some_and(|email| {
                cell.split_whitespace().any(|word| in_text(email.local(), word)) && !in_text(email.domain(), cell)
            })
    }),
    (LeadField::FirstName, |cell, email| {
        email.is_some_and(|email| fold(email.local()).starts_with(&fold(cell)) && fold(cell).len() > 1)
    }),
    (LeadField::LastName, |cell, email| {
        email.is_some_and(|email| fold(email.local()).ends_with(&fold(cell)) && fold(cell).len() > 1)
    }),
    (LeadField::Company, |cell, email| {
        email.is_some_and(|email| {
            let label = email.domain().split('.').next().unwrap_or("");
            in_text(email.domain(), cell) || (label.len() > 2 && in_text(cell, label))
        })
    }),
];

fn in_text(text: &str, part: &str) -> bool {
    let part = fold(part);
    part.len() > 2 && fold(text).contains(&part)
}

/// Whether `fits` holds for more than half of the filled cells of a column, and there is one.
fn most<S: AsRef<str>>(rows: &[Vec<S>], column: usize, fits: impl Fn(&str, &[S]) -> bool) -> bool {
    let (mut filled, mut fitting) = (0_usize, 0_usize);
    for row in rows {
        let cell = row.get(column).map_or("", |cell| cell.as_ref().trim());
        if !cell.is_empty() {
            filled += 1;
            fitting += usize::from(fits(cell, row));
        }
    }
    fitting * 2 > filled
}

/// `text` on one line, without control characters, blanks at the ends or runs of them inside.
pub(crate) fn tidy(text: &str) -> String {
    // Nearly every cell is tidy already: one pass over its bytes is cheaper than taking it apart.
    let mut before = b' ';
    let is_tidy = text.bytes().all(|byte| {
        let fits = (b'!'..=b'~').contains(&byte) || (byte == b' ' && before != b' ');
        before = byte;
        fits
    });
    if is_tidy && before != b' ' {
        return text.to_owned();
    }
    let mut result = String::with_capacity(text.len());
    for word in
        text.split(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}').filter(|word| !word.is_empty())
    {
        if !result.is_empty() {
            result.push(' ');
        }
        result.push_str(word);
    }
    result
}

/// `text` in lower case without accents and anything but letters and digits: what spellings are compared by.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase).filter(|letter| letter.is_alphanumeric()) {
        match letter {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => folded.push('a'),
            'ç' => folded.push('c'),
            'è' | 'é' | 'ê' | 'ë' => folded.push('e'),
            'ì' | 'í' | 'î' | 'ï' => folded.push('i'),
            'ñ' => folded.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => folded.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => folded.push('u'),
            'ß' => folded.push_str("ss"),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            other => folded.push(other),
        }
    }
    folded
}

/// The custom field key of a header: its words in folded form, joined by `_`; at most 60 letters.
fn custom_key(label: &str) -> String {
    let words: Vec<String> =
        label.split(|c: char| !c.is_alphanumeric()).map(fold).filter(|word| !word.is_empty()).collect();
    let key: String = words.join("_").chars().take(60).collect();
    if key.is_empty() { "column".to_owned() } else { key }
}

#[cfg(test)]
#[path = "lead_columns_tests.rs"]
mod tests;
