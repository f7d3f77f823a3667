//! AWS as whoever calls this program reaches it.

use clap::Args;
use hookpoint_aws::{AwsClients, AwsSettings};

/// How AWS is reached, and a deployment found there.
#[derive(Debug, Args)]
pub(crate) struct AwsArguments {
    /// The stack of a deployment on AWS; its outputs tell where everything is
    #[arg(long, value_name = "NAME", group = "on-aws", help_heading = "AWS")]
    stack: Option<String>,

    /// An emulator in place of AWS
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
    /// The stack that was named.
    pub(crate) fn stack(&self) -> Option<&str> {
        self.stack.as_deref()
    }

    /// Clients with the credentials that are found.
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
