//! Follows the statements of env.py, and the functions that they call.

use std::collections::BTreeMap;

use super::connection::Connection;
use crate::project::env::names::Names;
use crate::python::ast::{Expr, ExprKind, Function, Keyword, Stmt, StmtKind};
use crate::source::Span;

/// How deep calls of env.py's own functions are followed.
const DEEPEST: usize = 12;

/// How many statements are followed in all: functions that call each other often could take for ever.
const MOST: usize = 20_000;

/// What SQLAlchemy's connection runs SQL with.
const RUNS_SQL: [&str; 7] =
    ["execute", "exec_driver_sql", "scalar", "scalars", "stream", "stream_scalars", "begin_nested"];

/// What leaves a connection as it is.
const LOOKS: [&str; 5] =
    ["in_transaction", "in_nested_transaction", "get_isolation_level", "closed", "get_transaction"];

/// What `dialect` asks the database over the connection that it is given.
const ASKS: [&str; 6] = ["inspect", "has_table", "has_schema", "has_sequence", "get_table_names", "get_schema_names"];

/// Which connection a name stands for, in one call of one function.
#[derive(Debug, Default)]
struct Frame<'a> {
    names: BTreeMap<&'a str, usize>,
    /// The block of the `with` statement that this generator is the manager of.
    block: Option<Block<'a>>,
    returned: Option<usize>,
}

/// A block and the frame that it runs in.
#[derive(Debug, Clone, Copy)]
struct Block<'a> {
    body: &'a [Stmt],
    frame: usize,
}

/// The walk through env.py.
pub(super) struct Flow<'a> {
    text: &'a str,
    names: &'a Names<'a>,
    /// What may stand before `configure` and its kind.
    context: &'a [String],
    frames: Vec<Frame<'a>>,
    calling: Vec<&'a str>,
    /// All connections that were opened.
    pub(super) connections: Vec<Connection>,
    configured: Option<usize>,
    /// How many `with context.begin_transaction():` are around.
    transactions: usize,
    steps: usize,
}

/// A call's arguments.
#[derive(Clone, Copy)]
struct Arguments<'a> {
    args: &'a [Expr],
    keywords: &'a [Keyword],
}

impl<'a> Flow<'a> {
    pub(super) fn new(text: &'a str, names: &'a Names<'a>, context: &'a [String]) -> Self {
        Self {
            text,
            names,
            context,
            frames: vec![Frame::default()],
            calling: Vec::new(),
            connections: Vec::new(),
            configured: None,
            transactions: 0,
            steps: 0,
        }
    }

    /// The whole module.
    pub(super) fn module(&mut self, statements: &'a [Stmt]) {
        self.block(statements, 0);
    }

    /// Runs statements; whether they end in `return` or `raise`.
    fn block(&mut self, statements: &'a [Stmt], frame: usize) -> bool {
        statements.iter().any(|statement| self.statement(statement, frame))
    }

    fn statement(&mut self, statement: &'a Stmt, frame: usize) -> bool {
        self.steps += 1;
        if self.steps > MOST {
            self.connections.iter_mut().for_each(|connection| connection.in_doubt = true);
            return true;
        }
        match &statement.kind {
            StmtKind::Function(_) | StmtKind::Class { .. } => {}
            StmtKind::Expr(value) => {
                if self.is_yield(value)
                    && let Some(block) = self.frames.get(frame).and_then(|frame| frame.block)
                {
                    self.block(block.body, block.frame);
                } else {
                    self.value(value, frame);
                }
            }
            StmtKind::Assign { targets, value } => {
                let connection = self.value(value, frame);
                targets.iter().for_each(|target| self.bind(target, connection, frame));
            }
            StmtKind::AnnAssign { target, value: Some(value) } => {
                let connection = self.value(value, frame);
                self.bind(target, connection, frame);
            }
            StmtKind::Return(value) => {
                let returned = value.as_ref().and_then(|value| self.value(value, frame));
                if let Some(frame) = self.frames.get_mut(frame) {
                    frame.returned = returned;
                }
                return true;
            }
            StmtKind::Raise(_) => return true,
            StmtKind::If { test, body, orelse } => {
                self.value(test, frame);
                return self.either(body, orelse, frame);
            }
            StmtKind::With { items, body } => return self.with(items, body, frame),
            StmtKind::Try { body, orelse, finally, .. } => {
                // What the handlers do is done after a failure.
                let ended = self.block(body, frame) || self.block(orelse, frame);
                return self.block(finally, frame) || ended;
            }
            StmtKind::For { iter, body, orelse, .. } => {
                self.value(iter, frame);
                self.block(body, frame);
                self.block(orelse, frame);
            }
            _ => {
                statement.expressions().into_iter().for_each(|value| {
                    self.value(value, frame);
                });
                statement.blocks().into_iter().for_each(|body| {
                    self.block(body, frame);
                });
            }
        }
        false
    }

