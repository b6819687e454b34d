//! A pack of rules with the products that they speak of, from folders or from the copy inside the binary; or, if none of
//! the texts has changed, from a cache of what they were lowered to.

mod builtin;
mod cache;
mod diags;
mod files;
mod known;
mod stored;
#[cfg(test)]
mod tests;

pub use cache::Cache;
pub use diags::CODES;
pub use files::{PackFile, collect};

use std::collections::BTreeMap;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::diag::{Diagnostic, FileId, Level, SourceMap, Span};
use crate::kb::{ArticleId, Product, Products};
use crate::lang::{self, Spelling};
use crate::rule::Rule;
use cache::{Entry, Part};

/// Rules and products, ready to be planned.
#[derive(Debug, Clone, Default)]
pub struct Pack {
    /// The rules, in order of article.
    pub rules: Vec<Rule>,
    /// What is known of other articles by their levels alone, in order of article: rules that ask nothing of a bundle. Empty
    /// until [`Pack::learn`].
    pub known: Vec<Rule>,
    /// The products.
    pub products: Products,
    /// The texts that all was read from.
    pub sources: SourceMap,
    /// What is wrong with them.
    pub diagnostics: Vec<Diagnostic>,
    /// `sha256:…` over the texts of rules and products.
    pub digest: String,
    /// The cases that stand beside the rules.
    cases: Vec<CaseFile>,
    /// The first text that is not built in.
    own: FileId,
    /// Where work on exactly these rules is kept.
    entry: Option<Entry>,
    /// Whether the built-in rules are among them.
    is_builtin: bool,
    /// The folders with records that are not built in.
    records: Vec<PathBuf>,
}

/// Cases that are read when they are asked for: an audit never does.
#[derive(Debug, Clone)]
enum CaseFile {
    Builtin,
    At(PathBuf),
    Here(PackFile),
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

/// What a pack is made from.
#[derive(Default)]
struct Texts {
    /// Rules and products; those that are built in come first.
    files: Vec<PackFile>,
    cases: Vec<CaseFile>,
    /// How many of the files are built in.
    builtin: usize,
    /// Whether the built-in rules are among them.
    is_builtin: bool,
    /// The folders with records that are not built in.
    records: Vec<PathBuf>,
    digest: Sha256,
}

impl Texts {
    /// The products that are built in, and the rules if they are wanted: the products are what rules are about, so they
    /// stay known.
    fn builtin(rules: bool) -> Self {
        let files: Vec<PackFile> = builtin::texts(rules).collect();
        let cases = if rules { vec![CaseFile::Builtin] } else { Vec::new() };
        Self {
            builtin: files.len(),
            is_builtin: rules,
            records: Vec::new(),
            files,
            cases,
            digest: Sha256::new_with_prefix(builtin::digest(rules)),
        }
    }

    fn add(&mut self, file: PackFile) {
        if file.is_case() {
            return self.cases.push(CaseFile::Here(file));
        }
        add_text(&mut self.digest, &file);
        self.files.push(file);
    }

    fn add_path(&mut self, path: PathBuf) -> Result<(), PackError> {
        if let Some(folder) = files::folder_of_records(&path) {
            self.records.push(folder);
        } else if files::is_case(&path) {
            self.cases.push(CaseFile::At(path));
        } else {
            self.add(files::read(&path)?);
        }
        Ok(())
    }
}

/// Name and text with their lengths, so that no two lists of files give the same bytes.
fn add_text(digest: &mut Sha256, file: &PackFile) {
    for bytes in [file.name.as_bytes(), file.text.as_bytes()] {
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    }
}

impl Pack {
    /// The pack inside the binary.
    #[must_use]
    pub fn builtin() -> Self {
        Self::new(Texts::builtin(true), None)
    }

    /// The rules inside the binary, if wanted, its products, and what the paths hold. A rule for an article that the pack has already
    /// replaces it, and so does a product: the last one counts.
    ///
    /// # Errors
    /// A path that cannot be read, or holds no rule. Faults in the texts are [`Pack::diagnostics`].
    pub fn load(builtin: bool, paths: &[PathBuf], cache: Option<&Cache>) -> Result<Self, PackError> {
        let mut texts = Texts::builtin(builtin);
        for path in paths {
            files::find(path)?.into_iter().try_for_each(|file| texts.add_path(file))?;
        }
        Ok(Self::new(texts, cache))
    }

    /// A pack from texts in memory.
    #[must_use]
    pub fn from_files(files: Vec<PackFile>) -> Self {
        let mut texts = Texts::default();
        files.into_iter().for_each(|file| texts.add(file));
        Self::new(texts, None)
    }

