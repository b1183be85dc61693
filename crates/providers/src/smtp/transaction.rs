//! Owns one mail transaction and the boundary after which we may not know. Opens no connection and decides no retry.
//!
//! The boundary: the content is written and flushed whole, without its end; then `.` CRLF is written by itself. Until that second
//! write begins, the server can't have seen the end of the mail, so every failure is a definite "not accepted". From then on only
//! a reply can tell. The two are not one write because under TLS a failed write does not say how much of it left; it costs one
//! more packet per mail. Between the two we look, without waiting, whether the server has already spoken or gone.

use std::borrow::Cow;

use outrider_domain::address::Email;
use tokio::time::{Duration, Instant};

use super::connection::Connection;
use super::deadlines::Deadlines;
use super::outcome::{Cause, Failure, Phase};
use super::reply::Reply;
use super::wire::Early;

/// How long to listen for a last word after the server stopped taking the content, or for the answer to a dot that ends nothing.
const LAST_WORD: Duration = Duration::from_secs(2);

/// Who a mail is from and for, as the server is told (RFC 5321 2.3.1).
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// MAIL FROM.
    pub from: &'a Email,
    /// RCPT TO.
    pub to: &'a Email,
}

impl Connection {
    /// Hands over one mail; the reply is the server's 2xx to the final dot. Afterwards the connection may be used again unless it
    /// is `broken`.
    pub(super) async fn send(
        &mut self,
        envelope: Envelope<'_>,
        message: &[u8],
        deadlines: &Deadlines,
    ) -> Result<Reply, Failure> {
        let content =
            dot_stuffed(message).map_err(|why| Failure::new(Phase::MailFrom, Cause::Unsendable(why.to_owned())))?;
        self.check_limits(message).map_err(|why| Failure::new(Phase::MailFrom, Cause::Unsendable(why)))?;
        self.mails += 1;
        let outcome = self.transact(envelope, message, &content, deadlines).await;
        if let Err(failure) = &outcome {
            let refused_in_order = matches!(&failure.cause, Cause::Reply(reply) if reply.code != 421);
            self.broken |= !refused_in_order;
            // A refused dot has ended the transaction already; RSET then does no harm.
            self.needs_reset = true;
        }
        outcome
    }

    fn check_limits(&self, message: &[u8]) -> Result<(), String> {
        if let Some(Some(limit)) = self.capabilities.size
            && message.len() > limit
        {
            return Err(format!("the mail has {} bytes, and the server takes at most {limit}", message.len()));
        }
        if !message.is_ascii() && !self.capabilities.eight_bit {
            return Err("the mail has 8-bit text, and the server takes only ASCII".to_owned());
        }
        Ok(())
    }

    async fn transact(
        &mut self,
        envelope: Envelope<'_>,
        message: &[u8],
        content: &[u8],
        deadlines: &Deadlines,
    ) -> Result<Reply, Failure> {
        if self.needs_reset {
            let reply = self.command(Phase::Reset, "RSET", deadlines).await?;
            if !reply.is_positive() {
                self.broken = true;
                return Err(Failure::new(Phase::Reset, Cause::Reply(reply)));
            }
            self.needs_reset = false;
        }
        self.begin(&self.mail_command(envelope.from, message), &format!("RCPT TO:<{}>\r\n", envelope.to), deadlines)
            .await?;
        self.write_content(content, deadlines).await?;
        if Instant::now() >= deadlines.before_dot() {
            return Err(Failure::new(Phase::Content, Cause::Timeout));
        }
        // The boundary. Nothing after this line may be reported as "not accepted" without a reply.
        self.write(Phase::FinalDot, b".\r\n", deadlines.answer()).await?;
        let reply = self.reply(Phase::FinalDot, deadlines.answer()).await?;
        if reply.is_positive() { Ok(reply) } else { Err(self.refused(Phase::FinalDot, reply)) }
    }

    fn mail_command(&self, from: &Email, message: &[u8]) -> String {
        let size = if self.capabilities.size.is_some() { format!(" SIZE={}", message.len()) } else { String::new() };
        let body = if message.is_ascii() { "" } else { " BODY=8BITMIME" };
        format!("MAIL FROM:<{from}>{size}{body}\r\n")
    }

    fn refused(&mut self, phase: Phase, reply: Reply) -> Failure {
        // Neither yes nor no: whatever the server thinks it answered, it is not what we asked.
        self.broken |= reply.code < 400;
        Failure::new(phase, Cause::Reply(reply))
    }

