//! HTTP to the servers that speak it, with one sentence where one does not answer.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::{Certificate, Method, Url};

use crate::exit::{Exit, Fault};
use crate::kafka::PATIENCE;

/// A server's name for a person, and those of its settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    pub(crate) server: &'static str,
    /// what to set where the address is wrong
    pub(crate) address: &'static str,
    /// what to set where its certificate is not trusted
    pub(crate) authority: &'static str,
}

/// A server with a REST interface.
#[derive(Debug)]
pub(crate) struct Server {
    names: Names,
    base: Url,
    http: Client,
}

impl Server {
    /// `base` is where its paths begin, such as `http://127.0.0.1:8081`.
    ///
    /// `authority` is a file with the certificates that are trusted (PEM), without it they are the system's.
    pub(crate) fn new(names: Names, base: &Url, authority: Option<&Path>) -> anyhow::Result<Self> {
        let mut builder = Client::builder().connect_timeout(PATIENCE).timeout(None::<Duration>);
        if is_local(base) {
            builder = builder.no_proxy();
        }
        if let Some(file) = authority.filter(|file| !file.as_os_str().is_empty()) {
            builder = builder.tls_built_in_root_certs(false);
            for certificate in certificates(file, names.authority)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let http = builder.build().with_context(|| match authority {
            Some(file) => format!("{}: {} is refused", names.authority, file.display()),
            None => {
                "the certificates that the system trusts can't be used (SSL_CERT_FILE)".to_owned()
            }
        })?;
        let mut base = base.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Self { names, base, http })
    }

    /// Where it is, without a password.
    pub(crate) fn address(&self) -> String {
        shown(&self.base)
    }

    /// Whether it is on this machine.
    pub(crate) fn is_local(&self) -> bool {
        is_local(&self.base)
    }

    /// A request for a path below the base, given without a slash in front.
    pub(crate) fn request(&self, method: Method, path: &str) -> anyhow::Result<RequestBuilder> {
        let url = self
            .base
            .join(path)
            .with_context(|| format!("{path} is no path below {}", self.address()))?;
        Ok(self.http.request(method, url))
    }

    /// Sends it; fails with [`Exit::Unreachable`] if there is no answer at all. An answer of any status is one.
    pub(crate) fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        request.send().map_err(|error| {
            // without the address, which the sentence has
            let why = root(&error.without_url());
            let Names { server, address, authority } = self.names;
            let at = self.address();
            let fault = if why.starts_with(UNTRUSTED) {
                let sentence = format!(
                    "{server} at {at} has a certificate that is not trusted: {why}; name a file with that of the authority \
                     that signed it ({authority})"
                );
                Fault::new(Exit::Failed, sentence)
            } else {
                let sentence = format!(
                    "{server} at {at} does not answer: {why}; is it running, and is that its address ({address})?"
                );
                Fault::new(Exit::Unreachable, sentence)
            };
            fault.into()
        })
    }
}

/// How rustls begins to say whose certificate it refuses.
const UNTRUSTED: &str = "invalid peer certificate";

fn certificates(file: &Path, setting: &str) -> anyhow::Result<Vec<Certificate>> {
    let shown = file.display();
    let wrong = |sentence: String| Fault::new(Exit::Misused, sentence);
    let pem = fs::read(file)
        .map_err(|error| wrong(format!("{setting}: cannot read {shown}: {error}")))?;
    let found = Certificate::from_pem_bundle(&pem).unwrap_or_default();
    if found.is_empty() {
        return Err(wrong(format!("{setting}: {shown} has no certificates in PEM form")).into());
    }
    Ok(found)
}

/// An address as the command line takes it.
pub(crate) fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| "give a URL such as http://127.0.0.1:8081".to_owned())
}

/// The innermost cause: the others only say that something went wrong.
pub(crate) fn root(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// An address without user and password.
pub(crate) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    // fails only for addresses that have neither
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_passwords() {
        let url = Url::parse("http://me:secret@127.0.0.1:9200/").unwrap();
        assert_eq!(shown(&url), "http://127.0.0.1:9200");
        assert!(is_local(&url));
        assert!(is_local(&Url::parse("http://[::1]:8081").unwrap()));
        assert!(!is_local(&Url::parse("http://flink.example.com:8081").unwrap()));
    }
}
