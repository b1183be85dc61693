//! Owns a receiver of webhooks on loopback, which takes what it is sent and answers well, badly, or in a way no receiver should.
//! Must not judge what it is sent: tests read it.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::small_http::Request;

/// The longest that a connection is kept open for nothing.
const LONGEST_HANG: Duration = Duration::from_secs(20);
/// Bytes of a body that nobody asked for.
const GARBAGE: usize = 1 << 20;

/// How one delivery is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// With this status and nothing else.
    Status(u16),
    /// With 302 and this `Location`.
    Redirects(String),
    /// With 200 and a megabyte that is neither JSON nor text.
    Garbage,
    /// With bytes that are not HTTP.
    NoHttp,
    /// Not at all, as long as the sender waits.
    Hangs,
    /// With a reset of the connection before the request was read.
    Resets,
}

/// A delivery that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Such as `/hook`.
    pub path: String,
    /// Names in small letters, with their values.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: String,
}

impl Delivery {
    /// A header's value, by its name in small letters; empty when there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

#[derive(Default)]
struct State {
    manners: VecDeque<Manner>,
    connections: usize,
    taken: Vec<Delivery>,
}

/// The receiver; it ends with the process.
#[derive(Clone)]
pub struct Receiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    /// Starts one that answers one delivery after the other in these manners, and every further one with 204.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start(manners: impl IntoIterator<Item = Manner>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = State { manners: manners.into_iter().collect(), ..State::default() };
        let receiver = Self { address, state: Arc::new(Mutex::new(state)) };
        let serving = receiver.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.answer(&stream));
            }
        });
        receiver
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// An address of it for deliveries, without TLS.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Answers the next deliveries like this.
    pub fn behave(&self, manners: impl IntoIterator<Item = Manner>) {
        self.state().manners = manners.into_iter().collect();
    }

    /// How often somebody connected.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state().connections
    }

    /// What was read so far, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Delivery> {
        self.state().taken.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, stream: &TcpStream) {
        let manner = {
            let mut state = self.state();
            state.connections += 1;
            state.manners.pop_front().unwrap_or(Manner::Status(204))
        };
        if manner == Manner::Resets {
            // A connection that is closed over bytes nobody read is reset.
            stream.peek(&mut [0]).ok();
            return;
        }
        let Some(request) = Request::read(stream) else { return };
        self.state().taken.push(Delivery {
            path: request.posted_to().unwrap_or_default().to_owned(),
            headers: request.headers(),
            body: request.text(),
        });
        let answer = match manner {
            Manner::Status(status) => head(status, "Content-Length: 0"),
            Manner::Redirects(to) => head(302, &format!("Location: {to}\r\nContent-Length: 0")),
            Manner::Garbage => {
                let head = head(200, &format!("Content-Type: application/json\r\nContent-Length: {GARBAGE}"));
                [head, vec![0xfe; GARBAGE]].concat()
            }
            Manner::NoHttp => b"\x16\x03\x01 what is this?\r\n\r\n".to_vec(),
            Manner::Hangs | Manner::Resets => {
                stream.set_read_timeout(Some(LONGEST_HANG)).ok();
                // Ends when the sender has had enough.
                let mut waiting = stream;
                waiting.read_to_end(&mut Vec::new()).ok();
                return;
            }
        };
        // Who does not wait for the answer does not want it.
        let mut answering = stream;
        answering.write_all(&answer).ok();
    }
}

fn head(status: u16, lines: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\n{lines}\r\nConnection: close\r\n\r\n").into_bytes()
}
