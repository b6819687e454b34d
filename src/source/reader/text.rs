//! Text without record marks: saved consoles, notes, the bare logs of 1.0 (Q125934, Q149672). The reader of last resort.

use crate::fact::{Event, FactKey, FileAttr, Value};

use super::status::{self, Status};
use super::{Confidence, Context, Head, Held, Lines, Output, Reader};

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

    fn known_by(&self) -> &'static str {
        "Everything else that is text."
    }

    fn facts_and_events(&self) -> &'static str {
        "One event a line, which can also be matched together with the line before it. A status \
         message (`STATMSG: ID=…`) is one event, with its parts as fields. A file of up to 4 KiB is also a fact: the content \
         of that file."
    }

    fn recognises(&self, _: &Head<'_>) -> Confidence {
        Confidence::FALLBACK
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        content(ctx, out);
        let mut message = Held::default();
        while let Some(line) = input.next() {
            let text = line.text.trim();
            if text.starts_with(status::MARK) || text.is_empty() {
                status_message(&mut message, out);
            }
            if message.is_empty() && !text.starts_with(status::MARK) {
                out.plain(line);
                continue;
            }
            message.push(line);
            if text.contains(MESSAGE_END) || message.lines.len() >= MAX_MESSAGE_LINES {
                status_message(&mut message, out);
            }
        }
        status_message(&mut message, out);
    }
}

/// What the last line of a status message holds, and over how many lines articles wrap one (Q226510).
const MESSAGE_END: &str = "NUMATTRS=";
const MAX_MESSAGE_LINES: usize = 8;

/// A status message whose log lost its trailers: if it does not end as one does, its lines are plain.
fn status_message(message: &mut Held, out: &mut Output<'_>) {
    if let Some(number) = message.first_line()
        && message.text.contains(MESSAGE_END)
        && let Some(status) = Status::parse(&message.text)
    {
        out.event(&Event { fields: &status.fields(), ..Event::plain(out.at(number), &message.text) });
        message.clear();
    }
    message.flush(out);
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

    #[test]
    fn status_messages() {
        check(
            "ddm.log",
            b"Could not get subsites.\nSTATMSG: ID=679 SEV=E\nSYS=S1 ISTR0=\"\" NUMATTRS=0\nSleeping\nSTATMSG: ID=680\n\nend\n",
            "text
             1 file ddm.log Content = Could not get subsites.\\nSTATMSG: ID=679 SEV=E\\nSYS=S1 ISTR0=\"\" NUMATTRS=0\\n\
             Sleeping\\nSTATMSG: ID=680\\n\\nend
             1: Could not get subsites.
             2 {id=679 sev=E sys=S1 numattrs=0}: STATMSG: ID=679 SEV=E\\nSYS=S1 ISTR0=\"\" NUMATTRS=0
             4: Sleeping
             5: STATMSG: ID=680 [Sleeping STATMSG: ID=680]
             7: end [STATMSG: ID=680 end]",
        );
    }
}
