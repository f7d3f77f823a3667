//! A terminal on which an operator types, and the browser that a walk sends away.

use hookpoint_xtask::python;

use super::place::Place;
use crate::bundling::programs;

/// Types a line at each prompt, and returns to the callback page that a walk waits at; prints what is shown.
const SCRIPT: &str = r#"
import os, pty, re, select, signal, sys, urllib.request
program, count = sys.argv[1], int(sys.argv[2])
lines, arguments = sys.argv[3:3 + count], sys.argv[3 + count:]
child, terminal = pty.fork()
if child == 0:
    os.execv(program, [program, *arguments])
shown = b""
while True:
    ready, _, _ = select.select([terminal], [], [], 60)
    if not ready:
        os.kill(child, signal.SIGKILL)
        break
    try: data = os.read(terminal, 4096)
    except OSError: break
    if not data: break
    shown += data
    plain = re.sub(rb"\x1b\[[0-9;]*m", b"", shown)
    if plain.endswith((b"> ", b"[y/N] ")) and lines:
        os.write(terminal, (lines.pop(0) + "\n").encode())
        shown += b"\0"
    waits = re.search(rb"waiting for the browser at (\S+)\r\n$", plain)
    if waits:
        state = re.search(rb"state=([\w-]+)", plain).group(1)
        url = waits.group(1).decode() + "?code=p-7&state=" + state.decode()
        urllib.request.urlopen(url, timeout=60).read()
        shown += b"\0"
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(re.sub(rb"\x1b\[[0-9;]*m|\0", b"", shown))
sys.exit(os.waitstatus_to_exitcode(status))
"#;

/// Runs `hookpoint` on a terminal of its own until it ends. Returns its exit code and what was shown.
pub(super) fn ended(place: &Place, arguments: &[&str], lines: &[&str]) -> (Option<i32>, String) {
    let python = python::ensure().unwrap();
    let mut command = place.command(&python.program("python3"));
    let output = command
        .args(["-c", SCRIPT])
        .arg(&programs().0)
        .arg(lines.len().to_string())
        .args(lines)
        .args(arguments)
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        !shown.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.code(), shown)
}
