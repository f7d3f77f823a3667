//! Filters for dead letters.

use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser},
};
use hookpoint_engine::{
    hook::outcome::FailureClass,
    identifier::{ApplicationId, HookName},
    ports::{DeadLetter, DeadLetterFilter, Selection},
    record::report::SkipReason,
};
use hookpoint_stages::Stage;

use crate::stage;

/// Filter options. A dead letter must match all of them.
#[derive(Debug, Clone, Args)]
#[group(id = "filter", multiple = true)]
pub(super) struct FilterArguments {
    /// Only those given up for this reason, such as `paused` or `timeout`
    #[arg(long, value_parser = reasons(), hide_possible_values = true)]
    reason: Option<String>,

    /// Only those of a hook, in any version
    #[arg(long, value_name = "NAME")]
    pub(super) hook: Option<HookName>,

    /// Only those of an application
    #[arg(long, value_name = "ID")]
    pub(super) application: Option<ApplicationId>,

    /// Only those of a stage
    #[arg(long, value_parser = stage::parser(), hide_possible_values = true)]
    stage: Option<Stage>,
}

impl FilterArguments {
    /// Names the filter in a line: `reason timeout, stage escalation`.
    pub(super) fn describe(&self) -> String {
        let parts = [
            ("reason", self.reason.clone()),
            ("hook", self.hook.as_ref().map(ToString::to_string)),
            (
                "application",
                self.application.as_ref().map(ToString::to_string),
            ),
            ("stage", self.stage.map(Stage::name)),
        ];
        let parts = parts.into_iter();
        let named = parts.filter_map(|(name, value)| Some(format!("{name} {}", value?)));
        named.collect::<Vec<_>>().join(", ")
    }

    /// The selection: all without a filter.
    pub(super) fn selection(&self) -> Selection {
        let filter = DeadLetterFilter {
            reason: self.reason.clone(),
            application: self.application.clone(),
            stage: self.stage,
            hook: self.hook.clone(),
        };
        if filter == DeadLetterFilter::default() {
            Selection::All
        } else {
            Selection::Matching(filter)
        }
    }
}

/// All reasons for giving up a delivery.
fn reasons() -> PossibleValuesParser {
    let failures = FailureClass::ALL.iter().map(|class| class.as_str());
    let others = [
        SkipReason::Paused.as_str(),
        DeadLetter::MALFORMED,
        DeadLetter::NEWER_FORMAT,
        DeadLetter::HANDED_OUT_TOO_OFTEN,
    ];
    PossibleValuesParser::new(failures.chain(others).map(PossibleValue::new))
}
