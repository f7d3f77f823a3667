//! A cold function: from its start to its first poll, and from there to the response to an event that waits already.

use std::{fmt, path::Path, process::Command, time::Duration};

use axum::body::Bytes;
use hookpoint_settings::INITIALIZATION_TYPE;

use super::{Bench, warm::ensure_answered};
use crate::{
    cold::{HANDWRITTEN, Handwritten, Kind, Language, Published, ROUND_TRIP, Transport},
    function::Function,
    quota::{self, Quota},
    receiver::Receiver,
    report::{Figures, Goal, Row, Unit},
    sample::{self, RESPONSE},
    series::Series,
};

const NAME: &str = "cold";
/// Starts in a turn.
const STARTS: usize = 4;
/// Warm events after a start, the last of each turn.
const EVENTS: usize = 100;
/// Goals for the first event in microseconds: over TLS, and what a script may add.
const FIRST: f64 = 21_000.0;
const FIRST_TLS: f64 = 26_000.0;
const SCRIPT: f64 = 3_000.0;
const PROVISIONED: f64 = 17_600.0;
/// How long a provisioned function is frozen before its first event here.
const AHEAD: Duration = Duration::from_millis(300);

/// One of the measured programs, and its figures.
struct Subject {
    language: Option<Language>,
    command: Command,
    variables: Vec<(&'static str, String)>,
    /// From the first poll to the first event. The process is frozen, as on Lambda.
    pause: Duration,
    figures: [Series; 6],
}

/// The figures of a start, in the order of the rows.
const WHAT: [(&str, Unit); 6] = [
    ("start to first poll", Unit::Microseconds),
    ("first event", Unit::Microseconds),
    ("start and first event", Unit::Microseconds),
    ("warm event", Unit::Microseconds),
    (
        "processor time until the first response",
        Unit::Microseconds,
    ),
    ("peak memory after the first response", Unit::Bytes),
];
const FIRST_EVENT: usize = 1;
const SUM: usize = 2;
const WARM: usize = 3;

/// Where and how the function starts.
#[derive(Debug, Clone, Copy)]
struct Circumstances {
    kind: Kind,
    transport: Transport,
    start: Start,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Start {
    /// The event waits already.
    Cold,
    /// Lambda starts the function ahead of its first event.
    Provisioned,
    /// The event waits already; megabytes of memory, and the share of a processor that comes with them.
    Limited(u32, u64),
}

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let installed = install();
    let receiver = Receiver::start(RESPONSE)?;
    eprintln!("  AWS is {ROUND_TRIP:?} away for each trip, opening a connection included");
    let mut rows = Vec::new();
    for circumstances in all(bench.quick) {
        let Circumstances {
            kind,
            transport,
            start,
        } = circumstances;
        let folder = bench.subfolder(&circumstances.to_string().replace(' ', "-"))?;
        let published = Published::start(kind, transport, receiver.address, &folder).await?;
        let quota = match start {
            Start::Limited(_, share) => match Quota::set(share) {
                Ok(quota) => Some(quota),
                Err(error) => {
                    eprintln!("  left out: {circumstances}: {error:#}");
                    continue;
                }
            },
            Start::Cold | Start::Provisioned => None,
        };
        let mut subjects = vec![Subject {
            language: None,
            command: Command::new(bench.programs.stage_function()?),
            variables: published.variables(),
            pause: Duration::ZERO,
            figures: Default::default(),
        }];
        if start == Start::Provisioned {
            let variable = (
                INITIALIZATION_TYPE.name,
                "provisioned-concurrency".to_owned(),
            );
            subjects[0].variables.push(variable);
            subjects[0].pause = AHEAD;
        } else {
            let variables = published.variables_by_hand(receiver.address)?;
            subjects.extend(installed.iter().map(|(language, program)| Subject {
                language: Some(*language),
                command: program.command(),
                variables: variables.clone(),
                pause: Duration::ZERO,
                figures: Default::default(),
            }));
        }
        let event = sample::gateway_event()?;
        for turn in 0..=bench.times(6, 1) {
            for subject in &mut subjects {
                // The first turn reads the programs from the disk, and fills the endpoint.
                subject.turn(&event, &folder, turn > 0).await?;
            }
        }
        drop(quota);
        rows.extend(compare(circumstances, &subjects));
    }
    Ok(rows)
}

fn all(quick: bool) -> Vec<Circumstances> {
    let of = |kind, transport, start| Circumstances {
        kind,
        transport,
        start,
    };
    let mut all = vec![
        of(Kind::Webhook, Transport::Plain, Start::Cold),
        of(Kind::Webhook, Transport::Tls, Start::Cold),
        of(Kind::Webhook, Transport::Tls, Start::Provisioned),
        of(Kind::Static, Transport::Tls, Start::Cold),
        of(Kind::Script, Transport::Plain, Start::Cold),
        of(Kind::Script, Transport::Tls, Start::Cold),
    ];
    if !quick {
        for (memory, share) in quota::LAMBDA
            .into_iter()
            .filter(|(memory, _)| *memory >= 512)
        {
            all.push(of(
                Kind::Webhook,
                Transport::Tls,
                Start::Limited(memory, share),
            ));
        }
    }
    all
}

impl fmt::Display for Circumstances {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind.name())?;
        if self.transport == Transport::Tls {
            formatter.write_str(" over TLS")?;
        }
        match self.start {
            Start::Cold => Ok(()),
            Start::Provisioned => formatter.write_str(", provisioned"),
            Start::Limited(memory, _) => write!(formatter, " at {memory} MB"),
        }
    }
}

