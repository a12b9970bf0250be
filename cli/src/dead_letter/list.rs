//! `crimes dead-letter list`.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde_json::json;

use super::letter::Letter;
use super::told;
use crate::exit::Exit;
use crate::figures::thousands;
use crate::session::{Session, finish};

/// Letters that have topic, reason and component in common.
#[derive(Debug, Default)]
struct Group {
    count: u64,
    resent: u64,
    first: Option<i64>,
    last: Option<i64>,
}

pub(super) fn list(letters: &[Letter], as_json: bool, session: &Session) -> anyhow::Result<Exit> {
    let mut groups: BTreeMap<(&str, &str, &str), Group> = BTreeMap::new();
    for letter in letters {
        let group =
            groups.entry((letter.topic.as_str(), letter.reason(), letter.component())).or_default();
        group.count += 1;
        group.resent += u64::from(letter.resent_to.is_some());
        // letters come in the order of sending
        group.first = group.first.or(letter.sent);
        group.last = letter.sent.or(group.last);
    }
    let mut data = session.data();
    if as_json {
        let all: Vec<_> = groups
            .iter()
            .map(|((topic, reason, component), it)| {
                json!({
                    "topic": topic, "reason": reason, "component": component, "letters": it.count,
                    "resent": it.resent, "first": told::time(it.first), "last": told::time(it.last),
                })
            })
            .collect();
        writeln!(data, "{}", json!(all))?;
    } else if groups.is_empty() {
        session.info("there are no such dead letters");
    } else {
        writeln!(
            data,
            "{:>10} {:>10}  {:<20} {:<20} {:<20} {:<24} component",
            "letters", "resent", "first", "last", "topic", "reason"
        )?;
        for ((topic, reason, component), it) in &groups {
            let line = format!(
                "{:>10} {:>10}  {:<20} {:<20} {:<20} {:<24} {}",
                thousands(it.count),
                thousands(it.resent),
                told::time(it.first),
                told::time(it.last),
                topic,
                told::text(reason),
                told::text(component)
            );
            writeln!(data, "{}", line.trim_end())?;
        }
    }
    finish(data)?;
    Ok(Exit::Done)
}
