//! Email addresses, phone numbers and domains, parsed once at the edge. Checks form only; asks no network.

use std::borrow::Cow;

/// Text that is not an address of the wanted kind; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidAddress(pub String);

fn refuse<T>(why: impl Into<String>) -> Result<T, InvalidAddress> {
    Err(InvalidAddress(why.into()))
}

/// A mailbox address in its comparable form: trimmed, lower case, domain in ASCII. At most 254 bytes (RFC 5321 4.5.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

/// A host name in lower-case ASCII with at least one dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Domain(String);

/// A phone number in E.164: `+`, then 7 to 15 digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone(String);

impl Email {
    /// Parses a bare address (no display name, no quoted local part).
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        if text.len() > 254 {
            return refuse("an email address has at most 254 characters");
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            return refuse("an email address needs an @");
        };
        if local.is_empty() || local.len() > 64 {
            return refuse("the part before @ must have 1 to 64 characters");
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        if !local.chars().all(allowed) {
            return refuse("the part before @ has a character that is not allowed");
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return refuse("the part before @ has a misplaced dot");
        }
        let domain = Domain::parse(domain)?;
        Ok(Self(format!("{}@{}", local.to_ascii_lowercase(), domain.0)))
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the @.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The part before the @.
    #[must_use]
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl Domain {
    /// Parses a host name of two labels or more.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim().trim_end_matches('.').to_lowercase();
        if !text.is_ascii() {
            return refuse("write the domain in ASCII (xn--…)");
        }
        if text.is_empty() || text.len() > 253 || !text.contains('.') {
            return refuse("the domain needs at least two parts, such as example.com");
        }
        for label in text.split('.') {
            let ok = !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-');
            if !ok {
                return refuse("the domain has a part that is empty, too long or has a character that is not allowed");
            }
        }
        let last = text.rsplit('.').next().unwrap_or("");
        if last.bytes().all(|b| b.is_ascii_digit()) {
            return refuse("the domain ends in a number: it looks like an IP address");
        }
        Ok(Self(text))
    }

    /// The host name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Phone {
    /// Parses E.164; blanks, dots, dashes and brackets between digits are passed over.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        let Some(rest) = text.trim().strip_prefix('+') else {
            return refuse("a phone number must be E.164: + and the country code first, such as +14155550123");
        };
        if rest.chars().any(|c| !c.is_ascii_digit() && !" .-()".contains(c)) {
            return refuse("a phone number must be E.164: + and digits only, such as +14155550123");
        }
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        if !(7..=15).contains(&digits.len()) || digits.starts_with('0') {
            return refuse("a phone number must be E.164: + and 7 to 15 digits, the first not 0");
        }
        Ok(Self(format!("+{digits}")))
    }

    /// `+` and digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text_form {
    ($($name:ident, $schema:expr;)*) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = InvalidAddress;
            fn from_str(text: &str) -> Result<Self, InvalidAddress> {
                Self::parse(text)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool { true }
            fn schema_name() -> Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema { $schema }
        }
    )*};
}

text_form! {
    Email, schemars::json_schema!({ "type": "string", "format": "email", "maxLength": 254 });
    Domain, schemars::json_schema!({ "type": "string", "format": "hostname", "maxLength": 253 });
    Phone, schemars::json_schema!({ "type": "string", "pattern": "^\\+[1-9][0-9 .()-]{6,24}$", "description": "E.164, such as +14155550123." });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_compared_in_lower_case() {
        assert_eq!(Email::parse(" Jane.Doe+x@ACME.com ").map(|e| e.to_string()), Ok("jane.doe+x@acme.com".to_owned()));
    }

    #[test]
    fn what_is_not_an_email_is_refused() {
        for text in [
            "",
            "jane",
            "@acme.com",
            "jane@",
            "jane@acme",
            "a b@acme.com",
            "jane@acme..com",
            ".j@acme.com",
            "jane@127.0.0.1",
            "jane@acme.com\r\nBcc: x@y.z",
            "a\"b@acme.com",
            "jané@acme.com",
        ] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn phones_are_e164() {
        assert_eq!(Phone::parse("+1 (415) 555-0123").map(|p| p.to_string()), Ok("+14155550123".to_owned()));
        for text in ["4155550123", "+0123456789", "+1", "+1415555012345678", "+1415x5550123"] {
            assert!(Phone::parse(text).is_err(), "{text}");
        }
    }
}
