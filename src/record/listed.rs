//! `fixes.csv`: what the vendor's lists of fixes name, one row an article and list.

/// The first line of the file.
const HEADER: &str = "product,level,article,printed,list,note";

/// One row: a list names an article as fixed in a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFix {
    /// The short name of the product.
    pub product: String,
    /// The level, as the product's data names it.
    pub level: String,
    /// The article that is meant.
    pub article: String,
    /// The id that the list prints, if that is another one.
    pub printed: Option<String>,
    /// The article that is the list.
    pub list: String,
    /// What is odd about the row.
    pub note: Option<String>,
}

/// The rows in their order. No value but the note may hold a comma, and nothing is quoted.
pub(super) fn read(text: &str) -> Result<Vec<ListedFix>, (usize, String)> {
    let mut lines = text.lines().enumerate();
    if lines.next().is_none_or(|(_, line)| line != HEADER) {
        return Err((1, format!("the first line has to be `{HEADER}`")));
    }
    lines.map(|(at, line)| row(line).map_err(|what| (at + 1, what))).collect()
}

fn row(line: &str) -> Result<ListedFix, String> {
    let values: Vec<&str> = line.splitn(6, ',').collect();
    let [product, level, article, printed, list, note] = values.as_slice() else {
        return Err(format!("it has {} values, and a row has 6", values.len()));
    };
    if [product, level, article, list].iter().any(|value| value.is_empty()) {
        return Err("product, level, article or list is empty".to_owned());
    }
    let given = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    Ok(ListedFix {
        product: (*product).to_owned(),
        level: (*level).to_owned(),
        article: (*article).to_owned(),
        printed: given(printed),
        list: (*list).to_owned(),
        note: given(note),
    })
}

#[cfg(test)]
mod tests {
    use super::{HEADER, read};

    #[test]
    fn rows_are_read_as_they_stand() {
        let rows = read(&format!("{HEADER}\nacme,1.0 SP1,Q1,,Q9,\nacme,1.0 SP1,Q2,Q3,Q9,\"one, two\n")).expect("rows");
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].printed.as_deref(), rows[0].note.as_deref()), (None, None));
        assert_eq!((rows[1].printed.as_deref(), rows[1].note.as_deref()), (Some("Q3"), Some("\"one, two")));
    }

    #[test]
    fn a_row_that_is_none_names_its_line() {
        for (text, line, what) in [
            ("", 1, "first line"),
            ("product,level\n", 1, "first line"),
            (&format!("{HEADER}\nacme,1.0,Q1,,Q9,\nacme,1.0,Q1\n"), 3, "3 values"),
            (&format!("{HEADER}\nacme,,Q1,,Q9,\n"), 2, "is empty"),
        ] {
            let (at, why) = read(text).expect_err("a fault");
            assert!(at == line && why.contains(what), "{at}: {why}");
        }
    }
}
