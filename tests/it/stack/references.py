"""Resolves references between resources once they are created."""

import re

REFERENCE = re.compile(r"\$\{([A-Za-z0-9:.]+)\}")


def names(node):
    """The logical ids and parameters that a value refers to."""
    if isinstance(node, list):
        return {name for item in node for name in names(item)}
    if not isinstance(node, dict):
        return set()
    found = {name for value in node.values() for name in names(value)}
    if "Ref" in node:
        found.add(node["Ref"])
    if "Fn::GetAtt" in node:
        found.add(node["Fn::GetAtt"][0])
    if "Fn::Sub" in node:
        text = node["Fn::Sub"] if isinstance(node["Fn::Sub"], str) else node["Fn::Sub"][0]
        found |= {name.partition(".")[0] for name in REFERENCE.findall(text)}
    return found


class References:
    """Resolves the intrinsic functions that remain after conditions and parameters."""

    def __init__(self, stack, account, region, resources):
        self.stack, self.account, self.region = stack, account, region
        self.resources = resources
        # Known once the stack is created.
        self.stack_id = None
        self.physical_ids = {}

    def resolved(self, node):
        if isinstance(node, list):
            return [self.resolved(item) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (function, operand), = node.items()
            if function == "Ref":
                return self.named(operand)
            if function == "Fn::GetAtt":
                return self.named(".".join(operand))
            if function == "Fn::Sub":
                text, variables = operand if isinstance(operand, list) else (operand, {})
                variables = self.resolved(variables)
                found = REFERENCE.sub(lambda match: variables.get(match[1]) or self.named(match[1]), text)
                # `${!name}` stays as `${name}`, for IAM.
                return found.replace("${!", "${")
            if function == "Fn::Join":
                separator, parts = operand
                return separator.join(self.resolved(parts))
            if function == "Fn::Select":
                index, items = operand
                return self.resolved(items)[int(index)]
            if function == "Fn::Split":
                separator, text = operand
                return self.resolved(text).split(separator)
            assert not function.startswith("Fn::"), f"unknown function `{function}`"
        return {key: self.resolved(value) for key, value in node.items()}

    def named(self, name):
        pseudo = {
            "AWS::StackName": self.stack,
            "AWS::StackId": self.stack_id,
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        logical_id, _, attribute = name.partition(".")
        physical_id = self.physical_ids[logical_id]
        kind = self.resources[logical_id]["Type"]
        return self.attribute(kind, attribute, physical_id) if attribute else physical_id

    def attribute(self, kind, attribute, physical_id):
        def arn(service, resource):
            return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

        attributes = {
            # The emulator has none.
            ("AWS::ApiGatewayV2::DomainName", "RegionalDomainName"): lambda: f"d-0a1b2c3d4e.execute-api.{self.region}.amazonaws.com",
            ("AWS::DynamoDB::Table", "Arn"): lambda: arn("dynamodb", f"table/{physical_id}"),
            ("AWS::IAM::Role", "Arn"): lambda: f"arn:aws:iam::{self.account}:role/{physical_id}",
            ("AWS::Lambda::Version", "Version"): lambda: physical_id.rsplit(":", 1)[1],
            ("AWS::Lambda::Function", "Arn"): lambda: arn("lambda", f"function:{physical_id}"),
            ("AWS::Logs::LogGroup", "Arn"): lambda: arn("logs", f"log-group:{physical_id}:*"),
            ("AWS::SQS::Queue", "Arn"): lambda: arn("sqs", physical_id.rsplit("/", 1)[1]),
            ("AWS::SQS::Queue", "QueueName"): lambda: physical_id.rsplit("/", 1)[1],
        }
        return attributes[kind, attribute]()
