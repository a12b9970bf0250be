//! `crimes dead-letter resend`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use rdkafka::ClientContext;
use rdkafka::config::FromClientConfigAndContext as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};

use super::filter::FilterOptions;
use super::letter::{Letter, Source};
use super::originals::{self, Original};
use super::{RESENT_FROM, RESENT_TO, told};
use crate::exit::{Exit, Fault};
use crate::figures::thousands;
use crate::interrupt;
use crate::kafka::{Broker, KafkaOptions, PROPERTIES};
use crate::session::Session;
use crate::topic::TopicReader;

const WHAT_HAPPENS: &str = "\
The bytes go to the partition that they came from, with the original key where that topic still has the record, and \
with the record's own time. Crimes are counted as sets, so a record that is sent twice counts once. A note beside the \
dead letter says where it was sent; what has one is left out the next time, unless --again is given.

To the job a record that is sent again is one that comes now: it counts where its windows are still open. Where they are \
over, it comes back as a late one (--late shows it). Then read the topic once more in an order that does not matter: \
end the job, and crimes submit run -- --bounded --start earliest --group-id repair --out-of-orderness 36500d. Rows and \
documents are replaced, not added to.

What is no record can't be sent: a row that Postgres refused, a document that Elasticsearch refused, a window that a \
component could not finish, what came only to its window too late (late-at-window). Mend what its detail says (a column, a mapping, \
the component), and read the topic once more.";

#[derive(Debug, Args)]
#[command(after_help = format!("{WHAT_HAPPENS}\n\n{PROPERTIES}"))]
pub(super) struct ResendOptions {
    /// Keys of dead letters, as `crimes dead-letter show` prints them
    #[arg(value_name = "KEY")]
    keys: Vec<String>,
    /// All of them: without this, say which (a key, a reason, a time, a place)
    #[arg(long)]
    all: bool,
    /// Those too that were sent before
    #[arg(long)]
    again: bool,
    /// Only say what would be sent
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    filter: FilterOptions,
    #[command(flatten)]
    kafka: KafkaOptions,
}

/// Records that are on their way before their notes are written: so many can be sent twice if this process is killed.
const AT_ONCE: usize = 500;
/// How long Kafka may take for them.
const DEADLINE: Duration = Duration::from_secs(120);

/// A letter that can be sent.
struct Ready<'a> {
    letter: &'a Letter,
    source: Source,
    key: Option<Vec<u8>>,
    value: Option<&'a [u8]>,
}

pub(super) fn resend(options: &ResendOptions, session: &Session) -> anyhow::Result<Exit> {
    let ResendOptions { keys, filter, .. } = options;
    if keys.is_empty() && !options.all && !filter.is_narrow() {
        let sentence = "which dead letters? Give their keys, a filter (--reason, --component, --since, --until, \
                        --partition, --offset), or --all";
        return Err(Fault::new(Exit::Misused, sentence).into());
    }
    let broker = options.kafka.broker(session)?;
    let reader = TopicReader::connect(&broker)?;
    let mut letters = super::read(&reader, filter, filter.topic_to_resend())?;
    letters.retain(|letter| keys.is_empty() || keys.iter().any(|key| letter.is(key)));
    let before = letters.len();
    letters.retain(|letter| options.again || letter.resent_to.is_none());
    let skipped = (before - letters.len()) as u64;
    if skipped > 0 {
        session.info(format_args!(
            "{} were sent before and are left out (--again sends them too)",
            thousands(skipped)
        ));
    }
    let originals = originals(&reader, &letters)?;
    let mut ready = Vec::new();
    let mut refused = 0_u64;
    for letter in &letters {
        match prepare(letter, &originals) {
            Ok(one) => ready.push(one),
            Err(why) => {
                refused += 1;
                session.warn(format_args!("{} is not sent: {why}", told::text(&letter.key)));
            }
        }
    }
    let late = ready.iter().filter(|it| it.letter.is_late()).count() as u64;
    if late > 0 {
        session.warn(format_args!(
            "{} came too late once and come too late again for a job that has gone on since (see --help)",
            thousands(late)
        ));
    }
    if options.dry_run {
        for one in &ready {
            session.detail(format_args!("{} would be sent", told::text(&one.letter.key)));
        }
        session.info(format_args!("{} would be sent", thousands(ready.len() as u64)));
    } else {
        send(&broker, &ready)?;
        session.info(format_args!("{} sent", thousands(ready.len() as u64)));
    }
    Ok(if refused > 0 { Exit::Incomplete } else { Exit::Done })
}

