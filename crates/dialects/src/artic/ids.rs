//! Ids as Artic's clients know them: 24 hexadecimal digits, of which the first 8 are the seconds since 1970 at which the thing was
//! made and the other 16 our own id. Reads and writes them; looks nothing up.

use outrider_domain::id::{AgentId, CallId, time_of};
use outrider_domain::time::SECOND;
use outrider_engine::error::{Code, Kind};
use outrider_engine::{Error, Result};

/// The id in a path or body is none.
pub(super) const INVALID_ID: &Code =
    &Code { name: "invalid_id", kind: Kind::Invalid, retryable: false, meaning: "An id is not 24 hexadecimal digits." };

/// Digits of an id.
const DIGITS: usize = 24;
/// Of those, the ones of the seconds.
const SECONDS: usize = 8;

/// An id of ours that Artic's clients get to see.
pub(super) trait Id: Sized {
    /// What it is an id of.
    const NOUN: &'static str;
    /// From the number that stands in the database.
    fn of(raw: i64) -> Self;
    /// That number.
    fn raw(&self) -> i64;
}

impl Id for AgentId {
    const NOUN: &'static str = "agent";
    fn of(raw: i64) -> Self {
        Self(raw)
    }
    fn raw(&self) -> i64 {
        self.0
    }
}

impl Id for CallId {
    const NOUN: &'static str = "call";
    fn of(raw: i64) -> Self {
        Self(raw)
    }
    fn raw(&self) -> i64 {
        self.0
    }
}

/// The text of an id.
pub(super) fn write<T: Id>(id: &T) -> String {
    format!("{:08x}{:016x}", seconds(id.raw()), id.raw())
}

/// The id that a text stands for. Text of the right form that no id is written as belongs to nothing.
///
/// # Errors
/// [`INVALID_ID`] or `resource_not_found`, at the field.
pub(super) fn read<T: Id>(text: &str, field: &str) -> Result<T> {
    if text.len() != DIGITS || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Error::new(INVALID_ID, format!("{field} must be an id of 24 hexadecimal digits.")).at(field));
    }
    let (first, rest) = text.split_at(SECONDS);
    let own = u32::from_str_radix(first, 16).ok().zip(i64::from_str_radix(rest, 16).ok());
    match own {
        Some((at, raw)) if seconds(raw) == at => Ok(T::of(raw)),
        _ => Err(Error::not_found(T::NOUN).at(field)),
    }
}

/// The second an id was made in; of a time beyond 2106, what fits.
fn seconds(raw: i64) -> u32 {
    u32::try_from(time_of(raw).0.div_euclid(SECOND) & i64::from(u32::MAX)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use outrider_domain::id::{AgentId, IdSource};
    use outrider_domain::time::Millis;

    use super::{read, write};

    const MADE: Millis = Millis(1_793_613_600_123);

    #[test]
    fn every_id_is_written_in_24_digits_and_read_back() {
        let source = IdSource::new(7, MADE);
        let made = (0..50).map(|step| source.next(MADE.plus(step * 997)));
        for raw in made.chain([0, 1, 101, i64::MAX]) {
            let text = write(&AgentId(raw));
            assert_eq!(text.len(), 24, "{text}");
            assert_eq!(read::<AgentId>(&text, "id").map(|id| id.0).ok(), Some(raw), "{text}");
            assert_eq!(read::<AgentId>(&text.to_uppercase(), "id").map(|id| id.0).ok(), Some(raw));
        }
        let first = IdSource::new(7, MADE).next(MADE);
        assert_eq!(&write(&AgentId(first))[..8], format!("{:08x}", MADE.0 / 1000));
    }

    #[test]
    fn other_texts_are_no_ids_or_nobodys() {
        let refused = |text: &str| read::<AgentId>(text, "id").map(|id| id.0).map_err(|error| error.code.name);
        for none in [
            "",
            "x",
            "665f1c2a9b3e4a0012ab34c",
            "665f1c2a9b3e4a0012ab34cdd",
            "+65f1c2a9b3e4a0012ab34cd",
            "665f1c2a9b3e4a0012ab34cg",
            "ääääääääääää",
        ] {
            assert_eq!(refused(none), Err("invalid_id"), "{none}");
        }
        for nobodys in ["665f1c2a9b3e4a0012ab34cd", "ffffffffffffffffffffffff", "00000000ffffffffffffffff"] {
            assert_eq!(refused(nobodys), Err("resource_not_found"), "{nobodys}");
        }
    }
}
