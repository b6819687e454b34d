//! The word that was probably meant.

/// The candidates nearest to `word`, best first: at most three, and none that is too far away to be a slip.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let folded = word.to_lowercase();
    let limit = (folded.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = candidate.to_lowercase();
            let distance = distance(&folded, &other);
            let prefix =
                folded.len() >= 3 && (other.starts_with(&folded) || folded.starts_with(&other) && other.len() >= 3);
            (distance <= limit || prefix).then_some((distance, candidate))
        })
        .collect();
    near.sort();
    near.dedup();
    near.into_iter().map(|(_, candidate)| candidate).take(3).collect()
}

/// Edit distance where a swap of neighbours counts as one.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for i in 1..=left.len() {
        let mut row = vec![i];
        for j in 1..=right.len() {
            let change = last[j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_leaves_strangers() {
        let known = ["symptom", "cause", "workaround", "severity"];
        assert_eq!(nearest("symptmo", known), ["symptom"]);
        assert_eq!(nearest("sev", known), ["severity"]);
        assert!(nearest("banana", known).is_empty());
    }
}
