//! Callbacks of tasks: where results go, and what is sent there. Sends nothing itself: a delivery is prepared in the transaction
//! that ends the task.

use outrider_domain::id::JobId;
use outrider_store::callbacks::Callback;
use outrider_store::jobs;
use outrider_store::tasks::Task;
use serde_json::json;
use url::{Host, Url};

use super::{parse, view};
use crate::context::Context;
use crate::core::Settings;
use crate::error::{Error, Result};

/// Jobs of this kind deliver a callback.
pub const JOB: &str = "callback";
/// Longest address, in bytes.
const LONGEST: usize = 2_000;

/// An address that results may go to: https, without a user name; hosts that the operator opened may do without TLS. Whether it
/// is public is looked at again, after resolution, whenever something is sent.
///
/// # Errors
/// `validation_error` at the field.
pub fn checked(settings: &Settings, url: Option<String>, field: &str) -> Result<Option<String>> {
    let Some(text) = url.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let bad = |message: &str| Error::invalid(field, message);
    if text.len() > LONGEST {
        return Err(bad("The address is too long."));
    }
    let url = Url::parse(text.trim()).map_err(|_| bad("This is no web address."))?;
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let authority = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
    if settings.open_hosts.contains(&authority) && matches!(url.scheme(), "http" | "https") {
        return Ok(Some(url.to_string()));
    }
    if url.scheme() != "https" {
        return Err(bad("A callback address must be https."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("A callback address has no user name."));
    }
    let private = match url.host() {
        Some(Host::Ipv4(address)) => {
            address.is_private() || address.is_loopback() || address.is_link_local() || address.is_unspecified()
        }
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost") || !name.contains('.'),
        None => true,
    };
    if private {
        return Err(bad("A callback address must be public."));
    }
    Ok(Some(url.to_string()))
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
    use super::checked;
    use crate::core::Settings;

    #[test]
    fn only_public_https_addresses_or_opened_hosts() {
        let settings = Settings { open_hosts: vec!["127.0.0.1:9000".to_owned()], ..Settings::default() };
        let ok = |url: &str| checked(&settings, Some(url.to_owned()), "callbackUrl").is_ok();
        for good in ["https://your.app/hooks", "https://a.example:8443/x?y=1", "http://127.0.0.1:9000/hook"] {
            assert!(ok(good), "{good}");
        }
        for bad in [
            "http://your.app/hooks",
            "ftp://your.app",
            "https://127.0.0.1/x",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://10.1.2.3/",
            "https://169.254.169.254/latest",
            "https://[::1]/",
            "https://localhost/x",
            "https://intranet/x",
            "https://user:pw@your.app/",
            "nonsense",
        ] {
            assert!(!ok(bad), "{bad}");
        }
        assert!(matches!(checked(&settings, None, "callbackUrl"), Ok(None)));
    }
}
