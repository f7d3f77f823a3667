//! The dashboard: the API, the functions by stage, the queue, and Hookpoint's own metrics.

use hookpoint_stages::Stage;
use serde_json::{Value, json};

use super::logical_id;

/// Width of the grid of widgets.
const GRID: usize = 24;
/// Widgets in a row.
const COLUMNS: usize = 3;
/// Height of a widget, in rows of the grid.
const HEIGHT: usize = 6;

/// Logical id of the queue.
const QUEUE: &str = "Queue";
const DEAD_LETTERS: &str = "DeadLetterQueue";

/// A diagram.
struct Widget {
    title: &'static str,
    statistic: &'static str,
    metrics: Vec<Value>,
}

const fn widget(title: &'static str, statistic: &'static str, metrics: Vec<Value>) -> Widget {
    Widget {
        title,
        statistic,
        metrics,
    }
}

/// The dashboard, its body as text with `${…}` references.
pub(super) fn resource() -> String {
    let mut text = String::from(
        "  Dashboard:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardName: !Ref AWS::StackName
      DashboardBody: !Sub |
",
    );
    for line in body().lines() {
        text += &format!("        {line}\n");
    }
    text
}

fn widgets() -> [Widget; 16] {
    [
        widget("Events", "Sum", vec![api("Count"), api("4xx"), api("5xx")]),
        widget(
            "Latency of the API",
            "p99",
            vec![
                with(api("Latency"), json!({"stat": "p50", "label": "p50"})),
                with(api("Latency"), json!({"stat": "p99", "label": "p99"})),
            ],
        ),
        widget(
            "Problems",
            "Maximum",
            vec![
                counted("SandboxKills", "Sum", "scripts killed"),
                counted("RecordsLost", "Sum", "run records lost"),
                counted("CacheStaleness", "Maximum", "staleness, ms"),
                total("DroppedEffects", "effects dropped"),
                of_log("FunctionErrors"),
                of_log("FunctionThrottles"),
            ],
        ),
        widget(
            "Runs by stage and outcome",
            "Sum",
            vec![search(&by_outcome("Runs"), "Sum")],
        ),
        widget(
            "Failed runs by stage",
            "Sum",
            vec![counted("FailedRuns", "Sum", "all"), by_stage("FailedRuns")],
        ),
        widget(
            "Denied because a hook failed, by stage",
            "Sum",
            vec![
                counted("DeniedByFailure", "Sum", "all"),
                by_stage("DeniedByFailure"),
            ],
        ),
        widget(
            "Runs without a call, because the circuit is open",
            "Sum",
            vec![
                counted("CircuitOpen", "Sum", "all"),
                by_stage("CircuitOpen"),
            ],
        ),
        widget(
            "Duration of hooks by stage and outcome, p99",
            "p99",
            vec![search(&by_outcome("Duration"), "p99")],
        ),
        widget(
            "Deliveries by result",
            "Sum",
            vec![
                total("DeliveriesEnded", "over"),
                total("DeliveriesRetried", "retried"),
                total("DeadLetters", "given up"),
                of_log("DeliveriesPutOff"),
            ],
        ),
        widget("Invocations by stage", "Sum", functions("Invocations")),
        widget("Errors by stage", "Sum", functions("Errors")),
        widget("Throttles by stage", "Sum", functions("Throttles")),
        widget("Duration by stage, p99", "p99", functions("Duration")),
        widget(
            "Queue",
            "Maximum",
            vec![
                queue("ApproximateNumberOfMessagesVisible", QUEUE, "waiting"),
                queue(
                    "ApproximateNumberOfMessagesNotVisible",
                    QUEUE,
                    "being delivered",
                ),
                queue("ApproximateNumberOfMessagesDelayed", QUEUE, "delayed"),
                queue(
                    "ApproximateNumberOfMessagesVisible",
                    DEAD_LETTERS,
                    "dead letters",
                ),
            ],
        ),
        widget(
            "Oldest message, seconds",
            "Maximum",
            vec![queue("ApproximateAgeOfOldestMessage", QUEUE, "age")],
        ),
        widget(
            "Worker",
            "Sum",
            vec![worker("Invocations"), worker("Errors"), worker("Throttles")],
        ),
    ]
}

/// The body in JSON, a line for each metric.
fn body() -> String {
    let widgets = widgets();
    let widgets = widgets.iter().enumerate();
    let widgets: Vec<String> = widgets
        .map(|(index, widget)| placed(index, widget))
        .collect();
    format!("{{\"widgets\":[\n{}\n]}}", widgets.join(",\n"))
}

