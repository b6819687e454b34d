//! What readers produce, one item at a time, and the trait that receives it.

use super::{FactKey, Timestamp, Value};

/// One file of a bundle, in the order in which the bundle lists its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(pub u32);

/// Where something stands: a file and its line, counted from 1. Line 0 is the file as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file.
    pub member: MemberId,
    /// The line, from 1.
    pub line: u64,
}

/// One logical record: a log line (with its continuation lines), an entry of an event log, a row of a table.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Its first line.
    pub at: Origin,
    /// When, if the record says so.
    pub time: Option<Timestamp>,
    /// The component that a trace record names, such as `SMS_DESPOOLER`.
    pub component: Option<&'a str>,
    /// The program that a client record names, such as `Package Command Manager`.
    pub program: Option<&'a str>,
    /// The thread, as written.
    pub thread: Option<&'a str>,
    /// The table that a row belongs to: `event` for event logs, else the name that the product's data gives.
    pub table: Option<&'a str>,
    /// Named columns of a row: lower-case names.
    pub fields: &'a [(&'a str, &'a str)],
    /// The message, without stamp and trailer. Line breaks inside a record are `\n`.
    pub text: &'a str,
    /// For text without record marks: the line before and this one, joined with a blank, since a person's note or a saved
    /// console may break a message anywhere. It starts one line above `at`.
    pub joined: Option<&'a str>,
    /// The queries that may match the text, if a sieve has told them.
    pub asked: Option<&'a [u32]>,
}

impl<'a> Event<'a> {
    /// A line that says nothing but its text.
    #[must_use]
    pub fn plain(at: Origin, text: &'a str) -> Self {
        Self {
            at,
            time: None,
            component: None,
            program: None,
            thread: None,
            table: None,
            fields: &[],
            text,
            joined: None,
            asked: None,
        }
    }
}

/// One typed configuration value with its address.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Where it stands.
    pub at: Origin,
    /// Its address.
    pub key: FactKey,
    /// What is there.
    pub value: Value,
}

/// What a source could have shown: with it, "it is not there" is an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// This registry key was exported with all that is below it (as [`super::registry_key`] writes it).
    Registry(String),
    /// This INI file was read whole (lower-case file name).
    Ini(String),
    /// Every group of this class in a MIF was read whole (lower case).
    Mif(String),
    /// This folder was listed with all its files (lower case, `\` between names, no drive).
    Folder(String),
    /// This table was read whole (lower-case name).
    Table(String),
    /// The running services were listed.
    RunningServices,
}

/// How much a problem with the input weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something was lost: what it would have shown is unknown.
    Error,
    /// Something is odd, and the reader says how it took it.
    Warning,
    /// Worth knowing.
    Note,
}

/// Something that is wrong with the input, for the report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The path inside the bundle, or the bundle itself.
    pub file: String,
    /// The line, from 1, if it is about one.
    pub line: Option<u64>,
    /// What is wrong and what was done about it.
    pub what: String,
    /// How much it weighs.
    pub severity: Severity,
}

/// What becomes of dates such as `1/12/99`, which can be read month first or day first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrderNews {
    /// From here on there are such dates, and what tells how to read them may come later in the file, or never.
    Open,
    /// They were read the right way.
    Confirmed,
    /// They were read the wrong way: day and month of every time so far change places.
    Swapped,
}

/// Receives what a reader finds, in the order of the file.
pub trait Sink {
    /// One logical record.
    fn event(&mut self, event: &Event<'_>);
    /// So many records stand here that nobody asks for: they were not read.
    fn skipped(&mut self, _records: u64) {}
    /// One configuration value.
    fn fact(&mut self, fact: Fact);
    /// What this source covers. A reader claims only at its end, and only if it read its source whole.
    fn claim(&mut self, member: MemberId, claim: Claim);
    /// Something that could not be read as it should.
    fn problem(&mut self, member: MemberId, line: Option<u64>, what: String, severity: Severity);
    /// Something was learnt of the order of the file's dates. If it stays open to the end, its times are uncertain.
    fn dates(&mut self, news: DateOrderNews);
}
