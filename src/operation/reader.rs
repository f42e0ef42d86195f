//! Follows `upgrade()` or `downgrade()` without running it, and collects the steps.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::live::Live;
use super::lower::{Lower, Reason};
use super::model::{Batch, Condition, Operation, Step};
use super::module::{Binding, Module};
use super::value::{Arguments, Item, Value};
use crate::python::ast::{Function, Stmt};
use crate::source::Span;

/// Expressions and statements that are followed in one function before it is given up: loops and
/// helper functions can multiply without end.
const BUDGET: usize = 200_000;
/// Conditions that may hold at once.
const MOST_CONDITIONS: usize = 64;
/// Parts of a value that is kept under a name.
const LARGEST: usize = 20_000;
/// Calls of helper functions inside of each other.
const DEEPEST: usize = 24;
/// Why a class is not known.
const CLASS: &str = "is a class of this file";

/// The state of following one function.
pub(super) struct Reader<'m, 't> {
    pub(super) module: &'m Module<'t>,
    pub(super) frames: Vec<Frame<'m>>,
    /// What must hold for the statement that is being followed.
    pub(super) conditions: Vec<Condition>,
    pub(super) steps: Vec<Step>,
    pub(super) batches: Vec<Batch>,
    /// Steps of batches whose block has not ended: Alembic runs them at its end.
    pub(super) open: Vec<Vec<Step>>,
    /// Whether an `autocommit_block` is open, and how many there were, or `COMMIT`s.
    pub(super) in_autocommit: bool,
    pub(super) autocommit_blocks: usize,
    /// What needs a database behind the connection.
    pub(super) needs_database: Vec<Live>,
    /// Values of names at the top level; `None` while one is being worked out.
    globals: BTreeMap<String, Option<Value<'m>>>,
    budget: usize,
}

/// One call of a function.
pub(super) struct Frame<'m> {
    pub(super) names: BTreeMap<&'m str, Value<'m>>,
    /// The conditions and the value of each `return`.
    pub(super) returns: Vec<(Vec<Condition>, Value<'m>)>,
    /// How many conditions held when it was called.
    pub(super) base: usize,
    /// Where it is called from; `None` in `upgrade()` itself.
    pub(super) called_from: Option<Span>,
    /// The function; none for the top level of the file.
    function: Option<&'m Function>,
}

impl Frame<'_> {
    /// For an expression at the top level of the file.
    fn top() -> Self {
        Self { names: BTreeMap::new(), returns: Vec::new(), base: 0, called_from: None, function: None }
    }
}

/// How a block ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// The next statement runs.
    On,
    /// `continue`, `break`
    Loop,
    /// `return`, `raise`
    Out,
}

impl<'m, 't> Reader<'m, 't> {
    pub(super) fn new(module: &'m Module<'t>) -> Self {
        Self {
            module,
            frames: Vec::new(),
            conditions: Vec::new(),
            steps: Vec::new(),
            batches: Vec::new(),
            open: Vec::new(),
            in_autocommit: false,
            autocommit_blocks: 0,
            needs_database: Vec::new(),
            globals: BTreeMap::new(),
            budget: BUDGET,
        }
    }

    /// Follows the call of `function` with its parameters unknown.
    pub(super) fn follow(&mut self, function: &'m Function, span: Span) {
        let mut names = BTreeMap::new();
        for (name, _) in &function.parameters {
            names.insert(name.as_str(), Value::unknown("is a parameter that Alembic passes", span));
        }
        let frame = Frame { names, returns: Vec::new(), base: 0, called_from: None, function: Some(function) };
        self.frames.push(frame);
        self.block(&function.body);
        self.frames.pop();
        self.conditions.clear();
    }

    /// Uses up some of what may be followed; says once that the rest is not known.
    pub(super) fn spend(&mut self, span: Span) -> bool {
        self.charge(1, span)
    }

    /// Uses up as much as something of that size costs.
    pub(super) fn charge(&mut self, amount: usize, span: Span) -> bool {
        if self.budget > 0 && self.budget <= amount {
            self.give_up("what follows is too long to be followed", span);
        }
        self.budget = self.budget.saturating_sub(amount);
        self.budget > 0
    }

    /// Follows nothing any more, and says so.
    fn give_up(&mut self, reason: &str, span: Span) {
        self.conditions.truncate(MOST_CONDITIONS);
        // The step itself must still be taken.
        self.budget = usize::MAX;
        self.opaque(reason, span);
        self.budget = 0;
    }

    /// Adds to what must hold.
    pub(super) fn hold(&mut self, conditions: &[Condition]) {
        if self.conditions.len() + conditions.len() > MOST_CONDITIONS {
            let span = conditions.first().map(|condition| condition.span).unwrap_or_default();
            if self.budget > 0 {
                self.give_up("what follows depends on more conditions than are followed", span);
            }
            return;
        }
        self.conditions.extend(conditions.iter().cloned());
    }

