//! The outputs of a deployed stack, for tools. Functions read their environment instead.

mod describe_stacks;

use std::collections::HashMap;

use thiserror::Error;

use crate::{AwsClients, failure::describe};

/// Why the outputs of a stack cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StackError {
    /// CloudFormation could not be queried.
    #[error(
        "failed to read the outputs of the stack `{stack}` in {region}: {reason}; check its name and the region, and that you may call `cloudformation:DescribeStacks`"
    )]
    Unreadable {
        /// The requested stack.
        stack: String,
        /// The region that was queried.
        region: String,
        /// CloudFormation's error, or why the request failed.
        reason: String,
    },
    /// The stack is not Hookpoint's, or of another version.
    #[error(
        "the stack `{stack}` has no output `{output}`: it is not one of Hookpoint's, or of an older version; name the stack that was deployed from Hookpoint's template.yaml"
    )]
    NoOutput {
        /// The queried stack.
        stack: String,
        /// The missing output.
        output: &'static str,
    },
}

/// The outputs of a stack deployed from `template.yaml`.
#[derive(Debug, Clone)]
pub struct StackOutputs {
    stack: String,
    outputs: HashMap<String, String>,
}

impl StackOutputs {
    /// Queries CloudFormation in the region of the clients.
    pub async fn read(clients: &AwsClients, stack: &str) -> Result<Self, StackError> {
        let outputs = describe_stacks::outputs(clients, stack)
            .await
            .map_err(|error| StackError::Unreadable {
                stack: stack.to_owned(),
                region: clients.region().to_owned(),
                reason: describe(&error),
            })?;
        Ok(Self {
            stack: stack.to_owned(),
            outputs,
        })
    }

    /// The name of the table. An error if the stack has no such output, as below.
    pub fn table(&self) -> Result<&str, StackError> {
        self.output("TableName")
    }

    /// The URL of the queue of deliveries.
    pub fn queue_url(&self) -> Result<&str, StackError> {
        self.output("QueueUrl")
    }

    /// The URL of the queue of dead letters.
    pub fn dead_letter_queue_url(&self) -> Result<&str, StackError> {
        self.output("DeadLetterQueueUrl")
    }

    /// Where events are posted.
    pub fn api_url(&self) -> Result<&str, StackError> {
        self.output("ApiUrl")
    }

    /// The prefix of the names of secrets.
    pub fn secret_prefix(&self) -> Result<&str, StackError> {
        self.output("SecretPrefix")
    }

    /// The ARN of the key that encrypts the stack, if it has one of its own.
    pub fn kms_key(&self) -> Option<&str> {
        self.outputs.get("KmsKeyArn").map(String::as_str)
    }

    fn output(&self, output: &'static str) -> Result<&str, StackError> {
        let value = self.outputs.get(output);
        value
            .map(String::as_str)
            .ok_or_else(|| StackError::NoOutput {
                stack: self.stack.clone(),
                output,
            })
    }
}
