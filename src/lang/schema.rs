//! The JSON Schema of the YAML form, made from the registry of predicates: `grammar/rule.schema.json`.

use serde_json::{Map, Value, json};

use crate::predicate::{Field, FieldType, PREDICATES, Spec, SubjectKind};
use crate::rule::{Op, Severity};

/// The schema of one rule in YAML, for editors.
#[must_use]
pub fn schema() -> Value {
    let severities: Vec<&str> = Severity::ALL.iter().map(|(word, _)| *word).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "servpack rule",
        "description": "The detection for one knowledge-base article.",
        "type": "object",
        "required": ["article", "title", "product"],
        "additionalProperties": false,
        "properties": {
            "article": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$", "description": "The id of the article."},
            "title": {"type": "string", "description": "Its title, in full."},
            "product": {"type": "string", "description": "The product whose levels it states."},
            "affects": {"$ref": "#/$defs/levels", "description": "The levels that the article states as affected."},
            "fixed": list(&json!({"$ref": "#/$defs/fix"})),
            "hotfixes": list(&json!({"$ref": "#/$defs/hotfix"})),
            "severity": {"enum": severities},
            "tags": {"$ref": "#/$defs/words"},
            "components": {"$ref": "#/$defs/words"},
            "references": {"$ref": "#/$defs/words"},
            "on": {"$ref": "#/$defs/words", "description": "The roles whose machines can have it."},
            "symptoms": list(&json!({"$ref": "#/$defs/clause"})),
            "causes": list(&json!({"$ref": "#/$defs/clause"})),
            "workarounds": list(&json!({"$ref": "#/$defs/clause"})),
            "not": list(&json!({"$ref": "#/$defs/look-alike"})),
        },
        "$defs": definitions(),
    })
}

fn list(of: &Value) -> Value {
    json!({"type": "array", "items": of})
}

fn object(required: &[&str], properties: &Value) -> Value {
    json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties})
}

fn definitions() -> Value {
    let scalar = json!({"type": ["string", "number", "boolean"]});
    let when = json!({"anyOf": [{"$ref": "#/$defs/condition"}, list(&json!({"$ref": "#/$defs/condition"}))]});
    let calls: Vec<Value> =
        PREDICATES.iter().map(|predicate| json!({"$ref": format!("#/$defs/{}", predicate.spec().name)})).collect();
    let recording = PREDICATES.iter().filter(|predicate| predicate.spec().records);
    let records: Vec<Value> =
        recording.map(|predicate| json!({"$ref": format!("#/$defs/{}", predicate.spec().name)})).collect();
    let conditions = json!({"type": "array", "items": {"$ref": "#/$defs/condition"}});
    let record = json!({"$ref": "#/$defs/record-call"});
    let window = json!({"$ref": "#/$defs/window"});
    let mut forms = vec![
        object(&["all"], &json!({"all": conditions})),
        object(&["any"], &json!({"any": conditions})),
        object(&["first"], &json!({"first": conditions})),
        object(&["not"], &json!({"not": when})),
        object(&["known"], &json!({"known": when})),
        object(&["at-least", "of"], &json!({"at-least": scalar, "of": conditions})),
        object(&["needs", "of"], &json!({"needs": {"type": "string"}, "of": when})),
        object(&["when-level", "then"], &json!({"when-level": {"$ref": "#/$defs/levels"}, "then": when})),
        object(&["symptom"], &json!({"symptom": {"type": "string"}})),
        object(&["cause"], &json!({"cause": {"type": "string"}})),
        object(&["last"], &json!({"last": record})),
        object(
            &["count", "at-least"],
            &json!({"count": record, "at-least": scalar, "different": {"type": "string"}, "within": window, "per": {"$ref": "#/$defs/words"}}),
        ),
        object(&["sequence"], &json!({"sequence": list(&json!({"$ref": "#/$defs/step"})), "within": window})),
        compare(),
    ];
    forms.extend(calls);
    let mut all = Map::new();
    let mut define = |name: &str, value: Value| drop(all.insert(name.to_owned(), value));
    define("condition", json!({"anyOf": forms}));
    define("record-call", json!({"anyOf": records}));
    define("words", json!({"anyOf": [scalar, list(&scalar)]}));
    define(
        "levels",
        json!({"anyOf": [scalar, list(&scalar)], "description": "1.2 | 1.0..1.1 | < 1.2 SP3 | >= 1.2 | = 1.2"}),
    );
    define("window", json!({"type": "string", "pattern": "^[0-9]+ ?(ms|s|m|h|d|events)$"}));
    define(
        "clause",
        object(&["id", "says", "when"], &json!({"id": {"type": "string"}, "says": {"type": "string"}, "when": when})),
    );
    let shared = |mut own: Value, required: &[&str]| {
        for (key, value) in [("covers", json!({"$ref": "#/$defs/words"})), ("action", json!({"type": "string"}))] {
            own[key] = value;
        }
        object(required, &own)
    };
    let doubt = json!({"type": "string"});
    let fix = json!({"in": {"$ref": "#/$defs/levels"}, "carrier": when, "setting": when, "doubt": doubt});
    define("fix", shared(fix, &["in"]));
    define("hotfix", shared(json!({"name": {"type": "string"}, "when": when}), &["name", "when"]));
    define(
        "look-alike",
        object(
            &["article", "because"],
            &json!({"article": {"type": "string"}, "because": {"type": "string"}, "when": when}),
        ),
    );
    let seen = json!({"anyOf": [record, object(&["any"], &json!({"any": list(&record)}))]});
    define(
        "step",
        json!({"anyOf": [
            seen,
            object(&["step"], &json!({"step": seen, "within": window})),
            object(&["any"], &json!({"any": list(&record), "within": window})),
            object(&["no"], &json!({"no": seen, "within": window, "until": {"anyOf": [record, {"type": "string", "pattern": "^\\$"}]}})),
        ]}),
    );
    define("test", test(&scalar));
    for predicate in PREDICATES {
        define(predicate.spec().name, call(predicate.spec()));
    }
    Value::Object(all)
}

