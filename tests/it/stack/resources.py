"""The types of resources that the deployment has: how each is found by its service, and how those are made that CloudFormation of the
emulator does not know."""

import ast
import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import boto3

dynamodb = boto3.client("dynamodb")
sqs = boto3.client("sqs")
iam = boto3.client("iam")
functions = boto3.client("lambda")
logs = boto3.client("logs")
secrets = boto3.client("secretsmanager")
gateway = boto3.client("apigatewayv2")
cloudwatch = boto3.client("cloudwatch")
deploy = boto3.client("codedeploy")


def coerced(actual, expected):
    """Compares values: CloudFormation and services may represent a number as text."""
    if isinstance(expected, str) and isinstance(actual, bool):
        return str(actual).lower()
    if isinstance(expected, str) and isinstance(actual, (int, float)):
        return f"{actual:g}"
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {key: coerced(actual.get(key), value) for key, value in expected.items()}
    if isinstance(expected, list) and isinstance(actual, list) and len(actual) == len(expected):
        return [coerced(item, value) for item, value in zip(actual, expected)]
    return actual


def some(properties, *names):
    return {name: properties[name] for name in names if name in properties}


def shaped(value, shape):
    """The arguments of an operation from properties of the same names: numbers and booleans may be text in a template."""
    if shape.type_name == "structure":
        unknown = value.keys() - shape.members.keys()
        assert not unknown, f"{shape.name} has no {sorted(unknown)}"
        return {key: shaped(item, shape.members[key]) for key, item in value.items()}
    if shape.type_name == "list":
        return [shaped(item, shape.member) for item in value]
    if shape.type_name in ("integer", "long"):
        return int(value)
    if shape.type_name in ("double", "float"):
        return float(value)
    if shape.type_name == "boolean":
        return value if isinstance(value, bool) else {"true": True, "false": False}[value]
    return value


def call(client, method, **values):
    operation = client.meta.method_to_api_mapping[method]
    shape = client.meta.service_model.operation_model(operation).input_shape
    return getattr(client, method)(**shaped(values, shape))


@dataclass
class Listed:
    """A type of resource."""

    # Physical id and properties → what the service returns, and which part must match the template.
    find: Callable
    # Name and properties → physical id.
    make: Callable = None


def find_table(name, properties):
    """The emulator creates the table without two of its properties; they are set here. It does not support encryption."""
    call(dynamodb, "update_time_to_live", TableName=name, **some(properties, "TimeToLiveSpecification"))
    call(dynamodb, "update_continuous_backups", TableName=name, **some(properties, "PointInTimeRecoverySpecification"))
    found = dynamodb.describe_table(TableName=name)["Table"]
    lifetime = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert lifetime["TimeToLiveStatus"] == "ENABLED", lifetime
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED", backups
    assert found["BillingModeSummary"]["BillingMode"] == properties["BillingMode"]
    found["TimeToLive"] = lifetime["AttributeName"]
    expected = some(properties, "AttributeDefinitions", "KeySchema", "DeletionProtectionEnabled")
    return found, expected | {"TimeToLive": properties["TimeToLiveSpecification"]["AttributeName"]}


def find_queue(url, properties):
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    names = ["FifoQueue", "DeduplicationScope", "FifoThroughputLimit", "MessageRetentionPeriod", "VisibilityTimeout"]
    expected = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in some(properties, *names).items()
    }
    # SQS accepts and returns these in one spelling only.
    expected |= some(properties, "DeduplicationScope", "FifoThroughputLimit")
    if "RedrivePolicy" in properties:
        found["RedrivePolicy"] = json.loads(found["RedrivePolicy"])
        expected["RedrivePolicy"] = properties["RedrivePolicy"]
    if "QueueName" in properties:
        found["QueueName"] = url.rsplit("/", 1)[1]
        expected["QueueName"] = properties["QueueName"]
    return found, expected


def as_emulated(policies):
    """In CloudFormation the ARN of a log group ends in `:*`, its streams; the emulator omits that."""
    policies = copy.deepcopy(policies)
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            if isinstance(statement["Resource"], str):
                statement["Resource"] = re.sub("(:log-group:[^:]*):[*]$", r"\1", statement["Resource"])
    return policies


