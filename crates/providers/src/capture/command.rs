//! Owns the grammar of SMTP commands (RFC 5321 section 4.1). Knows no state: which command may come when is the session's business.

/// A command line, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// EHLO (`true`) or HELO, and what the client calls itself.
    Hello(bool, String),
    /// MAIL FROM with the address (empty for `<>`) and the announced SIZE.
    Mail(String, Option<u64>),
    /// RCPT TO.
    Recipient(String),
    Data,
    Reset,
    Noop,
    Quit,
    Verify,
    Help,
    /// A command this server knows of and does not offer.
    NotOffered,
    /// Anything else.
    Unknown,
    /// A known command with arguments that make no sense: what is wrong.
    BadArguments(&'static str),
    /// A parameter of MAIL or RCPT that was not offered (555).
    BadParameter,
}

/// Longest path, RFC 5321 4.5.3.1.3.
const MAX_PATH: usize = 256;

/// Parses a line without its line end. Never fails: what is wrong is a command of its own.
pub(super) fn parse(line: &[u8]) -> Command {
    // RFC 6531 is not offered, so an address is ASCII.
    let Ok(line) = std::str::from_utf8(line) else {
        return Command::BadArguments("only ASCII is understood here");
    };
    let line = line.trim_end_matches([' ', '\t']);
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim_start();
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" => hello(true, rest),
        "HELO" => hello(false, rest),
        "MAIL" => mail(rest),
        "RCPT" => recipient(rest),
        "DATA" if rest.is_empty() => Command::Data,
        "RSET" if rest.is_empty() => Command::Reset,
        "QUIT" if rest.is_empty() => Command::Quit,
        "DATA" | "RSET" | "QUIT" => Command::BadArguments("this command takes no argument"),
        "NOOP" => Command::Noop,
        "VRFY" => Command::Verify,
        "HELP" => Command::Help,
        "AUTH" | "STARTTLS" | "BDAT" | "EXPN" | "ETRN" | "TURN" | "SEND" | "SOML" | "SAML" | "XCLIENT" => {
            Command::NotOffered
        }
        _ => Command::Unknown,
    }
}

fn hello(extended: bool, name: &str) -> Command {
    if name.is_empty() || name.contains(|c: char| !c.is_ascii_graphic()) {
        return Command::BadArguments("say the client's name");
    }
    Command::Hello(extended, name.to_owned())
}

fn mail(rest: &str) -> Command {
    let Some((path, parameters)) = path(rest, "FROM:") else {
        return Command::BadArguments("expected MAIL FROM:<address>");
    };
    if !path.is_empty() && !is_address(path) {
        return Command::BadArguments("the sender is not an address");
    }
    let mut size = None;
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => match value.parse() {
                Ok(bytes) if value.len() <= 20 => size = Some(bytes),
                _ => return Command::BadArguments("SIZE is not a number"),
            },
            "BODY" if value.eq_ignore_ascii_case("7BIT") || value.eq_ignore_ascii_case("8BITMIME") => {}
            _ => return Command::BadParameter,
        }
    }
    Command::Mail(path.to_owned(), size)
}

fn recipient(rest: &str) -> Command {
    let Some((path, parameters)) = path(rest, "TO:") else {
        return Command::BadArguments("expected RCPT TO:<address>");
    };
    if !parameters.trim().is_empty() {
        return Command::BadParameter;
    }
    // `postmaster` needs no domain (RFC 5321 4.1.1.3).
    if !is_address(path) && !path.eq_ignore_ascii_case("postmaster") {
        return Command::BadArguments("the recipient is not an address");
    }
    Command::Recipient(path.to_owned())
}

/// The path after `FROM:` or `TO:`, without brackets and source route, and the parameters after it.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    if !rest.get(..keyword.len())?.eq_ignore_ascii_case(keyword) {
        return None;
    }
    // Blanks after the colon are not in the grammar, yet widely sent.
    let rest = rest[keyword.len()..].trim_start().strip_prefix('<')?;
    let end = closing_bracket(rest)?;
    let (path, parameters) = (&rest[..end], &rest[end + 1..]);
    if !parameters.is_empty() && !parameters.starts_with(' ') {
        return None;
    }
    let path = match path.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => path,
    };
    Some((path, parameters))
}

