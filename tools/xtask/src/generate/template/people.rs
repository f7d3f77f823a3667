//! Roles for people: operators, authors of one application, readers.

use hookpoint_aws::partitions::{
    APPLICATION_BINDINGS, APPLICATIONS, AUDIT, GONE, HOOKS, INDEX, PUBLICATIONS, RUNS,
    STORE_BINDINGS, VERSIONS,
};

use hookpoint_operator::SMOKE_PREFIX;

use super::stage::{TABLE, USE_KEY};

/// The application of an author: a tag of the session, which the trust policy holds to the tag of the person. Doubled
/// so that `Fn::Sub` leaves it to IAM.
const OWN: &str = "${aws:PrincipalTag/application}";
/// Between the application's id and the rest of the name of a hook that its authors may publish.
const SEPARATOR: &str = "__";

/// The three roles.
pub(super) fn resources() -> String {
    [operator(), author(), reader()].join("\n")
}

/// The partitions of what is published.
fn published() -> [String; 8] {
    [
        format!("{APPLICATIONS}*"),
        format!("*#{APPLICATION_BINDINGS}*"),
        format!("*#{STORE_BINDINGS}*"),
        format!("*#{HOOKS}*"),
        format!("{VERSIONS}*"),
        format!("*#{GONE}*"),
        format!("{INDEX}*"),
        format!("{PUBLICATIONS}*"),
    ]
}

fn operator() -> String {
    let published = published();
    // A change and its entry in the audit trail are one transaction. No role deletes entries.
    let mut written = published.to_vec();
    written.push(format!("{AUDIT}*"));
    let mut readable = written.clone();
    readable.push(format!("*#{RUNS}*"));
    let mut removed = without_publications(&published);
    // A trial takes back what it published.
    removed.push(format!("{PUBLICATIONS}{SMOKE_PREFIX}*"));
    role(
        "Operator",
        "Publishes, pauses, makes keys, reads and erases runs and kept events, and redrives. Writes secrets, and reads none.",
        TRUST,
        &[
            on_table("Read", READ, &readable),
            on_table("Publish", PUT, &written),
            on_table("Remove", DELETE, &removed),
            on_table("Erase", DELETE, &[format!("*#{RUNS}*")]),
            OF_QUEUES.to_owned(),
            secrets("${AWS::StackName}/*"),
            DESCRIBE_SECRETS.to_owned(),
            LOGS.to_owned(),
            watch(&["secretsmanager:ListSecrets"]),
        ],
    )
}

fn author() -> String {
    let own = [
        format!("{APPLICATIONS}{OWN}"),
        format!("*#{APPLICATION_BINDINGS}{OWN}"),
        format!("*#{HOOKS}{OWN}{SEPARATOR}*"),
        format!("{VERSIONS}{OWN}{SEPARATOR}*"),
        format!("{PUBLICATIONS}{OWN}"),
    ];
    let mut written = own.to_vec();
    written.push(format!("{AUDIT}{OWN}"));
    let mut readable = written.clone();
    readable.push(format!("*#{GONE}{APPLICATION_BINDINGS}{OWN}"));
    readable.push(format!("*#{RUNS}{OWN}:*"));
    readable.push(format!("{INDEX}*"));
    role(
        "Author",
        "Publishes hooks and bindings of the application in the tag `application`, reads its runs, and writes its secrets.",
        TRUST_BY_TAG,
        &[
            on_table("ReadTheirOwn", READ, &readable),
            on_table("PublishTheirOwn", PUT, &written),
            on_table("RemoveTheirOwn", DELETE, &without_publications(&own)),
            // The lists of applications and hooks have an entry for each, in one partition. A publication of many hooks
            // raises the guard.
            on_table(
                "EnterInTheLists",
                PUT,
                &["applications", "guard", "hooks"].map(|list| format!("{INDEX}{list}")),
            ),
            secrets("${AWS::StackName}/${!aws:PrincipalTag/application}/*"),
        ],
    )
}

/// Publications are part of the audit trail, which stays.
fn without_publications(partitions: &[String]) -> Vec<String> {
    let others = partitions
        .iter()
        .filter(|partition| !partition.starts_with(PUBLICATIONS));
    others.cloned().collect()
}