type Originals = HashMap<String, Option<HashMap<(i32, i64), Original>>>;

/// By topic; none for a topic that is not there.
fn originals(reader: &TopicReader, letters: &[Letter]) -> anyhow::Result<Originals> {
    let sources: Vec<Source> = letters.iter().filter_map(Letter::source).collect();
    let mut by_topic: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    for source in &sources {
        by_topic.entry(&source.topic).or_default().push(source);
    }
    by_topic
        .into_iter()
        .map(|(topic, places)| Ok((topic.to_owned(), originals::read(reader, topic, &places)?)))
        .collect()
}

/// What is to be sent, or why it can't be.
fn prepare<'a>(letter: &'a Letter, originals: &'a Originals) -> Result<Ready<'a>, String> {
    let source = letter.source().ok_or_else(|| {
        let what = match letter.reason() {
            "refused-by-postgres" => "a row, which windows made of many records",
            "refused-by-elasticsearch" => "a document, which was made of a record",
            "window" => "a window that a component could not finish, made of many records",
            "late-at-window" => "what a component made of records, which came when their window was over",
            _ => "no record of a topic",
        };
        format!(
            "it is {what}: mend what its detail says ({}), and let the job read the topic once more (see --help)",
            told::text(letter.header("detail").unwrap_or("none"))
        )
    })?;
    let there = originals.get(&source.topic).and_then(Option::as_ref).ok_or_else(|| {
        format!("the topic {} that it came from is not there", told::text(&source.topic))
    })?;
    // a topic that was made anew has other records at the same places
    let cut = letter.cut_from().is_some();
    let original = there.get(&(source.partition, source.offset)).filter(|original| {
        let same = match (&original.value, &letter.value) {
            (Some(original), Some(value)) if cut => original.starts_with(value),
            (original, value) => original == value,
        };
        same && original.timestamp == source.timestamp
    });
    if cut && original.is_none() {
        return Err(format!(
            "it was cut from {} bytes, and {} does not have the original any more",
            told::text(letter.cut_from().unwrap_or_default()),
            told::text(&source.topic)
        ));
    }
    Ok(Ready {
        letter,
        source,
        key: original.and_then(|it| it.key.clone()),
        value: original.map_or(letter.value.as_deref(), |it| it.value.as_deref()),
    })
}

/// Sends them, and a note for each beside its dead letter when it has arrived.
fn send(broker: &Broker, ready: &[Ready<'_>]) -> anyhow::Result<()> {
    if ready.is_empty() {
        return Ok(());
    }
    let mut config = broker.config();
    config.set("enable.idempotence", "true").set("message.max.bytes", "1000000000");
    let producer: BaseProducer<Arrived> =
        BaseProducer::from_config_and_context(&config, Arrived::default())
            .context("Kafka's producer refuses its settings")?;
    for (number, part) in ready.chunks(AT_ONCE).enumerate() {
        if interrupt::requested() {
            let sentence = format!("interrupted after {} were sent", number * AT_ONCE);
            return Err(Fault::new(Exit::Interrupted, sentence).into());
        }
        for (index, one) in part.iter().enumerate() {
            let headers = OwnedHeaders::new()
                .insert(Header { key: RESENT_FROM, value: Some(one.letter.key.as_str()) });
            let mut record: BaseRecord<'_, [u8], [u8], usize> =
                BaseRecord::with_opaque_to(&one.source.topic, index)
                    .partition(one.source.partition)
                    .headers(headers);
            if let Some(key) = &one.key {
                record = record.key(key);
            }
            if let Some(value) = one.value {
                record = record.payload(value);
            }
            if let Some(timestamp) = one.source.timestamp {
                record = record.timestamp(timestamp);
            }
            enqueue(&producer, record)?;
        }
        let arrived = arrived(&producer, part.len())?;
        for (index, one) in part.iter().enumerate() {
            let Some(place) = arrived.get(&index) else { continue };
            let headers =
                OwnedHeaders::new().insert(Header { key: RESENT_TO, value: Some(place.as_str()) });
            let note: BaseRecord<'_, [u8], [u8], usize> =
                BaseRecord::with_opaque_to(&one.letter.topic, index)
                    .partition(one.letter.partition)
                    .key(one.letter.key.as_bytes())
                    .headers(headers);
            enqueue(&producer, note)?;
        }
        self::arrived(&producer, part.len())?;
    }
    Ok(())
}

fn enqueue(
    producer: &BaseProducer<Arrived>,
    mut record: BaseRecord<'_, [u8], [u8], usize>,
) -> anyhow::Result<()> {
    let until = Instant::now() + DEADLINE;
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back))
                if Instant::now() < until =>
            {
                record = back;
                producer.poll(Duration::from_millis(100));
            }
            Err((error, record)) => {
                return Err(error).with_context(|| format!("sending to {}", record.topic));
            }
        }
    }
}

