//! The header of an article: its id, title, product, versions, keywords and date, as they are printed there.
//!
//! The header is a poor witness: titles are cut at 64 characters, keywords and versions at 87, and keywords lose a blank.
//! The footer has these lines whole, so the header counts only where it is missing.

use super::words::{MOST, add_once, id_at};

/// The header as printed.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) product: &'a str,
    pub(super) versions: &'a str,
    pub(super) systems: &'a str,
    pub(super) keywords: &'a str,
    pub(super) modified: &'a str,
}

/// The vendor's text files cut titles here.
pub(super) const TITLE_CUT: usize = 64;

/// They cut keywords and versions here.
pub(super) const FIELD_CUT: usize = 87;

impl<'a> Header<'a> {
    /// `DOCUMENT:Q123456  01-MAY-1990  [tag]`, `TITLE   :…`, ….
    pub(super) fn of_txt(lines: &[&'a str]) -> Option<Self> {
        let mut header = Self::default();
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match name.trim_end() {
                "DOCUMENT" => {
                    let mut words = value.split_whitespace();
                    header.id = id_at(words.next()?)?.to_owned();
                    header.modified = words.next().unwrap_or_default();
                }
                "TITLE" => header.title = value.to_owned(),
                "PRODUCT" => header.product = value,
                "PROD/VER" => header.versions = value,
                "OPER/SYS" => header.systems = value,
                "KEYWORDS" => header.keywords = value,
                _ => {}
            }
        }
        (!header.id.is_empty()).then_some(header)
    }

    /// `Article: Q123456`, `Product(s): …`, ….
    pub(super) fn of_page(lines: &[&'a str], titles: &[String]) -> Option<Self> {
        let mut header = Self::default();
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match name {
                "Article" => header.id = id_at(value)?.to_owned(),
                "Product(s)" => header.product = value,
                "Version(s)" => header.versions = value,
                "Operating System(s)" => header.systems = value,
                "Keyword(s)" => header.keywords = value,
                "Last Modified" => header.modified = value,
                _ => {}
            }
        }
        header.title = longest(titles);
        Some(header)
    }

    /// Articles of the Programmer's Library name no product.
    pub(super) fn is_library(&self) -> bool {
        self.product.eq_ignore_ascii_case("see article")
    }

    /// The product, if one is named.
    pub(super) fn product(&self) -> Option<&'a str> {
        (!self.product.is_empty() && !self.is_library()).then_some(self.product)
    }

    /// Whether the title may go on.
    pub(super) fn title_may_be_cut(&self) -> bool {
        self.title.chars().count() == TITLE_CUT
    }

    /// Whether the last keyword may lack its end.
    pub(super) fn keywords_are_cut(&self) -> bool {
        self.keywords.chars().count() >= FIELD_CUT
    }

    /// `2001-07-30`, if the date is one.
    pub(super) fn date(&self) -> Option<String> {
        let mut parts = self.modified.splitn(3, '-');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        iso(year.parse().ok()?, month_number(month)?, day.parse().ok()?)
    }

    /// The keywords one by one. A blank before three words is lost where the line was put together.
    pub(super) fn keywords(&self) -> Vec<String> {
        let mut list: Vec<&str> = Vec::new();
        for word in self.keywords.split_whitespace().filter(|word| *word != "|") {
            let tail = ["kbfixlist", "kbbuglist", "kbfaq"].iter().find(|tail| word.ends_with(**tail));
            let (front, tail) = word.split_at(word.len() - tail.map_or(0, |tail| tail.len()));
            list.extend([front, tail].iter().filter(|word| !word.is_empty()));
        }
        if self.keywords_are_cut() {
            // Half a word is no keyword.
            list.pop();
        }
        list.into_iter().map(str::to_owned).collect()
    }
}

/// One of the titles may be cut: then it is the beginning of another one.
fn longest(titles: &[String]) -> String {
    let Some(first) = titles.first() else { return String::new() };
    let whole = titles.iter().filter(|title| title.starts_with(first.as_str())).max_by_key(|title| title.len());
    whole.unwrap_or(first).clone()
}

/// The number of a month by its first three letters.
pub(super) fn month_number(name: &str) -> Option<u32> {
    const MONTHS: &str = "janfebmaraprmayjunjulaugsepoctnovdec";
    let name = name.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.find(&name)?;
    (at % 3 == 0).then_some(u32::try_from(at / 3).ok()? + 1)
}

