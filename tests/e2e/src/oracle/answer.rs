//! What tables, index and dead letters must hold after all of a file has gone through.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, NaiveDateTime, NaiveTime};

use super::crime::{Crime, Reason, judge};
use super::documents::Document;
use super::rows::Row;

/// District and start of the day.
pub type TotalKey = (u16, NaiveDateTime);
/// Primary type, district and start of the five hours.
pub type AnomalyKey = (String, u16, NaiveDateTime);

/// A row of the table of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// distinct crimes
    pub crimes: i64,
    /// of those, at home
    pub domestic: i64,
    /// of those, with an arrest
    pub arrests: i64,
}

/// Everything that must come out.
#[derive(Debug, Default)]
pub struct Answer {
    /// rows that were read
    pub records: usize,
    /// rows whose ID had occurred before
    pub duplicates: usize,
    /// by (district, day)
    pub totals: BTreeMap<TotalKey, Total>,
    /// distinct crimes by (type, district, start), only where more than the threshold
    pub anomalies: BTreeMap<AnomalyKey, i64>,
    /// by ID. More than one where records of the same ID have the same time of correction: then either may win
    pub documents: BTreeMap<u64, Vec<Document>>,
    /// rows that no window counts
    pub rejects: BTreeMap<Reason, usize>,
}

const WINDOW_HOURS: i64 = 5;
const SLIDE_MINUTES: i64 = 30;

/// The answer for `rows`, with an anomaly where there are more crimes than `threshold`.
pub fn answer(rows: &[Row], threshold: i64) -> Answer {
    let mut answer = Answer { records: rows.len(), ..Answer::default() };
    let mut crimes = Vec::new();
    let mut on_the_map: BTreeMap<u64, Vec<Crime>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for row in rows {
        let judged = judge(row);
        if let Some(reason) = judged.reject {
            *answer.rejects.entry(reason).or_default() += 1;
        }
        let Some(crime) = judged.crime else { continue };
        if !seen.insert(crime.id) {
            answer.duplicates += 1;
        }
        if crime.position.is_some() {
            on_the_map.entry(crime.id).or_default().push(crime.clone());
        }
        if judged.reject.is_none() {
            crimes.push(crime);
        }
    }
    answer.totals = totals(&crimes);
    answer.anomalies = anomalies(&crimes, threshold);
    answer.documents = on_the_map
        .into_iter()
        .map(|(id, versions)| (id, newest(&versions).filter_map(Document::of).collect()))
        .collect();
    answer
}

/// Those versions of a crime that no other is newer than.
fn newest(versions: &[Crime]) -> impl Iterator<Item = &Crime> {
    let last = versions.iter().map(|crime| crime.updated).max().flatten();
    versions.iter().filter(move |crime| crime.updated == last)
}

fn totals(crimes: &[Crime]) -> BTreeMap<TotalKey, Total> {
    let mut days: BTreeMap<TotalKey, BTreeMap<u64, Vec<Crime>>> = BTreeMap::new();
    for crime in crimes {
        let Some(district) = crime.district else { continue };
        let key = (district, crime.date.date().and_time(NaiveTime::MIN));
        days.entry(key).or_default().entry(crime.id).or_default().push(crime.clone());
    }
    let mut totals = BTreeMap::new();
    for (key, ids) in days {
        let mut total = Total::default();
        for versions in ids.values() {
            total.crimes += 1;
            total.domestic += i64::from(newest(versions).any(|crime| crime.domestic));
            total.arrests += i64::from(newest(versions).any(|crime| crime.arrest));
        }
        totals.insert(key, total);
    }
    totals
}

fn anomalies(crimes: &[Crime], threshold: i64) -> BTreeMap<AnomalyKey, i64> {
    let mut windows: BTreeMap<AnomalyKey, BTreeSet<u64>> = BTreeMap::new();
    for crime in crimes {
        let Some(district) = crime.district else { continue };
        for start in windows_with(crime.date) {
            windows
                .entry((crime.primary_type.clone(), district, start))
                .or_default()
                .insert(crime.id);
        }
    }
    let counts = windows.into_iter().map(|(key, ids)| (key, ids.len() as i64));
    counts.filter(|(_, count)| *count > threshold).collect()
}

