//! What the records of the binary say of articles that no rule is about.

use crate::kb::{ArticleId, Products};
use crate::record::{Records, RecordsError};
use crate::rule::Rule;

use super::cache::Part;
use super::{Pack, stored};

impl Pack {
    /// Adds to [`Pack::known`] what records say of articles that no rule is about: those that come with the built-in rules, and
    /// those in the folders that the pack was loaded from. Of two that are about a product the last ones count.
    ///
    /// # Errors
    /// Records that cannot be read.
    pub fn learn(&mut self) -> Result<(), RecordsError> {
        if !self.is_builtin && self.records.is_empty() {
            return Ok(());
        }
        // What others wrote may have changed since it was kept.
        let entry = self.entry.as_ref().filter(|_| self.records.is_empty());
        let stored = entry.and_then(|entry| decode(&entry.load(Part::Known)?, &self.products));
        if let Some(known) = stored {
            self.known = known;
            return Ok(());
        }
        self.known = self.known_anew()?;
        if let Some(entry) = entry
            && let Ok(bytes) = postcard::to_stdvec(&self.known)
        {
            entry.store(Part::Known, &bytes);
        }
        Ok(())
    }

    fn known_anew(&self) -> Result<Vec<Rule>, RecordsError> {
        let mut all = if self.is_builtin { Records::builtin()? } else { Vec::new() };
        for folder in &self.records {
            let records = Records::load(folder)?;
            all.retain(|known| known.product != records.product);
            all.push(records);
        }
        let mut known = Vec::new();
        for records in all {
            if let Some(product) = self.products.get(&records.product) {
                known.extend(records.rules(product, |id| self.has_rule(id)));
            }
        }
        known.sort_by(|one, other| one.article.cmp(&other.article));
        // Two products may have a record of the same article.
        known.dedup_by(|one, other| one.article == other.article);
        Ok(known)
    }

    fn has_rule(&self, id: &ArticleId) -> bool {
        self.rules.binary_search_by(|rule| rule.article.cmp(id)).is_ok()
    }
}

/// What the bytes say, if records could have given it.
fn decode(bytes: &[u8], products: &Products) -> Option<Vec<Rule>> {
    let (known, rest) = postcard::take_from_bytes::<Vec<Rule>>(bytes).ok()?;
    let sorted = known.is_sorted_by(|one, other| one.article < other.article);
    let asks_nothing = known.iter().all(|rule| rule.conditions().next().is_none());
    (rest.is_empty() && sorted && asks_nothing && stored::are_sound(&known, products)).then_some(known)
}
