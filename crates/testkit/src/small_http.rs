//! Owns an HTTP server for tests that stand in for others' services: one request a connection, answered in JSON by a closure.
//! Must not know what is asked for.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use serde_json::Value;

/// A request.
pub(crate) struct Request {
    head: Vec<String>,
    body: Vec<u8>,
}

impl Request {
    /// Reads one to its end; nothing when it breaks off.
    pub(crate) fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(1..) if line.trim_end().is_empty() => break,
                Ok(1..) => head.push(line.trim_end().to_owned()),
                _ => return None,
            }
        }
        let mut request = Self { head, body: Vec::new() };
        let length = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        request.body = vec![0; length];
        reader.read_exact(&mut request.body).ok()?;
        Some(request)
    }

    /// The path of a POST.
    pub(crate) fn posted_to(&self) -> Option<&str> {
        self.head.first()?.strip_prefix("POST ")?.split(' ').next()
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.head.iter().skip(1).find_map(|line| {
            let (given, value) = line.split_once(':')?;
            given.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    /// Every header: the name in small letters, and the value.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let parts = self.head.iter().skip(1).filter_map(|line| line.split_once(':'));
        parts.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned())).collect()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The fields of a form, decoded.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        decode(&self.text())
    }
}

/// Starts one on a free port of loopback and gives its address without a path. Status and body answer; without them it hangs up.
/// It ends with the process.
///
/// # Panics
/// When there is no port.
pub(crate) fn serve(answer: impl Fn(&Request) -> Option<(u16, Value)> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                let Some((status, body)) = Request::read(&stream).and_then(|request| answer(&request)) else { return };
                let body = body.to_string();
                let text = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                // Who does not wait for the answer does not want it.
                (&stream).write_all(text.as_bytes()).ok();
            });
        }
    });
    url
}

fn decode(body: &str) -> BTreeMap<String, String> {
    let plain = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            let hex: Option<u8> = (byte == b'%').then(|| {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or(b'?')
            });
            bytes.push(hex.unwrap_or(if byte == b'+' { b' ' } else { byte }));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pairs = body.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (plain(name), plain(value)))
        .collect()
}
