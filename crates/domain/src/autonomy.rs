//! How far an agent may go before a person must agree. Says when to ask; approvals themselves are the engine's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::weights::fraction;

/// When a person must approve an outward act. In JSON `"ask"`, `"first_touch"`, `"alone"` or `{"sample": 10}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Autonomy {
    /// Always.
    #[default]
    Ask,
    /// Before the first message to a lead; later ones go alone.
    FirstTouch,
    /// For so many percent of the acts (0 to 100), chosen by hash.
    Sample(
        #[serde(deserialize_with = "percent")]
        #[schemars(range(max = 100))]
        u8,
    ),
    /// Never.
    Alone,
}

fn percent<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let value = u64::deserialize(deserializer)?;
    u8::try_from(value)
        .ok()
        .filter(|value| *value <= 100)
        .ok_or_else(|| serde::de::Error::custom(format!("sample is a percentage from 0 to 100, not {value}")))
}

impl Autonomy {
    /// Whether a person must approve. `first_touch`: nothing was sent to this lead before. `seed`: names the act, so that
    /// a preview and its commit agree (see [`crate::weights::seed`]).
    #[must_use]
    pub fn needs_approval(self, first_touch: bool, seed: &[u8]) -> bool {
        match self {
            Self::Ask => true,
            Self::FirstTouch => first_touch,
            Self::Sample(percent) => fraction(seed) * 100.0 < f64::from(percent),
            Self::Alone => false,
        }
    }

    /// A policy that asks whenever either of the two would: `first_touch` and a sample together become `ask`, for no single
    /// policy between them is as careful as both.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        match (self, other) {
            (Self::Alone | Self::Sample(0), Self::Alone | Self::Sample(0)) => Self::Alone,
            (Self::Alone | Self::Sample(0), policy) | (policy, Self::Alone | Self::Sample(0)) => policy,
            (Self::Sample(left), Self::Sample(right)) => Self::Sample(left.max(right)),
            (Self::FirstTouch, Self::FirstTouch) => Self::FirstTouch,
            _ => Self::Ask,
        }
    }
}

/// One policy for all channels, or one for each. In JSON a policy, or `{"default": "ask", "email": {"sample": 10}}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChannelAutonomy {
    /// For channels not named.
    pub default: Autonomy,
    /// For those named.
    pub channels: BTreeMap<Channel, Autonomy>,
}

impl ChannelAutonomy {
    /// The policy for `channel`.
    #[must_use]
    pub fn on(&self, channel: Channel) -> Autonomy {
        self.channels.get(&channel).copied().unwrap_or(self.default)
    }

    /// On every channel the stricter of the two: see [`Autonomy::stricter`].
    #[must_use]
    pub fn stricter(&self, other: &Self) -> Self {
        let named = self.channels.keys().chain(other.channels.keys());
        Self {
            default: self.default.stricter(other.default),
            channels: named.map(|channel| (*channel, self.on(*channel).stricter(other.on(*channel)))).collect(),
        }
    }
}

impl From<Autonomy> for ChannelAutonomy {
    fn from(default: Autonomy) -> Self {
        Self { default, channels: BTreeMap::new() }
    }
}

/// The JSON form of [`ChannelAutonomy`] when channels differ.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct ByChannel {
    #[serde(default)]
    default: Autonomy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<Autonomy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sms: Option<Autonomy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    call: Option<Autonomy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    linkedin: Option<Autonomy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    task: Option<Autonomy>,
}

#[derive(Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Written {
    One(Autonomy),
    Each(ByChannel),
}

impl Serialize for ChannelAutonomy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.channels.is_empty() {
            return self.default.serialize(serializer);
        }
        let on = |channel| self.channels.get(&channel).copied();
        ByChannel {
            default: self.default,
            email: on(Channel::Email),
            sms: on(Channel::Sms),
            call: on(Channel::Call),
            linkedin: on(Channel::Linkedin),
            task: on(Channel::Task),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ChannelAutonomy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer).map_err(|_| {
            serde::de::Error::custom(
                "autonomy is \"ask\", \"first_touch\", \"alone\" or {\"sample\": 0 to 100}, or an object with one of these for \
                 default, email, sms, call, linkedin and task",
            )
        })?;
        Ok(match written {
            Written::One(policy) => policy.into(),
            Written::Each(each) => Self {
                default: each.default,
                channels: [
                    (Channel::Email, each.email),
                    (Channel::Sms, each.sms),
                    (Channel::Call, each.call),
                    (Channel::Linkedin, each.linkedin),
                    (Channel::Task, each.task),
                ]
                .into_iter()
                .filter_map(|(channel, policy)| policy.map(|policy| (channel, policy)))
                .collect(),
            },
        })
    }
}