fn reader() -> String {
    let mut readable = published().to_vec();
    readable.push(format!("{AUDIT}*"));
    // The list of applications with runs, and the eight partitions of each; not those of kept events.
    readable.push(format!("*#{RUNS}"));
    readable.push(format!("*#{RUNS}*:?"));
    role(
        "Reader",
        "Reads what is published, the audit trail, runs and logs; no kept events, no secrets.",
        TRUST,
        &[
            on_table("Read", READ, &readable),
            LOGS.to_owned(),
            watch(&[]),
        ],
    )
}

const READ: &str = "[dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:Query]";
const PUT: &str = "dynamodb:PutItem";
const DELETE: &str = "dynamodb:DeleteItem";

fn on_table(sid: &str, actions: &str, keys: &[String]) -> String {
    let keys = keys
        .iter()
        .map(|key| format!("                      - \"{key}\""));
    let keys = keys.collect::<Vec<_>>().join("\n");
    format!(
        r#"              - Sid: {sid}
                Effect: Allow
                Action: {actions}
{TABLE}                Condition:
                  ForAllValues:StringLike:
                    dynamodb:LeadingKeys:
{keys}
                  "Null": {{ "dynamodb:LeadingKeys": "false" }}
"#
    )
}

fn secrets(names: &str) -> String {
    format!(
        r"              - Sid: WriteSecrets
                Effect: Allow
                Action:
                  - secretsmanager:CreateSecret
                  - secretsmanager:PutSecretValue
                  - secretsmanager:RestoreSecret
                  - secretsmanager:DeleteSecret
                Resource: !Sub arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{names}
"
    )
}

const OF_QUEUES: &str = "              - Sid: WorkOnQueues
                Effect: Allow
                Action:
                  - sqs:ReceiveMessage
                  - sqs:ChangeMessageVisibility
                  - sqs:DeleteMessage
                  - sqs:GetQueueAttributes
                  - sqs:SendMessage
                Resource: [!GetAtt Queue.Arn, !GetAtt DeadLetterQueue.Arn]
";

const LOGS: &str = "              - Sid: ReadLogs
                Effect: Allow
                Action: [logs:FilterLogEvents, logs:GetLogEvents, logs:StartQuery]
                Resource:
                  - !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/hookpoint/${AWS::StackName}/*
                  - !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/vendedlogs/hookpoint/${AWS::StackName}/api
                  - !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/vendedlogs/hookpoint/${AWS::StackName}/api:*
";

/// For the check after a rotation.
const DESCRIBE_SECRETS: &str = "              - Sid: DescribeSecrets
                Effect: Allow
                Action: secretsmanager:DescribeSecret
                Resource: !Sub arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/*
";

/// Alarms, dashboards, metrics, results of queries (by an id that only who asked knows) and others, for all resources.
fn watch(others: &[&str]) -> String {
    let actions = [
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetDashboard",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "logs:DescribeLogGroups",
        "logs:GetQueryResults",
        "logs:StopQuery",
    ];
    let actions = actions.iter().chain(others);
    let actions = actions.map(|action| format!("                  - {action}\n"));
    let actions: String = actions.collect();
    format!(
        "              - Sid: Watch\n                Effect: Allow\n                Action:\n{actions}                Resource: \"*\"\n"
    )
}

/// Anyone in the account whose own policy allows it.
const TRUST: &str = r#"          - Effect: Allow
            Principal: { AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" }
            Action: sts:AssumeRole
"#;

/// The tag of the session must be the one that the person, or their role, has in IAM.
const TRUST_BY_TAG: &str = r#"          - Effect: Allow
            Principal: { AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" }
            Action: [sts:AssumeRole, sts:TagSession]
            Condition:
              StringEquals: { "aws:RequestTag/application": "${aws:PrincipalTag/application}" }
              ForAllValues:StringEquals: { "aws:TagKeys": [application] }
              "Null": { "aws:RequestTag/application": "false" }
"#;

fn role(name: &str, description: &str, trust: &str, statements: &[String]) -> String {
    let policy = name.to_lowercase();
    let statements = statements.concat();
    format!(
        r#"  {name}Role:
    Type: AWS::IAM::Role
    Condition: MakePeopleRoles
    Properties:
      Description: {description}
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
{trust}      Policies:
        - PolicyName: {policy}
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: FindTheInstallation
                Effect: Allow
                Action: cloudformation:DescribeStacks
                Resource: !Sub arn:${{AWS::Partition}}:cloudformation:${{AWS::Region}}:${{AWS::AccountId}}:stack/${{AWS::StackName}}/*
{statements}{USE_KEY}"#
    )
}
