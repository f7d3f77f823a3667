//! Operations on an installation with any store: publish a workspace, change an application's keys and pauses, prune,
//! replay a run, try a hook.
//!
//! The command line, `hookpoint dev` and the repository's tools share them. Everything is published through
//! [`Publisher`](hookpoint_engine::ports::Publisher); a change overtaken by another writer is retried on the new state.

mod applications;
mod exchanges;
mod optimistic;
mod pruning;
mod publishing;
mod replay;
mod runners;
mod scripts;
mod tryout;

pub use self::{
    applications::{OperationError, bindings_of, change_application},
    exchanges::{Exchange, ExchangeLog, Served},
    pruning::{Pruned, prune, strays},
    publishing::{
        ApplyError, BindingChange, ChangeKind, Changes, apply, apply_over_others, preview,
    },
    replay::{Replay, ReplayError, ReplayVersion, replay},
    runners::LocalRunners,
    scripts::{ScriptErrors, ScriptsError, compile_in, compile_scripts, prime},
    tryout::{GivenSecrets, Place, Trials, Tryout},
};
