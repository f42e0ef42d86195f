//! A new revision id in Alembic's form (alembic.util.langhelpers.rev_id): twelve random
//! hexadecimal digits.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// A new id.
pub(super) fn random() -> String {
    // The standard library seeds its hashers from the system's randomness.
    let digits = format!("{:016x}", RandomState::new().build_hasher().finish());
    digits.chars().skip(4).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_alembic_s_form_and_differ() {
        let [one, other] = [random(), random()];
        assert!(one.len() == 12 && one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
        assert_ne!(one, other);
    }
}
