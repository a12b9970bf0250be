//! Which faults strike, for how long, which of them together: all drawn from a seed before the first one strikes.

use std::fmt::{Display, Formatter};
use std::time::Duration;

use fastrand::Rng;

/// A server of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Server {
    /// the broker
    Kafka,
    /// the tables
    Postgres,
    /// the index
    Elasticsearch,
    /// what the JobManager's memory of its jobs is in
    ZooKeeper,
    /// the one JobManager
    JobManager,
    /// the first TaskManager
    TaskManager1,
    /// the second TaskManager
    TaskManager2,
}

impl Server {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Kafka,
        Self::Postgres,
        Self::Elasticsearch,
        Self::ZooKeeper,
        Self::JobManager,
        Self::TaskManager1,
        Self::TaskManager2,
    ];

    /// As `stack` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::Postgres => "postgres",
            Self::Elasticsearch => "elasticsearch",
            Self::ZooKeeper => "zookeeper",
            Self::JobManager => "jobmanager",
            Self::TaskManager1 => "taskmanager-1",
            Self::TaskManager2 => "taskmanager-2",
        }
    }

    /// As the table calls it: both TaskManagers are one kind.
    fn kind(self) -> &'static str {
        if self.is_task_manager() { "taskmanager" } else { self.name() }
    }

    /// Without which it does not come back.
    pub fn needs(self) -> &'static [Self] {
        match self {
            Self::Kafka | Self::Postgres | Self::Elasticsearch | Self::ZooKeeper => &[],
            Self::JobManager => &[Self::ZooKeeper],
            Self::TaskManager1 | Self::TaskManager2 => &[Self::ZooKeeper, Self::JobManager],
        }
    }

    /// Whether tasks run in it.
    pub fn is_task_manager(self) -> bool {
        matches!(self, Self::TaskManager1 | Self::TaskManager2)
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// kill -9, and started again at once
    Kill(Server),
    /// kill -9 of `crimes produce`, and started again with `--resume`
    KillProducer,
    /// kill -9, and started again after a while
    Outage(Server),
    /// SIGSTOP, and SIGCONT after a while
    Freeze(Server),
    /// both tables locked by somebody else's transaction
    Lock,
    /// the broker's files can't grow until it is started again
    FullDisk,
}

impl Fault {
    /// The server that it is about; none for the producer.
    pub fn server(self) -> Option<Server> {
        match self {
            Self::Kill(server) | Self::Outage(server) | Self::Freeze(server) => Some(server),
            Self::Lock => Some(Server::Postgres),
            Self::FullDisk => Some(Server::Kafka),
            Self::KillProducer => None,
        }
    }

    /// Its row in the table.
    pub fn kind(self) -> String {
        match self {
            Self::Kill(server) => format!("kill {}", server.kind()),
            Self::KillProducer => "kill producer".to_owned(),
            Self::Outage(server) => format!("outage {}", server.kind()),
            Self::Freeze(server) => format!("freeze {}", server.kind()),
            Self::Lock => "lock both tables".to_owned(),
            Self::FullDisk => "full disk kafka".to_owned(),
        }
    }

    /// The longest that it may last, in seconds; the shortest is one.
    fn longest(self) -> f64 {
        match self {
            Self::Kill(_) | Self::KillProducer => 0.0,
            Self::Freeze(_) => 120.0,
            Self::Outage(_) | Self::Lock => 60.0,
            Self::FullDisk => 20.0,
        }
    }
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self.server() {
            Some(server) if server.is_task_manager() => {
                write!(formatter, "{} {}", self.kind(), &server.name()["taskmanager-".len()..])
            }
            _ => formatter.write_str(&self.kind()),
        }
    }
}

/// One fault of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strike {
    /// what is done
    pub fault: Fault,
    /// how long after the step's begin
    pub after: Duration,
    /// how long it lasts
    pub lasts: Duration,
}

/// What is waited for before the next step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Next {
    /// until the job has recovered, and so much longer
    Recovered(Duration),
    /// so long, whatever the job does: the next step strikes during recovery
    Regardless(Duration),
}

/// Faults that strike together.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// at least one; each is about another server
    pub strikes: Vec<Strike>,
    /// what comes after the last of them has ended
    pub next: Next,
}

const TOGETHER: f64 = 0.2;
const DURING_RECOVERY: f64 = 0.3;
/// What a step costs beside its faults' durations, and what a recovery takes, in seconds; to fit a plan into its time.
const STEP_SECONDS: f64 = 6.0;
const RECOVERY_SECONDS: f64 = 12.0;

/// `count` faults that take about `minutes`: where time is short, the longer ones are shorter.
pub fn plan(seed: u64, count: usize, minutes: f64) -> Vec<Step> {
    let mut tenths = 10;
    loop {
        let plan = draw(seed, count, f64::from(tenths) / 10.0);
        if tenths == 0 || seconds(&plan) <= minutes * 60.0 {
            return plan;
        }
        tenths -= 1;
    }
}

/// Each server behind the job is away for so many minutes, then all of them at once.
pub fn outages(minutes: f64) -> Vec<Step> {
    let behind = [Server::Kafka, Server::Postgres, Server::Elasticsearch];
    let lasts = Duration::from_secs_f64(minutes * 60.0);
    let outage = |&server: &Server| {
        let fault = Fault::Outage(server);
        Strike { fault, after: Duration::ZERO, lasts }
    };
    let step = |servers: &[Server]| Step {
        strikes: servers.iter().map(outage).collect(),
        next: Next::Recovered(Duration::from_secs(5)),
    };
    behind.iter().map(|&one| step(&[one])).chain([step(&behind)]).collect()
}

