//! Makes a certificate of X.509 version 1, which rcgen cannot: `openssl x509 -req` without an
//! extension file made such ones for many years.

use rcgen::{CertificateParams, KeyPair, SigningKey};

/// A self-signed certificate without version and extensions, as PEM.
pub fn certificate(key: &KeyPair) -> String {
    let version_3 = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(key).unwrap();
    let parts = elements(content(version_3.der()));
    // The element [0] of the body is the version, [3] holds the extensions.
    let body: Vec<&[u8]> =
        elements(content(parts[0])).into_iter().filter(|part| !matches!(part[0], 0xa0 | 0xa3)).collect();
    let body = sequence(&body.concat());
    let signature = key.sign(&body).unwrap();
    let signature = [&[3, u8::try_from(signature.len() + 1).unwrap(), 0], &signature[..]].concat();
    let der = sequence(&[&body, parts[1], &signature].concat());
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", base64(&der))
}

/// The length of an element's head and of its content.
fn lengths(der: &[u8]) -> (usize, usize) {
    match der[1] {
        0x81 => (3, usize::from(der[2])),
        0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
        short => (2, usize::from(short)),
    }
}

fn content(element: &[u8]) -> &[u8] {
    &element[lengths(element).0..]
}

fn elements(mut der: &[u8]) -> Vec<&[u8]> {
    let mut elements = Vec::new();
    while !der.is_empty() {
        let (head, length) = lengths(der);
        let (element, rest) = der.split_at(head + length);
        elements.push(element);
        der = rest;
    }
    elements
}

fn sequence(content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match content.len() {
        0..128 => vec![0x30, low],
        128..256 => vec![0x30, 0x81, low],
        _ => vec![0x30, 0x82, high, low],
    };
    [&head, content].concat()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}
