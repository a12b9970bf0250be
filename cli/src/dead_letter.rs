//! `crimes dead-letter`: the records that could not be counted: how many, why, what they say, and back to where they
//! came from.

mod filter;
mod letter;
mod list;
mod originals;
mod resend;
mod show;
mod told;

use clap::{Args, Subcommand};

use self::filter::FilterOptions;
use self::letter::Letter;
use self::resend::ResendOptions;
use self::show::ShowOptions;
use crate::exit::{Exit, Fault};
use crate::kafka::{KafkaOptions, PROPERTIES};
use crate::session::Session;
use crate::topic::TopicReader;

/// Header of a note beside a dead letter: where it was sent back to. Such a note is no dead letter itself.
pub(crate) const RESENT_TO: &str = "resent-to";
/// Header of a record that was sent again: the key of the dead letter that it was.
const RESENT_FROM: &str = "resent-from";

const EXAMPLES: &str = "\
A record that the decoder refuses, or on which a component traps, is in the topic's .rejected; one that comes after its \
windows are over is in .late. Both have the record's bytes as they were; headers say why, and where it was.

Examples:
  crimes dead-letter list
      how many there are, by reason and component
  crimes dead-letter show --reason missing-district
      what they say
  crimes dead-letter show crime/2/1234
      the one that was read at offset 1234 of partition 2 of the topic crime
  crimes dead-letter resend --reason trap --component totals --dry-run
      what would be sent again, now that the component is mended";

/// Options of `crimes dead-letter`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeadLetterOptions {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Count them by topic, reason and component
    List(ListOptions),
    /// Print them whole: every header, and the value as text, or in hexadecimal digits where it is none
    Show(ShowOptions),
    /// Send the original bytes to the topic that they came from
    Resend(ResendOptions),
}

#[derive(Debug, Args)]
#[command(after_help = PROPERTIES)]
struct ListOptions {
    /// One JSON array instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    filter: FilterOptions,
    #[command(flatten)]
    kafka: KafkaOptions,
}

/// Does what the subcommand says.
pub(crate) fn dead_letter(options: &DeadLetterOptions, session: &Session) -> anyhow::Result<Exit> {
    match &options.action {
        Action::List(options) => {
            let reader = TopicReader::connect(&options.kafka.broker(session)?)?;
            let letters = read(&reader, &options.filter, options.filter.topics())?;
            list::list(&letters, options.json, session)
        }
        Action::Show(options) => show::show(options, session),
        Action::Resend(options) => resend::resend(options, session),
    }
}

/// The letters of these topics that the filter takes, each once, in the order of sending.
fn read(
    reader: &TopicReader,
    filter: &FilterOptions,
    topics: Vec<String>,
) -> anyhow::Result<Vec<Letter>> {
    let mut letters = letter::Letters::default();
    let mut missing = Vec::new();
    for topic in &topics {
        match reader.ranges(topic)? {
            Some(ranges) => reader.read(topic, &ranges, |message| letters.take(message))?,
            None => missing.push(topic.clone()),
        }
    }
    if missing.len() == topics.len() {
        let sentence = format!(
            "there is no topic {}: is --topic the topic of the crimes? `crimes topics list --all` shows all",
            missing.join(" or ")
        );
        return Err(Fault::new(Exit::Failed, sentence).into());
    }
    let mut letters = letters.all();
    letters.retain(|letter| filter.takes(letter));
    Ok(letters)
}
