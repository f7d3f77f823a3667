//! What the checks of the tools find.

use serde_json::Value;

/// What a check finds: a type, and properties that it does not accept.
pub(super) type Wanted = (&'static str, &'static str, fn(&Value) -> bool);

pub(super) const BY_CHECKOV: [Wanted; 10] = [
    ("CKV_AWS_116", FUNCTION, |function| {
        function["DeadLetterConfig"].is_null()
    }),
    ("CKV_AWS_117", FUNCTION, |function| {
        function["VpcConfig"].is_null()
    }),
    ("CKV_AWS_119", TABLE, |table| {
        table["SSESpecification"]["KMSMasterKeyId"].is_null()
    }),
    ("CKV_AWS_149", "AWS::SecretsManager::Secret", |secret| {
        secret["KmsKeyId"].is_null()
    }),
    ("CKV_AWS_158", LOG_GROUP, |group| {
        group["KmsKeyId"].is_null()
    }),
    ("CKV_AWS_173", FUNCTION, |function| {
        function["KmsKeyArn"].is_null()
    }),
    ("CKV_AWS_18", BUCKET, |bucket| {
        bucket["LoggingConfiguration"].is_null()
    }),
    ("CKV_AWS_21", BUCKET, |bucket| {
        bucket["VersioningConfiguration"].is_null()
    }),
    ("CKV_AWS_258", "AWS::Lambda::Url", |url| {
        url["AuthType"] == "NONE"
    }),
    ("CKV_AWS_27", QUEUE, |queue| {
        queue["KmsMasterKeyId"].is_null()
    }),
];

/// It accepts no property whose value depends on a parameter.
pub(super) const BY_CFN_GUARD: [Wanted; 18] = [
    (
        "api_gw_v2_authorization_type_configured_check",
        "AWS::ApiGatewayV2::Route",
        |route| {
            let kind = route["AuthorizationType"].as_str();
            kind.is_none_or(|kind| kind == "NONE")
        },
    ),
    (
        "cloudwatch_alarm_action_check",
        "AWS::CloudWatch::Alarm",
        |alarm| !alarm["AlarmActions"].is_array(),
    ),
    ("cloudwatch_log_group_encrypted_check", LOG_GROUP, |group| {
        !group["KmsKeyId"].is_string()
    }),
    (
        "cloudwatch_log_group_retention_period_check",
        LOG_GROUP,
        |group| {
            let days = group["RetentionInDays"].as_u64();
            days.is_none_or(|days| days < 365)
        },
    ),
    ("dynamodb_table_pitr_enabled_check", TABLE, |table| {
        table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] != true
    }),
    (
        "lambda_function_public_access_prohibited_check",
        "AWS::Lambda::Permission",
        |permission| !permission["SourceArn"].is_string() && permission["SourceAccount"].is_null(),
    ),
    (
        "lambda_function_url_auth_check",
        "AWS::Lambda::Url",
        |url| url["AuthType"] == "NONE",
    ),
    ("lambda_inside_vpc_check", FUNCTION, |function| {
        function["VpcConfig"]["SubnetIds"].is_null()
    }),
    ("s3_bucket_default_encryption_kms_check", BUCKET, |bucket| {
        let rules = &bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"];
        rules[0]["ServerSideEncryptionByDefault"]["SSEAlgorithm"] != "aws:kms"
    }),
    ("s3_bucket_logging_enabled_check", BUCKET, |bucket| {
        bucket["LoggingConfiguration"].is_null()
    }),
    ("s3_bucket_object_lock_enabled_check", BUCKET, |bucket| {
        bucket["ObjectLockEnabled"].is_null()
    }),
    (
        "s3_bucket_policy_ssl_requests_only_check",
        "AWS::S3::BucketPolicy",
        |policy| policy["PolicyDocument"]["Statement"][0]["Resource"][0].is_object(),
    ),
    ("s3_bucket_versioning_enabled_check", BUCKET, |bucket| {
        bucket["VersioningConfiguration"].is_null()
    }),
    ("s3_event_notifications_enabled_check", BUCKET, |bucket| {
        bucket["NotificationConfiguration"].is_null()
    }),
    ("sqs_dlq_check", QUEUE, |queue| {
        queue["RedrivePolicy"].is_null()
    }),
    ("sqs_queue_encrypted_check", QUEUE, |queue| {
        queue["SqsManagedSseEnabled"] != true && !queue["KmsMasterKeyId"].is_string()
    }),
    (
        "step_functions_state_machine_logging_enabled_check",
        MACHINE,
        |machine| machine["LoggingConfiguration"].is_null(),
    ),
    (
        "step_functions_state_machine_tracing_enabled_check",
        MACHINE,
        |machine| machine["TracingConfiguration"].is_null(),
    ),
];

const BUCKET: &str = "AWS::S3::Bucket";
const FUNCTION: &str = "AWS::Lambda::Function";
const LOG_GROUP: &str = "AWS::Logs::LogGroup";
pub(super) const MACHINE: &str = "AWS::StepFunctions::StateMachine";
const QUEUE: &str = "AWS::SQS::Queue";
const TABLE: &str = "AWS::DynamoDB::Table";
