//! What Alembic refuses of what was typed.

use super::{at_head, explained};
use crate::support::sandbox::Sandbox;

#[test]
fn identifiers_that_name_nothing_or_too_much() {
    let sandbox = at_head();
    let typed = explained(&sandbox, &["downgrade", "a"]);
    typed.settles("cannot-locate-revision", &[]);
    typed.says("cannot-locate-revision", "3 revisions or labels start with 'a'");
    let typed = explained(&sandbox, &["downgrade", "A2AA"]);
    typed.says("cannot-locate-revision", "did you mean a2aa");
    typed.says("cannot-locate-revision", "no version table that was looked at holds it");
    let typed = explained(&sandbox, &["upgrade", "shop@head"]);
    typed.says("cannot-locate-revision", "no revision or branch label is 'shop'");
}

#[test]
fn steps_and_ranges() {
    let sandbox = at_head();
    for (arguments, name) in [
        (&["upgrade", "+1"][..], "relative-revision-too-far"),
        (&["downgrade", "-5"], "relative-revision-too-far"),
        (&["history", "-r", "a3aa:a1aa"], "range-not-related"),
        (&["upgrade", "a1aa:a2aa"], "range-not-allowed"),
        (&["downgrade", "a1aa", "--sql"], "range-not-allowed"),
        (&["revision", "--head", "a1aa", "-mx"], "not-a-head"),
    ] {
        explained(&sandbox, arguments).settles(name, &[]);
    }
    explained(&sandbox, &["upgrade", "+1"]).says("relative-revision-too-far", "database default is at head");
}

#[test]
fn a_downgrade_to_what_is_not_below() {
    let sandbox = at_head().revision("b3bb", &["a2aa"]);
    explained(&sandbox, &["downgrade", "b3bb"]).settles("not-a-downgrade-target", &[]);
}

#[test]
fn a_walk_that_could_go_two_ways() {
    let sandbox = Sandbox::with_project()
        .revision("a1aa", &[])
        .revision("a2aa", &["a1aa"])
        .revision("b2bb", &["a1aa"])
        .database_url("sqlite:///app.db");
    assert_eq!(sandbox.alembic(&["upgrade", "a1aa"]).status, 0);
    explained(&sandbox, &["upgrade", "+1"]).settles("ambiguous-walk", &["multiple-heads"]);
}
