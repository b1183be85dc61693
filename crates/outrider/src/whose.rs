//! Which project a command is about, when it is not named: the one that has the id or the person that the command names, else the
//! only one there is. Changes nothing.

use outrider_domain::address::Email;
use outrider_domain::id::ProjectId;
use outrider_store::{projects, whereabouts};

use crate::failure::{Failure, Outcome, Status};
use crate::installation::Installation;

pub(crate) use outrider_store::whereabouts::Held;

/// What a native id names, by its prefix; nothing for what is no id of these nouns.
pub(crate) fn named(id: &str) -> Option<Held> {
    let id = id.trim();
    id.parse().map(Held::Action).ok().or_else(|| id.parse().map(Held::Enrollment).ok()).or_else(|| {
        let lead = id.parse().map(Held::Lead).ok();
        lead.or_else(|| id.parse().map(Held::Key).ok())
            .or_else(|| id.parse().map(Held::Webhook).ok())
            .or_else(|| id.parse().map(Held::Task).ok())
    })
}

impl Installation {
    /// The project of that slug, else the one that has this id. What no project has is looked for in the oldest, which then says
    /// that it is not there.
    ///
    /// # Errors
    /// `resource_not_found` for an unknown slug, and when there is no project at all.
    pub(crate) async fn project_with(&self, slug: Option<&str>, id: &str) -> Outcome<ProjectId> {
        if slug.is_some() {
            return self.project_or_only(slug).await;
        }
        let found = match named(id) {
            Some(held) => self.store.read(move |tx| whereabouts::project_of(tx, held)).await?,
            None => None,
        };
        match found {
            Some(project) => Ok(project),
            None => self.any_project().await,
        }
    }

    /// The project of that slug, else the only one with a lead at this address.
    ///
    /// # Errors
    /// `project_needed` when several projects have one.
    pub(crate) async fn project_with_lead_at(&self, slug: Option<&str>, address: &str) -> Outcome<ProjectId> {
        let Some(address) = Email::parse(address).ok().filter(|_| slug.is_none()) else {
            return self.project_or_only(slug).await;
        };
        let found = self.store.read(move |tx| whereabouts::with_lead_at(tx, address.as_str())).await?;
        match found.as_slice() {
            [] => self.any_project().await,
            [only] => Ok(*only),
            _ => self.project_or_only(None).await,
        }
    }

    /// The project of that slug, else one of the person's organization.
    ///
    /// # Errors
    /// As [`Installation::project_of_organization`], when nobody has this address.
    pub(crate) async fn project_of_person(&self, slug: Option<&str>, address: &str) -> Outcome<ProjectId> {
        let Some(email) = Email::parse(address).ok().filter(|_| slug.is_none()) else {
            return self.project_of_organization(slug).await;
        };
        match self.store.read(move |tx| whereabouts::of_person(tx, email.as_str())).await? {
            Some(project) => Ok(project),
            None => self.project_of_organization(None).await,
        }
    }

    /// The project of that slug, else one of the only organization there is: for what all of its projects share.
    ///
    /// # Errors
    /// `project_needed` when there are several organizations.
    pub(crate) async fn project_of_organization(&self, slug: Option<&str>) -> Outcome<ProjectId> {
        if slug.is_some() {
            return self.project_or_only(slug).await;
        }
        let all = self.store.read(projects::all).await?;
        match all.as_slice() {
            [first, rest @ ..] if rest.iter().all(|other| other.organization_id == first.organization_id) => {
                Ok(first.id)
            }
            [] => self.project_or_only(None).await,
            several => {
                let known: Vec<&str> = several.iter().map(|project| project.slug.as_str()).take(20).collect();
                let text = format!(
                    "There are several organizations: name a project of one with --project. There are: {}.",
                    known.join(", ")
                );
                Err(Failure::new(Status::Usage, "project_needed", text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use outrider_domain::id::{KeyId, LeadId};

    use super::{Held, named};

    #[test]
    fn ids_say_what_they_name() {
        assert_eq!(named(&LeadId(7).to_string()), Some(Held::Lead(LeadId(7))));
        assert_eq!(named(&format!(" {} ", KeyId(9))), Some(Held::Key(KeyId(9))));
        for none in ["", "lead_", "jane@acme.example", "seq_0000000000001"] {
            assert_eq!(named(none), None, "{none}");
        }
    }
}
