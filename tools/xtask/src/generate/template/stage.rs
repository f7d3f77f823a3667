//! The resources of a stage: log group, role, function, and its route from the API.

use hookpoint_aws::partitions::{
    APPLICATION_BINDINGS, APPLICATIONS, HOOKS, IDEMPOTENCY, RUNS, STORE_BINDINGS,
};
use hookpoint_engine::event::route;
use hookpoint_stages::{ModeRule, Stage};

use super::{alarms, logical_id};

/// The resources of a stage except its alarms, after those of the one `before` it.
pub(super) fn resources(stage: Stage, before: Option<Stage>) -> anyhow::Result<String> {
    let id = logical_id(stage);
    let name = stage.name();
    // The permission comes first, so that API Gateway may call what the integration names.
    let after = before.map_or_else(String::new, |before| {
        format!("{}Route, ", logical_id(before))
    });
    let brakes = alarms::BRAKES.map(|kind| format!("!Ref {id}{kind}Alarm"));
    let brakes = brakes.join(", ");
    // A JSON string is a YAML string, whatever is in it.
    let summary = serde_json::to_string(stage.definition().summary)?;
    Ok(format!(
        r#"  {id}Function:
    Type: AWS::Serverless::Function
    Metadata:
      SkipBuild: true
    Properties:
      Description: {summary}
      CodeUri: target/lambda/{name}/
      Role: !GetAtt {id}Role.Arn
      LoggingConfig:
        LogGroup: !Ref {id}LogGroup
      AutoPublishCodeSha256: !Ref Release
      DeploymentPreference:
        Alarms: !If
          - UseStageAlarms
          - [{brakes}, !Ref ApiErrorsAlarm]
          - - !If [UseAlarms, !Ref ApiErrorsAlarm, !Ref AWS::NoValue]
            - !If [UseAlarms, !Ref FunctionErrorsAlarm, !Ref AWS::NoValue]
            - !If [UseAlarms, !Ref FunctionThrottlesAlarm, !Ref AWS::NoValue]
            - !If [UseAlarms, !Ref FailedRunsAlarm, !Ref AWS::NoValue]
      ReservedConcurrentExecutions: !If [{id}IsReserved, !Ref ReservedConcurrency, !Ref AWS::NoValue]
      ProvisionedConcurrencyConfig: !If
        - {id}IsProvisioned
        - ProvisionedConcurrentExecutions: !Ref ProvisionedConcurrency
        - !Ref AWS::NoValue
  {id}LogGroup:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /hookpoint/${{AWS::StackName}}/{name}
      RetentionInDays: !Ref LogRetentionDays
      KmsKeyId: !If [UseKey, !Ref KmsKeyArn, !Ref AWS::NoValue]
{role}  {id}Route:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: POST {route}
      Target: !Sub integrations/${{{id}Integration}}
      AuthorizationType: !If [UseJwt, JWT, !If [UseIam, AWS_IAM, NONE]]
      AuthorizerId: !If [UseJwt, !Ref JwtAuthorizer, !Ref AWS::NoValue]
  {id}Integration:
    Type: AWS::ApiGatewayV2::Integration
    DependsOn: [{after}{id}Permission]
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !If [UseRelease, !Ref {id}Function.Alias, !GetAtt {id}Function.Arn]
      PayloadFormatVersion: "2.0"
      TimeoutInMillis: 12000
  {id}Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !If [UseRelease, !Ref {id}Function.Alias, !Ref {id}Function]
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{Api}}/*/POST{any_application}
"#,
        role = role(stage, &id, &name),
        route = route::path("{applicationId}", &name),
        any_application = route::path("*", &name),
    ))
}

/// Conditions: whether the stage has reserved, and provisioned, concurrency.
pub(super) fn conditions(stage: Stage) -> String {
    let id = logical_id(stage);
    let is_listed = |parameter| is_listed(&stage.name(), parameter);
    format!(
        r#"  {id}IsReserved: !And
    - !Not [!Equals [!Ref ReservedConcurrency, 0]]
    - !Or
      - !Equals [!Join ["", !Ref ReservedStages], ""]
      - {reserved}
  {id}IsProvisioned: {provisioned}
"#,
        reserved = is_listed("ReservedStages"),
        provisioned = is_listed("ProvisionedStages"),
    )
}

/// A condition that a list contains a name. CloudFormation has no such function outside of rules, but a text that
/// contains the name changes when it is split there.
fn is_listed(name: &str, parameter: &str) -> String {
    let list = format!(r#"!Join ["", [",", !Join [",", !Ref {parameter}], ","]]"#);
    format!(r#"!Not [!Equals [!Join ["", !Split [",{name},", {list}]], {list}]]"#)
}

/// The role of a stage, limited to its own partitions.
fn role(stage: Stage, id: &str, name: &str) -> String {
    let queue = match stage.definition().mode {
        ModeRule::SynchronousOnly => "",
        ModeRule::SynchronousByDefault | ModeRule::AsynchronousOnly => SEND_JOBS,
    };
    format!(
        r#"  {id}Role:
    Type: AWS::IAM::Role
    Properties:
      Description: Runs the hooks of the stage {name} and cannot read those of another.
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{ Service: lambda.amazonaws.com }}
            Action: sts:AssumeRole
      ManagedPolicyArns: !If
        - UseVpc
        - [!Sub "arn:${{AWS::Partition}}:iam::aws:policy/service-role/AWSLambdaENIManagementAccess"]
        - !Ref AWS::NoValue
      Policies:
        - PolicyName: {name}
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: ReadWhatIsPublished
                Effect: Allow
                Action: [dynamodb:GetItem, dynamodb:Query]
{TABLE}                Condition:
                  ForAllValues:StringLike:
                    dynamodb:LeadingKeys:
                      - {APPLICATIONS}*
                      - {name}#{APPLICATION_BINDINGS}*
                      - {name}#{STORE_BINDINGS}*
                      - {name}#{HOOKS}*
                  "Null": {{ "dynamodb:LeadingKeys": "false" }}
              - Sid: WriteRuns
                Effect: Allow
                Action: dynamodb:BatchWriteItem
{TABLE}                Condition:
                  ForAllValues:StringLike:
                    dynamodb:LeadingKeys: ["{name}#{RUNS}*"]
                  "Null": {{ "dynamodb:LeadingKeys": "false" }}
              - Sid: KeepAnswers
                Effect: Allow
                Action: [dynamodb:GetItem, dynamodb:PutItem, dynamodb:DeleteItem]
{TABLE}                Condition:
                  ForAllValues:StringLike:
                    dynamodb:LeadingKeys: ["{name}#{IDEMPOTENCY}*"]
                  "Null": {{ "dynamodb:LeadingKeys": "false" }}
{queue}              - Sid: ReadSecrets
                Effect: Allow
                Action: secretsmanager:GetSecretValue
                Resource: !Sub arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:${{AWS::StackName}}/*
              - Sid: WriteLogs
                Effect: Allow
                Action: [logs:CreateLogStream, logs:PutLogEvents]
                Resource: !GetAtt {id}LogGroup.Arn
{USE_KEY}              - !If
                - UseTracing
                - Sid: SendTraces
                  Effect: Allow
                  Action: [xray:PutTraceSegments, xray:PutTelemetryRecords]
                  Resource: "*"
                - !Ref AWS::NoValue
"#
    )
}

/// The `Resource` of statements about the table.
pub(super) const TABLE: &str = "                Resource: !If
                  - MakeTable
                  - !GetAtt Table.Arn
                  - !Sub arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${ExistingTable}
";

/// The statement about a key of the customer's.
pub(super) const USE_KEY: &str = "              - !If
                - UseKey
                - Sid: UseTheKey
                  Effect: Allow
                  Action: [kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey]
                  Resource: !Ref KmsKeyArn
                  Condition:
                    StringEquals:
                      kms:ViaService:
                        - !Sub dynamodb.${AWS::Region}.amazonaws.com
                        - !Sub secretsmanager.${AWS::Region}.amazonaws.com
                        - !Sub sqs.${AWS::Region}.amazonaws.com
                - !Ref AWS::NoValue
";

/// For stages with asynchronous hooks.
const SEND_JOBS: &str = "              - Sid: QueueDeliveries
                Effect: Allow
                Action: sqs:SendMessage
                Resource: !GetAtt Queue.Arn
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_names_no_partition_of_another_stage_and_sends_only_where_hooks_may_be_asynchronous() {
        for stage in Stage::ALL {
            let text = resources(*stage, None).unwrap();
            let partitions = text.lines().flat_map(|line| line.split(['"', ' ']));
            let foreign = partitions
                .filter(|word| word.contains('#') && !word.starts_with(APPLICATIONS))
                .find(|word| !word.starts_with(&format!("{}#", stage.name())));
            assert_eq!(foreign, None, "{stage}");
            assert_eq!(
                text.contains("sqs:SendMessage"),
                stage.definition().mode != ModeRule::SynchronousOnly,
                "{stage}"
            );
        }
    }
}
