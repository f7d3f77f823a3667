//! `--watch` of `hookpoint try` and `hookpoint test`.

use std::{
    fs,
    io::{BufRead as _, BufReader},
};

use crate::{cases, endpoint::Endpoint, folder::Folder};

#[test]
fn a_watched_script_runs_again_when_it_is_saved() {
    let folder = Folder::new();
    folder.write(
        "tier.js",
        "export default () => ({ context: { tier: 'first' } });\n",
    );
    let mut process = folder
        .command(&["try", "tier.js", "--stage", "conversation-start", "--watch"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut notes = BufReader::new(process.stderr.take().unwrap()).lines();
    let mut results = BufReader::new(process.stdout.take().unwrap()).lines();
    let waiting = notes.next().unwrap().unwrap();
    assert!(waiting.contains("waiting for a change"), "{waiting}");
    folder.write(
        "tier.js",
        "export default () => ({ context: { tier: 'second' } });\n",
    );
    let mut shown = results.by_ref().map_while(Result::ok);
    assert!(shown.any(|line| line.contains("first")));
    assert!(shown.any(|line| line.contains("second")));
    process.kill().unwrap();
    process.wait().unwrap();
}

/// Reads lines until one has this text.
fn read_until(lines: &mut impl Iterator<Item = std::io::Result<String>>, text: &str) {
    for line in lines {
        if line.unwrap().contains(text) {
            return;
        }
    }
    panic!("there was no `{text}`");
}

#[test]
fn a_new_case_runs_and_so_does_one_in_a_new_folder() {
    let folder = cases::folder(&cases::case(&format!(
        "{}expect: {{ response: {{}} }}\n",
        cases::REQUEST
    )));
    let case = fs::read_to_string(folder.path().join("gold.case.yaml")).unwrap();
    let mut child = folder
        .command(&["test", "--watch"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut notes = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    read_until(&mut notes, "waiting for a change");
    folder.write("new.case.yaml", &case);
    read_until(&mut lines, "new.case.yaml");
    read_until(&mut notes, "waiting for a change");
    fs::create_dir_all(folder.path().join("more/cases")).unwrap();
    folder.write("more/cases/last.case.yaml", &case);
    read_until(&mut lines, "more/cases/last.case.yaml");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_is_saved_during_the_first_run_of_a_watch_is_run_too() {
    const WRITTEN: &str = "export default () => ({ context: { tier: 'second' } });\n";
    let script = std::sync::Arc::new(std::sync::OnceLock::<std::path::PathBuf>::new());
    let saved = script.clone();
    // The first run waits for this reply.
    let endpoint = Endpoint::start(move |_| {
        fs::write(saved.get().unwrap(), WRITTEN).unwrap();
        ("200 OK", "{}".to_owned())
    });
    let folder = Folder::with(
        "version: 1\nlocal: { allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }\n",
    );
    let source = format!(
        "export default async () => {{\n  await fetch('http://127.0.0.1:{}/', {{ method: 'POST', body: '{{}}' }});\n  return {{ context: {{ tier: 'first' }} }};\n}};\n",
        endpoint.port
    );
    script.set(folder.write("tier.js", &source)).unwrap();
    let mut command = folder.command(&["try", "tier.js", "--stage", "conversation-start"]);
    let command = command.args(["--watch", "--host", "127.0.0.1"]);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    read_until(&mut lines, "first");
    read_until(&mut lines, "second");
    child.kill().unwrap();
    child.wait().unwrap();

    let folder = cases::folder(&cases::case(&format!(
        "{}expect: {{ response: {{}} }}\n",
        cases::REQUEST
    )));
    let case = fs::read_to_string(folder.path().join("gold.case.yaml")).unwrap();
    for number in 0..8 {
        folder.write(&format!("z{number}.case.yaml"), &case);
    }
    let mut child = folder
        .command(&["test", "--watch"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    read_until(&mut lines, "gold.case.yaml");
    // The workspace was read; the other cases are still to run.
    folder.write(
        "tier.js",
        "export default () => { throw new Error('saved later'); };\n",
    );
    read_until(&mut lines, "saved later");
    child.kill().unwrap();
    child.wait().unwrap();
}
