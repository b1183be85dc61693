//! Owns asking programs nobody here wrote what they think of a mail: dkimpy and SpamAssassin.
//! Must not decide what a good answer is: that is the test's to say.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::requirements::{Requirement, Skip, program, require, system_python};

const DKIM_SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/judges/dkim_judge.py");

/// What dkimpy says of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimVerdict {
    /// The signature verifies (RFC 6376).
    pub valid: bool,
    /// Why it does not; empty when it does.
    pub reason: String,
    /// `d=` of the signature.
    pub domain: String,
    /// `s=` of the signature.
    pub selector: String,
    /// The names of the signed headers, in lower case, sorted.
    pub signed: Vec<String>,
    /// The domain of From is `d=` or below it.
    pub aligned: bool,
    /// The mail carries the two headers of RFC 8058, well formed.
    pub one_click: bool,
    /// And the signature covers both.
    pub one_click_signed: bool,
}

/// What SpamAssassin says of a mail, by its local rules alone.
#[derive(Debug, Clone, PartialEq)]
pub struct SpamVerdict {
    /// The sum of the rules that matched; higher is worse.
    pub score: f64,
    /// The sum from which a mail counts as spam.
    pub required: f64,
    /// The rules that matched.
    pub rules: Vec<String>,
}

/// Has dkimpy verify `mail` against the TXT records of `zone`, pairs of name and text. No DNS is asked.
///
/// # Errors
/// When Python or dkimpy is not installed.
///
/// # Panics
/// When the judge itself fails.
pub fn judge_dkim(mail: &[u8], zone: &[(&str, &str)]) -> Result<DkimVerdict, Skip> {
    require(Requirement::DkimJudge)?;
    let directory = tempfile::tempdir().expect("a directory");
    let zone_file = directory.path().join("zone.json");
    let records: serde_json::Map<String, Value> =
        zone.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect();
    std::fs::write(&zone_file, Value::Object(records).to_string()).expect("a zone file");
    let python = system_python().expect("python3, which was there a moment ago");
    let said = ask(Command::new(python).arg(DKIM_SCRIPT).arg(&zone_file), mail).expect("a verdict of dkimpy");
    let verdict: Value = serde_json::from_str(&said).expect("a verdict in JSON");
    let text = |name: &str| verdict[name].as_str().unwrap_or_else(|| panic!("no {name} in {verdict}")).to_owned();
    let flag = |name: &str| verdict[name].as_bool().unwrap_or_else(|| panic!("no {name} in {verdict}"));
    let signed = verdict["signed"].as_array().unwrap_or_else(|| panic!("no signed headers in {verdict}"));
    Ok(DkimVerdict {
        valid: flag("valid"),
        reason: text("reason"),
        domain: text("domain"),
        selector: text("selector"),
        signed: signed.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        aligned: flag("aligned"),
        one_click: flag("one_click"),
        one_click_signed: flag("one_click_signed"),
    })
}

/// Has SpamAssassin score `mail` by its own rules, without DNS or any other network test. Takes some seconds.
///
/// # Errors
/// When SpamAssassin is not installed.
///
/// # Panics
/// When it fails or leaves no verdict.
pub fn judge_spam(mail: &[u8]) -> Result<SpamVerdict, Skip> {
    require(Requirement::SpamAssassin)?;
    let home = tempfile::tempdir().expect("a directory");
    let spamassassin = program("spamassassin").expect("spamassassin, which was there a moment ago");
    let said = ask(command_at(&spamassassin, home.path()).args(["-L", "-t", "-x"]), mail).expect("a verdict");
    spam_status(&said).ok_or(said).map_or_else(|said| panic!("no X-Spam-Status in:\n{said}"), Ok)
}

/// Reads `X-Spam-Status: No, score=-0.9 required=5.0 tests=A,B autolearn=…`, which may go on over several lines.
fn spam_status(mail: &str) -> Option<SpamVerdict> {
    let mut lines = mail.lines().skip_while(|line| !line.starts_with("X-Spam-Status:"));
    let mut status = lines.next()?.to_owned();
    for line in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        // The list of rules is broken after a comma, everything else between words.
        if !status.ends_with(',') {
            status.push(' ');
        }
        status.push_str(line.trim());
    }
    let field = |name: &str| {
        let (_, rest) = status.split_once(name)?;
        rest.split_whitespace().next()
    };
    Some(SpamVerdict {
        score: field("score=")?.parse().ok()?,
        required: field("required=")?.parse().ok()?,
        rules: field("tests=")?.split(',').filter(|rule| *rule != "none").map(str::to_owned).collect(),
    })
}