    fn new(texts: Texts, cache: Option<&Cache>) -> Self {
        let digest: [u8; 32] = texts.digest.finalize().into();
        let mut pack = Self {
            digest: format!("sha256:{}", hex(&digest)),
            cases: texts.cases,
            own: FileId(u32::try_from(texts.builtin).unwrap_or(u32::MAX)),
            entry: cache.map(|cache| cache.entry(&builtin::CODE, &digest)),
            is_builtin: texts.is_builtin,
            records: texts.records,
            ..Self::default()
        };
        let mut rules = Vec::new();
        let mut products = Vec::new();
        for file in texts.files {
            let (is_product, spelling) = (file.is_product(), Spelling::of_file(&file.name));
            let id = pack.sources.add(file.name, file.text);
            match spelling {
                _ if is_product => products.push(id),
                Some(spelling) => rules.push((id, spelling)),
                None => {}
            }
        }
        if !pack.restore() {
            products.into_iter().for_each(|id| pack.product(id));
            let before = pack.diagnostics.len();
            pack.read(&rules);
            if let Some(kept) = pack.keep() {
                // These rules stand among the remains of trees, whose memory is not given back while they live: the same
                // ones read from what is kept stand side by side.
                pack.rules = Vec::new();
                if !pack.take(&kept) {
                    pack.diagnostics.truncate(before);
                    pack.read(&rules);
                }
            }
        }
        pack
    }

    /// Takes rules and products from the cache, if they are there.
    fn restore(&mut self) -> bool {
        let kept = self.entry.as_ref().and_then(|entry| entry.load(Part::Rules));
        kept.is_some_and(|kept| self.take(&kept))
    }

    /// Takes what was kept of such a pack, if it makes sense.
    fn take(&mut self, kept: &[u8]) -> bool {
        let Some(stored) = stored::decode(kept) else { return false };
        (self.rules, self.products, self.diagnostics) = (stored.rules, stored.products, stored.diagnostics);
        true
    }

    /// Puts rules and products into the cache, if there is one and they are without fault. Returns what it keeps.
    fn keep(&self) -> Option<Vec<u8>> {
        let entry = self.entry.as_ref()?;
        let bytes = stored::encode(self)?;
        entry.store(Part::Rules, &bytes);
        Some(bytes)
    }

    /// What [`Pack::store_plan`] kept for exactly these rules, by the same build of the code. A pack without a cache, or
    /// one that [`Pack::select`] left rules out of, has nothing.
    #[must_use]
    pub fn stored_plan(&self) -> Option<Vec<u8>> {
        self.entry.as_ref()?.load(Part::Plan)
    }

    /// Keeps what a plan is made from, so that the next run need not work it out. To the pack these are bytes.
    pub fn store_plan(&self, plan: &[u8]) {
        if let Some(entry) = self.entry.as_ref().filter(|_| !self.has_errors()) {
            entry.store(Part::Plan, plan);
        }
    }

    /// The cases that stand beside the rules: path and text.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn cases(&self) -> Result<Vec<PackFile>, PackError> {
        let mut all = Vec::new();
        for case in &self.cases {
            match case {
                CaseFile::Builtin => all.extend(builtin::cases()),
                CaseFile::At(path) => all.push(files::read(path)?),
                CaseFile::Here(file) => all.push(file.clone()),
            }
        }
        Ok(all)
    }

    /// Whether a fault makes the rules unusable.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// Only the rules that are wanted.
    #[must_use]
    pub fn select(mut self, mut wanted: impl FnMut(&Rule) -> bool) -> Self {
        let all = self.rules.len();
        self.rules.retain(&mut wanted);
        self.known.retain(wanted);
        if self.rules.len() < all {
            self.entry = None;
        }
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

    /// Reads all rules. The later one about an article counts: that is how a user replaces a built-in rule.
    fn read(&mut self, files: &[(FileId, Spelling)]) {
        let mut rules: BTreeMap<ArticleId, Rule> = BTreeMap::new();
        for &(id, spelling) in files {
            let parsed = lang::parse(id, &self.sources, spelling);
            self.diagnostics.extend(parsed.diagnostics);
            // Each goes when it is lowered: the trees of thousands take more than all else.
            for rule in parsed.rules {
                let (rule, faults) = lang::lower(&rule, &self.products);
                self.diagnostics.extend(faults);
                let Some(rule) = rule else { continue };
                let (article, second) = (rule.article.clone(), rule.place.0);
                let Some(replaced) = rules.insert(article.clone(), rule) else { continue };
                let first = replaced.place.0;
                // Replacing a built-in rule is what one's own rules may be for.
                if first.file >= self.own {
                    self.diagnostics.push(diags::duplicate_article(second, first, article.as_str()));
                }
            }
        }
        self.rules = rules.into_values().collect();
    }
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|half| char::from_digit(half.into(), 16)).collect()
}
