//! Shell text to a small syntax tree: enough of POSIX sh and bash to tell which command runs
//! after which, and what becomes of its exit code. Nothing is expanded.

mod lexer;

use crate::source::Span;
pub(super) use lexer::Word;
use lexer::{Token, tokens};

/// How deep groups may nest; more is not understood.
const DEEPEST: usize = 40;

/// Commands one after the other.
pub(super) type List = Vec<Chain>;

/// Commands joined by `&&` and `||`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    /// The first command, and the others with what stands before each.
    pub(super) parts: Vec<(Joint, Command)>,
    /// Where it stands.
    pub(super) span: Span,
    /// It ends in `&`.
    pub(super) in_background: bool,
}

/// What stands before a command of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    First,
    And,
    Or,
}

/// A command.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Command {
    /// A program or builtin with its words.
    Simple(Vec<Word>),
    /// `a | b`
    Pipe(Vec<Command>),
    /// `! a`
    Not(Box<Command>),
    /// `{ …; }` or `( … )`
    Group(List),
    /// `if cond; then body; else orelse; fi`
    If { cond: List, body: List, orelse: List },
    /// `while`, `until`, `for`
    Loop(Vec<List>),
    /// The branches of `case`.
    Case(Vec<List>),
    /// The body of a function.
    Function(List),
}

