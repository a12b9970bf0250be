//! A server that speaks the open-data API's documented protocol: as much of it as a client of crimes needs, and its
//! faults.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A row of the dataset: ID, `date`, `updated_on`; times in the API's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Crime {
    pub(crate) id: u64,
    pub(crate) date: String,
    pub(crate) updated_on: String,
}

impl Crime {
    pub(crate) fn new(id: u64, date: &str, updated_on: &str) -> Self {
        Self { id, date: format!("{date}.000"), updated_on: format!("{updated_on}.000") }
    }
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// another status, with the seconds that it asks to wait
    Status(u16, Option<u64>),
    /// the connection is closed without an answer
    Drop,
    /// the answer ends early though its length was announced
    BreakOff,
    /// the answer ends early and nobody announced its length
    EndEarly,
    /// the answer ends early, nobody announced its length, and it looks whole
    EndBetweenRows,
}

/// A city's server; it ends when it is dropped.
pub(crate) struct City {
    state: Arc<State>,
    address: String,
    server: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    crimes: Mutex<Vec<Crime>>,
    faults: Mutex<VecDeque<Fault>>,
    requests: Mutex<Vec<BTreeMap<String, String>>>,
    ending: AtomicBool,
}

const COLUMNS: [&str; 22] = [
    "id",
    "case_number",
    "date",
    "block",
    "iucr",
    "primary_type",
    "description",
    "location_description",
    "arrest",
    "domestic",
    "beat",
    "district",
    "ward",
    "community_area",
    "fbi_code",
    "x_coordinate",
    "y_coordinate",
    "year",
    "updated_on",
    "latitude",
    "longitude",
    "location",
];

impl City {
    pub(crate) fn with(crimes: &[Crime]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State { crimes: Mutex::new(crimes.to_vec()), ..State::default() });
        let shared = Arc::clone(&state);
        let server = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.ending.load(Ordering::SeqCst) {
                    return;
                }
                serve(&shared, stream.unwrap());
            }
        });
        Self { state, address, server: Some(server) }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn add(&self, crime: Crime) {
        let mut crimes = self.state.crimes.lock().unwrap();
        crimes.retain(|other| other.id != crime.id);
        crimes.push(crime);
    }

    /// The next requests fail like this, one after another.
    pub(crate) fn fail(&self, faults: &[Fault]) {
        self.state.faults.lock().unwrap().extend(faults);
    }

    /// The parameters of each request so far; `token` is the token it came with.
    pub(crate) fn requests(&self) -> Vec<BTreeMap<String, String>> {
        self.state.requests.lock().unwrap().clone()
    }
}

impl Drop for City {
    fn drop(&mut self) {
        self.state.ending.store(true, Ordering::SeqCst);
        // wakes the server, which waits for a connection
        drop(TcpStream::connect(self.address.trim_start_matches("http://")));
        if let Some(server) = self.server.take() {
            server.join().unwrap();
        }
    }
}

fn serve(state: &State, mut stream: TcpStream) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    let target = first.split(' ').nth(1).unwrap().to_owned();
    let headers: Vec<String> =
        lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let url = reqwest::Url::parse(&format!("http://city{target}")).unwrap();
    let mut parameters: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    for header in &headers {
        if let Some(token) = header.to_ascii_lowercase().strip_prefix("x-app-token: ") {
            parameters.insert("token".to_owned(), token.to_owned());
        }
    }
    state.requests.lock().unwrap().push(parameters.clone());
    let fault = state.faults.lock().unwrap().pop_front();
    let crimes = state.crimes.lock().unwrap().clone();
    let (status, body) = match url.path() {
        "/resource/ijzp-q8t2.csv" => ("200 OK", rows(crimes, &parameters)),
        "/resource/ijzp-q8t2.json" => ("200 OK", value(&crimes, &parameters)),
        _ => ("404 Not Found", r#"{"code":"not_found","message":"no such dataset"}"#.to_owned()),
    };
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    let length = format!("Content-Length: {}\r\n", body.len());
    let answer = match fault {
        None => format!("{head}{length}\r\n{body}"),
        Some(Fault::Drop) => String::new(),
        Some(Fault::BreakOff) => format!("{head}{length}\r\n{}", &body[..body.len() / 2]),
        Some(Fault::EndEarly) => format!("{head}\r\n{}", &body[..body.len() - 5]),
        Some(Fault::EndBetweenRows) => {
            let lines: Vec<&str> = body.split_inclusive('\n').collect();
            format!("{head}\r\n{}", lines[..lines.len().div_ceil(2)].concat())
        }
        Some(Fault::Status(status, wait)) => {
            let wait =
                wait.map_or_else(String::new, |seconds| format!("Retry-After: {seconds}\r\n"));
            let body = r#"{"code":"x","message":"not now"}"#;
            format!(
                "HTTP/1.1 {status} No\r\nConnection: close\r\n{wait}Content-Length: {}\r\n\r\n{body}",
                body.len()
            )
        }
    };
    // a client that gave up is none of the server's business
    let _ = stream.write_all(answer.as_bytes());
}

