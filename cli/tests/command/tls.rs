//! Servers whose certificate nobody signed whom the system trusts.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use openssl::ssl::{SslAcceptor, SslMethod};
use tempfile::TempDir;

use crate::authority::Authority;
use crate::city::{City, Crime};
use crate::snapshot::{assert_snapshot, crimes, run};
use crate::submit::Answering;

/// Speaks TLS for a server that closes each connection after its answer; its address.
fn in_front_of(address: &str, authority: &Authority, name: &str) -> String {
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
    let (key, certificate) = authority.issue(name);
    acceptor.set_private_key(&key).unwrap();
    acceptor.set_certificate(&certificate).unwrap();
    let acceptor = acceptor.build();
    let behind = address.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // a client that does not trust us hangs up
            let Ok(mut client) = acceptor.accept(stream.unwrap()) else { continue };
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && client.read_exact(&mut byte).is_ok() {
                request.push(byte[0]);
            }
            let mut server = TcpStream::connect(&behind).unwrap();
            server.write_all(&request).unwrap();
            let mut answer = Vec::new();
            server.read_to_end(&mut answer).unwrap();
            client.write_all(&answer).unwrap();
            // a client that has read all may be gone
            let _ = client.shutdown();
        }
    });
    url
}

struct Files {
    folder: TempDir,
    ours: Authority,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ours = Authority::new("ours");
        std::fs::write(folder.path().join("ours.pem"), ours.pem()).unwrap();
        std::fs::write(folder.path().join("other.pem"), Authority::new("other").pem()).unwrap();
        std::fs::write(folder.path().join("none.pem"), "nothing").unwrap();
        Self { folder, ours }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

#[test]
fn elasticsearch_is_trusted_and_told_who_asks() {
    let files = Files::new();
    let index = Answering::new(&[
        ("POST /crime_locations/_refresh", 200, "{}"),
        ("GET /crime_locations/_count", 200, "{\"count\":7}"),
    ]);
    let url = in_front_of(&index.url, &files.ours, "127.0.0.1");
    let report = |set: &[(&str, &str)]| {
        let mut command = crimes(&["report", "--json"]);
        command.current_dir(files.path()).env("ES_URL", &url).envs(set.iter().copied());
        run(&mut command)
    };
    for set in [
        vec![("ES_CA", "ours.pem"), ("ES_USER", "me"), ("ES_PASSWORD", "hush")],
        vec![("SSL_CERT_FILE", "ours.pem"), ("ES_API_KEY", "aHVzaA==")],
    ] {
        let ran = report(&set);
        let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert!(ran.code == 0 && told["documents"]["count"] == 7, "{ran:?}");
    }
    let heard = index.heard.lock().unwrap().join("\n").to_lowercase();
    // me:hush in base64
    for said in ["authorization: basic bwu6ahvzaa==", "authorization: apikey ahvzaa=="] {
        assert_eq!(heard.matches(said).count(), 2, "{heard}");
    }
    for (name, set) in [
        ("untrusted", vec![("ES_CA", "other.pem")]),
        ("no-authority", vec![("ES_CA", "gone.pem")]),
        ("no-certificate", vec![("ES_CA", "none.pem")]),
        ("no-password", vec![("ES_USER", "me")]),
        ("user-and-key", vec![("ES_USER", "me"), ("ES_PASSWORD", "hush"), ("ES_API_KEY", "hush")]),
    ] {
        let ran = report(&set);
        assert!(!ran.stderr.contains("hush"), "{ran:?}");
        assert_snapshot(&format!("report-elasticsearch-{name}"), &ran.told(&[(&url, "URL")]));
    }
}

#[test]
fn elasticsearch_does_not_let_us_in() {
    let index = Answering::new(&[("POST", 401, "{}")]);
    let ran = run(crimes(&["report", "--elasticsearch", &index.url]).args(["--index", "x"]));
    assert_snapshot("report-elasticsearch-401", &ran.told(&[(&index.url, "URL")]));
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let files = Files::new();
    let flink = Answering::new(&[("GET /jobs/overview", 200, "{\"jobs\":[]}")]);
    let list = |name: &str| {
        let url = in_front_of(&flink.url, &files.ours, name);
        let mut command = crimes(&["submit", "list", "--flink", &url, "--flink-ca", "ours.pem"]);
        run(command.current_dir(files.path()))
    };
    let ran = list("127.0.0.1");
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = list("127.0.0.2");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("not valid for name \"127.0.0.1\""), "{ran:?}");
    assert!(ran.stderr.contains("--flink-ca or FLINK_CA"), "{ran:?}");
}

#[test]
fn a_city_is_trusted_by_the_systems_authorities() {
    let files = Files::new();
    let city = City::with(&[Crime::new(1, "2018-01-01T00:00:00", "2018-01-02T00:00:00")]);
    let url = in_front_of(city.address(), &files.ours, "127.0.0.1");
    let download = |trusted: &str| {
        let mut command = crimes(&["download", "crimes.csv", "--host", &url]);
        run(command.current_dir(files.path()).env("SSL_CERT_FILE", trusted))
    };
    let ran = download("other.pem");
    assert_snapshot("download-untrusted", &ran.told(&[(&url, "URL")]));
    let ran = download("ours.pem");
    assert!(ran.code == 0 && files.path().join("crimes.csv").exists(), "{ran:?}");
}

#[test]
fn what_is_wrong_with_postgres_settings_is_said() {
    let files = Files::new();
    for (name, set) in [
        ("mode", vec![("PGSSLMODE", "allow")]),
        ("no-authority", vec![("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", "gone.pem")]),
        ("no-certificate", vec![("PGSSLMODE", "verify-ca"), ("PGSSLROOTCERT", "none.pem")]),
        ("nobody-trusted", vec![("PGSSLMODE", "verify-ca")]),
    ] {
        let mut command = crimes(&["report"]);
        command.current_dir(files.path()).envs(set).env("HOME", files.path());
        let ran = run(command.env("PGHOST", "127.0.0.1").env("PGPORT", "1"));
        assert_snapshot(&format!("report-postgres-{name}"), &ran.told(&[]));
    }
}
