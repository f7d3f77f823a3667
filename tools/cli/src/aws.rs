//! AWS with the caller's own credentials.

use clap::Args;
#[cfg(feature = "aws")]
use hookpoint_aws::{AwsClients, AwsSettings, SqsQueue, StackOutputs};
use url::Url;

/// Options to reach AWS and find a deployment.
#[derive(Debug, Args)]
pub(crate) struct AwsArguments {
    /// The stack of a deployment on AWS; its outputs name the table, queues and secrets
    #[arg(long, value_name = "NAME", group = "on-aws", help_heading = "AWS")]
    stack: Option<String>,

    /// URL of an emulator in place of AWS
    #[arg(long, value_name = "URL", requires = "on-aws", help_heading = "AWS", value_parser = endpoint_url)]
    endpoint_url: Option<String>,

    /// The AWS region [default: that of the profile or the environment]
    #[arg(long, requires = "on-aws", help_heading = "AWS")]
    region: Option<String>,

    /// The AWS profile [default: that of the environment]
    #[arg(long, requires = "on-aws", help_heading = "AWS")]
    profile: Option<String>,
}

impl AwsArguments {
    /// The value of `--stack`.
    pub(crate) fn stack(&self) -> Option<&str> {
        self.stack.as_deref()
    }

    /// The options to repeat in commands to paste.
    pub(crate) fn words(&self) -> impl Iterator<Item = String> {
        words([
            ("stack", self.stack.as_deref()),
            ("endpoint-url", self.endpoint_url.as_deref()),
            ("region", self.region.as_deref()),
            ("profile", self.profile.as_deref()),
        ])
    }

    /// Creates clients with the resolved credentials.
    #[cfg(feature = "aws")]
    pub(crate) async fn clients(&self) -> anyhow::Result<AwsClients> {
        let settings = AwsSettings::from_profiles(
            self.profile.as_deref(),
            self.region.as_deref(),
            self.endpoint_url.as_deref(),
        )
        .await?;
        Ok(AwsClients::for_tools(settings))
    }
}

fn endpoint_url(text: &str) -> Result<String, String> {
    let is_url = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if is_url {
        Ok(text.to_owned())
    } else {
        Err("it must be a URL, such as `http://127.0.0.1:4566`".to_owned())
    }
}

/// The options that have a value, and their values.
pub(crate) fn words<const N: usize>(
    options: [(&str, Option<&str>); N],
) -> impl Iterator<Item = String> {
    let given =
        options.map(|(name, value)| value.map(|value| [format!("--{name}"), value.to_owned()]));
    given.into_iter().flatten().flatten()
}

/// The queues of a deployment.
#[cfg(feature = "aws")]
pub(crate) fn queue(clients: AwsClients, outputs: &StackOutputs) -> anyhow::Result<SqsQueue> {
    let dead_letters = outputs.dead_letter_queue_url()?.to_owned();
    let queue = outputs.queue_url()?.to_owned();
    Ok(SqsQueue::new(clients, queue, Some(dead_letters)))
}

/// The error of a command on AWS in a program without its clients.
#[cfg(not(feature = "aws"))]
pub(crate) fn absent() -> anyhow::Error {
    anyhow::anyhow!(
        "this `hookpoint` was built without the clients of AWS; in a checkout write `cargo run --features aws -- …`, or install it with `cargo install --locked --path tools/cli --features aws`"
    )
}
