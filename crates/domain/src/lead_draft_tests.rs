//! Rows to leads: what is read, what is kept and what is refused.

use super::*;

const HEADER: [&str; 14] = [
    "First Name",
    "Last Name",
    "Name",
    "Email",
    "Phone",
    "Company",
    "Title",
    "Time zone",
    "Country",
    "LinkedIn",
    "Website",
    "Stage",
    "Team size",
    "Mobile",
];

/// A draft from cells by header.
fn draft(cells: &[(&str, &str)]) -> Result<LeadDraft, Refusal> {
    for (name, _) in cells {
        assert!(HEADER.contains(name), "{name}");
    }
    let row = HEADER.map(|header| cells.iter().find(|(name, _)| *name == header).map_or("", |(_, cell)| cell));
    ColumnMap::from_header(&HEADER).draft(row)
}

#[test]
fn a_full_row_fills_every_field() {
    let lead = draft(&[
        ("First Name", " Jane "),
        ("Last Name", "Doe\n Smith"),
        ("Email", "Jane.Doe@ACME.example"),
        ("Phone", "0049 30 1234567"),
        ("Company", "Acme"),
        ("Title", "CTO"),
        ("Time zone", "europe/berlin"),
        ("Country", "DE"),
        ("LinkedIn", "www.linkedin.com/in/jane"),
        ("Website", "https://www.acme.example/"),
        ("Stage", "In Progress"),
        ("Team size", "12"),
        ("Mobile", "+49 151 23456789"),
    ])
    .unwrap();
    assert_eq!(lead.email.as_ref().map(Email::as_str), Some("jane.doe@acme.example"));
    assert_eq!(lead.name.as_deref(), Some("Jane Doe Smith"));
    assert_eq!(lead.display_name(), "Jane Doe Smith");
    assert_eq!(lead.phone.as_ref().map(Phone::as_str), Some("+49301234567"));
    assert_eq!(lead.time_zone.as_ref().map(TimeZone::as_str), Some("Europe/Berlin"));
    assert_eq!(lead.linkedin_url.as_deref(), Some("https://www.linkedin.com/in/jane"));
    assert_eq!(lead.domain.as_ref().map(Domain::as_str), Some("acme.example"));
    assert_eq!(lead.stage, Some("in_progress"));
    let custom: Vec<(&str, &str)> = lead.custom.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(custom, [("mobile", "+49 151 23456789"), ("team_size", "12")]);
    assert_eq!(lead.notes, []);
}

#[test]
fn what_does_not_fit_is_kept_and_noted() {
    for (column, value, key) in [
        ("Phone", "030 1234567", "phone"),
        ("Phone", "4.91512E+12", "phone"),
        ("Phone", "+49 30 1234567 ext. 5", "phone"),
        ("Time zone", "CET+1h", "time_zone"),
        ("LinkedIn", "https://evil.example/linkedin.com/in/jane", "linkedin_url"),
        ("Website", "coming soon", "website"),
        ("Stage", "hot", "stage"),
    ] {
        let lead = draft(&[("Email", "jane@acme.example"), (column, value)]).unwrap();
        assert_eq!(lead.custom.get(key).map(String::as_str), Some(value), "{column}");
        assert_eq!(lead.notes.len(), 1, "{column}");
        assert_eq!(lead.notes[0].column, column);
    }
}

#[test]
fn a_spare_column_helps_out_and_is_never_lost() {
    let lead = draft(&[("Email", "a@b.example"), ("Mobile", "+4915123456789")]).unwrap();
    assert_eq!(lead.phone.as_ref().map(Phone::as_str), Some("+4915123456789"));
    let lead = draft(&[("Email", "a@b.example"), ("Phone", "0151 1"), ("Mobile", "+4915123456789")]).unwrap();
    assert_eq!(lead.phone.as_ref().map(Phone::as_str), Some("+4915123456789"));
    assert_eq!(lead.custom.get("phone").map(String::as_str), Some("0151 1"));
    let twice = ColumnMap::from_header(&["Email", "Email", "Note", "note"]);
    let lead = twice.draft(["", "a@b.example", "x", "y"]).unwrap();
    assert_eq!(lead.email.as_ref().map(Email::as_str), Some("a@b.example"));
    assert_eq!(lead.custom.values().collect::<Vec<_>>(), ["x", "y"]);
    let lead = twice.draft(["a@b.example", "c@d.example", "", ""]).unwrap();
    assert_eq!(lead.custom.get("email_2").map(String::as_str), Some("c@d.example"));
}

