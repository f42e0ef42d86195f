//! Values that a command line or a manifest may hold as secrets.

use crate::source::masked;

const WORDS: [&str; 6] = ["PASS", "SECRET", "TOKEN", "KEY", "PWD", "CREDENTIAL"];

/// `text` with passwords overwritten: those that [`masked`] knows, and the value of each
/// `NAME=value` whose name speaks of a secret. Each byte keeps its place.
pub(super) fn hidden(text: &str) -> String {
    let text = masked(text);
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('=') {
            let start = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
            let name = before.get(start..).unwrap_or_default().to_ascii_uppercase();
            out.push_str(before);
            out.push('=');
            rest = after;
            if WORDS.iter().any(|word| name.contains(word)) {
                let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
                let value = if quote.is_some() { after.get(1..).unwrap_or_default() } else { after };
                let end = match quote {
                    Some(quote) => value.find(quote),
                    None => value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | '|')),
                };
                let secret = value.get(..end.unwrap_or(value.trim_end().len())).unwrap_or_default();
                out.extend(quote);
                out.extend(std::iter::repeat_n('*', secret.len()));
                rest = value.get(secret.len()..).unwrap_or_default();
            }
        }
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_secrets_are_overwritten_in_place() {
        let text = "A=1 PGPASSWORD=s3 alembic x\nX_TOKEN=\"a b\" y=2\nkey='q' é=1\nDB_PASSWORD=tail";
        let shown = hidden(text);
        assert_eq!(shown, "A=1 PGPASSWORD=** alembic x\nX_TOKEN=\"***\" y=2\nkey='*' é=1\nDB_PASSWORD=****");
        assert_eq!(shown.len(), text.len());
    }
}
