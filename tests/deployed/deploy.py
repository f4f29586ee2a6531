"""Deploys the service, and another one that its authorizer guards, into the emulator."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import template as templates
from aws import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Clients
from emulator import ACCOUNT_ID, REGION
from packages import ROOT, Packages
from template import Template

BUCKET = "packages"
SERVICE = "user-settings"
GUARDED = "guarded"
PARAMETERS = {
    "AccountName": "demo",
    "Architecture": "x86_64",
    "AlarmEmail": "operations@demo.invalid",
    "MailFrom": "user-settings@demo.invalid",
    "PortalOrigin": "https://demo.invalid",
}
COMPLETE_WITHIN_SECONDS = 120


def deploy(clients: Clients, port: int, packages: Packages) -> dict[str, Any]:
    """Deploys both; what the scenarios have to know of them."""
    bucket = clients("s3")
    bucket.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    # What the operator does who gives no MailDomain: a link in a mail to the sender's address confirms it.
    clients("sesv2").create_email_identity(EmailIdentity=PARAMETERS["MailFrom"])
    template = templates.read((ROOT / "infra/template.yaml").read_text())
    folders = templates.folders(template)
    templates.place_packages(template, lambda name: upload(bucket, packages(name, folders[name])))
    templates.drop(template)
    templates.correct(template)
    create_stack(clients, port, SERVICE, template, PARAMETERS)
    resources = list_resources(clients, SERVICE)
    make_routes(clients, SERVICE, resources)

    guarded = templates.read((ROOT / "infra/examples/guarded-api.yaml").read_text())
    create_stack(clients, port, GUARDED, guarded, {"AuthorizerArn": function_arn(resources["AuthorizerFunction"])})
    others = list_resources(clients, GUARDED)
    guard_everything(clients("apigatewayv2"), others)
    return {
        "address": f"127.0.0.1:{port}",
        "host": host(resources["Api"], port),
        "guarded_host": host(others["Api"], port),
        "account_id": ACCOUNT_ID,
        "region": REGION,
        "access_key_id": ACCESS_KEY_ID,
        "secret_access_key": SECRET_ACCESS_KEY,
        "account_name": PARAMETERS["AccountName"],
        "portal_origin": PARAMETERS["PortalOrigin"],
        "table_name": resources["Table"],
        "secret_id": resources["Secret"],
        "functions": {folder: resources[name] for name, folder in folders.items()},
    }


def upload(bucket: Any, content: bytes) -> str:
    """Puts it there; where it is."""
    key = hashlib.sha256(content).hexdigest()
    bucket.put_object(Bucket=BUCKET, Key=key, Body=content)
    return f"s3://{BUCKET}/{key}"


def create_stack(clients: Clients, port: int, name: str, template: Template, parameters: dict[str, str]) -> None:
    """Makes a stack by CloudFormation, the SAM transform included, and waits for it."""
    text = json.dumps(template).encode()
    clients("s3").put_object(Bucket=BUCKET, Key=name, Body=text)
    formation = clients("cloudformation")
    formation.create_stack(
        StackName=name,
        TemplateURL=f"http://127.0.0.1:{port}/{BUCKET}/{name}",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    deadline = time.monotonic() + COMPLETE_WITHIN_SECONDS
    while time.monotonic() < deadline:
        status = formation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        if status == "CREATE_COMPLETE":
            return
        if status != "CREATE_IN_PROGRESS":
            break
        time.sleep(0.2)
    pages = formation.get_paginator("describe_stack_events").paginate(StackName=name)
    events = [event for page in pages for event in page["StackEvents"] if event.get("ResourceStatusReason")]
    reasons = [f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}" for event in events]
    raise SystemExit(f"stack {name} is not complete:\n" + "\n".join(reasons))


def list_resources(clients: Clients, stack: str) -> dict[str, str]:
    """Each resource's physical id by its logical one."""
    pages = clients("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}


def make_routes(clients: Clients, stack: str, resources: dict[str, str]) -> None:
    """Makes the routes of the OpenAPI body that SAM wrote, which the emulator leaves out of an API."""
    formation, gateway = clients("cloudformation"), clients("apigatewayv2")
    processed = formation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    body = processed["Resources"]["Api"]["Properties"]["Body"]
    integrations: dict[str, str] = {}
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            function = function_of(operation["x-amazon-apigateway-integration"])
            if function not in integrations:
                integrations[function] = gateway.create_integration(
                    ApiId=resources["Api"],
                    IntegrationType="AWS_PROXY",
                    IntegrationUri=function_arn(resources[function]),
                    PayloadFormatVersion="2.0",
                )["IntegrationId"]
            key = path if path == "$default" else f"{method.upper()} {path}"
            target = f"integrations/{integrations[function]}"
            gateway.create_route(ApiId=resources["Api"], RouteKey=key, Target=target)


def guard_everything(gateway: Any, resources: dict[str, str]) -> None:
    """Has the other service's API ask the authorizer about every path, also about those that nobody serves."""
    api, authorizer = resources["Api"], resources["KeyAuthorizer"]
    # Left out, an authorizer has no identity source; the emulator's CloudFormation gives it one.
    gateway.update_authorizer(ApiId=api, AuthorizerId=authorizer, IdentitySource=[])
    gateway.create_route(
        ApiId=api,
        RouteKey="$default",
        AuthorizationType="CUSTOM",
        AuthorizerId=authorizer,
        Target=f"integrations/{resources['TasksIntegration']}",
    )


def function_of(integration: dict[str, Any]) -> str:
    """The logical id in `…/functions/${SignInFunction.Arn}/invocations`."""
    expected = {"type": "aws_proxy", "payloadFormatVersion": "2.0", "httpMethod": "POST"}
    found = {name: integration[name] for name in expected}
    assert found == expected, integration
    assert integration.keys() == {*expected, "uri"}, integration
    uri: str = integration["uri"]["Fn::Sub"]
    return uri.split("/functions/${")[1].removesuffix(".Arn}/invocations")


def function_arn(name: str) -> str:
    """A function's ARN by its name."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}"


def host(api_id: str, port: int) -> str:
    """What the emulator tells an API by."""
    return f"{api_id}.execute-api.localhost:{port}"
