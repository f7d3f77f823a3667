//! The command line on a table: the built program against DynamoDB as an emulator has it.

use std::{fs, path::PathBuf, process::Command};

use hookpoint_aws::DynamoStore;
use hookpoint_xtask::{lambda_local::EmulatedAws, repository};
use serde_json::{Value, json};

use crate::store_contract::emulated_aws;

const TABLE: &str = "hookpoint-cli";
const WORKSPACE: &str = "\
version: 1
applications: { bot: { kind: conversation }, other: { kind: conversation } }
hooks:
  hello: { static: { context: { Hello: 1 } } }
  tier: { script: { source: \"export default () => ({ context: { Tier: 1 } })\" } }
bindings:
  - { application: bot, stage: conversationStart, hook: hello }
  - { application: other, stage: conversationStart, hook: tier }
";

/// Builds the program, so that no test passes with an old one.
fn program() -> PathBuf {
    let status = repository::command("cargo")
        .args(["build", "--quiet", "-p", "hookpoint-cli"])
        .status()
        .unwrap();
    assert!(status.success());
    repository::target().unwrap().join("debug/hookpoint")
}

struct Bench {
    folder: tempfile::TempDir,
    program: PathBuf,
    aws: EmulatedAws,
}

struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Bench {
    fn write(&self, workspace: &str) {
        fs::write(self.folder.path().join("hookpoint.yaml"), workspace).unwrap();
    }

    /// Runs the program on the table, with nothing of AWS in its environment but credentials.
    fn run(&self, arguments: &str) -> Run {
        let mut command = Command::new(&self.program);
        command
            .args(arguments.split(' '))
            .args(["--table", TABLE, "--region", "eu-central-1"])
            .args(["--endpoint-url", &self.aws.endpoint_url()])
            .current_dir(self.folder.path())
            .env_clear();
        for (name, value) in self.aws.variables() {
            if name.starts_with("AWS_") && name.contains("KEY") {
                command.env(name, value);
            }
        }
        let output = command.output().unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn ok(&self, arguments: &str) -> String {
        let run = self.run(arguments);
        assert_eq!(
            run.code,
            Some(0),
            "{arguments}\n{}{}",
            run.stdout,
            run.stderr
        );
        run.stdout
    }

    #[track_caller]
    fn json(&self, arguments: &str) -> Value {
        serde_json::from_str(&self.ok(arguments)).unwrap()
    }

    #[track_caller]
    fn refused(&self, arguments: &str) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments}\n{}", run.stdout);
        run.stderr
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_its_keys_and_its_pauses_live_in_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let aws = emulated_aws(&folder).await;
    let store = DynamoStore::new(aws.clients(), TABLE);
    let program = tokio::task::spawn_blocking(program).await.unwrap();
    let bench = Bench {
        folder,
        program,
        aws,
    };
    bench.write(WORKSPACE);
    let error = bench.refused("apply");
    assert!(error.starts_with("error: "), "{error}");
    assert!(error.contains(TABLE), "{error}");
    store.create_table().await.unwrap();

    let planned = bench.json("apply --dry-run --json");
    assert_eq!(planned["dryRun"], true);
    assert_eq!(bench.json("applications list --json"), json!([]));
    let text = bench.ok("apply");
    assert!(
        text.ends_with("published: 2 new hook versions, 2 applications added, 2 bindings added\n"),
        "{text}"
    );
    assert!(bench.ok("apply").starts_with("nothing to do"));

    let made = bench.json("keys create --application bot --expires 90d --json");
    let key = made["key"].as_str().unwrap();
    let id = made["id"].as_str().unwrap();
    bench.ok("keys create --application other");
    let list = bench.json("keys list --application bot --json");
    assert_eq!(list[0]["id"], id);
    assert!(!list.to_string().contains(key));
    bench.ok("pause --application bot --stage conversation-start");
    let applications = bench.json("applications list --json");
    assert_eq!(applications[0]["pauses"][0]["stage"], "conversationStart");
    assert_eq!(applications[0]["keys"], json!([id]));
    // What the workspace does not speak of survives it.
    bench.write(&WORKSPACE.replace("Hello: 1", "Hello: 2"));
    assert!(
        bench
            .ok("apply")
            .ends_with("published: 1 new hook version, 1 binding changed\n")
    );
    assert_eq!(bench.json("applications list --json"), applications);
    bench.ok("resume --application bot --all");
    bench.ok(&format!("keys revoke {id} --application bot"));
    let error = bench.refused(&format!("keys revoke {id} --application bot"));
    assert!(error.contains("no key"), "{error}");
    let error = bench.refused("pause --application bto");
    assert!(error.contains("`bot`, `other`"), "{error}");

    bench.write(
        "version: 1\napplications: { bot: { kind: conversation } }\nhooks: { hello: { static: { context: { Hello: 2 } } } }\nbindings: [{ application: bot, stage: conversationStart, hook: hello }]\n",
    );
    let run = bench.run("apply");
    assert!(run.stdout.starts_with("nothing to do"), "{}", run.stdout);
    assert!(
        run.stderr.contains("`other` (still answers events)"),
        "{}",
        run.stderr
    );
    let pruned = bench.json("apply --prune --json");
    assert_eq!(
        pruned["pruned"]["applications"],
        json!([{ "id": "other", "keys": 1 }])
    );
    assert_eq!(pruned["pruned"]["bindings"][0]["hook"], "tier");
    let applications = bench.json("applications list --json");
    assert_eq!(applications[0]["keys"], json!([]));
    assert_eq!(applications[1]["keys"], json!([]));
    assert!(
        !bench.folder.path().join(".hookpoint").exists(),
        "nothing is kept here"
    );
}
