//! Names with their values, in the space that they take.

use std::borrow::Cow;

/// Names with their values, each name once, in the order of the names. A log may give many records, and each of them has
/// some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// A name, its value, the next name, and so on.
    text: Box<str>,
    /// Where each of these ends.
    ends: Box<[u32]>,
}

impl Named {
    /// Of values of the same name the first one counts.
    #[must_use]
    pub fn new(mut all: Vec<(&str, Cow<'_, str>)>) -> Self {
        all.sort_by_key(|(name, _)| *name);
        all.dedup_by_key(|(name, _)| *name);
        let mut text = String::with_capacity(all.iter().map(|(name, value)| name.len() + value.len()).sum());
        let mut ends = Vec::with_capacity(2 * all.len());
        for part in all.iter().flat_map(|(name, value)| [*name, value]) {
            text.push_str(part);
            ends.push(text.len() as u32);
        }
        Self { text: text.into(), ends: ends.into() }
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut from = 0;
        self.ends.as_chunks().0.iter().map(move |&[name, value]| {
            let (name, value) = (name as usize, value as usize);
            let part = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
            (part(std::mem::replace(&mut from, value), name), part(name, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_names() {
        let named = Named::new(vec![
            ("thread", "6E".into()),
            ("component", "Ä".into()),
            ("thread", "F".into()),
            ("x", "".into()),
        ]);
        assert_eq!(named.iter().collect::<Vec<_>>(), [("component", "Ä"), ("thread", "6E"), ("x", "")]);
        assert_eq!(
            ["component", "thread", "x", ""].map(|name| named.get(name)),
            [Some("Ä"), Some("6E"), Some(""), None]
        );
        assert_eq!(Named::default().iter().count(), 0);
        assert_eq!(Named::new(Vec::new()), Named::default());
    }
}
