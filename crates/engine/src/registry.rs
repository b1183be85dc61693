//! The list of operations. Everything that shows or binds operations is a loop over it.

use crate::operation::Descriptor;
use crate::{keys, leads};

macro_rules! operations {
    ($($module:ident :: $file:ident :: $operation:ident),* $(,)?) => {
        /// Every operation, in the order of the documentation.
        pub static OPERATIONS: &[Descriptor] = &[$(Descriptor::of::<$module::$file::$operation>()),*];
    };
}

operations! {
    leads::list_leads::ListLeads,
    leads::get_lead::GetLead,
    leads::create_lead::CreateLead,
    keys::list_keys::ListKeys,
    keys::create_key::CreateKey,
    keys::revoke_key::RevokeKey,
}

/// The operation of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Descriptor> {
    OPERATIONS.iter().find(|operation| operation.spec.name == name)
}
