//! env.py files as people write them.

use super::*;

const HEAD: &str = "import os\nfrom sqlalchemy import create_engine, engine_from_config\n\
                    from alembic import context\nconfig = context.config\n";
const STOCK: &str =
    "engine = engine_from_config(config.get_section(config.config_ini_section, {}), prefix='sqlalchemy.')\n";

fn env(text: &str) -> EnvPy {
    read_text(Path::new("migrations/env.py"), &format!("{HEAD}{text}"))
}

/// The phrase and the variable.
fn url(text: &str) -> (String, Option<String>) {
    let env = env(text);
    (env.url_phrase(), env.url_variable)
}

fn variable(text: &str) -> Option<String> {
    url(text).1
}

#[test]
fn the_stock_file_uses_the_ini() {
    assert_eq!(url(STOCK), ("from sqlalchemy.url of the ini".to_owned(), None));
}

#[test]
fn a_variable_set_as_main_option_is_certain() {
    for value in [
        "os.environ['DB_URL']",
        "os.environ.get('DB_URL')",
        "os.getenv('DB_URL', 'sqlite:///a.db')",
        "os.environ['DB_URL'].replace('postgres://', 'postgresql://').replace('%', '%%')",
        "str(os.environ['DB_URL'])",
    ] {
        let text = format!("config.set_main_option('sqlalchemy.url', {value})\n{STOCK}");
        assert_eq!(variable(&text).as_deref(), Some("DB_URL"), "{value}");
    }
}

#[test]
fn a_default_and_the_ini_come_after_the_variable() {
    let text = "url = os.environ.get('X') or config.get_main_option('sqlalchemy.url')\nengine = create_engine(url)\n";
    let (phrase, variable) = url(text);
    assert_eq!(phrase, "from the environment variable X, else from sqlalchemy.url of the ini");
    assert_eq!(variable.as_deref(), Some("X"));
    let text = "url = config.get_main_option('sqlalchemy.url') or os.environ.get('X')\nengine = create_engine(url)\n";
    assert_eq!(variable_and_first(text), (None, UrlOrigin::Ini));
}

fn variable_and_first(text: &str) -> (Option<String>, UrlOrigin) {
    let env = env(text);
    (env.url_variable, env.url[0].0.clone())
}

#[test]
fn a_helper_is_followed() {
    let text = "def get_url():\n    return os.getenv('A_URL')\n\ndef run():\n    section = config.get_section(config.config_ini_section)\n    section['sqlalchemy.url'] = get_url()\n    engine = engine_from_config(section, prefix='sqlalchemy.')\n";
    assert_eq!(variable(text).as_deref(), Some("A_URL"));
    let text = "def get_url():\n    url = os.getenv('A_URL')\n    if url:\n        return url\n    return config.get_main_option('sqlalchemy.url')\n\nengine = create_engine(get_url())\n";
    assert_eq!(variable(text).as_deref(), Some("A_URL"));
}

#[test]
fn an_override_under_a_test_of_the_variable_itself_is_certain() {
    let text = format!("u = os.getenv('X')\nif u:\n    config.set_main_option('sqlalchemy.url', u)\n{STOCK}");
    assert_eq!(url(&text).0, "from the environment variable X, else from sqlalchemy.url of the ini");
    assert_eq!(variable(&text).as_deref(), Some("X"));
}

#[test]
fn doubt_means_no_variable() {
    let cases = [
        // Another test decides.
        format!(
            "if config.attributes.get('t'):\n    config.set_main_option('sqlalchemy.url', os.environ['X'])\n{STOCK}"
        ),
        // The database's name is changed.
        format!("config.set_main_option('sqlalchemy.url', os.environ['X'].replace('/app', '/test'))\n{STOCK}"),
        // Two values.
        "if a:\n    u = os.environ['X']\nelse:\n    u = os.environ['Y']\nengine = create_engine(u)\n".to_owned(),
        // Something comes before it.
        "x = context.get_x_argument(as_dictionary=True)\nengine = create_engine(x.get('db_url') or os.environ['X'])\n"
            .to_owned(),
        // env.py sets it itself.
        "os.environ['X'] = 'sqlite://'\nengine = create_engine(os.environ['X'])\n".to_owned(),
        "load_dotenv(override=True)\nengine = create_engine(os.environ['X'])\n".to_owned(),
        // An unknown function may change it.
        "from app import fix\nengine = create_engine(fix(os.environ['X']))\n".to_owned(),
        // Unused variable: the engine is the application's.
        "from app.db import engine\nu = os.environ['X']\nwith engine.connect() as c:\n    pass\n".to_owned(),
    ];
    for text in cases {
        assert_eq!(variable(&text), None, "{text}");
        assert!(!env(&text).url.is_empty(), "{text}");
    }
}

#[test]
fn other_ways_are_named() {
    let cases = [
        (
            "from app import settings\nengine = create_engine(settings.DB.unicode_string())",
            "from `settings.DB` of the application",
        ),
        ("from app.db import engine\nwith engine.connect() as c:\n    pass", "from `engine` of the application"),
        (
            "u = f\"postgresql://{os.environ['U']}:{os.environ['P']}@{os.getenv('H', 'localhost')}/d\"\ne = create_engine(u)",
            "from the parts U, P, H",
        ),
        (
            "from app import cfg\ne = create_engine(URL.create('postgresql', host=cfg.host, password=os.environ['P']))",
            "from the parts cfg.host, P",
        ),
        ("x = context.get_x_argument(as_dictionary=True)\ne = create_engine(x['db'])", "from the argument -x db=…"),
        ("e = create_engine('sqlite:///a.db')", "from a literal in env.py"),
        ("for n in names:\n    e = engine_from_config(config.get_section(n, {}))", "from sqlalchemy.url of the ini"),
        ("e = create_engine('driver://user:pass@localhost/dbname')", "in a way that cannot be seen in env.py"),
    ];
    for (text, phrase) in cases {
        assert_eq!(url(text), (phrase.to_owned(), None), "{text}");
    }
}

