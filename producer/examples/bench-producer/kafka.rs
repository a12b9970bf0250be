//! The whole way, to a topic that is there only for this.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crimes_producer::input::Input;
use crimes_producer::order::Ordered;
use crimes_producer::produce::{Options, produce};
use crimes_producer::sink::{KafkaSettings, KafkaSink, Properties};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;

use crate::{Failed, Silent, by_event_time, on_processor};

const PATIENCE: Duration = Duration::from_secs(30);

/// What it took to send a file.
pub(crate) struct Sent {
    /// from opening the file to the last acknowledgement
    pub(crate) elapsed: Duration,
    /// how long the thread that reads, orders, encodes and hands over was on a processor
    pub(crate) this_thread: Duration,
    /// and the client's own threads: batches, compression, network
    pub(crate) client: Duration,
}

/// Reads, orders and sends the file.
pub(crate) fn send(file: &Path, bootstrap: &str, compression: &str) -> Result<Sent, Failed> {
    let topic = Topic::make(bootstrap)?;
    let mut properties = Properties::default();
    properties.set("compression.type", compression);
    let settings = KafkaSettings {
        bootstrap: bootstrap.to_owned(),
        topic: topic.name.clone(),
        properties,
        connect_timeout: PATIENCE,
        delivery_timeout: PATIENCE,
        transactional_id: None,
        run: None,
    };
    let mut sink = KafkaSink::connect(&settings, Arc::new(|_: &str| ()), &|| false)?;
    let (this_thread, all) = (on_processor("thread-self")?, all_threads()?);
    let start = Instant::now();
    let (mut records, _) = Ordered::new(vec![Input::file(file)?], &by_event_time(), &mut Silent)?;
    let options =
        Options { finish_timeout: PATIENCE, stop_timeout: PATIENCE, ..Options::default() };
    let summary = produce(&mut records, &mut sink, None, &[], &options, &mut Silent);
    let elapsed = start.elapsed();
    if !summary.is_whole() {
        return Err(format!("not everything was acknowledged: {summary:?}").into());
    }
    let this_thread = on_processor("thread-self")? - this_thread;
    // the client's threads are there until the sink is dropped
    let client = (all_threads()? - all).saturating_sub(this_thread);
    Ok(Sent { elapsed, this_thread, client })
}

/// How long all threads of this process have been on a processor.
fn all_threads() -> Result<Duration, Failed> {
    let mut sum = Duration::ZERO;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let thread = thread?.file_name();
        sum += on_processor(&format!("self/task/{}", thread.display()))?;
    }
    Ok(sum)
}

/// A topic with four partitions that keeps everything, and is deleted in the end.
pub(crate) struct Topic {
    pub(crate) name: String,
    admin: AdminClient<DefaultClientContext>,
}

impl Topic {
    pub(crate) fn make(bootstrap: &str) -> Result<Self, Failed> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("bench-{}-{number}", std::process::id());
        let admin: AdminClient<_> =
            ClientConfig::new().set("bootstrap.servers", bootstrap).create()?;
        // as `crimes topics create` makes them: no new segment for each week of the records' time
        let topic = NewTopic::new(&name, 4, TopicReplication::Fixed(1))
            .set("retention.ms", "-1")
            .set("segment.ms", "9223372036854775807")
            // gone before the system has written it to the disk, which would disturb the next run
            .set("file.delete.delay.ms", "0");
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        for made in pollster::block_on(admin.create_topics([&topic], &options))? {
            made.map_err(|(name, code)| format!("topic {name} can't be made: {code}"))?;
        }
        Ok(Self { name, admin })
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // What is left of a benchmark is deleted by hand.
        let _ = pollster::block_on(self.admin.delete_topics(&[&self.name], &AdminOptions::new()));
    }
}
