//! Edits while the server runs.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use hookpoint_devserver::{App, AppOptions, DevServer, INGEST_KEYS_FILE, WorkspaceSource};
use hookpoint_stages::Stage;
use hookpoint_workspace::{
    Bundler, BundlerUnavailable,
    protocol::{Reply, Request},
};
use tokio::time::timeout;

use crate::{client::Bench, endpoint::PATIENCE, tests};

tests![
    a_sound_edit_takes_effect_and_a_broken_one_keeps_the_last_good_workspace,
    a_workspace_that_appears_takes_the_place_of_the_sample,
    a_hook_that_is_saved_while_the_workspace_is_read_takes_effect,
    a_hook_is_followed_after_an_error_that_no_file_of_the_workspace_has,
];

const WORKSPACE: &str = "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { hello: { static: hello.json } }
bindings: [{ application: bot, stage: conversationStart, hook: hello }]
";

/// Saves like many editors: a new file replaces the old one.
fn replace(folder: &Path, name: &str, text: &str) {
    let fresh = folder.join(format!(".{name}.swp"));
    fs::write(&fresh, text).unwrap();
    fs::rename(fresh, folder.join(name)).unwrap();
}

async fn hello(bench: &Bench) -> serde_json::Value {
    let body = Stage::ConversationStart.example().to_string();
    let answer = bench.post("bot", "conversation-start", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["context"]["Hello"].clone()
}

async fn a_sound_edit_takes_effect_and_a_broken_one_keeps_the_last_good_workspace() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("hello.json"),
        r#"{"context":{"Hello":1}}"#,
    )
    .unwrap();
    fs::write(folder.path().join("hookpoint.yaml"), WORKSPACE).unwrap();
    let (server, notices) = crate::client::serve(folder.path()).await;
    let mut bench = Bench {
        folder,
        server,
        notices,
    };
    let path = bench.folder.path().to_owned();
    assert_eq!(hello(&bench).await, 1);

    // A file that the workspace names.
    replace(&path, "hello.json", r#"{"context":{"Hello":2}}"#);
    let (changes, _) = bench.reloaded().await;
    assert_eq!(changes, "1 new hook version, 1 binding changed");
    assert_eq!(hello(&bench).await, 2);

    replace(
        &path,
        "hookpoint.yaml",
        &WORKSPACE.replace("kind:", "knid:"),
    );
    let text = bench.kept().await;
    assert!(text.contains("hookpoint.yaml:2:"), "{text}");
    assert!(text.contains("did you mean `kind`"), "{text}");
    assert_eq!(hello(&bench).await, 2);

    fs::remove_file(path.join("hookpoint.yaml")).unwrap();
    // The sample does not replace a deleted file.
    while !bench.kept().await.contains("does not exist") {}
    assert_eq!(hello(&bench).await, 2);

    // Written in place this time, with another application and a file that does not exist yet.
    let two = WORKSPACE
        .replace("{ bot:", "{ shop: { kind: identity }, bot:")
        .replace("hello.json", "later/hello.json");
    fs::write(path.join("hookpoint.yaml"), two).unwrap();
    bench.kept().await;
    fs::create_dir(path.join("later")).unwrap();
    bench.kept().await;
    fs::write(path.join("later/hello.json"), r#"{"context":{"Hello":3}}"#).unwrap();
    let (_, new_keys) = bench.reloaded().await;
    assert_eq!(new_keys, ["shop"]);
    assert_eq!(hello(&bench).await, 3);
    bench.server.stop().await.unwrap();
}

async fn a_workspace_that_appears_takes_the_place_of_the_sample() {
    let mut bench = Bench::start(None).await;
    assert!(bench.server.current().is_sample);
    let text = WORKSPACE.replace("hello.json", "{ context: { Hello: 1 } }");
    replace(bench.folder.path(), "hookpoint.yaml", &text);
    let (_, new_keys) = bench.reloaded().await;
    assert_eq!(new_keys, ["bot"]);
}

/// Leaves scripts as they are written, and saves one once it was read.
#[derive(Debug, Default)]
struct Saving(Mutex<Option<(PathBuf, String)>>);

impl Saving {
    fn saves(&self, path: PathBuf, text: String) {
        *self.0.lock().unwrap() = Some((path, text));
    }
}

impl Bundler for Saving {
    fn built_ins(&self) -> &[&str] {
        &[]
    }

    fn bundle(&self, request: &Request) -> Result<Reply, BundlerUnavailable> {
        let mut next = self.0.lock().unwrap();
        if let Some((path, text)) = next.take_if(|(path, _)| path.ends_with(&request.entry)) {
            fs::write(path, text).unwrap();
        }
        Ok(Reply::AsWritten)
    }
}

async fn a_hook_that_is_saved_while_the_workspace_is_read_takes_effect() {
    let script = |number| format!("export default () => ({{ context: {{ Hello: {number} }} }});\n");
    let workspace = WORKSPACE.replace("static: hello.json", "script: hello.ts");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    fs::write(path.join("hello.ts"), script(1)).unwrap();
    fs::write(path.join("hookpoint.yaml"), &workspace).unwrap();
    let bundler = Arc::new(Saving::default());
    let app = App::open(AppOptions {
        source: WorkspaceSource::folder(&path),
        receiver_port: 0,
        environment: Vec::new(),
        bundler: bundler.clone(),
    })
    .await
    .unwrap();
    // At the start.
    bundler.saves(path.join("hello.ts"), script(2));
    let (server, notices) = DevServer::start(app, Some(0), true).await.unwrap();
    let mut bench = Bench {
        folder,
        server,
        notices,
    };
    let edited = "1 new hook version, 1 binding changed";
    let (changes, _) = timeout(PATIENCE, bench.reloaded()).await.unwrap();
    assert_eq!(changes, edited);
    assert_eq!(hello(&bench).await, 2);

    // During a reload, which finds a file that was not watched before.
    fs::write(path.join("later.ts"), script(3)).unwrap();
    bundler.saves(path.join("later.ts"), script(4));
    replace(
        &path,
        "hookpoint.yaml",
        &workspace.replace("hello.ts", "later.ts"),
    );
    for _ in [3, 4] {
        let (changes, _) = timeout(PATIENCE, bench.reloaded()).await.unwrap();
        assert_eq!(changes, edited);
    }
    assert_eq!(hello(&bench).await, 4);
    bench.server.stop().await.unwrap();
}

async fn a_hook_is_followed_after_an_error_that_no_file_of_the_workspace_has() {
    let content = |number| format!(r#"{{"context":{{"Hello":{number}}}}}"#);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    fs::write(path.join("hello.json"), content(1)).unwrap();
    fs::write(path.join("hookpoint.yaml"), WORKSPACE).unwrap();
    let (server, notices) = crate::client::serve(&path).await;
    let mut bench = Bench {
        folder,
        server,
        notices,
    };
    let keys = path.join(".hookpoint").join(INGEST_KEYS_FILE);
    let whole = fs::read(&keys).unwrap();
    fs::write(&keys, "not JSON").unwrap();
    replace(&path, "hello.json", &content(2));
    let text = timeout(PATIENCE, bench.kept()).await.unwrap();
    assert!(text.contains("does not hold ingest keys"), "{text}");

    fs::write(&keys, whole).unwrap();
    replace(&path, "hello.json", &content(3));
    let (changes, new_keys) = timeout(PATIENCE, bench.reloaded()).await.unwrap();
    assert_eq!(changes, "1 new hook version, 1 binding changed");
    assert!(new_keys.is_empty(), "{new_keys:?}");
    assert_eq!(hello(&bench).await, 3);
    bench.server.stop().await.unwrap();
}
