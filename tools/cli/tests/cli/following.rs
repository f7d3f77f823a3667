//! `--watch` of `hookpoint try` and `hookpoint test`.

use std::{
    fs,
    process::{Child, Command, Stdio},
    sync::mpsc,
};

use crate::{
    cases,
    endpoint::Endpoint,
    folder::Folder,
    server::{PATIENCE, lines},
};

/// A command that runs again when a file is saved; it ends with its test.
struct Watching {
    process: Child,
    results: mpsc::Receiver<String>,
    notes: mpsc::Receiver<String>,
}

impl Watching {
    fn start(folder: &Folder, arguments: &[&str]) -> Self {
        Self::of(folder.command(arguments))
    }

    fn of(mut command: Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        Self {
            results: lines(process.stdout.take().unwrap()),
            notes: lines(process.stderr.take().unwrap()),
            process,
        }
    }

    /// Waits until a result has this text.
    #[track_caller]
    fn shows(&self, text: &str) {
        read_until(&self.results, text);
    }

    /// Waits until it waits.
    #[track_caller]
    fn waits(&self) {
        read_until(&self.notes, "waiting for a change");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // The process may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads lines until one has this text.
#[track_caller]
fn read_until(lines: &mpsc::Receiver<String>, text: &str) {
    let mut read = Vec::new();
    while let Ok(line) = lines.recv_timeout(PATIENCE) {
        if line.contains(text) {
            return;
        }
        read.push(line);
    }
    panic!("there was no `{text}`: {read:?}");
}

#[test]
fn a_watched_script_runs_again_when_it_is_saved() {
    let folder = Folder::new();
    folder.write(
        "tier.js",
        "export default () => ({ context: { tier: 'first' } });\n",
    );
    let watching = Watching::start(
        &folder,
        &["try", "tier.js", "--stage", "conversation-start", "--watch"],
    );
    watching.waits();
    folder.write(
        "tier.js",
        "export default () => ({ context: { tier: 'second' } });\n",
    );
    watching.shows("first");
    watching.shows("second");
}

#[test]
fn an_event_from_standard_input_serves_every_run_and_a_bad_one_ends_the_command() {
    let folder = Folder::new();
    folder.write(
        "tier.js",
        "export default (event) => ({ context: { tier: 'first', id: event.context.conversationId } });\n",
    );
    let line = "try tier.js --stage conversation-start --event - --watch";
    let arguments: Vec<_> = line.split(' ').collect();
    let run = folder.run_with_input(&arguments, "{");
    assert_eq!(run.code, 2, "{}", run.stderr);
    let event = folder.write(
        "event.json",
        "{ \"eventType\": \"conversationStart\", \"context\": { \"conversationId\": \"piped\" } }",
    );
    let mut command = folder.command(&arguments);
    command.stdin(fs::File::open(event).unwrap());
    let watching = Watching::of(command);
    watching.waits();
    watching.shows("piped");
    folder.write(
        "tier.js",
        "export default (event) => ({ context: { id: `again ${event.context.conversationId}` } });\n",
    );
    watching.shows("again piped");
}

#[test]
fn a_new_case_runs_and_so_does_one_in_a_new_folder() {
    let folder = cases::folder(&cases::case(&format!(
        "{}expect: {{ response: {{}} }}\n",
        cases::REQUEST
    )));
    let case = fs::read_to_string(folder.path().join("gold.case.yaml")).unwrap();
    let watching = Watching::start(&folder, &["test", "--watch"]);
    watching.waits();
    folder.write("new.case.yaml", &case);
    watching.shows("new.case.yaml");
    watching.waits();
    fs::create_dir_all(folder.path().join("more/cases")).unwrap();
    folder.write("more/cases/last.case.yaml", &case);
    watching.shows("more/cases/last.case.yaml");
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
    let arguments = ["try", "tier.js", "--stage", "conversation-start"];
    let watch = ["--watch", "--host", "127.0.0.1"];
    let watching = Watching::start(&folder, &[&arguments[..], &watch[..]].concat());
    watching.shows("first");
    watching.shows("second");

    let folder = cases::folder(&cases::case(&format!(
        "{}expect: {{ response: {{}} }}\n",
        cases::REQUEST
    )));
    let case = fs::read_to_string(folder.path().join("gold.case.yaml")).unwrap();
    for number in 0..8 {
        folder.write(&format!("z{number}.case.yaml"), &case);
    }
    let watching = Watching::start(&folder, &["test", "--watch"]);
    watching.shows("gold.case.yaml");
    // The workspace was read; the other cases are still to run.
    folder.write(
        "tier.js",
        "export default () => { throw new Error('saved later'); };\n",
    );
    watching.shows("saved later");
}

#[test]
fn a_signal_during_a_later_run_ends_the_watch() {
    let (sender, posted) = mpsc::channel();
    let endpoint = Endpoint::start(move |_| {
        sender.send(()).unwrap();
        // No response comes before the process ends.
        std::thread::sleep(PATIENCE * 2);
        ("200 OK", "{}".to_owned())
    });
    let folder = Folder::with(
        "version: 1\nlocal: { allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }\n",
    );
    folder.write("tier.js", "export default () => null;\n");
    let arguments = ["try", "tier.js", "--stage", "conversation-start"];
    let more = ["--watch", "--host", "127.0.0.1"];
    let mut watching = Watching::start(&folder, &[&arguments[..], &more[..]].concat());
    watching.waits();
    let source = format!(
        "export default async () => {{ await fetch('http://127.0.0.1:{}/', {{ method: 'POST', body: '{{}}' }}); }};\n",
        endpoint.port
    );
    folder.write("tier.js", &source);
    posted.recv_timeout(PATIENCE).unwrap();
    let id = watching.process.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(killed.success());
    let process = &mut watching.process;
    let ended = (0..100).find_map(|_| {
        std::thread::sleep(PATIENCE / 100);
        process.try_wait().unwrap()
    });
    assert!(ended.expect("it goes on").success());
}
