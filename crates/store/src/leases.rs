//! Named leases: what one process at a time may do, such as reading a mailbox. Functions fail only when the database does.

use outrider_domain::time::Millis;

use crate::{Error, Tx, statements, values};

statements! {
    pub TAKE = "INSERT INTO leases (name, holder, until_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
        WHERE leases.holder = excluded.holder OR leases.until_at <= ?4";
    pub RELEASE = "DELETE FROM leases WHERE name = ?1 AND holder = ?2";
}

/// Takes a lease, or renews the holder's own; false while another holds it.
pub fn take(tx: &mut Tx<'_>, name: &str, holder: &str, until: Millis, now: Millis) -> Result<bool, Error> {
    Ok(tx.execute(&TAKE, &values![name, holder, until, now])? > 0)
}

/// Gives a lease back, if the holder has it.
pub fn release(tx: &mut Tx<'_>, name: &str, holder: &str) -> Result<(), Error> {
    tx.execute(&RELEASE, &values![name, holder]).map(drop)
}
