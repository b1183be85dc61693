//! Values to and from PostgreSQL's binary formats. Tolerant about integer widths, strict about everything else.

use std::error::Error as StdError;

use postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use crate::error::{Error, Trouble};
use crate::statement::{Bulk, Kind};
use crate::value::Value;

type Failure = Box<dyn StdError + Sync + Send>;

/// A value on its way into a statement.
#[derive(Debug)]
pub(crate) struct Bound<'a>(pub(crate) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) => integer(*number, ty, out),
            Value::Text(text) if <&str as ToSql>::accepts(ty) || *ty == Type::JSON => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            Value::Blob(bytes) if *ty == Type::BYTEA => bytes.to_sql(ty, out),
            Value::Ints(list) if *ty == Type::INT8_ARRAY => list.to_sql(ty, out),
            Value::Texts(list) if *ty == Type::TEXT_ARRAY => list.to_sql(ty, out),
            other => Err(format!("the parameter is {ty}, and {} was given", other.kind()).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn integer(number: i64, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
    match *ty {
        Type::INT8 => number.to_sql(ty, out),
        Type::INT4 => i32::try_from(number)?.to_sql(ty, out),
        Type::INT2 => i16::try_from(number)?.to_sql(ty, out),
        Type::BOOL => match number {
            0 => false.to_sql(ty, out),
            1 => true.to_sql(ty, out),
            _ => Err("a truth value is 0 or 1".into()),
        },
        Type::NUMERIC => {
            write_numeric(number, out);
            Ok(IsNull::No)
        }
        _ => Err(format!("the parameter is {ty}, and an integer was given: cast it with CAST(… AS BIGINT)").into()),
    }
}

/// A column read from an answer.
pub(crate) struct Column(pub(crate) Value);

impl<'a> FromSql<'a> for Column {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        let value = match *ty {
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i64::from(i32::from_sql(ty, raw)?)),
            Type::INT2 => Value::Int(i64::from(i16::from_sql(ty, raw)?)),
            Type::BOOL => Value::Int(i64::from(bool::from_sql(ty, raw)?)),
            Type::NUMERIC => Value::Int(read_numeric(raw)?),
            Type::BYTEA => Value::Blob(raw.to_vec()),
            // `SELECT NULL` and functions without a result.
            Type::VOID => Value::Null,
            _ if <&str as FromSql>::accepts(ty) || *ty == Type::JSON => {
                Value::Text(std::str::from_utf8(raw)?.to_owned())
            }
            _ => return Err(format!("the column is {ty}: cast it to BIGINT, TEXT or BYTEA").into()),
        };
        Ok(Self(value))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Digits in one group of a numeric (PostgreSQL source, `numeric.c`: NBASE).
const NBASE: i128 = 10_000;

/// Sums of BIGINT are NUMERIC in PostgreSQL: reads one that has no fraction and fits.
fn read_numeric(raw: &[u8]) -> Result<i64, Failure> {
    let word = |at: usize| -> Result<u16, Failure> {
        let bytes = raw.get(at * 2..at * 2 + 2).ok_or("a numeric ends early")?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    };
    let (groups, weight, sign) = (word(0)?, i32::from(word(1)?.cast_signed()), word(2)?);
    if sign != 0 && sign != 0x4000 {
        return Err("a numeric is not a number".into());
    }
    let mut whole: i128 = 0;
    for group in 0..groups {
        let digits = word(4 + usize::from(group))?;
        if i32::from(group) > weight {
            return Err("a numeric has a fraction: cast it to BIGINT".into());
        }
        whole = whole
            .checked_mul(NBASE)
            .and_then(|whole| whole.checked_add(i128::from(digits)))
            .ok_or("a numeric is too large")?;
    }
    for _ in i32::from(groups)..=weight {
        whole = whole.checked_mul(NBASE).ok_or("a numeric is too large")?;
    }
    Ok(i64::try_from(if sign == 0 { whole } else { -whole })?)
}

fn write_numeric(number: i64, out: &mut BytesMut) {
    let mut groups: Vec<u16> = Vec::new();
    let mut rest = i128::from(number).abs();
    while rest > 0 {
        groups.push(u16::try_from(rest % NBASE).unwrap_or(0));
        rest /= NBASE;
    }
    groups.reverse();
    let count = u16::try_from(groups.len()).unwrap_or(0);
    let sign: u16 = if number < 0 { 0x4000 } else { 0 };
    for word in [count, count.saturating_sub(1), sign, 0].into_iter().chain(groups) {
        out.extend_from_slice(&word.to_be_bytes());
    }
}

/// One column of a bulk insert.
#[derive(Debug)]
pub(crate) enum Array<'a> {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Blobs(Vec<Option<&'a [u8]>>),
}

impl<'a> Array<'a> {
    /// The values at `place` in each row.
    pub(crate) fn gather(bulk: &Bulk, place: usize, kind: Kind, rows: &'a [Vec<Value>]) -> Result<Self, Trouble> {
        let misfit = |value: &Value| {
            let column = bulk.columns.get(place).map_or("?", |(name, _)| name);
            Trouble::closure(Error::sql(
                bulk.name,
                format!("column {column} is {kind:?}, and {} was given", value.kind()),
            ))
        };
        macro_rules! gather {
            ($variant:ident, $read:expr) => {
                rows.iter()
                    .map(|row| match row.get(place) {
                        None | Some(Value::Null) => Ok(None),
                        Some(Value::$variant(value)) => Ok(Some($read(value))),
                        Some(other) => Err(misfit(other)),
                    })
                    .collect::<Result<Vec<_>, Trouble>>()?
            };
        }
        Ok(match kind {
            Kind::Int => Self::Ints(gather!(Int, |number: &i64| *number)),
            Kind::Text => Self::Texts(gather!(Text, String::as_str)),
            Kind::Blob => Self::Blobs(gather!(Blob, Vec::as_slice)),
        })
    }

    pub(crate) fn as_parameter(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Ints(list) => list,
            Self::Texts(list) => list,
            Self::Blobs(list) => list,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BytesMut, read_numeric, write_numeric};

    #[test]
    fn whole_numerics_round_trip() {
        for number in [0, 1, -1, 9_999, 10_000, 10_001, -120_000_000, 1_790_000_000_000, i64::MAX, i64::MIN] {
            let mut out = BytesMut::new();
            write_numeric(number, &mut out);
            assert_eq!(read_numeric(&out).unwrap(), number);
        }
    }

    #[test]
    fn trailing_zero_groups_are_left_out_by_the_server() {
        // 120,000,000 as PostgreSQL sends it: one group, weight 2.
        let raw: Vec<u8> = [2_u16, 2, 0, 0, 1, 2_000].iter().flat_map(|word| word.to_be_bytes()).collect();
        assert_eq!(read_numeric(&raw).unwrap(), 120_000_000);
    }

    #[test]
    fn fractions_infinities_and_giants_are_refused() {
        let raw = |words: &[u16]| -> Vec<u8> { words.iter().flat_map(|word| word.to_be_bytes()).collect() };
        assert!(read_numeric(&raw(&[2, 0, 0, 1, 1, 5_000])).is_err(), "1.5");
        assert!(read_numeric(&raw(&[0, 0, 0xC000, 0])).is_err(), "NaN");
        assert!(read_numeric(&raw(&[1, 5, 0, 0, 1])).is_err(), "10^20");
        assert!(read_numeric(&raw(&[3, 2])).is_err(), "cut off");
    }
}
