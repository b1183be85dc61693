//! A form as Stripe's API takes it: `application/x-www-form-urlencoded`, with brackets for what is nested. Sends nothing.

/// Fields in order.
#[derive(Debug, Default)]
pub(super) struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// Adds a field; nested names are written out: `metadata[project]`.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    /// The body of a request.
    pub(super) fn encoded(&self) -> String {
        let pairs: Vec<String> =
            self.fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        pairs.join("&")
    }
}

/// Percent-encodes all but what the URL standard leaves alone in forms; a space becomes `+`.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn fields_are_encoded_as_forms_are() {
        let mut form = Form::default();
        form.add("a[b]", "ü & =+ ~*-._");
        form.add("c", "");
        assert_eq!(form.encoded(), "a%5Bb%5D=%C3%BC+%26+%3D%2B+%7E*-._&c=");
    }
}
