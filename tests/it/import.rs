//! `servpack import` from outside: inputs of every kind, order, broken articles, exit codes; and that no bytes bring the
//! reading down or make it slow.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use servpack::article::{self, Layout};

/// An article of our own in the layout of the vendor's text files.
fn txt(id: &str, title: &str) -> String {
    let rule = "=".repeat(70);
    let thin = "-".repeat(79);
    format!(
        "DOCUMENT:{id}  01-MAY-1998  [acme]\r\nTITLE   :{title}\r\nPRODUCT :Acme Server\r\nPROD/VER:winnt:1.2\r\nOPER/SYS:\r\nKEYWORDS:kbone\r\n\r\n\
         {rule}\r\n{thin}\r\nThe information in this article applies to:\r\n\r\n - Acme Server version 1.2 \r\n{thin}\r\n\r\nSTATUS\r\n======\r\n\r\n\
         The drum is lost, see Q999999.\r\n\r\n{rule}\r\nKeywords          : kbone \r\nVersion           : winnt:1.2\r\n\r\n{}\r\n",
        "=".repeat(77)
    )
}

/// The same on a page of an archive.
fn page(id: &str, title: &str) -> String {
    let text = txt(id, title).replace("\r\n", "\n");
    let body = text.split_once(&format!("{}\n", "=".repeat(70))).expect("a rule").1;
    let header = "Product(s): Acme Server\nVersion(s): winnt:1.2\nOperating System(s): \nKeyword(s): kbone\nLast Modified: 01-MAY-1998\n";
    let lines = format!("Article: {id}\n{header}\n{body}");
    let lines: String = lines.lines().map(|line| format!("\t{}\n", line.strip_prefix(' ').unwrap_or(line))).collect();
    format!("---\nlayout: page\ntitle: \"{id}: {title}\"\npermalink: /kb/{id}/\n---\n\n## {id}: {title}\n\n{lines}")
}

struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Run {
    fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The ids in the order of the lines.
    fn ids(&self) -> Vec<String> {
        let id = |line: &str| serde_json::from_str::<article::Article>(line).expect("a record").id;
        self.out.lines().map(id).collect()
    }
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_servpack"));
    command.arg("import").args(args).env("NO_COLOR", "1").env("COLUMNS", "80");
    command
}

fn import(args: &[&str]) -> Run {
    Run::new(command(args).output().expect("the binary runs"))
}

fn import_from(input: &[u8]) -> Run {
    let mut child = command(&["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(input).expect("the input is taken");
    Run::new(child.wait_with_output().expect("the binary ends"))
}

/// A fresh folder with these files.
fn folder(name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("import-{name}"));
    let _ = fs::remove_dir_all(&folder);
    for (path, content) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    folder
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, *content).expect("an entry");
    }
    builder.into_inner().expect("a tar")
}

