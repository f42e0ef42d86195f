//! Values as far as they are known without running Python.

use std::rc::Rc;

use super::model::{Condition, Constant, SqlExpr};
use crate::python::ast::Function;
use crate::source::Span;

/// A value. Objects that a library would make stay as the call that makes them.
#[derive(Debug, Clone)]
pub(super) enum Value<'m> {
    None,
    Bool(bool),
    /// An integer or a float, as written.
    Number(Rc<str>),
    Str(Rc<str>),
    /// A list, a tuple or a set.
    List(Rc<Vec<Item<'m>>>),
    Dict(Rc<Vec<(Item<'m>, Item<'m>)>>),
    /// Something that is imported or built in, by its dotted name: `sqlalchemy.Integer`.
    Name(Rc<str>),
    /// `value.name`
    Attribute(Rc<Value<'m>>, &'m str),
    Call(Rc<Call<'m>>),
    /// A function of this file.
    Function(&'m Function),
    /// What `batch_alter_table` binds: its index in the list of batches.
    Batch(usize),
    /// One of two values.
    Choice(Rc<Choice<'m>>),
    /// An expression of SQLAlchemy objects: `users.c.id == 1`.
    Expression,
    Unknown(Rc<Unknown>),
}

/// A value and where it is written.
#[derive(Debug, Clone)]
pub(super) struct Item<'m> {
    pub(super) value: Value<'m>,
    pub(super) span: Span,
}

/// A call that was not carried out.
#[derive(Debug)]
pub(super) struct Call<'m> {
    pub(super) function: Value<'m>,
    pub(super) arguments: Arguments<'m>,
    pub(super) span: Span,
}

/// The arguments of a call, `*` and `**` resolved where they are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Arguments<'m> {
    pub(super) positional: Vec<Item<'m>>,
    pub(super) named: Vec<(Rc<str>, Item<'m>)>,
    /// Why there may be more of them.
    pub(super) rest: Option<Rc<Unknown>>,
}

/// Two values, the first of which counts if the condition holds.
#[derive(Debug)]
pub(super) struct Choice<'m> {
    pub(super) condition: Vec<Condition>,
    pub(super) then: Value<'m>,
    /// The conditions for the other value.
    pub(super) negated: Vec<Condition>,
    pub(super) otherwise: Value<'m>,
}

/// Why a value is not known.
#[derive(Debug, Clone)]
pub(super) struct Unknown {
    /// Completes "the value …".
    pub(super) reason: String,
    /// The place that makes it so.
    pub(super) span: Span,
    /// Whether it comes from the database or from code of the project, so that a call of one of
    /// its methods may change something.
    pub(super) is_foreign: bool,
    /// What is known of a text, with U+FFFD where something is missing.
    pub(super) partial: Option<Rc<str>>,
}

impl<'m> Value<'m> {
    pub(super) fn unknown(reason: impl Into<String>, span: Span) -> Self {
        Self::Unknown(Rc::new(Unknown { reason: reason.into(), span, is_foreign: false, partial: None }))
    }

    pub(super) fn foreign(reason: impl Into<String>, span: Span) -> Self {
        Self::Unknown(Rc::new(Unknown { reason: reason.into(), span, is_foreign: true, partial: None }))
    }

    /// A text of which only `partial` is known.
    pub(super) fn partial_text(self, partial: impl Into<Rc<str>>, span: Span) -> Self {
        let why = self.reason();
        let (reason, at, is_foreign) = match &why {
            Some(unknown) => (unknown.reason.clone(), unknown.span, unknown.is_foreign),
            None => ("is computed".to_owned(), span, false),
        };
        Self::Unknown(Rc::new(Unknown { reason, span: at, is_foreign, partial: Some(partial.into()) }))
    }

