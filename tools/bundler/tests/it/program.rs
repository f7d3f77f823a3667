//! The program: a request a line, a reply a line.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use hookpoint_bundler_protocol::{Reply, from_line, to_line};

use crate::Folder;

#[test]
fn one_process_serves_many_requests_and_ends_with_its_input() {
    let folder = Folder::with(&[
        ("a.ts", "import { b } from './b';\nexport default () => b;"),
        ("b.ts", "export const b = 1;"),
        ("broken.ts", "export default ("),
    ]);
    let mut program = Command::new(env!("CARGO_BIN_EXE_hookpoint-bundler"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = program.stdin.take().unwrap();
    let mut output = BufReader::new(program.stdout.take().unwrap());
    let mut ask = |entry: &str| {
        input
            .write_all(to_line(folder.request(entry)).as_bytes())
            .unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        from_line::<Reply>(&line).unwrap()
    };
    let first = ask("a.ts");
    #[cfg(target_os = "linux")]
    assert_memory_is_limited(program.id());
    assert!(matches!(&first, Reply::Bundled(_)), "{first:?}");
    assert!(matches!(ask("broken.ts"), Reply::Refused(_)));
    assert_eq!(ask("a.ts"), first);
    // A change is seen: nothing is kept between requests.
    folder.write("b.ts", "export const b = 'changed';");
    let Reply::Bundled(bundle) = ask("a.ts") else {
        panic!("no bundle");
    };
    assert!(bundle.code.contains("changed"));
    drop(input);
    assert!(program.wait().unwrap().success());
}

#[cfg(target_os = "linux")]
fn assert_memory_is_limited(process: u32) {
    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let data = limits
        .lines()
        .find(|line| line.starts_with("Max data size"));
    let data: Vec<&str> = data.unwrap().split_whitespace().collect();
    let bytes: u64 = data[3].parse().unwrap();
    assert!(bytes >= hookpoint_bundler_protocol::MOST_MEMORY, "{bytes}");
    assert_eq!(data[3], data[4], "it could be raised");
}

#[test]
fn a_line_that_is_no_request_ends_the_program() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hookpoint-bundler"))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    program
        .stdin
        .take()
        .unwrap()
        .write_all(b"{\"version\":99}\n")
        .unwrap();
    let output = program.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "hookpoint-bundler: it speaks version 99 of the protocol, not 2\n"
    );
}
