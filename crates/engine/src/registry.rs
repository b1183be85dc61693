//! The list of operations. Everything that shows or binds operations is a loop over it.

use crate::operation::Descriptor;
use crate::{
    actions, agents, audit, captured, companies, credits, events, identities, keys, kill_switch, leads, messages,
    projects, sequences, stats, subscription, suppressions, templates, users, workspace,
};

macro_rules! operations {
    ($($module:ident :: $file:ident :: $operation:ident),* $(,)?) => {
        /// Every operation, in the order of the documentation.
        pub static OPERATIONS: &[Descriptor] = &[$(Descriptor::of::<$module::$file::$operation>()),*];
    };
}

operations! {
    projects::list_projects::ListProjects,
    projects::get_project::GetProject,
    projects::create_project::CreateProject,
    projects::update_project::UpdateProject,
    leads::list_leads::ListLeads,
    leads::get_lead::GetLead,
    leads::get_lead_timeline::GetLeadTimeline,
    messages::list_lead_emails::ListLeadEmails,
    leads::create_lead::CreateLead,
    leads::bulk_create_leads::BulkCreateLeads,
    leads::import_leads::ImportLeads,
    leads::update_lead::UpdateLead,
    leads::delete_lead::DeleteLead,
    companies::list_companies::ListCompanies,
    companies::get_company::GetCompany,
    companies::create_company::CreateCompany,
    companies::update_company::UpdateCompany,
    companies::delete_company::DeleteCompany,
    agents::list_agents::ListAgents,
    agents::get_agent::GetAgent,
    agents::create_agent::CreateAgent,
    agents::update_agent::UpdateAgent,
    agents::delete_agent::DeleteAgent,
    agents::assign_leads::AssignLeads,
    identities::list_identities::ListIdentities,
    identities::get_identity::GetIdentity,
    identities::create_identity::CreateIdentity,
    identities::update_identity::UpdateIdentity,
    identities::delete_identity::DeleteIdentity,
    templates::list_templates::ListTemplates,
    templates::get_template::GetTemplate,
    templates::create_template::CreateTemplate,
    templates::update_template::UpdateTemplate,
    templates::delete_template::DeleteTemplate,
    templates::preview_template::PreviewTemplate,
    sequences::read::ListSequences,
    sequences::read::GetSequence,
    sequences::create_sequence::CreateSequence,
    sequences::update_sequence::UpdateSequence,
    sequences::enroll_leads::EnrollLeads,
    sequences::read::ListEnrollments,
    sequences::read::GetEnrollment,
    sequences::set_enrollment::PauseEnrollment,
    sequences::set_enrollment::ResumeEnrollment,
    sequences::set_enrollment::StopEnrollment,
    sequences::capacity::GetCapacity,
    actions::list_actions::ListActions,
    actions::get_action::GetAction,
    actions::approve_action::ApproveAction,
    actions::edit_action::EditAction,
    actions::reject_action::RejectAction,
    actions::resolve_action::ResolveAction,
    actions::send_email::SendEmail,
    actions::why::WhyAction,
    actions::why::WhyEnrollment,
    actions::why::WhyLead,
    messages::list_emails::ListEmails,
    messages::get_email::GetEmail,
    messages::list_threads::ListThreads,
    messages::get_thread::GetThread,
    captured::list_captured_mails::ListCapturedMails,
    captured::get_captured_mail::GetCapturedMail,
    suppressions::list_suppressions::ListSuppressions,
    suppressions::create_suppression::CreateSuppression,
    suppressions::delete_suppression::DeleteSuppression,
    kill_switch::get_kill_switch::GetKillSwitch,
    kill_switch::engage_kill_switch::EngageKillSwitch,
    kill_switch::release_kill_switch::ReleaseKillSwitch,
    events::list_events::ListEvents,
    events::list_activity::ListActivity,
    stats::get_stats::GetStats,
    audit::list_audit::ListAudit,
    audit::verify_audit::VerifyAudit,
    credits::get_credits::GetCredits,
    credits::list_credit_entries::ListCreditEntries,
    credits::grant_credits::GrantCredits,
    subscription::get_subscription::GetSubscription,
    subscription::set_plan::SetPlan,
    workspace::export_project::ExportProject,
    workspace::apply_project::ApplyProject,
    users::list_users::ListUsers,
    users::create_user::CreateUser,
    keys::list_keys::ListKeys,
    keys::create_key::CreateKey,
    keys::revoke_key::RevokeKey,
}

/// The operation of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Descriptor> {
    OPERATIONS.iter().find(|operation| operation.spec.name == name)
}
