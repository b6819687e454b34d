//! Opens bundles and reads them: a folder, a single file or an archive becomes hosts and members, and every member becomes
//! events and facts.
//!
//! [`Bundle::open`] lists what is there and says which machine each file is of; [`Bundle::read`] reads every member
//! once. [`Intake::open`] reads what is packed while it lists, so that it is unpacked once. What an input is, its content decides: the format of an archive (`archive`), the encoding of a text
//! (`encoding`), and which of the [`READERS`] reads it. The stage knows nothing of rules or products.

mod archive;
mod buffer;
mod bundle;
mod codepage;
mod early;
mod encoding;
mod files;
mod layout;
mod lines;
mod manifest;
mod read;
mod reader;
mod single;
mod skim;
mod time;

pub use archive::Limits;
pub use bundle::{Bundle, BundleError, HostSpec, Member};
pub use early::{Early, Intake, Opened};
pub use files::{FileVisitor, each_file, each_file_of};
pub use layout::is_manifest;
pub use lines::{Line, Lines};
pub use read::ReadReport;
pub use reader::{Confidence, Context, Head, Output, READERS, Reader};
pub use single::read_with;
pub use skim::{Likeness, Odd};
pub use time::{DateOrder, DatesRead, zone};

#[cfg(test)]
mod testing;

/// `docs/evidence.md`: every reader with what it takes and what it yields.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(
        "# Evidence\n\nThe files that servpack reads. A file is recognised by its content (the first 16 KiB of a text) first and its name\n\
         second, in any folder, letter case, line ending and encoding; the reader that is surest of it reads it. What a reader does not understand it\n\
         reports and passes on as plain lines, so that no text is lost. [bundles.md](bundles.md) says the rest: archives,\n\
         encodings, times, and input that is broken. This page is generated.\n\n| reader | what it reads |\n| --- | --- |\n",
    );
    for reader in READERS {
        page.push_str(&format!("| [{0}](#{0}) | {1} |\n", reader.name(), reader.help().replace('|', "\\|")));
    }
    for reader in READERS {
        let (name, help) = (reader.name(), reader.help());
        let (known, yields) = (reader.known_by(), reader.facts_and_events());
        page.push_str(&format!("\n## {name}\n\n{help}\n\n- **Known by:** {known}\n- **Gives:** {yields}\n"));
    }
    page
}
