//! Locks and timeouts: what the doctor says of pending revisions, and that the real Alembic agrees.

use super::{finding, findings, report};
use crate::support::postgres::{TestDatabase, newest};
use crate::support::sandbox::Sandbox;
use crate::support::shop::{Shop, says};

/// Writes down how strongly the transaction of the migrations holds `orders`, and its limits.
const NOTE: &str = "    op.execute(\"\"\"INSERT INTO seen
        SELECT count(*), current_setting('lock_timeout') FROM pg_locks
        WHERE pid = pg_backend_pid() AND relation = 'orders'::regclass AND mode = 'AccessExclusiveLock'\"\"\")";

/// A database with two tables, and `b2bb` pending, which takes the strongest lock.
fn behind(database: &TestDatabase<'_>) -> Sandbox {
    database.sql("CREATE TABLE orders (id int); CREATE TABLE invoices (total int); CREATE TABLE seen (held int, lock_timeout text)");
    let sandbox = Sandbox::with_project().database_url(&database.url()).revision("a1aa", &[]);
    assert_eq!(sandbox.alembic(&["upgrade", "head"]).status, 0);
    sandbox.revision_with("b2bb", &["a1aa"], "", "    op.add_column('orders', sa.Column('note', sa.Text()))")
}

/// Edits the stock env.py, as a person would.
fn edit(sandbox: &Sandbox, from: &str, to: &str) {
    let text = std::fs::read_to_string(sandbox.path().join("migrations/env.py")).unwrap();
    assert!(text.contains(from), "no {from:?} in {text}");
    sandbox.write("migrations/env.py", text.replace(from, to));
}

fn upgrade(sandbox: &Sandbox) {
    let run = sandbox.alembic(&["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
}

#[test]
fn a_missing_lock_timeout_is_proven_by_the_server_and_set_where_no_sql_runs() {
    let database = newest().database();
    let sandbox = behind(&database);
    let (document, code) = report(&sandbox, &["diagnose"]);
    let found = finding(&document, "missing-lock-timeout");
    assert_eq!((found["severity"].as_str(), code), (Some("warning"), 0), "{found:#}");
    assert!(found["location"]["path"].as_str().unwrap().ends_with("migrations/env.py"), "{found:#}");
    let arguments = "connect_args={\"options\": \"-c lock_timeout=4000\"}";
    assert!(found["evidence"].to_string().replace('\\', "").contains(arguments), "{found:#}");
    // Without the server nobody can know what it sets.
    let (document, _) = report(&sandbox, &["check"]);
    assert_eq!(finding(&document, "missing-lock-timeout")["severity"], "info");

    edit(&sandbox, "poolclass=pool.NullPool,", &format!("poolclass=pool.NullPool,\n        {arguments},"));
    assert!(!findings(&report(&sandbox, &["diagnose"]).0).contains(&"missing-lock-timeout"));
    let sandbox = sandbox.revision_with("c3cc", &["b2bb"], "", NOTE);
    upgrade(&sandbox);
    assert_eq!(
        database.sql("SELECT lock_timeout FROM seen")[0][0].as_deref(),
        Some("4s"),
        "nothing is lost, and it holds"
    );
}

#[test]
fn a_timeout_of_the_role_counts() {
    let server = newest();
    let role = server.role("secret");
    let database = server.database();
    let sandbox = behind(&database);
    let url = server.url(&role.name, "secret", &database.name);
    let arguments = ["diagnose", "--url", url.as_str()];
    database.sql(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}", role.name));
    assert!(findings(&report(&sandbox, &arguments).0).contains(&"missing-lock-timeout"));
    database.sql(&format!("ALTER ROLE {} SET lock_timeout = '4s'", role.name));
    assert!(!findings(&report(&sandbox, &arguments).0).contains(&"missing-lock-timeout"));
}

#[test]
fn a_lock_is_held_through_later_revisions_until_each_has_its_own_transaction() {
    let database = newest().database();
    let work = format!("    op.execute(\"UPDATE invoices SET total = 0\")\n{NOTE}");
    let sandbox = behind(&database).revision_with("c3cc", &["b2bb"], "", &work);
    let (document, _) = report(&sandbox, &["diagnose"]);
    let found = finding(&document, "lock-accumulation");
    assert_eq!((found["severity"].as_str(), found["revision"].as_str()), (Some("warning"), Some("b2bb")), "{found:#}");
    assert!(found["or"][0][0]["command"].as_str().unwrap().ends_with("alembic upgrade +1"), "{found:#}");
    upgrade(&sandbox);
    assert_eq!(database.sql("SELECT held FROM seen")[0][0].as_deref(), Some("1"), "the lock of b2bb was held on");

    let database = newest().database();
    let sandbox = behind(&database).revision_with("c3cc", &["b2bb"], "", &work);
    let (plain, own) =
        ("target_metadata=target_metadata", "target_metadata=target_metadata, transaction_per_migration=True");
    edit(&sandbox, plain, own);
    assert!(!findings(&report(&sandbox, &["diagnose"]).0).contains(&"lock-accumulation"));
    upgrade(&sandbox);
    assert_eq!(database.sql("SELECT held FROM seen")[0][0].as_deref(), Some("0"));
}

#[test]
fn what_a_branch_brings_runs_in_one_transaction_too() {
    let shop = Shop::on_postgres();
    shop.git(&["checkout", "--quiet", "-b", "feature"]);
    shop.revision_with("c3cc", Some("b2bb"), "op.add_column(\"t_a1aa\", sa.Column(\"note\", sa.Text()))", "pass");
    shop.revision_with("d4dd", Some("c3cc"), "op.execute(\"UPDATE t_b2bb SET id = 0\")", "pass");
    shop.commit("notes");
    let (document, _) = report(&shop.sandbox, &["check"]);
    let found = finding(&document, "lock-accumulation");
    assert_eq!(found["revision"], "c3cc", "{found:#}");
    says(found, "2 revisions were changed here and run in one transaction where none of them has run");
    // Nobody knows which of all revisions run together.
    assert!(!findings(&report(&shop.sandbox, &["check", "--all"]).0).contains(&"lock-accumulation"));
}
