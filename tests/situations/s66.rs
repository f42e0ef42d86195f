//! S66: tests run on SQLite, production is PostgreSQL.

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] =
    &[Story { what: "a revision that SQLite leaves out fails in production", cure: left_out }];

const WORKFLOW: &str = "jobs:
  test:
    runs-on: ubuntu-latest
    services:
      postgres:
        image: postgres:16
    env:
      DATABASE_URL: postgresql://postgres:test@localhost/postgres
    steps:
      - run: alembic upgrade head
      - run: pytest
";

fn left_out() {
    let shop = Shop::on_postgres();
    shop.sandbox
        .write("tests/conftest.py", "import sqlalchemy\n\nengine = sqlalchemy.create_engine(\"sqlite:///test.db\")\n");
    let typed = "if op.get_bind().dialect.name == \"postgresql\":\n    \
                 op.execute(\"CREATE TYPE mood AS ENUM ('sad', 'sad')\")";
    shop.revision_with("c3cc", Some("b2bb"), typed, "pass");
    shop.upgrade("b2bb");
    shop.refuses("alembic upgrade head", "duplicate key value violates unique constraint");

    let found = shop.finds("sqlite-tests-postgres-production");
    assert_eq!(found["severity"], "warning");
    says(&found, "Tests run on SQLite only, and 1 revision needs PostgreSQL");
    says(&found, "tests: `sqlite:///test.db` at tests/conftest.py:3");
    says(&found, "c3cc: CREATE TYPE mood, which tests leave out");
    shop.follow(&found["next"]);
    // The page: CI on PostgreSQL would have said it.
    shop.sandbox.write(".github/workflows/test.yml", WORKFLOW);
    shop.edit("tests/conftest.py", "\"sqlite:///test.db\"", "os.environ[\"DATABASE_URL\"]");
    shop.edit("migrations/versions/c3cc_.py", "('sad', 'sad')", "('sad', 'glad')");
    shop.must("alembic upgrade head");
    shop.is_healthy();
}
