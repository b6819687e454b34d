//! The same facts in another form give the same verdicts: every case of every rule, in every encoding, line end,
//! container and layout. And what is taken away or torn never becomes a sure answer of another kind.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use servpack::audit::{Auditor, Options, Planned, audit};
use servpack::case::{self, Case};
use servpack::pack::{Pack, PackFile};
use servpack::report;
use servpack::source::{Bundle, Limits};

/// Paths and contents, the manifest among them.
type Files = Vec<(String, Vec<u8>)>;

/// A form that changes nothing of what the files say.
struct Form {
    name: &'static str,
    change: fn(Files) -> Files,
}

const FORMS: &[Form] = &[
    Form { name: "LF", change: |files| texts(files, |text| text.replace("\r\n", "\n").into_bytes()) },
    Form { name: "CRLF", change: |files| texts(files, |text| crlf(text).into_bytes()) },
    Form { name: "CR", change: |files| texts(files, |text| text.replace('\n', "\r").into_bytes()) },
    Form { name: "no line end at the end", change: |files| texts(files, |text| text.trim_end().into()) },
    Form { name: "the end mark of DOS", change: |files| texts(files, |text| format!("{text}\u{1a}").into_bytes()) },
    Form { name: "NULs at the end", change: |files| texts(files, |text| format!("{text}{}", "\0".repeat(700)).into()) },
    Form { name: "UTF-8 with a mark", change: |files| texts(files, |text| format!("\u{feff}{text}").into_bytes()) },
    Form { name: "UTF-16LE", change: |files| texts(files, |text| utf16(&crlf(text), u16::to_le_bytes)) },
    Form { name: "UTF-16BE", change: |files| texts(files, |text| utf16(&crlf(text), u16::to_be_bytes)) },
    Form {
        name: "UTF-16LE with a mark",
        change: |files| texts(files, |text| utf16(&format!("\u{feff}{}", crlf(text)), u16::to_le_bytes)),
    },
    Form {
        name: "UTF-16BE with a mark",
        change: |files| texts(files, |text| utf16(&format!("\u{feff}{text}"), u16::to_be_bytes)),
    },
    Form { name: "names in upper case", change: |files| paths(files, &|path| path.to_uppercase()) },
    Form { name: "names in lower case", change: |files| paths(files, &|path| path.to_lowercase()) },
    Form { name: "deep folders", change: |files| paths(files, &|path| in_folder(path, "C$/MS/Sms/LoGs")) },
    Form { name: "one flat folder a host", change: |files| paths(files, &flat) },
    Form { name: "rolled-over logs", change: rolled_over },
    Form { name: "noise", change: with_noise },
];

/// The articles whose cases are asked in every form: they have every kind of evidence, and no record that a form tears,
/// as a crash log is torn that rolls over within a crash.
const FORMED: &[&str] = &["Q152229", "Q158644", "Q164887", "Q168463", "Q173073", "Q214448"];

