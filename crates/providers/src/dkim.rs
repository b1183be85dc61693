//! Owns DKIM keys and signatures (RFC 6376, RFC 8463). Decides neither which mails are sent nor what they say.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_auth::common::crypto::{Algorithm, DkimKey, Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::common::headers::{HeaderWriter as _, Writable};
use mail_auth::dkim::DkimSigner;
use mail_auth::dkim::generate::DkimKeyPair;
use outrider_domain::address::Domain;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;

/// The fields a signature covers, as far as the mail has them.
const SIGNED: [&str; 12] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "In-Reply-To",
    "References",
    "Reply-To",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];
/// Named once more than they occur, so that nobody can add a second one in transit (RFC 6376 8.15).
const OVERSIGNED: [&str; 4] = ["From", "To", "Subject", "Date"];

/// `SEQUENCE { OID rsaEncryption, NULL }`, the algorithm inside a SubjectPublicKeyInfo (RFC 3279 2.3.1).
const RSA_ALGORITHM: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// A key that can't be used or made, or a mail that can't be signed. Never contains key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DkimError {
    /// Not a PEM private key of a kind DKIM knows.
    #[error("not a usable private key: expected PEM (PKCS#8 or PKCS#1) with RSA of at least 2048 bits or Ed25519")]
    UnusableKey,
    /// The selector is not a DNS label sequence.
    #[error("the selector must be letters, digits, dashes and dots, such as mail2026")]
    Selector,
    /// The cryptography library failed.
    #[error("the cryptography library failed: {0}")]
    Library(String),
}

/// Which kind of key. RSA is what every receiver verifies; Ed25519 signs some thirty times faster but many receivers skip it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with 2048 bits.
    Rsa2048,
    /// Ed25519 (RFC 8463).
    Ed25519,
}

/// A fresh key pair.
pub struct GeneratedKey {
    /// The private key, PEM: PKCS#1 for RSA, PKCS#8 for Ed25519. Keep it secret.
    pub private_key_pem: String,
    /// The value of the TXT record at `<selector>._domainkey.<domain>`; longer than one 255-byte string for RSA.
    pub dns_txt: String,
}

/// Makes a key pair with the system's randomness. RSA takes up to seconds in an unoptimised build.
///
/// # Errors
/// When the cryptography library fails.
pub fn generate_key(kind: KeyKind) -> Result<GeneratedKey, DkimError> {
    let library = |error: mail_auth::Error| DkimError::Library(error.to_string());
    let (label, pair) = match kind {
        KeyKind::Rsa2048 => ("RSA PRIVATE KEY", DkimKeyPair::generate_rsa(2_048).map_err(library)?),
        KeyKind::Ed25519 => ("PRIVATE KEY", DkimKeyPair::generate_ed25519().map_err(library)?),
    };
    Ok(GeneratedKey { private_key_pem: pem(label, pair.private_key()), dns_txt: dns_txt(kind, pair.public_key()) })
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().map(|byte| char::from(*byte)));
        pem.push('\n');
    }
    pem + &format!("-----END {label}-----\n")
}

fn dns_txt(kind: KeyKind, public_key: &[u8]) -> String {
    match kind {
        KeyKind::Rsa2048 => format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(subject_public_key_info(public_key))),
        KeyKind::Ed25519 => format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(public_key)),
    }
}

/// Wraps an RSAPublicKey (PKCS#1) the way receivers expect it in `p=`.
fn subject_public_key_info(rsa_public_key: &[u8]) -> Vec<u8> {
    let mut bits = vec![0_u8];
    bits.extend_from_slice(rsa_public_key);
    let mut inner = RSA_ALGORITHM.to_vec();
    inner.extend(der(0x03, &bits));
    der(0x30, &inner)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut value = vec![tag];
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    match significant.as_slice() {
        [] => value.push(0),
        [short] if *short < 0x80 => value.push(*short),
        long => {
            value.push(0x80 | long.len() as u8);
            value.extend_from_slice(long);
        }
    }
    value.extend_from_slice(content);
    value
}

/// A parsed key, shared by the per-mail signers that name exactly the headers each mail has.
#[derive(Clone)]
struct SharedKey(Arc<DkimKey>);

impl SigningKey for SharedKey {
    type Hasher = Sha256;

    fn sign(&self, input: impl Writable) -> mail_auth::Result<Vec<u8>> {
        self.0.sign(input)
    }

    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }
}

/// The key of one domain under one selector, parsed once and kept.
pub struct DomainKey {
    domain: Domain,
    selector: String,
    key: SharedKey,
}

impl DomainKey {
    /// Reads a PEM private key: PKCS#1 or PKCS#8 RSA, PKCS#8 Ed25519 with or without its public half.
    ///
    /// # Errors
    /// When the key or the selector can't be used.
    pub fn from_pem(domain: Domain, selector: &str, private_key_pem: &str) -> Result<Self, DkimError> {
        let label =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !selector.split('.').all(label) {
            return Err(DkimError::Selector);
        }
        let parsed = PrivateKeyDer::from_pem_slice(private_key_pem.as_bytes()).map_err(|_| DkimError::UnusableKey)?;
        let key = match &parsed {
            PrivateKeyDer::Pkcs8(pkcs8) => match Ed25519Key::from_pkcs8_maybe_unchecked_der(pkcs8.secret_pkcs8_der()) {
                Ok(key) => DkimKey::Ed25519(key),
                Err(_) => DkimKey::Rsa(RsaKey::from_key_der(parsed).map_err(|_| DkimError::UnusableKey)?),
            },
            _ => DkimKey::Rsa(RsaKey::from_key_der(parsed).map_err(|_| DkimError::UnusableKey)?),
        };
        Ok(Self { domain, selector: selector.to_owned(), key: SharedKey(Arc::new(key)) })
    }

    /// The domain it signs for: `d=`, and the domain of every From it is used with.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Where its TXT record must stand, such as `mail._domainkey.example.com`.
    #[must_use]
    pub fn dns_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// What that TXT record must say.
    #[must_use]
    pub fn dns_txt(&self) -> String {
        match &*self.key.0 {
            DkimKey::Rsa(key) => dns_txt(KeyKind::Rsa2048, &key.public_key()),
            DkimKey::Ed25519(key) => dns_txt(KeyKind::Ed25519, &key.public_key()),
        }
    }

    /// Whether a signature costs about a millisecond of processor time, so that it should not be made on an I/O thread.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        matches!(&*self.key.0, DkimKey::Rsa(_))
    }

    /// The `DKIM-Signature` field for a built mail, CRLF included; relaxed/relaxed. `t=` is the system's time, because receivers
    /// compare it with theirs.
    ///
    /// # Errors
    /// When the cryptography library fails.
    pub fn sign(&self, message: &[u8]) -> Result<String, DkimError> {
        let present = SIGNED.into_iter().filter(|name| has_header(message, name));
        let signer = DkimSigner::from_key(self.key.clone())
            .domain(self.domain.as_str())
            .selector(self.selector.as_str())
            .headers(present.chain(OVERSIGNED));
        let signature = signer.sign(message).map_err(|error| DkimError::Library(error.to_string()))?;
        Ok(signature.to_header())
    }
}

fn has_header(message: &[u8], name: &str) -> bool {
    message.split(|byte| *byte == b'\n').take_while(|line| !matches!(*line, b"" | b"\r")).any(|line| {
        line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
            && line.get(name.len()) == Some(&b':')
    })
}

#[cfg(test)]
mod tests;
