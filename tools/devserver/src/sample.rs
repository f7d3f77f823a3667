//! The built-in sample workspace.

use std::path::Path;

use hookpoint_engine::publish::Desired;
use hookpoint_workspace::{Workspace, WorkspaceErrors};

use crate::receiver::DEFAULT_RECEIVER_PORT;

/// The text of the sample, as `hookpoint init --sample` writes it.
pub const SAMPLE: &str = include_str!("../sample/hookpoint.yaml");
/// Its name in messages.
pub const SAMPLE_NAME: &str = "the built-in sample";

/// The sample with its webhooks on this port of the loopback address.
pub(crate) fn load(receiver_port: u16) -> Result<Workspace, WorkspaceErrors> {
    let text = SAMPLE.replace(
        &receiver_authority(DEFAULT_RECEIVER_PORT),
        &receiver_authority(receiver_port),
    );
    Workspace::parse(&text, SAMPLE_NAME, Path::new(""))
}

/// The receiver's port, if the workspace posts to it: the requested one, or else the default that `init` wrote into the
/// file.
pub(crate) fn receiver_port(desired: &Desired, asked_for: u16) -> Option<u16> {
    [asked_for, DEFAULT_RECEIVER_PORT]
        .into_iter()
        .find(|port| uses_receiver(desired, *port))
}

/// Whether the workspace posts to the receiver: a webhook, or a variable that webhooks may use, names its address. So
/// only workspaces derived from the sample start one.
pub fn uses_receiver(desired: &Desired, port: u16) -> bool {
    let authority = receiver_authority(port);
    let in_hooks = desired.hooks.values().any(|body| {
        let webhook = body.implementation.as_webhook();
        let prefix = format!("http://{authority}/");
        webhook.is_some_and(|webhook| webhook.url.to_string().starts_with(&prefix))
    });
    let application_variables = desired
        .applications
        .iter()
        .flat_map(|application| application.variables.values());
    let binding_variables = desired
        .bindings
        .iter()
        .flat_map(|binding| binding.variables.values());
    in_hooks
        || application_variables
            .chain(binding_variables)
            .any(|value| *value == authority)
}

fn receiver_authority(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_workspace_whose_webhooks_go_to_the_receiver_and_nowhere_else() {
        for port in [DEFAULT_RECEIVER_PORT, 50_123] {
            let workspace = load(port).unwrap_or_else(|errors| panic!("{errors}"));
            let desired = workspace.desired();
            assert!(uses_receiver(desired, port));
            assert!(!uses_receiver(desired, 50_124));
            let stages: std::collections::BTreeSet<_> = desired
                .bindings
                .iter()
                .map(|binding| binding.stage.definition().family.as_str())
                .collect();
            assert_eq!(stages.len(), 2, "both families have hooks");
            let left_behind = receiver_authority(DEFAULT_RECEIVER_PORT);
            let text = format!("{desired:?}");
            assert_eq!(text.contains(&left_behind), port == DEFAULT_RECEIVER_PORT);
        }
    }
}
