//! Every item behind the service: read at one go, and put back one by one.

use std::collections::BTreeMap;

use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::query::QueryRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::{AttributeValue, Database, Item};
use local::store::TABLE;

/// The key of an item.
pub(crate) type Place = (String, String);
/// Items by their keys.
pub(crate) type Items = BTreeMap<Place, Item>;

/// Makes the table say at `place` what it said.
pub(crate) fn put_back(database: &Database, place: &Place, item: Option<&Item>) {
    let table_name = || TABLE.to_owned();
    if let Some(item) = item {
        let put = PutItemRequest { table_name: table_name(), item: item.clone(), ..PutItemRequest::default() };
        database.put_item(put).expect("a write");
    } else {
        let key = [("PK", &place.0), ("SK", &place.1)];
        let key = key.map(|(name, text)| (name.to_owned(), AttributeValue::S(text.clone()))).into();
        let delete = DeleteItemRequest { table_name: table_name(), key, ..DeleteItemRequest::default() };
        database.delete_item(delete).expect("a write");
    }
}

/// All of them.
pub(crate) fn read(database: &Database) -> Items {
    let scan = ScanRequest { table_name: TABLE.to_owned(), ..ScanRequest::default() };
    let page = database.scan(scan).expect("a readable table");
    assert!(page.last_evaluated_key.is_none(), "the table has outgrown one page");
    by_place(page.items.unwrap_or_default())
}

/// Those of one partition.
pub(crate) fn read_partition(database: &Database, partition: &str) -> Items {
    let query = QueryRequest {
        table_name: TABLE.to_owned(),
        key_condition_expression: Some("PK = :partition".to_owned()),
        expression_attribute_values: Some([(":partition".to_owned(), AttributeValue::S(partition.to_owned()))].into()),
        ..QueryRequest::default()
    };
    let page = database.query(query).expect("a readable table");
    assert!(page.last_evaluated_key.is_none(), "{partition} has outgrown one page");
    by_place(page.items.unwrap_or_default())
}

fn by_place(items: Vec<Item>) -> Items {
    let text = |item: &Item, name: &str| match &item[name] {
        AttributeValue::S(text) => text.clone(),
        other => panic!("a key of the table is {other:?}"),
    };
    items.into_iter().map(|item| ((text(&item, "PK"), text(&item, "SK")), item)).collect()
}
