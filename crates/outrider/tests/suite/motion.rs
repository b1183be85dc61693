//! The whole motion against real counterparts: `serve` sends through Postfix (STARTTLS, AUTH, DKIM), reads Dovecot by IMAP, and
//! handles a person's reply, an auto-reply, a bounce and a request for no more mail.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use outrider_testkit::judges::{judge_dkim, judge_spam};
use outrider_testkit::mailrig::{Mailrig, PASSWORD, Reply};
use outrider_testkit::process::Process;
use serde_json::Value;

const WORKSPACE: &str = r#"
organization = "acme"

[[projects]]
slug = "main"
name = "Main"
time_zone = "UTC"
autonomy = "alone"

[[projects.agents]]
name = "Ada"
type = "outbound"

[[projects.identities]]
email = "sales@sender.test"
name = "Zoë Sales"
transport = "rig"
mailbox = "rig"
min_gap = "0"
ramp = { start = 100, step = 0, cap = 100 }

[[projects.sequences]]
name = "intro"
agent = "Ada"
window = { days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "24:00" }

[[projects.sequences.steps]]
key = "hello"
subject = "A question, {{ first_name | default(\"there\") }} – naïve?"
text = "Hi {{ first_name | default(\"there\") }},\n\nhow do you do it at {{ company | default(\"your company\") }}?"
html = "<p>Hi {{ first_name | default(\"there\") }},</p><p>how do you do it at {{ company | default(\"your company\") }}?</p>"

[[projects.sequences.steps]]
key = "nudge"
after = "20s"
thread = true
text = "Just checking whether this reached you."
"#;

const LEADS: &str = "First name,Email,Company\n\
    Alice,alice@rcpt.test,Acme\n\
    Bob,bob@rcpt.test,\"Bob & Sons\"\n\
    Vera,vac@rcpt.test,Vacation Ltd\n\
    Hardy,nobody@hard.test,Gone Inc\n";

struct Site<'a> {
    directory: &'a Path,
    database_url: Option<&'a str>,
}

impl Site<'_> {
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outrider"));
        command
            .arg("--config")
            .arg(self.directory.join("outrider.toml"))
            .arg("--data")
            .arg(self.directory)
            .current_dir(self.directory);
        if let Some(url) = self.database_url {
            command.args(["--database-url", url]);
        }
        command
    }

    fn outrider(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "outrider {arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text.trim().to_owned()
    }
}

/// A small client of the native API.
struct Api {
    url: String,
    key: String,
}

