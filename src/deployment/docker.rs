//! Dockerfiles: the instructions that run commands.

use super::script::{self, Outcome, Script};
use super::yaml::flow_words;

/// What the instructions run, each for itself.
pub(super) fn read(text: &str) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let end = instruction_end(rest);
        let instruction = rest.get(..end).unwrap_or(rest);
        let trimmed = instruction.trim_start();
        let word_end = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let (word, body) = trimmed.split_at_checked(word_end).unwrap_or((trimmed, ""));
        if ["RUN", "CMD", "ENTRYPOINT"].iter().any(|known| word.eq_ignore_ascii_case(known)) {
            let start = at + (instruction.len() - trimmed.len()) + word_end;
            let inner = body.trim_start();
            let offset = start + (body.len() - inner.len());
            outcomes.push(if inner.starts_with('[') {
                script::read_words(flow_words(inner, offset))
            } else {
                script::read(&Script { text: inner, offset, fold: true, stops: false, pipefail: false })
            });
        }
        at += end.max(1);
    }
    outcomes
}

/// Where an instruction ends: a line end without `\` before it; comments between its lines do
/// not end it.
fn instruction_end(text: &str) -> usize {
    let mut end = 0;
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        end += line.len();
        let trimmed = line.trim();
        let is_comment = trimmed.starts_with('#');
        if goes_on && (is_comment || trimmed.is_empty()) {
            continue;
        }
        goes_on = !is_comment && trimmed.ends_with('\\');
        if !goes_on {
            break;
        }
    }
    end
}

/// The scripts that the image starts with: names of files without their folders.
pub(super) fn started_scripts(text: &str) -> Vec<String> {
    let starts = |line: &&str| {
        let line = line.trim_start().to_ascii_uppercase();
        line.starts_with("CMD") || line.starts_with("ENTRYPOINT")
    };
    let words = text.lines().filter(starts).flat_map(|line| line.split(['"', '\'', ' ', ',', '[', ']']));
    words.filter_map(|word| word.rsplit('/').next()).filter(|name| name.contains('.')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, bool, bool)> {
        let migrations = read(text).into_iter().flat_map(|outcome| outcome.migrations);
        migrations.map(|found| (found.written, found.ignored.is_some(), found.starts.is_some())).collect()
    }

    #[test]
    fn both_forms_of_instructions_are_read() {
        let upgrade = |ignored, starts| vec![("alembic upgrade head".to_owned(), ignored, starts)];
        assert_eq!(found("FROM x\nCMD [\"alembic\", \"upgrade\", \"head\"]\n"), upgrade(false, false));
        assert_eq!(found("CMD alembic upgrade head && gunicorn app\n"), upgrade(false, true));
        assert_eq!(found("CMD [\"sh\", \"-c\", \"alembic upgrade head || true; gunicorn app\"]"), upgrade(true, true));
        assert_eq!(found("CMD alembic upgrade head \\\n  # not now\n  ; gunicorn app"), upgrade(true, true));
        assert_eq!(
            found("# CMD alembic upgrade head\nCOPY alembic upgrade head\nLABEL x=\"alembic upgrade head\""),
            []
        );
    }

    #[test]
    fn an_escaped_text_has_the_place_of_its_word() {
        let text = "CMD [\"sh\", \"-c\", \"alembic upgrade head || echo \\\"no\\\"\"]";
        let outcomes = read(text);
        let migration = &outcomes[0].migrations[0];
        assert_eq!(
            text.get(migration.span.start..migration.span.end).unwrap(),
            "\"alembic upgrade head || echo \\\"no\\\"\""
        );
        assert!(migration.ignored.is_some());
    }

    #[test]
    fn started_scripts_are_known() {
        assert_eq!(started_scripts("ENTRYPOINT [\"/app/docker/start.sh\"]\nCMD ./run.sh web"), ["start.sh", "run.sh"]);
    }
}
