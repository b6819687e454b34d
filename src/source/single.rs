//! Reads bytes with one reader, whoever would be the surest of them: for tests and fuzzing of that reader.

use crate::fact::{MemberId, Sink};

use super::HostSpec;
use super::encoding::{Detected, Encoding};
use super::lines::Lines;
use super::read::{HEAD, head_text};
use super::reader::{Confidence, Context, Head, Output, READERS};

/// Reads `bytes` as a file of this name with the reader of that name, and says how sure the reader was of them; `None` if
/// there is no such reader. Everything goes out as in the audit of a bundle.
pub fn read_with(reader: &str, file_name: &str, bytes: &[u8], sink: &mut dyn Sink) -> Option<Confidence> {
    let reader = READERS.iter().find(|known| known.name() == reader)?;
    let head = &bytes[..bytes.len().min(HEAD)];
    let binary = reader.is_binary();
    let detected = if binary { Detected::BINARY } else { Encoding::detect(head, None) };
    let Detected { encoding, mark, .. } = detected;
    let whole = bytes.len() < HEAD;
    let (text, whole) = if binary { (String::new(), whole) } else { head_text(&head[mark..], encoding, whole) };
    let head = Head { name: &file_name.to_lowercase(), bytes: head, text: &text, whole };
    let sure = reader.recognises(&head);
    let host = HostSpec::named("host");
    let context = Context { path: file_name, head, host: &host, page: Default::default() };
    let mut content = &bytes[mark..];
    let mut lines = Lines::new(&mut content, encoding);
    let mut output = Output::new(MemberId(0), None, sink);
    reader.read(&mut lines, &context, &mut output);
    let complete = lines.take_error().is_none() && lines.overlong().is_none() && output.is_complete();
    output.finish(complete);
    Some(sure)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Dump;
    use super::*;

    #[test]
    fn the_named_reader_reads() {
        let mut dump = Dump::default();
        assert!(read_with("ini", "a.txt", b"[a]\r\nb=1\r\n", &mut dump).is_some());
        assert!(dump.into_lines().any(|line| line.contains("[a] b = 1")));
        assert!(read_with("no-such-reader", "a.txt", b"", &mut Dump::default()).is_none());
    }
}
