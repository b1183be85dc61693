//! The binary as people use it: real processes, real files, real sockets on loopback.

mod apply;
mod cli;
mod doctor;
mod import;
mod quickstart;
mod rig;
mod serve;
