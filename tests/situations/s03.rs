//! S03: a deployed revision was re-parented, so that a new one lies below it and never runs.

use super::Story;
use crate::support::shop::{Shop, leaves_the_choice, names, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "the new one goes behind", cure: the_other_one_moves },
    Story { what: "a new revision does the work again", cure: the_work_is_done_again },
    Story { what: "on PostgreSQL, with revisions after it", cure: later_revisions_have_run },
    Story { what: "not committed yet", cure: in_the_working_tree },
    Story { what: "no table tells", cure: without_a_table_it_is_a_warning },
    Story { what: "rebased before it was merged", cure: a_rebase_before_the_merge_is_ordinary },
    Story { what: "the later one was moved", cure: the_right_one_was_moved },
];

/// `c3cc` is deployed; then `x9xx` comes, and `c3cc` is put behind it.
fn reparented(shop: Shop) -> Shop {
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    shop.revision("x9xx", Some("b2bb"));
    shop.commit("add refunds");
    shop.revision("c3cc", Some("x9xx"));
    shop.commit("make it one line");
    shop
}

/// What Alembic says about it: nothing.
fn nothing_looks_wrong(shop: &Shop) {
    for arguments in [&["upgrade", "head"][..], &["current", "--check-heads"]] {
        assert_eq!(shop.sandbox.alembic(arguments).status, 0);
    }
}

fn the_other_one_moves() {
    let shop = reparented(Shop::new());
    nothing_looks_wrong(&shop);
    let found = shop.only("reparented-revision", "at-head");
    for expected in
        ["x9xx has never run here", "c3cc", "from b2bb to x9xx", "make it one line", "add coupons", "Ann", "t_x9xx"]
    {
        says(&found, expected);
    }
    leaves_the_choice(&found);
    shop.follow(&found["next"]);
    shop.follow(&found["or"][0]);
    let (document, _) = shop.report(&[]);
    assert_eq!(names(&document), ["database-behind"], "{document:#}");
    shop.upgrade_more("head");
    shop.is_healthy();
    assert_eq!((shop.rows("t_c3cc"), shop.rows("t_x9xx")), (0, 0), "both tables are there");
}

fn the_work_is_done_again() {
    let shop = reparented(Shop::new());
    let found = shop.only("reparented-revision", "at-head");
    shop.follow(&found["or"][1]);
    catch_up(&shop);
    shop.upgrade_more("head");
    shop.is_healthy();
    assert_eq!(shop.rows("t_x9xx"), 0, "its table is there");
    // A database that ran everything in the new order gets through, too.
    shop.sql("DROP TABLE t_a1aa; DROP TABLE t_b2bb; DROP TABLE t_c3cc; DROP TABLE t_x9xx; DELETE FROM alembic_version");
    shop.upgrade("head");
    shop.is_healthy();
}

/// Fills in the empty revision as the page says.
fn catch_up(shop: &Shop) {
    let folder = std::fs::read_dir(shop.path().join("migrations/versions")).unwrap();
    let file = folder.map(|entry| entry.unwrap().path()).find(|path| path.display().to_string().contains("catch_up"));
    let file = file.expect("the new revision");
    let text = std::fs::read_to_string(&file).unwrap();
    let body = "    if not sa.inspect(op.get_bind()).has_table(\"t_x9xx\"):\n        \
                op.create_table(\"t_x9xx\", sa.Column(\"id\", sa.Integer))";
    assert!(text.contains("    pass"), "{text}");
    std::fs::write(&file, text.replacen("    pass", body, 1)).unwrap();
}

fn later_revisions_have_run() {
    let shop = reparented(Shop::on_postgres());
    shop.revision("e5ee", Some("c3cc"));
    shop.commit("add gifts");
    shop.upgrade_more("head");
    let found = shop.only("reparented-revision", "at-head");
    says(&found, "x9xx has never run here");
    shop.follow(&found["or"][0]);
    shop.upgrade_more("head");
    shop.is_healthy();
    for table in ["t_c3cc", "t_x9xx", "t_e5ee"] {
        assert_eq!(shop.rows(table), 0, "{table} is there");
    }
}

fn in_the_working_tree() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    shop.revision("x9xx", Some("b2bb"));
    shop.revision("c3cc", Some("x9xx"));
    let found = shop.only("reparented-revision", "at-head");
    says(&found, "in no commit yet");
    shop.follow(&found["or"][0]);
    shop.upgrade_more("head");
    shop.is_healthy();
}

fn without_a_table_it_is_a_warning() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.upgrade("head");
    let add = "op.add_column(\"t_a1aa\", sa.Column(\"phone\", sa.Integer))";
    shop.revision_with("x9xx", Some("b2bb"), add, "op.drop_column(\"t_a1aa\", \"phone\")");
    shop.revision("c3cc", Some("x9xx"));
    shop.commit("add phone below");
    let (document, code) = shop.report(&[]);
    assert_eq!((names(&document), code), (vec!["reparented-revision"], 0), "{document:#}");
    let found = shop.finds("reparented-revision");
    assert_eq!(found["severity"], "warning");
    says(&found, "may never have run here");
    says(&found, "not known");
    shop.follow(&found["or"][0]);
    shop.upgrade_more("head");
    shop.is_healthy();
    assert_eq!(shop.rows("t_a1aa WHERE phone IS NULL"), 1, "the column is there");

    // Once something that came after the move has run, the database may be younger than all of it.
    let shop = reparented_by_column_then_more();
    assert_eq!(shop.finds("reparented-revision")["severity"], "info");
}

fn reparented_by_column_then_more() -> Shop {
    let shop = Shop::new();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    let add = "op.add_column(\"t_a1aa\", sa.Column(\"phone\", sa.Integer))";
    shop.revision_with("x9xx", Some("b2bb"), add, "op.drop_column(\"t_a1aa\", \"phone\")");
    shop.revision("c3cc", Some("x9xx"));
    shop.commit("add phone below");
    shop.revision("e5ee", Some("c3cc"));
    shop.commit("add gifts");
    shop.upgrade("head");
    shop
}

fn a_rebase_before_the_merge_is_ordinary() {
    let shop = Shop::new();
    shop.git(&["checkout", "--quiet", "-b", "feature"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.git(&["checkout", "--quiet", "main"]);
    shop.revision("x9xx", Some("b2bb"));
    shop.commit("add refunds");
    shop.git(&["checkout", "--quiet", "feature"]);
    shop.git(&["merge", "--quiet", "--no-edit", "main"]);
    shop.revision("c3cc", Some("x9xx"));
    shop.commit("continue main");
    shop.git(&["checkout", "--quiet", "main"]);
    shop.git(&["merge", "--quiet", "--no-ff", "--no-edit", "feature"]);
    shop.upgrade("head");
    shop.is_healthy();
}

fn the_right_one_was_moved() {
    // Both were merged; the later one was put behind the earlier one, which may be deployed.
    let shop = Shop::new();
    shop.revision("x9xx", Some("b2bb"));
    shop.commit("add refunds");
    shop.upgrade("head");
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    shop.revision("c3cc", Some("x9xx"));
    shop.commit("make it one line");
    shop.upgrade_more("head");
    shop.is_healthy();
}
