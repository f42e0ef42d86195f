//! The canonical form of expressions, parameters and patterns.

use rustpython_parser::ast::{self as theirs, BoolOp, CmpOp, Expr, Operator, UnaryOp};

use super::canonical::{Writer, constant};

impl Writer {
    pub(super) fn exprs(&mut self, exprs: &[Expr]) {
        self.node("", |writer| exprs.iter().for_each(|expr| writer.expr(expr)));
    }

    pub(super) fn optional(&mut self, expr: Option<&Expr>) {
        match expr {
            Some(expr) => self.expr(expr),
            None => self.text.push('-'),
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Name(name) => self.name(&name.id, Some(name.ctx)),
            Expr::Constant(value) => self.constant(&value.value),
            Expr::Call(call) => self.call(call),
            Expr::Attribute(attribute) => self.node("attr", |writer| {
                writer.expr(&attribute.value);
                writer.word(&attribute.attr);
            }),
            Expr::Tuple(tuple) => self.node("tuple", |writer| writer.exprs(&tuple.elts)),
            Expr::List(list) => self.node("list", |writer| writer.exprs(&list.elts)),
            Expr::Set(set) => self.node("set", |writer| writer.exprs(&set.elts)),
            Expr::Dict(dict) => self.node("dict", |writer| {
                for (key, value) in dict.keys.iter().zip(&dict.values) {
                    writer.optional(key.as_ref());
                    writer.expr(value);
                }
            }),
            Expr::Subscript(subscript) => self.node("item", |writer| {
                writer.expr(&subscript.value);
                writer.expr(&subscript.slice);
            }),
            Expr::JoinedStr(joined) => self.node("f", |writer| writer.exprs(&joined.values)),
            Expr::FormattedValue(value) => self.node("hole", |writer| {
                writer.expr(&value.value);
                writer.word(&format!("{}", value.conversion as i8));
                writer.optional(value.format_spec.as_deref());
            }),
            other => self.operation(other),
        }
    }

    fn operation(&mut self, expr: &Expr) {
        match expr {
            Expr::BoolOp(boolean) => {
                self.node(if boolean.op == BoolOp::Or { "or" } else { "and" }, |writer| writer.exprs(&boolean.values));
            }
            Expr::NamedExpr(named) => self.node(":=", |writer| {
                writer.expr(&named.target);
                writer.expr(&named.value);
            }),
            Expr::BinOp(binary) => self.node(tag(&binary.op), |writer| {
                writer.expr(&binary.left);
                writer.expr(&binary.right);
            }),
            Expr::UnaryOp(unary) => self.node(unary_tag(unary.op), |writer| writer.expr(&unary.operand)),
            Expr::Compare(compare) => self.node("compare", |writer| {
                writer.expr(&compare.left);
                for (op, right) in compare.ops.iter().zip(&compare.comparators) {
                    writer.text.push_str(compare_tag(*op));
                    writer.expr(right);
                }
            }),
            Expr::Lambda(lambda) => self.node("lambda", |writer| {
                writer.parameters(&lambda.args);
                writer.expr(&lambda.body);
            }),
            Expr::IfExp(choice) => self.node("choose", |writer| {
                writer.expr(&choice.test);
                writer.expr(&choice.body);
                writer.expr(&choice.orelse);
            }),
            Expr::Starred(starred) => self.node("*", |writer| writer.expr(&starred.value)),
            Expr::Await(awaited) => self.node("await", |writer| writer.expr(&awaited.value)),
            Expr::Yield(yielded) => self.node("yield", |writer| writer.optional(yielded.value.as_deref())),
            Expr::YieldFrom(yielded) => self.node("yield*", |writer| writer.expr(&yielded.value)),
            Expr::Slice(slice) => self.node("slice", |writer| {
                for part in [&slice.lower, &slice.upper, &slice.step] {
                    writer.optional(part.as_deref());
                }
            }),
            Expr::ListComp(list) => self.comprehension("[", &[&list.elt], &list.generators),
            Expr::SetComp(set) => self.comprehension("{", &[&set.elt], &set.generators),
            Expr::GeneratorExp(each) => self.comprehension("gen", &[&each.elt], &each.generators),
            Expr::DictComp(dict) => self.comprehension("{:", &[&dict.key, &dict.value], &dict.generators),
            // All others are handled above.
            _ => {}
        }
    }

    fn constant(&mut self, value: &theirs::Constant) {
        let (kind, text) = constant(value);
        self.node(kind, |writer| writer.word(&text));
    }

