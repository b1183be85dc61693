//! What a lead's way through a sequence or playbook may cost in credits. Holds and spends nothing.

use outrider_domain::channel::Channel;
use outrider_domain::playbook::Structure;
use outrider_domain::sequence::SequenceDefinition;

use crate::core::Settings;
use crate::tasks::work::price_of;

/// What one act on a channel costs at most, by its estimate.
fn act(settings: &Settings, channel: Channel, minutes: Option<i64>) -> i64 {
    match channel {
        Channel::Email => settings.email_price,
        Channel::Call => {
            settings.call_minute_price.saturating_mul(minutes.unwrap_or(settings.call_estimate_minutes).max(0))
        }
        Channel::Sms => settings.sms_price,
        Channel::Linkedin | Channel::Task => 0,
    }
}

/// Credits for one lead if every step happens.
#[must_use]
pub fn of_sequence(settings: &Settings, definition: &SequenceDefinition) -> i64 {
    let minutes = |step: &outrider_domain::sequence::Step| step.call.as_ref().and_then(|call| call.estimated_minutes);
    definition.steps.iter().map(|step| act(settings, step.channel, minutes(step))).sum()
}

/// Credits for one contact if every step of a playbook happens.
#[must_use]
pub fn of_playbook(settings: &Settings, structure: &Structure) -> i64 {
    let channels = structure.steps.iter().filter(|step| step.kind.is_outreach()).filter_map(|step| step.kind.channel());
    let skills = structure.steps.iter().filter_map(|step| step.skill.as_deref()).map(|name| price_of(settings, name));
    channels.map(|channel| act(settings, channel, None)).chain(skills).sum()
}
