//! Text without record marks: saved consoles, notes, the bare logs of 1.0 (Q125934, Q149672). The reader of last resort.

use crate::fact::{FactKey, FileAttr, Value};

use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct Text;

/// A text file up to this size is also a fact: that is how marker files such as `Csdver.sms` are read (Q171038).
const SMALL: usize = 4096;

impl Reader for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn help(&self) -> &'static str {
        "Any other text: saved console output, notes, bare logs, marker files."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a line, which can also be matched together with the line before it. A file of up to 4 KiB is also a \
         fact: the content of that file."
    }

    fn recognises(&self, _: &Head<'_>) -> Confidence {
        Confidence::FALLBACK
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        content(ctx, out);
        while let Some(line) = input.next() {
            out.plain(line);
        }
    }
}

/// The whole text of a small file, as a fact.
pub(super) fn content(ctx: &Context<'_>, out: &mut Output<'_>) {
    if ctx.head.whole && ctx.head.text.len() <= SMALL {
        let content = ctx.head.all_lines().collect::<Vec<_>>().join("\n");
        let path = ctx.path.to_lowercase().replace('/', "\\");
        out.fact(1, FactKey::File { path, attr: FileAttr::Content }, Value::Text(content));
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn lines_and_content() {
        check(
            "bin/Csdver.sms",
            b"#! synthetic\nService Pack 3\r\n\r\n  >>> Execution error #20 detected.\r\n",
            "text
             1 file bin\\csdver.sms Content = Service Pack 3\\n\\n  >>> Execution error #20 detected.
             2: Service Pack 3
             4: >>> Execution error #20 detected. [Service Pack 3 >>> Execution error #20 detected.]",
        );
    }

    #[test]
    fn code_pages() {
        check("a.txt", b"Ger\xE4t x", "text windows-1252\n1 file a.txt Content = Gerät x\n1: Gerät x");
        let utf16: Vec<u8> = "one\r\ntwo".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check("a.txt", &utf16, "text utf-16le\n1 file a.txt Content = one\\ntwo\n1: one\n2: two [one two]");
    }
}
