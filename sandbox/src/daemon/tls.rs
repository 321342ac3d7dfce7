// SPDX-License-Identifier: GPL-3.0-or-later
//! Certificates for a daemon that listens with TLS: an authority, a server, a client, and
//! a stranger whom another authority vouches for. Made by GnuTLS's `certtool`.
//!
//! Owns files in one folder of the sandbox, in the layout that libvirt's `pkipath` reads.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::process;

/// Folders with certificates and keys.
#[derive(Debug, Clone)]
pub struct Certificates {
    dir: PathBuf,
}

impl Certificates {
    /// Makes all of them below `dir`.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] with what certtool said, [`Error::Io`] where a file can't be written.
    pub fn make(dir: &Path) -> Result<Self> {
        authority(&dir.join("ca"))?;
        authority(&dir.join("other-ca"))?;
        signed(
            &dir.join("server"),
            "server",
            &dir.join("ca"),
            &dir.join("ca"),
        )?;
        signed(
            &dir.join("client"),
            "client",
            &dir.join("ca"),
            &dir.join("ca"),
        )?;
        // The stranger trusts the server; the server has no reason to trust the stranger.
        signed(
            &dir.join("stranger"),
            "client",
            &dir.join("other-ca"),
            &dir.join("ca"),
        )?;
        Ok(Self {
            dir: dir.to_owned(),
        })
    }

    /// The folder with the server's files.
    pub fn server(&self) -> PathBuf {
        self.dir.join("server")
    }

    /// The folder with the client's files, for `pkipath=`.
    pub fn client(&self) -> PathBuf {
        self.dir.join("client")
    }

    /// The folder with the files of a client whose authority the server does not know.
    pub fn stranger(&self) -> PathBuf {
        self.dir.join("stranger")
    }
}

fn certtool(args: &[&str], paths: &[(&str, &Path)]) -> Result<()> {
    let mut command = Command::new("certtool");
    command.args(args);
    for (option, path) in paths {
        command.arg(option).arg(path);
    }
    process::run(&mut command).map(drop)
}

/// An RSA key: libvirt insists on "key encipherment", which elliptic keys do not have.
fn key(path: &Path) -> Result<()> {
    let args = ["--generate-privkey", "--key-type=rsa", "--bits=2048"];
    certtool(&args, &[("--outfile", path)])
}

fn template(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(Error::io(format!("write {}", path.display())))
}

fn authority(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(Error::io("make the folder for certificates"))?;
    let (template_path, key_path) = (dir.join("ca.info"), dir.join("cakey.pem"));
    template(
        &template_path,
        "cn = Oriel test authority\nca\ncert_signing_key\nexpiration_days = 7\n",
    )?;
    key(&key_path)?;
    certtool(
        &["--generate-self-signed"],
        &[
            ("--load-privkey", &key_path),
            ("--template", &template_path),
            ("--outfile", &dir.join("cacert.pem")),
        ],
    )
}

/// Makes `dir/ROLEcert.pem` and `dir/ROLEkey.pem`, signed by the authority `by`, with the
/// certificate of the authority that this party `trusts` beside them.
fn signed(dir: &Path, role: &str, by: &Path, trusts: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(Error::io("make the folder for certificates"))?;
    let (template_path, key_path) = (dir.join("info"), dir.join(format!("{role}key.pem")));
    template(
        &template_path,
        &format!(
            "organization = Oriel tests\ncn = 127.0.0.1\ndns_name = localhost\n\
             ip_address = 127.0.0.1\ntls_www_{role}\nencryption_key\nsigning_key\n\
             expiration_days = 7\n"
        ),
    )?;
    key(&key_path)?;
    certtool(
        &["--generate-certificate"],
        &[
            ("--load-privkey", &key_path),
            ("--load-ca-certificate", &by.join("cacert.pem")),
            ("--load-ca-privkey", &by.join("cakey.pem")),
            ("--template", &template_path),
            ("--outfile", &dir.join(format!("{role}cert.pem"))),
        ],
    )?;
    fs::copy(trusts.join("cacert.pem"), dir.join("cacert.pem"))
        .map_err(Error::io("copy the authority's certificate"))
        .map(drop)
}
