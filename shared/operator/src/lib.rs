//! Operations on an installation with any store: publish a workspace, change an application's keys and pauses, prune,
//! replay a run, try a hook, play the platform on a journey.
//!
//! The command line, `hookpoint dev` and the repository's tools share them. Everything is published through
//! [`Publisher`](hookpoint_engine::ports::Publisher); a change overtaken by another writer is retried on the new state.

mod applications;
mod apply_error;
mod audit;
mod changes;
mod exchanges;
mod host;
mod inspection;
mod optimistic;
mod plan;
mod pruning;
mod publishing;
mod pulling;
mod rearranging;
mod recompiling;
mod replay;
mod retention;
mod rollback;
mod runners;
mod scripts;
mod smoke;
mod sources;
mod subjects;
mod tryout;
mod unknown_target;

pub use self::{
    applications::{OperationError, bindings_of, change_application, change_application_on_record},
    apply_error::{ApplyError, Overtaken},
    audit::{Audited, audit_trail},
    changes::{BindingChange, ChangeKind, Changes},
    exchanges::{Exchange, ExchangeLog, Served},
    host::{Host, Turn, check_answer, check_answers},
    inspection::{bindings_at, every_binding, hook_version},
    plan::{Author, HookChange, Plan},
    pruning::{Pruned, Pruning, prunable, prune, strays},
    publishing::{apply, apply_over_others},
    pulling::{PullError, Pulled, application_settings, pull},
    rearranging::{RearrangeError, plan_deletion, plan_order},
    recompiling::{RecompileError, compile_again, outdated},
    replay::{Replay, ReplayError, ReplayVersion, replay},
    retention::needed_until,
    rollback::{
        BindingChoice, RollbackError, find_publication, plan_rollback, publication_records,
    },
    runners::LocalRunners,
    scripts::{ScriptErrors, ScriptsError, compile_in, compile_scripts, compile_written, prime},
    smoke::{
        ApiUrl, Check, Echo, Finding, HookReport, InvalidApiUrl, SMOKE_LIMIT, SMOKE_PREFIX, Smoke,
        SmokeError, SmokeNames, StageReport, leftovers,
    },
    sources::authored_files,
    subjects::{Examined, SubjectData, SubjectError, SubjectRun, SubjectStores},
    tryout::{GivenSecrets, Place, Trials, Tryout},
    unknown_target::{UnknownTarget, unknown_target},
};
