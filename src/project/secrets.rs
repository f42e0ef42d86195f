//! Passwords in the texts of configuration files never leave this layer: everything that can be
//! quoted later, snippets included, is a masked copy in which each byte keeps its place.

/// `text` with the passwords of all URLs in it overwritten by `*`.
///
/// Percent signs stay: a wrong one is a finding. Placeholders like `{password}` stay too.
pub(super) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`')).unwrap_or(after.len());
        let (url, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        out.push_str(&masked_url(url));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// What follows `://`.
fn masked_url(url: &str) -> String {
    let Some((credentials, server)) = url.rsplit_once('@') else { return masked_query(url) };
    let server = masked_query(server);
    match credentials.split_once(':') {
        Some((user, password)) if !is_placeholder(password) => format!("{user}:{}@{server}", stars(password)),
        _ => format!("{credentials}@{server}"),
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
    use super::masked;

    #[test]
    fn passwords_are_overwritten_in_place() {
        assert_eq!(
            masked("a = postgresql://app:s3%40x@h/d?password=p&x=1\nb = 'x://u:é@h' # c@d"),
            "a = postgresql://app:**%***@h/d?password=*&x=1\nb = 'x://u:**@h' # c@d"
        );
    }

    #[test]
    fn what_is_no_password_stays() {
        for text in ["sqlite:///a.db", "p://u@h/d", "p://u:{password}@h", "p://u:%(PW)s@h", "://", "no url"] {
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