#[test]
fn every_case_is_the_same_in_every_form() {
    let pack = pack();
    let mut failures = Vec::new();
    let planned = Arc::new(Planned::new(&pack));
    let chosen = cases(&pack).into_iter().filter(|(name, _)| FORMED.iter().any(|article| name.contains(article)));
    // A third of the forms for each case, another one for the next: each form meets cases of every article.
    for (number, (name, files)) in chosen.enumerate() {
        let expected = findings(&planned, &Bundle::from_files("case", files.clone()));
        for form in FORMS.iter().skip(number % 3).step_by(3) {
            let found = findings(&planned, &Bundle::from_files("case", (form.change)(files.clone())));
            failures.extend(differences(&name, form.name, &expected, &found));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// One case is enough: what is in a container, the other test shows.
#[test]
fn every_container_is_the_same() {
    let pack = pack();
    let (_, files) = cases(&pack).swap_remove(0);
    let planned = Arc::new(Planned::new(&pack));
    let expected = findings(&planned, &Bundle::from_files("case", files.clone()));
    let wrapped = paths_with_manifest(files.clone(), &|path| format!("wrapped/{path}"));
    let packed = {
        let (manifest, rest): (Files, Files) = files.iter().cloned().partition(|(path, _)| path == "bundle.yaml");
        let inner = rest.into_iter().map(|(path, bytes)| (path.replacen("hosts/HOST1/", "", 1), bytes)).collect();
        [manifest, vec![("hosts/HOST1.zip".to_owned(), zip(inner))]].concat()
    };
    let manifest = |change: fn(&str) -> Vec<u8>| {
        let mut files = files.clone();
        files[0].1 = change(&String::from_utf8_lossy(&files[0].1));
        files
    };
    let forms = [
        ("a.zip", zip(files.clone())),
        ("a.tar", tar(&files)),
        ("a.tar.gz", gzip(&tar(&files))),
        ("wrapped.zip", zip(wrapped)),
        ("twice.zip", zip(vec![("outer/inner.zip".to_owned(), zip(files.clone()))])),
        ("packed-host.zip", zip(packed)),
        ("manifest-utf16.zip", zip(manifest(|text| utf16(&format!("\u{feff}{text}"), u16::to_le_bytes)))),
        ("manifest-crlf.zip", zip(manifest(|text| crlf(text).into_bytes()))),
        ("manifest-unknown-key.zip", zip(manifest(|text| format!("collector: 7\n{text}").into_bytes()))),
    ];
    for (name, bytes) in forms {
        let bundle = Bundle::open(&file(name, &bytes), &Limits::default()).expect("a bundle");
        assert_eq!(differences("case", name, &expected, &findings(&planned, &bundle)), [""; 0]);
    }
}

/// A message with letters beyond ASCII is the same message in whatever encoding it was written, stated or not.
#[test]
fn letters_beyond_ascii_are_the_same_in_every_encoding() {
    let text = "Der Dienst für das Gerät wurde geöffnet   $$<SMS_DESPOOLER><Fri Mar 05 10:00:00 1999~><thread=6E>\r\n\
                Übersicht der Schlüssel   $$<SMS_DESPOOLER><Fri Mar 05 10:00:01 1999~><thread=6E>\r\n";
    let dos = |c: char| match c {
        'ä' => 0x84,
        'ö' => 0x94,
        'ü' => 0x81,
        'Ü' => 0x9A,
        c => c as u8,
    };
    let marked = format!("\u{feff}{text}");
    for (name, bytes) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8 with a mark", marked.as_bytes().to_vec()),
        ("UTF-16LE", utf16(text, u16::to_le_bytes)),
        ("UTF-16BE with a mark", utf16(&marked, u16::to_be_bytes)),
        ("Windows-1252", text.chars().map(|c| c as u8).collect()),
        ("DOS", text.chars().map(dos).collect()),
    ] {
        let conditions = ["log despool has \"für das gerät\"", "log despool ~ /^übersicht/"];
        let assessment = crate::asking::ask(&conditions, vec![("despool.log".to_owned(), bytes)]);
        let states: Vec<&str> =
            assessment.hosts[0].findings[0].symptoms.iter().map(|symptom| symptom.state.word()).collect();
        assert_eq!(states, ["true", "true"], "{name}");
    }
}

/// Two sites in one archive stay two sites: the server of one says nothing of the clients of the other.
#[test]
fn the_bundles_of_a_fleet_are_asked_apart() {
    let trace = |text: &str, component: &str| {
        format!("{text}   $$<{component}><Fri Mar 05 10:00:00 1999~><thread=6E>\n").into_bytes()
    };
    let files = |site: &str, text: &str| {
        let file = |path: &str, content| (format!("{site}/{path}"), content);
        vec![
            file("clients/WKS/pacman.log", trace("Polling", "SMS_PACKAGE_COMMAND_MANAGER_NT")),
            file("site-servers/SRV/sched.log", trace(text, "SMS_SCHEDULER")),
        ]
    };
    let both = [files("siteA", "the job ended"), files("siteB", "nothing")].concat();
    let assessment = crate::asking::ask(&["log sched on site-server has \"the job ended\""], both);
    let state = |name: &str| {
        let host = assessment.hosts.iter().find(|host| host.name == name).expect("the host");
        host.findings[0].symptoms[0].state.word()
    };
    assert_eq!([state("siteA/WKS"), state("siteB/WKS")], ["true", "false"]);
}

/// Evidence that is cut off within a line may leave less known, or less sure, and may hide a sighting. It must not turn
/// what is wrong with a machine into a reason to be calm that nobody has shown.
#[test]
fn a_torn_export_clears_nobody() {
    let pack = pack();
    let reg = "REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SMS_PACKAGE_COMMAND_MANAGER_NT]\r\n\
               \"Start\"=dword:00000002\r\n\"ImagePath\"=\"C:\\\\MS\\\\SMS\\\\BIN\\\\PCMSVC32.EXE\"\r\n";
    let manifest = "bundle: 1\nhosts:\n  - name: A\n    role: client\n    levels: { sms: 1.2 SP2 }\n";
    let verdict = |bytes: &[u8]| {
        let files = vec![
            ("bundle.yaml".to_owned(), manifest.as_bytes().to_vec()),
            ("A/services.reg".to_owned(), bytes.to_vec()),
        ];
        verdicts(&pack, &Bundle::from_files("torn", files))["A Q168463"].clone()
    };
    assert_eq!(verdict(reg.as_bytes()), "at-risk");
    let ends: Vec<usize> = reg.match_indices("\r\n").map(|(at, _)| at).collect();
    for end in 0..reg.len() {
        // After a whole value nothing tells that there was more.
        let whole = ends.contains(&end) || ends.iter().any(|at| end == at + 1 || end == at + 2);
        let found = verdict(&reg.as_bytes()[..end]);
        assert!(whole || ["unknown", "at-risk"].contains(&found.as_str()), "cut at {end}: {found}");
    }
}

#[test]
fn a_manifest_with_faults_is_told_of_and_used() {
    let pack = pack();
    let manifest =
        "bundle: 1\nhosts:\n  - name: A\n    rol: client\n    collected: yesterday\n    levels: { sms: 1.2 SP3 }\n";
    let files =
        vec![("bundle.yaml".to_owned(), manifest.into()), ("A/sms.ini".to_owned(), "[SMS]\nBuildNo=786\n".into())];
    let bundle = Bundle::from_files("faults", files);
    let whats: Vec<&str> = bundle.problems.iter().map(|problem| problem.what.as_str()).collect();
    assert!(whats.len() == 2 && whats[0].contains("`rol`") && whats[1].contains("yesterday"), "{whats:?}");
    assert_eq!(verdicts(&pack, &bundle)["A Q168463"], "resolved");
}

fn pack() -> Pack {
    let pack = Pack::builtin();
    assert!(!pack.has_errors(), "{:#?}", pack.diagnostics);
    pack
}

/// All cases with their files.
fn cases(pack: &Pack) -> Vec<(String, Files)> {
    let mut all = Vec::new();
    for PackFile { name: file, text } in &pack.cases().expect("the cases can be read") {
        let cases: Vec<Case> = case::parse(file, text).expect("the repository's own cases");
        all.extend(cases.iter().map(|case| (format!("{}:{} {}", case.file, case.line, case.name), case.files())));
    }
    all
}

/// Host and article to the whole finding as the report gives it, but for the places of evidence.
fn findings(planned: &Arc<Planned<'_>>, bundle: &Bundle) -> BTreeMap<String, String> {
    let options = Options::default();
    let auditor = Auditor::with(Arc::clone(planned), &options).expect("no options");
    let assessment = auditor.gather_from(std::slice::from_ref(bundle)).assessment();
    let options = report::Options { width: 80, color: false, all: true, verbose: false };
    let mut text = Vec::new();
    report::find("json").expect("the format").audit(&assessment, &options, &mut text).expect("a report");
    let report: Value = serde_json::from_slice(&text).expect("JSON");
    let mut all = BTreeMap::new();
    for host in report["hosts"].as_array().expect("hosts") {
        for finding in host["findings"].as_array().expect("findings") {
            let mut finding = finding.clone();
            forget_places(&mut finding);
            all.insert(format!("{} {}", host["name"], finding["article"]), finding.to_string());
        }
    }
    all
}

/// File and line of evidence; the rest of a finding does not depend on where it was found.
fn forget_places(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("file");
            map.remove("line");
            map.values_mut().for_each(forget_places);
        }
        Value::Array(all) => all.iter_mut().for_each(forget_places),
        _ => {}
    }
}

