//! Callbacks of tasks: where results go, and what is sent there. Sends nothing itself: a delivery is prepared in the transaction
//! that ends the task.

use outrider_domain::id::JobId;
use outrider_domain::network;
use outrider_store::callbacks::Callback;
use outrider_store::jobs;
use outrider_store::tasks::Task;
use serde_json::json;
use url::Url;

use super::{parse, view};
use crate::context::Context;
use crate::core::Settings;
use crate::credits::payer::Payer;
use crate::error::{Error, Result};

/// Jobs of this kind deliver a callback.
pub const JOB: &str = "callback";
/// Longest address, in bytes.
const LONGEST: usize = 2_000;
/// Where a task names its address.
const FIELD: &str = "callbackUrl";

/// An address that results may go to: https, without a user name; hosts that the operator opened may do without TLS. Whether it
/// is public is looked at again, after resolution, whenever something is sent.
///
/// # Errors
/// `validation_error` at the field.
pub fn checked(settings: &Settings, url: Option<String>, field: &str) -> Result<Option<String>> {
    let Some(text) = url.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    if text.len() > LONGEST {
        return Err(Error::invalid(field, "The address is too long."));
    }
    let url = Url::parse(text.trim()).map_err(|_| Error::invalid(field, "This is no web address."))?;
    let reached = network::reach(&url, &settings.open_hosts);
    reached.map_err(|why| Error::invalid(field, format!("A callback must go to a public https address: {why}.")))?;
    Ok(Some(url.to_string()))
}

/// The same for the tasks of a payer, whose sub-agent's secret signs what is sent.
///
/// # Errors
/// `validation_error` at `callbackUrl`, also for a payer that is no sub-agent.
pub fn of_payer(settings: &Settings, payer: &Payer, url: Option<String>) -> Result<Option<String>> {
    let url = checked(settings, url, FIELD)?;
    if url.is_some() && payer.agent.is_none() {
        let text = "Callbacks are signed with a sub-agent's secret, and this caller is none.";
        return Err(Error::invalid(FIELD, text));
    }
    Ok(url)
}

/// Prepares the delivery of a task's result, when it is to go somewhere.
///
/// # Errors
/// When the database fails.
pub(super) fn prepare(cx: &mut Context<'_, '_>, task: &Task) -> Result<()> {
    let (Some(url), Some(agent)) = (&task.callback_url, task.sub_agent) else { return Ok(()) };
    let charged = view(task.clone())?.charged();
    let mut body = json!({
        "taskId": task.id,
        "status": task.state,
        "taskType": task.kind,
        "output": task.output.as_deref().map(parse).transpose()?,
        "creditsCharged": charged,
    });
    if let Some(error) = &task.error {
        body["error"] = json!(error);
    }
    let row = Callback {
        project_id: cx.project,
        id: task.id,
        sub_agent: agent,
        url: url.clone(),
        body: body.to_string(),
        state: "waiting".to_owned(),
        attempts: 0,
        last_status: None,
        last_error: None,
        created_at: cx.now,
        finished_at: None,
    };
    row.insert(cx.tx)?;
    let id = JobId(cx.id());
    jobs::put(cx.tx, cx.project, id, JOB, task.id.0, cx.now, cx.now)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, checked};
    use crate::core::Settings;

    #[test]
    fn an_address_is_none_when_blank_and_refused_at_its_field_when_it_is_private_too_long_or_no_address() {
        let settings = Settings { open_hosts: vec!["127.0.0.1:9000".to_owned()], ..Settings::default() };
        let check = |url: &str| checked(&settings, Some(url.to_owned()), "callbackUrl");
        assert!(matches!(check(" https://your.app/hooks "), Ok(Some(url)) if url == "https://your.app/hooks"));
        assert!(matches!(check("http://127.0.0.1:9000/hook"), Ok(Some(_))));
        assert!(matches!((check(" "), checked(&settings, None, "callbackUrl")), (Ok(None), Ok(None))));
        let long = format!("https://your.app/{}", "x".repeat(LONGEST));
        for bad in ["https://10.1.2.3/", "https://[fd00::1]/", "http://your.app/", "nonsense", &long] {
            assert!(check(bad).is_err_and(|error| error.field.as_deref() == Some("callbackUrl")), "{bad}");
        }
    }
}
