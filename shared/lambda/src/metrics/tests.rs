//! The lines conform to the embedded metric format and have the right values.

use std::{collections::BTreeMap, time::Duration};

use hookpoint_engine::{record::RunRecord, testing::sample};
use hookpoint_stages::Stage;
use serde_json::{Map, Value, json};

use super::*;

const CORRELATION_ID: &str = "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4";
const STARTED: u64 = 1_772_446_272_123;

/// A record with some members replaced.
fn record(changes: Value) -> RunRecord {
    let started = SystemTime::UNIX_EPOCH + Duration::from_millis(STARTED);
    let mut record = sample::run(Stage::AfterRegistration, "shop", started);
    record.correlation_id = CORRELATION_ID.to_owned();
    let mut record: Value = serde_json::from_str(&record.to_json()).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        record[name] = value.clone();
    }
    RunRecord::from_json(&record.to_string()).unwrap()
}

fn delivery(next: &str, result: &str, outcome: &str) -> RunRecord {
    record(json!({
        "mode": "asynchronous",
        "result": result,
        "outcome": outcome,
        "delivery": {"id": "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV", "attempt": 1, "waitedMs": 5, "next": next},
    }))
}

struct Stand {
    metrics: Metrics,
    runs: Arc<RunLog>,
}

impl Stand {
    fn new() -> Self {
        let runs = Arc::new(RunLog::default());
        let metrics = Metrics::new("prod".to_owned(), runs.clone(), Arc::default());
        Self { metrics, runs }
    }

    /// The documents about these records, each checked.
    fn documents(&self, records: impl IntoIterator<Item = RunRecord>) -> Vec<Document> {
        self.runs.push(records);
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(STARTED);
        let lines = String::from_utf8(self.metrics.lines(now)).unwrap();
        assert!(lines.is_empty() || lines.ends_with('\n'));
        lines.lines().map(Document::read).collect()
    }
}

/// A document parsed as CloudWatch does.
#[derive(Debug, PartialEq)]
struct Document {
    /// The number of sets of dimensions.
    sets: usize,
    dimensions: Vec<(String, String)>,
    metrics: BTreeMap<String, (f64, String)>,
    properties: BTreeMap<String, String>,
}

impl Document {
    /// Reads a line by the rules of "Specification: Embedded metric format" in the CloudWatch User Guide.
    fn read(line: &str) -> Self {
        assert!(line.len() < 1_000, "{line}");
        let mut members: Map<String, Value> = serde_json::from_str(line).unwrap();
        let metadata = members.remove("_aws").unwrap();
        assert_eq!(metadata["Timestamp"].as_u64(), Some(STARTED));
        let [directive] = &metadata["CloudWatchMetrics"].as_array().unwrap()[..] else {
            panic!("one directive: {line}");
        };
        assert_eq!(directive["Namespace"], "Hookpoint");
        // Each metric is counted once for each set. The last one has all dimensions here.
        let sets = directive["Dimensions"].as_array().unwrap();
        let sets: Vec<&[Value]> = sets
            .iter()
            .map(|set| set.as_array().unwrap().as_slice())
            .collect();
        let all = *sets.last().unwrap();
        assert!(sets.iter().all(|set| all.starts_with(set)), "{line}");
        let dimensions: Vec<(String, String)> = all
            .iter()
            .map(|name| {
                let name = name.as_str().unwrap();
                let value = members.remove(name).unwrap();
                (name.to_owned(), value.as_str().unwrap().to_owned())
            })
            .collect();
        assert!(dimensions.len() <= 30, "{line}");
        let definitions = directive["Metrics"].as_array().unwrap();
        assert!((1..=100).contains(&definitions.len()), "{line}");
        let metrics = definitions
            .iter()
            .map(|definition| {
                let name = definition["Name"].as_str().unwrap();
                let unit = definition["Unit"].as_str().unwrap();
                assert!(["Count", "Milliseconds"].contains(&unit), "{line}");
                let value = members.remove(name).unwrap().as_f64().unwrap();
                (name.to_owned(), (value, unit.to_owned()))
            })
            .collect();
        let properties = members
            .into_iter()
            .map(|(name, value)| (name, value.as_str().unwrap().to_owned()))
            .collect();
        Self {
            sets: sets.len(),
            dimensions,
            metrics,
            properties,
        }
    }

