//! `outrider doctor`: looks at everything an installation stands on and says what to fix. Changes nothing but the sending domains'
//! standing, which is what their gate goes by.

mod database;
mod machine;
mod mail;
mod model;
mod telephony;

use serde::Serialize;
use serde_json::json;

use crate::arguments;
use crate::failure::{Failure, Outcome, Status};
use crate::installation::Installation;
use crate::output::Output;
use crate::settings::Settings;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Grade {
    /// In order.
    Good,
    /// Worth knowing.
    Note,
    /// To be fixed.
    Bad,
}

/// One check.
#[derive(Debug, Clone, Serialize)]
struct Check {
    /// What was looked at, such as `SMTP main`.
    what: String,
    /// How it went.
    grade: Grade,
    /// What was found, or what to do.
    text: String,
}

/// All checks so far.
#[derive(Debug, Default)]
struct Report(Vec<Check>);

impl Report {
    fn good(&mut self, what: impl Into<String>, text: impl Into<String>) {
        self.add(what, Grade::Good, text);
    }

    fn note(&mut self, what: impl Into<String>, text: impl Into<String>) {
        self.add(what, Grade::Note, text);
    }

    fn bad(&mut self, what: impl Into<String>, text: impl Into<String>) {
        self.add(what, Grade::Bad, text);
    }

    fn add(&mut self, what: impl Into<String>, grade: Grade, text: impl Into<String>) {
        self.0.push(Check { what: what.into(), grade, text: text.into() });
    }

    /// For people: what is bad stands out by its first word.
    fn text(&self) -> String {
        let width = self.0.iter().map(|check| check.what.chars().count()).max().unwrap_or(0);
        let mut lines = String::new();
        for check in &self.0 {
            let grade = match check.grade {
                Grade::Good => "ok",
                Grade::Note => "note",
                Grade::Bad => "FIX",
            };
            lines += &format!("{grade:4}  {:width$}  {}\n", check.what, check.text);
        }
        let bad = self.count(Grade::Bad);
        lines += &if bad == 0 { "\nNothing to fix.".to_owned() } else { format!("\nTo fix: {bad}.") };
        lines
    }

    fn count(&self, grade: Grade) -> usize {
        self.0.iter().filter(|check| check.grade == grade).count()
    }
}

pub(super) async fn run(settings: Settings, given: arguments::Doctor, output: Output) -> Outcome {
    let mut report = Report::default();
    machine::check(&settings, &mut report);
    match Installation::open(settings.clone()).await {
        Ok(installation) => {
            database::check(&installation, &mut report).await;
            mail::check(&installation, given.resolver, &mut report).await;
            telephony::check(&settings, &installation, &mut report).await;
            model::check(&installation, &mut report).await;
            if let Err(failure) = installation.close().await {
                report.note("database", format!("the node slot could not be given back: {failure}"));
            }
        }
        Err(failure) => {
            report.bad("database", failure.to_string());
            mail::check_servers(&settings, &mut report).await;
        }
    }
    let bad = report.count(Grade::Bad);
    output.result(&json!({ "good": bad == 0, "checks": report.0 }), |_| report.text());
    if bad > 0 {
        return Err(Failure::new(Status::Refused, "something_to_fix", format!("{bad} checks found something to fix.")));
    }
    Ok(())
}