impl schemars::JsonSchema for ChannelAutonomy {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ChannelAutonomy".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::seed;

    const POLICIES: [Autonomy; 7] = [
        Autonomy::Ask,
        Autonomy::FirstTouch,
        Autonomy::Sample(0),
        Autonomy::Sample(10),
        Autonomy::Sample(60),
        Autonomy::Sample(100),
        Autonomy::Alone,
    ];

    #[test]
    fn the_stricter_policy_asks_whenever_either_would() {
        for left in POLICIES {
            for right in POLICIES {
                let both = left.stricter(right);
                assert_eq!(both, right.stricter(left), "{left:?} {right:?}");
                for id in 0..200 {
                    let seed = seed("approval", &[id]);
                    for first in [true, false] {
                        let either = left.needs_approval(first, &seed) || right.needs_approval(first, &seed);
                        assert!(!either || both.needs_approval(first, &seed), "{left:?} {right:?}");
                    }
                }
            }
            assert_eq!(left.stricter(left).needs_approval(false, b"x"), left.needs_approval(false, b"x"));
        }
    }

    #[test]
    fn the_stricter_of_two_is_so_on_every_channel() {
        let left = ChannelAutonomy {
            default: Autonomy::Alone,
            channels: BTreeMap::from([(Channel::Email, Autonomy::Sample(10)), (Channel::Call, Autonomy::Ask)]),
        };
        let right = ChannelAutonomy {
            default: Autonomy::FirstTouch,
            channels: BTreeMap::from([(Channel::Email, Autonomy::Alone), (Channel::Linkedin, Autonomy::Sample(60))]),
        };
        let both = left.stricter(&right);
        for channel in [Channel::Email, Channel::Sms, Channel::Call, Channel::Linkedin, Channel::Task] {
            assert_eq!(both.on(channel), left.on(channel).stricter(right.on(channel)), "{channel:?}");
        }
    }

    #[test]
    fn samples_ask_as_often_as_they_say() {
        let asked = |percent| {
            (0..10_000).filter(|id| Autonomy::Sample(percent).needs_approval(true, &seed("approval", &[*id]))).count()
        };
        assert_eq!(asked(0), 0);
        assert_eq!(asked(100), 10_000);
        assert!((850..1_150).contains(&asked(10)), "{}", asked(10));
    }

    #[test]
    fn first_touch_asks_once() {
        assert!(Autonomy::FirstTouch.needs_approval(true, b"x"));
        assert!(!Autonomy::FirstTouch.needs_approval(false, b"x"));
    }

    #[test]
    fn json_forms_round_trip() {
        for (policy, json) in [
            (Autonomy::Ask, r#""ask""#),
            (Autonomy::FirstTouch, r#""first_touch""#),
            (Autonomy::Sample(10), r#"{"sample":10}"#),
            (Autonomy::Alone, r#""alone""#),
        ] {
            assert_eq!(serde_json::to_string(&policy).unwrap(), json);
            assert_eq!(serde_json::from_str::<Autonomy>(json).unwrap(), policy);
            assert_eq!(serde_json::to_string(&ChannelAutonomy::from(policy)).unwrap(), json);
            assert_eq!(serde_json::from_str::<ChannelAutonomy>(json).unwrap(), policy.into());
        }
        let json = r#"{"default":"ask","email":{"sample":10},"call":"alone"}"#;
        let each: ChannelAutonomy = serde_json::from_str(json).unwrap();
        assert_eq!(each.on(Channel::Email), Autonomy::Sample(10));
        assert_eq!(each.on(Channel::Call), Autonomy::Alone);
        assert_eq!(each.on(Channel::Sms), Autonomy::Ask);
        assert_eq!(serde_json::to_string(&each).unwrap(), json);
        for bad in [r#"{"sample":101}"#, r#""never""#, r#"{"fax":"ask"}"#, r#"{"email":"never"}"#, "5"] {
            assert!(
                serde_json::from_str::<ChannelAutonomy>(bad).unwrap_err().to_string().contains("first_touch"),
                "{bad}"
            );
        }
    }
}
