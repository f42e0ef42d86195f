//! Passwords in texts that are quoted: what is shown of a configuration file, snippets included,
//! or of the command line is a masked copy in which each byte keeps its place.

use std::ops::Range;

/// `text` with the passwords of all URLs in it overwritten by `*`, and what is written to a name
/// like `PASSWORD` as a string.
///
/// Percent signs stay: a wrong one is a finding. Placeholders like `{password}` stay too.
pub fn masked(text: &str) -> String {
    let text = masked_urls(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = split_behind_secret_word(rest) {
        out.push_str(before);
        let value = literal_behind(after).unwrap_or_default();
        let (name, after) = after.split_at_checked(value.start).unwrap_or(("", after));
        let (secret, after) = after.split_at_checked(value.end - value.start).unwrap_or(("", after));
        out.push_str(name);
        out.push_str(&stars(secret));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The same for a text with SQL in it: also what `CREATE ROLE … PASSWORD '…'` sets, and what stands in
/// a connection string, `CONNECTION 'host=h password=…'`.
pub fn masked_sql(text: &str) -> String {
    // Of the same length, byte for byte.
    let lower = text.to_ascii_lowercase();
    let mut made = String::with_capacity(text.len());
    let mut done = 0;
    let mut words: Vec<_> = lower.match_indices("password").chain(lower.match_indices("identified by")).collect();
    words.sort_unstable();
    let (mut opened, mut seen) = (None, 0);
    for (at, word) in words {
        let behind = text.get(at + word.len()..).unwrap_or_default();
        opened = text.get(seen..at).and_then(|text| text.rfind('\'')).map(|quote| seen + quote + 1).or(opened);
        seen = at;
        // Nothing but other settings stands between it and the quote.
        let before = opened.and_then(|quote| text.get(quote..at)).filter(|before| before.len() <= REACH);
        if before.is_some_and(|before| before.split_whitespace().all(|word| word.contains('=')))
            && let Some(secret) = behind.strip_prefix('=').map(in_connection_string)
        {
            let start = text.len() - behind.len() + secret.start;
            made.push_str(text.get(done..start).unwrap_or_default());
            made.push_str(&stars(behind.get(secret.clone()).unwrap_or_default()));
            done = start + secret.len();
            continue;
        }
        // In a string of Python the quote may be escaped; PostgreSQL has E'…', too.
        let blanks = behind.len() - behind.trim_start().len();
        let opening = behind.trim_start().trim_start_matches(['E', 'e']).trim_start_matches('\\');
        let Some(secret) = opening.strip_prefix('\'').filter(|_| blanks > 0) else { continue };
        let start = text.len() - secret.len();
        let secret = secret.get(..end_of_literal(secret)).unwrap_or(secret);
        if start >= done {
            made.push_str(text.get(done..start).unwrap_or_default());
            made.push_str(&stars(secret));
            done = start + secret.len();
        }
    }
    made.push_str(text.get(done..).unwrap_or_default());
    masked(&made)
}

/// Where the value is that follows `password=` in a string of SQL, as libpq reads it.
fn in_connection_string(value: &str) -> Range<usize> {
    let open = value.trim_start_matches(['\'', '\\']);
    let is_quoted = open.len() < value.len();
    let ends = |c: char| matches!(c, '\'' | '\\') || !is_quoted && (c.is_whitespace() || c == '"');
    let start = 1 + value.len() - open.len();
    start..start + open.find(ends).unwrap_or(open.len())
}

/// Where the quote is that ends it; two quotes are one in SQL.
fn end_of_literal(text: &str) -> usize {
    let mut rest = 0;
    while let Some(quote) = text.get(rest..).and_then(|behind| behind.find('\'')) {
        let at = rest + quote;
        if !text.get(at + 1..).is_some_and(|behind| behind.starts_with('\'')) {
            return at;
        }
        rest = at + 2;
    }
    text.len()
}

const SECRET_WORDS: [&str; 3] = ["passw", "secret", "pwd"];

/// How many characters past a word or a scheme count: keeps a hostile line from taking for ever.
const REACH: usize = 300;

fn near(text: &str) -> &str {
    let end = text.char_indices().nth(REACH).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}

/// `text` cut behind the first word that names a secret, in whatever case.
fn split_behind_secret_word(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let word_at = |at: usize| {
        let is_here =
            |word: &&&str| bytes.get(at..at + word.len()).is_some_and(|b| b.eq_ignore_ascii_case(word.as_bytes()));
        SECRET_WORDS.iter().find(is_here).map(|word| at + word.len())
    };
    text.split_at_checked((0..bytes.len()).find_map(word_at)?)
}

/// Where the string is in `ORD = "…"`, `ord: str = '…'`, `ord": "…"`, without its quotes.
fn literal_behind(text: &str) -> Option<Range<usize>> {
    let line = near(text).split('\n').next()?;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '\'' | ']' | ':' | ' ' | '\t');
    let value = line.trim_start_matches(is_name).trim_start_matches(['=', ' ', '\t']);
    let colon = line.find(": ").filter(|colon| line.get(..*colon).is_some_and(|name| name.chars().all(is_name)));
    let value = match (value.starts_with(['"', '\'']), colon.and_then(|colon| line.get(colon + 2..))) {
        (false, Some(after)) => after.trim_start(),
        _ => value,
    };
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inside = value.get(1..)?;
    let start = line.len() - inside.len();
    Some(start..start + inside.find(quote).unwrap_or(inside.len()))
}

fn masked_urls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = end_of_url(after);
        let (url, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        out.push_str(&masked_url(url));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Where the URL ends: at a blank, but a password can hold one.
fn end_of_url(text: &str) -> usize {
    let at = |ends: fn(char) -> bool| text.find(ends).unwrap_or(text.len());
    let blank = at(|c| c.is_whitespace() || is_quote(c));
    let line = near(text).find(|c| c == '\n' || is_quote(c)).unwrap_or(blank);
    let holds = |end: usize, c: char| text.get(..end).is_some_and(|text| text.contains(c));
    if holds(blank, ':') && !holds(blank, '@') && holds(line, '@') { line } else { blank }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`')
}

/// What follows `://`.
fn masked_url(url: &str) -> String {
    let Some((credentials, server)) = url.rsplit_once('@') else { return masked_torn(url) };
    let server = masked_query(server);
    match credentials.split_once(':') {
        Some((user, password)) if !is_placeholder(password) => format!("{user}:{}@{server}", stars(password)),
        _ => format!("{credentials}@{server}"),
    }
}

/// A URL without an `@` can be one that was cut there: what is no port is the password.
fn masked_torn(url: &str) -> String {
    let authority = url.split(['/', '?']).next().unwrap_or_default();
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) || is_placeholder(port);
    let is_place = |place: &str| place.starts_with('[') || place.split_once(':').is_none_or(|(_, port)| is_port(port));
    match url.split_once(':') {
        Some((user, password)) if !authority.split(',').all(is_place) => format!("{user}:{}", stars(password)),
        _ => masked_query(url),
    }
}

/// `password=…`, `sslpassword=…` in the query.
fn masked_query(url: &str) -> String {
    let Some((start, query)) = url.split_once('?') else { return url.to_owned() };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((key, value)) if key.to_ascii_lowercase().contains("password") => format!("{key}={}", stars(value)),
        _ => pair.to_owned(),
    });
    format!("{start}?{}", pairs.collect::<Vec<_>>().join("&"))
}

fn is_placeholder(password: &str) -> bool {
    let bracketed = |open: &str, close: char| password.starts_with(open) && password.ends_with(close);
    bracketed("{", '}')
        || bracketed("${", '}')
        || bracketed("<", '>')
        || (password.starts_with("%(") && password.ends_with(")s"))
}

fn stars(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'%' { '%' } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::{masked, masked_sql};

    #[test]
    fn secrets_in_sql_are_not_shown() {
        for (text, expected) in [
            ("CREATE ROLE a PASSWORD 'x y' LOGIN", "CREATE ROLE a PASSWORD '***' LOGIN"),
            ("CREATE ROLE a PASSWORD E'x''y' LOGIN", "CREATE ROLE a PASSWORD E'****' LOGIN"),
            (r"'ALTER ROLE a PASSWORD \'xy\''", r"'ALTER ROLE a PASSWORD \'*****"),
            ("CREATE USER a IDENTIFIED BY 'xy'", "CREATE USER a IDENTIFIED BY '**'"),
            ("alter role a password  'x", "alter role a password  '*"),
            ("env[\"PASSWORD\"], 'x'", "env[\"PASSWORD\"], 'x'"),
            ("CONNECTION 'host=h password=x%y user=u'", "CONNECTION 'host=h password=*%* user=u'"),
            ("dblink('password=''x y'' host=h')", "dblink('password=''***'' host=h')"),
            (r"'dblink(\'password=xy\')'", r"'dblink(\'password=**\')'"),
            ("f('password=xy', 'password=z')", "f('password=**', 'password=*')"),
            ("CONNECTION 'user=''u'' password=xy'", "CONNECTION 'user=''u'' password=**'"),
            ("'SET a = 1, password=b'", "'SET a = 1, password=b'"),
            ("SET a = 'x', password=hash", "SET a = 'x', password=hash"),
            ("UPDATE u SET password=hash WHERE n = 'x'", "UPDATE u SET password=hash WHERE n = 'x'"),
            ("SELECT 'postgresql://a:b@h/d'", "SELECT 'postgresql://a:*@h/d'"),
            ("ADD COLUMN password VARCHAR(9) DEFAULT 'x'", "ADD COLUMN password VARCHAR(9) DEFAULT 'x'"),
        ] {
            assert_eq!(masked_sql(text), expected);
        }
    }

    #[test]
    fn passwords_are_overwritten_in_place() {
        assert_eq!(
            masked("a = postgresql://app:s3%40x@h/d?password=p&x=1\nb = 'x://u:é@h' # c@d"),
            "a = postgresql://app:**%***@h/d?password=*&x=1\nb = 'x://u:**@h' # c@d"
        );
    }

    #[test]
    fn a_password_with_a_blank_is_overwritten_as_a_whole() {
        assert_eq!(masked("u = p://u:s3 c%zz@h/d\nb@c"), "u = p://u:****%**@h/d\nb@c");
    }

    #[test]
    fn strings_that_are_named_like_a_secret_are_overwritten() {
        for (text, shown) in [
            ("PASSWORD = \"s3cr3t\"", "PASSWORD = \"******\""),
            ("DB_PASSWD: str = 's3cr3t'  # x", "DB_PASSWD: str = '******'  # x"),
            ("{\"password\": \"s3cr3t\", 'b': 'c'}", "{\"password\": \"******\", 'b': 'c'}"),
            ("connect(password='s3cr3t', a='b')", "connect(password='******', a='b')"),
            ("password=\"s3cr3t", "password=\"******"),
            ("e['PASSWORD'] = 's3cr3t'", "e['PASSWORD'] = '******'"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn a_url_that_was_cut_at_its_at_sign_shows_no_password() {
        assert_eq!(masked("'postgresql://u:s3cr3t'"), "'postgresql://u:******'");
        assert_eq!(masked("postgresql://u:s3/cr3t"), "postgresql://u:*******");
    }

    #[test]
    fn what_is_no_password_stays() {
        let places = ["p://h:5432/d", "p://h:1,i:2/d", "p://[::1]:1/d", "p://h:%(PORT)s/d", "p:///C:\\d"];
        for text in places {
            assert_eq!(masked(text), text);
        }
        for text in [
            "sqlite:///a.db",
            "p://u@h/d",
            "p://u:{password}@h",
            "p://u:%(PW)s@h",
            "://",
            "no url",
            "a password",
            "password = f(x)",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn every_byte_keeps_its_place(text in ".*://.*") {
            proptest::prop_assert_eq!(masked(&text).len(), text.len());
        }
    }
}
