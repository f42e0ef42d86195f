//! States in which a command that looks right would lose rows, hide what is pending, or fail: what is
//! printed there, and what it does.

use serde_json::Value;

use crate::support::shop::{Shop, leaves_the_choice, says};

/// Every command of a finding.
fn commands(found: &Value) -> Vec<String> {
    let ways = found["or"].as_array().unwrap().iter().chain([&found["next"]]);
    let steps = ways.flat_map(|way| way.as_array().unwrap());
    steps.map(|step| step["command"].as_str().unwrap().to_owned()).collect()
}

fn none_has(found: &Value, what: &str) {
    assert!(!commands(found).iter().any(|command| command.contains(what)), "{what} in {found:#}");
}

fn makes(id: &str) -> String {
    format!("op.create_table(\"t_{id}\", sa.Column(\"id\", sa.Integer))")
}

#[test]
fn a_revision_whose_rows_are_not_there_is_not_recorded() {
    let shop = Shop::new();
    shop.upgrade("head");
    let upgrade = |from: &str| format!("{}\nop.execute(\"INSERT INTO t_c3cc SELECT id FROM {from}\")", makes("c3cc"));
    shop.revision_with("c3cc", Some("b2bb"), &upgrade("nowhere"), "pass");
    shop.refuses("alembic upgrade head", "no such table: nowhere");
    shop.revision_with("c3cc", Some("b2bb"), &upgrade("t_a1aa"), "pass");
    let found = shop.finds("half-applied-revision");
    leaves_the_choice(&found);
    none_has(&found, "--purge");
    shop.follow(&found["or"][0]);
    shop.is_healthy();
    assert_eq!(shop.rows("t_c3cc"), 1, "the revision ran to its end");
}

#[test]
fn a_first_revision_whose_rows_are_not_there_is_not_recorded() {
    let shop = Shop::new();
    shop.remove("b2bb");
    let upgrade = format!("{}\nop.execute(\"INSERT INTO t_a1aa SELECT id FROM nowhere\")", makes("a1aa"));
    shop.revision_with("a1aa", None, &upgrade, "pass");
    shop.refuses("alembic upgrade head", "no such table: nowhere");
    let found = shop.only("unstamped-database", "unstamped");
    says(&found, "not known: whether a1aa has run to its end");
    leaves_the_choice(&found);
}

#[test]
fn what_would_change_rows_twice_is_not_taken_back() {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    let upgrade = |last: &str| {
        let block = "with op.get_context().autocommit_block():";
        format!("{block}\n    op.execute(\"UPDATE t_a1aa SET id = id * 10\")\n    {}\n{last}", makes("c3cc"))
    };
    shop.revision_with("c3cc", Some("b2bb"), &upgrade("op.execute(\"DROP TABLE nowhere\")"), "pass");
    shop.refuses("alembic upgrade head", "table \"nowhere\" does not exist");
    assert_eq!(shop.rows("t_a1aa WHERE id = 420"), 1);
    shop.revision_with("c3cc", Some("b2bb"), &upgrade(&makes("last")), "pass");
    let found = shop.finds("half-applied-revision");
    none_has(&found, "DROP");
    none_has(&found, "upgrade head");
}

#[test]
fn a_table_that_was_dropped_by_hand_changes_no_rows_twice() {
    for shop in Shop::on_each() {
        let upgrade = format!("{}\nop.execute(\"UPDATE t_a1aa SET id = id * 10\")", makes("c3cc"));
        shop.revision_with("c3cc", Some("b2bb"), &upgrade, "pass");
        shop.upgrade("head");
        shop.sql("DROP TABLE t_c3cc");
        let found = shop.finds("untrue-stamp");
        says(&found, "not known: whether c3cc ran");
        says(&found, "2 of 3 tables that these revisions make are there");
        shop.follow(&found["next"]);
        shop.follow_with(&found["or"][1], |shop| shop.fill_in(&makes("c3cc")));
        shop.is_healthy();
        assert_eq!(shop.rows("t_a1aa WHERE id = 42"), 1, "the row was changed again");
    }
}

#[test]
fn a_branch_that_cannot_be_seen_is_not_taken_for_run() {
    for shop in Shop::on_each() {
        shop.revision_with("c3cc", Some("b2bb"), "op.execute(\"UPDATE t_a1aa SET id = 1\")", "pass");
        shop.revision("d4dd", Some("b2bb"));
        shop.upgrade("d4dd");
        shop.sql("DELETE FROM alembic_version");
        let found = shop.finds("unstamped-database");
        leaves_the_choice(&found);
        says(&found, "of d4dd: 3 of 3 tables");
        assert!(commands(&found).contains(&"alembic stamp --purge d4dd".to_owned()), "{found:#}");
    }
}