fn placed(index: usize, widget: &Widget) -> String {
    let Widget {
        title,
        statistic,
        metrics,
    } = widget;
    let width = GRID / COLUMNS;
    let x = index % COLUMNS * width;
    let y = index / COLUMNS * HEIGHT;
    let metrics: Vec<String> = metrics.iter().map(|metric| format!("  {metric}")).collect();
    format!(
        r#"{{"type":"metric","x":{x},"y":{y},"width":{width},"height":{HEIGHT},"properties":{{
 "title":"{title}","region":"${{AWS::Region}}","view":"timeSeries","period":300,"stat":"{statistic}","metrics":[
{}]}}}}"#,
        metrics.join(",\n")
    )
}

fn api(metric: &str) -> Value {
    json!([
        "AWS/ApiGateway",
        metric,
        "ApiId",
        "${Api}",
        "Stage",
        "$default"
    ])
}

fn queue(metric: &str, name: &str, label: &str) -> Value {
    let name = format!("${{{name}.QueueName}}");
    json!(["AWS/SQS", metric, "QueueName", name, {"label": label}])
}

fn worker(metric: &str) -> Value {
    json!([
        "AWS/Lambda",
        metric,
        "FunctionName",
        "${HookWorkerFunction}"
    ])
}

/// A metric that the functions write for the stack as a whole.
fn counted(metric: &str, statistic: &str, label: &str) -> Value {
    let options = json!({"stat": statistic, "label": label});
    json!(["Hookpoint", metric, "Stack", "${AWS::StackName}", options])
}

/// A metric derived from a log: the API's access log, or the worker's.
fn of_log(metric: &str) -> Value {
    json!(["Hookpoint/${AWS::StackName}", metric, {"stat": "Sum"}])
}

/// A search term for a metric that the functions write by stage and outcome.
fn by_outcome(metric: &str) -> String {
    format!(
        "{{Hookpoint,Stack,Stage,Outcome}} MetricName=\"{metric}\" Stack=\"${{AWS::StackName}}\""
    )
}

/// A line for each stage that has the metric.
fn by_stage(metric: &str) -> Value {
    let terms =
        format!("{{Hookpoint,Stack,Stage}} MetricName=\"{metric}\" Stack=\"${{AWS::StackName}}\"");
    search(&terms, "Sum")
}

/// A line for each metric found.
fn search(terms: &str, statistic: &str) -> Value {
    json!([{ "expression": format!("SEARCH('{terms}', '{statistic}', 300)") }])
}

/// One line for the sum of all metrics found.
fn total(metric: &str, label: &str) -> Value {
    let terms = by_outcome(metric);
    json!([{ "expression": format!("SUM(SEARCH('{terms}', 'Sum', 300))"), "label": label }])
}

/// A line for each stage's function.
fn functions(metric: &str) -> Vec<Value> {
    let line = |stage: &Stage| {
        let function = format!("${{{}Function}}", logical_id(*stage));
        json!(["AWS/Lambda", metric, "FunctionName", function, {"label": stage.name()}])
    };
    Stage::ALL.iter().map(line).collect()
}

/// A metric with options.
fn with(mut metric: Value, options: Value) -> Value {
    if let Some(metric) = metric.as_array_mut() {
        metric.push(options);
    }
    metric
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_a_line_in_each_widget_over_functions() {
        let body: Value = serde_json::from_str(&body()).unwrap();
        let widgets = body["widgets"].as_array().unwrap();
        let by_stage = widgets.iter().filter(|widget| {
            let properties = &widget["properties"];
            let title = properties["title"].as_str().unwrap();
            title.contains("by stage") && properties["metrics"][0][0] == "AWS/Lambda"
        });
        let by_stage: Vec<&Value> = by_stage.collect();
        assert_eq!(by_stage.len(), 4);
        for widget in by_stage {
            let lines = widget["properties"]["metrics"].as_array().unwrap();
            let labels: Vec<&Value> = lines.iter().map(|line| &line[4]["label"]).collect();
            let stages: Vec<Value> = Stage::ALL.iter().map(|stage| stage.name().into()).collect();
            assert_eq!(labels, stages.iter().collect::<Vec<_>>());
        }
        let places: Vec<_> = widgets
            .iter()
            .map(|widget| (&widget["x"], &widget["y"]))
            .collect();
        assert!((1..places.len()).all(|index| !places[..index].contains(&places[index])));
    }
}
