//! The bare HTTP handler that the API is compared with: answers the same bytes to everything, and does nothing else.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use super::broken;
use super::process::Child;
use crate::failure::{Failure, Outcome};

/// Is the handler, until the process is killed.
pub(super) async fn serve(answer: Option<&Path>) -> Outcome {
    let path = answer.ok_or_else(|| broken("the bare handler needs --answer"))?;
    let bytes = Bytes::from(std::fs::read(path).map_err(|error| Failure::file(path, &error))?);
    let failed = |error: std::io::Error| broken(format!("the bare handler can't listen: {error}"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    println!("\"{}\"", listener.local_addr().map_err(failed)?);
    let router = Router::new().fallback(move |_: Bytes| async move { ([(CONTENT_TYPE, "application/json")], bytes) });
    let listener = listener.tap_io(|stream| {
        // Without it answers are only slower.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await.map_err(failed)
}

/// Starts one that answers these bytes.
pub(super) fn start(folder: &Path, answer: &[u8]) -> Outcome<(Child, SocketAddr)> {
    let path = folder.join("answer.json");
    std::fs::write(&path, answer).map_err(|error| Failure::file(&path, &error))?;
    let arguments = ["bench", "--counterpart", "bare", "--answer", &path.display().to_string()].map(ToOwned::to_owned);
    let mut child = Child::start(&arguments, folder)?;
    let said = child.announcement()?;
    let address = said
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| broken(format!("the bare handler said {said}")))?;
    Ok((child, address))
}