    pub(super) fn lower(&self) -> Lower<'m> {
        Lower::new(self.module.source)
    }

    pub(super) fn opaque(&mut self, reason: impl Into<Reason>, span: Span) {
        self.push(Operation::Opaque { reason: reason.into() }, Vec::new(), span, None);
    }

    pub(super) fn push(&mut self, operation: Operation, notes: Vec<String>, span: Span, batch: Option<usize>) {
        if self.budget == 0 {
            return;
        }
        self.budget = self.budget.saturating_sub(self.conditions.len()).max(1);
        let step = Step {
            operation,
            span,
            called_from: self.frames.iter().find_map(|frame| frame.called_from),
            in_autocommit: self.in_autocommit,
            autocommit_blocks: self.autocommit_blocks,
            batch,
            conditions: self.conditions.clone(),
            database: None,
            notes,
        };
        let ends_transaction = !self.in_autocommit && is_commit(&step.operation);
        match batch.and_then(|batch| self.open.get_mut(batch)) {
            Some(open) => open.push(step),
            None => self.steps.push(step),
        }
        if ends_transaction {
            self.autocommit_blocks += 1;
        }
    }

    /// Adds the operation that `make` gets from the arguments; two of them, each with its
    /// condition, if the arguments hold one of two values.
    pub(super) fn emit(
        &mut self,
        arguments: &Arguments<'m>,
        span: Span,
        batch: Option<usize>,
        make: &mut dyn FnMut(&mut Lower<'m>, &Arguments<'m>) -> Result<Operation, Reason>,
    ) {
        let held = self.conditions.len();
        for (conditions, arguments) in arguments.alternatives() {
            self.hold(&conditions);
            let mut lower = self.lower();
            match make(&mut lower, &arguments) {
                Ok(operation) => self.push(operation, lower.notes, span, batch),
                Err(reason) => self.push(Operation::Opaque { reason }, lower.notes, span, batch),
            }
            self.conditions.truncate(held);
        }
    }

    /// The value of a name.
    pub(super) fn lookup(&mut self, name: &'m str, span: Span) -> Value<'m> {
        if let Some(value) = self.frames.last().and_then(|frame| frame.names.get(name)) {
            return value.clone();
        }
        let outer = self.frames.iter().rev().skip(1).find_map(|frame| frame.names.get(name)).cloned();
        self.global(name, outer, span)
    }

    /// The value of a name at the top level; `outer` if there is none.
    fn global(&mut self, name: &str, outer: Option<Value<'m>>, span: Span) -> Value<'m> {
        match self.globals.get(name) {
            Some(Some(value)) => return value.clone(),
            Some(None) => return Value::unknown("is defined by itself", span),
            None => {}
        }
        self.globals.insert(name.to_owned(), None);
        self.charge(self.module.unclear() / 16, span);
        let value = match self.module.lookup(name) {
            Some(Binding::Function(function)) => Value::Function(function),
            Some(Binding::Value(value)) => {
                // At the top level, the names of a function are not there.
                let frames = std::mem::replace(&mut self.frames, vec![Frame::top()]);
                let value = self.value(value);
                self.frames = frames;
                value
            }
            Some(Binding::Import(dotted)) => Value::Name(dotted.into()),
            Some(Binding::Class(span)) if self.looks_like_work(span) => Value::foreign(CLASS, span),
            Some(Binding::Class(span)) => Value::unknown(CLASS, span),
            Some(Binding::Opaque(reason, span)) => Value::unknown(reason, span),
            // A function in a function sees the names around it.
            None if outer.is_some() => {
                self.globals.remove(name);
                return outer.unwrap_or(Value::None);
            }
            None => self.unbound(name, span),
        };
        self.globals.insert(name.to_owned(), Some(value.clone()));
        value
    }

    fn unbound(&self, name: &str, span: Span) -> Value<'m> {
        let stars = self.module.star_imports();
        for module in &stars {
            if *module == "alembic.op" && super::directives::is_known(name) {
                return Value::Name(format!("alembic.op.{name}").into());
            }
            let is_class = name.starts_with(|c: char| c.is_ascii_uppercase());
            let is_function =
                matches!(name, "text" | "func" | "column" | "table" | "select" | "insert" | "update" | "delete");
            if module.starts_with("sqlalchemy") && (is_class || is_function) {
                return Value::Name(format!("{module}.{name}").into());
            }
        }
        if super::builtins::is_builtin(name) {
            return Value::Name(format!("builtins.{name}").into());
        }
        if stars.is_empty() {
            Value::unknown("is not defined in this file", span)
        } else {
            Value::foreign("is imported by `*`", span)
        }
    }

    pub(super) fn bind(&mut self, name: &'m str, mut value: Value<'m>) {
        // Values get large and deep through names only.
        let mut left = LARGEST;
        if !value.is_small(&mut left, 0) {
            value = Value::unknown("is too large to be followed", Span::default());
        }
        self.charge((LARGEST - left) / 64, Span::default());
        if let Some(frame) = self.frames.last_mut() {
            frame.names.insert(name, value);
        }
    }

    /// Carries out the call of a function of this file, and says what it returns.
    pub(super) fn inline(&mut self, function: &'m Function, arguments: &Arguments<'m>, span: Span) -> Value<'m> {
        let is_this = |frame: &Frame<'m>| frame.function.is_some_and(|running| std::ptr::eq(running, function));
        if self.frames.iter().any(is_this) || self.frames.len() > DEEPEST {
            if !self.may_touch_database(function) {
                return Value::unknown("is the result of a function that calls itself", span);
            }
            self.opaque(format!("`{}()` calls itself", function.name), span);
            return Value::unknown("is the result of a function that calls itself", span);
        }
        if function.is_async || !function.decorators.is_empty() {
            let what = if function.is_async { "is asynchronous" } else { "has a decorator" };
            self.opaque(format!("`{}()` {what}, which is not followed", function.name), span);
            return Value::foreign("is the result of a call that is not followed", span);
        }
        let names = self.parameters(function, arguments, span);
        let called_from = Some(self.frames.iter().find_map(|frame| frame.called_from).unwrap_or(span));
        let base = self.conditions.len();
        self.frames.push(Frame { names, returns: Vec::new(), base, called_from, function: Some(function) });
        let flow = self.block(&function.body);
        let frame = self.frames.pop();
        self.conditions.truncate(base);
        result(frame.map(|frame| frame.returns).unwrap_or_default(), flow, span)
    }

    pub(super) fn may_touch_database(&self, function: &Function) -> bool {
        let (Some(first), Some(last)) = (function.body.first(), function.body.last()) else { return false };
        self.looks_like_work(Span::new(first.span.start, last.span.end))
    }

    /// Whether anything in that code looks like Alembic or a database.
    pub(super) fn looks_like_work(&self, span: Span) -> bool {
        let text = self.module.source.slice(span);
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| {
            matches!(word, "op" | "execute" | "create" | "drop" | "commit" | "session" | "query")
                || word.ends_with("conn")
                || word.ends_with("connection")
                || word.ends_with("bind")
                || word.ends_with("_op")
        })
    }

    fn parameters(
        &mut self,
        function: &'m Function,
        arguments: &Arguments<'m>,
        span: Span,
    ) -> BTreeMap<&'m str, Value<'m>> {
        let mut names = BTreeMap::new();
        let mut positional = arguments.positional.iter();
        let mut taken: Vec<&str> = Vec::new();
        for (name, default) in &function.parameters {
            let name = name.as_str();
            let value = if function.star.as_deref() == Some(name) {
                let rest: Vec<Item<'m>> = positional.by_ref().cloned().collect();
                Value::List(Rc::new(rest))
            } else if function.double_star.as_deref() == Some(name) {
                let rest = arguments.named.iter().filter(|(given, _)| !taken.contains(&&**given));
                let pair = |(name, item): &(Rc<str>, Item<'m>)| {
                    (Item { value: Value::Str(Rc::clone(name)), span: item.span }, item.clone())
                };
                Value::Dict(Rc::new(rest.map(pair).collect()))
            } else if let Some(item) = positional.next().or_else(|| arguments.named(name)) {
                item.value.clone()
            } else if let Some(rest) = &arguments.rest {
                Value::Unknown(Rc::clone(rest))
            } else if let Some(default) = default {
                let frames = std::mem::take(&mut self.frames);
                let value = self.value(default);
                self.frames = frames;
                value
            } else {
                Value::unknown("is a parameter without a value", span)
            };
            taken.push(name);
            names.insert(name, value);
        }
        names
    }

    /// Follows the statements of a block; stops behind one that leaves it.
    pub(super) fn block(&mut self, statements: &'m [Stmt]) -> Flow {
        for statement in statements {
            let flow = self.statement(statement);
            if flow != Flow::On {
                return flow;
            }
        }
        Flow::On
    }
}

/// Whether a step is a `COMMIT` of its own.
fn is_commit(operation: &Operation) -> bool {
    matches!(operation, Operation::Sql(sql) if sql.text.trim().trim_end_matches(';').eq_ignore_ascii_case("commit"))
}

/// What a function returns, of its `return`s with their conditions.
fn result<'m>(mut returns: Vec<(Vec<Condition>, Value<'m>)>, flow: Flow, span: Span) -> Value<'m> {
    if flow == Flow::On {
        returns.push((Vec::new(), Value::None));
    }
    match returns.len() {
        0 => Value::None,
        1 => returns.pop().map_or(Value::None, |(_, value)| value),
        2 => {
            let (last, first) = (returns.pop(), returns.pop());
            match (first, last) {
                (Some((condition, then)), Some((_, otherwise))) if condition.len() == 1 => {
                    let negated = condition.iter().map(super::conditions::negated).collect();
                    Value::Choice(Rc::new(super::value::Choice { condition, then, negated, otherwise }))
                }
                _ => Value::unknown("depends on conditions", span),
            }
        }
        _ => Value::unknown("depends on conditions", span),
    }
}
