//! Everything that can be wrong with a rule file, in words: the only place that makes diagnostics of this stage.

use crate::diag::{Diagnostic, Span, nearest};
use crate::rule::{Op, PatternError};

use super::ast::Text;

/// Every code of this stage with one sentence about it, for the reference.
pub const CODES: &[(&str, &str)] = &[
    ("bad-article-id", "An article id has letters, digits, `-`, `_` and `.`, and begins with a letter or a digit."),
    ("bad-capture", "A named group of a regular expression is a lower-case word, so that `$name` can refer to it."),
    ("bad-count", "A number that says how often or how many is a whole number of at least one, and can be reached."),
    ("bad-duration", "A length of time is a whole number with a unit: `500ms`, `10s`, `5m`, `24h`, `7d`."),
    ("bad-encoding", "A rule file is not encoded as UTF-8."),
    ("bad-number", "A field that holds a number is compared with something else."),
    ("bad-pattern", "A regular expression cannot be compiled."),
    ("bad-time", "A field that holds a time is compared with something that is no date, no bound name and no field."),
    ("bad-value", "A value is of a kind that the operator cannot use."),
    ("bad-version", "A field that holds a dotted version is compared with something else."),
    ("circular-clauses", "Clauses refer to each other in a circle."),
    ("different-subjects", "A predicate is given more or fewer subjects than it takes."),
    ("duplicate-clause", "Two symptoms, two causes or two workarounds of a rule have the same name."),
    ("duplicate-entry", "An entry that a rule may have once stands there twice."),
    ("duplicate-fix", "A rule names the same fix twice."),
    ("duplicate-item", "A list names the same thing twice."),
    ("duplicate-key", "A YAML mapping has the same key twice."),
    ("empty-range", "A range of levels holds no level of the product."),
    ("empty-value", "A YAML value is empty where one is needed."),
    ("file-too-large", "A rule file is larger than any person would write one."),
    ("first-step-absent", "A sequence begins with something that does not happen, so there is nothing to count from."),
    ("fix-before-affected", "A rule is fixed in a level that comes before every level it affects."),
    ("matches-everything", "A pattern matches the empty text, and so every line."),
    ("missing-entry", "A rule lacks an entry that every rule needs."),
    ("missing-field", "A test names no field, and the predicate has none that it means by itself."),
    ("missing-key", "A YAML mapping lacks a key that it needs."),
    ("missing-test", "A predicate that looks at configuration is given no test."),
    ("no-condition", "A list of conditions is empty."),
    ("no-records", "A predicate that finds no records in time stands where things are counted or put in order."),
    ("no-rule", "A rule file holds no rule."),
    ("no-scope", "A predicate that only knows the machine at hand is asked about other machines."),
    ("no-word-to-find", "A pattern holds no word by which its lines could be found, so every line has to be read."),
    ("not-a-time", "A name stands where a time is needed, and is bound to something else."),
    ("syntax-error", "The text is not a rule as the rule language spells it."),
    ("too-deep", "Conditions are nested deeper than anyone could read."),
    ("too-few-steps", "A sequence has fewer than two steps."),
    ("too-many-calls", "More than one predicate stands where there is room for one."),
    ("unbound-name", "A `$name` is used that nothing before it binds."),
    ("unknown-clause", "A rule has no symptom or cause of this name."),
    ("unknown-entry", "A rule has no entry of this name."),
    ("unknown-escape", "A string has a `\\` before a character that needs none."),
    ("unknown-field", "A predicate has no field of this name."),
    ("unknown-key", "A YAML mapping has a key that nothing reads."),
    ("unknown-level", "The product has no level of this name."),
    ("unknown-log", "No product has a log of this name."),
    ("unknown-operator", "There is no operator that is written so."),
    ("unknown-predicate", "There is no predicate of this name."),
    ("unknown-product", "There is no product of this name."),
    ("unknown-role", "No product has a role of this name."),
    ("unknown-severity", "A severity is `minor`, `major` or `critical`."),
    ("unknown-table", "No product has a table of this name."),
    ("unknown-word", "A field can never have this value."),
    ("unterminated-string", "A string or a regular expression is not closed on its line."),
    ("wrong-operator", "The operator does not suit what the field holds."),
    ("wrong-shape", "A YAML value is a list, a mapping or a text where another of the three is needed."),
    ("yaml-feature", "A rule file uses a feature of YAML that rules do without: anchors, aliases, tags."),
    ("yaml-syntax", "The text is not YAML."),
];

