//! What is seen of version tables.

use alembic_doctor::database::catalog::RelationKind;
use alembic_doctor::database::{MOST_ROWS, Rows, Tables};

use super::{known, look, on_each, table};

const STOCK: &str = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))";

#[test]
fn an_empty_database_shows_nothing_and_says_where_it_is() {
    on_each(|server| {
        let database = server.database();
        let look = look(&database.url());
        assert!(look.server.starts_with(&format!("PostgreSQL {}.", server.major)), "{}", look.server);
        assert_eq!(look.database, database.name);
        assert_eq!(look.user.as_deref(), Some(server.superuser.as_str()));
        assert_eq!(look.search_path, ["public"]);
        assert!(!look.in_recovery && !look.read_only);
        assert_eq!((look.version_tables.len(), look.user_tables), (0, 0));
        assert_eq!(look.notes, Vec::<String>::new());
    });
}

#[test]
fn rows_key_width_and_owner_are_read() {
    on_each(|server| {
        let database = server.database();
        database.sql(&format!("{STOCK}; INSERT INTO alembic_version VALUES ('b'), ('a'); CREATE TABLE users (id int)"));
        let look = look(&database.url());
        let version = table(&look, "public", "alembic_version");
        assert_eq!(version.column_type, "character varying(32)");
        assert_eq!(version.width, Some(32));
        assert_eq!(version.owner.as_deref(), Some(server.superuser.as_str()));
        assert!(version.has_primary_key && version.visible);
        assert_eq!(version.rows, known(&["a", "b"]));
        assert_eq!(look.user_tables, 1);
        assert_eq!(look.table_names.len(), 1, "{:?}", look.table_names);
    });
}

#[test]
fn a_table_without_rows_and_without_a_key_is_seen() {
    on_each(|server| {
        let database = server.database();
        database.sql("CREATE TABLE alembic_version (version_num text)");
        let look = look(&database.url());
        let version = table(&look, "public", "alembic_version");
        assert_eq!((version.width, version.has_primary_key), (None, false));
        assert_eq!(version.rows, known(&[]));
    });
}

#[test]
fn widths_are_those_below_every_domain_and_padding_stays() {
    on_each(|server| {
        let database = server.database();
        database.sql(
            "CREATE DOMAIN short AS varchar(12); CREATE DOMAIN shorter AS short NOT NULL;
             CREATE TABLE a (version_num char(8)); INSERT INTO a VALUES ('abc');
             CREATE TABLE b (version_num short); CREATE TABLE c (version_num shorter);
             CREATE TABLE d (version_num varchar(128)); CREATE TABLE e (version_num varchar);
             CREATE TABLE f (version_num int); INSERT INTO f VALUES (7);
             CREATE TABLE g (id int, version_num text, PRIMARY KEY (id, version_num));
             INSERT INTO b VALUES (NULL), ('x')",
        );
        let look = look(&database.url());
        let widths: Vec<_> = look.version_tables.iter().map(|table| table.width).collect();
        assert_eq!(widths, [Some(8), Some(12), Some(12), Some(128), None, None, None]);
        assert_eq!(table(&look, "public", "a").rows, known(&["abc     "]));
        assert_eq!(table(&look, "public", "b").rows, known(&["x"]));
        assert!(look.notes.iter().any(|note| note.contains("public.b has 1 rows without a value")), "{:?}", look.notes);
        let numbers = &table(&look, "public", "f").rows;
        assert!(matches!(numbers, Rows::Failed { reason } if reason.contains("integer, not text")), "{numbers:?}");
        assert!(!table(&look, "public", "g").has_primary_key);
    });
}

