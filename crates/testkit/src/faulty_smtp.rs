//! Owns an SMTP server that goes wrong on purpose, at the phase and in the way a script says, and records what it accepted.
//! Must not be mistaken for a correct server: for those see `sink` and `mailrig`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::rustls::ServerConfig;

mod session;

/// Where in a session a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// In place of the greeting.
    Greeting,
    /// At EHLO.
    Ehlo,
    /// At HELO.
    Helo,
    /// At STARTTLS.
    StartTls,
    /// At AUTH, its later lines included.
    Auth,
    /// At MAIL.
    Mail,
    /// At RCPT.
    Rcpt,
    /// At the DATA command.
    Data,
    /// After the first bytes of the content, before its final dot is read.
    Content,
    /// At the final dot.
    Dot,
    /// At RSET.
    Reset,
    /// At NOOP.
    Noop,
    /// At QUIT.
    Quit,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Gives this answer (without the last CRLF) instead of its own. A `2…` answer to the dot accepts the mail; `354` to DATA
    /// reads content whatever was refused before.
    Say(String),
    /// Gives this answer and closes the connection.
    SayAndDrop(String),
    /// Gives its own code with this many bytes of text, in one line; at EHLO it so offers nothing.
    SayAtLength(usize),
    /// Keeps the connection open and never says anything again.
    Stall,
    /// Closes the connection without a word; a mail whose dot had come is not accepted.
    Drop,
    /// At the dot: accepts the mail, then closes the connection without a word.
    AcceptAndDrop,
    /// At the dot: accepts the mail, then never says anything again.
    AcceptAndStall,
}

/// One thing that goes wrong, counted over all sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    at: At,
    act: Act,
    skip: usize,
    times: usize,
}

impl Fault {
    /// Strikes every time.
    #[must_use]
    pub fn always(at: At, act: Act) -> Self {
        Self { at, act, skip: 0, times: usize::MAX }
    }

    /// Strikes the first time only.
    #[must_use]
    pub fn once(at: At, act: Act) -> Self {
        Self { at, act, skip: 0, times: 1 }
    }

    /// Lets this many occasions pass first.
    #[must_use]
    pub fn after(mut self, occasions: usize) -> Self {
        self.skip = occasions;
        self
    }
}

/// What the server offers and what goes wrong. The default offers PIPELINING and nothing else, and nothing goes wrong.
#[derive(Debug, Clone)]
pub struct Script {
    /// Offers PIPELINING. Without it, commands sent before the last answer was given are counted as violations.
    pub pipelining: bool,
    /// Offers 8BITMIME.
    pub eight_bit: bool,
    /// Offers SIZE with this limit.
    pub size: Option<usize>,
    /// AUTH mechanisms to offer, such as `PLAIN`; over clear text too.
    pub auth: Vec<String>,
    /// The one user and password, or access token, that AUTH takes.
    pub credentials: (String, String),
    /// Offers STARTTLS with this configuration.
    pub starttls: Option<Arc<ServerConfig>>,
    /// Speaks TLS from the first byte.
    pub implicit_tls: Option<Arc<ServerConfig>>,
    /// Defers each recipient the first time it is named.
    pub greylist: bool,
    /// What goes wrong; the first fault that fits strikes.
    pub faults: Vec<Fault>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            pipelining: true,
            eight_bit: false,
            size: None,
            auth: Vec::new(),
            credentials: ("user".to_owned(), "password".to_owned()),
            starttls: None,
            implicit_tls: None,
            greylist: false,
            faults: Vec::new(),
        }
    }
}

impl Script {
    /// The default with these faults.
    #[must_use]
    pub fn failing(faults: impl IntoIterator<Item = Fault>) -> Self {
        Self { faults: faults.into_iter().collect(), ..Self::default() }
    }
}

/// A mail the server took responsibility for, whether or not it could say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedMail {
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// As it came, dots unstuffed, without the final dot.
    pub content: Vec<u8>,
    /// Whether the session was encrypted.
    pub encrypted: bool,
    /// Who had authenticated.
    pub user: Option<String>,
    /// The number of its session, from 0.
    pub session: usize,
}

/// What happened so far.
#[derive(Debug, Default)]
struct Record {
    sessions: usize,
    commands: Vec<(usize, String)>,
    accepted: Vec<AcceptedMail>,
    violations: Vec<String>,
    occasions: BTreeMap<At, usize>,
    greylisted: BTreeSet<String>,
}

/// The server, on a thread of its own; stops when dropped.
#[derive(Debug)]
pub struct FaultySmtp {
    address: SocketAddr,
    record: Arc<Mutex<Record>>,
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl FaultySmtp {
    /// Starts one on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port or thread is to be had.
    pub fn start(script: Script) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let record = Arc::new(Mutex::new(Record::default()));
        let (stop, mut stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let kept = Arc::clone(&record);
        let script = Arc::new(script);
        let thread = std::thread::Builder::new().name("faulty-smtp".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                loop {
                    tokio::select! {
                        accepted = listener.accept() => {
                            if let Ok((stream, _)) = accepted {
                                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&kept)));
                            }
                        }
                        _ = stopped.changed() => return,
                    }
                }
            });
        })?;
        Ok(Self { address, record, stop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every mail it accepted, in order, those it never answered included.
    #[must_use]
    pub fn accepted(&self) -> Vec<AcceptedMail> {
        lock(&self.record).accepted.clone()
    }

    /// How many connections were made.
    #[must_use]
    pub fn sessions(&self) -> usize {
        lock(&self.record).sessions
    }

    /// Every command line with the number of its session; AUTH secrets included.
    #[must_use]
    pub fn commands(&self) -> Vec<(usize, String)> {
        lock(&self.record).commands.clone()
    }

    /// Commands sent too early by a client that was not offered PIPELINING, or after DATA in the same group.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        lock(&self.record).violations.clone()
    }
}

impl Drop for FaultySmtp {
    fn drop(&mut self) {
        self.stop.send(true).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

async fn serve(stream: TcpStream, script: Arc<Script>, record: Arc<Mutex<Record>>) {
    stream.set_nodelay(true).ok();
    let number = {
        let mut record = lock(&record);
        record.sessions += 1;
        record.sessions - 1
    };
    // An error is a client that went away, or a drop the script asked for.
    session::run(stream, &script, &record, number).await.ok();
}

/// The act that strikes now, counting the occasion.
fn strike(script: &Script, record: &Mutex<Record>, at: At) -> Option<Act> {
    let mut record = lock(record);
    let occasion = record.occasions.entry(at).or_default();
    let number = *occasion;
    *occasion += 1;
    let fits = |fault: &&Fault| fault.at == at && number >= fault.skip && number - fault.skip < fault.times;
    script.faults.iter().find(fits).map(|fault| fault.act.clone())
}

fn lock(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Longer than any test.
const FOREVER: Duration = Duration::from_secs(3_600);
