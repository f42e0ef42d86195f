//! Python's configparser (ConfigParser with BasicInterpolation), with spans.
//!
//! No crate has its semantics: no inline comments, continuation lines, `[DEFAULT]`, `%(name)s`
//! and `%%` interpolated when a key is read (Lib/configparser.py).
