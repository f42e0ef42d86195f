use super::*;
use crate::rules::testing::{facts, revision_with};
use crate::sql::Lock;

fn read(upgrades: &[&str]) -> Facts {
    let ids = ["a", "b", "c"];
    let mut revisions = Vec::new();
    for (number, upgrade) in upgrades.iter().enumerate() {
        let parent: Vec<&str> = number.checked_sub(1).map(|parent| ids[parent]).into_iter().collect();
        revisions.push(revision_with(ids[number], &parent, upgrade));
    }
    let mut facts = facts(revisions);
    facts.read_operations();
    facts
}

fn shown(facts: &Facts, position: usize) -> Vec<&str> {
    let source = &facts.graph.revisions()[position].source;
    facts.sql(position).statements.iter().map(|it| source.slice(it.span)).collect()
}

#[test]
fn a_statement_in_a_literal_has_its_own_place() {
    let facts = read(&[r#"op.execute("""
        -- first
        UPDATE a SET x = 1;
        UPDATE b SET x = 2
    """)
    op.execute("UPDATE c " "SET x = 1")
    op.drop_column("c", "x")"#]);
    assert_eq!(
        shown(&facts, 0),
        [
            "UPDATE a SET x = 1",
            "UPDATE b SET x = 2",
            r#"op.execute("UPDATE c " "SET x = 1")"#,
            r#"op.drop_column("c", "x")"#
        ]
    );
    let sql = facts.sql(0);
    assert_eq!(sql.of_step(0).count(), 2);
    assert!(sql.texts[0].text.starts_with("-- first"), "comments are kept for Squawk");
}

#[test]
fn a_table_with_a_type_of_the_application_is_new_all_the_same() {
    let facts = read(&[r#"op.create_table("t", sa.Column("id", app.types.GUID()))
    op.create_foreign_key(None, "t", "u", ["id"], ["id"])"#]);
    let [key] = facts.sql(0).statements.as_slice() else { panic!("{:?}", facts.sql(0)) };
    assert!(key.context.created.iter().any(|table| table.name == "t"));
    assert!(key.effects.known.iter().all(|effect| effect.on != sql::On::Relation(Name::new("t"))));
}

#[test]
fn a_statement_keeps_what_is_known_of_what_it_names_and_of_nothing_else() {
    let tables: String =
        (0..200).map(|i| format!("op.create_table(\"t{i}\", sa.Column(\"a\", sa.Text()))\n    ")).collect();
    let facts = read(&[&format!(
        "{tables}op.create_table(\"Odd Name\", sa.Column(\"a\", sa.Text()))
    op.create_index(\"ix\", \"t7\", [\"a\"])
    op.drop_index(\"ix\")
    op.execute(\"ALTER TABLE T8 ALTER a TYPE int\")
    op.alter_column(\"Odd Name\", \"a\", nullable=False)"
    )]);
    let sql = facts.sql(0);
    let [.., drop, alter, odd] = sql.statements.as_slice() else { panic!("{sql:?}") };
    let created = |statement: &SentStatement| -> Vec<String> {
        statement.context.created.iter().map(|table| table.name.clone()).collect()
    };
    assert_eq!(created(drop), ["Odd Name", "t7"], "the table of its index");
    assert_eq!(created(alter), ["Odd Name", "t8"]);
    assert_eq!(alter.context.column_types.len(), 2);
    assert_eq!(created(odd), ["Odd Name"]);
    assert_eq!(sql.after.created.len(), 201);
}

#[test]
fn a_step_whose_sql_is_not_known_finds_what_was_proven_before_it() {
    let facts = read(&[r#"op.execute("ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID")
    op.alter_column("t", "a", type_=app.types.GUID(), nullable=False)
    op.execute("ALTER TABLE t VALIDATE CONSTRAINT c")
    op.alter_column("t", "a", type_=app.types.GUID(), nullable=False)
    op.alter_column("t", "b", type_=app.types.GUID(), nullable=False)"#]);
    assert_eq!(facts.sql(0).unknown.len(), 3);
    assert_eq!(facts.sql(0).proven, [3].into());
}

#[test]
fn what_is_not_known_is_counted_and_what_does_not_run_is_left_out() {
    let facts = read(&[r#"op.execute(make())
    if op.get_bind().dialect.name == "sqlite":
        op.execute("VACUUM")
    with op.get_context().autocommit_block():
        op.execute("SELECT 1")"#]);
    let sql = facts.sql(0);
    assert_eq!(sql.unknown.len(), 1);
    assert_eq!(sql.texts.len(), 1);
    assert!(sql.texts[0].in_autocommit);
    assert_eq!(facts.looked_into().map(|counts| (counts.opaque, counts.without_sql)), Some((1, 0)));

    let facts = read(&[r#"op.execute("UPDAET t SET a = 1")
    op.execute(sa.table("t").delete())
    op.execute("DO $$ BEGIN DROP TABLE t; END $$")
    op.execute("CALL p()")"#]);
    assert_eq!(facts.looked_into().map(|counts| (counts.opaque, counts.without_sql)), Some((0, 4)));
}

#[test]
fn a_new_table_is_locked_for_nobody() {
    let facts = read(&[r#"op.add_column("t", sa.Column("a", sa.Integer()))
    op.create_table("u", sa.Column("id", sa.Integer()))
    op.add_column("u", sa.Column("a", sa.Integer()))"#]);
    let locks: Vec<Vec<Lock>> =
        facts.sql(0).statements.iter().map(|it| it.effects.known.iter().map(|effect| effect.lock).collect()).collect();
    assert_eq!(locks, [vec![Lock::AccessExclusive], vec![], vec![]]);
}

#[test]
fn tables_of_earlier_revisions_are_new_only_as_long_as_those_have_not_run() {
    let mut facts = read(&[r#"op.create_table("t")"#, r#"op.add_column("t", sa.Column("a", sa.Integer()))"#]);
    assert_eq!(facts.sql(1).statements[0].effects.known.len(), 1);
    let ids = ["a", "b"].map(str::to_owned).into();
    facts.examined = Examined::Only { ids, why: "new".to_owned() };
    facts.read_operations();
    assert!(facts.sql(1).statements[0].effects.known.is_empty());
}

#[test]
fn the_existing_type_tells_what_a_change_costs() {
    let facts = read(&[r#"op.alter_column("t", "a", existing_type=sa.String(10), type_=sa.String(20))
    op.alter_column("t", "a", type_=sa.Text())
    op.alter_column("t", "b", type_=sa.Text())"#]);
    let rewrites: Vec<_> = facts.sql(0).statements.iter().map(|it| &it.effects.known[0].rewrite).collect();
    assert_eq!(rewrites[..2], [&sql::Answer::No, &sql::Answer::No]);
    assert!(matches!(rewrites[2], sql::Answer::Unknown(_)));
}

#[test]
fn a_valid_check_of_an_ancestor_proves_a_column() {
    let check = r#"op.create_check_constraint("ck", "t", "a IS NOT NULL", postgresql_not_valid=True)"#;
    let not_null = r#"op.alter_column("t", "a", nullable=False)"#;
    let scan = |upgrades: &[&str]| {
        let facts = read(upgrades);
        facts.sql(upgrades.len() - 1).statements[0].effects.known[0].scan.clone()
    };
    let valid = r#"op.execute("ALTER TABLE t VALIDATE CONSTRAINT ck")"#;
    assert_eq!(scan(&[check, valid, not_null]), sql::Answer::No);
    assert!(matches!(scan(&[check, not_null]), sql::Answer::Unknown(_)));
}