/// About how long a plan takes.
fn seconds(plan: &[Step]) -> f64 {
    let step = |step: &Step| {
        let faults = step.strikes.iter().map(|it| (it.after + it.lasts).as_secs_f64());
        let next = match step.next {
            Next::Recovered(more) => more.as_secs_f64() + RECOVERY_SECONDS,
            Next::Regardless(wait) => wait.as_secs_f64(),
        };
        STEP_SECONDS + faults.fold(0.0, f64::max) + next
    };
    plan.iter().map(step).sum()
}

fn draw(seed: u64, count: usize, exponent: f64) -> Vec<Step> {
    let mut rng = Rng::with_seed(seed);
    let mut steps: Vec<Step> = Vec::new();
    for fault in faults(&mut rng, count) {
        let together = rng.f64() < TOGETHER;
        let (after, lasts) = (rng.f64() * 5.0, duration(fault, rng.f64(), exponent));
        let next = match rng.f64() < DURING_RECOVERY {
            true => Next::Regardless(Duration::from_secs_f64(rng.f64() * 8.0)),
            false => Next::Recovered(Duration::from_secs_f64(rng.f64() * 6.0)),
        };
        let free = |step: &Step| {
            step.strikes.len() < 3 && step.strikes.iter().all(|it| apart(it.fault, fault))
        };
        match steps.last_mut() {
            Some(step) if together && free(step) => {
                let after = Duration::from_secs_f64(after);
                step.strikes.push(Strike { fault, after, lasts });
            }
            _ => steps
                .push(Step { strikes: vec![Strike { fault, after: Duration::ZERO, lasts }], next }),
        }
    }
    steps
}

/// The same number of each as far as it goes. The kills, the full disk and the lock come first where there is no room
/// for all.
fn faults(rng: &mut Rng, count: usize) -> Vec<Fault> {
    let mut first: Vec<Fault> = Server::ALL.into_iter().map(Fault::Kill).collect();
    // one of the two is enough of a kind
    first.retain(|&fault| fault != Fault::Kill(Server::TaskManager2));
    first.extend([Fault::KillProducer, Fault::FullDisk, Fault::Lock]);
    let mut others: Vec<Fault> =
        Server::ALL.into_iter().flat_map(|it| [Fault::Freeze(it), Fault::Outage(it)]).collect();
    others.push(Fault::Kill(Server::TaskManager2));
    rng.shuffle(&mut others);
    let mut all = Vec::new();
    while all.len() < count {
        let mut deck: Vec<Fault> = first.iter().chain(&others).copied().collect();
        deck.truncate(count - all.len());
        rng.shuffle(&mut deck);
        all.extend(deck);
        rng.shuffle(&mut first);
        rng.shuffle(&mut others);
    }
    all
}

/// Whether two faults can strike at once.
fn apart(one: Fault, other: Fault) -> bool {
    one.server() != other.server()
}

/// From a second to the longest, log-uniform.
fn duration(fault: Fault, share: f64, exponent: f64) -> Duration {
    match fault.longest() {
        0.0 => Duration::ZERO,
        longest => Duration::from_secs_f64(longest.powf(exponent * share)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn strikes(plan: &[Step]) -> Vec<Strike> {
        plan.iter().flat_map(|step| step.strikes.clone()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_plan_and_another_seed_another() {
        assert_eq!(plan(1, 100, 40.0), plan(1, 100, 40.0));
        assert_ne!(plan(1, 100, 40.0), plan(2, 100, 40.0));
    }

    #[test]
    fn a_short_plan_has_every_kind_of_kill() {
        for seed in 0..100 {
            let plan = plan(seed, 10, 1.0);
            let kinds: BTreeSet<String> =
                strikes(&plan).iter().map(|strike| strike.fault.kind()).collect();
            for kill in [
                "kill kafka",
                "kill postgres",
                "kill elasticsearch",
                "kill zookeeper",
                "kill jobmanager",
                "kill taskmanager",
                "kill producer",
                "lock both tables",
                "full disk kafka",
            ] {
                assert!(kinds.contains(kill), "seed {seed} has no {kill}: {kinds:?}");
            }
            assert_eq!(strikes(&plan).len(), 10);
        }
    }

    #[test]
    fn a_long_plan_has_every_fault_and_durations_of_all_sizes() {
        for seed in 0..20 {
            let all = strikes(&plan(seed, 100, 60.0));
            assert_eq!(all.len(), 100);
            let kinds: BTreeSet<String> = all.iter().map(|it| it.fault.kind()).collect();
            assert_eq!(kinds.len(), 6 + 1 + 6 + 6 + 2, "{kinds:?}");
            let freezes = all.iter().filter(|it| matches!(it.fault, Fault::Freeze(_)));
            let seconds: Vec<f64> = freezes.map(|it| it.lasts.as_secs_f64()).collect();
            assert!(seconds.iter().all(|&it| (1.0..=120.0).contains(&it)), "{seconds:?}");
            assert!(seconds.iter().any(|&it| it > 60.0) && seconds.iter().any(|&it| it < 5.0));
        }
    }

    #[test]
    fn what_strikes_together_is_about_different_servers() {
        for seed in 0..100 {
            let plan = plan(seed, 60, 40.0);
            assert!(plan.iter().any(|step| step.strikes.len() > 1));
            for step in plan {
                let servers: BTreeSet<_> =
                    step.strikes.iter().map(|it| it.fault.server()).collect();
                assert_eq!(servers.len(), step.strikes.len(), "{step:?}");
            }
        }
    }

    #[test]
    fn a_plan_fits_its_time_as_far_as_it_can() {
        for seed in 0..20 {
            assert!(seconds(&plan(seed, 100, 40.0)) <= 40.0 * 60.0, "seed {seed}");
            let least = draw(seed, 100, 0.0);
            assert_eq!(plan(seed, 100, 0.0), least);
        }
    }
}