def find_role(name, properties):
    found = iam.get_role(RoleName=name)["Role"]
    found["Policies"] = []
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        # The emulator stores policies as Python text, with `None` for `AWS::NoValue`.
        document = ast.literal_eval(document) if isinstance(document, str) else document
        document["Statement"] = [statement for statement in document["Statement"] if statement is not None]
        found["Policies"].append({"PolicyName": policy, "PolicyDocument": document})
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    # The emulator has no AWS-managed policies.
    assert {policy["PolicyArn"] for policy in attached} <= set(properties.get("ManagedPolicyArns", [])), attached
    expected = some(properties, "AssumeRolePolicyDocument", "Policies")
    return found, expected | {"Policies": as_emulated(properties.get("Policies", []))}


def find_function(name, properties):
    found = functions.get_function_configuration(FunctionName=name)
    names = ["Role", "Runtime", "Handler", "MemorySize", "Timeout", "Environment", "Description"]
    return found, some(properties, *names)


def make_version(_, properties):
    version = call(functions, "publish_version", **properties)
    return f"{version['FunctionName']}:{version['Version']}"


def find_version(identity, properties):
    function, version = identity.split(":")
    versions = functions.list_versions_by_function(FunctionName=function)["Versions"]
    return next(found for found in versions if found["Version"] == version), some(properties, "FunctionName")


def make_alias(_, properties):
    return call(functions, "create_alias", **properties)["AliasArn"]


def find_alias(arn, properties):
    function, name = arn.rsplit(":", 2)[1:]
    return functions.get_alias(FunctionName=function, Name=name), some(properties, "Name", "FunctionVersion")


def make_mapping(_, properties):
    identity = call(functions, "create_event_source_mapping", **properties)["UUID"]
    # The emulator would start a container for each message.
    functions.update_event_source_mapping(UUID=identity, Enabled=False)
    return identity


def find_mapping(identity, properties):
    found = functions.get_event_source_mapping(UUID=identity)
    # The emulator names the version that an alias has.
    wanted = functions.get_function_configuration(FunctionName=properties["FunctionName"])
    assert found["FunctionArn"] == wanted["FunctionArn"], found
    return found, some(properties, "EventSourceArn", "BatchSize", "FunctionResponseTypes")


def make_permission(name, properties):
    call(functions, "add_permission", StatementId=name, **properties)
    return name


def find_permission(_, properties):
    function = properties["FunctionName"]
    policy = json.loads(functions.get_policy(FunctionName=function)["Policy"])
    statements = policy["Statement"]
    assert len(statements) == 1, statements
    return statements[0] | {"FunctionName": function}, some(properties, "Action", "FunctionName")


def find_log_group(name, properties):
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    found = next(group for group in groups if group["logGroupName"] == name)
    return found, {"logGroupName": properties["LogGroupName"], "retentionInDays": properties["RetentionInDays"]}


def find_dashboard(name, properties):
    found = cloudwatch.get_dashboard(DashboardName=name)
    found["Widgets"] = json.loads(found["DashboardBody"])["widgets"]
    return found, {"DashboardName": properties["DashboardName"], "DashboardBody": properties["DashboardBody"]}


def make_secret(_, properties):
    """Implements `GenerateSecretString`."""
    wanted = properties["GenerateSecretString"]
    value = call(secrets, "get_random_password", **wanted)["RandomPassword"]
    assert len(value) == wanted["PasswordLength"], value
    return secrets.create_secret(
        Name=properties["Name"], Description=properties["Description"], SecretString=value
    )["ARN"]


def find_secret(arn, properties):
    return secrets.describe_secret(SecretId=arn), some(properties, "Name", "Description")


def gateway_part(create, get, identity):
    """A part of the HTTP API; its properties are the parameters of the operation that creates it."""

    def make(_, properties):
        return call(gateway, create, **properties)[identity]

    def find(physical_id, properties):
        found = getattr(gateway, get)(**{identity: physical_id, "ApiId": properties["ApiId"]})
        found.setdefault("ApiId", properties["ApiId"])
        return found, properties

    return Listed(find, make=make)


def make_api(_, properties):
    return call(gateway, "create_api", **properties)["ApiId"]


def find_api(identity, properties):
    return gateway.get_api(ApiId=identity), properties


def make_domain(_, properties):
    return call(gateway, "create_domain_name", **properties)["DomainName"]


