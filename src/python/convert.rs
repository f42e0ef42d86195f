//! rustpython-parser's expressions to ours.
//!
//! Each kind that nests has a function of its own: one big one would need a big stack frame for
//! each level in a debug build.

use rustpython_parser::ast::{self as theirs, Constant, Ranged};

use super::ast::{Expr, ExprKind, Keyword, Loop, Makes};
use super::convert_statement::Converter;

impl Converter<'_> {
    #[expect(clippy::boxed_local, reason = "moving the value out would double the stack that each level needs")]
    pub(super) fn boxed(&self, expr: Box<theirs::Expr>) -> Box<Expr> {
        Box::new(self.expr(*expr))
    }

    pub(super) fn exprs(&self, exprs: impl IntoIterator<Item = theirs::Expr>) -> Vec<Expr> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn expr(&self, expr: theirs::Expr) -> Expr {
        let span = self.span(expr.range());
        Expr { span, kind: self.kind(expr) }
    }

    fn kind(&self, expr: theirs::Expr) -> ExprKind {
        match expr {
            theirs::Expr::Constant(constant) => constant_kind(constant.value),
            theirs::Expr::Name(name) => ExprKind::Name(name.id.into()),
            theirs::Expr::Attribute(attribute) => self.attribute(attribute),
            theirs::Expr::Call(call) => self.call(call),
            theirs::Expr::BinOp(binary) => self.binary(binary),
            theirs::Expr::Tuple(tuple) => ExprKind::Tuple(self.exprs(tuple.elts)),
            theirs::Expr::List(list) => ExprKind::List(self.exprs(list.elts)),
            theirs::Expr::Set(set) => ExprKind::Set(self.exprs(set.elts)),
            theirs::Expr::Dict(dict) => self.dict(dict),
            theirs::Expr::Subscript(subscript) => self.subscript(subscript),
            theirs::Expr::BoolOp(boolean) => {
                ExprKind::Boolean { or: boolean.op == theirs::BoolOp::Or, values: self.exprs(boolean.values) }
            }
            theirs::Expr::IfExp(choice) => self.choice(choice),
            theirs::Expr::NamedExpr(named) => self.walrus(named),
            theirs::Expr::Starred(starred) => ExprKind::Starred(self.boxed(starred.value)),
            theirs::Expr::Await(awaited) => ExprKind::Await(self.boxed(awaited.value)),
            theirs::Expr::Lambda(lambda) => self.lambda(lambda),
            theirs::Expr::JoinedStr(joined) => self.joined(joined),
            theirs::Expr::UnaryOp(unary) => self.unary(unary),
            other => self.rest(other),
        }
    }

    /// The kinds that [`ExprKind`] has no variant for.
    fn rest(&self, expr: theirs::Expr) -> ExprKind {
        match expr {
            theirs::Expr::Compare(compare) => self.compare(compare),
            theirs::Expr::Slice(slice) => {
                self.other([slice.lower, slice.upper, slice.step].into_iter().flatten().map(|part| *part))
            }
            theirs::Expr::Yield(yielded) => self.other(yielded.value.map(|value| *value)),
            theirs::Expr::YieldFrom(yielded) => self.other([*yielded.value]),
            theirs::Expr::FormattedValue(value) => {
                self.other(std::iter::once(*value.value).chain(value.format_spec.map(|spec| *spec)))
            }
            theirs::Expr::ListComp(list) => self.comprehension(Makes::List, [*list.elt], list.generators),
            theirs::Expr::SetComp(set) => self.comprehension(Makes::Set, [*set.elt], set.generators),
            theirs::Expr::GeneratorExp(generator) => {
                self.comprehension(Makes::Generator, [*generator.elt], generator.generators)
            }
            theirs::Expr::DictComp(dict) => self.comprehension(Makes::Dict, [*dict.key, *dict.value], dict.generators),
            // All others are handled above.
            _ => ExprKind::Other(Vec::new()),
        }
    }

    fn other(&self, parts: impl IntoIterator<Item = theirs::Expr>) -> ExprKind {
        ExprKind::Other(self.exprs(parts))
    }

    fn attribute(&self, attribute: theirs::ExprAttribute) -> ExprKind {
        ExprKind::Attribute { value: self.boxed(attribute.value), attr: attribute.attr.into() }
    }

    fn binary(&self, binary: theirs::ExprBinOp) -> ExprKind {
        let op = operator(binary.op);
        ExprKind::Binary { left: self.boxed(binary.left), op, right: self.boxed(binary.right) }
    }

    fn subscript(&self, subscript: theirs::ExprSubscript) -> ExprKind {
        ExprKind::Subscript { value: self.boxed(subscript.value), index: self.boxed(subscript.slice) }
    }

    fn choice(&self, choice: theirs::ExprIfExp) -> ExprKind {
        ExprKind::IfElse {
            test: self.boxed(choice.test),
            body: self.boxed(choice.body),
            orelse: self.boxed(choice.orelse),
        }
    }

    fn call(&self, call: theirs::ExprCall) -> ExprKind {
        let func = self.boxed(call.func);
        ExprKind::Call { func, args: self.exprs(call.args), keywords: self.keywords(call.keywords) }
    }

    pub(super) fn keywords(&self, keywords: Vec<theirs::Keyword>) -> Vec<Keyword> {
        keywords
            .into_iter()
            .map(|keyword| Keyword { name: keyword.arg.map(Into::into), value: self.expr(keyword.value) })
            .collect()
    }

    fn dict(&self, dict: theirs::ExprDict) -> ExprKind {
        let pairs = dict.keys.into_iter().zip(dict.values);
        ExprKind::Dict(pairs.map(|(key, value)| (key.map(|key| self.expr(key)), self.expr(value))).collect())
    }

    fn walrus(&self, named: theirs::ExprNamedExpr) -> ExprKind {
        let value = self.boxed(named.value);
        match *named.target {
            theirs::Expr::Name(name) => ExprKind::Walrus { name: name.id.into(), value },
            // The grammar has names only.
            _ => ExprKind::Other(vec![*value]),
        }
    }

    fn lambda(&self, lambda: theirs::ExprLambda) -> ExprKind {
        let defaults = self.parameters(*lambda.args).into_iter().filter_map(|(_, default)| default);
        let defaults: Vec<Expr> = defaults.collect();
        if defaults.is_empty() {
            return ExprKind::Lambda(self.boxed(lambda.body));
        }
        let body = self.expr(*lambda.body);
        let span = body.span;
        let parts = defaults.into_iter().chain(std::iter::once(body)).collect();
        ExprKind::Lambda(Box::new(Expr { span, kind: ExprKind::Other(parts) }))
    }

    fn joined(&self, joined: theirs::ExprJoinedStr) -> ExprKind {
        // The parser counts a CRLF inside of a string as one byte, so that places in its holes
        // are not to be trusted then.
        let inner = Converter { within: self.within.or_else(|| self.carriage_return_in(joined.range)), ..*self };
        ExprKind::FString(joined.values.into_iter().map(|part| inner.part(part)).collect())
    }

    /// A part of an f-string: text, or a hole. A plain hole is its expression; one with a format
    /// or a conversion is an `Other`, because its text is not simply `str(value)`.
    fn part(&self, part: theirs::Expr) -> Expr {
        match part {
            theirs::Expr::FormattedValue(value)
                if value.format_spec.is_none() && value.conversion == theirs::ConversionFlag::None =>
            {
                self.expr(*value.value)
            }
            other => self.expr(other),
        }
    }

    fn comprehension(
        &self,
        makes: Makes,
        element: impl IntoIterator<Item = theirs::Expr>,
        generators: Vec<theirs::Comprehension>,
    ) -> ExprKind {
        let each = |generator: theirs::Comprehension| Loop {
            target: self.expr(generator.target),
            iter: self.expr(generator.iter),
            tests: self.exprs(generator.ifs),
        };
        let element = self.exprs(element);
        ExprKind::Comprehension { makes, element, loops: generators.into_iter().map(each).collect() }
    }

    fn unary(&self, unary: theirs::ExprUnaryOp) -> ExprKind {
        match unary.op {
            theirs::UnaryOp::Not => ExprKind::Not(self.boxed(unary.operand)),
            theirs::UnaryOp::USub => ExprKind::Minus(self.boxed(unary.operand)),
            theirs::UnaryOp::Invert => ExprKind::Invert(self.boxed(unary.operand)),
            theirs::UnaryOp::UAdd => self.other([*unary.operand]),
        }
    }

    fn compare(&self, compare: theirs::ExprCompare) -> ExprKind {
        let left = self.boxed(compare.left);
        let operators = compare.ops.into_iter().map(comparison);
        ExprKind::Compare { left, rest: operators.zip(self.exprs(compare.comparators)).collect() }
    }
}

