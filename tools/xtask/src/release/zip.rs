//! The zip of a function: one executable, with the same bytes whenever it is made from the same file.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::Path,
};

use anyhow::Context as _;
use flate2::{Compression, Crc, write::DeflateEncoder};
use hookpoint_engine::hook::hex;

/// 1980-01-01, the earliest date that the format can express. The time of the build would make each zip differ.
const DATE: u16 = 0b0000_0000_0010_0001;
/// "Made on Unix" (3) for version 2.0 (20), so that the mode below counts.
const MADE_BY: u16 = 0x0314;
/// The version that reads it: 2.0, for the compression.
const NEEDED: u16 = 20;
const DEFLATED: u16 = 8;
/// A regular file that every user may read and execute.
const MODE: u32 = 0o100_755 << 16;

/// Writes a zip to `path` that holds `content` as the executable `name`.
pub(super) fn write(path: &Path, name: &str, content: &Path) -> anyhow::Result<()> {
    let file =
        fs::read(content).with_context(|| format!("failed to read `{}`", content.display()))?;
    let bytes =
        zip(name, &file).with_context(|| format!("`{}` is too large", content.display()))?;
    fs::write(path, bytes).with_context(|| format!("failed to write `{}`", path.display()))
}

fn zip(name: &str, file: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut crc = Crc::new();
    crc.update(file);
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
    deflated.write_all(file)?;
    let deflated = deflated.finish()?;
    let sizes = [deflated.len(), file.len()].map(u32::try_from);
    let [packed, unpacked] = [sizes[0]?, sizes[1]?];
    let length = u16::try_from(name.len())?;
    // What the local header and the directory have in common.
    let mut common = Vec::new();
    for number in [NEEDED, 0, DEFLATED, 0, DATE] {
        common.extend(number.to_le_bytes());
    }
    for number in [crc.sum(), packed, unpacked] {
        common.extend(number.to_le_bytes());
    }
    common.extend(length.to_le_bytes());
    common.extend(0_u16.to_le_bytes());

    let mut bytes = b"PK\x03\x04".to_vec();
    bytes.extend(&common);
    bytes.extend(name.as_bytes());
    bytes.extend(&deflated);
    let directory = u32::try_from(bytes.len())?;
    bytes.extend(b"PK\x01\x02");
    bytes.extend(MADE_BY.to_le_bytes());
    bytes.extend(&common);
    // No comment, the first disk, a binary file.
    bytes.extend([0; 6]);
    bytes.extend(MODE.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(name.as_bytes());
    let size = u32::try_from(bytes.len())? - directory;
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    bytes.extend([size, directory].map(u32::to_le_bytes).concat());
    bytes.extend(0_u16.to_le_bytes());
    Ok(bytes)
}

/// The SHA-256 of a file, in hexadecimal.
pub(super) fn sha256(path: &Path) -> anyhow::Result<String> {
    use sha2::{Digest as _, Sha256};

    let context = || format!("failed to read `{}`", path.display());
    let mut file = fs::File::open(path).with_context(context)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => hash.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error).with_context(context),
        }
    }
    Ok(hex(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn another_program_reads_the_zip_and_the_file_is_executable() {
        let folder = tempfile::tempdir().unwrap();
        let content = folder.path().join("binary");
        let text = "an executable\n".repeat(5_000);
        fs::write(&content, &text).unwrap();
        let [first, second] = ["first.zip", "second.zip"].map(|name| folder.path().join(name));
        write(&first, "bootstrap", &content).unwrap();
        write(&second, "bootstrap", &content).unwrap();
        assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());
        assert!(fs::metadata(&first).unwrap().len() < 5_000);
        let script = "import sys, zipfile, hashlib\n\
            zip = zipfile.ZipFile(sys.argv[1])\n\
            assert zip.testzip() is None\n\
            [info] = zip.infolist()\n\
            print(info.filename, oct(info.external_attr >> 16), hashlib.sha256(zip.read(info)).hexdigest())";
        let output = Command::new("python3")
            .args(["-c", script])
            .arg(&first)
            .output()
            .unwrap();
        let expected = format!("bootstrap 0o100755 {}\n", sha256(&content).unwrap());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
}
