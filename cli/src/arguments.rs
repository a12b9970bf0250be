//! The command line as a whole. Each subcommand has its options beside its code.

use clap::{ArgAction, Parser, Subcommand};

use crate::{
    completions, dead_letter, download, follow, generate, produce, report, submit, topics,
};

/// Streams crime records through Kafka and Flink, and shows what came out
#[derive(Debug, Parser)]
#[command(name = "crimes", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// Say only what went wrong
    #[arg(short, long, global = true, display_order = 900, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more; twice for everything
    #[arg(short, long, global = true, display_order = 901, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Data goes to standard output, everything else to standard error.

Exit codes:
  0    done
  1    failed
  2    wrong command line
  3    done in part only: something was rejected or not acknowledged
  4    a server cannot be reached
  5    the job failed or was cancelled
  130  interrupted";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a file of crimes that look like the city's
    Generate(generate::GenerateOptions),
    /// Send a file's crimes to Kafka
    Produce(produce::ProduceOptions),
    /// Get a file of crimes from the city's open-data API
    Download(download::DownloadOptions),
    /// Send new and corrected crimes to Kafka as the city publishes them
    Follow(follow::FollowOptions),
    /// Make, show and reset the Kafka topics
    Topics(topics::TopicsOptions),
    /// Start, watch and end the job over Flink's REST interface
    #[command(visible_alias = "jobs")]
    Submit(submit::SubmitOptions),
    /// Show what came out, from the servers themselves
    Report(report::ReportOptions),
    /// Show the records that could not be counted, and send them again
    #[command(visible_alias = "dead-letters")]
    DeadLetter(dead_letter::DeadLetterOptions),
    /// Print the completions of a shell
    Completions(completions::CompletionsOptions),
    /// Print the manual page, or write one for each subcommand
    Man(completions::ManOptions),
}
