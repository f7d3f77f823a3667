//! Edits while the server runs.

use std::{fs, path::Path};

use hookpoint_stages::Stage;

use crate::{client::Bench, tests};

tests![
    a_sound_edit_takes_effect_and_a_broken_one_keeps_the_last_good_workspace,
    a_workspace_that_appears_takes_the_place_of_the_sample,
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
