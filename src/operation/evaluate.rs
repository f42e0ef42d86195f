//! The value of an expression. Calls in it that do something become steps.

use std::rc::Rc;

use super::reader::Reader;
use super::text;
use super::value::{Arguments, CHOICES, Call, Choice, Item, Unknown, Value};
use crate::python::ast::{Expr, ExprKind, Keyword, Loop, Makes};
use crate::source::Span;

impl<'m> Reader<'m, '_> {
    /// The value of `expr`.
    pub(super) fn value(&mut self, expr: &'m Expr) -> Value<'m> {
        let span = expr.span;
        if !self.spend(span) {
            return Value::unknown("is not followed any more", span);
        }
        match &expr.kind {
            ExprKind::None => Value::None,
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Int(digits) => Value::Number(digits.as_str().into()),
            ExprKind::Float => Value::Number(self.module.source.slice(span).into()),
            ExprKind::Str(text) => {
                self.charge(text.len() / BYTES, span);
                Value::Str(text.as_str().into())
            }
            ExprKind::Ellipsis | ExprKind::Bytes => Value::unknown("is bytes or `...`", span),
            ExprKind::Name(name) => self.lookup(name, span),
            ExprKind::FString(parts) => self.joined(parts, span),
            ExprKind::Attribute { value, attr } => {
                let value = self.value(value);
                self.reads_live(&value, attr, span);
                attribute(value, attr, span)
            }
            ExprKind::Call { func, args, keywords } => self.call_expression(func, args, keywords, span, false),
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => self.list(items),
            ExprKind::Dict(pairs) => self.dict(pairs, span),
            ExprKind::Subscript { value, index } => self.subscript(value, index, span),
            ExprKind::Binary { left, op, right } => self.binary(left, op, right, span),
            ExprKind::Boolean { or, values } => self.boolean(*or, values, span),
            ExprKind::IfElse { test, body, orelse } => self.if_else(test, body, orelse),
            ExprKind::Compare { left, rest } => self.compare(left, rest, span),
            ExprKind::Not(value) => {
                let value = self.value(value);
                self.each_way(vec![Item { value, span }], CHOICES, &mut |_, values| {
                    let truth = values.first().and_then(|item| item.value.truth());
                    truth.map_or(Value::Expression, |truth| Value::Bool(!truth))
                })
            }
            ExprKind::Minus(value) => match self.value(value) {
                Value::Number(digits) => match digits.strip_prefix('-') {
                    Some(digits) => Value::Number(digits.into()),
                    None => Value::Number(format!("-{digits}").into()),
                },
                _ => Value::Expression,
            },
            ExprKind::Invert(value) => {
                self.value(value);
                Value::Expression
            }
            ExprKind::Walrus { name, value } => {
                let value = self.value(value);
                self.bind(name, value.clone());
                value
            }
            ExprKind::Starred(value) | ExprKind::Await(value) => self.value(value),
            ExprKind::Lambda(_) => {
                if self.looks_like_work(span) {
                    self.opaque("a `lambda` is not followed", span);
                }
                Value::unknown("is a `lambda`", span)
            }
            ExprKind::Comprehension { makes, element, loops } => self.comprehension(*makes, element, loops, span),
            ExprKind::Other(parts) => {
                for part in parts {
                    self.value(part);
                }
                Value::unknown("is computed", span)
            }
        }
    }

    pub(super) fn item(&mut self, expr: &'m Expr) -> Item<'m> {
        Item { value: self.value(expr), span: expr.span }
    }

    fn joined(&mut self, parts: &'m [Expr], span: Span) -> Value<'m> {
        let parts: Vec<Item<'m>> = parts.iter().map(|part| self.item(part)).collect();
        self.each_way(parts, CHOICES, &mut |reader, parts| reader.join(parts, span))
    }

    fn join(&mut self, parts: &[Item<'m>], span: Span) -> Value<'m> {
        let mut joined = String::new();
        let mut blame: Option<Value<'m>> = None;
        for part in parts {
            match part.value.as_text() {
                Some(text) => joined.push_str(&text),
                None => {
                    joined.push('\u{FFFD}');
                    blame = blame.or(Some(because(&part.value, "has a part that is not known", part.span)));
                }
            }
        }
        self.charge(joined.len() / BYTES, span);
        if joined.len() > LONGEST {
            return Value::unknown("is too long", span);
        }
        match blame {
            Some(blame) => blame.partial_text(joined, span),
            None => Value::str(joined),
        }
    }

    /// What `make` makes of the values: where they hold one of two, each way with its condition.
    pub(super) fn each_way(
        &mut self,
        values: Vec<Item<'m>>,
        left: usize,
        make: &mut dyn FnMut(&mut Self, &[Item<'m>]) -> Value<'m>,
    ) -> Value<'m> {
        let choice = values.iter().filter(|_| left > 0).find_map(|item| match &item.value {
            Value::Choice(_) | Value::List(_) => item.value.choice(),
            _ => None,
        });
        let Some(choice) = choice else { return make(self, &values) };
        let way = |first| values.iter().map(|item| item.chosen(&choice, first)).collect();
        let then = self.each_way(way(true), left - 1, make);
        let otherwise = self.each_way(way(false), left - 1, make);
        if matches!((&then, &otherwise), (Value::Unknown(_), Value::Unknown(_))) {
            return then;
        }
        let (condition, negated) = (choice.condition.clone(), choice.negated.clone());
        Value::Choice(Rc::new(Choice { condition, then, negated, otherwise }))
    }

    /// A call; `alone` if nothing is done with its result.
    pub(super) fn call_expression(
        &mut self,
        func: &'m Expr,
        args: &'m [Expr],
        keywords: &'m [Keyword],
        span: Span,
        alone: bool,
    ) -> Value<'m> {
        let function = self.value(func);
        let arguments = self.arguments(args, keywords);
        if let ExprKind::Attribute { value, attr } = &func.kind
            && let ExprKind::Name(name) = &value.kind
            && let Some(changed) = self.change_in_place(name, attr, &arguments)
        {
            return changed;
        }
        self.perform(Rc::new(Call { function, arguments, span }), alone)
    }

    fn arguments(&mut self, args: &'m [Expr], keywords: &'m [Keyword]) -> Arguments<'m> {
        let mut made = Arguments::default();
        for arg in args {
            match &arg.kind {
                ExprKind::Starred(value) => match self.value(value) {
                    Value::List(items) => made.positional.extend(items.iter().cloned()),
                    other => made.rest = Some(reason_of(&other, "is not a known list", arg.span)),
                },
                _ => made.positional.push(self.item(arg)),
            }
        }
        for keyword in keywords {
            let item = self.item(&keyword.value);
            match (&keyword.name, &item.value) {
                (Some(name), _) => made.named.push((name.as_str().into(), item)),
                (None, Value::Dict(pairs)) => {
                    for (key, value) in pairs.iter() {
                        match &key.value {
                            Value::Str(name) => made.named.push((Rc::clone(name), value.clone())),
                            other => made.rest = Some(reason_of(other, "is not a known keyword", key.span)),
                        }
                    }
                }
                (None, other) => made.rest = Some(reason_of(other, "is not a known dictionary", keyword.value.span)),
            }
        }
        made
    }

    fn list(&mut self, items: &'m [Expr]) -> Value<'m> {
        let mut made = Vec::with_capacity(items.len());
        for item in items {
            match &item.kind {
                ExprKind::Starred(value) => match self.value(value) {
                    Value::List(items) => made.extend(items.iter().cloned()),
                    other => return because(&other, "is not a known list", item.span),
                },
                _ => made.push(self.item(item)),
            }
        }
        Value::List(Rc::new(made))
    }

    fn dict(&mut self, pairs: &'m [(Option<Expr>, Expr)], span: Span) -> Value<'m> {
        let mut made: Vec<(Item<'m>, Item<'m>)> = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let value = self.item(value);
            match key {
                Some(key) => made.push((self.item(key), value)),
                None => match value.value {
                    Value::Dict(pairs) => made.extend(pairs.iter().cloned()),
                    other => return because(&other, "is not a known dictionary", span),
                },
            }
        }
        Value::Dict(Rc::new(made))
    }

    fn subscript(&mut self, value: &'m Expr, index: &'m Expr, span: Span) -> Value<'m> {
        let value = self.value(value);
        let index = self.value(index);
        let found = match (&value, &index) {
            (Value::List(items), Value::Number(digits)) => digits.parse::<isize>().ok().and_then(|at| {
                let at = if at < 0 { at.checked_add_unsigned(items.len())? } else { at };
                items.get(usize::try_from(at).ok()?).map(|item| item.value.clone())
            }),
            (Value::Dict(pairs), key) => {
                let is_key = |(known, _): &&(Item<'m>, Item<'m>)| known.value.equals(key) == Some(true);
                pairs.iter().rev().find(is_key).map(|(_, value)| value.value.clone())
            }
            // `metadata.tables["x"]`, of a metadata that was reflected
            (Value::Attribute(_, "tables"), Value::Str(name)) => {
                let (schema, table) =
                    name.split_once('.').map_or((None, &**name), |(schema, table)| (Some(schema), table));
                let item = |text: &str| Item { value: Value::str(text), span };
                let named = schema.map(|schema| ("schema".into(), item(schema))).into_iter().collect();
                let arguments = Arguments { positional: vec![item(table)], named, rest: None };
                Some(Value::Call(Rc::new(Call { function: Value::Name("sqlalchemy.table".into()), arguments, span })))
            }
            // `Optional[X]`, `table.c["x"]`
            (Value::Call(_) | Value::Attribute(..) | Value::Expression, _) => {
                Some(Value::foreign("is taken from another object", span))
            }
            _ => None,
        };
        match found {
            Some(found) => found,
            None if self.holds_work(&value) => Value::foreign("is one of several functions", span),
            None => because(&value, "is taken from a value that is not known", span),
        }
    }

    fn binary(&mut self, left: &'m Expr, op: &'static str, right: &'m Expr, span: Span) -> Value<'m> {
        let both = vec![self.item(left), self.item(right)];
        let is_text = |item: &Item<'m>| item.value.known_text().is_some() || matches!(item.value, Value::List(_));
        // In a clause of SQLAlchemy a choice stays where it is.
        if !both.iter().all(|item| is_text(item) || matches!(item.value, Value::Choice(_))) {
            return self.operated(&both, op, span);
        }
        self.each_way(both, CHOICES, &mut |reader, both| reader.operated(both, op, span))
    }

    fn operated(&mut self, both: &[Item<'m>], op: &'static str, span: Span) -> Value<'m> {
        let [Item { value: a, .. }, Item { value: b, span: right }] = both else {
            return Value::unknown("is computed", span);
        };
        let (a, b, right) = (a.clone(), b.clone(), *right);
        let length = |value: &Value<'m>| match value {
            Value::List(items) => items.len(),
            value => value.known_text().map_or(0, str::len) / BYTES,
        };
        if !self.charge(length(&a) + length(&b), span) {
            return Value::unknown("is not followed any more", span);
        }
        let known = match (&a, op, &b) {
            (Value::Str(a), "+", Value::Str(b)) if a.len() + b.len() <= LONGEST => Some(Value::str(format!("{a}{b}"))),
            (Value::List(a), "+", Value::List(b)) if a.len() + b.len() <= MOST => {
                Some(Value::List(Rc::new(a.iter().chain(b.iter()).cloned().collect())))
            }
            (Value::Dict(a), "|", Value::Dict(b)) if a.len() + b.len() <= MOST => {
                Some(Value::Dict(Rc::new(a.iter().chain(b.iter()).cloned().collect())))
            }
            (Value::Str(format), "%", arguments) => text::percent(format, arguments).map(Value::str),
            (Value::Str(text), "*", Value::Number(times)) => times
                .parse::<usize>()
                .ok()
                .filter(|times| times.saturating_mul(text.len()) <= LONGEST)
                .map(|times| Value::str(text.repeat(times))),
            (Value::Number(a), "+" | "-" | "*" | "//" | "**", Value::Number(b)) => arithmetic(a, op, b),
            _ => None,
        };
        if known.is_none() && op == "+" {
            let part = |value: &Value<'m>| value.known_text().unwrap_or("\u{FFFD}").to_owned();
            if a.known_text().is_some() || b.known_text().is_some() {
                let text = format!("{}{}", part(&a), part(&b));
                let blamed = if a.reason().is_some() { a } else { b };
                return because(&blamed, "is computed", span).partial_text(text, span);
            }
        }
        if let (None, Value::Str(format), "%") = (&known, &a, op) {
            return because(&b, "is computed", span).partial_text(Rc::clone(format), span);
        }
        known.unwrap_or_else(|| match (&a, &b) {
            (Value::Unknown(_), _) => a,
            (_, Value::Unknown(_)) => b,
            (Value::Str(_) | Value::Number(_) | Value::List(_), _) if a.reason().or_else(|| b.reason()).is_some() => {
                because(&Value::List(Rc::new(vec![Item { value: b, span: right }])), "is computed", span)
            }
            (Value::Str(_) | Value::Number(_) | Value::List(_), _) => Value::unknown("is computed", span),
            _ => Value::Expression,
        })
    }

    fn boolean(&mut self, or: bool, values: &'m [Expr], span: Span) -> Value<'m> {
        let mut open = false;
        let mut last = Value::None;
        for expr in values {
            last = self.value(expr);
            match last.truth() {
                Some(truth) if truth == or && !open => return last,
                Some(_) => {}
                None => open = true,
            }
        }
        if open { Value::unknown("depends on a condition", span) } else { last }
    }

    fn compare(&mut self, left: &'m Expr, rest: &'m [(&'static str, Expr)], span: Span) -> Value<'m> {
        let mut left = self.value(left);
        let mut holds = Some(true);
        for (op, right) in rest {
            let right = self.value(right);
            if rest.len() == 1
                && let Some(choice) = self.dialect_choice(&left, op, &right, span)
            {
                return choice;
            }
            let known = match *op {
                "==" => left.equals(&right),
                "!=" => left.equals(&right).map(|equal| !equal),
                "is" if matches!(right, Value::None) => is_none(&left),
                "is not" if matches!(right, Value::None) => is_none(&left).map(|none| !none),
                "in" => contains(&right, &left),
                "not in" => contains(&right, &left).map(|contained| !contained),
                _ => None,
            };
            holds = match (holds, known) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            left = right;
        }
        holds.map_or(Value::Expression, Value::Bool)
    }

    fn comprehension(&mut self, makes: Makes, element: &'m [Expr], loops: &'m [Loop], span: Span) -> Value<'m> {
        // Its variables are its own.
        let outside = self.frames.last().map(|frame| frame.names.clone());
        self.charge(outside.as_ref().map_or(0, |names| names.len() / 16), span);
        let mut made = Vec::new();
        let complete = self.walk_comprehension(element, loops, &mut made, span);
        if let (Some(frame), Some(outside)) = (self.frames.last_mut(), outside) {
            frame.names = outside;
        }
        match (complete, makes) {
            (Err(unknown), _) => Value::Unknown(unknown),
            (Ok(()), Makes::Dict) => {
                let pairs = made.chunks_exact(2).filter_map(|pair| match pair {
                    [key, value] => Some((key.clone(), value.clone())),
                    _ => None,
                });
                Value::Dict(Rc::new(pairs.collect()))
            }
            (Ok(()), _) => Value::List(Rc::new(made)),
        }
    }

    fn walk_comprehension(
        &mut self,
        element: &'m [Expr],
        loops: &'m [Loop],
        made: &mut Vec<Item<'m>>,
        span: Span,
    ) -> Result<(), Rc<Unknown>> {
        let Some((each, inner)) = loops.split_first() else {
            for part in element {
                let item = self.item(part);
                made.push(item);
            }
            return Ok(());
        };
        let source = self.value(&each.iter);
        self.walks_live(&source, each.iter.span);
        let Some(items) = self.iterate(&source).filter(|items| items.len() + made.len() <= MOST) else {
            let unknown = reason_of(&source, "is not a known list", each.iter.span);
            self.assign(&each.target, &Value::Unknown(Rc::clone(&unknown)));
            let held = self.conditions.len();
            self.hold(&[super::conditions::looped(self.lower().written(each.iter.span), each.iter.span)]);
            let _ = self.walk_comprehension(element, inner, made, span);
            self.conditions.truncate(held);
            return Err(unknown);
        };
        for item in items {
            self.assign(&each.target, &item.value);
            let mut kept = Some(true);
            for test in &each.tests {
                kept = match (kept, self.value(test).truth()) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                };
            }
            match kept {
                Some(true) => self.walk_comprehension(element, inner, made, span)?,
                Some(false) => {}
                None => return Err(reason_of(&Value::None, "depends on a condition", span)),
            }
        }
        Ok(())
    }
}

/// Bytes of text that cost as much as an expression.
pub(super) const BYTES: usize = 64;
/// The longest string that is built, in bytes.
pub(super) const LONGEST: usize = 1 << 20;
/// The longest list that is built.
pub(super) const MOST: usize = 5_000;

/// `value.name`
fn attribute<'m>(value: Value<'m>, name: &'m str, span: Span) -> Value<'m> {
    match value {
        Value::Name(module) => Value::Name(format!("{module}.{name}").into()),
        Value::Unknown(unknown) => Value::Unknown(unknown),
        Value::Function(function) => Value::unknown(format!("is taken from the function `{}`", function.name), span),
        value => Value::Attribute(Rc::new(value), name),
    }
}

/// Why `value` is not known; `otherwise` if that is not known either.
pub(super) fn reason_of(value: &Value<'_>, otherwise: &str, span: Span) -> Rc<Unknown> {
    value
        .reason()
        .unwrap_or_else(|| Rc::new(Unknown { reason: otherwise.to_owned(), span, is_foreign: false, partial: None }))
}

/// The unknown value that something made of `value` is.
pub(super) fn because<'m>(value: &Value<'m>, otherwise: &str, span: Span) -> Value<'m> {
    Value::Unknown(reason_of(value, otherwise, span))
}

fn arithmetic<'m>(a: &str, op: &str, b: &str) -> Option<Value<'m>> {
    let (a, b): (i64, i64) = (a.parse().ok()?, b.parse().ok()?);
    let result = match op {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "**" => a.checked_pow(b.try_into().ok()?),
        _ => a.checked_div_euclid(b),
    };
    result.map(|number| Value::Number(number.to_string().into()))
}

fn is_none(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::None => Some(true),
        Value::Unknown(_) | Value::Choice(_) | Value::Call(_) | Value::Attribute(..) | Value::Expression => None,
        _ => Some(false),
    }
}

/// Whether `container` holds `value`.
fn contains(container: &Value<'_>, value: &Value<'_>) -> Option<bool> {
    match (container, value) {
        (Value::Str(text), Value::Str(part)) => Some(text.contains(&**part)),
        (Value::List(items), _) => {
            let equal: Vec<Option<bool>> = items.iter().map(|item| item.value.equals(value)).collect();
            if equal.contains(&Some(true)) {
                Some(true)
            } else {
                equal.iter().all(|equal| *equal == Some(false)).then_some(false)
            }
        }
        (Value::Dict(pairs), _) => {
            let equal: Vec<Option<bool>> = pairs.iter().map(|(key, _)| key.value.equals(value)).collect();
            if equal.contains(&Some(true)) {
                Some(true)
            } else {
                equal.iter().all(|equal| *equal == Some(false)).then_some(false)
            }
        }
        _ => None,
    }
}
