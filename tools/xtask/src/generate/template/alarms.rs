//! Alarms of one stage; optional, because they cost money.

use hookpoint_stages::Stage;

use super::logical_id;

/// Alarms of the stage's function: errors, throttles, latency.
pub(super) fn resources(stage: Stage) -> String {
    let id = logical_id(stage);
    let name = stage.name();
    let count = "      Statistic: Sum
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
";
    let latency = "      ExtendedStatistic: p99
      Unit: Milliseconds
      EvaluationPeriods: 3
      Threshold: 2700
      ComparisonOperator: GreaterThanThreshold
";
    let alarms = [
        (
            "Errors",
            "Errors",
            format!("The function of the stage {name} fails without a response; see its log."),
            count,
        ),
        (
            "Throttles",
            "Throttles",
            format!("Lambda refuses to start the function of the stage {name}."),
            count,
        ),
        (
            "Latency",
            "Duration",
            format!(
                "One event in a hundred at the stage {name} takes longer than 2.7 seconds; at 2.9 its hooks are cut off."
            ),
            latency,
        ),
    ];
    let alarms = alarms.map(|(kind, metric, description, condition)| {
        format!(
            r"  {id}{kind}Alarm:
    Type: AWS::CloudWatch::Alarm
    Condition: UseStageAlarms
    Properties:
      AlarmDescription: {description}
      Namespace: AWS/Lambda
      MetricName: {metric}
      Dimensions:
        - {{ Name: FunctionName, Value: !Ref {id}Function }}
      Period: 300
{condition}      TreatMissingData: notBreaching
      AlarmActions: !If [HasAlarmTopic, [!Ref AlarmTopicArn], !Ref AWS::NoValue]
      OKActions: !If [HasAlarmTopic, [!Ref AlarmTopicArn], !Ref AWS::NoValue]
"
        )
    });
    alarms.concat()
}
