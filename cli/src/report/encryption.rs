//! Whether the connection to Postgres is encrypted, and whose certificate it takes: as Postgres's own programs have it.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::{X509, X509NameRef, X509StoreContextRef};
use postgres::config::SslMode;
use postgres_openssl::MakeTlsConnector;

use crate::exit::{Exit, Fault};

/// What a certificate must be, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

const MODES: [(&str, Mode); 5] = [
    ("disable", Mode::Disable),
    ("prefer", Mode::Prefer),
    ("require", Mode::Require),
    ("verify-ca", Mode::VerifyCa),
    ("verify-full", Mode::VerifyFull),
];

/// The settings for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encryption {
    mode: String,
    /// file with certificates of authorities
    authorities: Option<PathBuf>,
}

/// The certificate that was refused, and why.
#[derive(Debug, Clone, Default)]
pub(super) struct Refused(Arc<Mutex<Option<String>>>);

impl Refused {
    pub(super) fn why(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, context: &X509StoreContextRef) {
        let certificate = context.current_cert().map_or_else(String::new, |it| {
            format!(" of {} from {}", name(it.subject_name()), name(it.issuer_name()))
        });
        let why = format!("the certificate{certificate} is refused: {}", context.error());
        // the first is what is wrong
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }
}

impl Encryption {
    /// From `PGSSLMODE` and `PGSSLROOTCERT`.
    pub(super) fn from_environment(set: impl Fn(&str) -> Option<String>) -> Self {
        // where Postgres's own programs look, too
        let usual = || {
            let file = PathBuf::from(set("HOME")?).join(".postgresql/root.crt");
            file.exists().then_some(file)
        };
        Self {
            mode: set("PGSSLMODE").unwrap_or_else(|| "prefer".to_owned()),
            authorities: set("PGSSLROOTCERT").map(PathBuf::from).or_else(usual),
        }
    }

    /// For a person: what is set.
    pub(super) fn told(&self) -> String {
        let file = self.authorities.as_ref();
        let file = file.map_or_else(|| "not set".to_owned(), |it| it.display().to_string());
        format!("PGSSLMODE is {}, PGSSLROOTCERT is {file}", self.mode)
    }

    /// What the driver wants to know. A certificate that is refused is then told.
    pub(super) fn connector(&self) -> anyhow::Result<(SslMode, MakeTlsConnector, Refused)> {
        let mode = self.mode()?;
        let mut builder = SslConnector::builder(SslMethod::tls()).context("preparing for TLS")?;
        let refused = Refused::default();
        if mode >= Mode::VerifyCa {
            builder.set_cert_store(self.trusted()?);
            let keep = refused.clone();
            builder.set_verify_callback(SslVerifyMode::PEER, move |fine, context| {
                if !fine {
                    keep.keep(context);
                }
                fine
            });
        } else {
            builder.set_verify(SslVerifyMode::NONE);
        }
        let mut connector = MakeTlsConnector::new(builder.build());
        connector.set_callback(move |connection, _| {
            connection.set_verify_hostname(mode == Mode::VerifyFull);
            Ok(())
        });
        let wanted = match mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            _ => SslMode::Require,
        };
        Ok((wanted, connector, refused))
    }

    fn mode(&self) -> anyhow::Result<Mode> {
        let known = MODES.iter().find(|(name, _)| *name == self.mode).map(|(_, mode)| *mode);
        let mode = known.ok_or_else(|| {
            let names = MODES.map(|(name, _)| name).join(", ");
            let sentence = format!("PGSSLMODE is '{}', but must be one of {names}", self.mode);
            Fault::new(Exit::Misused, sentence)
        })?;
        // one who names authorities wants them asked
        let asked = mode == Mode::Require && self.authorities.is_some();
        Ok(if asked { Mode::VerifyCa } else { mode })
    }

    fn trusted(&self) -> anyhow::Result<X509Store> {
        let wrong = |sentence: String| Fault::new(Exit::Misused, sentence);
        let file = self.authorities.as_ref().ok_or_else(|| {
            wrong(format!(
                "PGSSLMODE is {}, but nobody is trusted: PGSSLROOTCERT names a file with the certificates of authorities \
                 (PEM)",
                self.mode
            ))
        })?;
        let shown = file.display();
        let pem = fs::read(file)
            .map_err(|error| wrong(format!("PGSSLROOTCERT: cannot read {shown}: {error}")))?;
        let none = || wrong(format!("PGSSLROOTCERT: {shown} has no certificates in PEM form"));
        let certificates = X509::stack_from_pem(&pem).map_err(|_| none())?;
        if certificates.is_empty() {
            return Err(none().into());
        }
        let mut store = X509StoreBuilder::new().context("preparing for TLS")?;
        for certificate in certificates {
            store.add_cert(certificate).map_err(|_| none())?;
        }
        Ok(store.build())
    }
}

/// `CN=broker, O=city`; nothing in it reaches a terminal as a command.
fn name(name: &X509NameRef) -> String {
    let parts = name.entries().map(|entry| {
        let key = entry.object().nid().short_name().unwrap_or("?");
        let value = String::from_utf8_lossy(entry.data().as_slice()).escape_debug().to_string();
        format!("{key}={value}")
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Encryption {
        Encryption::from_environment(|name| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn modes_are_those_of_postgres() {
        for (name, mode) in MODES {
            assert_eq!(of(&[("PGSSLMODE", name)]).mode().unwrap(), mode);
        }
        assert_eq!(of(&[]).mode().unwrap(), Mode::Prefer);
        let with = [("PGSSLMODE", "require"), ("PGSSLROOTCERT", "ca.pem")];
        assert_eq!(of(&with).mode().unwrap(), Mode::VerifyCa);
        let error = of(&[("PGSSLMODE", "on")]).mode().unwrap_err().to_string();
        assert!(error.contains("'on'") && error.contains("verify-full"), "{error}");
    }

    #[test]
    fn authorities_come_from_the_usual_file_too() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".postgresql/root.crt");
        let set = [("HOME", home.path().to_str().unwrap())];
        assert_eq!(of(&set).authorities, None);
        fs::create_dir(home.path().join(".postgresql")).unwrap();
        fs::write(&file, "").unwrap();
        assert_eq!(of(&set).authorities, Some(file));
    }

    #[test]
    fn what_is_wrong_with_the_authorities_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let path = file.to_str().unwrap();
        let error = |file: &[(&str, &str)]| {
            let set = [&[("PGSSLMODE", "verify-full")], file].concat();
            of(&set).connector().err().unwrap().to_string()
        };
        assert!(error(&[]).contains("PGSSLROOTCERT names a file"), "{}", error(&[]));
        let set = [("PGSSLROOTCERT", path)];
        assert!(error(&set).contains(&format!("cannot read {path}")), "{}", error(&set));
        for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            fs::write(&file, text).unwrap();
            assert!(error(&set).contains("has no certificates"), "{}", error(&set));
        }
    }
}
