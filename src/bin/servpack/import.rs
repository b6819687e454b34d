//! `servpack import`

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use servpack::article::{self, Article, MAX_BYTES};
use servpack::draft::{self, Draft, Quoted};
use servpack::fact::{Problem, Severity};
use servpack::kb::{ProductId, Products};
use servpack::source::FileVisitor;

use crate::args::{Global, ImportArgs};
use crate::engine::{self, Limits};
use crate::failure::Failure;
use crate::output::{self, Target};

pub(crate) fn run(args: ImportArgs, global: &Global) -> Result<u8, Failure> {
    // Nothing is held of a file but its record, so there may be many.
    let usual = Limits { max_entries: 10_000_000, ..Limits::default() };
    let limits = engine::limits(&args.limits, usual);
    if args.paths.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Failure::usage("standard input can be read only once: `-` is given twice"));
    }
    let drafter = if args.draft { Some(Drafter::new(&args)?) } else { None };
    let mut records = Vec::new();
    for path in &args.paths {
        let drafter = drafter.as_ref();
        let mut intake = Intake { root: path, records: &mut records, buffer: Vec::new(), drafter, global };
        engine::each_file(path, &limits, &mut intake)?;
    }
    if records.is_empty() {
        let paths: Vec<String> = args.paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::nothing(format!("nothing to import: there is no article in {}", paths.join(", "))));
    }
    let mut records = once_each(records, global);
    if args.draft {
        draft_together(&mut records);
        return write_drafts(&records, args.output.as_deref());
    }
    Target::new(args.output).write(|out| {
        records.iter().try_for_each(|record| {
            out.write_all(record.line.as_bytes())?;
            out.write_all(b"\n")
        })
    })?;
    Ok(0)
}

/// Drafts know which articles quote the same messages, so their texts are made when all of them are known.
fn draft_together(records: &mut [Record]) {
    let mut quoted = Quoted::default();
    records.iter().filter_map(|record| record.draft.as_ref()).for_each(|draft| quoted.add(draft));
    for record in records {
        record.line = record.draft.take().map(|draft| draft.rule(&quoted)).unwrap_or_default();
    }
}

/// One rule a file, named by the article; or the only one to standard output.
fn write_drafts(drafts: &[Record], folder: Option<&Path>) -> Result<u8, Failure> {
    let Some(folder) = folder.filter(|folder| folder.as_os_str() != "-") else {
        let [draft] = drafts else {
            let failure = Failure::usage(format!("there are {} drafts, and standard output takes one", drafts.len()));
            return Err(failure.hint("`-o FOLDER` writes each into a file of its own"));
        };
        return Target::Stdout.text(&draft.line).map(|()| 0);
    };
    fs::create_dir_all(folder)
        .map_err(|error| Failure::usage(format!("{} cannot be made: {error}", folder.display())))?;
    for draft in drafts {
        Target::File(folder.join(format!("Q{}.rule", draft.number))).text(&draft.line)?;
    }
    Ok(0)
}

/// What drafts are made with.
struct Drafter {
    products: Products,
    /// The product of all drafts, if one was chosen.
    chosen: Option<ProductId>,
}

impl Drafter {
    fn new(args: &ImportArgs) -> Result<Self, Failure> {
        let products = engine::load(true, &args.rules, None)?.products;
        let known = |name: &str| products.named(name).map(|product| product.id.clone());
        let chosen = match &args.product {
            None => None,
            Some(name) => Some(known(&name.to_lowercase()).ok_or_else(|| {
                let ids = products.iter().map(|product| product.id.as_str());
                let failure = Failure::usage(format!("`{name}` is no product that is known")).nearest(name, ids);
                failure.hint("`--rules PATH` adds a product.yaml")
            })?),
        };
        Ok(Self { products, chosen })
    }

