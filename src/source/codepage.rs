//! Guesses the code page of a text that is not Unicode and whose page nobody states.
//!
//! Windows pages and those of East Asia are told apart by `chardetng`, which knows how often letters follow each other
//! but no page of DOS. Each candidate then decodes the text, and the one that makes words of it wins: a wrong page puts
//! quotes, frames and capitals into the middle of words.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::encoding::CodePage;

/// The pages of DOS that are tried. Of two that read a text alike the first is taken.
const DOS: &[&str] = &["850", "437", "852", "866"];

/// So many characters beyond ASCII tell a page of other letters than those of Western Europe.
const ENOUGH: usize = 12;

/// The code page that makes most sense of the head of a file.
pub(super) fn guess(head: &[u8]) -> CodePage {
    let western = CodePage::default();
    let beyond = head.iter().filter(|byte| **byte >= 0x80).count();
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, true);
    let windows = CodePage::Standard(detector.guess(None, Utf8Detection::Deny));
    let mut best = (score(&western.decode(head)), western);
    let mut candidates: Vec<CodePage> = DOS.iter().filter_map(|name| CodePage::named(name)).collect();
    if beyond >= ENOUGH && windows != western {
        // It weighs the frequency of letters, which counts for more than a tie.
        candidates.insert(0, windows);
        best.0 -= 1;
    }
    for page in candidates {
        let found = score(&page.decode(head));
        if found > best.0 {
            best = (found, page);
        }
    }
    best.1
}

/// How much a text looks like words.
fn score(text: &str) -> i64 {
    let mut score = 0;
    let mut before = ' ';
    let mut run = 0;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        if c.is_ascii() {
            run = 0;
        } else {
            run += 1;
            score += fits(before, c, after, run);
        }
        before = c;
    }
    score
}

/// How well a character beyond ASCII fits between its neighbours; `run` of its kind stand in a row.
fn fits(before: char, c: char, after: char, run: usize) -> i64 {
    let (left, right) = (before.is_alphabetic(), after.is_alphabetic());
    if c.is_control() || c == char::REPLACEMENT_CHARACTER {
        return -3;
    }
    if is_frame(c) {
        return if left || right { -2 } else { 1 };
    }
    if c == '\u{a0}' {
        return i64::from(before.is_ascii_digit() && after.is_ascii_digit());
    }
    if !c.is_alphabetic() {
        // A quote or a symbol in the middle of a word.
        return if left && right && c != '\u{2019}' { -2 } else { 0 };
    }
    if before.is_ascii_digit() || after.is_ascii_digit() {
        return -1;
    }
    let latin = is_latin(c);
    let other_script = |other: char| other.is_alphabetic() && is_latin(other) != latin;
    // A capital in the middle of a word.
    let capital = (c.is_uppercase() && before.is_lowercase()) || (c.is_lowercase() && after.is_uppercase());
    if other_script(before) || other_script(after) || capital {
        return -2;
    }
    // No language of Latin letters has three letters with marks in a row, and none the same letter three times.
    if run >= 3 && (latin || before == c) {
        return -2;
    }
    i64::from(left || right)
}

/// The lines, corners and blocks that DOS programs draw with.
fn is_frame(c: char) -> bool {
    matches!(c, '\u{2500}'..='\u{25A0}')
}

