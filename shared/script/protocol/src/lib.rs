//! What the guest (QuickJS in WebAssembly) and its host say to each other, and how large it may be.
//!
//! The guest exports functions that take a message and return one. Each message is a JSON header and bytes after it
//! ([`encode`], [`split`]). Both sides come from one build, so there are no versions to bridge. The host reads the guest's
//! headers strictly all the same: a guest that was taken over must not find a second meaning in them.

mod limit;
mod operation;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::{
    limit::{
        FETCH_BODY_LIMIT, FETCH_LIMIT, GUEST_MESSAGE_LIMIT, LOG_LIMIT, LOG_LINE_LIMIT,
        MESSAGE_LIMIT, OPERATION_LIMIT, SOURCE_LIMIT,
    },
    operation::{Operation, parts, push_part},
};

/// The module that the guest imports its functions from.
pub const IMPORT_MODULE: &str = "hookpoint";

/// A message: the length of the header (`u32`, little-endian), the header as JSON, the body.
pub fn encode(header: &impl Serialize, body: &[&[u8]]) -> Vec<u8> {
    // Strings, numbers and lists always serialise.
    let header = serde_json::to_vec(header).unwrap_or_default();
    let length = 4 + header.len() + body.iter().map(|part| part.len()).sum::<usize>();
    let mut message = Vec::with_capacity(length);
    message.extend_from_slice(
        &u32::try_from(header.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    message.extend_from_slice(&header);
    for part in body {
        message.extend_from_slice(part);
    }
    message
}

/// Header and body of a message; `None` when it is none.
pub fn split<T: DeserializeOwned>(message: &[u8]) -> Option<(T, &[u8])> {
    let (length, rest) = message.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let header = rest.get(..length)?;
    Some((serde_json::from_slice(header).ok()?, &rest[length..]))
}

/// The two forms of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// `export default`.
    Module,
    /// `module.exports =`.
    CommonJs,
}

impl Form {
    /// The form that the name of a file prescribes, if it does.
    pub fn of_file(file: Option<&str>) -> Option<Self> {
        let (_, extension) = file?.rsplit_once('.')?;
        match extension {
            "mjs" => Some(Self::Module),
            "cjs" => Some(Self::CommonJs),
            _ => None,
        }
    }
}

/// Host to guest, `compile`: the body is the source, or what [`Compiled`] returned for it earlier.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompileRequest {
    /// The form that the name of the file asks for.
    pub form: Option<Form>,
    /// Whether the body is bytecode.
    pub is_bytecode: bool,
    /// Whether the bytecode is wanted back.
    pub wants_bytecode: bool,
}

/// Host to guest, `start`: JSON alone, which the guest's interpreter parses itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRequest<'a, E> {
    /// What the script sees as `hook`.
    pub hook: HookFacts<'a>,
    /// The event, an object.
    pub event: &'a E,
    /// Whether the stage is one of a conversation, where the `CommonJS` form sees the event's own names.
    pub is_conversation: bool,
    /// Whether the stage accepts `deny`: what an `Error` for a result becomes there.
    pub may_deny: bool,
}

/// What a script sees as `hook`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HookFacts<'a> {
    /// The hook's name.
    pub name: &'a str,
    /// Its version.
    pub version: u32,
    /// The stage.
    pub stage: &'a str,
    /// Identifies the event in every system it passes.
    pub correlation_id: &'a str,
    /// Variables by name.
    pub variables: BTreeMap<&'a str, &'a str>,
    /// Secrets by name.
    pub secrets: BTreeMap<&'a str, &'a str>,
}

/// Host to guest, `resume`: what became of requests; the body holds theirs, one after the other.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Requests that ended.
    pub fetched: Vec<Fetched>,
    /// Whether the time is up: the guest ends now, with what it has.
    pub time_is_up: bool,
}

/// How a request ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetched {
    /// Which one.
    pub id: u32,
    /// The status; 0 when there is no response.
    pub status: u16,
    /// The URL of the response, after redirects.
    pub url: String,
    /// Whether a redirect was followed.
    pub redirected: bool,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// How much of the message's body is the response's.
    pub body_length: usize,
    /// Why there is no response: a class and a sentence.
    pub error: Option<(String, String)>,
}

/// Guest to host: what each exported function returns.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Reply {
    /// The source compiles.
    Compiled(Compiled),
    /// The top level was evaluated, as far as it goes without a host.
    Evaluated,
    /// The run ended; the body is the response as JSON.
    Result,
    /// The run, or the compilation, failed.
    Failure(Failure),
    /// The run waits; the body holds the requests' bodies, one after the other.
    Waiting(Waiting),
}

/// A source that compiles; the body is its bytecode when it was asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compiled {
    /// The form it is in.
    pub form: Form,
}

/// What a run waits for.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Requests to make.
    pub requests: Vec<FetchOrder>,
    /// Requests that are no longer wanted.
    pub aborted: Vec<u32>,
    /// When the next timer is due, in nanoseconds from now.
    pub timer: Option<u64>,
}

/// A request to make.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchOrder {
    /// Counts from one.
    pub id: u32,
    /// The method.
    pub method: String,
    /// The URL, absolute.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// `follow`, `manual` or `error`.
    pub redirect: String,
    /// How much of the message's body is the request's.
    pub body_length: usize,
}

/// A run, or a compilation, that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// How.
    pub kind: FailureKind,
    /// In words.
    pub message: String,
    /// Where in the source, from 1; 0 when unknown.
    pub line: u32,
    /// As `line`.
    pub column: u32,
}

/// How a run failed, as the guest sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
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
    /// A request was refused, and the script did not handle it.
    FetchRefused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_split_as_it_was_joined() {
        let message = encode(&Events::default(), &[b"ab", b"c"]);
        let (events, body) = split::<Events>(&message).unwrap();
        assert!(events.fetched.is_empty() && !events.time_is_up);
        assert_eq!(body, b"abc");
    }

    #[test]
    fn what_is_no_message_is_none() {
        for bytes in [
            &b""[..],
            b"\x01\x00\x00",
            b"\xff\xff\xff\xff{}",
            b"\x02\x00\x00\x00{",
            b"\x02\x00\x00\x00{}",
        ] {
            assert!(split::<Events>(bytes).is_none(), "{bytes:?}");
        }
    }
}