    /// Both arms of an `if`.
    fn either(&mut self, body: &'a [Stmt], orelse: &'a [Stmt], frame: usize) -> bool {
        let start = self.connections.clone();
        let first_ended = self.block(body, frame);
        let first = std::mem::replace(&mut self.connections, start.clone());
        // A connection that the first arm opened keeps its number.
        self.connections.extend(first.iter().skip(start.len()).cloned());
        let second_ended = self.block(orelse, frame);
        for (index, before) in start.iter().enumerate() {
            let (Some(one), Some(now)) = (first.get(index), self.connections.get_mut(index)) else { continue };
            *now = match (first_ended, second_ended) {
                (true, false) => now.clone().or_lost(one),
                (false, true) => one.clone().or_lost(now),
                _ => Connection::merge(before, one.clone(), now),
            };
        }
        first_ended && second_ended
    }

    /// A `with`, its managers from left to right.
    fn with(&mut self, items: &'a [(Expr, Option<Expr>)], body: &'a [Stmt], frame: usize) -> bool {
        let Some(((item, name), rest)) = items.split_first() else { return self.block(body, frame) };
        let item = if let ExprKind::Await(value) = &item.kind { value } else { item };
        if let ExprKind::Call { func, args, keywords } = &item.kind {
            let arguments = Arguments { args, keywords };
            if let ExprKind::Attribute { value, attr } = &func.kind
                && attr == "begin"
                && args.is_empty()
            {
                match self.value(value, frame) {
                    Some(connection) => return self.within_begin(connection, item.span, (rest, body), frame),
                    None => {
                        let connection = self.opened(Connection::managed());
                        if let Some(name) = name {
                            self.bind(name, Some(connection), frame);
                        }
                        return self.with(rest, body, frame);
                    }
                }
            }
            if self.is_context(func, "begin_transaction") {
                self.transactions += 1;
                let ended = self.with(rest, body, frame);
                self.transactions -= 1;
                return ended;
            }
            if let Some(function) = self.own_function(func).filter(|function| is_manager(function))
                && rest.is_empty()
            {
                self.call(function, arguments, Some(Block { body, frame }), None, frame);
                return false;
            }
        }
        let connection = self.value(item, frame);
        if let Some(name) = name {
            self.bind(name, connection, frame);
        }
        self.with(rest, body, frame)
    }

    /// `with connection.begin():`
    fn within_begin(
        &mut self,
        connection: usize,
        span: Span,
        (rest, body): (&'a [(Expr, Option<Expr>)], &'a [Stmt]),
        frame: usize,
    ) -> bool {
        self.change(connection, |connection| connection.blocks += 1);
        let ended = self.with(rest, body, frame);
        self.change(connection, |connection| {
            connection.blocks -= 1;
            connection.commit(span);
        });
        ended
    }

    /// Evaluates an expression; the connection that it is.
    fn value(&mut self, expression: &'a Expr, frame: usize) -> Option<usize> {
        match &expression.kind {
            ExprKind::Name(name) => self.lookup(name, frame),
            ExprKind::Await(value) => self.value(value, frame),
            ExprKind::Attribute { value, attr } => {
                let connection = self.value(value, frame);
                connection.filter(|_| attr == "sync_connection")
            }
            ExprKind::Call { func, args, keywords } => {
                self.called(expression.span, func, Arguments { args, keywords }, frame)
            }
            // Runs later, if at all.
            ExprKind::Lambda(_) => None,
            ExprKind::IfElse { body, orelse, .. } => {
                let one = self.value(body, frame);
                let other = self.value(orelse, frame);
                one.or(other)
            }
            _ => {
                expression.children().into_iter().for_each(|child| {
                    self.value(child, frame);
                });
                None
            }
        }
    }