/// The starts of all windows that `time` lies in, by trying every half hour from the midnight before.
fn windows_with(time: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
    let midnight = time.date().and_time(NaiveTime::MIN) - Duration::days(1);
    (0..)
        .map(move |step| midnight + Duration::minutes(SLIDE_MINUTES * step))
        .take_while(move |start| *start <= time)
        .filter(move |start| time < *start + Duration::hours(WINDOW_HOURS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::read_text;

    const HEADER: &str =
        "id,date,primary_type,district,arrest,domestic,updated_on,latitude,longitude";

    fn answer_to(lines: &str, threshold: i64) -> Answer {
        answer(&read_text(&format!("{HEADER}\n{lines}")).unwrap(), threshold)
    }

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    #[test]
    fn a_time_on_the_half_hour_is_in_ten_windows() {
        let starts: Vec<_> = windows_with(at("2016-01-01 02:30")).collect();
        assert_eq!(starts.len(), 10);
        assert_eq!(starts.first(), Some(&at("2015-12-31 22:00")));
        assert_eq!(starts.last(), Some(&at("2016-01-01 02:30")));
        assert_eq!(windows_with(at("2016-01-01 02:29")).last(), Some(at("2016-01-01 02:00")));
    }

    #[test]
    fn days_end_at_midnight_and_districts_are_apart() {
        let answer = answer_to(
            "1,2016-01-01T23:59:59,THEFT,001,true,true,,,\n\
             2,2016-01-02T00:00:00,THEFT,001,false,false,,,\n\
             3,2016-01-02T12:00:00,THEFT,1,false,true,,,\n\
             4,2016-01-02T12:00:00,THEFT,002,true,false,,,\n",
            14,
        );
        let total = |crimes, domestic, arrests| Total { crimes, domestic, arrests };
        assert_eq!(
            answer.totals,
            BTreeMap::from([
                ((1, at("2016-01-01 00:00")), total(1, 1, 1)),
                ((1, at("2016-01-02 00:00")), total(2, 1, 0)),
                ((2, at("2016-01-02 00:00")), total(1, 0, 1)),
            ])
        );
    }

    #[test]
    fn an_anomaly_is_more_than_the_threshold_of_distinct_crimes() {
        // Three thefts at 10:00, one of them twice, and one at 14:59: only windows that hold both times have three.
        let answer = answer_to(
            "1,2016-01-01T10:00:00,THEFT,1,true,true,,,\n\
             1,2016-01-01T10:00:00,THEFT,1,true,true,,,\n\
             2,2016-01-01T10:00:00,THEFT,1,true,true,,,\n\
             3,2016-01-01T14:59:59,THEFT,1,true,true,,,\n\
             4,2016-01-01T14:59:59,THEFT,2,true,true,,,\n",
            2,
        );
        assert_eq!(
            answer.anomalies,
            BTreeMap::from([(("THEFT".to_owned(), 1, at("2016-01-01 10:00")), 3)])
        );
        assert_eq!(answer.duplicates, 1);
    }

    #[test]
    fn the_newest_version_of_a_crime_counts_whatever_the_order() {
        let old = "1,2016-01-01T10:00:00,THEFT,1,false,true,2016-01-02T00:00:00,41.5,-87.5\n";
        let new = "1,2016-01-01T10:00:00,ROBBERY,1,true,false,2016-01-03T00:00:00,41.6,-87.6\n";
        for lines in [format!("{old}{new}"), format!("{new}{old}")] {
            let answer = answer_to(&lines, 14);
            assert_eq!(
                answer.totals.values().collect::<Vec<_>>(),
                [&Total { crimes: 1, domestic: 0, arrests: 1 }]
            );
            assert_eq!(answer.documents[&1].len(), 1);
            assert_eq!(answer.documents[&1][0].primary_type, "ROBBERY");
            assert_eq!(answer.documents[&1][0].position, (41.6, -87.6));
        }
    }

    #[test]
    fn a_crime_without_district_is_on_the_map_alone() {
        let answer = answer_to("1,2016-01-01T10:00:00,THEFT,,false,true,,41.5,-87.5\n", 0);
        assert_eq!(answer.totals.len() + answer.anomalies.len(), 0);
        assert_eq!(answer.documents[&1][0].district, None);
        assert_eq!(answer.rejects, BTreeMap::from([(Reason::MissingDistrict, 1)]));
    }

    #[test]
    fn a_crime_without_position_is_counted_alone() {
        let answer = answer_to("1,2016-01-01T10:00:00,THEFT,9,false,true,,,\n", 14);
        assert_eq!(answer.totals.len(), 1);
        assert_eq!(answer.documents.len(), 0);
        assert_eq!(answer.rejects.len(), 0);
    }
}
