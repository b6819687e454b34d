//! Opens bundles and reads them: a folder, a single file or an archive becomes hosts and members, and every member becomes
//! events and facts.
//!
//! [`Bundle::open`] lists what is there and says which machine each file is of; [`Bundle::read`] reads every member
//! once. What an input is, its content decides: the format of an archive (`archive`), the encoding of a text
//! (`encoding`), and which of the [`READERS`] reads it. The stage knows nothing of rules or products.

mod archive;
mod bundle;
mod encoding;
mod layout;
mod lines;
mod manifest;
mod read;
mod reader;
mod single;
mod time;

pub use archive::Limits;
pub use bundle::{Bundle, BundleError, HostSpec, Member};
pub use layout::is_manifest;
pub use lines::{Line, Lines};
pub use read::ReadReport;
pub use reader::{Confidence, Context, Head, Output, READERS, Reader};
pub use single::read_with;
pub use time::DateOrder;

#[cfg(test)]
mod testing;

/// `docs/evidence.md`: every reader with what it yields.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(
        "# Evidence\n\nWhat servpack reads. A source is recognised by its content first and its name second, in any folder, letter case,\n\
         line ending and encoding. This page is generated.\n",
    );
    for reader in READERS {
        let name = reader.name();
        page.push_str(&format!("\n## {name}\n\n{}\n\n{}\n", reader.help(), reader.facts_and_events()));
    }
    page
}
