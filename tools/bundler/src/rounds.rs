//! Runs rolldown, as many rounds as it takes to know all that is wrong and how to bundle.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use rolldown::{BundleOutput, Bundler};
use rolldown_error::{BuildDiagnostic, EventKind};

use crate::{
    builds::ForNode,
    built_ins::BuiltIns,
    folder::{broken_json, name_in},
    guard::{Guard, State},
    options::{Hook, Options, options},
};

/// What the rounds found.
pub(crate) struct Generated {
    /// Of the last round, if it had no errors. Of no use if an earlier one had some.
    pub(crate) output: Option<BundleOutput>,
    /// Those of all rounds.
    pub(crate) errors: Vec<BuildDiagnostic>,
    /// Of the last round.
    pub(crate) state: State,
}

/// Runs rolldown again while there are more packages whose builds for Node are needed, when a value may be used before it is initialised, and
/// after errors that hide others: files that have one are then read as empty, and exports that are missing as `undefined`.
pub(crate) async fn generated(hook: Hook<'_>, built_ins: &[String]) -> Generated {
    let folder = hook.folder;
    let mut for_node = ForNode::default();
    let mut round = Options::default();
    let mut emptied = BTreeSet::new();
    let mut errors = Vec::new();
    loop {
        let guard = Arc::new(Guard::new(
            folder.to_owned(),
            BuiltIns::new(built_ins),
            for_node.clone(),
            emptied.clone(),
        ));
        let generated =
            match Bundler::with_plugins(options(hook, round), vec![Arc::clone(&guard) as Arc<_>]) {
                Ok(mut bundler) => bundler.generate().await,
                Err(errors) => Err(errors),
            };
        let mut state = std::mem::take(&mut *guard.state());
        state.for_node.insert_stranded(&state.files);
        if state.for_node != for_node {
            // What is wrong with the builds that were read instead counts no more.
            (emptied, errors) = Default::default();
            round = Options {
                uses_early: state.uses_early(),
                has_shims: false,
            };
            for_node = state.for_node;
            continue;
        }
        let (output, found) = match generated {
            Ok(output) => (Some(output), Vec::new()),
            Err(found) => (None, found.into_vec()),
        };
        let names_of = |error: &BuildDiagnostic| match error.kind() {
            // Rolldown does not say which.
            EventKind::JsonParseError => broken_json(&state.files)
                .map(|(name, ..)| name.clone())
                .collect(),
            _ => error
                .id()
                .map(|id| name_in(folder, Path::new(&id)))
                .into_iter()
                .collect::<Vec<_>>(),
        };
        let is_missing =
            |error: &&BuildDiagnostic| matches!(error.kind(), EventKind::MissingExportError);
        let broken: BTreeSet<String> = found
            .iter()
            .filter(|error| !is_missing(error))
            .flat_map(names_of)
            .filter(|name| state.files.contains_key(name) && !emptied.contains(name))
            .collect();
        let needs_shims = !round.has_shims && found.iter().any(|error| is_missing(&error));
        errors.extend(found);
        if broken.is_empty() && !needs_shims && state.uses_early() == round.uses_early {
            // What follows from files that were read as empty would only distract.
            emptied.extend(state.refusals.files.keys().cloned());
            errors.retain(|error| {
                let exporter = error.exporter().filter(|_| is_missing(&error));
                !exporter
                    .is_some_and(|id| state.leads_to(&name_in(folder, Path::new(&id)), &emptied))
            });
            return Generated {
                output,
                errors,
                state,
            };
        }
        emptied.extend(broken);
        round.has_shims |= needs_shims;
        round.uses_early = state.uses_early();
    }
}
