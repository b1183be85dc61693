//! Passwords: what may be one, and their Argon2id hashes, made apart from transactions and from the runtime's threads.
//! Stores nothing.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::error::{Error, Result, code};

/// Fewest characters.
pub const SHORTEST: usize = 8;
/// Most characters.
pub const LONGEST: usize = 200;
/// Hashes under way at a time: each takes 19 MiB and a core.
const AT_A_TIME: usize = 2;

static TURN: Semaphore = Semaphore::const_new(AT_A_TIME);

/// What an address without a password is compared with, so that it takes as long as one with it.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash("nobody has this password").ok());

/// Refuses what can't be a password.
///
/// # Errors
/// `validation_error` at `field`.
pub fn check(field: &str, password: &str) -> Result<()> {
    let length = password.chars().count();
    if (SHORTEST..=LONGEST).contains(&length) {
        return Ok(());
    }
    Err(Error::invalid(field, format!("A password has {SHORTEST} to {LONGEST} characters.")))
}

/// Argon2id of a password in PHC form (RFC 9106; 19 MiB, two passes, one lane). Takes tens of milliseconds.
///
/// # Errors
/// `internal_error` when the system gives no randomness.
pub fn hash(password: &str) -> Result<String> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|error| Error {
        source: Some(error.to_string().into()),
        ..Error::new(code::INTERNAL_ERROR, "The password could not be hashed.")
    })
}

/// [`hash`] on a thread that may block.
///
/// # Errors
/// As [`hash`].
pub async fn hash_apart(password: String) -> Result<String> {
    apart(move || hash(&password)).await?
}

/// Whether a password is the one of a hash; false, after the same work, when there is no hash.
///
/// # Errors
/// `internal_error` when the process is ending.
pub async fn verify(password: &str, hash: Option<String>) -> Result<bool> {
    let password = password.chars().take(LONGEST + 1).collect::<String>();
    apart(move || {
        let known = hash.is_some();
        let Some(hash) = hash.or_else(|| NOBODY.clone()) else { return false };
        let matches = PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        known && matches
    })
    .await
}

/// Runs slow work when it is its turn, on a thread that may block.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let ended = |source: Box<dyn std::error::Error + Send + Sync>| Error {
        source: Some(source),
        ..Error::new(code::INTERNAL_ERROR, "The work was not finished.")
    };
    let _turn = TURN.acquire().await.map_err(|error| ended(Box::new(error)))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| ended(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::{check, hash, verify};

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone() {
        let made = hash("correct horse").unwrap();
        assert!(made.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{made}");
        assert_ne!(made, hash("correct horse").unwrap(), "salted");
        assert!(verify("correct horse", Some(made.clone())).await.unwrap());
        assert!(!verify("correct horsf", Some(made)).await.unwrap());
        assert!(!verify("nobody has this password", None).await.unwrap(), "no account has no password");
        assert!(!verify("x", Some("not a hash".to_owned())).await.unwrap());
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(check("p", "ääääääää").is_ok());
        for bad in ["", "short", &"x".repeat(201)] {
            assert_eq!(check("p", bad).unwrap_err().field.as_deref(), Some("p"));
        }
    }
}
