//! The words of an entry: names of fields in the languages of Windows, and the types of events.

/// A field of an entry. The columns of a row are in the same words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    /// The id with its severity, as PowerShell has it.
    InstanceId,
    Source,
    Computer,
    User,
    Type,
    Category,
    Channel,
    Record,
    /// Says whether an entry is an audit.
    Keywords,
    Date,
    Time,
    Description,
    /// Nothing that an entry has in every form.
    Other,
}

impl Field {
    /// The field of this name, and whether the name is of event logs only and not a word that a description may have too.
    pub(super) fn named(name: &str) -> Option<(Self, bool)> {
        let name = folded(name)?;
        let (_, field) = NAMES.iter().find(|(known, _)| *known == name)?;
        let own = matches!(field, Self::Id | Self::Channel) || name.contains(' ') || name.starts_with("ereignis");
        Some((*field, own))
    }

    /// The field of a property that PowerShell prints.
    pub(super) fn property(name: &str) -> Option<Self> {
        let name = folded(name)?;
        PROPERTIES.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    /// Whether a value can be of this field: `Data:` is the date in Italy and a hex dump elsewhere.
    pub(super) fn allows(self, value: &str) -> bool {
        match self {
            Self::Date | Self::Time | Self::Id => {
                // Marks of direction stand around numbers in some copies.
                let value =
                    value.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200E}' | '\u{200F}'));
                value.starts_with(|c: char| c.is_ascii_digit())
            }
            _ => true,
        }
    }
}

/// A name in lower case with single blanks; `None` if it is too long for one.
fn folded(name: &str) -> Option<String> {
    const MOST: usize = 48;
    let name = name.trim();
    if name.is_empty() || name.len() > MOST {
        return None;
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    Some(words.join(" ").to_lowercase().replace('\u{2019}', "'"))
}

/// Names as NT 4.0 to 2003 and, where they are others, Vista and later print them.
const NAMES: &[(&str, Field)] = &[
    ("event id", Field::Id),
    ("eventid", Field::Id),
    ("event source", Field::Source),
    ("event type", Field::Type),
    ("event category", Field::Category),
    ("source", Field::Source),
    ("computer", Field::Computer),
    ("user", Field::User),
    ("type", Field::Type),
    ("category", Field::Category),
    ("date", Field::Date),
    ("time", Field::Time),
    ("description", Field::Description),
    ("log name", Field::Channel),
    ("task category", Field::Category),
    ("level", Field::Type),
    ("date and time", Field::Date),
    ("keywords", Field::Keywords),
    ("keyword", Field::Keywords),
    ("task", Field::Category),
    ("opcode", Field::Other),
    ("user name", Field::Other),
    // German.
    ("ereigniskennung", Field::Id),
    ("ereignis-id", Field::Id),
    ("ereignisquelle", Field::Source),
    ("ereignistyp", Field::Type),
    ("ereigniskategorie", Field::Category),
    ("quelle", Field::Source),
    ("typ", Field::Type),
    ("ebene", Field::Type),
    ("kategorie", Field::Category),
    ("aufgabenkategorie", Field::Category),
    ("protokollname", Field::Channel),
    ("benutzer", Field::User),
    ("datum", Field::Date),
    ("datum und uhrzeit", Field::Date),
    ("zeit", Field::Time),
    ("uhrzeit", Field::Time),
    ("beschreibung", Field::Description),
    ("schlüsselwörter", Field::Keywords),
    // French.
    ("id de l'événement", Field::Id),
    ("source de l'événement", Field::Source),
    ("type de l'événement", Field::Type),
    ("catégorie de l'événement", Field::Category),
    ("catégorie de la tâche", Field::Category),
    ("nom du journal", Field::Channel),
    ("niveau", Field::Type),
    ("utilisateur", Field::User),
    ("ordinateur", Field::Computer),
    ("date et heure", Field::Date),
    ("heure", Field::Time),
    ("mots clés", Field::Keywords),
    // Spanish.
    ("id. suceso", Field::Id),
    ("id. del evento", Field::Id),
    ("origen del suceso", Field::Source),
    ("tipo de suceso", Field::Type),
    ("categoría del suceso", Field::Category),
    ("categoría de la tarea", Field::Category),
    ("nombre de registro", Field::Channel),
    ("origen", Field::Source),
    ("nivel", Field::Type),
    ("usuario", Field::User),
    ("equipo", Field::Computer),
    ("fecha", Field::Date),
    ("fecha y hora", Field::Date),
    ("hora", Field::Time),
    ("descripción", Field::Description),
    ("palabras clave", Field::Keywords),
    // Italian.
    ("id evento", Field::Id),
    ("origine evento", Field::Source),
    ("tipo evento", Field::Type),
    ("categoria evento", Field::Category),
    ("categoria attività", Field::Category),
    ("nome registro", Field::Channel),
    ("origine", Field::Source),
    ("livello", Field::Type),
    ("utente", Field::User),
    ("data", Field::Date),
    ("data e ora", Field::Date),
    ("ora", Field::Time),
    ("descrizione", Field::Description),
    ("parole chiave", Field::Keywords),
    // Portuguese.
    ("identificação do evento", Field::Id),
    ("fonte", Field::Source),
    ("nível", Field::Type),
    ("categoria da tarefa", Field::Category),
    ("nome do log", Field::Channel),
    ("usuário", Field::User),
    ("computador", Field::Computer),
    ("data e hora", Field::Date),
    ("descrição", Field::Description),
    ("palavras-chave", Field::Keywords),
    // Dutch.
    ("gebeurtenis-id", Field::Id),
    ("bron", Field::Source),
    ("taakcategorie", Field::Category),
    ("logboeknaam", Field::Channel),
    ("gebruiker", Field::User),
    ("datum en tijd", Field::Date),
    ("tijd", Field::Time),
    ("beschrijving", Field::Description),
    ("trefwoorden", Field::Keywords),
    // Russian.
    ("код события", Field::Id),
    ("источник события", Field::Source),
    ("тип события", Field::Type),
    ("категория события", Field::Category),
    ("категория задачи", Field::Category),
    ("имя журнала", Field::Channel),
    ("источник", Field::Source),
    ("уровень", Field::Type),
    ("пользователь", Field::User),
    ("компьютер", Field::Computer),
    ("дата", Field::Date),
    ("дата и время", Field::Date),
    ("время", Field::Time),
    ("описание", Field::Description),
    ("ключевые слова", Field::Keywords),
];

/// The properties of `Get-EventLog` and `Get-WinEvent`.
const PROPERTIES: &[(&str, Field)] = &[
    ("eventid", Field::Id),
    ("id", Field::Id),
    ("instanceid", Field::InstanceId),
    ("source", Field::Source),
    ("providername", Field::Source),
    ("machinename", Field::Computer),
    ("username", Field::User),
    ("userid", Field::User),
    ("entrytype", Field::Type),
    ("leveldisplayname", Field::Type),
    ("category", Field::Category),
    ("taskdisplayname", Field::Category),
    ("logname", Field::Channel),
    ("index", Field::Record),
    ("recordid", Field::Record),
    ("timegenerated", Field::Date),
    ("timecreated", Field::Date),
    ("message", Field::Description),
];

/// Whether the keywords of an entry say that it is an audit, and which.
pub(super) fn audit(keywords: &str) -> Option<&'static str> {
    let word = type_word(keywords);
    ["Success Audit", "Failure Audit"].into_iter().find(|known| *known == word)
}

