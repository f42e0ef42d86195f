//! Renders `script.py.mako` as far as that needs no Python: text, comments, and the expressions that
//! the templates of Alembic and Flask-Migrate have ever used. Anything else is refused with its line.

use std::fmt::Write as _;

use super::{Script, python};

/// What a template can ask for.
pub(super) struct Values<'a> {
    pub(super) script: &'a Script,
    pub(super) created: &'a str,
    /// `config.get_main_option("databases")`
    pub(super) databases: Option<&'a str>,
}

/// The head of the loop over the databases of the multidb template.
const LOOP: &str = r"for db_name in re.split(r',\s*', db_names):";

/// The text, or why it needs Python.
pub(super) fn render(template: &str, values: &Values<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(template.len() + 512);
    lines(&mut Lines::new(template), values, None, &mut out)?;
    Ok(out)
}

/// The lines of a template that are left.
struct Lines<'t> {
    rest: &'t str,
    number: usize,
}

impl<'t> Lines<'t> {
    fn new(rest: &'t str) -> Self {
        Self { rest, number: 0 }
    }

    /// The next line with its end.
    fn next(&mut self) -> Option<&'t str> {
        let line = self.rest.split_inclusive('\n').next()?;
        self.rest = self.rest.get(line.len()..)?;
        self.number += 1;
        Some(line)
    }

    fn refuse<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("line {} of script.py.mako {what}", self.number))
    }
}

/// Renders up to the end, or up to `% endfor` inside a loop.
fn lines(left: &mut Lines<'_>, values: &Values<'_>, database: Option<&str>, out: &mut String) -> Result<(), String> {
    while let Some(line) = left.next() {
        let trimmed = line.trim();
        if trimmed.starts_with("##") {
            continue;
        }
        if let Some(control) = trimmed.strip_prefix('%').filter(|rest| !rest.starts_with('%')) {
            match (control.trim(), database) {
                ("endfor", Some(_)) => return Ok(()),
                (LOOP, None) => repeat(left, values, out)?,
                _ => return left.refuse("is a statement of Python"),
            }
            continue;
        }
        let mut line = line;
        while let Some(start) = line.find("<%") {
            let (before, block) = line.split_at(start);
            text(before, left, values, database, out)?;
            line = skip_known_block(block, left)?;
        }
        text(line, left, values, database, out)?;
    }
    if database.is_some() { left.refuse("ends inside a loop") } else { Ok(()) }
}

/// The two blocks of the multidb template, which only prepare its loop; the rest of their last line.
fn skip_known_block<'t>(start: &'t str, left: &mut Lines<'t>) -> Result<&'t str, String> {
    let mut code = String::new();
    let mut line = start.strip_prefix("<%").unwrap_or(start);
    loop {
        if let Some((inside, after)) = line.split_once("%>") {
            code.push_str(inside);
            let code: String = code.trim_start_matches('!').chars().filter(|c| !c.is_whitespace()).collect();
            let is_known = ["importre", "db_names=config.get_main_option(\"databases\")"].contains(&code.as_str());
            // Nothing is left of a block that fills its lines.
            return if is_known { Ok(after) } else { left.refuse("ends a block of Python") };
        }
        code.push_str(line);
        let Some(next) = left.next() else { return left.refuse("ends inside a block") };
        line = next;
    }
}

fn repeat(left: &mut Lines<'_>, values: &Values<'_>, out: &mut String) -> Result<(), String> {
    let Some(databases) = values.databases else {
        return left.refuse("asks for `databases`, which the ini does not have");
    };
    let (rest, number) = (left.rest, left.number);
    for name in databases.split(',') {
        (left.rest, left.number) = (rest, number);
        lines(left, values, Some(name.trim_start()), out)?;
    }
    Ok(())
}

