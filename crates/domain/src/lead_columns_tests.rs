//! Headers and tables without one: which column is what.

use super::*;

fn columns(header: &[&str]) -> Vec<Column> {
    ColumnMap::from_header(header).columns().to_vec()
}

#[test]
fn headers_are_understood_in_four_languages() {
    for (field, headers) in [
        (LeadField::FirstName, &["First Name", "first_name", "FIRSTNAME", "Vorname", "Prénom", "Nombre"][..]),
        (LeadField::LastName, &["Last Name", "Surname", "Nachname", "Nom de famille", "Apellidos"]),
        (
            LeadField::Email,
            &[
                "E-Mail",
                "email",
                "Email Address",
                "\u{feff}Email",
                "E-Mail-Adresse",
                "Adresse e-mail",
                "Correo electrónico",
                "Work Email",
            ],
        ),
        (LeadField::Company, &["Company", "Company Name", "Firma", "Unternehmen", "Société", "Empresa"]),
        (LeadField::Phone, &["Phone", "Mobile", "Telefon", "Téléphone portable", "Teléfono", "Handy", "Phone Number"]),
        (LeadField::Role, &["Title", "Position", "Job Title", "Poste", "Cargo"]),
        (LeadField::TimeZone, &["Time zone", "timezone", "Zeitzone", "Fuseau horaire", "Zona horaria"]),
        (LeadField::Country, &["Country", "Land", "Pays", "País"]),
        (LeadField::LinkedinUrl, &["LinkedIn URL", "LinkedIn", "Person Linkedin Url"]),
        (LeadField::Website, &["Website", "Domain", "Webseite", "Site web"]),
        (LeadField::Language, &["Language", "Sprache", "Langue", "Idioma"]),
        (LeadField::Name, &["Name", "Full Name", "Ansprechpartner", "Nom complet"]),
        (LeadField::Stage, &["Stage", "Lead Status"]),
    ] {
        for header in headers {
            assert_eq!(columns(&[header]), [Column::Field(field)], "{header}");
        }
    }
}

#[test]
fn no_spelling_means_two_fields() {
    let mut seen = HashMap::new();
    for (field, spellings) in SPELLINGS {
        for spelling in spellings.split(' ') {
            assert_eq!(fold(spelling), spelling, "written in folded form");
            assert_eq!(seen.insert(spelling, field), None, "{spelling}");
        }
    }
}

#[test]
fn other_columns_are_custom_fields_with_tidy_keys() {
    let found = columns(&["Annual Revenue (€)", "Company Phone", "", "Größe", "Город", "annual revenue"]);
    let keys: Vec<String> = found
        .into_iter()
        .map(|column| match column {
            Column::Custom(key) => key,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(keys, ["annual_revenue", "company_phone", "column_3", "grosse", "город", "annual_revenue_2"]);
}

#[test]
fn duplicate_columns_are_reported_and_keep_their_values() {
    let map = ColumnMap::from_header(&["Email", "E-Mail", "Phone", "Mobile", "Email"]);
    assert_eq!(
        map.columns(),
        [
            Column::Field(LeadField::Email),
            Column::Spare(LeadField::Email, "e_mail".to_owned()),
            Column::Field(LeadField::Phone),
            Column::Spare(LeadField::Phone, "mobile".to_owned()),
            Column::Spare(LeadField::Email, "email_2".to_owned()),
        ]
    );
    assert_eq!(map.notes().len(), 3, "{:?}", map.notes());
}

#[test]
fn a_row_of_data_is_not_a_header() {
    assert!(ColumnMap::is_header(&["Name", "Email", "Phone"]));
    assert!(ColumnMap::is_header(&["@", "+"]));
    assert!(!ColumnMap::is_header(&["Jane", " jane@acme.example"]));
    assert!(!ColumnMap::is_header(&["Jane", "+1 415 555 0123"]));
    assert!(!ColumnMap::is_header(&["Jane", "https://www.linkedin.com/in/jane"]));
}

#[test]
fn columns_without_a_header_are_told_by_their_content() {
    let rows: Vec<Vec<&str>> = vec![
        vec![
            "Jane",
            "Doe",
            "jane.doe@acme.example",
            "Acme Inc.",
            "CTO",
            "+14155550123",
            "acme.example",
            "Europe/Berlin",
            "linkedin.com/in/jane",
        ],
        vec![
            "Émile",
            "Zola",
            "emile.zola@rougon.example",
            "Rougon",
            "Author",
            "",
            "rougon.example",
            "Europe/Paris",
            "",
        ],
        vec![
            "Bob",
            "",
            "sales@other.example",
            "Other",
            "CEO",
            "+33612345678",
            "www.other.example",
            "",
            "https://linkedin.com/in/bob",
        ],
    ];
    let map = ColumnMap::from_content(&rows);
    let field = Column::Field;
    assert_eq!(
        map.columns(),
        [
            field(LeadField::FirstName),
            field(LeadField::LastName),
            field(LeadField::Email),
            field(LeadField::Company),
            Column::Custom("column_5".to_owned()),
            field(LeadField::Phone),
            field(LeadField::Website),
            field(LeadField::TimeZone),
            field(LeadField::LinkedinUrl),
        ]
    );
    let named: Vec<Vec<&str>> = vec![vec!["Jane Doe", "jane.doe@acme.example"], vec!["Bob Ray", "bray@x.example"]];
    assert_eq!(ColumnMap::from_content(&named).columns()[0], field(LeadField::Name));
}

#[test]
fn tables_that_can_name_nobody_are_known_at_once() {
    assert!(ColumnMap::from_header(&["Email"]).can_identify());
    assert!(ColumnMap::from_header(&["Name", "Firma"]).can_identify());
    assert!(!ColumnMap::from_header(&["Name", "Revenue"]).can_identify());
    assert!(!ColumnMap::from_header(&[] as &[&str]).can_identify());
}
