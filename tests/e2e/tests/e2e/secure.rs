//! A broker that speaks TLS and asks who is there, and a Postgres that speaks TLS.

use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::harness::{
    Case, Compare, Input, Output, Run, Scenario, Stack, Value, generated, wait_for,
};

use crate::authority::Authority;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "records_go_over_tls_with_a_password", run: over_tls },
    Scenario { name: "tables_are_read_over_tls", run: tables_are_read_over_tls },
];

const NOON: i64 = 1_514_808_000_000; // 2018-01-01T12:00 on the wall clock
const USER: &str = "crimes";
const PASSWORD: &str = "correct-horse";
const WRONG: &str = "battery-staple";

fn over_tls(stack: &Stack) -> Result<()> {
    let own = stack.directory().join("kafka.properties");
    let checked = Broker::make(stack, &own).and_then(|broker| check(stack, &broker));
    // whatever came out: those that come after this one want the broker as it was
    if own.exists() {
        fs::remove_file(&own)?;
        stack.control(&["stop", "kafka"])?;
        stack.start("kafka")?;
    }
    checked
}

fn check(stack: &Stack, broker: &Broker) -> Result<()> {
    let input = generated(stack, "few.csv", &["--days", "2", "--per-day", "100"])?;
    let case = Case::new(stack, "secure", 2)?;
    let topics = stack.topics()?;
    let mut wanted = 0;
    for (protocol, mechanism) in [
        ("SSL", ""),
        ("SASL_SSL", "PLAIN"),
        ("SASL_SSL", "SCRAM-SHA-256"),
        ("SASL_SSL", "SCRAM-SHA-512"),
    ] {
        let sent = broker.produce(stack, &case, &input, protocol, mechanism, PASSWORD)?;
        sent.success().with_context(|| format!("{protocol} {mechanism}"))?;
        wanted += i64::try_from(input.rows.len())?;
        let there = topics.count(&case.topic)?;
        ensure!(there == wanted, "{protocol} {mechanism}: {there} records, not {wanted}");
    }
    for mechanism in ["PLAIN", "SCRAM-SHA-512"] {
        let refused = broker.produce(stack, &case, &input, "SASL_SSL", mechanism, WRONG)?;
        told(refused, "uthentication failed")?;
    }
    let elsewhere = Broker { authority: broker.stranger.clone(), ..broker.clone() };
    let refused = elsewhere.produce(stack, &case, &input, "SSL", "", PASSWORD)?;
    told(refused, "certificate")?;
    let there = topics.count(&case.topic)?;
    ensure!(there == wanted, "{there} records after refusals, not {wanted}");
    read_over_tls(stack, broker, &case, &input)
}

/// The job reads from, and writes its dead letters to, the listener with TLS and a password.
fn read_over_tls(stack: &Stack, broker: &Broker, case: &Case<'_>, input: &Input) -> Result<()> {
    stack.topics()?.send(
        &case.topic,
        &[Value { bytes: Some(b"no record".to_vec()), timestamp: NOON, ..Value::default() }],
    )?;
    let file = broker.folder.join("job.properties");
    let text = format!(
        "kafka.security.protocol=SASL_SSL\n\
         kafka.sasl.mechanism=SCRAM-SHA-512\n\
         kafka.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
         username=\"{USER}\" password=\"{PASSWORD}\";\n\
         kafka.ssl.truststore.type=PEM\n\
         kafka.ssl.truststore.location={}\n",
        broker.authority.display()
    );
    fs::write(&file, text)?;
    case.job()
        .with("--config", file.to_str().context("a path that is not text")?)
        .with("--kafka-bootstrap", &format!("127.0.0.1:{}", broker.password))
        .run_to_the_end()?;
    // each record was sent four times, which changes nothing
    let answer = input.answer();
    answer.tables(case)?;
    answer.documents(case)?;
    let letters = stack.topics()?.dead_letters(&case.rejected)?;
    let bad: Vec<_> = letters.iter().filter(|letter| letter.reason == "malformed-json").collect();
    ensure!(bad.len() == 1, "dead letters {letters:?}");
    Ok(())
}

/// `crimes report` from a Postgres without TLS, with a certificate for its address, and with one for another.
fn tables_are_read_over_tls(stack: &Stack) -> Result<()> {
    let read = Encrypted::new(stack)?.check();
    // whatever came out: those that come after this one want the server as it was
    set_tls(stack, false)?;
    read
}

struct Encrypted<'a> {
    stack: &'a Stack,
    folder: PathBuf,
    ours: Authority,
}

