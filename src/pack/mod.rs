//! A pack of rules with the products that they speak of, from folders or from the copy inside the binary.

mod diags;
mod files;

pub use diags::CODES;
pub use files::{PackFile, collect};

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::diag::{Diagnostic, FileId, Level, SourceMap, Span};
use crate::kb::{Product, Products};
use crate::lang::{self, Spelling};
use crate::rule::Rule;

/// Rules, cases and product data as they were when the binary was built.
const BUILTIN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// Rules and products, ready to be planned.
#[derive(Debug, Clone, Default)]
pub struct Pack {
    /// The rules, in order of article.
    pub rules: Vec<Rule>,
    /// The products.
    pub products: Products,
    /// The cases that stand beside the rules: path and text.
    pub cases: Vec<(String, String)>,
    /// The texts that all was read from.
    pub sources: SourceMap,
    /// What is wrong with them.
    pub diagnostics: Vec<Diagnostic>,
    /// `sha256:…` over the texts.
    pub digest: String,
    /// The first text that is not built in.
    own: FileId,
}

/// Why a pack cannot be loaded at all.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file or folder cannot be read.
    #[error("cannot read rules from `{}`", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A folder holds nothing of use.
    #[error("no rule in `{}`: rules are files that end in .rule, .yaml or .yml", .0.display())]
    Empty(PathBuf),
}

impl Pack {
    /// The pack inside the binary.
    #[must_use]
    pub fn builtin() -> Self {
        Self::from_files(builtin_files())
    }

    /// The rules inside the binary, if wanted, its products, and what the paths hold. A rule for an article that the pack has already
    /// replaces it, and so does a product: the last one counts.
    ///
    /// # Errors
    /// A path that cannot be read, or holds no rule. Faults in the texts are [`Pack::diagnostics`].
    pub fn load(builtin: bool, paths: &[PathBuf]) -> Result<Self, PackError> {
        let mut files = builtin_files();
        // The products are what rules are about, so they stay known.
        files.retain(|file| builtin || file.is_product());
        let builtin_texts = files.iter().filter(|file| !file.is_case()).count();
        for path in paths {
            files.extend(collect(path)?);
        }
        Ok(Self::new(files, builtin_texts))
    }

    /// A pack from texts in memory.
    #[must_use]
    pub fn from_files(files: Vec<PackFile>) -> Self {
        Self::new(files, 0)
    }

    fn new(files: Vec<PackFile>, builtin_texts: usize) -> Self {
        let own = FileId(u32::try_from(builtin_texts).unwrap_or(u32::MAX));
        let mut pack = Self { own, ..Self::default() };
        let mut digest = Sha256::new();
        let mut rules = Vec::new();
        for file in files {
            digest.update(file.name.as_bytes());
            digest.update([0]);
            digest.update(file.text.as_bytes());
            digest.update([0]);
            if file.is_case() {
                pack.cases.push((file.name, file.text));
                continue;
            }
            let is_product = file.is_product();
            let spelling = Spelling::of_file(&file.name);
            let id = pack.sources.add(file.name, file.text);
            match spelling {
                _ if is_product => pack.product(id),
                Some(spelling) => rules.push((id, spelling)),
                None => {}
            }
        }
        for (id, spelling) in rules {
            pack.rules(id, spelling);
        }
        pack.rules.sort_by(|one, other| one.article.cmp(&other.article));
        pack.digest = format!("sha256:{}", hex(&digest.finalize()));
        pack
    }

    /// Whether a fault makes the rules unusable.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// Only the rules that are wanted.
    #[must_use]
    pub fn select(mut self, wanted: impl FnMut(&Rule) -> bool) -> Self {
        self.rules.retain(wanted);
        self
    }

    fn product(&mut self, id: FileId) {
        match Product::from_yaml(&self.sources.file(id).text) {
            Ok(product) => drop(self.products.add(product)),
            Err(error) => {
                let start = error.offset(&self.sources.file(id).text);
                let span = Span { file: id, start, end: start + 1 };
                let fault = diags::invalid_product(span, &error.to_string());
                self.diagnostics.push(fault);
            }
        }
    }

    fn rules(&mut self, id: FileId, spelling: Spelling) {
        let parsed = lang::parse(id, &self.sources, spelling);
        self.diagnostics.extend(parsed.diagnostics);
        for rule in &parsed.rules {
            let (rule, faults) = lang::lower(rule, &self.products);
            self.diagnostics.extend(faults);
            let Some(rule) = rule else { continue };
            // The later one counts: that is how a user replaces a built-in rule.
            match self.rules.iter_mut().find(|known| known.article == rule.article) {
                Some(known) => {
                    let (first, second) = (known.place.0, rule.place.0);
                    // Replacing a built-in rule is what one's own rules may be for.
                    if first.file >= self.own {
                        self.diagnostics.push(diags::duplicate_article(second, first, rule.article.as_str()));
                    }
                    *known = rule;
                }
                None => self.rules.push(rule),
            }
        }
    }
}

fn builtin_files() -> Vec<PackFile> {
    BUILTIN.iter().map(|(name, text)| PackFile { name: (*name).to_owned(), text: (*text).to_owned() }).collect()
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
