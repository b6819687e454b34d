//! The JSON Schema of the report. A test holds it against what is printed.

use serde_json::{Map, Value, json};

use crate::rule::Severity;
use crate::truth::Truth;
use crate::verdict::{Confidence, Verdict};

/// The schema of `servpack.report/1`, as `servpack schema report` prints it. It is strict: a field that it does not name
/// is an error, so a report that fits it holds nothing unexpected.
#[must_use]
pub fn report_schema() -> Value {
    let verdicts: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.word()).collect();
    let severities: Vec<&str> = Severity::ALL.iter().map(|(word, _)| *word).collect();
    let confidences = [Confidence::Confirmed, Confidence::Likely, Confidence::Possible].map(Confidence::word);
    let states = [Truth::True, Truth::False, Truth::Unknown].map(Truth::word);
    let counts: Map<String, Value> =
        verdicts.iter().map(|verdict| ((*verdict).to_owned(), json!({"$ref": "#/$defs/count"}))).collect();
    let counts = json!({"type": "object", "additionalProperties": false, "properties": counts});
    let text = json!({"type": "string"});
    let maybe_text = json!({"type": ["string", "null"]});
    let reference = |name: &str| json!({"$ref": format!("#/$defs/{name}")});
    let list = |of: Value| json!({"type": "array", "items": of});
    let maybe = |of: Value| json!({"anyOf": [of, {"type": "null"}]});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "servpack report",
        "description": "The verdicts of `servpack audit` on every machine of the audited bundles.",
        "type": "object",
        "additionalProperties": false,
        "required": ["schema", "tool", "rules", "bundles", "assumed", "hosts", "summary", "sources", "skipped", "problems"],
        "properties": {
            "schema": {"const": "servpack.report/1"},
            "tool": object(&[("name", json!({"const": "servpack"})), ("version", text.clone())], &[]),
            "rules": object(&[("count", reference("count")), ("by_level", described(reference("count"),
                "Articles without a rule, of which the level of a machine alone says whether they apply.")),
                ("digest", reference("digest"))], &[]),
            "bundles": list(object(
                &[("path", text.clone()), ("digest", reference("digest")), ("sources", reference("count"))], &[])),
            "assumed": described(maybe_text.clone(), "The level of `--assume`."),
            "hosts": list(reference("host")),
            "summary": object(&[
                ("hosts", reference("count")),
                ("verdicts", counts.clone()),
            ], &[("by_level", counts.clone())]),
            "sources": described(list(reference("source")), "How each file was read."),
            "skipped": described(list(object(&[("file", text.clone()), ("why", text.clone())], &[])), "Files that no reader took."),
            "problems": described(list(object(
                &[("file", text.clone()), ("what", text.clone()), ("severity", json!({"enum": ["error", "warning", "note"]}))],
                &[("line", reference("line"))],
            )), "What was wrong with the input."),
        },
        "$defs": {
            "count": {"type": "integer", "minimum": 0},
            "line": {"type": "integer", "minimum": 0, "description": "From 1; 0 is the file as a whole."},
            "digest": {"type": "string", "pattern": "^sha256:"},
            "state": {"enum": states},
            "time": {
                "type": "string",
                "pattern": "^-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}",
                "description": "Local time of the host, as logged; with the offset from UTC if the bundle gives the zone.",
            },
            "source": object(&[
                ("bundle", described(reference("count"), "The place in `bundles`, from 0.")),
                ("host", described(text.clone(), "The machine it speaks of.")),
                ("file", text.clone()),
                ("reader", described(text.clone(), "The reader that took it.")),
                ("encoding", described(text.clone(), "The encoding that it was taken for.")),
                ("encoding_by", json!({"enum": ["mark", "content", "manifest", "guess"], "description": "What told it."})),
                ("lines", reference("count")),
                ("complete", json!({"type": "boolean", "description": "Whether all of it was read."})),
            ], &[("dates", reference("dates"))]),
            "dates": described(object(&[
                ("order", json!({"enum": ["mdy", "dmy", "ymd"]})),
                ("by", json!({"enum": ["file", "manifest", "format", "nothing"], "description": "What told it."})),
            ], &[]), "How the numeric dates of a file were read, if it has any."),
            "host": object(&[
                ("name", text.clone()),
                ("role", described(maybe_text.clone(), "Null if it is not known.")),
                ("bundle", described(reference("count"), "The place in `bundles`, from 0.")),
                ("levels", list(reference("level"))),
                ("coverage", list(reference("coverage"))),
                ("findings", list(reference("finding"))),
            ], &[("by_level", described(counts,
                "Verdicts by the level alone, on articles without a finding here; `--all` makes findings of them."))]),
            "level": object(&[
                ("product", text.clone()),
                ("level", text.clone()),
                ("at_least", maybe_text.clone()),
                ("at_most", maybe_text.clone()),
                ("trust", described(text.clone(), "The trust of the witness that decided.")),
                ("since", maybe(reference("time"))),
                ("witnesses", list(reference("witness"))),
            ], &[]),
            "witness": object(
                &[("says", text.clone()), ("trust", text.clone()), ("at", maybe(reference("at")))],
                &[("why", described(text.clone(), "Why it does not count, or counts less."))],
            ),
            "at": object(&[("file", text.clone()), ("line", reference("line"))], &[]),
            "coverage": object(&[
                ("source", described(text.clone(), "`log:NAME` (`log:any` is every text together), `registry:BRANCH`, `ini:FILE`, `folder:PATH` or `services`.")),
                ("files", list(text.clone())),
                ("from", maybe(reference("time"))),
                ("to", maybe(reference("time"))),
                ("lines", maybe(reference("count"))),
            ], &[("incomplete", described(text.clone(), "Why what is not in it may still have happened."))]),
            "finding": object(&[
                ("article", text.clone()),
                ("title", text.clone()),
                ("product", text.clone()),
                ("severity", json!({"enum": severities})),
                ("verdict", json!({"enum": verdicts})),
                ("confidence", maybe(json!({"enum": confidences}))),
                ("because", described(text.clone(), "One sentence for a person.")),
                ("version", object(&[("state", reference("state")), ("affects", list(text.clone()))], &[])),
                ("fix", object(&[
                    ("state", reference("state")),
                    ("fixed_in", list(text.clone())),
                    ("installed", maybe_text.clone()),
                    ("carrier", maybe_text.clone()),
                    ("setting", maybe_text.clone()),
                    ("action", maybe_text.clone()),
                ], &[("perhaps_in", described(list(text.clone()), "Levels of which it is in doubt whether they fix it."))])),
                ("symptoms", list(reference("clause"))),
                ("causes", list(reference("clause"))),
                ("workarounds", list(reference("clause"))),
                ("look_alikes", list(object(&[
                    ("name", text.clone()),
                    ("because", text.clone()),
                    ("state", maybe(reference("state"))),
                    ("evidence", list(reference("evidence"))),
                ], &[]))),
                ("history", described(list(reference("evidence")), "Symptoms from before the fix.")),
                ("missing", described(list(reference("gap")), "The least that would decide an unknown.")),
            ], &[]),
            "clause": object(&[
                ("id", text.clone()),
                ("says", text.clone()),
                ("state", reference("state")),
                ("evidence", list(reference("evidence"))),
            ], &[]),
            "evidence": object(&[
                ("file", described(text.clone(), "The path in the bundle; nested archives joined with `!/`.")),
                ("line", reference("line")),
                ("time", maybe(reference("time"))),
                ("text", text.clone()),
                ("captures", json!({"type": "object", "additionalProperties": {"type": "string"}})),
            ], &[("host", described(text.clone(), "The machine, if it is another than the finding's."))]),
            "gap": object(&[
                ("need", text.clone()),
                ("from", described(text.clone(), "The host or role that has it.")),
                ("how", described(text.clone(), "How to collect it.")),
                ("why", json!({
                    "type": "string",
                    "pattern": "^(not-collected$|outside-span$|ambiguous$|open-time$|not-known$|incomplete: )",
                    "description": "Why it is missing; after `incomplete: ` what is wrong with it.",
                })),
            ], &[]),
        },
    })
}

