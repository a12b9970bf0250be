//! Which dead letters.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use clap::Args;

use super::letter::Letter;

/// Options that every action has.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which")]
pub(super) struct FilterOptions {
    /// Topic of the crimes
    #[arg(long, value_name = "NAME", default_value = "crime")]
    topic: String,
    /// Topic of the refused ones [default: the topic's name and .rejected]
    #[arg(long, value_name = "NAME")]
    rejected_topic: Option<String>,
    /// Topic of the late ones [default: the topic's name and .late]
    #[arg(long, value_name = "NAME")]
    late_topic: Option<String>,
    /// Only those that came too late
    #[arg(long, conflicts_with = "rejected")]
    pub(super) late: bool,
    /// Only those that were refused
    #[arg(long)]
    rejected: bool,
    /// Only those with this reason; can be given again
    #[arg(long, value_name = "REASON")]
    reason: Vec<String>,
    /// Only those on which this component trapped, or that came too late for it
    #[arg(long, value_name = "NAME")]
    component: Option<String>,
    /// Only those that the job sent at or after this time (UTC): 2026-01-31, 2026-01-31T12:00:00, or 30min, 2h, 7d ago
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<DateTime<Utc>>,
    /// Only those that the job sent before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<DateTime<Utc>>,
    /// Only those that were read from this partition of the topic of crimes
    #[arg(long, value_name = "N")]
    partition: Option<i32>,
    /// Only those that were read at this offset, or from one to another: 1234 or 1000-1999
    #[arg(long, value_name = "N[-N]", value_parser = offsets)]
    offset: Option<(i64, i64)>,
}

impl FilterOptions {
    fn names(&self) -> [String; 2] {
        let of = |name: &Option<String>, ending: &str| {
            name.clone().unwrap_or_else(|| format!("{}.{ending}", self.topic))
        };
        [of(&self.rejected_topic, "rejected"), of(&self.late_topic, "late")]
    }

    /// Topics of dead letters to read: both, unless one is asked for.
    pub(super) fn topics(&self) -> Vec<String> {
        let [rejected, late] = self.names();
        match (self.rejected, self.late) {
            (true, _) => vec![rejected],
            (_, true) => vec![late],
            _ => vec![rejected, late],
        }
    }

    /// The one topic to send again from: late ones are sent only on purpose.
    pub(super) fn topic_to_resend(&self) -> Vec<String> {
        let [rejected, late] = self.names();
        vec![if self.late { late } else { rejected }]
    }

    /// Whether it leaves out anything.
    pub(super) fn is_narrow(&self) -> bool {
        !self.reason.is_empty()
            || self.component.is_some()
            || self.since.is_some()
            || self.until.is_some()
            || self.partition.is_some()
            || self.offset.is_some()
    }

    pub(super) fn takes(&self, letter: &Letter) -> bool {
        let source = letter.source();
        let sent = letter.sent.and_then(DateTime::from_timestamp_millis);
        let place = |of: fn(&super::letter::Source) -> i64| source.as_ref().map(of);
        (self.reason.is_empty() || self.reason.iter().any(|it| it == letter.reason()))
            && self
                .component
                .as_ref()
                .is_none_or(|name| letter.component().split(',').any(|it| it == name))
            && self.since.is_none_or(|since| sent.is_some_and(|sent| sent >= since))
            && self.until.is_none_or(|until| sent.is_some_and(|sent| sent < until))
            && self.partition.is_none_or(|it| place(|it| it.partition.into()) == Some(it.into()))
            && self.offset.is_none_or(|(from, to)| {
                place(|it| it.offset).is_some_and(|it| from <= it && it <= to)
            })
    }
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    if let Some(ago) = ago(text) {
        return Ok(Utc::now() - ago);
    }
    let date = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0);
    let wall = text.trim_end_matches('Z').parse::<NaiveDateTime>().ok().or_else(date);
    wall.map(|time| time.and_utc()).ok_or_else(|| {
        "give a time (UTC) such as 2026-01-31 or 2026-01-31T12:00:00, or 30min, 2h, 7d".to_owned()
    })
}

fn ago(text: &str) -> Option<chrono::Duration> {
    let end = text.find(|it: char| !it.is_ascii_digit())?;
    let number: i64 = text[..end].parse().ok()?;
    match &text[end..] {
        "s" => chrono::Duration::try_seconds(number),
        "min" => chrono::Duration::try_minutes(number),
        "h" => chrono::Duration::try_hours(number),
        "d" => chrono::Duration::try_days(number),
        _ => None,
    }
    .filter(|it| it.num_days() < 100_000)
}

fn offsets(text: &str) -> Result<(i64, i64), String> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    match (from.parse(), to.parse()) {
        (Ok(from), Ok(to)) if 0 <= from && from <= to => Ok((from, to)),
        _ => Err("give an offset, or two with - between: 1234 or 1000-1999".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::letter::tests::letter;
    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        filter: FilterOptions,
    }

    #[test]
    fn every_condition_counts() {
        let record = letter(
            "crime/2/7",
            &[
                ("reason", "late"),
                ("late-for", "anomaly,totals"),
                ("source-topic", "crime"),
                ("source-partition", "2"),
                ("source-offset", "7"),
            ],
        );
        let takes = |flags: &[&str]| {
            let all = ["x"].iter().chain(flags);
            Command::try_parse_from(all).unwrap().filter.takes(&record)
        };
        for flags in [
            vec![],
            vec!["--reason", "late"],
            vec!["--reason", "x", "--reason", "late"],
            vec!["--component", "totals"],
            vec!["--since", "2018-01-01T12:00:00", "--until", "2018-01-01T12:00:01"],
            vec!["--partition", "2", "--offset", "5-7"],
            vec!["--offset", "7"],
        ] {
            assert!(takes(&flags), "{flags:?}");
        }
        for flags in [
            vec!["--reason", "trap"],
            vec!["--component", "total"],
            vec!["--since", "2018-01-02"],
            vec!["--since", "7d"],
            vec!["--until", "2018-01-01T12:00:00Z"],
            vec!["--partition", "1"],
            vec!["--offset", "8-9"],
        ] {
            assert!(!takes(&flags), "{flags:?}");
        }
    }

    #[test]
    fn what_is_no_time_or_offset_is_said() {
        assert!(
            time("yesterday").is_err() && time("5").is_err() && time("9999999999999999d").is_err()
        );
        assert!(offsets("7-5").is_err() && offsets("-1").is_err() && offsets("x").is_err());
    }
}