/// Text with expressions in it.
fn text(
    line: &str,
    left: &Lines<'_>,
    values: &Values<'_>,
    database: Option<&str>,
    out: &mut String,
) -> Result<(), String> {
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((expression, after)) = after.split_once('}') else {
            return left.refuse("has an expression that goes on in the next one");
        };
        let expression: String = expression.split_whitespace().collect::<Vec<_>>().join(" ");
        match value(&expression, values, database) {
            Some(value) => out.push_str(&value),
            None => return left.refuse(&format!("asks for `{expression}`")),
        }
        rest = after;
    }
    // A backslash at its end joins a line to the next; a doubled percent sign is one.
    if let Some(joined) = rest.trim_end_matches(['\r', '\n']).strip_suffix('\\').filter(|_| rest.ends_with('\n')) {
        out.push_str(joined);
    } else {
        match rest.trim_start().strip_prefix("%%") {
            Some(after) if line == rest => {
                let indent = rest.len() - rest.trim_start().len();
                out.push_str(rest.get(..indent).unwrap_or_default());
                let _ = write!(out, "%{after}");
            }
            _ => out.push_str(rest),
        }
    }
    Ok(())
}

fn value(expression: &str, values: &Values<'_>, database: Option<&str>) -> Option<String> {
    let script = values.script;
    let expression = expression.replace('\'', "\"");
    Some(match expression.as_str() {
        "message" if script.details.is_empty() => script.message.clone(),
        "message" => format!("{}\n\n{}", script.message, script.details),
        "up_revision" => script.id.clone(),
        "create_date" => values.created.to_owned(),
        "down_revision | comma,n" | "down_revision | comma, n" => script.parents.join(", "),
        "down_revision" => match script.parents.as_slice() {
            [one] => one.clone(),
            several => python::scalar_or_tuple(several),
        },
        "repr(up_revision)" => python::text(&script.id),
        "repr(down_revision)" => python::scalar_or_tuple(&script.parents),
        "repr(branch_labels)" => python::tuple_or_none(&script.branch_labels),
        "repr(depends_on)" => python::scalar_or_list(&script.depends_on),
        "imports if imports else \"\"" => String::new(),
        "upgrades if upgrades else \"pass\"" => body(&script.upgrade),
        "downgrades if downgrades else \"pass\"" => body(&script.downgrade),
        "db_name" => database?.to_owned(),
        "context.get(\"%s_upgrades\" % db_name, \"pass\")" => database.map(|_| body(&script.upgrade))?,
        "context.get(\"%s_downgrades\" % db_name, \"pass\")" => database.map(|_| body(&script.downgrade))?,
        _ => return None,
    })
}

/// Alembic indents the lines after the first as the template's own place is indented.
fn body(lines: &str) -> String {
    if lines.is_empty() {
        return "pass".to_owned();
    }
    let indented = |(index, line): (usize, &str)| match (index, line.is_empty()) {
        (0, _) | (_, true) => line.to_owned(),
        _ => format!("    {line}"),
    };
    lines.lines().enumerate().map(indented).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &str) -> Result<String, String> {
        let script = Script { id: "b2".into(), message: "join".into(), ..Script::default() };
        render(template, &Values { script: &script, created: "2026", databases: Some("one, two") })
    }

    #[test]
    fn what_needs_python_is_refused_with_its_line() {
        assert_eq!(
            rendered("a\n${message.title()}\n"),
            Err("line 2 of script.py.mako asks for `message.title()`".into())
        );
        assert!(rendered("% if message:\nx\n% endif\n").unwrap_err().contains("line 1"));
        assert!(rendered("<%\nimport os\n%>\n").unwrap_err().contains("line 3"));
        assert!(rendered("<%def name=\"x\">\n").is_err());
        assert!(rendered("% for db_name in re.split(r',\\s*', db_names):\nx\n").is_err());
        assert!(rendered("${message\n}").is_err());
    }

    #[test]
    fn comments_go_and_lines_are_joined() {
        assert_eq!(rendered("## no\na \\\nb\n%% c\n${  message }\n").unwrap(), "a b\n% c\njoin\n");
    }
}
