//! Signals: what a lead did elsewhere, told to us by a website, an event tool or a person. Recorded as events; followed by
//! playbooks, not by anything here.

pub mod record_signal;
