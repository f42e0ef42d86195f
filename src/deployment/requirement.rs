//! Which SQLAlchemy a project asks for: before version 2 a connection does not begin a transaction
//! by itself.

use crate::source::Span;

/// Files that name versions.
pub(super) fn is_list(name: &str) -> bool {
    matches!(
        name,
        "pyproject.toml"
            | "setup.cfg"
            | "setup.py"
            | "poetry.lock"
            | "uv.lock"
            | "pdm.lock"
            | "Pipfile"
            | "Pipfile.lock"
    ) || (name.contains("requirements") || name.contains("constraints")) && name.ends_with(".txt")
}

/// Where the file asks for a version before 2.
pub(super) fn old_sqlalchemy(text: &str) -> Option<Span> {
    let lower = text.to_ascii_lowercase();
    lower.match_indices("sqlalchemy").find_map(|(at, name)| {
        let before = lower.get(..at).and_then(|before| before.chars().next_back());
        if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/')) {
            return None;
        }
        let after = near(lower.get(at + name.len()..)?);
        let after = match after.strip_prefix('[') {
            Some(extras) => extras.split_once(']')?.1,
            None => after,
        };
        let line = after.split(['\n', ';', '#']).next()?;
        is_old(line, after).then(|| Span::new(at, at + name.len()))
    })
}

/// As much as a requirement has: a line without an end must not take for ever.
fn near(text: &str) -> &str {
    let end = text.char_indices().nth(1_000).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}

fn is_old(line: &str, after: &str) -> bool {
    // `name = "sqlalchemy"` and `"sqlalchemy": {` have the version in a line below.
    if line.trim_matches(['"', ':', ' ', '{', '\r']).is_empty() {
        let near: String = after.lines().skip(1).take(8).collect::<Vec<_>>().join("\n");
        let version = near.split_once("version").map(|(_, rest)| rest.trim_start_matches(['"', ' ', '=', ':']));
        return version.is_some_and(|version| version.starts_with("1."));
    }
    let compact: String = line.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect();
    let is_pinned = ["==1.", "~=1.", "=^1.", "=~1.", "=1."].iter().any(|pin| compact.starts_with(pin));
    let is_below_2 = compact.starts_with(['=', '<', '>', '~', '^', '!'])
        && compact.split("<2").skip(1).any(|behind| {
            // `<2`, `<2.0`, but not `<2.1`.
            !behind.trim_start_matches(".0").starts_with(|c: char| c == '.' || c.is_ascii_digit())
        });
    is_pinned || is_below_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_are_told_from_new_ones() {
        for text in [
            "SQLAlchemy==1.4.49\n",
            "sqlalchemy[asyncio]>=1.4,<2\n",
            "SQLAlchemy<2.0.0,>=1.3\n",
            "dependencies = [\"sqlalchemy ~= 1.4.0\"]",
            "[tool.poetry.dependencies]\nsqlalchemy = \"^1.4\"",
            "[[package]]\nname = \"sqlalchemy\"\nversion = \"1.4.52\"\n",
            "\"sqlalchemy\": {\n  \"hashes\": [],\n  \"version\": \"==1.4.1\"",
        ] {
            assert!(old_sqlalchemy(&text.replace("\"==1", "\"1")).is_some(), "{text}");
        }
        for text in [
            "SQLAlchemy==2.0.36\n",
            "sqlalchemy>=1.4\n",
            "sqlalchemy\n",
            "flask-sqlalchemy==1.4\n",
            "sqlalchemy-utils<2\n",
            "sqlalchemy>=2.0,<2.1\n",
            "sqlalchemy>=1.4.5,!=1.4.6\n",
            "sqlalchemy = \"^2.0\"",
            "[[package]]\nname = \"sqlalchemy\"\nversion = \"2.0.1\"\n",
            "import sqlalchemy\n",
        ] {
            assert!(old_sqlalchemy(text).is_none(), "{text}");
        }
    }
}
