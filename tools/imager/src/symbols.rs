//! Erases a compiled image's symbols: only debuggers use them, and they take 2 % of the compressed image.

use object::{LittleEndian, elf, read::elf::FileHeader as _};
use wasmtime::error::Context as _;

/// Overwrites symbols and their names with zeros; every section keeps its place.
pub(crate) fn erased(mut image: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
    let ranges = ranges(&image).context("the compiled image is not an object file")?;
    for (start, length) in ranges {
        image[start..start + length].fill(0);
    }
    Ok(image)
}

/// Offset and length of each symbol and string table.
fn ranges(image: &[u8]) -> Result<Vec<(usize, usize)>, object::Error> {
    let header = elf::FileHeader64::<LittleEndian>::parse(image)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, image)?;
    Ok(sections
        .iter()
        .filter(|section| {
            section.sh_type.get(endian) == elf::SHT_SYMTAB
                || sections
                    .section_name(endian, section)
                    .is_ok_and(|name| name == b".strtab")
        })
        .filter_map(|section| {
            let start = usize::try_from(section.sh_offset.get(endian)).ok()?;
            let length = usize::try_from(section.sh_size.get(endian)).ok()?;
            Some((start, length))
        })
        .collect())
}
