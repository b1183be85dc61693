//! Where to go on after signing in: only ever a path of this server.

/// Longest path.
const LONGEST: usize = 8 * 1024;

/// The path, if it is one of this server and can't be taken for the address of another (`//evil.example`, `/\\evil.example`).
pub(crate) fn safe(next: &str) -> Option<&str> {
    let mut letters = next.bytes();
    let begins_here = letters.next() == Some(b'/') && !matches!(letters.next(), Some(b'/' | b'\\'));
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (begins_here && plain && next.len() <= LONGEST).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn only_paths_of_this_server_are_followed() {
        for good in ["/", "/keys", "/oauth/authorize?client_id=https%3A%2F%2Fa.example%2F&x=1", "/a//b"] {
            assert_eq!(safe(good), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "keys",
            " /keys",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x",
            "/\u{e9}",
            "/a\\b",
        ] {
            assert_eq!(safe(bad), None, "{bad:?}");
        }
        assert_eq!(safe(&format!("/{}", "x".repeat(9000))), None);
    }
}
