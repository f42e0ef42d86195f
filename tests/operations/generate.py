"""Revision files as Alembic's autogenerate writes them, for random models.

Two ways: the differences between a database and random changed models (`compare`), on SQLite in
memory or on a PostgreSQL server; and whole schemata with types of PostgreSQL (`schema`), whose
operations Alembic renders as it does for a difference.
"""

import contextlib
import random

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy.dialects import postgresql as pg

NAMES = ["users", "order", "Team", "line_items", "a b", "account", "tag", "audit_log", "group", "x1"]
COLUMNS = ["name", "user", "created_at", "Total", "kind", "data", "position", "note", "is_open", "rate", "desc", "code"]


def generic_type(r):
    return r.choice(
        [
            lambda: sa.Integer(),
            lambda: sa.BigInteger(),
            lambda: sa.SmallInteger(),
            lambda: sa.String(r.choice([1, 50, 255])),
            lambda: sa.String(),
            lambda: sa.Text(),
            lambda: sa.Unicode(20),
            lambda: sa.Boolean(),
            lambda: sa.DateTime(),
            lambda: sa.DateTime(timezone=True),
            lambda: sa.Date(),
            lambda: sa.Time(),
            lambda: sa.Numeric(10, 2),
            lambda: sa.Numeric(),
            lambda: sa.Float(),
            lambda: sa.Double(),
            lambda: sa.LargeBinary(),
            lambda: sa.JSON(),
            lambda: sa.Uuid(),
            lambda: sa.Interval(),
            lambda: sa.Enum("new", "it's", name=f"kind_{r.randrange(5)}"),
            lambda: sa.Enum("a", "bcd", name="plain", native_enum=False),
            lambda: sa.CHAR(3),
            lambda: sa.REAL(),
        ]
    )()


# What a fresh PostgreSQL database does not have, or has no operators for.
NOT_LIVE = (pg.HSTORE, pg.CITEXT)


def postgresql_type(r):
    while LIVE:
        made = any_postgresql_type(r)
        if not isinstance(made, NOT_LIVE) and getattr(made, "schema", None) is None:
            return made
    return any_postgresql_type(r)


# Whether the models are made on a server, and not only rendered.
LIVE = False


def any_postgresql_type(r):
    return r.choice(
        [
            lambda: pg.JSONB(),
            lambda: pg.UUID(as_uuid=True),
            lambda: pg.ARRAY(sa.Integer()),
            lambda: pg.ARRAY(sa.String(10), dimensions=2),
            lambda: pg.ARRAY(sa.Enum("x", "y", name=f"items_{r.randrange(3)}")),
            lambda: pg.INET(),
            lambda: pg.CIDR(),
            lambda: pg.MACADDR(),
            lambda: pg.TSVECTOR(),
            lambda: pg.HSTORE(),
            lambda: pg.BYTEA(),
            lambda: pg.MONEY(),
            lambda: pg.CITEXT(),
            lambda: pg.INTERVAL(fields="YEAR TO MONTH"),
            lambda: pg.INTERVAL(precision=3),
            lambda: pg.TIMESTAMP(timezone=True, precision=6),
            lambda: pg.TIME(timezone=True),
            lambda: pg.BIT(4),
            lambda: pg.BIT(varying=True),
            lambda: pg.DOUBLE_PRECISION(),
            lambda: pg.OID(),
            lambda: pg.INT4RANGE(),
            lambda: pg.TSTZRANGE(),
            lambda: pg.DATEMULTIRANGE(),
            lambda: pg.ENUM("p", "q", name=f"state_{r.randrange(3)}"),
            lambda: pg.ENUM("p", "q", name="shared", schema="app", create_type=False),
            lambda: sa.JSON().with_variant(pg.JSONB(), "postgresql"),
            lambda: pg.FLOAT(24),
            lambda: sa.Float(53),
            lambda: pg.REGCLASS(),
            lambda: sa.String(collation="C"),
        ]
    )()


def default(r, type_, on_postgresql):
    if isinstance(type_, sa.Boolean):
        return r.choice([sa.true(), sa.false(), sa.text("false")])
    if isinstance(type_, (sa.Integer, sa.Numeric, sa.Float)):
        return r.choice(["0", sa.text("1"), sa.text("-1"), "42"])
    if isinstance(type_, (sa.DateTime, sa.Date)):
        return r.choice([sa.func.now(), sa.text("now()"), sa.text("CURRENT_TIMESTAMP"), sa.func.current_timestamp()])
    if isinstance(type_, (pg.UUID, sa.Uuid)):
        return sa.text("gen_random_uuid()") if on_postgresql else None
    if isinstance(type_, pg.JSONB):
        return r.choice([sa.text("'{}'::jsonb"), "{}"])
    if isinstance(type_, sa.String):
        return r.choice(["x", "it's", sa.text("'y'"), "100%", "", sa.func.lower("A")])
    return None


