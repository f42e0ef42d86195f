//! Python's configparser (ConfigParser with BasicInterpolation), with spans.
//!
//! No crate has its semantics: no inline comments, continuation lines, `[DEFAULT]`, `%(name)s`
//! and `%%` interpolated when a key is read (Lib/configparser.py). Knows nothing of Alembic.

mod error;
mod interpolation;
mod parse;
mod repr;

use std::collections::HashMap;

use crate::source::Span;

pub use error::IniError;
pub(super) use repr::repr;

/// The section whose keys every other section inherits.
const DEFAULT: &str = "DEFAULT";

/// A parsed ini file.
#[derive(Debug, Clone, Default)]
pub struct Ini {
    defaults: Items,
    sections: Vec<Block>,
    /// Where each section is in `sections`.
    places: HashMap<String, usize>,
}

/// Items in file order, found by their keys without a walk over all.
#[derive(Debug, Clone, Default)]
struct Items {
    list: Vec<Item>,
    places: HashMap<String, usize>,
}

impl Items {
    fn find(&self, key: &str) -> Option<&Item> {
        self.list.get(*self.places.get(key)?)
    }

    /// Takes the place of an item with the same key.
    fn put(&mut self, item: Item) {
        match self.places.get(&item.key).and_then(|place| self.list.get_mut(*place)) {
            Some(old) => *old = item,
            None => {
                self.places.insert(item.key.clone(), self.list.len());
                self.list.push(item);
            }
        }
    }
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The key, in lower case.
    pub key: String,
    /// The value as written, continuation lines joined by line feeds.
    pub raw: String,
    /// Where the key stands; empty for keys that are not from the file.
    pub key_span: Span,
    /// Where the value stands, from its first to its last character.
    pub span: Span,
}

/// A section with its own keys.
#[derive(Debug, Clone)]
struct Block {
    name: String,
    span: Span,
    items: Items,
}

impl Ini {
    /// Parses `text`, the content of the file called `name`. `here` becomes a default key, as
    /// alembic.config.Config.file_config does it.
    ///
    /// # Errors
    /// The first one that Python would raise.
    pub fn parse(text: &str, name: &str, here: Option<&str>) -> Result<Self, IniError> {
        let mut ini = Self::default();
        if let Some(here) = here {
            let item =
                Item { key: "here".to_owned(), raw: here.to_owned(), key_span: Span::default(), span: Span::default() };
            ini.defaults.put(item);
        }
        parse::read(&mut ini, text, name)?;
        Ok(ini)
    }

    /// The names of all sections in file order, without `DEFAULT`.
    pub fn sections(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|block| block.name.as_str())
    }

    /// Whether the file has that section; `DEFAULT` does not count.
    pub fn has_section(&self, section: &str) -> bool {
        self.block(section).is_some()
    }

    /// Where the header of `section` stands.
    pub fn section_span(&self, section: &str) -> Option<Span> {
        self.block(section).map(|block| block.span)
    }

    /// The key's item: of the section itself, else inherited. `None` also when there is no such
    /// section, as in `ConfigParser.has_option`.
    pub fn item(&self, section: &str, key: &str) -> Option<&Item> {
        let key = key.to_lowercase();
        let own = match self.block(section) {
            Some(block) => block.items.find(&key),
            None if section.is_empty() || section == DEFAULT => None,
            None => return None,
        };
        own.or_else(|| self.defaults.find(&key))
    }

    /// Like [`Ini::item`], without what is inherited from `[DEFAULT]`.
    pub fn own_item(&self, section: &str, key: &str) -> Option<&Item> {
        self.block(section)?.items.find(&key.to_lowercase())
    }

    /// All items of a section in the order of `ConfigParser.items`: inherited ones first.
    pub fn items(&self, section: &str) -> Vec<&Item> {
        let own = self.block(section).map(|block| &block.items);
        let inherited = self.defaults.list.iter().map(|item| own.and_then(|own| own.find(&item.key)).unwrap_or(item));
        let further = own.into_iter().flat_map(|own| &own.list).filter(|item| self.defaults.find(&item.key).is_none());
        inherited.chain(further).collect()
    }

    /// The value of a key, interpolated; `None` when there is no such key or section.
    ///
    /// # Errors
    /// What Python would say about a `%` in it.
    pub fn get(&self, section: &str, key: &str) -> Result<Option<String>, IniError> {
        match self.item(section, key) {
            Some(item) => interpolation::interpolate(self, section, item).map(Some),
            None => Ok(None),
        }
    }

    fn block(&self, section: &str) -> Option<&Block> {
        self.sections.get(*self.places.get(section)?)
    }
}

/// Whether Python's `str.strip` and `\s` take it for white space.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(text: &str, section: &str, key: &str) -> Option<String> {
        Ini::parse(text, "a.ini", Some("/home/me")).unwrap().get(section, key).unwrap()
    }

    #[test]
    fn inline_comments_belong_to_the_value() {
        assert_eq!(get("[a]\nx = y ; z\n", "a", "x").as_deref(), Some("y ; z"));
    }

    #[test]
    fn indented_lines_continue_the_value() {
        assert_eq!(get("[a]\nx =\n  1\n  # no\n\n  2\ny=3", "a", "x").as_deref(), Some("\n1\n\n2"));
    }

    #[test]
    fn keys_are_case_insensitive_and_sections_are_not() {
        assert_eq!(get("[a]\nXy: 1\n", "a", "xY").as_deref(), Some("1"));
        assert_eq!(get("[a]\nXy: 1\n", "A", "xy"), None);
    }

    #[test]
    fn defaults_are_inherited_and_overridden() {
        let text = "[DEFAULT]\nx=1\ny=2\n[a]\ny=3";
        assert_eq!(get(text, "a", "x").as_deref(), Some("1"));
        assert_eq!(get(text, "a", "y").as_deref(), Some("3"));
        assert_eq!(get(text, "missing", "x"), None);
    }

    #[test]
    fn here_is_known_unless_the_file_says_otherwise() {
        assert_eq!(get("[a]\nx=%(here)s/m", "a", "x").as_deref(), Some("/home/me/m"));
        assert_eq!(get("[a]\nhere=/b\nx=%(here)s/m", "a", "x").as_deref(), Some("/b/m"));
    }

    #[test]
    fn spans_cover_the_value() {
        let text = "[a]\r\nkey = one\r\n  two\r\n";
        let ini = Ini::parse(text, "a.ini", None).unwrap();
        let item = ini.item("a", "key").unwrap();
        assert_eq!(text.get(item.span.start..item.span.end).unwrap(), "one\r\n  two");
        assert_eq!(text.get(item.key_span.start..item.key_span.end).unwrap(), "key");
        let header = ini.section_span("a").unwrap();
        assert_eq!(text.get(header.start..header.end).unwrap(), "[a]");
    }

    #[test]
    fn a_byte_order_mark_is_text_before_the_first_section() {
        let error = Ini::parse("\u{feff}[a]\n", "a.ini", None).unwrap_err();
        assert_eq!(error.kind, "MissingSectionHeaderError");
        assert_eq!(error.message, "File contains no section headers.\nfile: 'a.ini', line: 1\n'\\ufeff[a]\\n'");
    }
}