#[test]
fn the_flask_template_gets_it_from_the_application() {
    let text = "from flask import current_app\ndef get_engine():\n    try:\n        return current_app.extensions['migrate'].db.get_engine()\n    except TypeError:\n        return current_app.extensions['migrate'].db.engine\n\ndef get_engine_url():\n    return get_engine().url.render_as_string(hide_password=False).replace('%', '%%')\n\nconfig.set_main_option('sqlalchemy.url', get_engine_url())\ndef run():\n    connectable = get_engine()\n    with connectable.connect() as connection:\n        context.configure(connection=connection, **conf_args)\n";
    let env = env(text);
    assert!(
        env.url_phrase().starts_with("from `current_app.extensions['migrate'].db.get_engine()`"),
        "{}",
        env.url_phrase()
    );
    assert!(matches!(env.version_table, Fact::Unknown { .. }));
}

#[test]
fn configure_arguments_are_read_from_literals_and_constants() {
    let env = env("SCHEMA = 'audit'\nopts = dict(version_table='v', render_as_batch=True)\n\
                   target_metadata = Base.metadata\n\
                   context.configure(target_metadata=target_metadata, version_table_schema=SCHEMA, **opts)\n");
    assert_eq!(env.version_table, Fact::Known("v".to_owned()));
    assert_eq!(env.version_table_schema, Fact::Known("audit".to_owned()));
    assert_eq!(env.render_as_batch, Fact::Known(true));
    assert_eq!(env.include_schemas, Fact::Absent);
    assert_eq!(env.target_metadata, Fact::Known("Base.metadata".to_owned()));
}

fn version_table(text: &str) -> Fact<String> {
    env(text).version_table
}

fn reason(fact: Fact<String>) -> String {
    match fact {
        Fact::Unknown { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_computed_or_contradictory_is_unknown_with_the_reason() {
    assert_eq!(
        reason(version_table("context.configure(version_table='a')\ncontext.configure(url='x')\n")),
        "the context.configure calls in lines 5 and 6 disagree"
    );
    assert!(reason(version_table("context.configure(version_table='a' + p)\n")).contains("`'a' + p`"));
    assert!(reason(version_table("def f(t):\n    context.configure(version_table=t)\n")).contains("parameter of `f`"));
    assert!(reason(version_table("context.configure(**kw())\n")).contains("`**kw()`"));
    assert!(reason(version_table("kw = {}\nkw['version_table'] = 'x'\ncontext.configure(**kw)\n")).contains("changed"));
    assert!(
        reason(version_table("T = 'a'\nif x:\n    T = 'b'\ncontext.configure(version_table=T)\n"))
            .contains("more than once")
    );
    assert!(reason(version_table("run()\n")).contains("does not call context.configure"));
}

#[test]
fn another_name_for_the_context_is_understood() {
    for text in [
        "from alembic import context as ctx\nctx.configure(version_table='v')\n",
        "import alembic.context as c\nc.configure(version_table='v')\n",
        "from alembic.context import configure\nconfigure(version_table='v')\n",
        "import alembic\nalembic.context.configure(version_table='v')\n",
    ] {
        assert_eq!(version_table(text), Fact::Known("v".to_owned()), "{text}");
    }
    // Not Alembic's.
    assert!(matches!(version_table("logging.configure(version_table='v')\n"), Fact::Unknown { .. }));
}

#[test]
fn a_part_that_is_no_python_puts_the_rest_in_doubt() {
    let env = env("context.configure(version_table='v')\nengine = create_engine(os.environ['X'])\n<<<<<<< HEAD\n");
    assert_eq!(env.version_table, Fact::Known("v".to_owned()));
    assert!(matches!(env.version_table_schema, Fact::Unknown { .. }));
    assert_eq!(env.url_variable, None);
    assert!(env.unreadable.unwrap().0.starts_with("env.py is not valid Python"));
}

#[test]
fn a_missing_file_is_said_to_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let env = read(&folder.path().join("env.py"), Path::new("m/env.py"));
    assert_eq!(env.unreadable.as_ref().unwrap().0, "env.py is missing");
    assert_eq!(env.url_phrase(), "in an unknown way: env.py is missing");
    assert!(env.source.is_none());
}

#[test]
fn passwords_of_literals_are_not_in_the_source_that_can_be_shown() {
    let env = env("engine = create_engine('postgresql://u:s3cret@h/d')\n");
    assert!(!env.source.unwrap().text().contains("s3cret"));
    assert_eq!(env.url[0].0, UrlOrigin::Literal { url: "postgresql://u:s3cret@h/d".to_owned() });
}

#[test]
fn values_that_refer_to_each_other_end() {
    let text = "a = b\nb = a\nengine = create_engine(a)\ndef f():\n    return g()\ndef g():\n    return f() or f()\nx = create_engine(f())\n";
    assert_eq!(env(text).url_variable, None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_makes_it_panic(text in "(config|url|os.environ|=|\\(|\\)|'|\\[|\\]|\n| |create_engine|def f\\(\\):|\\*\\*|,|\u{0}){0,40}") {
        let _ = env(&text);
    }
}
