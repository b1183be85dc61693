//! Figures over a project. Counts; keeps nothing.

pub mod get_stats;
