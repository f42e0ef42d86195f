//! S24: two applications keep their stamps in one table.

use super::Story;
use crate::support::sandbox::Sandbox;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[Story { what: "an MLflow server was there first", cure: a_table_of_its_own }];

/// What MLflow's own Alembic leaves in a database.
const MLFLOW: [&str; 4] = ["experiments", "latest_metrics", "model_versions", "registered_models"];

fn a_table_of_its_own() {
    let shop = Shop::on_postgres();
    let url = shop.database().url().replace("postgresql://", "postgresql+psycopg://");
    let create: Vec<String> =
        MLFLOW.iter().map(|name| format!("    op.create_table({name:?}, sa.Column(\"id\", sa.Integer))")).collect();
    let other = Sandbox::with_project().database_url(&url).revision_with("451aebb31d03", &[], "", &create.join("\n"));
    assert_eq!(other.alembic(&["upgrade", "head"]).status, 0);
    shop.sql("INSERT INTO experiments VALUES (7)");
    shop.refuses("alembic upgrade head", "Can't locate revision identified by '451aebb31d03'");

    let found = shop.only("foreign-stamp", "orphaned");
    says(&found, "451aebb31d03");
    says(&found, "MLflow");
    shop.follow(&found["next"]);
    // The page: a version table of its own, in both calls.
    let configure = "context.configure(\n";
    let mine = "context.configure(\n        version_table=\"shop_alembic_version\",\n";
    shop.edit("migrations/env.py", configure, mine);
    let found = shop.only("unstamped-database", "unstamped");
    says(&found, "another version table, not used: public.alembic_version: holds 451aebb31d03");
    says(&found, "no table that these revisions certainly make is there");
    shop.follow(&found["or"][0]);
    shop.sql("INSERT INTO t_a1aa VALUES (42)");
    shop.is_healthy();
    assert_eq!(shop.stamp(), ["451aebb31d03"], "the other application's row is untouched");
    assert_eq!(shop.rows("experiments"), 1);
    assert_eq!(other.alembic(&["upgrade", "head"]).status, 0);
}
