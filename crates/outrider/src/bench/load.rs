//! A small load generator: HTTP/1.1 over kept connections, one request at a time on each. Judges only the status.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::broken;
use super::report::{number, percentile};
use crate::failure::{Failure, Outcome};

/// Makes the request of a turn on a connection.
pub(super) type Requests = Arc<dyn Fn(u64, u64) -> String + Send + Sync>;

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Answers a second.
    pub(super) rate: f64,
    /// Milliseconds within which 95% came.
    pub(super) p95: f64,
    /// The same of 99%.
    pub(super) p99: f64,
}

/// A kept connection.
pub(super) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Client {
    pub(super) async fn connect(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await.map_err(lost)?;
        stream.set_nodelay(true).map_err(lost)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads its answer, which must have a `Content-Length`.
    pub(super) async fn ask(&mut self, request: &str) -> Outcome<Answer> {
        self.stream.write_all(request.as_bytes()).await.map_err(lost)?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let text = String::from_utf8_lossy(&self.buffer[..head]).to_ascii_lowercase();
        let status = text
            .get(9..12)
            .and_then(|status| status.parse().ok())
            .ok_or_else(|| broken("an answer without a status"))?;
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|length| length.trim().parse().ok())
            .ok_or_else(|| broken(format!("an answer without a length: {text}")))?;
        while self.buffer.len() < head + length {
            self.more().await?;
        }
        Ok(Answer { status, body: self.buffer[head..head + length].to_vec() })
    }

    async fn more(&mut self) -> Outcome {
        match self.stream.read_buf(&mut self.buffer).await.map_err(lost)? {
            0 => Err(broken("the server closed a connection")),
            _ => Ok(()),
        }
    }
}

fn lost(error: std::io::Error) -> Failure {
    broken(format!("a connection was lost: {error}"))
}

/// A request with these headers, as text.
pub(super) fn request(method: &str, path: &str, key: &str, body: Option<&str>) -> String {
    let head = format!("{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n");
    match body {
        None => format!("{head}\r\n"),
        Some(body) => format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
    }
}

/// Asks over so many connections at once for a while, after a short start that does not count.
pub(super) async fn run(
    address: SocketAddr,
    connections: u64,
    duration: Duration,
    requests: Requests,
) -> Outcome<Pace> {
    let begun = Instant::now();
    let (from, to) = (begun + duration / 5, begun + duration / 5 + duration);
    let mut tasks = Vec::new();
    for connection in 0..connections {
        let requests = Arc::clone(&requests);
        tasks.push(tokio::spawn(async move {
            let mut client = Client::connect(address).await?;
            let mut times = Vec::new();
            for turn in 0.. {
                let request = requests(connection, turn);
                let asked = Instant::now();
                let answer = client.ask(&request).await?;
                let answered = Instant::now();
                if !(200..300).contains(&answer.status) {
                    return Err(broken(format!(
                        "{} to {}: {}",
                        answer.status,
                        request.lines().next().unwrap_or_default(),
                        String::from_utf8_lossy(&answer.body)
                    )));
                }
                if answered > to {
                    break;
                }
                if answered > from {
                    times.push((answered - asked).as_secs_f64() * 1e3);
                }
            }
            Ok(times)
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.append(&mut task.await.map_err(|error| broken(error.to_string()))??);
    }
    times.sort_by(f64::total_cmp);
    let rate = number(times.len() as u64) / duration.as_secs_f64();
    Ok(Pace { rate, p95: percentile(&times, 0.95), p99: percentile(&times, 0.99) })
}
