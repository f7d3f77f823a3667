//! An operator of a stack, who uses the command line with the stack's outputs only.

use std::{collections::HashMap, fs, process::Command};

use serde_json::Value;

use super::account::{Account, NAME, Stack};
use crate::cli_table;

/// Runs the built program.
pub(super) struct Operator<'a> {
    account: &'a Account,
    outputs: &'a HashMap<String, String>,
    program: std::path::PathBuf,
}

impl<'a> Operator<'a> {
    pub(super) async fn of(stack: &'a Stack, account: &'a Account) -> Self {
        let program = tokio::task::spawn_blocking(cli_table::program);
        Self {
            account,
            outputs: &stack.outputs,
            program: program.await.unwrap(),
        }
    }

    /// Publishes a workspace.
    pub(super) fn publishes(&self, yaml: &str) {
        fs::write(self.account.folder.path().join("hookpoint.yaml"), yaml).unwrap();
        self.on_table("apply --json");
    }

    /// Creates a key for an application.
    pub(super) fn makes_a_key(&self, application: &str) -> String {
        let made = self.on_table(&format!("keys create --application {application} --json"));
        made["key"].as_str().unwrap().to_owned()
    }

    /// Runs a command with `--stack`.
    pub(super) fn on_stack(&self, arguments: &str) -> Value {
        self.run(arguments, &["--stack", NAME])
    }

    /// Runs a command with `--table`.
    pub(super) fn on_table(&self, arguments: &str) -> Value {
        self.run(arguments, &["--table", &self.outputs["TableName"]])
    }

    fn run(&self, arguments: &str, installation: &[&str]) -> Value {
        let mut command = Command::new(&self.program);
        command
            .args(arguments.split(' '))
            .args(installation)
            .args(["--region", &self.outputs["Region"]])
            .args(["--endpoint-url", &self.account.aws.endpoint_url()])
            .current_dir(self.account.folder.path())
            .env_clear();
        for (name, value) in self.account.aws.variables() {
            if name.starts_with("AWS_") && name.contains("KEY") {
                command.env(name, value);
            }
        }
        // The functions run in this process's runtime.
        let output = tokio::task::block_in_place(|| command.output().unwrap());
        assert!(
            output.status.success(),
            "{arguments}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }
}
