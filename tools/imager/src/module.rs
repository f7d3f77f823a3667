//! Removes the guest's data segments: its memory is a separate image, mapped for each run.

use wasm_encoder::{MemorySection, MemoryType, RawSection, SectionId};
use wasmparser::{Parser, Payload};
use wasmtime::{ensure, error::Context as _};

/// Sections to drop: the start function would run again, and the sandbox does not use custom sections.
const LEFT_OUT: [u8; 4] = [
    SectionId::Custom as u8,
    SectionId::Start as u8,
    SectionId::Data as u8,
    SectionId::DataCount as u8,
];

/// Returns the module without data, its initial memory as large as after initialisation.
pub(crate) fn without_data(wasm: &[u8], memory_length: usize) -> wasmtime::Result<Vec<u8>> {
    let mut module = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if let Payload::MemorySection(memories) = &payload {
            ensure!(
                memories.count() == 1,
                "the guest has {} memories",
                memories.count()
            );
            let memory = memories.clone().into_iter().next().context("no memory")??;
            let mut section = MemorySection::new();
            section.memory(MemoryType {
                minimum: (memory_length >> 16) as u64,
                maximum: memory.maximum,
                memory64: memory.memory64,
                shared: memory.shared,
                page_size_log2: memory.page_size_log2,
            });
            module.section(&section);
            continue;
        }
        if let Some((id, range)) = payload.as_section()
            && !LEFT_OUT.contains(&id)
        {
            module.section(&RawSection {
                id,
                data: &wasm[range],
            });
        }
    }
    Ok(module.finish())
}
