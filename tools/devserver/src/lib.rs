#![doc = include_str!("../README.md")]

mod answer_writer;
mod app;
mod change;
mod dev;
mod key_file;
mod live;
mod operation;
mod patience;
mod queue;
mod receiver;
mod records;
mod replay;
mod runners;
mod sample;
mod scripts;
mod server;
mod source;
mod stray;
mod trigger;
mod watch;
mod worker;
mod writer;

pub use self::{
    app::{App, AppError, AppOptions, Current},
    change::{ApplyError, BindingChange, ChangeKind, Changes, apply, preview},
    dev::{DevError, DevServer, Notice},
    key_file::{INGEST_KEYS_FILE, KeyFileError},
    live::Answered,
    operation::{OperationError, bindings_of, change_application},
    receiver::{DEFAULT_RECEIVER_PORT, Receiver, ReceiverError},
    replay::{Replay, ReplayError, ReplayVersion, replay},
    sample::{SAMPLE, SAMPLE_NAME, uses_receiver},
    scripts::{ScriptErrors, ScriptsError, compile_scripts},
    source::{WORKSPACE_FILE, WorkspaceSource},
    stray::{Pruned, prune, strays},
    trigger::{FirstAttempt, Trigger, Triggered},
};