    /// The draft, or why there is none.
    fn draft(&self, article: &Article) -> Result<Draft, String> {
        let product = match &self.chosen {
            Some(id) => self.products.get(id),
            None => draft::product_of(article, &self.products),
        };
        let product = product.ok_or("it names no product that is known; choose one with `--product`")?;
        Draft::of(article, product)
            .ok_or_else(|| "it states no level that is known and quotes no message, so there is no draft".to_owned())
    }
}

/// A record, or the draft of a rule, written.
struct Record {
    /// The number of its id.
    number: u64,
    /// The file that it is of.
    path: String,
    line: String,
    /// What its text is made of, if it is a draft.
    draft: Option<Draft>,
}

/// In order of id, and of each article only the first file by path.
fn once_each(mut records: Vec<Record>, global: &Global) -> Vec<Record> {
    records.sort_by(|one, other| (one.number, &one.path).cmp(&(other.number, &other.path)));
    let mut kept: Vec<Record> = Vec::with_capacity(records.len());
    for record in records {
        match kept.last().filter(|last| last.number == record.number) {
            Some(last) => {
                let what =
                    format!("Q{} stands in {} too, which is kept; this one is left out", record.number, last.path);
                output::problems(&[warning(&record.path, what)], global);
            }
            None => kept.push(record),
        }
    }
    kept
}

/// Reads one article at a time.
struct Intake<'a> {
    /// The input, as given.
    root: &'a Path,
    records: &'a mut Vec<Record>,
    buffer: Vec<u8>,
    /// Makes drafts instead of records.
    drafter: Option<&'a Drafter>,
    global: &'a Global,
}

impl Intake<'_> {
    /// The path of a file as a person would find it.
    fn shown(&self, path: &str) -> String {
        let root = self.root.display();
        let is_root = self.root.file_name().is_some_and(|name| name == path) || path == "-";
        match path {
            "" => root.to_string(),
            _ if is_root && !self.root.is_dir() => root.to_string(),
            _ if self.root.is_dir() => self.root.join(path).display().to_string(),
            _ => format!("{root}!/{path}"),
        }
    }

    fn read(&mut self, content: &mut dyn Read) -> io::Result<()> {
        self.buffer.clear();
        content.take(MAX_BYTES as u64 + 1).read_to_end(&mut self.buffer).map(drop)
    }

    fn keep(&mut self, path: String, article: &Article) {
        if self.global.verbose {
            let notes = article
                .warnings
                .iter()
                .map(|what| Problem { severity: Severity::Note, ..warning(&path, what.clone()) });
            output::problems(&notes.collect::<Vec<_>>(), self.global);
        }
        let number = article.id.trim_start_matches('Q').parse().unwrap_or(u64::MAX);
        match self.written(article) {
            Ok((line, draft)) => self.records.push(Record { number, path, line, draft }),
            Err(why) => self.warn(path, why),
        }
    }

    /// The line of a record, or a draft that has no text yet.
    fn written(&self, article: &Article) -> Result<(String, Option<Draft>), String> {
        if let Some(drafter) = self.drafter {
            return drafter.draft(article).map(|draft| (String::new(), Some(draft)));
        }
        let line = serde_json::to_string(article).map_err(|error| format!("its record cannot be written: {error}"))?;
        Ok((line, None))
    }

    fn warn(&self, path: String, what: String) {
        output::problems(&[warning(&path, what)], self.global);
    }
}

impl FileVisitor for Intake<'_> {
    fn file(&mut self, path: &str, content: &mut dyn Read) {
        let path = self.shown(path);
        if let Err(error) = self.read(content) {
            return self.warn(path, format!("it is left out, since it cannot be read to its end: {error}"));
        }
        match article::read(&self.buffer) {
            Ok(article) => self.keep(path, &article),
            Err(why) => self.warn(path, format!("it is left out: {why}")),
        }
    }

    fn problem(&mut self, problem: Problem) {
        let file = self.shown(&problem.file);
        output::problems(&[Problem { file, ..problem }], self.global);
    }
}

fn warning(path: &str, what: String) -> Problem {
    Problem { file: path.to_owned(), line: None, what, severity: Severity::Warning }
}
