"""Whether functions are held to their roles: that none was refused anything shows nothing else."""

from __future__ import annotations

from botocore.exceptions import ClientError

from aws import clients, clients_in_role


def check_that_roles_bind(port: int, functions: list[str], table: str) -> None:
    """Asks of the table what no function is granted, in the role of each."""
    for function in functions:
        role = clients(port)("lambda").get_function_configuration(FunctionName=function)["Role"]
        try:
            clients_in_role(port, role)("dynamodb").scan(TableName=table)
        except ClientError as error:
            if error.response["Error"]["Code"] == "AccessDeniedException":
                continue
            raise
        raise SystemExit(f"{role} is not held to its policy")
