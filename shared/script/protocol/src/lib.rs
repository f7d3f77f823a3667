//! Messages between the guest (QuickJS in WebAssembly) and its host, and their limits.
//!
//! The guest exports functions that take a message and return one: a JSON header followed by bytes ([`encode`],
//! [`split`]). Both sides come from one build, so there are no versions. The host still parses strictly: a compromised
//! guest must find no second meaning in a header.

mod limit;
mod operation;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::{
    limit::{
        FETCH_BODY_LIMIT, FETCH_LIMIT, FRAME_LIMIT, FUNCTION_NAME_LIMIT, GUEST_MESSAGE_LIMIT,
        LOG_LIMIT, LOG_LINE_LIMIT, MESSAGE_LIMIT, OPERATION_LIMIT, REJECTION_LIMIT, SOURCE_LIMIT,
    },
    operation::{Operation, parts, push_part},
};

/// Name of the module from which the guest imports functions.
pub const IMPORT_MODULE: &str = "hookpoint";

/// What the engine says of a value that an object pattern cannot take apart; in a function of its own, also of others.
pub const NO_OBJECT: &str = "Cannot convert undefined or null to object";

/// How the engine begins what it says of a value that cannot be iterated.
pub const NO_ITERATOR: &str = "cannot read property 'Symbol.iterator' of ";

/// What the guest says of a value that an object pattern, such as `{ street }`, cannot take apart. The host finds the pattern by it.
pub const NOT_DESTRUCTURED: &str = "undefined or null cannot be destructured";

/// How the guest ends what it says of a value that cannot be iterated, as an array pattern does. The host finds the pattern by it.
pub const NOT_ITERABLE: &str = " is not iterable";

/// Encodes a message: header length (`u32`, little-endian), header as JSON, body.
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

/// Splits a message into header and body; `None` if it is invalid.
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
    /// The form that a file's extension prescribes, if any.
    pub fn of_file(file: Option<&str>) -> Option<Self> {
        let (_, extension) = file?.rsplit_once('.')?;
        match extension {
            "mjs" => Some(Self::Module),
            "cjs" => Some(Self::CommonJs),
            _ => None,
        }
    }
}

/// Host to guest, `compile`. The body is the source, or bytecode returned with [`Compiled`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompileRequest {
    /// Form that the file name prescribes.
    pub form: Option<Form>,
    /// Whether the body is bytecode.
    pub is_bytecode: bool,
    /// Whether to return bytecode.
    pub wants_bytecode: bool,
}

/// Host to guest, `start`: only JSON, which the interpreter parses.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRequest<'a, E> {
    /// The script's `hook`.
    pub hook: HookFacts<'a>,
    /// The event, an object.
    pub event: &'a E,
    /// Whether the stage is part of a conversation: the `CommonJS` form then gets the event's own names.
    pub is_conversation: bool,
    /// Whether the stage accepts `deny`, which an `Error` result becomes there.
    pub may_deny: bool,
}

/// A script's `hook` object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HookFacts<'a> {
    /// The hook's name.
    pub name: &'a str,
    /// Its version.
    pub version: u32,
    /// The stage.
    pub stage: &'a str,
    /// Identifies the event in every system.
    pub correlation_id: &'a str,
    /// Identifies the delivery in all its attempts; absent from a synchronous run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_id: Option<&'a str>,
    /// Variables by name.
    pub variables: BTreeMap<&'a str, &'a str>,
    /// Secrets by name.
    pub secrets: BTreeMap<&'a str, &'a str>,
}

/// Host to guest, `resume`: results of requests; the body concatenates their bodies.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Completed requests.
    pub fetched: Vec<Fetched>,
    /// Whether time is up: the guest must end now, with the result it has.
    pub time_is_up: bool,
}

/// Result of a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetched {
    /// As in [`FetchOrder::id`].
    pub id: u32,
    /// HTTP status; 0 without a response.
    pub status: u16,
    /// URL of the response, after redirects.
    pub url: String,
    /// Whether a redirect was followed.
    pub redirected: bool,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Bytes of the message's body that belong to the response.
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
    /// The top level was evaluated as far as possible without a host.
    Evaluated,
    /// The run ended, with rejections that nothing handled; the body is the response as JSON.
    Result(Vec<Rejection>),
    /// The run, or the compilation, failed.
    Failure(Failure),
    /// The run waits; the body concatenates the requests' bodies.
    Waiting(Waiting),
}

/// A source that compiles; the body is its bytecode if requested.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compiled {
    /// The form that it parsed in.
    pub form: Form,
}

/// What a run waits for.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Requests to make.
    pub requests: Vec<FetchOrder>,
    /// Ids of requests that are no longer needed.
    pub aborted: Vec<u32>,
    /// Time until the next timer, in nanoseconds.
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
    /// Bytes of the message's body that belong to the request.
    pub body_length: usize,
}

/// A failed run or compilation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Kind of failure.
    pub kind: FailureKind,
    /// Message for the author.
    pub message: String,
    /// The calls in the script that led to it, innermost first; empty if unknown. At most [`FRAME_LIMIT`].
    pub frames: Vec<Frame>,
    /// Rejections that nothing handled. At most [`REJECTION_LIMIT`].
    pub rejections: Vec<Rejection>,
}

impl Failure {
    /// Line and column of the innermost call; 0 if unknown.
    pub fn place(&self) -> (u32, u32) {
        let innermost = self.frames.first();
        innermost.map_or((0, 0), |frame| (frame.line, frame.column))
    }
}

/// A call in the script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// Name of the function; empty if it has none.
    pub function: String,
    /// Line in the source, from 1.
    pub line: u32,
    /// Column, from 1; 0 if unknown.
    pub column: u32,
}

/// A promise that was rejected, and that nothing handled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// Message for the author.
    pub message: String,
    /// As in [`Failure::frames`].
    pub frames: Vec<Frame>,
}

/// Kinds of failure, as the guest sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// The source does not compile.
    Syntax,
    /// The script threw or rejected.
    Threw,
    /// Memory ran out.
    Memory,
    /// Calls nest too deeply.
    Stack,
    /// Time ran out.
    Timeout,
    /// The result is not a response.
    BadResult,
    /// The result is too large.
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
    fn invalid_messages_are_none() {
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