// --- spelling ----------------------------------------------------------------------------------------------------------

pub(super) fn syntax_error(span: Span, expected: &[&str], found: &str) -> Diagnostic {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    expected.dedup();
    let (message, label) = match expected.as_slice() {
        [] => (format!("unexpected {found}"), "this cannot stand here".to_owned()),
        some => (format!("expected {}, found {found}", either(some)), format!("expected {}", either(some))),
    };
    Diagnostic::error("syntax-error", message, span, label)
}

/// What to do about a token that is a habit from elsewhere.
pub(super) fn advice(found: &str, expected: &[&str]) -> Option<&'static str> {
    let wants = |what: &str| expected.contains(&what);
    Some(match found {
        _ if found.starts_with('\\') => r"write a path in single quotes: 'HKLM\SOFTWARE'",
        _ if found.starts_with(',') => "conditions and tests follow each other without a comma",
        _ if found.starts_with(';') => "conditions and entries follow each other without a semicolon",
        _ if found.starts_with(['"', '\'']) && wants(REGEX) => {
            "write `~ /regex/` for a pattern, or `has \"text\"` for a text"
        }
        _ if found.starts_with('/') && wants(TEXT) => "write `has \"text\"` for a text, or `~ /regex/` for a pattern",
        _ if wants("a level") => "a level begins with a digit, or stands in quotes: `1.2 SP3`, `\"NT 4.0\"`",
        "ms" | "milliseconds" | "seconds" | "second" | "sec" | "minutes" | "minute" | "min" | "hours" | "hour"
        | "days" | "day"
            if wants("`of`") =>
        {
            "write a length of time as one word: `500ms`, `10s`, `5m`, `24h`, `7d`"
        }
        _ => return None,
    })
}

/// What the language calls a text and a regular expression where it wants one.
pub(super) const TEXT: &str = "a text in quotes";
pub(super) const REGEX: &str = "a regular expression between slashes";

pub(super) fn unknown_entry(span: Span, word: &str, known: &[&str]) -> Diagnostic {
    let error = Diagnostic::error("unknown-entry", format!("no entry is called `{word}`"), span, "unknown entry");
    let far = nearest(word, known.iter().copied()).is_empty();
    let error = suggest(error, word, known);
    if far { error.help(left_over(word)) } else { error }
}

/// What to do about a word that begins nothing, and so may belong to what stands before it.
fn left_over(word: &str) -> &'static str {
    let digits = |rest: &str| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit());
    if word.to_ascii_lowercase().strip_prefix("sp").is_some_and(digits) {
        "a level is written with its pack in capital letters, or in quotes: `1.2 SP3`, `\"1.2 sp3\"`"
    } else {
        "if it belongs to what stands before it: the items of a list are parted by commas, and a text of several words \
         stands in quotes"
    }
}

pub(super) fn unknown_operator(span: Span, word: &str) -> Diagnostic {
    let error =
        Diagnostic::error("unknown-operator", format!("no operator is written `{word}`"), span, "unknown operator");
    match meant_operator(word) {
        Some(op) => error.help(format!("did you mean `{op}`?")),
        None => error.help(format!("operators: {}", ticked(&operators()))),
    }
}

