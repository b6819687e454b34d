//! `servpack import` from outside: inputs of every kind, order, broken articles, exit codes; and that no bytes bring the
//! reading down or make it slow.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
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

/// An article of our own, from which every layout is made.
struct Sample {
    title: &'static str,
    product: &'static str,
    versions: &'static str,
    systems: &'static str,
    keywords: &'static str,
    date: &'static str,
    /// All between the header and the legal text, as the text files have it.
    body: String,
}

const LEGAL: &str = "THE INFORMATION PROVIDED IN THE KNOWLEDGE BASE IS\nPROVIDED \"AS IS\" WITHOUT WARRANTY.";

impl Sample {
    /// The vendor's text file, in the code page of its time.
    fn txt(&self) -> Vec<u8> {
        let Self { title, product, versions, systems, keywords, date, body } = self;
        let text = format!(
            "DOCUMENT:Q123456  {date}  [acme]\nTITLE   :{title}\nPRODUCT :{product}\nPROD/VER:{versions}\n\
             OPER/SYS:{systems}\nKEYWORDS:{keywords}\n\n{}\n{body}\n{LEGAL}\n\nCopyright Acme 1998.",
            "=".repeat(70)
        );
        let (bytes, _, is_lossy) = encoding_rs::WINDOWS_1252.encode(&text);
        assert!(!is_lossy, "{title}");
        bytes.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect()
    }

    /// The lines of the page, whose header has other names and whose bullets stand one blank to the left.
    fn lines(&self) -> Vec<String> {
        let Self { product, versions, systems, keywords, date, body, .. } = self;
        let versions = versions.strip_prefix(':').unwrap_or(versions);
        let header = format!(
            "Article: Q123456\nProduct(s): {product}\nVersion(s): {versions}\nOperating System(s): {systems}\n\
             Keyword(s): {keywords}\nLast Modified: {date}\n"
        );
        let body = body.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned());
        header.lines().map(str::to_owned).chain([String::new()]).chain(body).collect()
    }

    /// A page of a site made with Jekyll: its titles are HTML, and bytes beyond ASCII are printed as `<E9>`.
    fn jekyll(&self, raw: bool) -> Vec<u8> {
        let title = entities(self.title).replace('\\', "&#92;").replace('[', "&#91;");
        let lines: String = self.lines().iter().map(|line| format!("\t{}\n", shown_bytes(line))).collect();
        let (begin, end) = if raw { ("{% raw %}\n\n", "\n{% endraw %}\n") } else { ("", "") };
        let front = format!("---\nlayout: page\ntitle: \"Q123456: {title}\"\npermalink: kb/123/Q123456/\n---\n\n");
        format!("{front}## Q123456: {title}\n\n{begin}{lines}{end}").into_bytes()
    }

    fn page(&self) -> Vec<u8> {
        let text = self.lines().join("\n");
        format!("An Archive\n\nView on GitHub\n\nQ123456: {}\n\n{text}\n\n{LEGAL}\n", self.title).into_bytes()
    }

    fn html(&self) -> Vec<u8> {
        let (title, text) = (entities(self.title), entities(&shown_bytes(&self.lines().join("\n"))));
        format!(
            "<!DOCTYPE html>\n<html><body><h1>An Archive</h1><h2>Of articles</h2>\n<h2 id=\"q123456-x\">Q123456: {title}</h2>\n\
             <pre><code>{text}</code></pre></body></html>"
        )
        .into_bytes()
    }
}

fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

