//! The name of a new revision file (alembic.script.base.ScriptDirectory._rev_path).

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::project::Naming;

/// When a revision is made, in the zone that `timezone` names.
#[derive(Debug, Clone)]
pub struct Moment {
    at: ZonedDateTime,
    /// Whether the zone is written too.
    is_zoned: bool,
}

/// Why a file gets no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Alembic's own sentence.
    #[error("Can't locate timezone: {0}")]
    NoZone(String),
    /// `file_template` holds what is not known.
    #[error("file_template: {0}")]
    Template(String),
}

impl Moment {
    /// `timestamp` in the zone of the configuration, or in the machine's own.
    ///
    /// # Errors
    /// There is no zone of that name.
    pub fn new(timestamp: Timestamp, naming: &Naming) -> Result<Self, NameError> {
        let zone = match &naming.timezone {
            None => TimeZone::system(),
            // As written, then in capitals; Python's names have a case.
            Some(name) => {
                let named = |name: &str| TimeZone::get(name).ok().filter(|zone| zone.iana_name() == Some(name));
                let zone = named(name).or_else(|| named(&name.to_uppercase()));
                zone.ok_or_else(|| NameError::NoZone(name.clone()))?
            }
        };
        let is_zoned = naming.timezone.is_some();
        let microsecond = timestamp.round(jiff::Unit::Microsecond).unwrap_or(timestamp);
        Ok(Self { at: microsecond.to_zoned_datetime(zone), is_zoned })
    }

    /// As Python's `str(datetime)` writes it.
    pub fn text(&self) -> String {
        let mut text = self.at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let micros = self.at.subsec_nanosecond() / 1_000;
        if micros != 0 {
            text.push_str(&format!(".{micros:06}"));
        }
        if self.is_zoned {
            text.push_str(&self.at.strftime("%:z").to_string());
        }
        text
    }

    fn number(&self, token: &str) -> Option<i64> {
        Some(match token {
            "epoch" => self.at.timestamp().as_second(),
            "year" => self.at.year().into(),
            "month" => self.at.month().into(),
            "day" => self.at.day().into(),
            "hour" => self.at.hour().into(),
            "minute" => self.at.minute().into(),
            "second" => self.at.second().into(),
            _ => return None,
        })
    }
}

pub(super) fn file_name(naming: &Naming, id: &str, message: &str, moment: &Moment) -> Result<String, NameError> {
    let slug = slug(message, naming.truncate_slug_length);
    let mut name = String::new();
    let mut rest = naming.file_template.as_str();
    while let Some((before, after)) = rest.split_once('%') {
        name.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            name.push('%');
            rest = after;
            continue;
        }
        let wrong = || NameError::Template(format!("`%{}` is not understood", first_word(after)));
        let (token, after) = after.strip_prefix('(').and_then(|after| after.split_once(')')).ok_or_else(wrong)?;
        let end = after.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
        let (form, after) = after.split_at(end);
        let mut characters = after.chars();
        let kind = characters.next().unwrap_or_default();
        rest = characters.as_str();
        let value = match (token, moment.number(token), kind) {
            ("rev", ..) if form.is_empty() && kind == 's' => id.to_owned(),
            ("slug", ..) if form.is_empty() && kind == 's' => slug.clone(),
            (_, Some(number), 'd' | 'i') => padded(number, form).ok_or_else(wrong)?,
            (_, Some(number), 's') if form.is_empty() => number.to_string(),
            ("rev" | "slug", ..) | (_, Some(_), _) => return Err(wrong()),
            _ => return Err(NameError::Template(format!("there is no `{token}`"))),
        };
        name.push_str(&value);
    }
    name.push_str(rest);
    Ok(name + ".py")
}

/// `02`, `.2`, `2`, `-2`: Python's printf forms of an integer.
fn padded(number: i64, form: &str) -> Option<String> {
    let (width, precision) = form.split_once('.').unwrap_or((form, ""));
    let precision: usize = if precision.is_empty() { 0 } else { precision.parse().ok()? };
    let digits = format!("{number:0precision$}");
    let (left, width) = width.strip_prefix('-').map_or((false, width), |width| (true, width));
    let zero = width.starts_with('0') && !left;
    let width: usize = if width.is_empty() { 0 } else { width.parse().ok()? };
    // More than this is no date.
    const WIDEST: usize = 64;
    if width > WIDEST || precision > WIDEST {
        return None;
    }
    Some(match (left, zero) {
        (true, _) => format!("{digits:<width$}"),
        (false, true) => format!("{digits:0>width$}"),
        (false, false) => format!("{digits:>width$}"),
    })
}

fn first_word(text: &str) -> &str {
    text.split(char::is_whitespace).next().unwrap_or_default()
}

/// The words of the message; a long one loses its last word.
fn slug(message: &str, longest: usize) -> String {
    let words = message.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("_").to_lowercase();
    if slug.chars().count() <= longest {
        return slug;
    }
    let cut: String = slug.chars().take(longest).collect();
    let kept = cut.rsplit_once('_').map_or(cut.as_str(), |(kept, _)| kept);
    format!("{kept}_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(template: &str) -> Naming {
        Naming { file_template: template.to_owned(), timezone: Some("utc".to_owned()), ..Naming::default() }
    }

    fn name(template: &str, message: &str) -> Result<String, NameError> {
        let naming = naming(template);
        let moment = Moment::new(Timestamp::new(1_767_323_045, 5_000).unwrap(), &naming).unwrap();
        file_name(&naming, "a1b2", message, &moment)
    }

    #[test]
    fn names_follow_the_template() {
        assert_eq!(name("%(rev)s_%(slug)s", "Add Users!").unwrap(), "a1b2_add_users.py");
        let dated = "%(year)d_%(month).2d_%(day)02d_%(hour).2d%(minute).2d-%(rev)s_%(slug)s";
        assert_eq!(name(dated, "x").unwrap(), "2026_01_02_0304-a1b2_x.py");
        assert_eq!(name("%(epoch)s/%(rev)s%%", "x").unwrap(), "1767323045/a1b2%.py");
        assert_eq!(name("%(user)s", "x"), Err(NameError::Template("there is no `user`".into())));
        assert!(name("%(rev", "x").is_err() && name("%d", "x").is_err());
    }

    #[test]
    fn a_long_slug_loses_its_last_word() {
        assert_eq!(slug("aaa bbb ccc", 7), "aaa_");
        assert_eq!(slug("hello there", 5), "hello_");
        assert_eq!(slug("hello there", 7), "hello_");
        assert_eq!(slug("abcdefghij", 4), "abcd_");
        assert_eq!(slug("Ärger & Über", 40), "ärger_über");
    }

    #[test]
    fn dates_are_written_as_python_does() {
        let naming = naming("x");
        let at = |nanosecond| Moment::new(Timestamp::new(1_767_323_045, nanosecond).unwrap(), &naming).unwrap().text();
        assert_eq!(at(5_000), "2026-01-02 03:04:05.000005+00:00");
        assert_eq!(at(0), "2026-01-02 03:04:05+00:00");
        let unknown = Naming { timezone: Some("europe/nowhere".to_owned()), ..naming };
        let error = Moment::new(Timestamp::UNIX_EPOCH, &unknown).unwrap_err();
        assert_eq!(error.to_string(), "Can't locate timezone: europe/nowhere");
    }
}
