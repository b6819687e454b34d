//! Where results and messages go: results to standard output or a file, everything else to standard error.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use servpack::diag::{self, Diagnostic, Level, SourceMap};
use servpack::fact::{Problem, Severity};
use servpack::report::safe;
use servpack::verdict::Assessment;

use crate::args::{Color, Global};
use crate::failure::Failure;
use crate::settings;

/// Where results go.
pub(crate) enum Target {
    Stdout,
    File(PathBuf),
}

impl Target {
    /// `-` is standard output too.
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        match file {
            Some(file) if file.as_os_str() != "-" => Self::File(file),
            _ => Self::Stdout,
        }
    }

    /// A file is coloured only if that was asked for.
    pub(crate) fn color(&self, choice: Color) -> bool {
        match self {
            Self::Stdout => settings::color(choice, &io::stdout()),
            Self::File(_) => choice == Color::Always,
        }
    }

    /// Writes a result. A reader that has seen enough, such as `head`, is no failure. A file is written whole or not at
    /// all: whoever reads it meanwhile sees the old one.
    pub(crate) fn write(&self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        match self {
            Self::Stdout => {
                let written = (|| {
                    let mut out = BufWriter::new(anstream::AutoStream::always(io::stdout()));
                    fill(&mut out)?;
                    out.flush()
                })();
                match written {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                    Err(error) => Err(Failure::usage(format!("standard output cannot be written: {error}"))),
                    Ok(()) => Ok(()),
                }
            }
            Self::File(path) => replace(path, fill)
                .map_err(|error| Failure::usage(format!("{} cannot be written: {error}", path.display()))),
        }
    }

    /// Writes a text.
    pub(crate) fn text(&self, text: &str) -> Result<(), Failure> {
        self.write(|out| out.write_all(text.as_bytes()))
    }
}

fn replace(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A device or a pipe cannot be replaced, and is written as it is.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let mut out = BufWriter::new(File::options().write(true).open(path)?);
        fill(&mut out)?;
        return out.flush();
    }
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = (|| {
        let mut out = BufWriter::new(File::create_new(&beside)?);
        fill(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&beside, path)
    })();
    if written.is_err() {
        // The first error is the one worth telling.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// One line or more on standard error. Nobody may be listening, and that is no failure.
pub(crate) fn message(text: &str, global: &Global) {
    let mut err = stderr(global);
    let _ = writeln!(err, "{text}");
}

/// `error: …`
pub(crate) fn failure(failure: &Failure, global: &Global) {
    message(&format!("{} {failure}", label("error:", anstyle::AnsiColor::Red)), global);
}

/// A defect of our own, with what is needed to find it.
pub(crate) fn defect(panic: &std::panic::PanicHookInfo<'_>) {
    let _ = writeln!(io::stderr(), "error: a defect of servpack, please report it: {}", safe(&panic.to_string()));
}

/// Excerpts of what is wrong with rules. Quiet leaves errors alone.
pub(crate) fn diagnostics(all: &[Diagnostic], sources: &SourceMap, global: &Global) {
    let style = if settings::color(global.color, &io::stderr()) { diag::Style::Color } else { diag::Style::Plain };
    for diagnostic in all.iter().filter(|diagnostic| !global.quiet || diagnostic.level == Level::Error) {
        message(&format!("{}\n", diag::render(diagnostic, sources, style)), global);
    }
}

/// What was wrong with the input.
pub(crate) fn problems(all: &[Problem], global: &Global) {
    if global.quiet {
        return;
    }
    for problem in all {
        let label = match problem.severity {
            Severity::Error => label("error:", anstyle::AnsiColor::Red),
            Severity::Warning => label("warning:", anstyle::AnsiColor::Yellow),
            Severity::Note => label("note:", anstyle::AnsiColor::Cyan),
        };
        let line = problem.line.map_or_else(String::new, |line| format!(":{line}"));
        message(&format!("{label} {}{line}: {}", safe(&problem.file), safe(&problem.what)), global);
    }
}

/// How each file was read, and what was left out: for who asks for more.
pub(crate) fn sources(assessment: &Assessment, global: &Global) {
    if !global.verbose {
        return;
    }
    let several = assessment.bundles.len() > 1;
    let label = label("note:", anstyle::AnsiColor::Cyan);
    for source in &assessment.sources {
        let bundle = assessment.bundles.get(source.bundle).filter(|_| several);
        let bundle = bundle.map_or_else(String::new, |bundle| format!(" [{}]", safe(&bundle.path)));
        let whole = if source.complete { "" } else { ", not to its end" };
        let file = safe(&source.file);
        let lines = match source.lines {
            // What is no text has no lines.
            0 => String::new(),
            1 => ", 1 line".to_owned(),
            lines => format!(", {lines} lines"),
        };
        let encoding = match source.encoding_by {
            "guess" => format!("{} (a guess)", source.encoding),
            "manifest" => format!("{} (by the manifest)", source.encoding),
            _ => source.encoding.to_owned(),
        };
        let dates = match source.dates {
            None => String::new(),
            Some((order, "nothing")) => format!(", dates as {order} (nothing tells)"),
            Some((order, by)) => format!(", dates as {order} (by the {by})"),
        };
        let read = format!("read as {}, {encoding}{lines}{whole}{dates}", source.reader);
        message(&format!("{label} {file}{bundle}: {read}"), global);
    }
    for skipped in &assessment.skipped {
        message(&format!("{label} {}: not read: {}", safe(&skipped.file), safe(&skipped.why)), global);
    }
}

fn stderr(global: &Global) -> anstream::AutoStream<io::Stderr> {
    let color = settings::color(global.color, &io::stderr());
    // `always` passes colours through, and helps the Windows consoles that need it.
    let choice = if color { anstream::ColorChoice::Always } else { anstream::ColorChoice::Never };
    anstream::AutoStream::new(io::stderr(), choice)
}

fn label(text: &str, color: anstyle::AnsiColor) -> String {
    let style = color.on_default().bold();
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::Target;

    #[test]
    fn a_file_is_written_whole_or_stays_what_it_was() {
        let folder = std::env::temp_dir().join(format!("servpack-output-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        let file = folder.join("report.txt");
        let target = Target::new(Some(file.clone()));
        target.text("old").expect("it can be written");
        let broken = target.write(|out| {
            out.write_all(b"new, and then")?;
            Err(io::Error::other("the disk is full"))
        });
        assert!(broken.is_err_and(|failure| failure.exit_code() == 2));
        assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "old");
        assert_eq!(std::fs::read_dir(&folder).expect("it is there").count(), 1);
        target.text("new").expect("it can be written");
        assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "new");
        std::fs::remove_dir_all(&folder).expect("it can go");
    }
}
