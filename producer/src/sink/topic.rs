//! What is known of the topic before anything is sent, and whether it would keep what is sent to it.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, ResourceSpecifier};
use rdkafka::config::FromClientConfigAndContext as _;

use super::deliveries::{Reports, described};
use super::settings::KafkaSettings;

/// What a topic does with what is sent to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicFacts {
    /// its name
    pub name: String,
    /// number of partitions
    pub partitions: usize,
    /// records whose timestamp is so long ago are deleted; none if they are kept, or if that could not be asked
    pub retention: Option<Duration>,
    /// only the newest record of each key is kept
    pub compacted: bool,
    /// the broker replaces the timestamp that a record is sent with
    pub stamps_arrival: bool,
}

impl TopicFacts {
    /// Why records of that event time (ms), sent at that time (ms), would not lie in the topic as they are sent.
    #[must_use]
    pub fn warnings(&self, first_event_time: i64, now: i64) -> Vec<String> {
        let name = &self.name;
        let mut said = Vec::new();
        if let Some(retention) = self.retention
            && u128::try_from(now.saturating_sub(first_event_time))
                .is_ok_and(|age| age > retention.as_millis())
        {
            said.push(format!(
                "topic {name} has retention.ms={}: Kafka deletes by the time of the crime, so old records vanish from it \
                 within minutes; retention.ms=-1 keeps them",
                retention.as_millis()
            ));
        }
        if self.compacted {
            said.push(format!(
                "topic {name} is compacted: Kafka will keep only the newest record of each district; set \
                 cleanup.policy=delete"
            ));
        }
        if self.stamps_arrival {
            said.push(format!(
                "topic {name} stamps records with their arrival, not with the time of the crime; set \
                 message.timestamp.type=CreateTime, or run the job with --event-time payload"
            ));
        }
        said
    }

    /// Asks the brokers for the topic's settings. Whoever may not ask gets no warnings, but can send.
    pub(super) fn ask(
        name: &str,
        partitions: usize,
        settings: &KafkaSettings,
        reports: Reports,
    ) -> Self {
        let mut facts = Self { name: name.to_owned(), partitions, ..Self::default() };
        let log = reports.logger();
        match described_settings(name, settings, reports) {
            Ok(entries) => {
                for (key, value) in entries {
                    facts.learn(&key, &value);
                }
            }
            Err(cause) => log(&format!("the settings of topic {name} can't be read: {cause}")),
        }
        facts
    }

    fn learn(&mut self, key: &str, value: &str) {
        match key {
            "retention.ms" => {
                // -1 is for ever
                self.retention = value.parse().ok().map(Duration::from_millis);
            }
            "cleanup.policy" => self.compacted = value.contains("compact"),
            "message.timestamp.type" => self.stamps_arrival = value == "LogAppendTime",
            _ => {}
        }
    }
}

fn described_settings(
    name: &str,
    settings: &KafkaSettings,
    reports: Reports,
) -> Result<Vec<(String, String)>, String> {
    let admin = AdminClient::from_config_and_context(&settings.reader(), reports)
        .map_err(|error| error.to_string())?;
    let options = AdminOptions::new().request_timeout(Some(settings.connect_timeout));
    let topic = ResourceSpecifier::Topic(name);
    let asked = admin.describe_configs([&topic], &options);
    let mut answers = pollster::block_on(asked).map_err(|error| described(&error))?;
    let ConfigResource { entries, .. } =
        answers.pop().ok_or("no answer")?.map_err(|code| code.to_string())?;
    Ok(entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn facts(settings: &[(&str, &str)]) -> TopicFacts {
        let mut facts = TopicFacts { name: "crime".to_owned(), ..TopicFacts::default() };
        for (key, value) in settings {
            facts.learn(key, value);
        }
        facts
    }

    #[test]
    fn a_topic_that_would_delete_old_records_is_told() {
        let week = facts(&[("retention.ms", "604800000")]);
        assert!(week.warnings(NOW - 3_600_000, NOW).is_empty());
        let said = week.warnings(1_514_808_000_000, NOW);
        assert!(said.len() == 1 && said[0].contains("retention.ms=604800000"), "{said:?}");
        assert!(facts(&[("retention.ms", "-1")]).warnings(0, NOW).is_empty());
    }

    #[test]
    fn a_topic_that_changes_records_is_told() {
        let changing =
            [("cleanup.policy", "compact,delete"), ("message.timestamp.type", "LogAppendTime")];
        assert_eq!(facts(&changing).warnings(NOW, NOW).len(), 2);
        let keeping = [("cleanup.policy", "delete"), ("message.timestamp.type", "CreateTime")];
        assert!(facts(&keeping).warnings(NOW, NOW).is_empty());
    }
}
