//! What a deployed stack says of itself: its outputs, for tools. A function is told by its environment.

use std::collections::HashMap;

use thiserror::Error;

use crate::{AwsClients, failure::describe};

/// Why the outputs of a stack cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StackError {
    /// CloudFormation did not tell them.
    #[error(
        "failed to read the outputs of the stack `{stack}` in {region}: {reason}; they need `cloudformation:DescribeStacks`"
    )]
    Unreadable {
        /// The stack that was asked for.
        stack: String,
        /// Where it was looked for.
        region: String,
        /// What CloudFormation said, or why it could not be asked.
        reason: String,
    },
    /// The stack is none of Hookpoint's, or of another version.
    #[error(
        "the stack `{stack}` has no output `{output}`; is it one of Hookpoint's template.yaml?"
    )]
    NoOutput {
        /// The stack.
        stack: String,
        /// What it should say.
        output: &'static str,
    },
}

/// What the outputs of a stack of `template.yaml` say.
#[derive(Debug, Clone)]
pub struct StackOutputs {
    stack: String,
    outputs: HashMap<String, String>,
}

impl StackOutputs {
    /// Asks CloudFormation, in the region that the clients are for.
    pub async fn read(clients: &AwsClients, stack: &str) -> Result<Self, StackError> {
        let answer = clients
            .cloudformation()
            .describe_stacks()
            .stack_name(stack)
            .send()
            .await
            .map_err(|error| StackError::Unreadable {
                stack: stack.to_owned(),
                region: clients.region().to_owned(),
                reason: describe(&error),
            })?;
        let described = answer.stacks.unwrap_or_default().into_iter();
        let outputs = described.flat_map(|stack| stack.outputs.unwrap_or_default());
        Ok(Self {
            stack: stack.to_owned(),
            outputs: outputs
                .filter_map(|output| Some((output.output_key?, output.output_value?)))
                .collect(),
        })
    }

    /// The name of the table.
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

    /// What the names of secrets begin with.
    pub fn secret_prefix(&self) -> Result<&str, StackError> {
        self.output("SecretPrefix")
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
