//! How well somebody fits an ideal customer: the parts of it, each a pure judgement with its reason. Weighs nothing; the scorer does.

pub mod industry;
pub mod seniority;
pub mod size;
pub mod timing;
