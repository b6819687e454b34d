//! File versions such as `1.2.786.0`: dotted numbers, compared number by number.

use std::cmp::Ordering;

/// Compares two dotted versions. Missing parts count as zero, so `1.2` equals `1.2.0`; `None` if either is no version.
#[must_use]
pub fn compare_versions(left: &str, right: &str) -> Option<Ordering> {
    let left = parts(left)?;
    let right = parts(right)?;
    let len = left.len().max(right.len());
    let at = |parts: &[u64], i: usize| parts.get(i).copied().unwrap_or(0);
    Some((0..len).map(|i| at(&left, i).cmp(&at(&right, i))).find(|o| o.is_ne()).unwrap_or(Ordering::Equal))
}

fn parts(version: &str) -> Option<Vec<u64>> {
    // Version resources of the time also separate with commas: `1, 2, 786, 0`.
    version.trim().split(['.', ',']).map(|part| part.trim().parse().ok()).collect()
}
