//! Reads one member: its digest, its encoding, its reader, and what became of it.

use std::io::{self, Cursor, Read};

use twox_hash::xxhash3_128::Hasher;

use crate::fact::{MemberId, Severity, Sieves, Sink};

use super::encoding::{CodePage, Detected, Encoding};
use super::lines::{Lines, MAX_LINE, head_lines};
use super::reader::{self, Context, Head, Output, Reader};
use super::skim::Skim;
use super::{DatesRead, HostSpec, Member};

/// How one member was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadReport {
    /// The member.
    pub member: MemberId,
    /// Which reader read it; `None` if it is empty or binary, and so was skipped.
    pub reader: Option<&'static str>,
    /// The encoding that it is in; empty if it was skipped.
    pub encoding: &'static str,
    /// What told the encoding: a byte order `mark`, the `content`, the `manifest`, or a `guess`.
    pub encoding_by: &'static str,
    /// The order of the file's dates, and what told it; `None` if no date needed it.
    pub dates: Option<DatesRead>,
    /// Physical lines.
    pub lines: u64,
    /// Whether all of it was read. If not, it claims nothing, and what is missing from it may still be there.
    pub complete: bool,
    /// XXH3 of the raw content, as far as it could be read. It tells two contents apart; it is no seal.
    pub digest: [u8; 16],
}

impl ReadReport {
    /// Of a member of which nothing is read yet.
    pub(super) fn of(member: MemberId) -> Self {
        Self {
            member,
            reader: None,
            encoding: "",
            encoding_by: "",
            dates: None,
            lines: 0,
            complete: true,
            digest: [0; 16],
        }
    }
}

/// What the report calls the encoding of what is no text.
pub(super) const BINARY: &str = "binary";

/// How much of a text decides what it is. Every reader looks at all of it.
const HEAD_TEXT: usize = 16 * 1024;

/// How much of a file decides whether it is text, and in which encoding.
pub(super) const HEAD: usize = 64 * 1024;

/// Reads a member from its content. `skipped`: only its digest is wanted.
pub(super) fn member(
    member: &Member,
    host: &HostSpec,
    skipped: bool,
    content: &mut dyn Read,
    sieves: &dyn Sieves,
    sink: &mut dyn Sink,
) -> ReadReport {
    let mut content = Hashing { inner: content, hash: Hasher::new() };
    let mut report = ReadReport::of(member.id);
    let mut error = None;
    if !skipped {
        error = text(member, host, &mut content, sieves, sink, &mut report);
    }
    if error.is_none() {
        // The digest is of the whole content, whoever needed how much of it.
        error = io::copy(&mut content, &mut io::sink()).err();
    }
    if let Some(error) = error {
        let lines = report.lines;
        let what = format!("cannot be read to its end: {error}; the {lines} lines before that are kept");
        sink.problem(member.id, None, what, Severity::Error);
        report.complete = false;
    }
    report.digest = content.hash.finish_128().to_be_bytes();
    report
}

/// Reads text, and returns why it ends too early. Claims go out only if nothing was lost.
fn text(
    member: &Member,
    host: &HostSpec,
    content: &mut dyn Read,
    sieves: &dyn Sieves,
    sink: &mut dyn Sink,
    report: &mut ReadReport,
) -> Option<io::Error> {
    let (head, head_error) = read_head(content);
    let stated = host.codepage.as_deref().and_then(CodePage::named);
    let whole = head.len() < HEAD && head_error.is_none();
    let name = member.path_on_host.rsplit('/').next().unwrap_or_default().to_lowercase();
    let mut head_view = Head { name: &name, bytes: &head, text: "", whole };
    let binary = reader::choose_binary(&head_view);
    let detected = if binary.is_some() { Detected::BINARY } else { Encoding::detect(&head, stated) };
    let Detected { encoding, mark: bom, .. } = detected;
    if binary.is_none() && (head.len() == bom || is_binary(&head, encoding)) {
        return head_error;
    }
    let (head_text, whole) =
        if binary.is_some() { (String::new(), whole) } else { head_text(&head[bom..], encoding, whole) };
    head_view.text = &head_text;
    head_view.whole = whole;
    let reader = binary.unwrap_or_else(|| reader::choose(&head_view));
    let page = stated.unwrap_or_default();
    let context = Context { path: &member.path_on_host, head: head_view, host, page };

    let mut rest = Cursor::new(&head[bom..]).chain(Rest { inner: content, error: head_error });
    let mut lines = Lines::new(&mut rest, encoding);
    let mut output = Output::new(member.id, host.date_order, sink);
    if let Some(skim) = skim(reader, &context, encoding, sieves) {
        output.is_told(skim.told());
        lines.skim(skim);
        output.passes_over(lines.skipped());
    }
    reader.read(&mut lines, &context, &mut output);
    // No reader stops early; if one did, its lines would be lost.
    if binary.is_none() {
        while lines.next().is_some() {}
    }

    let error = lines.take_error();
    let overlong = lines.overlong();
    report.reader = Some(reader.name());
    report.encoding = if binary.is_some() { BINARY } else { encoding.name() };
    report.encoding_by = detected.by;
    report.lines = lines.count();
    report.complete = error.is_none() && overlong.is_none() && output.is_complete();
    report.dates = output.finish(report.complete);
    if let Some(line) = overlong {
        let what = format!(
            "longer than {} KiB; the rest of this line, and of any other that long, is dropped",
            MAX_LINE / 1024
        );
        sink.problem(member.id, Some(line), what, Severity::Warning);
    }
    error
}

