//! `crimes topics`: the topics that the project uses, made on purpose with settings on purpose.

mod admin;

use std::io::Write as _;

use clap::{Args, Subcommand};

use self::admin::{Admin, Setting, Topic};
use crate::exit::{Exit, Fault};
use crate::kafka::{KafkaOptions, PROPERTIES};
use crate::session::{Session, Verbosity, finish};

const WHY: &str = "\
Records carry the time of the crime, and Kafka deletes by that time: with the usual seven days a topic of old crimes \
is empty within minutes. These topics are made to keep everything (retention.ms=-1).";

/// Options of `crimes topics`.
#[derive(Debug, Args)]
#[command(after_help = WHY)]
pub(crate) struct TopicsOptions {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make those of the topics that are not there yet, and wait until they can be used
    Create(CreateOptions),
    /// Show the topics with partitions and records
    List(ListOptions),
    /// Show what is set for the topics, and their offsets; with -v all settings
    Describe(NamedOptions),
    /// Delete the topics with all that is in them, and make them anew
    Reset(ResetOptions),
    /// Delete the topics with all that is in them
    Delete(DeleteOptions),
}

#[derive(Debug, Args)]
#[command(after_help = PROPERTIES)]
struct CreateOptions {
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    shape: Shape,
    #[command(flatten)]
    kafka: KafkaOptions,
}

#[derive(Debug, Args)]
#[command(after_help = PROPERTIES)]
struct ListOptions {
    /// All topics of the broker, not only the project's
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    kafka: KafkaOptions,
}

#[derive(Debug, Args)]
#[command(after_help = PROPERTIES)]
struct NamedOptions {
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    kafka: KafkaOptions,
}

#[derive(Debug, Args)]
#[command(after_help = PROPERTIES)]
struct ResetOptions {
    /// Yes, delete what is in them
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    shape: Shape,
    #[command(flatten)]
    kafka: KafkaOptions,
}

#[derive(Debug, Args)]
#[command(after_help = PROPERTIES)]
struct DeleteOptions {
    /// Yes, delete what is in them
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    kafka: KafkaOptions,
}

/// What the topics are called.
#[derive(Debug, Args)]
struct Names {
    /// Topic of the crimes
    #[arg(long, value_name = "NAME", default_value = "crime")]
    topic: String,
    /// Topic of the values that the job refuses [default: the topic's name and .rejected]
    #[arg(long, value_name = "NAME")]
    rejected_topic: Option<String>,
    /// Topic of the records that come too late [default: the topic's name and .late]
    #[arg(long, value_name = "NAME")]
    late_topic: Option<String>,
}

impl Names {
    fn all(&self) -> [String; 3] {
        let of = |name: &Option<String>, ending: &str| {
            name.clone().unwrap_or_else(|| format!("{}.{ending}", self.topic))
        };
        [self.topic.clone(), of(&self.rejected_topic, "rejected"), of(&self.late_topic, "late")]
    }
}

/// Room for what a dead letter says beside the value that it carries whole.
const ENVELOPE_BYTES: u32 = 64 * 1024;

/// How topics are made.
#[derive(Debug, Args)]
struct Shape {
    /// Partitions of the topic of crimes: the most instances of the job's source that have work
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    partitions: u16,
    /// Partitions of the other two
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    dead_letter_partitions: u16,
    /// Copies of each partition; not more than there are brokers
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    replication: u16,
    /// The largest message that is taken; the dead letters' topics take a little more
    #[arg(long, value_name = "BYTES", default_value_t = 4_000_000)]
    max_message_bytes: u32,
}

impl Shape {
    fn topics(&self, names: &Names) -> [Topic; 3] {
        let [crimes, rejected, late] = names.all();
        let topic = |name, partitions, max_message_bytes| Topic {
            name,
            partitions,
            replication: self.replication,
            max_message_bytes,
        };
        let with_envelope = self.max_message_bytes.saturating_add(ENVELOPE_BYTES);
        [
            topic(crimes, self.partitions, self.max_message_bytes),
            topic(rejected, self.dead_letter_partitions, with_envelope),
            topic(late, self.dead_letter_partitions, with_envelope),
        ]
    }
}

