//! S67: autogenerate does not see the models.

use std::fs;

use serde_json::Value;

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "env.py imports no model: everything would be dropped", cure: drops_everything },
    Story { what: "the import of a new model was taken away: the revision is empty", cure: empty },
];

const BASE: &str = "from sqlalchemy.orm import declarative_base

Base = declarative_base()
";

/// A module with these tables, as the revisions make them.
fn models(tables: &[&str]) -> String {
    let class = |name: &&str| {
        format!(
            "\n\nclass {name}(Base):\n    __tablename__ = \"{name}\"\n    id = sa.Column(sa.Integer)\n    \
             __mapper_args__ = {{\"primary_key\": [id]}}\n"
        )
    };
    let classes: String = tables.iter().map(class).collect();
    format!("import sqlalchemy as sa\n\nfrom app.db import Base\n{classes}")
}

/// Four tables, all of them upgraded; env.py takes its metadata from app/db.py and imports this.
fn shop(import: &str) -> Shop {
    let shop = Shop::on_postgres();
    shop.revision("c3cc", Some("b2bb"));
    shop.revision("d4dd", Some("c3cc"));
    shop.sandbox.write("app/__init__.py", "");
    shop.sandbox.write("app/db.py", BASE);
    shop.sandbox.write("app/models.py", models(&["t_a1aa", "t_b2bb", "t_c3cc", "t_d4dd"]));
    shop.edit("migrations/env.py", "target_metadata = None", "target_metadata = Base.metadata");
    shop.edit("migrations/env.py", "from alembic import context", &format!("from alembic import context\n{import}"));
    shop.commit("models");
    shop.upgrade("head");
    shop
}

/// What env.py imports is corrected as the page says, the revision is deleted and asked for again.
fn cure(shop: &Shop, found: &Value, import: &str) {
    shop.follow(&found["next"]);
    let place = "from app.db import Base";
    shop.edit("migrations/env.py", place, &format!("{place}\n{import}  # noqa: F401"));
    let folder = shop.path().join("migrations/versions");
    for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.is_file() && !file.to_string_lossy().ends_with("_.py") {
            fs::remove_file(file).unwrap();
        }
    }
    shop.must("alembic revision --autogenerate -m again");
    shop.must("alembic upgrade head");
    assert_eq!(shop.rows("t_new"), 0);
    shop.is_healthy();
}

fn drops_everything() {
    let shop = shop("from app.db import Base\nimport app.models");
    shop.edit("migrations/env.py", "\nimport app.models", "");
    shop.commit("ruff check --fix");
    shop.must("alembic revision --autogenerate -m new");
    let found = shop.finds("suspicious-drop-everything");
    assert_eq!(found["severity"], "error");
    says(&found, "This revision drops 4 tables");
    says(&found, "app/models.py makes tables, and env.py imports it neither itself nor by what it imports");
    says(&found, "migrations/env.py imported app/models.py until commit");
    says(&found, "ruff check --fix");
    shop.sandbox.write("app/models.py", models(&["t_a1aa", "t_b2bb", "t_c3cc", "t_d4dd", "t_new"]));
    cure(&shop, &found, "import app.models");
}

fn empty() {
    let shop = shop("from app.db import Base\nimport app.models");
    shop.sandbox.write("app/more.py", models(&["t_new"]));
    shop.edit("app/models.py", "from app.db import Base", "from app.db import Base\nfrom . import more");
    shop.commit("more");
    shop.edit("app/models.py", "\nfrom . import more", "");
    shop.must("alembic revision --autogenerate -m new");
    let found = shop.finds("empty-migration");
    assert_eq!(found["severity"], "warning");
    says(&found, "app/more.py makes tables, and env.py imports it neither itself nor by what it imports");
    says(&found, "app/models.py imports app/more.py in what is committed, and no more in the working tree");
    cure(&shop, &found, "import app.more");
}
