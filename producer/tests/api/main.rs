//! The open-data API against a server of our own: pages, faults, interruptions, corrections.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy.toml allows it in tests, and means only functions marked as such"
)]

mod city;

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use city::{City, Crime, Fault};
use crimes_producer::api::{
    Api, ApiError, Condition, Dataset, Download, Downloaded, Follower, Retry,
};
use crimes_producer::columns::Column;
use crimes_producer::input::Input;
use crimes_producer::record::Row;
use crimes_producer::source::Limits;
use tempfile::TempDir;

fn api(city: &City, page: u32) -> Api {
    Api::new(dataset(city, page)).unwrap()
}

fn dataset(city: &City, page: u32) -> Dataset {
    Dataset {
        host: city.address().to_owned(),
        id: "ijzp-q8t2".to_owned(),
        token: Some("hush".to_owned()),
        page,
        timeout: Duration::from_secs(5),
        retry: Retry {
            attempts: 4,
            first: Duration::from_millis(1),
            longest: Duration::from_millis(5),
        },
    }
}

fn crimes(ids: std::ops::Range<u64>) -> Vec<Crime> {
    // not in the order of their IDs
    let mut crimes: Vec<Crime> =
        ids.map(|id| Crime::new(id, "2018-01-01T12:00:00", "2018-02-01T00:00:00")).collect();
    crimes.reverse();
    crimes
}

fn ids(path: &std::path::Path) -> Vec<u64> {
    let mut input = Input::file(path).unwrap();
    let mut rows = input.rows(0, Limits { row_bytes: 100_000, latest: None }).unwrap();
    let mut ids = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let Row::Whole(record) = row else { panic!("{row:?}") };
        assert_eq!(record.field(Column::LocationDescription), "STREET, \"OTHER\"");
        ids.push(record.field(Column::Id).parse().unwrap());
    }
    ids
}

struct Place {
    folder: TempDir,
    path: PathBuf,
}

fn place(name: &str) -> Place {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    Place { folder, path }
}

impl Place {
    fn download(&self, api: &Api) -> Result<Downloaded, ApiError> {
        self.download_where(api, Condition::default(), &|| false)
    }

