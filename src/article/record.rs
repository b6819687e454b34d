//! The record of an article: what `servpack import` writes, and how it is put together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::applies::Applies;
use super::files::files;
use super::fixes::fixes;
use super::footer::Footer;
use super::header::{Header, platforms_and_versions};
use super::layout::{Layout, Prepared, Sheet};
use super::messages::Messages;
use super::paragraphs::paragraphs;
use super::references::references;
use super::sections::Sections;
use super::status::{confirmed, disagrees, status};
use super::text::decode;

/// What one article says of itself. What it does not say is empty or `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// `Q` and a number.
    pub id: String,
    /// The title, whole if the copy has it whole.
    pub title: String,
    /// The layout of the copy that was read.
    pub layout: Layout,
    /// The products that it applies to, in order of mention.
    pub products: Vec<String>,
    /// Their versions.
    pub versions: BTreeMap<String, Vec<String>>,
    /// Platforms of the version line, in lower-case letters and in its order.
    pub platforms: Vec<String>,
    /// The keywords, apart.
    pub keywords: Vec<String>,
    /// Keywords of products.
    pub technology: Vec<String>,
    /// `kbbug`, `kbhowto kbinfo`, ….
    pub issue_type: Option<String>,
    /// `kbfix`, `kbpending`, ….
    pub solution_type: Option<String>,
    /// Additional query words.
    pub query_words: Vec<String>,
    /// The date of the last change: `2001-07-30`.
    pub last_modified: Option<String>,
    /// The entries of "applies to", as printed.
    pub applies_to: Vec<String>,
    /// The headings in order.
    pub sections: Vec<String>,
    /// The vendor has confirmed the defect.
    pub confirmed: bool,
    /// What became of the defect.
    pub status: Option<Status>,
    /// The levels that the text says it is fixed in.
    pub fixed_in: Vec<FixedIn>,
    /// The rows of its file tables.
    pub files: Vec<FileRow>,
    /// Messages that it quotes.
    pub messages: Vec<String>,
    /// The articles that it names.
    pub references: Vec<String>,
    /// What is doubtful about this record.
    pub warnings: Vec<String>,
    /// The messages again, with who wrote them and where they stand: for drafts of rules. No record keeps it.
    #[serde(skip)]
    pub quotes: Vec<Quote>,
}

/// A message as it is quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The message.
    pub text: String,
    /// The component or program that its record names.
    pub writer: Option<String>,
    /// Messages of one place stand together.
    pub place: usize,
    /// It is one of several that may appear.
    pub either: bool,
}

/// What became of a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is confirmed, and no more is said.
    Confirmed,
    /// A level or a hotfix corrects it.
    Fixed,
    /// It is being looked into.
    Pending,
    /// It is meant to be so.
    ByDesign,
    /// It is no defect but an instruction.
    HowTo,
}

/// A level that the text names as corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedIn {
    /// `1.2 SP3`; with `SP?` if the pack is not named, and with a product in front if it is none of the article's.
    pub level: String,
    /// `first`, `latest` or `in version`.
    pub says: String,
}

/// A row of a table of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// `1998-08-13`
    pub date: Option<String>,
    /// `17:58`
    pub time: Option<String>,
    /// The version, as printed.
    pub version: Option<String>,
    /// In bytes; `None` also where it is printed in kilobytes.
    pub size: Option<u64>,
    /// The name, as printed.
    pub name: String,
    /// The platform, as printed.
    pub platform: Option<String>,
}

/// Why bytes are no article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is no text in it.
    #[error("it is empty; nothing is lost")]
    Empty,
    /// It is no text.
    #[error("it is no text; give the article as a text file or a page")]
    Binary,
    /// It is too large.
    #[error("it is larger than 1 MiB, and no article is; give one file an article")]
    TooLarge,
    /// It begins like no layout that is known.
    #[error("it has no header of an article (`DOCUMENT:Q…` or `Article: Q…`); leave it out if it is none")]
    NoHeader,
    /// It has a header without an id.
    #[error("its header has no id (`Q` and a number); add it to the header")]
    NoId,
}