/// `{field: value}`, `{field: {op: value}}`, `{field: [{op: value}, …]}`.
fn test(scalar: &Value) -> Value {
    let properties: Map<String, Value> = Op::ALL.iter().map(|(op, _, key)| ((*key).to_owned(), operand(*op))).collect();
    let one = json!({"type": "object", "minProperties": 1, "additionalProperties": false, "properties": properties});
    json!({"anyOf": [scalar, one, list(&one)]})
}

fn operand(op: Op) -> Value {
    match op {
        Op::Exists | Op::Missing => json!({"const": true}),
        Op::In | Op::NotIn => json!({"type": "array", "items": {"type": ["string", "number", "boolean"]}}),
        Op::Near => json!({"type": "string", "pattern": "^[0-9]+ ?(ms|s|m|h|d) of \\$"}),
        Op::Has | Op::Lacks | Op::Matches | Op::NotMatches | Op::Regex | Op::NotRegex | Op::As => {
            json!({"type": "string"})
        }
        _ => json!({"type": ["string", "number", "boolean"]}),
    }
}

fn compare() -> Value {
    let mut properties = Map::from_iter([("compare".to_owned(), json!({"type": "string"}))]);
    properties.extend(Op::ALL.iter().map(|(op, _, key)| ((*key).to_owned(), operand(*op))));
    object(&["compare"], &Value::Object(properties))
}

fn call(spec: &Spec) -> Value {
    let subject =
        json!({"anyOf": [{"type": ["string", "number", "null"]}, list(&json!({"type": ["string", "number"]}))]});
    let mut properties = Map::from_iter([(spec.name.to_owned(), subject)]);
    if spec.scoped {
        properties.insert("on".to_owned(), json!({"type": "string", "description": "a role, or any"}));
    }
    properties.extend(Op::ALL.iter().map(|(op, _, key)| ((*key).to_owned(), operand(*op))));
    // A field that is tested twice: a mapping has each key only once.
    properties.insert("and".to_owned(), list(&json!({"type": "object", "minProperties": 1})));
    properties
        .extend(spec.fields.iter().filter(|field| field.name != spec.name).map(|f| (f.name.to_string(), field(f))));
    // The columns of a table depend on the products, so a schema cannot list them.
    let open = spec.subjects.contains(&SubjectKind::Table);
    json!({
        "type": "object",
        "description": spec.help,
        "required": [spec.name],
        "additionalProperties": if open { json!({"$ref": "#/$defs/test"}) } else { json!(false) },
        "properties": properties,
    })
}

fn field(field: &Field) -> Value {
    let mut schema = json!({"$ref": "#/$defs/test", "description": field.help});
    if let FieldType::Word(words) = field.kind
        && !words.is_empty()
    {
        schema["examples"] = json!(words);
    }
    schema
}
