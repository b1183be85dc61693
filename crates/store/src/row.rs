//! Rows that come out of statements, and the types a column can become. Parses what is stored; knows no driver.

use outrider_domain::address::{Domain, Email, Phone};
use outrider_domain::id;
use outrider_domain::time::Millis;

use crate::error::Error;
use crate::value::{Value, for_each_id};

/// One row of an answer, columns in the order of the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    columns: Vec<Value>,
}

impl Row {
    pub(crate) fn new(columns: Vec<Value>) -> Self {
        Self { columns }
    }

    /// Gives some columns other values.
    pub(crate) fn change(&mut self, changes: &[(usize, Value)]) {
        for (place, value) in changes {
            if let Some(column) = self.columns.get_mut(*place) {
                column.clone_from(value);
            }
        }
    }

    /// The column at `index`, counted from 0.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when there is no such column or it does not hold a `T`.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, Error> {
        let Some(value) = self.columns.get(index) else {
            return Err(Error::Corrupt(format!(
                "a row has {} columns, and number {index} was asked for",
                self.columns.len()
            )));
        };
        T::from_value(value)
            .map_err(|wanted| Error::Corrupt(format!("column {index} holds {}, not {wanted}", value.kind())))
    }

    /// The number of columns.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether the row has no columns at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

/// A type that a column can become.
pub trait FromValue: Sized {
    /// Reads it from a column.
    ///
    /// # Errors
    /// What was wanted, such as `an integer`; never what was found, which may be personal.
    fn from_value(value: &Value) -> Result<Self, &'static str>;
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Result<Self, &'static str> {
        Ok(value.clone())
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Result<Self, &'static str> {
        if matches!(value, Value::Null) { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Result<Self, &'static str> {
        if let Value::Int(number) = value { Ok(*number) } else { Err("an integer") }
    }
}

macro_rules! narrow_integers {
    ($($integer:ty: $wanted:literal),*) => {$(
        impl FromValue for $integer {
            fn from_value(value: &Value) -> Result<Self, &'static str> {
                i64::from_value(value).and_then(|number| <$integer>::try_from(number).map_err(|_| $wanted))
            }
        }
    )*};
}

narrow_integers!(
    i32: "an integer of 32 bits",
    u64: "an integer that is not negative",
    u32: "an integer of 32 bits that is not negative",
    u16: "an integer of 16 bits that is not negative",
    u8: "an integer of 8 bits that is not negative"
);

impl FromValue for bool {
    fn from_value(value: &Value) -> Result<Self, &'static str> {
        match value {
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            _ => Err("a truth value, 0 or 1"),
        }
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Result<Self, &'static str> {
        if let Value::Text(text) = value { Ok(text.clone()) } else { Err("text") }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: &Value) -> Result<Self, &'static str> {
        if let Value::Blob(bytes) = value { Ok(bytes.clone()) } else { Err("bytes") }
    }
}

impl FromValue for Millis {
    fn from_value(value: &Value) -> Result<Self, &'static str> {
        i64::from_value(value).map(Self).map_err(|_| "a time in milliseconds")
    }
}

macro_rules! addresses {
    ($($address:ty: $wanted:literal),*) => {$(
        impl FromValue for $address {
            fn from_value(value: &Value) -> Result<Self, &'static str> {
                let Value::Text(text) = value else { return Err($wanted) };
                Self::parse(text).map_err(|_| $wanted)
            }
        }
    )*};
}

addresses!(Email: "an email address", Phone: "a phone number", Domain: "a domain");

macro_rules! ids {
    ($($id:ident),*) => {$(
        impl FromValue for id::$id {
            fn from_value(value: &Value) -> Result<Self, &'static str> {
                i64::from_value(value).map(Self).map_err(|_| "an id")
            }
        }
    )*};
}

for_each_id!(ids);

#[cfg(test)]
mod tests {
    use super::{Error, Row, Value};
    use crate::values;
    use outrider_domain::address::Email;
    use outrider_domain::id::LeadId;
    use outrider_domain::time::Millis;

    #[test]
    fn what_goes_in_comes_out() {
        let email = Email::parse("jane@acme.com").unwrap();
        let row = Row::new(
            values![7_i64, "x", vec![1_u8, 2], true, Some(3_i32), None::<String>, Millis(5), LeadId(9), &email]
                .to_vec(),
        );
        assert_eq!(row.get::<i64>(0), Ok(7));
        assert_eq!(row.get::<String>(1), Ok("x".to_owned()));
        assert_eq!(row.get::<Vec<u8>>(2), Ok(vec![1, 2]));
        assert_eq!(row.get::<bool>(3), Ok(true));
        assert_eq!(row.get::<Option<u32>>(4), Ok(Some(3)));
        assert_eq!(row.get::<Option<String>>(5), Ok(None));
        assert_eq!(row.get::<Millis>(6), Ok(Millis(5)));
        assert_eq!(row.get::<LeadId>(7), Ok(LeadId(9)));
        assert_eq!(row.get::<Email>(8), Ok(email));
    }

    #[test]
    fn a_wrong_type_is_corrupt_and_names_no_content() {
        let row = Row::new(vec![Value::Text("secret".to_owned()), Value::Int(2), Value::Int(-1), Value::Null]);
        for error in [
            row.get::<i64>(0).map(|_| ()),
            row.get::<Email>(0).map(|_| ()),
            row.get::<bool>(1).map(|_| ()),
            row.get::<u32>(2).map(|_| ()),
            row.get::<i64>(3).map(|_| ()),
            row.get::<i64>(4).map(|_| ()),
        ] {
            let Err(Error::Corrupt(text)) = error else { panic!("{error:?}") };
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
