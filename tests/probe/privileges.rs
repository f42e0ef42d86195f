//! Roles that may not see everything.

use alembic_doctor::database::{ErrorKind, Rows};

use super::{ENCODED, PASSWORD, failure, known, look, on_each, table};

#[test]
fn a_role_that_may_only_connect_sees_the_catalog_but_no_rows() {
    on_each(|server| {
        let role = server.role(PASSWORD);
        let database = server.database();
        database.sql("CREATE SCHEMA app; CREATE TABLE app.alembic_version (version_num varchar(32)); CREATE TABLE alembic_version (version_num text)");
        let url = server.url(&role.name, ENCODED, &database.name);
        let look = look(&url);
        assert_eq!(
            table(&look, "app", "alembic_version").rows,
            Rows::Denied { missing: "USAGE on schema app and SELECT on app.alembic_version".into() }
        );
        assert_eq!(table(&look, "app", "alembic_version").width, Some(32));
        assert_eq!(
            table(&look, "public", "alembic_version").rows,
            Rows::Denied { missing: "SELECT on public.alembic_version".into() }
        );
    });
}

#[test]
fn a_grant_on_the_column_is_enough() {
    on_each(|server| {
        let role = server.role("pw");
        let database = server.database();
        database.sql(&format!(
            "CREATE TABLE alembic_version (version_num text, secret text); INSERT INTO alembic_version VALUES ('a');
             GRANT SELECT (version_num) ON alembic_version TO {}",
            role.name
        ));
        assert_eq!(
            table(&look(&server.url(&role.name, "pw", &database.name)), "public", "alembic_version").rows,
            known(&["a"])
        );
    });
}

#[test]
fn rows_that_can_be_hidden_are_no_answer() {
    on_each(|server| {
        let role = server.role("pw");
        let database = server.database();
        database.sql(&format!(
            "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('a');
             ALTER TABLE alembic_version ENABLE ROW LEVEL SECURITY; GRANT SELECT ON alembic_version TO {}",
            role.name
        ));
        let look = look(&server.url(&role.name, "pw", &database.name));
        let rows = &look.version_tables[0].rows;
        assert!(matches!(rows, Rows::Denied { missing } if missing.contains("row-level security")), "{rows:?}");
    });
}

#[test]
fn wrong_accounts_and_databases_have_their_own_words() {
    on_each(|server| {
        let role = server.role(PASSWORD);
        let database = server.database();
        let wrong = failure(&server.url(&role.name, "s3cr3t-wrong", &database.name));
        assert_eq!(wrong.kind, ErrorKind::Authentication);
        assert!(wrong.message.contains("refuses the password"), "{wrong:?}");
        let nobody = failure(&server.url("nobody_here", ENCODED, &database.name));
        assert_eq!(nobody.kind, ErrorKind::Authentication, "{nobody:?}");
        let nowhere = failure(&server.url(&role.name, ENCODED, "no_such_database"));
        assert_eq!(nowhere.kind, ErrorKind::UnknownDatabase, "{nowhere:?}");
        assert!(nowhere.message.contains("no_such_database"));
        let missing = failure(&format!("postgresql://{}@{}:{}/{}", role.name, server.host, server.port, database.name));
        assert_eq!(missing.kind, ErrorKind::Authentication);
        assert!(missing.message.contains("none is known"), "{missing:?}");
        server.sql(&database.name, &format!("REVOKE CONNECT ON DATABASE {} FROM PUBLIC", database.name));
        let refused = failure(&server.url(&role.name, ENCODED, &database.name));
        assert_eq!(refused.kind, ErrorKind::PermissionDenied, "{refused:?}");
    });
}
