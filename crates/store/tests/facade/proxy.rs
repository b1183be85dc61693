//! Owns a loopback proxy that loses the answer to a commit. Must not change anything else that passes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A way to a PostgreSQL server.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    cut: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let cut = Arc::new(AtomicBool::new(false));
        let armed = Arc::clone(&cut);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
                let answers = Arc::new(AtomicBool::new(true));
                let (to_server, from_server) = (server.try_clone().unwrap(), server);
                let (from_client, to_client) = (client.try_clone().unwrap(), client);
                let (armed, passing) = (Arc::clone(&armed), Arc::clone(&answers));
                std::thread::spawn(move || {
                    forward(from_client, to_server, |bytes| {
                        // With the end of the text, as `READ COMMITTED` is not meant.
                        let is_commit = bytes.windows(7).any(|window| window == b"COMMIT\0");
                        if is_commit && armed.swap(false, Ordering::SeqCst) {
                            passing.store(false, Ordering::SeqCst);
                        }
                        true
                    });
                });
                std::thread::spawn(move || forward(from_server, to_client, |_| answers.load(Ordering::SeqCst)));
            }
        });
        Self { address, cut }
    }

    /// Lets the next commit through, and closes the connection in place of its answer.
    pub(crate) fn lose_next_answer_to_commit(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, passes: impl Fn(&[u8]) -> bool) {
    let mut buffer = [0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !passes(&buffer[..length]) || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    from.shutdown(Shutdown::Both).ok();
    to.shutdown(Shutdown::Both).ok();
}
