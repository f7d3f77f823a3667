//! What a script was compiled to, tied to its interpreter and its source.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::hex;

/// Maximum size of what is stored with a version, in bytes. Larger scripts are compiled where they run.
pub const COMPILED_LIMIT: usize = 8 * 1024 * 1024;

/// A script compiled by one interpreter, and of no use to any other. Speeds up the start of a run.
///
/// It is no more trusted than source: only the sandbox reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledScript {
    /// The build of the interpreter that compiled it and can run it.
    pub interpreter: String,
    /// SHA-256 of the source, lower-case hexadecimal.
    pub source_sha256: String,
    /// What the bytes are.
    pub form: CompiledForm,
    /// The compiled script.
    pub bytes: Vec<u8>,
}

/// How far a compiled script has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CompiledForm {
    /// The interpreter's bytecode.
    #[default]
    Bytecode,
    /// The interpreter's memory after it has evaluated the top level, which saves a large bundle most of its start.
    Memory,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Precedes the bytes, on a line of its own.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    #[serde(rename = "engine")]
    interpreter: String,
    source_sha256: String,
    /// SHA-256 of the bytes: detects bytes mixed from two interpreters.
    sha256: String,
    /// A program that does not know it takes the bytes for bytecode, cannot read them, and compiles the source.
    #[serde(default, skip_serializing_if = "is_default")]
    form: CompiledForm,
}

impl CompiledScript {
    /// Wraps what a source was compiled to; `None` when it is too large to store.
    pub fn new(
        interpreter: &str,
        source: &str,
        form: CompiledForm,
        bytes: Vec<u8>,
    ) -> Option<Self> {
        (bytes.len() <= COMPILED_LIMIT).then(|| Self {
            interpreter: interpreter.to_owned(),
            source_sha256: sha256(source.as_bytes()),
            form,
            bytes,
        })
    }

    /// Whether it was compiled by this interpreter from this source.
    pub fn is_of(&self, interpreter: &str, source: &str) -> bool {
        self.interpreter == interpreter && self.source_sha256 == sha256(source.as_bytes())
    }

    /// The stored form: a line of JSON, then the bytes. Bytecode is not compressed, and memory is; the store may compress both.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = Header {
            interpreter: self.interpreter.clone(),
            source_sha256: self.source_sha256.clone(),
            sha256: sha256(&self.bytes),
            form: self.form,
        };
        // Texts always serialise, and JSON escapes line ends.
        let mut bytes = serde_json::to_vec(&header).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.bytes);
        bytes
    }

    /// Parses the result of [`CompiledScript::to_bytes`]; `None` for anything else. A script runs without it too.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let header: Header = serde_json::from_slice(&bytes[..end]).ok()?;
        let compiled = &bytes[end + 1..];
        (compiled.len() <= COMPILED_LIMIT && sha256(compiled) == header.sha256).then(|| Self {
            interpreter: header.interpreter,
            source_sha256: header.source_sha256,
            form: header.form,
            bytes: compiled.to_vec(),
        })
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compiled(bytecode: Vec<u8>) -> CompiledScript {
        let source = "export default () => ({})";
        CompiledScript::new("engine-1", source, CompiledForm::Bytecode, bytecode).unwrap()
    }

    #[test]
    fn it_is_of_one_engine_and_one_source() {
        let compiled = compiled(vec![1, 2, 3]);
        assert!(compiled.is_of("engine-1", "export default () => ({})"));
        assert!(!compiled.is_of("engine-2", "export default () => ({})"));
        assert!(!compiled.is_of("engine-1", "export default () => ({});"));
    }

    #[test]
    fn what_is_stored_stays_readable() {
        let stored = concat!(
            r#"{"engine":"engine-1","#,
            r#""sourceSha256":"d520943aba6571455760a964ae9dcd3f2ef90a9e6b56831a47b8db1ccc12338d","#,
            r#""sha256":"039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"}"#,
            "\n\u{1}\u{2}\u{3}"
        );
        let compiled = compiled(vec![1, 2, 3]);
        assert_eq!(compiled.to_bytes(), stored.as_bytes());
        assert_eq!(
            CompiledScript::from_bytes(stored.as_bytes()),
            Some(compiled)
        );
    }

    #[test]
    fn memory_says_that_it_is_memory() {
        let memory = CompiledScript {
            form: CompiledForm::Memory,
            ..compiled(vec![1])
        };
        let bytes = memory.to_bytes();
        assert!(String::from_utf8_lossy(&bytes).contains(r#""form":"memory"}"#));
        assert_eq!(CompiledScript::from_bytes(&bytes), Some(memory));
        let unknown = String::from_utf8_lossy(&bytes).replace("memory", "later");
        assert_eq!(CompiledScript::from_bytes(unknown.as_bytes()), None);
    }

    #[test]
    fn too_much_of_it_is_not_kept() {
        let of_length =
            |length| CompiledScript::new("engine-1", "", CompiledForm::Bytecode, vec![0; length]);
        assert!(of_length(COMPILED_LIMIT).is_some());
        assert_eq!(of_length(COMPILED_LIMIT + 1), None);
    }

    #[test]
    fn members_of_a_later_version_are_ignored() {
        let written = compiled(b"\n{}\n".to_vec());
        let mut bytes = b"{\"fromTheFuture\":{\"n\":1},".to_vec();
        bytes.extend_from_slice(&written.to_bytes()[1..]);
        assert_eq!(CompiledScript::from_bytes(&bytes), Some(written));
    }

    proptest! {
        #[test]
        fn it_is_read_as_it_was_written_or_not_at_all(
            bytecode in prop::collection::vec(any::<u8>(), 0..200),
            place in any::<prop::sample::Index>(),
            bit in 0..8_u32,
            end in any::<prop::sample::Index>(),
        ) {
            let written = compiled(bytecode);
            let bytes = written.to_bytes();
            prop_assert_eq!(CompiledScript::from_bytes(&bytes), Some(written.clone()));
            prop_assert_eq!(CompiledScript::from_bytes(&bytes[..end.index(bytes.len())]), None);
            let mut damaged = bytes.clone();
            damaged[place.index(bytes.len())] ^= 1 << bit;
            // The interpreter and source in the header may have changed; the bytecode has not.
            if let Some(read) = CompiledScript::from_bytes(&damaged) {
                prop_assert_eq!(read.bytes, written.bytes);
            }
        }
    }
}
