//! A mail server that keeps everything, and accepts it unless told otherwise.

use std::collections::HashMap;
use std::sync::Mutex;

use futures_util::future::BoxFuture;
use outrider_domain::mail::{Delivery, OutgoingMail};
use outrider_engine::ports::Mailer;

#[derive(Default)]
pub(crate) struct RecordingMailer {
    mails: Mutex<Vec<OutgoingMail>>,
    answers: Mutex<HashMap<String, Delivery>>,
}

impl RecordingMailer {
    /// Answers mails to this address so from now on.
    pub(crate) fn answer(&self, to: &str, answer: Delivery) {
        self.answers.lock().unwrap().insert(to.to_owned(), answer);
    }

    /// Everything handed over so far, in order.
    pub(crate) fn mails(&self) -> Vec<OutgoingMail> {
        self.mails.lock().unwrap().clone()
    }
}

impl Mailer for RecordingMailer {
    fn deliver<'a>(&'a self, _: &'a str, mail: &'a OutgoingMail) -> BoxFuture<'a, Delivery> {
        Box::pin(async move {
            self.mails.lock().unwrap().push(mail.clone());
            let told = self.answers.lock().unwrap().get(mail.to.as_str()).cloned();
            told.unwrap_or_else(|| Delivery::Accepted { response: "250 2.0.0 kept".to_owned() })
        })
    }

    fn knows(&self, transport: &str) -> bool {
        transport == "capture"
    }
}
