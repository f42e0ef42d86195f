use jiff::Timestamp;

use super::*;
use crate::merge::{Cure, Terms, Verdict, compare};
use crate::project::Naming;
use crate::rules::testing::{facts, revision, revision_with};

/// The facts with these sides after `a`.
fn forked(sides: &[(&str, &str)]) -> Facts {
    let mut revisions = vec![revision("a", &[])];
    revisions.extend(sides.iter().map(|(id, upgrade)| revision_with(id, &["a"], upgrade)));
    let mut facts = facts(revisions);
    facts.read_operations();
    facts
}

fn compared(facts: &Facts) -> Comparison {
    compare(facts, &tips(facts, &[]).unwrap(), Terms { dialect: "postgresql", prefer: None })
}

fn verdicts(sides: &[(&str, &str)]) -> Vec<(Verdict, String)> {
    let comparison = compared(&forked(sides));
    comparison.pairs.iter().map(|pair| (pair.verdict, pair.thing.clone())).collect()
}

fn written(facts: &Facts) -> String {
    let naming = Naming { timezone: Some("UTC".to_owned()), ..Naming::default() };
    let moment = Moment::new(Timestamp::UNIX_EPOCH, &naming).unwrap();
    let wanted = Wanted { id: "m".to_owned(), ..Wanted::default() };
    scaffold(facts, &compared(facts), &wanted, None, &moment).unwrap().file.text
}

#[test]
fn of_three_sides_each_two_are_compared() {
    let add = "op.add_column(\"t\", sa.Column(\"x\", sa.Integer()))";
    let found = verdicts(&[("b", add), ("c", add), ("d", "op.drop_table(\"t\")")]);
    let count = |verdict| found.iter().filter(|(own, _)| *own == verdict).count();
    assert_eq!((count(Verdict::Identical), count(Verdict::OrderDependent)), (1, 2), "{found:?}");
}

#[test]
fn what_a_side_renames_is_still_the_same_table() {
    let found = verdicts(&[
        ("b", "op.rename_table(\"t\", \"u\")\n    op.add_column(\"u\", sa.Column(\"x\", sa.Integer()))"),
        ("c", "op.add_column(\"t\", sa.Column(\"x\", sa.Integer()))"),
    ]);
    let expected = [(Verdict::OrderDependent, "t".to_owned()), (Verdict::Conflict, "t.x".to_owned())];
    assert_eq!(found, expected);
}

#[test]
fn code_that_is_not_understood_meets_only_what_it_names() {
    let touching = "help_with(op, \"t\")";
    let add = "op.add_column(\"t\", sa.Column(\"x\", sa.Integer()))";
    let facts = forked(&[("b", touching), ("c", add)]);
    let comparison = compared(&facts);
    let [pair] = comparison.pairs.as_slice() else { panic!("{:?}", comparison.pairs) };
    assert_eq!(pair.verdict, Verdict::Unknown);
    assert!(matches!(pair.cure, Cure::Decide(_)), "{:?}", pair.cure);
    let text = written(&facts);
    assert!(text.contains("raise RuntimeError(\"decide first: "), "{text}");
    assert_eq!(verdicts(&[("b", touching), ("c", &add.replace("\"t\"", "\"other\""))]), []);
}

#[test]
fn nothing_from_a_revision_gets_out_of_the_docstring_or_a_comment() {
    let evil = "op.execute('UPDATE t SET x = \"\"\"\"\\\\N')";
    let facts = forked(&[("b", evil), ("c", &evil.replace('N', "M"))]);
    // It is read back before it is written, and has the right parents.
    let text = written(&facts);
    assert!(text.contains("down_revision: Union[str, Sequence[str], None] = ('b', 'c')"), "{text}");
}

#[test]
fn only_heads_that_can_be_joined_are() {
    let facts = forked(&[("b", "pass"), ("c", "pass")]);
    let refused = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        tips(&facts, &names).unwrap_err().to_string()
    };
    assert!(refused(&["a", "b"]).contains("a is no head"));
    assert!(refused(&["b", "b"]).contains("named twice"));
    assert!(refused(&["b"]).contains("name another one with b: c"));
    assert_eq!(tips(&facts, &["heads".to_owned()]).unwrap(), ["b", "c"]);
}
