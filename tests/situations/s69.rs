//! S69: tenants drift: the command that goes over all of them ended well, and left some out.

use std::fs;

use super::Story;
use crate::support::shop::{Shop, names, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "a fan-out that swallows failures left two tenants behind", cure: left_out },
    Story { what: "one tenant was stamped with a revision of a deleted branch", cure: orphaned_tenant },
    Story { what: "one of two databases of multidb was restored from a backup", cure: half_of_multidb },
];

const TENANTS: [&str; 6] = ["t_ant", "t_bee", "t_cat", "t_dog", "t_elk", "t_fox"];

/// A project whose env.py migrates the schema that `-x tenant=` names, and six tenants of it.
fn tenants() -> Shop {
    let shop = Shop::on_postgres();
    let env = shop.path().join("migrations/env.py");
    let text = fs::read_to_string(&env).unwrap();
    let configure = "        context.configure(\n            connection=connection, target_metadata=target_metadata";
    assert!(text.contains(configure));
    let text = text.replace(
        configure,
        "        tenant = context.get_x_argument(as_dictionary=True)[\"tenant\"]\n        \
         connection.exec_driver_sql(f'SET search_path TO \"{tenant}\"')\n        connection.commit()\n        \
         context.configure(\n            connection=connection, target_metadata=target_metadata",
    );
    fs::write(&env, text).unwrap();
    shop.commit("a schema for each tenant");
    for tenant in TENANTS {
        shop.sql(&format!("CREATE SCHEMA {tenant}"));
        upgrade(&shop, tenant);
        shop.sql(&format!("INSERT INTO {tenant}.t_a1aa VALUES (42)"));
    }
    shop
}

/// As the tenant's owner would.
fn upgrade(shop: &Shop, tenant: &str) {
    let (said, worked) = shop.run(&format!("alembic -x tenant={tenant} upgrade head"));
    assert!(worked, "{said}");
}

fn all_are_healthy(shop: &Shop) {
    let (document, code) = shop.report(&["envs", "--all-schemas"]);
    assert_eq!((names(&document), code), (vec![], 0), "{document:#}");
    assert_eq!(document["databases"][0]["schemas"].as_array().unwrap().len(), TENANTS.len());
    for tenant in TENANTS {
        assert_eq!(shop.rows(&format!("{tenant}.t_a1aa")), 1, "a row of {tenant} was lost");
    }
}

fn left_out() {
    let shop = tenants();
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("add coupons");
    // What stands in the way of two of them, and a loop that does not care.
    shop.sql("CREATE TABLE t_bee.t_c3cc (id int); CREATE TABLE t_elk.t_c3cc (id int)");
    let over_all = format!("for t in {}; do alembic -x tenant=$t upgrade head || true; done", TENANTS.join(" "));
    assert!(shop.run(&over_all).1, "it says that all is well");
    shop.sql("DROP TABLE t_bee.t_c3cc; DROP TABLE t_elk.t_c3cc");

    let (document, code) = shop.report(&["envs", "--all-schemas"]);
    assert_eq!((names(&document), code), (vec!["environment-mismatch", "database-behind"], 1), "{document:#}");
    let found = &document["findings"][0];
    says(found, "2 of 6 schemas of database default lack revisions that others have");
    says(found, "2 lack c3cc, at b2bb: t_bee, t_elk");
    says(found, "4 at c3cc: t_ant, t_cat, t_dog, t_fox");
    // Which schema a run migrates, only env.py knows: the tool shows where it is written.
    assert_eq!(found["next"][0]["changes"], "nothing");
    let (shown, worked) = shop.run(found["next"][0]["command"].as_str().unwrap());
    assert!(worked && shown.contains("get_x_argument(as_dictionary=True)[\"tenant\"]"), "{shown}");
    assert!(found["next"][0]["why"].as_str().unwrap().contains("which only a person can read there"), "{found:#}");
    // The gate lets the rest of the rollout pass.
    let (document, code) = shop.report(&["gate", "--all-schemas"]);
    assert_eq!((names(&document), code), (vec!["environment-mismatch", "database-behind"], 0), "{document:#}");
    // What a person reads there, done for the group.
    for tenant in ["t_bee", "t_elk"] {
        upgrade(&shop, tenant);
    }
    all_are_healthy(&shop);
}