impl Api {
    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let address = self.url.trim_start_matches("http://").to_owned();
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.key,
            body.len()
        );
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, None);
        assert_eq!(status, 200, "{path}: {body}");
        body["data"].clone()
    }

    fn lead(&self, email: &str) -> Value {
        self.get(&format!("/api/v1/leads?query={email}"))[0].clone()
    }

    /// Asks again until it is so.
    fn until<T>(&self, what: &str, limit: Duration, wanted: impl Fn(&Self) -> Option<T>) -> T {
        let end = Instant::now() + limit;
        loop {
            if let Some(found) = wanted(self) {
                return found;
            }
            assert!(
                Instant::now() < end,
                "{what} did not happen; activity: {:#}",
                self.get("/api/v1/activity?limit=40")
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn enrollment(api: &Api, email: &str) -> Value {
    let why = api.get(&format!("/api/v1/leads/{}/why", api.lead(email)["id"].as_str().unwrap_or("")));
    why["enrollments"][0].clone()
}

fn motion(rig: &Mailrig, database_url: Option<&str>) {
    let directory = tempfile::tempdir().unwrap();
    let site = Site { directory: directory.path(), database_url };
    let ports = rig.ports();
    let certificate = rig.certificate();
    std::fs::write(directory.path().join("workspace.toml"), WORKSPACE).unwrap();
    std::fs::write(directory.path().join("leads.csv"), LEADS).unwrap();
    std::fs::write(directory.path().join("outrider.toml"), "").unwrap();
    let key_file = directory.path().join("sender.test.pem");
    let dns: Value = serde_json::from_str(&site.outrider(&[
        "dkim",
        "generate",
        "sender.test",
        "--selector",
        "s1",
        "--out",
        key_file.to_str().unwrap(),
        "--json",
    ]))
    .unwrap();
    let settings = format!(
        "listen = \"127.0.0.1:0\"\npublic_url = \"https://outreach.sender.test\"\n[delivery]\nrequire_domain_check = false\n\
         [mail.servers.rig]\nhost = \"localhost\"\nport = {}\ntls = \"starttls\"\nusername = \"sales@sender.test\"\npassword = \"{PASSWORD}\"\nca_file = {certificate:?}\n\
         [mail.mailboxes.rig]\nhost = \"localhost\"\nport = {}\ntls = \"implicit\"\nusername = \"sales@sender.test\"\npassword = \"{PASSWORD}\"\nca_file = {certificate:?}\n\
         [mail.dkim.\"sender.test\"]\nselector = \"s1\"\nkey_file = {key_file:?}\n",
        ports.submission, ports.imaps
    );
    std::fs::write(directory.path().join("outrider.toml"), settings).unwrap();
    site.outrider(&["apply", "workspace.toml"]);
    let key = site.outrider(&[
        "key",
        "create",
        "--dialect",
        "native",
        "--project",
        "main",
        "--scope",
        "*",
        "--scope",
        "actions:approve",
    ]);
    site.outrider(&["import", "leads", "leads.csv", "--project", "main", "--sequence", "intro"]);
    let mut process = Process::start(site.command().arg("serve")).unwrap();
    let url = process.wait_for_url(Duration::from_secs(30)).unwrap();
    let api = Api { url: url.trim_end_matches('/').to_owned(), key };

    let first = rig
        .wait_for_mail("alice@rcpt.test", Duration::from_secs(30), |mail| mail.contains("Message-ID:"))
        .expect("a mail for Alice");
    let message_id = first
        .lines()
        .find_map(|line| line.strip_prefix("Message-ID: <"))
        .and_then(|rest| rest.split('>').next())
        .expect("a Message-ID")
        .to_owned();
    let record = (
        dns["dns_name"].as_str().unwrap_or("").trim_end_matches('.').to_owned(),
        dns["dns_value"].as_str().unwrap_or("").to_owned(),
    );
    if let Ok(verdict) = judge_dkim(first.as_bytes(), &[(&record.0, &record.1)]) {
        assert!(verdict.valid && verdict.aligned && verdict.one_click_signed, "{verdict:?}");
    }
    if let Ok(verdict) = judge_spam(first.as_bytes()) {
        println!("SpamAssassin: {} of {} by {:?}", verdict.score, verdict.required, verdict.rules);
        assert!(verdict.score < verdict.required, "{verdict:?}");
    }

    // A person replies: the sequence stops before its second mail.
    rig.reply(&Reply {
        from: "alice@rcpt.test",
        to: "sales@sender.test",
        in_reply_to: &message_id,
        subject: "Re: A question",
        text: "Sounds good, call me on Monday.",
    })
    .unwrap();
    api.until("Alice's reply", Duration::from_secs(30), |api| {
        (enrollment(api, "alice@rcpt.test")["state"] == "stopped").then_some(())
    });
    assert!(api.lead("alice@rcpt.test")["replied_at"].is_string());

    // The bounce of a real mail server suppresses the address.
    api.until("the bounce", Duration::from_secs(60), |api| {
        (enrollment(api, "nobody@hard.test")["state"] == "stopped").then_some(())
    });
    let suppressed = api.get("/api/v1/suppressions");
    assert_eq!(
        (suppressed[0]["value"].as_str(), suppressed[0]["reason"].as_str()),
        (Some("nobody@hard.test"), Some("bounce")),
        "{suppressed}"
    );

    // An out-of-office note is told apart and stops nothing; the follow-up stands in the same thread. (Dovecot's own vacation
    // filter never answers mail with List-Unsubscribe, so the note is written here; its real ones are tried in the providers' tests.)
    let note = "From: vac@rcpt.test\r\nTo: sales@sender.test\r\nSubject: Out of office\r\nMessage-ID: <note@rcpt.test>\r\nAuto-Submitted: auto-replied\r\n\r\nI am away until Monday.\r\n";
    rig.send("vac@rcpt.test", &["sales@sender.test"], note).unwrap();
    let vera = api.lead("vac@rcpt.test")["id"].as_str().unwrap_or("").to_owned();
    api.until("Vera's note", Duration::from_secs(60), |api| {
        let kinds = api.get(&format!("/api/v1/activity?lead_id={vera}"));
        kinds.as_array().into_iter().flatten().any(|event| event["type"] == "email.out_of_office").then_some(())
    });
    assert_eq!(enrollment(&api, "vac@rcpt.test")["state"], "active");
    let follow_up = rig
        .wait_for_mail("bob@rcpt.test", Duration::from_secs(60), |mail| mail.contains("In-Reply-To:"))
        .expect("a follow-up for Bob");
    assert!(follow_up.contains("References:"), "{follow_up}");

    // Bob asks for no more mail: proposed, confirmed, suppressed.
    let bobs = follow_up
        .lines()
        .find_map(|line| line.strip_prefix("Message-ID: <"))
        .and_then(|rest| rest.split('>').next())
        .expect("a Message-ID")
        .to_owned();
    rig.reply(&Reply {
        from: "bob@rcpt.test",
        to: "sales@sender.test",
        in_reply_to: &bobs,
        subject: "Re: A question",
        text: "Please remove me from your list.",
    })
    .unwrap();
    let proposed = api.until("Bob's request", Duration::from_secs(30), |api| {
        api.get("/api/v1/actions?state=pending_approval").get(0).cloned()
    });
    assert_eq!(proposed["kind"], "record_opt_out", "{proposed}");
    let path = format!("/api/v1/actions/{}/approve", proposed["id"].as_str().unwrap_or(""));
    let (status, answer) = api.call("POST", &path, Some(&serde_json::json!({ "digest": proposed["digest"] })));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(api.lead("bob@rcpt.test")["outreach_disabled"], true);

    // Nobody got a mail twice, and Alice never got her second.
    assert_eq!(rig.inbox("alice@rcpt.test").len(), 1);
    assert_eq!(rig.inbox("bob@rcpt.test").len(), 2);
    let audit = api.get("/api/v1/audit/verify");
    assert_eq!(audit["sound"], true, "{audit}");
    process.terminate(Duration::from_secs(20)).unwrap();
}

#[test]
fn postfix_and_dovecot_on_sqlite() {
    let Ok(rig) = Mailrig::start() else { return };
    motion(&rig, None);
}

#[test]
fn postfix_and_dovecot_on_postgresql() {
    let Ok(rig) = Mailrig::start() else { return };
    let Ok(database) = outrider_testkit::postgres::database() else { return };
    motion(&rig, Some(database.url()));
}
