"""Updates the functions of a stack in the emulated AWS, as a deployment does: code, environment, a version, and the alias that names it.

Standard input: {"name", "resources": those of the new parameters, with conditions decided, "physicalIds": of the resources that exist,
"release": any text}. The emulator's CloudFormation cannot update these types.
"""

import json
import sys

import boto3
from references import References
from resources import functions

ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
REGION = boto3.session.Session().region_name


def main(name, resources, physicalIds, release):
    references = References(name, ACCOUNT, REGION, resources)
    references.physical_ids = physicalIds
    for logical_id, resource in resources.items():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        function = physicalIds[logical_id]
        environment = references.resolved(resource["Properties"]["Environment"])
        functions.update_function_configuration(FunctionName=function, Environment=environment)
        # Other code: Lambda makes no version of what is as it was.
        functions.update_function_code(FunctionName=function, ZipFile=f"a zip of {release}".encode())
        version = functions.publish_version(FunctionName=function)["Version"]
        functions.update_alias(FunctionName=function, Name="live", FunctionVersion=version)


main(**json.load(sys.stdin))
