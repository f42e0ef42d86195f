//! The host's name in a certificate's subject, for certificates without alternative names.
//!
//! libpq still accepts them with `verify-full` (`pgtls_verify_peer_name_matches_certificate_guts`
//! and `wildcard_certificate_match`); webpki does not look at the subject.

use super::der::{element, elements};

/// 2.5.4.3, `commonName`
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// The whole element of 2.5.29.17, `subjectAltName`
const ALTERNATIVE_NAMES: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];
/// `[0]`, the version, which comes first if at all.
const VERSION: u8 = 0xa0;
/// `[3]`, the extensions.
const EXTENSIONS: u8 = 0xa3;

/// Whether a certificate in DER has no alternative names and its common name is the host's.
pub(super) fn is_of(certificate: &[u8], host: &str) -> bool {
    subject_name(certificate).is_some_and(|name| matches(name, host))
}

/// `TBSCertificate ::= SEQUENCE { version, serial, algorithm, issuer, validity, subject, … }`
fn subject_name(certificate: &[u8]) -> Option<&str> {
    let (_, fields, _) = element(certificate)?;
    let (_, body, _) = element(fields)?;
    let extensions = elements(body).find(|(tag, _)| *tag == EXTENSIONS).map_or(&[][..], |(_, content)| content);
    if extensions.windows(ALTERNATIVE_NAMES.len()).any(|window| window == ALTERNATIVE_NAMES) {
        return None;
    }
    let (_, subject) = elements(body).filter(|(tag, _)| *tag != VERSION).nth(4)?;
    // Name ::= SEQUENCE OF SET OF SEQUENCE { type, value }
    elements(subject).flat_map(|(_, set)| elements(set)).find_map(|(_, attribute)| {
        let (_, kind, rest) = element(attribute)?;
        let (_, value, _) = element(rest)?;
        // A NUL would let a name end early for some readers.
        let name = std::str::from_utf8(value).ok().filter(|name| !name.contains('\0'));
        if kind == COMMON_NAME { name } else { None }
    })
}

/// Equal but for case, or a wildcard for exactly the first label.
fn matches(name: &str, host: &str) -> bool {
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    match (name.strip_prefix("*."), host.split_once('.')) {
        (Some(parent), Some((label, rest))) => {
            !label.is_empty() && parent.contains('.') && parent.eq_ignore_ascii_case(rest)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(name: &str, alternative: &[&str]) -> Vec<u8> {
        let names: Vec<String> = alternative.iter().map(|&name| name.to_owned()).collect();
        let mut parameters = rcgen::CertificateParams::new(names).unwrap();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(rcgen::DnType::OrganizationName, "Shop");
        parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
        parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_common_name_counts_only_without_alternative_names() {
        assert!(is_of(&certificate("DB.example.com", &[]), "db.example.com"));
        assert!(!is_of(&certificate("db.example.com", &[]), "example.com"));
        assert!(!is_of(&certificate("db.example.com", &["other.example.com"]), "db.example.com"));
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let certificate = certificate("*.example.com", &[]);
        assert!(is_of(&certificate, "db.example.com"));
        for host in ["example.com", "a.db.example.com", ".example.com"] {
            assert!(!is_of(&certificate, host), "{host}");
        }
        assert!(!matches("*.com", "example.com"));
    }

    #[test]
    fn torn_certificates_have_no_name() {
        let der = certificate("db", &[]);
        for end in 0..der.len() {
            is_of(&der[..end], "db");
        }
        assert!(!is_of(&der[..40], "db"));
    }
}
