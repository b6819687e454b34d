//! Which log a record belongs to, and which table a row: by what the products' data says of them.

use std::collections::BTreeMap;

use crate::kb::{LogDef, Products, TableDef};
use crate::predicate::Source;
use crate::rule::{Pattern, PatternKind};

/// All logs of all products, ready to look up.
#[derive(Debug, Clone, Default)]
pub struct LogTable {
    /// Each log as the source that queries ask for, so that no record has to make one.
    sources: Vec<Source>,
    by_component: BTreeMap<String, usize>,
    by_program: BTreeMap<String, usize>,
    files: Vec<(Pattern, usize)>,
    signatures: Vec<(String, usize)>,
}

impl LogTable {
    pub(super) fn new(products: &Products) -> Self {
        let mut table = Self::default();
        for log in products.logs() {
            table.add(log);
        }
        table
    }

    fn add(&mut self, log: &LogDef) {
        let this = self.sources.len();
        self.sources.push(Source::Log(log.id.clone()));
        for component in &log.components {
            self.by_component.entry(component.clone()).or_insert(this);
        }
        for program in &log.programs {
            self.by_program.entry(program.clone()).or_insert(this);
        }
        for file in &log.files {
            if let Ok(name) = Pattern::new(PatternKind::Glob, file) {
                self.files.push((name, this));
            }
        }
        self.signatures.extend(log.signature.iter().map(|line| (line.clone(), this)));
    }

    /// A log as the source that queries ask for.
    #[must_use]
    pub fn source(&self, log: usize) -> &Source {
        &self.sources[log]
    }

    /// How many logs there are.
    pub(super) fn len(&self) -> usize {
        self.sources.len()
    }

    /// The components and programs that show a record to be of the log.
    pub(super) fn names(&self, log: usize) -> impl Iterator<Item = &str> {
        let all = self.by_component.iter().chain(&self.by_program);
        all.filter(move |(_, known)| **known == log).map(|(name, _)| name.as_str())
    }

    /// How the lines begin that show a file to be this log.
    pub(super) fn signatures(&self, log: usize) -> impl Iterator<Item = &str> {
        self.signatures.iter().filter(move |(_, known)| *known == log).map(|(line, _)| line.as_str())
    }

    /// The log of a component.
    #[must_use]
    pub fn of_component(&self, component: &str) -> Option<usize> {
        self.by_component.get(&component.trim().to_lowercase()).copied()
    }

    /// The log of a program, which may be written with its path.
    #[must_use]
    pub fn of_program(&self, program: &str) -> Option<usize> {
        let program = program.trim().to_lowercase();
        let name = program.rsplit(['\\', '/']).next().unwrap_or(&program);
        self.by_program.get(&program).or_else(|| self.by_program.get(name)).copied()
    }

    /// The log of a file, by its name. A rolled-over file (`pacman.lo_`, `smslog.bak`) is the same log.
    #[must_use]
    pub fn of_file(&self, path: &str) -> Option<usize> {
        let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
        let stem = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".gz")).unwrap_or(&name).to_owned();
        let current = current_name(&name);
        let find = |name: &str| self.files.iter().find(|(known, _)| known.is_match(name)).map(|(_, log)| *log);
        find(&name).or_else(|| find(&stem)).or_else(|| find(&current))
    }

    /// The log that a line of a text file shows the file to be.
    #[must_use]
    pub fn of_line(&self, line: &str) -> Option<usize> {
        let line = line.trim_start();
        let starts =
            |signature: &str| line.get(..signature.len()).is_some_and(|head| head.eq_ignore_ascii_case(signature));
        self.signatures.iter().find(|(signature, _)| starts(signature)).map(|(_, log)| *log)
    }
}

/// The name that a rolled-over file had before: the last letter became `_` (Q172790), or the extension `bak` (Q107245).
#[must_use]
pub(crate) fn current_name(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, "lo_" | "bak" | "old" | "log_")) => format!("{stem}.log"),
        _ => name.to_owned(),
    }
}

/// All tables of all products, ready to look up.
#[derive(Debug, Clone, Default)]
pub struct RowTable {
    tables: Vec<TableDef>,
}

impl RowTable {
    pub(super) fn new(products: &Products) -> Self {
        Self { tables: products.tables().cloned().collect() }
    }

    /// The table of a row: the one that a reader names, or else the first whose header columns the row has.
    #[must_use]
    pub fn of_row(&self, table: &str, columns: &[(&str, &str)]) -> Option<&TableDef> {
        let has = |name: &String| columns.iter().any(|(column, _)| column == name);
        let by_header = |def: &&TableDef| !def.header.is_empty() && def.header.iter().all(has);
        self.tables.iter().find(|def| def.id == table).or_else(|| self.tables.iter().find(by_header))
    }
}
