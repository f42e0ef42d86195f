//! The parts together: places, hostile input, and that the short cuts change nothing.

use proptest::prelude::*;

use super::ast::{Expr, ExprKind, Stmt};
use super::*;

fn with_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap()
}

fn error(text: &str) -> SyntaxError {
    parse(text, 0).unwrap_err()
}

fn names_with_text(text: &str) -> Vec<(String, &str)> {
    let statements = parse(text, 0).unwrap();
    let mut found = Vec::new();
    for statement in &statements {
        for expr in statement.expressions() {
            expr.walk(&mut |expr: &Expr| {
                if let ExprKind::Name(name) = &expr.kind {
                    found.push((name.clone(), text.get(expr.span.start..expr.span.end).unwrap_or("?")));
                }
            });
        }
    }
    found
}

#[test]
fn places_are_byte_offsets_also_in_f_strings_and_behind_other_scripts() {
    let text = "é = 'ü' + f'ß{name}' + other # ä\n";
    for (name, at) in names_with_text(text) {
        assert_eq!(name, at);
    }
    let in_crlf = names_with_text("x = f'''a\r\nb{name}'''\r\n");
    assert_eq!(in_crlf.last().unwrap(), &("name".to_owned(), "f'''a\r\nb{name}'''"));
    let statements = parse("é = y", 100).unwrap();
    assert_eq!(statements[0].span, Span::new(100, 106));
}

#[test]
fn errors_have_plain_words_and_a_place() {
    for (text, message, offset) in [
        ("é = 'a\n", "unterminated string literal", None),
        ("'''a\n", "unterminated triple-quoted string literal", None),
        ("x = (1,\n", "a bracket is never closed", None),
        ("  x = 1\n", "unexpected indent", None),
        ("if x:\ny\n", "expected an indented block", Some(6)),
        ("é = = 2", "invalid syntax", Some(5)),
        ("x = 0777", "invalid number", None),
        ("x = $", "a character that cannot stand in code", None),
        ("x = )", "a closing bracket has no opening one", None),
        ("if x:\n  a\n b\n", "unindent does not match any outer indentation level", None),
        ("if x:\n\ta\n  b\n", "inconsistent use of tabs and spaces in indentation", None),
    ] {
        let error = error(text);
        assert_eq!(error.message, message, "{text}");
        assert!(error.offset <= text.len() && !error.maybe_newer_python, "{text}: {error:?}");
        if let Some(offset) = offset {
            assert_eq!(error.offset, offset, "{text}");
        }
    }
}

#[test]
fn newer_python_is_not_called_broken() {
    for text in [
        "x = f\"{y[\"a\"]}\"\n",
        "def upgrade():\n    x = f'{a['b']}'\n",
        "x = f\"{f\"{1}\"}\"\n",
        "class A[T = int]: pass\n",
        "try:\n  a\nexcept A, B:\n  b\n",
        "x = t'{y}'\n",
    ] {
        assert!(error(text).maybe_newer_python, "{text}");
    }
    assert!(!error("x = = 1\ny = f\"{y[\"a\"]}\"\n").maybe_newer_python);
}

#[test]
fn hostile_nesting_never_overflows_the_stack() {
    with_stack(|| {
        for text in [
            "(".repeat(10_000),
            format!("x = {}{}", "[".repeat(5_000), "]".repeat(5_000)),
            format!("x = {}1", "-".repeat(50_000)),
            format!("x = 1{}", "+1".repeat(50_000)),
            format!("x = a{}", ".b".repeat(50_000)),
            format!("x = {}1", "lambda: ".repeat(50_000)),
            format!("x = {}1", "f'{".repeat(5_000)),
        ] {
            assert!(parse(&text, 0).is_err());
        }
    });
}

