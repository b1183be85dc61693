//! On which days a sequence rests for a lead: a project's own list once, and the lead's country. Judges nothing.

use outrider_domain::holidays::Holidays;
use outrider_domain::sequence::SequenceDefinition;
use outrider_store::leads::Lead;

use super::Gatherer;
use crate::context::Context;
use crate::error::Result;

impl Gatherer {
    /// The days on which a sequence rests for a lead; none for what is no part of a sequence.
    ///
    /// # Errors
    /// When the database fails or holds what can't be read.
    pub fn holidays(
        &mut self,
        cx: &mut Context<'_, '_>,
        definition: Option<&SequenceDefinition>,
        lead: &Lead,
    ) -> Result<Holidays> {
        if definition.is_none_or(|definition| definition.on_holidays) {
            return Ok(Holidays::default());
        }
        if self.own_holidays.is_none() {
            self.own_holidays = Some(Holidays::new(&crate::holidays::own(cx)?, None, None));
        }
        let Some(own) = &self.own_holidays else { return Ok(Holidays::default()) };
        // The region is a field of the lead's own, and few have one.
        let region = if lead.country.is_some() && lead.custom_fields.contains("\"region\"") {
            let custom: serde_json::Value = serde_json::from_str(&lead.custom_fields).unwrap_or_default();
            custom["region"].as_str().map(ToOwned::to_owned)
        } else {
            None
        };
        Ok(own.at(lead.country.as_deref(), region.as_deref()))
    }
}
