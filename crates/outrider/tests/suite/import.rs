//! Files of leads: good ones, bad ones, and reports of what did not make it.

use serde_json::json;

use crate::rig::Rig;

const SEQUENCE: &str = r#"
organization = "Acme"
[[projects]]
slug = "acme"
name = "Acme"
kill_switch = true
[[projects.sequences]]
name = "Cold"
status = "active"
[[projects.sequences.steps]]
key = "intro"
subject = "Hi"
text = "Hello"
"#;

#[test]
fn leads_come_in_once_and_begin_their_sequence() {
    for rig in Rig::each() {
        rig.ok(&["apply", &rig.file("workspace.toml", SEQUENCE)]);
        let table = "E-Mail;Vorname;Firma\nada@one.example;Ada;One\nnot an address;Bob;Two\nada@one.example;Twin;One\n\"open;x\neve@three.example;Eve;Three\n";
        let file = rig.file("leads.csv", table);
        let preview = rig.json(&["import", "leads", &file, "--dry-run"]);
        let report = rig.path("report.csv").display().to_string();
        let done = rig.json(&["import", "leads", &file, "--sequence", "Cold", "--report", &report]);
        assert_eq!(
            (&preview["created"], &preview["duplicates"], &preview["refused"]),
            (&done["created"], &done["duplicates"], &done["refused"])
        );
        assert_eq!(
            (&done["created"], &done["duplicates"], &done["enrolled"]),
            (&json!(2), &json!(1), &json!(2)),
            "{done}"
        );
        let rows = std::fs::read_to_string(&report).unwrap();
        assert_eq!(rows.lines().next(), Some("line,column,reason,row"));
        assert!(rows.lines().any(|row| row.starts_with("3,E-Mail,")), "{rows}");
        assert!(rows.lines().any(|row| row.starts_with("4,") && row.contains("exists already")), "{rows}");
        // Again: everyone is known, and nobody begins anew.
        let again = rig.json(&["import", "leads", &file, "--sequence", "Cold"]);
        assert_eq!(
            (&again["created"], &again["duplicates"], &again["enrolled"]),
            (&json!(0), &json!(3), &json!(0)),
            "{again}"
        );
        let unknown = rig.run(&["import", "leads", &file, "--sequence", "Nothing"]);
        assert!(unknown.status == 1 && unknown.stderr.contains("There is no sequence Nothing"), "{unknown:?}");
        let human = rig.ok(&["import", "leads", &file]);
        assert!(human.contains("3 known already"), "{human}");
        let why = rig.ok(&["why", "ada@one.example"]);
        assert!(why.contains("Cold, active"), "{why}");
    }
}

#[test]
fn files_that_are_no_tables_of_leads_are_refused_whole() {
    let rig = Rig::sqlite();
    rig.ok(&["project", "create", "Acme"]);
    for (name, content) in [
        ("empty.csv", &b""[..]),
        ("blank.csv", b"\n\n  \n"),
        ("image.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        ("document.csv", b"%PDF-1.7\n%\xe2\xe3"),
        ("colours.csv", b"Colour,Size\nred,5\n"),
        ("nobody.csv", b"Email\nnot an address\nneither is this\n"),
    ] {
        let file = rig.file(name, content);
        let ended = rig.run(&["import", "leads", &file]);
        assert_eq!(ended.status, 65, "{name}: {ended:?}");
        assert!(!ended.stderr.is_empty(), "{name}");
    }
    // A table that is one in another encoding, without a header.
    let latin = rig.file("latin.csv", b"Jos\xe9;jose@caf\xe9.example;+34911234567\nMar\xeda;maria@one.example;\n");
    let done = rig.json(&["import", "leads", &latin]);
    assert_eq!((&done["encoding"], &done["has_header"]), (&json!("windows-1252"), &json!(false)), "{done}");
    assert!(done["created"].as_u64().unwrap() >= 1, "{done}");
}

#[test]
fn a_do_not_call_list_is_taken_line_by_line() {
    for rig in Rig::each() {
        rig.ok(&["apply", &rig.file("workspace.toml", SEQUENCE)]);
        let file =
            rig.file("list.csv", "number,since\n+4930123456,2020\n\n# a remark\n030 7654321,2021\nnot a number,2022\n");
        let report = rig.path("refused.csv").display().to_string();
        let given = ["import", "dnc", &file, "--prefix", "+49", "--list", "Robinson", "--report", &report];
        let preview = rig.json(&[&given[..], &["--dry-run"]].concat());
        let done = rig.json(&given);
        for figures in [&preview, &done] {
            assert_eq!(
                (&figures["added"], &figures["known"], &figures["refused"]),
                (&json!(2), &json!(0), &json!(1)),
                "{figures}"
            );
        }
        let rows = std::fs::read_to_string(&report).unwrap();
        assert!(rows.starts_with("line,number,reason\n6,"), "{rows}");
        let again = rig.ok(&["import", "dnc", &file, "--prefix", "+49"]);
        assert!(again.contains("2 known before") && again.contains("line 6"), "{again}");
        let bad = rig.run(&["import", "dnc", &rig.file("bad.txt", "abc 1\n")]);
        assert!(bad.status == 65 && bad.stderr.contains("No line of the file"), "{bad:?}");
    }
}
