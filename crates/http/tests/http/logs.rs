//! What the server writes to its log: enough to follow a request, and never a secret.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::fixture::Server;

/// What all servers of this test binary have logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn held(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().expect("no test panics while it holds this")
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.held().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn captured() -> &'static Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(|| {
        let lines = Lines::default();
        let subscriber =
            tracing_subscriber::fmt().json().with_max_level(tracing::Level::DEBUG).with_writer(lines.clone());
        tracing::subscriber::set_global_default(subscriber.finish()).expect("the only subscriber");
        lines
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_leaves_one_line_that_names_it_and_no_secret() {
    let lines = captured();
    let server = Server::start().await;
    let id = [("X-Request-Id", "logged-request")];
    let token = "b".repeat(54);
    server.call_with("POST", "/api/v1/leads", &id, Some(json!({ "name": "Ada" }))).await.assert_status(201);
    server
        .send("GET", "/api/v1/leads", &[("Authorization", "Bearer hunter2hunter2hunter2hunter2")], b"")
        .await
        .assert_status(401);
    server.send("POST", &format!("/u/{token}"), &[], b"").await.assert_status(404);

    let text = String::from_utf8(lines.held().clone()).expect("UTF-8");
    let access: Vec<&str> =
        text.lines().filter(|line| line.contains("outrider::access") && line.contains("logged-request")).collect();
    assert_eq!(access.len(), 1, "{access:?}");
    let hint = &server.key[..12];
    for part in [
        "\"operation\":\"create_lead\"",
        "\"status\":201",
        "\"method\":\"POST\"",
        "\"duration_ms\":",
        hint,
        &server.project.to_string(),
    ] {
        assert!(access[0].contains(part), "{part} is not in {}", access[0]);
    }
    for secret in [server.key.as_str(), "hunter2", &token] {
        assert!(!text.contains(secret), "a secret is in the log");
    }
}
