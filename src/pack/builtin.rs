//! Rules, cases and product data as they were when the binary was built, with their digests.

use super::PackFile;

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// The digest of the code that reads rules: what another build has stored may mean something else.
pub(super) const CODE: [u8; 32] = CODE_DIGEST;

/// The digest of the texts that [`texts`] gives, known since the build.
pub(super) fn digest(rules: bool) -> &'static [u8; 32] {
    if rules { &RULES_DIGEST } else { &PRODUCTS_DIGEST }
}

/// The products, and the rules if they are wanted.
pub(super) fn texts(rules: bool) -> impl Iterator<Item = PackFile> {
    files().filter(move |file| !file.is_case() && (rules || file.is_product()))
}

/// The cases that stand beside the rules.
pub(super) fn cases() -> impl Iterator<Item = PackFile> {
    files().filter(PackFile::is_case)
}

fn files() -> impl Iterator<Item = PackFile> {
    TEXTS.iter().map(|(name, text)| PackFile { name: (*name).to_owned(), text: (*text).to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{digest, texts};
    use crate::pack::add_text;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_digests_of_the_build_are_those_of_the_texts() {
        for rules in [true, false] {
            let mut all = Sha256::new();
            texts(rules).for_each(|file| add_text(&mut all, &file));
            assert_eq!(digest(rules)[..], all.finalize()[..], "rules: {rules}");
            assert!(texts(rules).count() > 0);
        }
        assert_ne!(digest(true), digest(false));
    }
}