#[test]
fn views_partitioned_tables_and_odd_names_are_candidates_too() {
    on_each(|server| {
        let database = server.database();
        database.sql(&format!(
            "{STOCK}; INSERT INTO alembic_version VALUES ('x');
             CREATE VIEW \"vi\"\"ew\" AS SELECT version_num FROM alembic_version;
             CREATE MATERIALIZED VIEW stored AS SELECT version_num FROM alembic_version;
             CREATE SCHEMA \"Odd.Schema\";
             CREATE TABLE \"Odd.Schema\".parts (version_num text) PARTITION BY LIST (version_num);
             CREATE TABLE \"Odd.Schema\".part_one PARTITION OF \"Odd.Schema\".parts DEFAULT;
             INSERT INTO \"Odd.Schema\".parts VALUES ('y');
             CREATE VIEW broken AS SELECT (1 / (length(version_num) - 1))::text AS version_num FROM alembic_version"
        ));
        let look = look(&database.url());
        let names: Vec<_> = look.version_tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["parts", "alembic_version", "broken", "stored", "vi\"ew"]);
        assert_eq!(table(&look, "Odd.Schema", "parts").rows, known(&["y"]));
        assert!(!table(&look, "Odd.Schema", "parts").visible);
        assert_eq!(table(&look, "public", "vi\"ew").rows, known(&["x"]));
        let Rows::Failed { reason } = &table(&look, "public", "broken").rows else { panic!("{look:?}") };
        assert!(reason.contains("division by zero"), "{reason}");
        assert_eq!(table(&look, "public", "stored").rows, known(&["x"]), "read after the failure");
        assert_eq!(look.user_tables, 0);
    });
}

#[test]
fn the_search_path_decides_what_is_visible() {
    on_each(|server| {
        let role = server.role("pw");
        let database = server.database();
        let name = &role.name;
        database.sql(&format!(
            "CREATE SCHEMA app; {STOCK}; CREATE TABLE app.alembic_version (version_num text);
             GRANT USAGE ON SCHEMA app TO {name}; GRANT SELECT ON ALL TABLES IN SCHEMA public, app TO {name};
             ALTER ROLE {name} SET search_path = app, public"
        ));
        let url = server.url(name, "pw", &database.name);
        let by_role = look(&url);
        assert_eq!(by_role.search_path, ["app", "public"]);
        assert!(table(&by_role, "app", "alembic_version").visible);
        assert!(!table(&by_role, "public", "alembic_version").visible, "the one in app hides it");

        let by_url = look(&format!("{url}?options=-csearch_path%3Dpublic"));
        assert_eq!(by_url.search_path, ["public"]);
        assert!(!table(&by_url, "app", "alembic_version").visible);
        assert!(table(&by_url, "public", "alembic_version").visible);
    });
}

#[test]
fn ten_thousand_rows_are_read_and_more_are_counted() {
    on_each(|server| {
        let database = server.database();
        database.sql(&format!(
            "{STOCK}; INSERT INTO alembic_version SELECT to_char(i, 'FM000000') FROM generate_series(1, 10000) i"
        ));
        let version = look(&database.url()).version_tables.remove(0);
        let Rows::Known { values, more } = version.rows else { panic!() };
        assert_eq!((values.len(), more), (MOST_ROWS, None));
        assert_eq!(values.first().map(String::as_str), Some("000001"));
        database.sql("INSERT INTO alembic_version VALUES ('one more')");
        let Rows::Known { values, more } = look(&database.url()).version_tables.remove(0).rows else { panic!() };
        assert_eq!((values.len(), more), (MOST_ROWS, Some(10_001)));
    });
}

#[test]
fn a_locked_table_fails_alone() {
    on_each(|server| {
        let database = server.database();
        database.sql(&format!(
            "{STOCK}; CREATE TABLE z (version_num text); INSERT INTO z VALUES ('seen'); CREATE TABLE users (id int)"
        ));
        // It holds on for as long as the test goes on: whoever waited for it would see no end.
        database.hold("migration", "LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE");
        let look = look(&database.url());
        let Rows::Failed { reason } = &table(&look, "public", "alembic_version").rows else { panic!("{look:?}") };
        assert!(reason.contains("lock timeout"), "{reason}");
        assert_eq!(table(&look, "public", "z").rows, known(&["seen"]));
        assert_eq!(look.user_tables, 1);
    });
}

#[test]
fn a_look_leaves_no_trace() {
    on_each(|server| {
        let database = server.database();
        database.sql(STOCK);
        let counted = "SELECT count(*), max(oid::bigint) FROM pg_class";
        let before = database.sql(counted);
        look(&database.url());
        assert_eq!(database.sql(counted), before);
        assert_eq!(database.sql("SELECT pg_current_xact_id_if_assigned()")[0][0], None);
    });
}

