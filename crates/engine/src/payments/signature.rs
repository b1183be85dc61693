//! Stripe's signature of webhooks: `t=SECONDS,v1=HEX`, where the second is HMAC-SHA256 of `SECONDS.BODY` under the endpoint's
//! secret (Stripe's documentation, "Verify webhook signatures manually"). Reads no clock.

use hmac::{Hmac, KeyInit, Mac};
use outrider_domain::secret::Secret;
use outrider_domain::time::{Millis, SECOND};
use sha2::Sha256;

use crate::error::{Error, Result, code};
use crate::pipeline::hex;

/// The header that carries it.
pub const HEADER: &str = "stripe-signature";
/// How far a signature's time may be from now, in seconds, either way: longer, and a recorded request could be sent again.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Checks the `Stripe-Signature` header of a body.
///
/// # Errors
/// `invalid_signature` when it is absent, unreadable, of another secret or body, or too old or too new.
pub fn verify(header: Option<&str>, body: &[u8], secret: &Secret, now: Millis) -> Result<()> {
    let refuse = |why: &str| Error::new(code::INVALID_SIGNATURE, why).at("Stripe-Signature");
    let header = header.ok_or_else(|| refuse("The Stripe-Signature header is missing."))?;
    let mut at = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", text)) => at = text.parse::<i64>().ok(),
            Some(("v1", text)) => signatures.extend(unhex(text)),
            // Other schemes are Stripe's own business: `v0` signs test events.
            _ => {}
        }
    }
    let at = at.ok_or_else(|| refuse("The Stripe-Signature header has no time."))?;
    // All are tried: while the endpoint's secret is rolled, Stripe signs with the old one and the new one.
    let genuine = signatures.iter().any(|signature| mac(body, secret, at).verify_slice(signature).is_ok());
    if !genuine {
        return Err(refuse("The Stripe-Signature header does not match the body."));
    }
    if at.abs_diff(now.0 / SECOND) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(refuse("The Stripe-Signature header's time is too far from now."));
    }
    Ok(())
}

/// The header of a body, as Stripe would send it: for checks.
#[must_use]
pub fn sign(body: &[u8], secret: &Secret, at: Millis) -> String {
    let seconds = at.0 / SECOND;
    format!("t={seconds},v1={}", hex(&mac(body, secret, seconds).finalize().into_bytes()))
}

fn mac(body: &[u8], secret: &Secret, seconds: i64) -> Hmac<Sha256> {
    let key = secret.expose().as_bytes();
    // HMAC takes keys of any length; the second branch can't happen.
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .unwrap_or_else(|_| <Hmac<Sha256> as KeyInit>::new(&Default::default()));
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks(2).map(|pair| Some((digit(pair[0])? << 4) | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use outrider_domain::secret::Secret;
    use outrider_domain::time::Millis;

    use super::{sign, verify};

    const NOW: Millis = Millis(1_793_613_600_000);

    fn check(header: Option<&str>, body: &[u8], now: Millis) -> Result<(), &'static str> {
        verify(header, body, &Secret::new("whsec_test"), now).map_err(|error| error.code.name)
    }

    #[test]
    fn the_published_example_verifies() {
        // Made with Stripe's own Python library, 16.1.0: stripe.WebhookSignature._compute_signature.
        let header = "t=1793613600,v1=6f891ad706753a8f4fbf28b8843affc6a218e1fd4b3ad870c471243506075cb7";
        assert_eq!(check(Some(header), b"{\"id\":\"evt_1\",\"object\":\"event\"}", NOW), Ok(()));
    }

    #[test]
    fn what_was_signed_verifies_and_nothing_else() {
        let body = b"{\"id\":\"evt_1\"}";
        let header = sign(body, &Secret::new("whsec_test"), NOW);
        assert_eq!(check(Some(&header), body, NOW), Ok(()));
        let rolled =
            format!("{},v1=00,v0=abc,v1={}", header.split(',').next().unwrap(), header.split("v1=").nth(1).unwrap());
        assert_eq!(check(Some(&rolled), body, NOW), Ok(()));
        for (header, body) in [
            (None, &body[..]),
            (Some(header.as_str()), b"{\"id\":\"evt_2\"}"),
            (Some(header.replace("t=17", "t=16").as_str()), body),
            (Some(sign(body, &Secret::new("whsec_other"), NOW).as_str()), body),
            (Some(header.replace("v1=", "v0=").as_str()), body),
            (Some(""), body),
            (Some("t=,v1="), body),
            (Some("t=99999999999999999999,v1=ab"), body),
            (Some("v1=ü"), body),
        ] {
            assert_eq!(check(header, body, NOW), Err("invalid_signature"), "{header:?}");
        }
    }

    #[test]
    fn a_signature_holds_for_five_minutes_either_way() {
        let header = sign(b"{}", &Secret::new("whsec_test"), NOW);
        for (seconds, holds) in [(0, true), (300, true), (301, false), (-300, true), (-301, false)] {
            assert_eq!(check(Some(&header), b"{}", NOW.plus(seconds * 1_000)).is_ok(), holds, "{seconds}");
        }
    }
}
