//! From the types to a schema that says what the reader takes.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::Model;

/// Returns the schema of models.
pub(super) fn model() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Model>().to_value();
    tidy(&mut schema);
    schema
}

/// Takes out what holds in Rust and not in models: a key that may be left out may not be empty
/// instead, and no number has a width in bits.
fn tidy(value: &mut Value) {
    if let Value::Object(schema) = value {
        schema.retain(|key, value| !(key == "format" && value.as_str().is_some_and(is_width)));
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.values_mut().filter_map(Value::as_object_mut).for_each(never_null);
        }
        schema.values_mut().for_each(tidy);
    } else if let Value::Array(items) = value {
        items.iter_mut().for_each(tidy);
    }
}

fn is_width(format: &str) -> bool {
    format.starts_with("uint")
}

/// Removes the null that stands for a missing option, which comes last; a section, which may be
/// empty, has it first.
fn never_null(property: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = property.get_mut("type")
        && types.last().is_some_and(|last| last == "null")
    {
        types.pop();
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(choices)) = property.get_mut("anyOf") else { return };
    choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        property.remove("anyOf");
        for (key, value) in only {
            property.entry(key).or_insert(value);
        }
    }
}
