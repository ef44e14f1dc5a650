//! Where a setting stands: the file, and the line of each key, for those who have to put it right.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Config, Fault};

/// A configuration file as it was read.
#[derive(Debug, Clone)]
pub struct Source {
    path: PathBuf,
    text: String,
}

/// Why a file is not a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or has a key or value that is not known.
    #[error("{}: {message}", path.display())]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Line, key and reason.
        message: String,
    },
}

impl Source {
    /// Reads a file; keys it does not name keep their defaults.
    pub fn read(path: &Path) -> Result<(Config, Source), ReadError> {
        let path = path.to_owned();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(ReadError::Read { path, source }),
        };
        match toml::from_str::<Config>(&text) {
            Ok(config) => Ok((config.canonical(), Source { path, text })),
            Err(error) => Err(ReadError::Parse { path, message: error.to_string() }),
        }
    }

    /// A fault with file, line and key. A key that is not in the file is missed where it should stand: in its table,
    /// or in the first line.
    pub fn locate(&self, fault: &Fault) -> String {
        format!("{}, line {}: {fault}", self.path.display(), self.line(&fault.key))
    }

    fn line(&self, key: &[String]) -> usize {
        let Ok(document) = DeTable::parse(&self.text) else { return 1 };
        let mut at = 0;
        let mut table = Some(document.get_ref());
        for name in key {
            let entry = table.and_then(|table| entry(table, name));
            let Some((start, value)) = entry else { break };
            at = start;
            table = value.get_ref().as_table();
        }
        1 + self.text[..at].matches('\n').count()
    }
}

fn entry<'a, 'i>(table: &'a DeTable<'i>, name: &str) -> Option<(usize, &'a Spanned<DeValue<'i>>)> {
    let is_named = |key: &str| key == name || super::canonical(key) == name;
    table.iter().find(|(key, _)| is_named(key.get_ref())).map(|(key, value)| (key.span().start, value))
}