def find_domain(name, properties):
    found = gateway.get_domain_name(DomainName=name)
    return found, some(properties, "DomainName", "MutualTlsAuthentication")


def make_mapping_of_domain(_, properties):
    return call(gateway, "create_api_mapping", **properties)["ApiMappingId"]


def find_mapping_of_domain(identity, properties):
    found = gateway.get_api_mapping(ApiMappingId=identity, DomainName=properties["DomainName"])
    return found, some(properties, "ApiId", "Stage")


def make_alarm(name, properties):
    call(cloudwatch, "put_metric_alarm", AlarmName=name, **properties)
    return name


def find_alarm(name, properties):
    return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0], properties


def lower(node):
    if isinstance(node, dict):
        return {key[0].lower() + key[1:]: lower(value) for key, value in node.items()}
    return [lower(item) for item in node] if isinstance(node, list) else node


def make_application(name, properties):
    call(deploy, "create_application", applicationName=name, **lower(properties))
    return name


def find_application(name, properties):
    return deploy.get_application(applicationName=name)["application"], lower(properties)


def make_group(name, properties):
    call(deploy, "create_deployment_group", deploymentGroupName=name, **lower(properties))
    return name


def find_group(name, properties):
    application = properties["ApplicationName"]
    found = deploy.get_deployment_group(applicationName=application, deploymentGroupName=name)
    # The emulator keeps neither alarms nor rollbacks; the tests of the template look at them.
    kept = some(properties, "ApplicationName", "DeploymentConfigName", "DeploymentStyle", "ServiceRoleArn")
    return found["deploymentGroupInfo"], lower(kept)


def make_metric_filter(name, properties):
    call(logs, "put_metric_filter", filterName=name, **lower(properties))
    return name


def find_metric_filter(name, properties):
    group = properties["LogGroupName"]
    found = logs.describe_metric_filters(logGroupName=group, filterNamePrefix=name)["metricFilters"]
    assert len(found) == 1, found
    return found[0], lower(properties)


# Types that the emulator's CloudFormation creates.
EMULATED = {
    "AWS::CloudWatch::Dashboard": Listed(find_dashboard),
    "AWS::DynamoDB::Table": Listed(find_table),
    "AWS::IAM::Role": Listed(find_role),
    "AWS::Lambda::EventSourceMapping": Listed(find_mapping, make=make_mapping),
    "AWS::Lambda::Function": Listed(find_function),
    "AWS::Lambda::Permission": Listed(find_permission, make=make_permission),
    "AWS::Logs::LogGroup": Listed(find_log_group),
    "AWS::SQS::Queue": Listed(find_queue),
}
# Types it does not support, created by API.
EXEMPT = {
    "AWS::ApiGatewayV2::Api": Listed(find_api, make=make_api),
    "AWS::ApiGatewayV2::ApiMapping": Listed(find_mapping_of_domain, make=make_mapping_of_domain),
    "AWS::ApiGatewayV2::DomainName": Listed(find_domain, make=make_domain),
    "AWS::ApiGatewayV2::Authorizer": gateway_part("create_authorizer", "get_authorizer", "AuthorizerId"),
    "AWS::ApiGatewayV2::Integration": gateway_part("create_integration", "get_integration", "IntegrationId"),
    "AWS::ApiGatewayV2::Route": gateway_part("create_route", "get_route", "RouteId"),
    "AWS::ApiGatewayV2::Stage": gateway_part("create_stage", "get_stage", "StageName"),
    "AWS::CloudWatch::Alarm": Listed(find_alarm, make=make_alarm),
    "AWS::CodeDeploy::Application": Listed(find_application, make=make_application),
    "AWS::CodeDeploy::DeploymentGroup": Listed(find_group, make=make_group),
    "AWS::Lambda::Alias": Listed(find_alias, make=make_alias),
    "AWS::Lambda::Version": Listed(find_version, make=make_version),
    "AWS::Logs::MetricFilter": Listed(find_metric_filter, make=make_metric_filter),
    "AWS::SecretsManager::Secret": Listed(find_secret, make=make_secret),
}
# Others refer to these.
MADE_FIRST = ["AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::DomainName", "AWS::SecretsManager::Secret"]
# These refer to others, in this order.
MADE_LAST = [
    "AWS::Lambda::Version",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::CloudWatch::Alarm",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::Logs::MetricFilter",
]