    fn called(&mut self, span: Span, func: &'a Expr, arguments: Arguments<'a>, frame: usize) -> Option<usize> {
        if self.is_context(func, "configure") {
            self.configure(span, arguments, frame);
            return None;
        }
        if self.is_context(func, "run_migrations") {
            let in_transaction = self.transactions > 0;
            if let Some(connection) = self.configured {
                self.change(connection, |connection| connection.run(span, in_transaction));
            }
            return None;
        }
        if let Some(function) = self.own_function(func) {
            return self.call(function, arguments, None, None, frame);
        }
        if let ExprKind::Attribute { value, attr } = &func.kind {
            let receiver = self.value(value, frame);
            if let Some(connection) = receiver {
                return self.on_connection(connection, attr, span, arguments, frame);
            }
            if attr == "connect" && arguments.args.is_empty() && arguments.keywords.is_empty() {
                return Some(self.opened(Connection::default()));
            }
        }
        self.handed_over(func, span, arguments, frame);
        None
    }

    fn configure(&mut self, span: Span, arguments: Arguments<'a>, frame: usize) {
        let mut connection = None;
        let mut commits_by_itself = false;
        for keyword in arguments.keywords {
            let value = self.value(&keyword.value, frame);
            match keyword.name.as_deref() {
                Some("connection") => connection = value,
                // What `**options` hold may be among them.
                Some("transaction_per_migration" | "transactional_ddl") | None => commits_by_itself = true,
                Some(_) => {}
            }
        }
        let connection = connection.or_else(|| arguments.args.first().and_then(|value| self.value(value, frame)));
        self.configured = connection;
        if let Some(connection) = connection {
            self.change(connection, |connection| connection.configure(span, commits_by_itself));
        }
    }

    /// A method of a connection.
    fn on_connection(
        &mut self,
        connection: usize,
        method: &str,
        span: Span,
        arguments: Arguments<'a>,
        frame: usize,
    ) -> Option<usize> {
        match method {
            "commit" => self.change(connection, |connection| connection.commit(span)),
            "rollback" | "close" | "aclose" => self.change(connection, |connection| connection.rollback(span)),
            "run_sync" => self.run_sync(connection, arguments, frame),
            "execution_options" => return Some(connection),
            _ if RUNS_SQL.contains(&method) => {
                let text = self.sql_text(arguments);
                self.change(connection, |connection| connection.sql(span, &text));
            }
            _ if LOOKS.contains(&method) => {}
            _ => self.doubt(connection),
        }
        None
    }

    /// `await connection.run_sync(function, …)`
    fn run_sync(&mut self, connection: usize, arguments: Arguments<'a>, frame: usize) {
        let Some((function, rest)) = arguments.args.split_first() else { return };
        match self.own_function(function) {
            Some(function) => {
                let arguments = Arguments { args: rest, keywords: arguments.keywords };
                self.call(function, arguments, None, Some(connection), frame);
            }
            None => self.doubt(connection),
        }
    }

    /// A function that is not env.py's gets what the arguments are.
    fn handed_over(&mut self, func: &'a Expr, span: Span, arguments: Arguments<'a>, frame: usize) {
        let name = func.dotted_name().unwrap_or_default();
        let last = name.rsplit('.').next().unwrap_or_default();
        let values = arguments.args.iter().chain(arguments.keywords.iter().map(|keyword| &keyword.value));
        for value in values {
            if let Some(connection) = self.value(value, frame) {
                match last {
                    "print" | "isinstance" | "getattr" | "hasattr" | "repr" | "str" | "type" | "bool" => {}
                    _ if ASKS.contains(&last) => self.change(connection, |connection| connection.sql(span, "")),
                    _ => self.doubt(connection),
                }
            } else if let Some(function) = self.own_function(value) {
                // `anyio.run(main)`
                self.call(function, Arguments { args: &[], keywords: &[] }, None, None, frame);
            }
        }
    }