    /// MAIL, RCPT and DATA: in one write when the server offers PIPELINING (RFC 2920 3.1), else one after the other. All replies
    /// of a group are read before anything else is sent.
    async fn begin(&mut self, mail: &str, recipient: &str, deadlines: &Deadlines) -> Result<(), Failure> {
        let commands = [(Phase::MailFrom, mail), (Phase::RcptTo, recipient), (Phase::Data, "DATA\r\n")];
        let group = self.capabilities.pipelining;
        if group {
            let all: String = commands.iter().map(|(_, line)| *line).collect();
            self.write(Phase::MailFrom, all.as_bytes(), deadlines.phase(deadlines.timeouts.command)).await?;
        }
        let mut refusal: Option<Failure> = None;
        for (phase, line) in commands {
            let limit = if phase == Phase::Data { deadlines.timeouts.data } else { deadlines.timeouts.command };
            let deadline = deadlines.phase(limit);
            if !group {
                self.write(phase, line.as_bytes(), deadline).await?;
            }
            let reply = match self.reply(phase, deadline).await {
                Ok(reply) => reply,
                Err(failure) => {
                    self.broken = true;
                    return Err(refusal.unwrap_or(failure));
                }
            };
            let go_ahead = reply.code == 354;
            let accepted = if phase == Phase::Data { go_ahead } else { reply.is_positive() };
            if phase == Phase::Data
                && go_ahead
                && let Some(refusal) = &refusal
            {
                self.end_empty(refusal.phase).await;
            }
            if accepted {
                continue;
            }
            let failure = self.refused(phase, reply);
            let is_closing = matches!(&failure.cause, Cause::Reply(reply) if reply.code == 421);
            self.broken |= is_closing;
            if !group || is_closing {
                return Err(refusal.unwrap_or(failure));
            }
            refusal.get_or_insert(failure);
        }
        refusal.map_or(Ok(()), Err)
    }

    /// The server wants content although it took no recipient: a lone dot ends that (RFC 2920 3.1). When it was the sender it
    /// refused, a recipient may stand, and a lone dot could send an empty mail: then the connection is given up instead.
    async fn end_empty(&mut self, refused: Phase) {
        let deadline = Instant::now() + LAST_WORD;
        let ended = refused == Phase::RcptTo
            && self.write(Phase::Data, b".\r\n", deadline).await.is_ok()
            && self.reply(Phase::Data, deadline).await.is_ok();
        self.broken |= !ended;
    }

    /// Writes all of the content but its end.
    async fn write_content(&mut self, content: &[u8], deadlines: &Deadlines) -> Result<(), Failure> {
        let written = self.write(Phase::Content, content, deadlines.phase(deadlines.timeouts.block)).await;
        let must_listen = match &written {
            Ok(()) => self.wire.early() != Early::Quiet,
            Err(failure) => matches!(failure.cause, Cause::Lost(_)) || self.wire.early() == Early::Spoke,
        };
        if !must_listen {
            return written;
        }
        // The server stopped listening before the end; what it said may tell why. The dot is not sent.
        self.broken = true;
        let reply = self.reply(Phase::Content, deadlines.phase(LAST_WORD)).await?;
        Err(self.refused(Phase::Content, reply))
    }
}

/// The content as it is sent (RFC 5321 4.5.2): a dot doubled at the start of each line, and CRLF at the end.
///
/// # Errors
/// When a line break is not CRLF: servers disagree on those, and one of them could see an end where we wrote none.
fn dot_stuffed(message: &[u8]) -> Result<Cow<'_, [u8]>, &'static str> {
    let mut dots = usize::from(message.first() == Some(&b'.'));
    let mut after_return = false;
    let mut after_break = false;
    for byte in message {
        if after_return != (*byte == b'\n') {
            return Err("the mail has a line break that is not CRLF");
        }
        dots += usize::from(after_break && *byte == b'.');
        after_break = *byte == b'\n';
        after_return = *byte == b'\r';
    }
    if after_return {
        return Err("the mail has a line break that is not CRLF");
    }
    if dots == 0 && after_break {
        return Ok(Cow::Borrowed(message));
    }
    let mut content = Vec::with_capacity(message.len() + dots + 2);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            content.push(b'.');
        }
        content.extend_from_slice(line);
    }
    if !after_break {
        content.extend_from_slice(b"\r\n");
    }
    Ok(Cow::Owned(content))
}

#[cfg(test)]
mod tests {
    use super::dot_stuffed;

    #[test]
    fn dots_are_doubled_at_line_starts_only() {
        for (message, content) in [
            (&b"a.b\r\n"[..], &b"a.b\r\n"[..]),
            (b".", b"..\r\n"),
            (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n"),
            (b"..\r\n..x", b"...\r\n...x\r\n"),
            (b"", b"\r\n"),
        ] {
            assert_eq!(dot_stuffed(message).unwrap(), content, "{}", String::from_utf8_lossy(message));
        }
    }

    #[test]
    fn line_breaks_servers_disagree_on_are_refused() {
        for message in [&b"a\n.\nb\r\n"[..], b"a\r.\rb\r\n", b"a\r\n.\n", b"a\r", b"\n", b"a\r\r\n"] {
            assert!(dot_stuffed(message).is_err(), "{}", String::from_utf8_lossy(message));
        }
    }
}
