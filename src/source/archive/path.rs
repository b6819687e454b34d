//! Names in archives and folders: which are refused, and which are odd.

use crate::source::encoding::CodePage;

/// A path below the root, `/` between names.
pub(crate) fn clean(name: &str) -> Result<String, &'static str> {
    let name = name.replace('\\', "/");
    if name.starts_with('/') || name.as_bytes().get(1) == Some(&b':') {
        return Err("an absolute path");
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err("a path that leads out of the archive"),
            part if part.contains('\0') => return Err("a path with a NUL in it"),
            part => parts.push(part),
        }
    }
    if parts.is_empty() { Err("a file without a name") } else { Ok(parts.join("/")) }
}

/// A name as text. What is not UTF-8 is taken for Windows-1252, which has a character for every byte: two names that
/// differ stay different.
pub(crate) fn text(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(name) => name.to_owned(),
        Err(_) => CodePage::default().decode(name).into_owned(),
    }
}

/// What is odd about a name, though nothing is written and so it can do no harm.
pub(crate) fn oddity(path: &str) -> Option<&'static str> {
    if path.chars().any(char::is_control) {
        return Some("its name holds control characters; it is read all the same");
    }
    path.split('/').any(is_device).then_some("named like a device of Windows; it is read all the same")
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let port = |kind: &str| {
        stem.len() == 4
            && stem.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(kind))
            && stem.as_bytes()[3].is_ascii_digit()
            && !stem.ends_with('0')
    };
    let plain = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];
    plain.iter().any(|device| stem.eq_ignore_ascii_case(device)) || port("com") || port("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(clean("./a\\b//c.log").as_deref(), Ok("a/b/c.log"));
        for bad in [
            "../etc/evil",
            "a/../../b",
            "/etc/passwd",
            "C:\\temp\\a.log",
            "c:a.log",
            "\\\\server\\share",
            "//server/x",
            "\\\\?\\C:\\x",
            "./",
            "",
            "a\0b",
            "..",
            "a/..",
            "..\\x",
        ] {
            assert!(clean(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn devices_and_controls_are_odd() {
        for odd in ["CON", "a/nul.log", "COM1", "lpt9.txt", "aux .x", "a\u{1b}[2J.log", "a\u{9b}b"] {
            assert!(oddity(odd).is_some(), "{odd:?}");
        }
        for fine in ["console.txt", "COM0", "com10", "a/b.log", "null", "\u{20ac}com"] {
            assert!(oddity(fine).is_none(), "{fine}");
        }
    }

    #[test]
    fn names_that_differ_stay_different() {
        assert_eq!(text("Gerät".as_bytes()), "Gerät");
        assert_ne!(text(b"a\xE4"), text(b"a\xF6"));
    }
}
