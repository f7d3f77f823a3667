//! What the frames mean, and how large they may be.
//!
//! Both ends are the same program, so there are no versions to bridge. The parent still reads the child's headers strictly:
//! a taken-over child must not find a second meaning in them.

use serde::{Deserialize, Serialize};

pub(crate) use crate::fetching::{BODY_LIMIT as FETCH_BODY_LIMIT, REQUEST_LIMIT as FETCH_LIMIT};

/// Parent to child: compile this source and wait for its run.
pub(crate) const PRIME: u8 = 1;
/// Parent to child: run.
pub(crate) const RUN: u8 = 2;
/// Parent to child: compile only, and say what is wrong.
pub(crate) const CHECK: u8 = 3;
/// Parent to child: the answer to a fetch.
pub(crate) const FETCHED: u8 = 4;

/// Child to parent: the response, JSON in the body.
pub(crate) const RESULT: u8 = 65;
/// Child to parent: the run failed.
pub(crate) const FAILURE: u8 = 66;
/// Child to parent: a line for the log, in the body.
pub(crate) const LOG: u8 = 67;
/// Child to parent: a request to perform.
pub(crate) const FETCH: u8 = 68;
/// Child to parent: a request is no longer wanted.
pub(crate) const ABORT: u8 = 69;
/// Child to parent: the source compiles.
pub(crate) const CHECKED: u8 = 70;

/// The longest frame the parent accepts: a request or a result of 256 KB, with headers around it.
pub(crate) const CHILD_FRAME_LIMIT: usize = 512 * 1024;
/// The longest frame the child accepts: a bundle of 1 MiB and an event, or a fetch's answer.
pub(crate) const PARENT_FRAME_LIMIT: usize = 8 * 1024 * 1024;
/// The most the parent reads from a child in one run: twenty requests, the log, the result, and headers around them.
pub(crate) const CHILD_TOTAL_LIMIT: usize = 24 * CHILD_FRAME_LIMIT;

/// The largest bundle, in bytes.
pub const SOURCE_LIMIT: usize = 1024 * 1024;
/// How much one run may log, in bytes.
pub(crate) const LOG_LIMIT: usize = 64 * 1024;
/// The longest line of the log, in bytes.
pub(crate) const LOG_LINE_LIMIT: usize = 8 * 1024;
/// The longest message of a failure, in bytes.
pub(crate) const MESSAGE_LIMIT: usize = 4 * 1024;

/// The header of [`PRIME`] and [`CHECK`]; the body is the source.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceHeader {
    /// Which of the two forms the name of the file asks for.
    pub form: Option<Form>,
}

/// The two forms of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Form {
    /// `export default`.
    Module,
    /// `module.exports =`.
    CommonJs,
}

impl Form {
    /// The form that a file's name prescribes, if it does.
    pub(crate) fn of_file(file: Option<&str>) -> Option<Self> {
        let (_, extension) = file?.rsplit_once('.')?;
        match extension {
            "mjs" => Some(Self::Module),
            "cjs" => Some(Self::CommonJs),
            _ => None,
        }
    }
}

/// The header of [`RUN`]; the body is the source (absent when primed) followed by the event.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunHeader {
    /// How much of the body is source; 0 for a primed child.
    pub source_length: usize,
    /// As in [`SourceHeader`].
    pub form: Option<Form>,
    /// When the child gives up by itself, on the monotonic clock, in nanoseconds.
    pub deadline: u64,
    /// When the run is over, whatever the child thinks: what `hook.remainingMs()` counts to.
    pub end: u64,
    /// What the script sees as `hook`.
    pub hook: HookHeader,
}

/// What the script sees as `hook`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct HookHeader {
    pub name: String,
    pub version: u32,
    pub stage: String,
    pub correlation_id: String,
    pub variables: Vec<(String, String)>,
    pub secrets: Vec<(String, String)>,
}

/// The header of [`FETCH`]; the body is the request's.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FetchHeader {
    pub id: u32,
    pub method: String,
    pub url: String,
    /// `follow`, `error` or `manual`.
    pub redirect: String,
    pub headers: Vec<(String, String)>,
}

/// The header of [`ABORT`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AbortHeader {
    pub id: u32,
}

/// The header of [`FETCHED`]; the body is the answer's.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FetchedHeader {
    pub id: u32,
    /// 0 when there is no answer.
    pub status: u16,
    /// Where the answer came from.
    pub url: String,
    /// Whether a redirect led there.
    pub redirected: bool,
    pub headers: Vec<(String, String)>,
    /// Why there is no answer: a class and a sentence.
    pub error: Option<(String, String)>,
}

/// The header of [`RESULT`], [`CHECKED`] and [`LOG`].
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogTail {
    /// Lines that no longer fitted into the log.
    #[serde(default)]
    pub dropped_lines: u32,
}

/// The header of [`FAILURE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailureHeader {
    pub kind: FailureKind,
    pub message: String,
    /// Where in the source, from 1; 0 when unknown.
    pub line: u32,
    pub column: u32,
    #[serde(default)]
    pub dropped_lines: u32,
}

/// How a run failed, as the child sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FailureKind {
    /// It does not compile.
    Syntax,
    /// It threw, or rejected.
    Threw,
    /// Its memory is used up.
    Memory,
    /// Its calls nest too deeply.
    Stack,
    /// Its time is used up.
    Timeout,
    /// What it returned is no response.
    BadResult,
    /// What it returned is too large.
    TooLarge,
    /// A fetch was refused, and the script did not handle it.
    FetchRefused,
}