/// A date, if there is such a day. Years of two digits are those of the archive.
pub(super) fn iso(year: u32, month: u32, day: u32) -> Option<String> {
    let year = match year {
        0..=49 => 2000 + year,
        50..=99 => 1900 + year,
        1900..=2099 => year,
        _ => return None,
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// Platforms and versions of a line such as `WINDOWS:1.0; winnt:1.1,1.2 SP3`, in the order of the line.
pub(super) fn platforms_and_versions(line: &str) -> (Vec<String>, Vec<String>) {
    let (mut platforms, mut versions) = (Vec::new(), Vec::new());
    for part in line.split(';').take(MOST) {
        let (names, list) = part.split_once(':').unwrap_or(("", part));
        for name in names.split('|') {
            let name = name.trim().to_ascii_lowercase();
            // `N\A` stands for none.
            if name.contains(|c: char| c.is_ascii_alphabetic()) && name != "n\\a" && name != "n/a" {
                add_once(&mut platforms, &name);
            }
        }
        for version in list.split([',', '|']).take(MOST) {
            let version = version.trim().trim_end_matches('.');
            let all_numbers = version.split_whitespace().all(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            if all_numbers {
                version.split_whitespace().take(MOST).for_each(|version| add_once(&mut versions, version));
            } else {
                add_once(&mut versions, version);
            }
        }
    }
    (platforms, versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let date = |modified| Header { modified, ..Header::default() }.date();
        assert_eq!(date("30-JUL-2001").as_deref(), Some("2001-07-30"));
        assert_eq!(date("1-May-1990").as_deref(), Some("1990-05-01"));
        for wrong in ["31-JUN-2001", "29-FEB-2001", "x-JUL-2001", "30-JLU-2001", "30-EBM-2001", "", "30-JUL", "1-1-1"] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
        assert_eq!(iso(0, 2, 29).as_deref(), Some("2000-02-29"));
        assert_eq!(iso(199, 12, 20), None);
    }

    #[test]
    fn keywords_are_taken_apart() {
        let keywords = |keywords| Header { keywords, ..Header::default() }.keywords();
        assert_eq!(keywords("kbnetwork smspcmkbfixlist"), ["kbnetwork", "smspcm", "kbfixlist"]);
        assert_eq!(keywords("a kbArtTypeINFkbfaq"), ["a", "kbArtTypeINF", "kbfaq"]);
        assert_eq!(keywords("kbfaq a"), ["kbfaq", "a"]);
        assert_eq!(keywords("ENDUSER | | mspl13_c"), ["ENDUSER", "mspl13_c"]);
        let long = format!("{}kbbpqfe1ab", "kbword ".repeat(11));
        assert_eq!(keywords(&long).last().map(String::as_str), Some("kbword"));
        let cut = format!("{}kb", "kbword12 ".repeat(10));
        assert_eq!(keywords(&cut[..87]), ["kbword12"; 9]);
    }

    #[test]
    fn versions_in_every_syntax() {
        let check = |line: &str, platforms: &[&str], versions: &[&str]| {
            assert_eq!(platforms_and_versions(line), (owned(platforms), owned(versions)), "{line}");
        };
        check("winnt:1.2", &["winnt"], &["1.2"]);
        check(":1.2", &[], &["1.2"]);
        check("WINDOWS:1.0; WinNT:1.1,1.2.", &["windows", "winnt"], &["1.0", "1.1", "1.2"]);
        check("WINDOWS:; :", &["windows"], &[]);
        check("3.51 4.0", &[], &["3.51", "4.0"]);
        check("4.01 Service Pack 1", &[], &["4.01 Service Pack 1"]);
        check("2.00 2.50 | 2.50 3.00", &[], &["2.00", "2.50", "3.00"]);
        check("WINDOWS|MACINTOS:5.0", &["windows", "macintos"], &["5.0"]);
        check("N\\A:3.20 and later", &[], &["3.20 and later"]);
        check("", &[], &[]);
        check(":", &[], &[]);
    }

    fn owned(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn the_whole_title_is_taken() {
        let titles = |titles: &[&str]| longest(&owned(titles));
        assert_eq!(titles(&["A ti", "A title"]), "A title");
        assert_eq!(titles(&["A title", "Another one that is longer"]), "A title");
        assert_eq!(titles(&[]), "");
    }
}
