//! `%(name)s` and `%%` (configparser.BasicInterpolation), done when a key is read.

use std::cell::Cell;

use super::{Ini, IniError, Item, repr};

/// configparser.MAX_INTERPOLATION_DEPTH
const DEEPEST: usize = 10;
/// Ten levels of many references can grow without bound; no path or URL is as long as this.
const LONGEST: usize = 1 << 16;
/// References in one value, those in what it refers to included: values can be empty.
const REFERENCES: usize = 1_000;

/// The value of `item`, read as a key of `section`.
pub(super) fn interpolate(ini: &Ini, section: &str, item: &Item) -> Result<String, IniError> {
    let mut value = String::new();
    Interpolation { ini, section, item, references: Cell::new(0) }.expand(&item.raw, 1, &mut value)?;
    Ok(value)
}

struct Interpolation<'a> {
    ini: &'a Ini,
    section: &'a str,
    item: &'a Item,
    references: Cell<usize>,
}

impl Interpolation<'_> {
    fn expand(&self, raw: &str, depth: usize, out: &mut String) -> Result<(), IniError> {
        if depth > DEEPEST {
            return Err(self.too_deep());
        }
        let mut rest = raw;
        while let Some((before, from_percent)) = split_at_percent(rest) {
            out.push_str(before);
            if out.len() > LONGEST {
                return Err(self.error("InterpolationError", "the interpolated value is too long".to_owned()));
            }
            let after = from_percent.strip_prefix('%').unwrap_or_default();
            if let Some(after) = after.strip_prefix('%') {
                out.push('%');
                rest = after;
            } else if let Some(after) = after.strip_prefix('(') {
                // The name has no closing parenthesis in it and is not empty.
                let reference = after.split_once(')').filter(|(name, _)| !name.is_empty());
                let Some((name, after)) = reference.and_then(|(name, tail)| Some((name, tail.strip_prefix('s')?)))
                else {
                    return Err(self.syntax(format!("bad interpolation variable reference {}", repr(from_percent))));
                };
                self.refer(name, depth, out)?;
                rest = after;
            } else {
                let message = format!("'%' must be followed by '%' or '(', found: {}", repr(from_percent));
                return Err(self.syntax(message));
            }
        }
        out.push_str(rest);
        Ok(())
    }

    fn refer(&self, name: &str, depth: usize, out: &mut String) -> Result<(), IniError> {
        self.references.set(self.references.get() + 1);
        if self.references.get() > REFERENCES {
            return Err(self.error("InterpolationError", "the value has too many references".to_owned()));
        }
        let name = name.to_lowercase();
        match self.ini.item(self.section, &name) {
            Some(item) if item.raw.contains('%') => self.expand(&item.raw, depth + 1, out),
            Some(item) => {
                out.push_str(&item.raw);
                Ok(())
            }
            None => Err(self.missing(&name)),
        }
    }

    fn syntax(&self, message: String) -> IniError {
        self.error("InterpolationSyntaxError", message)
    }

    fn missing(&self, name: &str) -> IniError {
        let message = format!(
            "Bad value substitution: option {} in section {} contains an interpolation key {} which is not a valid \
             option name. Raw value: {}",
            repr(&self.item.key),
            repr(self.section),
            repr(name),
            repr(&self.item.raw),
        );
        self.error("InterpolationMissingOptionError", message)
    }

    fn too_deep(&self) -> IniError {
        let message = format!(
            "Recursion limit exceeded in value substitution: option {} in section {} contains an interpolation key \
             which cannot be substituted in {DEEPEST} steps. Raw value: {}",
            repr(&self.item.key),
            repr(self.section),
            repr(&self.item.raw),
        );
        self.error("InterpolationDepthError", message)
    }

    fn error(&self, kind: &'static str, message: String) -> IniError {
        IniError::new(kind, message, self.item.span)
    }
}

fn split_at_percent(text: &str) -> Option<(&str, &str)> {
    text.split_at_checked(text.find('%')?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        Ini::parse(text, "a.ini", None).unwrap().get("a", "x").unwrap_err().to_string()
    }

    #[test]
    fn percent_signs_are_doubled() {
        let ini = Ini::parse("[a]\nx=50%% of %(Y)s\ny=%%z", "a.ini", None).unwrap();
        assert_eq!(ini.get("a", "x").unwrap().as_deref(), Some("50% of %z"));
    }

    #[test]
    fn mistakes_are_told_in_pythons_words() {
        assert_eq!(message("[a]\nx=p%40ss"), "'%' must be followed by '%' or '(', found: '%40ss'");
        assert_eq!(message("[a]\nx=%(y"), "bad interpolation variable reference '%(y'");
        assert_eq!(
            message("[a]\nx=%(PWD)s/y"),
            "Bad value substitution: option 'x' in section 'a' contains an interpolation key 'pwd' which is not a \
             valid option name. Raw value: '%(PWD)s/y'"
        );
    }

    #[test]
    fn a_key_that_refers_to_itself_ends() {
        assert!(message("[a]\nx=%(x)s").starts_with("Recursion limit exceeded"));
    }

    #[test]
    fn growth_is_bounded() {
        for last in ["0123456789", ""] {
            let mut text = format!("[a]\nk9 = {last}\nx=%(k0)s\n");
            for level in 0..9 {
                text.push_str(&format!("k{level} = {}\n", format!("%(k{})s", level + 1).repeat(50)));
            }
            assert!(Ini::parse(&text, "a.ini", None).unwrap().get("a", "x").is_err());
        }
    }
}
