//! A mail server that accepts everything and keeps it.

use std::sync::Mutex;

use futures_util::future::BoxFuture;
use outrider_domain::mail::{Delivery, OutgoingMail};
use outrider_engine::ports::Mailer;

#[derive(Default)]
pub(crate) struct RecordingMailer {
    mails: Mutex<Vec<OutgoingMail>>,
}

impl RecordingMailer {
    /// Everything handed over so far, in order.
    pub(crate) fn mails(&self) -> Vec<OutgoingMail> {
        self.mails.lock().unwrap().clone()
    }
}

impl Mailer for RecordingMailer {
    fn deliver<'a>(&'a self, _: &'a str, mail: &'a OutgoingMail) -> BoxFuture<'a, Delivery> {
        Box::pin(async move {
            self.mails.lock().unwrap().push(mail.clone());
            Delivery::Accepted { response: "250 2.0.0 kept".to_owned() }
        })
    }

    fn knows(&self, transport: &str) -> bool {
        transport == "capture"
    }
}
