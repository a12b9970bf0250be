//! Faults at random moments while records stream in, and then every row, document and dead letter compared.
//!
//! [`run`] draws a plan from a seed ([`plan`]), starts the job with its default settings and a producer that is started
//! again with `--resume`, strikes as the plan says, and watches what the job shows of each fault. One that nobody feels
//! does not count: it is tried again, longer. In the end all records are read, the job is drained, and what it left is
//! compared with the brute-force key of all that is on the topic.

mod evidence;
mod hostile;
mod logs;
pub mod plan;
mod stream;
mod strike;
mod table;
mod verdict;
mod watch;

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use fastrand::Rng;

pub use self::table::Table;

use self::evidence::{Names, felt};
use self::plan::{Fault, Next, Server, Step, Strike};
use self::stream::Stream;
use self::strike::{Striker, Struck};
use self::verdict::{Hostile, Verdict};
use self::watch::{Millis, Watch, now, seconds};
use crate::harness::{Case, Stack, wait_for};

/// What a run is to be.
#[derive(Debug, Clone)]
pub struct Settings {
    /// another seed makes another plan and other records
    pub seed: u64,
    /// what strikes
    pub faults: Faults,
    /// records a second
    pub rate: u32,
}

/// Which faults strike.
#[derive(Debug, Clone, Copy)]
pub enum Faults {
    /// `count` of all kinds, which take about `minutes`
    Random {
        /// how many
        count: usize,
        /// how long their plan may take
        minutes: f64,
    },
    /// each server behind the job is away for so long, then all of them at once
    Outages {
        /// how long
        minutes: f64,
    },
}

impl Default for Settings {
    fn default() -> Self {
        Self { seed: 1, faults: Faults::Random { count: 100, minutes: 40.0 }, rate: 200 }
    }
}

impl Settings {
    /// What strikes when.
    pub fn plan(&self) -> Vec<Step> {
        match self.faults {
            Faults::Random { count, minutes } => plan::plan(self.seed, count, minutes),
            Faults::Outages { minutes } => plan::outages(minutes),
        }
    }

    /// The command that does the same again.
    pub fn again(&self) -> String {
        let Self { seed, rate, .. } = self;
        match self.faults {
            Faults::Random { count, minutes } => {
                format!("make chaos SEED={seed} FAULTS={count} MINUTES={minutes} RATE={rate}")
            }
            Faults::Outages { minutes } => {
                format!("make outage SEED={seed} MINUTES={minutes} RATE={rate}")
            }
        }
    }
}

const PARTITIONS: i32 = 4;
const PARALLELISM: usize = 2;
/// Much longer than any restart waits.
const RECOVERY: Duration = Duration::from_secs(400);
/// Longer than any start of the JobManager's.
const DEAF: Millis = 120_000;
const DRAIN: Duration = Duration::from_secs(300);
const HOSTILE_PERIOD: Duration = Duration::from_secs(8);
/// How often a fault that nobody feels is tried again, and how long it then lasts at least.
const TRIES: u32 = 3;
const LONGER: Duration = Duration::from_secs(12);

/// Strikes as the seed says, and compares.
///
/// # Errors
/// If the job ends or does not recover, or a server does not come back. Differences are no error here: they are in the
/// table.
pub fn run(stack: &Stack, settings: &Settings) -> Result<Table> {
    let case = Case::new(stack, &format!("chaos-{}", settings.seed), PARTITIONS)?;
    let filler = format!("{}.filler", case.topic);
    stack.topics()?.create(&filler, 1)?;
    let job = case.job().parallelism(PARALLELISM).start()?;
    let stream = Stream::new(&case, settings.seed, settings.rate)?;
    let chaos = Chaos {
        settings,
        case: &case,
        watch: Watch::new(&stack.cluster()?, &job)?,
        names: Names::of(stack)?,
        striker: Striker { case: &case, stream: &stream, filler: &filler },
        stream: &stream,
        job,
        start: Instant::now(),
        hostile: Mutex::new(Hostile::new()),
        failure: Mutex::new(None),
        has_ended: AtomicBool::new(false),
    };
    chaos.run()
}

