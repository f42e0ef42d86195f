//! A PostgreSQL server that speaks only TLS, with certificates made for this test run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

use super::guardian;
use super::postgres::cluster::{self, Variant};
use super::postgres::installation::{self, Installation};
use super::postgres::{SUPERUSER, Server};

/// The role that logs in by its client certificate.
pub const CERTIFICATE_ROLE: &str = "certificate_role";

/// Plain connections are refused, [`CERTIFICATE_ROLE`] needs its certificate, others a password.
const ACCESS: &str = "\
local all postgres trust
hostssl all certificate_role 127.0.0.1/32 cert
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl all all ::1/128 scram-sha-256
hostnossl all all all reject
";

/// A server with `ssl = on` and the files that a client needs.
#[derive(Debug)]
pub struct TlsServer {
    /// The server; use its port with [`TlsServer::hostname`].
    pub server: Server,
    /// The name in the server's certificate. By address (127.0.0.1) only `verify-full` must fail.
    pub hostname: &'static str,
    /// The authority that signed the server's certificate.
    pub ca_path: PathBuf,
    /// Another authority, which the client must not accept for this server.
    pub wrong_ca_path: PathBuf,
    /// A client certificate for [`CERTIFICATE_ROLE`].
    pub client_cert_path: PathBuf,
    /// Its key, readable only by its owner as libpq wants it.
    pub client_key_path: PathBuf,
}

impl TlsServer {
    /// Runs SQL as the superuser over the Unix socket: the harness itself speaks no TLS.
    pub fn sql(&self, database: &str, sql: &str) -> super::postgres::connect::Rows {
        let socket = self.server.socket.as_deref().expect("a server of ours has a socket");
        super::postgres::connect::socket(socket, self.server.port, SUPERUSER, database, sql).unwrap()
    }
}

/// The TLS server of this test run, of the newest PostgreSQL here that was built with TLS.
pub fn tls_server() -> &'static TlsServer {
    static SERVER: OnceLock<TlsServer> = OnceLock::new();
    SERVER.get_or_init(|| {
        let installation = installation::find().into_iter().rev().find(speaks_tls).expect(
            "no PostgreSQL with TLS found: install one (Debian: apt-get install postgresql); \
             ALEMBIC_DOCTOR_TEST_POSTGRES does not replace it, for this server needs its own certificates",
        );
        start(&installation)
    })
}

fn speaks_tls(installation: &Installation) -> bool {
    let answer = Command::new(installation.bin.join("pg_config")).arg("--configure").output();
    answer.is_ok_and(|answer| {
        let options = String::from_utf8_lossy(&answer.stdout).into_owned();
        options.contains("--with-openssl") || options.contains("--with-ssl")
    })
}

fn start(installation: &Installation) -> TlsServer {
    let authority = Authority::new("alembic-doctor test CA");
    let stranger = Authority::new("another CA");
    let (server_cert, server_key) = authority.issue("localhost", ExtendedKeyUsagePurpose::ServerAuth);
    let (client_cert, client_key) = authority.issue(CERTIFICATE_ROLE, ExtendedKeyUsagePurpose::ClientAuth);

    let variant = Variant {
        settings: "ssl = on\nssl_ca_file = 'root.crt'\n".to_owned(),
        access: Some(ACCESS.to_owned()),
        files: vec![
            ("server.crt".to_owned(), server_cert),
            ("server.key".to_owned(), server_key),
            ("root.crt".to_owned(), authority.certificate.clone()),
        ],
    };
    let server = cluster::start(installation, &variant).unwrap_or_else(|error| panic!("{error}"));
    let folder = server.folder.clone().expect("a server of ours has a folder").join("client");
    fs::create_dir(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let tls = TlsServer {
        hostname: "localhost",
        ca_path: file("ca.crt", &authority.certificate),
        wrong_ca_path: file("wrong-ca.crt", &stranger.certificate),
        client_cert_path: file("client.crt", &client_cert),
        client_key_path: file("client.key", &client_key),
        server,
    };
    #[cfg(unix)]
    fs::set_permissions(&tls.client_key_path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    guardian::give_away(&folder);
    tls.sql("postgres", &format!("CREATE ROLE {CERTIFICATE_ROLE} LOGIN"));
    tls
}

/// A certificate authority.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A certificate for `name`, as PEM, and its key.
    fn issue(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages.push(usage);
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}