def column(r, name, on_postgresql):
    type_ = postgresql_type(r) if on_postgresql and r.random() < 0.4 else generic_type(r)
    kw = {"nullable": r.random() < 0.5}
    if r.random() < 0.3:
        kw["server_default"] = default(r, type_, on_postgresql)
    if r.random() < 0.15:
        kw["comment"] = r.choice(["a comment", "it's 100%"])
    if r.random() < 0.05 and isinstance(type_, sa.Integer):
        return sa.Column(name, type_, sa.Computed("1 + 1", persisted=True))
    return sa.Column(name, type_, **kw)


def key(r, on_postgresql):
    choice = r.random()
    if choice < 0.5:
        return [sa.Column("id", r.choice([sa.Integer, sa.BigInteger, sa.SmallInteger])(), primary_key=True)]
    if choice < 0.6:
        return [sa.Column("id", sa.Integer(), autoincrement=False, primary_key=True)]
    if choice < 0.7 and on_postgresql:
        identity = sa.Identity(always=r.random() < 0.5, **r.choice([{}, {"start": 10, "increment": 2}, {"cycle": True}]))
        return [sa.Column("id", sa.BigInteger(), identity, primary_key=True)]
    if choice < 0.8:
        return [sa.Column("id", sa.Uuid() if not on_postgresql else pg.UUID(), primary_key=True)]
    if choice < 0.9:
        return [sa.Column("a_id", sa.Integer(), primary_key=True), sa.Column("b_id", sa.Integer(), primary_key=True)]
    return [sa.Column("id", sa.String(36), primary_key=True)]


def models(r, on_postgresql):
    """A MetaData with tables that refer to each other."""
    metadata = sa.MetaData(naming_convention=r.choice([None, None, CONVENTION]))
    names = r.sample(NAMES, r.randrange(1, 5))
    schema = r.choice([None, None, "app"]) if on_postgresql and not LIVE else None
    made = []
    for name in names:
        columns = key(r, on_postgresql)
        columns += [column(r, each, on_postgresql) for each in r.sample(COLUMNS, r.randrange(1, 7))]
        extra = []
        single = [table for table in made if len(table.primary_key.columns) == 1]
        if single and r.random() < 0.6:
            other = r.choice(single)
            target = list(other.primary_key.columns)[0]
            rules = r.choice([{}, {"ondelete": "CASCADE"}, {"ondelete": "SET NULL", "onupdate": "CASCADE"}])
            rules |= r.choice([{}, {}, {"deferrable": True, "initially": "DEFERRED"}])
            columns.append(sa.Column("other_id", target.type, sa.ForeignKey(target, name=f"fk_{name}_other", **rules)))
        plain = [each.name for each in columns if not each.primary_key]
        if plain and r.random() < 0.3:
            extra.append(sa.UniqueConstraint(r.choice(plain), name=f"uq_{name}"))
        if r.random() < 0.2:
            extra.append(sa.CheckConstraint("1 > 0", name=f"ck_{name}"))
        kw = {"schema": schema}
        if r.random() < 0.1:
            kw["comment"] = "a table"
        made.append(sa.Table(name, metadata, *columns, *extra, **kw))
        if plain and r.random() < 0.4:
            index(r, made[-1], plain, on_postgresql)
    return metadata


CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def index(r, table, plain, on_postgresql):
    chosen = r.sample(plain, min(len(plain), r.randrange(1, 3)))
    kw = {"unique": r.random() < 0.3}
    if on_postgresql and LIVE:
        kw |= r.choice([{}, {"postgresql_where": sa.text("1 = 1")}, {"postgresql_with": {"fillfactor": 50}}])
    elif on_postgresql:
        kw |= r.choice(
            [
                {},
                {},
                {"postgresql_using": "gin"},
                {"postgresql_where": sa.text("1 = 1")},
                {"postgresql_include": [plain[0]]},
                {"postgresql_ops": {chosen[0]: "text_pattern_ops"}},
                {"postgresql_with": {"fillfactor": 50}},
                {"postgresql_nulls_not_distinct": True},
            ]
        )
    elements = chosen if r.random() < 0.8 else [sa.text(f'lower("{chosen[0]}")'), *chosen]
    if r.random() < 0.1:
        elements = [sa.func.lower(table.c[chosen[0]])]
    sa.Index(f"ix_{table.name}_{'_'.join(chosen)}", *[table.c[e] if isinstance(e, str) else e for e in elements], **kw)