    /// Runs a function of env.py; the connection that it returns.
    fn call(
        &mut self,
        function: &'a Function,
        arguments: Arguments<'a>,
        block: Option<Block<'a>>,
        first: Option<usize>,
        frame: usize,
    ) -> Option<usize> {
        let mut names = BTreeMap::new();
        let mut parameters = function.parameters.iter().map(|(name, _)| name.as_str());
        if let (Some(connection), Some(name)) = (first, parameters.clone().next()) {
            names.insert(name, connection);
            parameters.next();
        }
        let parameters: Vec<&str> = parameters.collect();
        let positional = arguments.args.iter().zip(&parameters).map(|(value, name)| (*name, value));
        let named = arguments.keywords.iter().filter_map(|keyword| {
            let name = parameters.iter().find(|name| Some(**name) == keyword.name.as_deref())?;
            Some((*name, &keyword.value))
        });
        for (name, value) in positional.chain(named).collect::<Vec<_>>() {
            if let Some(connection) = self.value(value, frame) {
                names.insert(name, connection);
            }
        }
        if self.calling.contains(&function.name.as_str()) || self.calling.len() >= DEEPEST {
            names.values().copied().collect::<Vec<_>>().into_iter().for_each(|connection| self.doubt(connection));
            return None;
        }
        self.calling.push(&function.name);
        self.frames.push(Frame { names, block, returned: None });
        let own = self.frames.len() - 1;
        self.block(&function.body, own);
        self.calling.pop();
        self.frames.get(own).and_then(|frame| frame.returned)
    }

    fn opened(&mut self, connection: Connection) -> usize {
        self.connections.push(connection);
        self.connections.len() - 1
    }

    fn bind(&mut self, target: &'a Expr, connection: Option<usize>, frame: usize) {
        let (ExprKind::Name(name), Some(frame)) = (&target.kind, self.frames.get_mut(frame)) else { return };
        match connection {
            Some(connection) => frame.names.insert(name, connection),
            None => frame.names.remove(name.as_str()),
        };
    }

    /// The connection that a name stands for, in this frame or at module level.
    fn lookup(&self, name: &str, frame: usize) -> Option<usize> {
        let found = |frame: usize| self.frames.get(frame).and_then(|frame| frame.names.get(name)).copied();
        found(frame).or_else(|| found(0))
    }

    fn change(&mut self, connection: usize, change: impl FnOnce(&mut Connection)) {
        if let Some(connection) = self.connections.get_mut(connection) {
            change(connection);
        }
    }

    fn doubt(&mut self, connection: usize) {
        self.change(connection, |connection| connection.in_doubt = true);
    }

    fn own_function(&self, func: &Expr) -> Option<&'a Function> {
        match &func.kind {
            ExprKind::Name(name) => self.names.function(name),
            _ => None,
        }
    }

    /// `context.configure`, under whatever name the context has.
    fn is_context(&self, func: &Expr, what: &str) -> bool {
        let name = func.dotted_name().unwrap_or_default();
        name.strip_suffix(what).is_some_and(|before| self.context.iter().any(|context| context == before))
    }

    /// The SQL of a call as written, with the constants that it names.
    fn sql_text(&self, arguments: Arguments<'a>) -> String {
        let Some(first) = arguments.args.first() else { return String::new() };
        let mut text = self.slice(first.span).to_owned();
        first.walk(&mut |part| {
            if let ExprKind::Name(_) = &part.kind
                && let Ok(value) = self.names.resolve(part, None)
            {
                text.push_str(self.slice(value.span));
            }
        });
        text
    }

    fn is_yield(&self, value: &Expr) -> bool {
        matches!(value.kind, ExprKind::Other(_)) && self.slice(value.span).starts_with("yield")
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }
}

/// A generator that `with` can use.
fn is_manager(function: &Function) -> bool {
    function
        .decorators
        .iter()
        .any(|decorator| decorator.dotted_name().is_some_and(|name| name.ends_with("contextmanager")))
}
