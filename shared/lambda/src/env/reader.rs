//! Reading variables one by one, collecting all defects.

use std::env::VarError;

use hookpoint_engine::confidential::secret::Secret;
use hookpoint_settings::Setting;

use super::Lookup;
use crate::init::{Defect, InitError};

/// Continues after a defect, so that one start reports all of them. Defective variables get a default value meanwhile.
pub(super) struct Reader<'a> {
    lookup: &'a Lookup<'a>,
    defects: Vec<Defect>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a Lookup<'a>) -> Self {
        Self {
            lookup,
            defects: Vec::new(),
        }
    }

    /// Returns the value read, or all defects.
    pub(super) fn read<T>(mut self, read: impl FnOnce(&mut Self) -> T) -> Result<T, InitError> {
        let value = read(&mut self);
        if self.defects.is_empty() {
            Ok(value)
        } else {
            Err(InitError::Configuration(self.defects))
        }
    }

    /// The value, or `None` if unset. Empty counts as unset: CloudFormation passes empty parameters that way.
    pub(super) fn text(&mut self, setting: &Setting) -> Option<String> {
        let read = match (self.lookup)(setting) {
            Ok(text) if text.trim().is_empty() => Err(VarError::NotPresent),
            read => read,
        };
        match read {
            Ok(text) => Some(text.trim().to_owned()),
            Err(VarError::NotPresent) if !setting.required => None,
            Err(error) => {
                self.defects.push(Defect::unreadable(setting, &error));
                None
            }
        }
    }

    pub(super) fn secret(&mut self, setting: &Setting) -> Option<Secret> {
        self.text(setting).map(Secret::new)
    }

    pub(super) fn list<T>(
        &mut self,
        setting: &Setting,
        defect: &'static str,
        parse: fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let text = self.text(setting).unwrap_or_default();
        let elements = text.split(',').map(str::trim);
        let mut values = Vec::new();
        for element in elements.filter(|element| !element.is_empty()) {
            match parse(element) {
                Some(value) => values.push(value),
                None => self.malformed(setting, element, defect),
            }
        }
        values
    }

    pub(super) fn malformed(&mut self, setting: &Setting, element: &str, defect: &'static str) {
        self.defects
            .push(Defect::malformed(setting, element, defect));
    }
}
