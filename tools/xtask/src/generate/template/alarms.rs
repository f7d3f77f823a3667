//! Alarms of one stage; optional, because they cost money.

use hookpoint_stages::Stage;

use super::logical_id;

/// The suffixes of the logical ids of a stage's alarms.
const ALARMS: [&str; 4] = ["Errors", "Throttles", "Latency", "FailedRuns"];

/// Those that stop a gradual deployment.
pub(super) const BRAKES: [&str; 3] = ["Errors", "Throttles", "FailedRuns"];

/// Alarms of the stage: its function's errors, throttles and latency, and its failed hooks.
pub(super) fn resources(stage: Stage) -> String {
    let id = logical_id(stage);
    let name = stage.name();
    let function = format!("        - {{ Name: FunctionName, Value: !Ref {id}Function }}\n");
    let of_stage = format!(
        "        - {{ Name: Stack, Value: !Ref AWS::StackName }}\n        - {{ Name: Stage, Value: {name} }}\n"
    );
    // Within a minute: a gradual deployment must hear of these while few events get the new version.
    let count = "      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
";
    let latency = "      ExtendedStatistic: p99
      Unit: Milliseconds
      Period: 300
      EvaluationPeriods: 3
      Threshold: 2700
      ComparisonOperator: GreaterThanThreshold
";
    // Some hooks fail on any day: one alone stops no deployment.
    let several = "      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 5
      ComparisonOperator: GreaterThanOrEqualToThreshold
";
    let alarms = [
        (
            "AWS/Lambda",
            "Errors",
            &function,
            format!("The function of the stage {name} fails without a response; see its log."),
            count,
        ),
        (
            "AWS/Lambda",
            "Throttles",
            &function,
            format!("Lambda refuses to start the function of the stage {name}."),
            count,
        ),
        (
            "AWS/Lambda",
            "Duration",
            &function,
            format!(
                "One event in a hundred at the stage {name} takes longer than 2.7 seconds; at 2.9 its hooks are cut off."
            ),
            latency,
        ),
        (
            "Hookpoint",
            "FailedRuns",
            &of_stage,
            format!(
                "Hooks of the stage {name} fail, and their failure policies decide in their place; `hookpoint runs list` shows why."
            ),
            several,
        ),
    ];
    let alarms = ALARMS.into_iter().zip(alarms);
    let alarms = alarms.map(
        |(kind, (namespace, metric, dimensions, description, condition))| {
            format!(
                r"  {id}{kind}Alarm:
    Type: AWS::CloudWatch::Alarm
    Condition: UseStageAlarms
    Properties:
      AlarmDescription: {description}
      Namespace: {namespace}
      MetricName: {metric}
      Dimensions:
{dimensions}{condition}      TreatMissingData: notBreaching
      AlarmActions: !If [HasAlarmTopic, [!Ref AlarmTopicArn], !Ref AWS::NoValue]
      OKActions: !If [HasAlarmTopic, [!Ref AlarmTopicArn], !Ref AWS::NoValue]
"
            )
        },
    );
    alarms.collect()
}