fn command_at(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    // It keeps state in the home directory of whoever runs it.
    command.env("HOME", home).env("LC_ALL", "C");
    command
}

fn ask(command: &mut Command, input: &[u8]) -> io::Result<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output()?;
    // A program that did not want the whole input says what it thinks by its status.
    writer.join().ok();
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signs the mail on standard input with dkimpy; prints the TXT record, a blank line and the signed mail.
    const SIGNER: &str = r#"
import dkim, subprocess, sys
key = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, check=True).stdout
public = subprocess.run(["openssl", "rsa", "-pubout"], input=key, capture_output=True, check=True).stdout
mail = sys.stdin.buffer.read()
headers = [b"From", b"To", b"Subject", b"List-Unsubscribe", b"List-Unsubscribe-Post"]
signature = dkim.sign(mail, b"s1", b"sender.test", key, include_headers=headers)
record = "v=DKIM1; k=rsa; p=" + "".join(public.decode().split("-----")[2].split())
sys.stdout.write(record + "\n\n")
sys.stdout.flush()
sys.stdout.buffer.write(signature + mail)
"#;

    #[test]
    fn dkimpy_tells_a_good_signature_from_a_broken_one() {
        let mail = "From: Ann <ann@sender.test>\r\nTo: bob@rcpt.test\r\nSubject: Hello\r\n\
            List-Unsubscribe: <https://sender.test/u/1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nHi.\r\n";
        if require(Requirement::DkimJudge).is_err() {
            return;
        }
        let python = system_python().expect("python3");
        let said = ask(Command::new(python).args(["-c", SIGNER]), mail.as_bytes()).expect("a signed mail");
        let (record, signed) = said.split_once("\n\n").expect("a record and a mail");
        let zone = [("s1._domainkey.sender.test", record)];

        let verdict = judge_dkim(signed.as_bytes(), &zone).expect("dkimpy is there");
        assert!(verdict.valid && verdict.aligned && verdict.one_click_signed, "{verdict:?}");
        assert_eq!((verdict.domain.as_str(), verdict.selector.as_str()), ("sender.test", "s1"));
        assert_eq!(verdict.signed, ["from", "list-unsubscribe", "list-unsubscribe-post", "subject", "to"]);

        let changed = judge_dkim(signed.replace("Hi.", "Ho.").as_bytes(), &zone).expect("dkimpy is there");
        assert!(!changed.valid && !changed.reason.is_empty(), "{changed:?}");
        let stranger = signed.replace("ann@sender.test", "ann@other.test");
        assert!(!judge_dkim(stranger.as_bytes(), &zone).expect("dkimpy is there").aligned);
        assert!(!judge_dkim(signed.as_bytes(), &[]).expect("dkimpy is there").valid, "no key in the DNS");
    }

    #[test]
    fn spamassassin_tells_the_test_spam_from_a_plain_mail() {
        let mail = |text: &str| {
            format!(
                "From: Ann <ann@sender.test>\nTo: bob@rcpt.test\nSubject: Tuesday\nMessage-ID: <1@sender.test>\nDate: Sun, 22 Nov 2026 04:00:00 +0000\n\n{text}\n"
            )
        };
        let Ok(plain) = judge_spam(mail("Shall we meet on Tuesday?").as_bytes()) else { return };
        assert!(plain.score < plain.required, "{plain:?}");
        // The line that every filter must take for spam: https://spamassassin.apache.org/gtube/
        let line = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";
        let spam = judge_spam(mail(line).as_bytes()).expect("it is still there");
        assert!(spam.score > 100.0 && spam.rules.iter().any(|rule| rule == "GTUBE"), "{spam:?}");
    }

    #[test]
    fn a_folded_status_is_read() {
        let verdict =
            spam_status("A: b\nX-Spam-Status: Yes, score=5.2 required=5.0 tests=ONE,\n\tTWO,THREE autolearn=no\n\nx");
        let rules = ["ONE", "TWO", "THREE"].map(str::to_owned).to_vec();
        assert_eq!(verdict, Some(SpamVerdict { score: 5.2, required: 5.0, rules }));
        assert_eq!(
            spam_status("X-Spam-Status: No, score=0.0 required=5.0 tests=none\n").map(|it| it.rules),
            Some(vec![])
        );
        assert_eq!(spam_status("Subject: x\n"), None);
    }
}