impl Circumstances {
    /// The goal for the first event, in microseconds.
    fn goal(self) -> Option<f64> {
        let first = match (self.start, self.transport) {
            (Start::Limited(..), _) => return None,
            (Start::Provisioned, _) => PROVISIONED,
            (Start::Cold, Transport::Plain) => FIRST,
            (Start::Cold, Transport::Tls) => FIRST_TLS,
        };
        match self.kind {
            Kind::Static => None,
            Kind::Webhook => Some(first),
            Kind::Script => Some(first + SCRIPT),
        }
    }

    /// Whether every figure is compared: at full speed without TLS, which costs both sides alike, and under a quota.
    fn has_all(self) -> bool {
        match self.start {
            Start::Cold => self.kind != Kind::Static && self.transport == Transport::Plain,
            Start::Limited(..) => true,
            Start::Provisioned => false,
        }
    }
}

fn install() -> Vec<(Language, Handwritten)> {
    let install = |language: Language| match Handwritten::install(language) {
        Ok(program) => Some((language, program)),
        Err(error) => {
            eprintln!("  left out: {}: {error:#}", language.name());
            None
        }
    };
    HANDWRITTEN.into_iter().filter_map(install).collect()
}

impl Subject {
    async fn turn(&mut self, event: &Bytes, folder: &Path, counts: bool) -> anyhow::Result<()> {
        let mut figures: [Vec<f64>; 6] = Default::default();
        for start in 1..=STARTS {
            let (mut function, started) =
                Function::start_command(&mut self.command, &self.variables, folder).await?;
            function.freeze_for(self.pause).await?;
            let first = function.invoke(event).await?;
            ensure_answered(&first)?;
            let (init, first) = (microseconds(started), microseconds(first.answered));
            let once = [
                init,
                first,
                init + first,
                f64::NAN,
                microseconds(function.processor_time()?),
                bytes(function.memory()?.peak),
            ];
            for (all, figure) in figures.iter_mut().zip(once) {
                all.push(figure);
            }
            figures[WARM].pop();
            for _ in 0..if start == STARTS { EVENTS } else { 0 } {
                let invocation = function.invoke(event).await?;
                ensure_answered(&invocation)?;
                figures[WARM].push(microseconds(invocation.answered));
            }
        }
        if counts {
            for (series, figures) in self.figures.iter_mut().zip(figures) {
                series.push(figures);
            }
        }
        Ok(())
    }
}

/// How many times faster the sum has to be.
fn factor(language: Language) -> f64 {
    match language {
        Language::Node => 6.0,
        Language::NodeTuned => 4.5,
        Language::Python => 10.0,
    }
}

fn compare(what: Circumstances, subjects: &[Subject]) -> Vec<Row> {
    let first_event = what.goal();
    let Some((measured, others)) = subjects.split_first() else {
        return Vec::new();
    };
    let row = |index: usize, other: Option<&Subject>, goal: Option<Goal>| {
        let (figure, unit) = WHAT[index];
        let beside = other.and_then(|other| other.language).map(Language::name);
        let beside = beside.map_or_else(String::new, |name| format!(" / {name}"));
        Row {
            name: NAME,
            what: format!("{what}, {figure}{beside}"),
            unit,
            measured: Figures::of(&measured.figures[index]),
            baseline: other.map(|other| Figures::of(&other.figures[index])),
            goal,
        }
    };
    let mut rows = vec![
        row(0, None, None),
        row(FIRST_EVENT, None, first_event.map(Goal::AtMost)),
    ];
    for other in others {
        for index in 0..WHAT.len() {
            let goal = match (index, other.language, first_event) {
                (SUM, Some(language), Some(_)) => Some(Goal::TimesAtMost(1.0 / factor(language))),
                _ => None,
            };
            if what.has_all() || [FIRST_EVENT, SUM].contains(&index) {
                rows.push(row(index, Some(other), goal));
            }
        }
    }
    rows
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000_000.0
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
fn bytes(bytes: u64) -> f64 {
    bytes as f64
}
