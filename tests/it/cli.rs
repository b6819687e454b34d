//! A few runs of the binary for each command: that it is wired, its exit codes, and what it prints where.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

fn servpack(args: &[&str]) -> Run {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_servpack"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("COLUMNS", "80")
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// The same with this on standard input.
fn servpack_reads(args: &[&str], input: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_servpack"))
        .args(args)
        .env("COLUMNS", "80")
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    // In a thread of its own, or both could wait for each other. Nobody has to read all of it.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the binary ends");
    writer.join().expect("the input is written");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A fresh folder with these files.
fn folder(name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    for (path, content) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content).expect("a file");
    }
    folder
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", run.out, run.err))
}

const DEMO: &str = "demo/site-abc";

#[test]
fn the_demo_shows_each_verdict() {
    let run = servpack(&["audit", DEMO, "--format", "json"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let report = json(&run);
    let verdicts = report["summary"]["verdicts"].as_object().expect("verdicts");
    for verdict in ["recurring", "affected", "at-risk", "exposed", "unknown", "mitigated", "resolved", "not-affected"] {
        assert!(verdicts.contains_key(verdict), "the demo shows no `{verdict}`");
    }
    assert!(report["hosts"].as_array().expect("hosts").len() >= 6);
}

/// All five defects, each found on some machine of the demo, and each with a file and a line.
#[test]
fn the_demo_shows_the_five_defects() {
    let report = json(&servpack(&["audit", DEMO, "--format", "json"]));
    let findings: Vec<&Value> = report["hosts"]
        .as_array()
        .expect("hosts")
        .iter()
        .flat_map(|host| host["findings"].as_array().expect("findings"))
        .collect();
    for article in ["Q152229", "Q158644", "Q164887", "Q168463", "Q173073"] {
        let found = findings.iter().find(|finding| {
            finding["article"] == article
                && ["affected", "recurring"].contains(&finding["verdict"].as_str().unwrap_or(""))
        });
        let found = found.unwrap_or_else(|| panic!("the demo shows no {article}"));
        let evidence = found["symptoms"]
            .as_array()
            .expect("symptoms")
            .iter()
            .flat_map(|s| s["evidence"].as_array().expect("list"));
        assert!(
            evidence.into_iter().any(|place| place["line"].as_u64() > Some(0)),
            "{article} has no evidence with a line"
        );
    }
}

#[test]
fn the_report_matches_its_schema() {
    let schema = json(&servpack(&["schema", "report"]));
    for args in
        [vec!["audit", DEMO, "--format", "json"], vec!["audit", DEMO, "--format", "json", "--assume", "sms 1.2 SP4"]]
    {
        let report = json(&servpack(&args));
        let mut faults = Vec::new();
        validate(&schema, &schema, &report, "$", &mut faults);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
    let schema = json(&servpack(&["schema", "matrix"]));
    for args in
        [vec!["matrix", DEMO], vec!["matrix", DEMO, "--by", "level"], vec!["matrix", DEMO, "--target", "1.2 SP4"]]
    {
        let matrix = json(&servpack(&[args, vec!["--format", "json"]].concat()));
        let mut faults = Vec::new();
        validate(&schema, &schema, &matrix, "$", &mut faults);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

#[test]
fn the_rules_match_their_schema() {
    let schema = json(&servpack(&["schema", "rule"]));
    let yaml = servpack(&["convert", "--to", "yaml", "rules/sms/pcm"]);
    assert_eq!(yaml.code, Some(0), "{}", yaml.err);
    let mut checked = 0;
    for document in yaml.out.split("\n---\n") {
        let rule: Value = serde_yaml::from_str(document).unwrap_or_else(|error| panic!("{error}\n{document}"));
        let mut faults = Vec::new();
        validate(&schema, &schema, &rule, "$", &mut faults);
        assert!(faults.is_empty(), "{}\n{document}", faults.join("\n"));
        checked += 1;
    }
    assert!(checked >= 5);
}

#[test]
fn what_if_the_last_pack_were_installed() {
    let report = json(&servpack(&["audit", DEMO, "--format", "json", "--assume", "sms 1.2 SP4"]));
    for host in report["hosts"].as_array().expect("hosts") {
        for finding in host["findings"].as_array().expect("findings") {
            let fixed = finding["fix"]["fixed_in"].as_array().expect("levels");
            // A file that is known to be old does not get new by the pack: that is why the rule names it.
            // Where an earlier pack may have fixed it without that file, it is open.
            let state = if finding["fix"]["perhaps_in"].is_null() { "false" } else { "unknown" };
            let old_carrier = !finding["fix"]["carrier"].is_null() && finding["fix"]["state"] == state;
            // And a pack that needs a setting besides resolves nothing where that is not known.
            let unset = !finding["fix"]["setting"].is_null() && finding["fix"]["state"] != "true";
            // Of hotfixes and of 2.0 it says nothing.
            let held = fixed.iter().filter_map(Value::as_str).any(|level| level.starts_with("1."));
            if held && !old_carrier && !unset && finding["verdict"] != "not-affected" {
                assert_eq!(finding["verdict"], "resolved", "{} {}", host["name"], finding["article"]);
            }
        }
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for args in [
        vec!["audit", DEMO],
        vec!["audit", DEMO, "--all"],
        vec!["matrix", DEMO],
        vec!["matrix", DEMO, "--target", "sms 1.2 SP4"],
    ] {
        let run = servpack(&args);
        assert_eq!(run.code, Some(0), "{}", run.err);
        for line in run.out.lines() {
            assert!(line.chars().count() <= 80, "{args:?}: {line}");
            assert!(!line.contains('\u{1b}'), "a colour in a pipe: {line:?}");
        }
    }
}

#[test]
fn exit_codes() {
    assert_eq!(servpack(&["audit", DEMO, "--fail-on", "act"]).code, Some(1));
    assert_eq!(servpack(&["audit", DEMO, "--only", "Q158644", "--host", "WKS007", "--fail-on", "act"]).code, Some(0));
    assert_eq!(servpack(&["audit"]).code, Some(2));
    assert_eq!(servpack(&["audit", DEMO, "--assume", "sms 9.9"]).code, Some(2));
    assert_eq!(servpack(&["audit", DEMO, "--fail-on", "nonsense"]).code, Some(2));
    assert_eq!(servpack(&["audit", DEMO, "--only", "Q999999"]).code, Some(2));
    assert_eq!(servpack(&["audit", "no/such/bundle"]).code, Some(3));
    let empty = folder("empty", &[("README.md", b"nothing")]);
    assert_eq!(servpack(&["audit", &empty.to_string_lossy()]).code, Some(4));
}

#[test]
fn bad_usage_says_what_to_do() {
    let run = servpack(&["audit", DEMO, "--assume", "sms 1.2 SP9"]);
    assert!(run.err.contains("1.2 SP4"), "{}", run.err);
    let run = servpack(&["audit", DEMO, "--level", "WKS077:sms 1.2"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("`WKS007`"), "{}", run.err);
    let run = servpack(&["audit", DEMO, "--only", "Q158643"]);
    assert!(run.err.contains("Q158644"), "{}", run.err);
}

#[test]
fn verbose_says_how_each_file_was_read_and_where_it_is_no_result() {
    let (loud, plain) =
        (servpack(&["audit", DEMO, "-v", "--format", "json"]), servpack(&["audit", DEMO, "--format", "json"]));
    assert_eq!(loud.out, plain.out);
    assert_eq!(plain.err, "");
    for line in [
        "note: clients/WKS003/services.reg: read as registry, utf-16le, 9 lines\n",
        "note: clients/WKS003/bin/CSDVER.SMS: read as text, utf-8, 1 line\n",
        "note: README.md: not read: no reader recognises it\n",
    ] {
        assert!(loud.err.contains(line), "{line}{}", loud.err);
    }
    let report = json(&loud);
    let sources = report["sources"].as_array().expect("sources");
    assert_eq!(report["bundles"][0]["sources"], sources.len());
    let registry = sources.iter().find(|source| source["file"] == "clients/WKS003/services.reg").expect("the file");
    assert_eq!((&registry["host"], &registry["encoding"]), (&"WKS003".into(), &"utf-16le".into()));
}

#[test]
fn a_tar_is_read_from_standard_input() {
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_dir_all(".", Path::new(env!("CARGO_MANIFEST_DIR")).join(DEMO)).expect("an archive");
    let tar = tar.into_inner().expect("an archive");
    let piped = servpack_reads(&["audit", "-", "--format", "json"], &tar);
    assert_eq!(piped.code, Some(0), "{}", piped.err);
    let (mut piped, mut folder) = (json(&piped), json(&servpack(&["audit", DEMO, "--format", "json"])));
    assert_eq!(piped["bundles"][0]["path"], "-");
    for report in [&mut piped, &mut folder] {
        report["bundles"][0]["path"] = Value::Null;
    }
    assert_eq!(piped, folder);
    assert_eq!(servpack_reads(&["audit", "-"], b"").code, Some(4));
    assert_eq!(servpack_reads(&["audit", "-", "--max-unpacked", "1K"], &tar).code, Some(3));
    assert_eq!(servpack_reads(&["audit", "-", "-"], &tar).code, Some(2));
}

#[test]
fn rules_are_converted_from_standard_input_and_back() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/sms/pcm/Q168463.rule");
    let rule = std::fs::read(path).expect("a rule");
    let yaml = servpack_reads(&["convert", "--to", "yaml"], &rule);
    let back = servpack_reads(&["convert", "--to", "rule", "-"], yaml.out.as_bytes());
    assert_eq!((back.code, back.out.as_bytes()), (Some(0), rule.as_slice()), "{}", back.err);
    let wrong = servpack_reads(&["convert", "--to", "rule"], &rule);
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""));
    assert!(wrong.err.contains("hint: standard input was read as YAML"), "{}", wrong.err);
}

#[test]
fn a_need_is_named_beside_its_finding_and_explained_once() {
    let few = ["Q158644", "Q164887", "Q168463", "Q173073", "Q214448"].map(|article| ["--only", article]);
    let run = servpack(&[&["audit", DEMO, "--host", "WKS007"], few.as_flattened()].concat());
    assert!(run.out.contains("    collect: level of Microsoft Systems Management Server; log pacman\n"), "{}", run.out);
    assert_eq!(run.out.matches("Copy Pacman.log").count(), 1, "{}", run.out);
    assert!(!run.out.contains("(WKS007)"), "the machine is named in the heading\n{}", run.out);
}

#[test]
fn bad_rules_are_all_shown_and_stop_the_audit() {
    let rules = folder(
        "bad-rules",
        &[
            ("Q1.rule", b"article Q1 \"One\" {\n  product sms\n  affects 1.2\n  symptom s \"x\" { log pacmann has \"y\" }\n}\n"),
            ("Q2.yaml", b"article: Q2\ntitle: Two\nproduct: sms\naffects: [1.2]\nsymptoms:\n  - id: s\n    says: x\n    when: {log: pacman, regex: 'a(b'}\n"),
        ],
    );
    let path = rules.to_string_lossy();
    for (args, code) in [(vec!["check", &path], 1), (vec!["audit", DEMO, "--rules", &path], 2)] {
        let run = servpack(&args);
        assert_eq!(run.code, Some(code), "{}", run.err);
        assert!(run.err.contains("Q1.rule:4:") && run.err.contains("`pacman`"), "{}", run.err);
        assert!(run.err.contains("Q2.yaml:8:"), "{}", run.err);
    }
}

#[test]
fn check_and_test_are_content_with_the_builtin_rules() {
    let run = servpack(&["check"]);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    let run = servpack(&["test"]);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
}

#[test]
fn a_trace_shows_the_whole_proof() {
    let run = servpack(&["audit", DEMO, "--trace", "Q168463"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.out.contains("Client executable active"), "{}", run.out);
    let run = servpack(&["audit", DEMO, "--trace", "q168463@wks00?"]);
    assert!(
        run.out.contains("Q168463 on WKS002: at-risk") && run.out.contains("Q168463 on WKS007: unknown"),
        "{}",
        run.err
    );
    let run = servpack(&["audit", DEMO, "--trace", "Q152229@WKS001"]);
    assert!(run.code == Some(2) && run.err.contains("`Q152229` was not asked of WKS001"), "{}", run.err);
    // A miss says how far it came, and what would have to come next.
    let log = b"Executing command line: F:\\ABC0000A\\NTENCAP /NTW WINNT32.EXE   $$<SMS_PACKAGE_COMMAND_MANAGER_NT><Wed Mar 12 22:00:04 1997~><thread=6E>\r\n\
        An error was detected while attempting to run the job.   $$<SMS_PACKAGE_COMMAND_MANAGER_NT><Wed Mar 12 22:41:10 1997~><thread=6E>\r\n";
    let bundle = folder("miss", &[("WKS1/pacman.log", log)]);
    let run = servpack(&["audit", &bundle.to_string_lossy(), "--trace", "Q164887@WKS1"]);
    let words = run.out.split(['\n', ' ', '\u{2502}']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    for part in [
        "3 of 7 steps reached; next: no log pacman text has \"No error was detected",
        "then log pacman text has \"SMS PCM Service Started\"",
        "WKS1/pacman.log:2 1997-03-12 22:41:10 An error was detected",
    ] {
        assert!(words.contains(part), "{part}\n{}", run.out);
    }
}

#[test]
fn a_file_that_is_cut_off_is_a_problem_and_not_the_end() {
    let log = b"Executing command line: F:\\ABC00007\\SETUP.EXE   $$<SMS_PACKAGE_COMMAND_MANAGER_NT><Tue Feb 11 02:00:05 1997~><thread=6E>\r\n";
    let bundle = folder("cut-off", &[("good/pacman.log", log), ("bad/logs.zip", b"PK\x03\x04 this is no archive")]);
    let run = servpack(&["audit", &bundle.to_string_lossy(), "--format", "json"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.contains("logs.zip"), "{}", run.err);
    assert!(json(&run)["problems"].as_array().is_some_and(|problems| !problems.is_empty()));
}

#[test]
fn nothing_from_a_bundle_reaches_the_terminal_raw() {
    let log = "A package is currently being installed in the background \u{1b}[2J\u{9b}31m\u{202e}evil\r\n".as_bytes();
    let bundle = folder("escapes", &[("WKS\u{202e}1/note.txt", log), ("WKS2/note.txt", log)]);
    let run = servpack(&["audit", &bundle.to_string_lossy(), "--all"]);
    for text in [&run.out, &run.err] {
        assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text:?}");
    }
}

#[test]
fn help_has_examples() {
    for command in ["audit", "matrix", "explain", "check", "test", "convert", "schema"] {
        let run = servpack(&[command, "--help"]);
        assert_eq!(run.code, Some(0));
        assert!(
            run.out.contains(&format!("servpack {command}")) && run.out.to_lowercase().contains("examples"),
            "{}",
            run.out
        );
    }
}

#[test]
fn explain_tells_the_whole_article() {
    let run = servpack(&["explain", "Q168463"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    for word in ["1.2 SP3", "workaround", "PCM"] {
        assert!(run.out.to_lowercase().contains(&word.to_lowercase()), "{word}\n{}", run.out);
    }
}

/// The part of JSON Schema that our schemas use.
fn validate(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    if schema == &Value::Bool(false) {
        faults.push(format!("{at}: not allowed"));
    }
    let Some(schema) = schema.as_object() else { return };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("no {reference}"));
        validate(root, target, value, at, faults);
    }
    if let Some(any) = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array) {
        let passes = |one: &Value| {
            let mut own = Vec::new();
            validate(root, one, value, at, &mut own);
            own.is_empty()
        };
        if !any.iter().any(passes) {
            faults.push(format!("{at}: matches none of the forms: {value}"));
        }
    }
    if let Some(wanted) = schema.get("const").filter(|wanted| *wanted != value) {
        faults.push(format!("{at}: is not {wanted}"));
    }
    if let Some(wanted) = schema.get("enum").and_then(Value::as_array).filter(|wanted| !wanted.contains(value)) {
        faults.push(format!("{at}: {value} is not one of {wanted:?}"));
    }
    if let Some(kinds) = schema.get("type") {
        let kinds: Vec<&str> = kinds
            .as_array()
            .map_or_else(|| kinds.as_str().into_iter().collect(), |k| k.iter().filter_map(Value::as_str).collect());
        let is = |kind: &str| match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            _ => value.is_null(),
        };
        if !kinds.iter().any(|kind| is(kind)) {
            faults.push(format!("{at}: {value} is no {kinds:?}"));
        }
    }
    if let Some(object) = value.as_object() {
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                faults.push(format!("{at}: `{name}` is missing"));
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, value) in object {
            let at = format!("{at}.{name}");
            match (properties.and_then(|properties| properties.get(name)), schema.get("additionalProperties")) {
                (Some(schema), _) => validate(root, schema, value, &at, faults),
                (None, Some(schema)) => validate(root, schema, value, &at, faults),
                (None, None) => {}
            }
        }
    }
    if let (Some(list), Some(items)) = (value.as_array(), schema.get("items")) {
        for (number, value) in list.iter().enumerate() {
            validate(root, items, value, &format!("{at}[{number}]"), faults);
        }
    }
}