/// The place of the first `>` that is not within a quoted local part.
fn closing_bracket(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The shape of an address; whether the mailbox exists is the sink's business.
fn is_address(path: &str) -> bool {
    let Some((local, domain)) = path.rsplit_once('@') else { return false };
    let is_quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let local_fits = if is_quoted {
        local.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
    } else {
        !local.is_empty() && local.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[]\\,;:\"@".contains(&b))
    };
    let literal = domain.starts_with('[') && domain.ends_with(']');
    let domain_fits = !domain.is_empty()
        && domain.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b) || (literal && b"[]:".contains(&b)));
    path.len() <= MAX_PATH && local.len() <= 64 && local_fits && domain_fits
}

#[cfg(test)]
mod tests {
    use super::{Command, parse};

    #[test]
    fn commands_are_parsed() {
        let mail = |address: &str, size| Command::Mail(address.to_owned(), size);
        let recipient = |address: &str| Command::Recipient(address.to_owned());
        let table: &[(&str, Command)] = &[
            ("ehlo client.example", Command::Hello(true, "client.example".to_owned())),
            ("HELO [127.0.0.1]", Command::Hello(false, "[127.0.0.1]".to_owned())),
            ("EHLO", Command::BadArguments("say the client's name")),
            ("MAIL FROM:<>", mail("", None)),
            ("mail from:<a@b.example> size=10 BODY=8BITMIME", mail("a@b.example", Some(10))),
            ("MAIL FROM: <a@b.example>", mail("a@b.example", None)),
            ("MAIL FROM:<@x.example,@y.example:a@b.example>", mail("a@b.example", None)),
            ("MAIL FROM:<a@b.example> SMTPUTF8", Command::BadParameter),
            ("MAIL FROM:<a@b.example> SIZE=-1", Command::BadArguments("SIZE is not a number")),
            ("MAIL FROM:a@b.example", Command::BadArguments("expected MAIL FROM:<address>")),
            ("MAIL FROM:<a@b.example>x", Command::BadArguments("expected MAIL FROM:<address>")),
            ("MAIL TO:<a@b.example>", Command::BadArguments("expected MAIL FROM:<address>")),
            ("MAIL FROM:<no address>", Command::BadArguments("the sender is not an address")),
            ("RCPT TO:<a+b@c.example>", recipient("a+b@c.example")),
            ("RCPT TO:<\"a>b\"@c.example>", recipient("\"a>b\"@c.example")),
            ("RCPT TO:<a@[127.0.0.1]>", recipient("a@[127.0.0.1]")),
            ("RCPT TO:<Postmaster>", recipient("Postmaster")),
            ("RCPT TO:<>", Command::BadArguments("the recipient is not an address")),
            ("RCPT TO:<a@b.example> NOTIFY=NEVER", Command::BadParameter),
            ("RCPT TO:<a@b.example\r\nDATA>", Command::BadArguments("the recipient is not an address")),
            ("DATA", Command::Data),
            ("DATA now", Command::BadArguments("this command takes no argument")),
            ("QUIT ", Command::Quit),
            ("noop anything", Command::Noop),
            ("STARTTLS", Command::NotOffered),
            ("AUTH PLAIN AAAA", Command::NotOffered),
            ("GET / HTTP/1.1", Command::Unknown),
            ("", Command::Unknown),
        ];
        for (line, wanted) in table {
            assert_eq!(parse(line.as_bytes()), *wanted, "{line}");
        }
        assert_eq!(
            parse("RCPT TO:<jö@b.example>".as_bytes()),
            Command::BadArguments("the recipient is not an address")
        );
        assert_eq!(parse(b"\xff\xfe"), Command::BadArguments("only ASCII is understood here"));
    }

    proptest::proptest! {
        #[test]
        fn no_line_breaks_the_parser(line in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80), verb in "(MAIL FROM:|RCPT TO:|EHLO )?") {
            let mut whole = verb.into_bytes();
            whole.extend(line);
            if let Command::Mail(address, _) | Command::Recipient(address) = parse(&whole) {
                assert!(!address.contains(['\r', '\n', '<']) || address.starts_with('"'));
            }
        }
    }
}
