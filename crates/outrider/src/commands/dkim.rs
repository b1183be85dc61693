//! `outrider dkim generate`: a signing key in a file of its own, and the DNS record and settings that go with it.

use std::io::Write as _;
use std::path::PathBuf;

use outrider_domain::address::Domain;
use outrider_providers::dkim::{DomainKey, KeyKind, generate_key};
use serde_json::json;

use crate::arguments::Dkim;
use crate::failure::{Failure, Outcome, Status};
use crate::output::Output;

pub(super) fn run(given: Dkim, output: Output) -> Outcome {
    let Dkim::Generate { domain, selector, ed25519, out } = given;
    let wrong = |why: String| Failure::new(Status::BadData, "bad_input", why);
    let domain = Domain::parse(&domain).map_err(|error| wrong(format!("{domain}: {error}")))?;
    let kind = if ed25519 { KeyKind::Ed25519 } else { KeyKind::Rsa2048 };
    let fresh =
        generate_key(kind).map_err(|error| Failure::new(Status::Internal, "internal_error", error.to_string()))?;
    let key = DomainKey::from_pem(domain.clone(), &selector, &fresh.private_key_pem)
        .map_err(|error| wrong(error.to_string()))?;
    let file = out.unwrap_or_else(|| PathBuf::from(format!("dkim-{domain}.pem")));
    write_private(&file, &fresh.private_key_pem)?;
    let (name, record) = (key.dns_name(), key.dns_txt());
    let value =
        json!({ "key_file": file, "dns_name": name, "dns_type": "TXT", "dns_value": record, "selector": selector });
    output.result(&value, |_| {
        let file = file.display();
        format!(
            "The private key is in {file}; keep it secret.\n\nPublish this TXT record:\n\n  {name}\n  {record}\n\nAnd add this to outrider.toml:\n\n  [mail.dkim.\"{domain}\"]\n  selector = \"{selector}\"\n  key_file = \"{file}\"\n\nThen `outrider doctor` says whether receivers can see it."
        )
    });
    Ok(())
}

/// Writes a file that only its owner may read, and overwrites none: mail signed with a lost key could not be verified any more.
fn write_private(file: &std::path::Path, text: &str) -> Outcome {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut open| open.write_all(text.as_bytes()));
    written.map_err(|error| Failure::new(Status::Io, "file_error", format!("{}: {error}", file.display())))
}