/// So many warnings are kept.
const MOST_WARNINGS: usize = 32;

/// Reads the bytes of one article.
///
/// # Errors
/// What is no article says why.
pub fn read(bytes: &[u8]) -> Result<Article, Unreadable> {
    if bytes.len() > super::MAX_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let text = decode(bytes)?;
    let prepared = Prepared::new(&text);
    let sheet = prepared.sheet()?;
    Ok(article(&sheet))
}

fn article(sheet: &Sheet<'_>) -> Article {
    let header = &sheet.header;
    let footer = Footer::of(&sheet.lines);
    let stated = Applies::of(&sheet.lines[..footer.begin]);
    let applies = stated.clone().unwrap_or_else(|| Applies::of_header(header));
    let begin = applies.end.min(footer.begin);
    let body = &sheet.lines[begin..footer.begin];
    let sections = Sections::of(body);
    let prose: Vec<String> = paragraphs(body, &sections.is_heading).map(|paragraph| paragraph.joined()).collect();
    let prose = prose.join("\n");
    let lower = prose.to_ascii_lowercase();
    let fixed_in = fixes(&prose, &applies);
    let (issue, solution) = (footer.value("Issue type"), footer.value("Solution Type"));
    let status = status(&lower, !fixed_in.is_empty(), issue, solution);
    let (files, wrong_dates) = files(body);
    let messages = Messages::of(paragraphs(body, &sections.is_heading));
    let has_more = messages.more;
    let (messages, quotes) = messages.into_lists();
    let mut doubts = Doubts::default();
    doubts.header(header, &footer, stated.is_some(), &applies);
    doubts.body(&sections, &wrong_dates, has_more);
    if disagrees(status, solution) {
        let (status, solution) = (status.map_or("none", Status::word), solution.unwrap_or_default());
        doubts.add(format!("the text says `{status}`, and the footer says `{solution}`"));
    }
    if fixed_in.iter().any(|fix| fix.level.ends_with('?')) {
        doubts.add("the text does not name the service pack that has the fix");
    }
    let (platforms, _) = platforms_and_versions(footer.value("Version").unwrap_or(header.versions));
    let platforms = if header.is_library() { platforms_and_versions(&systems(header)).0 } else { platforms };
    Article {
        id: header.id.clone(),
        title: header.title.clone(),
        layout: sheet.layout,
        platforms,
        keywords: footer.words("Keywords").unwrap_or_else(|| header.keywords()),
        technology: footer.words("Technology").unwrap_or_default(),
        issue_type: issue.map(str::to_owned),
        solution_type: solution.map(str::to_owned),
        last_modified: header.date(),
        sections: sections.headings.iter().map(|heading| (*heading).to_owned()).collect(),
        confirmed: confirmed(&lower),
        status,
        fixed_in,
        files,
        messages,
        quotes,
        references: references(body, &header.id),
        warnings: doubts.0,
        query_words: footer.query_words,
        products: applies.products,
        versions: applies.versions,
        applies_to: applies.entries,
    }
}

/// The systems of a header as a version line has them.
fn systems(header: &Header<'_>) -> String {
    header.systems.split('|').map(|system| format!("{}:;", system.trim())).collect()
}

impl Status {
    /// The word of the record.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Fixed => "fixed",
            Self::Pending => "pending",
            Self::ByDesign => "by-design",
            Self::HowTo => "how-to",
        }
    }
}

/// What is doubtful about a record. All copies of an article give the same doubts.
#[derive(Debug, Default)]
struct Doubts(Vec<String>);

impl Doubts {
    fn add(&mut self, what: impl Into<String>) {
        if self.0.len() < MOST_WARNINGS {
            self.0.push(what.into());
        }
    }

    fn header(&mut self, header: &Header<'_>, footer: &Footer<'_>, has_block: bool, applies: &Applies) {
        if header.title.is_empty() {
            self.add("it has no title");
        }
        if header.title_may_be_cut() {
            self.add("the title has 64 characters, where titles are cut; it may be longer");
        }
        if header.date().is_none() {
            self.add("the date of its last change cannot be read");
        }
        if footer.is_missing() && !header.is_library() {
            self.add("it has no footer; keywords and versions are those of the header");
            if header.keywords_are_cut() {
                self.add("the keywords are cut, and the last one is left out");
            }
        }
        if applies.products.is_empty() {
            self.add("it names no product, so nobody knows of what its versions are");
        } else if !has_block {
            self.add("it does not say what it applies to; product and versions are those of the header");
        }
    }

