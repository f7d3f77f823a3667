//! Where to look when something is wrong.

use hookpoint_operator::{Check, Finding};
use hookpoint_stages::Stage;

/// Names the logs of a stack, or of functions whose stack is not known.
#[derive(Debug)]
pub(super) struct Place {
    stack: Option<String>,
}

impl Place {
    pub(super) fn new(stack: Option<&str>) -> Self {
        Self {
            stack: stack.map(str::to_owned),
        }
    }

    /// Logs, alarms and sections of the documents, the most useful first.
    pub(super) fn of(&self, stage: Stage, finding: &Finding) -> Vec<String> {
        let function = self.log(&stage.name());
        let alarm = |names: &str| format!("alarms {names}");
        let doc = |section: &str| format!("docs/{section}");
        match (finding.check, finding.status) {
            (Check::Responds, None) => vec![
                "is the URL right, does its name resolve, does a server listen there, and does its certificate match?".to_owned(),
                doc("production.md#address-domain-mutual-tls-cloudfront-and-waf"),
            ],
            (Check::Responds, Some(401 | 403)) => vec![
                "this command posts with ingest keys; with `Authentication` AWS_IAM or JWT, API Gateway refuses them".to_owned(),
                doc("deploy.md#who-may-post-events"),
            ],
            (Check::Responds, Some(404)) => vec![
                "was the template of this version deployed, and is the URL that of the stack?".to_owned(),
                doc("deploy.md#upgrade"),
            ],
            (Check::Responds, Some(429)) => vec![
                "the parameters `ThrottlingRate` and `ThrottlingBurst`".to_owned(),
                doc("deploy.md#parameters"),
            ],
            (Check::Responds, Some(_)) => vec![
                function,
                self.api_log(),
                alarm("ApiErrorsAlarm, FunctionErrorsAlarm, FunctionThrottlesAlarm"),
                doc("production.md#a-bad-day"),
            ],
            (Check::Static, _) => vec![function, doc("errors.md#why-a-hook-failed")],
            (Check::Webhook, _) => vec![
                function,
                "can the function reach the endpoint? `--echo` names another one".to_owned(),
                doc("errors.md#why-a-hook-failed"),
            ],
            (Check::Script, _) => vec![
                function,
                alarm("SandboxKillsAlarm, FailedRunsAlarm"),
                doc("errors.md#why-a-hook-failed"),
                doc("sandbox.md"),
            ],
            (Check::Suspends | Check::Resumes, _) => vec![
                function,
                "the secret `continuation-key` of the stack".to_owned(),
                doc("deploy.md#rotate-the-continuation-key"),
            ],
            (Check::WrongKey, _) => vec![
                "any client can post events: take the API off the net".to_owned(),
                doc("deploy.md#who-may-post-events"),
            ],
            (Check::TooLarge | Check::Malformed, _) => vec![
                self.api_log(),
                doc("errors.md#what-a-caller-gets"),
            ],
            (Check::Delivers, _) => vec![
                self.log("hook-worker"),
                alarm("HookWorkerErrorsAlarm, HookWorkerThrottlesAlarm, QueueAgeAlarm, DeadLettersAlarm"),
                doc("deliveries.md"),
            ],
            (Check::Records, _) => vec![
                function,
                "the metric RecordsLost".to_owned(),
                doc("metrics.md"),
            ],
        }
    }

    fn log(&self, function: &str) -> String {
        match &self.stack {
            Some(stack) => format!("log group /hookpoint/{stack}/{function}"),
            None => format!("the log of the function `{function}`"),
        }
    }

    fn api_log(&self) -> String {
        match &self.stack {
            Some(stack) => format!("log group /aws/vendedlogs/hookpoint/{stack}/api"),
            None => "the access log of the API".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_and_alarm_that_is_named_exists() {
        let documents = [
            ("deploy.md", include_str!("../../../../../docs/deploy.md")),
            (
                "production.md",
                include_str!("../../../../../docs/production.md"),
            ),
            ("errors.md", include_str!("../../../../../docs/errors.md")),
            ("sandbox.md", include_str!("../../../../../docs/sandbox.md")),
            (
                "deliveries.md",
                include_str!("../../../../../docs/deliveries.md"),
            ),
            ("metrics.md", include_str!("../../../../../docs/metrics.md")),
        ];
        let anchor = |heading: &str| -> String {
            let kept = heading.trim_start_matches('#').trim().chars();
            let kept =
                kept.filter(|character| character.is_alphanumeric() || " -".contains(*character));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        };
        let checks = [
            Check::Responds,
            Check::Static,
            Check::Webhook,
            Check::Script,
            Check::Suspends,
            Check::Resumes,
            Check::WrongKey,
            Check::TooLarge,
            Check::Malformed,
            Check::Delivers,
            Check::Records,
        ];
        let statuses = [None, Some(403), Some(404), Some(429), Some(500)];
        let place = Place::new(Some("prod"));
        for (check, status) in checks
            .iter()
            .flat_map(|check| statuses.map(|status| (*check, status)))
        {
            let finding = Finding {
                check,
                status,
                message: String::new(),
            };
            let lines = place.of(Stage::Escalation, &finding);
            let named = lines.iter().filter_map(|line| line.strip_prefix("docs/"));
            assert!(named.clone().count() > 0, "{check}");
            for named in named {
                let (file, section) = named.split_once('#').unwrap_or((named, ""));
                let document = documents.iter().find(|(name, _)| *name == file).unwrap().1;
                let mut headings = document.lines().filter(|line| line.starts_with('#'));
                let has = section.is_empty() || headings.any(|heading| anchor(heading) == section);
                assert!(has, "{named}");
            }
            for alarms in lines.iter().filter_map(|line| line.strip_prefix("alarms ")) {
                for alarm in alarms.split(", ") {
                    assert!(documents[0].1.contains(&format!("`{alarm}`")), "{alarm}");
                }
            }
        }
    }
}
