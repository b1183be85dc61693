//! The fields a filter can ask for, with their kinds. Holds no values.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// Yes or no.
    Flag,
    /// A moment, or none.
    Time,
    /// Whatever the project keeps there.
    Custom,
}

/// A field of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    /// One every contact has.
    Known(&'static str),
    /// One of the project's own.
    Custom(String),
    /// What a skill found in a run: the step's key and a path, such as `fit.score`. Absent anywhere else.
    Step(String),
}

/// Every field a contact has of itself, with its kind.
pub const FIELDS: &[(&str, FieldKind)] = &[
    ("name", FieldKind::Text),
    ("first_name", FieldKind::Text),
    ("last_name", FieldKind::Text),
    ("email", FieldKind::Text),
    ("email_domain", FieldKind::Text),
    ("phone", FieldKind::Text),
    ("company", FieldKind::Text),
    ("role", FieldKind::Text),
    ("stage", FieldKind::Text),
    ("time_zone", FieldKind::Text),
    ("country", FieldKind::Text),
    ("language", FieldKind::Text),
    ("linkedin_url", FieldKind::Text),
    ("source", FieldKind::Text),
    ("agent_id", FieldKind::Text),
    ("owner_id", FieldKind::Text),
    ("meeting_booked", FieldKind::Flag),
    ("converted", FieldKind::Flag),
    ("outreach_disabled", FieldKind::Flag),
    ("replied_at", FieldKind::Time),
    ("last_activity_at", FieldKind::Time),
    ("created_at", FieldKind::Time),
    ("updated_at", FieldKind::Time),
];

impl Field {
    /// The field of that name: one of [`FIELDS`], `custom.NAME` or `steps.KEY.FIELD`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if let Some(own) = name.strip_prefix("custom.") {
            return (!own.is_empty()).then(|| Self::Custom(own.to_owned()));
        }
        if let Some(path) = name.strip_prefix("steps.") {
            let whole = path.split_once('.').is_some_and(|(key, field)| !key.is_empty() && !field.is_empty());
            return whole.then(|| Self::Step(path.to_owned()));
        }
        FIELDS.iter().find(|(known, _)| *known == name).map(|(known, _)| Self::Known(known))
    }

    /// What it holds.
    #[must_use]
    pub fn kind(&self) -> FieldKind {
        match self {
            Self::Custom(_) | Self::Step(_) => FieldKind::Custom,
            Self::Known(name) => {
                FIELDS.iter().find(|(known, _)| known == name).map_or(FieldKind::Text, |(_, kind)| *kind)
            }
        }
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Known(name) => f.write_str(name),
            Self::Custom(name) => write!(f, "custom.{name}"),
            Self::Step(path) => write!(f, "steps.{path}"),
        }
    }
}
