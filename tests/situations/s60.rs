//! S60: the variable is not set, and env.py takes another database without a word.

use super::Story;
use crate::support::shop::{Shop, corrected, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "a success on a new SQLite file", cure: getenv },
    Story { what: "the same with `or`, while the report is about production", cure: or },
];

const MAKES_AN_ENGINE: &str = "connectable = engine_from_config(
        config.get_section(config.config_ini_section, {}),
        prefix=\"sqlalchemy.\",
        poolclass=pool.NullPool,
    )";

/// Production is behind by one revision; env.py reads its URL with this expression.
fn shop(expression: &str) -> (Shop, String) {
    let shop = Shop::on_postgres();
    shop.upgrade("a1aa");
    let url = shop.database().url();
    let engine = format!("connectable = create_engine({expression})");
    shop.edit("migrations/env.py", MAKES_AN_ENGINE, &engine);
    shop.edit("migrations/env.py", "from sqlalchemy import pool", "import os\nfrom sqlalchemy import create_engine");
    shop.edit("alembic.ini", "sqlalchemy.url = ", "# url = ");
    // "Success", and production has not moved.
    shop.must("alembic upgrade head");
    assert!(shop.path().join("local.db").exists());
    assert_eq!(shop.stamp(), ["a1aa"]);
    (shop, url)
}

/// The place gets the corrected line; then production is migrated, and nothing else.
fn cure(shop: Shop, url: &str, old: &str, found: &serde_json::Value) {
    shop.follow(&found["next"]);
    shop.edit("migrations/env.py", old, &corrected(found));
    shop.refuses("alembic upgrade head", "KeyError: 'DATABASE_URL'");
    let shop = shop.map(|sandbox| sandbox.env("DATABASE_URL", url));
    shop.must("alembic upgrade head");
    assert_eq!(shop.stamp(), ["b2bb"]);
    shop.is_healthy();
}

fn getenv() {
    let expression = "os.getenv(\"DATABASE_URL\", \"sqlite:///local.db\")";
    let (shop, url) = shop(expression);
    let found = shop.finds("url-fallback");
    assert_eq!(found["severity"], "warning");
    says(&found, "DATABASE_URL is not set here, so Alembic would use sqlite:///local.db");
    cure(shop, &url, &format!("connectable = create_engine({expression})"), &found);
}

fn or() {
    let expression = "os.environ.get(\"DATABASE_URL\") or \"sqlite:///local.db\"";
    let (shop, url) = shop(expression);
    let (document, code) = shop.report(&["--url", &url]);
    assert_eq!(code, 0, "{document:#}");
    let findings = document["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["name"] == "url-fallback").unwrap();
    says(found, "this report is about another database, default: postgresql://");
    cure(shop, &url, &format!("connectable = create_engine({expression})"), found);
}
