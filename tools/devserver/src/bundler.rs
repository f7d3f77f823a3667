//! The bundler as a process: started for the first hook that needs it, kept for the next.

mod remembering;

use std::{
    fmt,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use hookpoint_workspace::{
    Bundler, BundlerUnavailable,
    protocol::{LINE_LIMIT, MOST_MEMORY, Reply, Request, from_line, to_line},
};

pub use self::remembering::Remembering;

/// The name of the program.
const PROGRAM: &str = "hookpoint-bundler";
/// Maximum time for one bundle. The largest that may be published takes a second.
const PATIENCE: Duration = Duration::from_secs(30);
/// The stack of the program's threads, in bytes: deeply nested code is parsed by recursion.
const STACK: usize = 64 * 1024 * 1024;

/// The signal of a process that aborts itself.
#[cfg(unix)]
const SIGABRT: i32 = 6;

/// A bundler that runs in a process of its own, with no environment, and is killed when it takes too long or says too much.
pub struct BundlerProcess {
    program: PathBuf,
    patience: Duration,
    running: Mutex<Option<Running>>,
}

/// A process and its replies, which a thread reads.
struct Running {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl BundlerProcess {
    /// The program that was named, else the one beside `own`, this program. It is started when a hook needs it.
    pub fn find(named: Option<PathBuf>, own: Option<&Path>) -> Self {
        let file = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
        let beside = || own.map(|own| own.with_file_name(&file));
        Self {
            program: named.or_else(beside).unwrap_or_else(|| file.clone().into()),
            patience: PATIENCE,
            running: Mutex::default(),
        }
    }

    /// Why nothing can be bundled, if the program is missing. It may also fail to start.
    pub fn missing(&self) -> Option<BundlerUnavailable> {
        (!self.program.is_file()).then(|| self.not_found())
    }

    fn not_found(&self) -> BundlerUnavailable {
        unavailable(format!(
            "there is no bundler at `{}`",
            self.program.display()
        ))
    }

    fn start(&self) -> Result<Running, BundlerUnavailable> {
        // Resolved before the folder changes.
        let program = self.program.canonicalize();
        let mut command = Command::new(program.as_ref().unwrap_or(&self.program));
        // Secrets for hooks are among the variables, and files of strangers are parsed there.
        command
            .env_clear()
            .env("RUST_MIN_STACK", STACK.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        // Ctrl-C is for this program, which may have to bundle before it ends. Without it, the bundler's input ends.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => self.not_found(),
            _ => unavailable(format!(
                "the bundler `{}` cannot be started: {error}",
                self.program.display()
            )),
        })?;
        let input = child.stdin.take();
        let lines = child.stdout.take().map(read_lines);
        let Some(lines) = lines else {
            return Err(unavailable("the bundler has no output".to_owned()));
        };
        Ok(Running {
            child,
            input,
            lines,
        })
    }
}

fn unavailable(message: String) -> BundlerUnavailable {
    BundlerUnavailable {
        message,
        help: "build it with `cargo build -p hookpoint-bundler`, or install it with `cargo install --path tools/bundler`; `HOOKPOINT_BUNDLER` names another place".to_owned(),
    }
}

impl Bundler for BundlerProcess {
    fn built_ins(&self) -> &[&str] {
        hookpoint_script::MODULES
    }

    fn bundle(&self, request: &Request) -> Result<Reply, BundlerUnavailable> {
        let absolute = Request {
            folder: std::path::absolute(&request.folder).unwrap_or_else(|_| request.folder.clone()),
            ..request.clone()
        };
        let mut slot = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running = match slot.take() {
            Some(running) => running,
            None => self.start()?,
        };
        let reply = running.ask(&absolute, self.patience);
        if reply.is_ok() {
            // Kept only while it behaves; the next bundle starts another one otherwise.
            *slot = Some(running);
        }
        reply
    }
}

impl Running {
    fn ask(&mut self, request: &Request, patience: Duration) -> Result<Reply, BundlerUnavailable> {
        let failed = |message: String| {
            BundlerUnavailable {
            message,
            help: "remove what the hook imported last; if plain hooks fail too, build the bundler again with `cargo build -p hookpoint-bundler`".to_owned(),
        }
        };
        let line = to_line(request);
        let written = self.input.as_mut().map(|input| {
            input.write_all(line.as_bytes())?;
            input.flush()
        });
        if !matches!(written, Some(Ok(()))) {
            return Err(failed(self.ended()));
        }
        match self.lines.recv_timeout(patience) {
            Ok(line) => from_line(&line)
                .map_err(|error| failed(format!("the bundler cannot be understood: {error}"))),
            Err(RecvTimeoutError::Timeout) => Err(failed(format!(
                "the bundler did not finish within {} seconds",
                patience.as_secs()
            ))),
            Err(RecvTimeoutError::Disconnected) => Err(failed(self.ended())),
        }
    }

    /// How the process ended.
    fn ended(&mut self) -> String {
        let _ = self.child.kill();
        match self.child.wait() {
            Ok(status) if is_aborted(status) => format!(
                "the bundler ended unexpectedly: it needs more than {} GB of memory, or the code is nested too deeply ({status})",
                MOST_MEMORY >> 30
            ),
            Ok(status) => format!("the bundler ended unexpectedly: {status}"),
            Err(error) => format!("the bundler is lost: {error}"),
        }
    }
}

/// Whether a process gave up, as Rust does when memory or a stack is exhausted.
fn is_aborted(status: ExitStatus) -> bool {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::signal(&status) == Some(SIGABRT);
    #[cfg(not(unix))]
    return false;
}

impl Drop for Running {
    fn drop(&mut self) {
        // It ends with its input; one that hangs does not.
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl fmt::Debug for BundlerProcess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BundlerProcess")
            .field("program", &self.program)
            .finish_non_exhaustive()
    }
}

/// Passes lines on until the output ends or a line is too long.
fn read_lines(output: ChildStdout) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    let mut output = BufReader::new(output);
    thread::spawn(move || {
        loop {
            let mut line = String::new();
            let read = (&mut output).take(LINE_LIMIT as u64).read_line(&mut line);
            let is_whole = matches!(read, Ok(read) if read > 0) && line.ends_with('\n');
            if !is_whole || sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    /// A bundler that is this shell script.
    fn bundler(script: &str) -> (tempfile::TempDir, BundlerProcess) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("bundler");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        let mut bundler = BundlerProcess::find(Some(program), None);
        bundler.patience = Duration::from_millis(500);
        (folder, bundler)
    }

    fn ask(bundler: &BundlerProcess) -> Result<Reply, String> {
        let request = Request {
            folder: ".".into(),
            entry: "a.ts".to_owned(),
            built_ins: Vec::new(),
        };
        bundler
            .bundle(&request)
            .map_err(|unavailable| unavailable.message)
    }

    const FINE: &str = r#"{"version":2,"content":"asWritten"}"#;

    #[test]
    fn one_process_serves_many_bundles_and_sees_no_environment() {
        let script = format!(
            "while read line; do echo $$ >> \"$(dirname \"$0\")/served\"; test -z \"$HOME$CARGO\" && echo '{FINE}'; done"
        );
        let (folder, bundler) = bundler(&script);
        for _ in 0..3 {
            assert_eq!(ask(&bundler), Ok(Reply::AsWritten));
        }
        let served = fs::read_to_string(folder.path().join("served")).unwrap();
        let processes: Vec<&str> = served.lines().collect();
        assert_eq!(processes.len(), 3);
        assert!(processes.iter().all(|process| *process == processes[0]));
    }

    #[test]
    fn one_that_hangs_ends_or_babbles_is_an_error_and_replaced() {
        for (script, expected) in [
            ("read line; exec sleep 600", "did not finish within"),
            ("read line; exit 3", "ended unexpectedly: exit status: 3"),
            (
                "read line; kill -ABRT $$; sleep 600",
                "needs more than 2 GB of memory",
            ),
            (
                "read line; echo no JSON; sleep 600",
                "cannot be understood: a line that is not a message",
            ),
            (
                r#"read line; echo '{"version":3}'; sleep 600"#,
                "speaks version 3 of the protocol",
            ),
            (
                "read line; head -c 70000000 /dev/zero | tr '\\0' x; sleep 600",
                "ended unexpectedly",
            ),
        ] {
            let (_folder, mut bundler) = bundler(script);
            bundler.patience = Duration::from_secs(5);
            if script.contains("exec sleep") {
                bundler.patience = Duration::from_millis(300);
            }
            let first = ask(&bundler).unwrap_err();
            assert!(first.contains(expected), "{script}: {first}");
            assert!(ask(&bundler).is_err(), "a second one was started");
        }
    }

    #[test]
    fn an_absent_one_is_named_with_its_remedy() {
        let own = Path::new("/nonexistent/hookpoint");
        let bundler = BundlerProcess::find(None, Some(own));
        let request = Request {
            folder: ".".into(),
            entry: "a.ts".to_owned(),
            built_ins: Vec::new(),
        };
        let unavailable = bundler.bundle(&request).unwrap_err();
        assert_eq!(
            unavailable.message,
            "there is no bundler at `/nonexistent/hookpoint-bundler`"
        );
        assert!(
            unavailable
                .help
                .contains("cargo build -p hookpoint-bundler")
        );
    }
}
