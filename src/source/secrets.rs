//! Passwords in texts that are quoted: what is shown of a configuration file, snippets included,
//! or of the command line is a masked copy in which each byte keeps its place.

/// `text` with the passwords of all URLs in it overwritten by `*`.
///
/// Percent signs stay: a wrong one is a finding. Placeholders like `{password}` stay too.
pub fn masked(text: &str) -> String {
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
    use super::masked;

    #[test]
    fn passwords_are_overwritten_in_place() {
        assert_eq!(
            masked("a = postgresql://app:s3%40x@h/d?password=p&x=1\nb = 'x://u:é@h' # c@d"),
            "a = postgresql://app:**%***@h/d?password=*&x=1\nb = 'x://u:**@h' # c@d"
        );
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
