//! What a name of a module is bound to, as far as that is known without running it.

use crate::source::Span;

/// A value, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Value {
    None,
    Bool(bool),
    /// In decimal.
    Int(String),
    Str(String),
    Tuple(Vec<Value>),
    /// A list, a set or the keys of a dict: an object that can change behind any name that it
    /// has, so it has an identity.
    Shared(usize, Vec<Value>),
    /// Known, but of a kind without use here: "a float".
    Kind(&'static str),
    Unknown(Unknown),
}

/// Why a value is not known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Unknown {
    /// Completes "the value …".
    pub(super) reason: String,
    /// What makes it so.
    pub(super) span: Span,
    /// Whether the code there is no Python at all.
    pub(super) broken: bool,
}

/// A name's value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Binding {
    pub(super) value: Value,
    pub(super) span: Span,
}

/// Parts and characters that a value may have: `a = a + a` in each of 60 lines has more.
const LARGEST: usize = 100_000;

/// Characters of a reason: code that it quotes can be a line of megabytes, and each name that
/// the line makes unknown keeps the reason.
const LONGEST_REASON: usize = 200;

impl Unknown {
    /// Code that is Python, but has no value that is known.
    pub(super) fn new(reason: impl Into<String>, span: Span) -> Self {
        let mut reason = reason.into();
        if let Some((end, _)) = reason.char_indices().nth(LONGEST_REASON) {
            reason.truncate(end);
            reason.push('…');
        }
        Self { reason, span, broken: false }
    }
}

impl Value {
    pub(super) fn unknown(reason: impl Into<String>, span: Span) -> Self {
        Self::Unknown(Unknown::new(reason, span))
    }

    /// Itself, unless it is too large to be a header's value.
    pub(super) fn bounded(self, span: Span) -> Self {
        if self.size() > LARGEST { Self::unknown("is too large", span) } else { self }
    }

    pub(super) fn size(&self) -> usize {
        match self {
            Self::Str(text) | Self::Int(text) => text.len(),
            Self::Tuple(items) | Self::Shared(_, items) => items.iter().map(|item| item.size() + 1).sum(),
            Self::None | Self::Bool(_) | Self::Kind(_) | Self::Unknown(_) => 1,
        }
    }

    /// The identities of the changeable objects that it is or holds.
    pub(super) fn identities(&self, found: &mut Vec<usize>) {
        match self {
            Self::Shared(identity, items) => {
                found.push(*identity);
                items.iter().for_each(|item| item.identities(found));
            }
            Self::Tuple(items) => items.iter().for_each(|item| item.identities(found)),
            Self::None | Self::Bool(_) | Self::Int(_) | Self::Str(_) | Self::Kind(_) | Self::Unknown(_) => {}
        }
    }

    /// The text that `str()` makes of it, where that is simple.
    pub(super) fn as_text(&self) -> Option<String> {
        match self {
            Self::Str(text) | Self::Int(text) => Some(text.clone()),
            Self::None => Some("None".to_owned()),
            Self::Bool(true) => Some("True".to_owned()),
            Self::Bool(false) => Some("False".to_owned()),
            Self::Tuple(_) | Self::Shared(..) | Self::Kind(_) | Self::Unknown(_) => None,
        }
    }

    /// What it is, with an article: "an integer".
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Str(_) => "a string",
            Self::Tuple(_) => "a tuple",
            Self::Shared(..) => "a list",
            Self::Kind(kind) => kind,
            Self::Unknown(_) => "unknown",
        }
    }
}
