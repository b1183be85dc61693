//! Branches: where a lead goes on when something happens, instead of the next step. Names what can happen; watches for nothing.

use serde::{Deserialize, Serialize};

use super::StopEvent;
use crate::channel::Channel;
use crate::classify::ReplyClass;

/// Most branches of a step, and of a sequence.
pub(super) const MAX_BRANCHES: usize = 20;

macro_rules! happenings {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $told:literal;)*) => {
        /// Something that a branch can wait for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[schemars(inline)]
        pub enum Happening {
            $($(#[$doc])* $name,)*
        }

        impl Happening {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// Whether the lead told it, at any time, rather than its being what came of a step.
            #[must_use]
            pub const fn is_told(self) -> bool {
                match self {
                    $(Self::$name => $told,)*
                }
            }
        }
    };
}

happenings! {
    /// A mail or text message was taken by the provider.
    Sent = "sent", false;
    /// A call was answered by somebody who spoke.
    Answered = "answered", false;
    /// A machine answered a call.
    Voicemail = "voicemail", false;
    /// Nobody picked up, or the line was busy.
    NoAnswer = "no_answer", false;
    /// Who answered said no this time.
    Declined = "declined", false;
    /// Who answered wants to be called at another time.
    CallbackRequested = "callback_requested", false;
    /// The call was handed over to a person.
    Transferred = "transferred", false;
    /// A person says that the task is done.
    Done = "done", false;
    /// A person says that the task will not be done.
    Skipped = "skipped", false;
    /// Nobody did the task in its time.
    Overdue = "overdue", false;
    /// The step was passed over: the lead has no address, number or profile for it, or must not be reached there.
    Unreachable = "unreachable", false;
    /// It was definitely not delivered, and a later step may reach the lead.
    Failed = "failed", false;
    /// Whatever came of the step.
    Any = "any", false;
    /// A person wrote back, whatever they wrote.
    Replied = "replied", true;
    /// They want to know more, or to meet.
    Interested = "interested", true;
    /// They said no.
    NotInterested = "not_interested", true;
    /// They asked to be written to later.
    NotNow = "not_now", true;
    /// They named somebody else to talk to.
    Referral = "referral", true;
    /// They are not who was meant.
    WrongPerson = "wrong_person", true;
    /// An absence notice came.
    OutOfOffice = "out_of_office", true;
    /// Another machine answered.
    AutoReply = "auto_reply", true;
    /// The mail address is dead; other ways may not be.
    Bounced = "bounced", true;
}

impl Happening {
    /// Whether it can come of a step by this channel, or be told at any time.
    #[must_use]
    pub const fn can_come_of(self, channel: Channel) -> bool {
        match self {
            Self::Sent => matches!(channel, Channel::Email | Channel::Sms),
            Self::Answered
            | Self::Voicemail
            | Self::NoAnswer
            | Self::Declined
            | Self::CallbackRequested
            | Self::Transferred => matches!(channel, Channel::Call),
            Self::Done | Self::Skipped | Self::Overdue => matches!(channel, Channel::Linkedin | Channel::Task),
            Self::Failed => matches!(channel, Channel::Email | Channel::Sms | Channel::Call),
            _ => true,
        }
    }

    /// What it means that a reply of this class came, the closest word first. Nothing for a request to stop: no branch leads on from it.
    #[must_use]
    pub const fn of_reply(class: ReplyClass) -> &'static [Self] {
        match class {
            ReplyClass::Interested => &[Self::Interested, Self::Replied],
            ReplyClass::NotInterested => &[Self::NotInterested, Self::Replied],
            ReplyClass::NotNow => &[Self::NotNow, Self::Replied],
            ReplyClass::Referral => &[Self::Referral, Self::Replied],
            ReplyClass::WrongPerson => &[Self::WrongPerson, Self::Replied],
            ReplyClass::Other => &[Self::Replied],
            ReplyClass::OutOfOffice => &[Self::OutOfOffice],
            ReplyClass::Automatic => &[Self::AutoReply],
            ReplyClass::OptOut => &[],
        }
    }

    /// What ends a sequence without a branch on it; absent for what came of a step.
    #[must_use]
    pub const fn stop_event(self) -> Option<StopEvent> {
        match self {
            Self::Replied => Some(StopEvent::Reply),
            Self::Interested => Some(StopEvent::Interested),
            Self::NotInterested => Some(StopEvent::NotInterested),
            Self::NotNow => Some(StopEvent::NotNow),
            Self::Referral => Some(StopEvent::Referral),
            Self::WrongPerson => Some(StopEvent::WrongPerson),
            Self::OutOfOffice => Some(StopEvent::OutOfOffice),
            Self::AutoReply => Some(StopEvent::AutoReply),
            Self::Bounced => Some(StopEvent::Bounce),
            _ => None,
        }
    }
}

/// What a branch does when it leads to no step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Then {
    /// The lead is done with the sequence.
    Finish,
    /// It waits: until the day the lead named where there is one, else until a person resumes it.
    Pause,
    /// It goes on as if nothing had happened.
    GoOn,
}

/// Where a lead goes on when one of these happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Branch {
    /// Any of these.
    #[schemars(length(min = 1, max = 22))]
    pub on: Vec<Happening>,
    /// Key of the step to go on with; its `after` counts from what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_to: Option<String>,
    /// What to do when it leads to no step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Then>,
}

impl Branch {
    /// Whether it is meant for one of these.
    #[must_use]
    pub fn is_on(&self, happened: &[Happening]) -> bool {
        self.on.iter().any(|on| happened.contains(on))
    }
}

/// The first of these branches that is meant for what happened.
#[must_use]
pub fn first_on<'a>(branches: &'a [Branch], happened: &[Happening]) -> Option<&'a Branch> {
    branches.iter().find(|branch| branch.is_on(happened))
}
