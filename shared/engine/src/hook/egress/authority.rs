//! The operator's own certificate authorities, trusted in addition to the public ones.

use std::fmt;

use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use thiserror::Error;

/// The certificate of a trusted authority.
#[derive(Clone, PartialEq, Eq)]
pub struct Authority(Vec<u8>);

/// Why a text contains no usable authorities.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// It contains no certificate.
    #[error("holds no certificate; it must be PEM, with `-----BEGIN CERTIFICATE-----`")]
    Empty,
    /// Its PEM is damaged.
    #[error("is not valid PEM after certificate {0}")]
    NotPem(usize),
    /// A section is not a valid certificate.
    #[error("has a section that is not an X.509 certificate: number {0}")]
    NotACertificate(usize),
}

impl Authority {
    /// Parses all certificates in a PEM text. Other sections, such as keys, are skipped.
    pub fn from_pem(pem: &str) -> Result<Vec<Self>, AuthorityError> {
        let mut authorities = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|_| AuthorityError::NotPem(authorities.len()))?;
            webpki::anchor_from_trusted_cert(&certificate)
                .map_err(|_| AuthorityError::NotACertificate(authorities.len() + 1))?;
            authorities.push(Self(certificate.to_vec()));
        }
        if authorities.is_empty() {
            return Err(AuthorityError::Empty);
        }
        Ok(authorities)
    }

    /// The certificate in DER form.
    pub fn der(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Authority {
    /// Omits the bytes, which are unreadable.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Authority({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    #[test]
    fn every_certificate_of_a_text_is_an_authority_and_nothing_else_is() {
        let [one, two] = ["one.test", "two.test"]
            .map(|host| generate_simple_self_signed([host.to_owned()]).unwrap());
        let text = format!(
            "Subject: one\r\n{}\n{}{}",
            one.cert.pem(),
            two.signing_key.serialize_pem(),
            two.cert.pem()
        );
        let authorities = Authority::from_pem(&text).unwrap();
        assert_eq!(authorities.len(), 2);
        assert_eq!(authorities[1].der(), two.cert.der().as_ref());
        for (text, error) in [
            (String::new(), AuthorityError::Empty),
            (one.signing_key.serialize_pem(), AuthorityError::Empty),
            ("/opt/ca.pem".to_owned(), AuthorityError::Empty),
            (
                one.cert.pem().replace("-----END", "----END"),
                AuthorityError::NotPem(0),
            ),
            (
                one.cert.pem() + "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
                AuthorityError::NotPem(1),
            ),
            (
                one.cert.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                AuthorityError::NotACertificate(2),
            ),
        ] {
            assert_eq!(Authority::from_pem(&text).unwrap_err(), error, "{text}");
        }
    }
}
