//! Package definition files (PDF): INI files that describe a package and its commands (Q174933).

use crate::fact::{Claim, Event};

use super::ini::{IniFile, IniLine, confidence};
use super::{Confidence, Context, Head, Lines, Output, Reader};

/// See the module.
pub(super) struct Package;

/// The table of its events.
const TABLE: &str = "package";

impl Reader for Package {
    fn name(&self) -> &'static str {
        "package"
    }

    fn help(&self) -> &'static str {
        "Package definition files (PDF), with a `[PDF]` or `[Package Definition]` section."
    }

    fn known_by(&self) -> &'static str {
        "A section `[PDF]` or `[Package Definition]` in an INI file."
    }

    fn facts_and_events(&self) -> &'static str {
        "The facts of an INI file, and one event of table `package` for each section with a command line: file, product, \
         version, section, command, name, systemtask (`FALSE` if not stated), userinput (`TRUE` if not stated)."
    }

    fn recognises(&self, head: &Head<'_>) -> Confidence {
        let names_itself = head
            .lines()
            .filter_map(|line| IniLine::parse(line).section())
            .any(|name| name.eq_ignore_ascii_case("pdf") || name.eq_ignore_ascii_case("package definition"));
        if names_itself && confidence(head) > Confidence::NO { Confidence::CERTAIN } else { Confidence::NO }
    }

    fn read(&self, input: &mut Lines<'_>, ctx: &Context<'_>, out: &mut Output<'_>) {
        let mut file = IniFile::new(ctx.head.name);
        let mut definition = Definition::default();
        let mut command = Command::default();
        while let Some(line) = input.next() {
            match IniLine::parse(line.text) {
                IniLine::Section(name) | IniLine::Loose(name) => {
                    command.emit(ctx, &definition, out);
                    command = Command { section: name.to_owned(), ..Command::default() };
                }
                IniLine::Open => {
                    command.emit(ctx, &definition, out);
                    command = Command { lost: true, ..Command::default() };
                }
                IniLine::Entry(key, value) => {
                    if command.section.eq_ignore_ascii_case("package definition") {
                        definition.entry(key, value);
                    }
                    command.entry(line.number, key, value);
                }
                _ => {}
            }
            file.line(line, out);
        }
        // What the last section does not state may have been cut off.
        command.open = input.is_unended();
        command.emit(ctx, &definition, out);
        if file.end(input, out) {
            out.claim(Claim::Table(TABLE.to_owned()));
        }
    }
}

#[derive(Default)]
struct Definition {
    product: String,
    version: String,
}

impl Definition {
    fn entry(&mut self, key: &str, value: &str) {
        // The first of two equal keys counts. Release 2.0 calls the product by its name.
        let field = match key.to_ascii_lowercase().as_str() {
            "product" | "name" => &mut self.product,
            "version" => &mut self.version,
            _ => return,
        };
        if field.is_empty() {
            value.clone_into(field);
        }
    }
}

#[derive(Default)]
struct Command {
    section: String,
    line: u64,
    command: Option<String>,
    name: String,
    system_task: Option<&'static str>,
    user_input: Option<&'static str>,
    open: bool,
    /// Nobody knows which section this is.
    lost: bool,
}

impl Command {
    fn entry(&mut self, line: u64, key: &str, value: &str) {
        match key.to_ascii_lowercase().as_str() {
            // The first of two equal keys counts.
            "commandline" if self.command.is_none() => {
                self.line = line;
                self.command = Some(value.to_owned());
            }
            "commandname" | "name" if self.name.is_empty() => value.clone_into(&mut self.name),
            "systemtask" if self.system_task.is_none() => self.system_task = Some(truth(value, "FALSE")),
            "userinputrequired" if self.user_input.is_none() => self.user_input = Some(truth(value, "TRUE")),
            _ => {}
        }
    }

    fn emit(&self, ctx: &Context<'_>, definition: &Definition, out: &mut Output<'_>) {
        let Some(command) = self.command.as_ref().filter(|_| !self.lost) else { return };
        let or_default = |stated: Option<&'static str>, default| match stated {
            // A word that was cut off says nothing, and neither does a section that was.
            Some("") | None if self.open => "",
            Some("") | None => default,
            Some(stated) => stated,
        };
        let fields = [
            ("file", ctx.head.name),
            ("product", &definition.product),
            ("version", &definition.version),
            ("section", &self.section),
            ("command", command),
            ("name", &self.name),
            ("systemtask", or_default(self.system_task, "FALSE")),
            ("userinput", or_default(self.user_input, "TRUE")),
        ];
        out.event(&Event { table: Some(TABLE), fields: &fields, ..Event::plain(out.at(self.line), command) });
    }
}

/// `TRUE` or `FALSE`; empty for the beginning of one of them. Any other word counts as the default.
fn truth(value: &str, default: &'static str) -> &'static str {
    let upper = value.to_ascii_uppercase();
    match upper.as_str() {
        "TRUE" => "TRUE",
        "FALSE" => "FALSE",
        begun if "TRUE".starts_with(begun) || "FALSE".starts_with(begun) => "",
        _ => default,
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing::check;

    #[test]
    fn commands_with_their_defaults() {
        check(
            "ntencap.pdf",
            b"[PDF]\nVersion=1.0\n[Package Definition]\nProduct=Windows NT\nVersion=4.0\n[Setup]\nCommandLine=NTENCAP /NTW\n\
              CommandName=Upgrade\nSystemTask=true\n[Manual]\nCommandLine=setup.exe\nUserInputRequired=FALSE\n",
            "package
             2 ini ntencap.pdf [pdf] version = 1.0
             4 ini ntencap.pdf [package definition] product = Windows NT
             5 ini ntencap.pdf [package definition] version = 4.0
             7 ini ntencap.pdf [setup] commandline = NTENCAP /NTW
             8 ini ntencap.pdf [setup] commandname = Upgrade
             9 ini ntencap.pdf [setup] systemtask = true
             7 package{file=ntencap.pdf product=Windows NT version=4.0 section=Setup command=NTENCAP /NTW name=Upgrade systemtask=TRUE userinput=TRUE}: NTENCAP /NTW
             11 ini ntencap.pdf [manual] commandline = setup.exe
             12 ini ntencap.pdf [manual] userinputrequired = FALSE
             11 package{file=ntencap.pdf product=Windows NT version=4.0 section=Manual command=setup.exe name= systemtask=FALSE userinput=FALSE}: setup.exe
             claim ini ntencap.pdf
             claim table package",
        );
    }

    #[test]
    fn release_2_and_repeated_keys() {
        let (_, dump) = crate::source::testing::read(
            "a.sms",
            b"[PDF]\nVersion=2.0\n[Package Definition]\nName=Tools\nVersion=3\nName=Other\n[Run] x\nName=Install\nCommandLine=a.exe\n\
              SystemTask=TRUE\nSystemTask=FALSE\nCommandLine=b.exe\n[torn\nCommandLine=c.exe\n",
        );
        let rows: Vec<_> = dump.iter().filter(|line| line.contains("package{")).collect();
        assert_eq!(
            rows,
            [
                "9 package{file=a.sms product=Tools version=3 section=Run command=a.exe name=Install systemtask=TRUE userinput=TRUE}: a.exe"
            ]
        );
    }
}