/// A shorter file is read whole.
const WORTH_SKIMMING: usize = HEAD;

/// How to choose the lines of a long log, if they can be chosen.
fn skim(reader: &dyn Reader, context: &Context<'_>, encoding: Encoding, sieves: &dyn Sieves) -> Option<Skim> {
    if context.head.bytes.len() < WORTH_SKIMMING || !encoding.keeps_ascii() {
        return None;
    }
    let likeness = reader.likeness(&context.head)?;
    Some(Skim::new(sieves.sieve(context.head.name, context.head.text)?, likeness))
}

/// A short text in whichever encoding, such as the manifest that Notepad saved as "Unicode".
pub(super) fn whole_text(bytes: &[u8]) -> String {
    let Detected { encoding, mark: bom, .. } = Encoding::detect(bytes, None);
    head_lines(&bytes[bom..], encoding, true)
}

/// Whether a file is of a form that some reader knows, beyond being text.
pub(super) fn is_structured(path: &str, content: &mut dyn Read) -> bool {
    let (head, _) = read_head(content);
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let view = Head { name: &name, bytes: &head, text: "", whole: head.len() < HEAD };
    if reader::choose_binary(&view).is_some() {
        return true;
    }
    let Detected { encoding, mark: bom, .. } = Encoding::detect(&head, None);
    if head.len() == bom || is_binary(&head, encoding) {
        return false;
    }
    let (text, whole) = head_text(&head[bom..], encoding, view.whole);
    reader::is_structured(&Head { text: &text, whole, ..view })
}

/// The beginning of a text as lines, and whether that is all of it.
pub(super) fn head_text(head: &[u8], encoding: Encoding, whole: bool) -> (String, bool) {
    let whole = whole && head.len() <= HEAD_TEXT;
    (head_lines(&head[..head.len().min(HEAD_TEXT)], encoding, whole), whole)
}

fn read_head(content: &mut dyn Read) -> (Vec<u8>, Option<io::Error>) {
    let mut head = Vec::new();
    let error = content.take(HEAD as u64).read_to_end(&mut head).err();
    (head, error)
}

/// Text has few control characters. NULs at the end are the padding of a log after a crash.
fn is_binary(head: &[u8], encoding: Encoding) -> bool {
    if matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be) {
        return false;
    }
    let end = head.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    let head = &head[..end];
    let odd = head.iter().filter(|byte| matches!(byte, 0..=7 | 0x0E..=0x19 | 0x1C..=0x1F | 0x7F)).count();
    head.is_empty() || odd * 20 > head.len() || head.starts_with(b"MZ\x90") || head.starts_with(b"SZDD")
}

struct Hashing<'a> {
    inner: &'a mut dyn Read,
    hash: Hasher,
}

impl Read for Hashing<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.hash.write(&into[..read]);
        Ok(read)
    }
}

/// What follows the head: first of all the error that ended it, if one did.
struct Rest<'a> {
    inner: &'a mut dyn Read,
    error: Option<io::Error>,
}

impl Read for Rest<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.error.take() {
            Some(error) => Err(error),
            None => self.inner.read(into),
        }
    }
}
