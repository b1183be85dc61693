//! Signatures as Standard Webhooks has them (specification 1.0.0, "Signature scheme"): `v1,` and the base64 of HMAC-SHA256 over
//! `ID.SECONDS.BODY`, under the bytes that stand in base64 behind `whsec_`. Reads no clock.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use outrider_domain::time::{Millis, SECOND};
use sha2::Sha256;

use crate::error::{Error, Result, code};

/// What a secret begins with.
pub const PREFIX: &str = "whsec_";
/// Random bytes of a secret: the specification wants 24 to 64.
const SECRET_BYTES: usize = 32;

/// A fresh secret.
///
/// # Errors
/// `internal_error` when the system gives no randomness.
pub fn fresh_secret() -> Result<String> {
    let mut bytes = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Error {
        source: Some(error.to_string().into()),
        ..Error::new(code::INTERNAL_ERROR, "The system gave no random bytes.")
    })?;
    Ok(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}

/// The three headers of a message.
#[must_use]
pub fn headers(secret: &str, id: &str, at: Millis, body: &str) -> Vec<(&'static str, String)> {
    let seconds = at.0.div_euclid(SECOND);
    let key = STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret)).unwrap_or_default();
    // HMAC takes keys of any length; the second branch can't happen.
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key)
        .unwrap_or_else(|_| <Hmac<Sha256> as KeyInit>::new(&Default::default()));
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))),
    ]
}

#[cfg(test)]
mod tests {
    use outrider_domain::time::Millis;

    use super::{fresh_secret, headers};

    #[test]
    fn a_signature_is_the_one_of_the_specifications_example() {
        // The test vector of the reference libraries.
        let signed = headers(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            Millis(1_614_265_330_000),
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!((signed[0].1.as_str(), signed[1].1.as_str()), ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"));
        assert!(
            matches!((fresh_secret(), fresh_secret()), (Ok(one), Ok(other)) if one != other && one.starts_with("whsec_"))
        );
    }
}