/// The operator that a word of another language means, or a slip of one of ours.
pub(super) fn meant_operator(word: &str) -> Option<&'static str> {
    let habits = [
        ("==", "="),
        ("===", "="),
        ("is", "="),
        ("equals", "="),
        ("<>", "!="),
        ("=~", "~"),
        ("~=", "~"),
        ("regex", "~"),
        ("=>", ">="),
        ("=<", "<="),
        ("!~=", "!~"),
        ("contains", "has"),
        ("includes", "has"),
        ("like", "matches"),
        ("glob", "matches"),
        ("notin", "not in"),
        ("absent", "missing"),
        ("present", "exists"),
    ];
    let habit = habits.iter().find(|(habit, _)| *habit == word).map(|(_, op)| *op);
    habit.or_else(|| nearest(word, operators()).first().copied())
}

fn operators() -> Vec<&'static str> {
    Op::ALL.iter().map(|(_, spelling, _)| *spelling).collect()
}

pub(super) fn unterminated_string(span: Span, what: &str) -> Diagnostic {
    let label = "no closing quote on this line";
    Diagnostic::error("unterminated-string", format!("{what} is not closed"), span, label)
        .help("close it on the line where it begins; a line break inside a text is written `\\n`")
}

pub(super) fn unknown_escape(span: Span, escape: &str) -> Diagnostic {
    Diagnostic::error(
        "unknown-escape",
        format!("unknown escape `{escape}`"),
        span,
        "only `\\\\`, `\\\"`, `\\n` and `\\t`",
    )
    .help("write the text in single quotes, where `\\` is an ordinary character")
}

pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error("too-deep", "conditions are nested too deep", span, "deeper than 64 levels")
        .help("split the condition into clauses and refer to them by name")
}

pub(super) fn file_too_large(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error("file-too-large", format!("the file is larger than {} KiB", limit / 1024), span, "")
        .help("give every rule a file of its own")
}

pub(super) fn not_utf8(span: Span) -> Diagnostic {
    Diagnostic::error("bad-encoding", "the file is not encoded as UTF-8", span, "this is no character of UTF-8")
        .help("save the file as UTF-8; a text of a log in another encoding is found all the same")
}

pub(super) fn no_rule(span: Span) -> Diagnostic {
    Diagnostic::error("no-rule", "the file holds no rule", span, "")
}

pub(super) fn duplicate_entry(span: Span, first: Span, word: &str) -> Diagnostic {
    Diagnostic::error("duplicate-entry", format!("a second entry `{word}`"), span, "again here")
        .also(first, "first here")
        .help("an entry of this kind stands once; merge the two")
}

pub(super) fn too_many_calls(span: Span, place: &str) -> Diagnostic {
    Diagnostic::error("too-many-calls", format!("{place} takes one predicate"), span, "one too many")
        .help("put braces around the tests of a predicate, or use another condition for the second one")
}

// --- YAML --------------------------------------------------------------------------------------------------------------

pub(super) fn yaml_syntax(span: Span, message: &str) -> Diagnostic {
    Diagnostic::error("yaml-syntax", format!("this is not YAML: {message}"), span, "")
}

pub(super) fn yaml_feature(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("yaml-feature", format!("rules do without {what}"), span, "not supported")
        .help("write the value out where it is used")
}

pub(super) fn duplicate_key(span: Span, first: Span, key: &str) -> Diagnostic {
    Diagnostic::error("duplicate-key", format!("the key `{key}` stands here twice"), span, "again here")
        .also(first, "first here")
}

pub(super) fn unknown_key(span: Span, key: &str, known: &[&str]) -> Diagnostic {
    suggest(Diagnostic::error("unknown-key", format!("unknown key `{key}`"), span, "nothing reads this"), key, known)
}

pub(super) fn missing_key(span: Span, what: &str, key: &str) -> Diagnostic {
    Diagnostic::error("missing-key", format!("{what} needs the key `{key}`"), span, format!("`{key}` is missing"))
}

