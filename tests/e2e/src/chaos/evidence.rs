//! Whether a fault was felt: by the job, or by the producer. One that nobody feels tries nothing.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::plan::{Fault, Server};
use super::strike::Struck;
use super::watch::{Millis, Seen};
use crate::harness::Stack;

/// What Flink's processes call each server when they complain about it.
pub(super) struct Names(BTreeMap<Server, Vec<String>>);

impl Names {
    pub(super) fn of(stack: &Stack) -> Result<Self> {
        let port = |name: &str| -> Result<String> {
            let address = stack.setting(name)?;
            Ok(format!(":{}", address.rsplit(':').next().unwrap_or(address)))
        };
        let zookeeper = || -> Result<String> {
            let settings = std::fs::read(stack.directory().join("stack.json"))?;
            let settings: serde_json::Value = serde_json::from_slice(&settings)?;
            let port = settings["ports"]["ZOOKEEPER_PORT"].as_u64().context("no ZOOKEEPER_PORT")?;
            Ok(format!(":{port}"))
        };
        let own = |words: &[&str], port: String| -> Vec<String> {
            words.iter().map(|word| (*word).to_owned()).chain([port]).collect()
        };
        Ok(Self(BTreeMap::from([
            (
                Server::Kafka,
                own(&["kafka.clients.", "apache.kafka.common.errors"], port("KAFKA_BOOTSTRAP")?),
            ),
            (
                Server::Postgres,
                own(&["org.postgresql", "PostgreSQL", "SQLException"], port("PGPORT")?),
            ),
            (Server::Elasticsearch, own(&["lasticsearch"], port("ES_URL")?)),
            (Server::ZooKeeper, own(&["zookeeper.ClientCnxn", "curator."], zookeeper()?)),
        ])))
    }

    /// Whether an entry of a log complains about a server.
    fn complains(&self, entry: &str, server: Server) -> bool {
        let complaint = [" WARN ", " ERROR ", "isconnected", "SUSPENDED", "LOST"];
        let level = entry.lines().next().unwrap_or_default();
        let named = |server: Server| {
            let names = self.0.get(&server).map_or(&[][..], Vec::as_slice);
            names.iter().any(|name| entry.contains(name.as_str()))
        };
        // which clients say at each start
        let is_usual = level.contains("known config");
        complaint.iter().any(|word| level.contains(word)) && !is_usual && named(server)
    }
}

/// In words, how a fault was felt until `until`; none if nobody felt it.
pub(super) fn felt(
    struck: &Struck,
    names: &Names,
    seen: &Seen,
    until: Millis,
) -> Result<Option<String>> {
    let Struck { fault, begin, end, .. } = *struck;
    let Some(server) = fault.server() else {
        return Ok(struck.was_sending.then(|| "it was in the middle of a file".to_owned()));
    };
    // What the whole job shows may be another's doing, if others struck at the same time.
    let whole = |words: Option<String>| words.filter(|_| !struck.together);
    let own = match server {
        Server::JobManager => seen.silence(begin, end),
        Server::TaskManager1 | Server::TaskManager2 => {
            let name = format!("{}-", server.name());
            let lost = |entry: &str| {
                let words = ["no longer reachable", "Closing TaskExecutor", "heartbeat", "failed"];
                entry.contains(&name) && words.iter().any(|word| entry.contains(word))
            };
            struck.mark.find(lost)?
        }
        _ => struck.mark.find(|entry| names.complains(entry, server))?,
    };
    let own = own.or_else(|| match fault {
        Fault::Kill(_) | Fault::Outage(_) | Fault::FullDisk | Fault::KillProducer => None,
        Fault::Freeze(_) | Fault::Lock => seen.backlog(server, begin, end),
    });
    let still = || seen.standstill(begin, end);
    let slow = || seen.slow_checkpoint(begin, end);
    let all = || seen.interruption(begin, until).or_else(slow).or_else(still);
    Ok(own.or_else(|| whole(all())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_names_its_server() {
        let names = Names(BTreeMap::from([
            (Server::Kafka, vec![":9092".to_owned()]),
            (Server::Postgres, vec!["org.postgresql".to_owned()]),
        ]));
        let refused = "2026-01-01 WARN  sink failed\norg.postgresql.util.PSQLException: refused\n";
        let config = "2026-01-01 INFO  bootstrap.servers = [127.0.0.1:9092]\n";
        assert!(names.complains(refused, Server::Postgres));
        assert!(!names.complains(refused, Server::Kafka));
        assert!(!names.complains(config, Server::Kafka));
    }
}