    fn call(&mut self, call: &theirs::ExprCall) {
        // Alembic and SQLAlchemy 1 take a string as well as text("…") here.
        let is_execute = matches!(&*call.func, Expr::Attribute(attribute) if attribute.attr.as_str() == "execute");
        self.node("call", |writer| {
            writer.expr(&call.func);
            for (index, argument) in call.args.iter().enumerate() {
                writer.expr(if is_execute && index == 0 { within_text(argument) } else { argument });
            }
            writer.keywords(&call.keywords);
        });
    }

    /// Sorted by name; `**x` comes last.
    pub(super) fn keywords(&mut self, keywords: &[theirs::Keyword]) {
        let mut sorted: Vec<&theirs::Keyword> = keywords.iter().collect();
        sorted.sort_by_key(|keyword| (keyword.arg.is_none(), keyword.arg.as_ref().map(ToString::to_string)));
        for keyword in sorted {
            self.node("=", |writer| {
                writer.word(keyword.arg.as_ref().map_or("**", |name| name.as_str()));
                writer.expr(&keyword.value);
            });
        }
    }

    pub(super) fn parameters(&mut self, parameters: &theirs::Arguments) {
        self.node("", |writer| {
            let positional = parameters.posonlyargs.iter().chain(&parameters.args);
            for parameter in positional.chain(&parameters.kwonlyargs) {
                writer.name(&parameter.def.arg, None);
                writer.optional(parameter.default.as_deref());
            }
            for rest in [&parameters.vararg, &parameters.kwarg].into_iter().flatten() {
                writer.name(&rest.arg, None);
            }
        });
    }

    fn comprehension(&mut self, word: &str, results: &[&Expr], generators: &[theirs::Comprehension]) {
        self.node(word, |writer| {
            for generator in generators {
                writer.expr(&generator.target);
                writer.expr(&generator.iter);
                writer.exprs(&generator.ifs);
            }
            results.iter().for_each(|result| writer.expr(result));
        });
    }

    pub(super) fn pattern(&mut self, pattern: &theirs::Pattern) {
        use theirs::Pattern;
        let patterns = |writer: &mut Self, patterns: &[Pattern]| patterns.iter().for_each(|each| writer.pattern(each));
        match pattern {
            Pattern::MatchValue(value) => self.node("value", |writer| writer.expr(&value.value)),
            Pattern::MatchSingleton(value) => self.constant(&value.value),
            Pattern::MatchSequence(sequence) => self.node("sequence", |writer| patterns(writer, &sequence.patterns)),
            Pattern::MatchMapping(mapping) => self.node("mapping", |writer| {
                writer.exprs(&mapping.keys);
                patterns(writer, &mapping.patterns);
                mapping.rest.iter().for_each(|name| writer.name(name, None));
            }),
            Pattern::MatchClass(class) => self.node("class", |writer| {
                writer.expr(&class.cls);
                patterns(writer, &class.patterns);
                class.kwd_attrs.iter().for_each(|name| writer.word(name));
                patterns(writer, &class.kwd_patterns);
            }),
            Pattern::MatchStar(star) => {
                self.node("star", |writer| star.name.iter().for_each(|name| writer.name(name, None)));
            }
            Pattern::MatchAs(bound) => self.node("as", |writer| {
                bound.pattern.iter().for_each(|inner| writer.pattern(inner));
                bound.name.iter().for_each(|name| writer.name(name, None));
            }),
            Pattern::MatchOr(either) => self.node("either", |writer| patterns(writer, &either.patterns)),
        }
    }
}

/// The string in `text("…")`, else the expression itself.
fn within_text(expr: &Expr) -> &Expr {
    let Expr::Call(call) = expr else { return expr };
    let is_text = match &*call.func {
        Expr::Name(name) => name.id.as_str() == "text",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "text",
        _ => false,
    };
    match call.args.as_slice() {
        [only] if is_text && call.keywords.is_empty() => only,
        _ => expr,
    }
}

pub(super) fn tag(op: &Operator) -> &'static str {
    match op {
        Operator::Add => "+",
        Operator::Sub => "-",
        Operator::Mult => "*",
        Operator::MatMult => "@",
        Operator::Div => "/",
        Operator::Mod => "%",
        Operator::Pow => "**",
        Operator::LShift => "<<",
        Operator::RShift => ">>",
        Operator::BitOr => "|",
        Operator::BitXor => "^",
        Operator::BitAnd => "&",
        Operator::FloorDiv => "//",
    }
}

fn unary_tag(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Invert => "~",
        UnaryOp::Not => "not",
        UnaryOp::UAdd => "+",
        UnaryOp::USub => "-",
    }
}

fn compare_tag(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "==",
        CmpOp::NotEq => "!=",
        CmpOp::Lt => "<",
        CmpOp::LtE => "<=",
        CmpOp::Gt => ">",
        CmpOp::GtE => ">=",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " isnot ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " notin ",
    }
}