struct Chaos<'a> {
    settings: &'a Settings,
    case: &'a Case<'a>,
    stream: &'a Stream<'a>,
    striker: Striker<'a>,
    watch: Watch,
    names: Names,
    job: String,
    start: Instant,
    hostile: Mutex<Hostile>,
    /// what a thread beside failed with
    failure: Mutex<Option<anyhow::Error>>,
    has_ended: AtomicBool,
}

/// A fault that waits for being judged.
struct Pending {
    struck: Struck,
    /// when the last fault of its step ended
    over: Millis,
    tries: u32,
    lasts: Duration,
}

impl Chaos<'_> {
    fn run(&self) -> Result<Table> {
        self.stream.start()?;
        thread::scope(|scope| {
            let ended = || self.has_ended.load(Ordering::Relaxed);
            scope.spawn(move || self.watch.watch(ended));
            scope.spawn(move || self.keep(self.stream.tend(ended)));
            scope.spawn(move || self.keep(self.send_hostile(ended)));
            let outcome = self.faults();
            self.has_ended.store(true, Ordering::Relaxed);
            outcome
        })
        .with_context(|| {
            self.case.stack.cluster().map(|it| it.exception(&self.job)).unwrap_or_default()
        })
    }

    fn keep(&self, outcome: Result<()>) {
        if let Err(error) = outcome {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    }

    fn faults(&self) -> Result<Table> {
        let mut table = Table { settings: self.settings.clone(), ..Table::default() };
        wait_for("two checkpoints while records flow", RECOVERY, || {
            self.check()?;
            Ok((self.watch.seen().checkpoints.len() >= 2).then_some(()))
        })?;
        let plan = self.settings.plan().into_iter();
        let mut steps: VecDeque<(Step, u32)> = plan.map(|step| (step, 0)).collect();
        let mut pending: Vec<Pending> = Vec::new();
        while let Some((step, tries)) = steps.pop_front() {
            let planned =
                |fault: Fault| step.strikes.iter().find(|it| it.fault == fault).map(|it| it.lasts);
            let struck = self.striker.strike(&step)?;
            let over = struck.iter().map(|it| it.end).max().unwrap_or_default();
            for struck in struck {
                let lasts = planned(struck.fault).unwrap_or_default();
                self.say(format_args!(
                    "{} for {:.1} s",
                    struck.fault,
                    seconds(struck.end - struck.begin)
                ));
                pending.push(Pending { struck, over, tries, lasts });
            }
            self.revive(&mut table)?;
            match step.next {
                Next::Regardless(wait) if !steps.is_empty() => thread::sleep(wait),
                Next::Regardless(_) => self.judge(&mut pending, &mut steps, &mut table)?,
                Next::Recovered(more) => {
                    self.judge(&mut pending, &mut steps, &mut table)?;
                    if !steps.is_empty() {
                        thread::sleep(more);
                    }
                }
            }
            self.check()?;
        }
        self.drain()?;
        table.producer_failures = self.stream.failures();
        let hostile = self.hostile.lock().unwrap_or_else(PoisonError::into_inner);
        table.verdict = Verdict::of(self.case, &self.stream.sent(), &hostile)?;
        table.minutes = self.start.elapsed().as_secs_f64() / 60.0;
        Ok(table)
    }

    /// After the job's recovery: which of the faults were felt, and how long it took. Others come again.
    fn judge(
        &self,
        pending: &mut Vec<Pending>,
        steps: &mut VecDeque<(Step, u32)>,
        table: &mut Table,
    ) -> Result<()> {
        let Some(end) = pending.iter().map(|it| it.over).max() else { return Ok(()) };
        let mut heard = end;
        let recovered = wait_for("the job has recovered", RECOVERY, || {
            self.check()?;
            self.revive(table)?;
            heard = heard.max(self.watch.seen().heard().unwrap_or_default());
            if now() - heard > DEAF {
                self.restart_job_manager(table)?;
                heard = now();
            }
            Ok(self.watch.seen().recovered(end))
        })?;
        for Pending { struck, over, tries, lasts } in pending.drain(..) {
            let fault = struck.fault;
            let line = table.lines.entry(fault.kind()).or_default();
            let felt = felt(&struck, &self.names, &self.watch.seen(), now())?;
            if let Some(words) = felt {
                line.times += 1;
                // who was struck again before it had recovered has recovered from more than one step
                if over == end {
                    line.recoveries.push(recovered - end);
                }
                self.say(format_args!("{fault} was felt: {words}"));
                continue;
            }
            line.unnoticed += 1;
            self.say(format_args!("{fault} was not noticed"));
            if tries >= TRIES {
                table.never_felt += 1;
                continue;
            }
            let lasts = LONGER.max(lasts * 2);
            let strikes = vec![Strike { fault, after: Duration::ZERO, lasts }];
            steps.push_back((Step { strikes, next: Next::Recovered(Duration::ZERO) }, tries + 1));
        }
        self.say(format_args!("recovered after {:.1} s", seconds(recovered - end)));
        Ok(())
    }

    /// Starts again what ended though nobody killed it, as whoever runs servers has it done.
    fn revive(&self, table: &mut Table) -> Result<()> {
        let stack = self.case.stack;
        for server in Server::ALL {
            if !stack.runs(server.name())? {
                self.note(format!("{} ended by itself", server.name()), table);
                stack.start(server.name())?;
            }
        }
        Ok(())
    }

    /// Flink's client of ZooKeeper may lose its way when a session expires (CURATOR-437): the job goes on, but its
    /// JobManager answers nobody. A liveness probe would have it started again.
    fn restart_job_manager(&self, table: &mut Table) -> Result<()> {
        let name = Server::JobManager.name();
        self.note(format!("{name} answered nobody"), table);
        self.case.stack.kill(name)?;
        self.case.stack.start(name)
    }

    fn note(&self, failure: String, table: &mut Table) {
        self.say(format_args!("{failure}"));
        *table.by_themselves.entry(failure).or_default() += 1;
    }

    /// No more faults: all that is sent is read, and all windows end.
    fn drain(&self) -> Result<()> {
        self.say(format_args!("draining"));
        self.stream.finish()?;
        wait_for("all records are sent", DRAIN, || {
            self.check()?;
            Ok(self.stream.has_ended().then_some(()))
        })?;
        let stack = self.case.stack;
        let (topics, topic) = (stack.topics()?, &self.case.topic);
        // the sender of hostile values stops with the producer, but may be in the middle of a set
        let sent = wait_for("nothing is sent any more", DRAIN, || {
            let sent = topics.count(topic)?;
            thread::sleep(Duration::from_secs(1));
            Ok((topics.count(topic)? == sent).then_some(sent))
        })?;
        wait_for("the job has read everything", DRAIN, || {
            self.check()?;
            Ok((topics.committed(topic, topic)? >= sent).then_some(()))
        })?;
        stack.cluster()?.stop(&self.job, true, DRAIN)?;
        Ok(())
    }

    /// Sends a set of values that are no rows, again and again, until the producer is done.
    fn send_hostile(&self, stop: impl Fn() -> bool) -> Result<()> {
        let mut rng = Rng::with_seed(self.settings.seed ^ 1);
        let topics = self.case.stack.topics()?;
        let mut next = Instant::now();
        while !stop() && !self.stream.is_last() {
            if Instant::now() >= next {
                next = Instant::now() + HOSTILE_PERIOD;
                let values = hostile::values(&mut rng, PARTITIONS);
                let mut known = self.hostile.lock().unwrap_or_else(PoisonError::into_inner);
                for (value, reason) in &values {
                    known.insert(value.bytes.clone().unwrap_or_default(), *reason);
                }
                drop(known);
                let values: Vec<_> = values.into_iter().map(|(value, _)| value).collect();
                // While the broker is away they wait in the client, or it takes none. What arrives is found on the topic,
                // and there must be some of each kind.
                if let Err(error) = topics.offer(&self.case.topic, &values) {
                    self.say(format_args!("no hostile records for the moment: {error:#}"));
                }
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// # Errors
    /// If the job has ended, or a thread beside has failed.
    fn check(&self) -> Result<()> {
        if let Some(error) = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(error);
        }
        match self.watch.seen().state() {
            Some(state @ ("FAILED" | "FINISHED" | "CANCELED")) => bail!("the job is {state}"),
            _ => Ok(()),
        }
    }

    /// Progress, where somebody looks.
    fn say(&self, words: std::fmt::Arguments<'_>) {
        if std::io::stderr().is_terminal() || std::env::var_os("CHAOS_VERBOSE").is_some() {
            eprintln!("{:7.1} s  {words}", self.start.elapsed().as_secs_f64());
        }
    }
}
