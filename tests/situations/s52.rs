//! S52: a data migration works with the application's models, which are those of today.

use super::Story;
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] =
    &[Story { what: "a later column is missing on a fresh install", cure: fresh_install }];

const MODELS: &str = "import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = \"users\"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text)
    nickname = sa.Column(sa.Text)
";

fn fresh_install() {
    let shop = Shop::on_postgres();
    shop.sandbox.write("app/__init__.py", "");
    shop.sandbox.write("app/models.py", MODELS);
    let table = "op.create_table(\"users\", sa.Column(\"id\", sa.Integer, primary_key=True), sa.Column(\"name\", sa.Text))\n\
                 op.execute(\"INSERT INTO users VALUES (1, NULL)\")";
    shop.revision_with("c3cc", Some("b2bb"), table, "op.drop_table(\"users\")");
    let rows = "from sqlalchemy.orm import Session\nfrom app.models import User\n\
                for user in Session(bind=op.get_bind()).query(User).filter(User.name.is_(None)):\n    user.name = \"nobody\"";
    shop.revision_with("d4dd", Some("c3cc"), rows, "pass");
    let column = "op.add_column(\"users\", sa.Column(\"nickname\", sa.Text))";
    shop.revision_with("e5ee", Some("d4dd"), column, "op.drop_column(\"users\", \"nickname\")");
    shop.upgrade("a1aa");
    shop.refuses("alembic upgrade head", "column users.nickname does not exist");

    let explained = shop.must("alembic-doctor explain 'column users.nickname does not exist'");
    assert!(explained.contains("application-import-in-migration"), "{explained}");
    let found = shop.finds("application-import-in-migration");
    assert_eq!((found["severity"].as_str(), found["revision"].as_str()), (Some("warning"), Some("d4dd")));
    says(&found, "through app.models.User, as it is today");
    says(&found, "a fresh install fails here");
    shop.follow(&found["next"]);
    // The page: the table as it is at this point.
    let frozen = "users = sa.table(\"users\", sa.column(\"name\", sa.String))\n\
                  op.execute(users.update().where(users.c.name.is_(None)).values(name=\"nobody\"))";
    shop.revision_with("d4dd", Some("c3cc"), frozen, "pass");
    shop.must("alembic upgrade head");
    assert_eq!(shop.database().sql("SELECT name FROM users")[0][0].as_deref(), Some("nobody"));
    shop.is_healthy();
}
