//! Collects questions about one role.

use super::{
    names::{Names, arn},
    people,
    simulator::Question,
};
use crate::template::translation::REGION;

/// The questions about a role.
pub(super) struct Inquiry<'a> {
    role: String,
    names: &'a Names,
    pub(super) questions: Vec<Question>,
}

impl<'a> Inquiry<'a> {
    /// Starts without questions.
    pub(super) fn about(role: &str, names: &'a Names) -> Self {
        Self {
            role: role.to_owned(),
            names,
            questions: Vec::new(),
        }
    }

    /// Asks about a request that names these partitions of a table.
    pub(super) fn ask(
        &mut self,
        action: &'static str,
        resource: &str,
        keys: &[&str],
        is_allowed: bool,
    ) {
        self.questions.push(Question {
            role: self.role.clone(),
            action,
            resource: resource.to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            attributes: Vec::new(),
            application: self.is_author().then_some(people::OWN),
            via: None,
            caller: None,
            is_allowed,
        });
    }

    /// Asks about a request that names these partitions, and these attributes of their items.
    pub(super) fn ask_about(
        &mut self,
        attributes: &[&str],
        action: &'static str,
        resource: &str,
        keys: &[&str],
        is_allowed: bool,
    ) {
        self.ask(action, resource, keys, is_allowed);
        if let Some(question) = self.questions.last_mut() {
            question.attributes = attributes.iter().map(|name| (*name).to_owned()).collect();
        }
    }

    /// Whether the role is that of people with an application in their tag.
    fn is_author(&self) -> bool {
        self.role == "AuthorRole"
    }

    /// Asks about the key, used directly and through each of these services, of which only the first ones are allowed.
    pub(super) fn ask_for_key(&mut self, key: &str) {
        const ALLOWED: [&str; 3] = ["dynamodb", "secretsmanager", "sqs"];
        const USES: [&str; 4] = [
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
        ];
        let is_use = |action| USES.contains(&action);
        for action in USES
            .into_iter()
            .chain(["kms:CreateGrant", "kms:ScheduleKeyDeletion"])
        {
            self.ask(action, key, &[], false);
            self.ask(action, &arn("kms", "key/another"), &[], false);
            for service in ALLOWED.into_iter().chain(["s3", "lambda"]) {
                let is_allowed = ALLOWED.contains(&service) && is_use(action);
                self.ask(action, key, &[], is_allowed);
                if let Some(question) = self.questions.last_mut() {
                    question.via = Some(format!("{service}.{REGION}.amazonaws.com"));
                }
            }
        }
    }

    /// Asks about several actions without partitions.
    pub(super) fn asks(&mut self, actions: &[&'static str], resource: &str, is_allowed: bool) {
        for action in actions {
            self.ask(action, resource, &[], is_allowed);
        }
    }

    /// Resolves a reference in the template.
    pub(super) fn named(&self, reference: &str) -> String {
        self.names.reference(reference)
    }

    /// The table of the stack's functions, created by the stack or not.
    pub(super) fn table(&self) -> String {
        let worker = self.names.properties("HookWorkerFunction");
        let name = &worker["Environment"]["Variables"]["HOOKPOINT_TABLE"];
        match name.as_str() {
            Some(given) => arn("dynamodb", &format!("table/{given}")),
            None => self.named("Table.Arn"),
        }
    }

    /// Whether the functions of the stack send traces.
    pub(super) fn traces(&self) -> bool {
        let worker = self.names.properties("HookWorkerFunction");
        worker["TracingConfig"]["Mode"] == "Active"
    }
}
