//! Reading settings: the file first, checked by itself with its line numbers, then the environment over it.

use std::path::{Path, PathBuf};

use super::Settings;
use super::environment::{self, Node};

/// The settings file looked for in the current folder when none is named.
pub const FILE: &str = "outrider.toml";

/// Settings that can't be used; safe to show.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file can't be read.
    #[error("{path}: {error}", path = path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Something in the file is wrong.
    #[error("{path}:{line}: {}{message}", if field.is_empty() { String::new() } else { format!("{field}: ") }, path = path.display())]
    InFile {
        /// Which file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The setting, such as `mail.servers.main.port`; may be empty.
        field: String,
        /// What is wrong.
        message: String,
    },
    /// A variable is wrong.
    #[error("{variable}: {message}")]
    InEnvironment {
        /// Which.
        variable: String,
        /// What is wrong.
        message: String,
    },
}

/// Reads the settings: `file`, else [`FILE`] if it is there, under the `OUTRIDER_…` variables among `variables`.
///
/// Relative paths in the file are taken from its folder.
///
/// # Errors
/// Names the file and line, or the variable.
pub fn load(file: Option<&Path>, variables: impl Iterator<Item = (String, String)>) -> Result<Settings, Problem> {
    let path = match file {
        Some(path) => Some(path.to_owned()),
        None => Some(PathBuf::from(FILE)).filter(|path| path.exists()),
    };
    let tree = match &path {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|error| Problem::Unreadable { path: path.clone(), error })?;
            let mut tree = parse(path, &text)?;
            if let Some(folder) = path.parent() {
                resolve(&mut tree, folder);
            }
            tree
        }
        None => toml::Table::new(),
    };
    environment::overlay(Node::from(tree), variables)
}

/// Checks a file's text by itself, and gives it as a table.
fn parse(path: &Path, text: &str) -> Result<toml::Table, Problem> {
    let wrong = |field: String, error: &toml::de::Error| {
        let end = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1;
        Problem::InFile { path: path.to_owned(), line, field, message: error.message().to_owned() }
    };
    let source = toml::Deserializer::parse(text).map_err(|error| wrong(String::new(), &error))?;
    serde_path_to_error::deserialize::<_, Settings>(source).map_err(|error| {
        let path = error.path().to_string();
        let unknown = error.inner().message().starts_with("unknown field");
        // The message names an unknown field itself: the table it is in is enough.
        let field = if unknown { path.rsplit_once('.').map_or("", |(table, _)| table) } else { path.as_str() };
        wrong(if field == "." { String::new() } else { field.to_owned() }, error.inner())
    })?;
    text.parse().map_err(|error| wrong(String::new(), &error))
}