fn shown_bytes(text: &str) -> String {
    let shown = |c: char| match encoding_rs::WINDOWS_1252.encode(&c.to_string()).0.first() {
        Some(byte) if !c.is_ascii() => format!("<{byte:02X}>"),
        _ => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// What follows the header of an ordinary article.
fn body(applies: &[&str], text: &str, footer: &str) -> String {
    let thin = "-".repeat(79);
    let entries: String = applies.iter().map(|entry| format!("{entry}\n")).collect();
    let block = format!("{thin}\nThe information in this article applies to:\n\n{entries}{thin}\n");
    let block = if applies.is_empty() { "" } else { &block };
    let footer =
        if footer.is_empty() { String::new() } else { format!("{}\n{footer}\n\n{}\n", "=".repeat(70), "=".repeat(77)) };
    format!("{block}\n{text}\n\n{footer}")
}

fn samples() -> Vec<Sample> {
    let plain = |title, body| Sample {
        title,
        product: "Acme Drum Compiler",
        versions: "WINDOWS:1.0,1.1; :2.0; winnt:2.0",
        systems: "",
        keywords: "kbdrum kbshowkbfixlist",
        date: "07-MAY-1998",
        body,
    };
    let footer = "Keywords          : kbdrum kbshow kbfixlist \nVersion           : WINDOWS:1.0,1.1; :2.0; winnt:2.0\n\
                  Platform          : x86\nIssue type        : kbbug\nSolution Type     : kbfix";
    let products = [
        " - Acme Drum Compiler for Windows, versions 1.0, 1.1 and 2.0",
        " - The Acme Show Library (SHOW.LIB), included with:",
        "    - Acme Drum Compiler, 32-bit Edition, version 2.0",
        " - Acme Stage version 4.2x, on platform(s):",
        "    - the operating system: Acme Night 95",
    ];
    vec![
        plain("ACME: \"Drums\" & <Shows> Stop in C:\\Acme [2.0]", body(&products, SECTIONS, footer)),
        plain("Long Title", body(&products[..1], ODD_HEADINGS, footer)),
        // Neither a footer nor the block of products, and no section.
        plain("PRB: Nothing But Text", body(&[], "The drum of Somebody\u{2019}s caf\u{e9}\u{a0}stops \u{2013}.", "")),
        // Keywords that are cut, and versions with blanks between them.
        Sample {
            versions: "3.51 4.0",
            keywords: "kbone kbtwo kbthree kbfour kbfive kbsix kbseven kbeight kbnine kbten kbeleven kbtwelve kbth",
            ..plain("Long Keywords", body(&[], "Text.\n\nAdditional query words: drum\nshow", ""))
        },
        // Words between the header and the block, rows of two tables, a TAB before a line.
        plain("Tables", format!("1.00 2.00 WINDOWS\nkbdrum\n\n{}", body(&products[..1], TABLES, footer))),
        plain(OF_64, body(&products[3..], SECTIONS, footer)),
        // The Programmer's Library.
        Sample {
            product: "See article",
            versions: "1.00 1.10 | 2.20",
            systems: "MS-DOS | OS/2",
            keywords: "ENDUSER | buglist1.10 | acmedrum_basic",
            date: "7-MAY-1990",
            ..plain("Some Function", "Question:\n\nDoes it stop?\n\nResponse:\n\n   See Q22222.\n\n".to_owned())
        },
    ]
}

/// Text files cut titles here.
const OF_64: &str = "A Title of the Right Length That Ends in the Middle of Someone's";

const SECTIONS: &str = "\nSYMPTOMS\n========\n\nThe compiler stops with the following error message:\n\n   Fatal error D1045: the drum \u{201c}A\u{201d} was not found in \\\\STAGE\\drums\n\n\
    CAUSE\n=====\n\n - The drum is lost; see Q99999.\n\n    - It was a small drum.\n\nSTATUS\n======\n\n\
    Acme has confirmed this to be a problem in Acme Drum Compiler version 1.1. This\nproblem was corrected in Acme Drum Compiler version 2.0 Service Pack 1.\n\nAdditional query words: drum lost";

const ODD_HEADINGS: &str = "Some words first.\n\nCAUSE\n-----\n\nThis is the log:\n\n   One drum~   $$<ACME_DRUM><Tue\n   Nov 04 13:07:28 1997~><thread=A0>\n\n\
    drum.log\n========\n\nWORKAROUNDS\n===========\n\nHow It Goes On\n==============\n\nCAUSE\n=====\n\n   [Drum]\n   Size=5\n\nAdditional reference words: a b";

const TABLES: &str = "MORE INFORMATION\n================\n\n   5/6/99  6:30pm  2.0.1.5  469,936  Drum.exe  x86\n\n\
    Drum.dll\t501,520\t1/2/99\n\tText behind a TAB, and the error \"The drum was not found\".\n\n   HKEY_LOCAL_MACHINE\\Software\\Acme\\Drum\n";

#[test]
fn all_layouts_of_every_sample_give_the_same_record() {
    for sample in samples() {
        let txt = article::read(&sample.txt()).expect("an article");
        let is_library = sample.product == "See article";
        for (wanted, bytes) in [
            (Layout::Jekyll, sample.jekyll(true)),
            (Layout::Jekyll, sample.jekyll(false)),
            (Layout::Page, sample.page()),
            (Layout::Html, sample.html()),
        ] {
            let layout = if is_library { Layout::Library } else { wanted };
            let read = article::read(&bytes).expect("an article");
            assert_eq!(read, article::Article { layout, ..txt.clone() }, "{} as {wanted:?}", sample.title);
        }
    }
}

#[test]
fn the_records_of_the_samples() {
    let all: Vec<article::Article> =
        samples().iter().map(|sample| article::read(&sample.txt()).expect("one")).collect();
    let versions = |article: &article::Article| -> Vec<String> {
        article.products.iter().map(|product| format!("{product}: {}", article.versions[product].join(" "))).collect()
    };
    let [whole, odd, bare, long, tables, cut, library] = &all[..] else { panic!("seven") };
    assert_eq!(
        versions(whole),
        [
            "Acme Drum Compiler for Windows: 1.0 1.1 2.0",
            "The Acme Show Library (SHOW.LIB): ",
            "Acme Drum Compiler, 32-bit Edition: 2.0",
            "Acme Stage: 4.2x"
        ]
    );
    assert_eq!(
        (&whole.platforms[..], whole.status.map(|status| status.word())),
        (&["windows".to_owned(), "winnt".to_owned()][..], Some("fixed"))
    );
    assert_eq!(whole.fixed_in[0].level, "2.0 SP1");
    assert_eq!(whole.messages, ["Fatal error D1045: the drum \u{201c}A\u{201d} was not found in \\\\STAGE\\drums"]);
    assert_eq!(whole.references, ["Q99999"]);
    assert_eq!(odd.sections, ["CAUSE", "WORKAROUNDS", "How It Goes On", "CAUSE"]);
    assert_eq!(odd.messages, ["One drum", "[Drum] Size=5"]);
    assert_eq!(odd.query_words, ["a", "b"]);
    assert_eq!(odd.keywords, ["kbdrum", "kbshow", "kbfixlist"]);
    assert_eq!(versions(bare), ["Acme Drum Compiler: 1.0 1.1 2.0"]);
    assert_eq!(bare.keywords, ["kbdrum", "kbshow", "kbfixlist"]);
    assert_eq!(
        (versions(long), long.keywords.last().map(String::as_str)),
        (vec!["Acme Drum Compiler: 3.51 4.0".to_owned()], Some("kbtwelve"))
    );
    assert_eq!(long.query_words, ["drum", "show"]);
    assert_eq!(tables.files.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Drum.exe", "Drum.dll"]);
    assert_eq!(tables.messages, ["The drum was not found", "HKEY_LOCAL_MACHINE\\Software\\Acme\\Drum"]);
    assert!(cut.warnings.iter().any(|warning| warning.contains("64 characters")), "{:?}", cut.warnings);
    assert_eq!(
        (library.platforms.join(" "), library.references.join(" ")),
        ("ms-dos os/2".to_owned(), "Q22222".to_owned())
    );
    assert_eq!(library.last_modified.as_deref(), Some("1990-05-07"));
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
        "$$<A> b ",
        "$$(A) b ",
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
            // Noise of the machine counts for less than a millisecond or two, or goes away when it is measured again:
            // at once if it was a moment's, and after seconds if the machine had more to do than it can.
            let measure = |attempt: u32| {
                thread::sleep(Duration::from_millis(if attempt == 0 { 0 } else { 10 << attempt }));
                let (small, large) = (time(8 << 10), time(64 << 10));
                (large >= small.max(Duration::from_millis(2)) * 8 * 5).then_some((small, large))
            };
            let slow: Vec<(Duration, Duration)> = (0..8).map_while(measure).collect();
            assert!(slow.len() < 8, "{piece:?} after {front:?}, for 8 KiB and 64 KiB: {slow:?}");
        }
    }
}
