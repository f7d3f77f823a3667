//! What a trial found.

use std::{fmt, time::Duration};

use hookpoint_engine::{application::binding::Mode, hook::HookKind};
use hookpoint_stages::Stage;

/// A check at a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// An event gets 200, or 202 where all hooks run later.
    Responds,
    /// The static hook has its effect.
    Static,
    /// The webhook has its effect.
    Webhook,
    /// The script has its effect.
    Script,
    /// A redirect suspends the event and returns a continuation.
    Suspends,
    /// The continuation resumes it.
    Resumes,
    /// A key that is not stored gets 401 or 403.
    WrongKey,
    /// A body that is too large gets 413.
    TooLarge,
    /// A body that is not JSON gets 400.
    Malformed,
    /// The worker runs what was queued.
    Delivers,
    /// Records of synchronous runs are written.
    Records,
}

impl Check {
    /// A stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Responds => "responds",
            Self::Static => "static",
            Self::Webhook => "webhook",
            Self::Script => "script",
            Self::Suspends => "suspends",
            Self::Resumes => "resumes",
            Self::WrongKey => "wrong-key",
            Self::TooLarge => "too-large",
            Self::Malformed => "malformed",
            Self::Delivers => "delivers",
            Self::Records => "records",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was tried.
    pub check: Check,
    /// The status that came back; `None` if nothing did, or the check is about records.
    pub status: Option<u16>,
    /// What was expected and what came.
    pub message: String,
}

/// What the records say about a hook.
#[derive(Debug, Clone, PartialEq)]
pub struct HookReport {
    /// The kind of hook.
    pub kind: HookKind,
    /// Whether it ran before or after the response.
    pub mode: Mode,
    /// How long the first run took.
    pub first: Duration,
    /// How long the fastest of the later runs took; `None` if there was one run.
    pub later: Option<Duration>,
    /// From the event to the first attempt of a delivery.
    pub waited: Option<Duration>,
}

/// The results at a stage.
#[derive(Debug, Clone)]
pub struct StageReport {
    /// The stage.
    pub stage: Stage,
    /// How long the first event took, a new connection and usually a cold start included; `None` without an answer.
    pub first: Option<Duration>,
    /// How long the fastest of the later events took.
    pub warm: Option<Duration>,
    /// How the function's sandbox places the memory of scripts, `mapped` or `copied`; `None` if no script ran before the response.
    pub placing: Option<String>,
    /// The checks that passed.
    pub passed: Vec<Check>,
    /// What is wrong; empty if all is well.
    pub findings: Vec<Finding>,
    /// What the records say.
    pub hooks: Vec<HookReport>,
}

impl StageReport {
    pub(super) fn new(stage: Stage) -> Self {
        Self {
            stage,
            first: None,
            warm: None,
            placing: None,
            passed: Vec::new(),
            findings: Vec::new(),
            hooks: Vec::new(),
        }
    }

    /// Notes the outcome of a check: the error is a status, if there is one, and what is wrong.
    pub(super) fn note(&mut self, check: Check, outcome: Result<(), (Option<u16>, String)>) {
        match outcome {
            Ok(()) => self.passed.push(check),
            Err((status, message)) => self.findings.push(Finding {
                check,
                status,
                message,
            }),
        }
    }
}
