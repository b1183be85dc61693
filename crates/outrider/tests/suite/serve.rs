//! Servers: on both databases, one per SQLite file, with backups taken while they run, and mail through the capture mailbox.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};

use crate::rig::{PATIENCE, Rig, Server};

/// A project with a sender and a sequence of one mail that asks nobody.
const WORKSPACE: &str = r#"
organization = "Acme"
[[projects]]
slug = "acme"
name = "Acme"
autonomy = "alone"
[[projects.identities]]
email = "ada@acme.example"
min_gap = "0"
[[projects.sequences]]
name = "Hello"
status = "active"
window = { days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "24:00" }
[[projects.sequences.steps]]
key = "intro"
subject = "Hi"
text = "Hello there"
[[projects.sequences.steps]]
key = "later"
after = "3d"
subject = "Hi"
text = "Still there?"
"#;

/// Waits until the answer of the API is as wanted.
fn until(server: &Server, path: &str, key: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    let found = outrider_testkit::wait::until(PATIENCE, || {
        last = server.data(path, key);
        wanted(&last).then(|| last.clone())
    });
    found.unwrap_or_else(|| panic!("{path} stayed at {last:#}: {}", server.process.output().text()))
}

/// Hands one mail over by SMTP; gives the reply to the text.
fn smtp(address: SocketAddr, from: &str, to: &str, mail: &str) -> String {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut heard = || lines.next().unwrap().unwrap();
    let say = |text: &str| (&stream).write_all(format!("{text}\r\n").as_bytes()).unwrap();
    let greeting = heard();
    assert!(greeting.starts_with("220"), "{greeting}");
    for line in
        ["HELO tests.example".to_owned(), format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>"), "DATA".to_owned()]
    {
        say(&line);
        let reply = heard();
        assert!(reply.starts_with(['2', '3']), "{line}: {reply}");
    }
    say(mail);
    say(".");
    heard()
}

#[test]
fn a_motion_runs_on_both_databases_and_a_reply_stops_it() {
    for rig in Rig::each() {
        rig.ok(&["apply", &rig.file("workspace.toml", WORKSPACE)]);
        let key = rig.ok(&["key", "create"]).trim().to_owned();
        let server = rig.serve(&[]);
        let capture = server.capture();
        // Other commands work beside the running server, and it notices what they did.
        let leads = rig.file("leads.csv", "email\neve@lead.example\nmallory@lead.example\n");
        let done = rig.json(&["import", "leads", &leads, "--sequence", "Hello"]);
        assert_eq!(done["enrolled"], 2, "{done}");
        let sent = until(&server, "/emails?limit=10", &key, |mails| {
            mails.as_array().unwrap().iter().filter(|mail| mail["status"] == "sent").count() == 2
        });
        let captured = server.data("/captured-mails", &key);
        assert_eq!(captured.as_array().map(Vec::len), Some(2), "{captured}");
        let to_eve = sent.as_array().unwrap().iter().find(|mail| mail["lead_email"] == "eve@lead.example").unwrap();
        let reference = format!("In-Reply-To: <{}>\r\n", to_eve["message_id"].as_str().unwrap());
        let mail = format!(
            "From: Eve <eve@lead.example>\r\nTo: ada@acme.example\r\nSubject: Re: Hi\r\nMessage-ID: <1@lead.example>\r\n{reference}\r\nSounds good, call me.\r\n"
        );
        let taken = smtp(capture, "eve@lead.example", "ada@acme.example", &mail);
        assert!(taken.starts_with("250"), "{taken}");
        until(&server, "/enrollments", &key, |all| {
            all.as_array().unwrap().iter().filter(|one| one["state"] == "stopped").count() == 1
        });
        // A mail that concerns nobody here is refused.
        let refused = smtp(capture, "x@else.example", "y@else.example", "Subject: x\r\n\r\nx\r\n");
        assert!(refused.starts_with("550 5.1.1"), "{refused}");
        assert_eq!(server.data("/captured-mails", &key).as_array().unwrap().len(), 3);
        let why = rig.ok(&["why", "eve@lead.example"]);
        assert!(why.contains("lead_replied"), "{why}");
        server.stop();
    }
}

#[test]
fn a_sqlite_database_has_one_server() {
    let rig = Rig::sqlite();
    let server = rig.serve(&[]);
    let second = rig.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status, 1, "{second:?}");
    let says = format!("process {} already serves the database in", server.process.id());
    assert!(second.stderr.contains(&says), "{}", second.stderr);
    let restored = rig.run(&["restore", &rig.file("some.db", "")]);
    assert_eq!(restored.status, 1, "no restore under a server: {restored:?}");
    server.stop();
    rig.serve(&["--role", "all"]).stop();
}