fn constant_kind(constant: Constant) -> ExprKind {
    match constant {
        Constant::None => ExprKind::None,
        Constant::Bool(value) => ExprKind::Bool(value),
        Constant::Str(value) => ExprKind::Str(value),
        Constant::Bytes(_) => ExprKind::Bytes,
        Constant::Int(value) => ExprKind::Int(value.to_string()),
        Constant::Float(_) | Constant::Complex { .. } => ExprKind::Float,
        Constant::Ellipsis => ExprKind::Ellipsis,
        // Made by the parser's optional constant folding only.
        Constant::Tuple(_) => ExprKind::Other(Vec::new()),
    }
}

fn operator(op: theirs::Operator) -> &'static str {
    match op {
        theirs::Operator::Add => "+",
        theirs::Operator::Sub => "-",
        theirs::Operator::Mult => "*",
        theirs::Operator::MatMult => "@",
        theirs::Operator::Div => "/",
        theirs::Operator::Mod => "%",
        theirs::Operator::Pow => "**",
        theirs::Operator::LShift => "<<",
        theirs::Operator::RShift => ">>",
        theirs::Operator::BitOr => "|",
        theirs::Operator::BitXor => "^",
        theirs::Operator::BitAnd => "&",
        theirs::Operator::FloorDiv => "//",
    }
}

fn comparison(op: theirs::CmpOp) -> &'static str {
    match op {
        theirs::CmpOp::Eq => "==",
        theirs::CmpOp::NotEq => "!=",
        theirs::CmpOp::Lt => "<",
        theirs::CmpOp::LtE => "<=",
        theirs::CmpOp::Gt => ">",
        theirs::CmpOp::GtE => ">=",
        theirs::CmpOp::Is => "is",
        theirs::CmpOp::IsNot => "is not",
        theirs::CmpOp::In => "in",
        theirs::CmpOp::NotIn => "not in",
    }
}
