//! Collects questions about one role.

use super::{
    names::{Names, arn},
    simulator::Question,
};

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
            is_allowed,
        });
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
