//! AWS with the caller's own credentials.

use clap::Args;
use hookpoint_aws::{AwsClients, AwsSettings};

/// Options to reach AWS and find a deployment.
#[derive(Debug, Args)]
pub(crate) struct AwsArguments {
    /// The stack of a deployment on AWS; its outputs name the table, queues and secrets
    #[arg(long, value_name = "NAME", group = "on-aws", help_heading = "AWS")]
    stack: Option<String>,

    /// URL of an emulator in place of AWS
    #[arg(long, value_name = "URL", requires = "on-aws", help_heading = "AWS")]
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

    /// Creates clients with the resolved credentials.
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
