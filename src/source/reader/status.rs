//! The status messages of release 2.0, as the traces show them: `STATMSG: ID=679 SEV=E LEV=M SOURCE="SMS Server" …
//! NUMATTRS=0` (Q226510, Q247546, Q271181). They are part of a log, not a log of their own.

/// How a status message begins.
pub(super) const MARK: &str = "STATMSG: ID=";

/// The parts of one status message.
pub(super) struct Status(Vec<(String, String)>);

/// A message has some twenty parts; what claims more is something else.
const MAX_PARTS: usize = 64;

impl Status {
    /// Reads the message that a text begins with.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let mut rest = text.strip_prefix("STATMSG:").filter(|_| text.starts_with(MARK))?.trim_start();
        let mut parts = Vec::new();
        while let Some((name, value)) = key(rest) {
            let (value, after) = split_value(value);
            parts.push((name.to_ascii_lowercase(), value.split_whitespace().collect::<Vec<_>>().join(" ")));
            rest = after;
            if parts.len() >= MAX_PARTS {
                break;
            }
        }
        Some(Self(parts))
    }

    /// The parts as the fields of an event; empty ones are left out.
    pub(super) fn fields(&self) -> Vec<(&str, &str)> {
        let all = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// `NAME=` at the beginning, and what follows it.
fn key(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().take(16).position(|byte| byte == b'=').filter(|end| *end > 0)?;
    let named = text.bytes().take(end).all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    named.then(|| (&text[..end], &text[end + 1..]))
}

/// A value, in quotes or up to the next name, and what follows it. A quoted value may hold quotes.
fn split_value(text: &str) -> (&str, &str) {
    if let Some(quoted) = text.strip_prefix('"') {
        for (at, _) in quoted.match_indices('"') {
            let after = quoted[at + 1..].trim_start();
            if after.is_empty() || key(after).is_some() {
                return (&quoted[..at], after);
            }
        }
        return (quoted, "");
    }
    for (at, blank) in text.match_indices(char::is_whitespace) {
        let after = &text[at + blank.len()..];
        if key(after).is_some() {
            return (&text[..at], after);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::Status;

    fn check(text: &str, expected: &str) {
        let status = Status::parse(text);
        let fields = status.as_ref().map(Status::fields).unwrap_or_default();
        let shown: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(shown.join("|"), expected);
    }

    #[test]
    fn parts_with_blanks_quotes_and_line_breaks() {
        check(
            "STATMSG: ID=679 SEV=E LEV=M SOURCE=\"SMS Server\" COMP=\"SMS_X\" SYS=S1 SITE=ABC PID=314 TID=519\n\
             GMTDATE=Tue Mar 23 15:38:31.973\n1999 ISTR0=\"a \"quoted\" name\" ISTR1=\"\" NUMATTRS=0",
            "id=679|sev=E|lev=M|source=SMS Server|comp=SMS_X|sys=S1|site=ABC|pid=314|tid=519|\
             gmtdate=Tue Mar 23 15:38:31.973 1999|istr0=a \"quoted\" name|numattrs=0",
        );
    }

    #[test]
    fn a_message_that_was_cut_off() {
        check("STATMSG: ID=5 SEV=I ISTR0=\"half", "id=5|sev=I|istr0=half");
        check("STATMSG: ID=", "");
        check("The STATMSG: ID=5", "");
    }
}
