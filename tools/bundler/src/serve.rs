//! The loop of the program: a request a line, a reply a line.

use std::io::{self, BufRead, Read as _, Write};

use hookpoint_bundler_protocol::{LINE_LIMIT, Problem, Refusal, Reply, from_line, to_line};
use tokio::runtime::{Builder, Runtime};

use crate::bundle::bundle;

/// Handles requests until the input ends.
///
/// # Errors
/// The input or the output fails, or a line is not a request: its writer expects no reply.
pub fn serve(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let runtime = Builder::new_multi_thread().build()?;
    // A panic becomes a reply; its text on standard error would be taken for the program's own.
    std::panic::set_hook(Box::new(|_| {}));
    loop {
        let mut line = String::new();
        let read = (&mut input).take(LINE_LIMIT as u64).read_line(&mut line)?;
        if read == 0 {
            return Ok(());
        }
        let request = from_line(&line).map_err(io::Error::other)?;
        let reply = reply_to(&runtime, request);
        output.write_all(to_line(reply).as_bytes())?;
        output.flush()?;
    }
}

/// The reply to a request, also when the bundler panics.
fn reply_to(runtime: &Runtime, request: hookpoint_bundler_protocol::Request) -> Reply {
    let entry = request.entry.clone();
    let bundling = runtime.spawn(async move { bundle(&request).await });
    runtime.block_on(bundling).unwrap_or_else(|error| {
        let problem = Problem::of_file(
            &entry,
            format!("the bundler failed: {}", cause(error)),
            "remove the imports that it added last, one by one; the files may be damaged",
        );
        Reply::Refused(Refusal {
            problems: vec![problem],
            files: vec![entry],
        })
    })
}

fn cause(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else {
        return "it was cancelled".to_owned();
    };
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "for an unknown reason".to_owned())
}