/// The schema of `servpack.matrix/1`, as `servpack schema matrix` prints it.
#[must_use]
pub fn matrix_schema() -> Value {
    let verdicts: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.word()).collect();
    let levels = ["has", "lacks", "pass", "fail", "cannot tell"];
    let states: Vec<&str> = verdicts.iter().copied().chain(levels).collect();
    let truths = [Truth::True, Truth::False, Truth::Unknown].map(Truth::word);
    let confidences = [Confidence::Confirmed, Confidence::Likely, Confidence::Possible].map(Confidence::word);
    let text = json!({"type": "string"});
    let maybe_text = json!({"type": ["string", "null"]});
    let list = |of: Value| json!({"type": "array", "items": of});
    let open = object(
        &[
            ("article", text.clone()),
            ("title", text.clone()),
            ("verdict", json!({"enum": verdicts})),
            ("fixed_in", list(text.clone())),
            ("closes", described(json!({"enum": truths}), "Whether the level of the column fixes it.")),
        ],
        &[],
    );
    let cell = object(
        &[("state", json!({"enum": states}))],
        &[
            ("confidence", json!({"enum": confidences})),
            ("open", described(list(open), "Of a level: the articles that are open.")),
        ],
    );
    let cells = list(json!({"anyOf": [cell, {"type": "null"}]}));
    let counts: Map<String, Value> =
        states.iter().map(|state| ((*state).to_owned(), json!({"type": "integer", "minimum": 0}))).collect();
    let mut schema = object(
        &[
            ("schema", json!({"const": "servpack.matrix/1"})),
            ("tool", object(&[("name", json!({"const": "servpack"})), ("version", text.clone())], &[])),
            ("by", described(json!({"enum": ["article", "level", "target"]}), "What the columns are.")),
            ("columns", list(object(&[("id", text.clone()), ("title", text.clone())], &[]))),
            (
                "hosts",
                list(object(
                    &[
                        ("name", text.clone()),
                        ("role", described(maybe_text, "Null if it is not known.")),
                        ("level", text),
                        ("cells", described(cells, "One a column; null where there is nothing to say.")),
                    ],
                    &[],
                )),
            ),
            ("totals", json!({"type": "object", "additionalProperties": false, "properties": counts})),
        ],
        &[],
    );
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "servpack matrix".into();
    described(schema, "The compliance table of `servpack matrix`.")
}

