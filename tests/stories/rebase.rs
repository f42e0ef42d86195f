//! `rebase` and `reid`, proved by the real Alembic: one head, the same tables, and files in which
//! nothing else has changed.

use std::fs;

use crate::support::sandbox::{Run, revision_text};
use crate::support::shop::Shop;

/// `b2bb` forks into `c3cc`, which is committed on main, and `d4dd` and `e5ee` on a branch.
fn forked() -> Shop {
    let shop = Shop::new();
    shop.git(&["checkout", "--quiet", "-b", "feature"]);
    shop.revision("d4dd", Some("b2bb"));
    shop.revision("e5ee", Some("d4dd"));
    shop.commit("refunds");
    shop.git(&["checkout", "--quiet", "main"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("coupons");
    shop.git(&["checkout", "--quiet", "feature"]);
    shop.git(&["merge", "--quiet", "main"]);
    shop
}

fn text(shop: &Shop, id: &str) -> String {
    fs::read_to_string(shop.versions(id)).unwrap()
}

fn tables(shop: &Shop) -> i64 {
    shop.rows("sqlite_master WHERE type = 'table'")
}

fn refuses(run: &Run, why: &str) {
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.is_empty() && run.stderr.contains(why), "{run}");
}

#[test]
fn the_side_that_no_database_has_moves_and_alembic_has_one_head() {
    let shop = forked();
    shop.upgrade("c3cc");
    let before = text(&shop, "d4dd");
    let shown = shop.sandbox.doctor(&["rebase", "--dry-run"]);
    assert!(shown.code == Some(0) && shown.stdout.contains("would change migrations/versions/d4dd_.py"), "{shown}");
    assert_eq!(text(&shop, "d4dd"), before);

    let run = shop.sandbox.doctor(&["rebase"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(run.stdout.contains("down_revision \"b2bb\" -> \"c3cc\""), "{run}");
    assert_eq!(text(&shop, "d4dd"), before.replace("b2bb", "c3cc"));
    assert!(shop.sandbox.alembic(&["heads"]).stdout.starts_with("e5ee (head)"));
    assert_eq!(shop.sandbox.alembic(&["upgrade", "head"]).status, 0);
    shop.is_healthy();
    assert_eq!(tables(&shop), 6, "five tables and the version table");
    assert_eq!(shop.sandbox.alembic(&["downgrade", "base"]).status, 0);
}

/// A side with a fork and a merge inside of it.
#[test]
fn a_database_ends_with_the_same_tables_as_before_the_side_moved() {
    for shop in Shop::on_each() {
        let column = |name: &str| format!("op.add_column(\"t_b2bb\", sa.Column({name:?}, sa.String(40)))");
        let drop = |name: &str| format!("op.drop_column(\"t_b2bb\", {name:?})");
        shop.revision_with("c3cc", Some("b2bb"), &column("coupon"), &drop("coupon"));
        shop.revision_with("d4dd", Some("b2bb"), &column("refund"), &drop("refund"));
        let index = "op.create_index(\"ix_refund\", \"t_b2bb\", [\"refund\"])";
        shop.revision_with("e5ee", Some("d4dd"), index, "op.drop_index(\"ix_refund\", \"t_b2bb\")");
        shop.revision("f6ff", Some("d4dd"));
        let merge = revision_text("a7aa", &["e5ee", "f6ff"], "", "    pass");
        shop.sandbox.write("migrations/versions/a7aa_.py", &merge);
        shop.upgrade_more("heads");
        let before = shop.catalog();
        shop.must("alembic downgrade base");

        let run = shop.sandbox.doctor(&["rebase", "a7aa", "--onto", "c3cc"]);
        assert_eq!(run.code, Some(0), "{run}");
        assert_eq!(text(&shop, "a7aa"), merge, "the merge inside of it stays as it is");
        assert_eq!(shop.must("alembic heads").trim(), "a7aa (head)");
        shop.upgrade("head");
        assert!(before.iter().any(|line| line.contains("ix_refund")), "{before:?}");
        assert_eq!(shop.catalog(), before);
        shop.is_healthy();
    }
}

#[test]
fn what_stands_in_one_line_is_said_in_its_order() {
    let shop = forked();
    for (tip, onto, why) in [
        ("a1aa", "c3cc", "c3cc continues a1aa already"),
        ("c3cc", "a1aa", "c3cc continues a1aa already"),
        ("c3cc", "c3cc", "c3cc is named twice"),
    ] {
        let run = shop.sandbox.doctor(&["rebase", tip, "--onto", onto]);
        assert!(run.code == Some(2) && run.stderr.contains(why), "{run}");
    }
    let run = Shop::new().sandbox.doctor(&["rebase"]);
    assert!(run.code == Some(2) && run.stderr.contains("there is one head"), "{run}");
}

#[test]
fn what_a_database_has_stays_whatever_is_assumed() {
    let shop = forked();
    shop.upgrade("d4dd");
    for flags in [&[][..], &["--assume-undeployed"]] {
        let run = shop.sandbox.doctor(&[&["rebase", "e5ee", "--onto", "c3cc"], flags].concat());
        refuses(&run, "database default has d4dd");
        assert!(run.stderr.contains("alembic-doctor rebase c3cc --onto e5ee"), "the other side may: {run}");
    }
    // The side that may move is found without being named.
    assert_eq!(shop.sandbox.doctor(&["rebase"]).code, Some(0));
    assert_eq!(shop.sandbox.alembic(&["upgrade", "head"]).status, 0);
    shop.is_healthy();
}

#[test]
fn nothing_moves_when_both_sides_have_run() {
    let shop = forked();
    shop.upgrade("heads");
    let run = shop.sandbox.doctor(&["rebase"]);
    refuses(&run, "no side may move");
    assert!(run.stderr.contains("alembic-doctor merge"), "{run}");
}

#[test]
fn a_database_that_cannot_be_seen_may_have_it() {
    let shop = forked();
    let url = ["--url", "postgresql://u:s3cret@127.0.0.1:1/x"];
    let run = shop.sandbox.doctor(&[&["rebase", "e5ee", "--onto", "c3cc"], &url[..]].concat());
    refuses(&run, "could not be looked at");
    assert!(!run.stderr.contains("s3cret"), "{run}");
    let run = shop.sandbox.doctor(&[&["rebase", "e5ee", "--onto", "c3cc", "--assume-undeployed"], &url[..]].concat());
    assert_eq!(run.code, Some(0), "{run}");
}

#[test]
fn without_a_database_the_default_branch_and_tags_count_as_deployed() {
    let shop = forked();
    let offline = |arguments: &[&str]| shop.sandbox.doctor(&[&["--offline", "rebase"], arguments].concat());
    refuses(&offline(&["c3cc", "--onto", "e5ee"]), "c3cc is on main");
    shop.git(&["tag", "v1"]);
    refuses(&offline(&["e5ee", "--onto", "c3cc"]), "d4dd is on v1");
    shop.git(&["tag", "--delete", "v1"]);
    assert_eq!(offline(&[]).code, Some(0), "only the side of the branch may move");
    assert!(text(&shop, "d4dd").contains("down_revision: Union[str, Sequence[str], None] = \"c3cc\""));
}

#[test]
fn a_released_revision_moves_when_a_person_knows_better() {
    let shop = forked();
    let run = shop.sandbox.doctor(&["--offline", "rebase", "c3cc", "--onto", "e5ee", "--assume-undeployed"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(text(&shop, "c3cc").contains("= \"e5ee\""));
}

#[test]
fn two_sides_that_may_both_move_are_a_person_s_choice() {
    let shop = Shop::new();
    shop.git(&["checkout", "--quiet", "-b", "feature"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.revision("d4dd", Some("b2bb"));
    let run = shop.sandbox.doctor(&["--offline", "rebase"]);
    refuses(&run, "choose one");
    assert!(run.stderr.contains("rebase c3cc --onto d4dd") && run.stderr.contains("rebase d4dd --onto c3cc"), "{run}");
}

#[test]
fn carriage_returns_comments_and_quotes_stay() {
    let shop = forked();
    let path = shop.versions("d4dd");
    let odd =
        text(&shop, "d4dd").replace("= \"b2bb\"", "=  'b2bb'  # the order of \"b2bb\" matters").replace('\n', "\r\n");
    fs::write(&path, &odd).unwrap();
    shop.upgrade("c3cc");
    assert_eq!(shop.sandbox.doctor(&["rebase"]).code, Some(0));
    let expected = odd.replace("=  'b2bb'", "=  'c3cc'").replace("Revises: b2bb", "Revises: c3cc");
    assert_eq!(text(&shop, "d4dd"), expected);
}

#[test]
fn a_header_that_is_computed_is_refused_and_nothing_is_written() {
    let shop = forked();
    fs::write(shop.versions("d4dd"), text(&shop, "d4dd").replace("= \"b2bb\"", "= parent()")).unwrap();
    let run = shop.sandbox.doctor(&["--offline", "rebase", "e5ee", "--onto", "c3cc", "--assume-undeployed"]);
    assert_ne!(run.code, Some(0), "{run}");
    assert!(text(&shop, "d4dd").contains("parent()"));
}

/// `b2bb` stands in two files; the copy makes another table.
fn doubled() -> Shop {
    let shop = Shop::new();
    let upgrade = "    op.create_table(\"t_copy\", sa.Column(\"id\", sa.Integer))";
    shop.sandbox.write("migrations/versions/b2bb_copy.py", revision_text("b2bb", &["a1aa"], "", upgrade));
    shop
}

#[test]
fn one_of_two_files_gets_another_id_and_both_can_run() {
    let shop = doubled();
    shop.upgrade("a1aa");
    let run = shop.sandbox.doctor(&["reid", "migrations/versions/b2bb_copy.py", "--rev-id", "c3cc"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(!shop.path().join("migrations/versions/b2bb_copy.py").exists());
    let text = fs::read_to_string(shop.path().join("migrations/versions/c3cc_copy.py")).unwrap();
    assert!(text.contains("Revision ID: c3cc") && text.contains("revision: str = \"c3cc\""), "{text}");
    assert_eq!(shop.sandbox.doctor(&["rebase", "c3cc", "--onto", "b2bb"]).code, Some(0));
    assert_eq!(shop.sandbox.alembic(&["upgrade", "head"]).status, 0);
    shop.is_healthy();
    assert_eq!((shop.rows("t_b2bb"), shop.rows("t_copy")), (0, 0));
}

#[test]
fn an_id_that_a_database_has_or_that_is_alone_stays() {
    let shop = doubled();
    let copy = "migrations/versions/b2bb_copy.py";
    shop.upgrade("heads");
    refuses(&shop.sandbox.doctor(&["reid", copy]), "database default has b2bb");
    assert_eq!(shop.sandbox.doctor(&["reid", "migrations/versions/a1aa_.py"]).code, Some(2));
    assert_eq!(shop.sandbox.doctor(&["reid", "nowhere.py"]).code, Some(2));
    refuses(&shop.sandbox.doctor(&["--offline", "reid", copy]), "b2bb is on main");
    let run = shop.sandbox.doctor(&["--offline", "reid", copy, "--assume-undeployed", "--dry-run"]);
    assert!(run.code == Some(0) && shop.path().join(copy).exists(), "{run}");
}