#[test]
fn a_folder_gives_one_line_an_article_in_order_of_id() {
    let (a, b, c) = (txt("Q200000", "Second"), page("Q99999", "First"), txt("Q1000000", "Third"));
    let files: [(&str, &[u8]); 3] =
        [("a.txt", a.as_bytes()), ("deep/down/b.md", b.as_bytes()), ("c.txt", c.as_bytes())];
    let root = folder("order", &files);
    let run = import(&[shown(&root)]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert_eq!(run.ids(), ["Q99999", "Q200000", "Q1000000"]);
    assert_eq!(import(&[shown(&root)]).out, run.out);
    // Into a file.
    let file = root.join("out.jsonl");
    let written = import(&[shown(&root.join("a.txt")), "-o", shown(&file)]);
    assert_eq!((written.code, written.out.as_str()), (Some(0), ""));
    assert!(fs::read_to_string(&file).expect("a file").starts_with("{\"id\":\"Q200000\""));
}

#[test]
fn archives_in_archives_and_standard_input() {
    let (a, b) = (txt("Q200000", "A"), txt("Q100000", "B"));
    let inner = tar(&[("b.txt", b.as_bytes())]);
    let outer = tar(&[("inner.tar", &inner), ("a.txt", a.as_bytes())]);
    let root = folder("archive", &[("kb.tar", &outer)]);
    let archive = root.join("kb.tar");
    let run = import(&[shown(&archive)]);
    assert_eq!((run.code, run.ids()), (Some(0), vec!["Q100000".to_owned(), "Q200000".to_owned()]));
    assert_eq!(import_from(&outer).out, run.out);
    assert_eq!(import_from(a.as_bytes()).ids(), ["Q200000"]);
    let limited = import(&[shown(&archive), "--max-depth", "1"]);
    assert_eq!(limited.ids(), ["Q200000"]);
    assert!(limited.err.contains("nested deeper"), "{}", limited.err);
    assert!(limited.err.contains("kb.tar!/inner.tar"), "{}", limited.err);
}

#[test]
fn a_broken_article_is_told_and_left_out() {
    let good = txt("Q100000", "Good");
    let large = [good.as_bytes(), &vec![b'x'; article::MAX_BYTES]].concat();
    let files: [(&str, &[u8]); 6] = [
        ("binary.txt", b"MZ\0\0\x01\x02"),
        ("empty.txt", b""),
        ("good.txt", good.as_bytes()),
        ("large.txt", &large),
        ("no-id.txt", b"DOCUMENT:none\r\nTITLE   :x\r\n\r\ntext"),
        ("readme.md", b"# Not an article\n"),
    ];
    let root = folder("broken", &files);
    let run = import(&[shown(&root)]);
    assert_eq!((run.code, run.ids()), (Some(0), vec!["Q100000".to_owned()]));
    let warnings: Vec<&str> = run.err.lines().collect();
    assert_eq!(warnings.len(), 5, "{}", run.err);
    for (warning, (name, says)) in warnings.iter().zip([
        ("binary.txt", "no text"),
        ("empty.txt", "empty"),
        ("large.txt", "larger than 1 MiB"),
        ("no-id.txt", "no id"),
        ("readme.md", "no header"),
    ]) {
        assert!(warning.starts_with("warning: ") && warning.contains(name) && warning.contains(says), "{warning}");
    }
    assert_eq!(import(&[shown(&root), "-q"]).err, "");
}

#[test]
fn of_two_copies_the_first_by_path_is_kept() {
    let (a, b) = (txt("Q100000", "One"), page("Q100000", "Another"));
    let root = folder("twice", &[("a/x.md", b.as_bytes()), ("b/x.txt", a.as_bytes())]);
    let (one, other) = (root.join("a"), root.join("b"));
    for order in [[&one, &other], [&other, &one]] {
        let run = import(&order.map(|path| shown(path)));
        assert!(run.out.contains("Another") && run.out.lines().count() == 1, "{}", run.out);
        assert!(run.err.contains("b/x.txt") && run.err.contains("left out"), "{}", run.err);
    }
}

#[test]
fn exit_codes() {
    let root = folder("codes", &[("readme.md", b"# Not an article\n")]);
    let nothing = import(&[shown(&root)]);
    assert_eq!(nothing.code, Some(4), "{}", nothing.err);
    assert!(nothing.err.contains("nothing to import"), "{}", nothing.err);
    assert_eq!(import(&[shown(&root.join("none"))]).code, Some(3));
    assert_eq!(import(&[]).code, Some(2));
    assert_eq!(import(&["-", "-"]).code, Some(2));
    assert!(import(&["--help"]).out.contains("servpack import articles/ -o articles.jsonl"));
}

#[test]
fn verbose_tells_what_is_doubtful() {
    let title = "A Title That Has Exactly Sixty-Four Characters, Where It Is Cut";
    let title = format!("{title}{}", "x".repeat(64 - title.len()));
    let root = folder("doubts", &[("a.txt", txt("Q100000", &title).as_bytes())]);
    let run = import(&[shown(&root), "-v"]);
    assert!(run.err.contains("note: ") && run.err.contains("64 characters"), "{}", run.err);
    assert_eq!(import(&[shown(&root)]).err, "");
}

#[test]
fn both_layouts_give_the_same_record() {
    let read = |text: String| article::read(text.as_bytes()).expect("an article");
    let (one, other) = (read(txt("Q100000", "A Title")), read(page("Q100000", "A Title")));
    assert_eq!((one.layout, other.layout), (Layout::Txt, Layout::Jekyll));
    assert_eq!(one.references, ["Q999999"]);
    assert_eq!(article::Article { layout: Layout::Jekyll, ..one }, other);
}

/// A product that the articles of this file are about.
const PRODUCT: &str = "product: acme\nname: Acme Server\ninstall: Install {level}\nlevels: [{level: '1.1'}, {level: '1.2', after: ['1.1']}]\n";

#[test]
fn drafts_are_rules_that_check_accepts() {
    let quoting = txt("Q100000", "A \"quoted\" title").replace(
        "The drum is lost",
        "This error appears:\r\n\r\n   The drum \\\\S1\\x could not be /found/ on 12 of the (many) machines.\r\n\r\nThe drum is lost",
    );
    let plain = txt("Q200000", "Another title");
    let root = folder(
        "drafts",
        &[("a.txt", quoting.as_bytes()), ("b.txt", plain.as_bytes()), ("acme/product.yaml", PRODUCT.as_bytes())],
    );
    let (one, both) = (root.join("a.txt"), root.join("drafts"));
    let (product, one, out) = (root.join("acme"), shown(&one), shown(&both));
    let run = import(&["--draft", "--rules", shown(&product), one]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    for part in
        ["article Q100000 ", "product acme\n", "affects 1.2\n", "tags draft\n", "references Q999999\n", "could\\s+not"]
    {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    let several = [one, shown(&root.join("b.txt"))].map(str::to_owned);
    let several = import(&["--draft", "--product", "acme", "--rules", shown(&product), &several[0], &several[1]]);
    assert_eq!(several.code, Some(2), "{}", several.err);
    assert!(several.err.contains("-o FOLDER"), "{}", several.err);
    let run = import(&["--draft", "--rules", shown(&product), one, shown(&root.join("b.txt")), "-o", out]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    fs::write(both.join("product.yaml"), PRODUCT).expect("a file");
    let check = Command::new(env!("CARGO_BIN_EXE_servpack")).args(["check", out]).env("NO_COLOR", "1").output();
    let check = Run::new(check.expect("the binary runs"));
    assert_eq!((check.code, check.out.as_str()), (Some(0), "2 rules checked: 0 errors, 0 warnings\n"), "{}", check.err);
}

#[test]
fn drafts_need_a_product() {
    let root = folder("no-product", &[("a.txt", txt("Q100000", "A").as_bytes())]);
    let run = import(&["--draft", shown(&root)]);
    assert_eq!(run.code, Some(4), "{}", run.err);
    assert!(run.err.contains("--product"), "{}", run.err);
    let unknown = import(&["--draft", "--product", "acne", shown(&root)]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("`acne` is no product that is known"), "{}", unknown.err);
}

/// Pieces that articles are made of, whole and broken.
const PIECES: &[&str] = &[
    "DOCUMENT:Q123456  01-MAY-1998  [x]\r\n",
    "TITLE   :A title\r\n",
    "---\n",
    "Article: Q123456\n",
    "\tArticle: Q123456\n",
    "Product(s): See article\n",
    "<!DOCTYPE html><h2 id=\"q1\">Q123456: x</h2><pre>",
    "</pre>",
    "&quot;&#92;&",
    "<A0><",
    "The information in this article applies to:\n\n",
    " - Acme, versions 1.0, 1.1 and 1.2 SP3, used with:\n",
    "    - the operating system: X\n",
    "-------------------------------------------------------------------------------\n",
    "======================================================================\n",
    "SYMPTOMS\n========\n",
    "CAUSE\n-----\n",
    "The following error message appears in the log:\n\n",
    "   A message that is quoted, and that goes on for so long that it is wrapped at the\n",
    "   text~   $$<ACME><Tue\n",
    "   Nov 04 13:07:28 1997~><thread=A0>\n",
    "[05/03/99 13:54:39] Program ==> text\n",
    "text\tACME\t1/12/99 4:51:10 PM\t6E\t\n",
    "It was first corrected in Acme 1.2 Service Pack 3. ",
    "obtain the latest service pack for Acme version 2.0",
    "   5/6/99  6:30pm  1.2(build 786)  469,936  Tool.exe  x86\n",
    "HKEY_LOCAL_MACHINE\\Software\\Acme\n",
    "   [Local]\n   Key=value\n",
    "Event ID: 374, Q123456.exe Q12345\n",
    "Microsoft has confirmed this to be a problem\n",
    "Additional query words: one two\n\n",
    "Keywords          : kbone\n",
    "\n",
    "\u{e9}\u{1f600}",
    "$$",
    "<",
    "\\",
    "\"",
    "Q",
    "(",
    ":",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_bring_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = article::read(&bytes);
        let _ = article::read(&[b"DOCUMENT:Q123456 1-MAY-1998\n\n".as_slice(), &bytes].concat());
    }

    #[test]
    fn no_order_of_pieces_brings_it_down(order in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let text: String = order.iter().map(|piece| PIECES[*piece]).collect();
        let _ = article::read(text.as_bytes());
        let headed = format!("{}\r\n{text}", PIECES[0]);
        let article = article::read(headed.as_bytes());
        if let Ok(article) = article {
            prop_assert!(article.messages.len() <= 64 && article.messages.iter().all(|text| text.chars().count() <= 512));
            prop_assert!(!article.references.contains(&article.id));
        }
    }
}

/// Texts of one repeated piece, or two: whatever is compared with all that came before shows here.
#[test]
fn time_grows_with_the_size() {
    let pieces = PIECES.iter().map(|piece| (*piece).to_owned());
    let twos = [
        "$$ A",
        "$< ",
        "<a",
        "& ",
        "[a ",
        "version ",
        "is fixed in Aa ",
        "   $$<A><\n   ",
        "Event ",
        "1,",
        "1.2;",
        "- a\n",
        "a|",
        "Q1",
    ];
    for piece in pieces.chain(twos.map(str::to_owned)) {
        for front in
            ["DOCUMENT:Q123456 1-MAY-1998\n\n", "DOCUMENT:Q123456 1-MAY-1998\nPROD/VER:", "<html>Article: Q123456\n\n"]
        {
            let time = |size: usize| {
                let text = format!("{front}{}", piece.repeat(size / piece.len()));
                let once = || {
                    let start = Instant::now();
                    let _ = article::read(text.as_bytes());
                    start.elapsed()
                };
                (0..2).map(|_| once()).min().unwrap_or_default()
            };
            let small = time(8 << 10);
            // Noise of the machine counts for less than a millisecond or two.
            let large = time(64 << 10);
            let most = (small.max(Duration::from_millis(2))) * 8 * 5;
            assert!(large < most, "{piece:?} after {front:?}: {small:?} for 8 KiB, {large:?} for 64 KiB");
        }
    }
}