impl<'a> Encrypted<'a> {
    fn new(stack: &'a Stack) -> Result<Self> {
        let folder = stack.directory().join("secure-tables");
        fs::create_dir_all(&folder)?;
        let ours = Authority::new("ours");
        fs::write(folder.join("ours.pem"), ours.pem())?;
        fs::write(folder.join("stranger.pem"), Authority::new("stranger").pem())?;
        Ok(Self { stack, folder, ours })
    }

    fn check(&self) -> Result<()> {
        self.report("prefer", None)?.success()?;
        self.refused("require", None, "does not support TLS")?;
        self.serve("127.0.0.1")?;
        set_tls(self.stack, true)?;
        for (mode, trusted) in [
            ("disable", None),
            ("prefer", None),
            ("require", None),
            ("verify-ca", Some("ours.pem")),
            ("verify-full", Some("ours.pem")),
        ] {
            self.report(mode, trusted)?.success().context(mode)?;
        }
        for mode in ["require", "verify-full"] {
            self.refused(mode, Some("stranger.pem"), "the certificate of CN=server from CN=ours")?;
        }
        self.serve("127.0.0.2")?;
        // reads the certificate anew
        set_tls(self.stack, false)?;
        set_tls(self.stack, true)?;
        self.report("verify-ca", Some("ours.pem"))?.success()?;
        self.refused("verify-full", Some("ours.pem"), "IP address mismatch")
    }

    /// Puts a certificate for this address where the server looks for it.
    fn serve(&self, ip: &str) -> Result<()> {
        let data = self.stack.directory().join("postgres/data");
        let owner = fs::metadata(&data)?;
        let (key, certificate) = self.ours.issue(ip);
        let files = [
            ("server.key", key.private_key_to_pem_pkcs8()?),
            ("server.crt", certificate.to_pem()?),
        ];
        for (name, pem) in files {
            let path = data.join(name);
            fs::write(&path, pem)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
            chown(&path, Some(owner.uid()), Some(owner.gid()))?;
        }
        Ok(())
    }

    fn report(&self, mode: &str, trusted: Option<&str>) -> Result<Output> {
        let mut command = self.stack.programs().crimes(&["report", "--json"])?;
        for other in ["KAFKA_BOOTSTRAP", "FLINK_URL", "ES_URL"] {
            command.env_remove(other);
        }
        if let Some(file) = trusted {
            command.env("PGSSLROOTCERT", self.folder.join(file));
        }
        command.env("PGSSLMODE", mode).env("HOME", &self.folder).run()
    }

    fn refused(&self, mode: &str, trusted: Option<&str>, said: &str) -> Result<()> {
        let output = self.report(mode, trusted)?.failure()?;
        ensure!(output.status.code() == Some(1), "{output:?}");
        for word in [said, &format!("PGSSLMODE is {mode}")] {
            ensure!(output.stderr.contains(word), "nothing of {word:?} in:\n{}", output.stderr);
        }
        Ok(())
    }
}

fn set_tls(stack: &Stack, on: bool) -> Result<()> {
    let set = if on { "SET ssl = on" } else { "RESET ssl" };
    let mut tables = stack.tables()?;
    tables.owner().batch_execute(&format!("ALTER SYSTEM {set}"))?;
    tables.owner().batch_execute("SELECT pg_reload_conf()")?;
    let wanted = if on { "on" } else { "off" };
    wait_for("new connections know of it", Duration::from_secs(30), || {
        let now: String = stack.tables()?.owner().query_one("SHOW ssl", &[])?.get(0);
        Ok((now == wanted).then_some(()))
    })
}

/// Exit code 4 with this in what is said, and no password.
fn told(output: Output, said: &str) -> Result<()> {
    let output = output.failure()?;
    ensure!(output.status.code() == Some(4), "{output:?}");
    ensure!(output.stderr.contains(said), "nothing of {said:?} in:\n{}", output.stderr);
    let all = format!("{}{}", output.stdout, output.stderr);
    ensure!(!all.contains(PASSWORD) && !all.contains(WRONG), "a password in:\n{all}");
    Ok(())
}

/// What a client must know of the broker's two secure listeners.
#[derive(Clone)]
struct Broker {
    folder: PathBuf,
    tls: u16,
    password: u16,
    authority: PathBuf,
    stranger: PathBuf,
}

impl Broker {
    /// Gives Kafka two more listeners, by settings in `own`, and a user.
    fn make(stack: &Stack, own: &Path) -> Result<Self> {
        let folder = stack.directory().join("secure");
        fs::create_dir_all(&folder)?;
        let (store, authority) = certificate(&folder, "broker")?;
        let (_, stranger) = certificate(&folder, "stranger")?;
        let broker =
            Self { folder, tls: free_port()?, password: free_port()?, authority, stranger };
        fs::write(own, broker.listeners(stack, &store)?)?;
        stack.control(&["stop", "kafka"])?;
        stack.start("kafka")?;
        broker.make_user(stack)?;
        Ok(broker)
    }