/// The type of an event in the words of an English Event Viewer, so that a rule can ask for it on any machine. Words that
/// are not known stay as they are.
pub(super) fn type_word(word: &str) -> &str {
    let folded = word.trim().to_lowercase();
    TYPES.iter().find(|(_, words)| words.contains(&folded.as_str())).map_or(word, |(english, _)| english)
}

/// Whether this is the type of an event in a language that is known.
pub(super) fn is_type(word: &str) -> bool {
    let folded = word.trim().to_lowercase();
    TYPES.iter().any(|(_, words)| words.contains(&folded.as_str()))
}

const TYPES: &[(&str, &[&str])] = &[
    ("Error", &["error", "fehler", "erreur", "errore", "erro", "fout", "ошибка"]),
    (
        "Warning",
        &["warning", "warnung", "avertissement", "advertencia", "avviso", "aviso", "waarschuwing", "предупреждение"],
    ),
    (
        "Information",
        &[
            "information",
            "informationen",
            "informations",
            "información",
            "informazioni",
            "informações",
            "informatie",
            "сведения",
            "уведомление",
        ],
    ),
    ("Critical", &["critical", "kritisch", "critique", "crítico", "critico", "kritiek", "критический"]),
    ("Success Audit", &["success audit", "audit success", "successaudit", "erfolgsüberw.", "überwachung erfolgreich"]),
    ("Failure Audit", &["failure audit", "audit failure", "failureaudit", "fehlerüberw.", "überwachung gescheitert"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_they_are_compared() {
        for (name, _) in NAMES.iter().chain(PROPERTIES) {
            assert_eq!(folded(name).as_deref(), Some(*name));
        }
        for word in TYPES.iter().flat_map(|(_, words)| *words) {
            assert_eq!(word.to_lowercase(), *word);
        }
    }

    #[test]
    fn names_in_any_spelling() {
        let check = |name: &str| Field::named(name).map(|(field, _)| field);
        assert_eq!(check(" Event  ID"), Some(Field::Id));
        assert_eq!(check("ID de l\u{2019}événement\u{A0}"), Some(Field::Id));
        assert_eq!(check("Source Port"), None);
        assert_eq!(type_word("Fehler"), "Error");
        assert_eq!(type_word("None"), "None");
    }
}