    /// What is known of a text.
    pub(super) fn known_text(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            Self::Unknown(unknown) => unknown.partial.as_deref(),
            _ => None,
        }
    }

    pub(super) fn str(text: impl Into<Rc<str>>) -> Self {
        Self::Str(text.into())
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The dotted name, if it is one of something imported.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The call, if its function has a dotted name.
    pub(super) fn named_call(&self) -> Option<(&str, &Call<'m>)> {
        match self {
            Self::Call(call) => Some((call.function.name()?, call)),
            _ => None,
        }
    }

    /// The receiver, the method's name and the call, if it is the call of a method.
    pub(super) fn method_call(&self) -> Option<(&Value<'m>, &'m str, &Call<'m>)> {
        match self {
            Self::Call(call) => match &call.function {
                Self::Attribute(receiver, name) => Some((receiver, name, call)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether Python counts it as true, where that is certain.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::None => Some(false),
            Self::Bool(value) => Some(*value),
            Self::Number(digits) => digits.parse::<f64>().ok().map(|number| number != 0.0),
            Self::Str(text) => Some(!text.is_empty()),
            Self::List(items) => Some(!items.is_empty()),
            Self::Dict(items) => Some(!items.is_empty()),
            Self::Function(_) => Some(true),
            _ => None,
        }
    }

    /// Whether a value has few parts, of which `left` are left, and is not deep.
    pub(super) fn is_small(&self, left: &mut usize, depth: usize) -> bool {
        const DEEPEST: usize = 200;
        if *left == 0 || depth > DEEPEST {
            return false;
        }
        *left -= 1;
        let mut inner = |value: &Self| value.is_small(left, depth + 1);
        match self {
            Self::List(items) => items.iter().all(|item| inner(&item.value)),
            Self::Dict(pairs) => pairs.iter().all(|(key, value)| inner(&key.value) && inner(&value.value)),
            Self::Attribute(value, _) => inner(value),
            Self::Call(call) => inner(&call.function) && call.arguments.all().all(|item| inner(&item.value)),
            Self::Choice(choice) => inner(&choice.then) && inner(&choice.otherwise),
            _ => true,
        }
    }

    /// Whether two values are equal, where that is certain.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::None, Self::None) => Some(true),
            (Self::Bool(a), Self::Bool(b)) => Some(a == b),
            (Self::Number(a), Self::Number(b)) => Some(a == b),
            (Self::Str(a), Self::Str(b)) => Some(a == b),
            (
                Self::None | Self::Bool(_) | Self::Number(_) | Self::Str(_),
                Self::None | Self::Bool(_) | Self::Number(_) | Self::Str(_),
            ) => match (self, other) {
                (Self::Bool(_), Self::Number(_)) | (Self::Number(_), Self::Bool(_)) => None,
                _ => Some(false),
            },
            _ => None,
        }
    }

    /// `str(value)`
    pub(super) fn as_text(&self) -> Option<Rc<str>> {
        match self {
            Self::None => Some("None".into()),
            Self::Bool(true) => Some("True".into()),
            Self::Bool(false) => Some("False".into()),
            Self::Number(digits) | Self::Str(digits) => Some(Rc::clone(digits)),
            _ => match self.named_call() {
                // A name made by `op.f()` is a string; so is the text in `sa.text()` when printed.
                Some(("alembic.op.f" | "sqlalchemy.text", call)) => call.arguments.positional.first()?.value.as_text(),
                _ => None,
            },
        }
    }

    /// Why it is no known value, looking into it.
    pub(super) fn reason(&self) -> Option<Rc<Unknown>> {
        match self {
            Self::Unknown(unknown) => Some(Rc::clone(unknown)),
            Self::List(items) => items.iter().find_map(|item| item.value.reason()),
            Self::Dict(items) => {
                items.iter().find_map(|(key, value)| key.value.reason().or_else(|| value.value.reason()))
            }
            Self::Attribute(value, _) => value.reason(),
            Self::Call(call) => call.function.reason().or_else(|| call.arguments.reason()),
            _ => None,
        }
    }
}

impl<'m> Arguments<'m> {
    /// The argument of that name, or else the positional one at `index`.
    pub(super) fn get(&self, index: usize, name: &str) -> Option<&Item<'m>> {
        self.named(name).or_else(|| self.positional.get(index))
    }

    pub(super) fn named(&self, name: &str) -> Option<&Item<'m>> {
        self.named.iter().find(|(known, _)| &**known == name).map(|(_, item)| item)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Item<'m>> {
        self.positional.iter().chain(self.named.iter().map(|(_, item)| item))
    }

    pub(super) fn reason(&self) -> Option<Rc<Unknown>> {
        self.rest.clone().or_else(|| self.all().find_map(|item| item.value.reason()))
    }
}

/// The value as plain data; `written` is the text of a span.
pub(super) fn constant(item: &Item<'_>, written: &dyn Fn(Span) -> String) -> Constant {
    match &item.value {
        Value::None => Constant::None,
        Value::Bool(value) => Constant::Bool(*value),
        Value::Number(digits) => Constant::Number(digits.to_string()),
        Value::Str(text) => Constant::Str(text.to_string()),
        Value::List(items) => Constant::List(items.iter().map(|item| constant(item, written)).collect()),
        Value::Dict(items) => Constant::Dict(
            items.iter().map(|(key, value)| (constant(key, written), constant(value, written))).collect(),
        ),
        _ => match super::lower::expression(item, written) {
            SqlExpr::Other(text) => Constant::Other(text),
            known => Constant::Sql(known),
        },
    }
}