fn orphaned_tenant() {
    let shop = tenants();
    shop.git(&["checkout", "--quiet", "-b", "trial"]);
    shop.revision("c3cc", Some("b2bb"));
    shop.commit("try coupons");
    upgrade(&shop, "t_dog");
    shop.git(&["checkout", "--quiet", "main"]);

    let (document, code) = shop.report(&["envs", "--all-schemas"]);
    assert_eq!((names(&document), code), (vec!["database-ahead"], 1), "{document:#}");
    let found = &document["findings"][0];
    says(found, "in schema t_dog of database default");
    says(found, "c3cc");
    // Rolled forward: the others then lack what this one has.
    shop.follow(&found["next"]);
    let (document, code) = shop.report(&["envs", "--all-schemas"]);
    assert_eq!((names(&document), code), (vec!["environment-mismatch", "database-behind"], 1), "{document:#}");
    for tenant in TENANTS {
        upgrade(&shop, tenant);
    }
    all_are_healthy(&shop);
}

fn half_of_multidb() {
    let shop = Shop::new();
    let python = crate::support::alembic::python().display();
    let (said, worked) =
        shop.run(&format!("rm -r migrations alembic.ini && {python} -m alembic init -t multidb migrations"));
    assert!(worked, "{said}");
    let ini = fs::read_to_string(shop.path().join("alembic.ini")).unwrap();
    let ini = ini
        .replace("driver://user:pass@localhost/dbname2", "sqlite:///two.db")
        .replace("driver://user:pass@localhost/dbname", "sqlite:///app.db");
    fs::write(shop.path().join("alembic.ini"), ini).unwrap();
    shop.sandbox.write(".gitignore", "*.db\n__pycache__\n");
    for (id, parent) in [("a1aa", None), ("b2bb", Some("a1aa"))] {
        multidb_revision(&shop, id, parent);
    }
    shop.git(&["add", "--all"]);
    shop.git(&["commit", "--quiet", "--amend", "--message", "start"]);
    shop.upgrade("head");
    multidb_revision(&shop, "c3cc", Some("b2bb"));
    shop.commit("two databases");
    // One of the two is restored from a backup of the day before.
    fs::copy(shop.path().join("two.db"), shop.path().join("backup.db")).unwrap();
    let (said, worked) = shop.run("alembic upgrade head");
    assert!(worked, "{said}");
    fs::rename(shop.path().join("backup.db"), shop.path().join("two.db")).unwrap();

    let (document, code) = shop.report(&["envs"]);
    assert_eq!((names(&document), code), (vec!["environment-mismatch", "database-behind"], 1), "{document:#}");
    let found = &document["findings"][0];
    says(found, "1 of 2 databases of `databases =` lacks revisions that others have");
    says(found, "1 lacks c3cc, at b2bb: engine2");
    shop.follow(&found["next"]);
    let (document, code) = shop.report(&["envs"]);
    assert_eq!((names(&document), code), (vec![], 0), "{document:#}");
    assert_eq!(shop.rows("t_a1aa"), 1, "a row was lost");
}

/// A revision of the multidb template: a part for each database.
fn multidb_revision(shop: &Shop, id: &str, down: Option<&str>) {
    shop.revision(id, down);
    let file = shop.versions(id);
    let text = fs::read_to_string(&file).unwrap();
    let (head, _) = text.split_once("def upgrade() -> None:").unwrap();
    let mut text = format!(
        "{head}def upgrade(engine_name: str) -> None:\n    globals()[f\"upgrade_{{engine_name}}\"]()\n\n\n\
         def downgrade(engine_name: str) -> None:\n    globals()[f\"downgrade_{{engine_name}}\"]()\n"
    );
    for engine in ["engine1", "engine2"] {
        text.push_str(&format!(
            "\n\ndef upgrade_{engine}() -> None:\n    op.create_table(\"t_{id}\", sa.Column(\"id\", sa.Integer))\n\n\n\
             def downgrade_{engine}() -> None:\n    op.drop_table(\"t_{id}\")\n"
        ));
    }
    fs::write(file, text).unwrap();
}