    fn dimensions(&self) -> Vec<(&str, &str)> {
        let pairs = self.dimensions.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    fn metrics(&self) -> Vec<(&str, f64, &str)> {
        let metrics = self.metrics.iter();
        metrics
            .map(|(name, (value, unit))| (name.as_str(), *value, unit.as_str()))
            .collect()
    }
}

fn of_run(outcome: &str) -> [(&str, &str); 3] {
    [
        ("Stack", "prod"),
        ("Stage", "after-registration"),
        ("Outcome", outcome),
    ]
}

#[test]
fn a_run_is_counted_by_stage_and_outcome_and_found_by_its_names() {
    let stand = Stand::new();
    let dropped = json!([{"path": "claims", "reason": "x"}, {"path": "scopes", "reason": "x"}]);
    let documents = stand.documents([record(json!({})), record(json!({"dropped": dropped}))]);
    let [plain, dropping] = &documents[..] else {
        panic!("one for each run: {documents:?}");
    };
    assert_eq!(plain.dimensions(), of_run("ok"));
    let expected = [("Duration", 1.5, "Milliseconds"), ("Runs", 1.0, "Count")];
    assert_eq!(plain.metrics(), expected);
    let properties = [
        ("Application", "shop"),
        ("CorrelationId", CORRELATION_ID),
        ("Hook", "crm"),
        ("Version", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(plain.properties, BTreeMap::from(properties));
    assert_eq!(dropping.metrics()[0], ("DroppedEffects", 2.0, "Count"));
    assert_eq!(stand.documents([]), [], "each run is counted once");
}

#[test]
fn an_attempt_at_a_delivery_says_what_comes_next() {
    for (next, result, outcome, name) in [
        ("nothing", "ok", "ok", "DeliveriesEnded"),
        ("retry", "failed", "server-error", "DeliveriesRetried"),
        ("dead-letter", "failed", "gone", "DeadLetters"),
    ] {
        let documents = Stand::new().documents([delivery(next, result, outcome)]);
        assert_eq!(documents[0].dimensions(), of_run(outcome));
        let expected = [
            (name, 1.0, "Count"),
            ("Duration", 1.5, "Milliseconds"),
            ("Runs", 1.0, "Count"),
        ];
        let mut metrics = documents[0].metrics();
        metrics.sort_by_key(|(name, ..)| !name.starts_with("De"));
        assert_eq!(metrics, expected);
    }
    // A skipped run has no duration: a zero would make the hook look fast.
    let documents = Stand::new().documents([delivery("nothing", "skipped", "unbound")]);
    let expected = [("DeliveriesEnded", 1.0, "Count"), ("Runs", 1.0, "Count")];
    assert_eq!(documents[0].metrics(), expected);
}

#[test]
fn a_killed_script_is_counted_for_the_stack_too_where_the_alarm_looks() {
    let failed = |outcome| record(json!({"result": "failed", "outcome": outcome}));
    for outcome in ["script-timeout", "script-memory", "script-crash"] {
        let documents = Stand::new().documents([failed(outcome)]);
        assert_eq!(documents.len(), 3, "{outcome}");
        assert_eq!(documents[1].dimensions(), [("Stack", "prod")]);
        assert_eq!(documents[1].metrics(), [("SandboxKills", 1.0, "Count")]);
        assert_eq!(documents[1].properties["Outcome"], outcome);
        assert_eq!(documents[1].properties["Hook"], "crm");
    }
    for outcome in ["script-error", "timeout", "sandbox-unavailable"] {
        let documents = Stand::new().documents([failed(outcome)]);
        assert_eq!(documents.len(), 2, "{outcome}");
        assert!(!documents[1].metrics.contains_key("SandboxKills"));
    }
}

#[test]
fn a_failure_is_counted_for_stack_and_stage_with_what_its_policy_did() {
    for (outcome, policy, expected) in [
        ("timeout", "continued", &["FailedRuns"][..]),
        ("timeout", "denied", &["DeniedByFailure", "FailedRuns"]),
        ("timeout", "fell-back", &["FailedRuns"]),
        ("circuit-open", "continued", &["CircuitOpen", "FailedRuns"]),
        (
            "circuit-open",
            "denied",
            &["CircuitOpen", "DeniedByFailure", "FailedRuns"],
        ),
    ] {
        let failed = record(json!({"result": "failed", "outcome": outcome, "policy": policy}));
        let documents = Stand::new().documents([failed]);
        let failure = &documents[1];
        let of_stage = [("Stack", "prod"), ("Stage", "after-registration")];
        assert_eq!((failure.sets, failure.dimensions()), (2, of_stage.into()));
        let counted = expected.iter().map(|name| (*name, 1.0, "Count"));
        assert_eq!(failure.metrics(), counted.collect::<Vec<_>>());
        assert_eq!(failure.properties["Binding"], "crm");
        assert_eq!(failure.properties["Outcome"], outcome);
    }
    // The failure of a delivery is followed by a retry or a dead letter; both have metrics of their own.
    let documents = Stand::new().documents([delivery("retry", "failed", "timeout")]);
    assert_eq!(documents.len(), 1);
}

#[test]
fn alarms_and_dashboard_look_for_what_is_written() {
    let template = include_str!("../../../../template.yaml");
    let written = include_str!("document.rs");
    for (name, metric) in [
        ("SandboxKills", "SandboxKills"),
        ("FailedRuns", "FailedRuns"),
        ("DeniedByFailure", "DeniedByFailure"),
        ("CircuitOpen", "CircuitOpen"),
        ("StaleCache", "CacheStaleness"),
        ("EscalationFailedRuns", "FailedRuns"),
    ] {
        let alarm = template.split(&format!("  {name}Alarm:")).nth(1).unwrap();
        let alarm = alarm.split("Alarm:\n").next().unwrap();
        for line in [
            "Namespace: Hookpoint\n",
            &format!("MetricName: {metric}\n"),
            "- { Name: Stack, Value: !Ref AWS::StackName }\n",
        ] {
            assert!(alarm.contains(line), "{name}: {line}");
        }
        assert!(written.contains(&format!("\"{metric}\"")), "{metric}");
    }
    let by_outcome = r#"Outcome} MetricName=\""#;
    let by_stage = r#"Stage} MetricName=\""#;
    let by_stack = r#"["Hookpoint",""#;
    for (before, after, count) in [
        (by_outcome, '\\', 6),
        (by_stage, '\\', 3),
        (by_stack, '"', 6),
    ] {
        let names = template.split(before).skip(1);
        let names: Vec<_> = names
            .map(|rest| rest.split(after).next().unwrap())
            .collect();
        assert_eq!(names.len(), count, "{names:?}");
        for name in names {
            assert!(written.contains(&format!("\"{name}\"")), "{name}");
        }
    }
}

#[test]
fn an_outage_of_the_store_is_seen_by_the_age_of_what_serves_and_by_lost_records() {
    let stand = Stand::new();
    assert_eq!(stand.documents([]), [], "no line without a problem");
    for seconds in [12, 59] {
        stand.metrics.staleness.served(Duration::from_secs(seconds));
    }
    let documents = stand.documents([]);
    assert_eq!(documents[0].dimensions(), [("Stack", "prod")]);
    let expected = [("CacheStaleness", 59_000.0, "Milliseconds")];
    assert_eq!(documents[0].metrics(), expected);
    assert_eq!(stand.documents([]), []);

    // More records than the log holds while they cannot be written.
    let more_than_fits = std::iter::repeat_n(record(json!({})), 20_003);
    let documents = stand.documents(more_than_fits);
    assert_eq!(documents.len(), 20_001);
    let expected = [("RecordsLost", 3.0, "Count")];
    assert_eq!(documents[20_000].metrics(), expected);
}

#[test]
fn names_that_are_no_json_do_no_harm() {
    let runs = Arc::new(RunLog::default());
    let stack = "a\"b\\c\n\u{1}\u{2028}";
    let metrics = Metrics::new(stack.to_owned(), runs.clone(), Arc::default());
    runs.push([record(json!({"outcome": "o\"\n"}))]);
    let lines = String::from_utf8(metrics.lines(SystemTime::UNIX_EPOCH)).unwrap();
    assert_eq!(lines.matches('\n').count(), 1);
    let document = Document::read(lines.trim_end());
    assert_eq!(document.dimensions()[0], ("Stack", stack));
    assert_eq!(document.dimensions()[2], ("Outcome", "o\"\n"));
}
