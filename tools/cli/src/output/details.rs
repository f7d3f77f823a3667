//! Details of a delivery, a name and a value on each line.

use hookpoint_engine::delivery::job::Job;
use serde_json::Value;

use super::{BOLD, DIM, paint, pretty, printable};
use crate::moment;

/// Lines of details, in order.
#[derive(Default)]
pub(crate) struct Details(Vec<String>);

impl Details {
    /// Adds a detail. A line without a name continues the one above.
    pub(crate) fn line(&mut self, name: &str, value: &str) {
        let name = paint(DIM, &format!("{name:<12}"));
        self.0.push(format!("{name}  {}", printable(value)));
    }

    /// The lines, and below them what a job says of itself and its event.
    pub(crate) fn with_job(mut self, job: &Job, attempts: &str) -> String {
        self.line("application", job.application.as_str());
        self.line("stage", job.stage.id());
        self.line("hook", &format!("{} v{}", job.hook.name, job.hook.version));
        self.line("binding", &format!("{} on {}", job.binding, job.target));
        self.line("event", &job.correlation_id);
        self.line("accepted", &moment::milliseconds(job.accepted()));
        self.line(attempts, &job.attempt.to_string());
        self.with_section("the event", &pretty(&Value::Object(job.event.clone())))
    }

    /// The lines, and below them a text that is ready to print.
    pub(crate) fn with_section(self, title: &str, text: &str) -> String {
        format!("{}\n\n{}\n{text}", self.render(), paint(BOLD, title))
    }

    pub(crate) fn render(&self) -> String {
        self.0.join("\n")
    }
}