    fn download_where(
        &self,
        api: &Api,
        condition: Condition,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Downloaded, ApiError> {
        let download = Download { condition, path: self.path.clone() };
        download.run(api, &mut |_| (), &mut |_, _| (), stopped)
    }

    fn files(&self) -> usize {
        fs::read_dir(self.folder.path()).unwrap().count()
    }
}

#[test]
fn a_file_is_got_page_by_page() {
    let city = City::with(&crimes(1..26));
    for name in ["crimes.csv", "crimes.csv.gz"] {
        for page in [1, 7, 25, 26, 1000] {
            let place = place(name);
            let downloaded = place.download(&api(&city, page)).unwrap();
            assert_eq!(downloaded, Downloaded { rows: 25, rows_before: 0 });
            assert_eq!(ids(&place.path), (1..26).collect::<Vec<_>>(), "{name}, pages of {page}");
            assert_eq!(place.files(), 1);
        }
    }
    assert!(city.requests().iter().all(|request| request["token"] == "hush"));
}

#[test]
fn nothing_is_a_file_with_a_header() {
    let city = City::with(&[]);
    let place = place("crimes.csv");
    assert_eq!(place.download(&api(&city, 10)).unwrap().rows, 0);
    assert!(ids(&place.path).is_empty());
}

#[test]
fn conditions_are_asked_of_the_api() {
    let mut all = crimes(1..5);
    all[0].date = "2019-01-01T00:00:00.000".to_owned();
    let city = City::with(&all);
    let place = place("crimes.csv");
    let condition =
        Condition::default().and("date < '2019-01-01T00:00:00.000'").and("id > 1 OR id = 0");
    place.download_where(&api(&city, 1), condition, &|| false).unwrap();
    assert_eq!(ids(&place.path), [2, 3]);
}

#[test]
fn faults_that_pass_are_waited_for() {
    for fault in [
        Fault::Status(429, Some(1)),
        Fault::Status(503, None),
        Fault::Status(202, None),
        Fault::Drop,
        Fault::BreakOff,
        Fault::EndEarly,
    ] {
        let city = City::with(&crimes(1..10));
        city.fail(&[fault, fault, fault]);
        let place = place("crimes.csv");
        let mut told = Vec::new();
        let download = Download { condition: Condition::default(), path: place.path.clone() };
        let mut tell = |line: &str| told.push(line.to_owned());
        download.run(&api(&city, 4), &mut tell, &mut |_, _| (), &|| false).unwrap();
        assert_eq!(ids(&place.path), (1..10).collect::<Vec<_>>(), "{fault:?}");
        assert_eq!(told.len(), 3, "{fault:?}: {told:?}");
        assert!(
            told.iter().all(|line| !line.contains("hush") && !line.contains("$where")),
            "{told:?}"
        );
    }
}

#[test]
fn an_answer_that_ends_between_two_rows_loses_nothing() {
    let city = City::with(&crimes(1..10));
    let place = place("crimes.csv");
    // the count of rows is asked first
    city.fail(&[Fault::EndBetweenRows; 3]);
    place.download(&api(&city, 4)).unwrap();
    assert_eq!(ids(&place.path), (1..10).collect::<Vec<_>>());
    let position = tempfile::tempdir().unwrap();
    let position = Place { path: position.path().join("position.json"), folder: position };
    let mut follower = follow(&city, &position, Some(0));
    city.fail(&[Fault::EndBetweenRows; 2]);
    assert_eq!(round(&mut follower), (1..10).collect::<Vec<_>>());
}

#[test]
fn faults_that_stay_are_errors() {
    let city = City::with(&crimes(1..10));
    city.fail(&[Fault::Status(500, None); 4]);
    let error = place("crimes.csv").download(&api(&city, 4)).unwrap_err();
    assert!(matches!(&error, ApiError::Exhausted { attempts: 4, .. }), "{error}");
    assert!(error.to_string().contains("not now"), "{error}");
    for status in [400, 401, 403, 404, 301] {
        city.fail(&[Fault::Status(status, None)]);
        let error = place("crimes.csv").download(&api(&city, 4)).unwrap_err();
        assert!(matches!(&error, ApiError::Refused { .. }), "{status}: {error}");
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
    let unknown = Api::new(Dataset { id: "none".to_owned(), ..dataset(&city, 4) }).unwrap();
    let error = place("crimes.csv").download(&unknown).unwrap_err().to_string();
    assert!(error.contains("no such dataset"), "{error}");
    let nobody = Dataset { host: "http://127.0.0.1:1".to_owned(), ..dataset(&city, 4) };
    let error = place("crimes.csv").download(&Api::new(nobody).unwrap()).unwrap_err();
    assert!(matches!(error, ApiError::Exhausted { .. }), "{error}");
}

#[test]
fn a_download_that_was_interrupted_goes_on() {
    let city = City::with(&crimes(1..26));
    for name in ["crimes.csv", "crimes.csv.gz"] {
        let place = place(name);
        let looks = Cell::new(0);
        let stop = || {
            looks.set(looks.get() + 1);
            looks.get() > 3
        };
        let error = place.download_where(&api(&city, 5), Condition::default(), &stop).unwrap_err();
        assert!(matches!(error, ApiError::Stopped));
        assert!(!place.path.exists());
        // a page that was half written when the power went
        let part = place.folder.path().join(format!("{name}.part"));
        let mut half = fs::read(&part).unwrap();
        half.extend_from_slice(b"half a row");
        fs::write(&part, half).unwrap();
        let before = city.requests().len();
        let downloaded = place.download(&api(&city, 5)).unwrap();
        assert_eq!(downloaded, Downloaded { rows: 25, rows_before: 15 });
        assert_eq!(ids(&place.path), (1..26).collect::<Vec<_>>());
        // the count, two pages of rows and the empty one behind them
        assert_eq!(city.requests().len() - before, 4);
        assert_eq!(place.files(), 1);
    }
}

#[test]
fn a_part_of_another_download_is_left_alone() {
    let city = City::with(&crimes(1..26));
    let place = place("crimes.csv");
    city.fail(&[]);
    let looks = Cell::new(0);
    let stop = || {
        looks.set(looks.get() + 1);
        looks.get() > 2
    };
    place.download_where(&api(&city, 5), Condition::default(), &stop).unwrap_err();
    let other = Condition::default().and("id > 7");
    let error = place.download_where(&api(&city, 5), other, &|| false).unwrap_err().to_string();
    assert!(error.contains("part of another download"), "{error}");
    assert_eq!(place.download(&api(&city, 5)).unwrap().rows, 25);
}

#[test]
fn rows_that_come_and_go_meanwhile_shift_nothing() {
    let city = City::with(&crimes(1..26));
    let place = place("crimes.csv");
    let looks = Cell::new(0);
    let change = || {
        looks.set(looks.get() + 1);
        if looks.get() == 3 {
            city.add(Crime::new(0, "2018-01-01T12:00:00", "2018-02-01T00:00:00"));
            city.add(Crime::new(100, "2018-01-01T12:00:00", "2018-02-01T00:00:00"));
        }
        false
    };
    place.download_where(&api(&city, 5), Condition::default(), &change).unwrap();
    let expected: Vec<u64> = (1..26).chain([100]).collect();
    assert_eq!(ids(&place.path), expected);
}

#[test]
fn a_token_does_not_travel_unencrypted() {
    let city = City::with(&[]);
    let open = Dataset { host: "http://data.example.org".to_owned(), ..dataset(&city, 5) };
    let error = Api::new(open).err().unwrap().to_string();
    assert!(error.contains("unencrypted") && !error.contains("hush"), "{error}");
    let nonsense = Dataset { host: "nonsense".to_owned(), ..dataset(&city, 5) };
    assert!(matches!(Api::new(nonsense), Err(ApiError::Address { .. })));
}

/// The IDs that a round hands on.
fn round(follower: &mut Follower) -> Vec<u64> {
    let place = place("page.csv");
    let mut found = Vec::new();
    follower
        .round::<ApiError>(&mut |_| (), &|| false, |page| {
            fs::write(&place.path, page).unwrap();
            found.extend(ids(&place.path));
            Ok(())
        })
        .unwrap();
    found
}

fn follow(city: &City, place: &Place, since: Option<i64>) -> Follower {
    let condition = Condition::default();
    Follower::open(api(city, 3), condition, place.path.clone(), since, &mut |_| (), &|| false)
        .unwrap()
}

#[test]
fn new_and_corrected_records_come_once() {
    let city = City::with(&crimes(1..8));
    let place = place("position.json");
    let mut follower = follow(&city, &place, None);
    assert!(round(&mut follower).is_empty(), "what was there is not new");
    city.add(Crime::new(3, "2018-01-01T12:00:00", "2018-02-02T00:00:00"));
    city.add(Crime::new(20, "2018-01-30T12:00:00", "2018-02-02T00:00:00"));
    assert_eq!(round(&mut follower), [3, 20]);
    assert!(round(&mut follower).is_empty());
    // added later to a batch that was handed on already, with a smaller ID
    city.add(Crime::new(10, "2018-01-30T12:00:00", "2018-02-02T00:00:00"));
    assert_eq!(round(&mut follower), [10]);
    drop(follower);
    city.add(Crime::new(21, "2018-01-30T12:00:00", "2018-02-03T00:00:00"));
    let mut again = follow(&city, &place, None);
    assert_eq!(round(&mut again), [21]);
    assert_eq!(again.position(), Some("2018-02-03T00:00:00.000"));
}

#[test]
fn a_beginning_can_be_named() {
    let mut all = crimes(1..8);
    all.push(Crime::new(50, "2018-01-01T12:00:00", "2018-01-15T00:00:00"));
    let city = City::with(&all);
    let since = 1_517_443_200_000; // 2018-02-01
    let mut follower = follow(&city, &place("position.json"), Some(since));
    assert_eq!(round(&mut follower), [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn what_could_not_be_taken_comes_again() {
    let city = City::with(&crimes(1..8));
    let place = place("position.json");
    let mut follower = follow(&city, &place, Some(0));
    let mut pages = 0;
    let failed = follower.round::<ApiError>(&mut |_| (), &|| false, |_| {
        pages += 1;
        if pages == 2 { Err(ApiError::Stopped) } else { Ok(()) }
    });
    assert!(failed.is_err());
    let mut again = follow(&city, &place, Some(0));
    assert_eq!(round(&mut again), [4, 5, 6, 7]);
}

#[test]
fn a_position_of_another_dataset_is_refused() {
    let city = City::with(&crimes(1..8));
    let place = place("position.json");
    round(&mut follow(&city, &place, Some(0)));
    let condition = Condition::default().and("id > 3");
    let other =
        Follower::open(api(&city, 3), condition, place.path.clone(), None, &mut |_| (), &|| false);
    let error = other.err().unwrap().to_string();
    assert!(error.contains("another dataset or condition"), "{error}");
}
