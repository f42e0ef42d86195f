//! Bytes of a Python file to text, by Python's own rules (PEP 263, `tokenize.detect_encoding`).
//!
//! encoding_rs follows the web's idea of encodings; where Python means something else under the
//! same name (`latin-1`, `ascii`, undefined bytes of `cp1252`), Python's meaning is restored here.

use encoding_rs::{DecoderResult, Encoding};

/// Why the bytes are not text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DecodeError {
    /// In plain words.
    pub reason: String,
    /// Offset of the first byte that could not be decoded.
    pub offset: usize,
}

impl DecodeError {
    fn new(reason: impl Into<String>, offset: usize) -> Self {
        Self { reason: reason.into(), offset }
    }
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Decodes the bytes of a Python source file: a UTF-8 byte order mark is dropped, a coding
/// cookie in the first two lines is honoured, everything else is UTF-8.
///
/// # Errors
/// Bytes that are not in the declared encoding, an encoding that is not known, or a NUL byte.
pub fn decode(mut bytes: Vec<u8>) -> Result<String, DecodeError> {
    if let Some(offset) = memchr::memchr(0, &bytes) {
        return Err(DecodeError::new("contains a NUL byte, which Python does not allow in source code", offset));
    }
    let has_bom = bytes.starts_with(BOM);
    let declared = cookie(&bytes);
    if has_bom {
        bytes.drain(..BOM.len());
    }
    match declared.as_deref().map(Charset::named) {
        None | Some(Some(Charset::Utf8)) => String::from_utf8(bytes).map_err(|error| not_utf8(&error, has_bom)),
        Some(_) if has_bom => {
            let name = declared.unwrap_or_default();
            let reason = format!("starts with a UTF-8 byte order mark but its coding line says `{name}`");
            Err(DecodeError::new(reason, 0))
        }
        Some(Some(Charset::Ascii)) => match bytes.iter().position(|byte| !byte.is_ascii()) {
            Some(offset) => Err(DecodeError::new("is declared as ASCII but has a byte that is not", offset)),
            None => String::from_utf8(bytes).map_err(|error| not_utf8(&error, false)),
        },
        Some(Some(Charset::Latin1)) => Ok(bytes.into_iter().map(char::from).collect()),
        Some(Some(Charset::Iso(encoding))) => with_c1_controls(&bytes, encoding),
        Some(Some(Charset::Other(encoding))) => strictly(&bytes, encoding),
        Some(None) => {
            let name = declared.unwrap_or_default();
            Err(DecodeError::new(format!("its coding line names `{name}`, an encoding that is not known"), 0))
        }
    }
}

fn not_utf8(error: &std::string::FromUtf8Error, has_bom: bool) -> DecodeError {
    let offset = error.utf8_error().valid_up_to();
    let byte = error.as_bytes().get(offset).copied().unwrap_or_default();
    let reason = format!("is not UTF-8 (byte 0x{byte:02x} at offset {offset}) and has no coding line");
    DecodeError::new(reason, if has_bom { offset + BOM.len() } else { offset })
}

/// What a cookie's name means to Python.
enum Charset {
    Utf8,
    Ascii,
    Latin1,
    /// An ISO-8859 part that encoding_rs replaces by its Windows cousin: 0x80..0x9F are controls.
    Iso(&'static Encoding),
    Other(&'static Encoding),
}

impl Charset {
    fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase().replace('_', "-");
        if name == "utf8" || name == "utf-8" || name == "u8" || name == "cp65001" || name.starts_with("utf-8-") {
            return Some(Self::Utf8);
        }
        if matches!(name.as_str(), "ascii" | "us-ascii" | "646" | "ansi-x3.4-1968" | "cp367" | "iso646-us") {
            return Some(Self::Ascii);
        }
        let latin1 = ["latin-1", "iso-8859-1", "iso-latin-1"]
            .iter()
            .any(|known| name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')));
        if latin1 || matches!(name.as_str(), "latin1" | "latin" | "l1" | "8859" | "iso8859-1" | "iso8859" | "cp819") {
            return Some(Self::Latin1);
        }
        let label = match name.as_str() {
            "latin-9" | "latin9" | "l9" => "iso-8859-15",
            "latin-2" => "iso-8859-2",
            "mac-roman" | "macroman" => "macintosh",
            "mac-cyrillic" => "x-mac-cyrillic",
            "cp932" => "windows-31j",
            "cp936" => "gbk",
            "cp949" => "euc-kr",
            "cp950" => "big5",
            "shift-jis" => "shift_jis",
            other => other,
        };
        let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
        // Not a superset of ASCII, so Python cannot use it for source either; or the web only.
        if !encoding.is_ascii_compatible() || encoding == encoding_rs::X_USER_DEFINED {
            return None;
        }
        let replaced = label.starts_with("iso") && encoding.name().starts_with("windows");
        Some(if replaced { Self::Iso(encoding) } else { Self::Other(encoding) })
    }
}

/// The encoding that a coding line in the first two lines declares.
fn cookie(bytes: &[u8]) -> Option<String> {
    let (first, rest) = split_line(bytes.strip_prefix(BOM).unwrap_or(bytes));
    declared_in(first).or_else(|| {
        let blank = first.trim_ascii_start();
        if blank.is_empty() || blank.starts_with(b"#") { declared_in(split_line(rest).0) } else { None }
    })
}

/// The first line without its end, and what comes after it.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
    let (line, rest) = bytes.split_at_checked(end).unwrap_or((bytes, b""));
    (line, rest.strip_prefix(b"\r\n").or_else(|| rest.get(1..)).unwrap_or_default())
}

/// `^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)`
fn declared_in(line: &[u8]) -> Option<String> {
    let line = line.trim_ascii_start();
    if !line.starts_with(b"#") {
        return None;
    }
    memchr::memmem::find_iter(line, b"coding").find_map(|at| {
        let rest = line.get(at + b"coding".len()..)?;
        let rest = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"="))?.trim_ascii_start();
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let name: Vec<u8> = rest.iter().copied().take_while(is_name).collect();
        String::from_utf8(name).ok().filter(|name| !name.is_empty())
    })
}

