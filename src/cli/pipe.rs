//! Text from standard input.

use std::io::{self, Read};

/// How much of a paste is looked at: its end, where errors are.
const MOST: usize = 1 << 20;

/// Reads standard input to its end.
///
/// Never stops earlier: the command before the pipe may be a migration, and would be killed by a
/// closed pipe in the middle of its work.
pub(super) fn read() -> io::Result<String> {
    end_of(io::stdin().lock(), MOST)
}

/// The last `most` bytes, as text.
fn end_of(mut from: impl Read, most: usize) -> io::Result<String> {
    let mut kept: Vec<u8> = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        let count = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        kept.extend_from_slice(chunk.get(..count).unwrap_or_default());
        // Cut now and then only, so that each byte is moved once.
        if kept.len() > 2 * most {
            kept.drain(..kept.len() - most);
        }
    }
    kept.drain(..kept.len().saturating_sub(most));
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_everything_is_read() {
        let text = "x".repeat(100_000) + "the end";
        let mut from = text.as_bytes();
        assert_eq!(end_of(&mut from, 9).unwrap(), "xxthe end");
        assert!(from.is_empty());
        assert_eq!(end_of("short".as_bytes(), 9).unwrap(), "short");
    }

    #[test]
    fn what_is_no_text_is_read_as_well_as_it_can_be() {
        assert_eq!(end_of(&b"a\xffb"[..], 9).unwrap(), "a\u{FFFD}b");
    }
}
