//! The same input gives the same bytes, whatever the number of threads, the container and the packing order.

use std::io::Write;
use std::path::Path;
use std::process::Command;

fn demo() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/site-abc"))
}

fn report(bundle: &Path, jobs: &str) -> serde_json::Value {
    let output = Command::new(env!("CARGO_BIN_EXE_servpack"))
        .args(["audit", "--format", "json", "--jobs", jobs])
        .arg(bundle)
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn jobs_do_not_change_a_byte() {
    assert_eq!(report(demo(), "1").to_string(), report(demo(), "7").to_string());
}

/// Everything but the path of the bundle.
fn comparable(mut report: serde_json::Value) -> serde_json::Value {
    report["bundles"][0]["path"] = "".into();
    report
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    fn walk(root: &Path, folder: &Path, all: &mut Vec<(String, Vec<u8>)>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, all);
            } else {
                let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
                all.push((name, std::fs::read(&path).expect("a file")));
            }
        }
    }
    let mut all = Vec::new();
    walk(folder, folder, &mut all);
    // An order that no walk would give.
    all.sort_by(|one, other| other.0.cmp(&one.0));
    all
}

#[test]
fn containers_do_not_change_a_finding() {
    let folder = tempdir("containers");
    let all = files(demo());
    let zip_path = folder.join("site-abc.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&zip_path).expect("a file"));
    for (name, content) in &all {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("an entry");
        zip.write_all(content).expect("its content");
    }
    zip.finish().expect("the end");
    let tgz_path = folder.join("site-abc.tar.gz");
    let gz =
        flate2::write::GzEncoder::new(std::fs::File::create(&tgz_path).expect("a file"), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gz);
    for (name, content) in &all {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, name, content.as_slice()).expect("an entry");
    }
    tar.into_inner().expect("the end").finish().expect("the end");
    let wanted = comparable(report(demo(), "2"));
    for path in [zip_path, tgz_path] {
        let found = comparable(report(&path, "2"));
        assert_eq!(wanted["hosts"], found["hosts"], "{}", path.display());
        assert_eq!(wanted["bundles"][0]["digest"], found["bundles"][0]["digest"], "{}", path.display());
    }
}

/// What is packed is read while the bundle is listed, large files too: it makes no difference.
#[test]
fn large_files_are_read_alike_from_every_container() {
    let folder = tempdir("large");
    let mut all = files(demo());
    for (name, content) in &mut all {
        let lower = name.to_lowercase();
        if lower.ends_with(".log") || lower.ends_with(".ini") {
            let once = content.clone();
            while content.len() < 300_000 {
                content.extend_from_slice(b"\r\n");
                content.extend_from_slice(&once);
            }
        }
        let path = folder.join("site-abc").join(&*name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content).expect("a file");
    }
    let pack = servpack::pack::Pack::builtin();
    let audit = |path: &Path, jobs: usize| {
        let options = servpack::audit::Options { jobs, ..Default::default() };
        let auditor = servpack::audit::Auditor::new(&pack, &options).expect("no options");
        let opened = auditor.open(path, &servpack::source::Limits::default()).expect("a bundle");
        let mut assessment = auditor.gather(vec![opened]).assessment();
        assessment.bundles[0].path.clear();
        format!("{assessment:?}")
    };
    let wanted = audit(&folder.join("site-abc"), 1);
    // The manifest comes first in one, and last in the other.
    for (name, order) in [("site-abc.tgz", 1), ("last.tgz", -1)] {
        all.sort_by_key(|(name, _)| order * i32::from(name != "bundle.yaml"));
        let gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gz);
        for (path, content) in &all {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            tar.append_data(&mut header, format!("site-abc/{path}"), content.as_slice()).expect("an entry");
        }
        let packed = tar.into_inner().expect("the end").finish().expect("the end");
        std::fs::write(folder.join(name), packed).expect("a file");
        for jobs in [1, 2] {
            assert!(audit(&folder.join(name), jobs) == wanted, "{name} with {jobs} jobs");
        }
    }
}

/// A fresh folder of this test run.
fn tempdir(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Machines that are handed over a few at a time make the same report as all of them at once.
#[test]
fn machines_are_the_same_one_after_the_other() {
    use servpack::audit::{Auditor, Options, Proofs, audit};
    use servpack::verdict::Machines;

    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/kb"));
    let mut all = servpack::pack::collect(folder).expect("the repository's own products");
    let rule = |number: usize| {
        let text = format!(
            "article Q{number} \"one of many\" {{\n  product sms\n  affects 1.2\n  fixed in 1.2 SP3\n  symptom s \"it is seen\" \
             {{ text has \"message {number}.\" }}\n}}\n"
        );
        servpack::pack::PackFile { name: format!("Q{number}.rule"), text }
    };
    // More than one thread takes at a time, on more machines than are in memory at once.
    all.extend((1000..1700).map(rule));
    let pack = servpack::pack::Pack::from_files(all);
    assert!(!pack.has_errors(), "{:#?}", pack.diagnostics);
    let file =
        |host: usize| (format!("HOST{host:02}/note.txt"), format!("message {}.\n", 1000 + 40 * host).into_bytes());
    let bundles = [servpack::source::Bundle::from_files("fleet", (0..32).rev().map(file).collect())];
    let options = |jobs| Options { jobs, ..Options::default() };
    let whole = audit(&pack, &bundles, &options(1)).expect("no levels are stated");
    assert_eq!(whole.hosts.len(), 32);
    for jobs in [1, 3] {
        let options = options(jobs);
        let auditor = Auditor::new(&pack, &options).expect("no levels are stated");
        let gathered = auditor.gather_from(&bundles);
        let hosts = gathered.hosts(Proofs::None);
        let names: Vec<&str> = whole.hosts.iter().map(|host| host.name.as_str()).collect();
        assert_eq!(gathered.names().collect::<Vec<_>>(), names);
        let batch = hosts.batch(0).len();
        assert!((1..32).contains(&batch), "{batch}");
        for report in servpack::report::REPORTS {
            let options = servpack::report::Options { width: 80, color: false, all: true, verbose: false };
            let (mut streamed, mut at_once) = (Vec::new(), Vec::new());
            report.machines(&gathered.about, &hosts, &options, &mut streamed).expect("a vector takes all");
            report.audit(&whole, &options, &mut at_once).expect("a vector takes all");
            assert!(streamed == at_once, "{} with {jobs} jobs", report.name());
        }
    }
    // One article alone is asked for with its proof.
    let options = options(1);
    let auditor = Auditor::new(&pack, &options).expect("no levels are stated");
    let gathered = auditor.gather_from(&bundles);
    let hosts = gathered.hosts(Proofs::Of("Q1040"));
    let batch = hosts.batch(1);
    let finding = &batch[0].findings[0];
    assert_eq!((batch[0].name.as_str(), batch[0].findings.len(), finding.article.as_str()), ("HOST01", 1, "Q1040"));
    assert_eq!(finding.symptoms[0].proof.seen[0].text, "message 1040.");
    assert!(hosts.batch(32).is_empty());
}
