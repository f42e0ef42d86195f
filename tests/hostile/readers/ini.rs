//! An ini file of any text is parsed, and every value interpolated, without a panic.

use alembic_doctor::project::ini::Ini;
use alembic_doctor::source::Span;

/// Parses `bytes` and reads every key of every section.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let ini = match Ini::parse(text, "alembic.ini", Some("/home/%/me")) {
        Ok(ini) => ini,
        Err(error) => {
            assert!(!error.message.is_empty());
            return assert_within(text, error.span);
        }
    };
    for section in ini.sections() {
        assert!(ini.has_section(section));
        assert_within(text, ini.section_span(section).unwrap());
        for item in ini.items(section) {
            assert_within(text, item.span);
            assert_within(text, item.key_span);
            match ini.get(section, &item.key) {
                Ok(value) => assert!(value.is_some(), "{:?} is listed, but has no value", item.key),
                Err(error) => assert_within(text, error.span),
            }
        }
    }
}

fn assert_within(text: &str, span: Span) {
    assert!(text.get(span.start..span.end).is_some(), "{span:?} is no place in the file");
}
