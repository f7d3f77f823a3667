//! The emulated AWS: moto in server mode.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::bail;
use hookpoint_aws::{AwsClients, AwsCredentials, AwsSettings};
use hookpoint_engine::confidential::secret::Secret;
use hookpoint_settings as settings;

use crate::{process::Process, python::Environment, repository};

/// Timeout of its start: Python compiles it the first time.
const PATIENCE: Duration = Duration::from_mins(2);
/// Polling interval during the start.
const INTERVAL: Duration = Duration::from_millis(50);
/// The text before the port in its log.
const LISTENING: &str = "Running on http://127.0.0.1:";

/// Its server: with one request to DynamoDB at a time, and without work that grows with the table.
const SERVER: &str = include_str!("emulator.py");

const REGION: &str = "eu-central-1";
/// Any value: the emulator does not check it.
const ACCESS_KEY_ID: &str = "emulated";
const SECRET_ACCESS_KEY: &str = "emulated";

/// DynamoDB, Secrets Manager and SQS in memory, on a port of the loopback address. Dropping this stops it.
#[derive(Debug)]
pub struct EmulatedAws {
    pub(super) process: Process,
    port: u16,
}

impl EmulatedAws {
    /// Starts it on any free port. Its log goes to the file.
    pub async fn start(environment: &Environment, log: &Path) -> anyhow::Result<Self> {
        let mut command = repository::command(environment.program("python"));
        command.args(["-c", SERVER, "--host", "127.0.0.1", "--port", "0"]);
        let mut process = Process::start("the emulated AWS (moto)", &command, Some(log))?;
        let begin = Instant::now();
        loop {
            if let Some(port) = port_in(&process.written()) {
                return Ok(Self { process, port });
            }
            process.ensure_alive()?;
            if begin.elapsed() > PATIENCE {
                bail!(
                    "the emulated AWS did not start within {PATIENCE:?}; see `{}`",
                    log.display()
                );
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Its URL on the loopback address.
    pub fn endpoint_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Clients for it, with the timeouts of tools.
    pub fn clients(&self) -> AwsClients {
        AwsClients::for_tools(AwsSettings {
            region: REGION.to_owned(),
            endpoint_url: Some(self.endpoint_url()),
            authorities: Vec::new(),
            credentials: AwsCredentials::fixed(
                ACCESS_KEY_ID,
                &Secret::new(SECRET_ACCESS_KEY),
                None,
            ),
        })
    }

    /// The environment of a program that uses it.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            (settings::REGION.name, REGION.to_owned()),
            (settings::ACCESS_KEY_ID.name, ACCESS_KEY_ID.to_owned()),
            (
                settings::SECRET_ACCESS_KEY.name,
                SECRET_ACCESS_KEY.to_owned(),
            ),
            (settings::ENDPOINT_URL.name, self.endpoint_url()),
        ]
    }
}

/// The port, once its line is complete.
fn port_in(log: &str) -> Option<u16> {
    let (_, rest) = log.split_once(LISTENING)?;
    let (port, _) = rest.split_once('\n')?;
    port.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_known_when_its_line_is_complete() {
        assert_eq!(port_in(" * Running on http://127.0.0.1:334"), None);
        assert_eq!(
            port_in("WARNING\n * Running on http://127.0.0.1:33467\nPress"),
            Some(33467)
        );
    }
}