fn is_latin(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | '\u{AA}' | '\u{BA}' | '\u{C0}'..='\u{24F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What collected texts of this kind look like, in the languages of the pages.
    const GERMAN: &str =
        "Der Befehl wurde erfolgreich ausgeführt. Größe des Datenträgers, Übersicht der Geräte und Schlüssel";
    const FRENCH: &str =
        "Le numéro de série du volume est 1234. Répertoire de C:\\ fichiers créés à la première exécution, déjà arrêté";
    const SPANISH: &str =
        "El número de serie del volumen es 1234. Se completó el comando, año, contraseña y configuración";
    const SWEDISH: &str =
        "Kommandot har utförts. Följande Windows-tjänster är startade: Händelselogg, Säkerhetskonto, Åtgärd";
    const DANISH: &str = "Kommandoen blev udført. Følgende tjenester er startet: hændelseslog, årsag, mappe på drev";
    const PORTUGUESE: &str =
        "O comando foi concluído com êxito. Não há serviços, versão, configuração, número de série";
    const ITALIAN: &str = "Esecuzione comando riuscita. Il numero di serie è 1234, proprietà, priorità, più, perché";
    const HUNGARIAN: &str =
        "A parancs sikeresen végrehajtva. A következő szolgáltatások futnak: eseménynapló, működő, gyűjtő";
    const GREEK: &str = "Η εντολή ολοκληρώθηκε με επιτυχία. Οι υπηρεσίες των Windows έχουν ξεκινήσει";
    const POLISH: &str =
        "Usługa została zatrzymana pomyślnie. Następujące usługi są uruchomione, włączone i wyłączone, błąd";
    const CZECH: &str =
        "Příkaz byl úspěšně dokončen. Následující služby jsou spuštěny, velikost souboru, připojení k síti";
    const RUSSIAN: &str =
        "Команда выполнена успешно. Запущены следующие службы Windows, имя компьютера, версия системы";
    const CHINESE: &str = "命令成功完成。已经启动以下服务：事件日志，远程过程调用，计算机名称";
    const KOREAN: &str = "명령을 잘 실행했습니다. 다음 서비스가 시작되었습니다. 컴퓨터 이름";
    const JAPANESE: &str = "コマンドは正常に終了しました。サービスは開始されています。コンピューター名";

    fn encoded(page: &str, text: &str) -> Vec<u8> {
        let page = CodePage::named(page).expect("a known page");
        let back: std::collections::BTreeMap<char, u8> =
            (0x80..=0xFF).map(|byte| (page.decode(&[byte]).chars().next().unwrap_or(' '), byte)).collect();
        text.chars().map(|c| if c.is_ascii() { c as u8 } else { back[&c] }).collect()
    }

    fn check(page: &str, text: &str) {
        let bytes = encoded(page, text);
        let guessed = guess(&bytes);
        assert_eq!(guessed.decode(&bytes), text, "{page} was taken for {guessed:?}");
    }

    #[test]
    fn western_text_of_windows_and_of_dos() {
        for text in [GERMAN, FRENCH, SPANISH, SWEDISH, ITALIAN] {
            for page in ["1252", "850", "437"] {
                check(page, text);
            }
        }
        for text in [DANISH, PORTUGUESE] {
            for page in ["1252", "850"] {
                check(page, text);
            }
        }
        // A single word is enough for DOS.
        check("850", "Gerät");
        check("1252", "Gerät");
        check("1252", "naïve café");
        check("850", "      2 Datei(en)  1\u{a0}234 Bytes, geändert");
        check("1252", "      2 fichier(s)  1\u{a0}234 octets");
    }

    #[test]
    fn other_letters() {
        for (text, pages) in [
            (POLISH, ["1250", "852"]),
            (CZECH, ["1250", "852"]),
            (HUNGARIAN, ["1250", "852"]),
            (RUSSIAN, ["1251", "866"]),
        ] {
            for page in pages {
                check(page, text);
            }
        }
        check("1253", GREEK);
        for (page, text) in [("932", JAPANESE), ("936", CHINESE), ("949", KOREAN)] {
            let CodePage::Standard(encoding) = CodePage::named(page).expect("a known page") else { panic!("{page}") };
            let (bytes, _, _) = encoding.encode(text);
            assert_eq!(guess(&bytes).decode(&bytes), text, "{page}");
        }
    }

    #[test]
    fn frames_of_dos_programs() {
        let bytes = encoded("437", "╔══════════╗\n║ Report   ║\n╚══════════╝\n");
        assert_eq!(guess(&bytes).decode(&bytes), "╔══════════╗\n║ Report   ║\n╚══════════╝\n");
    }

    #[test]
    fn a_stray_byte_decides_nothing() {
        assert_eq!(guess(b"plain text with one \xFF byte"), CodePage::default());
        assert_eq!(guess(b"(c) \xA9 1998"), CodePage::default());
        // Blanks that do not break.
        assert_eq!(guess(b"ion, Windows\xA0NT returns, Windows\xA0NT command"), CodePage::default());
        assert_eq!(guess(b"msvr.dll i386\xA0\xA0\xA0\xA0\xA01,562,528"), CodePage::default());
    }
}
