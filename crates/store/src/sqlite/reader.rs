//! Threads that read from SQLite, each closure in one snapshot. They never write.

use std::thread::JoinHandle;

use crossbeam_channel::Receiver;
use rusqlite::Connection;

use super::{Access, Location, open, trouble};
use crate::error::Error;
use crate::task::Task;
use crate::tx::{Connection as TxConnection, Tx};

/// A closure to run in a snapshot.
pub(crate) type Reading = Box<dyn Task>;

/// Starts `count` threads that share one queue.
pub(crate) fn spawn_readers(
    location: &Location,
    count: usize,
    queue: &Receiver<Reading>,
) -> Result<Vec<JoinHandle<()>>, Error> {
    let mut threads = Vec::with_capacity(count);
    for number in 0..count {
        let connection = open(location, Access::Read)?;
        let queue = queue.clone();
        let thread = std::thread::Builder::new()
            .name(format!("store-reader-{number}"))
            .spawn(move || {
                while let Ok(task) = queue.recv() {
                    if task.is_awaited() {
                        read(&connection, task);
                    }
                }
            })
            .map_err(|error| Error::Unavailable(format!("could not start a thread: {error}")))?;
        threads.push(thread);
    }
    Ok(threads)
}

fn read(connection: &Connection, mut task: Reading) {
    if let Err(error) = begin(connection) {
        return task.fail(trouble("BEGIN", &error).error);
    }
    task.run(&mut Tx::new(TxConnection::Sqlite(connection)));
    if !connection.is_autocommit()
        && let Err(error) = end(connection)
    {
        return task.fail(trouble("COMMIT", &error).error);
    }
    task.answer();
}

fn begin(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN")?.raw_execute().map(|_| ())
}

fn end(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("COMMIT")?.raw_execute().map(|_| ())
}
