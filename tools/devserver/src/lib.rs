#![doc = include_str!("../README.md")]

mod again;
mod app;
mod bundler;
mod dev;
mod keeping;
mod key_file;
mod live;
mod notice;
mod patience;
mod queue;
mod receiver;
mod records;
mod response_writer;
mod sample;
mod server;
mod source;
mod trigger;
mod watch;
mod worker;
mod writer;

pub use self::{
    app::{App, AppError, AppOptions, Current},
    bundler::{BundlerProcess, Remembering},
    dev::DevServer,
    key_file::{INGEST_KEYS_FILE, KeyFileError},
    notice::{Answered, DevError, Notice, Reloaded},
    receiver::{DEFAULT_RECEIVER_PORT, Receiver, ReceiverError},
    sample::{SAMPLE, SAMPLE_NAME, uses_receiver},
    source::{WORKSPACE_FILE, WorkspaceSource},
    trigger::{FirstAttempt, Trigger, Triggered},
    watch::Watch,
};
