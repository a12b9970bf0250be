//! `crimes produce`: sends a file's crimes to Kafka.

mod options;
mod resume;
mod stdin;
mod told;
mod watch;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use crimes_producer::input::{Input, InputError};
use crimes_producer::order::{Arrangement, Ordered, Reading, Rounds};
use crimes_producer::position::Position;
use crimes_producer::produce::{Ended, Memory, Options, Summary, produce as send_all};
use crimes_producer::sink::{DryRun, Sink};
use crimes_producer::source::Source;

pub(crate) use self::options::ProduceOptions;
pub(crate) use self::resume::{short_digest, state_folder};
use self::stdin::Stdin;
pub(crate) use self::watch::Watch;
use crate::exit::{Exit, Fault};
use crate::figures::thousands;
use crate::interrupt;
use crate::sending::{self, STOP_TIMEOUT};
use crate::session::Session;

/// How many records a dry run shows.
const SHOWN: usize = 3;

/// Reads, orders, sends, and says what became of it.
pub(crate) fn produce(options: &ProduceOptions, session: &Session) -> anyhow::Result<Exit> {
    match send(options, session) {
        Err(error) if interrupt::requested() && error.is::<InputError>() => {
            session.info("interrupted before anything was sent");
            Ok(Exit::Interrupted)
        }
        ended => ended,
    }
}

fn send(options: &ProduceOptions, session: &Session) -> anyhow::Result<Exit> {
    let inputs = open(&options.files)?;
    for input in &inputs {
        session.info(format_args!("{}: {}", input.name(), input.format().described()));
    }
    let mut reading = options.reading();
    let mut watch = Watch::new(session);
    if options.dry_run {
        let mut sink = DryRun::keeping(SHOWN);
        let mut records = ordered(inputs, &reading, options, &mut watch, session)?;
        let summary = records.send(&mut sink, None, options, &mut watch);
        watch.clear();
        told::summary(&summary, watch.broken(), options, sink.kept(), session)?;
        return ended(summary);
    }
    // Kafka is asked first: putting a large file in order takes a while, and would be in vain without it
    let mut settings = options.kafka.settings(options.delivery_timeout(), session)?;
    if options.transactional {
        let by_user = settings.properties.get("transactional.id").map(str::to_owned);
        let ours = || format!("crimes-{}", resume::fingerprint(&settings.topic, &inputs));
        settings.transactional_id = Some(by_user.unwrap_or_else(ours));
    }
    let mut position = resume::open(options, &inputs, &reading)?;
    if let Some(position) = &position {
        reading.limits = position.limits();
    }
    settings.run = position.as_ref().map(|position| position.run().to_owned());
    let log = sending::logger(session);
    let mut sink = sending::connect(&settings, &log, session)?;
    if let Some(position) = &mut position {
        resume::take_up(position, &mut sink, &settings, &log, session)?;
    }
    let mut records = ordered(inputs, &reading, options, &mut watch, session)?;
    if let Some(earliest) = records.earliest {
        sending::warn_of_topic(&sink, earliest, session);
    }
    let memory = position.as_mut().map(|position: &mut Position| position as &mut dyn Memory);
    let summary = records.send(&mut sink, memory, options, &mut watch);
    watch.clear();
    if let (None, Some((first, _))) = (records.earliest, summary.event_times) {
        sending::warn_of_topic(&sink, first, session);
    }
    told::summary(&summary, watch.broken(), options, &[], session)?;
    ended(summary)
}

/// Opens what the user named, in the order of naming; a pattern's files in the order of their names.
fn open(files: &[PathBuf]) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for path in files {
        if path == Path::new("-") {
            inputs.push(Input::stream("standard input", Box::new(Stdin::open()))?);
            continue;
        }
        let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']) && !path.exists());
        let Some(pattern) = pattern else {
            inputs.push(Input::file(path)?);
            continue;
        };
        let before = inputs.len();
        for found in glob::glob(pattern).with_context(|| format!("the pattern {pattern}"))? {
            inputs.push(Input::file(&found?)?);
        }
        if inputs.len() == before {
            anyhow::bail!("no file is named like {pattern}");
        }
    }
    Ok(inputs)
}

/// Records in the order in which they are to be sent.
struct Records {
    source: Box<dyn Source>,
    names: Vec<String>,
    expected: Option<u64>,
    earliest: Option<i64>,
}

fn ordered(
    inputs: Vec<Input>,
    reading: &Reading,
    options: &ProduceOptions,
    watch: &mut Watch<'_>,
    session: &Session,
) -> anyhow::Result<Records> {
    let names = inputs.iter().map(|input| input.name().to_owned()).collect();
    let (records, arrangement) = Ordered::new(inputs, reading, watch)?;
    watch.clear();
    let found_broken = watch.broken().values().sum::<u64>();
    if options.strict && found_broken > 0 {
        return Err(strict().into());
    }
    let mut expected = say_order(arrangement, session);
    let earliest = records.earliest();
    let source: Box<dyn Source> = match options.rounds {
        None => Box::new(records),
        Some(rounds) => {
            expected = expected.zip(rounds).map(|(records, rounds)| records.saturating_mul(rounds));
            Box::new(Rounds::of(records, rounds))
        }
    };
    if let Some(limit) = options.limit {
        expected = expected.map(|expected| expected.min(limit));
    }
    Ok(Records { source, names, expected, earliest })
}

impl Records {
    fn send(
        &mut self,
        sink: &mut dyn Sink,
        memory: Option<&mut dyn Memory>,
        options: &ProduceOptions,
        watch: &mut Watch<'_>,
    ) -> Summary {
        let limits = Options {
            strict: options.strict,
            limit: options.limit,
            pace: options.pace(),
            finish_timeout: options.delivery_timeout() + STOP_TIMEOUT,
            stop_timeout: STOP_TIMEOUT,
            expected: self.expected,
        };
        send_all(self.source.as_mut(), sink, memory, &self.names, &limits, watch)
    }
}

fn ended(summary: Summary) -> anyhow::Result<Exit> {
    let missing = summary.deliveries.failed() + summary.deliveries.in_flight();
    match summary.ended {
        Ended::Source(error) | Ended::Memory(error) => Err(error.into()),
        Ended::Sink(error) => Err(sending::fault(error).into()),
        Ended::Strict(_) => Err(strict().into()),
        Ended::Stopped => Ok(Exit::Interrupted),
        Ended::Complete if missing > 0 => Ok(Exit::Incomplete),
        Ended::Complete => Ok(Exit::Done),
    }
}

fn strict() -> Fault {
    Fault::new(Exit::Incomplete, "stopped at a broken row, as --strict asks")
}

/// Says how rows come into order, and gives how many there are.
fn say_order(arrangement: Arrangement, session: &Session) -> Option<u64> {
    match arrangement {
        Arrangement::AsGiven => {
            session.info("records in the order in which they stand");
            None
        }
        Arrangement::InOrder(records) => {
            session.info(format_args!("{} rows, in event-time order already", thousands(records)));
            Some(records)
        }
        Arrangement::Indexed(records) => {
            session.info(format_args!("{} records, put in event-time order", thousands(records)));
            Some(records)
        }
    }
}