    fn body(&mut self, sections: &Sections<'_>, wrong_dates: &[String], more_messages: bool) {
        for heading in sections.repeated() {
            self.add(format!("the heading `{heading}` stands there more than once"));
        }
        for heading in &sections.doubtful {
            self.add(format!("`{}` looks like a heading, and was taken for text", shortened(heading)));
        }
        for date in wrong_dates {
            self.add(format!("`{date}` in a table of files is no date"));
        }
        if more_messages {
            self.add("it quotes more messages than are kept");
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An article of our own in the layout of the vendor's text files.
    const TXT: &str = "DOCUMENT:Q123456  01-MAY-1998  [acme]\r
TITLE   :ACME: The \"Tool\" Stops & Waits\r
PRODUCT :Acme Wide Management Server\r
PROD/VER:winnt:1.1,1.2\r
OPER/SYS:\r
KEYWORDS:kbone kbtwokbfixlist\r
\r
======================================================================\r
-------------------------------------------------------------------------------\r
The information in this article applies to:\r
\r
 - Acme Wide Management Server versions 1.1, 1.2 \r
-------------------------------------------------------------------------------\r
\r
SYMPTOMS\r
========\r
\r
The tool stops, and its log shows this:\r
\r
   Waiting for the drum~   $$<ACME_TOOL><Tue\r
   Nov 04 13:07:28 1997~><thread=A0>\r
\r
See Q222222.\r
\r
STATUS\r
======\r
\r
Microsoft has confirmed this to be a problem in Acme Wide Management Server\r
version 1.2. It was corrected in the latest Acme Wide Management Server 1.2 U.S.\r
Service Pack.\r
\r
   5/6/99  6:30pm  469,936  Tool.exe  x86\r
\r
Additional query words: drum\r
\r
======================================================================\r
Keywords          : kbone kbtwo kbfixlist \r
Technology        : kbAcme\r
Version           : winnt:1.1,1.2\r
Issue type        : kbbug\r
Solution Type     : kbfix\r
\r
=============================================================================\r
\r
THE INFORMATION PROVIDED IN THE KNOWLEDGE BASE IS\r
PROVIDED \"AS IS\".\r
\r
Copyright Acme 1998.";

    #[test]
    fn the_record_has_the_fields_of_the_contract_in_order() {
        let article = read(TXT.as_bytes()).expect("an article");
        let wanted = concat!(
            r#"{"id":"Q123456","title":"ACME: The \"Tool\" Stops & Waits","layout":"txt","products":["Acme Wide Management Server"],"#,
            r#""versions":{"Acme Wide Management Server":["1.1","1.2"]},"platforms":["winnt"],"keywords":["kbone","kbtwo","kbfixlist"],"#,
            r#""technology":["kbAcme"],"issue_type":"kbbug","solution_type":"kbfix","query_words":["drum"],"last_modified":"1998-05-01","#,
            r#""applies_to":["Acme Wide Management Server versions 1.1, 1.2"],"sections":["SYMPTOMS","STATUS"],"confirmed":true,"status":"fixed","#,
            r#""fixed_in":[{"level":"1.2 SP?","says":"latest"}],"files":[{"date":"1999-05-06","time":"18:30","version":null,"size":469936,"#,
            r#""name":"Tool.exe","platform":"x86"}],"messages":["Waiting for the drum"],"references":["Q222222"],"#,
            r#""warnings":["the text does not name the service pack that has the fix"]}"#
        );
        assert_eq!(serde_json::to_string(&article).expect("JSON"), wanted);
        let back: Article = serde_json::from_str(wanted).expect("a record");
        assert_eq!(back, Article { quotes: Vec::new(), ..article });
    }

    /// The same article as a page: the header is another one, lines are indented less, entities stand in the title.
    fn page(with_raw: bool) -> String {
        let text = TXT.replace('\r', "");
        let body = text
            .split_once("======================================================================\n")
            .expect("a rule")
            .1;
        let body = body.split("\nTHE INFORMATION PROVIDED").next().unwrap_or_default();
        let mut page = String::from(
            "---\nlayout: page\ntitle: \"Q123456: ACME: The &quot;Tool&quot; Stops &amp; Waits\"\npermalink: /kb/123/Q123456/\n---\n\n## Q123456: ACME: The &quot;Tool&quot; Stops &amp; Waits\n\n",
        );
        page.push_str(if with_raw { "{% raw %}\n\n" } else { "" });
        for line in "Article: Q123456\nProduct(s): Acme Wide Management Server\nVersion(s): winnt:1.1,1.2\nOperating System(s): \nKeyword(s): kbone kbtwokbfixlist\nLast Modified: 01-MAY-1998\n"
            .lines()
            .chain([""])
            .chain(body.lines())
        {
            page.push_str(&format!("\t{}\n", line.strip_prefix(' ').unwrap_or(line)));
        }
        page.push_str(if with_raw { "\n{% endraw %}\n" } else { "" });
        page
    }

    #[test]
    fn all_layouts_of_an_article_give_the_same_record() {
        let txt = read(TXT.as_bytes()).expect("an article");
        let same = |text: String, layout: Layout| {
            let article = read(text.as_bytes()).expect("an article");
            assert_eq!(article, Article { layout, ..txt.clone() });
        };
        same(page(true), Layout::Jekyll);
        same(page(false), Layout::Jekyll);
        let body = page(false).split_once("\tArticle:").map(|(_, body)| format!("Article:{body}")).expect("a body");
        let body = body.replace("\n\t", "\n");
        same(format!("An Archive\n\nView on GitHub\n\nQ123456: {}\n\n{body}", txt.title), Layout::Page);
        let escaped = body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let html = "<!DOCTYPE html><html><h1>Site</h1><h2>Site</h2><h2 id=\"q123456-x\">Q123456: ACME: The &quot;Tool&quot; Stops &amp; Waits</h2>";
        same(format!("{html}<pre><code>{escaped}</code></pre></html>"), Layout::Html);
        same(TXT.replace('\r', ""), Layout::Txt);
    }

    #[test]
    fn an_article_of_the_programmers_library() {
        let text = "---\ntitle: \"Q12345: Some Function\"\n---\n\n## Q12345: Some Function\n\n\tArticle: Q12345\n\tProduct(s): See article\n\tVersion(s): 6.00 5.10 | 6.00\n\tOperating System(s): MS-DOS | OS/2\n\tKeyword(s): ENDUSER | buglist6.00 | mspl\n\tLast Modified: 1-MAY-1990\n\t\n\tQuestion:\n\t\n\tIs it so?\n";
        let article = read(text.as_bytes()).expect("an article");
        assert_eq!((article.id.as_str(), article.layout), ("Q12345", Layout::Library));
        assert_eq!(article.platforms, ["ms-dos", "os/2"]);
        assert_eq!(article.keywords, ["ENDUSER", "buglist6.00", "mspl"]);
        assert_eq!(article.last_modified.as_deref(), Some("1990-05-01"));
        assert!(article.products.is_empty() && article.warnings.len() == 1);
    }

    #[test]
    fn what_is_missing_is_told() {
        let bare = "DOCUMENT:Q123456  99-MAY-1998  [x]\nTITLE   :A\nPRODUCT :Acme Tool\nPROD/VER:winnt:1.1,1.2\nKEYWORDS:kbonekbfaq\n\ntext\n";
        let article = read(bare.as_bytes()).expect("an article");
        assert_eq!(article.versions["Acme Tool"], ["1.1", "1.2"]);
        assert_eq!(article.keywords, ["kbone", "kbfaq"]);
        assert_eq!((article.last_modified, article.warnings.len()), (None, 3));
        assert_eq!(read(&vec![b'a'; super::super::MAX_BYTES + 1]), Err(Unreadable::TooLarge));
    }
}