#[test]
fn addresses_come_in_several_forms() {
    for value in
        ["mailto:jane@acme.example", "Jane Doe <jane@acme.example>", "<JANE@acme.example>", " jane@acme.example "]
    {
        assert_eq!(draft(&[("Email", value)]).unwrap().display_name(), "jane@acme.example", "{value}");
    }
    let lead = draft(&[("Email", "jane@acme.example; j.doe@home.example")]).unwrap();
    assert_eq!(lead.custom.get("other_emails").map(String::as_str), Some("j.doe@home.example"));
    assert!(draft(&[("Email", "n/a"), ("Phone", "+4930123456")]).unwrap().email.is_none());
}

#[test]
fn addresses_that_are_not_refuse_the_row() {
    for value in [
        "jane",
        "jane@",
        "@acme.example",
        "jane@acme",
        "jane at acme.example",
        "jane@acme..example",
        "jane@acme.example;x",
        "jané@acme.example",
        "jane@10.0.0.1",
    ] {
        let refused = draft(&[("Email", value), ("Phone", "+4930123456")]).unwrap_err();
        assert_eq!(refused.column.as_deref(), Some("Email"), "{value}");
        assert!(refused.to_string().contains(value), "{refused}");
    }
}

#[test]
fn a_row_that_names_nobody_is_refused() {
    for cells in [&[][..], &[("Name", "Jane Doe")], &[("Company", "Acme")], &[("Team size", "5")], &[("Email", "-")]] {
        assert!(draft(cells).unwrap_err().reason.contains("nothing to know the lead by"), "{cells:?}");
    }
    let refused = draft(&[("Phone", "030 1234567"), ("Name", "Jane")]).unwrap_err();
    assert_eq!(refused.column.as_deref(), Some("Phone"));
    assert!(refused.reason.contains("E.164"), "{refused}");
    for cells in [
        &[("Name", "Jane Doe"), ("Company", "Acme")][..],
        &[("LinkedIn", "linkedin.com/in/jane")],
        &[("Phone", "+4930123456")],
    ] {
        assert!(!draft(cells).unwrap().display_name().is_empty());
    }
}

#[test]
fn limits_are_refused_by_column() {
    let refused = draft(&[("Email", "a@b.example"), ("Company", &"x".repeat(501))]).unwrap_err();
    assert_eq!(refused.column.as_deref(), Some("Company"));
    assert!(refused.to_string().len() < 200);
    assert!(draft(&[("Email", "a@b.example"), ("Team size", &"x".repeat(20_001))]).is_err());
    assert!(draft(&[("Email", "a@b.example"), ("Team size", "1\u{0}2")]).unwrap_err().reason.contains("NUL"));
    let map = ColumnMap::from_header(&["Email"]);
    assert!(map.draft(["a@b.example", " ", ""]).is_ok(), "blank cells at the end are no harm");
    assert!(map.draft(["a@b.example", "x"]).unwrap_err().reason.contains("more cells"));
}

#[test]
fn names_are_split_only_without_doubt() {
    let split = |name: &str| {
        let lead = draft(&[("Email", "a@b.example"), ("Name", name)]).unwrap();
        (lead.first_name.unwrap_or_default(), lead.last_name.unwrap_or_default())
    };
    for (name, first, last) in [
        ("Jane Doe", "Jane", "Doe"),
        ("Doe, Jane", "Jane", "Doe"),
        ("Dr. Jane Doe", "Jane", "Doe"),
        ("Herr Müller", "", "Müller"),
        ("Jane", "Jane", ""),
        ("Maria del Carmen López", "", ""),
        ("Acme, Inc.", "", ""),
    ] {
        assert_eq!(split(name), (first.to_owned(), last.to_owned()), "{name}");
    }
}
