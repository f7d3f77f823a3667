//! Roles for people: operators, authors of one application, readers.

use hookpoint_aws::partitions::{
    APPLICATION_BINDINGS, APPLICATIONS, AUDIT, GONE, HOOKS, INDEX, PUBLICATIONS, RUNS,
    STORE_BINDINGS, VERSIONS,
};

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
    let mut readable = published.to_vec();
    readable.extend([format!("{AUDIT}*"), format!("*#{RUNS}*")]);
    // Publications are part of the audit trail, which stays.
    let mut removed = published.to_vec();
    removed.retain(|partition| !partition.starts_with(PUBLICATIONS));
    // Only workers mark endpoints as gone.
    let gone = format!("*#{GONE}*");
    written.retain(|partition| *partition != gone);
    role(
        "Operator",
        "Publishes, pauses, makes keys, reads and erases runs and kept events, and redrives. Writes secrets, and reads none.",
        TRUST,
        &[
            on_table("Read", READ, &readable),
            on_table("Publish", PUT, &written),
            raise_revision(&format!("{APPLICATIONS}*")),
            on_table("Remove", DELETE, &removed),
            on_table("Erase", DELETE, &[format!("*#{RUNS}*")]),
            keep_the_trail(),
            OF_QUEUES.to_owned(),
            secrets("${AWS::StackName}/*"),
            DESCRIBE_SECRETS.to_owned(),
            LOGS.to_owned(),
            watch(&["secretsmanager:ListSecrets"]),
        ],
    )
}

/// An application's item has its ingest keys: authors read it and raise its revision, and do not write it.
fn author() -> String {
    let bindings = format!("*#{APPLICATION_BINDINGS}{OWN}");
    let own = [
        bindings.clone(),
        format!("*#{HOOKS}{OWN}{SEPARATOR}*"),
        format!("{VERSIONS}{OWN}{SEPARATOR}*"),
        format!("{PUBLICATIONS}{OWN}"),
        format!("{AUDIT}{OWN}"),
    ];
    let mut readable = own.to_vec();
    readable.push(format!("{APPLICATIONS}{OWN}"));
    readable.push(format!("*#{GONE}{APPLICATION_BINDINGS}{OWN}"));
    readable.push(format!("*#{RUNS}{OWN}:*"));
    readable.push(format!("{INDEX}*"));
    // The lists of applications and hooks have an entry for each, in one partition. A publication of many hooks raises the
    // guard. All of a transaction is in one statement, whether IAM looks at its writes one by one or together.
    let lists = ["applications", "guard", "hooks"].map(|list| format!("{INDEX}{list}"));
    let mut written = own.to_vec();
    written.extend(lists);
    role(
        "Author",
        "Publishes hooks and bindings of the application in the tag `application`, reads its runs, and writes its secrets.",
        TRUST_BY_TAG,
        &[
            on_table("ReadTheirOwn", READ, &readable),
            on_table("PublishTheirOwn", PUT, &written),
            raise_revision(&format!("{APPLICATIONS}{OWN}")),
            on_table("RemoveTheirOwn", DELETE, &[bindings]),
            secrets("${AWS::StackName}/${!aws:PrincipalTag/application}/*"),
        ],
    )
}

/// Allows setting the revision of applications, which a publication of their bindings does, and no other attribute.
fn raise_revision(applications: &str) -> String {
    format!(
        r#"              - Sid: RaiseRevision
                Effect: Allow
                Action: dynamodb:UpdateItem
{TABLE}                Condition:
                  ForAllValues:StringLike:
                    dynamodb:LeadingKeys:
                      - "{applications}"
                  ForAllValues:StringEquals:
                    dynamodb:Attributes: [pk, sk, revision]
                  "Null": {{ "dynamodb:LeadingKeys": "false", "dynamodb:Attributes": "false" }}
"#
    )
}

/// Denies deleting entries of the audit trail, whatever else is allowed: the pattern of stores' bindings includes publications to
/// stores.
fn keep_the_trail() -> String {
    let kept = listed(&[format!("{AUDIT}*"), format!("{PUBLICATIONS}*")]);
    format!(
        r#"              - Sid: KeepTheTrail
                Effect: Deny
                Action: {DELETE}
                Resource: "*"
                Condition:
                  ForAnyValue:StringLike:
                    dynamodb:LeadingKeys:
{kept}
"#
    )
}

fn reader() -> String {
    let mut readable = published().to_vec();
    // What stages run is the same as the canonical versions.
    let copies = format!("*#{HOOKS}*");
    readable.retain(|partition| *partition != copies);
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

fn listed(keys: &[String]) -> String {
    let keys = keys
        .iter()
        .map(|key| format!("                      - \"{key}\""));
    keys.collect::<Vec<_>>().join("\n")
}

fn on_table(sid: &str, actions: &str, keys: &[String]) -> String {
    let keys = listed(keys);
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

/// The tag of the session must be the one that the person, or their role, has in IAM. A tag that is missing on either side equals
/// none.
const TRUST_BY_TAG: &str = r#"          - Effect: Allow
            Principal: { AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" }
            Action: [sts:AssumeRole, sts:TagSession]
            Condition:
              StringEquals: { "aws:RequestTag/application": "${aws:PrincipalTag/application}" }
              ForAllValues:StringEquals: { "aws:TagKeys": [application] }
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