fn with_c1_controls(bytes: &[u8], encoding: &'static Encoding) -> Result<String, DecodeError> {
    let mut text = String::with_capacity(bytes.len());
    for (offset, byte) in bytes.iter().enumerate() {
        if (0x80..0xA0).contains(byte) {
            text.push(char::from(*byte));
        } else {
            match encoding.decode_without_bom_handling_and_without_replacement(std::slice::from_ref(byte)) {
                Some(decoded) => text.push_str(&decoded),
                None => return Err(undecodable(encoding, offset)),
            }
        }
    }
    Ok(text)
}

fn strictly(bytes: &[u8], encoding: &'static Encoding) -> Result<String, DecodeError> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let capacity = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len() * 4);
    let mut text = String::with_capacity(capacity);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    if let DecoderResult::Malformed(bad, after) = result {
        return Err(undecodable(encoding, read.saturating_sub(usize::from(bad) + usize::from(after))));
    }
    // The web maps the undefined bytes of the Windows code pages to controls; Python refuses them.
    if encoding.name().starts_with("windows")
        && let Some(at) = text.chars().position(|c| ('\u{80}'..='\u{9F}').contains(&c))
    {
        return Err(undecodable(encoding, at));
    }
    Ok(text)
}

fn undecodable(encoding: &'static Encoding, offset: usize) -> DecodeError {
    let name = encoding.name();
    DecodeError::new(format!("has a byte at offset {offset} that is not in its declared encoding ({name})"), offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        decode(bytes.to_vec()).unwrap()
    }

    #[test]
    fn without_a_cookie_it_is_utf8() {
        assert_eq!(text("x = 'é'".as_bytes()), "x = 'é'");
        let error = decode(b"x = '\xe9'".to_vec()).unwrap_err();
        assert_eq!(error.offset, 5);
        assert!(error.reason.contains("0xe9"), "{error}");
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(text(b"\xEF\xBB\xBFx = 1"), "x = 1");
        assert_eq!(text(b"\xEF\xBB\xBF# coding: utf8\nx"), "# coding: utf8\nx");
        assert!(decode(b"\xEF\xBB\xBF# coding: latin-1\n".to_vec()).is_err());
    }

    #[test]
    fn cookies_are_honoured_in_pythons_spelling() {
        assert_eq!(text(b"# -*- coding: latin-1 -*-\n# \xe9\x93"), "# -*- coding: latin-1 -*-\n# é\u{93}");
        assert_eq!(text(b"#!/usr/bin/python\r\n# vim: set fileencoding=cp1252 :\r\n# \x93"), {
            "#!/usr/bin/python\r\n# vim: set fileencoding=cp1252 :\r\n# “"
        });
        assert_eq!(text(b"# coding: iso-8859-15\n# \xa4"), "# coding: iso-8859-15\n# €");
        assert_eq!(text(b"# coding: ISO_8859_9\n# \xd0\x85"), "# coding: ISO_8859_9\n# Ğ\u{85}");
        assert_eq!(text(b"\n# coding=utf8\n"), "\n# coding=utf8\n");
    }

    #[test]
    fn a_cookie_below_code_or_in_line_three_is_a_comment() {
        assert!(decode(b"x = 1\n# coding: latin-1\n# \xe9".to_vec()).is_err());
        assert!(decode(b"\n\n# coding: latin-1\n# \xe9".to_vec()).is_err());
    }

    #[test]
    fn what_python_refuses_is_refused() {
        assert_eq!(decode(b"# coding: klingon\n".to_vec()).unwrap_err().offset, 0);
        assert!(decode(b"# coding: utf-16\n".to_vec()).is_err());
        assert_eq!(decode(b"# coding: ascii\n\xe9".to_vec()).unwrap_err().offset, 16);
        assert_eq!(decode(b"# coding: cp1252\n\x81".to_vec()).unwrap_err().offset, 17);
        assert_eq!(decode(b"x\0".to_vec()).unwrap_err().offset, 1);
        assert!(decode(b"# coding: shift_jis\n\x85".to_vec()).is_err());
    }
}
