//! SCRAM's channel binding `tls-server-end-point` (RFC 5929, section 4.1): the hash of the
//! server's whole certificate, made with the hash of the certificate's own signature.
//!
//! MD5 and SHA-1 are replaced by SHA-256. A signature whose hash is unknown (Ed25519) gives no
//! binding, as RFC 5929 leaves it undefined.

use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};

use super::der::{OBJECT_IDENTIFIER, SEQUENCE, element};

/// Signature algorithms by the bytes of their object identifier.
const SIGNATURES: [(&[u8], &Algorithm); 9] = [
    // 1.2.840.113549.1.1: RSA with MD5, SHA-1, SHA-256, SHA-384, SHA-512
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], &SHA256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], &SHA256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], &SHA256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12], &SHA384),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13], &SHA512),
    // 1.2.840.10045.4: ECDSA with SHA-1, SHA-256, SHA-384, SHA-512
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], &SHA256),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], &SHA256),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], &SHA384),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], &SHA512),
];

/// 1.2.840.113549.1.1.10: RSA-PSS, which names its hash in its parameters.
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];

/// 2.16.840.1.101.3.4.2: SHA-256, SHA-384, SHA-512.
const HASHES: [(&[u8], &Algorithm); 3] = [
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1], &SHA256),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2], &SHA384),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3], &SHA512),
];

/// The binding data for a certificate in DER.
pub(super) fn tls_server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    Some(digest(signature_hash(certificate)?, certificate).as_ref().to_vec())
}

/// `Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, parameters }, … }`
fn signature_hash(certificate: &[u8]) -> Option<&'static Algorithm> {
    let (tag, fields, _) = element(certificate)?;
    let (_, _, after_body) = element(fields)?;
    let (algorithm_tag, algorithm, _) = element(after_body)?;
    let (identifier_tag, identifier, parameters) = element(algorithm)?;
    if (tag, algorithm_tag, identifier_tag) != (SEQUENCE, SEQUENCE, OBJECT_IDENTIFIER) {
        return None;
    }
    if identifier == RSA_PSS {
        // The first hash named is the signature's; without any it is SHA-1.
        let position = |hash: &[u8]| parameters.windows(hash.len()).position(|window| window == hash);
        let named = HASHES.iter().filter_map(|&(hash, algorithm)| Some((position(hash)?, algorithm)));
        return Some(named.min_by_key(|&(position, _)| position).map_or(&SHA256, |(_, algorithm)| algorithm));
    }
    SIGNATURES.iter().find(|(known, _)| *known == identifier).map(|&(_, algorithm)| algorithm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(algorithm: &'static rcgen::SignatureAlgorithm) -> Vec<u8> {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap();
        parameters.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_hash_is_that_of_the_signature() {
        for (algorithm, hash) in [(&rcgen::PKCS_ECDSA_P256_SHA256, &SHA256), (&rcgen::PKCS_ECDSA_P384_SHA384, &SHA384)]
        {
            let der = certificate(algorithm);
            assert_eq!(tls_server_end_point(&der).unwrap(), digest(hash, &der).as_ref());
        }
    }

    #[test]
    fn ed25519_defines_no_binding() {
        assert_eq!(tls_server_end_point(&certificate(&rcgen::PKCS_ED25519)), None);
    }

    #[test]
    fn torn_certificates_give_none() {
        let der = certificate(&rcgen::PKCS_ECDSA_P256_SHA256);
        for end in 0..der.len() {
            assert_eq!(tls_server_end_point(&der[..end]), None);
        }
        assert_eq!(tls_server_end_point(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(tls_server_end_point(&[0x30, 0x89]), None);
    }
}