/// An object with these fields and no others.
fn object(required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        required.iter().chain(optional).map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "additionalProperties": false, "required": names, "properties": properties})
}

fn described(mut schema: Value, description: &str) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("description".to_owned(), description.into());
    }
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::fact::GapReason;
    use crate::report::matrix::Matrix;
    use crate::report::{Options, Report, sample};
    use crate::verdict::Assessment;

    use super::super::Json;
    use super::{matrix_schema, report_schema};

    fn printed(assessment: &Assessment) -> Value {
        let options = Options { width: 80, color: false, all: false, verbose: false };
        let mut out = Vec::new();
        Json.audit(assessment, &options, &mut out).expect("a vector takes everything");
        serde_json::from_slice(&out).expect("JSON")
    }

    /// As much of JSON Schema as the schema uses; a keyword that this does not know fails the test.
    fn faults(schema: &Value, value: &Value, at: &str, root: &Value, found: &mut Vec<String>) {
        let Some(schema) = schema.as_object() else { return found.push(format!("{at}: no schema")) };
        for (keyword, wanted) in schema {
            let ok = match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" => true,
                "$ref" => {
                    let name = wanted.as_str().and_then(|name| name.strip_prefix("#")).expect("a local reference");
                    faults(root.pointer(name).unwrap_or(&Value::Null), value, at, root, found);
                    true
                }
                "type" => match wanted {
                    Value::Array(types) => types.iter().any(|one| is(value, one)),
                    one => is(value, one),
                },
                "const" => value == wanted,
                "enum" => wanted.as_array().expect("a list").contains(value),
                "minimum" => value.as_i64() >= wanted.as_i64(),
                "pattern" => {
                    let pattern = regex::Regex::new(wanted.as_str().expect("a pattern")).expect("a pattern");
                    value.as_str().is_some_and(|text| pattern.is_match(text))
                }
                "anyOf" => wanted.as_array().expect("a list").iter().any(|one| {
                    let mut inner = Vec::new();
                    faults(one, value, at, root, &mut inner);
                    inner.is_empty()
                }),
                "required" => wanted
                    .as_array()
                    .expect("a list")
                    .iter()
                    .all(|name| value.get(name.as_str().expect("a name")).is_some()),
                "items" => {
                    for (nth, item) in value.as_array().into_iter().flatten().enumerate() {
                        faults(wanted, item, &format!("{at}/{nth}"), root, found);
                    }
                    true
                }
                "properties" => {
                    for (name, property) in wanted.as_object().expect("properties") {
                        if let Some(inner) = value.get(name) {
                            faults(property, inner, &format!("{at}/{name}"), root, found);
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = schema.get("properties").and_then(Value::as_object);
                    let others = value
                        .as_object()
                        .into_iter()
                        .flatten()
                        .filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
                    for (name, inner) in others {
                        if wanted == &json!(false) {
                            found.push(format!("{at}/{name}: not in the schema"));
                        } else {
                            faults(wanted, inner, &format!("{at}/{name}"), root, found);
                        }
                    }
                    true
                }
                other => panic!("the test does not know `{other}`"),
            };
            if !ok {
                found.push(format!("{at}: {value} is not {keyword} {wanted}"));
            }
        }
    }

    fn is(value: &Value, wanted: &Value) -> bool {
        match wanted.as_str().expect("a type") {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("the test does not know the type `{other}`"),
        }
    }

    fn check(value: &Value) -> Vec<String> {
        check_by(report_schema(), value)
    }

    fn check_by(schema: Value, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        faults(&schema, value, "", &schema, &mut found);
        found
    }

    #[test]
    fn what_is_printed_fits() {
        assert_eq!(check(&printed(&sample::rich())), Vec::<String>::new());
        assert_eq!(check(&printed(&sample::empty())), Vec::<String>::new());
    }

    #[test]
    fn every_matrix_fits() {
        let (rich, products) = (sample::rich(), sample::products());
        let product = products.iter().next().expect("the sample has one");
        let target = product.lattice.levels().next_back().map(|level| (&product.id, level));
        for matrix in [
            Matrix::articles(&rich),
            Matrix::articles(&sample::empty()),
            Matrix::levels(&rich, &products, None),
            Matrix::levels(&rich, &products, target),
        ] {
            let options = Options { width: 80, color: false, all: false, verbose: false };
            let mut out = Vec::new();
            Json.matrix(&matrix, &options, &mut out).expect("a vector takes everything");
            let printed: Value = serde_json::from_slice(&out).expect("JSON");
            assert_eq!(check_by(matrix_schema(), &printed), Vec::<String>::new());
            assert!(!check(&printed).is_empty(), "a matrix is no report");
        }
    }

    #[test]
    fn every_reason_of_a_gap_fits() {
        let mut rich = sample::rich();
        for reason in [
            GapReason::NotCollected,
            GapReason::Incomplete("cut".to_owned()),
            GapReason::OutsideSpan,
            GapReason::Ambiguous,
            GapReason::OpenTime,
            GapReason::NotKnown,
        ] {
            std::sync::Arc::make_mut(&mut rich.hosts[0].findings[0].missing[0]).reason = reason;
            assert_eq!(check(&printed(&rich)), Vec::<String>::new());
        }
    }

    #[test]
    fn what_is_not_promised_does_not_fit() {
        let rich = printed(&sample::rich());
        for (pointer, value) in [
            ("/schema", json!("servpack.report/2")),
            ("/hosts/0/findings/0/verdict", json!("fine")),
            ("/hosts/0/findings/0/confidence", json!("sure")),
            ("/hosts/0/findings/0/version", json!({"state": true, "affects": []})),
            ("/hosts/0/coverage/0/lines", json!("many")),
            ("/hosts/0/levels/0/since", json!("1998-02-01 12:00")),
            ("/summary/verdicts", json!({"fine": 1})),
            ("/problems/0/severity", json!("fatal")),
            ("/tool", json!({"name": "servpack", "version": "1", "more": 1})),
            ("/bundles/0", json!({"path": "x"})),
        ] {
            let mut broken = rich.clone();
            *broken.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is not there")) = value;
            assert!(!check(&broken).is_empty(), "{pointer}");
        }
    }
}
