//! The cache of rules from outside: it changes no report, whatever lies in its folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const DEMO: &str = "demo/site-abc";

/// Rules of a user: one replaces a built-in rule, and the pack has a warning.
const RULES: &str = r#"article MY-1 "A job fails" {
  product sms
  affects 1.2
  fixed in 1.2 SP3
  symptom seen "It stands in a log" { text ~ /(?<what>install\w*)/ }
}
article Q168463 "Mine" {
  product sms
  affects 1.2
  symptom seen "It stands in a log" { log smsrun32 has "pcmsvc32.exe" }
}
article MY-1 "A job fails again" {
  product sms
  affects 1.2
  symptom seen "It stands in a log" { text has "Client executable active" }
}
"#;

/// A fresh folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cache-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("my.rule"), RULES).expect("a file");
    folder
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_servpack"));
    command.args(args).arg("--rules").arg(folder.join("my.rule"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").env("COLUMNS", "80");
    command.env("SERVPACK_CACHE_DIR", folder.join("cache"));
    command
}

/// Exit code, standard output, standard error.
fn run(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    shown(command(folder, args).output().expect("the binary runs"))
}

fn shown(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What lies in the cache, by name.
fn kept(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("cache")).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// When the rules were stored: another time means that they were read anew.
fn stored(folder: &Path) -> std::time::SystemTime {
    let rules = kept(folder).into_iter().find(|path| path.extension().is_some_and(|end| end == "rules"));
    fs::metadata(rules.expect("stored rules")).and_then(|about| about.modified()).expect("its time")
}

#[test]
fn names_of_predicates_in_the_ir_are_those_of_the_registry() {
    let registry: Vec<&str> = servpack::predicate::PREDICATES.iter().map(|predicate| predicate.spec().name).collect();
    assert_eq!(servpack::rule::PREDICATE_NAMES, registry);
}

#[test]
fn every_command_says_the_same_with_the_cache() {
    let folder = folder("same");
    let commands: &[&[&str]] = &[
        &["audit", DEMO, "--all", "-v"],
        &["audit", DEMO, "--format", "json"],
        &["audit", DEMO, "--format", "json", "--only", "MY-*"],
        &["audit", DEMO, "--trace", "MY-1"],
        &["matrix", DEMO, "--by", "level"],
        &["explain", "q168463"],
        &["audit", DEMO, "--no-builtin"],
    ];
    for args in commands {
        let plain = run(&folder, &[*args, &["--no-cache"]].concat());
        let first = run(&folder, args);
        let time = stored(&folder);
        let second = run(&folder, args);
        assert_eq!(stored(&folder), time, "{args:?}: the cache was not used");
        assert_eq!(plain, first, "{args:?}");
        assert_eq!(plain, second, "{args:?}");
        assert_eq!(plain.0, Some(0), "{args:?}: {}", plain.2);
    }
}

#[test]
fn without_the_cache_nothing_is_kept() {
    let folder = folder("none");
    assert_eq!(run(&folder, &["audit", DEMO, "--no-cache"]).0, Some(0));
    assert_eq!(run(&folder, &["--no-cache", "explain", "MY-1"]).0, Some(0));
    let mut bare = command(&folder, &["explain", "MY-1"]);
    let bare = bare.env_clear().output().expect("the binary runs");
    assert_eq!(bare.status.code(), Some(0));
    // Authors look at what they wrote just now.
    let rules = folder.join("my.rule").display().to_string();
    for args in [&["check", &rules][..], &["check"], &["schema", "rule"], &["--help"], &["audit", "--help"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_servpack"));
        command.args(args).env("SERVPACK_CACHE_DIR", folder.join("cache"));
        assert_eq!(shown(command.output().expect("the binary runs")).0, Some(0), "{args:?}");
    }
    assert!(kept(&folder).is_empty() && !folder.join("cache").exists());
}

#[test]
fn a_damaged_or_stale_file_costs_nothing_but_time() {
    let folder = folder("damaged");
    let plain = run(&folder, &["explain", "MY-1"]);
    assert!(plain.1.contains("A job fails again"), "{}", plain.1);
    for path in kept(&folder) {
        let whole = fs::read(&path).expect("the file");
        for at in [0, 9, 20, 60, 90, whole.len() / 2, whole.len() - 1] {
            let mut torn = whole.clone();
            torn[at] ^= 1;
            fs::write(&path, &torn).expect("it can be written");
            assert_eq!(run(&folder, &["explain", "MY-1"]), plain, "byte {at}");
            assert!(fs::read(&path).expect("the file") == whole, "byte {at}: it was not made anew");
            fs::write(&path, &whole[..at]).expect("it can be written");
            assert_eq!(run(&folder, &["explain", "MY-1"]), plain, "{at} bytes");
        }
    }
    fs::write(folder.join("my.rule"), RULES.replace("fails again", "is late")).expect("a file");
    assert!(run(&folder, &["explain", "MY-1"]).1.contains("A job is late"));
    // An error in the rules is told every time.
    fs::write(folder.join("my.rule"), RULES.replace("product sms", "product sns")).expect("a file");
    let faults = run(&folder, &["explain", "MY-1"]);
    assert!(faults.0 == Some(2) && faults.2.contains("unknown-product"), "{}", faults.2);
    assert_eq!(run(&folder, &["explain", "MY-1"]), faults);
}

#[test]
fn a_folder_that_cannot_be_written_is_no_error() {
    let folder = folder("unwritable");
    let plain = run(&folder, &["audit", DEMO, "--no-cache"]);
    fs::write(folder.join("cache"), "a file in its place").expect("a file");
    assert_eq!(run(&folder, &["audit", DEMO]), plain);
    assert_eq!(fs::read_to_string(folder.join("cache")).expect("the file"), "a file in its place");
}

#[test]
fn processes_that_write_at_once_agree() {
    let folder = folder("at-once");
    let args = &["audit", DEMO, "--format", "json"];
    let plain = run(&folder, &[&args[..], &["--no-cache"]].concat());
    let spawn = |_| command(&folder, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let children: Vec<_> = (0..4).map(spawn).collect();
    for child in children {
        assert_eq!(shown(child.wait_with_output().expect("it ends")), plain);
    }
    assert!(kept(&folder).iter().all(|path| path.extension().is_none_or(|end| end != "tmp")));
    let time = stored(&folder);
    assert_eq!(run(&folder, args), plain);
    assert_eq!(stored(&folder), time, "what they left is of use");
}
