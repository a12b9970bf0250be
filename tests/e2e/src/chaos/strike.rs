//! Makes faults happen on a stack's servers, and ends them.

use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use super::logs::Mark;
use super::plan::{Fault, Server, Step};
use super::stream::Stream;
use super::watch::{Millis, now};
use crate::harness::{Case, Value, wait_for};

/// A segment's indices alone take 10 MB when they are made.
const FULL_KILOBYTES: u64 = 12_000;
const FILLER: usize = 500_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// A fault that struck.
#[derive(Debug)]
pub(super) struct Struck {
    pub(super) fault: Fault,
    /// when it began and ended
    pub(super) begin: Millis,
    pub(super) end: Millis,
    /// whether others struck in the same step
    pub(super) together: bool,
    /// the logs' ends just before
    pub(super) mark: Mark,
    /// whether there was a producer to kill
    pub(super) was_sending: bool,
}

/// What is needed to strike.
pub(super) struct Striker<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) stream: &'a Stream<'a>,
    /// a topic that nobody reads
    pub(super) filler: &'a str,
}

/// What has to be done to end a fault.
enum Cure {
    Start,
    Thaw,
    Unlock(Sender<()>, JoinHandle<Result<()>>),
    Produce,
}

struct Ongoing {
    struck: Struck,
    due: Instant,
    cure: Cure,
}

impl Striker<'_> {
    /// All faults of a step, from the first one's begin to the last one's end.
    pub(super) fn strike(&self, step: &Step) -> Result<Vec<Struck>> {
        let start = Instant::now();
        let mut coming = step.strikes.clone();
        coming.sort_by_key(|strike| strike.after);
        coming.reverse();
        let mut ongoing: Vec<Ongoing> = Vec::new();
        let mut all = Vec::new();
        while !coming.is_empty() || !ongoing.is_empty() {
            let next_begin = coming.last().map(|strike| start + strike.after);
            let next_end = ongoing.iter().filter(|it| can_end(it, &ongoing)).map(|it| it.due).min();
            let begins = next_begin.is_some_and(|begin| next_end.is_none_or(|end| begin <= end));
            let due = if begins { next_begin } else { next_end }.context("nothing can end")?;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if begins {
                let strike = coming.pop().context("just looked at")?;
                let fault = strike.fault;
                let directory = self.case.stack.directory();
                let mark = Mark::now(directory, &["taskmanager", "jobmanager"])?;
                let was_sending = self.stream.is_sending()?;
                let begin = now();
                let cure = self.begin(fault).with_context(|| fault.to_string())?;
                let together = step.strikes.len() > 1;
                let struck = Struck { fault, begin, end: begin, together, mark, was_sending };
                ongoing.push(Ongoing { struck, due: Instant::now() + strike.lasts, cure });
            } else {
                let place = ongoing.iter().position(|it| it.due == due && can_end(it, &ongoing));
                let ended = ongoing.swap_remove(place.context("just looked at")?);
                let mut struck = ended.struck;
                self.end(struck.fault, ended.cure).with_context(|| struck.fault.to_string())?;
                struck.end = now();
                all.push(struck);
            }
        }
        Ok(all)
    }

    fn begin(&self, fault: Fault) -> Result<Cure> {
        let stack = self.case.stack;
        match fault {
            Fault::Kill(server) | Fault::Outage(server) => {
                stack.kill(server.name())?;
                Ok(Cure::Start)
            }
            Fault::Freeze(server) => {
                stack.freeze(server.name())?;
                Ok(Cure::Thaw)
            }
            Fault::KillProducer => {
                self.stream.kill()?;
                Ok(Cure::Produce)
            }
            Fault::Lock => self.lock(),
            Fault::FullDisk => {
                self.fill_the_disk()?;
                Ok(Cure::Start)
            }
        }
    }

    fn end(&self, fault: Fault, cure: Cure) -> Result<()> {
        let stack = self.case.stack;
        let name = fault.server().map(Server::name).unwrap_or_default();
        match cure {
            // on a machine that is busy with the others' recovery a start may take too long once
            Cure::Start => stack.start(name).or_else(|_| stack.start(name)),
            Cure::Thaw => stack.thaw(name),
            Cure::Produce => self.stream.start(),
            Cure::Unlock(unlock, thread) => {
                unlock.send(()).context("the lock is gone")?;
                thread.join().map_err(|_| anyhow!("the locking thread panicked"))?
            }
        }
    }

    /// A transaction of the owner's that lets nobody else write, or even read.
    fn lock(&self) -> Result<Cure> {
        let mut tables = self.case.stack.tables()?;
        let (locked, is_locked) = channel();
        let (unlock, is_unlocked) = channel::<()>();
        let thread = thread::spawn(move || -> Result<()> {
            let mut transaction = tables.owner().transaction()?;
            let sql = "LOCK TABLE crime_per_district_day, crimes_anomaly IN ACCESS EXCLUSIVE MODE";
            transaction.batch_execute(sql)?;
            locked.send(())?;
            is_unlocked.recv()?;
            Ok(transaction.commit()?)
        });
        if is_locked.recv_timeout(PATIENCE).is_err() {
            bail!("the tables can't be locked for {} s", PATIENCE.as_secs());
        }
        Ok(Cure::Unlock(unlock, thread))
    }

    /// The broker is started anew with files that can't grow, and filled until it gives up.
    fn fill_the_disk(&self) -> Result<()> {
        let stack = self.case.stack;
        stack.kill(Server::Kafka.name())?;
        // A log that is larger already keeps it from starting at all, as a full disk may.
        if stack.start_with_small_files(Server::Kafka.name(), FULL_KILOBYTES).is_err() {
            return Ok(());
        }
        let filler = Value { bytes: Some(vec![0; FILLER]), ..Value::default() };
        let values = vec![filler; 2 * FULL_KILOBYTES as usize * 1024 / FILLER];
        let topics = stack.topics()?;
        topics.offer(self.filler, &values)?;
        wait_for("the broker gives up on a full disk", PATIENCE, || {
            Ok((!stack.runs(Server::Kafka.name())?).then_some(()))
        })
    }
}

/// A TaskManager comes back only to a JobManager, and that only to a ZooKeeper.
fn can_end(one: &Ongoing, ongoing: &[Ongoing]) -> bool {
    let needed = one.struck.fault.server().map_or(&[][..], Server::needs);
    !ongoing.iter().any(|it| it.struck.fault.server().is_some_and(|it| needed.contains(&it)))
}