/// Host and article to the verdict.
fn verdicts(pack: &Pack, bundle: &Bundle) -> BTreeMap<String, String> {
    let assessment = audit(pack, std::slice::from_ref(bundle), &Options::default()).expect("no options");
    let findings = assessment.hosts.iter().flat_map(|host| host.findings.iter().map(move |found| (host, found)));
    findings
        .map(|(host, found)| (format!("{} {}", host.name, found.article), found.verdict.word().to_owned()))
        .collect()
}

fn differences(
    case: &str,
    form: &str,
    expected: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
) -> Vec<String> {
    let keys: std::collections::BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let other = keys.into_iter().filter(|key| expected.get(*key) != found.get(*key));
    other.map(|key| format!("{case}, {form}: {key}: {:?} became {:?}", expected.get(key), found.get(key))).collect()
}

fn texts(files: Files, change: impl Fn(&str) -> Vec<u8>) -> Files {
    let change = |(path, bytes): (String, Vec<u8>)| {
        let changed = if path == "bundle.yaml" { bytes } else { change(&String::from_utf8(bytes).expect("UTF-8")) };
        (path, changed)
    };
    files.into_iter().map(change).collect()
}

/// Changes the path of each file below its host's folder.
fn paths(files: Files, change: &dyn Fn(&str) -> String) -> Files {
    let below = |path: &str| match path.splitn(3, '/').collect::<Vec<_>>()[..] {
        [group, host, rest] => format!("{group}/{host}/{}", change(rest)),
        _ => path.to_owned(),
    };
    paths_with_manifest(files, &below)
}