#[test]
fn going_back_takes_no_line_of_this_code_along() {
    let shop = Shop::new();
    shop.upgrade("head");
    shop.git(&["checkout", "--quiet", "-b", "other"]);
    shop.revision("x3xx", Some("a1aa"));
    shop.commit("other line");
    shop.upgrade_more("heads");
    shop.git(&["checkout", "--quiet", "main"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("this line");
    // `downgrade a1aa` would drop t_b2bb with its rows.
    none_has(&shop.finds("database-diverged"), "downgrade");
}

#[test]
fn the_row_of_a_living_branch_is_not_purged_with_an_old_history() {
    let shop = Shop::new();
    shop.revision("q1qq", None);
    shop.revision("q2qq", Some("q1qq"));
    shop.commit("a second base");
    shop.upgrade("heads");
    shop.remove("a1aa");
    shop.remove("b2bb");
    shop.commit("drop the old history");
    let found = shop.finds("orphaned-stamp");
    assert_eq!(found["revision"], "b2bb");
    none_has(&found, "--purge");
}

#[test]
fn a_bridge_to_two_revisions_is_two_upgrades() {
    let shop = Shop::new();
    shop.revision("k3kk", Some("b2bb"));
    shop.revision("m3mm", Some("b2bb"));
    shop.commit("two lines");
    shop.upgrade("b2bb");
    shop.remove("b2bb");
    shop.revision("k3kk", Some("a1aa"));
    shop.revision("m3mm", Some("a1aa"));
    shop.commit("remove what both continue");
    shop.follow(&shop.finds("orphaned-stamp")["next"]);
    assert_eq!(shop.stamp(), ["k3kk", "m3mm"]);
    assert_eq!(shop.rows("t_a1aa"), 1);
}

#[test]
fn a_new_id_in_another_place_is_not_stamped() {
    let shop = Shop::new();
    shop.upgrade("head");
    shop.revision("n1nn", Some("a1aa"));
    shop.edit("migrations/versions/b2bb_.py", "str = \"b2bb\"", "str = \"b9bb\"");
    shop.edit("migrations/versions/b2bb_.py", "None] = \"a1aa\"", "None] = \"n1nn\"");
    shop.commit("another id, behind a new one");
    let found = shop.finds("orphaned-stamp");
    says(&found, "it was moved too, from a1aa to n1nn");
    none_has(&found, "stamp");
}

#[test]
fn rows_that_overlap_are_joined_once_what_lies_between_has_run() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("a1aa"));
    shop.upgrade("heads");
    shop.revision("x3xx", Some("b2bb"));
    shop.revision("c3cc", Some("x3xx"));
    let found = shop.finds("redundant-stamp-row");
    says(&found, "x3xx lies between them, and its tables are not there");
    none_has(&found, "--purge");
    let found = shop.finds("untrue-stamp");
    shop.follow_with(&found["or"][0], |shop| {
        shop.fill_in("op.create_table(\"t_x3xx\", sa.Column(\"id\", sa.Integer), if_not_exists=True)");
    });
    shop.is_healthy();
    assert_eq!(shop.rows("t_x3xx"), 0);
}

#[test]
fn rows_with_something_unseen_between_them_need_a_person() {
    let shop = Shop::new();
    shop.revision("c3cc", Some("a1aa"));
    shop.upgrade("heads");
    shop.revision_with("x3xx", Some("b2bb"), "op.execute(\"UPDATE t_a1aa SET id = 42\")", "pass");
    shop.revision("c3cc", Some("x3xx"));
    let found = shop.finds("redundant-stamp-row");
    says(&found, "not known: whether x3xx ran here");
    leaves_the_choice(&found);
}

#[test]
fn a_namesake_in_another_schema_or_case_is_another_table() {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    shop.revision("c3cc", Some("b2bb"));
    shop.sql("CREATE SCHEMA legacy; CREATE TABLE legacy.t_c3cc (id int); CREATE TABLE \"T_C3cc\" (id int)");
    shop.follow(&shop.finds("database-behind")["next"]);
    shop.is_healthy();
    assert_eq!(shop.rows("public.t_c3cc"), 0);

    shop.sql("CREATE SCHEMA copy; CREATE TABLE copy.t_a1aa (id int); CREATE TABLE copy.t_b2bb (id int)");
    shop.sql("DROP TABLE alembic_version, t_a1aa, t_b2bb, t_c3cc, legacy.t_c3cc");
    let found = shop.finds("unstamped-database");
    says(&found, "copy, which is not on the search path");
    none_has(&found, "stamp");
}

#[test]
fn what_is_taken_back_is_counted_before_and_named_exactly() {
    let shop = Shop::on_postgres();
    shop.upgrade("head");
    let upgrade = "op.create_table(\"order\", sa.Column(\"id\", sa.Integer))
op.create_table(\"it's $HOME \\\\ %s \\\"q\\\"\", sa.Column(\"id\", sa.Integer))
op.add_column(\"t_a1aa\", sa.Column(\"group\", sa.Text))
op.create_table(\"t_last\", sa.Column(\"id\", sa.Integer))";
    shop.revision_with("c3cc", Some("b2bb"), upgrade, "pass");
    shop.sql(
        "CREATE TABLE \"order\" (id int); CREATE TABLE \"it's $HOME \\ %s \"\"q\"\"\" (id int); \
         ALTER TABLE t_a1aa ADD \"group\" text; UPDATE t_a1aa SET \"group\" = 'used'",
    );
    let found = shop.finds("half-applied-revision");
    let way = found["or"][0].as_array().unwrap();
    let count = way.iter().find(|step| step["command"].as_str().unwrap().contains("count(\"group\")"));
    let said = shop.must(count.unwrap()["command"].as_str().unwrap());
    assert!(said.contains('1'), "the value that would be lost is counted: {said}");
    shop.sql("UPDATE t_a1aa SET \"group\" = NULL");
    shop.follow(&found["or"][0]);
    shop.sql("SELECT * FROM t_last, \"order\"");
    assert_eq!(shop.stamp(), ["c3cc"]);
    assert_eq!(shop.rows("t_a1aa"), 1);
}

#[test]
fn an_edit_that_is_in_no_commit_is_kept() {
    let shop = Shop::new();
    shop.upgrade("head");
    shop.edit("migrations/versions/b2bb_.py", "sa.Integer", "sa.BigInteger");
    let found = shop.finds("edited-revision");
    shop.follow(&Value::from(found["or"][0].as_array().unwrap()[..2].to_vec()));
    let read = |name: &str| std::fs::read_to_string(shop.path().join(name)).unwrap();
    assert!(!read("migrations/versions/b2bb_.py").contains("BigInteger"));
    assert!(read("migrations/versions/b2bb_.py.bak").contains("BigInteger"));
}
