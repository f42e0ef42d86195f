//! S14: a revision was edited after it had been applied.

use super::Story;
use crate::support::shop::{Shop, leaves_the_choice, names, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "the change becomes a revision of its own", cure: the_change_becomes_a_revision },
    Story { what: "written otherwise, and the same", cure: the_same_written_otherwise_is_no_finding },
    Story { what: "edited before it was pushed", cure: what_was_pushed_together_is_no_finding },
    Story { what: "edited between two releases", cure: what_was_never_released_is_an_info },
];

const NARROW: &str = "op.create_table(\"t_c3cc\", sa.Column(\"id\", sa.Integer))";
const WIDE: &str = "op.create_table(\"t_c3cc\", sa.Column(\"id\", sa.Integer), sa.Column(\"code\", sa.String(9)))";
const DROP: &str = "op.drop_table(\"t_c3cc\")";

fn edited() -> Shop {
    let shop = Shop::new();
    shop.revision_with("c3cc", Some("b2bb"), NARROW, DROP);
    shop.commit("add coupons");
    shop.upgrade("head");
    shop.revision_with("c3cc", Some("b2bb"), WIDE, DROP);
    shop.commit("a code for coupons");
    shop
}

fn the_change_becomes_a_revision() {
    let shop = edited();
    assert_eq!(shop.sandbox.alembic(&["upgrade", "head"]).status, 0, "nothing looks wrong");
    let (document, code) = shop.report(&[]);
    assert_eq!((names(&document), code), (vec!["edited-revision", "untrue-stamp"], 0), "{document:#}");
    let found = shop.finds("edited-revision");
    assert_eq!(found["severity"], "warning");
    for expected in ["c3cc", "upgrade()", "a code for coupons", "add coupons", "Ann", "c3cc_.py:22"] {
        says(&found, expected);
    }
    shop.follow(&found["next"]);
    let (said, _) = shop.run(found["next"][0]["command"].as_str().unwrap());
    assert!(said.contains("+") && said.contains("sa.String(9)"), "{said}");
    leaves_the_choice(&found);
    shop.follow(&found["or"][0]);
    let folder = std::fs::read_dir(shop.path().join("migrations/versions")).unwrap();
    let file =
        folder.map(|entry| entry.unwrap().path()).find(|path| path.display().to_string().contains("change_what"));
    let file = file.expect("the new revision");
    let text = std::fs::read_to_string(&file).unwrap();
    let add = "    op.add_column(\"t_c3cc\", sa.Column(\"code\", sa.String(9)))";
    std::fs::write(&file, text.replacen("    pass", add, 1)).unwrap();
    shop.upgrade_more("head");
    shop.is_healthy();
    assert_eq!(shop.rows("t_c3cc WHERE code IS NULL"), 0, "the column is there");
}

fn the_same_written_otherwise_is_no_finding() {
    let shop = Shop::new();
    shop.revision_with("c3cc", Some("b2bb"), NARROW, DROP);
    shop.commit("add coupons");
    shop.upgrade("head");
    let same =
        "\"\"\"Coupons.\"\"\"\nop.create_table(\n    't_c3cc',  # the table\n    sa.Column('id', sa.Integer),\n)";
    shop.revision_with("c3cc", Some("b2bb"), same, DROP);
    shop.commit("format");
    shop.is_healthy();
    shop.revision_with("c3cc", Some("b2bb"), NARROW, "pass");
    shop.commit("no way down");
    assert_eq!(shop.finds("edited-revision")["severity"], "info");
}

fn what_was_never_released_is_an_info() {
    let shop = edited();
    shop.git(&["tag", "v1.0"]);
    assert_eq!(shop.finds("edited-revision")["severity"], "info");
    shop.git(&["tag", "v0.9", "HEAD~1"]);
    let found = shop.finds("edited-revision");
    assert_eq!(found["severity"], "warning");
    says(&found, "v0.9");
    assert!(!found["evidence"].to_string().contains("v1.0"), "{found:#}");
}

fn what_was_pushed_together_is_no_finding() {
    let shop = Shop::new();
    for body in [NARROW, WIDE] {
        shop.revision_with("c3cc", Some("b2bb"), body, DROP);
        shop.git(&["add", "--all"]);
        let commit = "GIT_COMMITTER_DATE='@1900000000 +0000' git commit --quiet -m coupons";
        assert!(shop.run(commit).1);
    }
    shop.upgrade("head");
    shop.is_healthy();
}
