//! The tables that the statements are tried on, and what a caller could know about them.

use alembic_doctor::sql::{Context, ForeignKey, Name};

/// Every table has rows, so that reading them shows.
pub const SETUP: &str = "
CREATE TABLE p (id int PRIMARY KEY, code varchar(20) NOT NULL);
INSERT INTO p SELECT g, g::text FROM generate_series(1, 50) g;
CREATE TABLE t (id int PRIMARY KEY, p_id int NOT NULL, note text, small varchar(50), amount numeric(10,2),
    made timestamp, n int, nn int NOT NULL, doc json, gen int GENERATED ALWAYS AS (id + 1) STORED);
INSERT INTO t (id, p_id, note, small, amount, made, n, nn)
    SELECT g, g, 'x', 'y', 1, now(), g, g FROM generate_series(1, 50) g;
CREATE INDEX t_small ON t (small);
CREATE INDEX t_made ON t (made);
CREATE INDEX t_lower ON t (lower(note));
CREATE TABLE c (id int PRIMARY KEY, p_id int NOT NULL CONSTRAINT c_fk REFERENCES p,
    q int CONSTRAINT c_chk CHECK (q > 0), u int CONSTRAINT c_uq UNIQUE);
INSERT INTO c SELECT g, g, g, g FROM generate_series(1, 50) g;
CREATE TABLE d (id int PRIMARY KEY, p_id int, q int);
INSERT INTO d SELECT g, g, g FROM generate_series(1, 50) g;
ALTER TABLE d ADD CONSTRAINT d_chk CHECK (q > 0) NOT VALID;
ALTER TABLE d ADD CONSTRAINT d_fk FOREIGN KEY (p_id) REFERENCES p NOT VALID;
CREATE TABLE pp (code varchar(10) PRIMARY KEY, n int);
INSERT INTO pp SELECT g::text, g FROM generate_series(1, 50) g;
CREATE TABLE cc (id int PRIMARY KEY, code varchar(10) CONSTRAINT cc_fk REFERENCES pp, n int);
INSERT INTO cc SELECT g, g::text, g FROM generate_series(1, 50) g;
CREATE TABLE e (id int NOT NULL, k int);
INSERT INTO e SELECT g, g FROM generate_series(1, 50) g;
CREATE UNIQUE INDEX e_uq ON e (id);
ALTER TABLE e ADD CONSTRAINT e_k CHECK (k IS NOT NULL);
CREATE RULE e_rule AS ON INSERT TO e DO ALSO NOTHING;
CREATE TABLE ck (a varchar(20) CHECK (a <> ''), b varchar(20));
INSERT INTO ck SELECT g::text, g::text FROM generate_series(1, 50) g;
CREATE INDEX ck_b ON ck (b) WHERE b <> '';
CREATE TABLE base (id int);
INSERT INTO base SELECT g FROM generate_series(1, 50) g;
CREATE TABLE heir () INHERITS (base);
INSERT INTO heir SELECT g FROM generate_series(1, 50) g;
CREATE TABLE orphan (id int);
INSERT INTO orphan SELECT g FROM generate_series(1, 50) g;
CREATE TABLE part (id int NOT NULL, k int) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100);
CREATE TABLE part_d PARTITION OF part DEFAULT;
INSERT INTO part SELECT g, g FROM generate_series(1, 50) g;
INSERT INTO part SELECT g, g FROM generate_series(500, 550) g;
CREATE TABLE alone (id int NOT NULL, k int);
INSERT INTO alone SELECT g, g FROM generate_series(200, 250) g;
CREATE VIEW v AS SELECT id, q FROM d;
CREATE MATERIALIZED VIEW mv AS SELECT id, q FROM d;
CREATE UNIQUE INDEX mv_id ON mv (id);
CREATE SEQUENCE s;
CREATE TYPE mood AS ENUM ('ok');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE DOMAIN free AS int;
CREATE TABLE u (id int, f free, m mood);
INSERT INTO u SELECT g, g, 'ok' FROM generate_series(1, 50) g;
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER t_trg BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg();
CREATE POLICY t_pol ON t USING (true);
CREATE STATISTICS t_st ON n, nn FROM t;
";

/// The foreign keys: table, name, column, referenced table.
pub const FOREIGN_KEYS: [(&str, &str, &str, &str); 3] =
    [("c", "c_fk", "p_id", "p"), ("d", "d_fk", "p_id", "p"), ("cc", "cc_fk", "code", "pp")];

const COLUMNS: [(&str, &str, &str); 13] = [
    ("t", "note", "text"),
    ("t", "small", "varchar(50)"),
    ("t", "amount", "numeric(10,2)"),
    ("t", "made", "timestamp"),
    ("t", "n", "integer"),
    ("c", "p_id", "integer"),
    ("p", "id", "integer"),
    ("p", "code", "varchar(20)"),
    ("cc", "code", "varchar(10)"),
    ("cc", "n", "integer"),
    ("pp", "code", "varchar(10)"),
    ("ck", "a", "varchar(20)"),
    ("ck", "b", "varchar(20)"),
];

/// All that can be known about the fixture.
pub fn context(timezone: &str) -> Context {
    let mut context = Context { utc: Some(timezone == "UTC"), ..Context::default() };
    for (table, column, data_type) in COLUMNS {
        context.column_types.insert((Name::new(table), column.to_owned()), data_type.to_owned());
    }
    for (table, column, proven) in [("t", "n", false), ("e", "k", true), ("part", "k", false), ("cc", "code", false)] {
        context.proven_not_null.insert((Name::new(table), column.to_owned()), proven);
    }
    for (table, column) in [("ck", "a"), ("ck", "b"), ("t", "note")] {
        context.in_expressions.insert((Name::new(table), column.to_owned()));
    }
    for (index, table) in [("t_small", "t"), ("e_uq", "e"), ("t_st", "t"), ("mv_id", "mv")] {
        context.indexes.insert(Name::new(index), Name::new(table));
    }
    let tables = ["p", "t", "c", "d", "pp", "cc", "e", "ck", "base", "heir", "part", "part_1", "part_d", "alone", "u"];
    for table in tables {
        let keys = FOREIGN_KEYS.iter().filter(|(from, ..)| *from == table);
        let keys = keys.map(|(_, name, column, to)| ForeignKey {
            name: Some((*name).to_owned()),
            columns: vec![(*column).to_owned()],
            references: Name::new(*to),
        });
        context.foreign_keys.insert(Name::new(table), keys.collect());
        context.partition_of.insert(Name::new(table), None);
    }
    for partition in ["part_1", "part_d"] {
        context.partition_of.insert(Name::new(partition), Some(Name::new("part")));
    }
    for (name, constrained) in [("positive", true), ("free", false), ("mood", false)] {
        context.constrained_domains.insert(Name::new(name), constrained);
    }
    context
}
