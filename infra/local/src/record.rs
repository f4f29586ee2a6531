//! A record of the table's stream, in the form of Lambda's event.

use std::collections::HashMap;

use aws_sdk_dynamodbstreams::primitives::{Blob, DateTime};
use aws_sdk_dynamodbstreams::types::{AttributeValue, OperationType, Record, StreamRecord, StreamViewType};
use data_encoding::BASE64;
use serde_json::{Map, Value, json};

/// `record` as a function is given it.
#[must_use]
pub fn of_event(record: &Record, stream_arn: &str) -> Value {
    let change = record.dynamodb();
    let image = |image: Option<&HashMap<String, AttributeValue>>| image.map(item);
    let created = change.and_then(StreamRecord::approximate_creation_date_time);
    let mut dynamodb = json!({
        "ApproximateCreationDateTime": created.map(DateTime::secs),
        "Keys": image(change.and_then(StreamRecord::keys)),
        "NewImage": image(change.and_then(StreamRecord::new_image)),
        "SequenceNumber": change.and_then(StreamRecord::sequence_number),
        "SizeBytes": change.and_then(StreamRecord::size_bytes),
        "StreamViewType": change.and_then(StreamRecord::stream_view_type).map(StreamViewType::as_str),
    });
    // What a record lacks is left out, as Lambda does.
    if let Some(members) = dynamodb.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    json!({
        "eventID": record.event_id(),
        "eventName": record.event_name().map(OperationType::as_str),
        "eventVersion": record.event_version(),
        "eventSource": record.event_source(),
        "awsRegion": record.aws_region(),
        "dynamodb": dynamodb,
        "eventSourceARN": stream_arn,
    })
}

fn item(item: &HashMap<String, AttributeValue>) -> Value {
    item.iter().map(|(name, attribute)| (name.clone(), value(attribute))).collect::<Map<_, _>>().into()
}

fn value(value: &AttributeValue) -> Value {
    let binary = |blob: &Blob| BASE64.encode(blob.as_ref());
    match value {
        AttributeValue::B(bytes) => json!({"B": binary(bytes)}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        AttributeValue::Bs(set) => json!({"BS": set.iter().map(binary).collect::<Vec<_>>()}),
        AttributeValue::L(list) => json!({"L": list.iter().map(self::value).collect::<Vec<_>>()}),
        AttributeValue::M(map) => json!({"M": item(map)}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Ns(set) => json!({"NS": set}),
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::Ss(set) => json!({"SS": set}),
        // `NULL`, and kinds that there are not yet.
        _ => json!({"NULL": true}),
    }
}