#[test]
fn postgresql_has_any_number_in_any_roles() {
    let Ok(rig) = Rig::postgres() else { return };
    let api = rig.serve(&["--role", "api"]);
    let second = rig.serve(&["--role", "api"]);
    let mut worker =
        outrider_testkit::process::Process::start(&mut rig.command(&["serve", "--role", "worker"])).unwrap();
    worker.wait_for_line(PATIENCE, |line| line.contains("works without HTTP").then_some(())).unwrap();
    rig.ok(&["apply", &rig.file("workspace.toml", WORKSPACE)]);
    let key = rig.ok(&["key", "create"]).trim().to_owned();
    let leads = rig.file("leads.csv", "email\neve@lead.example\n");
    rig.ok(&["import", "leads", &leads, "--sequence", "Hello"]);
    for server in [&api, &second] {
        until(server, "/emails", &key, |mails| mails[0]["status"] == "sent");
    }
    assert!(worker.terminate(PATIENCE).unwrap().success());
    api.stop();
    second.stop();
}

#[test]
fn a_backup_is_taken_while_serving_and_restores_into_either_database() {
    for rig in Rig::each() {
        rig.ok(&["project", "create", "Acme"]);
        let key = rig.ok(&["key", "create"]).trim().to_owned();
        let server = rig.serve(&[]);
        let backup = rig.path("backup.db").display().to_string();
        for name in ["Ada", "Bob", "Eve"] {
            assert_eq!(server.post("/leads", &key, &json!({ "name": name })).0, 201);
        }
        rig.ok(&["backup", &backup]);
        assert_eq!(server.post("/leads", &key, &json!({ "name": "Late" })).0, 201, "writes go on");
        let twice = rig.run(&["backup", &backup]);
        assert!(twice.status == 74 && twice.stderr.contains("overwrites nothing"), "{twice:?}");
        server.stop();
        for other in Rig::each() {
            other.ok(&["restore", &backup]);
            let again = other.run(&["restore", &backup]);
            assert!(again.status == 1 && again.stderr.contains("Nothing was restored"), "{again:?}");
            let server = other.serve(&[]);
            assert_eq!(server.data("/leads", &key).as_array().unwrap().len(), 3);
            server.stop();
        }
    }
}

#[test]
fn a_file_that_is_no_backup_is_refused() {
    let rig = Rig::sqlite();
    for (name, content) in
        [("empty.db", ""), ("text.db", "this is not a database, though it is long enough to have a header of one")]
    {
        let ended = rig.run(&["restore", &rig.file(name, content)]);
        assert_eq!(ended.status, 65, "{name}: {ended:?}");
    }
}

#[test]
fn a_newer_database_is_refused_in_words() {
    let rig = Rig::sqlite();
    rig.ok(&["project", "create", "Acme"]);
    assert_eq!(rig.run(&["migrate", "--check"]).status, 0);
    let backup = rig.path("copy.db").display().to_string();
    rig.ok(&["backup", &backup]);
    mark_newer(&rig.path("outrider-data/outrider.db"));
    for arguments in
        [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["project", "list"], &["backup", "x.db"]]
    {
        let ended = rig.run(arguments);
        assert_eq!(ended.status, 1, "{arguments:?}: {ended:?}");
        assert!(
            ended.stderr.contains("schema version 99999") && ended.stderr.contains("upgrade the binary"),
            "{}",
            ended.stderr
        );
    }
}

/// Notes a migration that this binary does not have, as a newer one would.
fn mark_newer(file: &std::path::Path) {
    let connection = rusqlite::Connection::open(file).unwrap();
    let columns: Vec<String> = connection
        .prepare("SELECT name FROM pragma_table_info('schema_migrations')")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let values: Vec<&str> = columns.iter().map(|column| if column == "version" { "99999" } else { "'0'" }).collect();
    let statement = format!("INSERT INTO schema_migrations ({}) VALUES ({})", columns.join(", "), values.join(", "));
    connection.execute(&statement, []).unwrap();
}