/// Does what the subcommand says.
pub(crate) fn topics(options: &TopicsOptions, session: &Session) -> anyhow::Result<Exit> {
    match &options.action {
        Action::Create(options) => create(
            &Admin::connect(&options.kafka, session)?,
            &options.shape.topics(&options.names),
            session,
        ),
        Action::List(options) => list(options, session),
        Action::Describe(options) => describe(options, session),
        Action::Reset(options) => {
            let topics = options.shape.topics(&options.names);
            let admin = delete("reset", options.yes, &options.names, &options.kafka, session)?;
            create(&admin, &topics, session)
        }
        Action::Delete(options) => {
            delete("delete", options.yes, &options.names, &options.kafka, session)?;
            Ok(Exit::Done)
        }
    }
}

fn create(admin: &Admin, topics: &[Topic], session: &Session) -> anyhow::Result<Exit> {
    for topic in topics {
        if admin.create(topic)? {
            admin.await_leaders(&topic.name)?;
            session.info(format_args!("{}: made, {}", topic.name, partitions(topic.partitions)));
            continue;
        }
        let found = admin.await_leaders(&topic.name)?;
        session.info(format_args!("{}: already there, left as it is", topic.name));
        if found != usize::from(topic.partitions) {
            session.warn(format_args!(
                "{} has {}, not {} as asked for; `crimes topics reset --yes` makes it anew, without what is in it",
                topic.name,
                partitions(found as u16),
                topic.partitions
            ));
        }
        let retention = admin.setting(&topic.name, "retention.ms")?;
        if retention != "-1" {
            session.warn(format_args!(
                "{} has retention.ms={retention}: Kafka deletes by the time of the crime, so old crimes vanish from \
                 it; retention.ms=-1 keeps them",
                topic.name
            ));
        }
    }
    Ok(Exit::Done)
}

fn partitions(count: u16) -> String {
    format!("{count} partition{}", if count == 1 { "" } else { "s" })
}

/// Deletes those of the topics that are there, if the user is sure of it.
fn delete(
    action: &str,
    sure: bool,
    names: &Names,
    kafka: &KafkaOptions,
    session: &Session,
) -> anyhow::Result<Admin> {
    let names = names.all();
    if !sure {
        return Err(Fault::new(
            Exit::Misused,
            format!(
                "this deletes all that is in {}: say so with `crimes topics {action} --yes`",
                names.join(", ")
            ),
        )
        .into());
    }
    let admin = Admin::connect(kafka, session)?;
    for name in &names {
        if admin.delete(name)? {
            session.info(format_args!("{name}: deleted"));
        }
    }
    Ok(admin)
}

fn list(options: &ListOptions, session: &Session) -> anyhow::Result<Exit> {
    let admin = Admin::connect(&options.kafka, session)?;
    let there = admin.topics()?;
    let wanted = options.names.all();
    let mut data = session.data();
    writeln!(data, "{:<24} {:>10} {:>14}", "topic", "partitions", "records")?;
    for (name, partitions) in &there {
        if !options.all && !wanted.contains(name) {
            continue;
        }
        let records: i64 =
            admin.offsets(name, *partitions)?.iter().map(|(low, high)| high - low).sum();
        writeln!(data, "{name:<24} {partitions:>10} {records:>14}")?;
    }
    finish(data)?;
    missing(&wanted, &there, session);
    Ok(Exit::Done)
}

fn missing(wanted: &[String], there: &[(String, usize)], session: &Session) {
    for name in wanted.iter().filter(|name| there.iter().all(|(found, _)| found != *name)) {
        session.warn(format_args!("{name} is not there: `crimes topics create` makes it"));
    }
}

fn describe(options: &NamedOptions, session: &Session) -> anyhow::Result<Exit> {
    let admin = Admin::connect(&options.kafka, session)?;
    let there = admin.topics()?;
    let wanted = options.names.all();
    let mut data = session.data();
    for name in &wanted {
        let Some((_, partitions)) = there.iter().find(|(found, _)| found == name) else { continue };
        writeln!(data, "{name}")?;
        let all = session.verbosity() >= Verbosity::Detailed;
        for Setting { name, value, .. } in
            admin.settings(name)?.into_iter().filter(|it| all || it.on_purpose)
        {
            writeln!(data, "  {name}={value}")?;
        }
        for (partition, (low, high)) in admin.offsets(name, *partitions)?.iter().enumerate() {
            writeln!(data, "  partition {partition}: offsets {low} to {high}")?;
        }
    }
    finish(data)?;
    missing(&wanted, &there, session);
    Ok(Exit::Done)
}
