//! `crimes dead-letter show`.

use std::io::{self, Write};

use clap::Args;
use serde_json::{Map, Value, json};

use super::filter::FilterOptions;
use super::letter::Letter;
use super::told;
use crate::exit::{Exit, Fault};
use crate::figures::thousands;
use crate::kafka::{KafkaOptions, PROPERTIES};
use crate::session::{Session, finish};
use crate::topic::TopicReader;

#[derive(Debug, Args)]
#[command(after_help = PROPERTIES)]
pub(super) struct ShowOptions {
    /// Keys of dead letters: of a record, TOPIC/PARTITION/OFFSET of where it was read [default: all]
    #[arg(value_name = "KEY")]
    keys: Vec<String>,
    /// One JSON object a line instead of text
    #[arg(long)]
    json: bool,
    /// The most that are shown, the latest first
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    #[command(flatten)]
    filter: FilterOptions,
    #[command(flatten)]
    kafka: KafkaOptions,
}

pub(super) fn show(options: &ShowOptions, session: &Session) -> anyhow::Result<Exit> {
    let ShowOptions { keys, filter, .. } = options;
    let reader = TopicReader::connect(&options.kafka.broker(session)?)?;
    let mut letters = super::read(&reader, filter, filter.topics())?;
    letters.retain(|letter| keys.is_empty() || keys.iter().any(|key| letter.is(key)));
    let mut data = session.data();
    for letter in letters.iter().rev().take(options.limit) {
        if options.json {
            writeln!(data, "{}", as_json(letter))?;
        } else {
            as_text(letter, &mut data)?;
        }
    }
    finish(data)?;
    if letters.len() > options.limit {
        let more = thousands((letters.len() - options.limit) as u64);
        session.info(format_args!("{more} more; --limit N shows them"));
    }
    let missing: Vec<&str> = keys
        .iter()
        .filter(|key| !letters.iter().any(|letter| letter.is(key)))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        let sentence = format!("there is no such dead letter: {}", missing.join(", "));
        return Err(Fault::new(Exit::Failed, sentence).into());
    }
    if letters.is_empty() {
        session.info("there are no such dead letters");
    }
    Ok(Exit::Done)
}

fn as_text(letter: &Letter, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", told::text(&letter.key))?;
    let mut line = |name: &str, value: &str| writeln!(out, "  {name:<18} {value}");
    line(
        "in",
        &format!("{}/{}, sent {}", letter.topic, letter.partition, told::time(letter.sent)),
    )?;
    for (name, value) in &letter.headers {
        let time = if name == "source-timestamp" { value.parse().ok() } else { None };
        let time = time.map(|ms| format!(" ({})", told::time(Some(ms)))).unwrap_or_default();
        line(&told::text(name), &format!("{}{time}", told::text(value)))?;
    }
    if let Some(to) = &letter.resent_to {
        line("resent to", &told::text(to))?;
    }
    match &letter.value {
        None => line("value", "null: a tombstone")?,
        Some(value) => {
            let cut = letter.cut_from().map(|it| format!(", cut from {}", told::text(it)));
            let cut = cut.unwrap_or_default();
            let (kind, shown) = match told::as_text(value) {
                Some(text) => ("bytes of text", text.to_owned()),
                None => ("bytes, in hexadecimal digits", told::hex(value)),
            };
            line("value", &format!("{} {kind}{cut}", thousands(value.len() as u64)))?;
            writeln!(out, "{shown}")?;
        }
    }
    writeln!(out)
}

fn as_json(letter: &Letter) -> Value {
    let headers: Map<String, Value> =
        letter.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let mut all = json!({
        "key": letter.key, "topic": letter.topic, "partition": letter.partition, "sent": told::time(letter.sent),
        "headers": headers, "resent_to": letter.resent_to,
    });
    match &letter.value {
        None => all["value"] = Value::Null,
        Some(value) => match std::str::from_utf8(value) {
            Ok(text) => all["value"] = text.into(),
            Err(_) => all["value_hex"] = told::hex(value).into(),
        },
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::letter::tests::{letter, of_no_record};
    use super::*;

    #[test]
    fn a_letter_is_shown_whole_and_harmless() {
        let mut one = letter(
            "crime/0/1",
            &[("reason", "trap"), ("detail", "a\u{1b}[2J"), ("cut-from-bytes", "99")],
        );
        one.value = Some(b"\xff\x00".to_vec());
        let mut text = Vec::new();
        as_text(&one, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(text.contains("2 bytes, in hexadecimal digits, cut from 99\nff00\n"), "{text}");
        assert_eq!(as_json(&one)["value_hex"], "ff00");
    }
    #[test]
    fn what_is_no_record_is_shown_whole_too() {
        for one in of_no_record() {
            let mut text = Vec::new();
            as_text(&one, &mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            let value = std::str::from_utf8(one.value.as_deref().unwrap()).unwrap();
            for part in [one.reason(), one.component(), one.header("detail").unwrap(), value] {
                assert!(text.contains(part), "nothing of {part:?} in: {text}");
            }
            assert_eq!(as_json(&one)["value"], value);
        }
    }
}
