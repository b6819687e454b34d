//! Many short lists, kept one behind the other.

use serde::{Deserialize, Serialize};

/// The lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lists<T> {
    items: Vec<T>,
    /// Where each list ends.
    ends: Vec<u32>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { items: Vec::new(), ends: Vec::new() }
    }
}

impl<T> Lists<T> {
    /// Adds a list behind the others.
    pub(super) fn push(&mut self, items: impl IntoIterator<Item = T>) {
        self.items.extend(items);
        self.ends.push(self.items.len() as u32);
    }

    /// The list of this number; an empty one if there is none.
    #[inline]
    pub(super) fn get(&self, number: usize) -> &[T] {
        let from = number.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |&end| end as usize);
        let to = self.ends.get(number).map_or(from, |&end| end as usize);
        self.items.get(from..to).unwrap_or_default()
    }

    /// How many lists there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All lists in turn.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[T]> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// All items of all lists.
    pub(super) fn items(&self) -> &[T] {
        &self.items
    }

    /// Whether the ends are where lists can end.
    pub(super) fn is_consistent(&self) -> bool {
        self.ends.is_sorted() && self.ends.last().map_or(0, |&end| end as usize) == self.items.len()
    }
}

impl<T: Copy + Default> Lists<T> {
    /// Puts what is kept of each item into the list that it belongs to, in the order they come in.
    pub(super) fn sorted<I>(lists: usize, items: &[I], list: impl Fn(&I) -> u32, kept: impl Fn(&I) -> T) -> Self {
        let mut ends = vec![0u32; lists];
        for item in items {
            if let Some(count) = ends.get_mut(list(item) as usize) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            // First where each list begins: putting its items in moves it to where it ends.
            sum += std::mem::replace(end, sum);
        }
        let mut sorted = vec![T::default(); sum as usize];
        for item in items {
            let Some(end) = ends.get_mut(list(item) as usize) else { continue };
            if let Some(place) = sorted.get_mut(*end as usize) {
                *place = kept(item);
                *end += 1;
            }
        }
        Self { items: sorted, ends }
    }
}

/// Items by the hash of what they are found by.
#[derive(Debug, Clone)]
pub(super) struct Slots<T> {
    shift: u32,
    lists: Lists<T>,
}

impl<T: Copy + Default> Slots<T> {
    /// Keeps of each item what is wanted. There are at least twice as many slots as items.
    pub(super) fn new<I>(items: &[I], hash: impl Fn(&I) -> u64, kept: impl Fn(&I) -> T) -> Self {
        let bits = (2 * items.len().max(8)).next_power_of_two().trailing_zeros();
        let shift = 64 - bits;
        let slot = |item: &I| (hash(item) >> shift) as u32;
        Self { shift, lists: Lists::sorted(1 << bits, items, slot, kept) }
    }

    /// The items with this hash, and few others.
    #[inline(always)]
    pub(super) fn get(&self, hash: u64) -> &[T] {
        self.lists.get((hash >> self.shift) as usize)
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.lists.items().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_kept_apart() {
        let mut lists = Lists::default();
        lists.push([1, 2]);
        lists.push([]);
        lists.push([3]);
        assert_eq!(lists.iter().collect::<Vec<_>>(), [&[1, 2][..], &[], &[3]]);
        assert_eq!((lists.len(), lists.get(3), lists.items()), (3, &[][..], &[1, 2, 3][..]));
        assert!(lists.is_consistent());
        lists.ends[1] = 1;
        assert!(!lists.is_consistent());
        lists.ends[1] = 7;
        assert!(!lists.is_consistent() && lists.get(1).is_empty() && lists.get(2).is_empty());
    }

    #[test]
    fn items_are_put_into_lists() {
        let lists = Lists::sorted(4, &[(2, 7), (0, 5), (2, 6), (9, 1)], |pair| pair.0, |pair| pair.1);
        assert_eq!(lists.iter().collect::<Vec<_>>(), [&[5][..], &[], &[7, 6], &[]]);
        assert!(lists.is_consistent());
    }
}
