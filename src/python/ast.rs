//! Our own small syntax tree of Python: what readers of revisions and of env.py ask for.
//!
//! Whatever has no variant of its own keeps its parts in an `Other`, so that a walk over the
//! tree ([`Expr::children`], [`Stmt::blocks`], [`Stmt::expressions`]) sees every name and call.

use crate::source::Span;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An integer, as decimal text.
    Int(String),
    /// A float or complex number; its value is of no interest.
    Float,
    /// `...`
    Ellipsis,
    /// A string, its implicit concatenation done.
    Str(String),
    /// A bytes literal; its value is of no interest.
    Bytes,
    /// An f-string: its constant and computed parts in order.
    FString(Vec<Expr>),
    /// A name.
    Name(String),
    /// `value.attr`
    Attribute {
        /// Left of the dot.
        value: Box<Expr>,
        /// Right of the dot.
        attr: String,
    },
    /// `func(args, name=value)`
    Call {
        /// What is called.
        func: Box<Expr>,
        /// Positional arguments, `*x` as [`ExprKind::Starred`].
        args: Vec<Expr>,
        /// Keyword arguments.
        keywords: Vec<Keyword>,
    },
    /// `(a, b)`
    Tuple(Vec<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{a, b}`
    Set(Vec<Expr>),
    /// `{k: v}`; the key of `**x` is `None`.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// `value[index]`
    Subscript {
        /// Left of the bracket.
        value: Box<Expr>,
        /// Inside the brackets.
        index: Box<Expr>,
    },
    /// `left op right`
    Binary {
        /// Left operand.
        left: Box<Expr>,
        /// The operator as written: `+`, `%`, `|`, …
        op: &'static str,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `a or b or c`, `a and b`
    Boolean {
        /// `or` if true, else `and`.
        or: bool,
        /// The operands in order.
        values: Vec<Expr>,
    },
    /// `body if test else orelse`
    IfElse {
        /// The condition.
        test: Box<Expr>,
        /// The value if true.
        body: Box<Expr>,
        /// The value if false.
        orelse: Box<Expr>,
    },
    /// `name := value`
    Walrus {
        /// The name that is bound.
        name: String,
        /// Its value.
        value: Box<Expr>,
    },
    /// `*value`
    Starred(Box<Expr>),
    /// `await value`
    Await(Box<Expr>),
    /// `lambda …: body`
    Lambda(Box<Expr>),
    /// `left op right op …`; a chain has several.
    Compare {
        /// The first operand.
        left: Box<Expr>,
        /// Each operator as written (`==`, `not in`, …) with its right operand.
        rest: Vec<(&'static str, Expr)>,
    },
    /// `not value`
    Not(Box<Expr>),
    /// `-value`
    Minus(Box<Expr>),
    /// `~value`
    Invert(Box<Expr>),
    /// `[element for target in iter if test]`, or a generator, a set or a dictionary.
    Comprehension {
        /// What it makes.
        makes: Makes,
        /// Each element; a key and its value for a dictionary.
        element: Vec<Expr>,
        /// The loops, outermost first.
        loops: Vec<Loop>,
    },
    /// Anything else (slices, unary plus, …) with its parts.
    Other(Vec<Expr>),
}

/// What a comprehension makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// A list.
    List,
    /// A set.
    Set,
    /// A dictionary.
    Dict,
    /// A generator.
    Generator,
}

/// `for target in iter if tests` in a comprehension.
#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    /// What is bound.
    pub target: Expr,
    /// What is walked over.
    pub iter: Expr,
    /// The conditions.
    pub tests: Vec<Expr>,
}

/// `name=value` in a call; `**value` has no name.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyword {
    /// The name.
    pub name: Option<String>,
    /// The value.
    pub value: Expr,
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Stmt {
    /// Where it stands, its block included.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// The kinds of statements.
#[derive(Debug, Clone, PartialEq)]
pub enum StmtKind {
    /// An expression on its own.
    Expr(Expr),
    /// `a = b = value`
    Assign {
        /// The targets from left to right.
        targets: Vec<Expr>,
        /// The value.
        value: Expr,
    },
    /// `target: annotation = value`
    AnnAssign {
        /// The target.
        target: Expr,
        /// The value, if there is one.
        value: Option<Expr>,
    },
    /// `target += value`
    AugAssign {
        /// The target.
        target: Expr,
        /// The operand.
        value: Expr,
    },
    /// `import a.b as c`
    Import(Vec<Alias>),
    /// `from .module import a as b`
    ImportFrom {
        /// The module; `None` in `from . import x`.
        module: Option<String>,
        /// How many dots in front.
        level: u32,
        /// What is imported.
        names: Vec<Alias>,
    },
    /// `def name(...)`
    Function(Function),
    /// `class name(bases)`
    Class {
        /// Its name.
        name: String,
        /// Bases and keyword values.
        bases: Vec<Expr>,
        /// Its block.
        body: Vec<Stmt>,
    },
    /// `if test: body else: orelse` (an `elif` is an `If` in `orelse`)
    If {
        /// The condition.
        test: Expr,
        /// The block if true.
        body: Vec<Stmt>,
        /// The block if false.
        orelse: Vec<Stmt>,
    },
    /// `for target in iter: …`
    For {
        /// What is bound.
        target: Expr,
        /// What is walked over.
        iter: Expr,
        /// The block.
        body: Vec<Stmt>,
        /// The block of `else`.
        orelse: Vec<Stmt>,
    },
    /// `while test: …`
    While {
        /// The condition.
        test: Expr,
        /// The block.
        body: Vec<Stmt>,
        /// The block of `else`.
        orelse: Vec<Stmt>,
    },
    /// `with item as name: …`, `async with` too
    With {
        /// Each context manager with what it is bound to.
        items: Vec<(Expr, Option<Expr>)>,
        /// The block.
        body: Vec<Stmt>,
    },
    /// `try: …`
    Try {
        /// The block.
        body: Vec<Stmt>,
        /// The handlers.
        handlers: Vec<Handler>,
        /// The block of `else`.
        orelse: Vec<Stmt>,
        /// The block of `finally`.
        finally: Vec<Stmt>,
    },
    /// `match subject: …`; patterns are not kept.
    Match {
        /// What is matched.
        subject: Expr,
        /// The blocks of the cases.
        cases: Vec<Vec<Stmt>>,
    },
    /// `return value`
    Return(Option<Expr>),
    /// `raise value`
    Raise(Option<Expr>),
    /// `del a, b`
    Delete(Vec<Expr>),
    /// `global a, b`
    Global(Vec<String>),
    /// `continue`
    Continue,
    /// `break`
    Break,
    /// Anything else, with its expressions.
    Other(Vec<Expr>),
}

/// A function.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its parameters' names in order with their defaults.
    pub parameters: Vec<(String, Option<Expr>)>,
    /// The name of `*args`, which is among the parameters too.
    pub star: Option<String>,
    /// The name of `**kwargs`, which is among the parameters too.
    pub double_star: Option<String>,
    /// Its decorators.
    pub decorators: Vec<Expr>,
    /// Its block.
    pub body: Vec<Stmt>,
    /// Whether it is `async def`.
    pub is_async: bool,
}

/// `except kinds as name: body`
#[derive(Debug, Clone, PartialEq)]
pub struct Handler {
    /// What is caught; `None` catches everything.
    pub kinds: Option<Expr>,
    /// The name that the exception is bound to.
    pub name: Option<String>,
    /// The block.
    pub body: Vec<Stmt>,
}

/// `name as asname`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The dotted name; `*` for a star import.
    pub name: String,
    /// The name that it is bound to, if another.
    pub asname: Option<String>,
}

impl Expr {
    /// The expressions that it is made of, in source order.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float
            | ExprKind::Ellipsis
            | ExprKind::Str(_)
            | ExprKind::Bytes
            | ExprKind::Name(_) => Vec::new(),
            ExprKind::FString(parts)
            | ExprKind::Tuple(parts)
            | ExprKind::List(parts)
            | ExprKind::Set(parts)
            | ExprKind::Boolean { values: parts, .. }
            | ExprKind::Other(parts) => parts.iter().collect(),
            ExprKind::Attribute { value, .. }
            | ExprKind::Walrus { value, .. }
            | ExprKind::Starred(value)
            | ExprKind::Await(value)
            | ExprKind::Not(value)
            | ExprKind::Minus(value)
            | ExprKind::Invert(value)
            | ExprKind::Lambda(value) => vec![value],
            ExprKind::Compare { left, rest } => {
                std::iter::once(&**left).chain(rest.iter().map(|(_, operand)| operand)).collect()
            }
            ExprKind::Comprehension { element, loops, .. } => {
                let loops = loops.iter().flat_map(|each| [&each.target, &each.iter].into_iter().chain(&each.tests));
                element.iter().chain(loops).collect()
            }
            ExprKind::Call { func, args, keywords } => {
                std::iter::once(&**func).chain(args).chain(keywords.iter().map(|keyword| &keyword.value)).collect()
            }
            ExprKind::Dict(items) => {
                items.iter().flat_map(|(key, value)| key.iter().chain(std::iter::once(value))).collect()
            }
            ExprKind::Subscript { value, index } => vec![value, index],
            ExprKind::Binary { left, right, .. } => vec![left, right],
            ExprKind::IfElse { test, body, orelse } => vec![body, test, orelse],
        }
    }

    /// Calls `visit` for this expression and everything in it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }

    /// The dotted name that it spells (`op.get_bind`), if it is one.
    pub fn dotted_name(&self) -> Option<String> {
        match &self.kind {
            ExprKind::Name(name) => Some(name.clone()),
            ExprKind::Attribute { value, attr } => Some(format!("{}.{attr}", value.dotted_name()?)),
            _ => None,
        }
    }
}

impl Stmt {
    /// The blocks below it, those of nested functions and classes included, in source order.
    pub fn blocks(&self) -> Vec<&[Stmt]> {
        match &self.kind {
            StmtKind::Function(function) => vec![&function.body],
            StmtKind::Class { body, .. } | StmtKind::With { body, .. } => vec![body],
            StmtKind::If { body, orelse, .. }
            | StmtKind::For { body, orelse, .. }
            | StmtKind::While { body, orelse, .. } => vec![body, orelse],
            StmtKind::Try { body, handlers, orelse, finally } => std::iter::once(body.as_slice())
                .chain(handlers.iter().map(|handler| handler.body.as_slice()))
                .chain([orelse.as_slice(), finally.as_slice()])
                .collect(),
            StmtKind::Match { cases, .. } => cases.iter().map(Vec::as_slice).collect(),
            StmtKind::Expr(_)
            | StmtKind::Assign { .. }
            | StmtKind::AnnAssign { .. }
            | StmtKind::AugAssign { .. }
            | StmtKind::Import(_)
            | StmtKind::ImportFrom { .. }
            | StmtKind::Return(_)
            | StmtKind::Raise(_)
            | StmtKind::Delete(_)
            | StmtKind::Global(_)
            | StmtKind::Continue
            | StmtKind::Break
            | StmtKind::Other(_) => Vec::new(),
        }
    }

    /// The expressions that belong to the statement itself, not to its blocks.
    pub fn expressions(&self) -> Vec<&Expr> {
        match &self.kind {
            StmtKind::Expr(value) | StmtKind::Return(Some(value)) | StmtKind::Raise(Some(value)) => vec![value],
            StmtKind::Assign { targets, value } => targets.iter().chain(std::iter::once(value)).collect(),
            StmtKind::AnnAssign { target, value } => std::iter::once(target).chain(value).collect(),
            StmtKind::AugAssign { target, value } => vec![target, value],
            StmtKind::Function(function) => function
                .decorators
                .iter()
                .chain(function.parameters.iter().filter_map(|(_, default)| default.as_ref()))
                .collect(),
            StmtKind::Class { bases, .. } => bases.iter().collect(),
            StmtKind::If { test, .. } | StmtKind::While { test, .. } => vec![test],
            StmtKind::For { target, iter, .. } => vec![target, iter],
            StmtKind::With { items, .. } => {
                items.iter().flat_map(|(item, name)| std::iter::once(item).chain(name)).collect()
            }
            StmtKind::Try { handlers, .. } => handlers.iter().filter_map(|handler| handler.kinds.as_ref()).collect(),
            StmtKind::Match { subject, .. } => vec![subject],
            StmtKind::Delete(parts) | StmtKind::Other(parts) => parts.iter().collect(),
            StmtKind::Return(None)
            | StmtKind::Raise(None)
            | StmtKind::Import(_)
            | StmtKind::ImportFrom { .. }
            | StmtKind::Continue
            | StmtKind::Break
            | StmtKind::Global(_) => Vec::new(),
        }
    }

    /// Calls `visit` for this statement and every statement in its blocks, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Stmt)) {
        visit(self);
        for block in self.blocks() {
            for statement in block {
                statement.walk(visit);
            }
        }
    }
}
