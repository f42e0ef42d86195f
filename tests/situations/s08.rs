//! S08: both sides of a fork change the same thing, and a blind merge hides it until it runs.

use std::fs;

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "both add the same column, and are guarded", cure: guarded },
    Story { what: "both add the same column, and one moves", cure: moved },
    Story { what: "both change a type, and somebody decides", cure: decided },
];

/// That a file has been edited stays worth a warning.
fn is_at_head(shop: &Shop) {
    let (document, code) = shop.report(&[]);
    assert_eq!((document["databases"][0]["state"].as_str(), code), (Some("at-head"), 0), "{document:#}");
    assert_eq!(shop.rows("t_a1aa"), 1, "a row was lost");
}

const ADD: &str = "op.add_column(\"t_a1aa\", sa.Column(\"email\", sa.String(50)))";

fn both_add(shop: &Shop) {
    for id in ["c3cc", "d4dd"] {
        shop.revision_with(id, Some("b2bb"), ADD, "op.drop_column(\"t_a1aa\", \"email\")");
        shop.commit(id);
    }
    shop.upgrade("c3cc");
}

fn shown(shop: &Shop) -> serde_json::Value {
    let found = shop.finds("multiple-heads");
    says(&found, "identical: t_a1aa.email (migrations/versions/c3cc_.py");
    // A look: nothing is written while it would not work.
    shop.follow(&found["next"]);
    shop.refuses("alembic upgrade head", "Multiple head revisions");
    found
}

fn guarded() {
    let shop = Shop::on_postgres();
    both_add(&shop);
    shown(&shop);
    // The column is c3cc's, not what a run of d4dd has left.
    let pending = shop.finds("half-applied-revision");
    says(&pending, "d4dd is pending, and makes what c3cc made already");
    says(&pending, "done: column t_a1aa.email (migrations/versions/d4dd_.py:");
    assert!(!pending["or"].to_string().contains("DROP"), "{pending:#}");
    let (said, worked) = shop.run("alembic-doctor merge");
    assert!(!worked && said.contains("d4dd_.py:"), "{said}");
    shop.refuses("alembic upgrade head", "already exists");
    // What it says: `put it under …`.
    let test =
        "if \"email\" not in [column[\"name\"] for column in sa.inspect(op.get_bind()).get_columns(\"t_a1aa\")]:";
    assert!(said.split_whitespace().collect::<Vec<_>>().join(" ").contains(test), "{said}");
    for id in ["c3cc", "d4dd"] {
        shop.edit(
            &format!("migrations/versions/{id}_.py"),
            &format!("    {ADD}"),
            &format!("    {test}\n        {ADD}"),
        );
    }
    shop.commit("guard both");
    shop.upgrade_more("head");
    assert_eq!(shop.rows("t_a1aa WHERE email IS NULL"), 1);
    is_at_head(&shop);
}

fn moved() {
    let shop = Shop::new();
    both_add(&shop);
    let found = shown(&shop);
    assert_eq!(found["or"][0][0]["command"], "alembic-doctor rebase d4dd --onto c3cc");
    shop.follow(&found["or"][0]);
    let text = fs::read_to_string(shop.versions("d4dd")).unwrap();
    let text = text.replace(&format!("    {ADD}"), "    op.create_table(\"t_d4dd\", sa.Column(\"id\", sa.Integer))");
    fs::write(
        shop.versions("d4dd"),
        text.replace("op.drop_column(\"t_a1aa\", \"email\")", "op.drop_table(\"t_d4dd\")"),
    )
    .unwrap();
    shop.upgrade_more("head");
    is_at_head(&shop);
}

fn decided() {
    let shop = Shop::on_postgres();
    for (id, length) in [("c3cc", 100), ("d4dd", 200)] {
        let change = format!("op.alter_column(\"t_a1aa\", \"id\", type_=sa.Numeric({length}))");
        shop.revision_with(id, Some("b2bb"), &change, "pass");
        shop.commit(id);
    }
    shop.upgrade("d4dd");
    let found = shop.finds("multiple-heads");
    says(&found, "order-dependent: the type of t_a1aa.id");
    shop.follow(&found["next"]);
    shop.must("alembic-doctor merge --prefer d4dd");
    shop.upgrade_more("head");
    let precision = "information_schema.columns WHERE table_name = 't_a1aa' AND numeric_precision = 200";
    assert_eq!(shop.rows(precision), 1, "c3cc ran last, and d4dd holds");
    is_at_head(&shop);
}