/// Reads `text`, which stands at `offset` of its file. With `fold`, line ends are blanks.
pub(super) fn parse(text: &str, offset: usize, fold: bool) -> List {
    let tokens = tokens(text, offset, fold);
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0 };
    let mut list = parser.list(&[]);
    // A stray `fi` or `)` ends what is understood; go on behind it.
    while parser.at < tokens.len() {
        parser.at += 1;
        list.extend(parser.list(&[]));
    }
    list
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn list(&mut self, ends: &[&str]) -> List {
        let mut list = Vec::new();
        if self.depth > DEEPEST {
            self.at = self.tokens.len();
            return list;
        }
        self.depth += 1;
        loop {
            while self.operator().is_some_and(|op| matches!(op, "\n" | ";" | "&" | ";;")) {
                if self.operator() == Some(";;") && ends.contains(&";;") {
                    break;
                }
                self.at += 1;
            }
            let is_end = match self.tokens.get(self.at) {
                None => true,
                Some(Token::Operator(op, _)) => *op == ")" || *op == ";;",
                Some(Token::Word(word)) => {
                    word.is_plain && (ends.contains(&word.text.as_str()) || is_closer(&word.text))
                }
            };
            if is_end {
                break;
            }
            let before = self.at;
            list.push(self.chain());
            // Always goes on.
            self.at = self.at.max(before + 1);
        }
        self.depth -= 1;
        list
    }

    fn chain(&mut self) -> Chain {
        let start = self.tokens.get(self.at).map_or(0, |token| token.span().start);
        let mut parts = vec![(Joint::First, self.pipe())];
        loop {
            let joint = match self.operator() {
                Some("&&") => Joint::And,
                Some("||") => Joint::Or,
                _ => break,
            };
            self.at += 1;
            self.skip_lines();
            parts.push((joint, self.pipe()));
        }
        let end = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(start, |token| token.span().end);
        Chain { parts, span: Span::new(start, end.max(start)), in_background: self.operator() == Some("&") }
    }

    fn pipe(&mut self) -> Command {
        if self.keyword("!") {
            while self.keyword("!") {
                self.at += 1;
            }
            return Command::Not(Box::new(self.pipe()));
        }
        let mut commands = vec![self.command()];
        while self.operator() == Some("|") {
            self.at += 1;
            self.skip_lines();
            commands.push(self.command());
        }
        if commands.len() > 1 { Command::Pipe(commands) } else { commands.pop().unwrap_or(Command::Simple(Vec::new())) }
    }

    fn command(&mut self) -> Command {
        if self.operator() == Some("(") {
            self.at += 1;
            let list = self.list(&[]);
            self.skip_operator(")");
            return Command::Group(list);
        }
        let Some(Token::Word(word)) = self.tokens.get(self.at) else { return Command::Simple(Vec::new()) };
        if word.is_plain {
            match word.text.as_str() {
                "{" => {
                    self.at += 1;
                    let list = self.list(&["}"]);
                    self.skip_word("}");
                    return Command::Group(list);
                }
                "if" => return self.conditional(),
                "while" | "until" => {
                    self.at += 1;
                    let cond = self.list(&["do"]);
                    return Command::Loop(vec![cond, self.loop_body()]);
                }
                "for" | "select" => {
                    self.until_line_end();
                    self.skip_lines();
                    return Command::Loop(vec![self.loop_body()]);
                }
                "case" => return self.case(),
                "function" => {
                    self.at += 2;
                    self.skip_operator("(");
                    self.skip_operator(")");
                    return self.function();
                }
                _ => {}
            }
        }
        if let (Some(Token::Operator("(", _)), Some(Token::Operator(")", _))) =
            (self.tokens.get(self.at + 1), self.tokens.get(self.at + 2))
        {
            self.at += 3;
            return self.function();
        }
        let mut words = Vec::new();
        while let Some(Token::Word(word)) = self.tokens.get(self.at) {
            words.push(word.clone());
            self.at += 1;
        }
        Command::Simple(words)
    }

    /// From its body on.
    fn function(&mut self) -> Command {
        self.skip_lines();
        if self.depth > DEEPEST {
            self.at = self.tokens.len();
            return Command::Function(Vec::new());
        }
        self.depth += 1;
        let body = self.command();
        self.depth -= 1;
        Command::Function(as_list(body))
    }

    /// From `if` or `elif`.
    fn conditional(&mut self) -> Command {
        self.at += 1;
        let cond = self.list(&["then"]);
        self.skip_word("then");
        let body = self.list(&["elif", "else", "fi"]);
        let orelse = if self.keyword("elif") {
            let span = self.tokens.get(self.at).map_or(Span::default(), Token::span);
            if self.depth > DEEPEST {
                self.at = self.tokens.len();
                return Command::If { cond, body, orelse: Vec::new() };
            }
            self.depth += 1;
            let inner = self.conditional();
            self.depth -= 1;
            return Command::If {
                cond,
                body,
                orelse: vec![Chain { parts: vec![(Joint::First, inner)], span, in_background: false }],
            };
        } else if self.keyword("else") {
            self.at += 1;
            self.list(&["fi"])
        } else {
            Vec::new()
        };
        self.skip_word("fi");
        Command::If { cond, body, orelse }
    }

    fn loop_body(&mut self) -> List {
        while self.operator().is_some_and(|op| matches!(op, "\n" | ";")) {
            self.at += 1;
        }
        self.skip_word("do");
        let body = self.list(&["done"]);
        self.skip_word("done");
        body
    }

    fn case(&mut self) -> Command {
        while !self.keyword("in") && self.operator() != Some("\n") && self.at < self.tokens.len() {
            self.at += 1;
        }
        self.at += 1;
        let mut branches = Vec::new();
        loop {
            while self.operator().is_some_and(|op| matches!(op, "\n" | ";" | ";;")) {
                self.at += 1;
            }
            if self.keyword("esac") || self.at >= self.tokens.len() {
                break;
            }
            // The pattern.
            while self.operator() != Some(")") && self.at < self.tokens.len() {
                self.at += 1;
            }
            self.at += 1;
            branches.push(self.list(&["esac", ";;"]));
            if self.operator() == Some(")") {
                break;
            }
        }
        self.skip_word("esac");
        Command::Case(branches)
    }

    fn operator(&self) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Operator(op, _)) => Some(op),
            _ => None,
        }
    }

    fn keyword(&self, text: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.is_plain && word.text == text)
    }

    fn skip_word(&mut self, text: &str) {
        if self.keyword(text) {
            self.at += 1;
        }
    }

    fn skip_operator(&mut self, text: &str) {
        if self.operator() == Some(text) {
            self.at += 1;
        }
    }

    fn skip_lines(&mut self) {
        while self.operator() == Some("\n") {
            self.at += 1;
        }
    }

    fn until_line_end(&mut self) {
        while !self.keyword("do") && !matches!(self.operator(), Some("\n" | ";")) && self.at < self.tokens.len() {
            self.at += 1;
        }
    }
}