fn paths_with_manifest(files: Files, change: &dyn Fn(&str) -> String) -> Files {
    files.into_iter().map(|(path, bytes)| (change(&path), bytes)).collect()
}

fn in_folder(path: &str, folder: &str) -> String {
    format!("{folder}/{path}")
}

fn flat(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

/// The first half of each log is in the file that it was renamed to.
fn rolled_over(files: Files) -> Files {
    let mut split = Vec::new();
    for (path, bytes) in files {
        let text = String::from_utf8(bytes).expect("UTF-8");
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        match path.strip_suffix(".log") {
            Some(stem) if lines.len() > 1 => {
                let (old, new) = lines.split_at(lines.len() / 2);
                split.push((format!("{stem}.lo_"), old.concat().into_bytes()));
                split.push((path, new.concat().into_bytes()));
            }
            _ => split.push((path, text.into_bytes())),
        }
    }
    split
}

fn with_noise(mut files: Files) -> Files {
    let binary: Vec<u8> = (0..=255).cycle().take(4096).collect();
    files.extend([
        ("README.txt".to_owned(), b"Pacman.log is below.\n".to_vec()),
        ("hosts/HOST1/picture.png".to_owned(), [b"\x89PNG\r\n\x1a\n", binary.as_slice()].concat()),
        ("hosts/HOST1/empty.log".to_owned(), Vec::new()),
        ("hosts/HOST1/zeros.log".to_owned(), vec![0; 5000]),
        ("hosts/HOST1/stray.csv".to_owned(), b"name,remark\r\na,one \xFF stray byte\r\n".to_vec()),
        ("hosts/HOST1/other.ini".to_owned(), b"[windows]\r\nload=\r\n".to_vec()),
    ]);
    files
}

fn zip(files: Files) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer.start_file(path, zip::write::SimpleFileOptions::default()).expect("a new entry");
        writer.write_all(&bytes).expect("a writable entry");
    }
    writer.finish().expect("a whole zip").into_inner()
}

fn tar(files: &Files) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, bytes.as_slice()).expect("a new entry");
    }
    builder.into_inner().expect("a whole tar")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("a writable stream");
    encoder.finish().expect("a whole stream")
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("evidence-{name}"));
    std::fs::write(&path, bytes).expect("a writable file");
    path
}
