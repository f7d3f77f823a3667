//! Operations on an installation with any store: publish a workspace, change an application's keys and pauses, prune,
//! replay a run.
//!
//! The command line, `hookpoint dev` and the repository's tools share them. Everything is published through
//! [`Publisher`](hookpoint_engine::ports::Publisher); a change overtaken by another writer is retried on the new state.

mod applications;
mod optimistic;
mod pruning;
mod publishing;
mod replay;
mod runners;
mod scripts;

pub use self::{
    applications::{OperationError, bindings_of, change_application},
    pruning::{Pruned, prune, strays},
    publishing::{
        ApplyError, BindingChange, ChangeKind, Changes, apply, apply_over_others, preview,
    },
    replay::{Replay, ReplayError, ReplayVersion, replay},
    runners::LocalRunners,
    scripts::{ScriptErrors, ScriptsError, compile_in, compile_scripts, prime},
};