/// Words that end a list, whoever began it.
fn is_closer(word: &str) -> bool {
    matches!(word, "then" | "elif" | "else" | "fi" | "do" | "done" | "esac" | "}")
}

fn as_list(command: Command) -> List {
    match command {
        Command::Group(list) => list,
        other => vec![Chain { parts: vec![(Joint::First, other)], span: Span::default(), in_background: false }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree, short: words joined, groups in brackets.
    fn short(list: &List) -> String {
        let chains: Vec<String> = list.iter().map(chain).collect();
        chains.join("; ")
    }

    fn chain(chain: &Chain) -> String {
        let parts = chain.parts.iter().map(|(joint, command)| match joint {
            Joint::First => one(command),
            Joint::And => format!(" && {}", one(command)),
            Joint::Or => format!(" || {}", one(command)),
        });
        parts.collect()
    }

    fn one(command: &Command) -> String {
        match command {
            Command::Simple(words) => words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "),
            Command::Pipe(commands) => commands.iter().map(one).collect::<Vec<_>>().join(" | "),
            Command::Not(command) => format!("! {}", one(command)),
            Command::Group(list) => format!("({})", short(list)),
            Command::If { cond, body, orelse } => format!("if({})({})({})", short(cond), short(body), short(orelse)),
            Command::Loop(lists) => format!("loop({})", lists.iter().map(short).collect::<Vec<_>>().join(")(")),
            Command::Case(lists) => format!("case({})", lists.iter().map(short).collect::<Vec<_>>().join(")(")),
            Command::Function(list) => format!("fn({})", short(list)),
        }
    }

    fn read(text: &str) -> String {
        short(&parse(text, 0, false))
    }

    #[test]
    fn chains_groups_and_blocks_are_told_apart() {
        for (text, expected) in [
            ("a b && c || d; e\nf", "a b && c || d; e; f"),
            ("a || { echo no; exit 1; }", "a || (echo no; exit 1)"),
            ("a ||\n  (b; c)\nd", "a || (b; c); d"),
            ("if a; then b; elif c; then d; else e; fi; g", "if(a)(b)(if(c)(d)(e)); g"),
            ("if ! a\nthen\n b\nfi", "if(! a)(b)()"),
            ("until a; do sleep 1; done\nb", "loop(a)(sleep 1); b"),
            ("for i in 1 2; do a; done", "loop(a)"),
            ("case $1 in\n web) a ;;\n x|y)\n b\n ;;\n *) exec \"$@\"\nesac\nz", "case(a)(b)(exec $@); z"),
            ("m() {\n a\n}\nfunction n { b; }\nm", "fn(a); fn(b); m"),
            ("a | tee log && b", "a | tee log && b"),
            ("a 2>&1 >log </dev/null && b", "a && b"),
            ("cat <<EOF\nalembic upgrade head\nEOF\nb", "cat; b"),
            ("a \\\n  b # c\nd", "a b; d"),
            ("echo 'x; y' \"z && $(w; v)\"", "echo x; y z && $(w; v)"),
            ("x=$(a; b) c", "x=$(a; b) c"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_file() {
        let list = parse("x\n alembic upgrade head || true\n", 100, false);
        assert_eq!(list[1].span, Span::new(103, 131));
    }

    #[test]
    fn what_does_not_fit_ends() {
        for text in ["fi fi ) ;; }", "if", "case", "case x in", "( ( (", "{", "a ||", "'", "\"$(", "<<", "function"] {
            let _ = parse(text, 0, false);
        }
        let _ = parse(&"( ".repeat(10_000), 0, false);
        for deep in ["if a; then b; el", "if a; then b; elif ", "! ", "a() ", "function a ", "! a() { ", "$(", "\"$("] {
            let _ = parse(&deep.repeat(30_000), 0, false);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(if|then|fi|case|in|esac|a|;|;;|&&|\\|\\||\\(|\\)|\\{|\\}|\n| |'|\"|\\$\\(|<<|E|\\\\|é|#|!|do|done|for){0,60}") {
            let _ = parse(&text, 0, false);
            let _ = parse(&text, 0, true);
        }
    }
}