pub(super) fn too_many_operators(span: Span) -> Diagnostic {
    Diagnostic::error("unknown-key", "`compare` takes one operator", span, "a second one")
        .help("write a second `compare`")
}

pub(super) fn wrong_shape(span: Span, wanted: &str, found: &str) -> Diagnostic {
    Diagnostic::error("wrong-shape", format!("expected {wanted}, found {found}"), span, format!("expected {wanted}"))
}

pub(super) fn empty_value(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("empty-value", format!("{what} is empty"), span, "a value is needed here")
}

// --- rules -------------------------------------------------------------------------------------------------------------

pub(super) fn bad_article_id(id: &Text) -> Diagnostic {
    Diagnostic::error("bad-article-id", format!("`{}` is no article id", id.text), id.span, "not an id")
        .help("use letters, digits, `-`, `_` and `.`, and begin with a letter or a digit")
}

pub(super) fn missing_entry(span: Span, rule: &str, what: &str) -> Diagnostic {
    Diagnostic::error("missing-entry", format!("rule `{rule}` has no {what}"), span, format!("needs {what}"))
}

pub(super) fn unknown_product(name: &Text, known: &[&str]) -> Diagnostic {
    unknown("unknown-product", "product", name, known)
}

pub(super) fn unknown_level(name: &Text, product: &str, known: &[&str]) -> Diagnostic {
    let message = format!("product `{product}` has no level `{}`", name.text);
    suggest(Diagnostic::error("unknown-level", message, name.span, "unknown level"), &name.text, known)
}

pub(super) fn empty_range(span: Span, range: &str, product: &str) -> Diagnostic {
    let message = format!("no level of `{product}` is in the range `{range}`");
    Diagnostic::error("empty-range", message, span, "holds no level")
}

pub(super) fn unknown_severity(name: &Text, known: &[&str]) -> Diagnostic {
    unknown("unknown-severity", "severity", name, known)
}

pub(super) fn unknown_role(name: &Text, known: &[&str]) -> Diagnostic {
    unknown("unknown-role", "role", name, known)
}

pub(super) fn duplicate_clause(kind: &str, id: &Text, first: Span) -> Diagnostic {
    Diagnostic::error("duplicate-clause", format!("a second {kind} is called `{}`", id.text), id.span, "again here")
        .also(first, "first here")
        .help("give each its own name")
}

pub(super) fn duplicate_fix(name: &Text, first: Span) -> Diagnostic {
    Diagnostic::error("duplicate-fix", format!("the fix `{}` is listed twice", name.text), name.span, "again here")
        .also(first, "first here")
}

pub(super) fn duplicate_item(item: &Text, first: Span) -> Diagnostic {
    Diagnostic::warning("duplicate-item", format!("`{}` is listed twice", item.text), item.span, "again here")
        .also(first, "first here")
}

pub(super) fn unknown_clause(kind: &str, id: &Text, known: &[&str]) -> Diagnostic {
    let message = format!("this rule has no {kind} `{}`", id.text);
    let error = Diagnostic::error("unknown-clause", message, id.span, format!("unknown {kind}"));
    if known.is_empty() {
        error.help(format!("the rule states no {kind} at all"))
    } else {
        suggest(error, &id.text, known)
    }
}

pub(super) fn circular_clauses(span: Span, path: &[String]) -> Diagnostic {
    let path: Vec<String> = path.iter().map(|step| format!("`{step}`")).collect();
    let message = format!("clauses refer to each other in a circle: {}", path.join(" → "));
    Diagnostic::error("circular-clauses", message, span, "closes the circle")
}

pub(super) fn fix_before_affected(level: &Text) -> Diagnostic {
    let message = format!("`{}` comes before every level that the rule affects", level.text);
    Diagnostic::warning("fix-before-affected", message, level.span, "too early to be the fix")
        .help("check `affects` and `fixed in` against the article")
}

