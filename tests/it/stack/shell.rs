//! A terminal at which an operator pastes the commands of the guides. They find `hookpoint`, and in place of the command lines of AWS and
//! SAM what speaks to the emulator.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use hookpoint_settings as settings;

use super::account::{Account, sources};
use crate::cli_table;

/// For the stand-in of the AWS command line to load the SDK.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Shell {
    folder: PathBuf,
    variables: Vec<(String, String)>,
    aws: Child,
}

impl Shell {
    /// Opens it in the folder of the account.
    pub(super) async fn open(account: &Account) -> Self {
        let folder = account.folder.path().to_owned();
        let programs = folder.join("bin");
        fs::create_dir(&programs).unwrap();
        let hookpoint = tokio::task::spawn_blocking(cli_table::program)
            .await
            .unwrap();
        symlink(hookpoint, programs.join("hookpoint")).unwrap();
        let socket = folder.join("aws.socket");
        let python = account.python_program();
        script(&programs.join("aws"), &client(&python, &socket));
        // It deploys nothing: the test does what it would do.
        let log = folder.join("sam.log");
        script(
            &programs.join("sam"),
            &format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >> '{}'\n", log.display()),
        );
        let mut variables = account.sdk_variables();
        let endpoint = settings::ENDPOINT_URL.name.to_owned();
        assert!(variables.iter().any(|(name, _)| *name == endpoint));
        variables.push((
            "PATH".to_owned(),
            format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display()),
        ));
        let aws = Command::new(&python)
            .arg(sources().join("aws.py"))
            .arg(&socket)
            .envs(variables.clone())
            .spawn()
            .unwrap();
        let shell = Self {
            folder,
            variables,
            aws,
        };
        let begin = std::time::Instant::now();
        while !socket.exists() {
            assert!(begin.elapsed() < PATIENCE, "`aws.py` did not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        shell
    }

    /// Runs commands as pasted, and returns what they print. Every one has to succeed.
    pub(super) fn paste(&self, commands: &str) -> String {
        let output = tokio::task::block_in_place(|| {
            Command::new("bash")
                .args(["-eu", "-o", "pipefail", "-c", commands])
                .current_dir(&self.folder)
                .env_clear()
                .envs(self.variables.clone())
                .stdin(Stdio::null())
                .output()
                .unwrap()
        });
        let out = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{commands}\n{out}{errors}");
        out
    }

    /// The parameters that the last `sam deploy` would pass.
    pub(super) fn parameters_deployed(&self) -> Vec<(String, String)> {
        let log = fs::read_to_string(self.folder.join("sam.log")).unwrap();
        let command = log.lines().last().unwrap();
        let (_, parameters) = command.split_once(" --parameter-overrides ").unwrap();
        let pairs = parameters.split(' ').map_while(|pair| pair.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.aws.kill();
        let _ = self.aws.wait();
    }
}

/// Passes its arguments to `aws.py`. Starts without the SDK, in some milliseconds.
fn client(python: &Path, socket: &Path) -> String {
    format!(
        "#!{python} -SE
import json, socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect({socket:?})
    connection.sendall(json.dumps(sys.argv[1:]).encode() + b\"\\n\")
    reply = json.loads(connection.makefile().read())
sys.stdout.write(reply[\"out\"])
sys.stderr.write(reply[\"error\"])
sys.exit(reply[\"code\"])
",
        python = python.display(),
        socket = socket.display().to_string(),
    )
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
