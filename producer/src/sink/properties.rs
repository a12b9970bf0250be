//! Properties of librdkafka from flags, environment and file, and which of them are secrets.

use std::collections::BTreeMap;
use std::fmt;

/// Environment variables with this beginning are properties: `CRIMES_KAFKA_SASL_PASSWORD` is `sasl.password`.
pub const ENVIRONMENT: &str = "CRIMES_KAFKA_";

/// Properties of librdkafka by name. Its values are shown to nobody who prints it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Properties {
    values: BTreeMap<String, String>,
}

/// A property that is refused. It never says a value, which could be a secret that was put in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PropertyError {
    /// no equals sign, or nothing before it
    #[error("a property is KEY=VALUE, such as security.protocol=SSL")]
    NotAPair,
    /// the same in a file
    #[error("line {0} is not KEY=VALUE")]
    NotAPairInLine(usize),
    /// a secret where everyone can see it
    #[error(
        "{key} is a secret, and everyone on this machine can see a command line: put it into a file (--kafka-config) or \
         into {variable}"
    )]
    SecretInTheOpen {
        /// the property
        key: String,
        /// the environment variable for it
        variable: String,
    },
}

impl Properties {
    /// Reads a file of `key=value` lines, with empty lines and comments that begin with `#` or `!` between.
    ///
    /// # Errors
    /// At the first line that is none of them.
    pub fn parse(text: &str) -> Result<Self, PropertyError> {
        let mut properties = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', '!']) {
                continue;
            }
            let (key, value) = pair(line).ok_or(PropertyError::NotAPairInLine(number))?;
            properties.set(key, value);
        }
        Ok(properties)
    }

    /// Takes what is meant for it from an environment.
    #[must_use]
    pub fn from_environment(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut properties = Self::default();
        for (name, value) in variables {
            if let Some(key) = name.strip_prefix(ENVIRONMENT) {
                properties.set(&key.to_ascii_lowercase().replace('_', "."), &value);
            }
        }
        properties
    }

    /// Takes `key=value` from a command line, where no secret may stand.
    ///
    /// # Errors
    /// If it is no pair or a secret.
    pub fn set_in_the_open(&mut self, text: &str) -> Result<(), PropertyError> {
        let (key, value) = pair(text).ok_or(PropertyError::NotAPair)?;
        if is_secret(key) {
            let variable = format!("{ENVIRONMENT}{}", key.to_ascii_uppercase().replace('.', "_"));
            return Err(PropertyError::SecretInTheOpen { key: key.to_owned(), variable });
        }
        self.set(key, value);
        Ok(())
    }

    /// Sets one property.
    pub fn set(&mut self, key: &str, value: &str) {
        self.values.insert(key.to_owned(), value.to_owned());
    }

    /// Adds those of `others` that are not set yet.
    #[must_use]
    pub fn over(mut self, others: Self) -> Self {
        for (key, value) in others.values {
            self.values.entry(key).or_insert(value);
        }
        self
    }

    /// The value of a property.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Takes a property out.
    pub fn remove(&mut self, key: &str) -> Option<String> {
        self.values.remove(key)
    }

    /// Whether a secret is among them.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        self.values.keys().any(|key| is_secret(key))
    }

    /// All of them by name, secrets as they are.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// What takes their secrets out of texts.
    pub(super) fn redaction(&self) -> Redaction {
        let mut secrets: Vec<String> = self
            .iter()
            .filter(|(key, value)| is_secret(key) && !value.is_empty())
            .map(|(_, value)| value.to_owned())
            .collect();
        // a secret that holds another one goes first
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Redaction { secrets }
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            self.iter().map(|(key, value)| (key, if is_secret(key) { "***" } else { value }));
        f.debug_map().entries(shown).finish()
    }
}

fn pair(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once('=')?;
    let key = key.trim();
    (!key.is_empty()).then_some((key, value.trim()))
}

/// Whether a property's value must not be shown anywhere.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["password", "secret", "key.pem", "oauthbearer.config", "jaas"]
        .iter()
        .any(|part| key.contains(part))
}

/// Takes secrets out of texts.
#[derive(Clone, Default)]
pub(super) struct Redaction {
    secrets: Vec<String>,
}

impl Redaction {
    pub(super) fn of(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(pairs: &[(&str, &str)]) -> Properties {
        let mut properties = Properties::default();
        for (key, value) in pairs {
            properties.set(key, value);
        }
        properties
    }

    #[test]
    fn a_file_has_pairs_and_comments() {
        let found = Properties::parse("# comment\n\n a.b = c=d \n!x\nsasl.password=p\n").unwrap();
        assert_eq!(found, properties(&[("a.b", "c=d"), ("sasl.password", "p")]));
        assert_eq!(Properties::parse("a=b\nhunter2\n"), Err(PropertyError::NotAPairInLine(2)));
        assert_eq!(Properties::parse("=hunter2"), Err(PropertyError::NotAPairInLine(1)));
    }

    #[test]
    fn the_environment_spells_dots_as_underscores() {
        let variables = [("CRIMES_KAFKA_SASL_PASSWORD", "p"), ("KAFKA_SASL_PASSWORD", "q")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(Properties::from_environment(variables), properties(&[("sasl.password", "p")]));
    }

    #[test]
    fn what_is_nearer_to_the_user_wins() {
        let flags = properties(&[("a", "flag")]);
        let file = properties(&[("a", "file"), ("b", "file")]);
        assert_eq!(flags.over(file), properties(&[("a", "flag"), ("b", "file")]));
    }

    #[test]
    fn secrets_are_refused_in_the_open_and_never_repeated() {
        let mut found = Properties::default();
        for text in ["sasl.password=hunter2", "ssl.key.pem=hunter2", "hunter2"] {
            let said = found.set_in_the_open(text).unwrap_err().to_string();
            assert!(!said.contains("hunter2"), "{said}");
        }
        let said = found.set_in_the_open("sasl.password=x").unwrap_err().to_string();
        assert!(said.contains("CRIMES_KAFKA_SASL_PASSWORD"), "{said}");
        assert_eq!(found, Properties::default());
        found.set("sasl.password", "hunter2");
        found.set("ssl.key.password", "hunter2222");
        assert!(!format!("{found:?}").contains("hunter2"));
        assert_eq!(found.redaction().of("no hunter2222, no hunter2"), "no ***, no ***");
    }
}
