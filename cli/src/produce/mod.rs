//! `crimes produce`: sends a file's crimes to Kafka.

mod options;
mod told;
mod watch;

use std::io;
use std::path::Path;
use std::time::Duration;

use crimes_producer::input::{Input, InputError};
use crimes_producer::order::{Arrangement, Ordered};
use crimes_producer::produce::{Ended, Options, produce as send_all};
use crimes_producer::sink::{KafkaSink, SinkError};

pub(crate) use self::options::ProduceOptions;
use self::watch::Watch;
use crate::exit::{Exit, Fault};
use crate::figures::thousands;
use crate::interrupt;
use crate::session::{Session, Verbosity};

/// How long Ctrl-C still waits for acknowledgements.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads, orders, sends, and says what became of it.
pub(crate) fn produce(options: &ProduceOptions, session: &Session) -> anyhow::Result<Exit> {
    let mut watch = Watch::new(session);
    let settings = options.kafka()?;
    let inputs = open(&options.files)?;
    for input in &inputs {
        session.info(format_args!("{}: {}", input.name(), input.format().described()));
    }
    // Kafka is asked first: putting a large file in order takes a while, and would be in vain without it
    let mut sink = connect(&settings, session)?;
    let names: Vec<String> = inputs.iter().map(|input| input.name().to_owned()).collect();
    let (mut records, arrangement) = match Ordered::new(inputs, &options.reading(), &mut watch) {
        Ok(ordered) => ordered,
        Err(InputError::Stopped) => return Ok(Exit::Interrupted),
        Err(error) => return Err(error.into()),
    };
    watch.clear();
    let expected = say_order(arrangement, session);
    let found_before = watch.broken().values().sum::<u64>();
    if options.strict && found_before > 0 {
        return Err(strict(found_before).into());
    }
    let limits = Options {
        strict: options.strict,
        finish_timeout: settings.delivery_timeout + STOP_TIMEOUT,
        stop_timeout: STOP_TIMEOUT,
        expected,
    };
    let summary = send_all(&mut records, &mut sink, &names, &limits, &mut watch);
    watch.clear();
    told::summary(&summary, watch.broken(), options, session)?;
    let failed = summary.deliveries.failed() + summary.deliveries.in_flight();
    match summary.ended {
        Ended::Source(error) => Err(error.into()),
        Ended::Sink(error) => Err(fault(error).into()),
        Ended::Strict(_) => Err(strict(1).into()),
        Ended::Stopped => Ok(Exit::Interrupted),
        Ended::Complete if failed > 0 => Ok(Exit::Incomplete),
        Ended::Complete => Ok(Exit::Done),
    }
}

fn open(files: &[std::path::PathBuf]) -> Result<Vec<Input>, InputError> {
    let one = |path: &std::path::PathBuf| {
        if path == Path::new("-") {
            Input::stream("standard input", Box::new(io::stdin()))
        } else {
            Input::file(path)
        }
    };
    files.iter().map(one).collect()
}

fn connect(
    settings: &crimes_producer::sink::KafkaSettings,
    session: &Session,
) -> anyhow::Result<KafkaSink> {
    let everything = session.verbosity() >= Verbosity::Everything;
    let log = move |line: &str| {
        if everything {
            eprintln!("{line}");
        }
    };
    let sink = KafkaSink::connect(settings, Box::new(log), &interrupt::requested).map_err(fault)?;
    session.detail(format_args!(
        "topic {} at {}: {} partitions",
        settings.topic,
        settings.bootstrap,
        sink.topic().partitions
    ));
    Ok(sink)
}

fn fault(error: SinkError) -> Fault {
    let exit = match error {
        SinkError::Unreachable { .. } => Exit::Unreachable,
        SinkError::Broken { .. } => Exit::Incomplete,
        _ => Exit::Failed,
    };
    Fault::new(exit, error.to_string())
}

fn strict(broken: u64) -> Fault {
    let rows = if broken == 1 { "a broken row" } else { "broken rows" };
    Fault::new(Exit::Incomplete, format!("stopped at {rows}, as --strict asks"))
}

/// Says how rows come into order, and gives how many there are.
fn say_order(arrangement: Arrangement, session: &Session) -> Option<u64> {
    match arrangement {
        Arrangement::AsGiven => {
            session.info("sent in the order in which they stand");
            None
        }
        Arrangement::InOrder(records) => {
            session
                .info(format_args!("{} records, in event-time order already", thousands(records)));
            Some(records)
        }
        Arrangement::Indexed(records) => {
            session.info(format_args!("{} records, put in event-time order", thousands(records)));
            Some(records)
        }
    }
}