/// Waits for all that is on its way: where each arrived, by its number. One that did not is an error.
fn arrived(
    producer: &BaseProducer<Arrived>,
    count: usize,
) -> anyhow::Result<HashMap<usize, String>> {
    producer.flush(DEADLINE).context("Kafka does not acknowledge what was sent")?;
    let mut state = producer.context().0.lock().unwrap_or_else(PoisonError::into_inner);
    let results = std::mem::take(&mut *state);
    let places: Result<HashMap<usize, String>, KafkaError> =
        results.into_iter().map(|(index, result)| Ok((index, result?))).collect();
    let places = places
        .context("Kafka does not take what was sent; what it took is sent again the next time")?;
    anyhow::ensure!(places.len() == count, "Kafka acknowledged {} of {count}", places.len());
    Ok(places)
}

/// Reports on what was sent: number, and `topic/partition/offset` or why not.
#[derive(Default)]
struct Arrived(Mutex<Vec<(usize, Result<String, KafkaError>)>>);

impl ClientContext for Arrived {}

impl ProducerContext for Arrived {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let told = match result {
            Ok(it) => Ok(format!("{}/{}/{}", it.topic(), it.partition(), it.offset())),
            Err((error, _)) => Err(error.clone()),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((number, told));
    }
}

#[cfg(test)]
mod tests {
    use super::super::letter::tests::{letter, of_no_record};
    use super::*;

    fn record(headers: &[(&str, &str)]) -> Letter {
        let place = [
            ("reason", "trap"),
            ("source-topic", "crime"),
            ("source-partition", "2"),
            ("source-offset", "7"),
            ("source-timestamp", "5"),
        ];
        letter("crime/2/7", &[&place, headers].concat())
    }

    fn topic(value: &str, timestamp: i64) -> Originals {
        let original = Original {
            key: Some(b"007".to_vec()),
            value: Some(value.as_bytes().to_vec()),
            timestamp: Some(timestamp),
        };
        HashMap::from([("crime".to_owned(), Some(HashMap::from([((2, 7), original)])))])
    }

    #[test]
    fn the_key_is_the_originals_unless_the_topic_was_made_anew() {
        let letter = record(&[]);
        let known = topic("{}", 5);
        assert_eq!(prepare(&letter, &known).ok().unwrap().key.unwrap(), b"007");
        for other in [topic("{}", 6), topic("{1}", 5)] {
            let ready = prepare(&letter, &other).ok().unwrap();
            assert_eq!((ready.key, ready.value), (None, Some(b"{}".as_slice())));
        }
    }

    #[test]
    fn one_that_was_cut_is_sent_whole_or_not_at_all() {
        let letter = record(&[("cut-from-bytes", "4")]);
        let known = topic("{\"\"}", 5);
        let error = prepare(&letter, &known).err().unwrap();
        assert!(error.contains("cut from 4 bytes"), "{error}");
        let known = topic("{}ab", 5);
        assert_eq!(prepare(&letter, &known).ok().unwrap().value, Some(b"{}ab".as_slice()));
    }

    #[test]
    fn what_is_no_record_is_not_sent_and_says_what_to_do() {
        for (letter, what) in of_no_record().iter().zip([
            "it is a row",
            "it is a document",
            "it is a window that a component could not finish",
            "it is what a component made of records",
        ]) {
            let error = prepare(letter, &HashMap::new()).err().unwrap();
            let detail = letter.header("detail").unwrap();
            for word in [what, detail, "read the topic once more"] {
                assert!(error.contains(word), "nothing of {word:?} in: {error}");
            }
        }
    }

    #[test]
    fn a_topic_that_is_gone_is_said() {
        let error = prepare(&record(&[]), &HashMap::new()).err().unwrap();
        assert!(error.contains("the topic crime that it came from is not there"), "{error}");
    }
}
