//! Reads the template's `Policies`: which permissions a function's role has.
//!
//! Only what can be checked here passes: actions and resources by name, without wildcards.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::permission::{Permission, Resource};

/// Services whose permissions no function uses by its own requests: DynamoDB uses the key, the stream mapping the queue.
const USED_FOR_A_FUNCTION: [&str; 2] = ["kms", "sqs"];

/// The permissions of one function's `Policies`.
///
/// # Errors
/// Says what is not understood.
pub fn permissions(policies: &[Value]) -> Result<BTreeSet<Permission>, String> {
    let mut permissions = BTreeSet::new();
    for policy in policies {
        let statements = policy.get("Statement").ok_or_else(|| format!("a policy without statements: {policy}"))?;
        for statement in one_or_many(statements) {
            let statement = Statement::deserialize(statement).map_err(|error| format!("{statement}: {error}"))?;
            statement.add_to(&mut permissions)?;
        }
    }
    Ok(permissions)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(default)]
    sid: String,
    effect: String,
    action: Value,
    resource: Value,
    #[serde(default)]
    condition: Value,
}

impl Statement {
    fn add_to(&self, permissions: &mut BTreeSet<Permission>) -> Result<(), String> {
        let what = if self.sid.is_empty() { self.action.to_string() } else { self.sid.clone() };
        if self.effect != "Allow" {
            return Err(format!("{what}: only Allow is known"));
        }
        for action in one_or_many(&self.action) {
            let action = action.as_str().ok_or_else(|| format!("{what}: an action that is no text"))?;
            let (service, _) = action.split_once(':').ok_or_else(|| format!("{action}: no action"))?;
            if USED_FOR_A_FUNCTION.contains(&service) {
                continue;
            }
            if action.contains(['*', '?']) {
                return Err(format!("{action}: name the actions"));
            }
            for resource in one_or_many(&self.resource) {
                let resource = resource.as_str().ok_or_else(|| format!("{what}: a resource that is no text"))?;
                permissions.insert(Permission::new(action, self.resource(service, resource)?));
            }
        }
        Ok(())
    }

    /// `name` is what stands behind `!GetAtt`, `!Ref` or `!Sub`.
    fn resource(&self, service: &str, name: &str) -> Result<Resource, String> {
        let is_sender = self.condition == json!({"StringEquals": {"ses:FromAddress": "MailFrom"}});
        match (service, name) {
            // An identity may have a configuration set by default, and then sending asks for both.
            ("ses", name) if is_sender && (name.contains(":identity/") || name.contains(":configuration-set/")) => {
                Ok(Resource::Sender)
            }
            ("ses", _) => Err(format!("{name}: mail is sent for identities, from MailFrom alone")),
            _ if !self.condition.is_null() => Err(format!("{name}: conditions are known for mail only")),
            ("dynamodb", "Table.Arn") => Ok(Resource::Table),
            ("dynamodb", name) => name
                .strip_prefix("${Table.Arn}/index/")
                .filter(|index| !index.contains(['*', '?', '/']))
                .map(|index| Resource::Index(index.to_owned()))
                .ok_or_else(|| format!("{name}: neither the table nor an index")),
            ("secretsmanager", "Secret") => Ok(Resource::Secret),
            _ => Err(format!("{service} on {name}: not known here")),
        }
    }
}

fn one_or_many(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(action: &Value, resource: &str, condition: &Value) -> [Value; 1] {
        [json!({"Statement": [
            {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}
        ]})]
    }

    #[test]
    fn each_action_is_granted_on_each_resource() {
        let table = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": "Table.Arn"},
            {"Effect": "Allow", "Action": "dynamodb:Query", "Resource": ["${Table.Arn}/index/expiry"]},
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "KeyArn"},
        ]});
        let secret = json!({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "Secret"});
        let policies = [table, json!({"Statement": secret})];
        let permissions = permissions(&policies).expect("what the template may say");
        let shown: Vec<_> = permissions.iter().map(Permission::to_string).collect();
        assert_eq!(
            shown,
            [
                "dynamodb:GetItem on the table",
                "dynamodb:Query on the table",
                "dynamodb:Query on the index expiry",
                "secretsmanager:GetSecretValue on the secret",
            ]
        );
    }

    #[test]
    fn what_cannot_be_checked_is_refused() {
        let none = Value::Null;
        for (action, resource) in [
            (json!("dynamodb:*"), "Table.Arn"),
            (json!("*"), "Table.Arn"),
            (json!("dynamodb:Get?tem"), "Table.Arn"),
            (json!("dynamodb:GetItem"), "*"),
            (json!("dynamodb:Query"), "${Table.Arn}/index/*"),
            (json!("dynamodb:Query"), "Other.Arn"),
            (json!("secretsmanager:GetSecretValue"), "*"),
            (json!("s3:GetObject"), "Bucket"),
            (json!([1]), "Table.Arn"),
        ] {
            assert!(permissions(&policy(&action, resource, &none)).is_err(), "{action} on {resource}");
        }
        assert!(permissions(&[json!("AmazonDynamoDBFullAccess")]).is_err());
        let deny = json!({"Statement": {"Effect": "Deny", "Action": "dynamodb:GetItem", "Resource": "Table.Arn"}});
        assert!(permissions(&[deny]).is_err());
    }

    #[test]
    fn mail_is_granted_for_the_one_sender_only() {
        let send = json!("ses:SendEmail");
        let sender = json!({"StringEquals": {"ses:FromAddress": "MailFrom"}});
        let granted = permissions(&policy(&send, "arn:aws:ses:r:1:identity/*", &sender)).expect("a grant");
        assert_eq!(granted, BTreeSet::from([Permission::new("ses:SendEmail", Resource::Sender)]));
        let anyone = json!({"StringLike": {"ses:FromAddress": "*"}});
        for condition in [Value::Null, anyone] {
            assert!(permissions(&policy(&send, "arn:aws:ses:r:1:identity/*", &condition)).is_err(), "{condition}");
        }
        assert!(permissions(&policy(&json!("dynamodb:GetItem"), "Table.Arn", &sender)).is_err());
    }
}
