//! Calls a hook, depending on its kind.

use serde_json::{Map, Value};

use super::{HookRun, digits, source_maps::MapOfRun};
use crate::{
    confidential::secret::Secret,
    deadline::Deadline,
    delivery::retry,
    hook::{
        Implementation, ScriptHook,
        outcome::{FailureClass, HookFailure},
    },
    identifier::SecretName,
    ports::{ScriptCall, ScriptReply},
};

/// A hook's response, before its effects are checked.
#[derive(Default)]
pub(super) struct Response {
    pub(super) members: Map<String, Value>,
    pub(super) log: Vec<String>,
    pub(super) status: Option<u16>,
}

impl HookRun<'_> {
    pub(super) async fn call(&self, deadline: Deadline) -> Result<Response, HookFailure> {
        match &self.planned.hook.body.implementation {
            Implementation::Static(hook) => Ok(Response {
                members: hook.response.clone(),
                ..Response::default()
            }),
            Implementation::Webhook(hook) => self.call_webhook(hook, deadline).await,
            Implementation::Script(hook) => self.call_script(hook, deadline).await,
        }
    }

    async fn call_script(
        &self,
        hook: &ScriptHook,
        deadline: Deadline,
    ) -> Result<Response, HookFailure> {
        let (context, planned) = (self.context, self.planned);
        let Some(scripts) = &context.runners.scripts else {
            return Err(HookFailure::new(
                FailureClass::SandboxUnavailable,
                "this process has no sandbox",
            ));
        };
        let secrets = self.secrets_of_script(hook)?;
        let now = context.arrival.current_time();
        let source_map = MapOfRun {
            maps: context.runners.source_maps.as_ref(),
            stage: context.stage,
            hook: &planned.hook,
            now,
        };
        let call = ScriptCall {
            hook: &planned.hook,
            stage: context.stage,
            event: context.event.members(),
            variables: planned.variables(context.application),
            secrets,
            correlation_id: &context.arrival.correlation_id,
            delivery: context.delivery,
            now,
            deadline,
            source_map: &source_map,
            exchanges: &self.exchanges,
        };
        let ScriptReply { mut response, log } = scripts.run(call).await?;
        digits::restore(&mut response, context.event.members());
        Ok(Response {
            members: response,
            log,
            status: None,
        })
    }

    /// The values of the secrets that a script declares. It does not run without those it needs: a gate must not stand
    /// open because its key is missing, and `undefined` must not be sent to a vendor.
    fn secrets_of_script(
        &self,
        hook: &ScriptHook,
    ) -> Result<Vec<(SecretName, Secret)>, HookFailure> {
        let (mut secrets, mut missing) = (Vec::new(), Vec::new());
        for (name, meant) in self.planned.secret_names() {
            match self.secret(meant)? {
                Some(secret) => secrets.push((name.clone(), secret.clone())),
                None if hook.optional_secrets.contains(name) => {}
                None => missing.push(meant),
            }
        }
        match missing[..] {
            [] => Ok(secrets),
            [name] => Err(without_value("secret", name, "the script did not run")),
            [first, ..] => {
                let names: Vec<&str> = missing.iter().map(|name| name.as_str()).collect();
                Err(HookFailure::new(
                    FailureClass::MissingSecret,
                    format!(
                        "secrets `{}` have no value, so the script did not run; {}",
                        names.join("`, `"),
                        setting(first, "the first")
                    ),
                ))
            }
        }
    }

    /// Completes a script's failure with what it waited for: whether a request had no response, whether other runs took
    /// its time, and when to retry.
    pub(super) fn with_waits(&self, failure: HookFailure) -> HookFailure {
        let has_waited = match failure.class {
            FailureClass::ScriptTimeout => {
                self.exchanges.is_unanswered() || self.exchanges.has_waited_for_others()
            }
            FailureClass::ScriptError => self.exchanges.is_unanswered(),
            _ => false,
        };
        let now = self.context.arrival.current_time();
        HookFailure {
            is_retryable: failure.is_retryable || has_waited,
            retry_after: self
                .exchanges
                .retry_after()
                .and_then(|value| retry::retry_after(&value, now)),
            ..failure
        }
    }

    /// The value of a secret, if it has one, or a failure if it cannot be read.
    pub(super) fn secret(&self, name: &SecretName) -> Result<Option<&Secret>, HookFailure> {
        let value = self.context.secrets.get(name);
        value
            .map(Result::as_ref)
            .transpose()
            .map_err(|error| HookFailure::new(FailureClass::SecretsUnavailable, error.to_string()))
    }
}

/// The failure of a hook one of whose secrets has no value.
pub(super) fn without_value(what: &str, name: &SecretName, consequence: &str) -> HookFailure {
    HookFailure::new(
        FailureClass::MissingSecret,
        format!(
            "{what} `{name}` has no value, so {consequence}; {}",
            setting(name, "it")
        ),
    )
}

/// How to give a secret its value.
fn setting(name: &SecretName, what: &str) -> String {
    format!("`hookpoint secrets set {name}` sets {what}, with `--stack` on AWS")
}