#[test]
fn three_thousand_levels_are_parsed_walked_and_dropped() {
    with_stack(|| {
        for text in [
            format!("x = {}1", "-".repeat(2_990)),
            format!("x = 1{}", "+1".repeat(2_990)),
            format!("x = a{}", ".b".repeat(2_990)),
            format!("x = a{}", "()".repeat(2_990)),
            format!("x = {}1", "not ".repeat(2_990)),
            format!("x = {}1", "a if b else ".repeat(1_490)),
            format!("x = {}1{}", "[".repeat(190), "]".repeat(190)),
            format!("x = f'{{{}1}}'", "-".repeat(2_900)),
            format!("if a: b\n{}", "elif c: d\n".repeat(2_990)),
        ] {
            let statements = parse(&text, 0).unwrap_or_else(|error| panic!("{error}: {:.60}", text));
            let mut seen = 0;
            for statement in &statements {
                statement.walk(&mut |statement: &Stmt| {
                    seen += 1;
                    for expr in statement.expressions() {
                        expr.walk(&mut |_| seen += 1);
                    }
                });
            }
            assert!(seen > 150);
            assert_eq!(statements.clone(), statements);
        }
    });
}

#[test]
fn the_short_cut_for_literals_gives_the_parsers_tree() {
    for text in [
        "revision = 'a'",
        "down_revision = None",
        "a='b'",
        "revision: str = \"é\"",
        "down_revision: Union[str, Sequence[str], None] = 'x'",
        "x : str | None = None",
        "\"\"\"doc\n\n'x'\n\"\"\"",
        "''",
        "''''''",
        "'''a''b'''",
    ] {
        let short = literal::statement(text, 7).unwrap_or_else(|| panic!("{text}"));
        let parsed = rustpython_parser::ast::Suite::parse(text, "").unwrap();
        assert_eq!(vec![short], convert_statement::Converter::new(text, 7).suite(parsed), "{text}");
    }
    for text in ["if = 'a'", "x = 'a' 'b'", "x = 'a\\n'", "x: [ = 'a'", "'a' + 'b'", "''' a''''", "x = 'a' # b", "'"] {
        assert_eq!(literal::statement(text, 0), None, "{text}");
    }
}

/// Pieces of Python and of trouble.
fn soup() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "x",
        " = ",
        "'",
        "\"",
        "'''",
        "f'",
        "f\"\"\"",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "  ",
        "\\",
        "#",
        ":",
        "!",
        "=",
        "if x:\n  ",
        "def f():\n ",
        "else:",
        "@",
        "<<<<<<< a\n",
        "=======\n",
        "é",
        "1",
        ",",
        "\\N{",
        "rb'",
        "lambda",
        "\u{c}",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_panics_and_pieces_are_in_order(text in prop_oneof![soup(), ".{0,80}"]) {
        let mut end = 0;
        for piece in statements(&text) {
            prop_assert!(piece.span.start >= end && piece.span.start < piece.span.end);
            let code = text.get(piece.span.start..piece.span.end);
            prop_assert!(code.is_some(), "a piece cuts a character");
            let _ = parse(code.unwrap_or_default(), piece.span.start);
            end = piece.span.end;
        }
        let _ = parse(&text, 0);
    }

    #[test]
    fn what_parses_as_a_whole_parses_in_pieces_to_the_same_tree(text in soup()) {
        if let Ok(whole) = parse(&text, 0) {
            let mut pieces = Vec::new();
            for piece in statements(&text) {
                let code = text.get(piece.span.start..piece.span.end).unwrap_or_default();
                pieces.extend(parse(code, piece.span.start).map_err(|e| TestCaseError::fail(format!("{e}: {code:?}")))?);
            }
            prop_assert_eq!(whole, pieces);
        }
    }

    #[test]
    fn the_short_cut_agrees_with_the_parser_wherever_it_applies(text in "[a-d]{1,3}( ?: ?(str|Final|None|str \\| None))? ?= ?['\"a-c é\\\\N]{0,8}|['\"a ]{0,9}") {
        if let Some(short) = literal::statement(&text, 0) {
            let parsed = rustpython_parser::ast::Suite::parse(&text, "");
            let parsed = parsed.map(|suite| convert_statement::Converter::new(&text, 0).suite(suite));
            prop_assert_eq!(parsed.ok(), Some(vec![short]));
        }
    }
}