// --- conditions --------------------------------------------------------------------------------------------------------

pub(super) fn no_condition(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("no-condition", format!("{what} has no condition"), span, "needs at least one condition")
}

pub(super) fn unknown_predicate(name: &Text, known: &[&str]) -> Diagnostic {
    match connective(&name.text) {
        Some(help) => {
            let message = format!("no predicate is called `{}`", name.text);
            Diagnostic::error("unknown-predicate", message, name.span, "not needed here").help(help)
        }
        None => {
            let error = unknown("unknown-predicate", "predicate", name, known);
            let far = nearest(&name.text, known.iter().copied()).is_empty();
            if far { error.help(left_over(&name.text)) } else { error }
        }
    }
}

/// Words that begin a condition and are no predicates.
pub(super) const CONDITIONS: &[&str] = &[
    "all", "any", "at", "cause", "count", "first", "known", "last", "needs", "no", "not", "sequence", "symptom", "when",
];

/// The word of a condition that this one is a slip of, unless it is nearer to one of `predicates`.
pub(super) fn meant_condition(word: &str, words: &[&str], predicates: &[&str]) -> Option<String> {
    // The other spelling's words are no slips.
    let other = [("atleast", "at least"), ("at-least", "at least"), ("when-level", "when level is")];
    if let Some((_, meant)) = other.iter().find(|(habit, _)| *habit == word && !words.contains(habit)) {
        return Some((*meant).to_owned());
    }
    let known = words.iter().chain(predicates).copied();
    let near = nearest(word, known).first().map(|near| (*near).to_owned());
    near.filter(|near| words.contains(&near.as_str()))
}

/// A slip of a word that begins a condition.
pub(super) fn unknown_condition(span: Span, word: &str, meant: &str) -> Diagnostic {
    let message = format!("no condition begins with `{word}`");
    Diagnostic::error("unknown-predicate", message, span, "unknown condition").help(format!("did you mean `{meant}`?"))
}

/// What stands in place of a word that joins conditions elsewhere.
fn connective(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "and" => "conditions and tests that follow each other hold together; leave the word out",
        "or" => "write `any { … }` around the alternatives",
        "then" => "the steps of a sequence follow each other; leave the word out",
        "if" => "conditions stand by themselves; leave the word out",
        _ => return None,
    })
}

pub(super) fn missing_subject(predicate: &Text, kind: &str, example: &str) -> Diagnostic {
    let message = format!("`{}` needs {kind}", predicate.text);
    Diagnostic::error("different-subjects", message, predicate.span, format!("{kind} is missing"))
        .help(format!("for example `{example}`"))
}

pub(super) fn extra_subject(predicate: &Text, extra: &Text, takes: usize, example: &str) -> Diagnostic {
    let count = match takes {
        0 => "no subject".to_owned(),
        1 => "one subject".to_owned(),
        more => format!("{more} subjects"),
    };
    let message = format!("`{}` takes {count}, and `{}` is one more", predicate.text, extra.text);
    let error = Diagnostic::error("different-subjects", message, extra.span, "not expected");
    if let Some(help) = connective(&extra.text) {
        return error.help(help);
    }
    let error = error.help(format!("for example `{example}`"));
    if takes == 0 { error.help(format!("in YAML `{{{}: [], …}}`", predicate.text)) } else { error }
}

pub(super) fn unknown_log(name: &Text, known: &[&str]) -> Diagnostic {
    unknown("unknown-log", "log", name, known)
}

pub(super) fn unknown_table(name: &Text, known: &[&str]) -> Diagnostic {
    unknown("unknown-table", "table", name, known)
}

pub(super) fn missing_test(predicate: &Text, example: &str) -> Diagnostic {
    let message = format!("`{}` needs a test", predicate.text);
    Diagnostic::error("missing-test", message, predicate.span, "nothing is asked of it")
        .help(format!("for example `{example}`"))
}