/// Takes relative paths from the file's folder.
fn resolve(table: &mut toml::Table, folder: &Path) {
    let from_folder = |table: &mut toml::Table, key: &str| {
        if let Some(toml::Value::String(path)) = table.get_mut(key) {
            *path = folder.join(&*path).display().to_string();
        }
    };
    from_folder(table, "data");
    let Some(toml::Value::Table(mail)) = table.get_mut("mail") else { return };
    for (kind, key) in [("servers", "ca_file"), ("mailboxes", "ca_file"), ("dkim", "key_file")] {
        if let Some(toml::Value::Table(named)) = mail.get_mut(kind) {
            named.iter_mut().filter_map(|(_, one)| one.as_table_mut()).for_each(|one| from_folder(one, key));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Problem, Settings, load, parse};
    use crate::settings::Role;

    fn from(text: &str, variables: &[(&str, &str)]) -> Result<Settings, Problem> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outrider.toml");
        std::fs::write(&path, text).unwrap();
        load(Some(&path), variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_environment_lies_over_the_file_and_the_file_over_defaults() {
        let text = "role = \"worker\"\n[mail.servers.main]\nhost = \"smtp.example.com\"\nport = 2525\n";
        let variables = [
            ("OUTRIDER_MAIL__SERVERS__MAIN__PASSWORD", "0123"),
            ("OUTRIDER_MAIL__SERVERS__MAIN__PORT", "587"),
            ("OUTRIDER_DELIVERY__REQUIRE_DOMAIN_CHECK", "false"),
            ("OUTRIDER_MAIL__SERVERS__SECOND__HOST", "smtp.example.org"),
            ("OUTRIDER_DATABASE_URL", "postgres://localhost/outrider"),
            ("HOME", "/nowhere"),
        ];
        let settings = from(text, &variables).unwrap();
        let main = &settings.mail.servers["main"].0;
        assert_eq!((main.port(), main.password.as_deref()), (587, Some("0123")));
        assert_eq!(settings.mail.servers["second"].0.host, "smtp.example.org");
        assert_eq!((settings.role, settings.delivery.require_domain_check), (Role::Worker, false));
        assert_eq!(settings.limits.requests_per_minute, 6_000);
        assert_eq!(settings.data, Path::new("outrider-data"));
    }

    #[test]
    fn paths_in_the_file_are_taken_from_its_folder_and_those_of_the_environment_from_here() {
        let text = "data = \"store\"\n[mail.dkim.\"example.com\"]\nselector = \"a\"\nkey_file = \"a.pem\"\n";
        let settings = from(text, &[]).unwrap();
        assert!(settings.data.is_absolute() && settings.data.ends_with("store"));
        assert!(settings.mail.dkim.values().next().unwrap().key_file.is_absolute());
        assert_eq!(from(text, &[("OUTRIDER_DATA", "elsewhere")]).unwrap().data, Path::new("elsewhere"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_or_variable() {
        for (text, variables, wanted) in [
            (
                "listen = \"127.0.0.1:1\"\nlisten_adress = \"x\"\n",
                &[][..],
                "outrider.toml:2: unknown field `listen_adress`",
            ),
            ("\n[limits]\nstreams = \"many\"\n", &[], "outrider.toml:3: limits.streams: invalid type: string \"many\""),
            ("a = \n", &[], "outrider.toml:1: "),
            ("[mail.servers.main]\nport = 25\n", &[], "missing field `host`"),
            ("[mail.dkim.\"no domain\"]\nselector = \"a\"\nkey_file = \"b\"\n", &[], "outrider.toml:1: "),
            ("", &[("OUTRIDER_TRUSTED_PROXIES", "10.0.0.0/8,x")], "OUTRIDER_TRUSTED_PROXIES: \"x\" is no address"),
            ("", &[("OUTRIDER_LISTEN", "nowhere")], "OUTRIDER_LISTEN: invalid socket address syntax"),
            ("", &[("OUTRIDER_LIMITS__STREAMS", "-1")], "OUTRIDER_LIMITS__STREAMS: "),
            ("", &[("OUTRIDER_LIMITS__STREEMS", "1")], "OUTRIDER_LIMITS__STREEMS: unknown field `streems`"),
            ("", &[("OUTRIDER_LIMITS", "1")], "OUTRIDER_LIMITS: "),
            ("", &[("OUTRIDER_ROLE__NAME", "1")], "OUTRIDER_ROLE__NAME: "),
        ] {
            let error = from(text, variables).unwrap_err().to_string();
            assert!(error.contains(wanted), "{text:?} {variables:?} gave: {error}");
        }
        let missing = load(Some(Path::new("/nonexistent/outrider.toml")), std::iter::empty()).unwrap_err();
        assert!(missing.to_string().starts_with("/nonexistent/outrider.toml: "));
    }

    #[test]
    fn the_documented_example_is_valid_and_says_the_defaults() {
        let text = include_str!("../../../../outrider.example.toml");
        parse(Path::new("outrider.example.toml"), text).unwrap();
        // With every commented-out setting switched on, it must still be valid.
        let all: String = text
            .lines()
            .map(|line| match line.strip_prefix("#") {
                Some(setting) if !setting.starts_with(' ') && !setting.is_empty() => format!("{setting}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        parse(Path::new("outrider.example.toml"), &all).unwrap();
        let from_example: Settings = toml::from_str(text).unwrap();
        let defaults = Settings::default();
        assert_eq!((from_example.listen, &from_example.data), (defaults.listen, &defaults.data));
        assert_eq!(from_example.limits.requests_per_minute, defaults.limits.requests_per_minute);
        assert_eq!(from_example.delivery.approval, defaults.delivery.approval);
        assert_eq!(from_example.delivery.require_domain_check, defaults.delivery.require_domain_check);
    }
}
