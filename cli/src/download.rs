//! `crimes download`: a file of the city's records from its open-data API.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use crimes_producer::api::{ApiError, Download, timestamp};
use crimes_producer::order::TimeRange;

use crate::api::{ApiOptions, fault};
use crate::exit::Exit;
use crate::figures::thousands;
use crate::interrupt;
use crate::session::Session;

/// Options of `crimes download`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DownloadOptions {
    /// The file, compressed if its name ends in .gz
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// Only crimes from this day or time on
    #[arg(long, value_name = "TIME", value_parser = bound)]
    since: Option<i64>,
    /// Only crimes before this day or time
    #[arg(long, value_name = "TIME", value_parser = bound)]
    until: Option<i64>,
    #[command(flatten)]
    api: ApiOptions,
}

const AFTER_HELP: &str = "\
The file appears under its name when it is whole. Until then its part lies beside it, and the same command goes on \
where it was interrupted.

An application token, which makes the API more patient, is taken from the environment: CRIMES_APP_TOKEN. \
Authorities that the system does not know are in the file (PEM) that SSL_CERT_FILE names.

  crimes download thefts.csv.gz --since 2018-01-01 --until 2018-07-01 --where \"primary_type = 'THEFT'\"";

/// A day or time of the city's clock.
pub(crate) fn bound(text: &str) -> Result<i64, String> {
    TimeRange::bound(text)
        .ok_or_else(|| "give a day or a time, such as 2018-01-31 or 2018-01-31T21:05:00".to_owned())
}

/// Downloads, and says how much.
pub(crate) fn download(options: &DownloadOptions, session: &Session) -> anyhow::Result<Exit> {
    let mut condition = options.api.condition();
    if let Some(since) = options.since {
        condition = condition.and(format_args!("date >= {}", timestamp(since)));
    }
    if let Some(until) = options.until {
        condition = condition.and(format_args!("date < {}", timestamp(until)));
    }
    let api = options.api.api()?;
    let download = Download { condition, path: options.path.clone() };
    let line = Line::new(session);
    let start = Instant::now();
    let downloaded = download.run(
        &api,
        &mut |told| {
            line.clear();
            session.warn(told);
        },
        &mut |rows, of| line.draw(rows, of, start),
        &interrupt::requested,
    );
    line.clear();
    match downloaded {
        Ok(downloaded) => {
            let before = match downloaded.rows_before {
                0 => String::new(),
                rows => format!(", {} of them before", thousands(rows)),
            };
            session.info(format_args!(
                "{} rows in {}{before}; {:.1} s",
                thousands(downloaded.rows),
                options.path.display(),
                start.elapsed().as_secs_f64()
            ));
            Ok(Exit::Done)
        }
        Err(ApiError::Stopped) => {
            session.info("interrupted; the same command goes on from here");
            Ok(Exit::Interrupted)
        }
        Err(error) => Err(fault(error)),
    }
}

/// The line that shows how far it is, for a person at a terminal.
struct Line {
    shown: bool,
    last: std::cell::Cell<Option<Instant>>,
}

impl Line {
    fn new(session: &Session) -> Self {
        Self { shown: session.shows_progress(), last: std::cell::Cell::new(None) }
    }

    fn draw(&self, rows: u64, of: Option<u64>, start: Instant) {
        let now = Instant::now();
        let recent = self.last.get().is_some_and(|last| now - last < Duration::from_millis(200));
        if !self.shown || recent {
            return;
        }
        self.last.set(Some(now));
        let of = of.map_or_else(String::new, |of| format!(" of {}", thousands(of)));
        let rate = rows as f64 / (now - start).as_secs_f64().max(0.001);
        // Nobody is left to tell when standard error is closed.
        let _ = write!(
            io::stderr().lock(),
            "\r\x1b[K{}{of} rows, {}/s",
            thousands(rows),
            thousands(rate as u64)
        );
    }

    fn clear(&self) {
        if self.shown && self.last.take().is_some() {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}