pub(super) fn no_records(predicate: &Text, place: &str, known: &[&str]) -> Diagnostic {
    let message = format!("`{}` finds no records in time, so it cannot stand in {place}", predicate.text);
    Diagnostic::error("no-records", message, predicate.span, "finds no records")
        .help(format!("predicates that do: {}", ticked(known)))
}

pub(super) fn no_scope(predicate: &Text, scope: &Text) -> Diagnostic {
    let message = format!("`{}` cannot be asked of other machines", predicate.text);
    Diagnostic::error("no-scope", message, scope.span, "leave this out")
}

pub(super) fn unknown_field(predicate: &str, field: &Text, known: &[&str]) -> Diagnostic {
    let message = format!("`{predicate}` has no field `{}`", field.text);
    let error = Diagnostic::error("unknown-field", message, field.span, "unknown field");
    match nearest(&field.text, known.iter().copied()).first() {
        None if meant_operator(&field.text).is_some() => error.help(format!(
            "if an operator is meant: did you mean `{}`?",
            meant_operator(&field.text).unwrap_or_default()
        )),
        _ => suggest(error, &field.text, known),
    }
}

pub(super) fn missing_field(predicate: &str, span: Span, known: &[&str]) -> Diagnostic {
    let message = format!("a test of `{predicate}` names its field");
    Diagnostic::error("missing-field", message, span, "which field").help(format!("fields: {}", ticked(known)))
}

pub(super) fn wrong_operator(span: Span, op: Op, field: &str, holds: &str, allowed: &[&str]) -> Diagnostic {
    let message = format!("`{}` does not suit `{field}`, which holds {holds}", op.spelling());
    Diagnostic::error("wrong-operator", message, span, "does not suit")
        .help(format!("operators for it: {}", ticked(allowed)))
}

pub(super) fn unknown_word(value: &Text, field: &str, known: &[&str]) -> Diagnostic {
    let message = format!("`{field}` is never `{}`", value.text);
    suggest(Diagnostic::error("unknown-word", message, value.span, "unknown value"), &value.text, known)
}

pub(super) fn bad_time(value: &Text, field: &str, times: &[&str]) -> Diagnostic {
    let message = format!("`{field}` is a time, and `{}` is none", value.text);
    let error = Diagnostic::error("bad-time", message, value.span, "not a time")
        .help("write `1998-08-01` or `1998-08-01T10:00:00`, or a `$name` that is bound to a time");
    if times.is_empty() { error } else { error.help(format!("or another time of the same record: {}", ticked(times))) }
}

pub(super) fn bad_number(value: &Text, field: &str) -> Diagnostic {
    let message = format!("`{field}` is a number, and `{}` is none", value.text);
    Diagnostic::error("bad-number", message, value.span, "not a number").help("write a whole number: `374` or `0x176`")
}

pub(super) fn bad_version(value: &Text, field: &str) -> Diagnostic {
    let message = format!("`{field}` is a version, and `{}` is none", value.text);
    Diagnostic::error("bad-version", message, value.span, "not a version").help("write numbers and dots: `1.2.786.0`")
}

pub(super) fn bad_value(span: Span, op: Op, wanted: &str) -> Diagnostic {
    Diagnostic::error("bad-value", format!("`{}` takes {wanted}", op.spelling()), span, format!("expected {wanted}"))
}

pub(super) fn window_of_a_step(span: Span) -> Diagnostic {
    bad_value(span, Op::Near, "a length of time and a name: `5m of $name`")
        .help("for the window of a step, write `{step: {…}, within: 5m}`")
}

pub(super) fn bad_pattern(pattern: &Text, error: &PatternError) -> Diagnostic {
    let span = error.at.map_or(pattern.span, |(start, end)| pattern.place(start, end));
    let first = error.message.trim().lines().last().unwrap_or_default().trim().trim_end_matches('.').to_owned();
    let message = format!("this regular expression cannot be used: {}", first.trim_start_matches("error: "));
    Diagnostic::error("bad-pattern", message, span, "")
}

