"""Creates the stack of the deployment's template in the emulated AWS, and checks that it exists.

Standard input: {"name", "template": the translated template, "parameters", "resources": those of this choice of parameters, with conditions
decided, "outputs": likewise}. Standard output: the outputs, and the resources with their properties, references resolved.

The emulator's CloudFormation creates what it can. It does not support the types in `EXEMPT`, but still reports CREATE_COMPLETE:
those are made here by API, from their own properties, and so are resources that refer to them and cannot come before them. A type on neither list is an error, and so is a resource that its service does
not know afterwards.
"""

import copy
import json
import sys

import boto3
from references import References, names
from resources import EMULATED, EXEMPT, MADE_FIRST, MADE_LAST, coerced

PACKAGES = "packages"
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
REGION = boto3.session.Session().region_name


def upload(template):
    """Uploads like `sam deploy`: the packages, then the template, which is too long for a request."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=PACKAGES, CreateBucketConfiguration={"LocationConstraint": REGION})
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            code = resource["Properties"]["Code"]
            assert code["S3Bucket"] == PACKAGES, code
            s3.put_object(Bucket=PACKAGES, Key=code["S3Key"], Body=b"a zip")
    s3.put_object(Bucket=PACKAGES, Key="template.json", Body=json.dumps(template).encode())


def late(resources):
    """Resources that CloudFormation could create, if it did not have to refer to some that are made last."""
    last = {name for name, resource in resources.items() if resource["Type"] in MADE_LAST and resource["Type"] in EXEMPT}
    return {
        name
        for name, resource in resources.items()
        if resource["Type"] in EMULATED and names(resource.get("Properties", {})) & last
    }


def without(template, made, others):
    """The rest for CloudFormation, with resources created before as parameters, so that the rest can refer to them."""
    template = copy.deepcopy(template)
    resources = template["Resources"]
    for logical_id in [name for name, resource in resources.items() if resource["Type"] in EXEMPT or name in others]:
        del resources[logical_id]
    for name in attributes_of(made, template["Outputs"]):
        del template["Outputs"][name]
    for logical_id, physical_id in made.items():
        template["Parameters"][logical_id] = {"Type": "String", "Default": physical_id}
    return template


def attributes_of(made, outputs):
    """Outputs that are an attribute of a resource created before, which a parameter has not."""
    values = {name: output["Value"] for name, output in outputs.items()}
    return [name for name, value in values.items() if isinstance(value, dict) and value.get("Fn::GetAtt", [""])[0] in made]


def create(name, template, parameters):
    upload(template)
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateURL=f"https://{PACKAGES}.s3.amazonaws.com/template.json",
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    summaries = [summary for page in pages for summary in page["StackResourceSummaries"]]
    # The emulator lists resources whose condition is false without a name.
    summaries = [summary for summary in summaries if summary["LogicalResourceId"]]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return stack["StackId"], outputs, {summary["LogicalResourceId"]: summary["PhysicalResourceId"] for summary in summaries}


def write_variables_as_text(physical_ids, resources):
    """The emulator keeps variables that are numbers as such; Lambda has texts. Before there are versions of them."""
    functions = boto3.client("lambda")
    for logical_id, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::Function":
            name = physical_ids[logical_id]
            variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            variables = {key: str(value) for key, value in variables.items()}
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


def main(name, template, parameters, resources, outputs):
    types = {resource["Type"] for resource in template["Resources"].values()}
    unknown = types - EMULATED.keys() - EXEMPT.keys()
    assert not unknown, f"{sorted(unknown)}: add to resources.py how to create and find them"
    references = References(name, ACCOUNT, REGION, resources)
    listed = EMULATED | EXEMPT
    others = late(resources)

    def make(kinds):
        made = {}
        for kind in kinds:
            for logical_id, resource in resources.items():
                if resource["Type"] == kind and (kind in EXEMPT or logical_id in others):
                    properties = references.resolved(resource.get("Properties", {}))
                    made[logical_id] = listed[kind].make(f"{name}-{logical_id}", properties)
                    references.physical_ids[logical_id] = made[logical_id]
        return made

    made = make(MADE_FIRST)
    of_made = attributes_of(made, outputs)
    references.stack_id, found_outputs, created = create(name, without(template, made, others), parameters)
    expected = {logical_id for logical_id, resource in resources.items() if resource["Type"] in EMULATED} - others
    assert created.keys() == expected, created.keys() ^ expected
    references.physical_ids.update(created)
    write_variables_as_text(references.physical_ids, resources)
    make(MADE_LAST)
    missing = resources.keys() - references.physical_ids.keys()
    assert not missing, f"{sorted(missing)}: their types are in neither order of resources.py"
    found_outputs |= {name: references.resolved(outputs[name]["Value"]) for name in of_made}
    assert found_outputs.keys() == outputs.keys(), found_outputs.keys() ^ outputs.keys()

    found = {}
    for logical_id, resource in resources.items():
        physical_id = references.physical_ids[logical_id]
        properties = references.resolved(resource.get("Properties", {}))
        try:
            description, expectation = listed[resource["Type"]].find(physical_id, properties)
        except Exception as error:
            raise AssertionError(f"{logical_id} ({resource['Type']}) is not there") from error
        for key, value in expectation.items():
            actual = coerced(description.get(key), value)
            assert actual == value, f"{logical_id}: {key} is {actual!r}, the template says {value!r}"
        found[logical_id] = {
            "type": resource["Type"],
            "physicalId": physical_id,
            "madeByCloudFormation": logical_id in created,
            "properties": properties,
        }
    return {"outputs": found_outputs, "resources": found}


request = json.load(sys.stdin)
json.dump(main(**request), sys.stdout)
