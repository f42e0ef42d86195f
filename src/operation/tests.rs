//! Reading, form by form.

use super::model::*;
use super::{Body, Operations, read};
use crate::source::SourceFile;

fn file(text: &str) -> Operations {
    read(&SourceFile::new("x.py", text))
}

/// The steps of an `upgrade()` with that block.
fn upgrade(block: &str) -> Vec<Step> {
    let lines: Vec<String> = block.lines().map(|line| format!("    {line}")).collect();
    let text = format!(
        "from alembic import op, context\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n\n\
         def upgrade():\n{}\n",
        lines.join("\n")
    );
    file(&text).upgrade.steps
}

fn only(block: &str) -> Operation {
    let mut steps = upgrade(block);
    assert_eq!(steps.len(), 1, "{steps:#?}");
    assert_eq!(steps[0].notes, Vec::<String>::new());
    steps.remove(0).operation
}

fn kinds(body: &Body) -> Vec<&'static str> {
    body.steps.iter().map(|step| step.operation.kind()).collect()
}

fn reason(step: &Step) -> &str {
    match &step.operation {
        Operation::Opaque { reason } => reason,
        other => panic!("{other:?}"),
    }
}

fn sql(step: &Step) -> &str {
    match &step.operation {
        Operation::Sql(sql) => &sql.text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn op_is_known_under_any_name() {
    for import in [
        "from alembic import op as o\ndef upgrade(): o.drop_table('t')",
        "import alembic.op\ndef upgrade(): alembic.op.drop_table('t')",
        "import alembic.op as q\ndef upgrade(): q.drop_table('t')",
        "import alembic\ndef upgrade(): alembic.op.drop_table(table_name='t')",
        "from alembic.op import drop_table\ndef upgrade(): drop_table('t')",
        "from alembic.op import *\ndef upgrade(): drop_table('t')",
        "def upgrade():\n  from alembic import op\n  op.drop_table('t')",
        "try:\n  from alembic import op\nexcept ImportError:\n  op = None\ndef upgrade(): op.drop_table('t')",
    ] {
        let steps = file(import).upgrade.steps;
        let table = TableName::new("t");
        assert_eq!(steps.len(), 1, "{import}");
        assert_eq!(steps[0].operation, Operation::DropTable(DropTable { table, if_exists: false }), "{import}");
    }
}

#[test]
fn a_table_is_read_with_everything_in_it() {
    let Operation::CreateTable(table) = only(
        "op.create_table('users',\n sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),\n \
         sa.Column('team_id', sa.BigInteger, sa.ForeignKey('a.team.id', ondelete='CASCADE', name=op.f('fk')), index=True),\n \
         sa.Column('name', sa.String(length=50), server_default='x', comment='c'),\n \
         sa.Column('at', sa.DateTime(timezone=True), server_default=sa.func.now()),\n \
         sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text(\"'{}'\")),\n \
         sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),\n sa.UniqueConstraint('name', 'at'),\n \
         sa.CheckConstraint('id > 0', name='positive'),\n sa.Index('ix', 'name', unique=True),\n \
         sa.ForeignKeyConstraint(['x'], ['o.y'], onupdate='CASCADE'),\n schema='app', comment='t')",
    ) else {
        panic!()
    };
    assert_eq!(table.table.to_string(), "app.users");
    assert!(!table.is_partial);
    assert_eq!(table.comment.as_deref(), Some("t"));
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["id", "team_id", "name", "at", "data"]);
    let [id, team, name, at, data] = table.columns.as_slice() else { panic!() };
    assert!(matches!(&id.server_default, Some(Default::Identity(identity)) if identity.always));
    assert!(!id.is_nullable() && team.is_nullable() && team.index);
    let ConstraintKind::ForeignKey(key) = &team.constraints[0].kind else { panic!() };
    assert_eq!(key.referred_table.to_string(), "a.team");
    assert_eq!(key.referred_columns, ["id"]);
    assert_eq!(key.rules.on_delete.as_deref(), Some("CASCADE"));
    assert_eq!(team.constraints[0].name, Some(Name { text: "fk".into(), is_final: true }));
    assert_eq!(name.server_default, Some(Default::Literal("x".into())));
    assert!(matches!(&name.r#type.as_ref().unwrap().kind, TypeKind::Sql(sql) if sql.length == Some(50)));
    assert_eq!(at.server_default, Some(Default::Sql(SqlExpr::Function { name: "now".into(), arguments: Vec::new() })));
    assert_eq!(data.server_default, Some(Default::Sql(SqlExpr::Text("'{}'".into()))));
    assert_eq!(data.r#type.as_ref().unwrap().written, "postgresql.JSONB(astext_type=sa.Text())");
    let kinds: Vec<_> = table.constraints.iter().map(|constraint| &constraint.kind).collect();
    assert!(matches!(kinds[0], ConstraintKind::PrimaryKey { columns } if columns == &["id"]));
    assert!(matches!(kinds[2], ConstraintKind::Check { condition: SqlExpr::Text(text) } if text == "id > 0"));
    assert_eq!(table.indexes[0].elements, [SqlExpr::Column("name".into())]);
}

#[test]
fn an_altered_column_keeps_what_is_not_named() {
    let Operation::AlterColumn(alter) = only(
        "op.alter_column('t', 'c', existing_type=sa.VARCHAR(length=3), type_=sa.Text(), nullable=False,\n \
         server_default=None, existing_server_default=sa.text('1'), postgresql_using='c::text', schema='s')",
    ) else {
        panic!()
    };
    assert_eq!(alter.table.to_string(), "s.t");
    assert_eq!(alter.new_name, Change::Keep);
    assert_eq!(alter.nullable, Change::Set(false));
    assert_eq!(alter.server_default, Change::Set(None));
    assert_eq!(alter.comment, Change::Keep);
    assert_eq!(alter.using, Some(SqlExpr::Text("c::text".into())));
    assert!(matches!(alter.new_type, Change::Set(_)) && alter.existing_type.is_some());
    assert_eq!(alter.existing_server_default, Some(Some(Default::Sql(SqlExpr::Text("1".into())))));
}

#[test]
fn a_batch_gives_its_operations_the_table() {
    let text = "from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    \
        with op.batch_alter_table('t', schema='s', recreate='always') as batch_op:\n        \
        batch_op.add_column(sa.Column('c', sa.Integer()))\n        op.execute('SELECT 1')\n        \
        batch_op.create_index(batch_op.f('ix'), ['c'], unique=False)\n        \
        batch_op.create_foreign_key(None, 'o', ['c'], ['id'])\n        batch_op.drop_constraint('u', type_='unique')\n";
    let body = file(text).upgrade;
    assert_eq!(kinds(&body), ["sql", "add-column", "create-index", "add-constraint", "drop-constraint"]);
    for step in &body.steps[1..] {
        assert_eq!(step.operation.table().unwrap().to_string(), "s.t");
        assert_eq!(step.batch, Some(0));
        assert_eq!(step.notes, Vec::<String>::new());
    }
    assert_eq!(body.steps[0].batch, None);
    assert_eq!(body.batches[0].recreate, Recreate::Always);
}

#[test]
fn sql_is_known_through_constants_and_formats() {
    for (written, known) in [
        ("op.execute('SELECT 1; SELECT 2')", "SELECT 1; SELECT 2"),
        ("op.execute(sa.text('SELECT ' '1'))", "SELECT 1"),
        ("q = 'SELECT 1'\nop.execute(q)", "SELECT 1"),
        ("t = 'users'\nop.execute(f'DROP TABLE {t}')", "DROP TABLE users"),
        ("op.execute('DROP TABLE {}'.format('a'))", "DROP TABLE a"),
        ("op.execute('DROP TABLE %s' % ('a',))", "DROP TABLE a"),
        ("op.execute('DROP ' + 'TABLE a')", "DROP TABLE a"),
        ("op.get_bind().execute(sa.text('SELECT 1'))", "SELECT 1"),
        ("c = op.get_bind()\nc.exec_driver_sql('SELECT 1')", "SELECT 1"),
        ("op.get_bind().execute('SELECT 1').fetchall()", "SELECT 1"),
        ("s = sa.orm.Session(bind=op.get_bind())\ns.execute(sa.text('SELECT 1'))", "SELECT 1"),
        ("with op.get_bind().begin() as c:\n  c.execute(sa.text('SELECT 1'))", "SELECT 1"),
        ("q = 'SELECT'\nq += ' 1'\nop.execute(q)", "SELECT 1"),
        ("op.execute(sa.schema.CreateSchema('a'))", "CREATE SCHEMA a"),
        ("op.execute(', '.join(f'{x}!' for x in ('a', 'b')))", "a!, b!"),
    ] {
        let steps = upgrade(written);
        assert_eq!(steps.len(), 1, "{written}: {steps:#?}");
        assert_eq!(sql(&steps[0]), known, "{written}");
    }
}

#[test]
fn loops_over_literals_are_unrolled_and_helpers_followed() {
    let text = "from alembic import op\nTABLES = ['a', 'b']\ndef drop(table, *, name='c'):\n    \
        op.drop_column(table, name)\ndef upgrade():\n    for i, t in enumerate(TABLES):\n        drop(t)\n        \
        drop(t, name=f'd{i}')\n    for k, v in {'x': 'y'}.items():\n        op.rename_table(k, v)\n";
    let steps = file(text).upgrade.steps;
    let dropped: Vec<String> = steps
        .iter()
        .filter_map(|step| match &step.operation {
            Operation::DropColumn(drop) => Some(format!("{}.{}", drop.table, drop.column)),
            _ => None,
        })
        .collect();
    assert_eq!(dropped, ["a.c", "a.d0", "b.c", "b.d1"]);
    assert!(steps[0].called_from.is_some() && steps[4].called_from.is_none());
    assert_eq!(steps[4].operation.kind(), "rename-table");
}

#[test]
fn both_arms_of_a_dialect_test_are_known() {
    let dialect = |names: &[&str], is| ConditionKind::Dialect {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        is,
    };
    for (test, kind) in [
        ("op.get_bind().dialect.name == 'postgresql'", dialect(&["postgresql"], true)),
        ("op.get_context().dialect.name != 'sqlite'", dialect(&["sqlite"], false)),
        ("op.get_bind().engine.name in ('a', 'b')", dialect(&["a", "b"], true)),
        ("sa.inspect(op.get_bind()).dialect.name == 'sqlite'", dialect(&["sqlite"], true)),
        ("'mysql' not in sa.inspect(op.get_bind()).dialect.dialect_description", dialect(&["mysql"], false)),
        ("op.get_bind().engine.url.drivername.startswith('sqlite')", dialect(&["sqlite"], true)),
        ("context.get_impl().__dialect__ == 'postgresql'", dialect(&["postgresql"], true)),
        ("is_a", dialect(&["a"], true)),
        ("not is_a", dialect(&["a"], false)),
        ("is_not_a()", dialect(&["a"], false)),
        ("context.is_offline_mode()", ConditionKind::Offline { is: true }),
        ("not op.get_context().as_sql", ConditionKind::Offline { is: false }),
        ("'t' in sa.inspect(op.get_bind()).get_table_names()", ConditionKind::Test { holds: true }),
    ] {
        let steps = upgrade(&format!(
            "is_a = bool(op.get_bind().dialect.name == 'a')\ndef is_not_a():\n  return not is_a\n\
             if {test}:\n  op.execute('a')\nelse:\n  op.execute('b')\nop.execute('c')"
        ));
        assert_eq!(steps.iter().map(sql).collect::<Vec<_>>(), ["a", "b", "c"], "{test}");
        assert_eq!(steps[0].conditions[0].kind, kind, "{test}");
        assert_eq!(steps[1].conditions[0].kind, super::conditions::negated(&steps[0].conditions[0]).kind);
        assert_eq!(steps[2].conditions, []);
    }
    let steps = upgrade("if op.get_bind().dialect.name == 'sqlite':\n  return\nop.execute('a')");
    assert_eq!(steps[0].conditions[0].kind, dialect(&["sqlite"], false));
    let steps = upgrade(
        "t = postgresql.JSONB() if op.get_bind().dialect.name == 'postgresql' else sa.JSON()\n\
         op.add_column('t', sa.Column('c', t))",
    );
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[1].conditions[0].kind, dialect(&["postgresql"], false));
}

#[test]
fn what_is_not_known_is_said_with_its_reason() {
    let steps = upgrade("for row in op.get_bind().execute(sa.text('SELECT 1')):\n  op.drop_table(row[0])");
    assert_eq!(steps[1].conditions[0].kind, ConditionKind::Loop);
    let steps = upgrade("while rows():\n  op.execute('a')");
    assert_eq!(steps.last().unwrap().conditions[0].words(), "as long as `rows()`");
    let steps = upgrade("for row in op.get_bind().execute(sa.text('SELECT 1')):\n  op.drop_table(row[0])");
    assert!(reason(&steps[1]).contains("the table's name is not known"), "{}", reason(&steps[1]));
    let text =
        "from alembic import op\nfrom app.x import add_all\ndef upgrade():\n    add_all()\n    op.sync_enum_values()\n";
    let steps = file(text).upgrade.steps;
    assert_eq!(reason(&steps[0]), "`app.x.add_all` is called, which is not in this file");
    assert_eq!(reason(&steps[1]), "`op.sync_enum_values` is not a directive of Alembic's own");
    let steps = file("from alembic import op\ndef upgrade():\n    op.f(\ndef downgrade():\n    op.drop_table('t')");
    assert!(reason(&steps.upgrade.steps[0]).contains("cannot be read"));
    assert_eq!(kinds(&steps.downgrade), ["drop-table"]);
}

#[test]
fn a_function_that_is_not_written_out_is_not_taken_for_missing() {
    for (text, kind) in [
        ("from shop import upgrade", vec!["opaque"]),
        ("upgrade = lambda: None", vec!["opaque"]),
        ("if True:\n  def upgrade():\n    op.drop_table('t')\nfrom alembic import op", vec!["drop-table"]),
        ("x = 1", vec![]),
    ] {
        let body = file(text).upgrade;
        assert_eq!(kinds(&body), kind, "{text}");
        assert_eq!(body.span.is_some(), !kind.is_empty(), "{text}");
    }
}

#[test]
fn work_in_a_lambda_and_names_around_a_function_are_seen() {
    let steps = upgrade("list(map(lambda x: op.drop_table(x), ['a']))\nkey = lambda x: x.name");
    assert_eq!(steps.len(), 1);
    assert!(reason(&steps[0]).contains("lambda"));
    let operation = only("table = 't'\ndef inner():\n  op.drop_table(table)\ninner()");
    assert_eq!(operation.table(), Some(&TableName::new("t")));
}

#[test]
fn a_text_that_depends_on_the_dialect_is_two_texts() {
    for text in [
        "f\"DROP INDEX {'CONCURRENTLY ' if pg else ''}i\"",
        "'DROP INDEX ' + ('CONCURRENTLY ' if pg else '') + 'i'",
        "'DROP INDEX %si' % ('CONCURRENTLY ' if pg else '')",
        "'DROP INDEX {}i'.format('CONCURRENTLY ' if pg else '')",
    ] {
        let steps = upgrade(&format!("pg = op.get_bind().dialect.name == 'postgresql'\nop.execute({text})"));
        let sent: Vec<_> = steps.iter().map(|step| (sql(step), step.conditions[0].words())).collect();
        let expected = [("DROP INDEX CONCURRENTLY i", "only on postgresql"), ("DROP INDEX i", "not on postgresql")];
        assert_eq!(sent, expected.map(|(sql, words)| (sql, words.to_owned())), "{text}");
    }
}

#[test]
fn work_that_is_handed_on_is_never_passed_over() {
    for text in [
        "list(map(op.drop_table, ['a']))",
        "partial(op.drop_table, 'a')()",
        "run(helper)",
        "Mover('a').up()",
        "{'sqlite': helper}[op.get_bind().dialect.name]()",
        "{'sqlite': helper}.get(op.get_bind().dialect.name)()",
        "getattr(op, 'drop_' + kind)('a')",
        "exec('op.drop_table(1)')",
        "op.get_context().impl.drop_table(table)",
        "done = create_tables()",
        "op.get_bind().connection.cursor().copy_expert('COPY a FROM STDIN', lines)",
    ] {
        let steps = file(&format!(
            "from functools import partial\nfrom alembic import op\nfrom app import run, kind, table, lines, create_tables\n\
             class Mover:\n    def up(self):\n        op.drop_table(self.name)\n\
             def helper():\n    op.drop_table('h')\n\
             def upgrade():\n    {text}\n"
        ));
        let steps = steps.upgrade.steps;
        assert_eq!(steps.len(), 1, "{text}: {steps:?}");
        assert!(matches!(steps[0].operation, Operation::Opaque { .. }), "{text}");
    }
    assert_eq!(sql(&upgrade("getattr(op, 'execute')('a')")[0]), "a");
    assert_eq!(sql(&upgrade("op.get_bind().connection.cursor().execute('a')")[0]), "a");
}

#[test]
fn a_reflected_table_has_its_name() {
    let steps = upgrade(
        "meta = sa.MetaData()\nmeta.reflect(op.get_bind())\nt = meta.tables['s.t']\n\
         op.get_bind().execute(sa.update(t).values(a=1))\nop.get_bind().execute(sa.update(other()).values(a=1))",
    );
    let words: Vec<_> = steps.iter().map(|step| step.operation.summary()).collect();
    assert_eq!(words, ["update rows of s.t", "update rows: sa.update(other()).values(a=1)"]);
}

#[test]
fn text_that_is_half_known_still_tells_what_it_does() {
    let steps = upgrade(
        "for row in op.get_bind().execute(sa.text('SELECT 1')):\n  \
         op.execute(f\"UPDATE t SET a = {row.id} WHERE b = 1\")\n  op.execute('DELETE FROM %s' % row.t)\n  \
         op.execute(f'DROP TABLE {row.t}')",
    );
    let verbs: Vec<_> = steps[1..3]
        .iter()
        .map(|step| match &step.operation {
            Operation::Data(data) => (data.verb, data.has_condition),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(verbs, [(Verb::Update, true), (Verb::Delete, false)]);
    assert!(reason(&steps[3]).contains("the SQL is not known"));
}

#[test]
fn questions_and_logging_are_no_operations() {
    let text = "from alembic import op\nfrom app.x import column_exists, logger\ndef upgrade():\n    \
        logger.info('x')\n    if not column_exists('t', 'c', op.get_bind()):\n        op.drop_table('t')\n";
    let steps = file(text).upgrade.steps;
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].conditions[0].kind, ConditionKind::Test { holds: false });
}

#[test]
fn each_database_of_several_has_its_functions() {
    let text = "from alembic import op\ndef upgrade(engine_name: str) -> None:\n    \
        globals()['upgrade_%s' % engine_name]()\ndef upgrade_one():\n    op.drop_table('a')\n\
        def upgrade_two():\n    op.drop_table('b')\n";
    let steps = file(text).upgrade.steps;
    assert_eq!(steps.iter().map(|step| step.database.as_deref()).collect::<Vec<_>>(), [Some("one"), Some("two")]);
}

#[test]
fn an_autocommit_block_marks_its_steps() {
    let steps = upgrade(
        "with op.get_context().autocommit_block():\n  op.create_index('i', 't', ['c'], postgresql_concurrently=True)\n\
         op.execute('a')",
    );
    assert_eq!(steps.iter().map(|step| step.in_autocommit).collect::<Vec<_>>(), [true, false]);
    assert!(matches!(&steps[0].operation, Operation::CreateIndex(create) if create.index.is_concurrent()));
}

#[test]
fn nothing_endless_is_followed_to_its_end() {
    let text = "from alembic import op\ndef a(): b(op)\ndef b(x): a(x)\nX = Y\nY = X\ndef upgrade():\n    a()\n    \
        op.drop_table(X)\n    for i in range(5000):\n        for j in range(5000):\n            op.execute('x')\n";
    let steps = file(text).upgrade.steps;
    assert!(reason(&steps[0]).contains("calls itself"));
    assert!(reason(&steps[1]).contains("the table's name is not known"));
    assert!(reason(steps.last().unwrap()).contains("too long to be followed"));
}
