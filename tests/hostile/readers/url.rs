//! A database URL of any text is cut without a panic, and a password in it is never printed,
//! whatever stands before, in and behind it.

use alembic_doctor::database::DatabaseUrl;

/// No other text in a URL or an error is like it.
const SECRET: &str = "s3cr3t";

const SCHEMES: [&str; 5] = ["postgresql", "postgresql+asyncpg", "postgres", "mysql+pymysql", "sqlite"];

/// The first line is what stands before the secret in the password, the second what stands
/// behind it, the rest what follows the password.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    assert_printable(text);
    if text.contains(SECRET) {
        return;
    }
    let mut lines = text.splitn(3, '\n');
    let [before, after, tail] = std::array::from_fn(|_| lines.next().unwrap_or_default());
    for scheme in SCHEMES {
        assert_hidden(&format!("{scheme}://app:{before}{SECRET}{after}@{tail}"));
        assert_hidden(&format!("{scheme}://:{before}{SECRET}{after}@{tail}"));
        assert_hidden(&format!("{scheme}://a%3A@p:{before}{SECRET}{after}@{tail}"));
    }
    // An "&" would end the value, and what follows would be no password.
    if !format!("{before}{after}").contains(['&', '?']) && !tail.contains(['?', '@', '\n', ':']) {
        for key in ["password", "sslpassword", "PASSWORD", "pass%77ord"] {
            assert_hidden(&format!("postgresql://app@h/{tail}?{key}={before}{SECRET}{after}&x=1"));
        }
    }
}

fn printed(url: &DatabaseUrl) -> String {
    let error = url.parts().err().map(|error| format!("{error} {error:?}"));
    format!("{url} {url:?} {} {:?} {:?} {error:?}", url.address(), url.dialect(), url.driver())
}

fn assert_printable(text: &str) {
    let url = DatabaseUrl::new(text);
    let shown = format!("{url} {url:?} {} {:?}", url.address(), url.parts().err());
    assert!(!shown.chars().any(char::is_control), "{shown:?} has control characters");
}

fn assert_hidden(text: &str) {
    assert_printable(text);
    let shown = printed(&DatabaseUrl::new(text));
    assert!(!shown.contains(SECRET), "{text:?} is shown as {shown}");
}