def schema(r):
    """The operations that make a whole schema on PostgreSQL, and change some of it."""
    metadata = models(r, True)
    context = MigrationContext.configure(dialect_name="postgresql", opts={"target_metadata": metadata})
    up = []
    for table in metadata.sorted_tables:
        made = ops.CreateTableOp.from_table(table)
        if r.random() < 0.1:
            made.if_not_exists = True
        up.append(made)
        for each in sorted(table.indexes, key=lambda each: each.name):
            up.append(ops.CreateIndexOp.from_index(each))
        for each in r.sample(list(table.columns), min(2, len(table.columns))):
            up.extend(change(r, table, each))
    down = [each.reverse() for each in reversed(up)]
    return context, ops.UpgradeOps(up), ops.DowngradeOps(down)


def change(r, table, own):
    """Operations on an existing table."""
    name, where = table.name, table.schema
    choice = r.randrange(9)
    if choice == 0:
        added = column(r, "added", True)
        return [ops.AddColumnOp(name, added, schema=where)]
    if choice == 1:
        return [ops.AlterColumnOp(name, own.name, schema=where, existing_type=own.type, modify_nullable=True, existing_nullable=False)]
    if choice == 2:
        return [ops.AlterColumnOp(name, own.name, schema=where, existing_type=sa.VARCHAR(5), modify_type=generic_type(r))]
    if choice == 3:
        changed = r.choice([None, *map(sa.DefaultClause, ["x", sa.text("1"), sa.func.now()])])
        existing = sa.DefaultClause(sa.text("2"))
        return [ops.AlterColumnOp(name, own.name, schema=where, existing_type=own.type, modify_server_default=changed, existing_server_default=existing)]
    if choice == 4:
        return [ops.AlterColumnOp(name, own.name, schema=where, existing_type=own.type, modify_comment=r.choice([None, "it's"]), existing_comment="old")]
    if choice == 5:
        return [ops.CreateTableCommentOp(name, "about", schema=where, existing_comment=None)]
    if choice == 6:
        return [ops.DropConstraintOp.from_constraint(sa.UniqueConstraint(own, name=f"uq_old_{name}"))]
    if choice == 7:
        return [ops.DropTableOp("gone", schema=where, _reverse=ops.CreateTableOp("gone", [sa.Column("id", sa.Integer(), nullable=False)], schema=where))]
    return []


def compare(r, engine):
    """What autogenerate finds between a database and changed models."""
    global LIVE
    LIVE = engine.dialect.name == "postgresql"
    before, after = models(r, LIVE), models(r, LIVE)
    LIVE = False
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        before.create_all(connection)
        batch = r.random() < 0.5
        context = MigrationContext.configure(
            connection, opts={"target_metadata": after, "compare_type": True, "compare_server_default": True, "render_as_batch": batch}
        )
        script = produce_migrations(context, after)
    return context, script.upgrade_ops, script.downgrade_ops, batch


def revision(seed, server):
    r = random.Random(seed)
    if seed % 3 == 0:
        context, up, down = schema(r)
        batch = r.random() < 0.2
    else:
        engine = server if seed % 3 == 1 else sa.create_engine("sqlite://")
        context, up, down, batch = compare(r, engine)

    def body(operations):
        # All lines but the first come indented.
        return "    " + render_python_code(operations, migration_context=context, render_as_batch=batch)

    imports = "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql, sqlite\nfrom sqlalchemy import Text\n"
    return (
        f'"""generated {seed}"""\n{imports}\nrevision = "one"\ndown_revision = None\n\n\n'
        f"def upgrade() -> None:\n{body(up)}\n\n\ndef downgrade() -> None:\n{body(down)}\n"
    )


def revisions(seed, count, url):
    server = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    made = []
    while len(made) < count:
        # Random models are not always ones that a server takes: an index on a type without order.
        with contextlib.suppress(sa.exc.DatabaseError):
            made.append(revision(seed, server))
        seed += 1
    return made