#[test]
fn a_standby_is_looked_at_like_any_other_server() {
    use crate::support::postgres::{SUPERUSER, SUPERUSER_PASSWORD, cluster, installation};
    let installation = installation::find().pop().unwrap();
    let variant =
        cluster::Variant { files: vec![("standby.signal".into(), String::new())], ..cluster::Variant::default() };
    let server = cluster::start(&installation, &variant).unwrap();
    let url = server.url(SUPERUSER, SUPERUSER_PASSWORD, "postgres");
    let look = look(&url);
    assert!(look.in_recovery);
    assert!(super::look(&format!("{url}?target_session_attrs=standby")).notes.is_empty());
    assert_eq!(super::look(&format!("{url}?target_session_attrs=read-write")).notes.len(), 1);
}

#[test]
fn a_role_that_may_only_read_is_noticed() {
    on_each(|server| {
        let role = server.role("pw");
        let database = server.database();
        database.sql(&format!("ALTER ROLE {} SET default_transaction_read_only = on", role.name));
        assert!(look(&server.url(&role.name, "pw", &database.name)).read_only);
    });
}

#[test]
fn hundreds_of_tenants_are_read_and_one_broken_among_them() {
    on_each(|server| {
        let database = server.database();
        database.sql(
            "DO $$ BEGIN FOR i IN 1..300 LOOP
                EXECUTE format('CREATE SCHEMA t%s; CREATE TABLE t%s.alembic_version (version_num text);
                                INSERT INTO t%s.alembic_version VALUES (''%s'')', i, i, i, i);
             END LOOP; END $$;
             CREATE VIEW t7.broken AS SELECT (1 / (length(version_num) - 1))::text AS version_num FROM t7.alembic_version",
        );
        let look = look(&database.url());
        assert_eq!(look.version_tables.len(), 301);
        for number in 1..=300 {
            let number = number.to_string();
            assert_eq!(table(&look, &format!("t{number}"), "alembic_version").rows, known(&[&number]));
        }
        assert!(matches!(table(&look, "t7", "broken").rows, Rows::Failed { .. }));
    });
}

#[test]
fn columns_indexes_constraints_and_enumerations_are_read_without_any_right() {
    on_each(|server| {
        let database = server.database();
        database.sql(
            "CREATE TYPE mood AS ENUM ('sad', 'ok');
             CREATE TABLE users (id serial CONSTRAINT pk_users PRIMARY KEY, email varchar(80) NOT NULL, gone int, m mood);
             ALTER TABLE users DROP COLUMN gone;
             ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
             CREATE UNIQUE INDEX ix_email ON users (email);
             CREATE SCHEMA app; CREATE TABLE app.\"Odd Name\" (\"a b\" int); CREATE VIEW app.v AS SELECT 1 AS one;",
        );
        database.sql("REVOKE ALL ON SCHEMA public FROM public");
        let role = server.role("pw");
        let look = look(&server.url(&role.name, "pw", &database.name));
        let Tables::Read(catalog) = &look.tables else { panic!("{:?}", look.tables) };
        let names: Vec<_> =
            catalog.relations().iter().map(|relation| (relation.schema.as_deref(), relation.name.as_str())).collect();
        assert_eq!(names, [(Some("app"), "Odd Name"), (Some("app"), "v"), (Some("public"), "users")]);
        let users = catalog.named("USERS").next().unwrap();
        let columns: Vec<_> = users.columns.as_deref().unwrap().iter().collect();
        let columns: Vec<_> =
            columns.iter().map(|c| (c.name.as_str(), c.type_text.as_str(), c.nullable, c.has_default)).collect();
        assert_eq!(
            columns,
            [
                ("id", "integer", false, true),
                ("email", "character varying(80)", false, false),
                ("m", "public.mood", true, false)
            ]
        );
        let indexes: Vec<_> =
            users.indexes.iter().map(|index| (index.name.as_str(), index.unique, index.valid)).collect();
        assert_eq!(indexes, [("ix_email", true, true), ("pk_users", true, true)]);
        let constraints = users.constraints.as_deref().unwrap().iter();
        let constraints: Vec<_> = constraints.map(|c| (c.name.as_str(), c.kind, c.validated)).collect();
        assert_eq!(constraints, [("pk_users", 'p', true), ("positive", 'c', false)]);
        assert_eq!(
            catalog.enums().iter().map(|e| (e.schema.as_str(), e.name.as_str())).collect::<Vec<_>>(),
            [("public", "mood")]
        );
        assert_eq!(catalog.relations()[1].kind, RelationKind::Other);
        assert!(!catalog.is_cut());
    });
}