/// How often one of two values is chosen, at most, in the arguments of one call.
pub(super) const CHOICES: usize = 4;

impl<'m> Arguments<'m> {
    /// The arguments for each way in which the choices in them can go, with its conditions.
    pub(super) fn alternatives(&self) -> Vec<(Vec<Condition>, Arguments<'m>)> {
        let mut made = vec![(Vec::new(), self.clone())];
        for _ in 0..CHOICES {
            let Some(choice) =
                made.iter().find_map(|(_, arguments)| arguments.all().find_map(|item| item.value.choice()))
            else {
                break;
            };
            made = made
                .into_iter()
                .flat_map(|(conditions, arguments)| {
                    if !arguments.all().any(|item| item.value.choice().is_some()) {
                        return vec![(conditions, arguments)];
                    }
                    let way = |first: bool, added: &[Condition]| {
                        let mut conditions: Vec<Condition> = conditions.clone();
                        conditions.extend(added.iter().cloned());
                        (conditions, arguments.chosen(&choice, first))
                    };
                    vec![way(true, &choice.condition), way(false, &choice.negated)]
                })
                .collect();
        }
        made
    }

    /// The first argument that is one of two values, unless there are more than `most` of them.
    pub(super) fn direct_choice(&self, most: usize) -> Option<Rc<Choice<'m>>> {
        let choices = || {
            self.all().filter_map(|item| match &item.value {
                Value::Choice(choice) => Some(choice),
                _ => None,
            })
        };
        choices().next().filter(|_| choices().count() <= most).cloned()
    }

    /// The arguments where every choice on the same test goes that way.
    pub(super) fn chosen(&self, choice: &Choice<'m>, first: bool) -> Self {
        Self {
            positional: self.positional.iter().map(|item| item.chosen(choice, first)).collect(),
            named: self.named.iter().map(|(name, item)| (Rc::clone(name), item.chosen(choice, first))).collect(),
            rest: self.rest.clone(),
        }
    }
}

impl<'m> Item<'m> {
    /// The value where every choice on the same test goes that way.
    pub(super) fn chosen(&self, choice: &Choice<'m>, first: bool) -> Self {
        Self { value: self.value.chosen(choice, first), span: self.span }
    }
}

impl<'m> Value<'m> {
    /// The first choice in it.
    pub(super) fn choice(&self) -> Option<Rc<Choice<'m>>> {
        match self {
            Self::Choice(choice) => Some(Rc::clone(choice)),
            Self::List(items) => items.iter().find_map(|item| item.value.choice()),
            Self::Dict(pairs) => {
                pairs.iter().find_map(|(key, value)| key.value.choice().or_else(|| value.value.choice()))
            }
            Self::Attribute(value, _) => value.choice(),
            Self::Call(call) => {
                call.function.choice().or_else(|| call.arguments.all().find_map(|item| item.value.choice()))
            }
            _ => None,
        }
    }

    /// The value where every choice on the same test goes that way.
    fn chosen(&self, choice: &Choice<'m>, first: bool) -> Self {
        match self {
            Self::Choice(own) if own.condition == choice.condition => {
                if first {
                    own.then.chosen(choice, first)
                } else {
                    own.otherwise.chosen(choice, first)
                }
            }
            Self::Choice(_) | Self::List(_) | Self::Dict(_) | Self::Attribute(..) | Self::Call(_)
                if self.choice().is_none() =>
            {
                self.clone()
            }
            Self::List(items) => Self::List(Rc::new(items.iter().map(|item| item.chosen(choice, first)).collect())),
            Self::Dict(pairs) => Self::Dict(Rc::new(
                pairs.iter().map(|(key, value)| (key.chosen(choice, first), value.chosen(choice, first))).collect(),
            )),
            Self::Attribute(value, name) => Self::Attribute(Rc::new(value.chosen(choice, first)), name),
            Self::Call(call) => Self::Call(Rc::new(Call {
                function: call.function.chosen(choice, first),
                arguments: call.arguments.chosen(choice, first),
                span: call.span,
            })),
            _ => self.clone(),
        }
    }
}
