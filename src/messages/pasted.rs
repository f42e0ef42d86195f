//! Pasted text, folded so that it reads the same however a terminal broke it: blanks, line breaks,
//! colours and frames are taken out, and each character that is left knows where it stood.

/// Text without blanks, with the way back to the text as it was pasted.
#[derive(Debug)]
pub(super) struct Pasted {
    /// The text without colours, with straight quotes; blanks and line breaks as they were.
    text: String,
    /// `text` without blanks, line breaks and frames.
    folded: String,
    /// For each byte of `folded`, its offset in `text`.
    places: Vec<usize>,
}

impl Pasted {
    pub(super) fn new(raw: &str) -> Self {
        let text = without_margin(without_escapes(raw));
        let mut folded = String::with_capacity(text.len());
        let mut places = Vec::with_capacity(text.len());
        for (offset, c) in text.char_indices().filter(|(_, c)| !is_blank(*c)) {
            folded.push(c);
            places.extend((offset..).take(c.len_utf8()));
        }
        Self { text, folded, places }
    }

    /// The text without blanks.
    pub(super) fn folded(&self) -> &str {
        &self.folded
    }

    /// Where a byte of the folded text stands; the end of the text for the end of the folded text.
    fn place(&self, at: usize) -> usize {
        self.places.get(at).copied().unwrap_or(self.text.len())
    }

    /// Where the character before a byte of the folded text ends.
    fn place_after(&self, at: usize) -> usize {
        at.checked_sub(1).map_or(0, |last| self.place(last) + 1)
    }

    /// Whether a word goes on over this byte of the folded text without any blank.
    pub(super) fn is_inside_word(&self, at: usize) -> bool {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let (before, after) = self.text.split_at_checked(self.place(at)).unwrap_or_default();
        before.ends_with(is_part) && after.starts_with(is_part)
    }

    /// What was pasted between two bytes of the folded text, blanks at both ends included.
    pub(super) fn between(&self, start: usize, end: usize) -> &str {
        self.text.get(self.place_after(start)..self.place(end)).unwrap_or_default()
    }

    /// What was pasted from one byte of the folded text up to another, on one line.
    pub(super) fn line(&self, start: usize, end: usize) -> String {
        let slice = self.text.get(self.place(start)..self.place_after(end)).unwrap_or_default();
        slice.split(is_blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// What follows a byte of the folded text, blanks before it included.
    pub(super) fn after(&self, at: usize) -> &str {
        self.text.get(self.place_after(at)..).unwrap_or_default()
    }
}

/// Blanks, control characters, and the lines that some loggers draw around a traceback.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{2500}'..='\u{257F}' | '\u{200B}' | '\u{FEFF}')
}

/// The text without what stands before each of its lines, where that is the same: `api-1  | ` of compose,
/// `> ` of a mail. What the program itself has broken into lines is then whole again.
fn without_margin(text: String) -> String {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let margins = ["| ", "> "].iter().filter_map(|end| first.get(..first.find(end)? + end.len()));
    // The name of one service, or nothing: a message can have these signs, too.
    let margin = margins.min_by_key(|margin| margin.len()).filter(|margin| match margin.strip_suffix("| ") {
        Some(service) => service.split_whitespace().count() == 1,
        None => *margin == "> ",
    });
    let Some(margin) = margin else { return text };
    let rest: Vec<&str> = lines.collect();
    if rest.is_empty() || !rest.iter().all(|line| line.starts_with(margin) || margin.trim_end() == line.trim_end()) {
        return text;
    }
    text.lines().map(|line| line.strip_prefix(margin).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The text without terminal escapes, and with straight quotes where an editor has bent them.
fn without_escapes(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            // ESC [ parameters letter: ECMA-48, 5.4.
            '\u{1b}' if characters.next_if_eq(&'[').is_some() => {
                while characters.next_if(|c| matches!(c, ' '..='?')).is_some() {}
                characters.next_if(|c| matches!(c, '@'..='~'));
            }
            '\u{2018}' | '\u{2019}' => text.push('\''),
            '\u{201C}' | '\u{201D}' => text.push('"'),
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_colours_and_frames_are_taken_out() {
        let pasted = Pasted::new("\u{1b}[1;31mCan\u{2019}t lo\r\n  cate\u{1b}[0m \u{2502} it");
        assert_eq!(pasted.folded(), "Can'tlocateit");
        assert_eq!(pasted.line(0, 13), "Can't lo cate it");
        assert_eq!(pasted.line(0, 5), "Can't");
    }

    #[test]
    fn a_margin_that_all_lines_have_is_taken_out() {
        for (raw, folded) in [
            ("api-1  | Can't lo\napi-1  |\n\napi-1  | cate it", "Can'tlocateit"),
            ("> Can't lo\r\n> cate it\r\n", "Can'tlocateit"),
            ("api-1  | Can't lo\ncate it", "api-1|Can'tlocateit"),
            ("api-1  | Can't", "api-1|Can't"),
            ("x from x -> y\nx from x -> y", "xfromx->yxfromx->y"),
            ("head: 'a' | head: 'b'\nhead: 'a' | head: 'b'", "head:'a'|head:'b'head:'a'|head:'b'"),
            ("", ""),
        ] {
            assert_eq!(Pasted::new(raw).folded(), folded, "{raw}");
        }
    }

    #[test]
    fn what_stood_between_keeps_its_blanks() {
        let pasted = Pasted::new("by 'a3aa ' é");
        assert_eq!(pasted.between(3, 7), "a3aa ");
        assert_eq!(pasted.after(7), " ' é");
        assert_eq!(pasted.after(999), "");
        assert_eq!(pasted.between(9, 3), "");
    }

    #[test]
    fn words_are_not_cut() {
        let pasted = Pasted::new("a table b");
        assert!(!pasted.is_inside_word(1));
        assert!(pasted.is_inside_word(2));
        assert!(!pasted.is_inside_word(0) && !pasted.is_inside_word(99));
    }
}