pub(super) fn matches_everything(pattern: &Text) -> Diagnostic {
    Diagnostic::error(
        "matches-everything",
        "this pattern matches every text",
        pattern.span,
        "also matches nothing at all",
    )
    .help("name something that must be there; for a field that is there at all, use `exists`")
}

pub(super) fn no_word_to_find(at: Span) -> Diagnostic {
    Diagnostic::warning("no-word-to-find", "no word tells which lines this may match", at, "could stand on any line")
        .help("every line has to be read for it: name a word of three letters or more that always stands there")
}

pub(super) fn bad_capture(name: &str, span: Span, group: bool) -> Diagnostic {
    let error = Diagnostic::error("bad-capture", format!("`{name}` is no name to bind"), span, "not a lower-case word");
    let lower: String = name.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "_");
    error.help(if group { format!("write `(?<{lower}>…)`") } else { format!("write `as {lower}`") })
}

pub(super) fn unbound_name(name: &Text, known: &[&str]) -> Diagnostic {
    let message = format!("nothing before this binds `${}`", name.text);
    let error = Diagnostic::error("unbound-name", message, name.span, "not bound");
    let near = nearest(&name.text, known.iter().copied());
    match near.first() {
        Some(near) => error.help(format!("did you mean `${near}`?")),
        None => error.help("bind it with `as name` or with a group `(?<name>…)` of a regular expression"),
    }
}

pub(super) fn not_a_time(name: &Text) -> Diagnostic {
    let message = format!("`${}` is not bound to a time", name.text);
    Diagnostic::error("not-a-time", message, name.span, "not a time").help("bind a time with `time as name`")
}

pub(super) fn bad_duration(text: &Text) -> Diagnostic {
    let message = format!("`{}` is no length of time", text.text);
    Diagnostic::error("bad-duration", message, text.span, "not a duration")
        .help("write a whole number and a unit: `500ms`, `10s`, `5m`, `24h`, `7d`")
}

pub(super) fn bad_count(text: &Text, wanted: &str) -> Diagnostic {
    Diagnostic::error("bad-count", format!("`{}` is not {wanted}", text.text), text.span, format!("expected {wanted}"))
}

pub(super) fn too_few_steps(span: Span) -> Diagnostic {
    Diagnostic::error("too-few-steps", "a sequence needs at least two steps", span, "only one step")
}

pub(super) fn first_step_absent(span: Span) -> Diagnostic {
    Diagnostic::error(
        "first-step-absent",
        "a sequence begins with something that happens",
        span,
        "nothing to count from",
    )
    .help("put the event before it, or use `not`")
}

// --- wording -----------------------------------------------------------------------------------------------------------

fn unknown(code: &'static str, kind: &str, name: &Text, known: &[&str]) -> Diagnostic {
    let error =
        Diagnostic::error(code, format!("no {kind} is called `{}`", name.text), name.span, format!("unknown {kind}"));
    suggest(error, &name.text, known)
}

/// Names the nearest known words, or all of them if they are few.
fn suggest(error: Diagnostic, word: &str, known: &[&str]) -> Diagnostic {
    let mut known = known.to_vec();
    known.sort_unstable();
    known.dedup();
    let near: Vec<String> = nearest(word, known.iter().copied()).iter().map(|near| format!("`{near}`")).collect();
    if let [first, ..] = near.as_slice() {
        let near = if near.len() == 1 { first.clone() } else { near.join(" or ") };
        error.help(format!("did you mean {near}?"))
    } else if !known.is_empty() && known.len() <= 16 {
        error.help(format!("known are {}", ticked(&known)))
    } else {
        error
    }
}

fn ticked(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [init @ .., last] => format!("{} or {last}", init.join(", ")),
    }
}