fn rows(mut crimes: Vec<Crime>, parameters: &BTreeMap<String, String>) -> String {
    crimes.retain(|crime| holds(crime, parameters));
    match parameters.get("$order").map(String::as_str) {
        Some("id") => crimes.sort_by_key(|crime| crime.id),
        Some("updated_on,id") => crimes.sort_by_key(|crime| (crime.updated_on.clone(), crime.id)),
        other => panic!("rows without a stable order: {other:?}"),
    }
    let limit: usize = parameters.get("$limit").map_or(1000, |limit| limit.parse().unwrap());
    let mut body = format!("{}\n", COLUMNS.map(|name| format!("\"{name}\"")).join(","));
    for crime in crimes.iter().take(limit) {
        let texts = COLUMNS.map(|name| match name {
            "id" => crime.id.to_string(),
            "date" => crime.date.clone(),
            "updated_on" => crime.updated_on.clone(),
            "district" => "007".to_owned(),
            "location_description" => "STREET, \"\"OTHER\"\"".to_owned(),
            _ => String::new(),
        });
        body.push_str(&format!("{}\n", texts.map(|text| format!("\"{text}\"")).join(",")));
    }
    body
}

fn value(crimes: &[Crime], parameters: &BTreeMap<String, String>) -> String {
    let crimes: Vec<&Crime> = crimes.iter().filter(|crime| holds(crime, parameters)).collect();
    match parameters["$select"].as_str() {
        "count(*)" => format!("[{{\"count\":\"{}\"}}]", crimes.len()),
        "max(updated_on)" => match crimes.iter().map(|crime| &crime.updated_on).max() {
            Some(latest) => format!("[{{\"max_updated_on\":\"{latest}\"}}]"),
            None => "[{}]".to_owned(),
        },
        other => panic!("{other} is not served"),
    }
}

fn holds(crime: &Crime, parameters: &BTreeMap<String, String>) -> bool {
    let Some(condition) = parameters.get("$where") else { return true };
    let spaced = condition.replace('(', " ( ").replace(')', " ) ");
    let mut words: VecDeque<&str> = spaced.split_whitespace().collect();
    let held = any(&mut words, crime);
    assert!(words.is_empty(), "not understood: {condition}");
    held
}

fn any(words: &mut VecDeque<&str>, crime: &Crime) -> bool {
    let mut held = all(words, crime);
    while words.front() == Some(&"OR") {
        words.pop_front();
        held |= all(words, crime);
    }
    held
}

fn all(words: &mut VecDeque<&str>, crime: &Crime) -> bool {
    let mut held = comparison(words, crime);
    while words.front() == Some(&"AND") {
        words.pop_front();
        held &= comparison(words, crime);
    }
    held
}

fn comparison(words: &mut VecDeque<&str>, crime: &Crime) -> bool {
    let first = words.pop_front().unwrap();
    if first == "(" {
        let held = any(words, crime);
        assert_eq!(words.pop_front(), Some(")"));
        return held;
    }
    let (operator, right) = (words.pop_front().unwrap(), words.pop_front().unwrap());
    let order = match first {
        "id" => crime.id.cmp(&right.parse().unwrap()),
        "date" => crime.date.as_str().cmp(right.trim_matches('\'')),
        "updated_on" => crime.updated_on.as_str().cmp(right.trim_matches('\'')),
        other => panic!("{other} is no column here"),
    };
    match operator {
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "<" => order.is_lt(),
        "=" => order.is_eq(),
        other => panic!("{other} is no operator here"),
    }
}