    fn listeners(&self, stack: &Stack, store: &Path) -> Result<String> {
        let written = fs::read_to_string(stack.directory().join("kafka/server.properties"))?;
        let usual = |name: &str| {
            let line = written.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
            line.map(str::to_owned).with_context(|| format!("no {name} in Kafka's settings"))
        };
        let more = format!("TLS://127.0.0.1:{},PASSWORD://127.0.0.1:{}", self.tls, self.password);
        let mut text = String::new();
        for name in ["listeners", "advertised.listeners"] {
            text += &format!("{name}={},{more}\n", usual(name)?);
        }
        let map = usual("listener.security.protocol.map")?;
        text += &format!(
            "listener.security.protocol.map={map},TLS:SSL,PASSWORD:SASL_SSL\n\
             ssl.keystore.type=PKCS12\n\
             ssl.keystore.location={}\n\
             ssl.keystore.password={PASSWORD}\n\
             listener.name.password.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512\n\
             listener.name.password.plain.sasl.jaas.config=\
             org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}=\"{PASSWORD}\";\n",
            store.display(),
        );
        for mechanism in ["scram-sha-256", "scram-sha-512"] {
            text += &format!(
                "listener.name.password.{mechanism}.sasl.jaas.config=\
                 org.apache.kafka.common.security.scram.ScramLoginModule required;\n"
            );
        }
        Ok(text)
    }

    /// One for both mechanisms: Kafka takes them one by one.
    fn make_user(&self, stack: &Stack) -> Result<()> {
        for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512"] {
            let mut command = Command::new(java("java"));
            command.args(["-cp", &format!("{}/lib/*", stack.setting("KAFKA_HOME")?)]);
            command.args(["kafka.admin.ConfigCommand", "--alter", "--entity-type", "users"]);
            command.args(["--entity-name", USER, "--bootstrap-server"]);
            command.arg(stack.setting("KAFKA_BOOTSTRAP")?).arg("--add-config");
            command.arg(format!("{mechanism}=[iterations=4096,password={PASSWORD}]"));
            command.run()?.success().context("making a user of Kafka's")?;
        }
        Ok(())
    }

    fn produce(
        &self,
        stack: &Stack,
        case: &Case<'_>,
        input: &Input,
        protocol: &str,
        mechanism: &str,
        password: &str,
    ) -> Result<Output> {
        let properties = self.folder.join("client.properties");
        let mut text =
            format!("security.protocol={protocol}\nssl.ca.location={}\n", self.authority.display());
        let mut port = self.tls;
        if !mechanism.is_empty() {
            port = self.password;
            text += &format!(
                "sasl.mechanism={mechanism}\nsasl.username={USER}\nsasl.password={password}\n"
            );
        }
        fs::write(&properties, text)?;
        let file = input.path.to_str().context("a path that is not text")?;
        let mut command = stack.programs().crimes(&["produce", file, "--topic", &case.topic])?;
        command.args(["--bootstrap", &format!("127.0.0.1:{port}"), "--connect-timeout", "10"]);
        command.arg("--kafka-config").arg(properties).run()
    }
}

/// A key with a certificate of its own for this machine: the store that a broker wants, and the PEM file for clients.
fn certificate(folder: &Path, name: &str) -> Result<(PathBuf, PathBuf)> {
    let (store, pem) = (folder.join(format!("{name}.p12")), folder.join(format!("{name}.pem")));
    let keytool = || {
        let mut command = Command::new(java("keytool"));
        command.args(["-storetype", "PKCS12", "-storepass", PASSWORD, "-alias", name]);
        command.arg("-keystore").arg(&store);
        command
    };
    if !store.exists() {
        let mut make = keytool();
        make.args(["-genkeypair", "-keyalg", "RSA", "-keysize", "2048", "-validity", "2"]);
        make.args(["-dname", &format!("CN={name}"), "-ext", "san=ip:127.0.0.1"]);
        make.run()?.success().context("keytool makes a key")?;
    }
    keytool().args(["-exportcert", "-rfc", "-file"]).arg(&pem).run()?.success()?;
    Ok((store, pem))
}

/// A program of the JDK.
fn java(program: &str) -> OsString {
    match std::env::var_os("JAVA_HOME") {
        Some(home) => Path::new(&home).join("bin").join(program).into(),
        None => program.into(),
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
